//! Tests of reading the configuration as a whole; each part has its own beside it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::document::document;
use super::source::File;
use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=";

/// A folder of one test, which does not exist yet and is gone afterwards.
pub(super) struct TestFolder(PathBuf);

impl TestFolder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("florin-config-{}-{number}", std::process::id())))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files that settings may name in these tests.
fn open(path: &Path) -> io::Result<Vec<u8>> {
    let text = match path.to_str() {
        Some("/secret/database") => "postgres://florin:hunter2@db/florin\n",
        Some("/secret/redis") => "redis://:hunter2@cache\r\n",
        Some("/secret/key") => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=\n",
        Some("/secret/empty") => "\n",
        Some("/tls/certificate.pem") => "-----BEGIN CERTIFICATE-----\n",
        Some("/tls/key.pem") => "-----BEGIN PRIVATE KEY-----\n",
        _ => return Err(io::ErrorKind::NotFound.into()),
    };
    Ok(text.into())
}

fn source(variables: &[(&str, &str)], file: Option<&str>) -> Source {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value)));
    let file = file.map(|text| File { path: "florin.toml".into(), named_by: None, text: Ok(text.to_owned()) });
    Source { environment: environment.collect(), file, open }
}

pub(super) fn load(variables: &[(&str, &str)]) -> Result<Config, Problems> {
    Config::load(&source(variables, None))
}

/// The problems as people read them, one a line.
fn problems(variables: &[(&str, &str)], file: Option<&str>) -> Vec<String> {
    let problems = Config::load(&source(variables, file)).expect_err("a problem");
    problems.0.iter().map(ToString::to_string).collect()
}

fn shown(config: &Config, key: &str) -> (String, String) {
    let found = config.shown.iter().find(|shown| shown.key == key).expect("a key");
    (found.value.clone(), found.place.clone())
}

#[test]
fn nothing_set_is_the_embedded_size() {
    let config = load(&[("PATH", "/bin"), ("DATABASE_URL", "")]).expect("the defaults");
    let Engine::Sqlite(path) = &config.database.engine else { panic!("not SQLite") };
    assert_eq!(path, Path::new("data/florin.db"));
    assert!(config.redis_url.is_none() && config.master_key.is_none() && config.tls.is_none());
    assert_eq!(config.public_url(config.listen), "http://127.0.0.1:8080");
    assert_eq!(config.worker.lease, Duration::from_secs(30));
    assert_eq!(config.worker.sweep, Duration::from_secs(1));
    assert_eq!(config.stop, Duration::from_secs(10));
    assert_eq!(config.event.retention, Duration::from_hours(30 * 24));
    assert_eq!((config.log.filter.as_str(), config.log.format), ("info", LogFormat::Text));
    assert_eq!(shown(&config, "listen"), ("127.0.0.1:8080".to_owned(), "default".to_owned()));
}

#[test]
fn environment_over_file_over_default() {
    let file = r#"
        listen = "127.0.0.1:1"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        database.connections = 3
        [worker]
        bulk_slots = 5
        urgent_slots = 6
    "#;
    let variables = [("FLORIN_LISTEN", "[::]:9"), ("FLORIN_WORKER_URGENT_SLOTS", "7"), ("FLORIN_LOG", "")];
    let config = Config::load(&source(&variables, Some(file))).expect("a configuration");
    assert_eq!(config.listen.to_string(), "[::]:9");
    assert_eq!(config.public_url(config.listen), "http://localhost:9");
    assert_eq!((config.worker.urgent_slots, config.worker.bulk_slots, config.worker.routine_slots), (7, 5, 16));
    assert_eq!((config.database.connections, config.database.partitions), (3, 16));
    assert_eq!(config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
    assert_eq!(shown(&config, "listen").1, "FLORIN_LISTEN");
    assert_eq!(shown(&config, "worker.bulk_slots").1, "florin.toml, worker.bulk_slots");

    let variables = [("FLORIN_TRUSTED_PROXIES", " 192.168.0.1 , 10.9.9.9/8,")];
    let config = Config::load(&source(&variables, Some(file))).expect("a configuration");
    let proxies = config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(proxies, ["192.168.0.1/32", "10.0.0.0/8"]);
}

#[test]
fn secrets_from_files() {
    let config = load(&[
        ("DATABASE_URL_FILE", "/secret/database"),
        ("REDIS_URL_FILE", "/secret/redis"),
        ("FLORIN_MASTER_KEY_FILE", "/secret/key"),
    ])
    .expect("a configuration");
    let Engine::Postgres(url) = &config.database.engine else { panic!("not PostgreSQL") };
    assert_eq!(url.expose(), "postgres://florin:hunter2@db/florin");
    assert_eq!(config.redis_url.as_ref().expect("Redis").expose(), "redis://:hunter2@cache");
    assert_eq!(config.master_key.as_ref().expect("a key").expose()[31], 0xff);
    assert_eq!(shown(&config, "database_url").1, "DATABASE_URL_FILE (the file /secret/database)");

    // A file wins over florin.toml as any variable does.
    let file = format!("database_url = 'sqlite:x'\nmaster_key = '{KEY}'");
    let config = Config::load(&source(&[("DATABASE_URL_FILE", "/secret/database")], Some(&file)));
    assert!(matches!(config.expect("a configuration").database.engine, Engine::Postgres(_)));
}

#[test]
fn problems_of_secret_files() {
    let found = problems(
        &[
            ("DATABASE_URL", "sqlite:florin.db"),
            ("DATABASE_URL_FILE", "/secret/database"),
            ("REDIS_URL_FILE", "/secret/missing"),
            ("FLORIN_MASTER_KEY_FILE", "/secret/empty"),
        ],
        None,
    );
    let starts = [
        "DATABASE_URL: is set, and so is DATABASE_URL_FILE: only one of them may be (accepted: ",
        "REDIS_URL_FILE (the file /secret/missing): cannot be read: entity not found (accepted: ",
        "FLORIN_MASTER_KEY_FILE (the file /secret/empty): is empty (accepted: ",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}");
    }
}

#[test]
fn all_problems_at_once() {
    let file = "lisen = '127.0.0.1:1'\n[database]\nconnections = 1\n[log]\nformat = 3\n";
    let variables = [
        ("DATABASE_URL", "postgres://florin:hunter2@db/florin"),
        ("FLORIN_STOP_SECONDS", "soon"),
        ("FLORIN_TLS_CERTIFICATE", "/tls/certificate.pem"),
        ("FLORIN_WORKER_LEASE", "5"),
    ];
    let problems = Config::load(&source(&variables, Some(file))).expect_err("problems").to_string();
    let expected = "the configuration has 7 problems:
  florin.toml, lisen: is not a known key; did you mean listen?
  FLORIN_WORKER_LEASE: is not a known variable; did you mean FLORIN_WORKER_LEASE_SECONDS?
  FLORIN_STOP_SECONDS: \"soon\" is not a whole number (accepted: 1 to 300 (seconds))
  FLORIN_TLS_KEY (or tls.key in florin.toml): is not set, but tls.certificate is (accepted: the path of a PEM file; both tls.certificate and tls.key or neither)
  florin.toml, log.format: the value is of type integer, expected string (accepted: text or json)
  florin.toml, database.connections: \"1\" is out of range (accepted: 2 to 500 (connections))
  FLORIN_MASTER_KEY (or master_key in florin.toml): is not set: with PostgreSQL, production refuses a generated key (accepted: 32 random bytes as base64 (standard or URL-safe) or as 64 hexadecimal digits)";
    assert_eq!(problems, expected);
}

#[test]
fn unknown_names() {
    let file = "colour = 1\n[databse]\nconnections = 3\n[worker.lease_seconds]\nvalue = 1\n[empty]\n[log]\n[database]\nurl = 'x'";
    let variables = [
        ("FLORIN_DATABASE_URL", "x"),
        ("FLORIN_LISTEN_FILE", "x"),
        ("FLORIN_CONFIG", "florin.toml"),
        ("FLORIN_SHOE_SIZE", "x"),
        ("FLORIN_UNSET", ""),
        ("FLORINA", "x"),
    ];
    assert_eq!(
        problems(&variables, Some(file)),
        [
            "florin.toml, colour: is not a known key",
            "florin.toml, database.url: is not a known key; did you mean database_url?",
            "florin.toml, databse.connections: is not a known key; did you mean database.connections?",
            "florin.toml, empty: is not a known key",
            "florin.toml, worker.lease_seconds.value: is not a known key; did you mean worker.lease_seconds?",
            "FLORIN_DATABASE_URL: is not a known variable; did you mean DATABASE_URL?",
            "FLORIN_LISTEN_FILE: is not a known variable: only a secret can be read from a file",
            "FLORIN_SHOE_SIZE: is not a known variable",
        ]
    );
}

#[test]
fn a_file_that_cannot_be_used() {
    // What may stand in the unreadable file is not reported as missing as well.
    let variables = [("DATABASE_URL", "postgres://db/florin"), ("FLORIN_LISTEN", "here")];
    let found = problems(&variables, Some("listen = '127.0.0.1:1'\nmaster_key = hunter2\n"));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("florin.toml: line 2 is not valid TOML: "), "{}", found[0]);
    assert!(!found[0].contains("hunter2"), "{}", found[0]);
    assert!(
        found[1].starts_with("FLORIN_LISTEN: \"here\" is not an IP address and a port (accepted: "),
        "{}",
        found[1]
    );

    let mut source = source(&[], None);
    let text = Err(io::ErrorKind::NotFound.into());
    source.file = Some(File { path: "/etc/florin.toml".into(), named_by: Some("--config"), text });
    let expected = "the configuration has a problem:\n  \
        /etc/florin.toml: was named by --config and cannot be read: entity not found";
    assert_eq!(Config::load(&source).expect_err("a problem").to_string(), expected);
}

#[test]
fn the_real_file_is_read() {
    let folder = TestFolder::new();
    fs::create_dir(folder.path()).expect("a folder");
    let path = folder.path().join("my.toml");
    let missing = Source::from_process(Some(path.clone()));
    assert!(missing.file.as_ref().is_some_and(|file| file.named_by == Some("--config") && file.text.is_err()));
    fs::write(&path, "stop_seconds = 3").expect("a file");
    let mut source = Source::from_process(Some(path.clone()));
    source.environment.clear();
    assert_eq!(Config::load(&source).expect("a configuration").stop, Duration::from_secs(3));
    assert_eq!((source.open)(&path).expect("a file"), b"stop_seconds = 3");
}

#[test]
fn secrets_are_never_shown() {
    let secrets = [
        ("DATABASE_URL", "postgres://florin:hunter2@db/florin?password=hunter2"),
        ("REDIS_URL", "redis://:hunter2@cache"),
        ("FLORIN_MASTER_KEY", KEY),
    ];
    let config = load(&secrets).expect("a configuration");
    let text = format!("{config:?} {config:#?} {} {:?}", config.database.engine, source(&secrets, None));
    assert!(!text.contains("hunter2") && !text.contains(KEY) && !text.contains("[0, 1, 2"), "{text}");
    assert_eq!(shown(&config, "database_url").0, "postgres://florin:***@db/florin?password=***");
    assert_eq!(shown(&config, "redis_url").0, "redis://:***@cache");
    assert_eq!(shown(&config, "master_key").0, "***");

    // In every way a secret can be wrong, from the environment and from the file.
    for (key, variable) in
        [("database_url", "DATABASE_URL"), ("redis_url", "REDIS_URL"), ("master_key", "FLORIN_MASTER_KEY")]
    {
        for value in [
            "hunter2",
            "hunter2://x",
            "postgres://u:1/hunter2@db/x",
            "postgres://u:p@db/x?hunter2=hunter2",
            "postgres://db/x?sslmode=hunter2",
            "redis://cache/hunter2",
            "unix://hunter2",
            "sqlite:hunter2?x",
        ] {
            let file = format!("{key} = '{value}'");
            let found = [problems(&[(variable, value)], None), problems(&[], Some(&file))].concat();
            assert!(!found.join("\n").contains("hunter2"), "{found:#?}");
        }
    }
    let found =
        problems(&[("FLORIN_PUBLIC_URL", "https://me:hunter2@florin.example")], Some("master_key = ['hunter2']"));
    assert!(found.len() == 2 && !found.join("\n").contains("hunter2"), "{found:#?}");
}

#[test]
fn ranges_are_what_the_defaults_say() {
    let mut count = 0;
    for setting in defaults::settings().iter().filter(|setting| setting.default.is_integer()) {
        let (low, rest) = setting.accepted.split_once(" to ").expect("a range");
        let high = rest.split(' ').next().expect("a number");
        let (low, high): (i64, i64) = (low.parse().expect("a number"), high.parse().expect("a number"));
        assert!(rest.ends_with(')'), "the accepted range of {} needs a unit", setting.key);
        for (value, accepted) in
            [(low - 1, false), (low, true), (high, true), (high + 1, false), (i64::MAX, false), (-1, false)]
        {
            let loaded = load(&[(&setting.variable, &value.to_string())]);
            assert_eq!(loaded.is_ok(), accepted, "{} = {value}", setting.key);
        }
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn tls_needs_both_files() {
    let both = [("FLORIN_TLS_CERTIFICATE", "/tls/certificate.pem"), ("FLORIN_TLS_KEY", "/tls/key.pem")];
    let config = load(&both).expect("a configuration");
    assert_eq!(config.tls.as_ref().expect("TLS").key, Path::new("/tls/key.pem"));
    assert_eq!(config.public_url("0.0.0.0:443".parse().expect("an address")), "https://localhost:443");

    let found =
        problems(&[("FLORIN_TLS_CERTIFICATE", "/tls/missing.pem"), ("FLORIN_TLS_KEY", "/tls/certificate.pem")], None);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("FLORIN_TLS_CERTIFICATE: \"/tls/missing.pem\" cannot be read: "), "{}", found[0]);
    assert!(found[1].contains("holds no PEM private key"), "{}", found[1]);
}

#[test]
fn every_key_is_read_and_described() {
    let settings = defaults::settings();
    let read = load(&[]).expect("the defaults").shown;
    let page = document();
    let mut count = BTreeMap::<&str, usize>::new();
    for setting in &settings {
        assert!(setting.meaning.ends_with('.'), "the comment of {} is not a sentence", setting.key);
        let conventional = format!("FLORIN_{}", setting.key.to_uppercase().replace('.', "_"));
        let expected = match setting.key.as_str() {
            "database_url" | "redis_url" => setting.key.to_uppercase(),
            "log.filter" => "FLORIN_LOG".to_owned(),
            _ => conventional,
        };
        assert_eq!(setting.variable, expected);
        assert!(page.contains(&format!("| `{}` | `{}`", setting.key, setting.variable)), "{}", setting.key);
        assert!(read.iter().any(|shown| shown.key == setting.key), "nothing reads {}", setting.key);
        *count.entry(&setting.key).or_default() += 1;
    }
    assert!(count.values().all(|count| *count == 1), "{count:?}");
    assert_eq!(read.len(), settings.len());
}

#[test]
fn the_example_of_the_page_is_accepted() {
    let page = document();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let secrets = [("DATABASE_URL_FILE", "/secret/database"), ("FLORIN_MASTER_KEY_FILE", "/secret/key")];
    let config = Config::load(&source(&secrets, Some(example))).expect("a configuration");
    assert_eq!(config.public_url(config.listen), "https://florin.example");
}

#[test]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONFIGURATION.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, document()).expect("the page can be written");
    }
    let page = fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == document(),
        "docs/CONFIGURATION.md is old; write it with: UPDATE_DOCS=1 cargo test -p florin config"
    );
}
