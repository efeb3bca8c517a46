//! `/link/callback`: where a bank sends people back to when no client of theirs has a page for it. It shows what the bank sent, to be
//! given to `completeLink`; it does nothing by itself, because it does not know who looks at it.

use std::collections::HashMap;

use axum::{
    Router,
    extract::Query,
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse},
    routing::get,
};

const PAGE: &str = include_str!("../../assets/callback.html");
/// No script, no picture, nothing from elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes(path: &str) -> Router {
    Router::new().route(path, get(page))
}

async fn page(Query(sent): Query<HashMap<String, String>>) -> impl IntoResponse {
    let value = |name: &str| escaped(sent.get(name).map_or("", String::as_str));
    let said = if sent.contains_key("error") {
        "The bank did not allow it. Nothing was linked."
    } else {
        "The bank has agreed. Give these to <code>completeLink</code>, within a minute, in the household that began the link."
    };
    let page = PAGE.replace("{{said}}", said).replace("{{state}}", &value("state")).replace("{{code}}", &value("code"));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Html(page))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '{' => safe.push_str("&#123;"),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_a_stranger_sends_stays_text() {
        assert_eq!(escaped("<a href=\"x\">'&{{code}}"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#123;&#123;code}}");
    }
}
