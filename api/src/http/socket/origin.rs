//! Which pages may open sockets: a browser attaches cookies to a socket that any page opens, but it
//! always says truthfully whose page that is.

use axum::http::{HeaderMap, header};

use super::super::error::{Code, Refusal};

/// The origins whose pages may open sockets, in the form browsers send them.
pub(in crate::http) fn allowed_origins<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    addresses.into_iter().filter_map(origin).collect()
}

/// `https://Florin.example:443/app` becomes `https://florin.example`.
fn origin(address: &str) -> Option<String> {
    let address = address.trim().to_ascii_lowercase();
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let host = authority.strip_suffix(default_port).unwrap_or(authority);
    Some(format!("{scheme}://{host}"))
}

/// Whether the request comes from an allowed page. Programs other than browsers send no origin; they are
/// welcome as long as they bring no cookie, since then nobody can have lent them one.
/// `Ok(true)` if the origin proves that a cookie was meant to be sent.
pub(super) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<bool, Refusal> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) if headers.contains_key(header::COOKIE) => {
            Err(Code::OriginNotAllowed.refuse("a socket with a cookie needs an origin"))
        }
        (None, _) => Ok(false),
        (Some(origin), None)
            if origin.to_str().is_ok_and(|origin| allowed.iter().any(|one| one.eq_ignore_ascii_case(origin))) =>
        {
            Ok(true)
        }
        _ => Err(Code::OriginNotAllowed.refuse("pages of this origin may not open sockets")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(origin: Option<&'static str>, cookie: bool) -> Option<bool> {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        if cookie {
            headers.insert(header::COOKIE, "a=b".parse().unwrap());
        }
        let allowed = allowed_origins(["https://Florin.example:443/app/", "http://localhost:8080", "nonsense"]);
        assert_eq!(allowed, ["https://florin.example", "http://localhost:8080"]);
        check(&headers, &allowed).ok()
    }

    #[test]
    fn only_our_pages_open_sockets() {
        assert_eq!(checked(Some("https://florin.example"), true), Some(true));
        assert_eq!(checked(Some("http://localhost:8080"), false), Some(true));
        for other in [
            "https://evil.example",
            "http://florin.example",
            "https://florin.example.evil",
            "null",
            "http://localhost:8081",
        ] {
            assert_eq!(checked(Some(other), true), None, "{other}");
            assert_eq!(checked(Some(other), false), None, "{other}");
        }
    }

    #[test]
    fn programs_without_cookies_need_no_origin() {
        assert_eq!(checked(None, false), Some(false));
        assert_eq!(checked(None, true), None);
    }
}
