//! The only place with status codes: what went wrong, as RFC 9457 for machines and as a page for people.
//!
//! A handler returns a [`Problem`]; the gate, which knows the language and whether a machine asked, writes it out.
//! Internals never leave: they are logged with the request's id, which is the `instance` of the answer.

use askama::Template;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hansei_app::AppError;
use hansei_domain::{FieldError, Refusal};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::shell::Shell;

/// Result of a handler.
pub type WebResult<T> = Result<T, Problem>;

/// The closed list of problems; each is one `type` of RFC 9457.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The request cannot be read at all.
    Malformed,
    /// Nobody is signed in, or the key or token is not known.
    Unauthenticated,
    /// The role does not allow it.
    Forbidden,
    /// The request does not come from our own pages.
    CrossSite,
    /// It does not exist, or the caller may not know that it does (R37).
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body did not arrive in time.
    TimedOut,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// It is not in a state in which this can be done.
    WrongState,
    /// The idempotency key was used with another request (R3).
    IdempotencyMismatch,
    /// The link belongs to an earlier alarm (R12).
    StaleLink,
    /// The version the caller has seen is not the current one.
    PreconditionFailed,
    /// The body is too large.
    TooLarge,
    /// The body's type or encoding is not understood.
    UnsupportedType,
    /// Fields are wrong.
    Invalid,
    /// Too many requests.
    TooMany,
    /// A bug.
    Internal,
    /// Cannot now.
    Unavailable,
}

impl ProblemKind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Malformed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::CrossSite,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TimedOut,
        Self::Conflict,
        Self::WrongState,
        Self::IdempotencyMismatch,
        Self::StaleLink,
        Self::PreconditionFailed,
        Self::TooLarge,
        Self::UnsupportedType,
        Self::Invalid,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict | Self::WrongState | Self::IdempotencyMismatch => StatusCode::CONFLICT,
            Self::StaleLink => StatusCode::GONE,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable name: the last part of the `type`, and of the key of its words (`problem-<name>`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TimedOut => "timed_out",
            Self::Conflict => "conflict",
            Self::WrongState => "wrong_state",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::StaleLink => "stale_link",
            Self::PreconditionFailed => "precondition_failed",
            Self::TooLarge => "too_large",
            Self::UnsupportedType => "unsupported_type",
            Self::Invalid => "invalid",
            Self::TooMany => "too_many",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The English title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be read",
            Self::Unauthenticated => "Nobody is signed in",
            Self::Forbidden => "Not allowed",
            Self::CrossSite => "The request does not come from Hansei's own pages",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed => "This address does not take this method",
            Self::TimedOut => "The request did not arrive in time",
            Self::Conflict => "Somebody else changed it meanwhile",
            Self::WrongState => "This cannot be done now",
            Self::IdempotencyMismatch => "The idempotency key was used with another request",
            Self::StaleLink => "This link belongs to an earlier alarm",
            Self::PreconditionFailed => "It is not the version that was seen",
            Self::TooLarge => "The request is too large",
            Self::UnsupportedType => "The type of the body is not understood",
            Self::Invalid => "Some fields are wrong",
            Self::TooMany => "Too many requests",
            Self::Internal => "Something went wrong on our side",
            Self::Unavailable => "Not available right now",
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which of the closed list.
    pub kind: ProblemKind,
    /// A stable code that says more, if there is one (of a wrong state).
    pub code: Option<&'static str>,
    /// One English sentence about this case.
    pub detail: Option<String>,
    /// Fields that are wrong.
    pub errors: Vec<FieldError>,
    /// When another try makes sense, seconds.
    pub retry_after_secs: Option<u32>,
}

impl Problem {
    /// A problem without details.
    pub fn new(kind: ProblemKind) -> Self {
        Self { kind, code: None, detail: None, errors: Vec::new(), retry_after_secs: None }
    }

    /// Adds a sentence.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, secs: u32) -> Self {
        self.retry_after_secs = Some(secs);
        self
    }

    /// It does not exist.
    pub fn not_found() -> Self {
        Self::new(ProblemKind::NotFound)
    }

    /// A bug; the reason is logged and not shown.
    pub fn internal(why: impl std::fmt::Display) -> Self {
        tracing::error!(%why, "a request failed");
        Self::new(ProblemKind::Internal)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::Invalid(errors) => Self { errors, ..Self::new(ProblemKind::Invalid) },
            Refusal::WrongState { code, message } => {
                Self { code: Some(code), ..Self::new(ProblemKind::WrongState).detail(message) }
            }
            Refusal::Forbidden(why) => Self::new(ProblemKind::Forbidden).detail(why),
            Refusal::NotFound(_) => Self::new(ProblemKind::NotFound).detail(text),
            Refusal::StaleGeneration => Self::new(ProblemKind::StaleLink).detail(text),
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refusal) => refusal.into(),
            AppError::Conflict => Self::new(ProblemKind::Conflict),
            AppError::Unavailable(why) => {
                tracing::warn!(why, "the store is not available");
                Self::new(ProblemKind::Unavailable).retry_after(2)
            }
            AppError::Backlogged => Self::new(ProblemKind::Unavailable).retry_after(2),
            AppError::Bug(why) => Self::internal(why),
        }
    }
}

impl From<hansei_app::ports::StoreError> for Problem {
    fn from(error: hansei_app::ports::StoreError) -> Self {
        AppError::from(error).into()
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

/// Carries the problem to whoever writes it out.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.status();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    instance: String,
}

/// Writes a problem as `application/problem+json`.
pub fn as_json(problem: &Problem, request_id: &str) -> Response {
    let status = problem.kind.status();
    let wire = Wire {
        r#type: format!("urn:hansei:problem:{}", problem.kind.as_str()),
        title: problem.kind.title(),
        status: status.as_u16(),
        code: problem.code,
        detail: problem.detail.as_deref(),
        errors: &problem.errors,
        instance: format!("urn:hansei:request:{request_id}"),
    };
    let body = serde_json::to_vec(&wire).unwrap_or_default();
    finished(problem, body, "application/problem+json")
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: Shell,
    problem: &'a Problem,
    title: String,
    text: String,
    request_id: &'a str,
}

/// Writes a problem as a page.
pub fn as_page(problem: &Problem, request_id: &str, shell: Shell) -> Response {
    let name = problem.kind.as_str();
    let specific = problem.code.map(|code| format!("refusal-{code}")).filter(|key| shell.has(key));
    let title = shell.t(&format!("problem-{name}"));
    let text = shell.t(&specific.unwrap_or_else(|| format!("problem-{name}-text")));
    let page = ErrorPage { shell: shell.titled(title.clone()), problem, title, text, request_id };
    match page.render() {
        Ok(body) => finished(problem, body.into_bytes(), "text/html; charset=utf-8"),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            finished(problem, problem.kind.title().as_bytes().to_vec(), "text/plain; charset=utf-8")
        }
    }
}

fn finished(problem: &Problem, body: Vec<u8>, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = problem.kind.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(secs) = problem.retry_after_secs {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hansei_app::words::{Locale, Words};
    use hansei_domain::refusal::FieldCode;

    use super::*;

    #[test]
    fn every_problem_has_a_name_of_its_own_and_words_in_every_language() {
        let names: BTreeSet<&str> = ProblemKind::ALL.iter().map(|k| k.as_str()).collect();
        assert_eq!(names.len(), ProblemKind::ALL.len());
        let words = Words::built_in();
        for name in names {
            for key in [format!("problem-{name}"), format!("problem-{name}-text")] {
                for locale in [Locale::En, Locale::De, Locale::Ja] {
                    assert_ne!(words.plain(locale, &key), key, "{locale:?}");
                }
            }
        }
    }

    #[test]
    fn what_happened_inside_stays_inside() {
        for error in [AppError::Bug("SELECT secret".into()), AppError::Unavailable("/var/secret".into())] {
            let problem = Problem::from(error);
            assert_eq!((problem.detail.as_deref(), problem.code), (None, None), "{problem:?}");
        }
        assert_eq!(Problem::from(AppError::Backlogged).retry_after_secs, Some(2));
    }

    #[tokio::test]
    async fn fields_are_named_to_machines() {
        let refusal =
            Refusal::field("steps[1].delay_secs", FieldCode::OutOfRange, "must be 0 to 86400 seconds");
        let response = as_json(&refusal.into(), "req_1");
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "type": "urn:hansei:problem:invalid",
                "title": "Some fields are wrong",
                "status": 422,
                "errors": [{"field": "steps[1].delay_secs", "code": "out_of_range", "message": "must be 0 to 86400 seconds"}],
                "instance": "urn:hansei:request:req_1",
            })
        );
    }
}
