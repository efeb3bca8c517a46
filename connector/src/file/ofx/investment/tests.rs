//! Investments, element by element.

use std::io::Cursor;

use domain::investment::{HeldIn, Holding, Security, SecurityKind, Trade, TradeKind};

use super::super::super::{
    Field, Format, HoldingsEnd, Item, Limits, Options, Reason, Refusal, Reject, StatementLine, read,
};

/// What a file says, by sort.
#[derive(Default)]
struct Said {
    lines: Vec<StatementLine>,
    rejects: Vec<Reject>,
    holdings: Vec<Holding>,
    ends: Vec<HoldingsEnd>,
    securities: Vec<Security>,
    balances: Vec<String>,
}

fn read_all(source: impl AsRef<[u8]>) -> Said {
    let mut said = Said::default();
    let sink = |item| match item {
        Item::Account(_) => {}
        Item::Line(line) => said.lines.push(line),
        Item::Reject(reject) => said.rejects.push(reject),
        Item::Balance(balance) => said.balances.push(format!("{} {}", balance.money, balance.day.expect("a day"))),
        Item::Holding(held) => said.holdings.push(held.holding),
        Item::HoldingsEnd(end) => said.ends.push(end),
        Item::Security(security) => said.securities.push(security),
    };
    read(Format::Ofx, Cursor::new(source), &Options::default(), sink).expect("a file");
    said
}

fn fixture(name: &str) -> Said {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    read_all(std::fs::read(path).expect(name))
}

/// The one row of a statement in dollars, or why there is none.
fn row(element: &str, fields: &str) -> Result<(i64, Trade), (Field, Reason)> {
    let said = read_all(format!(
        "OFXHEADER:100\n\n<OFX><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>1</INVACCTFROM><INVTRANLIST>\
         <{element}><INVTRAN><FITID>1<DTTRADE>20261105</INVTRAN>{fields}</{element}></INVTRANLIST></INVSTMTRS></OFX>"
    ));
    match (said.lines.into_iter().next(), said.rejects.into_iter().next()) {
        (Some(line), None) => Ok((line.line.amount_minor, *line.trade.expect("a trade"))),
        (None, Some(reject)) => Err((reject.field, reject.reason)),
        _ => panic!("one line or one reject: {element}"),
    }
}

fn number(number: Option<rust_decimal::Decimal>) -> Option<String> {
    number.map(domain::investment::canonical)
}

#[test]
fn every_row_of_an_investment_account_is_a_line() {
    let lines = fixture("own/investments.ofx").lines;
    let shown: Vec<_> = lines
        .iter()
        .map(|row| {
            let trade = row.trade.as_deref();
            let units = trade.and_then(|trade| number(trade.units));
            (row.line.source_id.as_deref().unwrap_or("-"), row.line.amount_minor, trade.map(|trade| trade.kind), units)
        })
        .collect();
    let units = |units: &str| Some(units.to_owned());
    assert_eq!(
        shown,
        [
            ("i1", 500_000, None, None),
            ("i2", -42_725, Some(TradeKind::Buy), units("10")),
            ("i3", -10_000, Some(TradeKind::Buy), units("1.2345")),
            ("i4", -99_120, Some(TradeKind::Buy), units("1000")),
            ("i5", -23_565, Some(TradeKind::Buy), units("1")),
            ("i6", 17_600, Some(TradeKind::Sell), units("-4")),
            ("i7", 10_000, Some(TradeKind::Sell), units("-5")),
            ("i8", 1_240, Some(TradeKind::Dividend), None),
            ("i9", 921, Some(TradeKind::Interest), None),
            ("i11", -250, Some(TradeKind::Expense), None),
            ("i12", -75, Some(TradeKind::MarginInterest), None),
            ("i13", 500, Some(TradeKind::ReturnOfCapital), None),
            ("i14", 0, Some(TradeKind::Reinvestment), units("0.086")),
            ("i15", 31, Some(TradeKind::Split), units("6")),
            ("i16", 0, Some(TradeKind::Transfer), units("-0.5")),
            ("i17", 0, Some(TradeKind::SecurityJournal), units("2")),
            ("i18", 0, Some(TradeKind::CashJournal), None),
            ("i19", 0, Some(TradeKind::OptionClosure), units("-1")),
        ]
    );
    // The rows are all of the account's cash: with nothing before them.
    assert_eq!(shown.iter().map(|(_, minor, ..)| minor).sum::<i64>(), 354_557);
    let texts: Vec<&str> = lines[1..4].iter().map(|row| row.line.descriptor.as_str()).collect();
    assert_eq!(texts, ["BUY NORDWIND AG", "SAVINGS PLAN", "BUY XS0000000BON"]);
    let bought = lines[1].trade.as_deref().expect("a trade");
    assert_eq!(
        [bought.unit_price, bought.commission, bought.fees, bought.taxes, bought.total].map(number),
        ["42.125", "4.9", "1.1", "", "-427.25"].map(|text| (!text.is_empty()).then(|| text.to_owned()))
    );
    let key = bought.security.as_ref().expect("a security");
    assert_eq!((key.id_type.as_str(), key.code.as_str(), bought.currency.code()), ("ISIN", "DE000A0STOCK", "EUR"));
    assert_eq!(lines[1].line.day.to_string(), "2026-11-03", "the day of the trade, not of its settlement");
}

#[test]
fn what_is_held_and_what_securities_are() {
    let said = fixture("own/investments.ofx");
    let shown: Vec<_> = said
        .holdings
        .iter()
        .map(|held| {
            let units = domain::investment::canonical(held.units);
            (
                held.security.code.as_str(),
                held.held_in,
                units,
                held.value.to_string(),
                held.day.expect("a day").to_string(),
            )
        })
        .collect();
    let held = |code, part, units: &str, value: &str, day: &str| {
        (code, part, units.to_owned(), value.to_owned(), format!("2026-11-{day}"))
    };
    assert_eq!(
        shown,
        [
            held("DE000A0STOCK", HeldIn::Cash, "10", "225.00 EUR", "20"),
            held("DE000A0STOCK", HeldIn::Margin, "2", "45.00 EUR", "20"),
            held("US0000000SHO", HeldIn::Short, "-5", "-105.00 USD", "19"),
            held("LU0000000FUN", HeldIn::Cash, "0.8205", "66.63 EUR", "20"),
            held("XS0000000BON", HeldIn::Cash, "1000", "985.10 EUR", "20"),
        ]
    );
    let [end] = said.ends.as_slice() else { panic!("one list of holdings") };
    assert_eq!(end.day.map(|day| day.to_string()).as_deref(), Some("2026-11-20"));
    let names: Vec<_> = said
        .securities
        .iter()
        .map(|one| (one.kind.expect("a kind"), one.ticker.as_deref(), one.name.as_deref()))
        .collect();
    assert_eq!(
        names,
        [
            (SecurityKind::Stock, Some("NWD"), Some("Nordwind AG")),
            (SecurityKind::Fund, None, Some("World & Moon Fund")),
            (SecurityKind::Debt, None, Some("Harbour Bond 2031")),
            (SecurityKind::Option, Some("NWD261218C50"), Some("NWD Call 50 Dec 26")),
            (SecurityKind::Other, Some("SHO"), Some("Shoreline Certificate")),
        ]
    );
    assert_eq!(said.securities[3].key.code, "OPT261218C50", "an option, not what is behind it");
    let wrong: Vec<_> = said.rejects.iter().map(|reject| (reject.field, reject.reason.clone())).collect();
    assert_eq!(
        wrong,
        [
            (Field::Currency, Reason::OtherCurrency),
            (Field::Amount, Reason::Missing),
            (Field::Units, Reason::NotAnAmount),
            (Field::Value, Reason::NotAnAmount),
            (Field::Security, Reason::Missing),
        ]
    );
}

#[test]
fn fixtures_of_others_are_read_whole() {
    let sold = fixture("ofx/ofxparser_ofxdata-investments-xml.ofx").lines;
    let amounts: Vec<i64> = sold.iter().map(|row| row.line.amount_minor).collect();
    assert_eq!(amounts, [-100_000, -54_588, 1_259, 0, 100_000, 123_456]);
    let fund = fixture("ofx/ofxparse_tiaacref.ofx");
    assert_eq!((fund.holdings.len(), fund.ends.len(), fund.securities.len(), fund.rejects.len()), (6, 1, 6, 0));
    let values: Vec<String> = fund.holdings.iter().map(|held| held.value.to_string()).collect();
    assert_eq!(values[..3], ["13.08 USD", "25.58 USD", "109.35 USD"]);
    assert_eq!(fund.balances, ["0.00 USD 2017-03-08"]);
}

#[test]
fn the_kind_decides_the_sign_where_there_is_only_one() {
    let amount = |element: &str, fields: &str| row(element, fields).expect(element).0;
    for (element, fields, minor) in [
        ("BUYSTOCK", "<TOTAL>-10", -1_000),
        ("BUYSTOCK", "<TOTAL>10", -1_000),
        ("SELLMF", "<TOTAL>-10", 1_000),
        ("SELLSTOCK", "<UNITS>-1<UNITPRICE>2<COMMISSION>9.95<TOTAL>-7.95", -795),
        ("INVEXPENSE", "<TOTAL>2", -200),
        ("MARGININTEREST", "<TOTAL>2", -200),
        ("INCOME", "<INCOMETYPE>DIV<TOTAL>-3", -300),
        ("REINVEST", "<INCOMETYPE>DIV<TOTAL>-3<UNITS>1", 0),
        ("JRNLFUND", "<TOTAL>3", 0),
        ("SPLIT", "<OLDUNITS>3<NEWUNITS>1", 0),
    ] {
        assert_eq!(amount(element, fields), minor, "{element} {fields}");
    }
    let reversed = |fields: &str| format!("<INVTRAN><REVERSALFITID>0</INVTRAN><UNITS>1{fields}");
    let (minor, trade) = row("BUYSTOCK", &reversed("<TOTAL>10")).expect("a row");
    assert_eq!((minor, number(trade.units).as_deref()), (1_000, Some("-1")));
    assert_eq!(row("SPLIT", "<OLDUNITS>3<NEWUNITS>1").map(|(_, trade)| number(trade.units)), Ok(Some("-2".to_owned())));
}

#[test]
fn a_wrong_field_costs_its_row() {
    let long = format!("<SECID><UNIQUEID>{}<UNIQUEIDTYPE>ISIN</SECID><TOTAL>1", "x".repeat(300));
    let wrong = |element: &str, fields: &str| row(element, fields).expect_err(fields);
    assert_eq!(wrong("BUYMF", "<UNITS>1"), (Field::Amount, Reason::Missing));
    assert_eq!(wrong("BUYMF", "<TOTAL>a lot"), (Field::Amount, Reason::NotAnAmount));
    assert_eq!(wrong("BUYMF", "<TOTAL>1<UNITS>--1"), (Field::Units, Reason::NotAnAmount));
    assert_eq!(wrong("BUYMF", "<TOTAL>1<UNITPRICE>1.2.3"), (Field::Price, Reason::NotAnAmount));
    assert_eq!(wrong("BUYMF", "<TOTAL>1<FEES>x"), (Field::Costs, Reason::NotAnAmount));
    assert_eq!(wrong("BUYMF", &long), (Field::Security, Reason::NotACode));
    assert!(matches!(wrong("BUYMF", "<TOTAL>1.234"), (Field::Amount, Reason::NotMoney(_))));
    let foreign = "<TOTAL>1<CURRENCY><CURSYM>DEM</CURRENCY>";
    assert!(matches!(wrong("BUYMF", foreign), (Field::Currency, Reason::UnknownCurrency(Some(_)))));
    // No cash moves: the price may be in any currency.
    let (minor, trade) = row("REINVEST", "<TOTAL>1<CURRENCY><CURSYM>GBP</CURRENCY>").expect("a row");
    assert_eq!((minor, trade.currency.code()), (0, "GBP"));
}

#[test]
fn an_account_that_holds_nothing_says_so_and_one_that_is_cut_off_does_not() {
    let ends = |list: &str| {
        let body = format!("<OFX><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>1</INVACCTFROM>{list}");
        let said = read_all(body);
        (said.holdings.len(), said.ends.len())
    };
    let held = "<INVPOS><SECID><UNIQUEID>1</SECID><UNITS>1<UNITPRICE>1<MKTVAL>1</INVPOS>";
    assert_eq!(ends("<INVPOSLIST></INVPOSLIST></INVSTMTRS></OFX>"), (0, 1));
    assert_eq!(ends("<INVPOSLIST>\n</INVPOSLIST></INVSTMTRS></OFX>"), (0, 1));
    assert_eq!(ends(&format!("<INVPOSLIST>{held}</INVPOSLIST></INVSTMTRS></OFX>")), (1, 1));
    assert_eq!(ends(&format!("<INVPOSLIST>{held}{held}")), (2, 0));
    assert_eq!(ends("</INVSTMTRS></OFX>"), (0, 0));
}

#[test]
fn securities_without_end_are_refused() {
    let list = "<STOCKINFO><SECINFO><SECID><UNIQUEID>1</SECID></SECINFO></STOCKINFO>\n".repeat(11);
    let limits = Limits { securities: 10, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let source = format!("<OFX><SECLIST>{list}</SECLIST></OFX>");
    let refused = read(Format::Ofx, Cursor::new(source), &options, drop).expect_err("too many");
    assert_eq!(refused, Refusal::TooManySecurities { line: 11, limit: 10 });
}

proptest::proptest! {
    #[test]
    fn any_row_is_read_or_rejected(fields in "(<(TOTAL|UNITS|UNITPRICE|FEES|TAXES|LOAD|COMMISSION|OLDUNITS|NEWUNITS)>[-0-9.,]{0,24}){0,9}") {
        for element in ["BUYSTOCK", "SELLOPT", "REINVEST", "SPLIT", "TRANSFER", "INCOME"] {
            let _ = row(element, &fields);
        }
    }
}
