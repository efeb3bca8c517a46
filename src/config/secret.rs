//! Values that must not be seen by accident, and addresses without their passwords.

use std::fmt;

use url::Url;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Parameters of a database or Redis URL that say nothing secret. Values of all others are hidden.
const HARMLESS: &[&str] =
    &["application_name", "db", "dbname", "host", "hostaddr", "port", "protocol", "sslmode", "user"];

/// A text that shows as `***` until it is opened by name.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. The name is long enough to be noticed in a review.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// A URL as people may see it: passwords and parameters that might hold one are `***`.
/// What is not surely a URL is hidden whole.
pub(crate) fn without_password(url: &Secret) -> String {
    let Ok(mut shown) = parse_url(url.expose()) else { return HIDDEN.to_owned() };
    if shown.password().is_some() {
        let _ = shown.set_password(Some(HIDDEN));
    } else if shown.scheme().starts_with("redis") && !shown.username().is_empty() {
        // A name without a password is how a Redis password is often written by mistake.
        let _ = shown.set_username(HIDDEN);
    }
    let parameters = shown
        .query_pairs()
        .map(|(name, value)| {
            let shown = if HARMLESS.contains(&&*name) { value.into_owned() } else { HIDDEN.to_owned() };
            (name.into_owned(), shown)
        })
        .collect::<Vec<_>>();
    if !parameters.is_empty() {
        shown.query_pairs_mut().clear().extend_pairs(parameters);
    }
    shown.into()
}

/// Parses a URL, refusing those where a character of a password that is not encoded has cut it in the wrong place:
/// its rest would be taken for a host or a path, and shown as one.
pub(super) fn parse_url(text: &str) -> Result<Url, String> {
    let unsure = "is not a valid URL; in a password / ? # @ : % are written %2F %3F %23 %40 %3A %25";
    let url = Url::parse(text).map_err(|_| unsure.to_owned())?;
    let rest = [url.path(), url.query().unwrap_or_default()];
    if url.fragment().is_some() || rest.iter().any(|part| part.contains('@')) {
        return Err(unsure.to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        let secret = Secret::new("opensesame");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "*** *** Some(***)");
        assert_eq!(secret.expose(), "opensesame");
    }

    #[test]
    fn urls_show_without_password() {
        for (url, shown) in [
            ("postgres://florin:pa%23ss@db:5432/florin", "postgres://florin:***@db:5432/florin"),
            ("postgres://florin@db/florin?sslmode=require", "postgres://florin@db/florin?sslmode=require"),
            ("postgres://db/florin?user=a&password=pass", "postgres://db/florin?user=a&password=***"),
            ("redis://:pass@cache:6379/1", "redis://:***@cache:6379/1"),
            ("redis://pass@cache", "redis://***@cache"),
            ("redis+unix:///run/redis.sock?db=1&pass=pass", "redis+unix:///run/redis.sock?db=1&pass=***"),
            ("sqlite://data/florin.db", "sqlite://data/florin.db"),
            // Not encoded, so cut in the wrong place: nothing of it is shown.
            ("postgres://florin:12/pass@db/florin", "***"),
            ("postgres://florin:12?pass@db/florin", "***"),
            ("postgres://florin#pass@db/florin", "***"),
            ("pass", "***"),
            ("", "***"),
        ] {
            assert_eq!(without_password(&Secret::new(url)), shown, "{url}");
        }
    }
}
