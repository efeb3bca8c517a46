//! The page that describes the configuration, written from the defaults so that it cannot disagree with them.

use std::fmt::Write;

use toml::Value;

use super::defaults::settings;

/// The prose around the table.
const PAGE: &str = include_str!("document.md");

/// Where the table goes.
const TABLE: &str = "{{settings}}\n";

/// The text of `docs/CONFIGURATION.md`.
pub(crate) fn document() -> String {
    let mut table = String::from("| Key | Variable | Default | Meaning |\n|---|---|---|---|\n");
    for setting in settings() {
        let variables = match setting.file_variable() {
            Some(file) => format!("`{}`, `{file}`", setting.variable),
            None => format!("`{}`", setting.variable),
        };
        let default = match &setting.default {
            Value::String(text) if text.is_empty() => "empty".to_owned(),
            Value::Array(entries) if entries.is_empty() => "empty".to_owned(),
            value => format!("`{value}`"),
        };
        let meaning = format!("{} *Accepted: {}.*", setting.meaning, setting.accepted).replace('|', "\\|");
        let _ = writeln!(table, "| `{}` | {variables} | {default} | {meaning} |", setting.key);
    }
    PAGE.replace(TABLE, &table)
}
