//! The sandbox bank, as a test orders it about: consents, purchases, failures, and what is true.

use harness::http::{self, Request};
use serde_json::{Value, json};
use url::Url;

/// A client of the bank's pages and of its control.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    client: http::Client,
    url: String,
}

impl Bank {
    pub(super) fn at(url: &str) -> Self {
        Self { client: http::Client::new(url), url: url.to_owned() }
    }

    async fn send(&self, request: Request) -> http::Response {
        self.client.send(&request).await.expect("the bank answers")
    }

    /// What a request to the control is answered with; null where there is no body.
    async fn control(&self, request: Request) -> Value {
        let answer = self.send(request.header("content-type", "application/json")).await;
        assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text());
        if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).expect("JSON") }
    }

    async fn post(&self, what: &str, body: Value) -> Value {
        self.control(Request::post(&format!("/control/{what}"), body.to_string())).await
    }

    /// Presses the button of the consent page. Gives what the bank sends back to Florin: state and code.
    pub(super) async fn allow(&self, authorization: &str, customer: &str) -> (String, String) {
        let back = self.decide(authorization, customer, "allow").await;
        let of = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        (of("state").expect("a state"), of("code").expect("a code"))
    }

    /// Answers the consent page. Gives the address that the bank sends the person to.
    pub(super) async fn decide(&self, authorization: &str, customer: &str, decision: &str) -> Url {
        let page = Url::parse(authorization).expect("an address");
        assert!(
            authorization.starts_with(&format!("{}/authorize?", self.url)),
            "{authorization} is not at {}",
            self.url
        );
        let shown = self.send(Request::get(&format!("/authorize?{}", page.query().expect("a query")))).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        let mut form = page.clone();
        form.query_pairs_mut().append_pair("customer", customer).append_pair("decision", decision);
        let form = form.query().expect("a query").to_owned();
        let request =
            Request::post("/authorize/decision", form).header("content-type", "application/x-www-form-urlencoded");
        let answer = self.send(request).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        Url::parse(answer.headers.get("location").expect("a way back")).expect("an address")
    }

    /// Its present, in milliseconds of Unix time, after so many days more.
    pub(super) async fn advance(&self, days: u32) -> i64 {
        self.post("clock", json!({ "advance_days": days })).await["now_ms"].as_i64().expect("a moment")
    }

    /// Its present day.
    pub(super) async fn today(&self) -> chrono::NaiveDate {
        let now_ms = self.advance(0).await;
        chrono::DateTime::from_timestamp_millis(now_ms).expect("a moment").date_naive()
    }

    /// A purchase now; `more` overrides what is usual. Gives its id.
    pub(super) async fn purchase(
        &self,
        customer: &str,
        account: usize,
        amount: &str,
        text: &str,
        more: Value,
    ) -> String {
        let mut purchase = json!({ "customer": customer, "account": account, "amount": amount, "descriptor": text });
        let fields = purchase.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        text_of(&self.post("purchase", purchase).await["transaction_id"])
    }

    /// Books a pending purchase; `more` says how. Gives its new id.
    pub(super) async fn book(&self, customer: &str, id: &str, more: Value) -> String {
        let mut booking = json!({ "customer": customer, "transaction_id": id });
        let fields = booking.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        text_of(&self.post("post", booking).await["transaction_id"])
    }

    /// Lets a pending purchase go.
    pub(super) async fn expire(&self, customer: &str, id: &str) {
        self.post("expire", json!({ "customer": customer, "transaction_id": id })).await;
    }

    /// Orders a failure.
    pub(super) async fn fail(&self, order: Value) {
        self.post("fault", order).await;
    }

    /// Whether all ordered failures have happened.
    pub(super) async fn has_failed(&self) -> bool {
        self.control(Request::get("/control/fault")).await == json!([])
    }

    /// Takes back the failures that have not happened.
    pub(super) async fn take_back_failures(&self) {
        self.control(Request::delete("/control/fault")).await;
    }

    /// Ends a customer's consents.
    pub(super) async fn revoke(&self, customer: &str) {
        self.control(Request::delete(&format!("/control/consent?customer={customer}"))).await;
    }

    /// What the bank would swear to: its accounts, each with its rows unless a summary is enough.
    pub(super) async fn ledger(&self, customer: &str, since: &str, summary: bool) -> Value {
        let path = format!("/control/ledger?customer={customer}&since={since}&summary={summary}");
        self.control(Request::get(&path)).await["accounts"].take()
    }
}

/// The text of a value that must be one.
#[track_caller]
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
