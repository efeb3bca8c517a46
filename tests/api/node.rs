//! Node.js, for the reference clients of GraphQL.

use std::{env, path::Path};

use harness::process::Florin;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");

/// Node.js, ready to run a [`script`].
///
/// # Panics
/// When it or one of the clients is missing; the message says what to run.
pub(super) fn node() -> Florin {
    let folders = env::var_os("PATH").unwrap_or_default();
    let node = env::split_paths(&folders).map(|folder| folder.join("node")).find(|path| path.is_file());
    let node = node.expect("the tests need Node.js 20 or newer: apt-get install nodejs npm");
    let installed = Path::new(FOLDER).join("node_modules/.package-lock.json");
    assert!(installed.is_file(), "the tests need the reference clients of GraphQL: npm ci --prefix tests/node");
    Florin::new(&node)
}

/// The path of a script of ours.
pub(super) fn script(name: &str) -> String {
    format!("{FOLDER}/{name}")
}
