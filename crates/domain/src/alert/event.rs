//! What can happen to an alert.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::place::{LeftReason, PlaceReason};
use crate::ids::{AlertId, IncidentId, KeyId, ServiceId};
use crate::signal::{Content, Moment, SourceFormat};

/// A fact in an alert's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AlertEvent {
    /// The first trigger of its key.
    Opened {
        /// The new alert.
        id: AlertId,
        /// The service it is about.
        service_id: ServiceId,
        /// The key it came by.
        key_id: KeyId,
        /// The wire format.
        format: SourceFormat,
        /// Its name within the service.
        dedup_key: String,
        /// What it says.
        content: Content,
        /// When.
        moment: Moment,
    },
    /// A resolve came before any trigger (R4): remembered so that the late trigger does not fire.
    ResolvedUnseen {
        /// The new alert.
        id: AlertId,
        /// The service it is about.
        service_id: ServiceId,
        /// The key it came by.
        key_id: KeyId,
        /// The wire format.
        format: SourceFormat,
        /// Its name within the service.
        dedup_key: String,
        /// When it ended.
        moment: Moment,
    },
    /// It fires again: a new episode.
    Reopened {
        /// What it says now.
        content: Content,
        /// When.
        moment: Moment,
    },
    /// It goes on, and says something else.
    Changed {
        /// What it says now.
        content: Content,
        /// When.
        moment: Moment,
    },
    /// It is over.
    Resolved {
        /// When.
        moment: Moment,
        /// Why.
        reason: ResolveReason,
    },
    /// It belongs to an incident.
    Placed {
        /// Which.
        incident_id: IncidentId,
        /// Why there.
        reason: PlaceReason,
    },
    /// It stays without an incident.
    LeftAlone {
        /// Why.
        reason: LeftReason,
    },
    /// Its time has run out, but its sender could not be heard meanwhile: it is waited for.
    WaitedFor {
        /// Until then.
        until: Timestamp,
    },
}

impl AlertEvent {
    /// The event's stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "alert.opened",
            Self::ResolvedUnseen { .. } => "alert.resolved_unseen",
            Self::Reopened { .. } => "alert.reopened",
            Self::Changed { .. } => "alert.changed",
            Self::Resolved { .. } => "alert.resolved",
            Self::Placed { .. } => "alert.placed",
            Self::LeftAlone { .. } => "alert.left_alone",
            Self::WaitedFor { .. } => "alert.waited_for",
        }
    }
}

/// Why an alert ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolveReason {
    /// The sender said so.
    Sender,
    /// Nothing was heard until its expiry.
    Expired,
    /// Its incident was resolved by a person.
    IncidentResolved,
    /// A person resolved this alert alone.
    Person,
}

impl ResolveReason {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Expired => "expired",
            Self::IncidentResolved => "incident_resolved",
            Self::Person => "person",
        }
    }
}
