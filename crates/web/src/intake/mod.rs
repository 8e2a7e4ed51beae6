//! Machines in: the doors at which monitoring systems send, in the originals' own words.
//!
//! Doors are lines of the policy table like every other route, but they are matched before the router and answered
//! without layers or boxes, since everything that arrives here arrives in storms. The order of a request: who sends
//! (key), the body under limits, parse, store durably, answer (R1, R2). Good items of a batch go on, bad ones are
//! named; what cannot be read at all is kept in quarantine (R5). Keys stand in paths because the originals' clients
//! can't do otherwise; such paths are never logged, and no page links to them.

mod fresh;
mod listing;
mod post;
mod read;

use std::borrow::Cow;

use hansei_app::auth::TOKEN_PREFIX;
use hansei_app::ports::{IntakeRefusal, SignalFormat, WireAnswer};
use hansei_app::secret;
use hansei_domain::Timestamp;
use hansei_domain::access::Permission;
use hansei_domain::ids::{KeyId, ServiceId};
use hansei_domain::signal::SourceFormat;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};

use crate::body::Out;
use crate::gate;
use crate::policy::{Access, Route};
use crate::state::Web;

pub use fresh::FreshIds;
pub use read::Incoming;

/// What is behind a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// PagerDuty's events.
    Events,
    /// Alertmanager's `POST /alerts`.
    PutAlerts,
    /// Alertmanager's webhook.
    Webhook,
    /// Generic JSON.
    Json,
    /// Alertmanager's `GET /alerts`.
    Alerts,
    /// Alertmanager's `GET /alerts/groups`.
    Groups,
    /// Alertmanager's `GET /status`.
    Status,
    /// Alertmanager's `GET /receivers`.
    Receivers,
    /// Alertmanager's `GET /silences`: there are none.
    Silences,
    /// Alertmanager's `POST /silences`: none can be set.
    PutSilences,
    /// One silence of Alertmanager's, which is not there.
    Silence,
    /// Alertmanager's `/-/healthy` and `/-/ready`.
    Alive,
}

/// One door.
#[derive(Debug, Clone)]
pub struct Door {
    /// The method.
    pub method: Method,
    /// The path; `{key}` stands for an integration key, `{id}` for anything.
    pub path: &'static str,
    /// Whose keys open it.
    pub format: SourceFormat,
    /// What is behind it.
    pub behind: Behind,
}

const fn door(method: Method, path: &'static str, format: SourceFormat, behind: Behind) -> Door {
    Door { method, path, format, behind }
}

/// All doors.
pub const DOORS: &[Door] = {
    use SourceFormat::{Alertmanager, Json, Pagerduty};
    &[
        door(Method::POST, "/v2/enqueue", Pagerduty, Behind::Events),
        door(Method::POST, "/am/{key}/api/v2/alerts", Alertmanager, Behind::PutAlerts),
        door(Method::GET, "/am/{key}/api/v2/alerts", Alertmanager, Behind::Alerts),
        door(Method::GET, "/am/{key}/api/v2/alerts/groups", Alertmanager, Behind::Groups),
        door(Method::GET, "/am/{key}/api/v2/status", Alertmanager, Behind::Status),
        door(Method::GET, "/am/{key}/api/v2/receivers", Alertmanager, Behind::Receivers),
        door(Method::GET, "/am/{key}/api/v2/silences", Alertmanager, Behind::Silences),
        door(Method::POST, "/am/{key}/api/v2/silences", Alertmanager, Behind::PutSilences),
        door(Method::GET, "/am/{key}/api/v2/silence/{id}", Alertmanager, Behind::Silence),
        door(Method::DELETE, "/am/{key}/api/v2/silence/{id}", Alertmanager, Behind::Silence),
        door(Method::GET, "/am/{key}/-/healthy", Alertmanager, Behind::Alive),
        door(Method::GET, "/am/{key}/-/ready", Alertmanager, Behind::Alive),
        door(Method::POST, "/api/v2/alerts", Alertmanager, Behind::PutAlerts),
        door(Method::GET, "/api/v2/alerts", Alertmanager, Behind::Alerts),
        door(Method::GET, "/api/v2/alerts/groups", Alertmanager, Behind::Groups),
        door(Method::GET, "/api/v2/status", Alertmanager, Behind::Status),
        door(Method::GET, "/api/v2/receivers", Alertmanager, Behind::Receivers),
        door(Method::GET, "/api/v2/silences", Alertmanager, Behind::Silences),
        door(Method::POST, "/api/v2/silences", Alertmanager, Behind::PutSilences),
        door(Method::GET, "/api/v2/silence/{id}", Alertmanager, Behind::Silence),
        door(Method::DELETE, "/api/v2/silence/{id}", Alertmanager, Behind::Silence),
        door(Method::POST, "/webhooks/alertmanager", Alertmanager, Behind::Webhook),
        door(Method::POST, "/webhooks/alertmanager/{key}", Alertmanager, Behind::Webhook),
        door(Method::POST, "/webhooks/json", Json, Behind::Json),
        door(Method::POST, "/webhooks/json/{key}", Json, Behind::Json),
    ]
};

/// The doors as lines of the policy table.
pub fn table() -> impl Iterator<Item = Route> {
    DOORS.iter().map(|d| Route {
        method: d.method.clone(),
        path: d.path,
        access: Access::IntakeKey(d.format),
    })
}

/// What a path leads to.
#[derive(Debug)]
pub enum Found<'p> {
    /// A door, and the key in the path if it stands there.
    Door(&'static Door, Option<&'p str>),
    /// A door, and the methods of all at this path.
    WrongMethod(&'static Door, Vec<Method>),
    /// No door.
    Nothing,
}

/// Finds the door of a request.
pub fn find<'p>(method: &Method, path: &'p str) -> Found<'p> {
    const BEGINNINGS: [&str; 4] = ["/v2/", "/am/", "/api/v2/", "/webhooks/"];
    if !BEGINNINGS.iter().any(|b| path.starts_with(b)) {
        return Found::Nothing;
    }
    let (mut other, mut methods) = (None, Vec::new());
    for door in DOORS {
        let Some(key) = leads(door.path, path) else { continue };
        if door.method == *method {
            return Found::Door(door, key);
        }
        other = Some(door);
        methods.push(door.method.clone());
    }
    other.map_or(Found::Nothing, |door| Found::WrongMethod(door, methods))
}

/// Whether a path fits a pattern, and what stands for `{key}` in it.
fn leads<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut key = None;
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(key),
            (Some("{key}"), Some(text)) if !text.is_empty() => key = Some(text),
            (Some("{id}"), Some(text)) if !text.is_empty() => {}
            (Some(a), Some(b)) if a == b => {}
            _ => return None,
        }
    }
}

/// Whose request it is.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    /// The key.
    pub key_id: KeyId,
    /// Its service.
    pub service_id: ServiceId,
}

/// The integration key behind a secret, if it opens doors of this format. Which of "unknown", "ended" and "for another
/// format" it is, is not said.
fn sender(web: &Web, secret: &str, format: SourceFormat, now: Timestamp) -> Option<Sender> {
    if secret.is_empty() || secret.len() > 128 {
        return None;
    }
    let catalog = web.app.catalog.now();
    let key = catalog.key_by_hash(&secret::sha256_hex(secret.as_bytes()), now)?;
    (key.format == format).then_some(Sender { key_id: key.id, service_id: key.service_id })
}

/// The secret in the `Authorization` header: a bearer, or the password (or else the name) of basic authentication.
fn secret_in_header(headers: &HeaderMap) -> Option<String> {
    use base64::Engine;
    if let Some(bearer) = gate::bearer(headers) {
        return Some(bearer.to_owned());
    }
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some(if password.is_empty() { name.to_owned() } else { password.to_owned() })
}

/// The secret in a header, for a format whose bodies name their key and this one does not: the header that clients of
/// PagerDuty's send, or else as [`secret_in_header`].
fn secret_beside_body(headers: &HeaderMap) -> Option<String> {
    let own = headers.get("x-routing-key").and_then(|v| v.to_str().ok()).filter(|v| !v.is_empty());
    own.map(str::to_owned).or_else(|| secret_in_header(headers))
}

/// Whose alerts a reader may see.
pub(crate) enum Reader {
    /// Those of the key's service.
    Service(ServiceId),
    /// All: a person's token.
    Everything,
}

async fn reader(
    web: &Web,
    door: &Door,
    key: Option<&str>,
    headers: &HeaderMap,
) -> Result<Reader, IntakeRefusal> {
    let unknown = || IntakeRefusal::UnknownKey;
    let secret = match key {
        // Only what opens this door and nothing else may stand in an address: people's tokens may not (R42).
        Some(key) => Cow::Borrowed(key),
        None => Cow::Owned(secret_in_header(headers).ok_or_else(unknown)?),
    };
    if key.is_none() && secret.starts_with(TOKEN_PREFIX) {
        let principal = web.app.token(&secret).await.map_err(|error| {
            tracing::warn!(%error, "a reader's token cannot be looked up");
            IntakeRefusal::Unavailable(2)
        })?;
        let reads = principal.is_some_and(|p| p.may(Permission::Read));
        return reads.then_some(Reader::Everything).ok_or_else(unknown);
    }
    let now = web.app.clock.now();
    sender(web, &secret, door.format, now).map(|s| Reader::Service(s.service_id)).ok_or_else(unknown)
}

/// The format spoken at a door.
fn format_at(web: &Web, behind: Behind) -> &dyn SignalFormat {
    match behind {
        Behind::Events => &*web.formats.pagerduty,
        Behind::Webhook => &*web.formats.webhook,
        Behind::Json => &*web.formats.json,
        _ => &*web.formats.alertmanager,
    }
}

/// Answers a request at a door.
pub async fn handle<B: Incoming>(
    web: &Web,
    door: &Door,
    key: Option<&str>,
    parts: &Parts,
    body: B,
) -> Response<Out> {
    let format = format_at(web, door.behind);
    let answered = match door.behind {
        Behind::Events | Behind::PutAlerts | Behind::Webhook | Behind::Json => {
            post::handle(web, door, format, key, parts, body).await.map(|a| answer(a, door.format))
        }
        _ => listing::handle(web, door, key, parts).await,
    };
    answered.unwrap_or_else(|refusal| refused(format, door.format, &refusal))
}

/// Answers a request whose handler has failed in a way that should not be.
pub fn failed(web: &Web, door: &Door) -> Response<Out> {
    refused(format_at(web, door.behind), door.format, &IntakeRefusal::Unavailable(2))
}

/// Answers a method that no door at this path takes, where the original's clients have to read the answer.
pub fn wrong_method(door: &Door, asked: &Method, allowed: &[Method]) -> Option<Response<Out>> {
    if matches!(door.behind, Behind::Events | Behind::Webhook | Behind::Json) {
        return None;
    }
    let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    let message = format!("method {asked} is not allowed, but [{}] are", names.join(","));
    let body = serde_json::json!({ "code": 405, "message": message }).to_string();
    let mut response = answer(WireAnswer::json(405, body), door.format);
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    Some(response)
}

/// Counts a request that was refused as a whole.
fn count_refused(source: SourceFormat, why: &'static str) {
    metrics::counter!("hansei_intake_refused_total", "format" => source.as_str(), "why" => why).increment(1);
}

fn refused(format: &dyn SignalFormat, source: SourceFormat, refusal: &IntakeRefusal) -> Response<Out> {
    let (why, retry) = match refusal {
        IntakeRefusal::UnknownKey => ("unknown_key", None),
        IntakeRefusal::Unreadable(_) => ("unreadable", None),
        IntakeRefusal::TooLarge => ("too_large", None),
        IntakeRefusal::BadEncoding => ("bad_encoding", None),
        IntakeRefusal::TooSlow => ("too_slow", None),
        IntakeRefusal::TooMany(secs) => ("too_many", Some(*secs)),
        IntakeRefusal::Unavailable(secs) => ("unavailable", Some(*secs)),
    };
    count_refused(source, why);
    let mut response = answer(format.refuse(refusal), source);
    let headers = response.headers_mut();
    if let Some(secs) = retry {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        let ask = HeaderValue::from_static("Bearer, Basic realm=\"hansei\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
    }
    response
}

fn answer(wire: WireAnswer, _: SourceFormat) -> Response<Out> {
    let mut response = Response::new(Out::Small(wire.body.into()));
    *response.status_mut() = StatusCode::from_u16(wire.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    dress(&mut response, wire.content_type);
    response
}

/// The headers that every answer to a machine has.
fn dress(response: &mut Response<Out>, content_type: &'static str) {
    const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    const FIXED: [(HeaderName, HeaderValue); 6] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    let headers = response.headers_mut();
    headers.reserve(10);
    if !content_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_is_found_and_nothing_else_is() {
        for door in DOORS {
            let path = door.path.replace("{key}", "k123").replace("{id}", "s1");
            match find(&door.method, &path) {
                Found::Door(found, key) => {
                    assert_eq!((found.path, &found.method), (door.path, &door.method));
                    assert_eq!(key, door.path.contains("{key}").then_some("k123"));
                }
                other => panic!("{path}: {other:?}"),
            }
            assert!(matches!(find(&Method::PATCH, &path), Found::WrongMethod(..)), "{path}");
        }
        for path in
            ["/", "/v2/", "/v2/enqueue/", "/am//api/v2/alerts", "/api/v1/alerts", "/webhooks/json/a/b"]
        {
            assert!(matches!(find(&Method::POST, path), Found::Nothing), "{path}");
        }
    }

    #[test]
    fn secrets_come_as_bearer_or_in_basic_authentication() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            secret_in_header(&headers)
        };
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("Basic dXNlcjpzZWNyZXQ=").as_deref(), Some("secret"), "user:secret");
        assert_eq!(of("Basic c2VjcmV0Og==").as_deref(), Some("secret"), "secret:");
        assert_eq!(of("Digest x"), None);
        assert_eq!(of("Basic %%%"), None);
    }
}
