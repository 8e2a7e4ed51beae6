//! The client side: verbs that speak to a running Hansei over its API.

pub mod alert;
pub mod incident;
pub mod plan;

use std::time::Duration;

use hansei_app::ports::SharedIds;
use hansei_app::secret::hex;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::cli::Remote;
use crate::output::Failure;

/// The header under which the API remembers an answer.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest page that the API gives.
const PAGE: u32 = 500;

/// A client of the API.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    ids: SharedIds,
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
        let (_, ids) = crate::wiring::world();
        let base = remote.url().trim_end_matches('/').to_owned();
        Ok(Self { http, base, token: remote.token.clone(), ids })
    }

    /// GET of the API.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(self.http.get(format!("{}/api/v1{path}", self.base))).await
    }

    /// At most so many items of a list, newest first or as the path says, over as many pages as it takes.
    pub async fn list(&self, path: &str, most: u32) -> Result<Value, Failure> {
        let mut all: Vec<Value> = Vec::new();
        let mut cursor = String::new();
        let sign = if path.contains('?') { '&' } else { '?' };
        loop {
            let left = most.saturating_sub(u32::try_from(all.len()).unwrap_or(u32::MAX));
            let page = self.get(&format!("{path}{sign}limit={}{cursor}", left.clamp(1, PAGE))).await?;
            all.extend(items(&page).cloned());
            let full = u32::try_from(all.len()).unwrap_or(u32::MAX) >= most;
            match page["next"].as_str() {
                Some(next) if !full => cursor = format!("&cursor={}", query(next)),
                _ => return Ok(json!({"items": all, "next": page["next"]})),
            }
        }
    }

    /// POST of the API under a key of its own, so that a repetition after a lost connection has no second effect (R3).
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.post_as(&hex(&self.ids.secret()), path, body).await
    }

    /// POST of the API under this key: done at most once, however often it is asked.
    pub async fn post_as(&self, key: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}/api/v1{path}", self.base)).json(body);
        self.ask(request.header(IDEMPOTENCY_KEY, key)).await
    }

    /// PUT of the API: says how something is to be, so that it may be repeated.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(self.http.put(format!("{}/api/v1{path}", self.base)).json(body)).await
    }

    /// Sends signals, with an integration key as the bearer if it is not elsewhere. Whether a repetition is harmless only the caller knows.
    pub async fn signal(
        &self,
        path: &str,
        key: Option<&str>,
        body: String,
        again: bool,
    ) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}{path}", self.base));
        let request = request.header("content-type", "application/json").body(body);
        match self.send(request, key, again).await? {
            // Alertmanager's door says nothing when all is well.
            (status, text) if text.is_empty() && (200..300).contains(&status) => Ok(Value::Null),
            (status, text) => self.understand(status, &text),
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let (status, text) = self.send(request, self.token.as_deref(), true).await?;
        self.understand(status, &text)
    }

    /// Sends a request and, where repeating is harmless, once more if the connection was lost on the way.
    async fn send(
        &self,
        request: RequestBuilder,
        bearer: Option<&str>,
        again: bool,
    ) -> Result<(u16, String), Failure> {
        let request = match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let request = request.header("accept", "application/json");
        let second = request.try_clone().filter(|_| again);
        let answer = match (exchange(request).await, second) {
            // Nothing was sent if there was no connection; a time-out has taken a minute already.
            (Err(error), Some(second)) if !error.is_connect() && !error.is_timeout() => {
                exchange(second).await
            }
            (done, _) => done,
        };
        answer
            .map_err(|e| Failure::Unreachable(format!("{} cannot be reached: {}", self.base, root_cause(&e))))
    }

    /// What an answer means. Whatever speaks no JSON is not Hansei: success of something else is none.
    fn understand(&self, status: u16, text: &str) -> Result<Value, Failure> {
        let success = (200..300).contains(&status);
        if status == 204 {
            return Ok(Value::Null);
        }
        let Ok(body) = serde_json::from_str::<Value>(text) else {
            let base = &self.base;
            let why = format!("{base} answers (status {status}), but not as Hansei does; is --url right?");
            return Err(Failure::Unreachable(why));
        };
        match status {
            _ if success => Ok(body),
            502..=504 => Err(Failure::Unreachable(explain(&body, status))),
            _ => Err(Failure::Refused(explain(&body, status))),
        }
    }
}

async fn exchange(request: RequestBuilder) -> Result<(u16, String), reqwest::Error> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await?))
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

/// The items of a list.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

/// Percent-encodes a value for a query.
pub fn query(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_as_hansei_does_is_believed() {
        let client = Client::new(&Remote { url: Some("http://127.0.0.1:1/".into()), token: None }).unwrap();
        let code = |status, text: &str| client.understand(status, text).map_err(|f| f.code());
        assert_eq!(code(200, "<html>It works!</html>"), Err(3));
        assert_eq!(code(201, ""), Err(3));
        assert_eq!(code(404, "not found"), Err(3));
        assert_eq!(code(503, "{\"title\": \"Unavailable\"}"), Err(3));
        assert_eq!(code(422, "{\"title\": \"Invalid\"}"), Err(1));
        assert_eq!(code(204, ""), Ok(Value::Null));
        assert_eq!(code(200, "{\"number\": 7}"), Ok(serde_json::json!({"number": 7})));
    }
}
