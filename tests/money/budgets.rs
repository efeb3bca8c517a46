//! Budgets and what is told of them: once for each threshold, whatever is pulled, restarted or moved to and fro.

use harness::within_a_minute;
use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    person::{DELETE, Linked, Person, REMOVE, SET_BUDGET, UPDATE, list_of},
};
use crate::{
    api::sockets::Follower,
    house::{House, on_both_sizes},
};

/// A customer to whom next to nothing happens by itself.
const QUIET: &str = "load-1";
/// Where the codes of these merchants lead.
const GIFTS: u16 = 5947;
const PETS: u16 = 5995;

const ALERTS: &str = "subscription($after: Cursor) { alerts(after: $after) \
    { cursor isGap alert { id kind category { id } month budget { amount currency } used { amount currency } } } }";
const CHANGES: &str = "subscription($after: Cursor) { transactionsChanged(after: $after) \
    { cursor isGap newCount changedCount goneCount isComplete goneIds transactions { id descriptor isPending amount { amount } note } } }";
const UPDATES: &str = "subscription($after: Cursor) { connectionUpdated(after: $after) \
    { cursor isGap connectionId connection { id status failure } } }";

/// What the household was told, the first first: kind, category and what was used.
async fn told(anna: &Person) -> Vec<(String, String, String)> {
    let all =
        list_of(anna.done("{ notifications(first: 200) { kind category { id } used { amount } } }", json!({})).await);
    let one =
        |alert: &Value| (text_of(&alert["kind"]), text_of(&alert["category"]["id"]), text_of(&alert["used"]["amount"]));
    all.iter().rev().map(one).collect()
}

/// The beginning of a household's events.
fn beginning() -> Value {
    json!("evt_0")
}

on_both_sizes! {
    async fn each_threshold_is_told_once(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let mut running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let mut anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, QUIET, 1).await;
        let currency = anna.accounts().await[1]["currency"].clone();
        let (gifts, group) =
            (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("GENERAL_MERCHANDISE").await);
        for (category, amount) in [(&gifts, "100"), (&group, "200.00")] {
            let input = json!({ "categoryId": category, "amount": amount, "currency": currency });
            let budget = anna.put(SET_BUDGET, input).await;
            assert_eq!((&budget["spent"]["amount"], &budget["pending"]["amount"]), (&json!("0.00"), &json!("0.00")), "it is quiet");
        }
        let told_live = Follower::of(ALERTS, &running, &anna.session, Some(&beginning()));
        let buy = async |amount: &str, text: &str, pending: bool| {
            bank.purchase(QUIET, 1, amount, text, json!({ "merchant_category_code": GIFTS, "pending": pending })).await
        };
        let approaching = ("BUDGET_APPROACHING".to_owned(), gifts.clone(), "80.00".to_owned());
        let exceeded = |category: &String| ("BUDGET_EXCEEDED".to_owned(), category.clone(), "200.01".to_owned());

        buy("-79.99", "QZX ONE", false).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!(told(&anna).await, []);
        // What is pending counts.
        let pending = buy("-0.01", "QZX TWO", true).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!(told(&anna).await, std::slice::from_ref(&approaching));
        bank.book(QUIET, &pending, json!({})).await;
        // All of it is not more than all of it.
        buy("-20.00", "QZX THREE", false).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!(told(&anna).await, std::slice::from_ref(&approaching));
        // The category goes beyond its budget, the group passes both thresholds at once.
        buy("-100.01", "QZX FOUR", false).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        let mut all = told(&anna).await;
        assert_eq!(all[0], approaching);
        all[1..].sort_unstable();
        let mut expected = [exceeded(&gifts), exceeded(&group)];
        expected.sort_unstable();
        assert_eq!(all[1..], expected);

        let heard = told_live.hears(3).await;
        let replayed = Follower::of(ALERTS, &running, &anna.session, Some(&heard[0]["cursor"]));
        assert_eq!(replayed.hears(2).await, heard[1..]);
        let kinds: Vec<_> = heard.iter().map(|one| &one["alert"]["kind"]).collect();
        assert_eq!(kinds, ["BUDGET_APPROACHING", "BUDGET_EXCEEDED", "BUDGET_EXCEEDED"]);
        assert_eq!(heard[0]["alert"]["budget"], json!({ "amount": "100.00", "currency": currency }));

        // Nothing of this is told twice: not when it is pulled again, restarted, or moved to and fro.
        let before = told(&anna).await;
        house.stop(vec![running]).await;
        running = house.serve().await;
        anna = anna.at(&running);
        linked.refresh(&anna).await;
        let id = anna.found("QZX FOUR").await["id"].clone();
        let groceries = anna.category("FOOD_AND_DRINK_GROCERIES").await;
        for category in [&groceries, &gifts, &groceries, &gifts] {
            anna.put(UPDATE, json!({ "id": id, "categoryId": category })).await;
            house.until_idle().await;
        }
        anna.put(SET_BUDGET, json!({ "categoryId": gifts, "amount": "50", "currency": currency })).await;
        house.until_idle().await;
        assert_eq!(told(&anna).await, before);
        drop((told_live, replayed));
        house.end(vec![running]).await;
    }

    async fn budgets_say_what_was_spent(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, QUIET, 1).await;
        let currency = anna.accounts().await[1]["currency"].clone();
        let (pets, group) = (anna.category("GENERAL_MERCHANDISE_PET_SUPPLIES").await, anna.category("GENERAL_MERCHANDISE").await);
        for (amount, pending) in [("-30.00", false), ("-5.50", true), ("4.00", false)] {
            let more = json!({ "merchant_category_code": PETS, "pending": pending });
            bank.purchase(QUIET, 1, amount, "QZX PETS", more).await;
        }
        linked.refresh(&anna).await;
        let month = bank.today().await.to_string()[..7].to_owned();
        let listed = async |month: &str| {
            let document = "query($month: Month!) { budgets(month: $month) { category { id } month amount { amount } \
                spent { amount } pending { amount } remaining { amount } } }";
            list_of(anna.done(document, json!({ "month": month })).await)
        };
        for category in [&pets, &group] {
            let budget = anna.put(SET_BUDGET, json!({ "categoryId": category, "amount": "40.5", "currency": currency })).await;
            let of = |field: &str| budget[field]["amount"].clone();
            assert_eq!([of("amount"), of("spent"), of("pending"), of("remaining")], ["40.50", "26.00", "5.50", "14.50"]);
            assert_eq!((&budget["month"], &budget["category"]["id"]), (&json!(month), &json!(category)));
        }
        assert_eq!(listed(&month).await.len(), 2);
        assert_eq!(listed("2026-01").await, Vec::<Value>::new(), "earlier months stay as they were");
        let later = listed("2199-12").await;
        assert_eq!(later.iter().map(|budget| &budget["spent"]["amount"]).collect::<Vec<_>>(), ["0.00", "0.00"]);
        let ended = anna.put(SET_BUDGET, json!({ "categoryId": pets, "amount": null, "currency": currency })).await;
        assert_eq!(ended, json!(null));
        let left = listed(&month).await;
        assert_eq!(left.iter().map(|budget| &budget["category"]["id"]).collect::<Vec<_>>(), [&json!(group)]);
        house.end(vec![running]).await;
    }

    async fn changes_are_heard_and_heard_again(house: House) {
        let (house, banking) = house.with_sandbox().await;
        // The jobs run in the one process, the sockets are in the other.
        let processes = vec![house.serve().await, house.second().await];
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&processes[0], "anna@example.org").await;
        let changes = Follower::of(CHANGES, &processes[1], &anna.session, Some(&beginning()));
        let updates = Follower::of(UPDATES, &processes[1], &anna.session, Some(&beginning()));
        let mut linked = Linked::new(&anna, &bank, "anna", 3).await;
        let here = anna.transactions().await.len();
        let count = |heard: &[Value], field: &str| -> u64 { heard.iter().filter_map(|one| one[field].as_u64()).sum() };
        within_a_minute("all rows are heard of", async || {
            let heard = changes.heard();
            (count(&heard, "newCount") - count(&heard, "goneCount") == here as u64).then_some(())
        })
        .await;
        let first = changes.heard().last().expect("a change")["cursor"].clone();
        let linked_at = within_a_minute("the link is heard of", async || {
            updates.heard().iter().find(|one| one["connection"]["status"] == "ACTIVE").cloned()
        })
        .await;
        assert_eq!((text_of(&linked_at["connectionId"]), &linked_at["isGap"]), (linked.connection.clone(), &json!(false)));

        bank.purchase("anna", 2, "-3.21", "HEARD OF", json!({ "pending": true })).await;
        linked.refresh(&anna).await;
        let id = anna.found("HEARD OF").await["id"].clone();
        anna.put(UPDATE, json!({ "id": id, "note": "heard" })).await;
        anna.done(DELETE, json!({ "id": id })).await;
        let heard = within_a_minute("the end is heard of", async || {
            Some(changes.heard()).filter(|heard| heard.last().is_some_and(|last| last["goneCount"] == 1 && last["goneIds"] == json!([id])))
        })
        .await;
        // Whoever was away meanwhile hears the same, as it is now.
        let place = heard.iter().position(|one| one["cursor"] == first).expect("the place") + 1;
        let late = Follower::of(CHANGES, &processes[0], &anna.session, Some(&first));
        let late = late.hears(heard.len() - place).await;
        let counts = |one: &Value| ["cursor", "newCount", "changedCount", "goneCount", "isComplete"].map(|field| one[field].clone());
        assert_eq!(late.iter().map(counts).collect::<Vec<_>>(), heard[place..].iter().map(counts).collect::<Vec<_>>());
        let [.., new, noted, gone] = heard.as_slice() else { panic!("not three: {heard:?}") };
        assert_eq!([&new["newCount"], &noted["changedCount"], &gone["goneCount"]], [1, 1, 1].map(Value::from).each_ref());
        assert!([new, noted, gone].iter().all(|one| one["isComplete"] == true && one["isGap"] == false));

        let before = updates.heard().len();
        anna.put(REMOVE, json!({ "id": linked.connection })).await;
        let heard = updates.hears(before + 1).await;
        let last = heard.last().expect("an update");
        assert_eq!((&last["connectionId"], &last["connection"]), (&json!(linked.connection), &json!(null)));
        let replayed = Follower::of(UPDATES, &processes[0], &anna.session, Some(&linked_at["cursor"]));
        let after = heard.iter().position(|one| one["cursor"] == linked_at["cursor"]).expect("the place") + 1;
        let cursors = |all: &[Value]| all.iter().map(|one| one["cursor"].clone()).collect::<Vec<_>>();
        assert_eq!(cursors(&replayed.hears(heard.len() - after).await), cursors(&heard[after..]));
        drop((changes, updates, replayed));
        house.end(processes).await;
    }
}
