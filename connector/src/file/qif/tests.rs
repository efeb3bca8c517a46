//! What QIF leaves open, and how its rows are read.

use std::{fmt::Write as _, io::Cursor};

use domain::{category, line::Line};
use proptest::prelude::*;

use super::{
    super::{Format, Item, Reject, Statement, Summary, amount::DecimalMark, csv::Positive, date::DateOrder, read},
    *,
};

fn options(code: &str) -> Options {
    Options { currency: Currency::from_code(code), ..Options::default() }
}

fn items(source: &str, options: &Options) -> (Vec<Item>, Summary) {
    let mut items = Vec::new();
    let summary = read(Format::Qif, Cursor::new(source), options, |item| items.push(item)).expect(source);
    (items, summary)
}

fn lines_of(items: &[Item]) -> Vec<&Line> {
    items.iter().filter_map(|item| if let Item::Line(row) = item { Some(&row.line) } else { None }).collect()
}

fn lines(source: &str) -> Vec<Line> {
    lines_of(&items(source, &options("EUR")).0).into_iter().cloned().collect()
}

/// One row, as its record is written.
fn line(record: &str) -> Line {
    lines(&format!("!Type:Bank\n{record}\n^\n")).pop().expect(record)
}

fn mapping(source: &str, options: &Options) -> CsvMapping {
    Statement::open(Format::Qif, Cursor::new(source), options).expect(source).mapping().expect(source).clone()
}

fn rows(days: &[&str], amounts: &[&str]) -> String {
    let row = |(day, amount): (&&str, &&str)| format!("D{day}\nT{amount}\n^\n");
    format!("!Type:Bank\n{}", days.iter().zip(amounts.iter().cycle()).map(row).collect::<String>())
}

#[test]
fn the_order_of_a_day_is_guessed_from_all_rows() {
    use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
    type Case = (&'static [&'static str], &'static str, (DateOrder, bool));
    let cases: [Case; 10] = [
        (&["03/04/2026", "21/04/2026"], "USD", (DayMonthYear, true)),
        (&["03/04/2026", "04/21/2026"], "EUR", (MonthDayYear, true)),
        (&["3/ 4'26", "4/21'26"], "EUR", (MonthDayYear, true)),
        (&["03.04.26", "04.04.26"], "USD", (DayMonthYear, true)),
        (&["2026-04-03"], "USD", (YearMonthDay, true)),
        (&["03/04/2026"], "USD", (MonthDayYear, false)),
        (&["03/04/2026"], "NZD", (DayMonthYear, false)),
        (&["01/02/26", "01/03/26", "02/01/26"], "EUR", (MonthDayYear, false)),
        (&["01/02/26", "02/02/26", "01/03/26"], "USD", (DayMonthYear, false)),
        (&["5 Nov 2026"], "USD", (YearMonthDay, true)),
    ];
    for (days, code, expected) in cases {
        let mapping = mapping(&rows(days, &["-1.00"]), &options(code));
        assert_eq!((mapping.date_order, mapping.date_order_certain), expected, "{days:?}");
    }
    let told = mapping(&format!("!Option:MDY\n{}", rows(&["03/04/2026"], &["1"])), &options("EUR"));
    assert_eq!((told.date_order, told.date_order_certain), (MonthDayYear, true));
}

/// A row far behind the first ones still counts: they may all be either.
#[test]
fn a_late_row_decides() {
    let mut days = vec!["03/04/2026"; 3000];
    days.push("04/21/2026");
    let mapping = mapping(&rows(&days, &["-1.00"]), &options("EUR"));
    assert_eq!((mapping.date_order, mapping.date_order_certain), (DateOrder::MonthDayYear, true));
}

#[test]
fn the_decimal_mark_is_guessed_and_shown() {
    use DecimalMark::{Comma, Point};
    type Case = (&'static [&'static str], (DecimalMark, bool), bool);
    let cases: [Case; 4] = [
        (&["-1,234.56", "7"], (Point, true), true),
        (&["-1.234,56", "1.234"], (Comma, true), true),
        (&["1,234"], (Point, false), false),
        (&["12", "-5"], (Point, true), true),
    ];
    for (amounts, expected, positive_certain) in cases {
        let mapping = mapping(&rows(&["2026-04-03"; 2], amounts), &options("EUR"));
        assert_eq!((mapping.decimal_mark, mapping.decimal_mark_certain), expected, "{amounts:?}");
        assert_eq!(mapping.positive_certain, positive_certain, "{amounts:?}");
    }
    let mapping = mapping(&rows(&["2026-04-03"], &["£5.00"]), &Options::default());
    assert_eq!(mapping.currency.as_deref(), Some("GBP"));
}

#[test]
fn what_was_guessed_can_be_corrected() {
    let source = rows(&["03/04/2026"], &["1,234"]);
    let guessed = mapping(&source, &options("USD"));
    assert_eq!((guessed.delimiter, guessed.columns.len(), guessed.check()), ('\n', 0, Ok(())));
    let with = |mapping: CsvMapping| Options { mapping: Some(mapping), ..Options::default() };
    let read_with = |mapping: CsvMapping| {
        let (items, _) = items(&source, &with(mapping));
        lines_of(&items).into_iter().map(|line| (line.day.to_string(), line.amount_minor)).collect::<Vec<_>>()
    };
    assert_eq!(read_with(guessed.clone()), [("2026-03-04".to_owned(), 123_400)]);
    let corrected = CsvMapping { date_order: DateOrder::DayMonthYear, positive: Positive::Out, ..guessed.clone() };
    assert_eq!(read_with(corrected.clone()), [("2026-04-03".to_owned(), -123_400)]);
    let (_, three_decimals) = items(&source, &with(CsvMapping { decimal_mark: DecimalMark::Comma, ..corrected }));
    assert_eq!((three_decimals.lines, three_decimals.rejects), (0, 1));
    let wrong = CsvMapping { currency: Some("DEM".to_owned()), ..guessed.clone() };
    assert_eq!(wrong.check(), Err(Refusal::Mapping("the currency is not in use")));
    let table = read(Format::Csv, Cursor::new("Date,Text,Amount\n"), &with(guessed), drop);
    assert_eq!(table, Err(Refusal::Mapping("it is of a file without columns")));
}

#[test]
fn days_are_read_as_quicken_writes_them() {
    for (text, expected) in [
        ("6/ 5'24", "2024-06-05"),
        ("12/28' 4", "2004-12-28"),
        (" 6/ 5/98", "1998-06-05"),
        ("06/05/2024", "2024-06-05"),
        ("6-5-24", "2024-06-05"),
        ("20240605", "2024-06-05"),
        ("5 Jun 2024", "2024-06-05"),
    ] {
        let source = format!("!Option:MDY\n!Type:Bank\nD{text}\nT1\n^\n");
        assert_eq!(lines(&source)[0].day.to_string(), expected, "{text}");
    }
}

#[test]
fn a_descriptor_is_what_a_person_reads() {
    for (record, expected) in [
        ("D2026-04-03\nT-1\nPCoffee\nMBeans", "Coffee Beans"),
        ("D2026-04-03\nT-1\nPCoffee\nMcoffee bar", "coffee bar"),
        ("D2026-04-03\nT-1\nPTo savings\nL[Savings]/Holiday", "To savings [Savings]"),
        ("D2026-04-03\nT-1\nPCoffee\nLFood:Coffee", "Coffee"),
        ("D2026-04-03\nT-1\nL[Savings]", "[Savings]"),
        ("D2026-04-03\nT-1\nLFood\nSFood\nEBread\n$-0.50\nSFood\nEMilk\n$-0.50", "Bread Milk"),
        ("D2026-04-03\nT-1\nPShop\nSFood\nEBread\n$-0.50", "Shop"),
        ("D2026-04-03\nT-1\nMone\nMtwo", "one two"),
        ("D2026-04-03\nT-1\nABread Street 1\nALondon", "Bread Street 1 London"),
        ("D2026-04-03\nT-1\nN101", "101"),
        ("D2026-04-03\nT-1", ""),
    ] {
        assert_eq!(line(record).descriptor, expected, "{record}");
    }
}

#[test]
fn a_category_is_kept_as_far_as_it_is_known() {
    for (record, expected) in [
        ("D2026-04-03\nT-1\nPBar\nLFood:Coffee", "FOOD_AND_DRINK_COFFEE"),
        ("D2026-04-03\nT-1\nPCar\nLAuto:Fuel/Kids", "TRANSPORTATION_GAS"),
        ("D2026-04-03\nT-1\nL[Savings]", "TRANSFER_OUT_ACCOUNT_TRANSFER"),
        ("D2026-04-03\nT1\nL[Savings]/Holiday", "TRANSFER_IN_ACCOUNT_TRANSFER"),
        ("D2026-04-03\nT-1\nPShop\nLFood\nSFood\n$-0.50\nSClothing\n$-0.50", ""),
        ("D2026-04-03\nT-1\nPShop\nLOdds and ends", ""),
        ("D2026-04-03\nT-1\nPShop", ""),
    ] {
        assert_eq!(line(record).category.map_or("", category::key), expected, "{record}");
    }
}

#[test]
fn the_amount_is_the_total() {
    for (record, expected) in [
        ("D2026-04-03\nU-5.00\nT-5.00", -500),
        ("D2026-04-03\nU-5.00", -500),
        ("D2026-04-03\nT-5.00\nSA\n$-4.00\nSB\n$-1.00", -500),
        ("D2026-04-03\nT$ 5.00", 500),
    ] {
        assert_eq!(line(record).amount_minor, expected, "{record}");
    }
}

#[test]
fn cash_of_an_investment_account_is_a_line_and_a_trade_is_not() {
    let cash = |record: &str| {
        let (items, summary) = items(&format!("!Type:Invst\nD2026-04-03\n{record}\n^\n"), &options("EUR"));
        let amount = lines_of(&items).first().map(|line| line.amount_minor);
        assert_eq!(summary.unsupported, u64::from(amount.is_none()), "{record}");
        amount
    };
    for (record, expected) in [
        ("NCash\nT-5.00", Some(-500)),
        ("NXIn\nT5.00", Some(500)),
        ("NXOut\nT5.00", Some(-500)),
        ("NXOut\n$5.00", Some(-500)),
        ("NContribX\nT5.00", Some(500)),
        ("NWithdrwX\nT5.00", Some(-500)),
        ("NIntInc\nT5.00", Some(500)),
        ("NIntInc\nYBond\nT5.00", None),
        ("NBuy\nYStock\nT5.00", None),
        ("NDivX\nYStock\nT5.00", None),
        ("NShrsIn\nYStock\nQ5", None),
    ] {
        assert_eq!(cash(record), expected, "{record}");
    }
}

#[test]
fn accounts_are_known_by_their_names() {
    let source = "!Account\nNSavings 1234\nTBank\n^\n!Type:Bank\nD2026-04-03\nT1\n^\n!Account\nNCard\nTCCard\n^\n!Type:CCard\n\
                  D2026-04-03\nT-1\n^\n!Account\nNSavings 1234\nTBank\n^\n!Type:Bank\nD2026-04-04\nT2\n^\n";
    let (items, summary) = items(source, &Options { kind: Some(AccountKind::Savings), ..options("EUR") });
    let named = |name: &str, kind, tail: Option<&str>| {
        Item::Account(StatementAccount {
            source_id: Some(format!("{name}/EUR")),
            kind: Some(kind),
            currency: Currency::from_code("EUR").expect("EUR"),
            tail: tail.map(str::to_owned),
            name_hint: Some(name.to_owned()),
        })
    };
    assert_eq!(items[0], named("Savings 1234", AccountKind::Savings, Some("1234")));
    assert_eq!(items[2], named("Card", AccountKind::CreditCard, None));
    let whose = |item: &Item| if let Item::Line(row) = item { Some(row.account) } else { None };
    assert_eq!((items.iter().filter_map(whose).collect::<Vec<_>>(), summary.accounts), (vec![0, 1, 0], 2));
}

#[test]
fn a_list_names_no_account_of_the_rows_below() {
    let source = "!Account\nNA\nTBank\n^\nNB\nTBank\n^\n!Type:Bank\nD2026-04-03\nT1\n^\n";
    let (items, _) = items(source, &options("EUR"));
    assert!(matches!(&items[0], Item::Account(account) if account.source_id.is_none()));
}

fn openings(source: &str) -> Vec<(String, i64)> {
    let (items, _) = items(source, &options("EUR"));
    let balances = items.iter().filter_map(|item| if let Item::Balance(balance) = item { Some(balance) } else { None });
    balances.map(|balance| (balance.day.map(|day| day.to_string()).unwrap_or_default(), balance.money.minor)).collect()
}

/// What is booked on the day itself comes on top, and so does what is earlier: the opening balance was before all of it.
#[test]
fn an_opening_balance_is_a_balance_before_the_first_row() {
    let opening = "D2026-03-05\nT250.00\nPOpening Balance\nL[Fund]\n^\n";
    let account = "!Account\nNFund\nTBank\n^\n!Type:Bank\n";
    assert_eq!(openings(&format!("{account}{opening}")), [("2026-03-04".to_owned(), 25_000)]);
    let later = "D2026-03-05\nT-2.00\n^\nD2026-03-06\nT-2.00\n^\n";
    assert_eq!(openings(&format!("{account}{opening}{later}")), [("2026-03-04".to_owned(), 25_000)]);
    let earlier = "D2026-03-01\nT-2.00\n^\n";
    assert_eq!(openings(&format!("{account}{opening}{earlier}")), [("2026-02-28".to_owned(), 25_000)]);
    // It comes from another account: a transfer.
    let other = opening.replace("[Fund]", "[Other]");
    assert_eq!((openings(&format!("{account}{other}")), lines(&format!("{account}{other}")).len()), (vec![], 1));
    let purchase = opening.replace("[Fund]", "Food");
    assert_eq!(lines(&format!("{account}{purchase}")).len(), 1);
    // Without an account's record it is what names the account.
    let (items, summary) = items(&format!("!Type:Bank\n{opening}{later}"), &options("EUR"));
    assert!(matches!(&items[0], Item::Account(account) if account.name_hint.as_deref() == Some("Fund")));
    assert_eq!((summary.lines, summary.balances), (2, 1));
}

#[test]
fn a_file_without_a_currency_is_refused_where_it_is_needed() {
    let refused = read(Format::Qif, Cursor::new("!Type:Bank\nD2026-04-03\nT1\n^\n"), &Options::default(), drop);
    assert_eq!(refused, Err(Refusal::CurrencyNeeded));
    let lists = "!Type:Cat\nNFood\n^\n";
    assert_eq!(read(Format::Qif, Cursor::new(lists), &Options::default(), drop).expect(lists).lines, 0);
}

#[test]
fn a_record_without_end_is_rejected() {
    let (cut, summary) = items("!Type:Bank\nD2026-04-03\nT1\n^\nD2026-04-04\nT2\nPCof", &options("EUR"));
    assert!(summary.truncated);
    let position = Position { line: 5, row: 2 };
    let reject = Reject { account: None, position, field: Field::Row, reason: Reason::CutOff };
    assert_eq!(cut.last(), Some(&Item::Reject(reject)));
    // A header ends a record as well: nothing is missing there.
    let (_, summary) = items("!Type:Bank\nD2026-04-03\nT1\n!Type:Cat\nNFood\n^", &options("EUR"));
    assert_eq!((summary.lines, summary.truncated), (1, false));
}

#[test]
fn a_record_without_end_and_without_limit_is_refused() {
    let endless = format!("!Type:Bank\n{}", "Mwords\n".repeat(400_000));
    let refused = read(Format::Qif, Cursor::new(endless), &options("EUR"), drop);
    assert!(matches!(refused, Err(Refusal::TooLong { .. })));
}

proptest! {
    /// What a program writes is read, in either order of the day and with either mark.
    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec((0_i32..20_000, -9_999_999_i64..9_999_999), 1..20),
        month_first: bool,
        comma: bool,
    ) {
        let mut source = String::from("!Type:Bank\n");
        for (day, minor) in &rows {
            let date = Day::from_number(*day).expect("a day").date();
            let day = date.format(if month_first { "%m/%d/%Y" } else { "%d/%m/%Y" });
            let (mark, sign) = (if comma { ',' } else { '.' }, if *minor < 0 { "-" } else { "" });
            let (whole, cents) = (minor.abs() / 100, minor.abs() % 100);
            write!(source, "D{day}\nT{sign}{whole}{mark}{cents:02}\n^\n").expect("a text");
        }
        let date_order = if month_first { DateOrder::MonthDayYear } else { DateOrder::DayMonthYear };
        let guessed = mapping(&source, &options("EUR"));
        prop_assert!(guessed.date_order == date_order || !guessed.date_order_certain);
        let given = Options { mapping: Some(CsvMapping { date_order, ..guessed }), ..Options::default() };
        let (items, summary) = items(&source, &given);
        prop_assert_eq!(summary.rejects, 0);
        let found: Vec<_> = lines_of(&items).iter().map(|line| (line.day.number(), line.amount_minor)).collect();
        prop_assert_eq!(found, rows);
    }

    #[test]
    fn no_text_brings_it_down(
        text in "(!(Type|Account|Option|Clear):?(Bank|Invst|Cat)?|[DTUPMNLSEYAC$^][ -~]{0,12}|['/ 0-9.,-]{0,10}|\n|.){0,60}",
    ) {
        let source = format!("!Type:Bank\n{text}\n^\n");
        let mut count = 0;
        let sink = |item| count += u64::from(matches!(item, Item::Line(_)));
        if let Ok(summary) = read(Format::Qif, Cursor::new(&source), &options("EUR"), sink) {
            prop_assert_eq!(summary.lines, count);
        }
    }
}

/// A program left out the sign between two rows: they are two all the same.
#[test]
fn a_second_day_begins_another_row() {
    let found = lines("!Type:Bank\nD21/11/2026\nT-4,50\nPCoffee\nD22/11/2026\nT-19,99\nPBooks\n^\n");
    let found: Vec<_> = found.iter().map(|line| (line.amount_minor, line.descriptor.as_str())).collect();
    assert_eq!(found, [(-450, "Coffee"), (-1999, "Books")]);
}

#[test]
fn what_a_card_spends_may_be_written_without_a_minus() {
    let source = "!Type:CCard\nD21/11/2026\nT4.50\nPCoffee\n^\nD22/11/2026\nT20.00\nPBooks\n^\n";
    let amounts = |source: &str| -> Vec<i64> { lines(source).iter().map(|line| line.amount_minor).collect() };
    assert_eq!(amounts(source), [-450, -2000]);
    assert_eq!(amounts(&source.replace("CCard", "Bank")), [450, 2000]);
    assert_eq!(amounts(&source.replace("T20", "T-20")), [450, -2000]);
    assert!(!mapping(source, &options("EUR")).positive_certain);
}
