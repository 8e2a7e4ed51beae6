//! The journal, sorted into stories: one for each incident, page and alert, with the true time of every entry.

use std::collections::BTreeMap;

use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::alert::AlertEvent;
use hansei_domain::catalog::{CatalogEvent, EntryId};
use hansei_domain::ids::{AlertId, ContactId, IncidentId, PageId, PersonId, ServiceId};
use hansei_domain::incident::IncidentEvent;
use hansei_domain::journal::{AggregateId, Event};
use hansei_domain::page::PageEvent;

use super::course::{self, Course};
use crate::sim::Simulated;
use crate::sim::exec::ProcessId;
use crate::sim::ledger::{At, Ledger};

/// One entry of the journal, placed in true time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a, E> {
    pub seq: u64,
    /// When it was committed.
    pub at: At,
    /// The last number of its commit: entries with the same one were committed together.
    pub commit: u64,
    /// What the deciding node's clock showed.
    pub wall: Timestamp,
    /// The deciding process.
    pub process: ProcessId,
    pub actor: &'a Actor,
    pub event: &'a E,
}

pub(crate) struct IncidentStory<'a> {
    pub id: IncidentId,
    pub number: u64,
    pub service: Option<ServiceId>,
    pub entries: Vec<Entry<'a, IncidentEvent>>,
    /// What was so after each of them.
    pub course: Vec<Course>,
}

pub(crate) struct PageStory<'a> {
    pub id: PageId,
    pub incident: IncidentId,
    pub generation: u32,
    pub person: PersonId,
    pub contacts: Vec<ContactId>,
    pub entries: Vec<Entry<'a, PageEvent>>,
}

pub(crate) struct AlertStory<'a> {
    pub service: ServiceId,
    pub dedup_key: String,
    pub entries: Vec<Entry<'a, AlertEvent>>,
}

/// What a trace is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About {
    Nothing,
    Incident(IncidentId),
    Page(PageId),
    Alert(AlertId),
}

/// What a trace is about, and where in its story the trouble is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub about: About,
    pub at: Option<At>,
}

impl From<About> for Spot {
    fn from(about: About) -> Self {
        Self { about, at: None }
    }
}

impl About {
    /// The place in the story at an instant.
    pub(crate) fn near(self, at: At) -> Spot {
        Spot { about: self, at: Some(at) }
    }
}

pub(crate) struct Stories<'a> {
    pub incidents: BTreeMap<IncidentId, IncidentStory<'a>>,
    pub pages: BTreeMap<PageId, PageStory<'a>>,
    pub alerts: BTreeMap<AlertId, AlertStory<'a>>,
    pub entries: Vec<(EntryId, Entry<'a, CatalogEvent>)>,
    run: &'a Simulated,
}

impl<'a> Stories<'a> {
    pub(crate) fn of(run: &'a Simulated) -> Self {
        let mut all = Self {
            incidents: BTreeMap::new(),
            pages: BTreeMap::new(),
            alerts: BTreeMap::new(),
            entries: Vec::new(),
            run,
        };
        for recorded in &run.end.journal {
            let commit = run.ledger.commit_of(recorded.seq);
            let (at, last, process) = commit.map_or((0, 0, 0), |c| (c.at, c.last_seq, c.process));
            let (seq, wall, actor) = (recorded.seq, recorded.at, &recorded.actor);
            let place = Placed { seq, at, commit: last, wall, process, actor };
            match (recorded.aggregate, &recorded.event) {
                (AggregateId::Incident(id), Event::Incident(event)) => all.incident(id, place.entry(event)),
                (AggregateId::Page(id), Event::Page(event)) => all.page(id, place.entry(event)),
                (AggregateId::Alert(id), Event::Alert(event)) => all.alert(id, place.entry(event)),
                (AggregateId::Entry(id), Event::Entry(event)) => all.entries.push((id, place.entry(event))),
                _ => {}
            }
        }
        for story in all.incidents.values_mut() {
            story.course = course::of(&story.entries);
        }
        all
    }

    fn incident(&mut self, id: IncidentId, entry: Entry<'a, IncidentEvent>) {
        if let IncidentEvent::Declared { number, service_id, .. } = entry.event {
            let story = IncidentStory {
                id,
                number: *number,
                service: *service_id,
                entries: Vec::new(),
                course: vec![],
            };
            self.incidents.insert(id, story);
        }
        if let Some(story) = self.incidents.get_mut(&id) {
            story.entries.push(entry);
        }
    }

    fn page(&mut self, id: PageId, entry: Entry<'a, PageEvent>) {
        if let PageEvent::Requested { incident_id, generation, person_id, channels, .. } = entry.event {
            let story = PageStory {
                id,
                incident: *incident_id,
                generation: *generation,
                person: *person_id,
                contacts: channels.iter().map(|c| c.contact_id).collect(),
                entries: Vec::new(),
            };
            self.pages.insert(id, story);
        }
        if let Some(story) = self.pages.get_mut(&id) {
            story.entries.push(entry);
        }
    }

    fn alert(&mut self, id: AlertId, entry: Entry<'a, AlertEvent>) {
        if let AlertEvent::Opened { service_id, dedup_key, .. }
        | AlertEvent::ResolvedUnseen { service_id, dedup_key, .. } = entry.event
        {
            let story =
                AlertStory { service: *service_id, dedup_key: dedup_key.clone(), entries: Vec::new() };
            self.alerts.insert(id, story);
        }
        if let Some(story) = self.alerts.get_mut(&id) {
            story.entries.push(entry);
        }
    }

    /// What happened to one thing, in order: journal, provider calls, people, troubles nearby.
    pub(crate) fn trace(&self, spot: Spot) -> Vec<String> {
        let about = spot.about;
        let mut lines: Vec<(At, u64, String)> = Vec::new();
        let incident = match about {
            About::Nothing => return Vec::new(),
            About::Incident(id) => Some(id),
            About::Page(id) => self.pages.get(&id).map(|p| p.incident),
            About::Alert(_) => None,
        };
        for recorded in &self.run.end.journal {
            let own = match about {
                About::Alert(id) => recorded.aggregate == AggregateId::Alert(id),
                About::Page(id) => {
                    recorded.aggregate == AggregateId::Page(id)
                        || incident.is_some_and(|i| recorded.aggregate == AggregateId::Incident(i))
                }
                _ => recorded.incident_id.is_some() && recorded.incident_id == incident,
            };
            if own {
                let commit = self.run.ledger.commit_of(recorded.seq);
                let (at, process) = commit.map_or((0, 0), |c| (c.at, c.process));
                let data = recorded.event.encode().unwrap_or_default();
                let data: String = data.chars().take(240).collect();
                let text = format!("#{} p{process} {} {data}", recorded.seq, recorded.event.name());
                lines.push((at, recorded.seq, text));
            }
        }
        self.witnesses(about, incident, &mut lines);
        lines.sort();
        // The lines before the trouble tell how it came, some after it what became of it.
        let place = spot.at.map_or(lines.len(), |at| lines.partition_point(|l| l.0 <= at));
        let (first, last) = (place.saturating_sub(TRACE_BEFORE), (place + TRACE_AFTER).min(lines.len()));
        let shown = lines.get(first..last).unwrap_or_default().iter().enumerate();
        let marked = |i: usize| if spot.at.is_some() && first + i + 1 == place { ">" } else { " " };
        shown.map(|(i, (at, _, text))| format!("{}{} {text}", marked(i), clock(*at))).collect()
    }

    fn witnesses(&self, about: About, incident: Option<IncidentId>, lines: &mut Vec<(At, u64, String)>) {
        let ledger: &Ledger = &self.run.ledger;
        for receipt in &ledger.receipts {
            let own = match about {
                About::Page(id) => receipt.page == id,
                _ => Some(receipt.incident) == incident,
            };
            if own {
                let text = format!(
                    "   p{} calls provider: {} attempt {} of {} told {:?} arrived {} answered {}",
                    receipt.process,
                    receipt.contact,
                    receipt.attempt,
                    receipt.page,
                    receipt.told,
                    receipt.arrived,
                    receipt.answered.map_or_else(|| "never".into(), clock),
                );
                lines.push((receipt.began, u64::MAX, text));
            }
        }
        for act in ledger.acts.iter().filter(|a| Some(a.incident) == incident) {
            let page = act.page.map(|p| p.to_string()).unwrap_or_default();
            let text = format!("   {} {:?} {page}: {:?}", act.person, act.what, act.answer);
            lines.push((act.ended, u64::MAX, text));
        }
        if let About::Alert(id) = about
            && let Some(story) = self.alerts.get(&id)
        {
            let own = |s: &&crate::sim::ledger::Sent| {
                s.signal.service_id == story.service && s.signal.dedup_key == story.dedup_key
            };
            for sent in ledger.sent.iter().filter(own) {
                let occurred = sent.signal.occurred_at.map(|at| at.to_string()).unwrap_or_default();
                let text = format!("   sent {:?} {occurred}: {:?}", sent.signal.action, sent.answer);
                lines.push((sent.ended, u64::MAX, text));
            }
        }
        let span = lines.iter().map(|l| l.0).min().zip(lines.iter().map(|l| l.0).max());
        let Some((from, until)) = span else { return };
        for trouble in ledger.troubles.iter().filter(|t| t.until >= from - NEARBY && t.from <= until + NEARBY)
        {
            let text =
                format!("   {} (node {:?}) until {}", trouble.what, trouble.node, clock(trouble.until));
            lines.push((trouble.from, u64::MAX, text));
        }
    }
}

/// Lines of a story that are shown before and after the place where it went wrong.
const TRACE_BEFORE: usize = 40;
const TRACE_AFTER: usize = 8;
/// Troubles this close belong to the story, microseconds.
const NEARBY: At = 40_000_000;

/// An instant of the true time, for people.
pub(crate) fn clock(at: At) -> String {
    Timestamp::from_microsecond(at).map_or_else(|_| at.to_string(), |t| t.to_string())
}

#[derive(Clone, Copy)]
struct Placed<'a> {
    seq: u64,
    at: At,
    commit: u64,
    wall: Timestamp,
    process: ProcessId,
    actor: &'a Actor,
}

impl<'a> Placed<'a> {
    fn entry<E>(self, event: &'a E) -> Entry<'a, E> {
        let Self { seq, at, commit, wall, process, actor } = self;
        Entry { seq, at, commit, wall, process, actor, event }
    }
}
