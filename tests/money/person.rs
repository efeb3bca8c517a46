//! A person who uses Florin: signed in, with a bank at hand.

use chrono::Datelike;
use harness::{process::Running, within_a_minute};
use serde_json::{Value, json};

use super::bank::{Bank, text_of};
use crate::{
    api::client::{Answer, Api, REGISTER, Session, anna},
    house::House,
};

/// Everything of a transaction that a client can see.
macro_rules! transaction {
    () => {
        "{ id date amount { amount currency } isPending descriptor merchant { id name } category { id kind } isCategoryLocked note account { id } parts { category { id kind } amount { amount currency } } }"
    };
}
/// Everything of an account that does not depend on time.
macro_rules! account {
    () => {
        "{ id name kind currency numberTail balance { amount currency } drift { amount currency } pending { amount currency } institution { id } connection { id } }"
    };
}
/// Everything of a connection.
macro_rules! connection {
    () => {
        "{ id status failure failingSince rejectedLines pulledAt nextPullAt createdAt institution { id name isSandbox } accounts { id } }"
    };
}

const ACCOUNTS: &str = concat!("{ accounts ", account!(), " }");
const CONNECTIONS: &str = concat!("{ connections ", connection!(), " }");
const START: &str =
    "mutation($input: StartLinkInput!) { startLink(input: $input) { authorizationUrl state expiresAt } }";
pub(super) const COMPLETE: &str =
    concat!("mutation($input: CompleteLinkInput!) { completeLink(input: $input) ", connection!(), " }");
pub(super) const REFRESH: &str = "mutation($id: ID!) { refreshConnection(id: $id) { id status } }";
pub(super) const REMOVE: &str = "mutation($input: RemoveConnectionInput!) { removeConnection(input: $input) }";
pub(super) const DELETE: &str = "mutation($id: ID!) { deleteTransaction(id: $id) }";
pub(super) const UPDATE: &str =
    concat!("mutation($input: UpdateTransactionInput!) { updateTransaction(input: $input) ", transaction!(), " }");
pub(super) const CREATE: &str =
    concat!("mutation($input: CreateTransactionInput!) { createTransaction(input: $input) ", transaction!(), " }");
pub(super) const CREATE_ACCOUNT: &str =
    concat!("mutation($input: CreateAccountInput!) { createAccount(input: $input) ", account!(), " }");
pub(super) const UPDATE_ACCOUNT: &str =
    concat!("mutation($input: UpdateAccountInput!) { updateAccount(input: $input) ", account!(), " }");
pub(super) const SET_BUDGET: &str = "mutation($input: SetBudgetInput!) { setBudget(input: $input) \
    { category { id key } month amount { amount currency } spent { amount currency } pending { amount currency } remaining { amount currency } } }";
pub(super) const LIST: &str = concat!(
    "query($filter: TransactionFilter, $order: TransactionOrder!, $first: Int, $after: String, $last: Int, $before: String) {
       transactions(filter: $filter, order: $order, first: $first, after: $after, last: $last, before: $before) {
         edges { cursor node ",
    transaction!(),
    " } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
);
pub(super) const NODE: &str = concat!(
    "query($id: ID!) { node(id: $id) { __typename id ... on Transaction ",
    transaction!(),
    " ... on Connection { status } ... on Account { currency } ... on Category { key } } }"
);

/// A person, signed in at one process.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) api: Api,
    pub(super) session: Session,
}

impl Person {
    /// Registers; the household's currency is the euro.
    pub(super) async fn register(running: &Running, email: &str) -> Self {
        let api = Api::of(running);
        let mut input = anna(email);
        input["currency"] = json!("EUR");
        let session = Session::of(&api.ask(REGISTER, json!({ "input": input })).await.done()["register"]);
        Self { api, session }
    }

    /// The same person at another process.
    pub(super) fn at(&self, running: &Running) -> Self {
        Self { api: Api::at(&House::address(running)), session: self.session.clone() }
    }

    pub(super) async fn ask(&self, document: &str, variables: Value) -> Answer {
        self.api.ask_as(&self.session.access, document, variables).await
    }

    /// Asks what must be answered without an error, and has one field.
    pub(super) async fn done(&self, document: &str, variables: Value) -> Value {
        let answer = self.ask(document, variables).await;
        let fields = answer.done().as_object().expect("an object");
        assert_eq!(fields.len(), 1, "{fields:?}");
        fields.values().next().expect("a field").clone()
    }

    /// Sends an input that must be taken.
    pub(super) async fn put(&self, document: &str, input: Value) -> Value {
        self.done(document, json!({ "input": input })).await
    }

    /// Sends an input that is refused, perhaps.
    pub(super) async fn try_put(&self, document: &str, input: Value) -> Answer {
        self.ask(document, json!({ "input": input })).await
    }

    pub(super) async fn accounts(&self) -> Vec<Value> {
        list_of(self.done(ACCOUNTS, json!({})).await)
    }

    pub(super) async fn connections(&self) -> Vec<Value> {
        list_of(self.done(CONNECTIONS, json!({})).await)
    }

    /// A connection that must be there.
    pub(super) async fn connection(&self, id: &str) -> Value {
        let all = self.connections().await;
        all.iter().find(|connection| connection["id"] == id).unwrap_or_else(|| panic!("no {id} in {all:?}")).clone()
    }

    /// Waits for a connection to be so.
    pub(super) async fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        within_a_minute(&format!("the connection: {what}"), async || {
            Some(self.connection(id).await).filter(|connection| is_so(connection))
        })
        .await
    }

    /// All transactions of a filter in an order, read in pages of a size.
    pub(super) async fn listed(&self, filter: Value, order: &str, size: usize) -> Vec<Value> {
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let asked = json!({ "filter": filter, "order": order, "first": size, "after": after });
            let page = self.done(LIST, asked).await;
            let edges = page["edges"].as_array().expect("edges");
            let info = &page["pageInfo"];
            assert_eq!(info["hasPreviousPage"], !after.is_null(), "{info}");
            assert_eq!(info["endCursor"], edges.last().map_or(Value::Null, |edge| edge["cursor"].clone()));
            all.extend(edges.iter().map(|edge| edge["node"].clone()));
            if info["hasNextPage"] == false {
                return all;
            }
            assert_eq!(edges.len(), size, "a page that is not the last is full");
            after = info["endCursor"].clone();
        }
    }

    /// All transactions.
    pub(super) async fn transactions(&self) -> Vec<Value> {
        self.listed(json!({}), "DATE_DESCENDING", 200).await
    }

    /// The one transaction with a text in it.
    pub(super) async fn found(&self, text: &str) -> Value {
        let all = self.with_text(text).await;
        let [one] = all.as_slice() else { panic!("not one with {text}: {all:?}") };
        one.clone()
    }

    /// The transactions with a text in them.
    pub(super) async fn with_text(&self, text: &str) -> Vec<Value> {
        self.listed(json!({ "text": text }), "DATE_DESCENDING", 200).await
    }

    /// Something by its id.
    pub(super) async fn node(&self, id: &str) -> Answer {
        self.ask(NODE, json!({ "id": id })).await
    }

    /// The category of a key.
    pub(super) async fn category(&self, key: &str) -> String {
        let all = list_of(self.done("{ categories { id key } }", json!({})).await);
        text_of(&all.iter().find(|category| category["key"] == key).expect("a known key")["id"])
    }

    /// The one bank of this installation.
    pub(super) async fn institution(&self) -> String {
        let all = list_of(self.done("{ institutions { id name isSandbox } }", json!({})).await);
        let [one] = all.as_slice() else { panic!("not one bank: {all:?}") };
        assert_eq!(one["isSandbox"], true);
        text_of(&one["id"])
    }

    /// Begins a link, to renew a connection if one is named.
    pub(super) async fn start(&self, renewed: Option<&str>) -> Value {
        let input = json!({ "institutionId": self.institution().await, "connectionId": renewed });
        self.put(START, input).await
    }

    pub(super) async fn try_start(&self, input: Value) -> Answer {
        self.try_put(START, input).await
    }

    /// Goes to the bank as a customer, allows it, and comes back.
    pub(super) async fn link(&self, bank: &Bank, customer: &str, renewed: Option<&str>) -> Value {
        let started = self.start(renewed).await;
        let (state, code) = bank.allow(started["authorizationUrl"].as_str().expect("an address"), customer).await;
        assert_eq!(started["state"], state);
        self.put(COMPLETE, json!({ "state": state, "code": code })).await
    }

    /// Asks the bank now, and waits until everything was pulled again.
    pub(super) async fn refresh(&self, id: &str) -> Value {
        let before = self.connection(id).await["pulledAt"].clone();
        self.done(REFRESH, json!({ "id": id })).await;
        self.until(id, "pulled again", |now| now["pulledAt"] != before && now["status"] == "ACTIVE").await
    }
}

/// A customer of the bank whose accounts a person has linked, and what the bank swore to before it was asked last.
#[derive(Clone, Debug)]
pub(super) struct Linked {
    pub(super) bank: Bank,
    pub(super) customer: String,
    pub(super) connection: String,
    pub(super) since: String,
    summary: bool,
    before: Value,
}

impl Linked {
    /// Links a customer with so many months of life, and waits for nothing.
    pub(super) async fn begin(person: &Person, bank: &Bank, customer: &str, months: u32) -> Self {
        let today = bank.today().await;
        let first = today.with_day(1).expect("every month has one") - chrono::Months::new(months);
        let since = first.to_string();
        let summary = customer.starts_with("load-");
        let before = bank.ledger(customer, &since, summary).await;
        let connection = person.link(bank, &format!("{customer}@{months}"), None).await;
        let (bank, customer) = (bank.clone(), customer.to_owned());
        Self { bank, customer, connection: text_of(&connection["id"]), since, summary, before }
    }

    /// Links a customer, and waits until everything is here.
    pub(super) async fn new(person: &Person, bank: &Bank, customer: &str, months: u32) -> Self {
        let linked = Self::begin(person, bank, customer, months).await;
        linked.complete(person).await;
        linked
    }

    /// Waits until the first pull is complete.
    pub(super) async fn complete(&self, person: &Person) -> Value {
        person.until(&self.connection, "active", |connection| connection["status"] == "ACTIVE").await
    }

    /// What the bank swears to now.
    pub(super) async fn ledger(&self) -> Value {
        self.bank.ledger(&self.customer, &self.since, self.summary).await
    }

    /// Pulls again.
    pub(super) async fn refresh(&mut self, person: &Person) {
        self.before = self.ledger().await;
        person.refresh(&self.connection).await;
    }

    /// Remembers what the bank swears to before something else than a refresh pulls.
    pub(super) async fn remember(&mut self) {
        self.before = self.ledger().await;
    }

    /// The bank's ledger, at a moment when nothing has happened there since before the last pull.
    pub(super) async fn sworn(&mut self, person: &Person) -> Value {
        // A life goes on by itself: then the pull is repeated, and says what the ledger says.
        while self.ledger().await != self.before {
            self.refresh(person).await;
        }
        self.before.clone()
    }
}

/// The elements of a list.
#[track_caller]
pub(super) fn list_of(value: Value) -> Vec<Value> {
    let Value::Array(all) = value else { panic!("no list: {value}") };
    all
}
