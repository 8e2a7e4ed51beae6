//! Alerts: found, shown with their history, ended by a person's word; and signals for trying out.

use std::collections::HashMap;

use axum::extract::Path;
use axum::response::Response;
use hansei_app::App;
use hansei_app::catalog::Catalog;
use hansei_app::ports::{AlertQuery, Loaded};
use hansei_app::reading::timeline::Teller;
use hansei_app::words::Locale;
use hansei_domain::access::Permission::{Diagnose, Read, Respond};
use hansei_domain::alert::{Alert, AlertStatus, PlaceReason, ResolveReason};
use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::{AlertId, IncidentId, KeyId};
use hansei_domain::incident::Incident;
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::refusal::{FieldCode, Refusal};
use hansei_domain::signal::{AlertSeverity, Content, Moment};
use hansei_domain::Timestamp;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::call::{Call, Posted};
use super::entries::TimelineEntry;
use super::names::{self, Named};
use super::page::Place;
use super::spec::{Api, Empty, Op};
use super::wire::{AlertSeverityName, AlertStatusName, Names};
use super::{json as out, signals};
use crate::error::WebResult;

const TAG: &str = "alerts";
/// Entries of an alert's history that are shown.
const HISTORY: usize = 200;

/// The routes.
pub fn api() -> Api {
    Api::new()
        .get("/api/v1/alerts", Read, list, Op::new("listAlerts", TAG, "List alerts")
            .about("Newest first.")
            .query::<ListQuery>()
            .answers::<AlertList>(200, "A page of alerts."))
        .get("/api/v1/alerts/{alert}", Read, show, Op::new("getAlert", TAG, "Show an alert with its history")
            .answers::<AlertDetail>(200, "The alert; its version is the `ETag`."))
        .post("/api/v1/alerts/{alert}/end", Respond, end, Op::new("endAlert", TAG, "End an alert by one's own word")
            .about("If it was the last of its incident and the rule lets it, the incident resolves.")
            .body::<Empty>(Empty::example())
            .answers::<AlertView>(200, "The alert now."))
        .post("/api/v1/signals", Diagnose, signals::send, Op::new("sendSignal", TAG, "Send a signal for trying out")
            .about("It goes the way of every signal: durable before the answer, decided behind it. People are told \
                if the service's rule says so.")
            .body::<signals::SignalBody>(json!({
                "service": "chat", "summary": "Trying out who is told", "severity": "critical",
                "labels": {"pod": "pod-17"},
            }))
            .answers::<signals::Accepted>(202, "It is stored."))
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

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
struct AlertView {
    /// Its id.
    id: String,
    /// Its version.
    version: u64,
    /// The service it is about.
    service: Named,
    /// The key its first signal came by.
    key: Option<Named>,
    /// The wire format of its first signal.
    format: &'static str,
    /// Its name within the service.
    dedup_key: String,
    /// Going on or over.
    #[schema(value_type = AlertStatusName)]
    status: AlertStatus,
    /// How many times it has begun to fire; 0 = only a resolve was seen.
    episode: u32,
    /// What it says; `null` while only a resolve was seen.
    content: Option<ContentView>,
    /// The newest trigger.
    fired: Option<MomentView>,
    /// The newest resolve.
    cleared: Option<MomentView>,
    /// When the first episode began.
    first_fired_at: Option<Timestamp>,
    /// The last signal of any kind.
    last_seen_at: Option<Timestamp>,
    /// How many signals were seen in all.
    seen_count: u64,
    /// When it ends by itself if nothing more is heard.
    expires_at: Option<Timestamp>,
    /// Why the episode ended: `sender`, `expired`, `incident_resolved` or `person`.
    resolve_reason: Option<&'static str>,
    /// The incident of the current or last episode.
    incident: Option<IncidentRef>,
    /// Why it belongs there: `declared`, `same_group`, `recurred` or `person`.
    place_reason: Option<&'static str>,
    /// Why it was left without an incident: `below_threshold`, `service_archived` or `self_test`.
    left_reason: Option<&'static str>,
}

/// An incident that is referred to.
#[derive(Debug, Serialize, ToSchema)]
struct IncidentRef {
    /// Its id.
    id: String,
    /// Its number.
    number: u64,
    /// Its title.
    title: String,
}

/// When something happened, by both clocks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Moment)]
struct MomentView {
    /// By the sender's clock, where it said so.
    occurred_at: Option<Timestamp>,
    /// By Hansei's clock.
    received_at: Timestamp,
}

/// What an alert says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertContent)]
struct ContentView {
    /// One line for people.
    summary: String,
    /// How bad the sender says it is.
    #[schema(value_type = AlertSeverityName)]
    severity: AlertSeverity,
    /// The thing that is ill.
    source: String,
    /// Part of the source.
    component: Option<String>,
    /// Logical group.
    group: Option<String>,
    /// Class or type of the event.
    class: Option<String>,
    /// Identifying labels.
    #[schema(value_type = HashMap<String, String>)]
    labels: Value,
    /// Describing annotations.
    #[schema(value_type = HashMap<String, String>)]
    annotations: Value,
    /// Custom details as the sender wrote them.
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
    /// Links.
    links: Vec<LinkView>,
    /// Images.
    images: Vec<ImageView>,
    /// The sending program's name.
    client: Option<String>,
    /// The sending program's page about this.
    client_url: Option<String>,
}

/// A link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
struct LinkView {
    /// Its address.
    href: String,
    /// What it says.
    text: String,
}

/// An image.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Image)]
struct ImageView {
    /// Its address.
    src: String,
    /// Where a click leads.
    href: Option<String>,
    /// Alternative text.
    alt: String,
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

impl From<Moment> for MomentView {
    fn from(m: Moment) -> Self {
        Self { occurred_at: m.occurred_at, received_at: m.received_at }
    }
}

fn pairs(all: &[(String, String)]) -> Value {
    all.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect()
}

impl From<&Content> for ContentView {
    fn from(c: &Content) -> Self {
        let link = |l: &hansei_domain::signal::Link| LinkView { href: l.href.clone(), text: l.text.clone() };
        let image = |i: &hansei_domain::signal::Image| ImageView {
            src: i.src.clone(),
            href: i.href.clone(),
            alt: i.alt.clone(),
        };
        Self {
            summary: c.summary.clone(),
            severity: c.severity,
            source: c.source.clone(),
            component: c.component.clone(),
            group: c.group.clone(),
            class: c.class.clone(),
            labels: pairs(&c.labels),
            annotations: pairs(&c.annotations),
            details: c.details.as_deref().map(|d| serde_json::from_str(d).unwrap_or_else(|_| Value::from(d))),
            links: c.links.iter().map(link).collect(),
            images: c.images.iter().map(image).collect(),
            client: c.client.clone(),
            client_url: c.client_url.clone(),
        }
    }
}

fn placed(reason: PlaceReason) -> &'static str {
    match reason {
        PlaceReason::Declared => "declared",
        PlaceReason::SameGroup => "same_group",
        PlaceReason::Recurred => "recurred",
        PlaceReason::Person => "person",
    }
}

fn view(catalog: &Catalog, loaded: &Loaded, a: &Alert, incidents: &HashMap<IncidentId, Incident>) -> AlertView {
    let seen = loaded.observation;
    let known_key = Some(EntryId::Key(a.key_id)).filter(|id| catalog.entry(*id).is_some());
    let incident = a.incident_id.and_then(|id| incidents.get(&id));
    AlertView {
        id: a.id.to_string(),
        version: loaded.version,
        service: Named::of(catalog, EntryId::Service(a.service_id)),
        key: known_key.map(|id| Named::of(catalog, id)),
        format: a.format.as_str(),
        dedup_key: a.dedup_key.clone(),
        status: a.status,
        episode: a.episode,
        content: a.content.as_ref().map(ContentView::from),
        fired: a.fired.map(MomentView::from),
        cleared: a.cleared.map(MomentView::from),
        first_fired_at: a.first_fired_at,
        last_seen_at: seen.map(|o| o.last_seen_at),
        seen_count: seen.map_or(0, |o| o.seen_count),
        expires_at: seen.and_then(|o| o.expires_at).filter(|_| a.is_firing()),
        resolve_reason: a.resolve_reason.map(ResolveReason::as_str),
        incident: incident.map(|i| IncidentRef { id: i.id.to_string(), number: i.number, title: i.title.clone() }),
        place_reason: a.place_reason.map(placed),
        left_reason: a.left_reason.map(hansei_domain::alert::LeftReason::as_str),
    }
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

async fn wanted(call: &Call, query: ListQuery, before: Option<AlertId>, limit: usize) -> WebResult<AlertQuery> {
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
    let status = query.status.map(|Names(all)| all).filter(|all| all.len() == 1);
    Ok(AlertQuery {
        status: status.and_then(|all| all.first().copied()),
        service_id: service.transpose().map_err(Refusal::from)?,
        incident_ids,
        key_id: key,
        loose: query.loose,
        text: query.text.map(|t| t.to_lowercase()).filter(|t| !t.trim().is_empty()),
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
    let told = entries.iter().map(|e| TimelineEntry::of(&app.words, &catalog, &teller, e));
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

