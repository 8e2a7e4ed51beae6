//! The rules a service has: when an alert becomes an incident, and who is told in which order.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, TeamId};
use crate::incident::Severity;
use crate::refusal::{FieldCode, FieldError};
use crate::signal::AlertSeverity;

/// Whom a step tells. Schedules will be one more kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepTarget {
    /// One person.
    Person {
        /// Who.
        id: PersonId,
    },
    /// Every member of a team.
    Team {
        /// Which.
        id: TeamId,
    },
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// How long after the step before (for the first: after the start), seconds.
    pub delay_secs: u32,
    /// Whom it tells.
    pub targets: Vec<StepTarget>,
}

/// Who is told, in which order, until somebody takes the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationPolicy {
    /// The steps in order; none = the fallback is told at once (R15).
    pub steps: Vec<EscalationStep>,
    /// How many times all steps are walked again before the fallback is told.
    #[serde(default)]
    pub repeat: u32,
    /// How long after the last step without acknowledgement, seconds.
    #[serde(default = "EscalationPolicy::default_exhaust")]
    pub exhaust_after_secs: u32,
    /// A taken incident without any movement alarms again after this, seconds; `None` = never.
    #[serde(default)]
    pub ack_timeout_secs: Option<u32>,
}

impl EscalationPolicy {
    fn default_exhaust() -> u32 {
        300
    }

    /// Checks the limits; paths are relative to the policy.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut range = |field: String, value: u32, min: u32, max: u32| {
            if !(min..=max).contains(&value) {
                errors.push(FieldError::new(
                    field,
                    FieldCode::OutOfRange,
                    format!("must be {min} to {max} seconds"),
                ));
            }
        };
        for (i, step) in self.steps.iter().enumerate() {
            range(format!("steps[{i}].delay_secs"), step.delay_secs, 0, 86_400);
        }
        range("exhaust_after_secs".into(), self.exhaust_after_secs, 30, 86_400);
        if let Some(secs) = self.ack_timeout_secs {
            range("ack_timeout_secs".into(), secs, 60, 7 * 86_400);
        }
        for (i, step) in self.steps.iter().enumerate() {
            if step.targets.is_empty() {
                let field = format!("steps[{i}].targets");
                errors.push(FieldError::new(field, FieldCode::Required, "a step must tell somebody"));
            }
            if step.targets.len() > 50 {
                let field = format!("steps[{i}].targets");
                errors.push(FieldError::new(field, FieldCode::TooLong, "at most 50 targets"));
            }
        }
        if self.steps.len() > 20 {
            errors.push(FieldError::new("steps", FieldCode::TooLong, "at most 20 steps"));
        }
        if self.repeat > 9 {
            errors.push(FieldError::new("repeat", FieldCode::OutOfRange, "at most 9 repetitions"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl Default for EscalationPolicy {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            repeat: 0,
            exhaust_after_secs: Self::default_exhaust(),
            ack_timeout_secs: None,
        }
    }
}

/// Which alerts of a service share an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GroupBy {
    /// All of them.
    Service,
    /// None: each alert has its own.
    Alert,
    /// Those with the same values of these labels.
    Labels {
        /// Label names.
        names: Vec<String>,
    },
}

/// When an alert becomes an incident, and how that incident behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRule {
    /// Severity of the incident for each severity of an alert; `None` = no incident.
    pub critical: Option<Severity>,
    /// For errors.
    pub error: Option<Severity>,
    /// For warnings.
    pub warning: Option<Severity>,
    /// For information.
    pub info: Option<Severity>,
    /// The mildest severity that still tells people.
    pub page_up_to: Severity,
    /// Which alerts share an incident.
    pub group_by: GroupBy,
    /// Whether an incident resolves with its last alert.
    pub auto_resolve: bool,
    /// How long after resolving the same incident is reopened instead of a new one declared, seconds (C23: 24 h).
    pub reopen_window_secs: u32,
}

impl IncidentRule {
    /// The severity proposed for an alert; `None` = no incident.
    pub fn severity_for(&self, alert: AlertSeverity) -> Option<Severity> {
        match alert {
            AlertSeverity::Critical => self.critical,
            AlertSeverity::Error => self.error,
            AlertSeverity::Warning => self.warning,
            AlertSeverity::Info => self.info,
        }
    }

    /// Whether an incident of this severity tells people.
    pub fn pages(&self, severity: Severity) -> bool {
        severity <= self.page_up_to
    }

    /// Checks the limits; paths are relative to the rule.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if let GroupBy::Labels { names } = &self.group_by {
            if names.is_empty() || names.len() > 10 {
                errors.push(FieldError::new("group_by.names", FieldCode::OutOfRange, "1 to 10 label names"));
            }
            if names.iter().any(|n| n.is_empty() || n.len() > 255 || n.chars().any(char::is_control)) {
                errors.push(FieldError::new(
                    "group_by.names",
                    FieldCode::Malformed,
                    "label names of 1 to 255 characters",
                ));
            }
        }
        if self.reopen_window_secs > 30 * 86_400 {
            errors.push(FieldError::new("reopen_window_secs", FieldCode::OutOfRange, "at most 30 days"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl Default for IncidentRule {
    /// Critical, error and warning become SEV1, SEV2 and SEV3, one incident per service at a time, everything up to
    /// SEV3 tells people.
    fn default() -> Self {
        let [_, one, two, three, _] = Severity::ALL;
        Self {
            critical: Some(one),
            error: Some(two),
            warning: Some(three),
            info: None,
            page_up_to: three,
            group_by: GroupBy::Service,
            auto_resolve: true,
            reopen_window_secs: 86_400,
        }
    }
}
