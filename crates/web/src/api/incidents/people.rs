//! Telling others about an incident, beginning its escalation anew, and merging incidents.

use axum::extract::Path;
use axum::response::Response;
use hansei_domain::FieldError;
use hansei_domain::catalog::StepTarget;
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::IncidentCommand;
use hansei_domain::refusal::{FieldCode, Refusal};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::act::{Shape, Told, give, give_to, note};
use super::read;
use crate::api::call::{Call, Posted};
use crate::api::names;
use crate::api::wire::given;
use crate::error::WebResult;

/// Most people or teams that are asked for at once.
const MOST: usize = 50;

/// Whom to tell.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleBody {
    /// Addresses or ids of people.
    #[serde(default)]
    people: Vec<String>,
    /// Short names or ids of teams.
    #[serde(default)]
    teams: Vec<String>,
    /// Why, in your words.
    note: Option<String>,
}

/// `POST …/people`.
pub async fn ask(Path(name): Path<String>, posted: Posted<PeopleBody>) -> WebResult<Response> {
    let body = &posted.body;
    if body.people.len() + body.teams.len() > MOST {
        return Err(Refusal::field("people", FieldCode::TooLong, "at most 50 people and teams").into());
    }
    let catalog = posted.app().catalog.now();
    let mut errors: Vec<FieldError> = Vec::new();
    let people = names::each(&catalog, "people", &body.people, names::person_in_use, &mut errors);
    let teams = names::each(&catalog, "teams", &body.teams, names::team, &mut errors);
    if people.is_empty() && teams.is_empty() && errors.is_empty() {
        errors.push(FieldError::new("people", FieldCode::Required, "name a person or team"));
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors).into());
    }
    let people = people.into_iter().map(|id| StepTarget::Person { id });
    let targets = people.chain(teams.into_iter().map(|id| StepTarget::Team { id })).collect();
    let note = note("note", body.note.as_deref())?;
    give(&posted, &name, IncidentCommand::RequestPeople { targets, note }).await
}

/// Why people are told anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalateBody {
    /// Why, in your words.
    note: Option<String>,
}

/// `POST …/escalate`.
pub async fn escalate(Path(name): Path<String>, posted: Posted<EscalateBody>) -> WebResult<Response> {
    let incident = read::known(&posted.call, &name).await?;
    let (policy, note) = (posted.app().policy_of(&incident), note("note", posted.body.note.as_deref())?);
    give_to(&posted, &incident, IncidentCommand::Escalate { policy, note }, Shape::Whole).await
}

/// Where the story goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// Number or id of the incident that carries it on.
    into: String,
    /// Why, in your words.
    note: Option<String>,
}

/// What came back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurrenceBody {
    /// Number or id of the earlier incident; `null` = it is no recurrence.
    #[serde(deserialize_with = "given")]
    #[schema(required = true)]
    of: Option<String>,
}

/// `POST …/recurrence`.
pub async fn recurrence(Path(name): Path<String>, posted: Posted<RecurrenceBody>) -> WebResult<Response> {
    let incident = read::known(&posted.call, &name).await?;
    let earlier = match &posted.body.of {
        Some(of) => Some(other(&posted.call, "of", of).await?),
        None => None,
    };
    let told = Told::new(&posted, StatusCode::OK, Shape::Whole);
    let app = posted.app();
    match app.link_recurrence(&posted.actor(), incident.id, earlier, |i| told.tell(i)).await {
        Ok(_) => Ok(told.response()),
        Err(error) => posted.settled(error).await,
    }
}

/// Another incident that a field of the body names.
async fn other(call: &Call, field: &'static str, name: &str) -> WebResult<IncidentId> {
    match read::known(call, name).await {
        Ok(incident) => Ok(incident.id),
        Err(problem) if problem.kind == crate::error::ProblemKind::NotFound => {
            Err(Refusal::field(field, FieldCode::Unknown, "there is no such incident").into())
        }
        Err(problem) => Err(problem),
    }
}

/// `POST …/merge`.
pub async fn merge(Path(name): Path<String>, posted: Posted<MergeBody>) -> WebResult<Response> {
    let source = read::known(&posted.call, &name).await?;
    let target = other(&posted.call, "into", &posted.body.into).await?;
    let why = note("note", posted.body.note.as_deref())?;
    let told = Told::new(&posted, StatusCode::OK, Shape::Whole);
    let (app, actor) = (posted.app(), posted.actor());
    match app.merge_incidents(&actor, source.id, target, why, |i| told.tell(i)).await {
        Ok(_) => Ok(told.response()),
        Err(error) => posted.settled(error).await,
    }
}
