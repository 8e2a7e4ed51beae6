//! How events change an incident; total, and the only way its state changes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::escalation::{Escalation, EscalationStatus};
use super::event::IncidentEvent;
use super::state::{Impact, Incident, IncidentStatus, Remark};
use super::times::{TimeKind, TimeValue, Times};
use crate::access::Actor;

/// Folds one event, which happened at `at` by `actor`, into the state.
pub fn evolve(
    state: Option<Incident>,
    event: &IncidentEvent,
    at: Timestamp,
    actor: &Actor,
) -> Option<Incident> {
    match event {
        IncidentEvent::Declared { .. } => declared(event),
        _ => state.map(|incident| existing(incident, event, at, actor)),
    }
}

fn declared(event: &IncidentEvent) -> Option<Incident> {
    let IncidentEvent::Declared {
        id,
        number,
        slug,
        title,
        service_id,
        group,
        severity,
        severity_reason,
        source,
        status,
        holder,
        impact_started_at,
        detected_at,
        declared_at,
        reopen_window_secs,
        auto_resolve,
        recurrence_of,
        alert_id: _,
    } = event
    else {
        return None;
    };
    let mut times = BTreeMap::new();
    set_auto(&mut times, TimeKind::Detected, Some(*detected_at));
    set_auto(&mut times, TimeKind::Declared, Some(*declared_at));
    set_auto(&mut times, TimeKind::ImpactStarted, *impact_started_at);
    if holder.is_some() {
        set_auto(&mut times, TimeKind::Acknowledged, Some(*declared_at));
    }
    Some(Incident {
        id: *id,
        number: *number,
        slug: slug.clone(),
        title: title.clone(),
        former_titles: Vec::new(),
        service_id: *service_id,
        group: group.clone(),
        status: *status,
        severity: *severity,
        max_severity: *severity,
        severity_reason: severity_reason.clone(),
        source: *source,
        generation: 1,
        holder: *holder,
        acknowledged: holder.is_some(),
        times,
        past_impacts: Vec::new(),
        scope: Vec::new(),
        remarks: Vec::new(),
        escalation: None,
        ack_expires_at: None,
        reopen_window_secs: *reopen_window_secs,
        auto_resolve: *auto_resolve,
        merged_into: None,
        absorbed: Vec::new(),
        answered: holder.iter().copied().collect(),
        taken_by_machine: false,
        recurrence_of: *recurrence_of,
        recurrences: Vec::new(),
    })
}

/// Sets an instant unless it is known already or a person has set it.
fn set_auto(times: &mut Times, kind: TimeKind, at: Option<Timestamp>) {
    if let Some(at) = at {
        times.entry(kind).or_insert(TimeValue { at, edited: false });
    }
}

/// Sets an instant that only now becomes true, whatever was said of it before.
fn set_now(times: &mut Times, kind: TimeKind, at: Timestamp) {
    times.insert(kind, TimeValue { at, edited: false });
}

fn stop_escalation(incident: &mut Incident, status: EscalationStatus) {
    if let Some(escalation) = incident.escalation.as_mut().filter(|e| e.status == EscalationStatus::Running) {
        escalation.status = status;
        escalation.next_at = None;
    }
}

fn existing(mut i: Incident, event: &IncidentEvent, at: Timestamp, actor: &Actor) -> Incident {
    match event {
        IncidentEvent::Declared { .. } | IncidentEvent::AlertsJoined { .. } => {}
        IncidentEvent::Requested { paged, .. } => {
            i.answered.retain(|person| !paged.iter().any(|p| p.person_id == *person));
        }
        IncidentEvent::EscalationStarted { .. }
        | IncidentEvent::StepReached { .. }
        | IncidentEvent::EscalationExhausted { .. }
        | IncidentEvent::Acknowledged { .. }
        | IncidentEvent::Answered { .. }
        | IncidentEvent::AcknowledgementExpired { .. }
        | IncidentEvent::DeadlinesMoved { .. }
        | IncidentEvent::HandedOver { .. } => response(&mut i, event, at),
        IncidentEvent::StatusChanged { to, at: since, .. } => {
            status_changed(&mut i, *to, since.unwrap_or(at));
        }
        IncidentEvent::SeverityChanged { to, reason, .. } => {
            i.severity = *to;
            i.max_severity = i.max_severity.worse(*to);
            i.severity_reason = reason.clone();
        }
        IncidentEvent::Retitled { from, to, slug, .. } => {
            i.former_titles.retain(|t| t != to);
            i.former_titles.push(from.clone());
            i.title.clone_from(to);
            i.slug.clone_from(slug);
        }
        IncidentEvent::TimeSet { which, to, .. } => match to {
            Some(at) => {
                i.times.insert(*which, TimeValue { at: *at, edited: true });
            }
            None => {
                i.times.remove(which);
            }
        },
        IncidentEvent::ScopeAdded { entry } => i.scope.push(entry.clone()),
        IncidentEvent::ScopeChanged { entry, .. } => {
            if let Some(slot) = i.scope.iter_mut().find(|s| s.id == entry.id) {
                slot.clone_from(entry);
            }
        }
        IncidentEvent::ScopeRemoved { id, .. } => i.scope.retain(|s| s.id != *id),
        IncidentEvent::Noted { id, kind, .. } => {
            i.remarks.push(Remark { id: *id, kind: *kind, by: actor.person(), withdrawn: false });
        }
        IncidentEvent::NoteCorrected { .. } => {}
        IncidentEvent::NoteWithdrawn { id, .. } => {
            if let Some(remark) = i.remarks.iter_mut().find(|r| r.id == *id) {
                remark.withdrawn = true;
            }
        }
        IncidentEvent::Resolved { .. }
        | IncidentEvent::Reopened { .. }
        | IncidentEvent::Closed { .. }
        | IncidentEvent::MergedInto { .. }
        | IncidentEvent::Absorbed { .. } => ending(&mut i, event),
        IncidentEvent::RecurrenceLinked { earlier, .. } => i.recurrence_of = *earlier,
        IncidentEvent::RecurredLater { later, unlinked, .. } => {
            i.recurrences.retain(|known| known != later);
            if !unlinked {
                i.recurrences.push(*later);
            }
        }
        IncidentEvent::PastImpactSet { index, to, .. } => {
            if let Some(impact) = i.past_impacts.get_mut(*index) {
                *impact = *to;
            }
        }
    }
    i
}

/// Escalation, acknowledgement and handover.
fn response(i: &mut Incident, event: &IncidentEvent, at: Timestamp) {
    match event {
        IncidentEvent::EscalationStarted { policy, generation, .. } => {
            i.generation = *generation;
            i.acknowledged = false;
            i.answered.clear();
            i.ack_expires_at = None;
            i.escalation = Some(Escalation {
                policy: policy.clone(),
                status: EscalationStatus::Running,
                round: 0,
                next_step: 0,
                next_at: Some(at),
                started_at: at,
            });
        }
        IncidentEvent::StepReached { round, next_step, next_at, .. } => {
            if let Some(escalation) = i.escalation.as_mut() {
                escalation.round = *round;
                escalation.next_step = *next_step;
                escalation.next_at = Some(*next_at);
            }
        }
        IncidentEvent::EscalationExhausted { .. } => stop_escalation(i, EscalationStatus::Exhausted),
        IncidentEvent::Acknowledged { by, expires_at, .. } => {
            i.holder = by.or(i.holder);
            i.answered.extend(by);
            i.taken_by_machine = by.is_none();
            i.ack_expires_at = *expires_at;
            taken(i, at);
        }
        IncidentEvent::Answered { by, expires_at, .. } => {
            i.answered.push(*by);
            if i.holder == Some(*by) {
                i.ack_expires_at = *expires_at;
            }
        }
        IncidentEvent::AcknowledgementExpired { generation, .. } => {
            i.acknowledged = false;
            i.answered.clear();
            i.ack_expires_at = None;
            i.generation = *generation;
        }
        IncidentEvent::HandedOver { to, paged, untaken, expires_at, .. } => {
            i.holder = Some(*to);
            // Who is paged for it is asked, and has not answered yet.
            i.answered.retain(|person| person != to);
            if !untaken {
                i.answered.extend(paged.is_empty().then_some(*to));
                i.ack_expires_at = *expires_at;
                i.taken_by_machine = false;
                taken(i, at);
            }
        }
        IncidentEvent::DeadlinesMoved { next_at, ack_expires_at } => {
            i.ack_expires_at = ack_expires_at.or(i.ack_expires_at);
            if let Some(escalation) = i.escalation.as_mut() {
                escalation.next_at = next_at.or(escalation.next_at);
            }
        }
        _ => {}
    }
}

fn taken(i: &mut Incident, at: Timestamp) {
    i.acknowledged = true;
    set_auto(&mut i.times, TimeKind::Acknowledged, Some(at));
    stop_escalation(i, EscalationStatus::Acknowledged);
}

fn status_changed(i: &mut Incident, to: IncidentStatus, at: Timestamp) {
    // What was watched did not hold: the effect has not been stopped yet, unless a person says that it was.
    let watched = i.status == IncidentStatus::Monitoring && to < IncidentStatus::Monitoring;
    if watched && i.times.get(&TimeKind::Mitigated).is_some_and(|t| !t.edited) {
        i.times.remove(&TimeKind::Mitigated);
    }
    i.status = to;
    // Any movement is progress: the acknowledgement no longer runs out.
    i.ack_expires_at = None;
    if to == IncidentStatus::Monitoring {
        set_auto(&mut i.times, TimeKind::Mitigated, Some(at));
    }
}

/// Resolve, reopen, close and merge.
fn ending(i: &mut Incident, event: &IncidentEvent) {
    match event {
        IncidentEvent::Resolved { at, impact_ended_at, .. } => {
            i.status = IncidentStatus::Resolved;
            i.ack_expires_at = None;
            set_now(&mut i.times, TimeKind::Resolved, *at);
            set_auto(&mut i.times, TimeKind::Mitigated, Some(*at));
            set_auto(&mut i.times, TimeKind::ImpactEnded, *impact_ended_at);
            stop_escalation(i, EscalationStatus::Stopped);
        }
        IncidentEvent::Reopened { generation, impact_started_at, .. } => {
            if let Some(from_at) = i.time(TimeKind::ImpactStarted) {
                let (ended, resolved) = (i.time(TimeKind::ImpactEnded), i.time(TimeKind::Resolved));
                // Never before its own beginning: somebody may have moved that since.
                let until_at = ended.or(resolved).map(|at| at.max(from_at));
                i.past_impacts.push(Impact {
                    from_at,
                    until_at,
                    assumed: ended.is_none() && until_at.is_some(),
                });
            }
            // These ended with the generation, whoever had set them.
            for kind in [
                TimeKind::ImpactStarted,
                TimeKind::ImpactEnded,
                TimeKind::Mitigated,
                TimeKind::Resolved,
                TimeKind::ResolutionAnnounced,
                TimeKind::Closed,
            ] {
                i.times.remove(&kind);
            }
            set_auto(&mut i.times, TimeKind::ImpactStarted, Some(*impact_started_at));
            i.status = IncidentStatus::Investigating;
            i.generation = *generation;
            i.acknowledged = false;
            i.answered.clear();
            i.ack_expires_at = None;
            i.escalation = None;
        }
        IncidentEvent::Closed { at, .. } => {
            i.status = IncidentStatus::Closed;
            set_now(&mut i.times, TimeKind::Closed, *at);
        }
        IncidentEvent::MergedInto { target, .. } => {
            i.status = IncidentStatus::Merged;
            i.merged_into = Some(*target);
            i.ack_expires_at = None;
            stop_escalation(i, EscalationStatus::Stopped);
        }
        IncidentEvent::Absorbed { source, .. } => i.absorbed.push(*source),
        _ => {}
    }
}
