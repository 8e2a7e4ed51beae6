//! What the world outside can witness: the only things the checker believes, besides the final store.
//!
//! All instants are true time in microseconds since 1970, whatever the clocks of the nodes showed.

use std::collections::HashMap;
use std::sync::Arc;

use hansei_app::audit::Finding;
use hansei_app::ports::Claim;
use hansei_domain::ids::{AlertId, ContactId, IncidentId, OutboxId, PageId, PersonId};
use hansei_domain::signal::Signal;
use parking_lot::Mutex;

use super::exec::ProcessId;

/// An instant of the true time, microseconds.
pub type At = i64;

/// A signal that was sent to a node.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When the request began.
    pub began: At,
    /// When it was answered, or given up.
    pub ended: At,
    /// What was sent.
    pub signal: Signal,
    /// What the sender knows now.
    pub answer: Answer,
}

/// What whoever asked knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes (for a signal: 202).
    Yes,
    /// No, with the stable code of the refusal.
    No(&'static str),
    /// The connection broke, or the store said that it cannot: it may or may not have happened.
    Unknown,
}

/// An attempt by a node, from the claim on.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// By whom.
    pub process: ProcessId,
    /// The claim.
    pub claim: Claim,
    /// When it was claimed.
    pub claimed: At,
    /// Until when the lease runs, by true time as the claiming clock ran then.
    pub lease_ends: At,
}

/// A call that reached the provider.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its place among all receipts.
    pub number: usize,
    /// By whom.
    pub process: ProcessId,
    /// When the call began.
    pub began: At,
    /// When the caller was answered; `None` = the caller died before.
    pub answered: Option<At>,
    /// The idempotency key.
    pub page: PageId,
    /// The contact.
    pub contact: ContactId,
    /// The person behind it.
    pub person: PersonId,
    /// The attempt's number.
    pub attempt: u32,
    /// The incident.
    pub incident: IncidentId,
    /// What the caller was told.
    pub told: Told,
    /// Whether a person has it now.
    pub arrived: bool,
    /// The claim it was made under, as the node's own record says.
    pub claim: Option<(OutboxId, u64)>,
}

/// What a provider told its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Accepted.
    Delivered,
    /// Later, or nothing at all (a time-out).
    Retry,
    /// Never.
    GiveUp,
    /// The caller did not live to hear it.
    Nothing,
}

/// What a person or a program asked for.
#[derive(Debug, Clone)]
pub struct Act {
    /// When the request began.
    pub began: At,
    /// When it was answered, or broke.
    pub ended: At,
    /// Who.
    pub person: PersonId,
    /// What.
    pub what: Deed,
    /// The incident.
    pub incident: IncidentId,
    /// By the link or reply address of this page.
    pub page: Option<PageId>,
    /// What they know.
    pub answer: Answer,
}

/// What somebody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Take it.
    Acknowledge,
    /// End it.
    Resolve,
    /// Give it to this person.
    HandOver(PersonId),
    /// Begin the escalation anew.
    Escalate,
    /// It came back.
    Reopen,
    /// It goes on in this one.
    Merge(IncidentId),
    /// Ask for others.
    Request,
    /// Anything that neither starts nor stops an escalation.
    Other(&'static str),
}

/// A declaration with an idempotency key, by one of several calls.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The key.
    pub key: String,
    /// The number of the incident that the caller was told.
    pub number: u64,
}

/// A commit that the store has taken.
#[derive(Debug, Clone)]
pub struct Committed {
    /// When.
    pub at: At,
    /// By whom.
    pub process: ProcessId,
    /// The journal's last number after it.
    pub last_seq: u64,
    /// The claims it gives an outcome to.
    pub settled: Vec<(OutboxId, u64)>,
}

/// A span in which something was not as it should be.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    /// Since when.
    pub from: At,
    /// Until when.
    pub until: At,
    /// What, for the trace.
    pub what: &'static str,
    /// Whom it concerns; `None` = everybody.
    pub node: Option<usize>,
}

/// A life of a node.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// The node.
    pub node: usize,
    /// Its process.
    pub process: ProcessId,
    /// When it could answer.
    pub ready: Option<At>,
    /// When it ended.
    pub ended: Option<At>,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Signals.
    pub sent: Vec<Sent>,
    /// Attempts by nodes.
    pub deliveries: Vec<Delivery>,
    /// Calls at providers.
    pub receipts: Vec<Receipt>,
    /// What people did.
    pub acts: Vec<Act>,
    /// Alerts that people asked to end: from when to when they asked.
    pub ended_alerts: Vec<(At, At, AlertId)>,
    /// Signals that became durable: when, and how many.
    pub arrived: Vec<(At, u64)>,
    /// Signals that were decided, in the order in which they had arrived: when, and how many.
    pub decided: Vec<(At, u64)>,
    /// What the self-audit said on its rounds: when it began and ended, and its findings.
    pub audits: Vec<(At, At, Vec<Finding>)>,
    /// Declarations with a key.
    pub declared: Vec<Declared>,
    /// Commits.
    pub commits: Vec<Committed>,
    /// Crashes, outages, pauses, jumps, lost answers.
    pub troubles: Vec<Trouble>,
    /// The lives of nodes.
    pub lives: Vec<Life>,
    /// Which task works under which claim now.
    pub under: HashMap<u64, (OutboxId, u64)>,
    /// Offsets of each node's wall clock: since when, microseconds.
    pub offsets: Vec<(usize, At, i64)>,
}

/// The ledger as everybody writes into it.
pub type Book = Arc<Mutex<Ledger>>;

impl Ledger {
    /// When the commit was taken that has this entry of the journal, and by whom.
    pub fn commit_of(&self, seq: u64) -> Option<&Committed> {
        let place = self.commits.partition_point(|c| c.last_seq < seq);
        self.commits.get(place)
    }
}
