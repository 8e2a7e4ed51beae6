//! The canary: an alert of Hansei's own that walks the whole path, so that "alive" means that paging works (R45).
//!
//! It is accepted by the inbox, decided, opens (or reopens) the self-test's incident, pages the self-test's person over
//! the loopback channel, which acknowledges by the page's own token, and is resolved. Only when all of that has
//! happened within the limit does the outside heartbeat leave.
//!
//! Each walk is a new alarm of the one incident: whatever an earlier walk left behind (a process that died on the way,
//! a store that was away) is ended before the next one sets out, so that no walk can be stuck for ever, and the
//! alarm's generation tells whose answer it is. Nodes that share a database wait for each other's walks.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, EntryId, Origin, self_test};
use hansei_domain::ids::PageId;
use hansei_domain::incident::{IncidentCommand, ResolveCause};
use hansei_domain::page::SendOutcome;
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};
use parking_lot::Mutex;

use crate::App;
use crate::error::{AppError, AppResult};
use crate::ports::{PageMessage, Sender, SenderKind};
use crate::respond::Response;
use crate::secret::LinkPurpose;

/// How long the whole walk may take, seconds.
pub const LIMIT_SECS: i64 = 15;
/// The same as a span.
pub const LIMIT: Duration = Duration::from_secs(LIMIT_SECS.unsigned_abs());

/// How the canary fares on this node.
#[derive(Default)]
pub struct CanaryState(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// The walk that is under way.
    walk: Option<Walk>,
    sent_at: Option<Timestamp>,
    passed_at: Option<Timestamp>,
    /// The same by the monotonic clock, which cannot be set back.
    passed_nanos: Option<u64>,
    took_millis: Option<i64>,
    answers: VecDeque<PageId>,
}

#[derive(Clone, Copy)]
struct Walk {
    /// Its alarm has a later generation than this.
    after: u32,
    /// When it set out, by the monotonic clock.
    nanos: u64,
}

/// What is known of the last walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryReport {
    /// The last one that was sent out.
    pub sent_at: Option<Timestamp>,
    /// The last one that came home in time.
    pub passed_at: Option<Timestamp>,
    /// How long that one took, milliseconds.
    pub took_millis: Option<i64>,
}

impl CanaryState {
    /// What is known now.
    pub fn report(&self) -> CanaryReport {
        let inner = self.0.lock();
        CanaryReport { sent_at: inner.sent_at, passed_at: inner.passed_at, took_millis: inner.took_millis }
    }

    /// Whether a walk is under way.
    pub fn is_out(&self) -> bool {
        self.0.lock().walk.is_some()
    }

    fn arrived(&self, page: PageId) {
        let mut inner = self.0.lock();
        inner.answers.push_back(page);
        inner.answers.truncate(16);
    }

    fn next_answer(&self) -> Option<PageId> {
        self.0.lock().answers.front().copied()
    }

    fn answered(&self, page: PageId) {
        self.0.lock().answers.retain(|waiting| *waiting != page);
    }

    fn sent(&self, at: Timestamp, walk: Walk) {
        let mut inner = self.0.lock();
        inner.sent_at = Some(at);
        inner.walk = Some(walk);
    }

    /// An alarm of this generation has come home. One of an earlier walk says nothing about this one.
    fn home(&self, generation: u32, at: Timestamp, nanos: u64) {
        let mut inner = self.0.lock();
        let Some(walk) = inner.walk.filter(|walk| generation > walk.after) else { return };
        let took = Duration::from_nanos(nanos.saturating_sub(walk.nanos));
        if took < LIMIT {
            inner.walk = None;
            inner.passed_at = Some(at);
            inner.passed_nanos = Some(nanos);
            inner.took_millis = i64::try_from(took.as_millis()).ok();
        }
    }
}

/// The channel of the self-test: it takes the page and lays its token down for [`App::canary_answer`].
pub struct Loopback;

#[async_trait]
impl Sender for Loopback {
    fn kind(&self) -> SenderKind {
        "loopback"
    }

    async fn send(&self, message: &PageMessage) -> SendOutcome {
        SendOutcome::Delivered { receipt: message.page_id.to_string() }
    }
}

impl App {
    /// Makes the self-test's entries if they are not there.
    pub(crate) async fn ensure_self_test(&self) -> AppResult<()> {
        for doc in self_test::entries(self.clock.now()) {
            if self.catalog.now().entry(doc.id()).is_none() {
                match self.put_entry(&Actor::System, doc, Origin::Setup).await {
                    // Two nodes that start at once make the same entries.
                    Ok(()) | Err(AppError::Conflict | AppError::Refused(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Sends the canary out, as soon as nothing is left of an earlier walk. `false` = another node's walk is under
    /// way; it has to end first.
    pub async fn canary_out(&self) -> AppResult<bool> {
        let Some(after) = self.canary_clear().await? else { return Ok(false) };
        let walk = Walk { after, nanos: self.clock.monotonic_nanos() };
        self.accept(&[self.canary_signal(SignalAction::Trigger)]).await?;
        self.canary.sent(self.clock.now(), walk);
        Ok(true)
    }

    /// Ends what an earlier walk left behind, unless it may still come home: then `None`, else the generation of the
    /// last alarm. Without this, an alarm whose process died would stay, wake nobody, and at last reach real people.
    pub async fn canary_clear(&self) -> AppResult<Option<u32>> {
        let row = self.store.incident_by_number(self_test::INCIDENT_NUMBER).await?;
        let Some(incident) = row.map(|row| row.incident) else { return Ok(Some(0)) };
        if !incident.status.is_active() {
            return Ok(Some(incident.generation));
        }
        let began = incident.escalation.as_ref().map(|e| e.started_at);
        let age = began.map(|at| self.clock.now().duration_since(at).as_secs());
        if !self.canary.is_out() && age.is_some_and(|secs| (0..LIMIT_SECS).contains(&secs)) {
            return Ok(None);
        }
        let resolve = IncidentCommand::Resolve {
            generation: Some(incident.generation),
            cause: ResolveCause::Person,
            at: None,
            impact_ended_at: None,
            note: None,
        };
        match self.command_incident(&Actor::System, incident.id, &resolve, None, |_| None).await {
            Ok(_) => Ok(Some(incident.generation)),
            // It ended, or alarmed anew, in this moment.
            Err(AppError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The walk did not come home in time. Returns whether one was under way at all.
    pub fn canary_lost(&self) -> bool {
        self.canary.0.lock().walk.take().is_some()
    }

    /// Notes that the self-test's person was told (called by the loopback's delivery).
    pub fn canary_arrived(&self, page: PageId) {
        self.canary.arrived(page);
        self.wake.canary.notify_one();
    }

    /// Acknowledges by the token that came back, and sends the all-clear. Returns whether there was an answer. It is
    /// forgotten only when both are done: an error leaves it for the next try.
    pub async fn canary_answer(&self) -> AppResult<bool> {
        let Some(page) = self.canary.next_answer() else { return Ok(false) };
        let token = self.links.token(LinkPurpose::Respond, page);
        match self.respond(LinkPurpose::Respond, &token, Response::Acknowledge).await {
            Ok(done) => {
                self.accept(&[self.canary_signal(SignalAction::Resolve)]).await?;
                if done.incident.acknowledged {
                    let now = self.clock.now();
                    self.canary.home(done.incident.generation, now, self.clock.monotonic_nanos());
                }
            }
            // The alarm of a walk that is over.
            Err(AppError::Refused(why)) => tracing::warn!(%why, "the self-test's answer came too late"),
            Err(error) => return Err(error),
        }
        self.canary.answered(page);
        Ok(true)
    }

    /// Whether this node's walk has come home by another node's answer.
    pub async fn canary_look(&self) -> AppResult<()> {
        let row = self.store.incident_by_number(self_test::INCIDENT_NUMBER).await?;
        if let Some(incident) = row.map(|row| row.incident).filter(|i| i.acknowledged) {
            self.canary.home(incident.generation, self.clock.now(), self.clock.monotonic_nanos());
        }
        Ok(())
    }

    /// How long ago a walk came home in time, by a clock that nobody can set; `None` = none has.
    pub fn canary_age(&self) -> Option<Duration> {
        let passed = self.canary.0.lock().passed_nanos?;
        Some(Duration::from_nanos(self.clock.monotonic_nanos().saturating_sub(passed)))
    }

    /// Whether the heartbeat to the outside may leave: the last walk came home, and not too long ago.
    pub fn canary_is_home(&self) -> bool {
        let limit = Duration::from_secs(2 * u64::from(self.config.canary_secs)) + LIMIT;
        self.canary_age().is_some_and(|age| age <= limit)
    }

    fn canary_signal(&self, action: SignalAction) -> Signal {
        Signal {
            service_id: self_test::service_id(),
            key_id: self_test::key_id(),
            format: SourceFormat::Internal,
            action,
            dedup_key: self_test::DEDUP_KEY.into(),
            content: Some(Content::plain("Self-test of the paging path", AlertSeverity::Critical, "hansei")),
            occurred_at: None,
            expires_at: None,
            received_at: self.clock.now(),
        }
    }

    /// Whether an entry is one of people's own.
    pub fn is_peoples(&self, doc: &CatalogDoc) -> bool {
        !self_test::owns(doc.id()) && !matches!(doc.id(), EntryId::Settings(_))
    }
}
