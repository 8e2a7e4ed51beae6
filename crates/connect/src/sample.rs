//! A page for tests, with everything in it that a page can have, and a clock that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hansei_app::ports::{Clock, PageMessage, PageReason};
use hansei_domain::Timestamp;
use hansei_domain::catalog::ContactKind;
use hansei_domain::ids::{ContactId, IncidentId, PageId, TypedId};
use hansei_domain::incident::{IncidentStatus, Severity};

/// A page to Ana about incident 142.
pub(crate) fn message() -> PageMessage {
    PageMessage {
        page_id: PageId::from_bits(1 << 90),
        contact_id: ContactId::from_bits(2 << 90),
        contact: ContactKind::Email { address: "ana@example.org".into() },
        attempt: 1,
        person_name: "Ana Sato".into(),
        locale: "en".into(),
        zone: "America/Los_Angeles".into(),
        reason: PageReason { code: "step".into(), text: "You are step 1 of Checkout.".into() },
        incident_id: IncidentId::from_bits(3 << 90),
        incident_number: 142,
        title: "Checkout <b>p99</b> above 2 s & rising".into(),
        severity: Severity::ALL[1],
        status: IncidentStatus::Detected,
        service: Some("Checkout".into()),
        runbook_url: Some("https://runbooks.example.org/checkout?a=1&b=2".into()),
        detected_at: "2024-07-02T12:12:00Z".parse().unwrap(),
        firing_alerts: 7,
        alert_summaries: vec!["p99 of checkout above 2 s".into(), "error rate \"5 %\"".into()],
        incident_url: "https://hansei.example.org/incidents/142".into(),
        ack_url: "https://hansei.example.org/p/0123456789".into(),
        resolve_url: "https://hansei.example.org/p/0123456789?do=resolve".into(),
        reply_token: "abcdefghjkmnpqrstvwxyz0123abcdefghjkmnpqrstvwxyz0123".into(),
        secret: None,
        sent_at: "2024-07-02T12:12:05Z".parse().unwrap(),
    }
}

/// A clock whose monotonic side is moved by hand.
#[derive(Default)]
pub(crate) struct Hand(AtomicU64);

impl Hand {
    /// Lets seconds pass.
    pub(crate) fn pass_secs(&self, secs: u64) {
        self.0.fetch_add(secs * 1_000_000_000, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn monotonic_nanos(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A clock that stands still.
pub(crate) fn clock() -> Arc<Hand> {
    Arc::new(Hand::default())
}
