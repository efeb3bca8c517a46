//! Packed files say what their content says, or are refused: each refusal, and what damage must never do.

use std::{
    fs,
    io::{BufReader, Cursor, Read},
    path::Path,
};

use domain::currency::Currency;
use flate2::{Compression, bufread::GzEncoder};
use proptest::prelude::*;

use super::{
    super::{FILE_BYTES, Format, Item, Limits, Options, Summary, detect, read},
    testing::{Packing, archive, gzip, zip},
    *,
};

const TABLE: &[u8] = b"Date,Description,Amount\n2026-11-05,Coffee,-4.50\n2026-11-06,Bread,-3.20\n";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).expect(name)
}

fn options() -> Options {
    Options { currency: Currency::from_code("EUR"), ..Options::default() }
}

/// All that a file says, as an import reads it.
fn all(name: &str, bytes: &[u8]) -> Result<(Format, Vec<Item>, Summary), Refusal> {
    let format = detect(&bytes[..bytes.len().min(4096)], Some(name))?;
    let mut items = Vec::new();
    let summary = read(format, Cursor::new(bytes), &options(), |item| items.push(item))?;
    Ok((format, items, summary))
}

fn refused(bytes: &[u8]) -> PackedFault {
    match all("a", bytes) {
        Err(Refusal::Packed(fault)) => fault,
        other => panic!("expected a packed file that is refused: {other:?}"),
    }
}

fn damage(fault: PackedFault) -> &'static str {
    let PackedFault::Damaged { what, .. } = fault else { panic!("expected damage: {fault:?}") };
    what
}

/// A file of each format and of each encoding.
const FIXTURES: [&str; 12] = [
    "ofx/ofx_bb.ofx",
    "own/card_lower_case.qfx",
    "own/windows_1252.ofx",
    "own/truncated.ofx",
    "own/utf_16.csv",
    "csv/bank2ynab_test_headers.csv",
    "own/table/de_comdirect_several_tables.csv",
    "own/quicken.qif",
    "mt940/svenstaro_danskebank_MT940_DK_Example.sta",
    "mt940/cmxl_mt940-iso8859-1.txt",
    "own/camt053_household.xml",
    "camt/genkgo_camt054.v8.xml",
];

#[test]
fn what_is_packed_says_what_it_says_unpacked() {
    for name in FIXTURES {
        let bytes = fixture(name);
        let plain = all(name, &bytes).expect(name);
        assert!(!plain.1.is_empty(), "{name}");
        let entry = Packing::of(name, &bytes);
        let around = [Packing::of("a/", b"").stored(), entry, Packing::of("__MACOSX/._a", b"\0\x05").stored()];
        let packed = [
            gzip(&bytes),
            zip(name, &bytes),
            archive(&[entry.described_behind()]),
            archive(&[entry.stored()]),
            archive(&around),
        ];
        for packed in packed {
            assert_eq!(all("statement", &packed), Ok(plain.clone()), "{name}");
            // Nothing depends on how the bytes arrive.
            let mut pieces = Vec::new();
            let input = BufReader::with_capacity(3, Cursor::new(&packed));
            read(plain.0, input, &options(), |item| pieces.push(item)).expect(name);
            assert_eq!(pieces, plain.1, "{name}");
        }
    }
}

#[test]
fn archives_of_other_programs_are_read() {
    let plain = all("two_coffees.csv", &fixture("own/two_coffees.csv")).expect("a file");
    for name in ["folder.zip", "described_behind.zip", "long_lengths.zip", "long_behind.zip", "named.csv.gz"] {
        assert_eq!(all(name, &fixture(&format!("own/packed/{name}"))), Ok(plain.clone()), "{name}");
    }
}

#[test]
fn members_of_a_gzip_file_are_one_file() {
    let (first, second) = TABLE.split_at(40);
    let members = [gzip(first), gzip(b""), gzip(second)].concat();
    assert_eq!(all("a.gz", &members), all("a.csv", TABLE));
}

#[test]
fn the_name_inside_is_the_hint() {
    let word = b"nothing but words";
    assert_eq!(detect(word, Some("a.txt")), Ok(Format::Csv));
    assert_eq!(detect(word, Some("a.pdf")), Err(Refusal::UnknownFormat));
    assert_eq!(detect(&zip("a.txt", word), Some("a.zip")), Ok(Format::Csv));
    assert_eq!(detect(&zip("a.pdf", word), Some("a.txt")), Err(Refusal::UnknownFormat));
    assert_eq!(detect(&gzip(word), Some("a.txt.gz")), Ok(Format::Csv));
    assert_eq!(detect(&gzip(word), Some("a.gz")), Err(Refusal::UnknownFormat));
}

#[test]
fn a_head_is_enough_to_know_the_format() {
    let rows = "2026-11-05,Coffee,-4.50\n2026-11-06,Bread at 7,-3.20\n".repeat(20_000);
    let table = format!("Date,Description,Amount\n{rows}");
    for packed in [gzip(table.as_bytes()), zip("a.csv", table.as_bytes())] {
        assert_eq!(detect(&packed[..1000], Some("a.zip")), Ok(Format::Csv));
        let fault = detect(&packed[..12], Some("a.zip")).expect_err("nothing of it");
        assert_eq!(fault, Refusal::Packed(PackedFault::CutOff { at: 12 }));
    }
}

#[test]
fn a_gzip_file_that_is_not_in_order_is_refused() {
    let good = gzip(TABLE);
    let end = good.len();
    assert_eq!(refused(&good[..end - 1]), PackedFault::CutOff { at: end as u64 - 1 });
    assert_eq!(refused(&good[..end - 30]), PackedFault::CutOff { at: end as u64 - 30 });
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= byte;
        refused(&bytes)
    };
    assert_eq!(damage(changed(end - 8, 1)), "its checksum is another one");
    assert_eq!(damage(changed(end - 1, 1)), "its length is another one");
    assert_eq!(damage(changed(3, 0x80)), "its head has parts that are not known");
    // A block of the fourth sort, of which there are three.
    assert_eq!(damage(changed(10, !good[10] & 0x06)), "its content cannot be unpacked");
    assert_eq!(changed(2, 1), PackedFault::Method { at: 2 });
    let endless = [&b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"[..], &[b'x'; 10_000], b"\0"].concat();
    assert_eq!(damage(refused(&endless)), "its head has a text without end");
    for behind in [&b"x"[..], b"\0\0\0\0", b"PK\x03\x04"] {
        assert_eq!(refused(&[&good, behind].concat()), PackedFault::Trailing { at: end as u64 });
    }
}

#[test]
fn an_archive_that_is_not_in_order_is_refused() {
    let good = zip("a.csv", TABLE);
    let end = good.len();
    assert_eq!(refused(&good[..end - 1]), PackedFault::CutOff { at: end as u64 - 1 });
    assert_eq!(refused(&[&good, &b"x"[..]].concat()), PackedFault::Trailing { at: end as u64 });
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= byte;
        damage(refused(&bytes))
    };
    assert_eq!(changed(14, 1), "its checksum is another one");
    assert_eq!(changed(22, 1), "its length is another one");
    assert_eq!(changed(18, 1), "its content ends too early");
    assert_eq!(changed(19, 0x80), "its content ends too early");
    let entries = 30 + "a.csv".len() + usize::from(good[18]);
    assert_eq!(&good[entries..entries + 4], b"PK\x01\x02");
    assert_eq!(changed(entries, 1), "what comes next is no part of an archive");
    // An entry that the directory does not know.
    let hidden = [&good[..entries], &zip("a/", b"")].concat();
    assert_eq!(damage(refused(&hidden)), "its directory has another number of entries");
    assert_eq!(damage(refused(&zip("a/", TABLE))), "a folder has content");
    let mut behind = archive(&[Packing::of("a.csv", TABLE).described_behind()]);
    behind[entries + 5] ^= 1;
    assert_eq!(damage(refused(&behind)), "its checksum is another one");
}

#[test]
fn an_archive_has_one_file() {
    let file = Packing::of("a.csv", TABLE);
    let junk = [
        Packing::of("a/", b"").stored(),
        Packing::of("a/.DS_Store", b"\0\0\0\x01"),
        Packing::of("Thumbs.db", b"\xd0\xcf"),
        Packing::of("__MACOSX/a/b.csv", b"1"),
        Packing::of("._a.csv", b"2").described_behind(),
        Packing::of("empty.csv", b"").described_behind(),
    ];
    assert_eq!(refused(&archive(&[])), PackedFault::NoFile);
    assert_eq!(refused(&archive(&junk)), PackedFault::NoFile);
    let plain = all("a.csv", TABLE);
    assert_eq!(all("a.zip", &archive(&[&junk[..], &[file]].concat())), plain);
    assert_eq!(all("a.zip", &archive(&[&[file][..], &junk].concat())), plain);
    let one = zip("a.csv", TABLE);
    let second = one.len() - (46 + 5) - 22;
    let two = archive(&[file, Packing::of("b.csv", b"1").stored()]);
    assert_eq!(refused(&two), PackedFault::SeveralFiles { at: second as u64 });
}

#[test]
fn what_is_not_opened_says_why() {
    let file = Packing::of("a.csv", TABLE);
    for flags in [1, 1 << 6, 1 << 13] {
        assert_eq!(refused(&archive(&[Packing { flags, ..file }])), PackedFault::Encrypted { at: 0 });
    }
    assert_eq!(refused(&archive(&[Packing { method: 99, ..file }])), PackedFault::Encrypted { at: 0 });
    for method in [1, 9, 12, 14, 93] {
        assert_eq!(refused(&archive(&[Packing { method, ..file }])), PackedFault::Method { at: 0 });
    }
    // Where it ends cannot be known.
    assert_eq!(refused(&archive(&[file.stored().described_behind()])), PackedFault::Method { at: 0 });
    let tape = [&b"a.csv"[..], &[0; 252], b"ustar", &[0; 250], TABLE].concat();
    for inner in [gzip(TABLE), zip("a.csv", TABLE), tape] {
        assert_eq!(refused(&gzip(&inner)), PackedFault::Nested);
        assert_eq!(refused(&zip("a.csv", &inner)), PackedFault::Nested);
    }
    for name in ["[Content_Types].xml", "xl/workbook.xml", "_rels/.rels", "mimetype"] {
        let spreadsheet = archive(&[Packing::of(name, b"<a/>"), Packing::of("b", b"<b/>")]);
        assert_eq!(all("a.xlsx", &spreadsheet), Err(Refusal::UnknownFormat), "{name}");
    }
    assert_eq!(all("a.gz", &gzip(b"")), Err(Refusal::Empty));
    assert_eq!(all("a.gz", &gzip(b"%PDF-1.7")), Err(Refusal::UnknownFormat));
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let lines = "2026-11-05,Coffee,-4.50\n".repeat(100_000);
    let limits = Limits { unpacked_bytes: 1 << 20, ..Limits::default() };
    let options = Options { limits, ..options() };
    let junk = Packing::of(".DS_Store", lines.as_bytes());
    for bomb in [
        gzip(lines.as_bytes()),
        zip("a.csv", lines.as_bytes()),
        archive(&[junk, Packing::of("a.csv", TABLE)]),
        gzip(&lines.as_bytes()[..600_000]).repeat(2),
    ] {
        let refused = read(Format::Csv, Cursor::new(&bomb), &options, drop).expect_err("too large");
        let Refusal::Packed(PackedFault::TooLarge { at, limit_bytes }) = refused else { panic!("{refused:?}") };
        assert_eq!(limit_bytes, 1 << 20);
        assert!(at > 0 && at <= bomb.len() as u64, "{at}");
    }
    // A file that is as long as it may be.
    let limits = Limits { unpacked_bytes: lines.len() as u64, ..Limits::default() };
    let options = Options { limits, ..options };
    let summary = read(Format::Csv, Cursor::new(gzip(lines.as_bytes())), &options, drop).expect("a file");
    assert_eq!(summary.lines, 100_000);
}

#[test]
fn one_line_of_a_gigabyte_ends_at_the_limit_of_a_row() {
    let line = BufReader::new(std::io::repeat(b'x').take(1 << 30));
    let table = BufReader::new(Cursor::new("Date,Description,Amount\n").chain(line));
    let packed = BufReader::new(GzEncoder::new(table, Compression::fast()));
    let refused = read(Format::Csv, packed, &options(), drop).expect_err("too long");
    assert_eq!(refused, Refusal::TooLong { line: 2, limit_bytes: Limits::default().element_bytes });
    assert_eq!(Limits::default().unpacked_bytes, FILE_BYTES);
}

/// Ways to pack a file; the last one makes two members of it.
const WAYS: u8 = 5;

/// Each fixture packed in each of the first ways.
fn any_packed(ways: u8) -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let fixture = prop::sample::select(FIXTURES.to_vec()).prop_map(fixture);
    (fixture, 0..ways).prop_map(|(bytes, way)| {
        let entry = Packing::of("a", &bytes);
        let packed = match way {
            0 => gzip(&bytes),
            1 => archive(&[entry]),
            2 => archive(&[entry.described_behind()]),
            3 => archive(&[entry.stored()]),
            _ => [gzip(&bytes[..bytes.len() / 2]), gzip(&bytes[bytes.len() / 2..])].concat(),
        };
        (bytes, packed)
    })
}

proptest! {
    #[test]
    fn what_is_cut_off_is_never_taken_for_whole((_, packed) in any_packed(WAYS - 1), at in any::<prop::sample::Index>()) {
        let cut = &packed[..at.index(packed.len())];
        prop_assert!(all("a", cut).is_err());
        for &format in Format::ALL {
            let read = read(format, Cursor::new(cut), &options(), drop);
            prop_assert!(cut.len() < 4 || read.is_err());
        }
    }

    #[test]
    fn what_is_damaged_is_refused_or_says_the_same((bytes, mut packed) in any_packed(WAYS), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let at = at.index(packed.len());
        packed[at] ^= 1 << bit;
        if let Ok(read) = all("a", &packed) {
            prop_assert_eq!(Ok(read), all("a", &bytes));
        }
        // What is wrong, and where, does not depend on how the bytes arrive either.
        let pieces = BufReader::with_capacity(7, Cursor::new(&packed));
        let whole = read(Format::Csv, Cursor::new(&packed), &options(), drop);
        prop_assert_eq!(read(Format::Csv, pieces, &options(), drop), whole);
    }
}
