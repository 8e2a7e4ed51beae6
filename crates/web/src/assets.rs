//! The front end's files, built by `web-assets/build.mjs` and carried in the binary.
//!
//! Every file but the manifest has a hash of its content in its name, so it may be cached for ever. In debug builds
//! files and manifest are read from disk each time: changing them recompiles nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;

use crate::error::{Problem, ProblemKind, WebResult};

#[derive(RustEmbed)]
#[folder = "../../web-assets/dist"]
#[allow_missing = true]
struct Dist;

/// Logical names (`app.css`) to hashed ones (`app-5ffb895a3fe8.css`).
type Names = BTreeMap<String, String>;

/// Knows what the files are called.
pub struct Assets {
    names: Names,
}

fn read_names() -> Names {
    Dist::get("manifest.json").and_then(|f| serde_json::from_slice(&f.data).ok()).unwrap_or_default()
}

impl Assets {
    /// Reads the manifest.
    pub fn load() -> Self {
        Self { names: read_names() }
    }

    /// The address of a file by its logical name.
    pub fn url(&self, name: &str) -> String {
        let fresh: Cow<'_, Names> =
            if cfg!(debug_assertions) { Cow::Owned(read_names()) } else { Cow::Borrowed(&self.names) };
        format!("/assets/{}", fresh.get(name).map_or(name, String::as_str))
    }

    /// Whether the front end has been built into this binary.
    pub fn present(&self) -> bool {
        !self.names.is_empty()
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The encodings we have ready, best first, that the client accepts.
fn variants(headers: &HeaderMap) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let takes = move |wanted: &str| {
        accepted.split(',').any(|part| {
            let mut pieces = part.split(';');
            let name = pieces.next().unwrap_or("").trim();
            name == wanted && !pieces.any(|p| matches!(p.trim(), "q=0" | "q=0.0"))
        })
    };
    [("br", ".br"), ("gzip", ".gz")].into_iter().filter(move |(name, _)| takes(name))
}

/// `GET /assets/{file}`.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> WebResult<Response> {
    let missing = || Problem::new(ProblemKind::NotFound);
    if file == "manifest.json" || file.ends_with(".br") || file.ends_with(".gz") {
        return Err(missing());
    }
    let packed = variants(&headers).find_map(|(name, ext)| Some((Dist::get(&format!("{file}{ext}"))?, name)));
    let (found, encoding) = match packed {
        Some((found, name)) => (found, Some(name)),
        None => (Dist::get(&file).ok_or_else(missing)?, None),
    };
    let body = match found.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(&file)));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(name) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(accepted: &'static str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        variants(&headers).map(|(name, _)| name).collect()
    }

    #[test]
    fn the_best_encoding_that_the_client_takes_comes_first() {
        assert_eq!(names("gzip, deflate, br;q=0.8"), ["br", "gzip"]);
        assert_eq!(names("br;q=0, gzip"), ["gzip"]);
        assert_eq!(names("identity, xbr, gzipped"), Vec::<&str>::new());
        assert_eq!(variants(&HeaderMap::new()).count(), 0);
    }

    #[tokio::test]
    async fn only_files_under_their_own_names_are_served() {
        for name in ["manifest.json", "app.css", "../Cargo.toml", "app-0000.js", "app-0000.js.br", ""] {
            assert!(serve(Path(name.to_owned()), HeaderMap::new()).await.is_err(), "{name}");
        }
    }
}
