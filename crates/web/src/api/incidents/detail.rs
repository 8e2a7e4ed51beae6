//! One incident with all that its page shows: pages with their attempts, remarks with their texts, what comes next.

use axum::extract::Path;
use axum::response::Response;
use hansei_app::App;
use hansei_app::ports::{IncidentRow, Loaded, TimelineFrom, TimelineQuery};
use hansei_app::reading::clocks::{ClockKind, next_clock};
use hansei_app::reading::timeline::{RemarkView, remarks};
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{Incident, RemarkKind};
use hansei_domain::journal::{Recorded, State};
use hansei_domain::{Refusal, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::escalation::Page;
use super::read::{self, IncidentItem};
use super::view::Viewer;
use crate::api::call::Call;
use crate::api::entries::ActorView;
use crate::api::json;
use crate::api::names::Named;
use crate::error::WebResult;

/// Attempts and remarks that are shown; the timeline holds the rest.
const MOST: usize = 5_000;

/// An incident with all that its page shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentDetail {
    /// The incident.
    #[serde(flatten)]
    pub incident: IncidentItem,
    /// What happens next by itself; `null` = nothing.
    pub next_clock: Option<Clock>,
    /// Everybody who was told, oldest first; those of merged incidents, too.
    pub pages: Vec<Page>,
    /// Comments and evidence with their texts, oldest first; those of merged incidents, too.
    pub remarks: Vec<Remark>,
}

/// What happens next by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Clock {
    /// `step`, `fallback` or `acknowledgement` (it runs out, and the incident alarms again).
    pub what: &'static str,
    /// When.
    pub at: Timestamp,
    /// The step, counted from 0.
    pub step: Option<usize>,
    /// Whom it tells as things stand; empty = nobody can be reached.
    pub people: Vec<Named>,
}

/// A comment or a piece of evidence with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Remark {
    /// Its id.
    pub id: String,
    /// `comment` or `evidence`.
    pub kind: &'static str,
    /// The text now.
    pub text: String,
    /// For evidence: what it is.
    pub evidence: Option<&'static str>,
    /// For evidence: where it can be seen.
    pub url: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// When it happened, if that was another time.
    pub occurred_at: Option<Timestamp>,
    /// Who wrote it.
    pub by: ActorView,
    /// The incident it was made in.
    pub incident_id: Option<String>,
    /// How many times it was corrected; the earlier texts are in the timeline.
    pub corrections: usize,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

/// `GET /api/v1/incidents/{incident}`.
pub async fn show(Path(name): Path<String>, call: Call) -> WebResult<Response> {
    let known = read::known(&call, &name).await?;
    let row = call.app().store.incident_by_number(known.number).await?;
    let row = row.ok_or(Refusal::NotFound("incident"))?;
    let detail = detail(&call, &row).await?;
    Ok(json::tagged(json::answer(StatusCode::OK, &detail)?, row.version))
}

/// An incident and those merged into it.
pub fn family(incident: &Incident) -> Vec<IncidentId> {
    [incident.id].into_iter().chain(incident.absorbed.iter().copied()).collect()
}

async fn detail(call: &Call, row: &IncidentRow) -> WebResult<IncidentDetail> {
    let app = call.app();
    let family = family(&row.incident);
    let pages = app.store.pages(&family).await?;
    let attempts = part(app, &family, &["page.delivered", "page.attempt_failed"], pages.is_empty()).await?;
    let names = ["incident.noted", "incident.note_corrected", "incident.note_withdrawn"];
    let noted = part(app, &family, &names, row.incident.remarks.is_empty() && family.len() == 1).await?;
    let catalog = app.catalog.now();
    let viewer = Viewer::new(app, &catalog);
    let page = |loaded: &Loaded| match &loaded.state {
        State::Page(page) => Some(viewer.page(&call.who, page, &attempts)),
        _ => None,
    };
    Ok(IncidentDetail {
        incident: read::item(&viewer, row),
        next_clock: clock(&viewer, &row.incident),
        pages: pages.iter().filter_map(page).collect(),
        remarks: told(&viewer, &noted),
    })
}

/// Entries of some names; nothing is read if there can be none.
async fn part(
    app: &App,
    family: &[IncidentId],
    names: &[&'static str],
    none: bool,
) -> WebResult<Vec<Recorded>> {
    if none {
        return Ok(Vec::new());
    }
    let from = TimelineFrom::Oldest { after: 0 };
    let query = TimelineQuery { incidents: family.to_vec(), names: names.to_vec(), from, limit: MOST };
    Ok(app.store.timeline_part(&query).await?)
}

fn clock(viewer: &Viewer<'_>, incident: &Incident) -> Option<Clock> {
    let next = next_clock(incident, &viewer.catalog.roster())?;
    let (what, step) = match next.kind {
        ClockKind::Step { step, .. } => ("step", Some(step)),
        ClockKind::Fallback => ("fallback", None),
        ClockKind::Acknowledgement => ("acknowledgement", None),
    };
    let people = next.people.iter().map(|id| viewer.person(*id)).collect();
    Some(Clock { what, at: next.at, step, people })
}

fn told(viewer: &Viewer<'_>, entries: &[Recorded]) -> Vec<Remark> {
    let mut all: Vec<RemarkView> = remarks(entries).into_values().collect();
    all.sort_by_key(|r| r.seq);
    let one = |r: RemarkView| Remark {
        id: r.id.to_string(),
        kind: match r.kind {
            RemarkKind::Comment => "comment",
            RemarkKind::Evidence => "evidence",
        },
        text: r.text,
        evidence: r.evidence.map(hansei_domain::incident::EvidenceKind::as_str),
        url: r.url,
        at: r.at,
        occurred_at: r.occurred_at,
        by: ActorView::of(viewer.catalog, &r.by),
        incident_id: r.incident_id.map(|id| id.to_string()),
        corrections: r.corrections.len(),
        withdrawn_at: r.withdrawn.map(|w| w.at),
    };
    all.into_iter().map(one).collect()
}
