//! How fields are told apart, and what rows and balances say.

use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use domain::day::Day;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{
    super::{Format, Item, Reject, Summary, read},
    *,
};

fn items(source: &str) -> (Vec<Item>, Summary) {
    let mut items = Vec::new();
    let summary = read(Format::Mt940, Cursor::new(source), &Options::default(), |item| items.push(item)).expect(source);
    (items, summary)
}

fn lines_of(items: &[Item]) -> Vec<&Line> {
    items.iter().filter_map(|item| if let Item::Line(row) = item { Some(&row.line) } else { None }).collect()
}

fn accounts_of(items: &[Item]) -> Vec<&StatementAccount> {
    items.iter().filter_map(|item| if let Item::Account(account) = item { Some(account) } else { None }).collect()
}

/// A statement in euros with some fields between its balances.
fn statement(fields: &str) -> String {
    format!(":20:START\n:25:10020030/1234567\n:28C:1/1\n:60F:C261101EUR100,00\n{fields}\n:62F:C261130EUR100,00\n-\n")
}

fn line(fields: &str) -> Line {
    lines_of(&items(&statement(fields)).0).first().map(|line| (*line).clone()).expect(fields)
}

fn reject(fields: &str) -> String {
    let (items, _) = items(&statement(fields));
    let found = items.iter().find_map(|item| if let Item::Reject(reject) = item { Some(reject) } else { None });
    found.map(|reject| format!("{:?} {}", reject.field, reject.reason)).expect(fields)
}

#[test]
fn what_it_was_before_the_bank_converted_it_is_kept() {
    for (details, original) in [
        ("/OCMT/USD12,50/", Some("-12.50 USD")),
        ("/EREF/E1//OCMT/USD12,50//EXCH/1,08/", Some("-12.50 USD")),
        ("/OCMT/EUR1,00/", None),
        ("/OCMT/12,50/", None),
        ("/OCMT/US/", None),
        ("/EREF/E1//REMI/USD12,50/", None),
    ] {
        let line = line(&format!(":61:2611211121D1,00NMSCNONREF\n:86:{details}"));
        assert_eq!(line.original.map(|money| money.to_string()).as_deref(), original, "{details}");
    }
}

#[test]
fn the_day_of_booking_is_the_one_that_is_written() {
    for (row, expected) in [
        (":61:261121D1,00NMSCNONREF", "2026-11-21"),
        (":61:2611211122D1,00NMSCNONREF", "2026-11-22"),
        (":61:261121    D1,00NMSCNONREF", "2026-11-21"),
        (":61:2612311231D1,00NMSCNONREF", "2026-12-31"),
        (":61:2612310102D1,00NMSCNONREF", "2027-01-02"),
        (":61:2701011230D1,00NMSCNONREF", "2026-12-30"),
        (":61:2602300301D1,00NMSCNONREF", "2026-03-01"),
        (":61:2611210000D1,00NMSCNONREF", "2026-11-21"),
        (":61:9911211122D1,00NMSCNONREF", "1999-11-22"),
    ] {
        assert_eq!(line(row).day.to_string(), expected, "{row}");
    }
    assert!(reject(":61:260230D1,00NMSCNONREF").starts_with("Day must be a day"));
    assert!(reject(":61:D1,00NMSCNONREF").starts_with("Day must be a day"));
}

#[test]
fn the_amount_has_the_sign_of_its_mark() {
    for (mark, expected) in [
        ("C1,00", 100),
        ("D1,", -100),
        ("CR1,5", 150),
        ("DR1,50", -150),
        ("RC1,50", -150),
        ("RD1,50", 150),
        ("RCR1,50", -150),
        ("RDR1,50", 150),
        ("DD1,50", -150),
        ("CN000000001000,07", 100_007),
        ("c1.50", 150),
    ] {
        assert_eq!(line(&format!(":61:2611211121{mark}NTRFNONREF//1")).amount_minor, expected, "{mark}");
    }
    assert_eq!(reject(":61:2611211121X1,00NTRFNONREF"), "Amount is neither money out nor money in");
    assert_eq!(reject(":61:2611211121CNTRFNONREF"), "Amount is no amount");
    assert!(reject(":61:2611211121C1,234NTRFNONREF").starts_with("Amount must have at most 2 decimals"));
    assert!(line(":61:2611211121ED1,00NTRFNONREF").pending);
}

#[test]
fn a_row_has_no_id_and_no_category_code() {
    let line = line(":61:2611211121D1,00NTRFABC123//0724710333343453\n:86:166?00A?20B");
    assert_eq!((line.source_id, line.merchant_category_code), (None, None));
}

#[test]
fn the_account_is_the_same_in_every_spelling() {
    for (written, id, tail) in [
        ("10020030/1234567", "10020030/1234567/EUR", Some("4567")),
        ("NL71RABO0123456789", "NL71RABO0123456789/EUR", Some("6789")),
        ("NL71RABO0123456789 EUR", "NL71RABO0123456789/EUR", Some("6789")),
        ("NL71 RABO 0123 4567 89", "NL71RABO0123456789/EUR", Some("6789")),
        ("/NL71RABO0123456789", "NL71RABO0123456789/EUR", Some("6789")),
        ("1291.99.348EUR", "129199348/EUR", Some("9348")),
        ("DABADKKK/1234567890/EUR", "DABADKKK/1234567890/EUR", Some("7890")),
        ("nl71rabo0123456789\nRABONL2U", "NL71RABO0123456789/EUR", Some("6789")),
    ] {
        let (items, _) = items(&statement("").replace("10020030/1234567", written));
        let accounts = accounts_of(&items);
        assert_eq!(accounts[0].source_id.as_deref(), Some(id), "{written}");
        assert_eq!(accounts[0].tail.as_deref(), tail, "{written}");
    }
    let (items, _) = items(&statement("").replace(":25:10020030/1234567\n", ""));
    assert_eq!(accounts_of(&items)[0].source_id, None);
}

#[test]
fn nothing_but_a_known_tag_in_its_place_ends_a_text() {
    for (fields, expected) in [
        (":86:16\n:26:37 Uhr", "16 :26:37 Uhr"),
        (":86:at 16\n:20:37 Uhr", "at 16 :20:37 Uhr"),
        (":86:at 16\n:28:37", "at 16 :28:37"),
        (":86:one\n:XX:two", "one :XX:two"),
        (":86:one\n:86:two", "one two"),
        (":86:one\n- two", "one - two"),
    ] {
        assert_eq!(line(&format!(":61:261121D1,00NMSCNONREF\n{fields}")).descriptor, expected, "{fields}");
    }
}

#[test]
fn the_envelope_may_be_there_or_not() {
    let plain = statement(":61:261121D1,00NMSCNONREF\n:86:Coffee");
    let (expected, summary) = items(&plain);
    assert_eq!((summary.lines, summary.balances, summary.truncated), (1, 1, false));
    let body = plain.trim_end_matches("-\n");
    for (head, end) in [
        ("{1:F01ASNBNL21XXXX0000000000}{2:O940ASNBNL21XXXXN}{3:}{4:\n", "-}{5:}\n"),
        ("{1:F01ASNBNL21XXXX0000000000}{2:O940ASNBNL21XXXXN}{4:", "-}"),
        ("ABNANL2A\n940\nABNANL2A\n", "-\n"),
        (":940:\n", ""),
        ("\u{1}\n", "-\u{3}\n"),
        ("Ä4:\n", "-å\n"),
        ("\u{feff}\r\n", "\r\n-\r\n"),
    ] {
        let source = format!("{head}{body}{end}");
        let strip = |items: &[Item]| lines_of(items).into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(strip(&items(&source).0), strip(&expected), "{head:?}");
        let lower: String = source.to_lowercase();
        assert!(is_it(&lower), "{head:?}");
        let twice = format!("{source}{source}");
        assert_eq!((items(&twice).1.lines, items(&twice).1.accounts), (2, 1), "{head:?}");
    }
}

#[test]
fn details_are_what_a_person_reads() {
    for (details, descriptor, name) in [
        (
            ":86:166?00GUTSCHRIFT?109251?20EREF+NOTPROVIDED?21SVWZ+Miete?30DRESDEFF?31DE1?32MUELLER?33 & SOHN",
            "Miete",
            Some("MUELLER & SOHN"),
        ),
        (
            ":86:166?00LASTSCHRIFT?20EREF+E1?21MREF+M1?22CRED+DE98?23SVWZ+Rechnung 12 vom 3.1?242.2026?32Strom AG",
            "Rechnung 12 vom 3.1 2.2026",
            Some("Strom AG"),
        ),
        (":86:005?00LASTSCHRIFT?20SVWZ+ABCDEFGHIJKLMNOPQRSTUV?21WXYZ?32A", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Some("A")),
        (
            ":86:159?00RETOURE?20EREF+TFNR 40005?21MTLG:Grund nicht spezifizie?22rt",
            "MTLG:Grund nicht spezifiziert",
            None,
        ),
        (":86:166?00GUTSCHRIFT?20EREF+NOTPROVIDED?32A", "A", Some("A")),
        (":86:808?00ENTGELT?109251", "ENTGELT", None),
        (
            ":86:000>100987654321>20ALGEMENE TUSSENREKENING KOS>21TEN VAN 2010",
            "ALGEMENE TUSSENREKENING KOSTEN VAN 2010",
            None,
        ),
        (
            ":86:020~00VE02~20Czynsz~21za luty~32JAN NOWAK~33UL. NIJAKA 1",
            "Czynsz za luty",
            Some("JAN NOWAK UL. NIJAKA 1"),
        ),
        (":86:<00PRZELEW<10123<20Czynsz<32JAN NOWAK", "Czynsz", Some("JAN NOWAK")),
        (
            ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL57/BIC/INGBNL2A/NAME/ CAFE MON AMI/REMI/897789005/EREF/NOTPROVIDED",
            "897789005",
            Some("CAFE MON AMI"),
        ),
        (":86:/EREF/01-01-2013 12:00/BENM//NAME/J DOE/REMI//ISDT/2013-07-11", "J DOE", Some("J DOE")),
        (
            ":86:/BENM/300000000000133\n/COFFEE BAR AD SKOPJE Main st. 3\n/EMPTY/\n/Invoice 11/2026//160309522-70100",
            "Invoice 11",
            Some("COFFEE BAR AD SKOPJE Main st. 3"),
        ),
        (":86:/OCMT/USD12,50/\nPAYMENT OF INVOICE 7", "USD12,50/ PAYMENT OF INVOICE 7", None),
        (
            ":86:/EREF/E1//CNTP/NL32INGB/INGBNL2A/ING BANK N.V./AMSTERDAM//REMI/USTD//Factuur 1/",
            "Factuur 1",
            Some("ING BANK N.V."),
        ),
        (
            ":86:SEPA Overboeking                 IBAN: NL32REVO0921990154        BIC: REVONL22                    Naam: J JANSEN                  Omschrijving: huur maart         Kenmerk: 12",
            "huur maart",
            Some("J JANSEN"),
        ),
        (
            ":86:911 TRANSAKCJA; Z RACH.: \n56114; OD: JAN NOWAK; TYT.: PRZELEW SRODKOW   ; \nTNR: 17",
            "PRZELEW SRODKOW",
            Some("JAN NOWAK"),
        ),
        (
            ":86:BEA   NR:XXX1234   21.05.11/12.54 DIRCKIII,PAS999",
            "BEA NR:XXX1234 21.05.11/12.54 DIRCKIII,PAS999",
            None,
        ),
        (":86:999PN0920WECHSEL", "PN0920WECHSEL", None),
        (":86:Rechnung 12 EREF: 55 IBAN: DE12 BIC: AAAA", "Rechnung 12", None),
        (":NS:01Miete\n02Januar\n15MUELLER\n17DAUERAUFTRAG", "Miete Januar", Some("MUELLER")),
        ("", "ABC 12", None),
    ] {
        let line = line(&format!(":61:2611211121DR1,00NTRFABC//12\n{details}"));
        assert_eq!((line.descriptor.as_str(), line.merchant_name.as_deref()), (descriptor, name), "{details}");
    }
    let above = line(
        ":61:261121D65,00NOVBNL47INGB9999999999\nhr paulissen\n:86:NL47INGB9999999999 hr paulissen\n\nBetaling sieraden\n",
    );
    assert_eq!(
        (above.descriptor.as_str(), above.merchant_name.as_deref()),
        ("Betaling sieraden", Some("hr paulissen"))
    );
    let beside = line(":61:261121D36,56N0300121470966      W.P. Jansen\n");
    assert_eq!(beside.descriptor, "W.P. Jansen");
}

#[test]
fn rows_of_the_day_are_announced_and_not_booked() {
    let report =
        ":20:1\n:25:PL29\n:28C:1/1\n:34F:PLN0\n:13D:2611211815+0100\n:61:2611211121C1,00NTRFNONREF\n:90C:1PLN1,00\n-\n";
    let (items, summary) = items(report);
    assert!(lines_of(&items)[0].pending);
    assert_eq!((summary.balances, summary.truncated), (0, false));
}

#[test]
fn a_file_that_is_cut_off_loses_the_row_that_is_cut() {
    let whole = statement(":61:2611211121D1,00NMSCNONREF\n:86:Coffee\n:61:2611221122D2,00NMSCNONREF\n:86:Tea");
    let cut = &whole[..=whole.find("Tea").expect("tea")];
    let (items, summary) = items(cut);
    let position = Position { line: 7, row: 2 };
    let reject = Reject { account: None, position, field: Field::Row, reason: Reason::CutOff };
    assert_eq!((summary.lines, summary.truncated, items.last()), (1, true, Some(&Item::Reject(reject))));
}

#[test]
fn a_balance_may_lack_the_colon_behind_its_tag() {
    let source = statement(":61:2611251125D4,50NMSC").replace(":62F:", ":62F").replace(":60F:", ":60F");
    let (items, summary) = items(&source);
    assert_eq!((lines_of(&items).len(), summary.truncated), (1, false));
    let balance = items.iter().find_map(|item| if let Item::Balance(balance) = item { Some(balance) } else { None });
    assert_eq!(balance.map(|balance| balance.money.minor), Some(10_000));
}

#[test]
fn an_account_in_marks_costs_its_own_rows() {
    let (_, summary) = items(&statement(":61:261121D1,00NMSCNONREF").replace("EUR", "DEM"));
    assert_eq!((summary.accounts, summary.lines, summary.rejects), (0, 0, 2));
    let both = format!("{}{}", statement("").replace("EUR", "DEM"), statement(":61:261121D1,00NMSCNONREF"));
    assert_eq!(items(&both).1.lines, 1);
}

#[test]
fn a_field_without_end_is_refused() {
    let endless = format!(":20:1\n:25:2\n:60F:C261121EUR1,\n:61:261121C1,NTRF\n:86:{}", "words\n".repeat(400_000));
    let refused = read(Format::Mt940, Cursor::new(endless), &Options::default(), drop);
    assert!(matches!(refused, Err(Refusal::TooLong { .. })));
    assert_eq!(read(Format::Mt940, Cursor::new("words"), &Options::default(), drop), Err(Refusal::UnknownFormat));
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mt940");
    fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path()).collect()
}

/// The opening balance of each statement, by its line.
fn openings(bytes: &[u8]) -> BTreeMap<u64, Decimal> {
    let text = String::from_utf8_lossy(bytes);
    let openings = text.lines().zip(1..).filter_map(|(line, number)| {
        let rest = line.strip_prefix(":60F:").or_else(|| line.strip_prefix(":60M:"))?;
        let size: Decimal = format!("{}0", rest[10..].trim()).replace(',', ".").parse().expect(line);
        Some((number, if rest.starts_with('D') { -size } else { size }))
    });
    openings.collect()
}

/// What a bank says of a statement adds up, unless the rows of its example were made up.
#[test]
fn opening_and_rows_are_the_closing_balance() {
    const MADE_UP: [&str; 7] = [
        "svenstaro_abnamro_mt940.sta",
        "svenstaro_betterplace_sepa_snippet.sta",
        "svenstaro_invalid_utf8.sta",
        "svenstaro_jejik_abnamro.sta",
        "svenstaro_jejik_postfinance.sta",
        "svenstaro_sparkasse_buxtehude.sta",
        "wolph_self-provided_whitespace.sta",
    ];
    let mut sums = 0;
    for path in fixtures() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = fs::read(&path).expect("a file");
        let openings = openings(&bytes);
        let mut items = Vec::new();
        read(Format::Mt940, Cursor::new(&bytes), &Options::default(), |item| items.push(item)).expect("a file");
        if MADE_UP.contains(&name.as_str()) {
            continue;
        }
        let rows: Vec<(u64, Decimal)> = items
            .iter()
            .filter_map(|item| match item {
                Item::Line(row) => Some((row.position.line, Decimal::new(row.line.amount_minor, 2))),
                _ => None,
            })
            .collect();
        for item in &items {
            let Item::Balance(ClosingBalance { kind: BalanceKind::Ledger, position, money, .. }) = item else {
                continue;
            };
            let (begin, opening) = openings.range(..position.line).next_back().expect("an opening balance");
            let within = rows.iter().filter(|(line, _)| (*begin..position.line).contains(line));
            let closing = opening + within.map(|(_, amount)| amount).sum::<Decimal>();
            assert_eq!(closing, money.decimal(), "{name}, line {}", position.line);
            sums += 1;
        }
    }
    assert!(sums > 40, "{sums}");
}

proptest! {
    /// A row comes back, whatever the day and the amount.
    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec((5_000_i32..29_000, -40_i32..40, -9_999_999_i64..9_999_999, any::<bool>()), 1..20),
    ) {
        let mut fields = String::new();
        let mut expected = Vec::new();
        for (value, later, minor, reversed) in rows {
            let (value, entry) = (Day::from_number(value).expect("a day"), Day::from_number(value + later).expect("a day"));
            let mark = match (minor < 0, reversed) {
                (true, false) => "D",
                (true, true) => "RC",
                (false, false) => "C",
                (false, true) => "RD",
            };
            let (whole, cents) = (minor.abs() / 100, minor.abs() % 100);
            let (day, booked) = (value.date().format("%y%m%d"), entry.date().format("%m%d"));
            fields.push_str(&[":61:", &day.to_string(), &booked.to_string(), mark, &format!("{whole},{cents:02}NTRFNONREF\n")].concat());
            expected.push((entry.number(), minor));
        }
        let (items, summary) = items(&statement(&fields));
        prop_assert_eq!(summary.rejects, 0);
        let found: Vec<_> = lines_of(&items).iter().map(|line| (line.day.number(), line.amount_minor)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_brings_it_down(
        text in "(:(20|25|28C|60F|61|86|62F|64|NS|34F):|[?<~/>][0-9]{2}|/(NAME|REMI|CNTP)/|(EREF|SVWZ|IBAN)[+:]|[0-9]{6,10}[RCD]{1,3}[0-9,]{0,6}N[A-Z]{3}|-}?\n|[{]4:|\n|[ -~]{0,9}|.){0,60}",
    ) {
        for source in [text.clone(), statement(&text), statement(&format!(":61:2611211121D1,00NTRF{text}\n:86:{text}"))] {
            let mut count = 0;
            let sink = |item| count += u64::from(matches!(item, Item::Line(_)));
            if let Ok(summary) = read(Format::Mt940, Cursor::new(&source), &Options::default(), sink) {
                prop_assert_eq!(summary.lines, count);
            }
        }
    }
}
