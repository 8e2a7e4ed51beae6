//! Everything the page of an incident shows.

use std::collections::HashMap;

use hansei_domain::Timestamp;
use hansei_domain::ids::{IncidentId, NoteId};
use hansei_domain::incident::{
    Incident, IncidentEvent, IncidentStatus, KeyDuration, RemarkKind, ScopeEntry, TimeKind, TimeValue,
    durations,
};
use hansei_domain::journal::{AggregateId, Event, Recorded};

use super::clocks::{NextClock, next_clock};
use super::ladder::{Ladder, ladder, views};
use super::sentence::Part;
use super::timeline::{Line, LineKind, RemarkView, Teller, remarks};
use super::{alerts_of, incidents_of, pages_of};
use crate::App;
use crate::error::AppResult;
use crate::ports::{AlertQuery, IncidentRow, Loaded, TimelineFrom, TimelineQuery};
use crate::words::Locale;

/// Entries of the timeline that are shown at once.
pub const WINDOW: usize = 150;
/// Alerts that are shown at once.
pub const ALERTS: usize = 60;
/// Entries that tell facts about the whole incident (times, scope, remarks, attempts) and are read at most.
const FACTS: usize = 2_000;

/// Events that tell facts wherever in the timeline they stand.
const FACT_NAMES: [&str; 16] = [
    "incident.declared",
    "incident.status_changed",
    "incident.severity_changed",
    "incident.retitled",
    "incident.past_impact_set",
    "incident.time_set",
    "incident.scope_added",
    "incident.scope_changed",
    "incident.scope_removed",
    "incident.noted",
    "incident.note_corrected",
    "incident.note_withdrawn",
    "incident.resolved",
    "incident.reopened",
    "incident.closed",
    "page.delivered",
];
/// Failed attempts are facts, too, but there may be many: they are asked for apart, so that a mail server that is down
/// for a day does not push the others out.
const FAILED: &str = "page.attempt_failed";

/// Which part of the timeline is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimelineView {
    /// Only entries of this kind.
    pub only: Option<LineKind>,
    /// Oldest first.
    pub oldest_first: bool,
    /// After (or, newest first, before) this entry.
    pub cursor: Option<u64>,
}

/// One change of an instant by hand.
#[derive(Debug, Clone)]
pub struct TimeChange {
    /// When it was changed.
    pub at: Timestamp,
    /// By whom.
    pub by: Part,
    /// Before.
    pub from: Option<Timestamp>,
    /// After.
    pub to: Option<Timestamp>,
    /// Why, in their words.
    pub note: Option<String>,
}

/// One of the ten instants.
#[derive(Debug, Clone)]
pub struct TimeRow {
    /// Which.
    pub kind: TimeKind,
    /// When, if known.
    pub value: Option<TimeValue>,
    /// How it was changed by hand, oldest first.
    pub changes: Vec<TimeChange>,
}

/// One stage of the life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Which.
    pub status: IncidentStatus,
    /// Since when it stands or stood there, the last time.
    pub since: Option<Timestamp>,
    /// It stands there now.
    pub current: bool,
    /// It lies before the current one and was left out.
    pub skipped: bool,
}

/// One range of the scope, with names.
#[derive(Debug, Clone)]
pub struct ScopeRow {
    /// The range.
    pub entry: ScopeEntry,
    /// What it covers.
    pub places: Vec<String>,
}

/// Another incident that is merged with this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
}

/// Everything the page of an incident shows.
#[derive(Debug, Clone)]
pub struct IncidentFile {
    /// Its version: forms carry it, so that nobody overwrites what they have not seen.
    pub version: u64,
    /// The incident.
    pub incident: Incident,
    /// The service's name.
    pub service: Option<String>,
    /// Who holds it.
    pub holder: Option<Part>,
    /// Its alerts that fire.
    pub firing_alerts: u64,
    /// All its alerts.
    pub all_alerts: u64,
    /// What happens next by itself.
    pub clock: Option<NextClock>,
    /// Names of the people that clock tells.
    pub clock_people: Vec<String>,
    /// The life cycle.
    pub stages: Vec<Stage>,
    /// The part of the timeline that was asked for.
    pub timeline: Vec<Line>,
    /// The cursor of the part behind it, if there is one.
    pub more: Option<u64>,
    /// Comments and evidence by id.
    pub remarks: HashMap<NoteId, RemarkView>,
    /// Evidence that stands, newest first.
    pub pinned: Vec<RemarkView>,
    /// Its alerts, firing ones first; at most [`ALERTS`].
    pub alerts: Vec<Loaded>,
    /// Who was told, and who will be.
    pub ladder: Ladder,
    /// The ten instants.
    pub times: Vec<TimeRow>,
    /// The durations between them.
    pub durations: Vec<KeyDuration>,
    /// How the severity came to be what it is, oldest first.
    pub severities: Vec<Line>,
    /// What was hit, over time.
    pub scope: Vec<ScopeRow>,
    /// The incident that carries on the story.
    pub merged_into: Option<Relative>,
    /// Incidents merged into this one, or into those.
    pub absorbed: Vec<Relative>,
    /// The earlier incident that came back in this one.
    pub recurrence_of: Option<Relative>,
    /// Later ones in which this one came back.
    pub recurrences: Vec<Relative>,
    /// The journal's place up to which this was read: live updates go on from there.
    pub seq: u64,
}

impl App {
    /// Reads the page of an incident; `None` if there is no such number.
    pub async fn incident_file(
        &self,
        number: u64,
        view: TimelineView,
        locale: Locale,
    ) -> AppResult<Option<IncidentFile>> {
        // Before anything else is read, so that no later change can be missed by who goes on from here.
        let seq = self.live.last_seq();
        let Some(row) = self.store.incident_by_number(number).await? else { return Ok(None) };
        let incident = &row.incident;
        let absorbed = self.absorbed(incident).await?;
        let ids: Vec<IncidentId> = [incident.id].into_iter().chain(absorbed.iter().map(|i| i.id)).collect();
        let (window, more) = self.window(&ids, view).await?;
        let facts = self.facts(&ids, view, &window, more).await?;
        let mut relatives = self.relatives(incident).await?;
        relatives.extend(absorbed.iter().cloned());
        let alerts = self.alerts_of_incident(&row, &ids).await?;
        let pages = pages_of(self.store.pages(&ids).await?);
        let catalog = self.catalog.now();
        let teller = Teller::new(&self.words, locale, &catalog)
            .at_home(incident)
            .knowing(&relatives)
            .alerts(alerts_of(&alerts))
            .pages(&pages)
            .scope_of(facts.iter().chain(&window));
        let unknown = self.load_alerts(&teller.unknown_alerts(&window)).await?;
        let teller = teller.alerts(alerts_of(&unknown));
        let roster = catalog.roster();
        let own: Vec<_> = pages.iter().filter(|p| p.incident_id == incident.id).cloned().collect();
        let pages = views(&own, &facts, &teller, incident);
        let clock = next_clock(incident, &roster);
        let remarks = remarks(facts.iter().chain(&window));
        Ok(Some(IncidentFile {
            version: row.version,
            service: incident.service_id.map(|id| teller.service_name(id)),
            holder: incident.holder.map(|id| teller.person(id)),
            firing_alerts: row.firing_alerts,
            all_alerts: row.all_alerts,
            clock_people: names(clock.as_ref(), &teller),
            clock,
            stages: stages(incident, &facts),
            timeline: in_order(kept(teller.tell_all(&window), view.only), view.oldest_first),
            more,
            pinned: pinned(&remarks),
            remarks,
            alerts,
            ladder: ladder(incident, pages, &roster, &teller),
            times: times(incident, &facts, &teller),
            durations: durations(incident, self.clock.now()),
            severities: severities(incident, &facts, &teller),
            scope: scope(incident, &teller),
            merged_into: incident.merged_into.and_then(|id| relative(&relatives, id)),
            absorbed: absorbed.iter().filter_map(|i| relative(&relatives, i.id)).collect(),
            recurrence_of: incident.recurrence_of.and_then(|id| relative(&relatives, id)),
            recurrences: incident.recurrences.iter().filter_map(|id| relative(&relatives, *id)).collect(),
            seq,
            incident: row.incident,
        }))
    }

    /// The wanted part of the timeline, and the cursor of what lies behind it.
    async fn window(
        &self,
        ids: &[IncidentId],
        view: TimelineView,
    ) -> AppResult<(Vec<Recorded>, Option<u64>)> {
        let from = if view.oldest_first {
            TimelineFrom::Oldest { after: view.cursor.unwrap_or(0) }
        } else {
            TimelineFrom::Newest { before: view.cursor }
        };
        let names = view.only.map(|kind| kind.names().to_vec()).unwrap_or_default();
        let query = TimelineQuery { incidents: ids.to_vec(), names, from, limit: WINDOW + 1 };
        let mut entries = self.store.timeline_part(&query).await?;
        let more = entries.len() > WINDOW;
        entries.truncate(WINDOW);
        let cursor = entries.last().map(|e| e.seq).filter(|_| more);
        Ok((entries, cursor))
    }

    /// Entries that tell facts about the whole incident; the window itself, if it holds the whole timeline.
    async fn facts(
        &self,
        ids: &[IncidentId],
        view: TimelineView,
        window: &[Recorded],
        more: Option<u64>,
    ) -> AppResult<Vec<Recorded>> {
        let whole = more.is_none() && view.cursor.is_none() && view.only.is_none();
        let mut facts = if whole {
            window.to_vec()
        } else {
            let part = |names: Vec<&'static str>| {
                let from = TimelineFrom::Newest { before: None };
                TimelineQuery { incidents: ids.to_vec(), names, from, limit: FACTS }
            };
            let mut facts = self.store.timeline_part(&part(FACT_NAMES.to_vec())).await?;
            facts.extend(self.store.timeline_part(&part(vec![FAILED])).await?);
            facts
        };
        facts.sort_by_key(|e| e.seq);
        Ok(facts)
    }

    /// All incidents that were merged into this one, at any remove: their alerts and pages are part of its story.
    pub(crate) async fn absorbed(&self, incident: &Incident) -> AppResult<Vec<Incident>> {
        let mut found: Vec<Incident> = Vec::new();
        let mut next = incident.absorbed.clone();
        while !next.is_empty() {
            let ids: Vec<AggregateId> = next.drain(..).map(AggregateId::Incident).collect();
            for member in incidents_of(self.store.load(&ids).await?) {
                let known = |id: &IncidentId| *id == incident.id || found.iter().any(|f| f.id == *id);
                if !known(&member.id) {
                    next.extend(member.absorbed.iter().filter(|id| !known(id)));
                    found.push(member);
                }
            }
        }
        Ok(found)
    }

    async fn relatives(&self, incident: &Incident) -> AppResult<Vec<Incident>> {
        let ids: Vec<AggregateId> = incident
            .recurrences
            .iter()
            .copied()
            .chain(incident.merged_into)
            .chain(incident.recurrence_of)
            .map(AggregateId::Incident)
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(incidents_of(self.store.load(&ids).await?))
    }

    async fn alerts_of_incident(&self, row: &IncidentRow, ids: &[IncidentId]) -> AppResult<Vec<Loaded>> {
        let query = AlertQuery { incident_ids: ids.to_vec(), limit: ALERTS, ..AlertQuery::default() };
        let mut alerts = self.store.alerts(&query).await?;
        if row.all_alerts > ALERTS as u64 && row.firing_alerts > 0 {
            // The newest are not all: those that fire come first, whatever their age.
            let firing = AlertQuery { status: Some(hansei_domain::alert::AlertStatus::Firing), ..query };
            let mut first = self.store.alerts(&firing).await?;
            first.extend(
                alerts.into_iter().filter(|l| alerts_of(std::slice::from_ref(l)).all(|a| !a.is_firing())),
            );
            first.truncate(ALERTS);
            alerts = first;
        }
        alerts.sort_by_key(|l| alerts_of(std::slice::from_ref(l)).all(|a| !a.is_firing()));
        Ok(alerts)
    }

    async fn load_alerts(&self, ids: &[hansei_domain::ids::AlertId]) -> AppResult<Vec<Loaded>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<AggregateId> = ids.iter().map(|id| AggregateId::Alert(*id)).collect();
        Ok(self.store.load(&ids).await?)
    }
}

fn names(clock: Option<&NextClock>, teller: &Teller<'_>) -> Vec<String> {
    clock.map(|c| c.people.iter().map(|id| teller.person_name(*id)).collect()).unwrap_or_default()
}

/// Comments and evidence are the same event; what is not of the wanted kind falls out here.
fn kept(lines: Vec<Line>, only: Option<LineKind>) -> Vec<Line> {
    match only {
        Some(kind @ (LineKind::Comment | LineKind::Evidence)) => {
            lines.into_iter().filter(|l| l.kind == kind).collect()
        }
        _ => lines,
    }
}

/// In the order in which things happened, as far as it was said: a story that was entered later is told in its own
/// time. What happened in the same moment stays in the order of the journal.
fn in_order(mut lines: Vec<Line>, oldest_first: bool) -> Vec<Line> {
    lines.sort_by_key(|l| (l.happened_at, l.seq));
    if !oldest_first {
        lines.reverse();
    }
    lines
}

fn relative(known: &[Incident], id: IncidentId) -> Option<Relative> {
    let incident = known.iter().find(|i| i.id == id)?;
    Some(Relative { number: incident.number, title: incident.title.clone() })
}

fn pinned(remarks: &HashMap<NoteId, RemarkView>) -> Vec<RemarkView> {
    let mut pinned: Vec<RemarkView> = remarks
        .values()
        .filter(|r| r.kind == RemarkKind::Evidence && r.withdrawn.is_none())
        .cloned()
        .collect();
    pinned.sort_by_key(|r| std::cmp::Reverse(r.seq));
    pinned
}

fn own<'a>(
    incident: &'a Incident,
    facts: &'a [Recorded],
) -> impl Iterator<Item = (&'a Recorded, &'a IncidentEvent)> {
    facts.iter().filter_map(move |entry| match &entry.event {
        Event::Incident(event) if entry.aggregate == AggregateId::Incident(incident.id) => {
            Some((entry, event))
        }
        _ => None,
    })
}

/// When it stood where, the last time; reopening takes back what came after investigating.
fn stages(incident: &Incident, facts: &[Recorded]) -> Vec<Stage> {
    let mut since: HashMap<IncidentStatus, Timestamp> = HashMap::new();
    for (entry, event) in own(incident, facts) {
        match event {
            IncidentEvent::Declared { status, declared_at, .. } => {
                since.insert(*status, *declared_at);
            }
            IncidentEvent::StatusChanged { to, .. } => {
                since.insert(*to, entry.at);
            }
            IncidentEvent::Resolved { at, .. } => {
                since.insert(IncidentStatus::Resolved, *at);
            }
            IncidentEvent::Closed { at, .. } => {
                since.insert(IncidentStatus::Closed, *at);
            }
            IncidentEvent::Reopened { .. } => {
                since.retain(|status, _| *status < IncidentStatus::Investigating);
                since.insert(IncidentStatus::Investigating, entry.at);
            }
            _ => {}
        }
    }
    let shown = IncidentStatus::ALL.into_iter().filter(|s| *s != IncidentStatus::Merged);
    shown
        .map(|status| Stage {
            status,
            since: since.get(&status).copied().filter(|_| status <= incident.status),
            current: status == incident.status,
            skipped: status < incident.status && !since.contains_key(&status),
        })
        .collect()
}

fn times(incident: &Incident, facts: &[Recorded], teller: &Teller<'_>) -> Vec<TimeRow> {
    let mut changes: HashMap<TimeKind, Vec<TimeChange>> = HashMap::new();
    for (entry, event) in own(incident, facts) {
        let IncidentEvent::TimeSet { which, from, to, note } = event else { continue };
        let by = teller.actor(&entry.actor);
        let change = TimeChange { at: entry.at, by, from: *from, to: *to, note: note.clone() };
        changes.entry(*which).or_default().push(change);
    }
    TimeKind::ALL
        .into_iter()
        .map(|kind| TimeRow {
            kind,
            value: incident.times.get(&kind).copied(),
            changes: changes.remove(&kind).unwrap_or_default(),
        })
        .collect()
}

fn severities(incident: &Incident, facts: &[Recorded], teller: &Teller<'_>) -> Vec<Line> {
    own(incident, facts)
        .filter(|(_, event)| {
            matches!(event, IncidentEvent::Declared { .. } | IncidentEvent::SeverityChanged { .. })
        })
        .map(|(entry, event)| {
            let mut line = teller.tell(entry);
            // How it became known is said elsewhere; here only what made it that bad.
            let declared = matches!(event, IncidentEvent::Declared { .. });
            line.facts.drain(..usize::from(declared && !line.facts.is_empty()));
            line
        })
        .collect()
}

fn scope(incident: &Incident, teller: &Teller<'_>) -> Vec<ScopeRow> {
    let mut rows: Vec<ScopeRow> = incident
        .scope
        .iter()
        .map(|entry| ScopeRow { entry: entry.clone(), places: teller.places(entry) })
        .collect();
    // What still goes on first, then by beginning; unknown beginnings last.
    rows.sort_by_key(|r| (r.entry.until_at.is_some(), r.entry.from_at.is_none(), r.entry.from_at));
    rows
}
