//! What is written: events with the states they lead to, observations, the outbox, and what settles them.

use bytes::Bytes;
use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::alert::Observation;
use hansei_domain::ids::{AlertId, IncidentId, OutboxId, PageId};
use hansei_domain::journal::{AggregateId, Event, State};
use serde::{Deserialize, Serialize};

use super::{Lane, SideWrite};

/// New events of one aggregate, with the state they lead to.
#[derive(Debug, Clone)]
pub struct Change {
    /// The aggregate.
    pub id: AggregateId,
    /// The version it was loaded with; 0 = it must not exist yet.
    pub expected: u64,
    /// Who decided.
    pub actor: Actor,
    /// The events, at least one.
    pub events: Vec<Event>,
    /// The state after them.
    pub state: State,
    /// The aggregate's next deadline, derived from that state (and for alerts from the observation).
    pub due_at: Option<Timestamp>,
    /// The incident whose timeline shows these events.
    pub incident_id: Option<IncidentId>,
}

/// What repeats of an alert told; no journal entry.
#[derive(Debug, Clone, Copy)]
pub struct Observed {
    /// The alert.
    pub alert_id: AlertId,
    /// The whole observation now; also its deadline while it fires.
    pub observation: Observation,
    /// Whether the alert fires (its expiry is then its deadline).
    pub firing: bool,
}

/// One thing to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Its id.
    pub id: OutboxId,
    /// Its queue.
    pub lane: Lane,
    /// The page it belongs to.
    pub page_id: PageId,
    /// Which of the page's channels.
    pub channel: u32,
    /// The kind of that channel's contact: entries of one kind wait for places of that kind only.
    pub kind: String,
    /// The attempt's number on this channel, from 1.
    pub attempt: u32,
    /// Not before then.
    pub available_at: Timestamp,
}

/// An outbox entry that this node may send until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What to send.
    pub entry: OutboxEntry,
    /// How many times it has been claimed: the fence. An outcome with an older epoch is refused.
    pub epoch: u64,
}

/// The inbox records up to which a batch has been taken; given back with the commit that decides them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxToken(pub Vec<u64>);

/// Signals that wait to be decided, oldest first.
#[derive(Debug, Clone)]
pub struct InboxBatch {
    /// Marks them as decided.
    pub token: InboxToken,
    /// The encoded signals.
    pub records: Vec<Bytes>,
}

/// Everything that changes together.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// When it was decided.
    pub at: Option<Timestamp>,
    /// New events and states, in the order in which they are journaled.
    pub changes: Vec<Change>,
    /// Observations of repeats. Where something is decided on them (changes, signals), one that does not count more than
    /// what is stored is a conflict: somebody else counted. In a commit that only tells them, such a one is left out.
    pub observed: Vec<Observed>,
    /// New things to send.
    pub outbox: Vec<OutboxEntry>,
    /// Pages that ended: their entries that have not been sent are dropped (R11).
    pub drop_outbox_of: Vec<PageId>,
    /// Claims that have an outcome; refused as a conflict if the epoch is older than the last claim, or if it has one
    /// already. One that was dropped while it was being sent may still be settled.
    pub settle: Vec<(OutboxId, u64)>,
    /// Signals that are decided by this.
    pub inbox: Option<InboxToken>,
    /// The incident number this uses: the highest one must still be this one less the count of declarations.
    pub incident_numbers: Option<NumberRange>,
    /// Side tables.
    pub side: Vec<SideWrite>,
}

/// Incident numbers taken by a commit: `after + 1 ..= after + count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberRange {
    /// The highest number before.
    pub after: u64,
    /// How many are taken.
    pub count: u64,
}

/// What a commit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The journal's last sequence number after it (unchanged if it had no events).
    pub last_seq: u64,
}
