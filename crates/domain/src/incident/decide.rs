//! What follows from a command for one incident.

use jiff::Timestamp;

use super::command::{Declaration, IncidentCommand, Roster};
use super::escalation::{self, EscalationStatus, Paged, WhyPaged};
use super::event::{IncidentEvent, ReopenReason, ResolveCause};
use super::severity::Severity;
use super::state::{Incident, IncidentStatus, RemarkKind, ScopeEntry};
use super::times::{self, TimeKind};
use crate::catalog::EscalationPolicy;
use crate::ids::{NoteId, PersonId};
use crate::refusal::{FieldCode, Refusal};
use crate::text::Slug;
use crate::{Ctx, access::Actor};

type Decision = Result<Vec<IncidentEvent>, Refusal>;

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
        IncidentCommand::Acknowledge { generation } => acknowledge(incident, *generation, ctx),
        IncidentCommand::HandOver { to, note } => hand_over(incident, *to, note.as_ref(), ctx),
        IncidentCommand::RequestPeople { targets } => {
            active(incident)?;
            request(targets, roster, ctx)
        }
        IncidentCommand::Escalate { policy } => {
            active(incident)?;
            Ok(alarm(policy, incident.generation + 1, roster, ctx))
        }
        IncidentCommand::SetStatus { to, at, note } => set_status(incident, *to, *at, note.as_ref(), ctx),
        IncidentCommand::SetSeverity { to, reason, escalation } => {
            let mut events = severity(incident, *to, reason.clone());
            if let (Some(policy), true, None) =
                (escalation, incident.status.is_active(), &incident.escalation)
                && !incident.acknowledged
            {
                events.extend(alarm(policy, incident.generation, roster, ctx));
            }
            Ok(events)
        }
        IncidentCommand::JoinAlerts { count } => {
            active(incident)?;
            Ok(vec![IncidentEvent::AlertsJoined { count: *count }])
        }
        IncidentCommand::Inherit { severity: proposed, reason } => {
            // Unsure takes the higher, and a person's word is never overruled by a rule towards milder (C16).
            let to = incident.severity.worse(*proposed);
            Ok(severity(incident, to, reason.clone()))
        }
        IncidentCommand::Retitle { title } => retitle(incident, title),
        IncidentCommand::SetTime { which, at, note } => set_time(incident, *which, *at, note.as_ref(), ctx),
        IncidentCommand::AddScope { .. }
        | IncidentCommand::ChangeScope { .. }
        | IncidentCommand::RemoveScope { .. } => scope(incident, command, ctx),
        IncidentCommand::Comment { .. }
        | IncidentCommand::Pin { .. }
        | IncidentCommand::CorrectNote { .. }
        | IncidentCommand::WithdrawNote { .. } => remark(incident, command, ctx),
        IncidentCommand::Resolve { generation, cause, at, impact_ended_at, note } => {
            check_generation(incident, *generation)?;
            resolve(incident, *cause, *at, *impact_ended_at, note.as_ref(), ctx)
        }
        IncidentCommand::Reopen { reason, escalation } => {
            reopen(incident, *reason, escalation.as_ref(), roster, ctx)
        }
        IncidentCommand::Close { at, note } => close(incident, *at, note.as_ref(), ctx),
        IncidentCommand::MergeInto { target, target_number, target_active } => {
            active(incident)?;
            if *target == incident.id {
                return Err(Refusal::state("merge_self", "an incident cannot be merged into itself"));
            }
            if !target_active {
                return Err(Refusal::state("merge_target_ended", "the other incident has ended"));
            }
            Ok(vec![IncidentEvent::MergedInto { target: *target, target_number: *target_number }])
        }
        IncidentCommand::Absorb { source, source_number } => {
            Ok(vec![IncidentEvent::Absorbed { source: *source, source_number: *source_number }])
        }
        IncidentCommand::Tick => Ok(tick(incident, roster, ctx)),
    }
}

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

fn active(incident: &Incident) -> Result<(), Refusal> {
    if incident.status.is_active() {
        Ok(())
    } else {
        Err(Refusal::state("incident_ended", format!("the incident is {}", incident.status.as_str())))
    }
}

fn check_generation(incident: &Incident, seen: Option<u32>) -> Result<(), Refusal> {
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
    }];
    if let Some(policy) = &d.escalation {
        events.extend(escalation::start(policy, 1, roster, ctx));
    }
    Ok(events)
}

fn slug(number: u64, title: &str) -> String {
    format!("{number}-{}", Slug::from_title(title, "incident"))
}

fn acknowledge(incident: &Incident, generation: Option<u32>, ctx: &Ctx) -> Decision {
    check_generation(incident, generation)?;
    active(incident)?;
    if incident.acknowledged {
        return Ok(Vec::new());
    }
    let by = ctx.actor.person();
    let wait = incident.escalation.as_ref().and_then(|e| e.policy.ack_timeout_secs);
    let expires_at = wait.filter(|_| by.is_some()).map(|secs| crate::plus_secs(ctx.now, secs));
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
    events.push(IncidentEvent::Acknowledged { by, generation: incident.generation, expires_at });
    Ok(events)
}

fn hand_over(incident: &Incident, to: PersonId, note: Option<&String>, _ctx: &Ctx) -> Decision {
    active(incident)?;
    if incident.holder == Some(to) && incident.acknowledged {
        return Ok(Vec::new());
    }
    Ok(vec![IncidentEvent::HandedOver { from: incident.holder, to, note: note.cloned() }])
}

fn request(targets: &[crate::catalog::StepTarget], roster: &Roster, ctx: &Ctx) -> Decision {
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
    Ok(vec![IncidentEvent::Requested { paged }])
}

fn alarm(policy: &EscalationPolicy, generation: u32, roster: &Roster, ctx: &Ctx) -> Vec<IncidentEvent> {
    escalation::start(policy, generation, roster, ctx)
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

fn severity(incident: &Incident, to: Severity, reason: super::SeverityReason) -> Vec<IncidentEvent> {
    if to == incident.severity {
        Vec::new()
    } else {
        vec![IncidentEvent::SeverityChanged { from: incident.severity, to, reason }]
    }
}

fn retitle(incident: &Incident, title: &str) -> Decision {
    if title == incident.title {
        return Ok(Vec::new());
    }
    let slug = slug(incident.number, title);
    Ok(vec![IncidentEvent::Retitled { from: incident.title.clone(), to: title.to_owned(), slug }])
}

fn set_time(
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

fn scope(incident: &Incident, command: &IncidentCommand, ctx: &Ctx) -> Decision {
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

fn remark(incident: &Incident, command: &IncidentCommand, ctx: &Ctx) -> Decision {
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
        IncidentCommand::WithdrawNote { id, note } => {
            own_remark(incident, *id, ctx)?;
            Ok(vec![IncidentEvent::NoteWithdrawn { id: *id, note: note.clone() }])
        }
        _ => Ok(Vec::new()),
    }
}

/// Remarks are corrected by their author, or by whoever may change what people own; screens check the latter.
fn own_remark(incident: &Incident, id: NoteId, ctx: &Ctx) -> Result<(), Refusal> {
    let remark = incident.remarks.iter().find(|r| r.id == id).ok_or(Refusal::NotFound("comment"))?;
    if remark.withdrawn {
        return Err(Refusal::state("note_withdrawn", "it has been taken back already"));
    }
    match &ctx.actor {
        Actor::Person { person, .. } if remark.by.is_some() && remark.by != Some(*person) => {
            Err(Refusal::Forbidden("only its author may correct a comment".into()))
        }
        _ => Ok(()),
    }
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
    if incident.reopen_until().is_some_and(|until| ctx.now > until) {
        return Err(Refusal::state(
            "reopen_window_over",
            "it was resolved too long ago: declare a new incident and link it as a recurrence",
        ));
    }
    let generation = incident.generation + 1;
    let mut events = vec![IncidentEvent::Reopened { reason, generation, impact_started_at: ctx.now }];
    if let Some(policy) = policy {
        events.extend(alarm(policy, generation, roster, ctx));
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

fn tick(incident: &Incident, roster: &Roster, ctx: &Ctx) -> Vec<IncidentEvent> {
    if incident.ack_expires_at.is_some_and(|at| at <= ctx.now) {
        let generation = incident.generation + 1;
        let mut events = vec![IncidentEvent::AcknowledgementExpired { holder: incident.holder, generation }];
        if let Some(escalation) = &incident.escalation {
            events.extend(alarm(&escalation.policy, generation, roster, ctx));
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
