//! The port, implemented once: each call names its use-case and lets the engine carry it.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hansei_app::ports::{
    AlertQuery, Claim, Commit, CommitFigures, Committed, Figures, IdempotencyRow, InboxBatch, IncidentQuery,
    IncidentRow, IntakeFacts, Lane, Loaded, Progress, QuarantineRow, SessionRow, SharedClock, Store,
    StoreError, StoreResult, ThrottleRow, TimelineQuery, TokenRow, Verification,
};
use hansei_domain::alert::GroupKey;
use hansei_domain::ids::{AlertId, ContactId, IncidentId, PersonId, QuarantineId, ServiceId};
use hansei_domain::journal::{AggregateId, Recorded, State};
use jiff::Timestamp;

use crate::engine::Engine;
use crate::read::{aggregates, alerts, figures, incidents, journal, side};
use crate::sqlite::AlertKeys;
use crate::write::{Done, Work, prepare};

/// A store over either database.
pub(crate) struct SqlStore {
    engine: Engine,
    clock: SharedClock,
}

/// Runs a use-case on a reading connection. Arguments are owned copies, since it may run in another thread.
macro_rules! read {
    ($self:ident, |$conn:ident| $call:expr) => {
        $self.engine.read(move |$conn| Box::pin(async move { $call.await })).await
    };
}

fn unexpected(done: &Done) -> StoreError {
    StoreError::Bug(format!("the writer answered something else: {done:?}"))
}

/// Notes the keys of alerts that a commit makes, before it makes them.
fn note_new(keys: &AlertKeys, commit: &Commit) {
    for change in commit.changes.iter().filter(|change| change.expected == 0) {
        if let State::Alert(alert) = &change.state {
            keys.add(alert.service_id, &alert.dedup_key);
        }
    }
}

impl SqlStore {
    /// A store carried by an engine.
    pub fn new(engine: Engine, clock: &SharedClock) -> Self {
        Self { engine, clock: Arc::clone(clock) }
    }

    async fn claim(&self, work: Work) -> StoreResult<Vec<Claim>> {
        match self.engine.work(Lane::Pages, work).await? {
            Done::Claims(claims) => Ok(claims),
            other => Err(unexpected(&other)),
        }
    }

    /// What carries it, for tests that look beneath the port.
    #[cfg(test)]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, lane: Lane, commit: Commit) -> StoreResult<Committed> {
        if let Some(keys) = self.engine.alert_keys() {
            note_new(keys, &commit);
        }
        let prepared = Box::new(prepare(commit, self.clock.now())?);
        match self.engine.work(lane, Work::Commit(prepared)).await? {
            Done::Committed(committed) => Ok(committed),
            other => Err(unexpected(&other)),
        }
    }

    async fn inbox_append(&self, records: Vec<Bytes>) -> StoreResult<()> {
        self.engine.append(records).await
    }

    async fn inbox_take(&self, max: usize) -> StoreResult<InboxBatch> {
        self.engine.take(max).await
    }

    async fn inbox_wait(&self) {
        self.engine.wait().await;
    }

    async fn outbox_claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<Claim>> {
        self.claim(Work::Claim { now, lease_until, room: vec![(None, limit)] }).await
    }

    async fn outbox_claim_kinds(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        room: &[(&'static str, usize)],
    ) -> StoreResult<Vec<Claim>> {
        let room = room.iter().map(|(kind, places)| (Some(*kind), *places)).collect();
        self.claim(Work::Claim { now, lease_until, room }).await
    }

    async fn release_claims(&self) -> StoreResult<()> {
        match self.engine.work(Lane::Pages, Work::Release).await? {
            Done::Released => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    async fn outbox_next_at(&self) -> StoreResult<Option<Timestamp>> {
        let now = self.clock.now();
        read!(self, |conn| side::outbox_next_at(conn, now))
    }

    async fn load(&self, ids: &[AggregateId]) -> StoreResult<Vec<Loaded>> {
        let ids = ids.to_vec();
        read!(self, |conn| aggregates::load(conn, &ids))
    }

    async fn load_intake(&self, keys: &[(ServiceId, String)]) -> StoreResult<IntakeFacts> {
        let keys: Vec<(ServiceId, String)> = match self.engine.alert_keys() {
            Some(known) => known.among(keys).into_iter().cloned().collect(),
            None => keys.to_vec(),
        };
        if keys.is_empty() {
            return Ok(IntakeFacts::default());
        }
        read!(self, |conn| aggregates::load_intake(conn, &keys))
    }

    async fn open_incidents(&self, groups: &[(ServiceId, GroupKey)]) -> StoreResult<Vec<Loaded>> {
        let groups = groups.to_vec();
        read!(self, |conn| aggregates::open_incidents(conn, &groups))
    }

    async fn last_incident_number(&self) -> StoreResult<u64> {
        read!(self, |conn| incidents::last_number(conn))
    }

    async fn firing_alerts_of(&self, incident_id: IncidentId, limit: usize) -> StoreResult<Vec<AlertId>> {
        read!(self, |conn| alerts::firing_of(conn, incident_id, limit))
    }

    async fn open_pages(&self, incidents: &[IncidentId]) -> StoreResult<Vec<Loaded>> {
        let incidents = incidents.to_vec();
        read!(self, |conn| aggregates::pages(conn, &incidents, true))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<AggregateId>> {
        read!(self, |conn| aggregates::due(conn, now, limit))
    }

    async fn next_due_at(&self) -> StoreResult<Option<Timestamp>> {
        read!(self, |conn| aggregates::next_due_at(conn))
    }

    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<Loaded>> {
        let query = query.clone();
        read!(self, |conn| alerts::alerts(conn, &query))
    }

    async fn incidents(&self, query: &IncidentQuery) -> StoreResult<Vec<IncidentRow>> {
        let query = query.clone();
        read!(self, |conn| incidents::incidents(conn, &query))
    }

    async fn incident_by_number(&self, number: u64) -> StoreResult<Option<IncidentRow>> {
        read!(self, |conn| incidents::by_number(conn, number))
    }

    async fn timeline(
        &self,
        incidents: &[IncidentId],
        after: u64,
        limit: usize,
    ) -> StoreResult<Vec<Recorded>> {
        let incidents = incidents.to_vec();
        read!(self, |conn| journal::timeline(conn, &incidents, after, limit))
    }

    async fn timeline_part(&self, query: &TimelineQuery) -> StoreResult<Vec<Recorded>> {
        let query = query.clone();
        read!(self, |conn| journal::timeline_part(conn, &query))
    }

    async fn pages(&self, incidents: &[IncidentId]) -> StoreResult<Vec<Loaded>> {
        let incidents = incidents.to_vec();
        read!(self, |conn| aggregates::pages(conn, &incidents, false))
    }

    async fn history(&self, id: AggregateId, limit: usize) -> StoreResult<Vec<Recorded>> {
        read!(self, |conn| journal::history(conn, id, limit))
    }

    async fn journal_after(&self, seq: u64, limit: usize) -> StoreResult<Vec<Recorded>> {
        read!(self, |conn| journal::after(conn, seq, limit))
    }

    async fn last_seq(&self) -> StoreResult<u64> {
        read!(self, |conn| journal::last_seq(conn))
    }

    async fn entries(&self) -> StoreResult<Vec<Loaded>> {
        read!(self, |conn| aggregates::entries(conn))
    }

    async fn credential(&self, person_id: PersonId) -> StoreResult<Option<String>> {
        read!(self, |conn| side::credential(conn, person_id))
    }

    async fn session(&self, sha256: &str) -> StoreResult<Option<SessionRow>> {
        let sha256 = sha256.to_owned();
        read!(self, |conn| side::session(conn, &sha256))
    }

    async fn sessions_of(&self, person_id: PersonId) -> StoreResult<Vec<SessionRow>> {
        read!(self, |conn| side::sessions_of(conn, person_id))
    }

    async fn token(&self, sha256: &str) -> StoreResult<Option<TokenRow>> {
        let sha256 = sha256.to_owned();
        read!(self, |conn| side::token(conn, &sha256))
    }

    async fn tokens(&self, person_id: Option<PersonId>) -> StoreResult<Vec<TokenRow>> {
        read!(self, |conn| side::tokens(conn, person_id))
    }

    async fn contact_secret(&self, contact_id: ContactId) -> StoreResult<Option<String>> {
        read!(self, |conn| side::contact_secret(conn, contact_id))
    }

    async fn quarantine(
        &self,
        open: bool,
        before: Option<QuarantineId>,
        limit: usize,
    ) -> StoreResult<Vec<QuarantineRow>> {
        read!(self, |conn| side::quarantine(conn, open, before, limit))
    }

    async fn quarantined(&self, id: QuarantineId) -> StoreResult<Option<QuarantineRow>> {
        read!(self, |conn| side::quarantined(conn, id))
    }

    async fn idempotency(&self, scope: &str, key: &str) -> StoreResult<Option<IdempotencyRow>> {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        read!(self, |conn| side::idempotency(conn, &scope, &key))
    }

    async fn meta(&self, name: &str) -> StoreResult<Option<String>> {
        let name = name.to_owned();
        read!(self, |conn| side::meta(conn, &name))
    }

    async fn throttle(&self, key: &str) -> StoreResult<Option<ThrottleRow>> {
        let key = key.to_owned();
        read!(self, |conn| side::throttle(conn, &key))
    }

    async fn figures(&self, now: Timestamp) -> StoreResult<Figures> {
        let mut figures: Figures = read!(self, |conn| figures::figures(conn, now))?;
        figures.inbox_records = self.engine.waiting_signals().await?;
        figures.bytes = self.engine.bytes().await;
        Ok(figures)
    }

    fn is_only_writer(&self) -> bool {
        self.engine.is_only_writer()
    }

    async fn shared_time(&self) -> StoreResult<Option<Timestamp>> {
        if self.engine.is_only_writer() {
            return Ok(None);
        }
        read!(self, |conn| figures::server_time(conn)).map(Some)
    }

    fn trouble(&self) -> Option<String> {
        self.engine.trouble()
    }

    fn commit_figures(&self) -> CommitFigures {
        self.engine.commit_figures()
    }

    async fn sweep(&self, now: Timestamp, before: Timestamp) -> StoreResult<u64> {
        let mut deleted = 0;
        loop {
            match self.engine.work(Lane::Digests, Work::Sweep { now, before }).await? {
                Done::Swept(rows, more) => {
                    deleted += rows;
                    if !more {
                        return Ok(deleted);
                    }
                }
                other => return Err(unexpected(&other)),
            }
        }
    }

    async fn backup(&self, to: &Path, progress: Progress<'_>) -> StoreResult<()> {
        crate::backup::backup(&self.engine, self.clock.now(), to, progress).await
    }

    async fn verify(&self, progress: Progress<'_>) -> StoreResult<Verification> {
        crate::verify::verify(&self.engine, progress).await
    }

    async fn close(&self) {
        self.engine.close().await;
    }
}
