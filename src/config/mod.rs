//! The configuration: documented defaults, under an optional `florin.toml`, under environment variables.
//!
//! To add a key: write it with its comment into `defaults.toml`, add a field here, and a line to [`read`].
//! The tests fail if one of them is forgotten.

mod address;
mod defaults;
#[cfg(test)]
mod document;
pub(crate) mod key;
mod problem;
mod reader;
mod secret;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

pub(crate) use key::MasterKey;
pub(crate) use problem::Problems;
pub(crate) use reader::Shown;
pub(crate) use secret::{Secret, without_password};
pub(crate) use source::Source;

use address::DatabaseUrl;
use reader::Reader;

/// The database file in the data folder when no database is named.
const SQLITE_FILE: &str = "florin.db";

/// The folder of the archive in the data folder when none is named.
const ARCHIVE_FOLDER: &str = "archive";

/// Everything that can be configured, checked. Showing it with `{:?}` reveals no secret.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Of the database file, the generated master key and the archive. May not exist yet: [`Config::create_data_folder`].
    pub data_folder: PathBuf,
    pub database: Database,
    /// Without it the doorbells, the hints and the cache stay in this process.
    pub redis_url: Option<Secret>,
    /// Without it the key is generated: [`key::load_or_generate`]. Always there with Postgres.
    pub master_key: Option<MasterKey>,
    /// May have port 0, for any free one.
    pub listen: SocketAddr,
    /// The origin that was configured; [`Config::public_url`] knows what holds without one.
    public_url: Option<String>,
    /// An address that is one machine is a network of /32 or /128. A peer seen as an IPv4 address mapped into IPv6
    /// must be made canonical before it is looked up here.
    pub trusted_proxies: Vec<IpNet>,
    /// Without it: plain HTTP.
    pub tls: Option<Tls>,
    pub log: Log,
    pub worker: Worker,
    pub event: Event,
    /// The folder of what banks sent.
    pub archive_folder: PathBuf,
    /// How long a bank may take for an answer.
    pub bank_timeout: Duration,
    /// Where exchange rates are published; nobody is asked without it.
    pub rates_url: Option<url::Url>,
    pub sandbox: Sandbox,
    /// From SIGTERM to the end of the process.
    pub stop: Duration,
    /// Every key with its value and where that came from, no secrets, for `florin doctor`.
    pub shown: Vec<Shown>,
}

/// Where rows are kept.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub engine: Engine,
    /// At most, for one process. With a file, those that only read.
    pub connections: u32,
    /// The hash partitions that the first migration makes on Postgres.
    pub partitions: u32,
}

#[derive(Debug, Clone)]
pub(crate) enum Engine {
    /// A file, whose folder may not exist yet.
    Sqlite(PathBuf),
    /// A URL, parsed once and free of parameters that the driver would log.
    Postgres(Secret),
}

/// Two PEM files that exist.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Clone)]
pub(crate) struct Log {
    /// Directives that [`telemetry`](crate::telemetry) has accepted.
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Jobs at once in each lane, and two times.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub urgent_slots: usize,
    pub routine_slots: usize,
    pub bulk_slots: usize,
    /// How long a claim holds without a sign of life.
    pub lease: Duration,
    /// Between two searches for what a lost hint would have said.
    pub sweep: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// How long an event can be replayed.
    pub retention: Duration,
}

/// The sandbox bank.
#[derive(Debug, Clone)]
pub(crate) struct Sandbox {
    /// Where this process runs it.
    pub listen: Option<SocketAddr>,
    /// Where it is found otherwise.
    pub url: Option<String>,
}

impl Config {
    /// Reads everything, and reports everything that is wrong at once.
    pub(crate) fn load(source: &Source) -> Result<Self, Problems> {
        let settings = defaults::settings();
        let mut reader = Reader::new(&settings, source);
        let config = read(&mut reader);
        reader.finish(|shown| Self { shown, ..config })
    }

    /// The address that people use, without a slash at the end. `bound` is what is really listened on, which
    /// differs from [`Config::listen`] if that has port 0.
    pub(crate) fn public_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match &self.public_url {
            Some(url) => url.clone(),
            // "Every address" is none that a browser can open.
            None if bound.ip().is_unspecified() => format!("{scheme}://localhost:{}", bound.port()),
            None => format!("{scheme}://{bound}"),
        }
    }

    /// Whether the address that people use was configured.
    pub(crate) fn has_public_url(&self) -> bool {
        self.public_url.is_some()
    }

    /// Makes the data folder if it is missing; only its owner may enter it then.
    pub(crate) fn create_data_folder(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.data_folder)
    }
}

/// For people: no password.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

/// Reads every key, one line each, then what holds between keys.
fn read(reader: &mut Reader) -> Config {
    let data_folder = reader.parsed("data_folder", |text| match text {
        "" => Err("is empty".to_owned()),
        path => Ok(PathBuf::from(path)),
    });
    let engine = match reader.parsed("database_url", address::database) {
        DatabaseUrl::Unset => Engine::Sqlite(data_folder.join(SQLITE_FILE)),
        DatabaseUrl::Sqlite(path) => Engine::Sqlite(path),
        DatabaseUrl::Postgres(url) => Engine::Postgres(url),
    };
    let config = Config {
        data_folder: data_folder.clone(),
        redis_url: reader.parsed("redis_url", address::redis),
        master_key: reader.parsed("master_key", key::parse_optional),
        listen: reader.parsed("listen", |text| text.parse().map_err(|_| "is not an IP address and a port".to_owned())),
        public_url: reader.parsed("public_url", address::public),
        trusted_proxies: reader.list("trusted_proxies", address::network, "has an entry that is no address or network"),
        stop: reader.seconds("stop_seconds", 1..=300),
        tls: read_tls(reader),
        log: Log {
            filter: reader.parsed("log.filter", |text| crate::telemetry::check(text).map(|()| text.to_owned())),
            format: reader.parsed("log.format", |text| match text {
                "text" => Ok(LogFormat::Text),
                "json" => Ok(LogFormat::Json),
                _ => Err("is not a known format".to_owned()),
            }),
        },
        database: Database {
            engine,
            connections: reader.number("database.connections", 2..=500),
            partitions: reader.number("database.partitions", 1..=256),
        },
        worker: Worker {
            urgent_slots: reader.number("worker.urgent_slots", 1..=1000),
            routine_slots: reader.number("worker.routine_slots", 1..=1000),
            bulk_slots: reader.number("worker.bulk_slots", 1..=1000),
            lease: reader.seconds("worker.lease_seconds", 1..=3600),
            sweep: reader.milliseconds("worker.sweep_milliseconds", 20..=60_000),
        },
        archive_folder: match reader.parsed("archive.folder", |text| Ok(PathBuf::from(text))) {
            folder if folder.as_os_str().is_empty() => data_folder.join(ARCHIVE_FOLDER),
            folder => folder,
        },
        bank_timeout: reader.seconds("bank.timeout_seconds", 1..=300),
        rates_url: reader.parsed("rates.url", address::folder),
        sandbox: Sandbox {
            listen: reader.parsed("sandbox.listen", address::optional_socket),
            url: reader.parsed("sandbox.url", address::public),
        },
        event: Event { retention: reader.days("event.retention_days", 1..=3650) },
        shown: Vec::new(),
    };
    if matches!(config.database.engine, Engine::Postgres(_)) && !reader.is_set("master_key") {
        reader.refuse_missing("master_key", "is not set: with PostgreSQL, production refuses a generated key");
    }
    config
}

/// Both files or neither.
fn read_tls(reader: &mut Reader) -> Option<Tls> {
    let certificate = reader.file("tls.certificate", address::certificate);
    let key = reader.file("tls.key", address::private_key);
    match (reader.is_set("tls.certificate"), reader.is_set("tls.key")) {
        (true, false) => reader.refuse_missing("tls.key", "is not set, but tls.certificate is"),
        (false, true) => reader.refuse_missing("tls.certificate", "is not set, but tls.key is"),
        _ => {}
    }
    Some(Tls { certificate: certificate?, key: key? })
}
