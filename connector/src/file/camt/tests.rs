//! What banks do with the format, element by element.

use std::io::{BufReader, Cursor, Read};

use domain::{
    account::AccountKind,
    currency::Currency,
    line::{DESCRIPTOR_CHARS, Line},
};

use super::super::{BalanceKind, Format, Item, Limits, Options, Refusal, StatementAccount, read};

fn items(source: &str) -> Vec<Item> {
    let mut items = Vec::new();
    read(Format::Camt, Cursor::new(source), &Options::default(), |item| items.push(item)).expect(source);
    items
}

fn statement(account: &str, body: &str) -> String {
    let account = format!("<Acct><Id><IBAN>DE75512108001245126199</IBAN></Id>{account}</Acct>");
    format!("<Document><BkToCstmrStmt><Stmt>{account}{body}</Stmt></BkToCstmrStmt></Document>")
}

fn entry(direction: &str, fields: &str) -> String {
    let day = "<BookgDt><Dt>2026-11-05</Dt></BookgDt>";
    format!("<Ntry><Amt Ccy=\"EUR\">4.50</Amt><CdtDbtInd>{direction}</CdtDbtInd>{day}{fields}</Ntry>")
}

fn lines(source: &str) -> Vec<Line> {
    let lines =
        items(source).into_iter().filter_map(|item| if let Item::Line(row) = item { Some(row.line) } else { None });
    lines.collect()
}

/// The line of an entry in euro.
fn line(direction: &str, fields: &str) -> Line {
    let owner = "<Ccy>EUR</Ccy><Ownr><Nm>Erika Beispiel</Nm></Ownr>";
    lines(&statement(owner, &entry(direction, fields))).pop().expect(fields)
}

/// The line of an entry with one part.
fn paid(direction: &str, part: &str) -> Line {
    line(direction, &format!("<NtryDtls><TxDtls>{part}</TxDtls></NtryDtls>"))
}

fn accounts(source: &str) -> Vec<StatementAccount> {
    items(source)
        .into_iter()
        .filter_map(|item| if let Item::Account(account) = item { Some(account) } else { None })
        .collect()
}

#[test]
fn the_counterparty_is_the_other_side() {
    let ours = "<Id><IBAN>DE75 5121 0800 1245 1261 99</IBAN></Id>";
    let theirs = "<Id><IBAN>NL91ABNA0417164300</IBAN></Id>";
    let cases = [
        ("DBIT", "<Cdtr><Nm>Shop</Nm></Cdtr>".to_owned(), Some("Shop")),
        ("CRDT", "<Dbtr><Pty><Nm>Work</Nm></Pty></Dbtr>".to_owned(), Some("Work")),
        ("DBIT", "<Cdtr><Agt><FinInstnId><Nm>Bank</Nm></FinInstnId></Agt></Cdtr>".to_owned(), Some("Bank")),
        ("DBIT", "<Cdtr><Nm>Payer</Nm></Cdtr><UltmtCdtr><Nm>Shop</Nm></UltmtCdtr>".to_owned(), Some("Shop")),
        ("DBIT", "<Dbtr><Nm>Erika Beispiel</Nm></Dbtr><Cdtr><Nm>Shop</Nm></Cdtr>".to_owned(), Some("Shop")),
        // Without a number it may be the owner.
        ("CRDT", "<Cdtr><Nm>Somebody</Nm></Cdtr>".to_owned(), None),
        ("CRDT", "<Cdtr><Nm>ERIKA BEISPIEL</Nm></Cdtr>".to_owned(), None),
        // Roles the other way round.
        (
            "CRDT",
            format!(
                "<Dbtr><Nm>E. B.</Nm></Dbtr><DbtrAcct>{ours}</DbtrAcct><Cdtr><Nm>Shop</Nm></Cdtr><CdtrAcct>{theirs}</CdtrAcct>"
            ),
            Some("Shop"),
        ),
        (
            "CRDT",
            format!("<Dbtr><Nm>Erika Beispiel</Nm></Dbtr><Cdtr><Nm>Shop</Nm></Cdtr><CdtrAcct>{theirs}</CdtrAcct>"),
            Some("Shop"),
        ),
        // An address, and who was asked to pay, are no names.
        ("DBIT", "<InitgPty><Nm>Me</Nm></InitgPty><Cdtr><PstlAdr><Nm>x</Nm></PstlAdr></Cdtr>".to_owned(), None),
    ];
    for (direction, parties, expected) in cases {
        let line = paid(direction, &format!("<RltdPties>{parties}</RltdPties>"));
        assert_eq!(line.merchant_name.as_deref(), expected, "{direction} {parties}");
    }
}

#[test]
fn a_reversal_goes_the_way_that_is_written() {
    let parties = "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Me</Nm></Dbtr><Cdtr><Nm>Shop</Nm></Cdtr></RltdPties></TxDtls></NtryDtls>";
    let back = line("CRDT", &format!("<RvslInd>true</RvslInd>{parties}"));
    assert_eq!((back.amount_minor, back.merchant_name.as_deref()), (450, Some("Shop")));
    let plain = line("DBIT", &format!("<RvslInd>false</RvslInd>{parties}"));
    assert_eq!((plain.amount_minor, plain.merchant_name.as_deref()), (-450, Some("Shop")));
}

#[test]
fn descriptors_hold_what_the_bank_says_once() {
    let shop = "<RltdPties><Cdtr><Nm>Shop</Nm></Cdtr></RltdPties>";
    for (part, descriptor) in [
        ("<RmtInf><Ustrd>a </Ustrd><Ustrd>b</Ustrd></RmtInf>".to_owned(), "a b"),
        (format!("{shop}<RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf>"), "Shop Invoice 7"),
        (format!("{shop}<RmtInf><Ustrd>SHOP invoice 7</Ustrd></RmtInf>"), "SHOP invoice 7"),
        (
            format!(
                "{shop}<RmtInf><Strd><RfrdDocInf><Nb>R7</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf><AddtlRmtInf>x</AddtlRmtInf></Strd></RmtInf>"
            ),
            "Shop R7 RF18 x",
        ),
        (format!("{shop}<AddtlTxInf>Card 1234</AddtlTxInf>"), "Shop Card 1234"),
        ("<RmtInf><Strd><RfrdDocInf><RfrdDocNb>R7</RfrdDocNb></RfrdDocInf></Strd></RmtInf>".to_owned(), "R7"),
        (format!("{shop}<Amt Ccy=\"EUR\">4.50</Amt>"), "Shop"),
        (format!("{shop}<AmtDtls><InstdAmt><Amt Ccy=\"USD\">5.10</Amt></InstdAmt></AmtDtls>"), "Shop 5.10 USD"),
        (
            format!(
                "{shop}<AmtDtls><TxAmt><Amt Ccy=\"USD\">5.10</Amt></TxAmt></AmtDtls><AddtlTxInf>USD 5,10</AddtlTxInf>"
            ),
            "Shop USD 5,10",
        ),
        (format!("{shop}<Amt Ccy=\"SEK\">0</Amt>"), "Shop"),
        (format!("{shop}<Chrgs><Rcrd><Amt Ccy=\"USD\">9</Amt></Rcrd></Chrgs>"), "Shop"),
    ] {
        assert_eq!(paid("DBIT", &part).descriptor, descriptor, "{part}");
    }
    let code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>CCRD</Cd><SubFmlyCd>POSD</SubFmlyCd></Fmly></Domn><Prtry><Cd>NTRF+5</Cd></Prtry></BkTxCd>";
    assert_eq!(line("DBIT", code).descriptor, "PMNT CCRD POSD NTRF+5");
    assert_eq!(line("DBIT", &format!("{code}<AddtlNtryInf>Shop</AddtlNtryInf>")).descriptor, "Shop");
}

#[test]
fn what_it_was_before_the_bank_converted_it_is_kept() {
    let instructed = "<InstdAmt><Amt Ccy=\"USD\">5.10</Amt></InstdAmt>";
    let counter = "<CntrValAmt><Amt Ccy=\"SEK\">50</Amt></CntrValAmt>";
    for (direction, part, original) in [
        ("DBIT", format!("<AmtDtls>{instructed}</AmtDtls>"), Some("-5.10 USD")),
        ("CRDT", format!("<AmtDtls>{counter}{instructed}</AmtDtls>"), Some("5.10 USD")),
        ("DBIT", "<Amt Ccy=\"SEK\">50</Amt>".to_owned(), Some("-50.00 SEK")),
        ("DBIT", "<Amt Ccy=\"EUR\">4.50</Amt>".to_owned(), None),
        ("DBIT", "<Amt Ccy=\"JPY\">50.5</Amt>".to_owned(), None),
    ] {
        assert_eq!(paid(direction, &part).original.map(|money| money.to_string()).as_deref(), original, "{part}");
    }
}

#[test]
fn a_batch_is_the_one_booking_that_it_is() {
    let part = |name: &str, amount: &str| {
        format!(
            "<TxDtls><Refs><AcctSvcrRef>part {amount}</AcctSvcrRef></Refs><Amt Ccy=\"EUR\">{amount}</Amt><RltdPties><Cdtr><Nm>{name}</Nm></Cdtr></RltdPties></TxDtls>"
        )
    };
    for (parts, descriptor, name) in [
        (part("A", "1.50") + &part("B", "3.00"), "A, B", None),
        // Parts that do not add up.
        (part("A", "1.50") + &part("A", "9.00"), "A", Some("A")),
        (part("A", "4.50") + "<TxDtls></TxDtls>", "A", None),
    ] {
        let found = line("DBIT", &format!("<NtryDtls>{parts}</NtryDtls>"));
        assert_eq!((found.amount_minor, found.source_id), (-450, None), "{parts}");
        assert_eq!((found.descriptor.as_str(), found.merchant_name.as_deref()), (descriptor, name), "{parts}");
    }
    let spread: String = ["A", "B"].map(|name| format!("<NtryDtls>{}</NtryDtls>", part(name, "1.00"))).concat();
    assert_eq!(line("DBIT", &spread).descriptor, "A, B");
}

/// Ten thousand parts, a megabyte of remittance, and still one short line.
#[test]
fn what_an_entry_is_made_of_costs_nothing() {
    let part = |n: u32| {
        format!(
            "<TxDtls><RltdPties><Cdtr><Nm>Payee {n}</Nm></Cdtr></RltdPties><RmtInf>{}</RmtInf></TxDtls>",
            "<Ustrd>x</Ustrd>".repeat(50)
        )
    };
    let batch: String = (0..10_000).map(part).collect();
    let found = line("DBIT", &format!("<NtryDtls>{batch}</NtryDtls>"));
    assert_eq!(found.amount_minor, -450);
    assert!(found.descriptor.starts_with("Payee 0, Payee 1") && found.descriptor.chars().count() <= DESCRIPTOR_CHARS);
    let long = paid("DBIT", &format!("<RmtInf>{}</RmtInf>", "<Ustrd>0123456789</Ustrd>".repeat(100_000)));
    assert!(long.descriptor.starts_with("0123456789 0123456789"));
}

#[test]
fn a_reference_is_the_banks_own_or_none() {
    let of = |fields: &str| line("DBIT", fields).source_id;
    let part = |refs: &str| format!("<NtryDtls><TxDtls><Refs>{refs}</Refs></TxDtls></NtryDtls>");
    assert_eq!(of("<NtryRef>1</NtryRef><AcctSvcrRef> B-1 </AcctSvcrRef>").as_deref(), Some("B-1"));
    assert_eq!(of(&part("<AcctSvcrRef>B-2</AcctSvcrRef>")).as_deref(), Some("B-2"));
    assert_eq!(
        of(&format!("<AcctSvcrRef>B-1</AcctSvcrRef>{}", part("<AcctSvcrRef>B-2</AcctSvcrRef>"))).as_deref(),
        Some("B-1")
    );
    let others = "<EndToEndId>E-1</EndToEndId><TxId>T-1</TxId><InstrId>I-1</InstrId><MsgId>M-1</MsgId>";
    assert_eq!(of(&format!("<NtryRef>1</NtryRef>{}", part(others))), None);
    for none in ["NOTPROVIDED", "Not Provided", "NONREF", "0", "0000000000", "---", "N/A", ""] {
        assert_eq!(of(&format!("<AcctSvcrRef>{none}</AcctSvcrRef>")), None, "{none}");
    }
}

#[test]
fn states_are_written_in_two_ways() {
    for (state, pending) in [
        ("", false),
        ("<Sts>BOOK</Sts>", false),
        ("<Sts><Cd>BOOK</Cd></Sts>", false),
        ("<Sts>\n<Cd>PDNG</Cd>\n</Sts>", true),
        ("<Sts><Cd>FUTR</Cd></Sts>", true),
        ("<Sts><Prtry>Paid</Prtry></Sts>", false),
    ] {
        assert_eq!(line("DBIT", state).pending, pending, "{state}");
    }
    for (message, state, lines, unsupported) in [
        ("Stmt", "INFO", 0, 1),
        ("Rpt", "INFO", 0, 1),
        ("Stmt", "Paid", 1, 0),
        ("Rpt", "Paid", 0, 1),
        ("Ntfctn", "Paid", 0, 1),
    ] {
        let entry = entry("DBIT", &format!("<Sts><Prtry>{state}</Prtry></Sts>"));
        let source = format!("<Document><X><{message}>{entry}</{message}></X></Document>");
        let summary = read(Format::Camt, Cursor::new(&source), &Options::default(), drop).expect("a file");
        assert_eq!((summary.lines, summary.unsupported), (lines, unsupported), "{message} {state}");
    }
}

#[test]
fn days_are_the_ones_written() {
    let of = |fields: &str| {
        let entry = format!("<Ntry><Amt Ccy=\"EUR\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd>{fields}</Ntry>");
        lines(&statement("", &entry)).pop().map(|line| line.day.to_string())
    };
    for (fields, day) in [
        ("<BookgDt><DtTm>2026-11-05T00:15:00+02:00</DtTm></BookgDt>", Some("2026-11-05")),
        ("<BookgDt><DtTm>2026-11-05T23:59:59.999-11:00</DtTm></BookgDt>", Some("2026-11-05")),
        ("<BookgDt><Dt>2026-11-05+01:00</Dt></BookgDt>", Some("2026-11-05")),
        ("<BookgDt>2026-11-05Z</BookgDt>", Some("2026-11-05")),
        ("<BookgDt><Dt></Dt></BookgDt><ValDt><Dt>2026-11-06</Dt></ValDt>", Some("2026-11-06")),
        ("<BookgDt><Dt>2026-11-05</Dt></BookgDt><ValDt><Dt>2026-11-06</Dt></ValDt>", Some("2026-11-05")),
        ("<BookgDt><Dt>2026-11-05x</Dt></BookgDt>", None),
        ("<BookgDt><Dt>05.11.2026</Dt></BookgDt>", Some("2026-11-05")),
        ("<BookgDt><Dt>05/11/2026</Dt></BookgDt>", None),
        ("", None),
    ] {
        assert_eq!(of(fields).as_deref(), day, "{fields}");
    }
}

#[test]
fn the_currency_is_the_accounts() {
    let bal = |code: &str, currency: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"{currency}\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        )
    };
    let row = entry("DBIT", "");
    for (account, body, currency, rows) in [
        ("<Ccy>EUR</Ccy>", row.clone(), "EUR", 1),
        ("", row.clone(), "EUR", 1),
        ("<Ccy>USD</Ccy>", row.clone(), "USD", 0),
        ("", format!("{}{row}", bal("OPBD", "USD")), "USD", 0),
        // A balance of something else says less than the first booking.
        ("", format!("{}{row}", bal("CLAV", "USD")), "EUR", 1),
        ("", bal("CLAV", "USD"), "USD", 0),
        ("<Ccy>eur</Ccy>", row.clone(), "EUR", 1),
    ] {
        let source = statement(account, &body);
        let found = accounts(&source);
        assert_eq!(found.iter().map(|account| account.currency.code()).collect::<Vec<_>>(), [currency], "{source}");
        assert_eq!(lines(&source).len(), rows, "{source}");
    }
    let bare = statement("", &row.replace(" Ccy=\"EUR\"", ""));
    let with = |currency| {
        let options = Options { currency, ..Options::default() };
        read(Format::Camt, Cursor::new(&bare), &options, drop).expect("a file").lines
    };
    assert_eq!((with(None), with(Currency::from_code("CHF"))), (0, 1));
}

#[test]
fn accounts_are_the_same_in_every_report() {
    let of = |id: &str, more: &str| {
        accounts(&format!("<Document><Rpt><Acct><Id>{id}</Id><Ccy>EUR</Ccy>{more}</Acct></Rpt></Document>"))
            .pop()
            .expect(id)
    };
    let iban = of("<IBAN>DE75512108001245126199</IBAN>", "<Svcr><FinInstnId><BIC>SOGEDEFF</BIC></FinInstnId></Svcr>");
    let other = of("<Othr><Id>DE75 5121 0800 1245 1261 99</Id></Othr>", "<Nm>Household</Nm><Tp><Cd>SVGS</Cd></Tp>");
    assert_eq!((&iban.source_id, iban.tail.as_deref()), (&other.source_id, Some("6199")));
    assert_eq!((iban.name_hint.as_deref(), iban.kind), (Some("SOGEDEFF"), None));
    assert_eq!((other.name_hint.as_deref(), other.kind), (Some("Household"), Some(AccountKind::Savings)));
    let old = of("<PrtryAcct><Id>12</Id></PrtryAcct>", "<Tp><Cd>LOAN</Cd></Tp>");
    assert_eq!((old.source_id.as_deref(), old.kind), (Some("12/EUR"), Some(AccountKind::Loan)));
    assert_eq!(accounts("<Document><Rpt><Ntry></Ntry></Rpt></Document>"), []);
}

#[test]
fn only_a_closing_balance_closes() {
    let balances = |code: &str| {
        let body = format!(
            "<Bal><Tp>{code}</Tp><Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Avlbty><Amt Ccy=\"EUR\">7</Amt><CdtDbtInd>CRDT</CdtDbtInd></Avlbty></Bal>"
        );
        let found = items(&statement("", &body)).into_iter().filter_map(|item| {
            if let Item::Balance(balance) = item { Some((balance.kind, balance.money.minor)) } else { None }
        });
        found.collect::<Vec<_>>()
    };
    let coded = |code: &str| format!("<CdOrPrtry><Cd>{code}</Cd></CdOrPrtry>");
    assert_eq!(balances(&coded("CLBD")), [(BalanceKind::Ledger, -500)]);
    assert_eq!(balances("<Cd>CLBD</Cd>"), [(BalanceKind::Ledger, -500)]);
    assert_eq!(balances(&coded("CLAV")), [(BalanceKind::Available, -500)]);
    for code in ["OPBD", "PRCD", "ITBD", "ITAV", "OPAV", "FWAV", "XPCD", "INFO"] {
        assert_eq!(balances(&coded(code)), [], "{code}");
    }
    assert_eq!(balances(&format!("{}<SubTp><Cd>INTM</Cd></SubTp>", coded("CLBD"))), []);
    assert_eq!(balances("<CdOrPrtry><Prtry>CLBD</Prtry></CdOrPrtry>"), []);
}

#[test]
fn wrappers_and_supplements_are_passed_over() {
    let inner =
        statement("", &entry("DBIT", "<SplmtryData><Envlp><Amt Ccy=\"USD\">9</Amt><Nm>x</Nm></Envlp></SplmtryData>"));
    let wrapped =
        format!("<?xml version='1.0'?><!-- x --><Envelope><AppHdr><Fr><Id>y</Id></Fr></AppHdr>{inner}</Envelope>");
    assert_eq!(lines(&wrapped), lines(&statement("", &entry("DBIT", ""))));
}

#[test]
fn what_would_cost_too_much_is_refused() {
    let refused = |input: &mut dyn Read, limits: Limits| {
        let options = Options { limits, ..Options::default() };
        read(Format::Camt, BufReader::new(input), &options, drop).expect_err("refused")
    };
    let head: &[u8] = b"<Document>\n<Stmt>\n<Ntry><AddtlNtryInf>";
    let limit_bytes = Limits::default().element_bytes;
    let mut endless = head.chain(std::io::repeat(b'x').take(64 << 20));
    assert_eq!(refused(&mut endless, Limits::default()), Refusal::TooLong { line: 3, limit_bytes });
    let deep = format!("<Document>{}", "<Stmt><Ntry><NtryDtls><x>".repeat(100_000));
    assert_eq!(refused(&mut deep.as_bytes(), Limits::default()), Refusal::TooDeep { line: 1, limit: 100 });
    let account = |n: u32| format!("<Stmt><Acct><Id><Othr><Id>{n}</Id></Othr></Id><Ccy>EUR</Ccy></Acct></Stmt>\n");
    let accounts: String = (0..20).map(account).collect();
    let limits = Limits { accounts: 10, ..Limits::default() };
    assert_eq!(
        refused(&mut format!("<Document>{accounts}</Document>").as_bytes(), limits),
        Refusal::TooManyAccounts { line: 11, limit: 10 }
    );
}

#[test]
fn what_is_no_camt_is_refused() {
    for source in ["", "Date,Amount\n", "<html><body>Sign in</body></html>"] {
        let refused = read(Format::Camt, Cursor::new(source), &Options::default(), drop);
        assert_eq!(refused, Err(Refusal::UnknownFormat), "{source}");
    }
}
