//! Alerts: found, shown with their history, ended by a person's word; and signals for trying out.

mod signals;
mod view;

use std::collections::HashMap;

use axum::extract::Path;
use axum::response::Response;
use hansei_app::App;
use hansei_app::ports::{AlertQuery, Loaded};
use hansei_app::reading::timeline::Teller;
use hansei_app::words::Locale;
use hansei_domain::access::Permission::{Diagnose, Read, Respond};
use hansei_domain::alert::{Alert, AlertStatus};
use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::{AlertId, IncidentId, KeyId};
use hansei_domain::incident::Incident;
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::refusal::{FieldCode, Refusal};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::call::{Call, Posted};
use super::entries::TimelineEntry;
use super::json as out;
use super::names;
use super::page::{Place, words};
use super::spec::{Api, Empty, Op};
use super::wire::Names;
use crate::error::WebResult;
use view::{AlertView, view};

const TAG: &str = "alerts";
/// Entries of an alert's history that are shown.
const HISTORY: usize = 200;

const ABOUT_END_ALERT: &str =
    "If it was the last of its incident and the rule lets it, the incident resolves.";
const ABOUT_SEND_SIGNAL: &str = "It goes the way of every signal: durable before the answer, decided behind it. People are told if \
    the service's rule says so.";

/// The routes.
pub fn api() -> Api {
    Api::new()
        .get(
            "/api/v1/alerts",
            Read,
            list,
            Op::new("listAlerts", TAG, "List alerts")
                .about("Newest first.")
                .query::<ListQuery>()
                .answers::<AlertList>(200, "A page of alerts."),
        )
        .get(
            "/api/v1/alerts/{alert}",
            Read,
            show,
            Op::new("getAlert", TAG, "Show an alert with its history")
                .answers::<AlertDetail>(200, "The alert; its version is the `ETag`."),
        )
        .post(
            "/api/v1/alerts/{alert}/end",
            Respond,
            end,
            Op::new("endAlert", TAG, "End an alert by one's own word")
                .about(ABOUT_END_ALERT)
                .body::<Empty>(Empty::example())
                .answers::<AlertView>(200, "The alert now."),
        )
        .post(
            "/api/v1/signals",
            Diagnose,
            signals::send,
            Op::new("sendSignal", TAG, "Send a signal for trying out")
                .about(ABOUT_SEND_SIGNAL)
                .body::<signals::SignalBody>(json!({
                    "service": "chat", "summary": "Trying out who is told", "severity": "critical",
                    "labels": {"pod": "pod-17"},
                }))
                .answers::<signals::Accepted>(202, "It is stored."),
        )
}

/// Which alerts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// `firing` or `resolved`.
    #[param(value_type = Option<String>)]
    status: Option<Names<AlertStatus>>,
    /// Short name or id of a service.
    service: Option<String>,
    /// Number or id of an incident.
    incident: Option<String>,
    /// Id of an integration key.
    key: Option<String>,
    /// Only those that belong to no incident.
    #[serde(default)]
    loose: bool,
    /// Words that must occur in summary, key or labels.
    text: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// 1 to 500; 50 if nothing is said.
    limit: Option<usize>,
}

/// A page of a list of alerts.
#[derive(Debug, Serialize, ToSchema)]
struct AlertList {
    /// The alerts.
    items: Vec<AlertView>,
    /// The cursor of the next page; `null` on the last one.
    next: Option<String>,
}

/// An alert with its history.
#[derive(Debug, Serialize, ToSchema)]
struct AlertDetail {
    /// The alert.
    #[serde(flatten)]
    alert: AlertView,
    /// What happened to it, newest first; at most 200 entries.
    history: Vec<TimelineEntry>,
}

fn alert_of(loaded: &Loaded) -> Option<&Alert> {
    match &loaded.state {
        State::Alert(alert) if !self_test::owns(EntryId::Service(alert.service_id)) => Some(alert),
        _ => None,
    }
}

/// The incidents that alerts belong to, in one read.
async fn incidents_of(app: &App, loaded: &[Loaded]) -> WebResult<HashMap<IncidentId, Incident>> {
    let mut ids: Vec<AggregateId> =
        loaded.iter().filter_map(|l| alert_of(l)?.incident_id).map(AggregateId::Incident).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = if ids.is_empty() { Vec::new() } else { app.store.load(&ids).await? };
    let one = |l: Loaded| match l.state {
        State::Incident(incident) => Some((incident.id, *incident)),
        _ => None,
    };
    Ok(found.into_iter().filter_map(one).collect())
}

/// `GET /api/v1/alerts`.
async fn list(call: Call) -> WebResult<Response> {
    let query: ListQuery = call.query()?;
    let filter = format!(
        "{:?}",
        (&query.status, &query.service, &query.incident, &query.key, query.loose, &query.text)
    );
    let place = Place::new("alerts", &filter, query.limit)?;
    let before = place.read::<AlertId>(query.cursor.as_deref())?;
    let wanted = wanted(&call, query, before, place.limit + 1).await?;
    let mut rows = call.app().store.alerts(&wanted).await?;
    let more = place.cut(&mut rows);
    let last = rows.last().filter(|_| more).map(|l| match l.id {
        AggregateId::Alert(id) => place.after(id),
        other => Err(crate::error::Problem::internal(format_args!("{other} among alerts"))),
    });
    let next = last.transpose()?;
    let incidents = incidents_of(call.app(), &rows).await?;
    let catalog = call.app().catalog.now();
    let items = rows.iter().filter_map(|l| Some(view(&catalog, l, alert_of(l)?, &incidents)));
    out::answer(StatusCode::OK, &AlertList { items: items.collect(), next })
}

async fn wanted(
    call: &Call,
    query: ListQuery,
    before: Option<AlertId>,
    limit: usize,
) -> WebResult<AlertQuery> {
    let catalog = call.app().catalog.now();
    let service = query.service.as_deref().map(|s| names::service(&catalog, "service", s));
    let unknown = |field: &str| Refusal::field(field, FieldCode::Unknown, "there is none of this name");
    let incident_ids = match &query.incident {
        None => Vec::new(),
        Some(name) => match names::incident(&call.web, name).await {
            Ok(incident) => vec![incident.id],
            Err(problem) if problem.errors.is_empty() && problem.retry_after_secs.is_none() => {
                return Err(unknown("incident").into());
            }
            Err(problem) => return Err(problem),
        },
    };
    let key = query.key.map(|key| key.parse::<KeyId>().map_err(|_| unknown("key"))).transpose()?;
    // Both together ask for nothing special.
    let status = query.status.map(|Names(all)| all).unwrap_or_default();
    let one = status.first().copied().filter(|first| status.iter().all(|s| s == first));
    Ok(AlertQuery {
        status: one,
        service_id: service.transpose().map_err(Refusal::from)?,
        incident_ids,
        key_id: key,
        loose: query.loose,
        text: words(query.text)?,
        before,
        limit,
    })
}

/// An alert by its id, with its incident.
async fn load(call: &Call, text: &str) -> WebResult<(Loaded, HashMap<IncidentId, Incident>)> {
    let unknown = || Refusal::NotFound("alert");
    let id: AlertId = text.parse().map_err(|_| unknown())?;
    let loaded = call.app().store.load(&[AggregateId::Alert(id)]).await?;
    let incidents = incidents_of(call.app(), &loaded).await?;
    let one = loaded.into_iter().next().filter(|l| alert_of(l).is_some()).ok_or_else(unknown)?;
    Ok((one, incidents))
}

/// `GET /api/v1/alerts/{alert}`.
async fn show(Path(id): Path<String>, call: Call) -> WebResult<Response> {
    let (loaded, incidents) = load(&call, &id).await?;
    let app = call.app();
    let entries = app.store.history(loaded.id, HISTORY).await?;
    let alert = alert_of(&loaded).ok_or(Refusal::NotFound("alert"))?;
    let catalog = app.catalog.now();
    let known: Vec<Incident> = incidents.values().cloned().collect();
    let teller = Teller::new(&app.words, Locale::En, &catalog).knowing(&known).alerts([alert]);
    let told = entries.iter().map(|e| TimelineEntry::of(&call, &catalog, &teller, e));
    let detail = AlertDetail {
        history: told.collect::<WebResult<_>>()?,
        alert: view(&catalog, &loaded, alert, &incidents),
    };
    Ok(out::tagged(out::answer(StatusCode::OK, &detail)?, loaded.version))
}

/// `POST /api/v1/alerts/{alert}/end`.
async fn end(Path(id): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let (loaded, _) = load(&posted.call, &id).await?;
    let AggregateId::Alert(alert_id) = loaded.id else { return Err(Refusal::NotFound("alert").into()) };
    if let Err(error) = posted.app().end_alert(&posted.actor(), alert_id).await {
        return posted.settled(error).await;
    }
    let (now, incidents) = load(&posted.call, &id).await?;
    let alert = alert_of(&now).ok_or(Refusal::NotFound("alert"))?;
    let catalog = posted.app().catalog.now();
    posted.answer(StatusCode::OK, &view(&catalog, &now, alert, &incidents)).await
}
