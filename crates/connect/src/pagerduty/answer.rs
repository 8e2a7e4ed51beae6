//! The exact answer bodies of the original.

use hansei_domain::FieldError;
use serde::Serialize;

#[derive(Serialize)]
struct Accepted<'a> {
    status: &'static str,
    message: &'static str,
    dedup_key: &'a str,
}

#[derive(Serialize)]
struct Refused {
    status: &'static str,
    message: &'static str,
    errors: Vec<String>,
}

/// The body of a 202: the event is stored.
pub fn accepted(dedup_key: &str) -> String {
    json(&Accepted { status: "success", message: "Event processed", dedup_key })
}

/// The body of a 400 for an event with wrong fields, each error as `'payload.summary' is missing or blank`.
pub fn invalid(errors: &[FieldError]) -> String {
    let errors = errors.iter().map(|e| format!("'{}' {}", e.field, e.message)).collect();
    json(&Refused { status: "invalid event", message: "Event object is invalid", errors })
}

/// The body of a 400 for what is not JSON, with the reason.
pub fn unreadable(reason: &str) -> String {
    let errors = vec![format!("JSON parse error: {reason}")];
    json(&Refused { status: "Unrecognized object", message: "Event object format is unrecognized", errors })
}

/// The body of a 403: whether the key is unknown, ended or for something else is not said.
pub fn unknown_key() -> String {
    let errors = vec!["'routing_key' is not accepted".to_owned()];
    json(&Refused { status: "invalid key", message: "Event object is invalid", errors })
}

/// These structs of texts always serialise; an empty body would be the worst that could happen.
fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
