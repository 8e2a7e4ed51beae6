//! Severity: how badly customers are hit, 0 (worst) to 4 (not at all), as ranks behind any label set (C16).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::refusal::{FieldCode, FieldError};
use crate::signal::AlertSeverity;

/// A rank 0 to 4; smaller is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Severity(u8);

impl Severity {
    /// All ranks, worst first.
    pub const ALL: [Self; 5] = [Self(0), Self(1), Self(2), Self(3), Self(4)];

    /// Checks a rank.
    pub fn new(rank: u8) -> Option<Self> {
        (rank <= 4).then_some(Self(rank))
    }

    /// Reads a rank that a person or machine sent; `sev1` and `1` are the same.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        let digits = text.trim().trim_start_matches("sev").trim_start_matches("SEV");
        digits
            .parse::<u8>()
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| FieldError::new(field, FieldCode::OutOfRange, "must be a severity from 0 to 4"))
    }

    /// The rank.
    pub fn rank(self) -> u8 {
        self.0
    }

    /// The worse of two (unsure takes the higher).
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        self.min(other)
    }
}

impl TryFrom<u8> for Severity {
    type Error = String;
    fn try_from(rank: u8) -> Result<Self, String> {
        Self::new(rank).ok_or_else(|| format!("severity {rank} is not 0 to 4"))
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity.0
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SEV{}", self.0)
    }
}

/// Where a severity comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum SeverityReason {
    /// The service's rule maps the alert's severity to it.
    Rule {
        /// The alert's severity.
        alert: AlertSeverity,
    },
    /// A person chose it.
    Person {
        /// Who, unless it came from the console or an import.
        person: Option<PersonId>,
        /// Why, in their words.
        note: Option<String>,
    },
    /// A worse alert joined the incident.
    WorseAlert {
        /// The alert's severity.
        alert: AlertSeverity,
    },
    /// Another incident that is as bad was merged into it.
    Merged {
        /// The other one's number.
        number: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_parse_and_compare() {
        assert_eq!(Severity::parse("s", "SEV1").unwrap().rank(), 1);
        assert!(Severity::parse("s", "5").is_err());
        assert_eq!(Severity::ALL[3].worse(Severity::ALL[1]).rank(), 1);
    }
}
