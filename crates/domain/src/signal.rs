//! A signal: one bounded message of a monitoring system, whatever its wire format was.
//!
//! A signal is made by a `SignalFormat` at the door, stored in the inbox before it is answered (R1, R2), and decided
//! behind it. It is the last place where vendors' words occur: everything later speaks of alerts and incidents.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{KeyId, ServiceId};

/// Limits of a signal's parts, in characters unless said otherwise. Senders' own limits are checked by the format.
pub mod limits {
    /// Deduplication key (PagerDuty's limit).
    pub const DEDUP_KEY: usize = 255;
    /// Summary (PagerDuty's limit).
    pub const SUMMARY: usize = 1024;
    /// Source, component, group, class, client, one label's name.
    pub const SHORT: usize = 255;
    /// One label's or annotation's value.
    pub const VALUE: usize = 4096;
    /// Labels or annotations of one signal.
    pub const PAIRS: usize = 64;
    /// All labels, or all annotations, of one signal together, bytes.
    pub const PAIRS_BYTES: usize = 96 * 1024;
    /// Links or images of one signal.
    pub const LINKS: usize = 20;
    /// Custom details as JSON text, bytes.
    pub const DETAILS_BYTES: usize = 64 * 1024;
    /// Signals of one request.
    pub const BATCH: usize = 2_000;
}

/// What the sender wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalAction {
    /// Something is wrong.
    Trigger,
    /// Somebody looks at it (said by the sender's side).
    Acknowledge,
    /// It is over.
    Resolve,
}

/// How bad the sender says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertSeverity {
    /// For information only.
    Info,
    /// May become a problem.
    Warning,
    /// A function fails.
    Error,
    /// The service fails.
    Critical,
}

impl AlertSeverity {
    /// All, least first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// The wire format a signal arrived in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// PagerDuty Events v2.
    Pagerduty,
    /// Alertmanager API v2 or its webhook v4.
    Alertmanager,
    /// The generic JSON endpoint.
    Json,
    /// Hansei's own: canary, quarantine notices, `hansei alert`.
    Internal,
}

impl SourceFormat {
    /// The formats a key can be made for.
    pub const OFFERED: [Self; 3] = [Self::Pagerduty, Self::Alertmanager, Self::Json];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pagerduty => "pagerduty",
            Self::Alertmanager => "alertmanager",
            Self::Json => "json",
            Self::Internal => "internal",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pagerduty, Self::Alertmanager, Self::Json, Self::Internal]
            .into_iter()
            .find(|f| f.as_str() == text)
    }
}

/// A link that people may click.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Checked http(s) or mailto address.
    pub href: String,
    /// What it says; empty means the address itself.
    pub text: String,
}

/// An image the sender offers (shown as a link; never loaded by the page itself).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// Checked http(s) address of the image.
    pub src: String,
    /// Where a click leads, if the sender said so.
    pub href: Option<String>,
    /// Alternative text.
    pub alt: String,
}

/// What an alert is about: the part of a signal that is kept as the alert's content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content {
    /// One line for people.
    pub summary: String,
    /// How bad the sender says it is.
    pub severity: AlertSeverity,
    /// The thing that is ill: a host, a service, a URL.
    pub source: String,
    /// Part of the source.
    pub component: Option<String>,
    /// Logical group.
    pub group: Option<String>,
    /// Class or type of the event.
    pub class: Option<String>,
    /// Identifying labels, sorted by name.
    pub labels: Vec<(String, String)>,
    /// Describing annotations, sorted by name.
    pub annotations: Vec<(String, String)>,
    /// Custom details, as JSON text.
    pub details: Option<String>,
    /// Links.
    pub links: Vec<Link>,
    /// Images.
    pub images: Vec<Image>,
    /// The sending program's name.
    pub client: Option<String>,
    /// The sending program's page about this.
    pub client_url: Option<String>,
}

/// The part of a content that is more than words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Matter<'a> {
    severity: AlertSeverity,
    source: &'a str,
    component: Option<&'a str>,
    group: Option<&'a str>,
    class: Option<&'a str>,
    labels: &'a [(String, String)],
}

impl Content {
    /// Content with nothing but its necessary parts.
    pub fn plain(summary: impl Into<String>, severity: AlertSeverity, source: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            severity,
            source: source.into(),
            component: None,
            group: None,
            class: None,
            labels: Vec::new(),
            annotations: Vec::new(),
            details: None,
            links: Vec::new(),
            images: Vec::new(),
            client: None,
            client_url: None,
        }
    }

    /// What an alert is about, as against the words for it: by this it is grouped, judged and told apart.
    pub fn matter(&self) -> Matter<'_> {
        Matter {
            severity: self.severity,
            source: &self.source,
            component: self.component.as_deref(),
            group: self.group.as_deref(),
            class: self.class.as_deref(),
            labels: &self.labels,
        }
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One bounded message of a monitoring system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The service it is about, known from the key.
    pub service_id: ServiceId,
    /// The integration key it came by.
    pub key_id: KeyId,
    /// Its wire format.
    pub format: SourceFormat,
    /// What is wanted.
    pub action: SignalAction,
    /// Names the alert within the service.
    pub dedup_key: String,
    /// What it says; `None` for acknowledge and resolve without a payload.
    pub content: Option<Content>,
    /// The sender's own instant of this change, where it names one (Alertmanager's startsAt and endsAt, PagerDuty's
    /// payload.timestamp).
    pub occurred_at: Option<Timestamp>,
    /// If nothing is heard until then, it is over (Alertmanager's endsAt of a firing alert).
    pub expires_at: Option<Timestamp>,
    /// When Hansei received it.
    pub received_at: Timestamp,
}

/// When something happened, by the sender's clock where it said so, and by ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// By the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// By ours.
    pub received_at: Timestamp,
}

impl Moment {
    /// The best single instant for people.
    pub fn best(&self) -> Timestamp {
        self.occurred_at.unwrap_or(self.received_at)
    }

    /// Whether this moment, which has arrived just now, is later than one that is known already (R4).
    ///
    /// If both carry the sender's clock, that decides, so that any order of arrival gives the same answer. If one of
    /// them does not, only the order of arrival is known, and this one arrived later. The two clocks are never
    /// compared with each other, nor ours with itself: either could swallow a real alarm for as long as a clock is
    /// wrong or has been set back (R20).
    pub fn comes_after(&self, known: &Self) -> bool {
        match (self.occurred_at, known.occurred_at) {
            (Some(mine), Some(theirs)) => mine > theirs,
            _ => true,
        }
    }

    /// Whether this moment, which has arrived just now, is earlier than one that is known already; see
    /// [`Moment::comes_after`]. Two equal moments are neither.
    pub fn comes_before(&self, known: &Self) -> bool {
        matches!((self.occurred_at, known.occurred_at), (Some(mine), Some(theirs)) if mine < theirs)
    }
}

impl Signal {
    /// When it happened, by both clocks.
    pub fn moment(&self) -> Moment {
        Moment { occurred_at: self.occurred_at, received_at: self.received_at }
    }
}
