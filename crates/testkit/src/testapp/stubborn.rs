//! A store that refuses what a test tells it to refuse, around one that does not.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hansei_app::ports::{
    AlertQuery, Claim, Commit, CommitFigures, Committed, Figures, IdempotencyRow, InboxBatch, IncidentQuery,
    IncidentRow, IntakeFacts, Lane, Loaded, Progress, QuarantineRow, SessionRow, Store, StoreError,
    StoreResult, ThrottleRow, TimelineQuery, TokenRow, Verification,
};
use hansei_domain::Timestamp;
use hansei_domain::alert::GroupKey;
use hansei_domain::ids::{AlertId, ContactId, IncidentId, PersonId, QuarantineId, ServiceId};
use hansei_domain::journal::{AggregateId, Recorded, State};
use parking_lot::Mutex;

/// What is refused.
#[derive(Debug, Default)]
pub struct Whims {
    /// Whatever changes the alert of this key conflicts.
    pub conflicts_with: Mutex<Option<String>>,
    /// Nothing can be read or written.
    pub away: Mutex<bool>,
}

/// The store around the one that keeps everything.
pub struct Stubborn {
    inner: Arc<dyn Store>,
    whims: Arc<Whims>,
}

impl Stubborn {
    /// Around a store.
    pub fn new(inner: Arc<dyn Store>, whims: &Arc<Whims>) -> Arc<Self> {
        Arc::new(Self { inner, whims: Arc::clone(whims) })
    }

    fn here(&self) -> StoreResult<()> {
        if *self.whims.away.lock() { Err(StoreError::Unavailable("away".into())) } else { Ok(()) }
    }
}

macro_rules! passed_on {
    ($($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl Store for Stubborn {
            async fn commit(&self, lane: Lane, commit: Commit) -> StoreResult<Committed> {
                self.here()?;
                let key = self.whims.conflicts_with.lock().clone();
                let hit = commit.changes.iter().any(|c| match &c.state {
                    State::Alert(alert) => key.as_ref() == Some(&alert.dedup_key),
                    _ => false,
                });
                if hit { Err(StoreError::Conflict) } else { self.inner.commit(lane, commit).await }
            }

            async fn inbox_wait(&self) {
                self.inner.inbox_wait().await;
            }

            fn is_only_writer(&self) -> bool {
                self.inner.is_only_writer()
            }

            fn commit_figures(&self) -> CommitFigures {
                self.inner.commit_figures()
            }

            async fn close(&self) {
                self.inner.close().await;
            }

            $(async fn $name(&self, $($arg: $type),*) -> StoreResult<$out> {
                self.here()?;
                self.inner.$name($($arg),*).await
            })*
        }
    };
}

passed_on! {
    inbox_append(records: Vec<Bytes>) -> ();
    inbox_take(max: usize) -> InboxBatch;
    outbox_claim(now: Timestamp, lease_until: Timestamp, limit: usize) -> Vec<Claim>;
    release_claims() -> ();
    outbox_next_at() -> Option<Timestamp>;
    load(ids: &[AggregateId]) -> Vec<Loaded>;
    load_intake(keys: &[(ServiceId, String)]) -> IntakeFacts;
    open_incidents(groups: &[(ServiceId, GroupKey)]) -> Vec<Loaded>;
    last_incident_number() -> u64;
    firing_alerts_of(incident_id: IncidentId, limit: usize) -> Vec<AlertId>;
    open_pages(incidents: &[IncidentId]) -> Vec<Loaded>;
    due(now: Timestamp, limit: usize) -> Vec<AggregateId>;
    next_due_at() -> Option<Timestamp>;
    alerts(query: &AlertQuery) -> Vec<Loaded>;
    incidents(query: &IncidentQuery) -> Vec<IncidentRow>;
    incident_by_number(number: u64) -> Option<IncidentRow>;
    timeline(incidents: &[IncidentId], after: u64, limit: usize) -> Vec<Recorded>;
    timeline_part(query: &TimelineQuery) -> Vec<Recorded>;
    pages(incidents: &[IncidentId]) -> Vec<Loaded>;
    history(id: AggregateId, limit: usize) -> Vec<Recorded>;
    journal_after(seq: u64, limit: usize) -> Vec<Recorded>;
    last_seq() -> u64;
    entries() -> Vec<Loaded>;
    credential(person_id: PersonId) -> Option<String>;
    session(sha256: &str) -> Option<SessionRow>;
    sessions_of(person_id: PersonId) -> Vec<SessionRow>;
    token(sha256: &str) -> Option<TokenRow>;
    tokens(person_id: Option<PersonId>) -> Vec<TokenRow>;
    contact_secret(contact_id: ContactId) -> Option<String>;
    quarantine(open: bool, before: Option<QuarantineId>, limit: usize) -> Vec<QuarantineRow>;
    quarantined(id: QuarantineId) -> Option<QuarantineRow>;
    idempotency(scope: &str, key: &str) -> Option<IdempotencyRow>;
    meta(name: &str) -> Option<String>;
    throttle(key: &str) -> Option<ThrottleRow>;
    figures(now: Timestamp) -> Figures;
    sweep(now: Timestamp, before: Timestamp) -> u64;
    backup(to: &Path, progress: Progress<'_>) -> ();
    verify(progress: Progress<'_>) -> Verification;
}
