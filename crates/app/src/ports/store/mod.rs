//! The store, at the level of use-cases: append if the version is as expected, claim what is due, list what burns.
//!
//! One write path ([`Store::commit`]) carries everything that changes together: events, states, deadlines, outbox,
//! and the side tables (sessions, tokens, secrets, quarantine, idempotency). It is atomic: all of it or none.
//! The contract suite runs every case on every implementation; if it needs to know which one it runs on, this port
//! is too low.

mod commit;
mod read;
mod side;

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use hansei_domain::Timestamp;
use hansei_domain::alert::GroupKey;
use hansei_domain::ids::{AlertId, ContactId, IncidentId, PersonId, QuarantineId, ServiceId};
use hansei_domain::journal::{AggregateId, Recorded};
use serde::{Deserialize, Serialize};

pub use commit::*;
use read::TIMELINE_CHUNK;
pub use read::*;
pub use side::*;

/// Which queue a write or an outbox entry waits in; smaller goes first, larger is shed first (R18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Pages and their outcomes.
    Pages,
    /// Acknowledgements and other words of people.
    Acks,
    /// Deciding signals.
    Intake,
    /// Comments, scope, catalogue, sessions.
    Timeline,
    /// Mail to the public.
    Mail,
    /// Digests, sweeps, samples.
    Digests,
}

impl Lane {
    /// All, first to go first.
    pub const ALL: [Self; 6] =
        [Self::Pages, Self::Acks, Self::Intake, Self::Timeline, Self::Mail, Self::Digests];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Acks => "acks",
            Self::Intake => "intake",
            Self::Timeline => "timeline",
            Self::Mail => "mail",
            Self::Digests => "digests",
        }
    }
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed one of the aggregates, took the number, or claimed the work: load and decide again.
    #[error("changed by somebody else meanwhile")]
    Conflict,
    /// Cannot now, may work soon (locked, full, restarting): answered 503 with Retry-After.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The inbox is full: the deciding is too far behind.
    #[error("too many signals wait to be decided")]
    Backlogged,
    /// The data are damaged: writes stop (R26).
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// A bug: a statement or a shape that should never have been.
    #[error("store: {0}")]
    Bug(String),
}

/// Result of a store operation.
pub type StoreResult<T> = Result<T, StoreError>;

/// The store.
#[async_trait]
pub trait Store: Send + Sync {
    // --- writing -------------------------------------------------------------------------------------------------

    /// Commits all of it or nothing. When this returns `Ok`, it is durable.
    async fn commit(&self, lane: Lane, commit: Commit) -> StoreResult<Committed>;

    /// Appends encoded signals to the inbox. When this returns `Ok`, they are durable (R2).
    async fn inbox_append(&self, records: Vec<Bytes>) -> StoreResult<()>;

    /// Takes signals to decide, oldest first; empty if there are none. What is not decided by a commit is taken again.
    async fn inbox_take(&self, max: usize) -> StoreResult<InboxBatch>;

    /// Waits until there may be something in the inbox. May return for no reason.
    async fn inbox_wait(&self);

    /// Claims entries that may be sent now, in order of lane and age, until `lease_until`. Entries whose lease has
    /// ended are claimed again with a higher epoch. An instance claims for its own sending only.
    async fn outbox_claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<Claim>>;

    /// As [`Store::outbox_claim`], but of each kind of contact only as many as there is room for, so that a kind that
    /// hangs holds up no other one. Each claim tells its kind.
    async fn outbox_claim_kinds(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        room: &[(&'static str, usize)],
    ) -> StoreResult<Vec<Claim>> {
        // A store that cannot tell them apart gives no more than every kind has room for.
        let limit = room.iter().map(|(_, places)| *places).min().unwrap_or(0);
        self.outbox_claim(now, lease_until, limit).await
    }

    /// Ends all claims: for a process that has just become the only writer. Whoever had claimed entries before is dead,
    /// and waiting for its leases would only make people wait (R8). The fence goes up, as with every claim.
    async fn release_claims(&self) -> StoreResult<()>;

    /// When the next entry becomes sendable; `None` if none waits.
    async fn outbox_next_at(&self) -> StoreResult<Option<Timestamp>>;

    // --- loading -------------------------------------------------------------------------------------------------

    /// Loads aggregates; unknown ids are left out.
    async fn load(&self, ids: &[AggregateId]) -> StoreResult<Vec<Loaded>>;

    /// What deciding signals of these keys needs.
    async fn load_intake(&self, keys: &[(ServiceId, String)]) -> StoreResult<IntakeFacts>;

    /// The open (active) incidents of these groups.
    async fn open_incidents(&self, groups: &[(ServiceId, GroupKey)]) -> StoreResult<Vec<Loaded>>;

    /// The highest incident number.
    async fn last_incident_number(&self) -> StoreResult<u64>;

    /// Ids of alerts of this incident that fire, at most so many.
    async fn firing_alerts_of(&self, incident_id: IncidentId, limit: usize) -> StoreResult<Vec<AlertId>>;

    /// Pages of these incidents that have not ended.
    async fn open_pages(&self, incidents: &[IncidentId]) -> StoreResult<Vec<Loaded>>;

    /// Aggregates whose deadline has passed, oldest first.
    async fn due(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<AggregateId>>;

    /// The next deadline of all.
    async fn next_due_at(&self) -> StoreResult<Option<Timestamp>>;

    // --- reading -------------------------------------------------------------------------------------------------

    /// Lists alerts, newest (by id) first.
    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<Loaded>>;

    /// Lists incidents, highest number first.
    async fn incidents(&self, query: &IncidentQuery) -> StoreResult<Vec<IncidentRow>>;

    /// The incident with this number.
    async fn incident_by_number(&self, number: u64) -> StoreResult<Option<IncidentRow>>;

    /// The timeline of incidents (their own entries and those of their alerts and pages), oldest first after `after`.
    async fn timeline(
        &self,
        incidents: &[IncidentId],
        after: u64,
        limit: usize,
    ) -> StoreResult<Vec<Recorded>>;

    /// A part of that timeline: from either end, only events of some names. Stores that can do better than walk the
    /// whole of it say so.
    async fn timeline_part(&self, query: &TimelineQuery) -> StoreResult<Vec<Recorded>> {
        let (mut after, before, newest) = match query.from {
            TimelineFrom::Newest { before } => (0, before.unwrap_or(u64::MAX), true),
            TimelineFrom::Oldest { after } => (after, u64::MAX, false),
        };
        let mut found = std::collections::VecDeque::new();
        loop {
            let chunk = self.timeline(&query.incidents, after, TIMELINE_CHUNK).await?;
            let Some(last) = chunk.last().map(|e| e.seq) else { break };
            after = last;
            for entry in chunk {
                let wanted = query.names.is_empty() || query.names.contains(&entry.event.name());
                if wanted && entry.seq < before {
                    found.push_back(entry);
                }
                if found.len() > query.limit {
                    if newest {
                        found.pop_front()
                    } else {
                        found.pop_back()
                    };
                }
            }
            if last >= before || (!newest && found.len() >= query.limit) {
                break;
            }
        }
        let found = Vec::from(found);
        Ok(if newest { found.into_iter().rev().collect() } else { found })
    }

    /// All pages of these incidents, oldest first.
    async fn pages(&self, incidents: &[IncidentId]) -> StoreResult<Vec<Loaded>>;

    /// The journal of one aggregate, newest first.
    async fn history(&self, id: AggregateId, limit: usize) -> StoreResult<Vec<Recorded>>;

    /// The journal after a sequence number, oldest first, without gaps.
    async fn journal_after(&self, seq: u64, limit: usize) -> StoreResult<Vec<Recorded>>;

    /// The journal's last sequence number.
    async fn last_seq(&self) -> StoreResult<u64>;

    /// All entries of the catalogue, archived ones too.
    async fn entries(&self) -> StoreResult<Vec<Loaded>>;

    // --- side tables ---------------------------------------------------------------------------------------------

    /// A person's password hash.
    async fn credential(&self, person_id: PersonId) -> StoreResult<Option<String>>;

    /// A session by the hash of its secret.
    async fn session(&self, sha256: &str) -> StoreResult<Option<SessionRow>>;

    /// A person's sessions.
    async fn sessions_of(&self, person_id: PersonId) -> StoreResult<Vec<SessionRow>>;

    /// A token by the hash of its secret.
    async fn token(&self, sha256: &str) -> StoreResult<Option<TokenRow>>;

    /// Tokens of a person, or of everybody.
    async fn tokens(&self, person_id: Option<PersonId>) -> StoreResult<Vec<TokenRow>>;

    /// A contact's secret.
    async fn contact_secret(&self, contact_id: ContactId) -> StoreResult<Option<String>>;

    /// Quarantined payloads, newest first; `open` = only those not dealt with.
    async fn quarantine(
        &self,
        open: bool,
        before: Option<QuarantineId>,
        limit: usize,
    ) -> StoreResult<Vec<QuarantineRow>>;

    /// One quarantined payload.
    async fn quarantined(&self, id: QuarantineId) -> StoreResult<Option<QuarantineRow>>;

    /// The remembered answer to an idempotency key.
    async fn idempotency(&self, scope: &str, key: &str) -> StoreResult<Option<IdempotencyRow>>;

    /// A named value of the installation.
    async fn meta(&self, name: &str) -> StoreResult<Option<String>>;

    /// Failed logins of a throttle key.
    async fn throttle(&self, key: &str) -> StoreResult<Option<ThrottleRow>>;

    /// Whether this process is the only one that can write (an embedded store). Only then may what was read be relied
    /// on without asking again.
    fn is_only_writer(&self) -> bool {
        false
    }

    /// The time of the server that several nodes share, as it is when this is asked; `None` = no node but this one.
    async fn shared_time(&self) -> StoreResult<Option<Timestamp>> {
        Ok(None)
    }

    /// Why nothing can be written any more until this process is started anew: a failed sync, or damage. Whatever waits
    /// for it to pass waits in vain.
    fn trouble(&self) -> Option<String> {
        None
    }

    // --- looking after it ----------------------------------------------------------------------------------------

    /// Figures for metrics and the system page.
    async fn figures(&self, now: Timestamp) -> StoreResult<Figures>;

    /// How committing went.
    fn commit_figures(&self) -> CommitFigures;

    /// Deletes what has outlived its use: idempotency answers and settled quarantine older than `before`, ended
    /// sessions, sent outbox entries. Returns how many rows.
    async fn sweep(&self, now: Timestamp, before: Timestamp) -> StoreResult<u64>;

    /// Copies the whole store into an empty folder while it is in use.
    async fn backup(&self, to: &Path, progress: Progress<'_>) -> StoreResult<()>;

    /// Checks the hash chain, and that folding the journal gives the stored states and columns.
    async fn verify(&self, progress: Progress<'_>) -> StoreResult<Verification>;

    /// Stops writing, lets what was accepted become durable, and closes.
    async fn close(&self);
}
