//! A store that fails as real ones do, around one that does not.
//!
//! Each process has its own [`SimStore`] over the one store that survives it. Around every call the process may die or
//! stand still; a commit may be refused although it could be made, or made while its answer is lost; the store may be
//! away for a while. Every commit that the inner store has really taken is written into the ledger at that instant.
//! Planted bugs that lie between application and store live here, never in production code.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hansei_app::ports::{
    AlertQuery, Claim, Commit, CommitFigures, Committed, Figures, IdempotencyRow, InboxBatch, InboxToken,
    IncidentQuery, IncidentRow, IntakeFacts, Lane, Loaded, Progress, QuarantineRow, SessionRow, Store,
    StoreError, StoreResult, ThrottleRow, TimelineQuery, TokenRow, Verification,
};
use hansei_domain::Timestamp;
use hansei_domain::alert::GroupKey;
use hansei_domain::catalog::{CatalogDoc, EscalationPolicy};
use hansei_domain::ids::{
    AlertId, ContactId, IncidentId, OutboxId, PageId, PersonId, QuarantineId, ServiceId,
};
use hansei_domain::incident::EscalationStatus;
use hansei_domain::journal::{AggregateId, Event, Recorded, State};
use hansei_domain::page::{PageEnd, PageEvent};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::chaos::{Fate, Planted, Turn};
use super::exec::{ProcessId, first, step_aside};
use super::ledger::{self, At, Book};
use crate::clock::FakeClock;

/// Signals in an inbox of one node's own: whose, since when, what.
pub type Lying = (usize, At, Vec<Bytes>);

/// What all processes share beside the store itself.
#[derive(Clone)]
pub struct Shared {
    /// The store that survives.
    pub inner: Arc<dyn Store>,
    /// What goes wrong.
    pub fate: Fate,
    /// Who saw what.
    pub book: Book,
    /// Counts up when somebody should look although nobody told them.
    pub look: Arc<watch::Sender<u64>>,
    /// Several nodes share the store.
    pub cluster: bool,
    /// The newest claim of each entry.
    pub epochs: Arc<Mutex<HashMap<OutboxId, u64>>>,
    /// Which process decides what lies in the inbox, and until when nobody else does.
    pub decider: Arc<Mutex<(ProcessId, At)>>,
    /// With the bug that gives each node an inbox of its own: what lies there, and since when.
    pub inboxes: Arc<Mutex<Vec<Lying>>>,
    /// The policies of the day, for the bug that follows them.
    pub policies: Arc<Mutex<HashMap<ServiceId, EscalationPolicy>>>,
}

impl Shared {
    /// Makes sleeping loops look again.
    pub fn nudge(&self) {
        self.look.send_modify(|n| *n += 1);
    }
}

/// How long nobody else decides after a node of a cluster has taken signals to decide them, microseconds.
pub const DECIDER_LEASE: At = 5_000_000;

/// The store as one process sees it.
pub struct SimStore {
    shared: Shared,
    process: ProcessId,
    node: usize,
    clock: Arc<FakeClock>,
    unwritten: Mutex<Vec<Bytes>>,
    unwritten_arrived: Notify,
    remembered: Mutex<HashMap<PageId, Loaded>>,
    own_timers: Mutex<HashSet<AggregateId>>,
    /// How many signals stand behind what was taken from the inbox.
    taken: Mutex<HashMap<Vec<u64>, u64>>,
}

fn away<T>() -> StoreResult<T> {
    Err(StoreError::Unavailable("away".into()))
}

/// Runs a reading call with everything that may go wrong around it.
macro_rules! reads {
    ($self:ident . $name:ident ( $($arg:expr),* )) => {{
        $self.meet().await;
        if $self.shared.fate.store_is_away(false) {
            return away();
        }
        let result = $self.shared.inner.$name($($arg),*).await;
        result
    }};
}

impl SimStore {
    /// The store for a process of a node.
    pub fn new(shared: &Shared, process: ProcessId, node: usize, clock: &Arc<FakeClock>) -> Arc<Self> {
        Arc::new(Self {
            shared: shared.clone(),
            process,
            node,
            clock: Arc::clone(clock),
            unwritten: Mutex::default(),
            unwritten_arrived: Notify::new(),
            remembered: Mutex::default(),
            own_timers: Mutex::default(),
            taken: Mutex::default(),
        })
    }

    /// A place where others may go first, and where the process may die.
    async fn meet(&self) {
        step_aside().await;
        match self.shared.fate.meet(self.process, self.node) {
            Turn::Go => {}
            Turn::Wait(micros) => self.shared.fate.time.sleep(micros).await,
            Turn::Dead => std::future::pending().await,
        }
    }

    fn is(&self, planted: Planted) -> bool {
        self.shared.fate.is(planted)
    }

    /// Hands a commit to the inner store and notes what it took.
    async fn take(&self, lane: Lane, commit: Commit) -> StoreResult<Committed> {
        let settled = commit.settle.clone();
        for change in &commit.changes {
            if let State::Entry(entry) = &change.state
                && let CatalogDoc::Service(service) = &entry.doc
            {
                self.shared.policies.lock().insert(service.id, service.escalation.clone());
            }
        }
        if self.is(Planted::TimersInMemory) {
            self.own_timers.lock().extend(commit.changes.iter().map(|c| c.id));
        }
        let decides = commit.inbox.as_ref().and_then(|token| self.taken.lock().get(&token.0).copied());
        let done = self.shared.inner.commit(lane, commit).await?;
        let at = self.shared.fate.time.now();
        if let Some(count) = decides {
            self.taken.lock().clear();
            self.shared.book.lock().decided.push((at, count));
        }
        let entry = ledger::Committed { at, process: self.process, last_seq: done.last_seq, settled };
        self.shared.book.lock().commits.push(entry);
        if self.shared.cluster {
            self.shared.nudge();
        }
        Ok(done)
    }

    /// What planted bugs make of a commit before it is handed in.
    fn twisted(&self, commit: &mut Commit) -> Vec<hansei_app::ports::OutboxEntry> {
        if self.is(Planted::NoFence) {
            let epochs = self.shared.epochs.lock();
            commit.settle.retain(|(id, epoch)| epochs.get(id) == Some(epoch));
        }
        if self.is(Planted::OutboxApart) { std::mem::take(&mut commit.outbox) } else { Vec::new() }
    }

    /// Of several nodes only one decides: whoever holds the lease, or takes it when it has run out.
    fn decides(&self) -> bool {
        let now = self.shared.fate.time.now();
        let mut decider = self.shared.decider.lock();
        let free = !self.shared.cluster || decider.0 == self.process || decider.1 <= now;
        if free {
            *decider = (self.process, now + DECIDER_LEASE);
        }
        free || self.is(Planted::InboxOfEachNode)
    }

    /// Whether somebody else has taken the lease meanwhile.
    fn lost_the_lease(&self) -> bool {
        self.shared.cluster
            && self.shared.decider.lock().0 != self.process
            && !self.is(Planted::InboxOfEachNode)
    }

    /// Moves what lies in a node's own inbox into the common one; what others left there, after a while.
    async fn empty_own_inbox(&self) -> StoreResult<()> {
        let old = self.shared.fate.time.now() - DECIDER_LEASE;
        let mine = {
            let mut inboxes = self.shared.inboxes.lock();
            let is_mine = |(node, since, _): &(usize, At, Vec<Bytes>)| *node == self.node || *since < old;
            let (mine, others): (Vec<_>, Vec<_>) = inboxes.drain(..).partition(is_mine);
            *inboxes = others;
            mine
        };
        for (_, _, records) in mine {
            self.append(records).await?;
        }
        Ok(())
    }

    async fn append(&self, records: Vec<Bytes>) -> StoreResult<()> {
        let count = records.len() as u64;
        self.shared.inner.inbox_append(records).await?;
        self.shared.book.lock().arrived.push((self.shared.fate.time.now(), count));
        Ok(())
    }

    /// What the bugs that leave something out of a commit leave out.
    fn forget(&self, commit: &mut Commit) {
        if !self.is(Planted::AckLeavesPagesOpen) {
            return;
        }
        let ends = |e: &Event| matches!(e, Event::Page(PageEvent::Ended { end: PageEnd::Acknowledged }));
        let taken = commit.changes.iter().filter(|c| c.events.iter().any(ends));
        let pages: HashSet<AggregateId> = taken.map(|c| c.id).collect();
        commit.changes.retain(|c| !pages.contains(&c.id));
        commit.drop_outbox_of.retain(|page| !pages.contains(&AggregateId::Page(*page)));
    }

    /// Tries again with whatever version is there now: what a store without optimistic locking does.
    async fn overwrite(&self, lane: Lane, mut commit: Commit) -> StoreResult<Committed> {
        for change in &mut commit.changes {
            let now = self.shared.inner.load(&[change.id]).await?;
            change.expected = now.first().map_or(0, |l| l.version);
        }
        self.take(lane, commit).await
    }
}

#[async_trait]
impl Store for SimStore {
    async fn commit(&self, lane: Lane, mut commit: Commit) -> StoreResult<Committed> {
        self.meet().await;
        if self.shared.fate.store_is_away(true) || self.shared.fate.refuses(self.node) {
            return away();
        }
        if commit.inbox.is_some() && self.lost_the_lease() {
            return Err(StoreError::Conflict);
        }
        let at = commit.at;
        self.forget(&mut commit);
        let apart = self.twisted(&mut commit);
        let again = self.is(Planted::NoVersionCheck).then(|| commit.clone());
        let mut done = self.take(lane, commit).await;
        if let (Err(StoreError::Conflict), Some(again)) = (&done, again) {
            done = self.overwrite(lane, again).await;
        }
        let done = done?;
        if !apart.is_empty() {
            self.meet().await;
            self.take(lane, Commit { at, outbox: apart, ..Commit::default() }).await?;
        }
        self.meet().await;
        if self.shared.fate.loses_answer(self.node) {
            self.shared.nudge();
            return away();
        }
        Ok(done)
    }

    async fn inbox_append(&self, records: Vec<Bytes>) -> StoreResult<()> {
        self.meet().await;
        if self.shared.fate.store_is_away(true) || self.shared.fate.refuses(self.node) {
            return away();
        }
        if self.is(Planted::AnswerBeforeCommit) {
            self.unwritten.lock().extend(records);
            self.unwritten_arrived.notify_one();
            return Ok(());
        }
        if self.is(Planted::InboxOfEachNode) {
            self.shared.inboxes.lock().push((self.node, self.shared.fate.time.now(), records));
            self.shared.nudge();
        } else {
            self.append(records).await?;
        }
        self.meet().await;
        if self.shared.fate.loses_answer(self.node) { away() } else { Ok(()) }
    }

    async fn inbox_take(&self, max: usize) -> StoreResult<InboxBatch> {
        let unwritten = std::mem::take(&mut *self.unwritten.lock());
        if !unwritten.is_empty() {
            self.shared.fate.time.sleep(200_000).await;
            self.meet().await;
            self.append(unwritten).await?;
        }
        self.meet().await;
        if self.shared.fate.store_is_away(false) {
            return away();
        }
        if self.is(Planted::InboxOfEachNode) {
            self.empty_own_inbox().await?;
        }
        if !self.decides() {
            return Ok(InboxBatch { token: InboxToken(Vec::new()), records: Vec::new() });
        }
        let batch = self.shared.inner.inbox_take(max).await?;
        self.taken.lock().insert(batch.token.0.clone(), batch.records.len() as u64);
        Ok(batch)
    }

    async fn inbox_wait(&self) {
        if self.is(Planted::InboxOfEachNode) {
            let mut look = self.shared.look.subscribe();
            let left = !self.shared.inboxes.lock().is_empty();
            let others = async {
                if left { self.shared.fate.time.sleep(500_000).await } else { drop(look.changed().await) }
            };
            let _ = first(self.shared.inner.inbox_wait(), others).await;
            return;
        }
        let _ = first(self.shared.inner.inbox_wait(), self.unwritten_arrived.notified()).await;
        // There is something: whoever may not decide it looks again when the lease has run out.
        let (holder, until) = *self.shared.decider.lock();
        if self.shared.cluster && holder != self.process {
            self.shared.fate.time.sleep_until(until).await;
        }
    }

    async fn outbox_claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<Claim>> {
        self.meet().await;
        if self.shared.fate.store_is_away(true) {
            return away();
        }
        let claims = self.shared.inner.outbox_claim(now, lease_until, limit).await?;
        {
            let mut epochs = self.shared.epochs.lock();
            epochs.extend(claims.iter().map(|c| (c.entry.id, c.epoch)));
        }
        if self.is(Planted::PageAfterAck) {
            for claim in &claims {
                let loaded = self.shared.inner.load(&[AggregateId::Page(claim.entry.page_id)]).await?;
                self.remembered.lock().extend(loaded.into_iter().map(|l| (claim.entry.page_id, l)));
            }
        }
        let at = self.shared.fate.time.now();
        let lease_ends = lease_until.as_microsecond().saturating_sub(self.clock.offset_micros());
        let deliveries = claims.iter().map(|claim| ledger::Delivery {
            process: self.process,
            claim: claim.clone(),
            claimed: at,
            lease_ends,
        });
        self.shared.book.lock().deliveries.extend(deliveries);
        self.meet().await;
        if !claims.is_empty() && self.shared.fate.loses_answer(self.node) {
            return away();
        }
        Ok(claims)
    }

    async fn release_claims(&self) -> StoreResult<()> {
        reads!(self.release_claims())
    }

    async fn outbox_next_at(&self) -> StoreResult<Option<Timestamp>> {
        reads!(self.outbox_next_at())
    }

    async fn load(&self, ids: &[AggregateId]) -> StoreResult<Vec<Loaded>> {
        if let [AggregateId::Page(page)] = ids
            && let Some(old) = self.remembered.lock().remove(page)
        {
            return Ok(vec![old]);
        }
        let mut loaded = reads!(self.load(ids))?;
        if self.is(Planted::LivePolicy) {
            let policies = self.shared.policies.lock();
            for item in &mut loaded {
                if let State::Incident(incident) = &mut item.state
                    && let Some(today) = incident.service_id.and_then(|id| policies.get(&id))
                    && let Some(escalation) = &mut incident.escalation
                    && escalation.status == EscalationStatus::Running
                {
                    escalation.policy = today.clone();
                }
            }
        }
        Ok(loaded)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<AggregateId>> {
        let mut due = reads!(self.due(now, limit))?;
        if self.is(Planted::TimersInMemory) {
            let own = self.own_timers.lock();
            due.retain(|id| own.contains(id));
        }
        Ok(due)
    }

    async fn next_due_at(&self) -> StoreResult<Option<Timestamp>> {
        reads!(self.next_due_at())
    }

    async fn load_intake(&self, keys: &[(ServiceId, String)]) -> StoreResult<IntakeFacts> {
        reads!(self.load_intake(keys))
    }

    async fn open_incidents(&self, groups: &[(ServiceId, GroupKey)]) -> StoreResult<Vec<Loaded>> {
        reads!(self.open_incidents(groups))
    }

    async fn last_incident_number(&self) -> StoreResult<u64> {
        reads!(self.last_incident_number())
    }

    async fn firing_alerts_of(&self, incident_id: IncidentId, limit: usize) -> StoreResult<Vec<AlertId>> {
        let firing = reads!(self.firing_alerts_of(incident_id, limit))?;
        Ok(if self.is(Planted::AutoResolveEarly) { Vec::new() } else { firing })
    }

    async fn open_pages(&self, incidents: &[IncidentId]) -> StoreResult<Vec<Loaded>> {
        reads!(self.open_pages(incidents))
    }

    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<Loaded>> {
        reads!(self.alerts(query))
    }

    async fn incidents(&self, query: &IncidentQuery) -> StoreResult<Vec<IncidentRow>> {
        reads!(self.incidents(query))
    }

    async fn incident_by_number(&self, number: u64) -> StoreResult<Option<IncidentRow>> {
        reads!(self.incident_by_number(number))
    }

    async fn timeline(
        &self,
        incidents: &[IncidentId],
        after: u64,
        limit: usize,
    ) -> StoreResult<Vec<Recorded>> {
        reads!(self.timeline(incidents, after, limit))
    }

    async fn timeline_part(&self, query: &TimelineQuery) -> StoreResult<Vec<Recorded>> {
        reads!(self.timeline_part(query))
    }

    async fn pages(&self, incidents: &[IncidentId]) -> StoreResult<Vec<Loaded>> {
        reads!(self.pages(incidents))
    }

    async fn history(&self, id: AggregateId, limit: usize) -> StoreResult<Vec<Recorded>> {
        reads!(self.history(id, limit))
    }

    async fn journal_after(&self, seq: u64, limit: usize) -> StoreResult<Vec<Recorded>> {
        reads!(self.journal_after(seq, limit))
    }

    async fn last_seq(&self) -> StoreResult<u64> {
        reads!(self.last_seq())
    }

    async fn entries(&self) -> StoreResult<Vec<Loaded>> {
        reads!(self.entries())
    }

    async fn credential(&self, person_id: PersonId) -> StoreResult<Option<String>> {
        reads!(self.credential(person_id))
    }

    async fn session(&self, sha256: &str) -> StoreResult<Option<SessionRow>> {
        reads!(self.session(sha256))
    }

    async fn sessions_of(&self, person_id: PersonId) -> StoreResult<Vec<SessionRow>> {
        reads!(self.sessions_of(person_id))
    }

    async fn token(&self, sha256: &str) -> StoreResult<Option<TokenRow>> {
        reads!(self.token(sha256))
    }

    async fn tokens(&self, person_id: Option<PersonId>) -> StoreResult<Vec<TokenRow>> {
        reads!(self.tokens(person_id))
    }

    async fn contact_secret(&self, contact_id: ContactId) -> StoreResult<Option<String>> {
        reads!(self.contact_secret(contact_id))
    }

    async fn quarantine(
        &self,
        open: bool,
        before: Option<QuarantineId>,
        limit: usize,
    ) -> StoreResult<Vec<QuarantineRow>> {
        reads!(self.quarantine(open, before, limit))
    }

    async fn quarantined(&self, id: QuarantineId) -> StoreResult<Option<QuarantineRow>> {
        reads!(self.quarantined(id))
    }

    async fn idempotency(&self, scope: &str, key: &str) -> StoreResult<Option<IdempotencyRow>> {
        reads!(self.idempotency(scope, key))
    }

    async fn meta(&self, name: &str) -> StoreResult<Option<String>> {
        reads!(self.meta(name))
    }

    async fn throttle(&self, key: &str) -> StoreResult<Option<ThrottleRow>> {
        reads!(self.throttle(key))
    }

    async fn figures(&self, now: Timestamp) -> StoreResult<Figures> {
        reads!(self.figures(now))
    }

    fn is_only_writer(&self) -> bool {
        !self.shared.cluster
    }

    fn commit_figures(&self) -> CommitFigures {
        self.shared.inner.commit_figures()
    }

    async fn sweep(&self, now: Timestamp, before: Timestamp) -> StoreResult<u64> {
        reads!(self.sweep(now, before))
    }

    async fn backup(&self, to: &Path, progress: Progress<'_>) -> StoreResult<()> {
        self.shared.inner.backup(to, progress).await
    }

    async fn verify(&self, progress: Progress<'_>) -> StoreResult<Verification> {
        self.shared.inner.verify(progress).await
    }

    /// A process that ends does not take the store with it.
    async fn close(&self) {}
}
