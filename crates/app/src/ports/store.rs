//! The store, at the level of use-cases: append if the version is as expected, claim what is due, list what burns.
//!
//! One write path ([`Store::commit`]) carries everything that changes together: events, states, deadlines, outbox,
//! and the side tables (sessions, tokens, secrets, quarantine, idempotency). It is atomic: all of it or none.
//! The contract suite runs every case on every implementation; if it needs to know which one it runs on, this port
//! is too low.

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Role};
use hansei_domain::alert::{AlertStatus, GroupKey, Observation};
use hansei_domain::ids::{
    AlertId, ContactId, IncidentId, KeyId, OutboxId, PageId, PersonId, QuarantineId, ServiceId, SessionId,
    TokenId,
};
use hansei_domain::incident::{Incident, IncidentStatus, Severity};
use hansei_domain::journal::{AggregateId, Event, Recorded, State};
use serde::{Deserialize, Serialize};

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

/// A write to a table beside the journal, atomic with the rest of the commit.
#[derive(Debug, Clone)]
pub enum SideWrite {
    /// Set a person's password hash; `None` removes it.
    Credential {
        /// Whose.
        person_id: PersonId,
        /// Argon2id hash in PHC form.
        password: Option<String>,
    },
    /// Store a new session.
    SessionPut(SessionRow),
    /// The session was used.
    SessionTouch {
        /// Which.
        id: SessionId,
        /// When.
        seen_at: Timestamp,
    },
    /// End sessions of a person, all or all but one.
    SessionsEnd {
        /// Whose.
        person_id: PersonId,
        /// Keep this one.
        except: Option<SessionId>,
    },
    /// End one session.
    SessionEnd {
        /// Which.
        id: SessionId,
    },
    /// Store or change an API token.
    TokenPut(TokenRow),
    /// The token was used.
    TokenTouch {
        /// Which.
        id: TokenId,
        /// When.
        used_at: Timestamp,
    },
    /// Store a contact's secret; `None` removes it.
    ContactSecret {
        /// Whose.
        contact_id: ContactId,
        /// The secret in clear (it must be sent with).
        secret: Option<String>,
    },
    /// Keep an unreadable payload.
    QuarantinePut(QuarantineRow),
    /// A quarantined payload has been dealt with.
    QuarantineSettle {
        /// Which.
        id: QuarantineId,
        /// When.
        at: Timestamp,
        /// `replayed` or `discarded`.
        how: String,
    },
    /// Remember the answer to an idempotency key (R3). The key must be new, else the commit is a conflict.
    Idempotency(IdempotencyRow),
    /// Set a named value of the installation (`setup_token`, `link_secret`, …); `None` removes it.
    Meta {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
        /// The value must be this before (compare and set), else the commit is a conflict. `None` = must be absent.
        expect: MetaExpect,
    },
    /// Count a failed login of a throttle key, or forget it.
    Throttle {
        /// Account or address.
        key: String,
        /// The count now; `None` removes it.
        row: Option<ThrottleRow>,
    },
}

/// What a named value must be for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetaExpect {
    /// Anything.
    Any,
    /// Absent.
    Absent,
    /// This.
    Value(String),
}

/// A signed-in session. Only the hash of its cookie is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of the cookie's secret, hexadecimal.
    pub sha256: String,
    /// Whose.
    pub person_id: PersonId,
    /// Since when.
    pub created_at: Timestamp,
    /// Last used.
    pub seen_at: Timestamp,
    /// Ends then at the latest.
    pub expires_at: Timestamp,
    /// The browser's name, shortened.
    pub agent: String,
    /// The address it was made from.
    pub address: String,
}

/// An API token. Only its hash is stored (R42).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: TokenId,
    /// SHA-256 of the secret, hexadecimal.
    pub sha256: String,
    /// Its first characters.
    pub hint: String,
    /// What it is for.
    pub name: String,
    /// Whose.
    pub person_id: PersonId,
    /// At most this role, and never more than its person's.
    pub role: Role,
    /// Made.
    pub created_at: Timestamp,
    /// Ends then.
    pub expires_at: Option<Timestamp>,
    /// Last used.
    pub used_at: Option<Timestamp>,
    /// Taken back.
    pub revoked_at: Option<Timestamp>,
}

/// An authenticated payload that could not be read (R5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Its id.
    pub id: QuarantineId,
    /// The key it came by.
    pub key_id: KeyId,
    /// The service.
    pub service_id: ServiceId,
    /// When.
    pub received_at: Timestamp,
    /// Which door: `pagerduty`, `alertmanager`, `json`.
    pub format: String,
    /// Its declared content type.
    pub content_type: String,
    /// What was wrong.
    pub error: String,
    /// The body, at most 64 KiB.
    pub body: Vec<u8>,
    /// The body was longer.
    pub truncated: bool,
    /// Dealt with.
    pub settled_at: Option<Timestamp>,
    /// `replayed` or `discarded`.
    pub settled_how: Option<String>,
}

/// The remembered answer to an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Whose key it is (a person's id), so that keys of different callers cannot meet.
    pub scope: String,
    /// The key.
    pub key: String,
    /// SHA-256 of method, path and body, hexadecimal.
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// Failed logins of one throttle key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRow {
    /// How many in a row.
    pub failures: u32,
    /// No try before then.
    pub blocked_until: Timestamp,
}

/// Everything that changes together.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// When it was decided.
    pub at: Option<Timestamp>,
    /// New events and states, in the order in which they are journaled.
    pub changes: Vec<Change>,
    /// Observations of repeats.
    pub observed: Vec<Observed>,
    /// New things to send.
    pub outbox: Vec<OutboxEntry>,
    /// Pages that ended: their entries that have not been sent are dropped (R11).
    pub drop_outbox_of: Vec<PageId>,
    /// Claims that have an outcome; refused as a conflict if the epoch is older than the last claim.
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
const TIMELINE_CHUNK: usize = 500;

/// Progress of a long piece of work: done so far, and of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

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
