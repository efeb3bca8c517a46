//! The command line: what it refuses, and how it says so.

use crate::house::{House, Size, on_both_sizes};

#[tokio::test]
async fn no_setting_at_all_works() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let said = house.command(&["doctor"]).await;
    assert!(said.contains("ok    master key: present"), "{said}");
    assert!(said.contains("ok    database: answers, schema up to date, 0 jobs waiting, 0 dead"), "{said}");
    let key = house.data().join("master.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&key.metadata().expect("a key").permissions());
    assert_eq!(mode & 0o777, 0o600);
    house.end(vec![running]).await;
}

#[tokio::test]
async fn a_worker_alone_needs_postgresql() {
    let refused = House::new(Size::Embedded).await.refused(&["worker"]).await;
    assert!(refused.stderr.contains("needs PostgreSQL"), "{}", refused.stderr);
}

#[tokio::test]
async fn every_problem_of_the_configuration_is_reported_at_once() {
    let house = House::new(Size::Embedded)
        .await
        .with("FLORIN_LISTEN", "everywhere")
        .with("FLORIN_WORKER_BULK_SLOTS", "0")
        .with("FLORIN_LISTN", "x");
    let refused = house.refused(&["doctor"]).await;
    for word in ["FLORIN_LISTEN", "FLORIN_WORKER_BULK_SLOTS", "FLORIN_LISTN"] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    assert_eq!(refused.status.code(), Some(2));
}

#[tokio::test]
async fn production_refuses_a_generated_key() {
    let house = House::new(Size::Embedded).await.with("DATABASE_URL", "postgres://localhost/florin");
    let refused = house.refused(&["serve"]).await;
    assert!(refused.stderr.contains("FLORIN_MASTER_KEY"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named() {
    let house = House::new(Size::Embedded).await.with("REDIS_URL", "redis+unix:///nowhere/redis.sock");
    let refused = house.refused(&["serve"]).await;
    assert!(refused.stderr.contains("Redis"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_table_of_descriptors_is_categorized_without_a_household() {
    let house = House::new(Size::Embedded).await;
    let path = house.data().join("table.tsv");
    let file = path.to_str().expect("UTF-8");
    let write = |text: &str| std::fs::write(&path, text).expect("writes");
    std::fs::create_dir_all(house.data()).expect("a folder");
    write("SQ *STARBUCKS 0815\t-3.50\tEUR\tDE\n***\t-1\tEUR\nWOOLWORTHS 1234\t-80.00\tZAR\tZA\n");
    let said = house.command(&["categorize", file]).await;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "group\tcategory\tmerchant\tconfidence\tsource");
    assert!(lines[1].starts_with("FOOD_AND_DRINK\tFOOD_AND_DRINK_COFFEE\tStarbucks\t0.85\tseller"), "{said}");
    assert_eq!(lines[2], "UNCATEGORIZED\tUNCATEGORIZED\t***\t0.00\tnone");
    assert!(lines[3].starts_with("GENERAL_MERCHANDISE\tGENERAL_MERCHANDISE_DEPARTMENT_STORES\tWoolworths\t"), "{said}");
    // A wrong line is named, and the others are answered, each beside its own.
    write("descriptor\tamount\nNETFLIX.COM\tmuch\nNETFLIX.COM\t-9.99\n");
    let refused = house.refused(&["categorize", file]).await;
    assert!(refused.stderr.contains("line 2: amount: must be a decimal"), "{}", refused.stderr);
    let lines: Vec<&str> = refused.stdout.lines().collect();
    assert_eq!((lines.len(), lines[1]), (3, "\t\t\t\t"));
    assert!(lines[2].contains("\tNetflix\t"), "{}", refused.stdout);
    write(
        "descriptor\tamount\tcategory_primary\tcategory_detailed\tlabel_kind\nNETFLIX.COM\t-9.99\tENTERTAINMENT\tENTERTAINMENT_TV_AND_MOVIES\thuman\n",
    );
    let score = house.command(&["categorize", "--score", file]).await;
    assert!(score.contains("human, surest 100 %            1     100.0        100.0           100.0"), "{score}");
    let report = house.command(&["train", "--report", file]).await;
    assert!(report.contains("1 lines: group right 100.0 %, category right 100.0 %"), "{report}");
    // A model is trained, with its report, from what is built in and what is labelled.
    let model = house.data().join("model.bin");
    let out = model.to_str().expect("UTF-8");
    house.command(&["train", "--lines", "1000", "--labelled", file, "--out", out]).await;
    assert!(std::fs::read(&model).expect("a model").starts_with(b"FLM1"));
    let measured = std::fs::read_to_string(model.with_extension("txt")).expect("its report");
    assert!(measured.contains("20000 lines: group right"), "{measured}");
    write("descriptor\tamount\tcategory_primary\nNETFLIX.COM\t-9.99\tENTERTAINMENT\n");
    let refused = house.refused(&["train", "--labelled", file, "--out", out]).await;
    assert!(refused.stderr.contains("has no line whose `category_detailed`"), "{}", refused.stderr);
}

on_both_sizes! {
    async fn verify_finds_what_is_broken_and_says_so_with_its_exit_code(house: House) {
        let blind = house.refused(&["verify"]).await;
        assert_eq!(blind.status.code(), Some(2), "{}", blind.stderr);
        assert!(blind.stderr.contains("florin migrate"), "{}", blind.stderr);
        house.command(&["migrate"]).await;
        let said = house.command(&["verify", "--archive"]).await;
        assert!(said.contains("1 households, 0 accounts, 0 transactions, 0 pages: 0 faults, 0 warnings"), "{said}");
        assert_eq!(house.sql("UPDATE household SET event_floor_seq = 7 WHERE id = 0").await, 1);
        assert_eq!(house.faults().await, [("event-number".to_owned(), 1)].into());
        let said = house.refused(&["verify", "--household", "hh_0000000000000"]).await;
        assert_eq!(said.status.code(), Some(1), "{}", said.stderr);
        assert!(said.stdout.contains("FAIL  event-number  hh_0000000000000: more events were removed"), "{}", said.stdout);
        let unknown = house.refused(&["verify", "--household", "hh_0000000000007"]).await;
        assert_eq!(unknown.status.code(), Some(2), "{}", unknown.stdout);
        assert!(unknown.stderr.contains("no such household"), "{}", unknown.stderr);
        let foreign = house.with("FLORIN_MASTER_KEY", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=");
        let other = foreign.refused(&["verify"]).await;
        assert_eq!(other.status.code(), Some(2), "{}", other.stdout);
        assert!(other.stderr.contains("the master key is not the one"), "{}", other.stderr);
    }

    async fn a_schema_that_is_behind_is_named_with_the_remedy(house: House) {
        for command in [&["jobs", "counts"][..], &["events"], &["doctor"]] {
            let refused = house.refused(command).await;
            let said = refused.stdout + &refused.stderr;
            assert!(said.contains("florin migrate"), "{command:?}: {said}");
        }
        house.command(&["migrate"]).await;
        house.command(&["migrate"]).await;
        house.command(&["doctor"]).await;
    }

    async fn bad_input_names_the_field_and_changes_nothing(house: House) {
        house.command(&["migrate"]).await;
        for (arguments, word) in [
            (&["jobs", "probe", "--count", "0"][..], "count"),
            (&["jobs", "probe", "--count", "1000001"], "count"),
            (&["jobs", "probe", "--lane", "fast"], "urgent, routine or bulk"),
            (&["jobs", "probe", "--group", "bank"], "a key, a colon and a cap"),
            (&["jobs", "probe", "--group", "bank:0"], "group"),
            (&["jobs", "probe", "--household", "hh_0000000000007"], "household"),
            (&["jobs", "probe", "--household", "job_0000000000007"], "hh_"),
            (&["jobs", "restart", "--all", "running"], "state"),
            (&["jobs", "restart"], "--all"),
            (&["jobs", "remove", "job_0000000000007"], "no such parked or dead job"),
            (&["jobs", "list", "--limit", "0"], "limit"),
            (&["events", "--household", "hh_0000000000007", "--follow"], "household"),
        ] {
            let refused = house.refused(arguments).await;
            assert!(refused.stderr.contains(word), "{arguments:?}: {}", refused.stderr);
        }
        house.until_idle().await;
        assert!(house.events(0).await.is_empty());
    }
}
