//! Where a firing alert belongs: into an open incident, into a new one, or nowhere (S2.11, C10).

use serde::{Deserialize, Serialize};

use crate::catalog::{GroupBy, IncidentRule};
use crate::ids::{AlertId, IncidentId, ServiceId};
use crate::incident::Severity;
use crate::signal::{AlertSeverity, Content};

/// The group of a service's alerts that share one incident; empty text = the whole service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupKey(pub String);

impl GroupKey {
    /// The group an alert falls into by the service's rule.
    pub fn of(rule: &IncidentRule, alert: AlertId, content: &Content) -> Self {
        match &rule.group_by {
            GroupBy::Service => Self(String::new()),
            GroupBy::Alert => Self(alert.to_string()),
            GroupBy::Labels { names } => {
                let mut key = String::new();
                for name in names {
                    // Length first, so that no value can imitate a separator.
                    let value = content.label(name).unwrap_or("");
                    key.push_str(&format!("{}:{}={};", value.len(), name, value));
                }
                Self(key)
            }
        }
    }
}

/// Why an alert belongs to its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceReason {
    /// The rule declared an incident for it.
    Declared,
    /// An incident of the same group was open.
    SameGroup,
    /// The incident it belonged to was reopened within the window (C23).
    Recurred,
    /// A person put it there.
    Person,
}

/// Why an alert stays without an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftReason {
    /// Its severity is below what the service declares incidents for.
    BelowThreshold,
    /// The service has been archived.
    ServiceArchived,
    /// A canary of Hansei's own that stays within the self-test.
    SelfTest,
}

impl LeftReason {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BelowThreshold => "below_threshold",
            Self::ServiceArchived => "service_archived",
            Self::SelfTest => "self_test",
        }
    }
}

/// What is to be done with a firing alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// Put it into this open incident.
    Join(IncidentId),
    /// Declare an incident of this severity for the group.
    Declare {
        /// The service.
        service_id: ServiceId,
        /// The group.
        group: GroupKey,
        /// Proposed by the rule from the alert's severity.
        severity: Severity,
    },
    /// Leave it as an alert.
    Leave(LeftReason),
}

/// Decides where a firing alert belongs. `open` is the open incident of its group, if there is one.
pub fn place(
    service_id: ServiceId,
    rule: &IncidentRule,
    archived: bool,
    severity: AlertSeverity,
    group: GroupKey,
    open: Option<IncidentId>,
) -> Placement {
    if archived {
        return Placement::Leave(LeftReason::ServiceArchived);
    }
    match (rule.severity_for(severity), open) {
        (None, _) => Placement::Leave(LeftReason::BelowThreshold),
        (Some(_), Some(incident)) => Placement::Join(incident),
        (Some(severity), None) => Placement::Declare { service_id, group, severity },
    }
}
