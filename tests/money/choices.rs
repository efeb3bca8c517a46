//! What a person chose for one line is chosen for its merchant: lines to come have it, those that are there get it when the person asks,
//! and what a person has set stays.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    exchange::today,
    manual::{account, entry},
    merchants::MERGE,
    person::{CREATE, Person, UPDATE, list_of},
};
use crate::{
    house::on_both_sizes,
    statement::{IMPORT, file::upload},
};

const CHOICES: &str = "{ merchantChoices { id merchant { name } direction isPhrase category { id } } }";
const FORGET: &str = "mutation($id: ID!) { forgetMerchantChoice(id: $id) }";
const ALIKE: &str = "mutation($input: CategorizeAlikeInput!) { categorizeAlike(input: $input) { count } }";
const QUEUE: &str = "query($first: Int) { reviewQueue(first: $first) {
    itemCount transactionCount items { transaction { id } count total { known { amount } } } } }";
pub(super) const CONFIRM: &str =
    "mutation($input: ConfirmCategoriesInput!) { confirmCategories(input: $input) { transactions { id } } }";
const WHY: &str = "query($id: ID!) { node(id: $id) { ... on Transaction {
    alikeCount isCategoryLocked category { id } categorization { source confidence because } } } }";

impl Person {
    pub(super) async fn enter(&self, account: &str, text: &str, amount: &str) -> String {
        text_of(&self.put(CREATE, entry(account, "2026-03-05", amount, text)).await["id"])
    }

    pub(super) async fn why(&self, id: &str) -> Value {
        self.done(WHY, json!({ "id": id })).await
    }

    /// Whether it is of a category, and who says so.
    pub(super) async fn is_of(&self, id: &str, category: &str, source: &str) {
        let why = self.why(id).await;
        assert_eq!(
            (&why["category"]["id"], &why["categorization"]["source"]),
            (&json!(category), &json!(source)),
            "{why}"
        );
    }

    pub(super) async fn choose(&self, id: &str, category: &str) {
        self.put(UPDATE, json!({ "id": id, "categoryId": category })).await;
    }

    async fn choices(&self) -> Vec<Value> {
        list_of(self.done(CHOICES, json!({})).await)
    }

    /// How many items, how many transactions, and of each item what stands for it, how many it is, and what they come to.
    async fn queue(&self, first: u64) -> (Value, Value, Vec<(String, u64, String)>) {
        let queue = self.done(QUEUE, json!({ "first": first })).await;
        let item = |item: &Value| {
            let total = text_of(&item["total"]["known"]["amount"]);
            (text_of(&item["transaction"]["id"]), item["count"].as_u64().expect("a count"), total)
        };
        let items = queue["items"].as_array().expect("items").iter().map(item).collect();
        (queue["itemCount"].clone(), queue["transactionCount"].clone(), items)
    }

    async fn alike(&self, id: &str) -> Value {
        self.put(ALIKE, json!({ "transactionId": id })).await["count"].clone()
    }
}

/// Enters two transactions of one merchant that the person calls otherwise; gives the first.
async fn enter_renamed(anna: &Person, purse: &str) -> String {
    let first = anna.enter(purse, "PLONKO ZED 0001", "-9").await;
    let second = anna.enter(purse, "PLONKO ZED 0003", "-9").await;
    for id in [&first, &second] {
        anna.put(UPDATE, json!({ "id": id, "merchantName": "My pub" })).await;
    }
    first
}

on_both_sizes! {
    async fn a_choice_is_for_the_merchants_lines_to_come(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, hers) = (account(&anna, "Purse", "EUR", "0").await, account(&berta, "Purse", "EUR", "0").await);
        let of = async |key: &str| anna.category(key).await;
        let (gifts, coffee, pets) = (of("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, of("FOOD_AND_DRINK_COFFEE").await, of("GENERAL_MERCHANDISE_PET_SUPPLIES").await);

        let first = anna.enter(&purse, "SQ *GREEN DOOR BOOKSHOP #12 OAKLAND CA", "-5").await;
        let before = anna.enter(&purse, "GREEN DOOR BOOKSHOP 0031", "-7").await;
        assert_eq!(anna.choices().await, Vec::<Value>::new());
        anna.choose(&first, &gifts).await;
        anna.is_of(&first, &gifts, "PERSON").await;
        let choices = anna.choices().await;
        assert_eq!(choices.len(), 1);
        assert_eq!(
            [&choices[0]["merchant"]["name"], &choices[0]["direction"], &choices[0]["isPhrase"], &choices[0]["category"]["id"]],
            [&json!("Green Door Bookshop"), &json!("OUT"), &json!(false), &json!(gifts)]
        );

        // What comes has it, however it is written; what is there, what comes back, and a bank's fee on it do not.
        let next = anna.enter(&purse, "POS PURCHASE GREEN DOOR BOOKSHOP 0077 AUSTIN TX", "-9").await;
        anna.is_of(&next, &gifts, "CHOICE").await;
        let why = anna.why(&next).await;
        assert_eq!((&why["isCategoryLocked"], &why["categorization"]["because"]), (&json!(false), &json!("Your household chose it for Green Door Bookshop before.")));
        for text in ["GREEN DOOR BOOKSHOP 0032", "FOREIGN TRANSACTION FEE GREEN DOOR BOOKSHOP"] {
            let id = anna.enter(&purse, text, if text.starts_with('G') { "9" } else { "-0.30" }).await;
            assert_ne!(anna.why(&id).await["categorization"]["source"], json!("CHOICE"), "{text}");
        }
        assert_ne!(anna.why(&before).await["category"]["id"], json!(gifts));
        let other = berta.enter(&hers, "GREEN DOOR BOOKSHOP", "-9").await;
        assert_ne!(berta.why(&other).await["categorization"]["source"], json!("CHOICE"), "it is another household's");

        // Only this one: nothing is remembered. The latest choice holds.
        anna.put(UPDATE, json!({ "id": next, "categoryId": coffee, "remember": false })).await;
        let same = anna.enter(&purse, "GREEN DOOR BOOKSHOP 0078", "-9").await;
        anna.is_of(&same, &gifts, "CHOICE").await;
        anna.choose(&same, &pets).await;
        assert_eq!(anna.choices().await[0]["category"]["id"], json!(pets));
        anna.is_of(&anna.enter(&purse, "GREEN DOOR BOOKSHOP 0079", "-9").await, &pets, "CHOICE").await;
        anna.is_of(&first, &gifts, "PERSON").await;
        anna.is_of(&next, &coffee, "PERSON").await;

        // What a person calls a merchant does not hide whom the choice is for.
        let renamed = anna.enter(&purse, "ZXQWV KIOSK 0004", "-2").await;
        anna.put(UPDATE, json!({ "id": renamed, "merchantName": "The corner" })).await;
        anna.choose(&renamed, &coffee).await;
        anna.is_of(&anna.enter(&purse, "ZXQWV KIOSK 0009", "-2").await, &coffee, "CHOICE").await;

        // Nor does it part what is alike: it is its text that says who was paid.
        let pub_ = enter_renamed(&anna, &purse).await;
        let other = anna.enter(&purse, "PLONKO ZED 0002", "-9").await;
        anna.choose(&pub_, &coffee).await;
        assert_eq!(anna.why(&pub_).await["alikeCount"], json!(2));
        assert_eq!(anna.alike(&pub_).await, json!(2));
        assert_eq!(anna.why(&other).await["alikeCount"], json!(0));
        for row in anna.with_text("PLONKO").await {
            assert_eq!(row["category"]["id"], json!(coffee), "{row}");
        }

        // A line that names nobody is like no other; and that somebody does not know is nothing to remember.
        let check = anna.enter(&purse, "CHECK 1001", "-1").await;
        anna.choose(&check, &coffee).await;
        let unknown = anna.category("UNCATEGORIZED").await;
        let next_kiosk = anna.enter(&purse, "VRXUM 0001", "-1").await;
        anna.choose(&next_kiosk, &unknown).await;
        let nameless = anna.enter(&purse, "***", "-1").await;
        anna.choose(&nameless, &coffee).await;
        assert_eq!(anna.choices().await.len(), 3);

        // An archived category waits, one that was merged is what it has become.
        let archive = "mutation($input: ArchiveCategoryInput!) { archiveCategory(input: $input) { id } }";
        anna.put(archive, json!({ "id": pets })).await;
        assert_ne!(anna.why(&anna.enter(&purse, "GREEN DOOR BOOKSHOP 0080", "-9").await).await["category"]["id"], json!(pets));
        anna.put(archive, json!({ "id": pets, "isArchived": false })).await;
        anna.is_of(&anna.enter(&purse, "GREEN DOOR BOOKSHOP 0081", "-9").await, &pets, "CHOICE").await;
        let merge = "mutation($input: MergeCategoriesInput!) { mergeCategories(input: $input) { id } }";
        anna.put(merge, json!({ "fromId": pets, "intoId": gifts })).await;
        anna.is_of(&anna.enter(&purse, "GREEN DOOR BOOKSHOP 0082", "-9").await, &gifts, "CHOICE").await;

        // Forgotten.
        let choice = text_of(&anna.choices().await.iter().find(|one| one["merchant"]["name"] == "Green Door Bookshop").expect("kept")["id"]);
        berta.ask(FORGET, json!({ "id": choice })).await.assert_refused(200, "NOT_FOUND");
        assert_eq!(anna.done(FORGET, json!({ "id": choice })).await, json!(choice));
        anna.ask(FORGET, json!({ "id": choice })).await.assert_refused(200, "NOT_FOUND");
        let last = anna.enter(&purse, "GREEN DOOR BOOKSHOP 0083", "-9").await;
        assert_ne!(anna.why(&last).await["categorization"]["source"], json!("CHOICE"));
        anna.is_of(&same, &gifts, "PERSON").await;
        house.end(vec![running]).await;
    }

    async fn a_choice_is_heard_of_merchants_of_similar_names(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, hers) = (account(&anna, "Purse", "EUR", "0").await, account(&berta, "Purse", "EUR", "0").await);
        let (gifts, games) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("ENTERTAINMENT_VIDEO_GAMES").await);
        let source = async |of: &Person, id: &str| of.why(id).await["categorization"]["source"].clone();

        let before = anna.enter(&purse, "PLONKO ZEDRIK VUXBURY", "-900").await;
        let was = anna.why(&before).await;
        let chosen = anna.enter(&purse, "PLONKO ZEDRIK 0001", "-5").await;
        anna.choose(&chosen, &gifts).await;
        let branch = anna.enter(&purse, "PLONKO ZEDRIK QUORRALTON", "-9").await;
        anna.is_of(&branch, &gifts, "SIMILAR").await;
        let why = anna.why(&branch).await;
        let confidence = why["categorization"]["confidence"].as_f64().expect("a number");
        assert!((0.5..0.9).contains(&confidence), "{confidence}");
        assert_eq!(
            (&why["isCategoryLocked"], &why["categorization"]["because"]),
            (&json!(false), &json!("Your household chose it for merchants of similar names."))
        );

        // What is there keeps what it has, and the person is asked about it in the light of what was chosen since.
        assert_eq!(anna.why(&before).await["category"], was["category"]);
        let queue = "{ reviewQueue(first: 1) { items { transaction { id } suggestedCategory { id } } } }";
        let asked = anna.done(queue, json!({})).await["items"][0].clone();
        assert_eq!(asked, json!({ "transaction": { "id": before }, "suggestedCategory": { "id": gifts } }));

        // What comes in, what is known for sure, a name that shares a word only, and other households' lines are none of it.
        for (text, amount) in [("PLONKO ZEDRIK HEXWICK", "9"), ("NETFLIX.COM PLONKO ZEDRIK", "-9"), ("FOREIGN TRANSACTION FEE PLONKO ZEDRIK HEXWICK", "-1"), ("PLONKO HEXWICK TRALDOR", "-9")] {
            let id = anna.enter(&purse, text, amount).await;
            assert_ne!(source(&anna, &id).await, json!("SIMILAR"), "{text}");
        }
        let other = berta.enter(&hers, "PLONKO ZEDRIK QUORRALTON", "-9").await;
        assert_ne!(source(&berta, &other).await, json!("SIMILAR"));

        // What the household chose for the very merchant goes before; a person's word stays; several that agree are surer.
        anna.choose(&branch, &games).await;
        anna.is_of(&anna.enter(&purse, "PLONKO ZEDRIK QUORRALTON 0003", "-9").await, &games, "CHOICE").await;
        anna.is_of(&anna.enter(&purse, "PLONKO ZEDRIK 0004", "-9").await, &gifts, "CHOICE").await;
        anna.is_of(&branch, &games, "PERSON").await;

        // A merchant that the person calls otherwise is still who its text names; a choice that is forgotten is not heard.
        let lesson = anna.enter(&purse, "TRALDOR HEXUMWELL", "-40").await;
        anna.put(UPDATE, json!({ "id": lesson, "merchantName": "Piano" })).await;
        anna.choose(&lesson, &games).await;
        anna.is_of(&anna.enter(&purse, "TRALDOR HEXUMWELL BRIMSKA", "-40").await, &games, "SIMILAR").await;
        for choice in anna.choices().await {
            anna.done(FORGET, json!({ "id": choice["id"] })).await;
        }
        let next = anna.enter(&purse, "TRALDOR HEXUMWELL QUOSTE", "-40").await;
        assert_ne!(source(&anna, &next).await, json!("SIMILAR"));
        assert_eq!(house.verify().await, Vec::<Value>::new());
        house.end(vec![running]).await;
    }

    async fn merchants_that_are_one_have_one_choice(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let (gifts, games) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("ENTERTAINMENT_VIDEO_GAMES").await);
        let mut ids = Vec::new();
        for (text, category) in [("ZXQWV 0001", &games), ("QWYLLA 0001", &gifts), ("HEXUM 0001", &games), ("VRXUM 0001", &gifts)] {
            let id = anna.enter(&purse, text, "-5").await;
            anna.choose(&id, category).await;
            ids.push(anna.merchant_of(&id).await.0);
        }
        // Into one that has a choice of its own, and into one that has none: there it is the latest.
        let plain = anna.merchant_of(&anna.enter(&purse, "PLONKO ZED", "-5").await).await.0;
        anna.put(MERGE, json!({ "merchantIds": [ids[1]], "intoId": ids[0] })).await;
        anna.put(MERGE, json!({ "merchantIds": [ids[2], ids[3]], "intoId": plain })).await;
        let choices = anna.choices().await;
        let shown: Vec<_> = choices.iter().map(|one| (one["merchant"]["name"].clone(), one["category"]["id"].clone())).collect();
        assert_eq!(shown, [(json!("Plonko Zed"), json!(gifts)), (json!("Zxqwv"), json!(games))]);
        for (text, category) in [("QWYLLA 0002", &games), ("HEXUM 0002", &gifts)] {
            anna.is_of(&anna.enter(&purse, text, "-5").await, category, "CHOICE").await;
        }
        // What is forgotten of one is forgotten of all.
        for choice in choices {
            anna.done(FORGET, json!({ "id": choice["id"] })).await;
        }
        assert_eq!(anna.choices().await, Vec::<Value>::new());
        for text in ["QWYLLA 0003", "ZXQWV 0003", "HEXUM 0003", "VRXUM 0003"] {
            let id = anna.enter(&purse, text, "-5").await;
            assert_ne!(anna.why(&id).await["categorization"]["source"], json!("CHOICE"), "{text}");
        }
        assert_eq!(house.verify().await, Vec::<Value>::new());
        house.end(vec![running]).await;
    }

    async fn lines_that_are_there_follow_when_a_person_asks(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let account = account(&anna, "Current", "EUR", "0").await;
        // More than one commit gives away.
        let row = |n: u32, text: &str, amount: &str| {
            format!("{}-{:02}-{:02},{text} {:04},{amount}\n", 2020 + n / 336, n / 28 % 12 + 1, n % 28 + 1, 1_000 + n)
        };
        let mut csv = "Date,Description,Amount\n".to_owned();
        for n in 0..1_300 {
            csv.push_str(&row(n, "GREEN DOOR BOOKSHOP", &format!("-{}.50", 1 + n % 9)));
            if n % 10 == 0 {
                csv.extend([row(n, "RED DOOR BOOKSHOP", "-2.00"), row(n, "GREEN DOOR BOOKSHOP", "2.00")]);
            }
        }
        let answer = upload(&anna.api, &anna.session.access, IMPORT, "rows.csv", csv.as_bytes(), json!({ "accountId": account })).await;
        assert_eq!(answer.done()["importStatement"]["refusal"], Value::Null);
        house.until_idle().await;
        let gifts = anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await;
        let coffee = anna.category("FOOD_AND_DRINK_COFFEE").await;
        let rows = anna.transactions().await;
        assert_eq!(rows.len(), 1_560);
        let is_green = |row: &&Value| text_of(&row["descriptor"]).starts_with("GREEN") && text_of(&row["amount"]["amount"]).starts_with('-');
        let green: Vec<&Value> = rows.iter().filter(is_green).collect();
        let (one, locked) = (text_of(&green[0]["id"]), text_of(&green[700]["id"]));
        anna.choose(&locked, &coffee).await;

        // Nobody has chosen its category; nobody else sees it; one that is not there.
        anna.try_put(ALIKE, json!({ "transactionId": one })).await.assert_refused(200, "CONFLICT");
        berta.try_put(ALIKE, json!({ "transactionId": one })).await.assert_refused(200, "NOT_FOUND");
        anna.try_put(ALIKE, json!({ "transactionId": "txn_1" })).await.assert_invalid("transactionId");

        anna.choose(&one, &gifts).await;
        assert_eq!(anna.why(&one).await["alikeCount"], json!(1_298));
        assert_eq!(anna.alike(&one).await, json!(1_298));
        // What comes after it is no part of what was asked for.
        anna.choose(&one, &coffee).await;
        anna.choose(&one, &gifts).await;
        house.until_idle().await;
        assert_eq!(anna.why(&one).await["alikeCount"], json!(0));
        assert_eq!(anna.alike(&one).await, json!(0), "again is no error");
        let after = anna.transactions().await;
        let of = |category: &str| after.iter().filter(|row| row["category"]["id"] == category).count();
        assert_eq!((of(&gifts), of(&coffee)), (1_299, 1));
        anna.is_of(&locked, &coffee, "PERSON").await;
        anna.assert_sums(&after, ("2020-01-01", "2024-12-31")).await;

        // The same file once more changes nothing.
        upload(&anna.api, &anna.session.access, IMPORT, "rows.csv", csv.as_bytes(), json!({ "accountId": account })).await;
        house.until_idle().await;
        assert_eq!(anna.transactions().await, after);
        house.end(vec![running]).await;
    }

    async fn what_is_uncertain_is_asked_about_the_most_money_first(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, yen) = (account(&anna, "Purse", "EUR", "0").await, account(&anna, "Yen", "JPY", "0").await);
        assert_eq!(anna.queue(20).await, (json!(0), json!(0), Vec::new()));
        let day = |ago: u64| today().checked_sub_days(chrono::Days::new(ago)).expect("a day").to_string();
        let enter = async |account: &str, ago: u64, text: &str, amount: &str| {
            text_of(&anna.put(CREATE, entry(account, &day(ago), amount, text)).await["id"])
        };
        // Names that say nothing; one is there twice, one came in, one is old, and one is sure.
        enter(&purse, 9, "ZXQWV 0001", "-30").await;
        let small = enter(&purse, 8, "ZXQWV 0002", "-40").await;
        let large = enter(&purse, 7, "QWYLLA HEXUM", "-500").await;
        let income = enter(&purse, 7, "ZXQWV", "2000").await;
        enter(&purse, 500, "VRXUM KNELL", "-9000").await;
        enter(&purse, 6, "NETFLIX.COM", "-9000").await;
        // Each by itself: they name nobody.
        let one = enter(&purse, 5, "***", "-3").await;
        let other = enter(&purse, 5, "###", "-2").await;
        // Nobody knows what it is worth: it counts by its number.
        let foreign = enter(&yen, 4, "MJOLK FYNDET", "-100").await;
        let asked = |of: &[(&str, u64, &str)]| -> Vec<(String, u64, String)> {
            of.iter().map(|(id, count, total)| ((*id).to_owned(), *count, (*total).to_owned())).collect()
        };
        let expected = asked(&[(&income, 1, "2000.00"), (&large, 1, "500.00"), (&small, 2, "70.00"), (&one, 1, "3.00"), (&other, 1, "2.00"), (&foreign, 1, "0.00")]);
        let (items, rows, shown) = anna.queue(20).await;
        assert_eq!((items, rows), (json!(6), json!(7)));
        let mut sorted = shown.clone();
        sorted.sort();
        let mut all = expected.clone();
        all.sort();
        assert_eq!(sorted, all);
        assert_eq!(shown[0], expected[0], "the most money is asked about first");
        assert_eq!(anna.queue(2).await, (json!(6), json!(7), shown[..2].to_vec()));
        assert_eq!(berta.queue(20).await.0, json!(0), "it is another household's");
        for first in [0, 101] {
            anna.ask(QUEUE, json!({ "first": first })).await.assert_invalid("first");
        }

        // What cannot be taken changes nothing.
        let (gifts, food) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("FOOD_AND_DRINK").await);
        let answer = |id: &str, category: &str| json!({ "transactionId": id, "categoryId": category });
        for (items, field) in [
            (json!([]), "items"),
            (json!([answer(&small, &gifts), answer(&small, &gifts)]), "items"),
            (json!([answer(&small, &gifts), answer(&large, &food)]), "categoryId"),
            (json!([answer(&small, "cat_1")]), "categoryId"),
        ] {
            anna.try_put(CONFIRM, json!({ "items": items })).await.assert_invalid(field);
        }
        berta.try_put(CONFIRM, json!({ "items": [answer(&small, &gifts)] })).await.assert_refused(200, "NOT_FOUND");
        assert_eq!((anna.queue(20).await.2, anna.choices().await), (shown, Vec::new()));

        // Two answers are for three transactions, and for those to come.
        let done = anna.put(CONFIRM, json!({ "items": [answer(&small, &gifts), answer(&one, &gifts)] })).await;
        assert_eq!(done["transactions"].as_array().map(Vec::len), Some(2));
        let (items, rows, _) = anna.queue(20).await;
        assert_eq!((items, rows), (json!(4), json!(4)));
        let sources: Vec<Value> = {
            let mut sources = Vec::new();
            for row in anna.with_text("ZXQWV 000").await {
                sources.push(anna.why(&text_of(&row["id"])).await["categorization"]["source"].clone());
            }
            sources
        };
        assert_eq!(sources, [json!("PERSON"), json!("CHOICE")]);
        anna.is_of(&enter(&purse, 1, "ZXQWV 0003", "-10").await, &gifts, "CHOICE").await;
        let rows = anna.transactions().await;
        anna.assert_sums(&rows, ("2020-01-01", &day(0))).await;
        house.end(vec![running]).await;
    }

    async fn a_file_that_names_categories_is_taken_at_its_word(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let account = account(&anna, "Current", "EUR", "0").await;
        let import = async |name: &str, text: &str| {
            let answer = upload(&anna.api, &anna.session.access, IMPORT, name, text.as_bytes(), json!({ "accountId": account })).await;
            assert_eq!(answer.done()["importStatement"]["refusal"], Value::Null);
            house.until_idle().await;
        };
        let source = async |text: &str| {
            let why = anna.why(&text_of(&anna.found(text).await["id"])).await;
            (text_of(&why["category"]["id"]), text_of(&why["categorization"]["source"]))
        };
        import("kept.csv", "Date,Description,Amount,Category\n2026-03-02,NETFLIX.COM,-9.99,Pet Food & Supplies\n\
            2026-03-03,ZXQWV HEXUM,-5.00,Shopping\n2026-03-04,QWYLLA KNELL,-6.00,Odds and ends\n2026-03-05,ACME GMBH,2000.00,Paycheck\n").await;
        let (pets, wages) = (anna.category("GENERAL_MERCHANDISE_PET_SUPPLIES").await, anna.category("INCOME_WAGES").await);
        assert_eq!(source("NETFLIX").await, (pets.clone(), "PROVIDER".to_owned()));
        assert_eq!(source("ACME").await, (wages, "PROVIDER".to_owned()));
        assert_ne!(source("QWYLLA").await.1, "PROVIDER", "nobody knows what that means here");
        // Nothing but the group is known of it, and that is right.
        let shop = anna.found("ZXQWV").await;
        let group = "query($id: ID!) { node(id: $id) { ... on Transaction { category { group { key } } } } }";
        assert_eq!(anna.done(group, json!({ "id": shop["id"] })).await["category"]["group"]["key"], json!("GENERAL_MERCHANDISE"));
        // A file of the bank's, which names none, has the same bookings and more to say of them: it takes no category away.
        import("bank.qif", "!Type:Bank\nD2026-03-02\nT-9.99\nPNETFLIX.COM\n^\nD2026-03-03\nT-5.00\nPZXQWV HEXUM LTD\n^\n").await;
        assert_eq!(anna.transactions().await.len(), 4);
        assert_eq!(source("NETFLIX").await, (pets.clone(), "PROVIDER".to_owned()));
        // What the household chooses goes before it.
        let coffee = anna.category("FOOD_AND_DRINK_COFFEE").await;
        anna.choose(&text_of(&anna.found("NETFLIX").await["id"]), &coffee).await;
        import("later.csv", "Date,Description,Amount,Category\n2026-04-02,NETFLIX.COM,-9.99,Pets\n2026-04-03,PLANTSTORE,-5.00,Gardening\n").await;
        let all = anna.with_text("NETFLIX").await;
        assert_eq!((all.len(), &all[0]["category"]["id"]), (2, &json!(coffee)));
        house.end(vec![running]).await;
    }
}
