//! What is read: loaded aggregates, listings, figures.

use hansei_domain::Timestamp;
use hansei_domain::alert::{AlertStatus, Observation};
use hansei_domain::ids::{AlertId, IncidentId, KeyId, PersonId, ServiceId};
use hansei_domain::incident::{Incident, IncidentStatus, Severity};
use hansei_domain::journal::{AggregateId, State};
use serde::Serialize;

use super::Lane;

/// An aggregate as it was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Its id.
    pub id: AggregateId,
    /// Its version: the number of its events.
    pub version: u64,
    /// Its state.
    pub state: State,
    /// For alerts: what repeats have told.
    pub observation: Option<Observation>,
}

/// What deciding a batch of signals needs to know.
#[derive(Debug, Clone, Default)]
pub struct IntakeFacts {
    /// The known alerts of the asked keys.
    pub alerts: Vec<Loaded>,
    /// The incidents these alerts name, whatever their status.
    pub incidents: Vec<Loaded>,
}

/// Which alerts are wanted.
#[derive(Debug, Clone, Default)]
pub struct AlertQuery {
    /// Going on or over; `None` = both.
    pub status: Option<AlertStatus>,
    /// Only of this service.
    pub service_id: Option<ServiceId>,
    /// Only of these incidents.
    pub incident_ids: Vec<IncidentId>,
    /// Only by this key.
    pub key_id: Option<KeyId>,
    /// Only those that belong to no incident.
    pub loose: bool,
    /// Words that must occur in summary, key or labels (lower case, each anywhere).
    pub text: Option<String>,
    /// Only ids after this one in the listing's order (newest first).
    pub before: Option<AlertId>,
    /// At most so many.
    pub limit: usize,
}

/// Which part of the timeline of incidents is wanted.
#[derive(Debug, Clone)]
pub struct TimelineQuery {
    /// The incidents whose entries, and those of their alerts and pages, are shown together.
    pub incidents: Vec<IncidentId>,
    /// Only events of these names (`incident.noted`, …); empty = all.
    pub names: Vec<&'static str>,
    /// Which end it begins at.
    pub from: TimelineFrom,
    /// At most so many.
    pub limit: usize,
}

/// Which end a part of a timeline begins at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineFrom {
    /// Newest first, below this sequence number (`None` = from the end).
    Newest {
        /// Only entries before this one.
        before: Option<u64>,
    },
    /// Oldest first, above this sequence number.
    Oldest {
        /// Only entries after this one.
        after: u64,
    },
}

/// Which incidents are wanted.
#[derive(Debug, Clone, Default)]
pub struct IncidentQuery {
    /// Only in these states; empty = all.
    pub status: Vec<IncidentStatus>,
    /// Only of these severities; empty = all.
    pub severity: Vec<Severity>,
    /// Only of this service.
    pub service_id: Option<ServiceId>,
    /// Only held by this person.
    pub holder: Option<PersonId>,
    /// Words that must occur in the title (lower case, each anywhere).
    pub text: Option<String>,
    /// Only numbers below this (newest first).
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

/// An incident with what lists show of it.
#[derive(Debug, Clone)]
pub struct IncidentRow {
    /// Its version.
    pub version: u64,
    /// Its state.
    pub incident: Incident,
    /// Its alerts that fire.
    pub firing_alerts: u64,
    /// All its alerts.
    pub all_alerts: u64,
}

/// Figures of the store for metrics, readiness and the system page.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Signals that wait to be decided.
    pub inbox_records: u64,
    /// Entries that wait to be sent, by lane.
    pub outbox_waiting: Vec<(Lane, u64)>,
    /// The instant since which the oldest sendable entry waits, by lane.
    pub outbox_oldest_at: Vec<(Lane, Timestamp)>,
    /// The oldest deadline that has passed.
    pub oldest_due_at: Option<Timestamp>,
    /// The journal's last sequence number.
    pub last_seq: u64,
    /// Alerts that fire.
    pub firing_alerts: u64,
    /// Incidents that are active.
    pub active_incidents: u64,
    /// Bytes on disk, if known.
    pub bytes: Option<u64>,
}

/// How committing went lately, for metrics: counted by the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommitFigures {
    /// Commits since the start.
    pub commits: u64,
    /// Transactions since the start (a group of commits is one).
    pub transactions: u64,
    /// Time spent in transactions since the start, nanoseconds.
    pub nanos: u64,
    /// The longest transaction since the start, nanoseconds.
    pub max_nanos: u64,
}

/// What `verify` found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Journal entries read.
    pub entries: u64,
    /// Aggregates compared.
    pub aggregates: u64,
    /// What does not fit, at most 100 findings.
    pub findings: Vec<String>,
}

/// Entries read at once when a store walks a timeline.
pub(super) const TIMELINE_CHUNK: usize = 500;

/// Progress of a long piece of work: done so far, and of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);
