//! The distinct instants of an incident (C2) and the durations between them, each named by its pair.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::Incident;
use crate::refusal::{FieldCode, Refusal};

/// One of the instants that must not be confused with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeKind {
    /// Customers began to be hit.
    ImpactStarted,
    /// Monitoring or a person noticed.
    Detected,
    /// It became an incident.
    Declared,
    /// A person took it.
    Acknowledged,
    /// The public was first told.
    FirstPublic,
    /// The effect was stopped or lessened.
    Mitigated,
    /// Customers were no longer hit.
    ImpactEnded,
    /// The fault was gone.
    Resolved,
    /// The public was told that it is over.
    ResolutionAnnounced,
    /// Nothing is left to do.
    Closed,
}

impl TimeKind {
    /// All, in their usual order.
    pub const ALL: [Self; 10] = [
        Self::ImpactStarted,
        Self::Detected,
        Self::Declared,
        Self::Acknowledged,
        Self::FirstPublic,
        Self::Mitigated,
        Self::ImpactEnded,
        Self::Resolved,
        Self::ResolutionAnnounced,
        Self::Closed,
    ];

    /// The stable name, as in JSON and columns, without `_at`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImpactStarted => "impact_started",
            Self::Detected => "detected",
            Self::Declared => "declared",
            Self::Acknowledged => "acknowledged",
            Self::FirstPublic => "first_public",
            Self::Mitigated => "mitigated",
            Self::ImpactEnded => "impact_ended",
            Self::Resolved => "resolved",
            Self::ResolutionAnnounced => "resolution_announced",
            Self::Closed => "closed",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// An instant, and whether a person has set it by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeValue {
    /// When.
    pub at: Timestamp,
    /// Set by hand: automatic changes no longer touch it, except what ends with a generation.
    pub edited: bool,
}

/// All instants of one incident.
pub type Times = BTreeMap<TimeKind, TimeValue>;

/// Pairs that cannot be the other way round.
const ORDER: [(TimeKind, TimeKind); 4] = [
    (TimeKind::ImpactStarted, TimeKind::ImpactEnded),
    (TimeKind::Detected, TimeKind::Resolved),
    (TimeKind::Declared, TimeKind::Closed),
    (TimeKind::Resolved, TimeKind::Closed),
];

/// Checks that an instant may be set: not in the future, not against an order that cannot be otherwise. Backdating
/// is allowed (C3).
pub fn check(times: &Times, kind: TimeKind, at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if at > now {
        return Err(Refusal::field("at", FieldCode::OutOfRange, "must not lie in the future"));
    }
    for (first, second) in ORDER {
        let other = if kind == first { second } else { first };
        let Some(other_at) = times.get(&other).map(|v| v.at) else { continue };
        let wrong = (kind == first && at > other_at) || (kind == second && at < other_at);
        if wrong {
            let message = format!("{} must not be after {}", first.as_str(), second.as_str());
            return Err(Refusal::field("at", FieldCode::Contradiction, message));
        }
    }
    Ok(())
}

/// Moves an instant that nobody gave by hand to where it contradicts nothing: not before what must come first, not
/// after what must come later.
pub fn fit(times: &Times, kind: TimeKind, at: Timestamp) -> Timestamp {
    let known = |kind: &TimeKind| times.get(kind).map(|v| v.at);
    let earliest =
        ORDER.iter().filter(|(_, second)| *second == kind).filter_map(|(first, _)| known(first)).max();
    let latest =
        ORDER.iter().filter(|(first, _)| *first == kind).filter_map(|(_, second)| known(second)).min();
    let at = earliest.map_or(at, |earliest| at.max(earliest));
    latest.map_or(at, |latest| at.min(latest))
}

/// A duration with the pair that defines it; the name alone never does (C2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDuration {
    /// Where it begins.
    pub from: TimeKind,
    /// Where it ends.
    pub to: TimeKind,
    /// Whole seconds; negative if the pair is the other way round, which is a finding, not an error.
    pub secs: i64,
    /// `to` has not happened yet: counted up to now.
    pub running: bool,
    /// Over how many intervals it is summed: more than one where an incident came back.
    pub intervals: usize,
}

/// The pairs that are shown, in order.
const PAIRS: [(TimeKind, TimeKind); 8] = [
    (TimeKind::ImpactStarted, TimeKind::ImpactEnded),
    (TimeKind::ImpactStarted, TimeKind::Detected),
    (TimeKind::Detected, TimeKind::Acknowledged),
    (TimeKind::ImpactStarted, TimeKind::FirstPublic),
    (TimeKind::Detected, TimeKind::Mitigated),
    (TimeKind::Detected, TimeKind::Resolved),
    (TimeKind::ImpactEnded, TimeKind::ResolutionAnnounced),
    (TimeKind::Resolved, TimeKind::Closed),
];

/// Computes the durations whose beginning is known. Those whose end is not known run on to `now`, but only while the
/// incident is active and only where waiting means something.
///
/// An incident that came back has several impact intervals. Its impact is their sum; what is told only once (noticed,
/// taken, first told in public) is counted from the beginning of the first.
pub fn durations(incident: &Incident, now: Timestamp) -> Vec<KeyDuration> {
    let (times, active) = (&incident.times, incident.status.is_active());
    let first = incident.past_impacts.first().map(|i| i.from_at);
    let mut out = Vec::new();
    for (from, to) in PAIRS {
        let begun = times.get(&from).map(|v| v.at);
        let first = first.filter(|_| from == TimeKind::ImpactStarted);
        let Some(start) = first.or(begun) else { continue };
        let end = times.get(&to).map(|v| v.at);
        let runs = active
            && matches!(
                to,
                TimeKind::ImpactEnded | TimeKind::Acknowledged | TimeKind::Mitigated | TimeKind::Resolved
            );
        let Some(until) = end.or(runs.then_some(now)) else { continue };
        let running = end.is_none();
        let (secs, intervals) = match (to, first) {
            (TimeKind::ImpactEnded, Some(_)) => {
                let Some(secs) = incident.impact_secs(now) else { continue };
                (secs, incident.past_impacts.len() + usize::from(begun.is_some()))
            }
            _ => (until.duration_since(start).as_secs(), 1),
        };
        out.push(KeyDuration { from, to, secs, running, intervals });
    }
    out
}
