//! What must hold of a statement file, whatever is in it. Each target reads bytes of a fuzzer and lets [`check`] look at what came out.

use std::io::{BufReader, Cursor, Write};

use connector::file::{Format, Item, Limits, Options, PackedFault, Refusal, Statement, Summary, csv::CsvMapping};
use domain::{account::AccountKind, currency::Currency, line::SOURCE_ID_BYTES};
use flate2::{Compression, write::GzEncoder};

/// Small limits are reached by short files.
const LIMITS: Limits = Limits { element_bytes: 4096, accounts: 8, unpacked_bytes: 1 << 20 };
/// Pieces in which a file arrives the second time.
const PIECE_BYTES: usize = 5;

/// All that a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub items: Vec<Item>,
    pub summary: Summary,
    pub mapping: Option<CsvMapping>,
    pub refusal: Option<Refusal>,
}

/// Reads a file as one that does not say its currency may be read.
pub fn read(format: Format, bytes: &[u8]) -> Reading {
    read_as(format, Cursor::new(bytes), None)
}

fn read_as(format: Format, input: impl std::io::BufRead, mapping: Option<CsvMapping>) -> Reading {
    let options = Options { currency: Currency::from_code("EUR"), kind: None, mapping, limits: LIMITS };
    let mut reading = Reading { items: Vec::new(), summary: Summary::default(), mapping: None, refusal: None };
    let mut statement = match Statement::open(format, input, &options) {
        Ok(statement) => statement,
        Err(refusal) => return Reading { refusal: Some(placeless(refusal)), ..reading },
    };
    for item in statement.by_ref() {
        match item {
            Ok(item) => reading.items.push(item),
            Err(refusal) => reading.refusal = Some(placeless(refusal)),
        }
    }
    assert!(statement.next().is_none(), "nothing comes after the end");
    Reading { summary: statement.summary(), mapping: statement.mapping().cloned(), ..reading }
}

/// Where a file was too large is known to a piece.
fn placeless(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Packed(PackedFault::TooLarge { limit_bytes, .. }) => {
            PackedFault::TooLarge { at: 0, limit_bytes }.into()
        }
        refusal => refusal,
    }
}

/// Reads bytes in a format and looks whether what comes out holds together.
pub fn check(format: Format, bytes: &[u8]) {
    let whole = read(format, bytes);
    check_items(&whole);
    let again = read_as(format, BufReader::with_capacity(PIECE_BYTES, Cursor::new(bytes)), None);
    assert_eq!(again, whole, "nothing depends on how the bytes arrive");
    check_beginning(format, bytes, &whole);
}

/// The same of what is not packed: the target of a format need not find out how to pack.
pub fn check_plain(format: Format, bytes: &[u8]) {
    if !bytes.starts_with(b"\x1f\x8b") && !bytes.starts_with(b"PK") {
        check(format, bytes);
    }
}

/// Counts, order, and that nothing is longer than it may be.
fn check_items(reading: &Reading) {
    let (mut accounts, mut lines, mut rejects, mut balances) = (0, 0, 0, 0);
    let mut last = None;
    for item in &reading.items {
        let (account, position) = match item {
            Item::Account(_) => {
                accounts += 1;
                continue;
            }
            Item::Line(line) => {
                lines += 1;
                assert!(last < Some(line.position), "lines come in the order of the file");
                last = Some(line.position);
                let texts = [Some(&line.line.descriptor), line.line.merchant_name.as_ref()];
                for text in texts.into_iter().flatten() {
                    assert!(text.len() <= LIMITS.element_bytes, "no text is longer than its element");
                }
                assert!(line.line.source_id.as_ref().is_none_or(|id| id.len() <= SOURCE_ID_BYTES));
                (Some(line.account), line.position)
            }
            Item::Reject(reject) => {
                rejects += 1;
                (reject.account, reject.position)
            }
            Item::Balance(balance) => {
                balances += 1;
                (Some(balance.account), balance.position)
            }
        };
        assert!(position.line > 0, "everything has a place");
        assert!(account.is_none_or(|account| account < accounts), "an account comes before what is its own");
    }
    assert!(accounts <= LIMITS.accounts);
    let summary = &reading.summary;
    if reading.refusal.is_none() {
        assert_eq!(
            (summary.accounts, summary.lines, summary.rejects, summary.balances),
            (accounts, lines, rejects, balances),
            "what is counted was handed out"
        );
    }
}

/// The lines of a file that is cut off are the first ones of the whole, but for the last of them, of which a part may be missing. That
/// holds as far as nothing is guessed from what comes later: of ASCII, with the mapping of the whole, and without a card, whose signs
/// are turned by all its rows.
fn check_beginning(format: Format, bytes: &[u8], whole: &Reading) {
    let is_card = |item: &Item| matches!(item, Item::Account(account) if account.kind == Some(AccountKind::CreditCard));
    if !bytes.is_ascii() || whole.refusal.is_some() || whole.items.iter().any(is_card) {
        return;
    }
    let mapping = whole.mapping.clone();
    if matches!(format, Format::Csv | Format::Qif) && mapping.is_none() {
        return;
    }
    let cut = read_as(format, Cursor::new(&bytes[..bytes.len() / 2]), mapping.clone());
    if cut.items.iter().any(is_card) {
        return;
    }
    let whole = read_as(format, Cursor::new(bytes), mapping);
    let lines = |reading: &Reading| -> Vec<_> {
        let lines = reading.items.iter();
        lines.filter_map(|item| if let Item::Line(line) = item { Some(line.line.clone()) } else { None }).collect()
    };
    let (whole, mut cut) = (lines(&whole), lines(&cut));
    cut.pop();
    assert_eq!(whole.get(..cut.len()), Some(cut.as_slice()), "a part says what the whole says");
}

/// A file in gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}
