//! Checks of addresses: databases, Redis, our own public one, proxies, and the PEM files of TLS.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::secret::{Secret, parse_url};

/// The parameters that the driver of Postgres understands. It logs the others with their values, so they are refused.
const POSTGRES_PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];
const SSL_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// The database that was chosen; no default here, because that one needs the data folder.
pub(super) enum DatabaseUrl {
    Unset,
    Sqlite(PathBuf),
    Postgres(Secret),
}

pub(super) fn database(text: &str) -> Result<DatabaseUrl, String> {
    if text.is_empty() {
        return Ok(DatabaseUrl::Unset);
    }
    if let Some(rest) = text.strip_prefix("sqlite:") {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        return if path.is_empty() || path.ends_with('/') {
            Err("names no file".to_owned())
        } else if path.contains(":memory:") {
            Err("is a database in memory, which several connections cannot share".to_owned())
        } else if path.contains('?') {
            Err("has parameters, which SQLite does not take here".to_owned())
        } else {
            Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
        };
    }
    if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Err("is of no known kind of database".to_owned());
    }
    let url = parse_url(text)?;
    for (name, value) in url.query_pairs() {
        if !POSTGRES_PARAMETERS.contains(&&*name) {
            return Err(format!("has a parameter other than {}", POSTGRES_PARAMETERS.join(", ")));
        }
        if name == "sslmode" && !SSL_MODES.contains(&&*value) {
            return Err(format!("has an sslmode other than {}", SSL_MODES.join(", ")));
        }
    }
    Ok(DatabaseUrl::Postgres(Secret::new(text)))
}

/// A folder on a server, or `off`.
pub(super) fn folder(text: &str) -> Result<Option<Url>, String> {
    if text == "off" {
        return Ok(None);
    }
    let url = parse_url(text)?;
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        return Err("is no address that begins with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("has more than a host and a path".to_owned());
    }
    Ok(Some(url))
}

pub(super) fn redis(text: &str) -> Result<Option<Secret>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = |schemes: [&str; 2]| schemes.iter().any(|scheme| text.starts_with(scheme));
    if known(["redis://", "rediss://"]) {
        let url = parse_url(text)?;
        let number = url.path().trim_start_matches('/');
        if url.host_str().is_none_or(str::is_empty) {
            return Err("names no host".to_owned());
        }
        if !number.is_empty() && number.parse::<u16>().is_err() {
            return Err("has a path that is not the number of a database".to_owned());
        }
        only_parameters(&url, &["protocol"])?;
    } else if known(["redis+unix://", "unix://"]) {
        let url = parse_url(text)?;
        if url.host_str().is_some_and(|host| !host.is_empty()) || url.path().len() < 2 {
            return Err("names no absolute path of a socket (three slashes: unix:///run/redis.sock)".to_owned());
        }
        only_parameters(&url, &["db", "pass", "protocol", "user"])?;
    } else {
        return Err("is of no known kind of Redis server".to_owned());
    }
    Ok(Some(Secret::new(text)))
}

fn only_parameters(url: &Url, known: &[&str]) -> Result<(), String> {
    if url.query_pairs().all(|(name, _)| known.contains(&&*name)) {
        return Ok(());
    }
    Err(format!("has a parameter other than {}", known.join(", ")))
}

/// Scheme, host and port as browsers write an origin: lower case, no default port, no slash at the end.
pub(super) fn public(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).map_err(|_| "is not a URL".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http:// nor https://".to_owned());
    }
    let has_name = !url.username().is_empty() || url.password().is_some();
    if has_name || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("has more than a host and a port".to_owned());
    }
    Ok(Some(url.origin().ascii_serialization()))
}

/// An address to listen on, or none.
pub(super) fn optional_socket(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| "is not an IP address and a port".to_owned())
}

/// A network, or an address as the network of itself.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    Some(network.trunc())
}

pub(super) fn certificate(bytes: &[u8]) -> Result<(), String> {
    if has_line(bytes, "-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    Err("holds no PEM certificate".to_owned())
}

pub(super) fn private_key(bytes: &[u8]) -> Result<(), String> {
    let plain = ["", "RSA ", "EC "].map(|kind| format!("-----BEGIN {kind}PRIVATE KEY-----"));
    if plain.iter().any(|line| has_line(bytes, line)) {
        Ok(())
    } else if has_line(bytes, "-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        Err("holds a key with a passphrase, which nobody could type at start".to_owned())
    } else {
        Err("holds no PEM private key".to_owned())
    }
}

fn has_line(bytes: &[u8], line: &str) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|found| found.trim_ascii() == line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases() {
        for (text, path) in [
            ("sqlite:florin.db", "florin.db"),
            ("sqlite://data/florin.db", "data/florin.db"),
            ("sqlite:///var/lib/florin.db", "/var/lib/florin.db"),
        ] {
            let Ok(DatabaseUrl::Sqlite(found)) = database(text) else { panic!("{text}") };
            assert_eq!(found, PathBuf::from(path));
        }
        for text in [
            "postgres://db/florin",
            "postgresql://florin:pa%40ss@[::1]:5433/florin?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "postgres:///florin?host=/run/postgresql",
        ] {
            assert!(matches!(database(text), Ok(DatabaseUrl::Postgres(_))), "{text}");
        }
        for text in [
            "sqlite:",
            "sqlite://",
            "sqlite:data/",
            "sqlite::memory:",
            "sqlite:florin.db?mode=ro",
            "mysql://db/florin",
            "florin.db",
            "postgres://u:p/w@db/florin",
            "postgres://u:1/w@db/florin",
            "postgres://db/florin?sslmode=on",
            "postgres://db/florin?sslpassword=x",
            "postgres://db/florin#x",
            "postgres:db",
        ] {
            assert!(database(text).is_err(), "{text}");
        }
    }

    #[test]
    fn redis_servers() {
        for text in [
            "redis://cache",
            "redis://:pass@cache:6380/3?protocol=resp3",
            "rediss://user:pass@cache/",
            "redis+unix:///run/redis.sock?db=2&pass=x",
            "unix:///run/redis.sock",
        ] {
            assert!(matches!(redis(text), Ok(Some(_))), "{text}");
        }
        for text in [
            "cache:6379",
            "redis:cache",
            "redis://",
            "redis://cache/one",
            "rediss://cache/#insecure",
            "unix://run",
            "redis://cache?password=x",
            "unix:///",
        ] {
            assert!(redis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_origins() {
        for (text, origin) in [
            ("https://Florin.example/", "https://florin.example"),
            ("https://florin.example:443", "https://florin.example"),
            ("http://10.0.0.2:8080", "http://10.0.0.2:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(public(text), Ok(Some(origin.to_owned())));
        }
        for text in ["florin.example", "ftp://a", "https://a/b", "https://a?b", "https://a#b", "https://u:p@a"] {
            assert!(public(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks() {
        for (text, expected) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("192.168.0.1", "192.168.0.1/32"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
        ] {
            assert_eq!(network(text).expect(text).to_string(), expected);
        }
        for text in ["proxy", "10.0.0.0/33", "10.0.0", ""] {
            assert!(network(text).is_none(), "{text}");
        }
    }

    #[test]
    fn pem_files() {
        assert!(certificate(b"text\r\n-----BEGIN CERTIFICATE-----\r\nMII").is_ok());
        assert!(certificate(b"-----BEGIN PRIVATE KEY-----\n").is_err());
        assert!(private_key(b"-----BEGIN EC PRIVATE KEY-----\n").is_ok());
        let encrypted = private_key(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
        assert!(encrypted.is_err_and(|wrong| wrong.contains("passphrase")));
    }
}
