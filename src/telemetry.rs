//! Logging: lines to the standard error stream, as text or JSON, as the configured filter asks.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{Log, LogFormat};

/// The crates whose lines we answer for. At a low level the others write headers, frames and statements, in which
/// tokens and amounts would reach the log, so they stay at warnings unless the filter names them.
const OURS: &[&str] =
    &["florin", "api", "connector", "domain", "entity", "migration", "sandbox", "service", "trainer", "worker"];

/// Silent unless named. The database driver writes slow statements as warnings, with their text; apalis writes as errors what
/// costs a doorbell (Redis away, flushed or restarted), which the sweep makes up for and `worker` logs at debug.
const SILENT: &[&str] = &["sqlx::query", "apalis"];

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

/// Starts logging for this process. A second call, as tests may make, changes nothing.
pub(crate) fn init(log: &Log) {
    let _ = subscriber(log, io::stderr, io::stderr().is_terminal()).try_init();
}

/// Says what is wrong with a filter.
pub(crate) fn check(filter: &str) -> Result<(), String> {
    if filter.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    for directive in directives(filter) {
        // A lone word that is no level would be taken for a part of the program, and silence all others.
        if !directive.contains(['=', '[']) && !LEVELS.contains(&directive.to_ascii_lowercase().as_str()) {
            return Err("has an entry that is neither a level nor part=level".to_owned());
        }
    }
    parse(filter).map(|_| ()).map_err(|_| "is not a valid filter".to_owned())
}

fn parse(filter: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    EnvFilter::builder()
        .with_default_directive(LevelFilter::OFF.into())
        .with_regex(false)
        .parse(directives(filter).collect::<Vec<_>>().join(","))
}

fn subscriber<W>(log: &Log, writer: W, terminal: bool) -> impl Subscriber + Send + Sync + 'static
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer::<Registry>().with_writer(writer);
    let layer = match log.format {
        // Colours as the library decides (NO_COLOR), but never into a file.
        LogFormat::Text if terminal => layer.boxed(),
        LogFormat::Text => layer.with_ansi(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    };
    // The configuration was refused if the filter is wrong.
    let wanted = parse(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let named = directives(&log.filter).map(|directive| target(directive).to_owned()).collect::<Vec<_>>();
    let quiet = filter_fn(move |metadata| permits(&named, metadata));
    tracing_subscriber::registry().with(layer.with_filter(wanted.and(quiet)))
}

/// Whether a line may appear that the filter itself lets through. `named` are the targets that the filter names.
fn permits(named: &[String], metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let ours = target.split("::").next().is_some_and(|name| OURS.contains(&name));
    if ours || named.iter().any(|name| !name.is_empty() && target.starts_with(name)) {
        return true;
    }
    *metadata.level() <= LevelFilter::WARN && !SILENT.iter().any(|name| target.starts_with(name))
}

/// The parts of a filter. (A comma between the fields of a span splits too, in the library as well.)
fn directives(filter: &str) -> impl Iterator<Item = &str> {
    filter.split(',').map(str::trim).filter(|directive| !directive.is_empty())
}

/// The target of a directive; nothing when it is only a level.
fn target(directive: &str) -> &str {
    directive.find(['=', '[']).map_or("", |end| &directive[..end])
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{debug, info, trace, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written with a filter while `body` runs.
    fn logged(filter: &str, format: LogFormat, body: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = Log { filter: filter.to_owned(), format };
        tracing::subscriber::with_default(subscriber(&log, move || writer.clone(), false), body);
        let bytes = lines.0.lock().expect("a lock").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    fn talk() {
        info!(target: "service::job", "ours-info");
        trace!(target: "worker", "ours-trace");
        warn!(target: "sqlx::query", "slow-statement");
        debug!(target: "sqlx::query", "statement");
        debug!(target: "h2::codec", "frame");
        warn!(target: "h2::codec", "trouble");
        tracing::error!(target: "apalis_core::worker", "doorbell");
    }

    fn words(filter: &str) -> Vec<String> {
        let text = logged(filter, LogFormat::Text, talk);
        text.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect()
    }

    #[test]
    fn libraries_are_quiet_unless_named() {
        assert_eq!(words("info"), ["ours-info", "trouble"]);
        assert_eq!(words("trace"), ["ours-info", "ours-trace", "trouble"]);
        assert_eq!(words("error"), [""; 0]);
        assert_eq!(words("off"), [""; 0]);
        assert_eq!(words("worker=trace"), ["ours-trace"]);
        assert_eq!(words("info,sqlx=debug"), ["ours-info", "slow-statement", "statement", "trouble"]);
        assert_eq!(words("warn,h2::codec=debug"), ["frame", "trouble"]);
    }

    #[test]
    fn json_is_one_object_a_line_and_text_has_no_colours() {
        let json = logged("info", LogFormat::Json, || info!(target: "api", rows = 3, "pulled"));
        assert!(json.starts_with('{') && json.ends_with("}\n"), "{json}");
        for part in [r#""level":"INFO""#, r#""message":"pulled""#, r#""rows":3"#, r#""target":"api""#] {
            assert!(json.contains(part), "{part} in {json}");
        }
        assert!(!logged("info", LogFormat::Text, talk).contains('\u{1b}'));
    }

    #[test]
    fn filters_are_checked() {
        for filter in
            ["info", "INFO", "off", "info,worker=debug", "service::job=trace , warn", "warn,[pull{id=1}]=debug"]
        {
            assert_eq!(check(filter), Ok(()), "{filter}");
        }
        for filter in ["", " ", "inof", "info,worker", "worker=loud", "info,worker=debug=x"] {
            assert!(check(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn every_crate_of_the_workspace_is_ours() {
        let manifest = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let manifest: toml::Table = manifest.parse().expect("a manifest");
        let members = manifest["workspace"]["members"].as_array().expect("members");
        // What serves the tests alone lies deeper, and logs nothing in the program.
        for member in members.iter().filter_map(toml::Value::as_str).filter(|member| !member.contains('/')) {
            assert!(OURS.contains(&member), "{member} is missing in OURS");
        }
    }
}
