//! The course of an incident as the checker tells it: what was so after each entry of its journal, by the checker's
//! own reading of the events and not by the product's states.

use hansei_domain::ids::{IncidentId, PersonId};
use hansei_domain::incident::{IncidentEvent, Severity};

use super::story::{Entry, IncidentStory};
use crate::sim::ledger::At;

/// What is so after an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub seq: u64,
    pub at: At,
    pub commit: u64,
    /// It has neither ended nor been merged.
    pub active: bool,
    /// It was resolved, and has not come back.
    pub over: bool,
    /// Somebody has taken it, and was not called off.
    pub taken: bool,
    pub holder: Option<PersonId>,
    pub merged_into: Option<IncidentId>,
    pub severity: Severity,
    /// People are being told, or have been, since it began or came back.
    pub alarmed: bool,
}

/// Reads an incident's story.
pub(crate) fn of(entries: &[Entry<'_, IncidentEvent>]) -> Vec<Course> {
    let mut course: Vec<Course> = Vec::with_capacity(entries.len());
    for entry in entries {
        let before = course.last().copied();
        if let Some(mut next) = before.or_else(|| declared(entry)) {
            (next.seq, next.at, next.commit) = (entry.seq, entry.at, entry.commit);
            follow(&mut next, entry.event);
            course.push(next);
        }
    }
    course
}

fn declared(entry: &Entry<'_, IncidentEvent>) -> Option<Course> {
    let IncidentEvent::Declared { severity, holder, .. } = entry.event else { return None };
    Some(Course {
        seq: entry.seq,
        at: entry.at,
        commit: entry.commit,
        active: true,
        over: false,
        taken: holder.is_some(),
        holder: *holder,
        merged_into: None,
        severity: *severity,
        alarmed: false,
    })
}

fn follow(now: &mut Course, event: &IncidentEvent) {
    match event {
        IncidentEvent::EscalationStarted { .. } => (now.alarmed, now.taken) = (true, false),
        IncidentEvent::Acknowledged { by, .. } => {
            (now.taken, now.holder) = (true, by.or(now.holder));
        }
        // As long as nobody has taken it, whoever is asked to has not yet.
        IncidentEvent::HandedOver { to, untaken, .. } => {
            (now.taken, now.holder) = (now.taken || !untaken, Some(*to));
        }
        IncidentEvent::AcknowledgementExpired { .. } => now.taken = false,
        IncidentEvent::SeverityChanged { to, .. } => now.severity = *to,
        IncidentEvent::Resolved { .. } => (now.active, now.over) = (false, true),
        IncidentEvent::Reopened { .. } => {
            (now.active, now.over, now.taken, now.alarmed) = (true, false, false, false);
        }
        IncidentEvent::MergedInto { target, .. } => {
            (now.active, now.merged_into) = (false, Some(*target));
        }
        _ => {}
    }
}

impl IncidentStory<'_> {
    /// What was so after all entries up to one of the journal.
    pub(crate) fn after(&self, seq: u64) -> Option<&Course> {
        let place = self.course.partition_point(|c| c.seq <= seq);
        place.checked_sub(1).and_then(|last| self.course.get(last))
    }

    /// What was so at some moment of a span: at its beginning, and after each commit within it.
    pub(crate) fn during(&self, began: At, ended: At) -> impl Iterator<Item = &Course> {
        let first = self.course.partition_point(|c| c.at <= began).saturating_sub(1);
        let last = self.course.partition_point(|c| c.at <= ended);
        let span = self.course.get(first..last).unwrap_or_default();
        // Within a commit nobody sees anything.
        let whole = move |i: &usize| span.get(i + 1).is_none_or(|next| next.commit != span[*i].commit);
        (0..span.len()).filter(whole).filter_map(move |i| span.get(i))
    }
}
