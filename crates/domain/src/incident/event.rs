//! What can happen to an incident.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::escalation::Paged;
use super::severity::{Severity, SeverityReason};
use super::state::{Impact, IncidentSource, IncidentStatus, RemarkKind, ScopeEntry};
use super::times::TimeKind;
use crate::alert::GroupKey;
use crate::catalog::EscalationPolicy;
use crate::ids::{AlertId, IncidentId, NoteId, PersonId, ScopeId, ServiceId};

/// A fact in an incident's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IncidentEvent {
    /// It became an incident.
    Declared {
        /// The new incident.
        id: IncidentId,
        /// Its number.
        number: u64,
        /// Its slug.
        slug: String,
        /// Its title.
        title: String,
        /// The service it begins with.
        service_id: Option<ServiceId>,
        /// The group of alerts that will join it.
        group: Option<GroupKey>,
        /// The alert that caused it.
        alert_id: Option<AlertId>,
        /// How bad.
        severity: Severity,
        /// Why that bad.
        severity_reason: SeverityReason,
        /// How it became known.
        source: IncidentSource,
        /// Where it begins (triage if a person declared it: somebody is looking).
        status: IncidentStatus,
        /// Who holds it from the start.
        holder: Option<PersonId>,
        /// Since when customers are hit, as far as known.
        impact_started_at: Option<Timestamp>,
        /// When it was noticed.
        detected_at: Timestamp,
        /// When it was declared.
        declared_at: Timestamp,
        /// How long after resolving it may be reopened, seconds.
        reopen_window_secs: u32,
        /// Whether it resolves with its last alert.
        auto_resolve: bool,
        /// The earlier incident that came back in this one, too late to reopen it (C23).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recurrence_of: Option<IncidentId>,
    },
    /// People are being told, under this policy.
    EscalationStarted {
        /// The policy as it is now.
        policy: EscalationPolicy,
        /// The generation it belongs to.
        generation: u32,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A step was reached (or, with `step: None`, the first one is awaited).
    StepReached {
        /// Counted from 0.
        step: Option<usize>,
        /// Counted from 0.
        round: u32,
        /// Who is told; empty if the step reaches nobody.
        paged: Vec<Paged>,
        /// The step that comes next.
        next_step: usize,
        /// When it comes.
        next_at: Timestamp,
    },
    /// All steps were walked (or none reaches anybody): the fallback is told.
    EscalationExhausted {
        /// Who is told.
        paged: Vec<Paged>,
        /// No step reaches anybody.
        nobody: bool,
    },
    /// A person asked for others.
    Requested {
        /// Who is told.
        paged: Vec<Paged>,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Somebody took it.
    Acknowledged {
        /// Who; `None` if the sender's side did.
        by: Option<PersonId>,
        /// The generation taken.
        generation: u32,
        /// When it goes back to the escalation for lack of progress.
        expires_at: Option<Timestamp>,
        /// For the sender's side: the alert it said so of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert_id: Option<AlertId>,
    },
    /// Somebody else answered while it was taken already: they know, so their own pages end.
    Answered {
        /// Who.
        by: PersonId,
        /// The generation they answered.
        generation: u32,
        /// If they hold it: when it goes back to the escalation for lack of progress.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Whoever took it made no progress in time: it alarms again.
    AcknowledgementExpired {
        /// Who had taken it.
        holder: Option<PersonId>,
        /// The new generation.
        generation: u32,
    },
    /// It is held by somebody else now (C11: an explicit handover).
    HandedOver {
        /// Who held it.
        from: Option<PersonId>,
        /// Who holds it.
        to: PersonId,
        /// What they were told.
        note: Option<String>,
        /// The new holder's page, unless they took it over themselves or cannot be reached.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paged: Vec<Paged>,
        /// Nobody had taken it: whoever is being told goes on being told until somebody does.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untaken: bool,
        /// When it alarms again unless the new holder answers, or makes progress.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// It stands somewhere else.
    StatusChanged {
        /// Before.
        from: IncidentStatus,
        /// After.
        to: IncidentStatus,
        /// Why.
        note: Option<String>,
    },
    /// It is worse or milder than thought.
    SeverityChanged {
        /// Before.
        from: Severity,
        /// After.
        to: Severity,
        /// Why.
        reason: SeverityReason,
    },
    /// Alerts were put into it, or fire in it again. Which ones, their own journals tell; this entry makes joining and
    /// resolving exclude each other.
    AlertsJoined {
        /// How many.
        count: u32,
    },
    /// It is called something else.
    Retitled {
        /// Before.
        from: String,
        /// After.
        to: String,
        /// Its new slug.
        slug: String,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// An instant was set or taken back by hand.
    TimeSet {
        /// Which.
        which: TimeKind,
        /// Before.
        from: Option<Timestamp>,
        /// After; `None` = not known.
        to: Option<Timestamp>,
        /// Why.
        note: Option<String>,
    },
    /// Something more was hit.
    ScopeAdded {
        /// The range.
        entry: ScopeEntry,
    },
    /// A range of the scope was corrected or ended.
    ScopeChanged {
        /// The range as it is now.
        entry: ScopeEntry,
        /// Why.
        note: Option<String>,
    },
    /// A range of the scope was wrong.
    ScopeRemoved {
        /// Which.
        id: ScopeId,
        /// Why.
        note: Option<String>,
    },
    /// Somebody said something, or pinned evidence.
    Noted {
        /// Its id.
        id: NoteId,
        /// Comment or evidence.
        kind: RemarkKind,
        /// What.
        text: String,
        /// For evidence: where it can be seen.
        url: Option<String>,
        /// For evidence: what it is.
        evidence: Option<EvidenceKind>,
        /// When it happened, if not now.
        occurred_at: Option<Timestamp>,
    },
    /// A remark was corrected; the first text stays in the journal.
    NoteCorrected {
        /// Which.
        id: NoteId,
        /// The text now.
        text: String,
        /// Why.
        note: Option<String>,
    },
    /// A remark was taken back.
    NoteWithdrawn {
        /// Which.
        id: NoteId,
        /// Why.
        note: Option<String>,
    },
    /// The fault is gone.
    Resolved {
        /// When.
        at: Timestamp,
        /// Since when customers are no longer hit, as far as known.
        impact_ended_at: Option<Timestamp>,
        /// What resolved it.
        cause: ResolveCause,
        /// In their words.
        note: Option<String>,
    },
    /// It came back (C23).
    Reopened {
        /// Why.
        reason: ReopenReason,
        /// The new generation.
        generation: u32,
        /// Since when customers are hit again.
        impact_started_at: Timestamp,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Nothing is left to do.
    Closed {
        /// When.
        at: Timestamp,
        /// In their words.
        note: Option<String>,
    },
    /// Its story goes on in another incident.
    MergedInto {
        /// Which.
        target: IncidentId,
        /// Its number.
        target_number: u64,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It carries on another incident's story.
    Absorbed {
        /// Which.
        source: IncidentId,
        /// Its number.
        source_number: u64,
    },
    /// It is an earlier incident that came back, or is not after all (C23).
    RecurrenceLinked {
        /// Which; `None` = of none.
        earlier: Option<IncidentId>,
        /// Its number.
        earlier_number: Option<u64>,
    },
    /// It came back in a later incident, or did not after all.
    RecurredLater {
        /// Which.
        later: IncidentId,
        /// Its number.
        later_number: u64,
        /// The link was taken back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unlinked: bool,
    },
    /// An impact interval of an earlier generation was corrected.
    PastImpactSet {
        /// Which, counted from 0.
        index: usize,
        /// Before.
        from: Impact,
        /// After.
        to: Impact,
        /// Why.
        note: Option<String>,
    },
    /// The clock had been wrong and was set back: what was to come is counted anew from now (R20).
    DeadlinesMoved {
        /// The next step.
        next_at: Option<Timestamp>,
        /// The end of the acknowledgement.
        ack_expires_at: Option<Timestamp>,
    },
}

impl IncidentEvent {
    /// The event's stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "incident.declared",
            Self::EscalationStarted { .. } => "incident.escalation_started",
            Self::StepReached { .. } => "incident.step_reached",
            Self::EscalationExhausted { .. } => "incident.escalation_exhausted",
            Self::Requested { .. } => "incident.people_requested",
            Self::Acknowledged { .. } => "incident.acknowledged",
            Self::Answered { .. } => "incident.answered",
            Self::AcknowledgementExpired { .. } => "incident.acknowledgement_expired",
            Self::HandedOver { .. } => "incident.handed_over",
            Self::StatusChanged { .. } => "incident.status_changed",
            Self::SeverityChanged { .. } => "incident.severity_changed",
            Self::AlertsJoined { .. } => "incident.alerts_joined",
            Self::Retitled { .. } => "incident.retitled",
            Self::TimeSet { .. } => "incident.time_set",
            Self::ScopeAdded { .. } => "incident.scope_added",
            Self::ScopeChanged { .. } => "incident.scope_changed",
            Self::ScopeRemoved { .. } => "incident.scope_removed",
            Self::Noted { .. } => "incident.noted",
            Self::NoteCorrected { .. } => "incident.note_corrected",
            Self::NoteWithdrawn { .. } => "incident.note_withdrawn",
            Self::Resolved { .. } => "incident.resolved",
            Self::Reopened { .. } => "incident.reopened",
            Self::Closed { .. } => "incident.closed",
            Self::MergedInto { .. } => "incident.merged_into",
            Self::Absorbed { .. } => "incident.absorbed",
            Self::RecurrenceLinked { .. } => "incident.recurrence_linked",
            Self::RecurredLater { .. } => "incident.recurred_later",
            Self::PastImpactSet { .. } => "incident.past_impact_set",
            Self::DeadlinesMoved { .. } => "incident.deadlines_moved",
        }
    }
}

/// What resolved an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolveCause {
    /// A person says so.
    Person,
    /// Its last alert ended and its rule lets it end with it.
    LastAlert,
}

/// Why an incident came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReopenReason {
    /// A person says so.
    Person,
    /// One of its alerts fires again within the window.
    AlertFiresAgain,
}

/// What a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A graph or dashboard.
    Graph,
    /// Lines of a log.
    Log,
    /// A change or deployment.
    Change,
    /// A conversation.
    Conversation,
    /// Anything else.
    Other,
}

impl EvidenceKind {
    /// All.
    pub const ALL: [Self; 5] = [Self::Graph, Self::Log, Self::Change, Self::Conversation, Self::Other];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Log => "log",
            Self::Change => "change",
            Self::Conversation => "conversation",
            Self::Other => "other",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}
