//! Bodies and queries: read strictly, with the place of what is wrong.
//!
//! A body is at most 1 MiB and 32 levels deep, both found out before anything is built from it (R41). Unknown fields
//! are errors; each error names its field as the sender wrote it.

use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use hansei_domain::FieldError;
use hansei_domain::refusal::{FieldCode, Refusal};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Problem, ProblemKind, WebResult};

/// Largest body, bytes (R41).
pub const LARGEST: usize = 1024 * 1024;
/// Deepest nesting (R41).
const DEEPEST: usize = 32;

/// Reads a JSON body; nothing at all is an empty object.
pub fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> WebResult<T> {
    let body = if body.is_empty() { b"{}" } else { body };
    if body != b"{}" && !says_json(headers) {
        return Err(Problem::new(ProblemKind::UnsupportedType).detail("bodies are application/json"));
    }
    if depth(body) > DEEPEST {
        return Err(
            Problem::new(ProblemKind::Malformed).detail("the body is nested more than 32 levels deep")
        );
    }
    // Serde would take a list for the fields of an object in their order; every body here is an object.
    if body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[') {
        return Err(wrong("", "must be an object, not a list"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        let inner = e.into_inner();
        if inner.is_data() {
            wrong(&path, &without_place(&inner.to_string()))
        } else {
            Problem::new(ProblemKind::Malformed).detail(inner.to_string())
        }
    })?;
    reader.end().map_err(|e| Problem::new(ProblemKind::Malformed).detail(e.to_string()))?;
    Ok(value)
}

/// Reads a query strictly. A name that is given twice means both: `status=triage&status=monitoring`.
pub fn query<T: DeserializeOwned>(uri: &Uri) -> WebResult<T> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()) {
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => *all = format!("{all},{value}"),
            None => pairs.push((name.into_owned(), value.into_owned())),
        }
    }
    let joined = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    // What was encoded just now is always a good address.
    let uri: Uri = format!("/?{joined}").parse().map_err(Problem::internal)?;
    Query::<T>::try_from_uri(&uri).map(|Query(value)| value).map_err(|rejection| {
        let text = rejection.body_text();
        let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
        match text.split_once(": ") {
            Some((path, message)) if !path.contains(' ') => wrong(path, message),
            _ => wrong("", text),
        }
    })
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The deepest nesting of brackets outside of strings. Counts only: whether they match is the parser's to say.
fn depth(body: &[u8]) -> usize {
    let (mut now, mut most) = (0usize, 0usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// serde_json says where in the text; the path says it better.
fn without_place(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |at| &message[..at]).to_owned()
}

/// A field error out of what serde says about a place.
fn wrong(path: &str, message: &str) -> Problem {
    let path = path.trim_matches('.');
    let named = message.split('`').nth(1).unwrap_or("");
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    // The path of an unknown or missing field ends at its parent or at the field, by how the parent was read.
    let at_named = |name: &str| {
        let last = path.rsplit('.').next().unwrap_or("");
        if last == name { path.to_owned() } else { under(name) }
    };
    let (field, code) = if message.starts_with("missing field") {
        (at_named(named), FieldCode::Required)
    } else if message.starts_with("unknown field") {
        (at_named(named), FieldCode::Unknown)
    } else if message.starts_with("unknown variant") {
        (path.to_owned(), FieldCode::Unknown)
    } else if message.starts_with("duplicate field") {
        (at_named(named), FieldCode::Contradiction)
    } else {
        (path.to_owned(), FieldCode::Malformed)
    };
    let field = if field.is_empty() { "body".to_owned() } else { field };
    Refusal::from(FieldError::new(field, code, message)).into()
}

/// An answer with a JSON body.
pub fn answer<T: Serialize>(status: StatusCode, value: &T) -> WebResult<Response> {
    Ok(raw(status, text(value)?))
}

/// A value as JSON text.
pub fn text<T: Serialize>(value: &T) -> WebResult<String> {
    serde_json::to_string(value).map_err(Problem::internal)
}

/// An answer whose JSON is written already.
pub fn raw(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Adds the version as a strong `ETag`.
pub fn tagged(mut response: Response, version: u64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// An answer without a body.
pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading matters")]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its reading matters")]
        count: u32,
    }

    fn refused(body: &str) -> (String, FieldCode) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let problem = read::<Outer>(&headers, body.as_bytes()).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Invalid, "{problem:?}");
        (problem.errors[0].field.clone(), problem.errors[0].code)
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        assert_eq!(refused(r#"{"lust": 1}"#), ("lust".into(), FieldCode::Unknown));
        assert_eq!(refused(r#"{"list": [{"count": 1}, {}]}"#), ("list[1].count".into(), FieldCode::Required));
        assert_eq!(refused(r#"{"list": [{"count": "x"}]}"#), ("list[0].count".into(), FieldCode::Malformed));
        assert_eq!(refused(r#"{"list": [{"count": 1, "x": 2}]}"#), ("list[0].x".into(), FieldCode::Unknown));
        assert_eq!(refused(r#"{"list": [], "list": []}"#), ("list".into(), FieldCode::Contradiction));
        assert_eq!(refused("[]").1, FieldCode::Malformed);
    }

    #[test]
    fn what_is_no_json_is_malformed_and_depth_is_counted_outside_of_strings() {
        let mut headers = HeaderMap::new();
        assert_eq!(read::<Outer>(&headers, b"{\"list\":[]}").unwrap_err().kind, ProblemKind::UnsupportedType);
        assert!(read::<Outer>(&headers, b"").is_ok());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let kind = |body: &str| read::<Outer>(&headers, body.as_bytes()).unwrap_err().kind;
        assert_eq!(kind("{"), ProblemKind::Malformed);
        assert_eq!(kind("{} {}"), ProblemKind::Malformed);
        assert_eq!(kind(&("[".repeat(33) + &"]".repeat(33))), ProblemKind::Malformed);
        assert_eq!(depth(br#"{"a":"[[[[\"[["}"#), 1);
    }

    #[test]
    fn queries_are_read_as_strictly() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Limits {
            #[expect(dead_code, reason = "only its reading matters")]
            limit: Option<u32>,
        }
        let field =
            |uri: &'static str| query::<Limits>(&Uri::from_static(uri)).unwrap_err().errors[0].field.clone();
        assert_eq!(field("/x?limit=many"), "limit");
        assert_eq!(field("/x?limt=1"), "limt");
        assert_eq!(field("/x?limit=1&limit=2"), "limit");
        assert!(query::<Limits>(&Uri::from_static("/x")).is_ok());
    }

    #[test]
    fn a_name_that_is_given_twice_means_both() {
        #[derive(Debug, Deserialize)]
        struct Text {
            status: String,
        }
        let both: Text = query(&Uri::from_static("/x?status=a&status=b%26c")).unwrap();
        assert_eq!(both.status, "a,b&c");
    }
}
