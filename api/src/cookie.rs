//! Cookies: the tokens of browsers, out of reach of scripts.

use axum::http::{HeaderMap, HeaderValue, header};
use service::identity::Tokens;

/// Carries the access token.
pub(crate) const ACCESS: &str = "florin_access";
/// Carries the refresh token.
pub(crate) const REFRESH: &str = "florin_refresh";

/// How cookies are set.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// Whether the public address is https. A browser at home speaks plain http to a home network, and would drop a secure cookie.
    pub secure: bool,
}

impl Cookies {
    /// The headers that hand a browser its tokens.
    pub(crate) fn set(self, tokens: &Tokens, now_ms: i64) -> [String; 2] {
        let seconds = |until_ms: i64| (until_ms - now_ms) / 1000;
        [
            self.header(ACCESS, &tokens.access, seconds(tokens.access_until_ms)),
            self.header(REFRESH, &tokens.refresh, seconds(tokens.refresh_until_ms)),
        ]
    }

    /// The headers that take them away.
    pub(crate) fn clear(self) -> [String; 2] {
        [self.header(ACCESS, "", 0), self.header(REFRESH, "", 0)]
    }

    fn header(self, name: &str, value: &str, max_age_seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/graphql; Max-Age={max_age_seconds}; HttpOnly; SameSite=Strict{secure}")
    }
}

/// The value of a cookie in a request's headers.
pub(crate) fn in_headers<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(header::COOKIE).iter().find_map(|line| in_line(line, name))
}

/// The value of a cookie in a `Cookie` header.
pub(crate) fn in_line<'a>(line: &'a HeaderValue, name: &str) -> Option<&'a str> {
    let pairs = line.to_str().ok()?.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let line = HeaderValue::from_static("x_florin_access=no; florin_access=yes; florin_refresh=; theme=dark");
        assert_eq!(in_line(&line, ACCESS), Some("yes"));
        assert_eq!(in_line(&line, REFRESH), None);
    }

    #[test]
    fn cookies_are_secure_where_the_address_is() {
        assert!(
            Cookies { secure: true }
                .clear()
                .iter()
                .all(|header| header.ends_with("; HttpOnly; SameSite=Strict; Secure"))
        );
        assert!(Cookies { secure: false }.clear().iter().all(|header| header.ends_with("; HttpOnly; SameSite=Strict")));
    }
}
