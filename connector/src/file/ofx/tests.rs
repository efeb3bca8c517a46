//! What banks do with the format, element by element.

use std::io::Cursor;

use domain::{account::AccountKind, line::Line};

use super::super::{Format, Item, Options, Refusal, Reject, StatementAccount, StatementLine, Summary, read};

/// What a file says, by sort.
#[derive(Default)]
struct Said {
    accounts: Vec<StatementAccount>,
    lines: Vec<StatementLine>,
    rejects: Vec<Reject>,
    summary: Summary,
}

fn said(body: &str) -> Said {
    let mut said = Said::default();
    let source = format!("OFXHEADER:100\n\n<OFX>{body}</OFX>");
    let sink = |item| match item {
        Item::Account(account) => said.accounts.push(account),
        Item::Line(line) => said.lines.push(line),
        Item::Reject(reject) => said.rejects.push(reject),
        Item::Balance(_) | Item::Holding(_) | Item::HoldingsEnd(_) | Item::Security(_) => {}
    };
    said.summary = read(Format::Ofx, Cursor::new(source), &Options::default(), sink).expect(body);
    said
}

/// The line of one transaction in euro.
fn line(fields: &str) -> Line {
    let row = format!("<STMTTRN><DTPOSTED>20261105<TRNAMT>-4.50{fields}</STMTTRN>");
    let mut said = said(&format!("<STMTRS><CURDEF>EUR<BANKTRANLIST>{row}</BANKTRANLIST></STMTRS>"));
    said.lines.pop().expect(fields).line
}

#[test]
fn descriptors_hold_what_the_bank_says_once() {
    for (fields, descriptor) in [
        ("<NAME>Coffee", "Coffee"),
        ("<MEMO>Coffee  bar", "Coffee bar"),
        ("<NAME>Coffee<MEMO>POS 12", "Coffee POS 12"),
        ("<NAME>COFFEE BAR AND<MEMO>Coffee bar and books", "Coffee bar and books"),
        ("<NAME>Coffee bar<MEMO>coffee", "Coffee bar"),
        ("<PAYEE><NAME>Coffee<ADDR1>1 Road</PAYEE><MEMO>POS", "Coffee POS"),
        ("<PAYEE>Coffee<MEMO>POS", "Coffee POS"),
        ("<NAME>Coffee<PAYEE><NAME>Other</PAYEE>", "Coffee"),
        ("<TRNTYPE>CHECK<CHECKNUM>850076", "CHECK 850076"),
        ("<BANKACCTTO><BANKID>1<ACCTID>2<NAME>Not me</BANKACCTTO><NAME>Me", "Me"),
        ("", ""),
    ] {
        assert_eq!(line(fields).descriptor, descriptor, "{fields}");
    }
}

#[test]
fn fields_that_are_no_use_are_none() {
    assert_eq!(line("<FITID> ").source_id, None);
    assert_eq!(line(&format!("<FITID>{}", "9".repeat(256))).source_id, None);
    assert_eq!(line("<FITID> a b ").source_id.as_deref(), Some("a b"));
    for (code, expected) in [("5814", Some(5814)), ("0000", None), ("58", None), ("58x4", None)] {
        assert_eq!(line(&format!("<SIC>{code}")).merchant_category_code, expected, "{code}");
    }
}

#[test]
fn kinds_of_accounts_are_told_apart() {
    use AccountKind::{Checking, CreditCard, Investment, Loan, Savings};
    for (statement, from, account_type, kind) in [
        ("STMTRS", "BANKACCTFROM", "<ACCTTYPE>CHECKING", Checking),
        ("STMTRS", "BANKACCTFROM", "<ACCTTYPE>MONEYMRKT", Savings),
        ("STMTRS", "BANKACCTFROM", "<ACCTTYPE>CREDITLINE", Loan),
        ("CCSTMTRS", "CCACCTFROM", "", CreditCard),
        ("LOANSTMTRS", "LOANACCTFROM", "", Loan),
        ("INVSTMTRS", "INVACCTFROM", "", Investment),
    ] {
        let said =
            said(&format!("<{statement}><CURDEF>usd<{from}><ACCTID>12-34 56{account_type}</{from}></{statement}>"));
        let [account] = said.accounts.as_slice() else { panic!("one account: {statement}") };
        assert_eq!((account.kind, account.tail.as_deref(), account.currency.code()), (Some(kind), Some("3456"), "USD"));
    }
}

#[test]
fn an_account_that_comes_twice_is_one() {
    let statement = |number: &str, day: u32| {
        format!(
            "<STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>{number}</BANKACCTFROM>\
             <STMTTRN><DTPOSTED>202611{day:02}<TRNAMT>1</STMTTRN></STMTRS>"
        )
    };
    let said = said(&format!("{}{}{}", statement("1", 5), statement("2", 6), statement("1", 7)));
    assert_eq!(said.accounts.len(), 2);
    assert_eq!(said.lines.iter().map(|line| line.account).collect::<Vec<_>>(), [0, 1, 0]);
    assert_ne!(said.accounts[0].source_id, said.accounts[1].source_id);
}

#[test]
fn rows_that_are_not_closed_end_with_the_next() {
    let said = said(
        "<STMTRS><CURDEF>EUR\n<STMTTRN><DTPOSTED>20261105<TRNAMT>-1<NAME>a\n<STMTTRN><DTPOSTED>20261106<TRNAMT>-2<NAME>b\n\
         <LEDGERBAL><BALAMT>5<DTASOF>20261106</LEDGERBAL></STMTRS>",
    );
    let rows: Vec<_> =
        said.lines.iter().map(|row| (row.position.line, row.position.row, row.line.amount_minor)).collect();
    assert_eq!(rows, [(4, 1, -100), (5, 2, -200)]);
    assert_eq!((said.summary.balances, said.summary.truncated), (1, false));
}

#[test]
fn an_account_without_a_currency_is_refused_unless_it_is_given() {
    let body = "<OFX><STMTRS><BANKACCTFROM><ACCTID>1</BANKACCTFROM><STMTTRN><DTPOSTED>20261105<TRNAMT>1</STMTTRN></STMTRS></OFX>";
    let with = |options: &Options| read(Format::Ofx, Cursor::new(body), options, drop).expect(body);
    assert_eq!((with(&Options::default()).lines, with(&Options::default()).rejects), (0, 1));
    let currency = domain::currency::Currency::from_code("EUR");
    assert_eq!(with(&Options { currency, ..Options::default() }).lines, 1);
}

/// A card's rows, each a kind and an amount; what its lines and its balance are.
fn card(rows: &[(&str, &str)]) -> Vec<i64> {
    let row = |(kind, amount): &(&str, &str)| {
        format!("<STMTTRN><TRNTYPE>{kind}<DTPOSTED>20261105<TRNAMT>{amount}<NAME>x</STMTTRN>")
    };
    let rows: String = rows.iter().map(row).collect();
    let body = format!(
        "<CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>1</CCACCTFROM><BANKTRANLIST>{rows}</BANKTRANLIST></CCSTMTRS>"
    );
    said(&body).lines.iter().map(|line| line.line.amount_minor).collect()
}

#[test]
fn a_card_is_turned_round_where_its_rows_prove_it() {
    for (rows, minor) in [
        (&[("DEBIT", "4.50"), ("CREDIT", "-100")][..], &[-450, 10_000][..]),
        (&[("POS", "4.50"), ("FEE", "1"), ("OTHER", "2")], &[-450, -100, -200]),
        (&[("DEBIT", "-4.50"), ("CREDIT", "100")], &[-450, 10_000]),
        // One row alone, and rows that contradict each other, prove nothing.
        (&[("DEBIT", "4.50")], &[450]),
        (&[("DEBIT", "4.50"), ("DEBIT", "-3")], &[450, -300]),
        (&[("CREDIT", "4.50"), ("CREDIT", "-3")], &[450, -300]),
    ] {
        assert_eq!(card(rows), minor, "{rows:?}");
    }
}

#[test]
fn where_nothing_has_a_minus_the_kind_of_a_row_says_which_way_it_goes() {
    let amounts = |rows: &[(&str, &str)]| -> Vec<i64> {
        let row = |(kind, amount): &(&str, &str)| {
            format!("<STMTTRN><TRNTYPE>{kind}<DTPOSTED>20261105<TRNAMT>{amount}<NAME>x</STMTTRN>")
        };
        let rows: String = rows.iter().map(row).collect();
        let lines = said(&format!("<STMTRS><CURDEF>USD{rows}</STMTRS>")).lines;
        lines.iter().map(|line| line.line.amount_minor).collect()
    };
    assert_eq!(amounts(&[("DEBIT", "4"), ("CHECK", "5"), ("CREDIT", "20")]), [-400, -500, 2_000]);
    // One alone may have been taken back; one minus shows that there are signs.
    assert_eq!(amounts(&[("DEBIT", "4"), ("CREDIT", "20")]), [400, 2_000]);
    assert_eq!(amounts(&[("DEBIT", "4"), ("DEBIT", "5"), ("OTHER", "-1")]), [400, 500, -100]);
}

#[test]
fn a_row_that_takes_another_back_is_none() {
    let row = |action: &str| {
        format!("<STMTTRN><DTPOSTED>20261105<TRNAMT>-1<FITID>2<CORRECTFITID>1<CORRECTACTION>{action}</STMTTRN>")
    };
    let said = said(&format!("<STMTRS><CURDEF>EUR{}{}</STMTRS>", row("REPLACE"), row("DELETE")));
    assert_eq!((said.summary.lines, said.summary.unsupported, said.summary.rejects), (1, 1, 0));
    let line = &said.lines[0].line;
    assert_eq!((line.source_id.as_deref(), line.replaces_source_id.as_deref()), (Some("2"), Some("1")));
}

#[test]
fn heads_of_all_kinds_are_passed_over() {
    let body = "<OFX><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><STMTTRN><DTPOSTED>20261105120000.000[-5:EST]\
                <TRNAMT>-1.234,50<NAME>Café</STMTTRN></STMTRS></OFX>";
    let wide = |text: &str| [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin: Vec<u8> = body.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let heads: [Vec<u8>; 7] = [
        body.as_bytes().to_vec(),
        format!("OFXHEADER:100DATA:OFXSGMLVERSION:102ENCODING:USASCIICHARSET:1252{body}").into_bytes(),
        format!("OFXHEADER:100\nVERSION:102\nENCODING:UTF-8\nCHARSET:1252\n{body}").into_bytes(),
        [b"OFXHEADER:100\nENCODING:UTF-8\nCHARSET:NONE\n".as_slice(), &latin].concat(),
        wide(&format!("OFXHEADER:100\nENCODING:UNICODE\n\n{body}")),
        format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"211\"?>{body}")
            .into_bytes(),
        format!("\u{feff}\r\n\r\nDATA:OFXSGML\r\n{body}").into_bytes(),
    ];
    for head in heads {
        assert_eq!(super::super::detect(&head, Some("a.ofx")), Ok(Format::Ofx));
        let mut found = Vec::new();
        let sink = |item| {
            if let Item::Line(row) = item {
                found.push((row.line.day.to_string(), row.line.amount_minor, row.line.descriptor));
            }
        };
        read(Format::Ofx, Cursor::new(head), &Options::default(), sink).expect("a file");
        assert_eq!(found, [("2026-11-05".to_owned(), -123_450, "Café".to_owned())]);
    }
}

#[test]
fn what_is_no_ofx_is_refused() {
    for source in ["", "Date,Amount\n", "<html><body>Sign in</body></html>"] {
        let refused = read(Format::Ofx, Cursor::new(source), &Options::default(), drop);
        assert_eq!(refused, Err(Refusal::UnknownFormat), "{source}");
    }
}
