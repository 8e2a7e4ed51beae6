//! Who takes an incident, who is asked, and what time does to both (R11–R14).
//!
//! An incident is *taken* once somebody has acknowledged it; then nobody new is told by itself. Who answers after that
//! is noted, too: it ends their own pages. Handing over asks the new holder: as long as nobody has taken the incident,
//! whoever is being told goes on being told; if somebody has, it alarms again unless the new holder answers in time.

use jiff::Timestamp;

use super::command::Roster;
use super::decide::{Decision, active, check_generation};
use super::escalation::{self, EscalationStatus, Paged, WhyPaged};
use super::event::IncidentEvent;
use super::state::{Incident, IncidentStatus};
use crate::Ctx;
use crate::catalog::{EscalationPolicy, StepTarget};
use crate::ids::{AlertId, PersonId};
use crate::refusal::{FieldCode, Refusal};

/// How long a new holder has for an answer where the policy sets no time-out of its own, seconds.
pub(super) const HANDOVER_SECS: u32 = 900;
/// What a deadline may be further away than its own delay before the clock counts as set back, seconds.
const TOLERANCE_SECS: u32 = 1;

/// The next deadline: the next step, or the end of an acknowledgement without progress.
pub fn due(incident: &Incident) -> Option<Timestamp> {
    let step = incident
        .escalation
        .as_ref()
        .filter(|e| e.status == EscalationStatus::Running)
        .and_then(|e| e.next_at);
    match (step, incident.ack_expires_at) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// When a taken incident without progress alarms again, by its stamped policy.
fn expires_at(incident: &Incident, ctx: &Ctx) -> Option<Timestamp> {
    let wait = incident.escalation.as_ref().and_then(|e| e.policy.ack_timeout_secs)?;
    Some(crate::plus_secs(ctx.now, wait))
}

pub(super) fn acknowledge(incident: &Incident, generation: Option<u32>, ctx: &Ctx) -> Decision {
    check_generation(incident, generation)?;
    active(incident)?;
    let by = ctx.actor.person();
    let mut events = Vec::new();
    if incident.status == IncidentStatus::Detected && by.is_some() {
        // Before the acknowledgement: a movement counts as progress and would silence the clock that taking starts.
        events.push(IncidentEvent::StatusChanged {
            from: incident.status,
            to: IncidentStatus::Triage,
            at: None,
            note: None,
        });
    }
    let (generation, expires_at) = (incident.generation, expires_at(incident, ctx));
    let taken = IncidentEvent::Acknowledged { by, generation, expires_at, alert_id: None };
    if !incident.acknowledged {
        events.push(taken);
        return Ok(events);
    }
    let Some(person) = by.filter(|person| !incident.answered.contains(person)) else {
        return Ok(Vec::new());
    };
    if incident.taken_by_machine {
        events.push(taken);
    } else if incident.holder == Some(person) {
        // The new holder answers.
        events.push(IncidentEvent::Answered { by: person, generation, expires_at });
    } else {
        // Somebody else has it: they are there as well.
        events = vec![IncidentEvent::Answered { by: person, generation, expires_at: None }];
    }
    Ok(events)
}

/// The sender's side has taken it. Like a person's word, it runs out: nobody here has seen anything yet.
pub(super) fn by_sender(incident: &Incident, alert_id: AlertId, ctx: &Ctx) -> Decision {
    if !incident.status.is_active() || incident.acknowledged {
        return Ok(Vec::new());
    }
    let (generation, expires_at) = (incident.generation, expires_at(incident, ctx));
    Ok(vec![IncidentEvent::Acknowledged { by: None, generation, expires_at, alert_id: Some(alert_id) }])
}

pub(super) fn hand_over(
    incident: &Incident,
    to: PersonId,
    note: Option<&String>,
    roster: &Roster,
    ctx: &Ctx,
) -> Decision {
    active(incident)?;
    if !roster.knows(to) {
        return Err(Refusal::field("to", FieldCode::Unknown, "there is no such person in use"));
    }
    let own = ctx.actor.person() == Some(to);
    if incident.holder == Some(to) && (incident.acknowledged || !own) {
        return Ok(Vec::new());
    }
    let untaken = !incident.acknowledged && !own;
    let page = (!own && roster.reachable(to)).then(|| Paged {
        page_id: ctx.ids.fresh(),
        person_id: to,
        why: WhyPaged::HandedOver { by: ctx.actor.person() },
    });
    let policy = incident.escalation.as_ref().map(|e| &e.policy);
    let expires_at = match (untaken, own) {
        (true, _) => None,
        (false, true) => expires_at(incident, ctx),
        (false, false) => policy.map(|p| crate::plus_secs(ctx.now, answer_secs(p))),
    };
    Ok(vec![IncidentEvent::HandedOver {
        from: incident.holder,
        to,
        note: note.cloned(),
        paged: page.into_iter().collect(),
        untaken,
        expires_at,
    }])
}

/// How long whoever is handed an incident has for an answer, seconds.
fn answer_secs(policy: &EscalationPolicy) -> u32 {
    policy.ack_timeout_secs.unwrap_or(HANDOVER_SECS)
}

pub(super) fn request(targets: &[StepTarget], note: Option<&String>, roster: &Roster, ctx: &Ctx) -> Decision {
    let mut paged: Vec<Paged> = Vec::new();
    for person_id in targets.iter().flat_map(|t| roster.resolve(t)) {
        if !paged.iter().any(|p| p.person_id == person_id) {
            let why = WhyPaged::Requested { by: ctx.actor.person() };
            paged.push(Paged { page_id: ctx.ids.fresh(), person_id, why });
        }
    }
    if paged.is_empty() {
        return Err(Refusal::field(
            "targets",
            FieldCode::Unknown,
            "reaches nobody: no such person, disabled, or without contacts",
        ));
    }
    Ok(vec![IncidentEvent::Requested { paged, note: note.cloned() }])
}

/// Begins an alarm in an incident that burns while nobody has taken it and nobody is being told. The first one belongs
/// to the generation as it is; a later one is a new generation.
pub(super) fn alarm_if_silent(
    incident: &Incident,
    policy: &EscalationPolicy,
    roster: &Roster,
    ctx: &Ctx,
) -> Vec<IncidentEvent> {
    // An escalation that has begun and ended in this very moment has told everybody who can be told.
    let just_now = incident.escalation.as_ref().is_some_and(|e| e.started_at == ctx.now);
    if just_now || !incident.is_silent() {
        return Vec::new();
    }
    let generation = incident.generation + u32::from(incident.escalation.is_some());
    escalation::start(policy, generation, None, roster, ctx)
}

pub(super) fn tick(incident: &Incident, roster: &Roster, ctx: &Ctx) -> Vec<IncidentEvent> {
    if incident.ack_expires_at.is_some_and(|at| at <= ctx.now) {
        let generation = incident.generation + 1;
        let mut events = vec![IncidentEvent::AcknowledgementExpired { holder: incident.holder, generation }];
        if let Some(escalation) = &incident.escalation {
            events.extend(escalation::start(&escalation.policy, generation, None, roster, ctx));
        }
        return events;
    }
    match &incident.escalation {
        Some(escalation) if escalation.status == EscalationStatus::Running => {
            escalation::tick(escalation, roster, ctx)
        }
        _ => Vec::new(),
    }
}

/// The clock has been wrong and was set back: a deadline that is further away than its own delay was counted by the
/// wrong clock. It is counted anew from now: perhaps late, never early (R20).
pub(super) fn clock_set_back(incident: &Incident, ctx: &Ctx) -> Vec<IncidentEvent> {
    let anew = |at: Option<Timestamp>, wait: u32| {
        let farthest = crate::plus_secs(ctx.now, wait.saturating_add(TOLERANCE_SECS));
        at.filter(|at| *at > farthest).map(|_| crate::plus_secs(ctx.now, wait))
    };
    let Some(escalation) = &incident.escalation else { return Vec::new() };
    let step = escalation.next_at.filter(|_| escalation.status == EscalationStatus::Running);
    let next_at = anew(step, escalation::wait_secs(escalation));
    let ack_expires_at = anew(incident.ack_expires_at, answer_secs(&escalation.policy));
    if next_at.is_none() && ack_expires_at.is_none() {
        return Vec::new();
    }
    vec![IncidentEvent::DeadlinesMoved { next_at, ack_expires_at }]
}
