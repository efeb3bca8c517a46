//! All files of `fixtures/` against what a person counted in them, and files that want to do harm.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufReader, Cursor, Read},
    path::{Path, PathBuf},
};

use proptest::prelude::*;

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect(name)
}

/// All that a file says.
fn all(name: &str, bytes: &[u8], options: &Options) -> Result<(Vec<Item>, Summary), Refusal> {
    let format = detect(&bytes[..bytes.len().min(4096)], Some(name))?;
    let mut items = Vec::new();
    let summary = read(format, Cursor::new(bytes), options, |item| items.push(item))?;
    Ok((items, summary))
}

fn lines(name: &str) -> Vec<Line> {
    let (items, _) = all(name, &fixture(name), &Options::default()).expect(name);
    items.into_iter().filter_map(|item| if let Item::Line(row) = item { Some(row.line) } else { None }).collect()
}

fn rejects(name: &str) -> Vec<String> {
    let (items, _) = all(name, &fixture(name), &Options::default()).expect(name);
    let rejects =
        items.into_iter().filter_map(|item| if let Item::Reject(reject) = item { Some(reject) } else { None });
    rejects.map(|reject| format!("{:?} {}", reject.field, reject.reason)).collect()
}

/// A row of `expected.csv` as this reading would write it.
fn counted(name: &str, bytes: &[u8]) -> String {
    // QIF has no word for the currency.
    let currency = (detect(bytes, Some(name)) == Ok(Format::Qif)).then(|| Currency::from_code("EUR")).flatten();
    let (items, summary) = match all(name, bytes, &Options { currency, ..Options::default() }) {
        Ok(read) => read,
        Err(refusal) => return format!("{name},,,,,,{refusal}"),
    };
    let balances = items.iter().filter_map(|item| if let Item::Balance(balance) = item { Some(balance) } else { None });
    let balances: Vec<String> = balances
        .map(|balance| {
            let kind = format!("{:?}", balance.kind).to_lowercase();
            let day = balance.day.map(|day| format!(" {day}")).unwrap_or_default();
            format!("{} {kind} {}{day}", balance.account, balance.money)
        })
        .collect();
    let Summary { accounts, lines, rejects, unsupported, .. } = summary;
    format!("{name},{accounts},{lines},{rejects},{unsupported},{},", balances.join("; "))
}

#[test]
fn every_file_holds_what_was_counted() {
    let expected = String::from_utf8(fixture("expected.csv")).expect("UTF-8");
    let expected: BTreeMap<&str, &str> =
        expected.lines().skip(1).map(|row| (row.split(',').next().expect("a name"), row)).collect();
    let mut names = Vec::new();
    for kind in ["ofx", "csv", "mt940", "camt", "own"] {
        for entry in fs::read_dir(folder().join(kind)).expect(kind) {
            let entry = entry.expect(kind);
            // Folders within have expectations of their own.
            if entry.file_type().expect(kind).is_file() {
                names.push(format!("{kind}/{}", entry.file_name().to_string_lossy()));
            }
        }
    }
    for name in &names {
        assert_eq!(Some(&counted(name, &fixture(name)).as_str()), expected.get(name.as_str()), "{name}");
    }
    assert_eq!(names.len(), expected.len());
}

#[test]
fn encodings_and_escapes_arrive_as_text() {
    let descriptors = |name: &str| lines(name).into_iter().map(|line| line.descriptor).collect::<Vec<_>>();
    assert_eq!(descriptors("own/windows_1252.ofx"), ["Café „Züri“ €", "Crêperie"]);
    assert_eq!(descriptors("own/windows_1252.csv"), ["Café €"]);
    let options = Options { currency: Currency::from_code("EUR"), ..Options::default() };
    let (german, _) = all("a.qif", &fixture("own/comma_decimals.qif"), &options).expect("a file");
    assert!(matches!(&german[1], Item::Line(row) if row.line.descriptor == "Bäckerei Brötchen"));
    assert_eq!(descriptors("own/utf_16.csv"), ["Café", "Bäckerei"]);
    assert_eq!(descriptors("own/null_bytes.ofx"), ["Cof fee"]);
    assert_eq!(descriptors("ofx/ofx_bb.ofx")[1], "COMPRA COM CARTÃO");
    assert_eq!(descriptors("ofx/ofx_utf8.ofx")[3], "TÍTULO COBRANÇA-IB");
    assert_eq!(descriptors("ofx/ofxparser_ofxdata-memoWithAmpersand.ofx")[4], "IOF de \"Leupay.Eu\" & Whoelse");
}

#[test]
fn a_card_in_small_letters_is_read_as_any_other() {
    let lines = lines("own/card_lower_case.qfx");
    let shown: Vec<_> = lines
        .iter()
        .map(|line| (line.source_id.as_deref(), line.amount_minor, line.pending, line.descriptor.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (Some("c1"), -1200, false, "BURGER & FRIES <2>"),
            (Some("c3"), 5000, false, "Thank you"),
            (None, -350, true, "Coffee"),
        ]
    );
    assert_eq!(lines[0].merchant_category_code, Some(5814));
    assert_eq!(rejects("own/card_lower_case.qfx"), ["Currency is in another currency than its account"]);
}

#[test]
fn ids_are_the_banks_or_none() {
    let ids = |name: &str| lines(name).into_iter().map(|line| line.source_id).collect::<Vec<_>>();
    assert_eq!(ids("own/missing_ids.ofx"), [None, None]);
    assert_eq!(ids("own/reused_ids.ofx"), vec![Some("0".to_owned()); 3]);
    assert_eq!(ids("own/two_coffees_ids.csv"), [Some("x1".to_owned()), Some("x2".to_owned())]);
    let coffees = lines("own/two_coffees.csv");
    assert_eq!(coffees[0], coffees[1]);
}

#[test]
fn reasons_name_the_field_and_no_content() {
    assert_eq!(rejects("own/historic_currency.ofx"), vec!["Currency must be a currency in use; DEM is not"; 3]);
    assert_eq!(
        rejects("own/february_30.ofx"),
        ["Day must be a day between 1900-01-01 and 2200-12-31, such as 2026-11-21"]
    );
    let decimals = "Amount must have at most 2 decimals: that is the minor unit of EUR";
    assert_eq!(rejects("own/three_decimals.ofx"), [decimals, decimals]);
    assert_eq!(rejects("own/three_decimals.csv"), [decimals]);
    assert_eq!(rejects("own/truncated.ofx"), ["Row is cut off: the file ends within it"]);
    assert_eq!(rejects("own/open_quote.csv"), ["Row has a quotation mark that does not close"]);
    assert_eq!(rejects("own/null_bytes.csv"), ["Amount is no amount"]);
    let mut reasons = rejects("own/camt053_damaged.xml");
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "Amount is missing",
            "Amount is missing",
            "Amount is neither money out nor money in",
            "Amount is no amount",
            "Amount must have at most 2 decimals: that is the minor unit of EUR",
            "Balance is no amount",
            "Currency is in another currency than its account",
            "Currency must be a currency in use; DEM is not",
            "Currency must be a currency in use; DEM is not",
            "Currency must be a currency in use; DEM is not",
            "Day is missing",
            "Day must be a day between 1900-01-01 and 2200-12-31, such as 2026-11-21",
            "Row is cut off: the file ends within it",
        ]
    );
}

#[test]
fn a_file_that_is_cut_off_says_so() {
    let (_, summary) = all("truncated.ofx", &fixture("own/truncated.ofx"), &Options::default()).expect("a file");
    assert!(summary.truncated);
    let (_, summary) = all("truncated.csv", &fixture("own/truncated.csv"), &Options::default()).expect("a file");
    assert!(summary.truncated);
    assert_eq!(rejects("own/truncated.csv"), ["Row is cut off: the file ends within it"]);
    let (_, summary) =
        all("truncated.xml", &fixture("own/camt053_truncated.xml"), &Options::default()).expect("a file");
    assert!(summary.truncated);
    let (_, summary) = all("v8.xml", &fixture("camt/genkgo_camt054.v8.xml"), &Options::default()).expect("a file");
    assert!(!summary.truncated);
    let (_, summary) = all("v211.ofx", &fixture("ofx/ofx_v211.ofx"), &Options::default()).expect("a file");
    assert!(!summary.truncated);
}

#[test]
fn formats_are_told_apart() {
    type Case = (&'static [u8], Option<&'static str>, Result<Format, Refusal>);
    let cases: [Case; 22] = [
        (b"", None, Err(Refusal::Empty)),
        (b"\xef\xbb\xbf \r\n", Some("a.csv"), Err(Refusal::Empty)),
        (b"\r\n OFXHEADER:100\r\n", None, Ok(Format::Ofx)),
        (b"<?xml version=\"1.0\"?><OFX>", Some("a.csv"), Ok(Format::Ofx)),
        (b"<ofx>", None, Ok(Format::Ofx)),
        (b"Date,Amount\n", None, Ok(Format::Csv)),
        (b"D\0a\0t\0e\0;\0B\0", Some("a.ofx"), Ok(Format::Csv)),
        (b"!Type:Bank\nD1/1'26\n", None, Ok(Format::Qif)),
        (b"\xef\xbb\xbf\r\n! type: bank\r\nD1/1'26\r\n", Some("a.csv"), Ok(Format::Qif)),
        (b"!Clear:AutoSwitch\r!Account\rNA, B\r^\r", None, Ok(Format::Qif)),
        (b"D1/1'26\nT-1,00\n^\n", Some("a.txt"), Ok(Format::Qif)),
        (b"!Typewriter,Amount\n", None, Ok(Format::Csv)),
        (b":20:START\n:25:1/2\n", Some("a.csv"), Ok(Format::Mt940)),
        (b"\xef\xbb\xbf:25:1/2\r\n:60f:C261121EUR1,00\r\n", None, Ok(Format::Mt940)),
        (b"A bank, and its words\n\n :28C:1/1\n", Some("a.txt"), Ok(Format::Mt940)),
        (b"{1:F01AAAANL21XXXX0000000000}{2:O940AAAANL21XXXXN}{3:}{4:\n", None, Ok(Format::Mt940)),
        (b"<?xml version=\"1.0\"?><Document>", None, Err(Refusal::UnknownFormat)),
        (b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\">", None, Err(Refusal::UnknownFormat)),
        (b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">", None, Ok(Format::Camt)),
        (b"\n<n:Document><n:BkToCstmrAcctRpt>", Some("a.csv"), Ok(Format::Camt)),
        (b"PK\x03\x04\x14\0\x06,,,", Some("a.csv"), Err(Refusal::Packed(PackedFault::CutOff { at: 10 }))),
        (b"one word", None, Err(Refusal::UnknownFormat)),
    ];
    for (head, name, expected) in cases {
        assert_eq!(detect(head, name), expected, "{head:?}");
    }
}

#[test]
fn an_element_of_many_megabytes_is_refused() {
    let endless = |head: &'static [u8]| BufReader::new(head.chain(std::io::repeat(b'x').take(64 << 20)));
    let options = Options { currency: Currency::from_code("EUR"), ..Options::default() };
    let limit_bytes = Limits::default().element_bytes;
    let ofx: &[u8] = b"OFXHEADER:100\n\n<OFX><STMTRS><STMTTRN><NAME>";
    let refused = read(Format::Ofx, endless(ofx), &options, drop).expect_err("too long");
    assert_eq!(refused, Refusal::TooLong { line: 3, limit_bytes });
    let pieces = format!("<OFX><STMTRS><STMTTRN><NAME>{}", "a <![CDATA[b]]> < ".repeat(200_000));
    let refused = read(Format::Ofx, Cursor::new(pieces), &options, drop).expect_err("too long");
    assert_eq!(refused, Refusal::TooLong { line: 1, limit_bytes });
    let csv: &[u8] = b"Date,Description,Amount\n2026-11-05,Coffee,-4.50\n2026-11-06,";
    let refused = read(Format::Csv, endless(csv), &options, drop).expect_err("too long");
    assert_eq!(refused, Refusal::TooLong { line: 3, limit_bytes });
    let refused = read(Format::Csv, endless(b""), &options, drop).expect_err("too long");
    assert_eq!(refused, Refusal::TooLong { line: 1, limit_bytes });
}

/// The bytes are made while they are read: what has no end must end at its limit.
#[test]
fn a_line_of_a_gigabyte_is_refused_where_it_begins() {
    let options = Options { currency: Currency::from_code("EUR"), ..Options::default() };
    let limit_bytes = Limits::default().element_bytes;
    let cases: [(Format, &str, u64); 5] = [
        (Format::Ofx, "<?xml version=\"1.0\"?>\n<OFX><STMTRS><STMTTRN>\n<NAME>", 3),
        (Format::Csv, "Date,Description,Amount\n2026-11-05,", 2),
        (Format::Qif, "!Type:Bank\nD5/11'26\nP", 3),
        (Format::Mt940, ":20:A\n:25:1/2\n:60F:C261101EUR1,00\n:61:2611051105D1,00NTRFNONREF\n:86:", 5),
        (Format::Camt, "<Document>\n<BkToCstmrStmt><Stmt><Acct><Ccy>EUR</Ccy></Acct>\n<Ntry><AddtlNtryInf>", 3),
    ];
    for (format, head, line) in cases {
        let endless = BufReader::new(head.as_bytes().chain(std::io::repeat(b'x').take(1 << 30)));
        let refused = read(format, endless, &options, drop).expect_err("too long");
        assert_eq!(refused, Refusal::TooLong { line, limit_bytes }, "{format:?}");
    }
}

/// Entities of entities: nine lines that would be gigabytes.
#[test]
fn entities_are_refused_where_they_are_declared() {
    let entity = |n: usize| format!("<!ENTITY e{n} \"{}\">\n", format!("&e{};", n - 1).repeat(10));
    let entities = (1..10).map(entity).collect::<Vec<_>>().concat();
    for (format, root) in [(Format::Ofx, "OFX"), (Format::Camt, "Document")] {
        let file = format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE {root} [\n<!ENTITY e0 \"x\">\n{entities}]>\n<{root}>&e9;</{root}>"
        );
        let refused = read(format, Cursor::new(file), &Options::default(), drop).expect_err("entities");
        assert_eq!(refused, Refusal::Entities { line: 2 }, "{format:?}");
    }
}

#[test]
fn nesting_without_end_costs_nothing() {
    let deep = "<STMTRS><PAYEE><A>".repeat(100_000);
    let summary = read(Format::Ofx, Cursor::new(format!("<OFX>{deep}")), &Options::default(), drop).expect("a file");
    assert_eq!((summary.accounts, summary.truncated), (0, true));
}

#[test]
fn columns_without_end_are_passed_over() {
    let wide = ",".repeat(100_000);
    let rows = "2026-11-05,Coffee,-4.50\n".repeat(3_000);
    let options = Options { currency: Currency::from_code("EUR"), ..Options::default() };
    let summary =
        read(Format::Csv, Cursor::new(format!("Date,Text,Amount{wide}\n{rows}")), &options, drop).expect("a file");
    assert_eq!(summary.lines, 3_000);
}

#[test]
fn accounts_are_bounded() {
    let account = |number: u32| {
        format!(
            "<STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>{number}</BANKACCTFROM><BANKTRANLIST></BANKTRANLIST></STMTRS>\n"
        )
    };
    let file: String = (0..20).map(account).collect();
    let limits = Limits { accounts: 10, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let refused = read(Format::Ofx, Cursor::new(format!("<OFX>{file}</OFX>")), &options, drop).expect_err("too many");
    assert_eq!(refused, Refusal::TooManyAccounts { line: 11, limit: 10 });
}

/// Nothing of a reading depends on how the bytes arrive.
#[test]
fn small_pieces_say_the_same() {
    let options = Options { currency: Currency::from_code("EUR"), ..Options::default() };
    for name in [
        "ofx/ofx_bb.ofx",
        "own/card_lower_case.qfx",
        "own/utf_16.csv",
        "csv/bank2ynab_test_headers.csv",
        "own/quicken.qif",
        "mt940/svenstaro_danskebank_MT940_DK_Example.sta",
        "own/camt053_household.xml",
        "own/camt052_latin_1.xml",
    ] {
        let bytes = fixture(name);
        let (whole, _) = all(name, &bytes, &options).expect(name);
        let format = detect(&bytes[..bytes.len().min(4096)], Some(name)).expect(name);
        let mut pieces = Vec::new();
        let input = BufReader::with_capacity(3, Cursor::new(&bytes));
        read(format, input, &options, |item| pieces.push(item)).expect(name);
        assert_eq!(pieces, whole, "{name}");
    }
}

fn any_fixture() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "ofx/ofx_santander.ofx",
        "ofx/ofx_v211.ofx",
        "ofx/ofxparser_ofxdata-investments-xml.ofx",
        "own/card_lower_case.qfx",
        "own/windows_1252.ofx",
        "own/utf_16.csv",
        "own/table/de_comdirect_several_tables.csv",
        "own/table/za_capitec_fees.csv",
        "own/table/nl_abn_no_names_tab.csv",
        "own/table/ca_td_no_names_pair.csv",
        "own/table/trap_excel_serials.csv",
        "csv/bank2ynab_TransactionHistory_20180418043121.csv",
        "csv/bank2ynab_MS_JANE_SMITH_01-12-2019_14-12-2019.csv",
        "csv/bankstatementparser_sample_split_amounts.csv",
        "own/quicken.qif",
        "own/comma_decimals.qif",
        "mt940/svenstaro_betterplace_sepa_snippet.sta",
        "mt940/wolph_jejik_rabobank-iban.sta",
        "mt940/cmxl_mt940-deutsche_bank.txt",
        "camt/genkgo_camt054.v8.xml",
        "own/camt053_household.xml",
        "own/camt053_damaged.xml",
        "own/camt052_latin_1.xml",
    ];
    prop::sample::select(names.to_vec()).prop_map(fixture)
}

/// Reads in every format, whatever it is; each row that is counted was handed out.
fn survive(bytes: &[u8]) -> Result<(), TestCaseError> {
    let _ = detect(bytes, Some("a.csv"));
    for &format in Format::ALL {
        let options = Options { currency: Currency::from_code("EUR"), ..Options::default() };
        let mut lines = 0;
        let sink = |item| lines += u64::from(matches!(item, Item::Line(_)));
        if let Ok(summary) = read(format, Cursor::new(bytes), &options, sink) {
            prop_assert_eq!(summary.lines, lines);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        survive(&bytes)?;
    }

    #[test]
    fn no_text_brings_it_down(text in "(<(/?(OFX|STMTRS|STMTTRN|NAME|TRNAMT|PAYEE)|!\\[CDATA\\[|!--|[a-z])>?|&#?x?[0-9]*;?|[,;\"\n\r]|[0-9./-]{1,10}|.){0,60}") {
        survive(text.as_bytes())?;
        survive(format!("Date,Description,Amount\n{text}").as_bytes())?;
    }

    #[test]
    fn no_elements_bring_it_down(text in "(</?(Document|Stmt|Acct|IBAN|Bal|Cd|Ntry|Dt|NtryDtls|TxDtls|Cdtr|Nm|x)>|<Amt Ccy=\"(EUR|DEM)?\">|[0-9.-]{1,6}|CLBD|DBIT|.){0,80}") {
        survive(format!("<Document><Stmt><Ntry>{text}").as_bytes())?;
    }

    #[test]
    fn no_mutation_brings_it_down(mut bytes in any_fixture(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..20)) {
        for (index, byte, kind) in changes {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        survive(&bytes)?;
    }
}
