//! An alert as the API shows it.

use std::collections::HashMap;

use hansei_app::catalog::Catalog;
use hansei_app::ports::Loaded;
use hansei_domain::Timestamp;
use hansei_domain::alert::{Alert, AlertStatus, PlaceReason, ResolveReason};
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::Incident;
use hansei_domain::signal::{AlertSeverity, Content, Moment};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::names::Named;
use crate::api::wire::{AlertSeverityName, AlertStatusName};

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub struct AlertView {
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
    /// One line for people: what it says, or its name while only a resolve was seen.
    summary: String,
    /// How bad the sender says it is.
    #[schema(value_type = Option<AlertSeverityName>)]
    severity: Option<AlertSeverity>,
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
pub struct IncidentRef {
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
pub struct MomentView {
    /// By the sender's clock, where it said so.
    occurred_at: Option<Timestamp>,
    /// By Hansei's clock.
    received_at: Timestamp,
}

/// What an alert says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertContent)]
pub struct ContentView {
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
pub struct LinkView {
    /// Its address.
    href: String,
    /// What it says.
    text: String,
}

/// An image.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Image)]
pub struct ImageView {
    /// Its address.
    src: String,
    /// Where a click leads.
    href: Option<String>,
    /// Alternative text.
    alt: String,
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

/// An alert with names of this catalogue.
pub fn view(
    catalog: &Catalog,
    loaded: &Loaded,
    a: &Alert,
    incidents: &HashMap<IncidentId, Incident>,
) -> AlertView {
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
        summary: a.summary().to_owned(),
        severity: a.content.as_ref().map(|c| c.severity),
        episode: a.episode,
        content: a.content.as_ref().map(ContentView::from),
        fired: a.fired.map(MomentView::from),
        cleared: a.cleared.map(MomentView::from),
        first_fired_at: a.first_fired_at,
        last_seen_at: seen.map(|o| o.last_seen_at),
        seen_count: seen.map_or(0, |o| o.seen_count),
        expires_at: seen.and_then(|o| o.expires_at).filter(|_| a.is_firing()),
        resolve_reason: a.resolve_reason.map(ResolveReason::as_str),
        incident: incident.map(|i| IncidentRef {
            id: i.id.to_string(),
            number: i.number,
            title: i.title.clone(),
        }),
        place_reason: a.place_reason.map(placed),
        left_reason: a.left_reason.map(hansei_domain::alert::LeftReason::as_str),
    }
}
