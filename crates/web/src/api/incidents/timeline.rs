//! The timeline of an incident: its own entries and those of its alerts, pages and merged incidents.

use axum::extract::Path;
use axum::response::Response;
use hansei_app::ports::{Loaded, TimelineFrom, TimelineQuery};
use hansei_app::reading::timeline::{LineKind, Teller};
use hansei_app::words::Locale;
use hansei_domain::incident::Incident;
use hansei_domain::journal::{AggregateId, Recorded, State};
use hansei_domain::refusal::{FieldCode, Refusal};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::detail::family;
use super::read;
use crate::api::call::Call;
use crate::api::entries::TimelineEntry;
use crate::api::json;
use crate::api::page::Place;
use crate::error::WebResult;

/// Changes of the scope that are read to say what a range was before.
const SCOPE_CHANGES: usize = 2_000;

/// Which part of a timeline is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TimelineParams {
    /// `oldest` (if nothing is said) or `newest` first.
    order: Option<String>,
    /// Only entries of this kind: `decisions`, `comments`, `evidence`, `pages` or `alerts`.
    kind: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// 1 to 500; 50 if nothing is said.
    limit: Option<usize>,
}

/// A page of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// The entries.
    pub items: Vec<TimelineEntry>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

/// `GET /api/v1/incidents/{incident}/timeline`.
pub async fn timeline(Path(name): Path<String>, call: Call) -> WebResult<Response> {
    let query: TimelineParams = call.query()?;
    let newest = newest_first(query.order.as_deref())?;
    let kind = kind(query.kind.as_deref())?;
    let incident = read::known(&call, &name).await?;
    let filter = format!("{} {newest} {kind:?}", incident.id);
    let place = Place::new("timeline", &filter, query.limit)?;
    let at: Option<u64> = place.read(query.cursor.as_deref())?;
    let from = if newest {
        TimelineFrom::Newest { before: at }
    } else {
        TimelineFrom::Oldest { after: at.unwrap_or(0) }
    };
    let names = kind.map(|k| k.names().to_vec()).unwrap_or_default();
    let wanted = TimelineQuery { incidents: family(&incident), names, from, limit: place.limit + 1 };
    let mut entries = call.app().store.timeline_part(&wanted).await?;
    let more = place.cut(&mut entries);
    let next = entries.last().filter(|_| more).map(|e| place.after(e.seq)).transpose()?;
    let mut items = told(&call, &incident, &entries).await?;
    // Comments and evidence are the same event; what is not of the wanted kind falls out here.
    items.retain(|item| kind.is_none_or(|kind| item.kind == kind.as_str()));
    json::answer(StatusCode::OK, &Timeline { items, next })
}

fn newest_first(order: Option<&str>) -> Result<bool, Refusal> {
    match order {
        None | Some("oldest") => Ok(false),
        Some("newest") => Ok(true),
        Some(_) => Err(Refusal::field("order", FieldCode::Unknown, "must be oldest or newest")),
    }
}

fn kind(text: Option<&str>) -> Result<Option<LineKind>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let message = "must be decisions, comments, evidence, pages or alerts";
    LineKind::parse(text).map(Some).ok_or_else(|| Refusal::field("kind", FieldCode::Unknown, message))
}

/// Tells entries in English, with everything that sentences need to know.
async fn told(call: &Call, incident: &Incident, entries: &[Recorded]) -> WebResult<Vec<TimelineEntry>> {
    let app = call.app();
    let family = family(incident);
    let relatives = incident.absorbed.iter().copied().chain(incident.merged_into);
    let mut spoken_of: Vec<AggregateId> = relatives.map(AggregateId::Incident).collect();
    let others = entries.iter().map(|e| e.aggregate);
    spoken_of.extend(others.filter(|id| matches!(id, AggregateId::Alert(_) | AggregateId::Page(_))));
    spoken_of.sort_unstable();
    spoken_of.dedup();
    let loaded = if spoken_of.is_empty() { Vec::new() } else { app.store.load(&spoken_of).await? };
    let scope = TimelineQuery {
        incidents: family,
        names: vec!["incident.scope_added", "incident.scope_changed"],
        from: TimelineFrom::Oldest { after: 0 },
        limit: SCOPE_CHANGES,
    };
    let scope = if incident.scope.is_empty() { Vec::new() } else { app.store.timeline_part(&scope).await? };
    let catalog = app.catalog.now();
    let teller = Teller::new(&app.words, Locale::En, &catalog)
        .at_home(incident)
        .knowing(&incidents_of(&loaded))
        .alerts(loaded.iter().filter_map(|l| match &l.state {
            State::Alert(alert) => Some(&**alert),
            _ => None,
        }))
        .pages(loaded.iter().filter_map(|l| match &l.state {
            State::Page(page) => Some(&**page),
            _ => None,
        }))
        .scope_of(scope.iter().chain(entries));
    entries.iter().map(|entry| TimelineEntry::of(call, &catalog, &teller, entry)).collect()
}

fn incidents_of(loaded: &[Loaded]) -> Vec<Incident> {
    let one = |l: &Loaded| match &l.state {
        State::Incident(incident) => Some((**incident).clone()),
        _ => None,
    };
    loaded.iter().filter_map(one).collect()
}
