//! The client side: verbs that speak to a running Hansei over its API.

pub mod alert;
pub mod incident;
pub mod plan;

use std::time::Duration;

use serde_json::Value;

use crate::cli::Remote;
use crate::output::Failure;

/// A client of the API.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client for the address that the user named (and nobody else: this is not outbound traffic of a server).
    #[expect(clippy::disallowed_methods, reason = "the user's own command dials the address the user gave")]
    pub fn new(remote: &Remote) -> Result<Self, Failure> {
        hansei_connect::egress::install_crypto();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| Failure::Unreachable(e.to_string()))?;
        Ok(Self { http, base: remote.url.trim_end_matches('/').to_owned(), token: remote.token.clone() })
    }

    /// GET of the API.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.http.get(format!("{}/api/v1{path}", self.base));
        self.send(request, self.token.as_deref()).await
    }

    /// POST of the API, with a key that makes repeating it harmless.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}/api/v1{path}", self.base)).json(body);
        self.send(request, self.token.as_deref()).await
    }

    /// POST anywhere, with a bearer of its own.
    pub async fn post_to(&self, path: &str, bearer: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body), Some(bearer)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, bearer: Option<&str>) -> Result<Value, Failure> {
        let request = match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.header("accept", "application/json").send().await.map_err(|e| {
            Failure::Unreachable(format!("{} cannot be reached: {}", self.base, root_cause(&e)))
        })?;
        let status = answer.status();
        let text = answer.text().await.map_err(|e| Failure::Unreachable(e.to_string()))?;
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(body);
        }
        if status.as_u16() == 503 {
            return Err(Failure::Unreachable(explain(&body, status.as_u16())));
        }
        Err(Failure::Refused(explain(&body, status.as_u16())))
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// A problem document as sentences.
fn explain(body: &Value, status: u16) -> String {
    let mut text = match (body["title"].as_str(), body["detail"].as_str()) {
        (Some(title), Some(detail)) if title != detail => format!("{title}: {detail}"),
        (Some(title), _) => title.to_owned(),
        _ => format!("refused with status {status}"),
    };
    for error in body["errors"].as_array().into_iter().flatten() {
        let word = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        text.push_str(&format!("\n  {}: {}", word("field"), word("message")));
    }
    if status == 401 {
        text.push_str("\n  give a token with --token or HANSEI_TOKEN (hansei admin create makes one)");
    }
    text
}

/// A field of an answer as text; `-` if it is not there.
pub fn field(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    }
}

/// Percent-encodes a value for a query.
pub fn query(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
