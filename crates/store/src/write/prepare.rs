//! Turning a commit into rows, where it is called: encoding JSON is the larger part of the work and needs no lock.

use std::collections::HashMap;
use std::sync::Arc;

use hansei_app::ports::{
    Change, Commit, InboxToken, NumberRange, Observed, OutboxEntry, SideWrite, StoreError, StoreResult,
};
use hansei_domain::ids::{AlertId, IncidentId, OutboxId, PageId};
use hansei_domain::journal::{AggregateId, State};
use jiff::Timestamp;

use crate::rows::{
    alert_cells, alert_due_at, entry_cells, incident_cells, json, outbox_cells, page_cells, seen_cells,
};
use crate::sql::{Rows, Val};

/// An entry of the journal that has no place in it yet.
pub(crate) struct JournalRow {
    pub aggregate: Arc<str>,
    pub version: u64,
    pub actor: Arc<str>,
    pub name: &'static str,
    pub data: String,
    pub incident: Option<Arc<str>>,
}

/// New and changed rows of one kind of aggregate.
#[derive(Default)]
pub(crate) struct Kept {
    pub new: Rows<'static>,
    /// With the expected version as last cell.
    pub changed: Rows<'static>,
}

impl Kept {
    fn put<const N: usize>(&mut self, cells: [Val<'static>; N], expected: u64) {
        if expected == 0 {
            self.new.push(cells);
        } else {
            self.changed.push(cells.into_iter().chain([expected.into()]));
        }
    }
}

/// A commit as rows.
pub(crate) struct Prepared {
    /// When it was decided.
    pub at: Timestamp,
    /// What it reads or writes; two commits of one group have nothing in common.
    pub touches: Vec<AggregateId>,
    pub alerts: Kept,
    /// Whole observations of alerts that changed.
    pub seen: Rows<'static>,
    /// Deadlines of alerts that changed without having been observed.
    pub seen_due: Rows<'static>,
    /// Observations of repeats that something was decided on: each must count more than what is stored.
    pub repeats: Rows<'static>,
    /// Observations that are only told: what is stored already counts as much or more is left out.
    pub told: Rows<'static>,
    /// Incidents that are not active after this: written first, they make room for others of their group.
    pub incidents_ended: Kept,
    pub incidents: Kept,
    pub pages: Kept,
    pub entries: Kept,
    pub journal: Vec<JournalRow>,
    pub outbox: Rows<'static>,
    pub drop_outbox_of: Vec<PageId>,
    pub settle: Vec<(OutboxId, u64)>,
    pub inbox: Option<InboxToken>,
    pub numbers: Option<NumberRange>,
    pub side: Vec<SideWrite>,
    weight: usize,
}

impl Prepared {
    /// Roughly how many rows it writes.
    pub fn weight(&self) -> usize {
        self.weight
    }
}

/// Several changes of one aggregate, taken together.
struct Folded<'a> {
    expected: u64,
    version: u64,
    last: &'a Change,
}

/// Makes rows of a commit; `now` stands in for an instant it does not name.
pub(crate) fn prepare(commit: Commit, now: Timestamp) -> StoreResult<Prepared> {
    let folded = fold(&commit.changes)?;
    let decides = !commit.changes.is_empty() || commit.inbox.is_some();
    let mut out = Prepared {
        at: commit.at.unwrap_or(now),
        touches: touches(&commit),
        weight: commit.changes.len() + commit.observed.len() + commit.outbox.len() + commit.side.len() + 1,
        alerts: Kept::default(),
        seen: Rows::default(),
        seen_due: Rows::default(),
        repeats: Rows::default(),
        told: Rows::default(),
        incidents_ended: Kept::default(),
        incidents: Kept::default(),
        pages: Kept::default(),
        entries: Kept::default(),
        journal: journal(&commit.changes)?,
        outbox: outbox(&commit.outbox),
        drop_outbox_of: commit.drop_outbox_of,
        settle: commit.settle,
        inbox: commit.inbox,
        numbers: commit.incident_numbers,
        side: commit.side,
    };
    let mut observed: HashMap<AlertId, &Observed> =
        commit.observed.iter().map(|seen| (seen.alert_id, seen)).collect();
    for change in &folded {
        keep(&mut out, change, &mut observed)?;
    }
    // Of several observations the last one tells all; each alert once, in the order of the commit.
    for seen in &commit.observed {
        if let Some(last) = observed.remove(&seen.alert_id) {
            let due_at = alert_due_at(last.firing, Some(&last.observation));
            let rows = if decides { &mut out.repeats } else { &mut out.told };
            rows.push(seen_cells(last.alert_id, &last.observation, due_at));
        }
    }
    Ok(out)
}

fn touches(commit: &Commit) -> Vec<AggregateId> {
    let changed = commit.changes.iter().map(|c| c.id);
    let observed = commit.observed.iter().map(|o| AggregateId::Alert(o.alert_id));
    let sent = commit.outbox.iter().map(|o| AggregateId::Page(o.page_id));
    let dropped = commit.drop_outbox_of.iter().map(|id| AggregateId::Page(*id));
    changed.chain(observed).chain(sent).chain(dropped).collect()
}

/// Takes several changes of one aggregate together; they must follow each other.
fn fold(changes: &[Change]) -> StoreResult<Vec<Folded<'_>>> {
    let mut folded: Vec<Folded<'_>> = Vec::with_capacity(changes.len());
    let mut places: HashMap<AggregateId, usize> = HashMap::with_capacity(changes.len());
    for change in changes {
        if change.events.is_empty() {
            return Err(StoreError::Bug(format!("a change of {} without events", change.id)));
        }
        let version = change.expected + change.events.len() as u64;
        match places.get(&change.id).and_then(|place| folded.get_mut(*place)) {
            Some(before) if before.version == change.expected => {
                (before.version, before.last) = (version, change);
            }
            Some(_) => {
                return Err(StoreError::Bug(format!("changes of {} do not follow each other", change.id)));
            }
            None => {
                places.insert(change.id, folded.len());
                folded.push(Folded { expected: change.expected, version, last: change });
            }
        }
    }
    Ok(folded)
}

fn keep(
    out: &mut Prepared,
    change: &Folded<'_>,
    observed: &mut HashMap<AlertId, &Observed>,
) -> StoreResult<()> {
    let Folded { expected, version, last } = *change;
    match (last.id, &last.state) {
        (AggregateId::Alert(id), State::Alert(alert)) if alert.id == id => {
            out.alerts.put(alert_cells(alert, version)?, expected);
            match observed.remove(&id) {
                Some(seen) => out.seen.push(seen_cells(id, &seen.observation, last.due_at)),
                None => out.seen_due.push([Val::display(id), last.due_at.into(), Val::Int(0)]),
            }
        }
        (AggregateId::Incident(id), State::Incident(incident)) if incident.id == id => {
            let cells = incident_cells(incident, version, last.due_at)?;
            let active = incident.status.is_active();
            if active { &mut out.incidents } else { &mut out.incidents_ended }.put(cells, expected);
        }
        (AggregateId::Page(id), State::Page(page)) if page.id == id => {
            out.pages.put(page_cells(page, version, last.due_at)?, expected);
        }
        (AggregateId::Entry(id), State::Entry(entry)) if entry.doc.id() == id => {
            out.entries.put(entry_cells(entry, version)?, expected);
        }
        (id, _) => return Err(StoreError::Bug(format!("the state of {id} is of another aggregate"))),
    }
    Ok(())
}

/// The incident whose timeline shows a change: its own is always shown in its own.
fn timeline_of(change: &Change) -> Option<IncidentId> {
    match change.id {
        AggregateId::Incident(id) => change.incident_id.or(Some(id)),
        _ => change.incident_id,
    }
}

fn journal(changes: &[Change]) -> StoreResult<Vec<JournalRow>> {
    let mut rows = Vec::with_capacity(changes.len() * 2);
    // Most changes of a commit have the same actor and incident; their texts are made once.
    let mut actor: Option<(&hansei_domain::access::Actor, Arc<str>)> = None;
    let mut incident: Option<(IncidentId, Arc<str>)> = None;
    for change in changes {
        let actor_text = match &actor {
            Some((before, text)) if *before == &change.actor => Arc::clone(text),
            _ => Arc::from(json(&change.actor)?),
        };
        actor = Some((&change.actor, Arc::clone(&actor_text)));
        let incident_text = timeline_of(change).map(|id| match &incident {
            Some((before, text)) if *before == id => (id, Arc::clone(text)),
            _ => (id, Arc::from(id.to_string())),
        });
        incident = incident_text.clone().or(incident);
        let aggregate: Arc<str> = change.id.to_string().into();
        for (place, event) in change.events.iter().enumerate() {
            rows.push(JournalRow {
                aggregate: Arc::clone(&aggregate),
                version: change.expected + place as u64 + 1,
                actor: Arc::clone(&actor_text),
                name: event.name(),
                data: json(event)?,
                incident: incident_text.as_ref().map(|(_, text)| Arc::clone(text)),
            });
        }
    }
    Ok(rows)
}

fn outbox(entries: &[OutboxEntry]) -> Rows<'static> {
    let mut rows = Rows::default();
    for entry in entries {
        rows.push(outbox_cells(entry));
    }
    rows
}
