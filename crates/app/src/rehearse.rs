//! What would happen: a service's rule and escalation played through without anybody being told.
//!
//! Not a second reading of the policy: the domain decides an incident that nobody stores, and is ticked from deadline
//! to deadline until the last fallback has been asked. Whatever the real thing would do, this says.

use hansei_domain::access::Actor;
use hansei_domain::catalog::{EscalationPolicy, IncidentRule, StepTarget};
use hansei_domain::ids::{IdSeed, PersonId};
use hansei_domain::incident::{
    self, Declaration, Incident, IncidentCommand, IncidentEvent, IncidentSource, Paged, Roster, Severity,
    SeverityReason,
};
use hansei_domain::signal::AlertSeverity;
use hansei_domain::{Ctx, Timestamp};

use crate::catalog::Catalog;
use crate::ports::SenderKind;

/// More than the longest policy can ask for: 20 steps, 10 rounds, the fallback.
const MOST_TICKS: usize = 256;

/// What an alert of one severity leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The incident's severity; `None` = it stays an alert.
    pub severity: Option<Severity>,
    /// Who is told, in order; empty if nobody is to be.
    pub rungs: Vec<Rung>,
}

/// One moment at which people are told, or should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// After the incident began, seconds.
    pub after_secs: i64,
    /// Which step; `None` = the fallback.
    pub step: Option<usize>,
    /// Round through the steps, counted from 0.
    pub round: u32,
    /// Who is told.
    pub people: Vec<PersonId>,
    /// No step reaches anybody, and the fallback is asked for that reason.
    pub nobody: bool,
}

/// Something about an escalation that will surprise somebody at night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// There are no steps: the fallback is told at once.
    NoSteps,
    /// This step (counted from 0) reaches nobody and is passed over.
    StepReachesNobody(usize),
    /// This person is named by this step but has no way to be reached.
    Unreachable {
        /// Counted from 0.
        step: usize,
        /// Who.
        person: PersonId,
    },
    /// No way of this person is configured on this installation.
    NoSender {
        /// Counted from 0.
        step: usize,
        /// Who.
        person: PersonId,
    },
    /// Nobody at all would be told: no step and no fallback reaches anybody.
    NobodyAtAll,
}

/// Plays an alert of this severity through a rule and a policy.
pub fn rehearse(
    rule: &IncidentRule,
    policy: &EscalationPolicy,
    alert: AlertSeverity,
    catalog: &Catalog,
) -> Rehearsal {
    let severity = rule.severity_for(alert);
    let rungs = match severity {
        Some(severity) if rule.pages(severity) => ladder(policy, catalog),
        _ => Vec::new(),
    };
    Rehearsal { severity, rungs }
}

/// Who would be told under a policy, and when.
pub fn ladder(policy: &EscalationPolicy, catalog: &Catalog) -> Vec<Rung> {
    let roster = catalog.roster();
    let begin = Timestamp::UNIX_EPOCH;
    let declare = IncidentCommand::Declare(Box::new(declaration(policy)));
    let mut rungs = Vec::new();
    let mut now = begin;
    let mut state = step(None, &declare, &roster, now, begin, &mut rungs);
    for _ in 0..MOST_TICKS {
        let Some(at) = state.as_ref().and_then(incident::due) else { break };
        now = at.max(now);
        state = step(state, &IncidentCommand::Tick, &roster, now, begin, &mut rungs);
    }
    rungs
}

fn declaration(policy: &EscalationPolicy) -> Declaration {
    let [_, severity, ..] = Severity::ALL;
    Declaration {
        number: 1,
        title: "rehearsal".into(),
        service_id: None,
        group: None,
        alert_id: None,
        severity,
        severity_reason: SeverityReason::Rule { alert: AlertSeverity::Critical },
        source: IncidentSource::Monitoring,
        holder: None,
        impact_started_at: None,
        detected_at: None,
        declared_at: None,
        reopen_window_secs: 0,
        auto_resolve: false,
        escalation: Some(policy.clone()),
        recurrence_of: None,
    }
}

/// Decides one command and folds its events; notes who is told.
fn step(
    state: Option<Incident>,
    command: &IncidentCommand,
    roster: &Roster,
    now: Timestamp,
    begin: Timestamp,
    rungs: &mut Vec<Rung>,
) -> Option<Incident> {
    let ctx = Ctx::new(now, Actor::System, IdSeed::new(1));
    let Ok(events) = incident::decide(state.as_ref(), command, roster, &ctx) else { return None };
    let after_secs = now.duration_since(begin).as_secs();
    for event in &events {
        let people = |paged: &[Paged]| paged.iter().map(|p| p.person_id).collect::<Vec<_>>();
        match event {
            IncidentEvent::StepReached { step: Some(step), round, paged, .. } => {
                rungs.push(Rung {
                    after_secs,
                    step: Some(*step),
                    round: *round,
                    people: people(paged),
                    nobody: false,
                });
            }
            IncidentEvent::EscalationExhausted { paged, nobody } => {
                rungs.push(Rung { after_secs, step: None, round: 0, people: people(paged), nobody: *nobody });
            }
            _ => {}
        }
    }
    events.iter().fold(state, |state, event| incident::evolve(state, event, now, &ctx.actor))
}

/// What is wrong with a policy right now, with the senders that are configured.
pub fn warnings(policy: &EscalationPolicy, catalog: &Catalog, senders: &[SenderKind]) -> Vec<Warning> {
    let roster = catalog.roster();
    let mut out = Vec::new();
    if policy.steps.is_empty() {
        out.push(Warning::NoSteps);
    }
    let sendable = |id: PersonId| {
        catalog.person(id).is_some_and(|p| p.contacts.iter().any(|c| senders.contains(&c.contact.kind())))
    };
    for (i, step) in policy.steps.iter().enumerate() {
        let reached: Vec<PersonId> = step.targets.iter().flat_map(|t| roster.resolve(t)).collect();
        if reached.is_empty() {
            out.push(Warning::StepReachesNobody(i));
        }
        let mut named: Vec<PersonId> = step.targets.iter().flat_map(|t| named_by(t, catalog)).collect();
        named.sort_unstable();
        named.dedup();
        for person in named {
            if !reached.contains(&person) {
                out.push(Warning::Unreachable { step: i, person });
            } else if !sendable(person) {
                out.push(Warning::NoSender { step: i, person });
            }
        }
    }
    let steps_reach = policy.steps.iter().any(|s| s.targets.iter().any(|t| !roster.resolve(t).is_empty()));
    if !steps_reach && roster.fallback().is_empty() {
        out.push(Warning::NobodyAtAll);
    }
    out
}

/// Everybody a target names, reachable or not.
fn named_by(target: &StepTarget, catalog: &Catalog) -> Vec<PersonId> {
    match target {
        StepTarget::Person { id } => vec![*id],
        StepTarget::Team { id } => catalog.team(*id).map(|t| t.members.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
