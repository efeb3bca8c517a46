//! The floors of the house: a crate of ours depends on lower floors only, and each large library has its owners.
//! `docs/ARCHITECTURE.md` draws the picture; this keeps it true.

use std::process::Command;

use serde_json::Value;

/// Every crate of ours by its floor, lowest first.
const FLOORS: [&[&str]; 5] = [
    &["domain", "entity", "migration"],
    &["connector", "sandbox", "trainer"],
    &["service"],
    &["api", "worker"],
    &["florin"],
];

/// Crates for tests alone: they stand beside the floors, know no crate of ours, and may use any library.
const TEST_ONLY: [&str; 1] = ["harness"];

/// A library (with `*`: every library whose name begins so) and the only crates that may name it, in tests as well.
const OWNERS: [(&str, &[&str]); 8] = [
    ("sea-orm", &["entity", "migration", "service"]),
    ("sea-orm-migration", &["entity", "migration", "service"]),
    ("redis", &["service", "worker"]),
    ("reqwest", &["connector"]),
    ("lettre", &["connector"]),
    ("apalis*", &["worker"]),
    ("async-graphql", &["api"]),
    ("axum", &["api", "sandbox"]),
];

/// One line of a `Cargo.toml`: `from` names `to` as a dependency.
struct Arrow {
    from: String,
    to: String,
    /// Under `[dev-dependencies]`.
    dev: bool,
}

/// The crates of the workspace and every arrow that starts at one of them.
struct Graph {
    crates: Vec<String>,
    arrows: Vec<Arrow>,
}

#[test]
fn every_arrow_runs_downward() {
    let wrong = violations(&workspace());
    assert!(wrong.is_empty(), "the floors do not hold:\n- {}\n", wrong.join("\n- "));
}

/// What is wrong, a sentence each: the arrow and what to do.
fn violations(graph: &Graph) -> Vec<String> {
    let unplaced = graph.crates.iter().filter(|name| floor(name).is_none() && !is_test_only(name)).map(|name| {
        format!(
            "`{name}` stands on no floor: place it in FLOORS (or TEST_ONLY) of tests/floors.rs and in docs/ARCHITECTURE.md"
        )
    });
    unplaced.chain(graph.arrows.iter().filter_map(|arrow| violation(arrow, &graph.crates))).collect()
}

fn violation(arrow: &Arrow, crates: &[String]) -> Option<String> {
    let Arrow { from, to, dev } = arrow;
    if !crates.contains(to) {
        let (_, owners) = OWNERS.iter().find(|(library, _)| is_named(library, to))?;
        let free = owners.contains(&from.as_str()) || is_test_only(from);
        return (!free).then(|| {
            let owners = owners.join("`, `");
            format!("`{from}` → `{to}`: this library belongs to `{owners}`; ask one of them for what you need of it")
        });
    }
    if is_test_only(from) {
        return Some(format!("`{from}` → `{to}`: what tests stand on knows no crate of ours; pass in what it needs"));
    }
    if is_test_only(to) {
        return (!dev)
            .then(|| format!("`{from}` → `{to}`: this crate is for tests alone; move the line to [dev-dependencies]"));
    }
    // A crate without a floor is reported by its own sentence.
    let (above, below) = (floor(from)?, floor(to)?);
    let direction = match above.cmp(&below) {
        std::cmp::Ordering::Greater => return None,
        std::cmp::Ordering::Equal => "sideways",
        std::cmp::Ordering::Less => "upward",
    };
    Some(format!(
        "`{from}` (floor {above}) → `{to}` (floor {below}) runs {direction}: move what both need to a lower floor, \
         or let a higher floor join them"
    ))
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

fn is_test_only(name: &str) -> bool {
    TEST_ONLY.contains(&name)
}

fn is_named(library: &str, name: &str) -> bool {
    library.strip_suffix('*').map_or(library == name, |beginning| name.starts_with(beginning))
}

/// The graph of this workspace as cargo reads it.
fn workspace() -> Graph {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");
    let mut graph = Graph { crates: Vec::new(), arrows: Vec::new() };
    for package in list(&metadata, "packages") {
        graph.crates.push(text(package, "name"));
        for dependency in list(package, "dependencies") {
            // `name` is the library's own, also where the line renames it; `kind` is null, "build" or "dev".
            let dev = dependency["kind"] == "dev";
            graph.arrows.push(Arrow { from: text(package, "name"), to: text(dependency, "name"), dev });
        }
    }
    graph
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("no list `{key}` in what cargo metadata says"))
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in what cargo metadata says")).to_owned()
}

/// A graph with every crate on its floor and these arrows.
fn graph(arrows: &[(&str, &str, bool)]) -> Graph {
    let crates = FLOORS.iter().copied().flatten().chain(&TEST_ONLY).map(|&name| name.to_owned()).collect();
    let arrows =
        arrows.iter().map(|&(from, to, dev)| Arrow { from: from.to_owned(), to: to.to_owned(), dev }).collect();
    Graph { crates, arrows }
}

#[test]
fn good_arrows_pass() {
    let good = graph(&[
        ("florin", "domain", false),
        ("api", "service", false),
        ("service", "connector", false),
        ("connector", "domain", false),
        ("service", "harness", true),
        ("domain", "harness", true),
        ("service", "sea-orm", false),
        ("worker", "apalis-redis", false),
        ("sandbox", "axum", false),
        ("harness", "sea-orm", false),
        ("domain", "thiserror", false),
    ]);
    assert_eq!(violations(&good), Vec::<String>::new());
}

#[test]
fn every_bad_arrow_is_named() {
    let cases = [
        (("domain", "service", false), "`domain` (floor 0) → `service` (floor 2) runs upward"),
        (("service", "api", true), "`service` (floor 2) → `api` (floor 3) runs upward"),
        (("worker", "api", false), "`worker` (floor 3) → `api` (floor 3) runs sideways"),
        (("connector", "sandbox", true), "`connector` (floor 1) → `sandbox` (floor 1) runs sideways"),
        (("api", "sea-orm", false), "`api` → `sea-orm`: this library belongs to `entity`, `migration`, `service`"),
        (("api", "redis", true), "`api` → `redis`: this library belongs to `service`, `worker`"),
        (("service", "apalis-core", false), "`service` → `apalis-core`: this library belongs to `worker`"),
        (("florin", "axum", false), "`florin` → `axum`: this library belongs to `api`, `sandbox`"),
        (("florin", "harness", false), "`florin` → `harness`: this crate is for tests alone"),
        (("harness", "domain", true), "`harness` → `domain`: what tests stand on knows no crate of ours"),
    ];
    for (arrow, expected) in cases {
        let wrong = violations(&graph(&[("api", "domain", false), arrow]));
        assert!(wrong.len() == 1 && wrong[0].starts_with(expected), "{arrow:?}: {wrong:?}");
    }
}

#[test]
fn a_crate_without_a_floor_is_named_once() {
    let mut graph = graph(&[("florin", "attic", false), ("attic", "domain", false)]);
    graph.crates.push("attic".to_owned());
    let wrong = violations(&graph);
    assert!(wrong.len() == 1 && wrong[0].starts_with("`attic` stands on no floor: place it"), "{wrong:?}");
}
