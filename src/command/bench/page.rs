//! Pages as a bank sends them, made up: the same for the same numbers.

use std::fmt::Write;

use domain::day::Day;
use service::bench::ACCOUNTS;

/// What people pay for, as banks write it.
const DESCRIPTORS: [&str; 12] = [
    "REWE MARKT",
    "STARBUCKS",
    "SHELL",
    "NETFLIX.COM",
    "DB VERTRIEB GMBH",
    "SUMUP *TRATTORIA",
    "EDEKA",
    "AMZN MKTP DE",
    "LIDL SAGT DANKE",
    "UBER *TRIP",
    "APOTHEKE AM MARKT",
    "SEPA-LASTSCHRIFT TELEKOM",
];

/// What the line of a number was for.
pub(super) fn descriptor(n: usize) -> String {
    format!("{} {} BERLIN", DESCRIPTORS[n % DESCRIPTORS.len()], n % 9_000)
}

/// A page of `rows` booked lines, the first of which has the number `first`; `cursor` is what comes behind it.
pub(super) fn page(first: usize, rows: usize, today: Day, cursor: usize) -> Vec<u8> {
    let mut json = String::with_capacity(rows * 420 + 200);
    json.push_str(r#"{"Data":{"Transaction":["#);
    for n in first..first + rows {
        let (account, what) = (ACCOUNTS[n % ACCOUNTS.len()], descriptor(n));
        let day = today.plus(-i32::try_from(n % 28).unwrap_or(0));
        let comma = if n == first { "" } else { "," };
        // Writing into a string never fails.
        let _ = write!(
            json,
            r#"{comma}{{"AccountId":"{account}","TransactionId":"b-{n:012}","CreditDebitIndicator":"Debit","Status":"BOOK","BookingDateTime":"{day}T12:00:00+00:00","ValueDateTime":"{day}T12:00:00+00:00","TransactionInformation":"{what}","Amount":{{"Amount":"{}.{:02}","Currency":"EUR"}},"MerchantDetails":{{"MerchantCategoryCode":"5411"}}}}"#,
            n % 120 + 1,
            n % 100,
        );
    }
    let _ =
        write!(json, r#"],"Removed":[]}},"Links":{{"Self":"/"}},"Meta":{{"Cursor":"c{cursor}","HasMore":false}}}}"#);
    json.into_bytes()
}
