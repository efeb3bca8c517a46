//! A household's categories: its own of any depth, what it calls ours, archived and merged; lists, sums and budgets go up the tree.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    manual::{account, entry},
    person::{CREATE, Person, SET_BUDGET, UPDATE, list_of},
};
use crate::house::on_both_sizes;

const CATEGORY: &str =
    "{ id key name icon color kind isOwn isArchived takesTransactions plaidCategory group { id name } parent { id } }";
const MONTH: (&str, &str) = ("2026-03-01", "2026-03-31");

impl Person {
    async fn changed(&self, mutation: &str, input: Value) -> Value {
        self.put(&category_mutation(mutation), input).await
    }

    async fn refused(&self, mutation: &str, input: Value, field: &str) {
        let before = self.tree(true).await;
        self.try_put(&category_mutation(mutation), input).await.assert_invalid(field);
        assert_eq!(self.tree(true).await, before, "nothing is half done");
    }

    async fn conflicts(&self, mutation: &str, input: Value) {
        let before = self.tree(true).await;
        self.try_put(&category_mutation(mutation), input).await.assert_refused(200, "CONFLICT");
        assert_eq!(self.tree(true).await, before, "nothing is half done");
    }

    async fn own(&self, name: &str, parent: Option<&str>) -> String {
        let made = self.changed("create", json!({ "name": name, "parentId": parent })).await;
        assert_eq!(
            (&made["name"], &made["parent"]["id"], &made["isOwn"]),
            (&json!(name), &json!(parent), &json!(true))
        );
        text_of(&made["id"])
    }

    async fn tree(&self, archived: bool) -> Vec<Value> {
        let document = format!("query($archived: Boolean!) {{ categories(archived: $archived) {CATEGORY} }}");
        list_of(self.done(&document, json!({ "archived": archived })).await)
    }

    /// Sums of a month by what they are called: whole months are read from the sums, others from the rows.
    async fn spent_on(&self, by: &str, within: Option<&str>) -> Vec<(String, String)> {
        let document = "query($from: Date!, $to: Date!, $by: SpendingGrouping!, $within: ID) {
            spending(from: $from, to: $to, groupBy: $by, categoryId: $within) {
              totals { amount } groups { amount { amount } category { name } } converted { total { known { amount } } groups { amount { known { amount } } category { name } } } } }";
        let mut found = Vec::new();
        for to in [MONTH.1, "2026-04-01"] {
            let said = self.done(document, json!({ "from": MONTH.0, "to": to, "by": by, "within": within })).await;
            let named = |groups: &Value, amount: fn(&Value) -> &Value| -> Vec<(String, String)> {
                let groups = groups.as_array().expect("groups").iter();
                groups.map(|group| (text_of(&group["category"]["name"]), text_of(amount(&group["amount"])))).collect()
            };
            let groups = named(&said["groups"], |amount| &amount["amount"]);
            assert_eq!(
                named(&said["converted"]["groups"], |amount| &amount["known"]["amount"]),
                groups,
                "in one currency"
            );
            found.push(groups);
        }
        assert_eq!(found[0], found[1], "the sums are what the rows say");
        found.swap_remove(0)
    }

    async fn names(&self, category: &str) -> Vec<String> {
        let rows = self.listed(json!({ "categoryIds": [category] }), "DATE_DESCENDING", 50).await;
        let mut names: Vec<String> = rows.iter().map(|row| text_of(&row["descriptor"])).collect();
        names.sort();
        names
    }
}

fn category_mutation(verb: &str) -> String {
    let noun = if verb == "merge" { "Categories" } else { "Category" };
    let capital = verb[..1].to_uppercase() + &verb[1..];
    format!("mutation($input: {capital}{noun}Input!) {{ {verb}{noun}(input: $input) {CATEGORY} }}")
}

fn sums(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect()
}

on_both_sizes! {
    async fn a_household_has_categories_of_its_own(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let ours = anna.tree(true).await;
        assert_eq!((ours.len(), ours.iter().filter(|one| one["parent"].is_null()).count()), (129, 17));
        let of = |key: &str| text_of(&ours.iter().find(|one| one["key"] == key).expect(key)["id"]);
        let (food, groceries, coffee) = (of("FOOD_AND_DRINK"), of("FOOD_AND_DRINK_GROCERIES"), of("FOOD_AND_DRINK_COFFEE"));
        let delivery = ours.iter().find(|one| one["key"] == "FOOD_AND_DRINK_FOOD_DELIVERY").expect("known");
        assert_eq!((&delivery["icon"], &delivery["color"], &delivery["plaidCategory"]), (&json!("🛵"), &json!("#EA580C"), &json!("FOOD_AND_DRINK_RESTAURANT")));
        let codes = anna.done("query($id: ID!) { node(id: $id) { ... on Category { merchantCategoryCodes } } }", json!({ "id": groceries })).await;
        assert!(codes["merchantCategoryCodes"].as_array().expect("codes").contains(&json!(5411)), "{codes}");

        // Two levels below a category of ours, and a group.
        let organic = anna.own("Organic", Some(&groceries)).await;
        let vegetables = anna.own("Vegetables", Some(&organic)).await;
        let boat = anna.own("Boat", None).await;
        let tree = anna.tree(false).await;
        let found = |id: &str| tree.iter().find(|one| one["id"] == id).cloned().expect("listed");
        assert_eq!((&found(&vegetables)["group"]["id"], &found(&vegetables)["kind"]), (&json!(food), &json!("SPENDING")));
        assert_eq!((&found(&vegetables)["icon"], &found(&vegetables)["plaidCategory"]), (&json!("🛒"), &json!("FOOD_AND_DRINK_GROCERIES")));
        assert_eq!(found(&boat)["group"], Value::Null);
        let place = |id: &str| tree.iter().position(|one| one["id"] == id).expect("listed");
        assert!(place(&groceries) < place(&organic) && place(&organic) < place(&vegetables), "each before what is in it");

        // Once, however often it is asked.
        let input = json!({ "name": "Sails", "parentId": boat, "icon": "⛵", "color": "#00aa00", "idempotencyKey": "k" });
        let sails = anna.changed("create", input.clone()).await;
        assert_eq!(anna.changed("create", input.clone()).await, sails);
        assert_eq!((&sails["icon"], &sails["color"]), (&json!("⛵"), &json!("#00AA00")));
        let mut other = input;
        other["name"] = json!("Oars");
        anna.conflicts("create", other).await;

        // Rows, lists and sums.
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let enter = async |text: &str, amount: &str, category: &str| {
            let mut input = entry(&purse, "2026-03-05", amount, text);
            input["categoryId"] = json!(category);
            text_of(&anna.put(CREATE, input).await["id"])
        };
        let a = enter("A", "-1", &groceries).await;
        enter("B", "-2", &organic).await;
        enter("C", "-4", &vegetables).await;
        enter("D", "-8", &coffee).await;
        enter("E", "-16", &boat).await;
        assert_eq!(anna.names(&groceries).await, ["A", "B", "C"]);
        assert_eq!(anna.names(&food).await, ["A", "B", "C", "D"]);
        assert_eq!(anna.spent_on("CATEGORY", None).await, sums(&[("Boat", "16.00"), ("Coffee", "8.00"), ("Vegetables", "4.00"), ("Organic", "2.00"), ("Groceries", "1.00")]));
        assert_eq!(anna.spent_on("GROUP", None).await, sums(&[("Boat", "16.00"), ("Food & Drink", "15.00")]));
        assert_eq!(anna.spent_on("GROUP", Some(&food)).await, sums(&[("Coffee", "8.00"), ("Groceries", "7.00")]));
        assert_eq!(anna.spent_on("GROUP", Some(&groceries)).await, sums(&[("Organic", "6.00"), ("Groceries", "1.00")]));
        assert_eq!(anna.spent_on("CATEGORY", Some(&organic)).await, sums(&[("Vegetables", "4.00"), ("Organic", "2.00")]));

        // Moved, renamed; a budget covers what is in it now.
        let budget = async |category: &str, amount: &str| {
            anna.put(SET_BUDGET, json!({ "categoryId": category, "amount": amount, "currency": "EUR", "from": "2026-03" })).await
        };
        assert_eq!(budget(&groceries, "100").await["spent"]["amount"], "7.00");
        anna.changed("update", json!({ "id": vegetables, "parentId": boat, "name": "Provisions" })).await;
        assert_eq!(budget(&groceries, "100").await["spent"]["amount"], "3.00");
        assert_eq!(anna.spent_on("GROUP", None).await, sums(&[("Boat", "20.00"), ("Food & Drink", "11.00")]));
        let kaffee = anna.changed("update", json!({ "id": coffee, "name": "Kaffee", "icon": "🫖" })).await;
        assert_eq!((&kaffee["name"], &kaffee["icon"], &kaffee["key"]), (&json!("Kaffee"), &json!("🫖"), &json!("FOOD_AND_DRINK_COFFEE")));
        let again = anna.changed("update", json!({ "id": coffee, "name": null, "icon": null })).await;
        assert_eq!((&again["name"], &again["icon"]), (&json!("Coffee"), &json!("☕")));

        // Archived it is not offered, and what it was stays.
        assert_eq!(anna.changed("archive", json!({ "id": boat })).await["isArchived"], true);
        assert!(!anna.tree(false).await.iter().any(|one| [&boat, &vegetables].map(|id| json!(id)).contains(&one["id"])));
        anna.try_put(UPDATE, json!({ "id": a, "categoryId": vegetables })).await.assert_invalid("categoryId");
        assert_eq!(anna.spent_on("GROUP", None).await, sums(&[("Boat", "20.00"), ("Food & Drink", "11.00")]));
        anna.changed("archive", json!({ "id": boat, "isArchived": false })).await;
        anna.put(UPDATE, json!({ "id": a, "categoryId": vegetables })).await;
        assert_eq!(anna.names(&boat).await, ["A", "C", "E"]);

        // What is anna's is nobody else's.
        assert_eq!(berta.tree(true).await, ours);
        for id in [&boat, &vegetables] {
            berta.node(id).await.assert_refused(200, "NOT_FOUND");
            berta.try_put(&category_mutation("update"), json!({ "id": id, "name": "Mine" })).await.assert_refused(200, "NOT_FOUND");
            berta.try_put(&category_mutation("create"), json!({ "name": "Mine", "parentId": id })).await.assert_refused(200, "NOT_FOUND");
        }
        house.until_idle().await;
        assert_eq!(house.verify().await, Vec::<Value>::new());
        house.end(vec![running]).await;
    }

    async fn merged_categories_are_one_for_the_past_too(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let (coffee, restaurant) = (anna.category("FOOD_AND_DRINK_COFFEE").await, anna.category("FOOD_AND_DRINK_RESTAURANT").await);
        let espresso = anna.own("Espresso", Some(&coffee)).await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let enter = async |text: &str, amount: &str, category: &str| {
            let mut input = entry(&purse, "2026-03-05", amount, text);
            input["categoryId"] = json!(category);
            anna.put(CREATE, input).await
        };
        enter("A", "-1", &coffee).await;
        enter("B", "-2", &espresso).await;
        enter("C", "-4", &restaurant).await;
        let budget = async |category: &str, amount: Value, from: &str| {
            anna.put(SET_BUDGET, json!({ "categoryId": category, "amount": amount, "currency": "EUR", "from": from })).await
        };
        budget(&coffee, json!("10"), "2026-01").await;
        budget(&coffee, json!("20"), "2026-03").await;
        budget(&coffee, Value::Null, "2026-05").await;
        budget(&restaurant, json!("100"), "2026-02").await;

        let into = anna.changed("merge", json!({ "fromId": coffee, "intoId": restaurant })).await;
        assert_eq!(into["id"], restaurant);
        let moved = anna.tree(false).await.into_iter().find(|one| one["id"] == espresso).expect("there");
        assert_eq!(moved["parent"]["id"], restaurant);
        assert_eq!(anna.changed("merge", json!({ "fromId": coffee, "intoId": restaurant })).await, into, "again is no error");
        assert!(!anna.tree(true).await.iter().any(|one| one["id"] == coffee));
        assert_eq!(anna.spent_on("CATEGORY", None).await, sums(&[("Restaurants", "5.00"), ("Espresso", "2.00")]));
        assert_eq!(anna.names(&restaurant).await, ["A", "B", "C"]);
        // Whatever finds the one from now on finds the other.
        let found = enter("STARBUCKS", "-8", &coffee).await;
        assert_eq!(found["category"]["id"], restaurant);
        let automatic = anna.put(CREATE, entry(&purse, "2026-03-06", "-16", "STARBUCKS 0815")).await;
        assert_eq!((&automatic["category"]["id"], &automatic["isCategoryLocked"]), (&json!(restaurant), &json!(false)));
        assert_eq!(anna.names(&coffee).await, anna.names(&restaurant).await);
        assert_eq!(anna.spent_on("CATEGORY", None).await, sums(&[("Restaurants", "29.00"), ("Espresso", "2.00")]));
        // What was meant for either is meant for both.
        let budgets = "query($month: Month!) { budgets(month: $month) { category { id } amount { amount } spent { amount } } }";
        for (month, amount, spent) in [("2026-01", "10.00", "0.00"), ("2026-02", "110.00", "0.00"), ("2026-03", "120.00", "31.00"), ("2026-05", "100.00", "0.00")] {
            let said = anna.done(budgets, json!({ "month": month })).await;
            let expected = json!([{ "category": { "id": restaurant }, "amount": { "amount": amount }, "spent": { "amount": spent } }]);
            assert_eq!(said, expected, "{month}");
        }

        // What was archived with it stays so; what it was in was meant to cover it, and is called as it may be called itself.
        let (old, new) = (anna.own("Old", None).await, anna.own("New", None).await);
        let in_old = anna.own("In it", Some(&old)).await;
        anna.changed("archive", json!({ "id": old })).await;
        anna.changed("merge", json!({ "fromId": old, "intoId": new })).await;
        let moved = anna.tree(true).await.into_iter().find(|one| one["id"] == in_old).expect("there");
        assert_eq!((&moved["parent"]["id"], &moved["isArchived"]), (&json!(new), &json!(true)));
        let inner = anna.own("Twice", Some(&new)).await;
        anna.own("Twice", Some(&inner)).await;
        budget(&new, json!("500"), "2026-03").await;
        budget(&inner, json!("100"), "2026-03").await;
        anna.changed("merge", json!({ "fromId": inner, "intoId": new })).await;
        assert_eq!(budget(&new, json!("500"), "2026-04").await["amount"]["amount"], "500.00");
        let march = anna.done(budgets, json!({ "month": "2026-03" })).await;
        let of_new = march.as_array().expect("budgets").iter().filter(|one| one["category"]["id"] == json!(new));
        assert_eq!(of_new.map(|one| one["amount"]["amount"].clone()).collect::<Vec<_>>(), ["500.00"]);
        house.until_idle().await;
        assert_eq!(house.verify().await, Vec::<Value>::new());
        house.end(vec![running]).await;
    }

    async fn a_budget_is_never_of_a_category_that_is_another_one_now(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let all = "query($month: Month!) { budgets(month: $month) { category { id } amount { amount } } }";
        for round in 0..8 {
            let (from, into) = (anna.own(&format!("From {round}"), None).await, anna.own(&format!("Into {round}"), None).await);
            let set = || anna.put(SET_BUDGET, json!({ "categoryId": from, "amount": "10", "currency": "EUR", "from": "2026-03" }));
            let merge = async { anna.changed("merge", json!({ "fromId": from, "intoId": into })).await };
            tokio::join!(set(), set(), merge, set(), set());
            let said = anna.done(all, json!({ "month": "2026-03" })).await;
            let of_both = said.as_array().expect("budgets").iter().filter(|one| [json!(from), json!(into)].contains(&one["category"]["id"]));
            assert_eq!(of_both.map(|one| one["category"]["id"].clone()).collect::<Vec<_>>(), [json!(into)]);
        }
        house.until_idle().await;
        assert_eq!(house.verify().await, Vec::<Value>::new());
        house.end(vec![running]).await;
    }

    async fn transfers_are_found_among_own_categories_too(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let savings = anna.category("TRANSFER_OUT_SAVINGS").await;
        let plan = anna.own("My savings plan", Some(&savings)).await;
        let (giro, box_) = (account(&anna, "Giro", "EUR", "0").await, account(&anna, "Box", "EUR", "0").await);
        let mut out = entry(&giro, "2026-03-05", "-300", "DAUERAUFTRAG 17");
        out["categoryId"] = json!(plan);
        anna.put(CREATE, out).await;
        anna.put(CREATE, entry(&box_, "2026-03-06", "300", "TRANSFER FROM GIRO")).await;
        house.until_idle().await;
        let found = anna.done("{ transfers { edges { node { state } } } }", json!({})).await;
        assert_eq!(found["edges"], json!([{ "node": { "state": "CONFIRMED" } }]));
        house.end(vec![running]).await;
    }

    async fn a_category_says_who_says_so_and_why(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let (purse, box_) = (account(&anna, "Purse", "EUR", "0").await, account(&anna, "Box", "EUR", "0").await);
        // A name that means something else in another country: the account's currency says which.
        for (currency, key) in [("ZAR", "GENERAL_MERCHANDISE_DEPARTMENT_STORES"), ("AUD", "FOOD_AND_DRINK_GROCERIES")] {
            let there = account(&anna, currency, currency, "0").await;
            let bought = anna.put(CREATE, entry(&there, "2026-03-05", "-80", "WOOLWORTHS 1234")).await;
            assert_eq!(bought["category"]["id"], json!(anna.category(key).await), "{currency}");
        }
        let create = "mutation($input: CreateTransactionInput!) { createTransaction(input: $input) { id categorization { source confidence because } } }";
        let enter = async |account: &str, text: &str, amount: &str| {
            anna.put(create, entry(account, "2026-03-05", amount, text)).await
        };
        for (text, amount, source, because) in [
            ("SQ *STARBUCKS 0815", "-3.50", "SELLER", "“STARBUCKS” is how banks write Starbucks, a seller of this category."),
            ("FOREIGN TRANSACTION FEE", "-1", "PHRASE", "“FOREIGN TRANSACTION FEE” is what banks write for it."),
            ("EL CAMINO TAQUERIA", "-12", "TRADE_WORD", "“TAQUERIA” names what the merchant sells."),
            ("***", "-1", "NONE", "Nothing in its text is known."),
        ] {
            let said = enter(&purse, text, amount).await["categorization"].clone();
            assert_eq!((&said["source"], &said["because"]), (&json!(source), &json!(because)));
            let confidence = said["confidence"].as_f64().expect("a number");
            assert!((source == "NONE") == (confidence == 0.0) && confidence < 1.0, "{said}");
            // A list has it at hand, and says the same.
            let listed = "query($text: String!) { transactions(filter: {text: $text}) { edges { node { categorization { source confidence because } } } } }";
            assert_eq!(anna.done(listed, json!({ "text": text })).await["edges"][0]["node"]["categorization"], said);
        }
        let out = text_of(&enter(&purse, "TO THE BOX", "-80").await["id"]);
        let into = text_of(&enter(&box_, "FROM THE PURSE", "80").await["id"]);
        let flights = anna.category("TRAVEL_FLIGHTS").await;
        let update = "mutation($input: UpdateTransactionInput!) { updateTransaction(input: $input) { categorization { source confidence because } } }";
        let chosen = anna.put(update, json!({ "id": into, "categoryId": flights })).await;
        assert_eq!(chosen["categorization"], json!({ "source": "PERSON", "confidence": 1.0, "because": "A person chose it." }));
        let link = "mutation($input: LinkTransferInput!) { linkTransfer(input: $input) { in { categorization { source because } } } }";
        let linked = anna.put(link, json!({ "outId": out, "inId": into })).await;
        assert_eq!(linked["in"]["categorization"]["because"], "It is a side of a transfer between accounts of the household.");
        house.end(vec![running]).await;
    }

    async fn what_cannot_be_a_category_is_refused_and_changes_nothing(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let of = async |key: &str| anna.category(key).await;
        let (food, coffee, wages, nothing) = (of("FOOD_AND_DRINK").await, of("FOOD_AND_DRINK_COFFEE").await, of("INCOME_WAGES").await, of("UNCATEGORIZED").await);
        let boat = anna.own("Boat", None).await;
        let sails = anna.own("Sails", Some(&boat)).await;
        for (input, field) in [
            (json!({ "name": " " }), "name"),
            (json!({ "name": "x".repeat(101) }), "name"),
            (json!({ "name": "a\u{0}b" }), "name"),
            (json!({ "name": "A", "icon": "" }), "icon"),
            (json!({ "name": "A", "icon": "i".repeat(33) }), "icon"),
            (json!({ "name": "A", "color": "red" }), "color"),
            (json!({ "name": "A", "color": "#12345g" }), "color"),
            (json!({ "name": "A", "parentId": "cat_1" }), "parentId"),
            (json!({ "name": "A", "parentId": nothing }), "parentId"),
            (json!({ "name": "A", "parentId": wages, "kind": "SPENDING" }), "kind"),
        ] {
            anna.refused("create", input, field).await;
        }
        for (input, field) in [
            (json!({ "id": boat, "name": null }), "name"),
            (json!({ "id": boat, "parentId": boat }), "parentId"),
            (json!({ "id": boat, "parentId": sails }), "parentId"),
            (json!({ "id": boat, "parentId": wages }), "parentId"),
            (json!({ "id": coffee, "parentId": boat }), "parentId"),
            (json!({ "id": coffee, "color": "#12" }), "color"),
        ] {
            anna.refused("update", input, field).await;
        }
        anna.refused("archive", json!({ "id": nothing }), "id").await;
        for (from, into) in [(&boat, &sails), (&coffee, &coffee), (&coffee, &wages), (&coffee, &food), (&coffee, &nothing)] {
            anna.refused("merge", json!({ "fromId": from, "intoId": into }), "intoId").await;
        }
        for from in [&nothing, &food] {
            anna.refused("merge", json!({ "fromId": from, "intoId": boat }), "fromId").await;
        }
        anna.conflicts("create", json!({ "name": "boat" })).await;
        anna.conflicts("create", json!({ "name": "COFFEE", "parentId": food })).await;
        anna.conflicts("update", json!({ "id": coffee, "name": "Groceries" })).await;
        let twin = anna.own("Boat", Some(&coffee)).await;
        anna.conflicts("update", json!({ "id": twin, "parentId": null })).await;
        // What is in it has a namesake there.
        let harbour = anna.own("Harbour", None).await;
        anna.own("sails", Some(&harbour)).await;
        anna.conflicts("merge", json!({ "fromId": boat, "intoId": harbour })).await;
        // What is archived keeps its name, and may be offered again.
        anna.changed("archive", json!({ "id": harbour })).await;
        anna.conflicts("create", json!({ "name": "Harbour" })).await;
        anna.changed("archive", json!({ "id": harbour, "isArchived": false })).await;
        // As deep as it goes, and no deeper.
        let mut at = boat.clone();
        for depth in 2..=32 {
            at = anna.own(&format!("Depth {depth}"), Some(&at)).await;
        }
        anna.refused("create", json!({ "name": "Too deep", "parentId": at }), "parentId").await;
        anna.refused("update", json!({ "id": boat, "parentId": harbour }), "parentId").await;
        let own = format!("{}{}", &at[..at.len() - 1], if at.ends_with('z') { 'y' } else { 'z' });
        anna.try_put(&category_mutation("archive"), json!({ "id": own })).await.assert_refused(200, "NOT_FOUND");
        anna.try_put(SET_BUDGET, json!({ "categoryId": wages, "amount": "1", "currency": "EUR" })).await.assert_invalid("categoryId");
        house.end(vec![running]).await;
    }
}
