//! What is known of an alert, and how events change it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{AlertEvent, ResolveReason};
use super::place::{LeftReason, PlaceReason};
use crate::ids::{AlertId, IncidentId, KeyId, ServiceId};
use crate::signal::{Content, Moment, SourceFormat};

/// Whether an alert is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// The newest trigger is newer than the newest resolve.
    Firing,
    /// It is over, or its resolve came before its trigger.
    Resolved,
}

impl AlertStatus {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// The folded state of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The service it is about.
    pub service_id: ServiceId,
    /// The key its first signal came by.
    pub key_id: KeyId,
    /// The wire format of its first signal.
    pub format: SourceFormat,
    /// Its name within the service.
    pub dedup_key: String,
    /// Going on or over.
    pub status: AlertStatus,
    /// How many times it has begun to fire; 0 = only a resolve was seen.
    pub episode: u32,
    /// What it says; `None` while only a resolve was seen.
    pub content: Option<Content>,
    /// The newest trigger.
    pub fired: Option<Moment>,
    /// The newest resolve.
    pub cleared: Option<Moment>,
    /// When the first episode was stored.
    pub first_fired_at: Option<Timestamp>,
    /// Why the current episode ended.
    pub resolve_reason: Option<ResolveReason>,
    /// The incident of the current (or last) episode.
    pub incident_id: Option<IncidentId>,
    /// Why it belongs to that incident.
    pub place_reason: Option<PlaceReason>,
    /// Why it was left without an incident.
    pub left_reason: Option<LeftReason>,
}

impl Alert {
    /// Whether it is going on.
    pub fn is_firing(&self) -> bool {
        self.status == AlertStatus::Firing
    }

    /// Its summary, or its key while only a resolve was seen.
    pub fn summary(&self) -> &str {
        self.content.as_ref().map_or(&self.dedup_key, |c| &c.summary)
    }
}

/// What repeats tell: kept beside the state, not in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The last signal of any kind.
    pub last_seen_at: Timestamp,
    /// The newest trigger, repeats included: what a resolve has to be newer than (R4).
    pub last_fired: Option<Moment>,
    /// How many signals were seen in all.
    pub seen_count: u64,
    /// When the alert ends by itself if nothing more is heard; its deadline while it fires.
    pub expires_at: Option<Timestamp>,
}

/// Folds one event into the state; total: an event that does not fit leaves the state as it is.
pub fn evolve(state: Option<Alert>, event: &AlertEvent) -> Option<Alert> {
    match event {
        AlertEvent::Opened { id, service_id, key_id, format, dedup_key, content, moment } => {
            let mut alert = blank(*id, *service_id, *key_id, *format, dedup_key);
            alert.status = AlertStatus::Firing;
            alert.episode = 1;
            alert.content = Some(content.clone());
            alert.fired = Some(*moment);
            alert.first_fired_at = Some(moment.best());
            Some(alert)
        }
        AlertEvent::ResolvedUnseen { id, service_id, key_id, format, dedup_key, moment } => {
            let mut alert = blank(*id, *service_id, *key_id, *format, dedup_key);
            alert.cleared = Some(*moment);
            alert.resolve_reason = Some(ResolveReason::Sender);
            Some(alert)
        }
        _ => state.map(|alert| evolve_existing(alert, event)),
    }
}

fn blank(id: AlertId, service_id: ServiceId, key_id: KeyId, format: SourceFormat, dedup_key: &str) -> Alert {
    Alert {
        id,
        service_id,
        key_id,
        format,
        dedup_key: dedup_key.to_owned(),
        status: AlertStatus::Resolved,
        episode: 0,
        content: None,
        fired: None,
        cleared: None,
        first_fired_at: None,
        resolve_reason: None,
        incident_id: None,
        place_reason: None,
        left_reason: None,
    }
}

fn evolve_existing(mut alert: Alert, event: &AlertEvent) -> Alert {
    match event {
        // How long it is waited for is kept with what was observed of it.
        AlertEvent::Opened { .. } | AlertEvent::ResolvedUnseen { .. } | AlertEvent::WaitedFor { .. } => {}
        AlertEvent::Reopened { content, moment } => {
            alert.status = AlertStatus::Firing;
            alert.episode = alert.episode.saturating_add(1);
            alert.content = Some(content.clone());
            alert.fired = Some(*moment);
            alert.first_fired_at = alert.first_fired_at.or(Some(moment.best()));
            alert.resolve_reason = None;
            alert.left_reason = None;
        }
        AlertEvent::Changed { content, moment } => {
            alert.content = Some(content.clone());
            alert.fired = Some(*moment);
        }
        AlertEvent::Resolved { moment, reason } => {
            alert.status = AlertStatus::Resolved;
            alert.cleared = Some(*moment);
            alert.resolve_reason = Some(*reason);
        }
        AlertEvent::Placed { incident_id, reason } => {
            alert.incident_id = Some(*incident_id);
            alert.place_reason = Some(*reason);
            alert.left_reason = None;
        }
        AlertEvent::LeftAlone { reason } => {
            alert.incident_id = None;
            alert.place_reason = None;
            alert.left_reason = Some(*reason);
        }
    }
    alert
}
