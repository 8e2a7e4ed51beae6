//! What follows from a command for one incident.

use jiff::Timestamp;

use super::command::{Declaration, IncidentCommand, Roster};
use super::event::{IncidentEvent, ReopenReason, ResolveCause};
use super::severity::{Severity, SeverityReason};
use super::state::{Incident, IncidentStatus};
use super::times::{self, TimeKind};
use super::{answer, escalation, record};
use crate::Ctx;
use crate::catalog::{EscalationPolicy, self_test};
use crate::refusal::{FieldCode, Refusal};
use crate::text::Slug;

pub(super) type Decision = Result<Vec<IncidentEvent>, Refusal>;

/// Decides one command. An empty list means that all is already as asked (idempotent).
pub fn decide(state: Option<&Incident>, command: &IncidentCommand, roster: &Roster, ctx: &Ctx) -> Decision {
    if let IncidentCommand::Declare(declaration) = command {
        return match state {
            None => declare(declaration, roster, ctx),
            Some(_) => Err(Refusal::state("already_declared", "the incident exists already")),
        };
    }
    let incident = state.ok_or(Refusal::NotFound("incident"))?;
    match command {
        IncidentCommand::Declare(_) => Ok(Vec::new()),
        IncidentCommand::Acknowledge { generation } => answer::acknowledge(incident, *generation, ctx),
        IncidentCommand::SenderAcknowledges { alert_id } => answer::by_sender(incident, *alert_id, ctx),
        IncidentCommand::HandOver { to, note } => {
            answer::hand_over(incident, *to, note.as_ref(), roster, ctx)
        }
        IncidentCommand::RequestPeople { targets, note } => {
            active(incident)?;
            answer::request(targets, note.as_ref(), roster, ctx)
        }
        IncidentCommand::Escalate { policy, note } => {
            active(incident)?;
            Ok(escalation::start(policy, incident.generation + 1, note.as_ref(), roster, ctx))
        }
        IncidentCommand::SetStatus { to, at, note } => set_status(incident, *to, *at, note.as_ref(), ctx),
        IncidentCommand::SetSeverity { to, reason, escalation } => {
            let mut events = severity(incident, *to, reason.clone());
            // After the last escalation has come to its end, only what is worse begins a new one.
            let fresh = incident.escalation.is_none() || *to < incident.severity;
            if let Some(policy) = escalation.as_ref().filter(|_| fresh) {
                events.extend(answer::alarm_if_silent(incident, policy, roster, ctx));
            }
            Ok(events)
        }
        IncidentCommand::JoinAlerts { count, escalation } => {
            active(incident)?;
            let mut events = vec![IncidentEvent::AlertsJoined { count: *count }];
            if let Some(policy) = escalation.as_ref().filter(|_| incident.alarms_anew_at(ctx.now)) {
                events.extend(answer::alarm_if_silent(incident, policy, roster, ctx));
            }
            Ok(events)
        }
        IncidentCommand::Inherit { severity: proposed, number, escalation } => {
            // Unsure takes the higher, and a person's word is never overruled by a rule towards milder (C16).
            let to = incident.severity.worse(*proposed);
            let mut events = severity(incident, to, SeverityReason::Merged { number: *number });
            if let Some(policy) = escalation {
                events.extend(answer::alarm_if_silent(incident, policy, roster, ctx));
            }
            Ok(events)
        }
        IncidentCommand::Retitle { title, note } => retitle(incident, title, note.as_ref()),
        IncidentCommand::SetTime { which, at, note } => {
            record::set_time(incident, *which, *at, note.as_ref(), ctx)
        }
        IncidentCommand::SetPastImpact { index, from_at, until_at, note } => {
            record::set_past_impact(incident, *index, (*from_at, *until_at), note.as_ref(), ctx)
        }
        IncidentCommand::AddScope { .. }
        | IncidentCommand::ChangeScope { .. }
        | IncidentCommand::RemoveScope { .. } => record::scope(incident, command, ctx),
        IncidentCommand::Comment { .. }
        | IncidentCommand::Pin { .. }
        | IncidentCommand::CorrectNote { .. }
        | IncidentCommand::WithdrawNote { .. } => record::remark(incident, command, ctx),
        IncidentCommand::Resolve { generation, cause, at, impact_ended_at, note } => {
            check_generation(incident, *generation)?;
            resolve(incident, *cause, *at, *impact_ended_at, note.as_ref(), ctx)
        }
        IncidentCommand::Reopen { reason, escalation, note } => {
            reopen(incident, *reason, escalation.as_ref(), note.as_ref(), roster, ctx)
        }
        IncidentCommand::Close { at, note } => close(incident, *at, note.as_ref(), ctx),
        IncidentCommand::MergeInto { target, target_number, target_active, note } => {
            active(incident)?;
            if *target == incident.id {
                return Err(Refusal::state("merge_self", "an incident cannot be merged into itself"));
            }
            // Its story must not go on in somebody else's: the next walk would find no incident to come back to.
            if [incident.number, *target_number].contains(&self_test::INCIDENT_NUMBER) {
                return Err(Refusal::state("merge_self_test", "Hansei's own self-test stays by itself"));
            }
            if !target_active {
                return Err(Refusal::state("merge_target_ended", "the other incident has ended"));
            }
            let (target, target_number, note) = (*target, *target_number, note.clone());
            Ok(vec![IncidentEvent::MergedInto { target, target_number, note }])
        }
        IncidentCommand::Absorb { source, source_number } => {
            Ok(vec![IncidentEvent::Absorbed { source: *source, source_number: *source_number }])
        }
        IncidentCommand::LinkRecurrence { earlier } => record::link_recurrence(incident, *earlier),
        IncidentCommand::NoteRecurrence { later, later_number, linked } => {
            Ok(record::note_recurrence(incident, *later, *later_number, *linked))
        }
        IncidentCommand::Tick => Ok(answer::tick(incident, roster, ctx)),
        IncidentCommand::ClockSetBack => Ok(answer::clock_set_back(incident, ctx)),
    }
}

pub(super) fn active(incident: &Incident) -> Result<(), Refusal> {
    if incident.status.is_active() {
        Ok(())
    } else {
        Err(Refusal::state("incident_ended", format!("the incident is {}", incident.status.as_str())))
    }
}

pub(super) fn check_generation(incident: &Incident, seen: Option<u32>) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != incident.generation => Err(Refusal::StaleGeneration),
        _ => Ok(()),
    }
}

fn declare(d: &Declaration, roster: &Roster, ctx: &Ctx) -> Decision {
    let declared_at = d.declared_at.unwrap_or(ctx.now);
    let detected_at = d.detected_at.unwrap_or(declared_at);
    for (field, at) in [
        ("declared_at", Some(declared_at)),
        ("detected_at", Some(detected_at)),
        ("impact_started_at", d.impact_started_at),
    ] {
        if at.is_some_and(|at| at > ctx.now) {
            return Err(Refusal::field(field, FieldCode::OutOfRange, "must not lie in the future"));
        }
    }
    let status = if d.holder.is_some() { IncidentStatus::Triage } else { IncidentStatus::Detected };
    let mut events = vec![IncidentEvent::Declared {
        id: ctx.ids.fresh(),
        number: d.number,
        slug: slug(d.number, &d.title),
        title: d.title.clone(),
        service_id: d.service_id,
        group: d.group.clone(),
        alert_id: d.alert_id,
        severity: d.severity,
        severity_reason: d.severity_reason.clone(),
        source: d.source,
        status,
        holder: d.holder,
        impact_started_at: d.impact_started_at,
        detected_at,
        declared_at,
        reopen_window_secs: d.reopen_window_secs,
        auto_resolve: d.auto_resolve,
        recurrence_of: d.recurrence_of,
    }];
    if let Some(policy) = &d.escalation {
        events.extend(escalation::start(policy, 1, None, roster, ctx));
    }
    Ok(events)
}

fn slug(number: u64, title: &str) -> String {
    format!("{number}-{}", Slug::from_title(title, "incident"))
}

fn set_status(
    incident: &Incident,
    to: IncidentStatus,
    at: Option<Timestamp>,
    note: Option<&String>,
    ctx: &Ctx,
) -> Decision {
    active(incident)?;
    if !to.is_active() {
        return Err(Refusal::field(
            "status",
            FieldCode::OutOfRange,
            "resolve, close and merge are commands of their own",
        ));
    }
    if to == incident.status {
        return Ok(Vec::new());
    }
    if to == IncidentStatus::Detected {
        return Err(Refusal::field(
            "status",
            FieldCode::OutOfRange,
            "somebody has looked already: it cannot go back to detected",
        ));
    }
    if let Some(at) = at {
        since(incident, to, at, ctx)?;
    }
    Ok(vec![IncidentEvent::StatusChanged { from: incident.status, to, at, note: note.cloned() }])
}

/// An instant that a person gave for a change of state: past, and not before there was anything to work on.
fn since(incident: &Incident, to: IncidentStatus, at: Timestamp, ctx: &Ctx) -> Result<(), Refusal> {
    if at > ctx.now {
        return Err(Refusal::field("at", FieldCode::OutOfRange, "must not lie in the future"));
    }
    if incident.time(TimeKind::Detected).is_some_and(|detected| at < detected) {
        return Err(Refusal::field("at", FieldCode::Contradiction, "must not be before it was detected"));
    }
    if to == IncidentStatus::Monitoring {
        times::check(&incident.times, TimeKind::Mitigated, at, ctx.now)?;
    }
    Ok(())
}

fn severity(incident: &Incident, to: Severity, reason: SeverityReason) -> Vec<IncidentEvent> {
    if to == incident.severity {
        Vec::new()
    } else {
        vec![IncidentEvent::SeverityChanged { from: incident.severity, to, reason }]
    }
}

fn retitle(incident: &Incident, title: &str, note: Option<&String>) -> Decision {
    if title == incident.title {
        return Ok(Vec::new());
    }
    let (from, slug) = (incident.title.clone(), slug(incident.number, title));
    Ok(vec![IncidentEvent::Retitled { from, to: title.to_owned(), slug, note: note.cloned() }])
}

fn resolve(
    incident: &Incident,
    cause: ResolveCause,
    at: Option<Timestamp>,
    impact_ended_at: Option<Timestamp>,
    note: Option<&String>,
    ctx: &Ctx,
) -> Decision {
    if matches!(incident.status, IncidentStatus::Resolved | IncidentStatus::Closed) {
        return Ok(Vec::new());
    }
    active(incident)?;
    if cause == ResolveCause::LastAlert && !incident.auto_resolve {
        return Ok(Vec::new());
    }
    let at = own_or_checked(incident, TimeKind::Resolved, at, ctx)?;
    let impact_ended_at = match (cause, impact_ended_at) {
        // Derived from what a sender's clock said: fitted, not refused.
        (ResolveCause::LastAlert, Some(ended)) => {
            Some(times::fit(&incident.times, TimeKind::ImpactEnded, ended))
        }
        (ResolveCause::Person, Some(ended)) => {
            times::check(&incident.times, TimeKind::ImpactEnded, ended, ctx.now)?;
            Some(ended)
        }
        (_, None) => None,
    };
    Ok(vec![IncidentEvent::Resolved { at, impact_ended_at, cause, note: note.cloned() }])
}

/// An instant that a person gave is checked; our own is fitted, since a clock that was set back must not keep an
/// incident open (R20).
fn own_or_checked(
    incident: &Incident,
    kind: TimeKind,
    given: Option<Timestamp>,
    ctx: &Ctx,
) -> Result<Timestamp, Refusal> {
    let Some(at) = given else { return Ok(times::fit(&incident.times, kind, ctx.now)) };
    times::check(&incident.times, kind, at, ctx.now)?;
    Ok(at)
}

fn reopen(
    incident: &Incident,
    reason: ReopenReason,
    policy: Option<&EscalationPolicy>,
    note: Option<&String>,
    roster: &Roster,
    ctx: &Ctx,
) -> Decision {
    if incident.status.is_active() {
        return Ok(Vec::new());
    }
    if incident.status == IncidentStatus::Merged {
        return Err(Refusal::state(
            "incident_merged",
            "its story goes on in the incident it was merged into",
        ));
    }
    if !incident.reopens_at(ctx.now) {
        return Err(Refusal::state(
            "reopen_window_over",
            "it was resolved too long ago: declare a new incident and link it as a recurrence",
        ));
    }
    let generation = incident.generation + 1;
    let (impact_started_at, note) = (ctx.now, note.cloned());
    let mut events = vec![IncidentEvent::Reopened { reason, generation, impact_started_at, note }];
    if let Some(policy) = policy {
        events.extend(escalation::start(policy, generation, None, roster, ctx));
    }
    Ok(events)
}

fn close(incident: &Incident, at: Option<Timestamp>, note: Option<&String>, ctx: &Ctx) -> Decision {
    match incident.status {
        IncidentStatus::Closed => Ok(Vec::new()),
        IncidentStatus::Resolved => {
            let at = own_or_checked(incident, TimeKind::Closed, at, ctx)?;
            Ok(vec![IncidentEvent::Closed { at, note: note.cloned() }])
        }
        _ => Err(Refusal::state("not_resolved", "only a resolved incident can be closed")),
    }
}
