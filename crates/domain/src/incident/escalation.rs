//! Escalation: who is told, step by step, until somebody takes it (R13–R15).
//!
//! It runs under the policy that was stamped when it began; edits of the policy apply to the next one only. A step
//! never comes early and none is skipped: after a pause the next due step is reached, and the one after it waits its
//! full delay. A step that reaches nobody says so and passes on at once; if no step reaches anybody, or all have been
//! walked `repeat` times, the fallback people are paged.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::command::Roster;
use super::event::IncidentEvent;
use crate::Ctx;
use crate::catalog::{EscalationPolicy, StepTarget};
use crate::ids::{PageId, PersonId};

/// Whether an escalation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationStatus {
    /// A next step will come.
    Running,
    /// Somebody took the incident.
    Acknowledged,
    /// The incident ended.
    Stopped,
    /// All steps were walked; the fallback has been paged.
    Exhausted,
}

/// An escalation under its stamped policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The policy as it was at the start.
    pub policy: EscalationPolicy,
    /// Running or how it ended.
    pub status: EscalationStatus,
    /// Rounds through all steps, counted from 0.
    pub round: u32,
    /// Index of the step that comes next.
    pub next_step: usize,
    /// When it comes; `Some` exactly while running.
    pub next_at: Option<Timestamp>,
    /// When it began.
    pub started_at: Timestamp,
}

/// Why a person was paged: the answer to the commonest question at 3 a.m.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum WhyPaged {
    /// A step of the service's escalation names the person or a team of theirs.
    Step {
        /// Counted from 0.
        step: usize,
        /// Counted from 0.
        round: u32,
        /// What the step names.
        target: StepTarget,
        /// How long after the step before, seconds.
        delay_secs: u32,
    },
    /// All steps were walked without an acknowledgement.
    Exhausted,
    /// No step reaches anybody (R15).
    NobodyToPage,
    /// A person asked for them.
    Requested {
        /// Who asked.
        by: Option<PersonId>,
    },
    /// The incident was handed over to them.
    HandedOver {
        /// Who did.
        by: Option<PersonId>,
    },
}

/// A person who is paged, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paged {
    /// The page made for it.
    pub page_id: PageId,
    /// Who.
    pub person_id: PersonId,
    /// Why.
    pub why: WhyPaged,
}

/// Begins an escalation: its start and its first step, or the fallback.
pub(super) fn start(
    policy: &EscalationPolicy,
    generation: u32,
    note: Option<&String>,
    roster: &Roster,
    ctx: &Ctx,
) -> Vec<IncidentEvent> {
    let (policy_now, note) = (policy.clone(), note.cloned());
    let mut events = vec![IncidentEvent::EscalationStarted { policy: policy_now, generation, note }];
    let first_delay = policy.steps.first().map_or(0, |s| s.delay_secs);
    // Waiting for a first step that reaches nobody, with nobody behind it, would only be silence (R15).
    if first_delay == 0 || nobody(policy, roster) {
        walk(policy, 0, 0, roster, ctx, &mut events);
    } else {
        let next_at = crate::plus_secs(ctx.now, first_delay);
        events.push(IncidentEvent::StepReached {
            step: None,
            round: 0,
            paged: vec![],
            next_step: 0,
            next_at,
        });
    }
    events
}

/// Reaches the step that is due, and passes on over steps that reach nobody.
pub(super) fn tick(escalation: &Escalation, roster: &Roster, ctx: &Ctx) -> Vec<IncidentEvent> {
    let mut events = Vec::new();
    if escalation.next_at.is_some_and(|at| at <= ctx.now) {
        walk(&escalation.policy, escalation.next_step, escalation.round, roster, ctx, &mut events);
    }
    events
}

/// How long the step that comes next waits after the one before, seconds.
pub(super) fn wait_secs(escalation: &Escalation) -> u32 {
    let policy = &escalation.policy;
    policy.steps.get(escalation.next_step).map_or(policy.exhaust_after_secs, |s| s.delay_secs)
}

/// From step `step` of `round` on: the first step that reaches somebody, else the fallback.
fn walk(
    policy: &EscalationPolicy,
    step: usize,
    round: u32,
    roster: &Roster,
    ctx: &Ctx,
    out: &mut Vec<IncidentEvent>,
) {
    let (mut step, mut round) = (step, round);
    let mut tried = 0;
    while tried <= policy.steps.len() {
        if step >= policy.steps.len() {
            if round >= policy.repeat || policy.steps.is_empty() {
                break;
            }
            (step, round) = (0, round + 1);
        }
        let paged = people_of(policy, step, round, roster, ctx);
        let (next_step, next_round) = (step + 1, round);
        let wait = policy.steps.get(next_step).map_or(policy.exhaust_after_secs, |s| s.delay_secs);
        let reached = !paged.is_empty();
        let next_at = if reached { crate::plus_secs(ctx.now, wait) } else { ctx.now };
        out.push(IncidentEvent::StepReached { step: Some(step), round, paged, next_step, next_at });
        if reached {
            return;
        }
        (step, round) = (next_step, next_round);
        tried += 1;
    }
    let nobody = nobody(policy, roster);
    let why = if nobody { WhyPaged::NobodyToPage } else { WhyPaged::Exhausted };
    let paged = roster
        .fallback()
        .into_iter()
        .map(|person_id| Paged { page_id: ctx.ids.fresh(), person_id, why: why.clone() })
        .collect();
    out.push(IncidentEvent::EscalationExhausted { paged, nobody });
}

/// Whether no step reaches anybody now.
fn nobody(policy: &EscalationPolicy, roster: &Roster) -> bool {
    !policy.steps.iter().any(|s| s.targets.iter().any(|t| !roster.resolve(t).is_empty()))
}

/// Whom a step reaches: each person once, by the first target that names them.
fn people_of(policy: &EscalationPolicy, step: usize, round: u32, roster: &Roster, ctx: &Ctx) -> Vec<Paged> {
    let Some(rule) = policy.steps.get(step) else { return Vec::new() };
    let mut paged: Vec<Paged> = Vec::new();
    for target in &rule.targets {
        for person_id in roster.resolve(target) {
            if paged.iter().any(|p| p.person_id == person_id) {
                continue;
            }
            let why = WhyPaged::Step { step, round, target: *target, delay_secs: rule.delay_secs };
            paged.push(Paged { page_id: ctx.ids.fresh(), person_id, why });
        }
    }
    paged
}
