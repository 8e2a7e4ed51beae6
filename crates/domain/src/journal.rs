//! The envelope around every aggregate's events and states: what the store keeps, whatever the kind.
//!
//! The journal is one sequence over all aggregates, without gaps, chained by hashes: each entry's hash covers the one
//! before it, so that nothing can be changed, removed or slipped in unnoticed (R30). Folding an aggregate's entries
//! gives its state; that is a test and a command (`hansei verify`).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::Actor;
use crate::alert::{self, Alert, AlertEvent};
use crate::catalog::{self, CatalogEvent, Entry, EntryId};
use crate::ids::{AlertId, IncidentId, PageId, TypedId};
use crate::incident::{self, Incident, IncidentEvent};
use crate::page::{self, Page, PageEvent};

/// Version of the event shapes written now; readers accept every earlier one.
pub const EVENT_VERSION: u16 = 1;

/// The id of an aggregate of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AggregateId {
    /// An alert.
    Alert(AlertId),
    /// An incident.
    Incident(IncidentId),
    /// A page.
    Page(PageId),
    /// An entry of the catalogue.
    Entry(EntryId),
}

impl AggregateId {
    /// The stable name of the kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Alert(_) => "alert",
            Self::Incident(_) => "incident",
            Self::Page(_) => "page",
            Self::Entry(id) => id.kind(),
        }
    }

    /// Reads an id of any kind by its prefix.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('_')?.0 {
            AlertId::PREFIX => text.parse().ok().map(Self::Alert),
            IncidentId::PREFIX => text.parse().ok().map(Self::Incident),
            PageId::PREFIX => text.parse().ok().map(Self::Page),
            _ => EntryId::parse(text).map(Self::Entry),
        }
    }
}

impl fmt::Display for AggregateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(id) => id.fmt(f),
            Self::Incident(id) => id.fmt(f),
            Self::Page(id) => id.fmt(f),
            Self::Entry(id) => id.fmt(f),
        }
    }
}

/// An event of any aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Of an alert.
    Alert(AlertEvent),
    /// Of an incident.
    Incident(IncidentEvent),
    /// Of a page.
    Page(PageEvent),
    /// Of a catalogue entry.
    Entry(CatalogEvent),
}

impl Event {
    /// The event's stable name, with its kind before the point.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Alert(e) => e.name(),
            Self::Incident(e) => e.name(),
            Self::Page(e) => e.name(),
            Self::Entry(e) => e.name(),
        }
    }

    /// Reads an event by its stable name and its JSON.
    pub fn decode(name: &str, data: &str) -> Result<Self, serde_json::Error> {
        match name.split_once('.').map_or("", |(kind, _)| kind) {
            "alert" => serde_json::from_str(data).map(Self::Alert),
            "incident" => serde_json::from_str(data).map(Self::Incident),
            "page" => serde_json::from_str(data).map(Self::Page),
            _ => serde_json::from_str(data).map(Self::Entry),
        }
    }

    /// Writes an event as JSON.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// The folded state of any aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum State {
    /// Of an alert.
    Alert(Box<Alert>),
    /// Of an incident.
    Incident(Box<Incident>),
    /// Of a page.
    Page(Box<Page>),
    /// Of a catalogue entry.
    Entry(Box<Entry>),
}

/// Folds one event of any kind into a state of the same kind; events of another kind change nothing.
pub fn evolve(state: Option<State>, event: &Event, at: Timestamp, actor: &Actor) -> Option<State> {
    match (state, event) {
        (None, Event::Alert(e)) => alert::evolve(None, e).map(|s| State::Alert(Box::new(s))),
        (None, Event::Incident(e)) => {
            incident::evolve(None, e, at, actor).map(|s| State::Incident(Box::new(s)))
        }
        (None, Event::Page(e)) => page::evolve(None, e, at).map(|s| State::Page(Box::new(s))),
        (None, Event::Entry(e)) => catalog::evolve(None, e).map(|s| State::Entry(Box::new(s))),
        (Some(State::Alert(s)), Event::Alert(e)) => {
            alert::evolve(Some(*s), e).map(|s| State::Alert(Box::new(s)))
        }
        (Some(State::Incident(s)), Event::Incident(e)) => {
            incident::evolve(Some(*s), e, at, actor).map(|s| State::Incident(Box::new(s)))
        }
        (Some(State::Page(s)), Event::Page(e)) => {
            page::evolve(Some(*s), e, at).map(|s| State::Page(Box::new(s)))
        }
        (Some(State::Entry(s)), Event::Entry(e)) => {
            catalog::evolve(Some(*s), e).map(|s| State::Entry(Box::new(s)))
        }
        (state, _) => state,
    }
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the one sequence, from 1, without gaps.
    pub seq: u64,
    /// The aggregate.
    pub aggregate: AggregateId,
    /// The aggregate's version after this event, from 1.
    pub version: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
    /// The incident whose timeline shows it.
    pub incident_id: Option<IncidentId>,
    /// Hash of this entry and all before it.
    pub hash: [u8; 32],
}

/// The hash of an entry, given the hash of the one before it. Covers every stored column; `incident` is empty if
/// there is none.
#[expect(clippy::too_many_arguments, reason = "one argument per stored column")]
pub fn chain_hash(
    previous: &[u8; 32],
    seq: u64,
    aggregate: &str,
    version: u64,
    at_micros: i64,
    actor_json: &str,
    name: &str,
    data_json: &str,
    incident: &str,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(seq.to_be_bytes());
    hash.update(version.to_be_bytes());
    hash.update(at_micros.to_be_bytes());
    for part in [aggregate, actor_json, name, data_json, incident] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
