//! Clocks of incidents: what happens next by itself, when, and whom it tells.
//!
//! Nothing here decides: it foresees, from the stamped policy and from who can be reached now, what the escalation
//! will do if nobody does anything. It follows the same walk as the escalation itself.

use hansei_domain::Timestamp;
use hansei_domain::catalog::EscalationPolicy;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{Escalation, EscalationStatus, Incident, Roster};

/// Coming steps that are foreseen at most (a policy has at most 20 steps and 9 repetitions).
const FORESEEN: usize = 220;

/// What a clock leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockKind {
    /// The next step of the escalation, counted from 0.
    Step {
        /// Which.
        step: usize,
        /// In which round, counted from 0.
        round: u32,
    },
    /// The fallback people are told.
    Fallback,
    /// The acknowledgement runs out, and the incident alarms again.
    Acknowledgement,
}

/// What happens next by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextClock {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ClockKind,
    /// Whom it tells as things stand; empty = nobody can be reached.
    pub people: Vec<PersonId>,
}

/// One step that is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// Counted from 0; `None` = the fallback.
    pub step: Option<usize>,
    /// Counted from 0.
    pub round: u32,
    /// When it comes if nobody does anything.
    pub at: Timestamp,
    /// Whom it tells.
    pub people: Vec<PersonId>,
}

/// The people behind one step, each once.
pub fn people_of_step(policy: &EscalationPolicy, step: usize, roster: &Roster) -> Vec<PersonId> {
    let mut people = Vec::new();
    for target in policy.steps.get(step).map(|s| s.targets.as_slice()).unwrap_or_default() {
        for id in roster.resolve(target) {
            if !people.contains(&id) {
                people.push(id);
            }
        }
    }
    people
}

/// The steps that will come if nobody does anything, in order; the fallback is the last.
pub fn coming(escalation: &Escalation, roster: &Roster) -> Vec<Coming> {
    let (policy, mut out) = (&escalation.policy, Vec::new());
    let running = escalation.status == EscalationStatus::Running;
    let Some(mut at) = escalation.next_at.filter(|_| running) else { return out };
    let (mut step, mut round) = (escalation.next_step, escalation.round);
    let nobody = (0..policy.steps.len()).all(|step| people_of_step(policy, step, roster).is_empty());
    while out.len() < FORESEEN {
        let over = step >= policy.steps.len();
        if over && (round >= policy.repeat || policy.steps.is_empty() || nobody) {
            out.push(Coming { step: None, round, at, people: roster.fallback() });
            break;
        }
        if over {
            (step, round) = (0, round + 1);
        }
        let people = people_of_step(policy, step, roster);
        let wait = policy.steps.get(step + 1).map_or(policy.exhaust_after_secs, |s| s.delay_secs);
        let wait = if people.is_empty() { 0 } else { wait };
        out.push(Coming { step: Some(step), round, at, people });
        at = hansei_domain::plus_secs(at, wait);
        step += 1;
    }
    out
}

/// What happens to an incident next by itself; `None` = no clock runs.
pub fn next_clock(incident: &Incident, roster: &Roster) -> Option<NextClock> {
    if !incident.status.is_active() {
        return None;
    }
    let step = incident.escalation.as_ref().and_then(|escalation| {
        let coming = coming(escalation, roster);
        // Steps that reach nobody pass on at once: what counts is the first one that tells somebody.
        let first = coming.iter().find(|c| !c.people.is_empty()).or_else(|| coming.last())?;
        let kind = match first.step {
            Some(step) => ClockKind::Step { step, round: first.round },
            None => ClockKind::Fallback,
        };
        Some(NextClock { at: first.at, kind, people: first.people.clone() })
    });
    let lapse = incident.ack_expires_at.map(|at| {
        let first = incident.escalation.as_ref().map(|e| people_of_step(&e.policy, 0, roster));
        NextClock { at, kind: ClockKind::Acknowledgement, people: first.unwrap_or_default() }
    });
    match (step, lapse) {
        (Some(a), Some(b)) => Some(if a.at <= b.at { a } else { b }),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::catalog::{EscalationStep, StepTarget};
    use hansei_domain::ids::TypedId;
    use hansei_domain::incident::RosterPerson;

    use super::*;

    fn person(n: u128) -> PersonId {
        PersonId::from_bits(n)
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + secs).unwrap()
    }

    fn step(delay_secs: u32, n: u128) -> EscalationStep {
        EscalationStep { delay_secs, targets: vec![StepTarget::Person { id: person(n) }] }
    }

    fn escalation(steps: Vec<EscalationStep>, repeat: u32, next_step: usize) -> Escalation {
        let policy = EscalationPolicy { steps, repeat, exhaust_after_secs: 60, ack_timeout_secs: None };
        let status = EscalationStatus::Running;
        Escalation { policy, status, round: 0, next_step, next_at: Some(at(10)), started_at: at(0) }
    }

    fn roster(reachable: &[u128]) -> Roster {
        let people = reachable.iter().map(|n| RosterPerson { id: person(*n), reachable: true });
        Roster::new(people, [], vec![person(9)])
    }

    #[test]
    fn steps_come_with_their_delays_and_the_fallback_last() {
        let foreseen = coming(&escalation(vec![step(0, 1), step(30, 2)], 1, 1), &roster(&[1, 2, 9]));
        let told: Vec<_> = foreseen.iter().map(|c| (c.step, c.round, c.at, c.people.clone())).collect();
        assert_eq!(
            told,
            [
                (Some(1), 0, at(10), vec![person(2)]),
                (Some(0), 1, at(70), vec![person(1)]),
                (Some(1), 1, at(100), vec![person(2)]),
                (None, 1, at(160), vec![person(9)]),
            ]
        );
    }

    #[test]
    fn a_step_that_reaches_nobody_passes_on_at_once() {
        let foreseen =
            coming(&escalation(vec![step(0, 1), step(30, 2), step(30, 3)], 0, 1), &roster(&[1, 3, 9]));
        assert_eq!(foreseen[1].at, at(10));
        assert_eq!(foreseen[1].people, [person(3)]);
    }

    #[test]
    fn an_escalation_that_has_stopped_foresees_nothing() {
        let mut stopped = escalation(vec![step(0, 1)], 0, 1);
        stopped.status = EscalationStatus::Acknowledged;
        stopped.next_at = None;
        assert!(coming(&stopped, &roster(&[1])).is_empty());
    }
}
