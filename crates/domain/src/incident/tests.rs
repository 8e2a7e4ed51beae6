//! Tests of an incident, spoken in seconds after its first one: life cycle, escalation, instants, record, properties.

mod escalation;
mod lifecycle;
mod properties;
mod record;
mod times;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::access::{Actor, Via};
use crate::catalog::{EscalationPolicy, EscalationStep, StepTarget};
use crate::ids::{IdSeed, PersonId, TeamId, TypedId};
use crate::signal::AlertSeverity;
use crate::{Ctx, Refusal};

pub(super) const ANA: u128 = 1;
pub(super) const BO: u128 = 2;
pub(super) const CY: u128 = 3;
/// In the roster, but without any way to be reached.
pub(super) const GONE: u128 = 8;
pub(super) const FALLBACK: u128 = 9;
/// Bo and Cy.
pub(super) const TEAM: u128 = 20;

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + secs)
}

pub(super) fn person(n: u128) -> PersonId {
    PersonId::from_bits(n)
}

pub(super) fn by(n: u128) -> Actor {
    Actor::Person { person: person(n), via: Via::Screen }
}

pub(super) fn sev(rank: u8) -> Severity {
    Severity::new(rank).unwrap()
}

pub(super) fn roster() -> Roster {
    let people = [(ANA, true), (BO, true), (CY, true), (GONE, false), (FALLBACK, true)];
    Roster::new(
        people.map(|(n, reachable)| RosterPerson { id: person(n), reachable }),
        [(TeamId::from_bits(TEAM), vec![person(BO), person(CY)])],
        vec![person(FALLBACK)],
    )
}

pub(super) fn step(delay_secs: u32, people: &[u128]) -> EscalationStep {
    let targets = people.iter().map(|n| match *n {
        TEAM => StepTarget::Team { id: TeamId::from_bits(TEAM) },
        n => StepTarget::Person { id: person(n) },
    });
    EscalationStep { delay_secs, targets: targets.collect() }
}

pub(super) fn policy(steps: &[(u32, &[u128])]) -> EscalationPolicy {
    EscalationPolicy {
        steps: steps.iter().map(|(delay, people)| step(*delay, people)).collect(),
        exhaust_after_secs: 600,
        ..EscalationPolicy::default()
    }
}

pub(super) fn declaration() -> Declaration {
    Declaration {
        number: 7,
        title: "Chats fail".into(),
        service_id: None,
        group: None,
        alert_id: None,
        severity: sev(2),
        severity_reason: SeverityReason::Rule { alert: AlertSeverity::Error },
        source: IncidentSource::Monitoring,
        holder: None,
        impact_started_at: None,
        detected_at: None,
        declared_at: None,
        reopen_window_secs: 86_400,
        auto_resolve: true,
        escalation: None,
        recurrence_of: None,
    }
}

pub(super) fn resolve() -> IncidentCommand {
    IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::Person,
        at: None,
        impact_ended_at: None,
        note: None,
    }
}

/// One incident and its whole journal.
pub(super) struct Case {
    pub(super) incident: Option<Incident>,
    pub(super) journal: Vec<(Timestamp, Actor, IncidentEvent)>,
    pub(super) roster: Roster,
}

impl Case {
    pub(super) fn new() -> Self {
        Self { incident: None, journal: Vec::new(), roster: roster() }
    }

    /// Declared at second 0.
    pub(super) fn declared(declaration: Declaration) -> Self {
        let mut case = Self::new();
        case.does(0, Actor::System, IncidentCommand::Declare(Box::new(declaration))).unwrap();
        case
    }

    /// Declared at second 0 by a rule, and people are told under this policy.
    pub(super) fn escalating(policy: EscalationPolicy) -> Self {
        Self::declared(Declaration { escalation: Some(policy), ..declaration() })
    }

    /// Gives a command and folds what follows.
    pub(super) fn does(
        &mut self,
        secs: i64,
        actor: Actor,
        command: IncidentCommand,
    ) -> Result<Vec<IncidentEvent>, Refusal> {
        let seed = IdSeed::new((self.journal.len() as u128 + 1) << 32);
        let ctx = Ctx::new(at(secs), actor.clone(), seed);
        let events = decide(self.incident.as_ref(), &command, &self.roster, &ctx)?;
        for event in &events {
            self.incident = evolve(self.incident.take(), event, at(secs), &actor);
            self.journal.push((at(secs), actor.clone(), event.clone()));
        }
        Ok(events)
    }

    /// As [`Case::does`], by Ana, and it must be allowed.
    pub(super) fn ana(&mut self, secs: i64, command: IncidentCommand) -> Vec<IncidentEvent> {
        self.does(secs, by(ANA), command).unwrap()
    }

    pub(super) fn tick(&mut self, secs: i64) -> Vec<IncidentEvent> {
        self.does(secs, Actor::System, IncidentCommand::Tick).unwrap()
    }

    /// The stable code of the refusal.
    pub(super) fn refused(&mut self, secs: i64, command: IncidentCommand) -> &'static str {
        self.does(secs, by(ANA), command).unwrap_err().code()
    }

    pub(super) fn now(&self) -> &Incident {
        self.incident.as_ref().unwrap()
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        due(self.now())
    }
}

/// Names of events without their kind, in order.
pub(super) fn names(events: &[IncidentEvent]) -> String {
    events.iter().map(|e| e.name().trim_start_matches("incident.")).collect::<Vec<_>>().join(" ")
}

/// Who is paged by these events, in order.
pub(super) fn paged(events: &[IncidentEvent]) -> Vec<u128> {
    let lists = events.iter().filter_map(|e| match e {
        IncidentEvent::StepReached { paged, .. }
        | IncidentEvent::EscalationExhausted { paged, .. }
        | IncidentEvent::HandedOver { paged, .. }
        | IncidentEvent::Requested { paged, .. } => Some(paged),
        _ => None,
    });
    lists.flatten().map(|p| p.person_id.bits()).collect()
}
