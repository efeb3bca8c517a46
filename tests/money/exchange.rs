//! Currencies: rates that are imported, fetched and set by hand; sums in one currency say what is not in them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use chrono::{Days, NaiveDate, Utc};
use harness::within_a_minute;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    bank::text_of,
    manual::{account, entry},
    person::{CREATE, Person},
};
use crate::{
    house::{House, on_both_sizes},
    statement::{IMPORT, file},
};

const RATES: &str =
    "query($date: Date, $to: String) { exchangeRates(date: $date, to: $to) { from to rate date source } }";
const SET: &str =
    "mutation($input: SetExchangeRateInput!) { setExchangeRate(input: $input) { from to rate date source } }";
const WORTH: &str = "query($from: Date!, $to: Date!, $interval: NetWorthInterval!, $currency: String) {
    netWorth(from: $from, to: $to, interval: $interval, currency: $currency) { knownSince points { date
      assets { known { amount currency } missing { amount currency } } debts { known { amount } missing { amount currency } }
      net { known { amount } missing { amount currency } } byCurrency { amount currency } } } }";
const SPENDING: &str = "query($by: SpendingGrouping!, $currency: String) {
    spending(from: \"2026-03-01\", to: \"2026-03-31\", groupBy: $by) { totals { amount currency }
      converted(currency: $currency) { total { known { amount currency } missing { amount currency } }
        groups { amount { known { amount } missing { amount currency } } pending { known { amount } } count
          category { key } account { name } month merchant { name } } } } }";
const CONVERTED: &str = "query($currency: String) { transactions(first: 10, order: DATE_ASCENDING) { edges { node {
    amount { amount currency } converted(currency: $currency) { amount { amount currency } rate { rate date source } } } } } }";

const ORIGINAL: &str = "query($currency: String) { transactions(first: 10, order: DATE_ASCENDING) { edges { node {
    originalAmount { amount currency } converted(currency: $currency) { amount { amount } rate { from to rate date source } } } } } }";

/// What a central bank would have published; the figures are made up.
const HISTORY: &str = "Date,USD,JPY,GBP,HRK,\n2026-03-09,1.2000,180.00,0.8600,N/A,\n2026-03-06,1.1000,175.00,0.8500,N/A,\n2012-01-02,1.2935,99.59,0.8351,7.5379,\n";

/// Serves files over HTTP, whatever is asked; says what was.
struct Publisher {
    url: String,
    files: Arc<Mutex<BTreeMap<&'static str, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Publisher {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/eurofxref", listener.local_addr().expect("an address"));
        let (files, asked) = (Arc::new(Mutex::new(BTreeMap::new())), Arc::new(Mutex::new(Vec::new())));
        let publisher = Self { url, files: Arc::clone(&files), asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let name = path.strip_prefix("/eurofxref/").unwrap_or(path).to_owned();
                let body = files.lock().expect("files").get(name.as_str()).cloned();
                asked.lock().expect("names").push(name);
                let (status, body) = body.map_or(("503 Not Now", String::new()), |body| ("200 OK", body));
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                // A client that goes away is none of the publisher's business.
                _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        publisher
    }

    fn put(&self, name: &'static str, body: String) {
        self.files.lock().expect("files").insert(name, body);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("names").clone()
    }
}

/// Keeps the rates of a file by the command line.
async fn import(house: &House, text: &str) -> Value {
    let file = house.data().with_file_name("rates.csv");
    std::fs::write(&file, text).expect("a file");
    let said = house.command(&["rates", "import", file.to_str().expect("a path")]).await;
    serde_json::from_str(&said).expect("JSON")
}

impl Person {
    /// The rate of one currency in another on a day, if it is known.
    async fn rate(&self, from: &str, to: &str, date: &str) -> Option<(String, String, String)> {
        let rates = self.done(RATES, json!({ "date": date, "to": to })).await;
        let found = rates.as_array().expect("rates").iter().find(|rate| rate["from"] == from)?.clone();
        assert_eq!(found["to"], to);
        Some((text_of(&found["rate"]), text_of(&found["date"]), text_of(&found["source"])))
    }
}

fn rate(rate: &str, date: &str, source: &str) -> (String, String, String) {
    (rate.to_owned(), date.to_owned(), source.to_owned())
}

/// The day of the machine, in UTC.
pub(super) fn today() -> NaiveDate {
    #[expect(clippy::disallowed_methods, reason = "the processes of a test look at the clock of the machine")]
    Utc::now().date_naive()
}

on_both_sizes! {
    async fn a_sum_in_one_currency_says_what_is_not_in_it(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let (euro, dollar) = (account(&anna, "Giro", "EUR", "100").await, account(&anna, "Dollar", "USD", "0").await);
        let peso = account(&anna, "Peso", "ARS", "0").await;
        let debt = account(&anna, "Debt", "JPY", "-1800").await;
        for (account, date, amount, text) in [
            (&euro, "2026-03-02", "-10", "REWE MARKT 1"),
            // Sunday: Friday's rate.
            (&dollar, "2026-03-08", "-11", "REWE MARKT 2"),
            (&dollar, "2026-03-09", "-12", "REWE MARKT 3"),
            (&peso, "2026-03-09", "-5000", "REWE MARKT 4"),
            (&debt, "2026-03-10", "-180", "REWE MARKT 5"),
        ] {
            anna.put(CREATE, entry(account, date, amount, text)).await;
        }
        let nothing = anna.done(SPENDING, json!({ "by": "MONTH" })).await;
        let missing = json!([{ "amount": "5000.00", "currency": "ARS" }, { "amount": "180", "currency": "JPY" }, { "amount": "23.00", "currency": "USD" }]);
        assert_eq!(nothing["converted"]["total"], json!({ "known": { "amount": "10.00", "currency": "EUR" }, "missing": missing }));

        // A file that is wrong changes nothing; one that is right is kept, again and again.
        let wrong = house.data().with_file_name("wrong.csv");
        std::fs::write(&wrong, HISTORY.replace("1.2935", "-1.2935")).expect("a file");
        let refused = house.refused(&["rates", "import", wrong.to_str().expect("a path")]).await;
        assert!(refused.stderr.contains("line 4: the rate must be more than zero"), "{}", refused.stderr);
        std::fs::write(&wrong, HISTORY.replace("2026-03-09", "2199-03-08")).expect("a file");
        let refused = house.refused(&["rates", "import", wrong.to_str().expect("a path")]).await;
        assert!(refused.stderr.contains("has a rate of 2199-03-08, which is still to come"), "{}", refused.stderr);
        assert_eq!(anna.rate("USD", "EUR", "2026-03-09").await, None);
        for _ in 0..2 {
            let kept = import(&house, HISTORY).await;
            assert_eq!(kept, json!({ "rates": 9, "from": "2012-01-02", "to": "2026-03-09", "passed": ["HRK"] }));
        }
        assert_eq!(anna.rate("EUR", "USD", "2026-03-09").await, Some(rate("1.2", "2026-03-09", "CENTRAL_BANK")));
        assert_eq!(anna.rate("EUR", "USD", "2026-03-08").await, Some(rate("1.1", "2026-03-06", "CENTRAL_BANK")));
        assert_eq!(anna.rate("EUR", "USD", "2026-03-16").await, Some(rate("1.2", "2026-03-09", "CENTRAL_BANK")));
        assert_eq!(anna.rate("EUR", "USD", "2026-03-17").await, None, "too old");
        assert_eq!(anna.rate("JPY", "USD", "2026-03-09").await, Some(rate("0.00666666666667", "2026-03-09", "CENTRAL_BANK")));

        // 10 + 11 / 1.1 + 12 / 1.2 + 180 / 180.
        let spending = anna.done(SPENDING, json!({ "by": "ACCOUNT" })).await;
        let converted = &spending["converted"];
        let pesos = json!([{ "amount": "5000.00", "currency": "ARS" }]);
        assert_eq!(converted["total"], json!({ "known": { "amount": "31.00", "currency": "EUR" }, "missing": pesos }));
        let of = |name: &str| {
            let groups = converted["groups"].as_array().expect("groups");
            groups.iter().find(|group| group["account"]["name"] == name).expect(name)["amount"].clone()
        };
        assert_eq!(of("Dollar"), json!({ "known": { "amount": "20.00" }, "missing": [] }));
        assert_eq!(of("Peso"), json!({ "known": { "amount": "0.00" }, "missing": pesos }));
        for by in ["MONTH", "CATEGORY", "MERCHANT"] {
            let other = anna.done(SPENDING, json!({ "by": by })).await;
            assert_eq!(other["converted"]["total"], converted["total"], "{by}");
        }
        let in_dollars = anna.done(SPENDING, json!({ "by": "MONTH", "currency": "USD" })).await;
        // Of the second there is no rate: ten euros are missing.
        let missing = json!([{ "amount": "5000.00", "currency": "ARS" }, { "amount": "10.00", "currency": "EUR" }]);
        assert_eq!(in_dollars["converted"]["total"], json!({ "known": { "amount": "24.20", "currency": "USD" }, "missing": missing }));

        // Each transaction at the rate of its day.
        let listed = anna.done(CONVERTED, json!({})).await;
        let shown: Vec<Value> = listed["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["converted"].clone()).collect();
        assert_eq!(shown[0], json!({ "amount": { "amount": "-10.00", "currency": "EUR" }, "rate": null }));
        assert_eq!(shown[1], json!({ "amount": { "amount": "-10.00", "currency": "EUR" },
            "rate": { "rate": "0.909090909091", "date": "2026-03-06", "source": "CENTRAL_BANK" } }));
        assert_eq!(shown.iter().filter(|one| one.is_null()).count(), 1, "the pesos");

        // What is there, and what is owed.
        let worth = anna.done(WORTH, json!({ "from": "2026-03-01", "to": "2026-03-10", "interval": "DAY" })).await;
        let points = worth["points"].as_array().expect("points");
        assert_eq!((points.len(), &worth["knownSince"]), (10, &json!("2026-03-01")));
        assert_eq!(points[0]["net"], json!({ "known": { "amount": "100.00" }, "missing": [{ "amount": "-1800", "currency": "JPY" }] }));
        assert_eq!(points[9], json!({ "date": "2026-03-10",
            "assets": { "known": { "amount": "90.00", "currency": "EUR" }, "missing": [] },
            "debts": { "known": { "amount": "30.17" }, "missing": pesos },
            "net": { "known": { "amount": "59.83" }, "missing": [{ "amount": "-5000.00", "currency": "ARS" }] },
            "byCurrency": [{ "amount": "-5000.00", "currency": "ARS" }, { "amount": "90.00", "currency": "EUR" },
                { "amount": "-1980", "currency": "JPY" }, { "amount": "-23.00", "currency": "USD" }] }));
        let months = anna.done(WORTH, json!({ "from": "2026-01-15", "to": "2026-03-10", "interval": "MONTH" })).await;
        let dates: Vec<&Value> = months["points"].as_array().expect("points").iter().map(|point| &point["date"]).collect();
        assert_eq!(dates, ["2026-01-31", "2026-02-28", "2026-03-10"]);
        house.end(vec![running]).await;
    }

    async fn what_a_bank_has_converted_itself_comes_first(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let euro = account(&anna, "Giro", "EUR", "100").await;
        import(&house, HISTORY).await;
        let table = "Booking Date,Name,Amount (EUR),Original Amount,Original Currency\n\
                     2026-03-06,REWE MARKT 1,-11.00,-10.00,USD\n\
                     2026-03-06,REWE MARKT 2,-11.00,,\n\
                     2026-03-09,REWE MARKT 3,2.20,2.00,USD\n";
        let options = json!({ "accountId": euro });
        let told = file::upload(&anna.api, &anna.session.access, IMPORT, "giro.csv", table.as_bytes(), options).await;
        assert_eq!(told.done()["importStatement"]["newCount"], 3, "{told:?}");
        let listed = anna.done(ORIGINAL, json!({ "currency": "USD" })).await;
        let nodes: Vec<&Value> = listed["edges"].as_array().expect("edges").iter().map(|edge| &edge["node"]).collect();
        assert_eq!(*nodes[0], json!({ "originalAmount": { "amount": "-10.00", "currency": "USD" }, "converted": {
            "amount": { "amount": "-10.00" }, "rate": { "from": "EUR", "to": "USD", "rate": "0.909090909091", "date": "2026-03-06", "source": "BANK" } } }));
        assert_eq!(*nodes[1], json!({ "originalAmount": null, "converted": {
            "amount": { "amount": "-12.10" }, "rate": { "from": "EUR", "to": "USD", "rate": "1.1", "date": "2026-03-06", "source": "CENTRAL_BANK" } } }));
        // Into a third currency it is the account's amount that counts.
        let pounds = anna.done(ORIGINAL, json!({ "currency": "GBP" })).await;
        assert_eq!(pounds["edges"][0]["node"]["converted"]["amount"], json!({ "amount": "-9.35" }));
        // Sums say the same: 10 + 11 * 1.1 - 2.
        for by in ["MONTH", "CATEGORY", "MERCHANT", "ACCOUNT"] {
            let spending = anna.done(SPENDING, json!({ "by": by, "currency": "USD" })).await;
            assert_eq!(spending["converted"]["total"], json!({ "known": { "amount": "20.10", "currency": "USD" }, "missing": [] }), "{by}");
            assert_eq!(spending["totals"], json!([{ "amount": "19.80", "currency": "EUR" }]), "{by}");
        }
        house.end(vec![running]).await;
    }

    async fn what_a_person_sets_holds_in_the_household_alone(house: House) {
        let running = house.serve().await;
        let (anna, berta) = (Person::register(&running, "anna@example.org").await, Person::register(&running, "berta@example.org").await);
        import(&house, HISTORY).await;
        let input = |from: &str, to: &str, date: &str, rate: Value| json!({ "from": from, "to": to, "date": date, "rate": rate });
        let set = anna.put(SET, input("USD", "EUR", "2026-03-09", json!("0.5"))).await;
        assert_eq!(set, json!({ "from": "USD", "to": "EUR", "rate": "0.5", "date": "2026-03-09", "source": "PERSON" }));
        assert_eq!(anna.rate("EUR", "USD", "2026-03-10").await, Some(rate("2", "2026-03-09", "PERSON")));
        assert_eq!(berta.rate("EUR", "USD", "2026-03-10").await, Some(rate("1.2", "2026-03-09", "CENTRAL_BANK")));
        // The other way round it is the same pair.
        anna.put(SET, input("EUR", "USD", "2026-03-09", json!("4"))).await;
        assert_eq!(anna.rate("USD", "EUR", "2026-03-10").await, Some(rate("0.25", "2026-03-09", "PERSON")));
        let none = anna.put(SET, input("ARS", "EUR", "2026-03-09", json!("0.0006"))).await;
        assert_eq!(none["source"], "PERSON");
        assert_eq!(anna.rate("ARS", "EUR", "2026-03-16").await, Some(rate("0.0006", "2026-03-09", "PERSON")));
        assert_eq!(anna.rate("ARS", "EUR", "2026-03-17").await, None);
        // Taken back, what was published holds, or nothing.
        let back = anna.put(SET, input("USD", "EUR", "2026-03-09", Value::Null)).await;
        assert_eq!((&back["source"], &back["rate"]), (&json!("CENTRAL_BANK"), &json!("0.833333333333")));
        assert_eq!(anna.put(SET, input("EUR", "ARS", "2026-03-09", Value::Null)).await, Value::Null);
        for (wrong, field) in [
            (input("USD", "USD", "2026-03-09", json!("1")), "to"),
            (input("usd", "EUR", "2026-03-09", json!("1")), "from"),
            (input("USD", "DEM", "2026-03-09", json!("1")), "to"),
            (input("USD", "EUR", "2026-02-30", json!("1")), "date"),
            (input("USD", "EUR", "2026-03-09", json!("0")), "rate"),
            (input("USD", "EUR", "2026-03-09", json!("-1")), "rate"),
            (input("USD", "EUR", "2026-03-09", json!("1.0000000000000001")), "rate"),
            (input("USD", "EUR", "2026-03-09", json!("a lot")), "rate"),
        ] {
            anna.try_put(SET, wrong).await.assert_invalid(field);
        }
        anna.ask(RATES, json!({ "to": "XXX" })).await.assert_invalid("to");
        anna.ask(RATES, json!({ "date": "yesterday" })).await.assert_invalid("date");
        // The sums that need no rate are answered all the same.
        let partial = anna.ask(SPENDING, json!({ "by": "MONTH", "currency": "eur" })).await;
        assert_eq!(partial.errors[0]["extensions"]["field"], "currency", "{partial:?}");
        assert_eq!(partial.data["spending"], json!({ "totals": [], "converted": null }));
        for (from, to) in [("2026-03-02", "2026-03-01"), ("2016-01-01", "2026-03-01")] {
            anna.ask(WORTH, json!({ "from": from, "to": to, "interval": "DAY" })).await.assert_invalid("to");
        }
        let empty = anna.done(WORTH, json!({ "from": "2026-03-01", "to": "2026-03-01", "interval": "WEEK" })).await;
        assert_eq!((&empty["knownSince"], &empty["points"][0]["net"]["known"]["amount"]), (&Value::Null, &json!("0.00")));
        house.end(vec![running]).await;
    }

    async fn a_transfer_between_currencies_is_found_at_the_rate_of_its_day(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let (euro, dollar) = (account(&anna, "Giro", "EUR", "0").await, account(&anna, "Dollars", "USD", "0").await);
        anna.put(CREATE, entry(&euro, "2026-03-09", "-100", "TRANSFER TO DOLLARS")).await;
        // At 1.2 less the bank's margin; the other is too far away.
        anna.put(CREATE, entry(&dollar, "2026-03-10", "117.80", "TRANSFER FROM GIRO")).await;
        anna.put(CREATE, entry(&dollar, "2026-03-10", "110.00", "TRANSFER FROM SOMEWHERE")).await;
        house.until_idle().await;
        let proposed = "{ transfers { edges { node { state reserve evidence out { amount { amount } } in { amount { amount } } } } } }";
        let by_word = anna.done(proposed, json!({})).await;
        import(&house, HISTORY).await;
        // A rate that a person sets has the days around it looked at again.
        anna.put(SET, json!({ "from": "EUR", "to": "USD", "date": "2026-03-09", "rate": "1.2" })).await;
        house.until_idle().await;
        let found = anna.done(proposed, json!({})).await;
        let edges = found["edges"].as_array().expect("edges");
        assert_eq!(edges.len(), 1, "before: {by_word}, now: {found}");
        let node = &edges[0]["node"];
        assert_eq!((&node["state"], &node["reserve"]), (&json!("PROPOSED"), &json!("OTHER_AMOUNT")));
        assert_eq!((&node["out"]["amount"]["amount"], &node["in"]["amount"]["amount"]), (&json!("-100.00"), &json!("117.80")));
        assert!(node["evidence"].as_array().expect("evidence").contains(&json!("RATE")), "{node}");
        house.end(vec![running]).await;
    }

    async fn rates_are_fetched_as_they_are_published(house: House) {
        let publisher = Publisher::start().await;
        let house = house.with("FLORIN_RATES_URL", &publisher.url);
        // The publisher is out of order: nothing fails, and it is asked again.
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let later = |reason: &'static str| {
            let house = &house;
            within_a_minute("the job has looked", async move || {
                let jobs = house.jobs("waiting").await;
                jobs.iter().any(|job| job["kind"] == "fetch_rates" && job["reason"].as_str().is_some_and(|said| said.contains(reason))).then_some(())
            })
        };
        later("status 503").await;
        assert_eq!(publisher.asked(), ["eurofxref-hist.zip"]);
        house.stop(vec![running]).await;
        // A day that is still to come is the publisher's mistake: nothing is kept, and it is asked again.
        publisher.put("eurofxref-hist.zip", HISTORY.replace("2026-03-09", "2199-03-08"));
        let running = house.serve().await;
        later("still to come").await;
        assert!(house.command(&["doctor"]).await.contains("exchange rates: none"));
        house.stop(vec![running]).await;
        // Everything at first, then what is missing.
        let today = today();
        let days: Vec<String> = (0..10).map(|back| today.checked_sub_days(Days::new(back)).expect("a day").to_string()).collect();
        let rows: Vec<String> = days.iter().map(|day| format!("{day},1.25,")).collect();
        publisher.put("eurofxref-hist.zip", format!("Date,USD,\n{}\n", rows.join("\n")));
        let running = house.serve().await;
        let anna = anna.at(&running);
        later("published then").await;
        assert_eq!(anna.rate("EUR", "USD", &days[0]).await, Some(rate("1.25", &days[0], "CENTRAL_BANK")));
        assert_eq!(publisher.asked().len(), 3);
        house.stop(vec![running]).await;
        // Whoever has all that was published asks nobody.
        let running = house.serve().await;
        let anna = anna.at(&running);
        later("published then").await;
        assert_eq!(publisher.asked().len(), 3, "{:?}", publisher.asked());
        assert!(house.command(&["doctor"]).await.contains(&format!("exchange rates: up to {}", days[0])));
        assert_eq!(anna.rate("USD", "EUR", &days[0]).await, Some(rate("0.8", &days[0], "CENTRAL_BANK")));
        house.stop(vec![running]).await;
    }
}
