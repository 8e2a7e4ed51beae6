//! The exact answer bodies of the original. Success has an empty body and status 200.

use hansei_app::ports::{BadItem, WireAnswer};
use hansei_domain::FieldError;

/// What the original says of an alert without any label.
pub(super) const AT_LEAST_ONE: &str = "at least one label pair required";
/// What it says of times the wrong way round.
pub(super) const START_BEFORE_END: &str = "start time must be before end time";
/// What its validation says of an alert that has no field of labels, behind the place of the alert.
pub(super) const NO_LABELS: &str = "labels in body is required";
/// What its validation says of no body at all.
pub(super) const NO_BODY: &str = "alerts in body is required";
/// How it begins what it says of names that it does not take.
const BAD_NAMES: [&str; 2] = ["invalid label set: invalid name", "invalid annotations: invalid name"];

/// The answer to alerts that were refused (the good ones of the request are stored all the same). What the original's
/// validation finds comes first, as it does there.
pub(super) fn refused(bad: &[BadItem]) -> WireAnswer {
    let missing = bad.iter().find(|item| item.errors.iter().any(|error| error.message == NO_LABELS));
    match missing {
        Some(item) => invalid_body(&format!("{}.{NO_LABELS}", item.index)),
        None => WireAnswer::json(400, invalid(bad)),
    }
}

/// The answer of the original's validation to a body of the wrong shape.
pub(super) fn invalid_body(message: &str) -> WireAnswer {
    WireAnswer::json(422, serde_json::json!({ "code": 602, "message": message }).to_string())
}

/// The body of a 400 for alerts that were refused: a JSON text with one part per error, and the line feed the original
/// ends it with.
pub fn invalid(bad: &[BadItem]) -> String {
    let parts: Vec<String> = bad.iter().flat_map(|item| &item.errors).map(part).collect();
    line(&parts.join("; "))
}

/// What is wrong, in the words of the original where it has some, and with the name of the field where it has not.
fn part(error: &FieldError) -> String {
    let message = error.message.as_str();
    let theirs = [AT_LEAST_ONE, START_BEFORE_END].contains(&message)
        || BAD_NAMES.iter().any(|begin| message.starts_with(begin));
    if theirs { message.to_owned() } else { error.to_string() }
}

/// A JSON text with a line feed, as the original writes its errors.
pub(super) fn line(text: &str) -> String {
    let mut body = serde_json::Value::from(text).to_string();
    body.push('\n');
    body
}

/// The body of a 400 for what cannot be read.
pub fn unreadable(reason: &str) -> String {
    let message = format!("parsing alerts body from \"\" failed, because {reason}");
    serde_json::json!({ "code": 400, "message": message }).to_string()
}
