//! Signals that a person sends for trying out: the same way as every signal, without an integration key.

use std::collections::BTreeMap;

use axum::response::Response;
use hansei_app::secret;
use hansei_domain::FieldError;
use hansei_domain::ids::{KeyId, TypedId, encode_base32};
use hansei_domain::refusal::{FieldCode, Refusal};
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat, limits};
use hansei_domain::text::Line;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::call::Posted;
use crate::api::names;
use crate::api::wire::{ActionName, AlertSeverityName};
use crate::error::WebResult;

/// A signal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalBody {
    /// Short name or id of the service it is about.
    service: String,
    /// `trigger` if nothing is said.
    #[schema(value_type = Option<ActionName>)]
    action: Option<SignalAction>,
    /// Names the alert within the service; made if a trigger has none.
    dedup_key: Option<String>,
    /// One line for people; a trigger needs it.
    summary: Option<String>,
    /// How bad it is; `warning` if nothing is said.
    #[schema(value_type = Option<AlertSeverityName>)]
    severity: Option<AlertSeverity>,
    /// The thing that is ill.
    source: Option<String>,
    /// Identifying labels.
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// A signal that is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Names the alert within the service; give it to end the alert.
    pub dedup_key: String,
}

/// `POST /api/v1/signals`.
pub async fn send(posted: Posted<SignalBody>) -> WebResult<Response> {
    let signal = signal(&posted)?;
    let accepted = Accepted { dedup_key: signal.dedup_key.clone() };
    match posted.app().accept(&[signal]).await {
        Ok(_) => posted.answer(StatusCode::ACCEPTED, &accepted).await,
        Err(error) => posted.settled(error).await,
    }
}

fn signal(posted: &Posted<SignalBody>) -> Result<Signal, Refusal> {
    let (app, body) = (posted.app(), &posted.body);
    let now = app.clock.now();
    let action = body.action.unwrap_or(SignalAction::Trigger);
    let mut errors: Vec<FieldError> = Vec::new();
    let service = names::service_in_use(&app.catalog.now(), "service", &body.service);
    let service = service.map_err(|e| errors.push(e)).ok();
    let dedup_key = match (&body.dedup_key, action) {
        // A repeated request is the same signal again, even if nobody remembers that it was answered.
        (None, SignalAction::Trigger) => Some(match posted.row(StatusCode::ACCEPTED, "") {
            Some(row) => {
                let of = secret::sha256_hex(format!("{} {}", row.scope, row.key).as_bytes());
                format!("test-{}", of.get(..26).unwrap_or(&of))
            }
            None => format!("test-{}", encode_base32(app.ids.fresh(now))),
        }),
        (given, _) => Line::<{ limits::DEDUP_KEY }>::parse("dedup_key", given.as_deref().unwrap_or(""))
            .map_err(|e| errors.push(e))
            .ok()
            .map(|key| key.to_string()),
    };
    let content = if action == SignalAction::Trigger {
        content(body, &posted.call.who.name, &mut errors)
    } else {
        None
    };
    let (Some(service_id), Some(dedup_key), true) = (service, dedup_key, errors.is_empty()) else {
        return Err(Refusal::Invalid(errors));
    };
    Ok(Signal {
        service_id,
        // No key: a person sends it.
        key_id: KeyId::from_bits(0),
        format: SourceFormat::Internal,
        action,
        dedup_key,
        content,
        occurred_at: None,
        expires_at: None,
        received_at: now,
    })
}

fn content(body: &SignalBody, sender: &str, errors: &mut Vec<FieldError>) -> Option<Content> {
    let summary = Line::<{ limits::SUMMARY }>::parse("summary", body.summary.as_deref().unwrap_or(""));
    let summary = summary.map_err(|e| errors.push(e)).ok();
    let source = body.source.as_deref().unwrap_or("Hansei API");
    let source = Line::<{ limits::SHORT }>::parse("source", source).map_err(|e| errors.push(e)).ok();
    if body.labels.len() > limits::PAIRS {
        errors.push(FieldError::new("labels", FieldCode::TooLong, "at most 64 labels"));
        return None;
    }
    for (name, value) in &body.labels {
        let field = format!("labels.{name}");
        errors.extend(Line::<{ limits::SHORT }>::parse("labels", name).err());
        errors.extend(Line::<{ limits::VALUE }>::parse(&field, value).err());
    }
    let severity = body.severity.unwrap_or(AlertSeverity::Warning);
    let mut content = Content::plain(summary?.as_str(), severity, source?.as_str());
    content.client = Some(format!("{sender} by the API"));
    content.labels = body.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Some(content)
}
