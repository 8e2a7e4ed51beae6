//! The canary: an alert of Hansei's own that walks the whole path, so that "alive" means that paging works (R45).
//!
//! It is accepted by the inbox, decided, opens (or reopens) the self-test's incident, pages the self-test's person over
//! the loopback channel, which acknowledges by the page's own token, and is resolved. Only when all of that has
//! happened within the limit does the outside heartbeat leave.

use std::collections::VecDeque;

use async_trait::async_trait;
use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, EntryId, Origin, self_test};
use hansei_domain::ids::PageId;
use hansei_domain::page::SendOutcome;
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};
use parking_lot::Mutex;

use crate::App;
use crate::error::AppResult;
use crate::ports::{PageMessage, Sender, SenderKind};
use crate::respond::Response;
use crate::secret::LinkPurpose;

/// How long the whole walk may take, seconds.
pub const LIMIT_SECS: i64 = 15;

/// How the canary fares on this node.
#[derive(Default)]
pub struct CanaryState(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    sent_at: Option<Timestamp>,
    passed_at: Option<Timestamp>,
    took_millis: Option<i64>,
    answers: VecDeque<String>,
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

    fn arrived(&self, token: String) {
        let mut inner = self.0.lock();
        inner.answers.push_back(token);
        inner.answers.truncate(16);
    }

    fn next_answer(&self) -> Option<String> {
        self.0.lock().answers.pop_front()
    }

    fn sent(&self, at: Timestamp) {
        self.0.lock().sent_at = Some(at);
    }

    fn home(&self, at: Timestamp) {
        let mut inner = self.0.lock();
        let Some(sent_at) = inner.sent_at else { return };
        let took = at.duration_since(sent_at);
        if took.as_secs() < LIMIT_SECS {
            inner.passed_at = Some(at);
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
                    Ok(()) | Err(crate::AppError::Conflict | crate::AppError::Refused(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Sends the canary out.
    pub async fn canary_out(&self) -> AppResult<()> {
        self.canary.sent(self.clock.now());
        self.accept(&[self.canary_signal(SignalAction::Trigger)]).await.map(|_| ())
    }

    /// Notes that the self-test's person was told (called by the loopback's delivery).
    pub fn canary_arrived(&self, page: PageId) {
        self.canary.arrived(self.links.token(LinkPurpose::Respond, page));
        self.wake.canary.notify_one();
    }

    /// Acknowledges by the token that came back, and sends the all-clear. Returns whether there was an answer.
    pub async fn canary_answer(&self) -> AppResult<bool> {
        let Some(token) = self.canary.next_answer() else { return Ok(false) };
        let done = self.respond(LinkPurpose::Respond, &token, Response::Acknowledge).await?;
        if done.incident.acknowledged {
            self.canary.home(self.clock.now());
        }
        self.accept(&[self.canary_signal(SignalAction::Resolve)]).await?;
        Ok(true)
    }

    /// Whether the heartbeat to the outside may leave: the last walk came home, and not too long ago.
    pub fn canary_is_home(&self) -> bool {
        let report = self.canary.report();
        let limit = 2 * i64::from(self.config.canary_secs) + LIMIT_SECS;
        report.passed_at.is_some_and(|at| self.clock.now().duration_since(at).as_secs() <= limit)
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
