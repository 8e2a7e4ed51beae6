//! Telling one person over one channel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hansei_domain::Timestamp;
use hansei_domain::catalog::ContactKind;
use hansei_domain::ids::{ContactId, IncidentId, PageId};
use hansei_domain::incident::{IncidentStatus, Severity};
use hansei_domain::page::SendOutcome;
use serde::Serialize;

/// Which sender a channel needs: the stable name of the contact's kind (`email`, `webhook`, …).
pub type SenderKind = &'static str;

/// Why this person got it, ready for people: the sentence in the person's language, and the parts for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageReason {
    /// Stable name: `step`, `exhausted`, `nobody_to_page`, `requested`.
    pub code: String,
    /// The sentence in the person's language.
    pub text: String,
}

/// Everything a sender needs to tell one person about one incident; loaded right before sending, so it is true then.
#[derive(Debug, Clone)]
pub struct PageMessage {
    /// The page: with the contact, the idempotency key of all its attempts on this channel.
    pub page_id: PageId,
    /// The contact.
    pub contact_id: ContactId,
    /// Where to.
    pub contact: ContactKind,
    /// The attempt's number on this channel, from 1.
    pub attempt: u32,
    /// The person's name.
    pub person_name: String,
    /// The person's language (`en`, `de`, `ja`).
    pub locale: String,
    /// The person's IANA zone, in which instants are written for them.
    pub zone: String,
    /// Why they are told.
    pub reason: PageReason,
    /// The incident.
    pub incident_id: IncidentId,
    /// Its number.
    pub incident_number: u64,
    /// Its title (user text: never a header without encoding, never markup).
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Where it stands.
    pub status: IncidentStatus,
    /// The service's name.
    pub service: Option<String>,
    /// The service's runbook.
    pub runbook_url: Option<String>,
    /// When it was noticed.
    pub detected_at: Timestamp,
    /// How many of its alerts fire now.
    pub firing_alerts: u64,
    /// Summaries of the newest alerts, at most five.
    pub alert_summaries: Vec<String>,
    /// Where the incident can be seen.
    pub incident_url: String,
    /// A signed link that opens the acknowledge page (bound to the generation, R12).
    pub ack_url: String,
    /// A signed link that opens the resolve page.
    pub resolve_url: String,
    /// The token a reply carries: the local part of the reply address is `reply+` and this.
    pub reply_token: String,
    /// The contact's secret, if it has one (webhooks).
    pub secret: Option<String>,
    /// When this attempt is made.
    pub sent_at: Timestamp,
}

/// A sender that could not even try.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no sender for {0} is configured")]
pub struct SendError(pub String);

/// How long one attempt may take in all. An attempt begins only while its claim lasts longer than this.
pub const SEND_LIMIT: Duration = Duration::from_secs(8);

/// One way of telling people. Never retries on its own, never writes to the store; must come back within
/// [`SEND_LIMIT`].
#[async_trait]
pub trait Sender: Send + Sync {
    /// The kind of contact it serves.
    fn kind(&self) -> SenderKind;
    /// How many attempts it makes at once. Whoever sends takes a place first, so no attempt waits inside the sender,
    /// where nobody would see that its page has ended meanwhile.
    fn places(&self) -> usize {
        64
    }
    /// Makes one attempt.
    async fn send(&self, message: &PageMessage) -> SendOutcome;
}

/// The registry of senders.
#[derive(Clone, Default)]
pub struct Senders {
    by_kind: BTreeMap<&'static str, Arc<dyn Sender>>,
}

impl Senders {
    /// Adds a sender; the last one of a kind wins.
    #[must_use]
    pub fn with(mut self, sender: Arc<dyn Sender>) -> Self {
        self.by_kind.insert(sender.kind(), sender);
        self
    }

    /// The sender for a contact.
    pub fn for_contact(&self, contact: &ContactKind) -> Option<Arc<dyn Sender>> {
        self.by_kind.get(contact.kind()).cloned()
    }

    /// How many attempts of a kind are made at once. For a kind that is not configured an attempt only says so.
    pub fn places(&self, kind: SenderKind) -> usize {
        self.by_kind.get(kind).map_or(16, |sender| sender.places().max(1))
    }

    /// The kinds that are configured.
    pub fn kinds(&self) -> Vec<SenderKind> {
        self.by_kind.keys().copied().collect()
    }
}
