//! Things that happen, made with the real domain.

use hansei_app::ports::{Change, Commit, Lane, Loaded, Observed, OutboxEntry};
use hansei_domain::access::Actor;
use hansei_domain::alert::{Alert, AlertEvent, GroupKey, Observation, PlaceReason, ResolveReason};
use hansei_domain::catalog::{CatalogDoc, CatalogEvent, ContactKind, EntryId, Origin, Team};
use hansei_domain::ids::{
    AlertId, ContactId, IncidentId, KeyId, OutboxId, PageId, PersonId, ServiceId, TeamId, TypedId,
};
use hansei_domain::incident::{
    IncidentEvent, IncidentSource, IncidentStatus, ResolveCause, Severity, SeverityReason, WhyPaged,
};
use hansei_domain::journal::{AggregateId, Event, State, evolve};
use hansei_domain::page::{Channel, PageEnd, PageEvent};
use hansei_domain::signal::{AlertSeverity, Content, Moment, SourceFormat};
use hansei_domain::text::{Name, Slug};
use jiff::Timestamp;

/// An id of any kind, by a small number; larger numbers are newer.
pub fn id<T: TypedId>(number: u128) -> T {
    T::from_bits((1_772_366_400_000_u128 << 80) | number)
}

pub fn service(number: u128) -> ServiceId {
    id(number)
}

/// A change: folds events over what was loaded, and derives the deadline as the application does.
pub fn change(before: Option<&Loaded>, id: AggregateId, events: Vec<Event>, at: Timestamp) -> Change {
    let actor = Actor::System;
    let mut state = before.map(|loaded| loaded.state.clone());
    for event in &events {
        state = evolve(state, event, at, &actor);
    }
    let state = state.unwrap();
    let due_at = match &state {
        State::Alert(_) | State::Entry(_) => None,
        State::Incident(incident) => hansei_domain::incident::due(incident),
        State::Page(page) => hansei_domain::page::due(page),
    };
    let expected = before.map_or(0, |loaded| loaded.version);
    Change { id, expected, actor, events, state, due_at, incident_id: None }
}

/// What a change leads to, as if it had been loaded.
pub fn after(change: &Change) -> Loaded {
    Loaded {
        id: change.id,
        version: change.expected + change.events.len() as u64,
        state: change.state.clone(),
        observation: None,
    }
}

pub fn content(summary: &str, labels: &[(&str, &str)]) -> Content {
    let mut content = Content::plain(summary, AlertSeverity::Critical, "host-1");
    content.labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    content
}

fn moment(at: Timestamp) -> Moment {
    Moment { occurred_at: None, received_at: at }
}

/// What was seen of an alert.
pub fn seen(at: Timestamp, count: u64, expires_at: Option<Timestamp>) -> Observation {
    Observation { last_seen_at: at, last_fired: Some(moment(at)), seen_count: count, expires_at }
}

/// A new alert that fires.
pub fn alert_opened(alert: AlertId, service: ServiceId, key: &str, at: Timestamp) -> Change {
    alert_with(alert, service, key, content(&format!("{key} fails"), &[("job", key)]), at)
}

pub fn alert_with(alert: AlertId, service: ServiceId, key: &str, content: Content, at: Timestamp) -> Change {
    let event = AlertEvent::Opened {
        id: alert,
        service_id: service,
        key_id: id::<KeyId>(1),
        format: SourceFormat::Pagerduty,
        dedup_key: key.to_owned(),
        content,
        moment: moment(at),
    };
    change(None, AggregateId::Alert(alert), vec![Event::Alert(event)], at)
}

pub fn alert_of(loaded: &Loaded) -> &Alert {
    match &loaded.state {
        State::Alert(alert) => alert,
        other => panic!("not an alert: {other:?}"),
    }
}

pub fn alert_resolved(before: &Loaded, at: Timestamp) -> Change {
    let event = AlertEvent::Resolved { moment: moment(at), reason: ResolveReason::Sender };
    change(Some(before), before.id, vec![Event::Alert(event)], at)
}

/// Puts an alert into an incident.
pub fn alert_placed(before: &Loaded, incident: IncidentId, at: Timestamp) -> Change {
    let event = AlertEvent::Placed { incident_id: incident, reason: PlaceReason::SameGroup };
    let mut change = change(Some(before), before.id, vec![Event::Alert(event)], at);
    change.incident_id = Some(incident);
    change
}

/// A new incident of a group.
pub fn incident_declared(
    incident: IncidentId,
    number: u64,
    group: Option<(ServiceId, &str)>,
    title: &str,
    at: Timestamp,
) -> Change {
    let event = IncidentEvent::Declared {
        id: incident,
        number,
        slug: Slug::from_title(title, "incident").to_string(),
        title: title.to_owned(),
        service_id: group.map(|(service, _)| service),
        group: group.map(|(_, key)| GroupKey(key.to_owned())),
        alert_id: None,
        severity: Severity::new(2).unwrap(),
        severity_reason: SeverityReason::Rule { alert: AlertSeverity::Critical },
        source: IncidentSource::Monitoring,
        status: IncidentStatus::Detected,
        holder: None,
        impact_started_at: Some(at),
        detected_at: at,
        declared_at: at,
        reopen_window_secs: 600,
        auto_resolve: true,
        recurrence_of: None,
    };
    change(None, AggregateId::Incident(incident), vec![Event::Incident(event)], at)
}

pub fn incident_event(before: &Loaded, event: IncidentEvent, at: Timestamp) -> Change {
    change(Some(before), before.id, vec![Event::Incident(event)], at)
}

pub fn incident_resolved(before: &Loaded, at: Timestamp) -> Change {
    let event =
        IncidentEvent::Resolved { at, impact_ended_at: Some(at), cause: ResolveCause::LastAlert, note: None };
    incident_event(before, event, at)
}

/// A new page of a person over two channels.
pub fn page_requested(page: PageId, incident: IncidentId, at: Timestamp) -> Change {
    let channel = |number| Channel {
        contact_id: id::<ContactId>(number),
        contact: ContactKind::Email { address: format!("a{number}@example.org") },
    };
    let event = PageEvent::Requested {
        id: page,
        incident_id: incident,
        generation: 1,
        person_id: id::<PersonId>(1),
        why: WhyPaged::NobodyToPage,
        channels: vec![channel(1), channel(2)],
        next_channel_secs: 60,
    };
    let mut change = change(None, AggregateId::Page(page), vec![Event::Page(event)], at);
    change.incident_id = Some(incident);
    change
}

pub fn page_ended(before: &Loaded, incident: IncidentId, at: Timestamp) -> Change {
    let event = PageEvent::Ended { end: PageEnd::Acknowledged };
    let mut change = change(Some(before), before.id, vec![Event::Page(event)], at);
    change.incident_id = Some(incident);
    change
}

/// A new team.
pub fn team_put(team: TeamId, slug: &str, at: Timestamp) -> Change {
    let doc = CatalogDoc::Team(Team {
        id: team,
        slug: Slug::parse("slug", slug).unwrap(),
        name: Name::parse("name", "A team").unwrap(),
        description: None,
        members: vec![],
    });
    let event = CatalogEvent::Put { doc: Box::new(doc), origin: Origin::Screen, file_base: None };
    change(None, AggregateId::Entry(EntryId::Team(team)), vec![Event::Entry(event)], at)
}

pub fn entry_event(before: &Loaded, event: CatalogEvent, at: Timestamp) -> Change {
    change(Some(before), before.id, vec![Event::Entry(event)], at)
}

/// An attempt that may be made from an instant on.
pub fn attempt(number: u128, page: PageId, lane: Lane, at: Timestamp) -> OutboxEntry {
    OutboxEntry { id: id::<OutboxId>(number), lane, page_id: page, channel: 0, attempt: 1, available_at: at }
}

/// A commit of changes.
pub fn commit(at: Timestamp, changes: Vec<Change>) -> Commit {
    Commit { at: Some(at), changes, ..Commit::default() }
}

/// A commit of new alerts as intake makes it, each seen once.
pub fn opened(at: Timestamp, alerts: &[(u128, &str)]) -> Commit {
    let mut commit = commit(at, vec![]);
    for (number, key) in alerts {
        commit.changes.push(alert_opened(id(*number), service(1), key, at));
        commit.observed.push(Observed {
            alert_id: id(*number),
            observation: seen(at, 1, None),
            firing: true,
        });
    }
    commit
}
