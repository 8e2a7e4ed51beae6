//! What can be asked of an incident, and the facts a decision needs beside its state.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{EvidenceKind, ReopenReason, ResolveCause};
use super::severity::{Severity, SeverityReason};
use super::state::{IncidentSource, IncidentStatus, ScopeEntry};
use super::times::TimeKind;
use crate::alert::GroupKey;
use crate::catalog::{EscalationPolicy, StepTarget};
use crate::ids::{AlertId, IncidentId, NoteId, PersonId, ScopeId, ServiceId, TeamId};

/// The content of a declaration; texts have been bounded at the door.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The next number.
    pub number: u64,
    /// What people call it.
    pub title: String,
    /// The service it begins with.
    pub service_id: Option<ServiceId>,
    /// The group of alerts that will join it.
    pub group: Option<GroupKey>,
    /// The alert that caused it.
    pub alert_id: Option<AlertId>,
    /// How bad.
    pub severity: Severity,
    /// Why that bad.
    pub severity_reason: SeverityReason,
    /// How it became known.
    pub source: IncidentSource,
    /// The person who declares and holds it.
    pub holder: Option<PersonId>,
    /// Since when customers are hit, as far as known.
    pub impact_started_at: Option<Timestamp>,
    /// When it was noticed; `None` = now.
    pub detected_at: Option<Timestamp>,
    /// When it was declared, for imports; `None` = now.
    pub declared_at: Option<Timestamp>,
    /// How long after resolving it may be reopened, seconds.
    pub reopen_window_secs: u32,
    /// Whether it resolves with its last alert.
    pub auto_resolve: bool,
    /// Under which policy people are told; `None` = nobody is.
    pub escalation: Option<EscalationPolicy>,
    /// The earlier incident that comes back in this one, too late to reopen it.
    pub recurrence_of: Option<IncidentId>,
}

/// What can be asked of an incident.
#[derive(Debug, Clone)]
pub enum IncidentCommand {
    /// Make it.
    Declare(Box<Declaration>),
    /// Take it. `generation` binds links and replies (R12); screens pass `None`.
    Acknowledge {
        /// The generation the actor has seen.
        generation: Option<u32>,
    },
    /// The sender's side says of one of its alerts that somebody looks at it.
    SenderAcknowledges {
        /// Of which.
        alert_id: AlertId,
    },
    /// Give it to somebody else.
    HandOver {
        /// To whom.
        to: PersonId,
        /// What they should know.
        note: Option<String>,
    },
    /// Tell these people too.
    RequestPeople {
        /// Whom.
        targets: Vec<StepTarget>,
        /// Why, in their words.
        note: Option<String>,
    },
    /// Begin the escalation anew, under this policy.
    Escalate {
        /// The policy.
        policy: EscalationPolicy,
        /// Why, in their words.
        note: Option<String>,
    },
    /// Move it to another active state.
    SetStatus {
        /// Where to.
        to: IncidentStatus,
        /// Why.
        note: Option<String>,
    },
    /// Say how bad it is.
    SetSeverity {
        /// How bad.
        to: Severity,
        /// Why.
        reason: SeverityReason,
        /// Starts if the new severity asks for it and nobody is being told so far.
        escalation: Option<EscalationPolicy>,
    },
    /// Alerts were put into it. Refused once it has ended, so that none is ever put into an incident that is being
    /// resolved at the same moment.
    JoinAlerts {
        /// How many.
        count: u32,
        /// Starts if the last escalation has come to its end and nobody has taken the incident.
        escalation: Option<EscalationPolicy>,
    },
    /// The story of another incident goes on here: it is at least as bad as that one.
    Inherit {
        /// How bad the other one is.
        severity: Severity,
        /// Its number.
        number: u64,
        /// Starts if nobody is being told here: those who were being told there must not be forgotten.
        escalation: Option<EscalationPolicy>,
    },
    /// Call it something else.
    Retitle {
        /// What.
        title: String,
        /// Why, in their words.
        note: Option<String>,
    },
    /// Set or clear an instant.
    SetTime {
        /// Which.
        which: TimeKind,
        /// When; `None` = not known.
        at: Option<Timestamp>,
        /// Why.
        note: Option<String>,
    },
    /// Something more was hit.
    AddScope {
        /// What; its id is made by the decision.
        entry: ScopeEntry,
    },
    /// Correct or end a range.
    ChangeScope {
        /// The range as it should be.
        entry: ScopeEntry,
        /// Why.
        note: Option<String>,
    },
    /// A range was wrong.
    RemoveScope {
        /// Which.
        id: ScopeId,
        /// Why.
        note: Option<String>,
    },
    /// Say something.
    Comment {
        /// What.
        text: String,
        /// When it happened, if not now.
        occurred_at: Option<Timestamp>,
    },
    /// Pin evidence.
    Pin {
        /// What it shows.
        text: String,
        /// Where it can be seen.
        url: Option<String>,
        /// What it is.
        evidence: EvidenceKind,
        /// When it happened, if not now.
        occurred_at: Option<Timestamp>,
    },
    /// Correct a remark.
    CorrectNote {
        /// Which.
        id: NoteId,
        /// The text now.
        text: String,
        /// Why.
        note: Option<String>,
    },
    /// Take a remark back.
    WithdrawNote {
        /// Which.
        id: NoteId,
        /// Why.
        note: Option<String>,
        /// The actor may take back what others said (a secret that slipped in).
        anybodys: bool,
    },
    /// End it.
    Resolve {
        /// The generation the actor has seen (R12).
        generation: Option<u32>,
        /// What ended it.
        cause: ResolveCause,
        /// When the fault was gone; `None` = now.
        at: Option<Timestamp>,
        /// Since when customers are no longer hit, if known.
        impact_ended_at: Option<Timestamp>,
        /// In their words.
        note: Option<String>,
    },
    /// It came back.
    Reopen {
        /// Why.
        reason: ReopenReason,
        /// Under which policy people are told.
        escalation: Option<EscalationPolicy>,
        /// Why, in their words.
        note: Option<String>,
    },
    /// Nothing is left to do.
    Close {
        /// When; `None` = now.
        at: Option<Timestamp>,
        /// In their words.
        note: Option<String>,
    },
    /// Let another incident carry on its story.
    MergeInto {
        /// Which.
        target: IncidentId,
        /// Its number.
        target_number: u64,
        /// Whether the target is active.
        target_active: bool,
        /// Why, in their words.
        note: Option<String>,
    },
    /// Carry on another incident's story.
    Absorb {
        /// Which.
        source: IncidentId,
        /// Its number.
        source_number: u64,
    },
    /// Say of which earlier incident it is a recurrence.
    LinkRecurrence {
        /// Which, with its number; `None` = of none.
        earlier: Option<(IncidentId, u64)>,
    },
    /// Note a later incident in which this one came back, or that it did not.
    NoteRecurrence {
        /// Which.
        later: IncidentId,
        /// Its number.
        later_number: u64,
        /// Whether it did.
        linked: bool,
    },
    /// Correct an impact interval of an earlier generation.
    SetPastImpact {
        /// Which, counted from 0.
        index: usize,
        /// Its beginning.
        from_at: Timestamp,
        /// Its end; `None` = not known.
        until_at: Option<Timestamp>,
        /// Why.
        note: Option<String>,
    },
    /// A deadline may have passed.
    Tick,
    /// The clock has been set back: a deadline further away than its own delay is counted anew.
    ClockSetBack,
}

/// A person who can be paged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPerson {
    /// Who.
    pub id: PersonId,
    /// Whether they can be reached at all: not disabled, and at least one way to reach them.
    pub reachable: bool,
}

/// Who stands behind the targets of a policy: the facts an escalation needs.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: BTreeMap<PersonId, RosterPerson>,
    teams: BTreeMap<TeamId, Vec<PersonId>>,
    fallback: Vec<PersonId>,
}

impl Roster {
    /// A roster of the people in use, team members in order, and fallback people in order.
    pub fn new(
        people: impl IntoIterator<Item = RosterPerson>,
        teams: impl IntoIterator<Item = (TeamId, Vec<PersonId>)>,
        fallback: Vec<PersonId>,
    ) -> Self {
        Self {
            people: people.into_iter().map(|p| (p.id, p)).collect(),
            teams: teams.into_iter().collect(),
            fallback,
        }
    }

    /// Whether there is such a person, in use.
    pub fn knows(&self, id: PersonId) -> bool {
        self.people.contains_key(&id)
    }

    /// Whether a person can be told anything.
    pub fn reachable(&self, id: PersonId) -> bool {
        self.people.get(&id).is_some_and(|p| p.reachable)
    }

    /// The reachable people behind a target, in order.
    pub fn resolve(&self, target: &StepTarget) -> Vec<PersonId> {
        match target {
            StepTarget::Person { id } => [*id].into_iter().filter(|id| self.reachable(*id)).collect(),
            StepTarget::Team { id } => {
                let members = self.teams.get(id).map(Vec::as_slice).unwrap_or_default();
                members.iter().copied().filter(|id| self.reachable(*id)).collect()
            }
        }
    }

    /// The reachable fallback people.
    pub fn fallback(&self) -> Vec<PersonId> {
        self.fallback.iter().copied().filter(|id| self.reachable(*id)).collect()
    }
}
