//! `/graphiql`: a page to explore the API with, wholly from the binary.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

struct Asset {
    name: &'static str,
    kind: &'static str,
    /// Stored compressed and sent so: every browser reads gzip.
    gzip: bool,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset { name: $name, kind: $kind, gzip: false, bytes: include_bytes!(concat!("../../assets/graphiql/", $name)) }
    };
    ($name:literal, $kind:literal, gzip) => {
        Asset {
            name: $name,
            kind: $kind,
            gzip: true,
            bytes: include_bytes!(concat!("../../assets/graphiql/", $name, ".gz")),
        }
    };
}

const ASSETS: [Asset; 7] = [
    asset!("graphiql.min.css", "text/css; charset=utf-8", gzip),
    asset!("graphiql.min.js", "text/javascript; charset=utf-8", gzip),
    asset!("graphql-ws.min.js", "text/javascript; charset=utf-8", gzip),
    asset!("react.min.js", "text/javascript; charset=utf-8", gzip),
    asset!("react-dom.min.js", "text/javascript; charset=utf-8", gzip),
    asset!("start.css", "text/css; charset=utf-8"),
    asset!("start.js", "text/javascript; charset=utf-8"),
];

/// Scripts only from us and none inside the page. Styles may be inline: the editor and dialogs
/// place themselves with them. Its fonts and a few pictures are data within its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Pages {
    page: String,
    page_tag: String,
    tags: Vec<String>,
}

pub(super) fn routes() -> Router {
    let tags: Vec<String> = ASSETS.iter().map(|asset| tag(asset.bytes)).collect();
    let mut page = include_str!("../../assets/graphiql/page.html").to_owned();
    for (asset, tag) in ASSETS.iter().zip(&tags) {
        let mark = format!("{{{{{}}}}}", asset.name);
        // The address changes with the content, so browsers may keep each for ever.
        page = page.replace(&mark, &format!("/graphiql/{}?v={tag}", asset.name));
    }
    let pages = Pages { page_tag: tag(page.as_bytes()), page, tags };
    Router::new().route("/graphiql", get(page_of)).route("/graphiql/{name}", get(asset_of)).with_state(Arc::new(pages))
}

fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

async fn page_of(State(pages): State<Arc<Pages>>, headers: HeaderMap) -> Response {
    let mut response = tagged(&headers, &pages.page_tag, || pages.page.clone().into());
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn asset_of(
    State(pages): State<Arc<Pages>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let found = ASSETS.iter().zip(&pages.tags).find(|(asset, _)| asset.name == name);
    let Some((asset, tag)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let current = query.as_deref().and_then(|query| query.strip_prefix("v=")) == Some(tag);
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = tagged(&headers, tag, || asset.bytes.into());
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if asset.gzip {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// The body, or only the news that the browser's copy is still good.
fn tagged(headers: &HeaderMap, tag: &str, body: impl FnOnce() -> Body) -> Response {
    let quoted = format!("\"{tag}\"");
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|one| one.trim().trim_start_matches("W/") == quoted);
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(body()) };
    if let Ok(value) = HeaderValue::from_str(&quoted) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_asset() {
        let page = include_str!("../../assets/graphiql/page.html");
        for asset in &ASSETS {
            assert!(page.contains(&format!("{{{{{}}}}}", asset.name)), "{}", asset.name);
            assert_eq!(asset.bytes.starts_with(&[0x1f, 0x8b]), asset.gzip, "{}", asset.name);
        }
        assert_eq!(page.matches("{{").count(), ASSETS.len());
        assert!(!page.contains("://"), "nothing comes from elsewhere");
    }

    #[test]
    fn the_assets_stay_small() {
        assert!(ASSETS.iter().map(|asset| asset.bytes.len()).sum::<usize>() < 1_500_000);
    }
}
