//! Giving commands to incidents: each answers with the incident as the command left it.

use axum::extract::Path;
use axum::response::Response;
use hansei_app::incidents::NewIncident;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{
    Incident, IncidentCommand, IncidentSource, IncidentStatus, ReopenReason, ResolveCause, SeverityReason,
    TimeKind,
};
use hansei_domain::text::{Note, Title};
use hansei_domain::{FieldError, Refusal};
use http::StatusCode;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read;
use super::view::Viewer;
use crate::api::call::Posted;
use crate::api::spec::Empty;
use crate::api::wire::{Instant, Sev, SourceName, StatusName, TimeName, at, given};
use crate::api::{json, names};
use crate::error::WebResult;

/// An incident to be declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareBody {
    /// What people call it.
    title: String,
    /// How bad: 0 (worst) to 4.
    severity: Sev,
    /// Short name or id of the service it begins with.
    service: Option<String>,
    /// How it became known; `staff` if nothing is said.
    #[schema(value_type = Option<SourceName>)]
    source: Option<IncidentSource>,
    /// Whether people are told by the service's escalation.
    #[serde(default)]
    page: bool,
    /// Whether the caller holds it.
    #[serde(default)]
    hold: bool,
    /// Since when customers are hit.
    impact_started_at: Option<Instant>,
    /// When it was noticed; now if nothing is said.
    detected_at: Option<Instant>,
    /// When it was declared; now if nothing is said. Give it to bring an old incident in.
    declared_at: Option<Instant>,
}

/// `POST /api/v1/incidents`.
pub async fn declare(posted: Posted<DeclareBody>) -> WebResult<Response> {
    let body = &posted.body;
    let catalog = posted.app().catalog.now();
    let mut errors: Vec<FieldError> = Vec::new();
    let title = Title::parse("title", &body.title).map_err(|e| errors.push(e)).ok();
    let service = body.service.as_deref().map(|s| names::service(&catalog, "service", s));
    let service_id = service.transpose().map_err(|e| errors.push(e)).ok().flatten();
    let Some(title) = title.filter(|_| errors.is_empty()) else {
        return Err(Refusal::Invalid(errors).into());
    };
    let new = NewIncident {
        title: title.to_string(),
        service_id,
        severity: body.severity.0,
        source: body.source.unwrap_or(IncidentSource::Staff),
        page: body.page,
        hold: body.hold,
        impact_started_at: at(body.impact_started_at),
        detected_at: at(body.detected_at),
        declared_at: at(body.declared_at),
    };
    let told = Told::new(&posted, StatusCode::CREATED, Shape::Whole);
    let done = posted.app().declare_incident(&posted.actor(), &new, |i| told.tell(i)).await;
    match done {
        Ok(_) => Ok(told.response()),
        Err(error) => posted.settled(error).await,
    }
}

/// What an answer to a command holds.
#[derive(Clone, Copy)]
pub enum Shape {
    /// The incident.
    Whole,
    /// The incident and the newest remark's id.
    NewNote,
    /// The incident and the newest scope range's id.
    NewScope,
}

/// The id of what was made, and the incident with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Made {
    /// The new id.
    pub id: String,
    /// The incident now.
    pub incident: super::view::Incident,
}

/// Writes the answer of a command inside of its commit, so that what is remembered is what is answered.
pub struct Told<'a, T> {
    posted: &'a Posted<T>,
    status: StatusCode,
    shape: Shape,
    body: Mutex<String>,
}

impl<'a, T> Told<'a, T> {
    /// An answer that is still to be written.
    pub fn new(posted: &'a Posted<T>, status: StatusCode, shape: Shape) -> Self {
        Self { posted, status, shape, body: Mutex::new(String::new()) }
    }

    /// Writes it, and gives what is to be remembered.
    pub fn tell(&self, incident: &Incident) -> Option<hansei_app::ports::IdempotencyRow> {
        let app = self.posted.app();
        let catalog = app.catalog.now();
        let view = Viewer::new(app, &catalog).incident(incident);
        let id = match self.shape {
            Shape::Whole => None,
            Shape::NewNote => incident.remarks.last().map(|r| r.id.to_string()),
            Shape::NewScope => incident.scope.last().map(|s| s.id.to_string()),
        };
        let text = match id {
            Some(id) => json::text(&Made { id, incident: view }),
            None => json::text(&view),
        };
        // Views are plain data and cannot fail to be written; if one did, nothing is remembered.
        let text = text.ok()?;
        let row = self.posted.row(self.status, &text);
        *self.body.lock() = text;
        row
    }

    /// The answer.
    pub fn response(self) -> Response {
        json::raw(self.status, self.body.into_inner())
    }
}

/// Gives a command and answers with the incident.
pub async fn give<T>(posted: &Posted<T>, name: &str, command: IncidentCommand) -> WebResult<Response> {
    let incident = read::known(&posted.call, name).await?;
    give_to(posted, &incident, command, Shape::Whole).await
}

/// As [`give`], to an incident that was looked up already, with an answer of some shape.
pub async fn give_to<T>(
    posted: &Posted<T>,
    incident: &Incident,
    command: IncidentCommand,
    shape: Shape,
) -> WebResult<Response> {
    let status = if matches!(shape, Shape::Whole) { StatusCode::OK } else { StatusCode::CREATED };
    let told = Told::new(posted, status, shape);
    let (actor, seen) = (posted.actor(), posted.call.seen);
    let done = posted.app().command_incident(&actor, incident.id, &command, seen, |i| told.tell(i)).await;
    match done {
        Ok(_) => Ok(told.response()),
        Err(error) => posted.settled(error).await,
    }
}

/// A note in somebody's words, checked.
pub fn note(field: &str, text: Option<&str>) -> Result<Option<String>, Refusal> {
    Ok(Note::parse_optional(field, text)?.map(|n| n.to_string()))
}

/// `POST …/acknowledge`.
pub async fn acknowledge(Path(name): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    give(&posted, &name, IncidentCommand::Acknowledge { generation: None }).await
}

/// Who takes over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverBody {
    /// Address or id.
    to: String,
    /// What they should know.
    note: Option<String>,
}

/// `POST …/handover`.
pub async fn handover(Path(name): Path<String>, posted: Posted<HandoverBody>) -> WebResult<Response> {
    let catalog = posted.app().catalog.now();
    let to: PersonId = names::person_in_use(&catalog, "to", &posted.body.to).map_err(Refusal::from)?;
    let note = note("note", posted.body.note.as_deref())?;
    give(&posted, &name, IncidentCommand::HandOver { to, note }).await
}

/// Where it stands now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusBody {
    /// One of the active states; resolving, closing and merging are requests of their own.
    #[schema(value_type = StatusName)]
    status: IncidentStatus,
    /// Why.
    note: Option<String>,
}

/// `POST …/status`.
pub async fn status(Path(name): Path<String>, posted: Posted<StatusBody>) -> WebResult<Response> {
    let note = note("note", posted.body.note.as_deref())?;
    give(&posted, &name, IncidentCommand::SetStatus { to: posted.body.status, note }).await
}

/// How bad it is now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityBody {
    /// 0 (worst) to 4.
    severity: Sev,
    /// Why: it decides who is told and what is promised.
    note: String,
}

/// `POST …/severity`.
pub async fn severity(Path(name): Path<String>, posted: Posted<SeverityBody>) -> WebResult<Response> {
    let to = posted.body.severity.0;
    let note = Some(Note::parse("note", &posted.body.note).map_err(Refusal::from)?.to_string());
    let incident = read::known(&posted.call, &name).await?;
    let catalog = posted.app().catalog.now();
    let service = incident.service_id.and_then(|id| catalog.service(id));
    let escalation = service.filter(|s| s.rule.pages(to)).map(|s| s.escalation.clone());
    let reason = SeverityReason::Person { person: posted.actor().person(), note };
    let command = IncidentCommand::SetSeverity { to, reason, escalation };
    give_to(&posted, &incident, command, Shape::Whole).await
}

/// What it is called now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TitleBody {
    /// The title.
    title: String,
    /// Why.
    note: Option<String>,
}

/// `POST …/title`.
pub async fn title(Path(name): Path<String>, posted: Posted<TitleBody>) -> WebResult<Response> {
    let title = Title::parse("title", &posted.body.title).map_err(Refusal::from)?.to_string();
    let note = note("note", posted.body.note.as_deref())?;
    give(&posted, &name, IncidentCommand::Retitle { title, note }).await
}

/// One of the instants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimesBody {
    /// Which.
    #[schema(value_type = TimeName)]
    which: TimeKind,
    /// When; `null` = not known.
    #[serde(deserialize_with = "given")]
    #[schema(required = true)]
    at: Option<Instant>,
    /// Why.
    note: Option<String>,
}

/// `POST …/times`.
pub async fn times(Path(name): Path<String>, posted: Posted<TimesBody>) -> WebResult<Response> {
    let body = &posted.body;
    let note = note("note", body.note.as_deref())?;
    give(&posted, &name, IncidentCommand::SetTime { which: body.which, at: at(body.at), note }).await
}

/// How it ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// When the fault was gone; now if nothing is said.
    at: Option<Instant>,
    /// Since when customers are no longer hit, if known.
    impact_ended_at: Option<Instant>,
    /// In your words.
    note: Option<String>,
}

/// `POST …/resolve`.
pub async fn resolve(Path(name): Path<String>, posted: Posted<ResolveBody>) -> WebResult<Response> {
    let body = &posted.body;
    let command = IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::Person,
        at: at(body.at),
        impact_ended_at: at(body.impact_ended_at),
        note: note("note", body.note.as_deref())?,
    };
    give(&posted, &name, command).await
}

/// It came back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenBody {
    /// Whether people are told; if nothing is said, the service's rule decides by the severity.
    page: Option<bool>,
    /// Why, in your words.
    note: Option<String>,
}

/// `POST …/reopen`.
pub async fn reopen(Path(name): Path<String>, posted: Posted<ReopenBody>) -> WebResult<Response> {
    let incident = read::known(&posted.call, &name).await?;
    let catalog = posted.app().catalog.now();
    let service = incident.service_id.and_then(|id| catalog.service(id));
    let by_rule = service.is_some_and(|s| s.rule.pages(incident.severity));
    let page = posted.body.page.unwrap_or(by_rule);
    let escalation = page.then(|| posted.app().policy_of(&incident));
    let note = note("note", posted.body.note.as_deref())?;
    let command = IncidentCommand::Reopen { reason: ReopenReason::Person, escalation, note };
    give_to(&posted, &incident, command, Shape::Whole).await
}

/// Nothing is left to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBody {
    /// When; now if nothing is said.
    at: Option<Instant>,
    /// In your words.
    note: Option<String>,
}

/// `POST …/close`.
pub async fn close(Path(name): Path<String>, posted: Posted<CloseBody>) -> WebResult<Response> {
    let note = note("note", posted.body.note.as_deref())?;
    give(&posted, &name, IncidentCommand::Close { at: at(posted.body.at), note }).await
}
