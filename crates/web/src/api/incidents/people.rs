//! Telling others about an incident, beginning its escalation anew, and merging incidents.

use axum::extract::Path;
use axum::response::Response;
use hansei_domain::FieldError;
use hansei_domain::catalog::StepTarget;
use hansei_domain::incident::{Incident, IncidentCommand};
use hansei_domain::refusal::{FieldCode, Refusal};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::act::{Shape, give, give_to};
use super::read;
use super::view::Viewer;
use crate::api::call::Posted;
use crate::api::names;
use crate::api::spec::Empty;
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
    let teams = names::each(&catalog, "teams", &body.teams, names::team_in_use, &mut errors);
    if people.is_empty() && teams.is_empty() && errors.is_empty() {
        errors.push(FieldError::new("people", FieldCode::Required, "name a person or team"));
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors).into());
    }
    let people = people.into_iter().map(|id| StepTarget::Person { id });
    let targets = people.chain(teams.into_iter().map(|id| StepTarget::Team { id })).collect();
    give(&posted, &name, IncidentCommand::RequestPeople { targets }).await
}

/// `POST …/escalate`.
pub async fn escalate(Path(name): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let incident = read::known(&posted.call, &name).await?;
    let policy = posted.app().policy_of(&incident);
    give_to(&posted, &incident, IncidentCommand::Escalate { policy }, Shape::Whole).await
}

/// Where the story goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// Number or id of the incident that carries it on.
    into: String,
}

/// `POST …/merge`.
pub async fn merge(Path(name): Path<String>, posted: Posted<MergeBody>) -> WebResult<Response> {
    let source = read::known(&posted.call, &name).await?;
    let target =
        read::known(&posted.call, &posted.body.into).await.map_err(|problem| match problem.kind {
            crate::error::ProblemKind::NotFound => {
                Refusal::field("into", FieldCode::Unknown, "there is no such incident").into()
            }
            _ => problem,
        })?;
    match posted.app().merge_incidents(&posted.actor(), source.id, target.id).await {
        Ok(done) => merged(&posted, &done.incident).await,
        Err(error) => {
            // Repeated after an answer that got lost: what was asked for is done.
            let now = read::known(&posted.call, &name).await?;
            let repeated = posted.row(StatusCode::OK, "").is_some() && now.merged_into == Some(target.id);
            if repeated { merged(&posted, &now).await } else { posted.settled(error).await }
        }
    }
}

async fn merged(posted: &Posted<MergeBody>, incident: &Incident) -> WebResult<Response> {
    let catalog = posted.app().catalog.now();
    let view = Viewer::new(posted.app(), &catalog).incident(incident);
    posted.answer(StatusCode::OK, &view).await
}
