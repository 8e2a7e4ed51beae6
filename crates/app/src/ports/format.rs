//! Reading what monitoring systems send, and answering them in their own words.

use std::borrow::Cow;
use std::ops::Range;

use hansei_domain::Timestamp;
use hansei_domain::alert::{Alert, Observation};
use hansei_domain::catalog::GroupBy;
use hansei_domain::ids::{KeyId, ServiceId};
use hansei_domain::refusal::FieldError;
use hansei_domain::signal::{Signal, SourceFormat};

/// What a format may know beside the body.
#[derive(Debug, Clone, Copy)]
pub struct FormatCtx {
    /// The service behind the key.
    pub service_id: ServiceId,
    /// The key.
    pub key_id: KeyId,
    /// When the request arrived.
    pub received_at: Timestamp,
    /// A fresh id, for a deduplication key the sender left to us.
    pub fresh: u128,
}

/// One item of a request that was refused, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// Counted from 0.
    pub index: usize,
    /// What is wrong.
    pub errors: Vec<FieldError>,
    /// Where it stands in the body, bytes.
    pub place: Range<usize>,
}

/// What a request held: the good items go on, the bad ones are named (R5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Good items.
    pub signals: Vec<Signal>,
    /// Bad ones.
    pub bad: Vec<BadItem>,
    /// What is worth knowing about the request although nothing in it is refused.
    pub notes: Vec<FieldError>,
}

/// A body that could not be read at all; kept in quarantine if its sender is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Why a request of a sender was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeRefusal {
    /// No key, an unknown one, or one for another format; which of these is not said.
    UnknownKey,
    /// It cannot be read at all; kept in quarantine.
    Unreadable(String),
    /// It is larger than allowed, before or after decompression.
    TooLarge,
    /// Its encoding is not understood (only gzip is), or not what it says.
    BadEncoding,
    /// It did not arrive in time.
    TooSlow,
    /// More repeats than this source may send; seconds until it may again.
    TooMany(u32),
    /// It cannot be stored now; seconds until another try makes sense (R2).
    Unavailable(u32),
}

/// An answer in a sender's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireAnswer {
    /// The status.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl WireAnswer {
    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: "application/json", body: body.into() }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: "", body: Vec::new() }
    }
}

/// Largest body of a request, bytes (R41); formats may be stricter.
pub const MAX_BODY: usize = 1024 * 1024;

/// One wire format in.
pub trait SignalFormat: Send + Sync {
    /// Its stable name.
    fn format(&self) -> SourceFormat;
    /// Turns a body into bounded signals. Cheap to refuse (R41): depth, lengths and counts are checked while reading.
    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable>;
    /// Largest body as it arrives, bytes.
    fn max_body(&self) -> usize {
        MAX_BODY
    }
    /// Whether the key stands in the body. It counts before any header, which may be meant for somebody on the way.
    fn carries_key(&self) -> bool {
        false
    }
    /// The keys a body names. More than one only if it cannot be read: then everything that looks like one.
    fn keys_in_body<'b>(&self, _body: &'b [u8]) -> Vec<Cow<'b, str>> {
        Vec::new()
    }
    /// Where keys stand in a body, however broken it is: what is kept of it must not show them (R42).
    fn secrets_in_body(&self, _body: &[u8]) -> Vec<Range<usize>> {
        Vec::new()
    }
    /// The answer to a request that names no key at all, for formats that carry it in the body.
    fn without_key(&self, _body: &[u8]) -> WireAnswer {
        self.refuse(&IntakeRefusal::UnknownKey)
    }
    /// The bad items alone, as a body that can be read again: what is kept if the others were taken.
    fn remainder(&self, body: &[u8], bad: &[BadItem]) -> Vec<u8> {
        joined(body, bad, "[", "]")
    }
    /// The answer to a request whose good items are stored.
    fn answer(&self, parsed: &Parsed) -> WireAnswer {
        plain_answer(parsed)
    }
    /// The answer to a request that was refused as a whole.
    fn refuse(&self, why: &IntakeRefusal) -> WireAnswer {
        plain_refusal(why)
    }
}

/// The bad items of a body with commas between them, and something around them.
pub fn joined(body: &[u8], bad: &[BadItem], before: &str, after: &str) -> Vec<u8> {
    let items: Vec<&[u8]> = bad.iter().filter_map(|item| body.get(item.place.clone())).collect();
    [before.as_bytes(), &items.join(&b","[..]), after.as_bytes()].concat()
}

/// Hansei's own answer: how many signals are stored under which deduplication keys, and what is wrong with the others.
/// 202 if anything is stored or nothing was sent, 422 if all was bad.
pub fn plain_answer(parsed: &Parsed) -> WireAnswer {
    let keys: Vec<&str> = parsed.signals.iter().map(|s| s.dedup_key.as_str()).collect();
    let refused: Vec<serde_json::Value> = parsed
        .bad
        .iter()
        .map(|bad| serde_json::json!({ "index": bad.index, "errors": bad.errors }))
        .collect();
    let status = if parsed.signals.is_empty() && !parsed.bad.is_empty() { 422 } else { 202 };
    let mut body = serde_json::json!({ "accepted": keys.len(), "dedup_keys": keys, "refused": refused });
    if !parsed.notes.is_empty() {
        body["notes"] = serde_json::json!(parsed.notes);
    }
    WireAnswer::json(status, body.to_string())
}

/// Status, name and title of a refusal.
pub fn refusal_words(why: &IntakeRefusal) -> (u16, &'static str, &'static str) {
    match why {
        IntakeRefusal::UnknownKey => (401, "unauthenticated", "This integration key is not known"),
        IntakeRefusal::Unreadable(_) => (400, "malformed", "The body cannot be read"),
        IntakeRefusal::TooLarge => (413, "too_large", "The body is too large"),
        IntakeRefusal::BadEncoding => (415, "unsupported_type", "The body's encoding is not understood"),
        IntakeRefusal::TooSlow => (408, "timed_out", "The body did not arrive in time"),
        IntakeRefusal::TooMany(_) => (429, "too_many", "This source repeats too much"),
        IntakeRefusal::Unavailable(_) => (503, "unavailable", "It cannot be stored right now"),
    }
}

/// Hansei's own refusal, as RFC 9457.
pub fn plain_refusal(why: &IntakeRefusal) -> WireAnswer {
    let (status, name, title) = refusal_words(why);
    let mut body = serde_json::json!({
        "type": format!("urn:hansei:problem:{name}"), "title": title, "status": status,
    });
    if let IntakeRefusal::Unreadable(why) = why {
        body["detail"] = why.as_str().into();
    }
    WireAnswer { content_type: "application/problem+json", ..WireAnswer::json(status, body.to_string()) }
}

/// An alert with what is shown beside it.
#[derive(Debug, Clone, Copy)]
pub struct ShownAlert<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// What its repeats told.
    pub seen: Option<&'a Observation>,
    /// The slug of its service.
    pub receiver: &'a str,
}

/// What a reader of alerts wants to see.
pub trait AlertFilter: Send + Sync {
    /// Whether this alert is wanted.
    fn admits(&self, alert: &Alert, receiver: &str) -> bool;
}

/// Labels that a group of alerts shares, sorted by name.
pub type GroupLabels = Vec<(String, String)>;

/// The reading side of Alertmanager's API v2: what amtool, Karma and Grafana ask for. Writes pieces, so that a list of
/// any length is never in memory as a whole.
pub trait AlertmanagerApi: Send + Sync {
    /// Reads the query of a listing.
    fn filter(&self, query: &[(String, String)]) -> Result<Box<dyn AlertFilter>, WireAnswer>;
    /// Writes one alert.
    fn write_alert(&self, out: &mut Vec<u8>, shown: ShownAlert<'_>, now: Timestamp);
    /// The group an alert is shown in, by its service's rule.
    fn group_of(&self, alert: &Alert, by: &GroupBy) -> GroupLabels;
    /// Writes what stands before a group's alerts, which are separated by commas.
    fn begin_group(&self, out: &mut Vec<u8>);
    /// Writes what stands after them.
    fn end_group(&self, out: &mut Vec<u8>, labels: &GroupLabels, receiver: &str);
    /// The list of receivers.
    fn receivers(&self, names: &[&str]) -> Vec<u8>;
    /// The status document.
    fn status(&self, version: &str, started_at: Timestamp) -> Vec<u8>;
}
