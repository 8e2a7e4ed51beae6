//! What is known of an incident.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::escalation::{Escalation, EscalationStatus};
use super::severity::{Severity, SeverityReason};
use super::times::{TimeKind, Times};
use crate::alert::GroupKey;
use crate::catalog::self_test;
use crate::ids::{ComponentId, IncidentId, NoteId, PersonId, PodId, ProductId, ScopeId, ServiceId};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// Known to Hansei; nobody has looked yet.
    Detected,
    /// Somebody looks at what it is.
    Triage,
    /// The cause is sought.
    Investigating,
    /// The cause is known.
    Identified,
    /// A fix is in; its effect is watched.
    Monitoring,
    /// The fault is gone.
    Resolved,
    /// Nothing is left to do.
    Closed,
    /// Its story goes on in another incident.
    Merged,
}

impl IncidentStatus {
    /// All, in order.
    pub const ALL: [Self; 8] = [
        Self::Detected,
        Self::Triage,
        Self::Investigating,
        Self::Identified,
        Self::Monitoring,
        Self::Resolved,
        Self::Closed,
        Self::Merged,
    ];

    /// Those in which people still fight it, in order.
    pub const ACTIVE: [Self; 5] =
        [Self::Detected, Self::Triage, Self::Investigating, Self::Identified, Self::Monitoring];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Triage => "triage",
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether people still fight it.
    pub fn is_active(self) -> bool {
        self < Self::Resolved
    }
}

/// How it became known (S2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentSource {
    /// Monitoring found it.
    Monitoring,
    /// A customer told it.
    CustomerReport,
    /// Somebody of the house noticed.
    Staff,
    /// The source is not known (imports; never guessed).
    Unknown,
}

impl IncidentSource {
    /// All.
    pub const ALL: [Self; 4] = [Self::Monitoring, Self::CustomerReport, Self::Staff, Self::Unknown];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitoring => "monitoring",
            Self::CustomerReport => "customer_report",
            Self::Staff => "staff",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// One range of the scope: what was hit, how it showed, from when until when (S0.3, C4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeEntry {
    /// Its id.
    pub id: ScopeId,
    /// Products hit; empty = not said.
    #[serde(default)]
    pub products: Vec<ProductId>,
    /// Components hit.
    #[serde(default)]
    pub components: Vec<ComponentId>,
    /// Pods hit; empty = not said, see `all_pods`.
    #[serde(default)]
    pub pods: Vec<PodId>,
    /// Every pod was hit.
    #[serde(default)]
    pub all_pods: bool,
    /// How customers saw it.
    pub symptom: Option<String>,
    /// Since when; `None` = not known (never guessed, C22).
    pub from_at: Option<Timestamp>,
    /// Until when; `None` = still, or not known.
    pub until_at: Option<Timestamp>,
}

/// A span in which customers were hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Start.
    pub from_at: Timestamp,
    /// End.
    pub until_at: Option<Timestamp>,
    /// Nobody said when it ended: the resolution is taken for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
}

/// What kind of remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// A comment.
    Comment,
    /// A pinned piece of evidence.
    Evidence,
}

/// A comment or a piece of evidence as it stands now; its history is in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Its id.
    pub id: NoteId,
    /// Comment or evidence.
    pub kind: RemarkKind,
    /// Its author.
    pub by: Option<PersonId>,
    /// It has been taken back.
    pub withdrawn: bool,
}

/// The folded state of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Counted from 1 without gaps.
    pub number: u64,
    /// For addresses; may change with the title, old ones stay valid.
    pub slug: String,
    /// What people call it.
    pub title: String,
    /// Earlier titles, oldest first.
    pub former_titles: Vec<String>,
    /// The service it began with.
    pub service_id: Option<ServiceId>,
    /// The group of alerts that join it; `None` if a person declared it.
    pub group: Option<GroupKey>,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How bad it is now.
    pub severity: Severity,
    /// The worst it ever was (C16).
    pub max_severity: Severity,
    /// Where the severity comes from.
    pub severity_reason: SeverityReason,
    /// How it became known.
    pub source: IncidentSource,
    /// Counts its alarms: 1, and one more each time it is reopened or escalated anew. Links are bound to it (R12).
    pub generation: u32,
    /// Who holds it.
    pub holder: Option<PersonId>,
    /// Whether somebody (a person or the sender's side) has taken this generation.
    pub acknowledged: bool,
    /// The distinct instants.
    pub times: Times,
    /// Impact intervals of earlier generations.
    pub past_impacts: Vec<Impact>,
    /// What was hit, over time.
    pub scope: Vec<ScopeEntry>,
    /// Comments and evidence.
    pub remarks: Vec<Remark>,
    /// The escalation of this generation, or the last one.
    pub escalation: Option<Escalation>,
    /// When a taken incident goes back to the escalation for lack of progress.
    pub ack_expires_at: Option<Timestamp>,
    /// How long after resolving it may be reopened, seconds.
    pub reopen_window_secs: u32,
    /// Whether it resolves by itself when its last alert does.
    pub auto_resolve: bool,
    /// The incident that carries on its story.
    pub merged_into: Option<IncidentId>,
    /// Incidents merged into this one.
    pub absorbed: Vec<IncidentId>,
    /// Who has answered this generation: a second answer of theirs says nothing new, until they are asked again.
    #[serde(default)]
    pub answered: Vec<PersonId>,
    /// It was taken, but by no person: whoever acknowledges next takes it over.
    #[serde(default)]
    pub taken_by_machine: bool,
    /// The earlier incident that came back in this one.
    #[serde(default)]
    pub recurrence_of: Option<IncidentId>,
    /// Later incidents in which this one came back.
    #[serde(default)]
    pub recurrences: Vec<IncidentId>,
}

impl Incident {
    /// One of its instants.
    pub fn time(&self, kind: TimeKind) -> Option<Timestamp> {
        self.times.get(&kind).map(|v| v.at)
    }

    /// Until when it may be reopened.
    pub fn reopen_until(&self) -> Option<Timestamp> {
        self.time(TimeKind::Resolved).map(|at| crate::plus_secs(at, self.reopen_window_secs))
    }

    /// Whether its window for reopening is open still. The self-test has one incident for ever: its window never
    /// closes, however long Hansei was off or whatever its clock said meanwhile.
    pub fn reopens_at(&self, now: Timestamp) -> bool {
        self.number == self_test::INCIDENT_NUMBER || self.reopen_until().is_none_or(|until| now <= until)
    }

    /// Whether it burns while nobody has taken it and nobody is going to be told: the next thing that happens to it
    /// has to begin a new alarm.
    pub fn is_silent(&self) -> bool {
        let running = self.escalation.as_ref().is_some_and(|e| e.status == EscalationStatus::Running);
        self.status.is_active() && !self.acknowledged && !running
    }

    /// Whether what joins it now begins a new alarm: the last one came to its end without anybody taking it, and as long
    /// ago as its policy waits for the fallback. A policy without steps ends at once; in a storm it would tell the
    /// fallback anew with every moment.
    pub fn alarms_anew_at(&self, now: Timestamp) -> bool {
        let rested = |e: &Escalation| {
            let secs = now.duration_since(e.started_at).as_secs();
            // A clock that was set back says nothing about how long ago it was.
            secs < 0 || secs >= i64::from(e.policy.exhaust_after_secs)
        };
        self.is_silent() && self.escalation.as_ref().is_some_and(rested)
    }

    /// How long customers were hit in all, over every interval up to `now`, seconds; `None` if no beginning is known.
    pub fn impact_secs(&self, now: Timestamp) -> Option<i64> {
        let secs = |from: Timestamp, until: Timestamp| until.duration_since(from).as_secs();
        let past = self.past_impacts.iter().filter_map(|i| Some(secs(i.from_at, i.until_at?)));
        let until = self.time(TimeKind::ImpactEnded).or(self.status.is_active().then_some(now));
        let current = self.time(TimeKind::ImpactStarted).and_then(|from| Some(secs(from, until?)));
        let known: Vec<i64> = past.chain(current).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    }
}
