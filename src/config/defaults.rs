//! The list of settings, read from the comments and values of `defaults.toml`.

use toml::{Table, Value};

/// The defaults as text; also the only list of keys, variables and accepted values.
const TEXT: &str = include_str!("defaults.toml");

/// One key that can be configured.
#[derive(Debug)]
pub(super) struct Setting {
    /// Dotted, as in `worker.lease_seconds`.
    pub key: String,
    /// The environment variable.
    pub variable: String,
    /// Secrets can also come from a file, and are never shown.
    pub secret: bool,
    /// Its type is the type that `florin.toml` must use.
    pub default: Value,
    /// What it is for, one paragraph.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test that writes the page asks for it"))]
    pub meaning: String,
    /// What it accepts, with the unit.
    pub accepted: String,
}

impl Setting {
    /// The variable that names a file with the value, for secrets.
    pub(super) fn file_variable(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.variable))
    }
}

/// Every setting, in the order of the file.
///
/// # Panics
/// When `defaults.toml` is not written as its head says; it is part of the program, and a test reads it.
pub(super) fn settings() -> Vec<Setting> {
    let values: Table = TEXT.parse().expect("defaults.toml is TOML");
    let mut settings = Vec::new();
    let mut table = None;
    let mut comment = Vec::new();
    for line in TEXT.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            table = Some(name.trim_end_matches(']'));
            comment.clear();
        } else if let Some((name, _)) = line.split_once(" = ") {
            settings.push(setting(&values, table, name, &comment.join(" ")));
            comment.clear();
        } else {
            comment.clear();
        }
    }
    settings
}

fn setting(values: &Table, table: Option<&str>, name: &str, comment: &str) -> Setting {
    let (key, default) = match table {
        Some(table) => (format!("{table}.{name}"), values[table].get(name)),
        None => (name.to_owned(), values.get(name)),
    };
    let parts = comment.split_once(" Accepted: ").and_then(|(meaning, rest)| {
        let (accepted, variables) = rest.split_once(" Environment: ")?;
        Some((meaning, accepted, variables))
    });
    let Some((meaning, accepted, variables)) = parts else {
        panic!("{key} in defaults.toml needs a comment with \"Accepted:\" and \"Environment:\"");
    };
    let (variable, secret) = match variables.split_once(" or ") {
        Some((variable, file)) if *file == format!("{variable}_FILE") => (variable, true),
        None => (variables, false),
        Some(_) => panic!("the environment of {key} in defaults.toml is NAME or NAME_FILE"),
    };
    Setting {
        default: default.expect("the key stands where the line says").clone(),
        key,
        variable: variable.to_owned(),
        secret,
        meaning: meaning.to_owned(),
        accepted: accepted.to_owned(),
    }
}
