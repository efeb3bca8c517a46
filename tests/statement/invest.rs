//! Investments in statement files, through the API: trades behind transactions, and what accounts hold.

use serde_json::{Value, json};

use super::{Visitor, file};
use crate::house::on_both_sizes;

const ROWS: &str = "{ transactions(first: 50, order: DATE_ASCENDING) { edges { node { id descriptor amount { amount } category { key kind }
    trade { kind units unitPrice commission fees taxes total currency security { idType code ticker name kind } } } } } }";
const HOLDINGS: &str = "{ accounts { balance { amount } holdings { heldIn units price value { amount currency } asOf
    security { idType code ticker name kind } } } }";
const PREVIEW: &str = "mutation($input: ImportStatementInput!) { previewImport(input: $input) {
    newCount rejectedCount rows { descriptor trade { kind units security { name } } } } }";
const CREATE: &str =
    "mutation($input: CreateTransactionInput!) { createTransaction(input: $input) { id trade { kind } } }";
const MERGE: &str = "mutation($input: MergeTransactionsInput!) { mergeTransactions(input: $input) { id merged { id } trade { kind units } } }";
const UNMERGE: &str = "mutation($input: UnmergeTransactionsInput!) { unmergeTransactions(input: $input) { kept { trade { kind } } restored { trade { kind units } } } }";
const DELETE: &str = "mutation($id: ID!) { deleteTransaction(id: $id) }";

/// The node of the transaction that its bank calls so.
fn called(rows: &Value, descriptor: &str) -> Value {
    let edges = rows["transactions"]["edges"].as_array().expect("rows");
    let node = edges.iter().map(|edge| &edge["node"]).find(|node| node["descriptor"] == descriptor);
    node.unwrap_or_else(|| panic!("{descriptor} in {rows}")).clone()
}

impl Visitor {
    /// The balance of the only account, and what it holds: codes, units, values.
    async fn held(&self) -> (Value, Vec<[Value; 3]>) {
        let account = self.ask(HOLDINGS, json!({})).await["accounts"][0].clone();
        let held = account["holdings"].as_array().expect("a list").iter();
        let held = held.map(|one| [&one["security"]["code"], &one["units"], &one["value"]["amount"]].map(Value::clone));
        (account["balance"]["amount"].clone(), held.collect())
    }
}

on_both_sizes! {
    async fn investments_are_kept_and_given_back(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "investor@example.org").await;
        let fixture = |name: &str| std::fs::read(file::folder().join("own").join(name)).expect("a fixture");
        let (november, later) = (fixture("investments.ofx"), fixture("investments_later.ofx"));

        let told = file::upload(&visitor.api, &visitor.session.access, PREVIEW, "a.ofx", &november, json!({})).await.done()["previewImport"].clone();
        assert_eq!((&told["newCount"], &told["rejectedCount"]), (&json!(18), &json!(5)), "{told}");
        let bought = json!({ "descriptor": "BUY NORDWIND AG", "trade": { "kind": "BUY", "units": "10", "security": { "name": "Nordwind AG" } } });
        assert_eq!((&told["rows"][0]["trade"], &told["rows"][1]), (&json!(null), &bought));
        assert_eq!(visitor.ask(HOLDINGS, json!({})).await["accounts"], json!([]), "a preview writes nothing");

        let first = visitor.import("a.ofx", &november, json!({})).await;
        assert_eq!((&first["newCount"], &first["rejectedCount"], &first["unsupportedCount"]), (&json!(18), &json!(5), &json!(0)), "{first}");
        let rows = visitor.ask(ROWS, json!({})).await;
        let bought = called(&rows, "BUY NORDWIND AG");
        let nordwind = json!({ "idType": "ISIN", "code": "DE000A0STOCK", "ticker": "NWD", "name": "Nordwind AG", "kind": "STOCK" });
        assert_eq!(bought["trade"], json!({ "kind": "BUY", "units": "10", "unitPrice": "42.125", "commission": "4.9", "fees": "1.1", "taxes": null, "total": "-427.25", "currency": "EUR", "security": nordwind }));
        for (descriptor, amount, kind) in [
            ("DEPOSIT", "5000.00", None),
            ("BUY NORDWIND AG", "-427.25", Some("TRANSFER")),
            ("SELL SHORT", "100.00", Some("TRANSFER")),
            ("DIVIDEND NORDWIND AG", "12.40", Some("INCOME")),
            ("CUSTODY FEE", "-2.50", Some("SPENDING")),
            ("DIVIDEND REINVESTED", "0.00", Some("TRANSFER")),
        ] {
            let node = called(&rows, descriptor);
            assert_eq!((&node["amount"]["amount"], node["trade"].is_null()), (&json!(amount), kind.is_none()), "{node}");
            assert!(kind.is_none_or(|kind| node["category"]["kind"] == kind), "{node}");
        }
        let held = visitor.held().await;
        let one = |code: &str, units: &str, value: &str| [json!(code), json!(units), json!(value)];
        assert_eq!(held, (json!("3545.57"), vec![
            one("DE000A0STOCK", "10", "225.00"),
            one("DE000A0STOCK", "2", "45.00"),
            one("US0000000SHO", "-5", "-105.00"),
            one("LU0000000FUN", "0.8205", "66.63"),
            one("XS0000000BON", "1000", "985.10"),
        ]));
        let whole = visitor.ask(HOLDINGS, json!({})).await["accounts"][0]["holdings"][2].clone();
        let shoreline = json!({ "idType": "ISIN", "code": "US0000000SHO", "ticker": "SHO", "name": "Shoreline Certificate", "kind": "OTHER" });
        assert_eq!(whole, json!({ "heldIn": "SHORT", "units": "-5", "price": "21", "value": { "amount": "-105.00", "currency": "USD" }, "asOf": "2026-11-19", "security": shoreline }));

        // Again is nothing new.
        let again = visitor.import("a.ofx", &november, json!({})).await;
        assert_eq!((&again["newCount"], &again["duplicateCount"]), (&json!(0), &json!(18)), "{again}");
        assert_eq!((visitor.held().await, visitor.ask(ROWS, json!({})).await), (held.clone(), rows.clone()));

        // A later statement says what is held now; an older one, imported after it, does not.
        let week = visitor.import("b.ofx", &later, json!({})).await;
        assert_eq!((&week["newCount"], &week["duplicateCount"]), (&json!(1), &json!(1)), "{week}");
        let sold = called(&visitor.ask(ROWS, json!({})).await, "SELL NORDWIND AG");
        assert_eq!(sold["trade"]["kind"], "SELL");
        let fund = (json!("3816.67"), vec![one("LU0000000FUN", "0.8205", "67.28")]);
        assert_eq!(visitor.held().await, fund);
        let third = visitor.import("a.ofx", &november, json!({})).await;
        assert_eq!((&third["newCount"], visitor.held().await), (&json!(0), fund));
        let renamed = called(&visitor.ask(ROWS, json!({})).await, "SAVINGS PLAN");
        assert_eq!(renamed["trade"]["security"]["name"], "World & Moon Fund", "the file that was imported last names it");

        // Taken back: what the others say stands again.
        visitor.undo(&week["id"], false).await;
        assert_eq!((visitor.held().await, visitor.ask(ROWS, json!({})).await), (held.clone(), rows));
        visitor.undo(&first["id"], false).await;
        visitor.undo(&third["id"], false).await;
        assert_eq!(visitor.held().await, held);
        let still = called(&visitor.ask(ROWS, json!({})).await, "BUY NORDWIND AG");
        assert_eq!(still["trade"], bought["trade"]);
        visitor.undo(&again["id"], false).await;
        assert_eq!(visitor.ask(ROWS, json!({})).await["transactions"]["edges"], json!([]));
        assert_eq!(visitor.held().await, (json!("0.00"), vec![]));
        house.end(vec![running]).await;
    }

    async fn a_trade_outlives_a_merge(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "merger@example.org").await;
        let bytes = std::fs::read(file::folder().join("own/investments.ofx")).expect("a fixture");
        let statement = visitor.import("a.ofx", &bytes, json!({})).await;
        let bought = called(&visitor.ask(ROWS, json!({})).await, "BUY NORDWIND AG");
        let input = json!({ "accountId": statement["accounts"][0]["id"], "date": "2026-11-03", "amount": "-427.25", "description": "SHARES" });
        let noted = visitor.ask(CREATE, json!({ "input": input })).await["createTransaction"].clone();
        assert_eq!(noted["trade"], json!(null));
        let one = visitor.ask(MERGE, json!({ "input": { "keepId": noted["id"], "goneId": bought["id"] } })).await["mergeTransactions"].clone();
        assert_eq!(one["trade"], json!({ "kind": "BUY", "units": "10" }));
        let two = visitor.ask(UNMERGE, json!({ "input": { "mergeId": one["merged"][0]["id"] } })).await["unmergeTransactions"].clone();
        assert_eq!((&two["kept"]["trade"], &two["restored"]["trade"]), (&json!(null), &json!({ "kind": "BUY", "units": "10" })));
        visitor.ask(DELETE, json!({ "id": noted["id"] })).await;
        visitor.undo(&statement["id"], false).await;
        assert_eq!(visitor.ask(ROWS, json!({})).await["transactions"]["edges"], json!([]));
        house.end(vec![running]).await;
    }
}
