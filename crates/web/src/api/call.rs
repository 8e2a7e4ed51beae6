//! One request to the API: who asks, what they have seen, and the key that makes repeating it harmless.
//!
//! [`Call`] is the part without a body; [`Posted`] adds a body and looks its idempotency key up (R3) before the handler
//! runs: a repetition gets the remembered answer and the handler never sees it. Two requests with one key that arrive
//! together wait for each other on this node, and for the store's word between nodes. Refusals are not remembered, and
//! neither are secrets: an answer that made one is repeated without it (R42).

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use hansei_app::auth::Principal;
use hansei_app::ports::IdempotencyRow;
use hansei_app::{App, AppError, secret};
use hansei_domain::access::Actor;
use hansei_domain::refusal::{FieldCode, Refusal};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedMutexGuard;

use super::json;
use crate::body::not_read;
use crate::error::{Problem, ProblemKind, WebResult};
use crate::gate::Admitted;
use crate::state::Web;

/// The header with the key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is a remembered one.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key.
const LONGEST_KEY: usize = 255;
/// Keys in work beyond which finished ones are looked for.
const PRUNE_AT: usize = 256;

/// Keys that are being worked on by this node.
#[derive(Default)]
pub struct InWork(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl InWork {
    /// Waits until nobody else on this node works on the key.
    async fn enter(&self, name: String) -> OwnedMutexGuard<()> {
        let lock = {
            let mut all = self.0.lock();
            if all.len() >= PRUNE_AT {
                all.retain(|_, lock| lock.strong_count() > 0);
            }
            let known = all.get(&name).and_then(Weak::upgrade);
            let lock = known.unwrap_or_default();
            all.insert(name, Arc::downgrade(&lock));
            lock
        };
        lock.lock_owned().await
    }
}

/// A request without its body.
pub struct Call {
    /// The shared state.
    pub web: Web,
    /// Who asks.
    pub who: Principal,
    /// The version the caller has seen (`If-Match`).
    pub seen: Option<u64>,
    /// The address.
    pub uri: Uri,
}

impl Call {
    /// The use-cases.
    pub fn app(&self) -> &Arc<App> {
        &self.web.app
    }

    /// The actor of what this person does.
    pub fn actor(&self) -> Actor {
        self.who.actor()
    }

    /// The query, read strictly.
    pub fn query<T: DeserializeOwned>(&self) -> WebResult<T> {
        json::query(&self.uri)
    }

    /// An error of a use-case, where a conflict may mean that the caller has seen another version.
    pub fn refused(&self, error: AppError) -> Problem {
        match error {
            AppError::Conflict if self.seen.is_some() => Problem::new(ProblemKind::PreconditionFailed)
                .detail("somebody has changed it since; fetch it again"),
            other => other.into(),
        }
    }
}

impl FromRequestParts<Web> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> WebResult<Self> {
        let admitted = parts.extensions.get::<Admitted>().cloned();
        let admitted =
            admitted.ok_or_else(|| Problem::internal("an API handler on a route that admits anybody"))?;
        let seen = seen(parts)?;
        Ok(Self { web: web.clone(), who: admitted.principal, seen, uri: parts.uri.clone() })
    }
}

/// The version in `If-Match`; `*` and absence ask for none.
fn seen(parts: &Parts) -> WebResult<Option<u64>> {
    let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
    let wrong = || Refusal::field("If-Match", FieldCode::Malformed, "must be one ETag of this resource");
    Ok(Some(version.ok_or_else(wrong)?))
}

/// What makes repeating a request harmless.
struct Memory {
    scope: String,
    key: String,
    request: String,
    _alone: OwnedMutexGuard<()>,
}

/// A request with its body.
pub struct Posted<T> {
    /// The rest of it.
    pub call: Call,
    /// The body.
    pub body: T,
    memory: Option<Memory>,
}

impl<T> Posted<T> {
    /// The use-cases.
    pub fn app(&self) -> &Arc<App> {
        self.call.app()
    }

    /// The actor of what this person does.
    pub fn actor(&self) -> Actor {
        self.call.actor()
    }

    /// What is to be stored with the work, if the caller gave a key.
    pub fn row(&self, status: StatusCode, body: &str) -> Option<IdempotencyRow> {
        let memory = self.memory.as_ref()?;
        Some(IdempotencyRow {
            scope: memory.scope.clone(),
            key: memory.key.clone(),
            request: memory.request.clone(),
            status: status.as_u16(),
            body: body.to_owned(),
            at: self.app().clock.now(),
        })
    }

    /// Answers, and remembers the answer in a commit of its own.
    pub async fn answer<A: Serialize>(&self, status: StatusCode, value: &A) -> WebResult<Response> {
        let body = json::text(value)?;
        self.remember(status, &body).await?;
        Ok(json::raw(status, body))
    }

    /// As [`Posted::answer`], but what is remembered is another value: the same without its secret.
    pub async fn answer_once<A: Serialize>(
        &self,
        status: StatusCode,
        value: &A,
        remembered: &A,
    ) -> WebResult<Response> {
        self.remember(status, &json::text(remembered)?).await?;
        json::answer(status, value)
    }

    async fn remember(&self, status: StatusCode, body: &str) -> WebResult<()> {
        let Some(row) = self.row(status, body) else { return Ok(()) };
        match self.app().remember(row).await {
            Ok(()) => {}
            // The work is done: an answer that cannot be remembered is still the answer.
            Err(error) => tracing::warn!(%error, "an answer could not be remembered"),
        }
        Ok(())
    }

    /// What to answer when the work was refused: if the same request was done elsewhere meanwhile, its answer.
    pub async fn settled(&self, error: AppError) -> WebResult<Response> {
        if let Some(memory) = &self.memory
            && let Some(response) = replay(self.app(), memory).await?
        {
            return Ok(response);
        }
        Err(self.call.refused(error))
    }
}

/// The remembered answer; an error if the key was used with another request.
async fn replay(app: &App, memory: &Memory) -> WebResult<Option<Response>> {
    let Some(row) = app.remembered(&memory.scope, &memory.key).await? else { return Ok(None) };
    if row.request != memory.request {
        return Err(Problem::new(ProblemKind::IdempotencyMismatch));
    }
    let status = StatusCode::from_u16(row.status).map_err(Problem::internal)?;
    let mut response = if row.body.is_empty() { status.into_response() } else { json::raw(status, row.body) };
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(Some(response))
}

impl<T: DeserializeOwned> FromRequest<Web> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        let refuse = Problem::into_response;
        let (mut parts, body) = request.into_parts();
        let call = Call::from_request_parts(&mut parts, web).await.map_err(refuse)?;
        let bytes = axum::body::to_bytes(body, json::LARGEST).await.map_err(|e| refuse(not_read(&e)))?;
        let memory = memory(&call, &parts, &bytes).await.map_err(refuse)?;
        if let Some(memory) = &memory
            && let Some(response) = replay(call.app(), memory).await.map_err(refuse)?
        {
            return Err(response);
        }
        let body = json::read(&parts.headers, &bytes).map_err(refuse)?;
        Ok(Self { call, body, memory })
    }
}

async fn memory(call: &Call, parts: &Parts, body: &[u8]) -> WebResult<Option<Memory>> {
    let Some(value) = parts.headers.get(IDEMPOTENCY_KEY).filter(|_| parts.method == Method::POST) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or("").trim();
    if key.is_empty() || key.len() > LONGEST_KEY {
        let message = "must be 1 to 255 printable ASCII characters";
        return Err(Refusal::field("Idempotency-Key", FieldCode::Malformed, message).into());
    }
    let path = parts.uri.path_and_query().map_or("", |p| p.as_str());
    let mut whole = format!("{} {path}\n", parts.method).into_bytes();
    whole.extend_from_slice(body);
    let scope = call.who.person_id.to_string();
    let alone = call.web.api.in_work.enter(format!("{scope} {key}")).await;
    Ok(Some(Memory { scope, key: key.to_owned(), request: secret::sha256_hex(&whole), _alone: alone }))
}
