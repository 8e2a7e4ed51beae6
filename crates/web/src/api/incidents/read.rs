//! Lists of incidents.

use axum::response::Response;
use hansei_app::ports::{IncidentQuery, IncidentRow};
use hansei_domain::Refusal;
use hansei_domain::incident::{self, IncidentStatus, Severity};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::{Incident, Viewer};
use crate::api::call::Call;
use crate::api::page::{Place, words};
use crate::api::wire::Names;
use crate::api::{json, names};
use crate::error::WebResult;

/// Which incidents are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// States, separated by commas; `active` stands for all in which people still fight it.
    #[param(value_type = Option<String>, example = "active")]
    status: Option<String>,
    /// Severities, separated by commas.
    #[param(value_type = Option<String>, example = "0,1")]
    severity: Option<Names<Severity>>,
    /// Short name or id of a service.
    service: Option<String>,
    /// Address or id of who holds it.
    holder: Option<String>,
    /// Words that must occur in the title.
    text: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// 1 to 500; 50 if nothing is said.
    limit: Option<usize>,
}

/// An incident in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentItem {
    /// The incident.
    #[serde(flatten)]
    pub incident: Incident,
    /// Its version, as in the `ETag`.
    pub version: u64,
    /// Its alerts that fire.
    pub firing_alerts: u64,
    /// All its alerts.
    pub all_alerts: u64,
}

/// A page of a list of incidents, highest number first.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentList {
    /// The incidents.
    pub items: Vec<IncidentItem>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

/// An incident as lists show it.
pub fn item(viewer: &Viewer<'_>, row: &IncidentRow) -> IncidentItem {
    IncidentItem {
        incident: viewer.incident(&row.incident),
        version: row.version,
        firing_alerts: row.firing_alerts,
        all_alerts: row.all_alerts,
    }
}

/// `GET /api/v1/incidents`.
pub async fn list(call: Call) -> WebResult<Response> {
    let query: ListQuery = call.query()?;
    let filter =
        format!("{:?}", (&query.status, &query.severity, &query.service, &query.holder, &query.text));
    let place = Place::new("incidents", &filter, query.limit)?;
    let before = place.read::<u64>(query.cursor.as_deref())?;
    let catalog = call.app().catalog.now();
    let service_id = query.service.as_deref().map(|s| names::service(&catalog, "service", s));
    let holder = query.holder.as_deref().map(|h| names::person(&catalog, "holder", h));
    let wanted = IncidentQuery {
        status: statuses(query.status.as_deref())?,
        severity: query.severity.map(|Names(all)| all).unwrap_or_default(),
        service_id: service_id.transpose().map_err(Refusal::from)?,
        holder: holder.transpose().map_err(Refusal::from)?,
        text: words(query.text)?,
        before,
        limit: place.limit + 1,
    };
    let mut rows = call.app().store.incidents(&wanted).await?;
    rows.retain(|row| row.incident.number != 0);
    let more = place.cut(&mut rows);
    let next = rows.last().filter(|_| more).map(|row| place.after(row.incident.number)).transpose()?;
    let viewer = Viewer::new(call.app(), &catalog);
    json::answer(
        StatusCode::OK,
        &IncidentList { items: rows.iter().map(|r| item(&viewer, r)).collect(), next },
    )
}

fn statuses(text: Option<&str>) -> WebResult<Vec<IncidentStatus>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for name in text.split(',').map(str::trim) {
        match (name, IncidentStatus::parse(name)) {
            ("active", _) => out.extend(IncidentStatus::ACTIVE),
            (_, Some(status)) => out.push(status),
            (_, None) => {
                let message = "must be active or names of states, separated by commas";
                let code = hansei_domain::refusal::FieldCode::Unknown;
                return Err(Refusal::field("status", code, message).into());
            }
        }
    }
    Ok(out)
}

/// The incident behind a name, as it is now.
pub async fn known(call: &Call, name: &str) -> WebResult<incident::Incident> {
    names::incident(&call.web, name).await
}
