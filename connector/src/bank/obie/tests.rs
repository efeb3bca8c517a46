//! What is read of the answers of this dialect, and what is not.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::bank::{Currencies, Entries, Problem};
use domain::{currency::Currency, line::Line};

fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect(code)
}

fn currencies() -> Currencies {
    [("giro", "EUR"), ("yen", "JPY"), ("dinar", "KWD")].map(|(id, code)| (id.to_owned(), currency(code))).into()
}

/// A booked card payment with everything that is read.
fn coffee() -> Value {
    json!({
        "AccountId": "giro",
        "TransactionId": "t-1",
        "CreditDebitIndicator": "Debit",
        "Status": "BOOK",
        "BookingDateTime": "2026-11-21T00:30:00+02:00",
        "ValueDateTime": "2026-11-22T00:00:00+02:00",
        "TransactionInformation": "SQ *COFFEE\n  BAR \"12\" \u{fc}",
        "Amount": {"Amount": "18.50", "Currency": "EUR"},
        "MerchantDetails": {"MerchantName": "Coffee  Bar", "MerchantCategoryCode": "5814"},
        "SupplementaryData": {"PendingTransactionId": "p-1"},
        "Balance": {"Amount": {"Amount": "1", "Currency": "EUR"}, "CreditDebitIndicator": "Credit", "Type": "ITBD"},
    })
}

fn page(transactions: &[Value], removed: &[Value]) -> Vec<u8> {
    let page = json!({
        "Data": {"Transaction": transactions, "Removed": removed},
        "Links": {"Self": "/"},
        "Meta": {"Cursor": "c-2", "HasMore": true},
    });
    page.to_string().into_bytes()
}

fn decode(transactions: &[Value], removed: &[Value]) -> Entries {
    decode_page(&page(transactions, removed), &currencies()).expect("a page")
}

/// The row with the part at a JSON pointer replaced, or taken away.
fn with(mut row: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = row.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value {
        Some(value) => parent.insert(key.to_owned(), value),
        None => parent.remove(key),
    };
    row
}

fn only_line(row: Value) -> Line {
    let mut entries = decode(&[row], &[]);
    assert_eq!(entries.rejected, []);
    entries.lines.pop().expect("a line").1
}

#[test]
fn a_transaction_becomes_a_line() {
    let entries = decode(&[coffee()], &[json!({"AccountId": "giro", "TransactionId": "p-1"})]);
    let line = Line {
        source_id: Some("t-1".to_owned()),
        replaces_source_id: Some("p-1".to_owned()),
        day: "2026-11-21".parse().expect("a day"),
        amount_minor: -1_850,
        original: None,
        pending: false,
        descriptor: "SQ *COFFEE BAR \"12\" \u{fc}".to_owned(),
        merchant_name: Some("Coffee Bar".to_owned()),
        merchant_category_code: Some(5_814),
        category: None,
    };
    assert_eq!(entries.lines, [("giro".to_owned(), line)]);
    assert_eq!(entries.removed, [("giro".to_owned(), "p-1".to_owned())]);
    assert_eq!(entries.rejected, []);
    assert_eq!((entries.cursor.as_str(), entries.has_more), ("c-2", true));
}

#[test]
fn what_may_be_absent_may_be_absent() {
    let line = only_line(json!({
        "AccountId": "yen",
        "TransactionId": "t-2",
        "CreditDebitIndicator": "Credit",
        "Status": "PDNG",
        "BookingDateTime": "2026-11-21",
        "MerchantDetails": null,
        "Amount": {"Amount": "500", "Currency": "JPY"},
    }));
    assert_eq!((line.amount_minor, line.pending, line.descriptor.as_str()), (500, true, ""));
    assert_eq!((line.replaces_source_id, line.merchant_name, line.merchant_category_code), (None, None, None));
}

#[test]
fn a_defect_in_what_may_be_absent_costs_nothing_else() {
    for (pointer, value) in [
        ("/MerchantDetails", json!(5)),
        ("/MerchantDetails", json!({"MerchantName": 5, "MerchantCategoryCode": "unknown"})),
        ("/MerchantDetails", json!({"MerchantName": " ", "MerchantCategoryCode": "+814"})),
        ("/MerchantDetails", json!({"MerchantName": "", "MerchantCategoryCode": "58140"})),
    ] {
        let line = only_line(with(coffee(), pointer, Some(value.clone())));
        assert_eq!((line.merchant_name, line.merchant_category_code), (None, None), "{value}");
        assert_eq!(line.amount_minor, -1_850);
    }
    for value in [json!([]), json!({}), json!({"PendingTransactionId": ""}), json!({"PendingTransactionId": {}})] {
        let line = only_line(with(coffee(), "/SupplementaryData", Some(value.clone())));
        assert_eq!(line.replaces_source_id, None, "{value}");
    }
    assert_eq!(only_line(with(coffee(), "/TransactionInformation", Some(json!(["x"])))).descriptor, "");
    let short = json!({"MerchantCategoryCode": "742"});
    assert_eq!(only_line(with(coffee(), "/MerchantDetails", Some(short))).merchant_category_code, Some(742));
}

#[test]
fn what_it_was_before_the_bank_converted_it_is_kept() {
    let of = |exchange: Value| {
        let line = only_line(with(coffee(), "/CurrencyExchange", Some(exchange)));
        assert_eq!(line.amount_minor, -1_850);
        line.original.map(|money| money.to_string())
    };
    let instructed = |amount: &str, code: &str| json!({"ExchangeRate": 1.08, "InstructedAmount": {"Amount": amount, "Currency": code}});
    assert_eq!(of(instructed("20.00", "USD")).as_deref(), Some("-20.00 USD"));
    assert_eq!(of(instructed("3100", "JPY")).as_deref(), Some("-3100 JPY"));
    // Nothing depends on it: what says nothing is left out.
    let nothing =
        [json!(5), json!({}), json!({"InstructedAmount": {"Amount": "20.00"}}), json!({"InstructedAmount": "20 USD"})];
    let nothing = nothing.into_iter().chain(
        [("18.50", "EUR"), ("0", "USD"), ("-20", "USD"), ("20", "usd"), ("1.5", "JPY")]
            .map(|(amount, code)| instructed(amount, code)),
    );
    for exchange in nothing {
        assert_eq!(of(exchange.clone()), None, "{exchange}");
    }
}

#[test]
fn the_day_is_the_one_that_is_written() {
    for (written, day) in [
        ("2026-11-21T00:30:00+02:00", "2026-11-21"),
        ("2026-11-21T23:59:59.999-11:00", "2026-11-21"),
        ("2026-11-21T23:59:59Z", "2026-11-21"),
        ("2026-11-21", "2026-11-21"),
        ("1900-01-01T00:00:00+14:00", "1900-01-01"),
    ] {
        let line = only_line(with(coffee(), "/BookingDateTime", Some(json!(written))));
        assert_eq!(line.day.to_string(), day, "{written}");
    }
}

#[test]
fn amounts_are_exact() {
    for (account, code, text, minor) in [
        ("giro", "EUR", "0", 0),
        ("giro", "EUR", "0.01", -1),
        ("giro", "EUR", "18.5", -1_850),
        ("giro", "EUR", "18.50000", -1_850),
        ("giro", "EUR", "999999999999.99", -99_999_999_999_999),
        ("yen", "JPY", "500.00", -500),
        ("dinar", "KWD", "1.234", -1_234),
    ] {
        let row = with(coffee(), "/AccountId", Some(json!(account)));
        let row = with(row, "/Amount", Some(json!({"Amount": text, "Currency": code})));
        assert_eq!(only_line(row).amount_minor, minor, "{text} {code}");
    }
}

/// What is planted into rows that are rejected, and must not come out again.
const MARKER: &str = "MARKER";

#[test]
fn every_bad_row_is_rejected_by_name_and_takes_no_other_along() {
    let text = |text: &str| Some(json!(text));
    let long = "x".repeat(256);
    for (pointer, value, field, problem) in [
        ("/AccountId", None, "AccountId", Problem::Missing),
        ("/AccountId", Some(Value::Null), "AccountId", Problem::Missing),
        ("/AccountId", text(""), "AccountId", Problem::Empty),
        ("/AccountId", text("closed"), "AccountId", Problem::UnknownAccount),
        ("/AccountId", Some(json!(12)), "AccountId", Problem::Unreadable),
        ("/TransactionId", None, "TransactionId", Problem::Missing),
        ("/TransactionId", text(""), "TransactionId", Problem::Empty),
        ("/TransactionId", text(" \t"), "TransactionId", Problem::Empty),
        ("/TransactionId", text(&long), "TransactionId", Problem::TooLong),
        ("/TransactionId", text("t\u{0}1"), "TransactionId", Problem::Unreadable),
        ("/TransactionId", Some(json!({"id": 1})), "TransactionId", Problem::Unreadable),
        ("/Status", None, "Status", Problem::Missing),
        ("/Status", text("RJCT"), "Status", Problem::UnknownCode),
        ("/Status", Some(json!(true)), "Status", Problem::Unreadable),
        ("/BookingDateTime", None, "BookingDateTime", Problem::Missing),
        ("/BookingDateTime", text("1899-12-31T23:59:59Z"), "BookingDateTime", Problem::NotADay),
        ("/BookingDateTime", text("2201-01-01T00:00:00Z"), "BookingDateTime", Problem::NotADay),
        ("/BookingDateTime", text("2026-02-29T00:00:00Z"), "BookingDateTime", Problem::NotADay),
        ("/BookingDateTime", text("2026-11-21 MARKER"), "BookingDateTime", Problem::NotADay),
        ("/BookingDateTime", Some(json!(1_795_219_200)), "BookingDateTime", Problem::Unreadable),
        ("/Amount", None, "Amount", Problem::Missing),
        ("/Amount", text("MARKER"), "Amount", Problem::Unreadable),
        ("/Amount/Amount", None, "Amount.Amount", Problem::Missing),
        ("/Amount/Amount", text("MARKER"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text(""), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text("-18.50"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text("+18.50"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text("18."), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text(".5"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text("1_000"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text("1,000.00"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", text("1e3"), "Amount.Amount", Problem::NotAnAmount),
        ("/Amount/Amount", Some(json!(18.5)), "Amount.Amount", Problem::Unreadable),
        ("/Amount/Amount", text("18.505"), "Amount.Amount", Problem::TooManyDecimals),
        ("/Amount/Amount", text("0.0000000000000000000000000000000001"), "Amount.Amount", Problem::TooManyDecimals),
        ("/Amount/Amount", text("1000000000000"), "Amount.Amount", Problem::TooLarge),
        ("/Amount/Amount", text(&"9".repeat(200)), "Amount.Amount", Problem::TooLarge),
        ("/Amount/Currency", None, "Amount.Currency", Problem::Missing),
        ("/Amount/Currency", text("XXQ"), "Amount.Currency", Problem::UnknownCurrency),
        ("/Amount/Currency", text("eur"), "Amount.Currency", Problem::UnknownCurrency),
        ("/Amount/Currency", text("USD"), "Amount.Currency", Problem::OtherCurrency),
        ("/Amount/Currency", Some(json!([])), "Amount.Currency", Problem::Unreadable),
        ("/CreditDebitIndicator", None, "CreditDebitIndicator", Problem::Missing),
        ("/CreditDebitIndicator", text("Both"), "CreditDebitIndicator", Problem::UnknownCode),
    ] {
        let bad = with(coffee(), "/TransactionInformation", Some(json!(MARKER)));
        let bad = with(bad, pointer, value.clone());
        let entries = decode(&[coffee(), bad, with(coffee(), "/TransactionId", text("t-3"))], &[]);
        assert_eq!(entries.lines.len(), 2, "{pointer} {value:?}");
        let [rejected] = entries.rejected.as_slice() else { panic!("{pointer} {value:?}: {:?}", entries.rejected) };
        assert_eq!((rejected.list, rejected.index), (List::Transactions, 1));
        assert_eq!(rejected.reason, Reason { field, problem }, "{value:?}");
        let readable = |name| pointer != name || problem == Problem::UnknownAccount;
        assert_eq!(rejected.account_source_id.is_some(), readable("/AccountId"), "{rejected:?}");
        assert_eq!(rejected.source_id.is_some(), readable("/TransactionId"), "{rejected:?}");
        let shown = format!("{rejected:?} {}", rejected.reason);
        assert!(shown.contains(field) && !shown.contains(MARKER) && !shown.contains("18"), "{shown}");
    }
}

#[test]
fn rows_that_are_no_rows_are_rejected_too() {
    let twice = br#"{"Data": {"Transaction": [{"Status": "BOOK", "Status": "BOOK"}]}, "Meta": {"Cursor": "c", "HasMore": false}}"#;
    let entries = decode_page(twice, &currencies()).expect("a page");
    assert_eq!(entries.rejected.len(), 1);
    let entries = decode(&[Value::Null, json!(5), json!("MARKER"), json!([]), coffee()], &[json!(null), json!({})]);
    assert_eq!((entries.lines.len(), entries.removed.len()), (1, 0));
    let places: Vec<_> = entries.rejected.iter().map(|rejected| (rejected.list, rejected.index)).collect();
    let rows = [0, 1, 2, 3].map(|index| (List::Transactions, index));
    assert_eq!(places, [rows.as_slice(), &[(List::Removed, 0), (List::Removed, 1)]].concat());
    assert!(!format!("{:?}", entries.rejected).contains(MARKER));
}

#[test]
fn removed_rows_name_a_linked_account_and_an_id() {
    for (row, field, problem) in [
        (json!({"TransactionId": "p-1"}), "AccountId", Problem::Missing),
        (json!({"AccountId": "closed", "TransactionId": "p-1"}), "AccountId", Problem::UnknownAccount),
        (json!({"AccountId": "giro"}), "TransactionId", Problem::Missing),
        (json!({"AccountId": "giro", "TransactionId": ""}), "TransactionId", Problem::Empty),
    ] {
        let entries = decode(&[], &[row, json!({"AccountId": "yen", "TransactionId": "p-9"})]);
        assert_eq!(entries.removed, [("yen".to_owned(), "p-9".to_owned())]);
        assert_eq!(entries.rejected.iter().map(|bad| bad.reason).collect::<Vec<_>>(), [Reason { field, problem }]);
    }
}

#[test]
fn a_byte_that_is_no_text_costs_no_page() {
    let mut raw = page(&[with(coffee(), "/TransactionInformation", Some(json!("CAF@")))], &[]);
    let place = raw.windows(4).position(|window| window == b"CAF@").expect("the descriptor") + 3;
    raw[place] = 0xe9;
    let entries = decode_page(&raw, &currencies()).expect("a page");
    assert_eq!(entries.lines.iter().map(|(_, line)| line.descriptor.as_str()).collect::<Vec<_>>(), ["CAF\u{fffd}"]);
    // In an id it would make two of them the same.
    let mut raw = page(&[with(coffee(), "/TransactionId", Some(json!("t@1")))], &[]);
    let place = raw.windows(3).position(|window| window == b"t@1").expect("the id") + 1;
    raw[place] = 0xe9;
    let entries = decode_page(&raw, &currencies()).expect("a page");
    let reason = Reason { field: "TransactionId", problem: Problem::Unreadable };
    assert_eq!(entries.rejected.iter().map(|bad| bad.reason).collect::<Vec<_>>(), [reason]);
}

#[test]
fn a_page_is_whole_or_malformed() {
    let long = format!(r#"{{"Data": {{}}, "Meta": {{"Cursor": "{}", "HasMore": false}}}}"#, "c".repeat(1025));
    for (raw, what) in [
        ("", Defect::NotJson),
        ("<html>maintenance</html>", Defect::NotJson),
        (r#"{"Data": {"Transaction": ["#, Defect::NotJson),
        (r#"{"Data": {}, "Meta": {"Cursor": "c", "HasMore": false}} x"#, Defect::NotJson),
        ("5", Defect::Shape),
        (r#"{"Data": 5}"#, Defect::Shape),
        (r#"{"Data": {"Transaction": {}}}"#, Defect::Shape),
        (r#"{"Data": {}, "Meta": {"Cursor": 5}}"#, Defect::Shape),
        ("{}", Defect::NoData),
        (r#"{"Data": null, "Meta": {"Cursor": "c", "HasMore": false}}"#, Defect::NoData),
        (r#"{"Data": {}}"#, Defect::NoCursor),
        (r#"{"Data": {}, "Meta": {"HasMore": false}}"#, Defect::NoCursor),
        (r#"{"Data": {}, "Meta": {"Cursor": "", "HasMore": false}}"#, Defect::NoCursor),
        (&long, Defect::NoCursor),
        (r#"{"Data": {}, "Meta": {"Cursor": "c"}}"#, Defect::NoHasMore),
    ] {
        assert_eq!(decode_page(raw.as_bytes(), &currencies()), Err(Failure::Malformed { what }), "{raw}");
    }
    let empty =
        decode_page(br#"{"Data": {"Transaction": null}, "Meta": {"Cursor": "c", "HasMore": false}}"#, &currencies());
    assert_eq!(empty.map(|entries| (entries.lines.len(), entries.has_more)), Ok((0, false)));
}

#[test]
fn only_codes_are_repeated_of_a_refusal() {
    for (body, expected) in [
        (r#"{"Code": "400", "Errors": [{"ErrorCode": "U002", "Message": "MARKER"}]}"#, Some("U002")),
        (r#"{"Errors": [{"ErrorCode": "MARKER"}]}"#, None),
        (r#"{"Errors": [{"ErrorCode": "U0021"}]}"#, None),
        (r#"{"Errors": [{"ErrorCode": ""}]}"#, None),
        (r#"{"Errors": []}"#, None),
        ("MARKER", None),
    ] {
        assert_eq!(code(body.as_bytes()).as_deref(), expected, "{body}");
    }
}

/// A page of which single bytes, or whole fields, were replaced.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let whole = page(&[coffee(), coffee()], &[json!({"AccountId": "giro", "TransactionId": "p-1"})]);
    let length = whole.len();
    let bytes = prop::collection::vec((0..length, any::<u8>()), 0..6);
    (bytes, 0..length, 0..40_usize, any::<bool>()).prop_map(move |(bytes, start, cut, cutting)| {
        let mut raw = whole.clone();
        for (place, byte) in bytes {
            raw[place] = byte;
        }
        if cutting {
            raw.drain(start..(start + cut).min(length));
        }
        raw
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_damaged_page_is_read_or_refused(raw in mutated()) {
        if let Ok(entries) = decode_page(&raw, &currencies()) {
            prop_assert!(!entries.cursor.is_empty());
            for (account, line) in &entries.lines {
                prop_assert!(currencies().contains_key(account));
                prop_assert!(line.source_id.as_ref().is_some_and(|id| !id.is_empty() && id.len() <= 255));
                prop_assert!(line.amount_minor.abs() <= domain::money::LARGEST_MINOR);
                prop_assert!(line.descriptor.chars().count() <= domain::line::DESCRIPTOR_CHARS);
            }
            // Decoding is a function of the bytes: the archive can be read again.
            prop_assert_eq!(decode_page(&raw, &currencies()), Ok(entries));
        }
    }

    #[test]
    fn any_text_in_any_field_is_read_or_rejected(
        pointer in prop::sample::select(vec![
            "/AccountId", "/TransactionId", "/CreditDebitIndicator", "/Status", "/BookingDateTime", "/Amount/Amount",
            "/Amount/Currency", "/TransactionInformation", "/MerchantDetails/MerchantName",
            "/MerchantDetails/MerchantCategoryCode", "/SupplementaryData/PendingTransactionId",
        ]),
        text in prop_oneof![any::<String>(), "[0-9.]{0,40}", "[0-9]{4}-[0-9]{2}-[0-9]{2}[TZ]?"],
    ) {
        let entries = decode(&[with(coffee(), pointer, Some(json!(text)))], &[]);
        prop_assert_eq!(entries.lines.len() + entries.rejected.len(), 1);
    }

    #[test]
    fn any_bytes_are_no_page(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode_page(&raw, &currencies()).is_err());
    }
}
