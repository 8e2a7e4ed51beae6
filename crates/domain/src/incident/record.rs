//! What is written down about an incident: its instants, scope, remarks, and what it is a recurrence of.

use jiff::Timestamp;

use super::command::IncidentCommand;
use super::decide::Decision;
use super::event::IncidentEvent;
use super::state::{Impact, Incident, IncidentStatus, Remark, RemarkKind, ScopeEntry};
use super::times::{self, TimeKind};
use crate::Ctx;
use crate::access::Actor;
use crate::ids::{IncidentId, NoteId};
use crate::refusal::{FieldCode, Refusal};

pub(super) fn set_time(
    incident: &Incident,
    which: TimeKind,
    at: Option<Timestamp>,
    note: Option<&String>,
    ctx: &Ctx,
) -> Decision {
    let from = incident.time(which);
    if from == at {
        return Ok(Vec::new());
    }
    let happened = match which {
        TimeKind::Resolved => !incident.status.is_active() && incident.status != IncidentStatus::Merged,
        TimeKind::Closed => incident.status == IncidentStatus::Closed,
        _ => true,
    };
    if at.is_some() && !happened {
        let message = "it is not yet so: resolve or close it, with the instant";
        return Err(Refusal::field("at", FieldCode::Contradiction, message));
    }
    match at {
        Some(at) => times::check(&incident.times, which, at, ctx.now)?,
        None if matches!(which, TimeKind::Detected | TimeKind::Declared) => {
            return Err(Refusal::field("at", FieldCode::Required, "this instant is always known"));
        }
        None if which == TimeKind::Resolved && !incident.status.is_active() => {
            return Err(Refusal::field("at", FieldCode::Required, "a resolved incident has this instant"));
        }
        None => {}
    }
    Ok(vec![IncidentEvent::TimeSet { which, from, to: at, note: note.cloned() }])
}

pub(super) fn scope(incident: &Incident, command: &IncidentCommand, ctx: &Ctx) -> Decision {
    let check = |entry: &ScopeEntry| -> Result<(), Refusal> {
        let says_something = !entry.products.is_empty()
            || !entry.components.is_empty()
            || !entry.pods.is_empty()
            || entry.all_pods
            || entry.symptom.is_some();
        if !says_something {
            return Err(Refusal::field(
                "scope",
                FieldCode::Required,
                "name a product, component, pod or symptom",
            ));
        }
        if matches!((entry.from_at, entry.until_at), (Some(from), Some(until)) if until < from) {
            return Err(Refusal::field("until_at", FieldCode::Contradiction, "must not be before the start"));
        }
        Ok(())
    };
    let known = |id| incident.scope.iter().find(|s| s.id == id).ok_or(Refusal::NotFound("scope entry"));
    match command {
        IncidentCommand::AddScope { entry } => {
            check(entry)?;
            let entry = ScopeEntry { id: ctx.ids.fresh(), ..entry.clone() };
            Ok(vec![IncidentEvent::ScopeAdded { entry }])
        }
        IncidentCommand::ChangeScope { entry, note } => {
            check(entry)?;
            if known(entry.id)? == entry {
                return Ok(Vec::new());
            }
            Ok(vec![IncidentEvent::ScopeChanged { entry: entry.clone(), note: note.clone() }])
        }
        IncidentCommand::RemoveScope { id, note } => {
            known(*id)?;
            Ok(vec![IncidentEvent::ScopeRemoved { id: *id, note: note.clone() }])
        }
        _ => Ok(Vec::new()),
    }
}

pub(super) fn remark(incident: &Incident, command: &IncidentCommand, ctx: &Ctx) -> Decision {
    let not_future = |at: &Option<Timestamp>| match at {
        Some(at) if *at > ctx.now => {
            Err(Refusal::field("occurred_at", FieldCode::OutOfRange, "must not lie in the future"))
        }
        _ => Ok(()),
    };
    match command {
        IncidentCommand::Comment { text, occurred_at } => {
            not_future(occurred_at)?;
            Ok(vec![IncidentEvent::Noted {
                id: ctx.ids.fresh(),
                kind: RemarkKind::Comment,
                text: text.clone(),
                url: None,
                evidence: None,
                occurred_at: *occurred_at,
            }])
        }
        IncidentCommand::Pin { text, url, evidence, occurred_at } => {
            not_future(occurred_at)?;
            Ok(vec![IncidentEvent::Noted {
                id: ctx.ids.fresh(),
                kind: RemarkKind::Evidence,
                text: text.clone(),
                url: url.clone(),
                evidence: Some(*evidence),
                occurred_at: *occurred_at,
            }])
        }
        IncidentCommand::CorrectNote { id, text, note } => {
            own_remark(incident, *id, ctx)?;
            Ok(vec![IncidentEvent::NoteCorrected { id: *id, text: text.clone(), note: note.clone() }])
        }
        IncidentCommand::WithdrawNote { id, note, anybodys } => {
            standing_remark(incident, *id)?;
            if !anybodys {
                own_remark(incident, *id, ctx)?;
            }
            Ok(vec![IncidentEvent::NoteWithdrawn { id: *id, note: note.clone() }])
        }
        _ => Ok(Vec::new()),
    }
}

fn standing_remark(incident: &Incident, id: NoteId) -> Result<&Remark, Refusal> {
    let remark = incident.remarks.iter().find(|r| r.id == id).ok_or(Refusal::NotFound("comment"))?;
    if remark.withdrawn {
        return Err(Refusal::state("note_withdrawn", "it has been taken back already"));
    }
    Ok(remark)
}

/// Remarks are corrected by their author.
fn own_remark(incident: &Incident, id: NoteId, ctx: &Ctx) -> Result<(), Refusal> {
    let remark = standing_remark(incident, id)?;
    match &ctx.actor {
        Actor::Person { person, .. } if remark.by.is_some() && remark.by != Some(*person) => {
            Err(Refusal::Forbidden("only its author may correct a comment".into()))
        }
        _ => Ok(()),
    }
}

/// Corrects an impact interval of an earlier generation: within itself and towards its neighbours it stays in order.
pub(super) fn set_past_impact(
    incident: &Incident,
    index: usize,
    (from_at, until_at): (Timestamp, Option<Timestamp>),
    note: Option<&String>,
    ctx: &Ctx,
) -> Decision {
    let from = *incident.past_impacts.get(index).ok_or(Refusal::NotFound("impact interval"))?;
    let to = Impact { from_at, until_at, assumed: false };
    if to == from {
        return Ok(Vec::new());
    }
    let last = until_at.unwrap_or(from_at);
    if last > ctx.now || from_at > ctx.now {
        return Err(Refusal::field("until_at", FieldCode::OutOfRange, "must not lie in the future"));
    }
    if last < from_at {
        return Err(Refusal::field("until_at", FieldCode::Contradiction, "must not be before the start"));
    }
    let before = index.checked_sub(1).and_then(|i| incident.past_impacts.get(i));
    if before.is_some_and(|b| from_at < b.until_at.unwrap_or(b.from_at)) {
        return Err(Refusal::field("from_at", FieldCode::Contradiction, "must not be within the one before"));
    }
    let next = incident.past_impacts.get(index + 1).map(|i| i.from_at);
    if next.or(incident.time(TimeKind::ImpactStarted)).is_some_and(|next| last > next) {
        return Err(Refusal::field("until_at", FieldCode::Contradiction, "must not be within the next one"));
    }
    Ok(vec![IncidentEvent::PastImpactSet { index, from, to, note: note.cloned() }])
}

/// Says of which earlier incident this one is a recurrence (C23).
pub(super) fn link_recurrence(incident: &Incident, earlier: Option<(IncidentId, u64)>) -> Decision {
    let (id, number) = earlier.unzip();
    if id == incident.recurrence_of {
        return Ok(Vec::new());
    }
    if id == Some(incident.id) || number.is_some_and(|n| n > incident.number) {
        let message = "an incident can only be a recurrence of an earlier one";
        return Err(Refusal::field("recurrence_of", FieldCode::Contradiction, message));
    }
    Ok(vec![IncidentEvent::RecurrenceLinked { earlier: id, earlier_number: number }])
}

/// Notes a later incident in which this one came back.
pub(super) fn note_recurrence(
    incident: &Incident,
    later: IncidentId,
    later_number: u64,
    linked: bool,
) -> Vec<IncidentEvent> {
    if incident.recurrences.contains(&later) == linked {
        return Vec::new();
    }
    vec![IncidentEvent::RecurredLater { later, later_number, unlinked: !linked }]
}
