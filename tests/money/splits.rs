//! One transaction that was for several things counts as its parts, in every sum and every list.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    manual::{account, entry},
    person::{CREATE, Person, UPDATE, list_of},
    sums::SPENDING,
};
use crate::house::on_both_sizes;

const SPLIT: &str = "mutation($input: SplitTransactionInput!) { splitTransaction(input: $input) {
    id amount { amount } parts { category { id } amount { amount currency } note } } }";

fn part(category: &str, amount: &str) -> Value {
    json!({ "categoryId": category, "amount": amount })
}

fn share(category: &str, share: &str) -> Value {
    json!({ "categoryId": category, "share": share })
}

impl Person {
    /// Splits a transaction; gives the amounts of its parts.
    async fn split(&self, id: &str, parts: Value) -> Vec<String> {
        let split = self.put(SPLIT, json!({ "transactionId": id, "parts": parts })).await;
        list_of(split["parts"].clone()).iter().map(|part| text_of(&part["amount"]["amount"])).collect()
    }

    async fn assert_all_sums(&self) {
        let rows = self.transactions().await;
        // A whole month, and days of it: kept sums, and rows.
        for period in [("2026-03-01", "2026-03-31"), ("2026-03-05", "2026-04-02")] {
            self.assert_sums(&rows, period).await;
        }
    }
}

on_both_sizes! {
    async fn a_split_counts_as_its_parts(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, yen) = (account(&anna, "Purse", "EUR", "0").await, account(&anna, "Yen", "JPY", "0").await);
        let of = async |key: &str| anna.category(key).await;
        let (gifts, pets) = (of("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, of("GENERAL_MERCHANDISE_PET_SUPPLIES").await);
        let (wages, shop, food) = (of("INCOME_WAGES").await, of("GENERAL_MERCHANDISE_SUPERSTORES").await, of("FOOD_AND_DRINK").await);
        let enter = async |account: &str, amount: &str| text_of(&anna.put(CREATE, entry(account, "2026-03-05", amount, "WALMART")).await["id"]);
        let row = enter(&purse, "-50.00").await;
        enter(&purse, "-7.00").await;
        anna.assert_all_sums().await;

        assert_eq!(anna.split(&row, json!([part(&gifts, "-30"), part(&pets, "-20")])).await, ["-30.00", "-20.00"]);
        anna.assert_all_sums().await;
        let among = async |category: &str| {
            let found = anna.listed(json!({ "categoryIds": [category] }), "DATE_DESCENDING", 50).await;
            found.iter().filter(|found| found["id"] == row).count()
        };
        assert_eq!((among(&gifts).await, among(&pets).await, among(&shop).await), (1, 1, 0));
        let group = of("GENERAL_MERCHANDISE").await;
        assert_eq!(among(&group).await, 1);

        // Thirds, and what is left; a part that came back; parts of another kind.
        assert_eq!(anna.split(&row, json!([share(&gifts, "1"), share(&pets, "1"), share(&shop, "1")])).await, ["-16.67", "-16.67", "-16.66"]);
        anna.assert_all_sums().await;
        let noted = json!([{ "categoryId": gifts, "amount": "-20.00", "note": " for Ann " }, share(&pets, "75"), share(&shop, "25")]);
        assert_eq!(anna.split(&row, noted).await, ["-20.00", "-22.50", "-7.50"]);
        assert_eq!(anna.split(&row, json!([part(&gifts, "-60"), part(&wages, "10")])).await, ["-60.00", "10.00"]);
        anna.assert_all_sums().await;
        assert_eq!(anna.split(&row, json!([part(&gifts, "-25"), part(&gifts, "-25")])).await, ["-25.00", "-25.00"]);
        anna.assert_all_sums().await;
        let odd = enter(&yen, "-1001").await;
        assert_eq!(anna.split(&odd, json!([share(&gifts, "50"), share(&pets, "50")])).await, ["-501", "-500"]);
        anna.assert_all_sums().await;

        // What does not add up changes nothing, and says what is missing.
        let before = anna.transactions().await;
        for (parts, field, said) in [
            (json!([part(&gifts, "-30")]), "parts", "2 to 50"),
            (json!([part(&gifts, "-30"), part(&pets, "-19.99")]), "parts", "must add up to -50.00 EUR: -0.01 EUR is missing"),
            (json!([part(&gifts, "30"), part(&pets, "20")]), "parts", "-100.00 EUR is missing"),
            (json!([part(&gifts, "-50"), share(&pets, "1")]), "parts", "must leave something of -50.00 EUR"),
            (json!([part(&gifts, "-60"), share(&pets, "1")]), "parts", "must leave something of -50.00 EUR"),
            (json!([part(&gifts, "-30"), json!({ "categoryId": pets })]), "parts", "an amount or a share"),
            (json!([part(&gifts, "-30"), json!({ "categoryId": pets, "amount": "-20", "share": "1" })]), "parts", "an amount or a share"),
            (json!([part(&gifts, "-50"), part(&pets, "0")]), "amount", "zero"),
            (json!([part(&gifts, "-30.005"), part(&pets, "-19.995")]), "amount", "decimals"),
            (json!([share(&gifts, "0"), share(&pets, "1")]), "share", "more than 0"),
            (json!([share(&gifts, "-1"), share(&pets, "1")]), "share", "more than 0"),
            (json!([part(&gifts, "-30"), part(&food, "-20")]), "categoryId", "a group"),
            (json!([part(&gifts, "-30"), part("cat_x", "-20")]), "categoryId", "cat"),
            (json!(vec![share(&gifts, "1"); 51]), "parts", "2 to 50"),
            (json!([part(&gifts, "999999999999.99"), share(&pets, "1")]), "parts", "at most 14 digits"),
            (json!([{ "categoryId": gifts, "share": "1", "note": "x".repeat(2_001) }, share(&pets, "1")]), "note", "2000"),
        ] {
            let answer = anna.try_put(SPLIT, json!({ "transactionId": row, "parts": parts })).await;
            answer.assert_invalid(field);
            let message = answer.errors[0]["message"].to_string();
            assert!(message.contains(said), "{parts}: {message}");
        }
        berta.try_put(SPLIT, json!({ "transactionId": row, "parts": [] })).await.assert_refused(200, "NOT_FOUND");
        assert_eq!(anna.transactions().await, before);

        // A category that is merged carries its parts along; one that is one again counts as a whole; one that goes counts no more.
        anna.split(&row, json!([part(&gifts, "-30"), part(&pets, "-20")])).await;
        anna.done("mutation($input: MergeCategoriesInput!) { mergeCategories(input: $input) { id } }", json!({ "input": { "fromId": pets, "intoId": gifts } })).await;
        anna.assert_all_sums().await;
        assert_eq!(among(&gifts).await, 1);
        assert_eq!(anna.split(&row, json!([])).await, Vec::<String>::new());
        anna.assert_all_sums().await;
        assert_eq!(anna.split(&row, json!([share(&gifts, "1"), share(&shop, "1")])).await, ["-25.00", "-25.00"]);
        anna.done("mutation($id: ID!) { deleteTransaction(id: $id) }", json!({ "id": row })).await;
        anna.assert_all_sums().await;
        house.end(vec![running]).await;
    }

    async fn what_is_excluded_is_neither_spending_nor_income(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let (gifts, pets) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("GENERAL_MERCHANDISE_PET_SUPPLIES").await);
        let enter = async |text: &str, amount: &str| text_of(&anna.put(CREATE, entry(&purse, "2026-03-05", amount, text)).await["id"]);
        let (out, into, other) = (enter("WALMART", "-50").await, enter("ZXQWV", "30").await, enter("WALMART", "-7").await);
        anna.split(&out, json!([part(&gifts, "-30"), part(&pets, "-20")])).await;
        // By kept sums, and by rows.
        let spent = async || {
            let mut totals = Vec::new();
            for (from, to) in [("2026-03-01", "2026-03-31"), ("2026-03-05", "2026-03-05")] {
                for kind in ["SPENDING", "INCOME", "TRANSFER"] {
                    let asked = json!({ "from": from, "to": to, "by": "CATEGORY", "kind": kind });
                    let totals_of = anna.done(SPENDING, asked).await["totals"].clone();
                    totals.push(totals_of[0]["amount"].as_str().unwrap_or("none").to_owned());
                }
            }
            assert_eq!(totals[..3], totals[3..], "kept sums are what the rows say");
            totals[..3].to_vec()
        };
        assert_eq!(spent().await, ["57.00", "30.00", "none"]);
        anna.put(UPDATE, json!({ "id": out, "isExcluded": true })).await;
        assert_eq!(spent().await, ["7.00", "30.00", "50.00"]);
        let excluded = "query($id: ID!) { node(id: $id) { ... on Transaction { isExcluded category { id } parts { amount { amount } } } } }";
        let seen = anna.done(excluded, json!({ "id": out })).await;
        assert_eq!((&seen["isExcluded"], seen["parts"].as_array().map(Vec::len)), (&json!(true), Some(2)), "what it is stays to be seen");
        anna.put("mutation($input: UpdateTransactionsInput!) { updateTransactions(input: $input) { transactions { id } } }", json!({ "ids": [into, other], "isExcluded": true })).await;
        assert_eq!(spent().await, ["none", "none", "27.00"]);
        anna.put("mutation($input: UpdateTransactionsInput!) { updateTransactions(input: $input) { transactions { id } } }", json!({ "ids": [out, into, other], "isExcluded": false })).await;
        assert_eq!(spent().await, ["57.00", "30.00", "none"]);
        // A rule does it, too, but for what a person has said it of.
        enter("WALMART", "-4").await;
        let rule = "mutation($input: CreateRuleInput!) { createRule(input: $input) { id actions { excludes } } }";
        let rule = anna.put(rule, json!({ "name": "R", "condition": { "contains": "walmart" }, "actions": { "excludes": true } })).await;
        assert_eq!(rule["actions"]["excludes"], json!(true));
        let next = enter("WALMART", "-9").await;
        assert_eq!(spent().await, ["61.00", "30.00", "9.00"]);
        anna.put(UPDATE, json!({ "id": next, "isExcluded": false })).await;
        assert_eq!(spent().await, ["70.00", "30.00", "none"]);
        anna.done("mutation($id: ID!) { applyRule(id: $id) { id } }", json!({ "id": rule["id"] })).await;
        house.until_idle().await;
        assert_eq!(spent().await, ["66.00", "30.00", "4.00"]);
        house.end(vec![running]).await;
    }

    async fn a_split_and_a_transfer_or_a_merge(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let (purse, box_) = (account(&anna, "Purse", "EUR", "0").await, account(&anna, "Box", "EUR", "0").await);
        let (gifts, shop) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("GENERAL_MERCHANDISE_SUPERSTORES").await);
        let enter = async |account: &str, amount: &str| text_of(&anna.put(CREATE, entry(account, "2026-03-05", amount, "ZXQWV")).await["id"]);
        let (out, into) = (enter(&purse, "-50").await, enter(&box_, "50").await);
        anna.split(&out, json!([share(&gifts, "1"), share(&shop, "1")])).await;
        house.until_idle().await;
        // As a side of a transfer it is one whole; when that is taken apart it is split as it was.
        let linked = anna.put("mutation($input: LinkTransferInput!) { linkTransfer(input: $input) { id } }", json!({ "outId": out, "inId": into })).await;
        let parts = async || list_of(anna.done("query($id: ID!) { node(id: $id) { ... on Transaction { parts { amount { amount } } } } }", json!({ "id": out })).await["parts"].clone()).len();
        assert_eq!(parts().await, 0);
        anna.assert_all_sums().await;
        anna.try_put(SPLIT, json!({ "transactionId": out, "parts": [] })).await.assert_refused(200, "CONFLICT");
        anna.put("mutation($input: UnlinkTransferInput!) { unlinkTransfer(input: $input) { id } }", json!({ "transferId": linked["id"] })).await;
        house.until_idle().await;
        assert_eq!(parts().await, 2);
        anna.assert_all_sums().await;

        // What is merged into another keeps its parts, and takes them along when it goes again.
        let twin = enter(&purse, "-50").await;
        anna.done("mutation($input: MergeTransactionsInput!) { mergeTransactions(input: $input) { id } }", json!({ "input": { "keepId": twin, "goneId": out } })).await;
        let of = async |id: &str| list_of(anna.transactions().await.into_iter().find(|row| row["id"] == id).expect("the row")["parts"].clone()).len();
        assert_eq!(of(&twin).await, 2);
        anna.assert_all_sums().await;
        anna.put("mutation($input: UnmergeTransactionsInput!) { unmergeTransactions(input: $input) { __typename } }", json!({ "mergeId": merge_of(&anna, &twin).await })).await;
        assert_eq!((of(&twin).await, of(&out).await), (0, 2));
        anna.assert_all_sums().await;
        house.end(vec![running]).await;
    }
}

/// What was merged into a transaction.
async fn merge_of(anna: &Person, id: &str) -> Value {
    anna.done("query($id: ID!) { node(id: $id) { ... on Transaction { merged { id } } } }", json!({ "id": id })).await
        ["merged"][0]["id"]
        .clone()
}
