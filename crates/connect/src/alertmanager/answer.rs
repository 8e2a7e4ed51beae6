//! The exact answer bodies of the original. Success has an empty body and status 200.

use hansei_app::ports::BadItem;

/// The body of a 400 for alerts that were refused (the good ones of the request are stored all the same): a JSON text
/// with one part per alert, and the line feed the original ends it with.
pub fn invalid(bad: &[BadItem]) -> String {
    let parts: Vec<&str> =
        bad.iter().flat_map(|item| item.errors.iter().map(|error| error.message.as_str())).collect();
    let mut body = serde_json::Value::from(parts.join("; ")).to_string();
    body.push('\n');
    body
}

/// The body of a 400 for what cannot be read.
pub fn unreadable(reason: &str) -> String {
    let message = format!("parsing alerts body from \"\" failed, because {reason}");
    serde_json::json!({ "code": 400, "message": message }).to_string()
}
