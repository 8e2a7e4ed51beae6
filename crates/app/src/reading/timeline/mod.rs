//! The timeline: the journal of an incident, its alerts and its pages, told in the reader's language.
//!
//! A [`Teller`] knows what sentences need beside the entry itself: names from the catalogue, what alerts say, whom
//! pages were for, the numbers of merged incidents, and what a range of the scope was before it was changed. It tells
//! every event there is; a new event without a sentence does not compile.

mod alert;
mod incident;
mod page;
mod remarks;
mod scope;
#[cfg(test)]
mod tests;
mod who;

use std::collections::HashMap;

use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::{AlertId, IncidentId, NoteId, PageId};
use hansei_domain::incident::{Incident, IncidentEvent, RemarkKind, ScopeEntry};
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::page::Page;

use super::sentence::{Part, Sentence, Slots};
use crate::catalog::Catalog;
use crate::words::{Locale, Words};

pub use remarks::{Correction, RemarkView, Withdrawal, remarks};

/// What kind of entry it is: what the timeline can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Somebody, or a rule, changed something about the incident.
    Decision,
    /// A comment.
    Comment,
    /// A pinned piece of evidence.
    Evidence,
    /// Telling people.
    Page,
    /// What monitoring said.
    Alert,
}

/// Events of people and rules about the incident itself.
const DECISIONS: [&str; 17] = [
    "incident.declared",
    "incident.people_requested",
    "incident.acknowledged",
    "incident.acknowledgement_expired",
    "incident.handed_over",
    "incident.status_changed",
    "incident.severity_changed",
    "incident.retitled",
    "incident.time_set",
    "incident.scope_added",
    "incident.scope_changed",
    "incident.scope_removed",
    "incident.resolved",
    "incident.reopened",
    "incident.closed",
    "incident.merged_into",
    "incident.absorbed",
];
const REMARKS: [&str; 1] = ["incident.noted"];
const PAGING: [&str; 10] = [
    "incident.escalation_started",
    "incident.step_reached",
    "incident.escalation_exhausted",
    "incident.people_requested",
    "page.requested",
    "page.channel_begun",
    "page.delivered",
    "page.attempt_failed",
    "page.escalated",
    "page.ended",
];
const ALERTS: [&str; 7] = [
    "alert.opened",
    "alert.resolved_unseen",
    "alert.reopened",
    "alert.changed",
    "alert.resolved",
    "alert.placed",
    "alert.left_alone",
];

impl LineKind {
    /// All, in the order in which filters offer them.
    pub const ALL: [Self; 5] = [Self::Decision, Self::Comment, Self::Evidence, Self::Page, Self::Alert];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decisions",
            Self::Comment => "comments",
            Self::Evidence => "evidence",
            Self::Page => "pages",
            Self::Alert => "alerts",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    /// The names of its events.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Decision => &DECISIONS,
            Self::Comment | Self::Evidence => &REMARKS,
            Self::Page => &PAGING,
            Self::Alert => &ALERTS,
        }
    }

    fn of(event: &Event) -> Self {
        use IncidentEvent as E;
        match event {
            Event::Incident(E::Noted { kind: RemarkKind::Evidence, .. }) => Self::Evidence,
            Event::Incident(E::Noted { .. } | E::NoteCorrected { .. } | E::NoteWithdrawn { .. }) => {
                Self::Comment
            }
            Event::Incident(
                E::EscalationStarted { .. } | E::StepReached { .. } | E::EscalationExhausted { .. },
            )
            | Event::Page(_) => Self::Page,
            Event::Incident(_) | Event::Entry(_) => Self::Decision,
            Event::Alert(_) => Self::Alert,
        }
    }
}

/// One entry of a timeline, told.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place in the journal.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// When it happened: what somebody said about it, else when it was decided.
    pub happened_at: Timestamp,
    /// The event's stable name.
    pub name: &'static str,
    /// What kind of entry.
    pub kind: LineKind,
    /// A detail that can stand back.
    pub minor: bool,
    /// It says that something does not work.
    pub bad: bool,
    /// What happened.
    pub sentence: Sentence,
    /// Why, and what follows.
    pub facts: Vec<Sentence>,
    /// The reason in somebody's own words.
    pub note: Option<String>,
    /// The door it came through, in words, if it was not a screen.
    pub via: Option<String>,
    /// The comment or evidence it brought.
    pub remark: Option<NoteId>,
    /// The number of the merged incident whose story this was.
    pub merged_from: Option<u64>,
}

/// What sentences need to know beside the entry.
pub struct Teller<'a> {
    pub(super) words: &'a Words,
    pub(super) locale: Locale,
    pub(super) catalog: &'a Catalog,
    alerts: HashMap<AlertId, String>,
    pages: HashMap<PageId, Page>,
    incidents: HashMap<IncidentId, Incident>,
    before: HashMap<u64, ScopeEntry>,
    home: Option<IncidentId>,
}

/// A sentence with what belongs to it.
#[derive(Default)]
struct Told {
    sentence: Sentence,
    facts: Vec<Sentence>,
    note: Option<String>,
    minor: bool,
    bad: bool,
    remark: Option<NoteId>,
    happened_at: Option<Timestamp>,
}

impl Told {
    fn say(sentence: Sentence) -> Self {
        Self { sentence, ..Self::default() }
    }

    fn fact(mut self, fact: Sentence) -> Self {
        self.facts.push(fact);
        self
    }

    fn maybe(mut self, fact: Option<Sentence>) -> Self {
        self.facts.extend(fact);
        self
    }

    fn note(mut self, note: Option<&String>) -> Self {
        self.note = note.cloned();
        self
    }

    fn happened(mut self, at: Option<Timestamp>) -> Self {
        self.happened_at = at;
        self
    }

    fn minor(mut self) -> Self {
        self.minor = true;
        self
    }

    fn bad(mut self) -> Self {
        self.bad = true;
        self
    }
}

impl<'a> Teller<'a> {
    /// A teller in a language; names come from this view of the catalogue.
    pub fn new(words: &'a Words, locale: Locale, catalog: &'a Catalog) -> Self {
        Self {
            words,
            locale,
            catalog,
            alerts: HashMap::new(),
            pages: HashMap::new(),
            incidents: HashMap::new(),
            before: HashMap::new(),
            home: None,
        }
    }

    /// The incident whose page this is: entries of others are marked as merged.
    #[must_use]
    pub fn at_home(mut self, incident: &Incident) -> Self {
        self.home = Some(incident.id);
        self.knowing(std::slice::from_ref(incident))
    }

    /// Learns incidents that are spoken of.
    #[must_use]
    pub fn knowing(mut self, incidents: &[Incident]) -> Self {
        self.incidents.extend(incidents.iter().map(|i| (i.id, i.clone())));
        self
    }

    /// Learns what alerts say.
    #[must_use]
    pub fn alerts<'b>(mut self, alerts: impl IntoIterator<Item = &'b hansei_domain::alert::Alert>) -> Self {
        self.alerts.extend(alerts.into_iter().map(|a| (a.id, a.summary().to_owned())));
        self
    }

    /// Learns whom pages are for.
    #[must_use]
    pub fn pages<'b>(mut self, pages: impl IntoIterator<Item = &'b Page>) -> Self {
        self.pages.extend(pages.into_iter().map(|p| (p.id, p.clone())));
        self
    }

    /// Learns what ranges of the scope were before each change, from entries in any order.
    #[must_use]
    pub fn scope_of<'b>(mut self, entries: impl IntoIterator<Item = &'b Recorded>) -> Self {
        self.before = scope::before(entries);
        self
    }

    /// Alerts that entries speak of and this teller does not know.
    pub fn unknown_alerts(&self, entries: &[Recorded]) -> Vec<AlertId> {
        let mut unknown: Vec<AlertId> = entries
            .iter()
            .filter_map(|e| match e.aggregate {
                AggregateId::Alert(id) if !self.alerts.contains_key(&id) => Some(id),
                _ => None,
            })
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// Tells one entry.
    pub fn tell(&self, entry: &Recorded) -> Line {
        let told = match &entry.event {
            Event::Incident(event) => self.incident_event(entry, event),
            Event::Alert(event) => self.alert_event(entry, event),
            Event::Page(event) => self.page_event(entry, event),
            Event::Entry(event) => self.entry_event(entry, event.name()),
        };
        let foreign = entry.incident_id.filter(|id| self.home.is_some_and(|home| home != *id));
        Line {
            seq: entry.seq,
            at: entry.at,
            happened_at: told.happened_at.unwrap_or(entry.at),
            name: entry.event.name(),
            kind: LineKind::of(&entry.event),
            minor: told.minor,
            bad: told.bad,
            sentence: told.sentence,
            facts: told.facts,
            note: told.note,
            via: self.via(&entry.actor),
            remark: told.remark,
            merged_from: foreign.and_then(|id| self.incidents.get(&id)).map(|i| i.number),
        }
    }

    /// Tells entries in their order. Where an alert begins and is placed in the same moment, the one line says both;
    /// that alerts joined is told by the alerts themselves.
    pub fn tell_all(&self, entries: &[Recorded]) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::with_capacity(entries.len());
        let mut last: Option<(&Recorded, usize)> = None;
        for entry in entries {
            if matches!(entry.event, Event::Incident(IncidentEvent::AlertsJoined { .. })) {
                continue;
            }
            let line = self.tell(entry);
            let joined = last.filter(|(other, _)| alert::same_moment(other, entry));
            match joined {
                // The placement explains the beginning: its words become a fact of that line.
                Some((other, index)) if alert::is_placement(entry) => {
                    lines[index].facts.push(line.sentence);
                    lines[index].facts.extend(line.facts);
                    last = Some((other, index));
                }
                // Newest first the placement comes before the beginning.
                Some((_, index)) => {
                    let placed = std::mem::replace(&mut lines[index], line);
                    lines[index].facts.push(placed.sentence);
                    lines[index].facts.extend(placed.facts);
                    last = Some((entry, index));
                }
                None => {
                    last = Some((entry, lines.len()));
                    lines.push(line);
                }
            }
        }
        lines
    }

    fn say(&self, key: &str, slots: Slots) -> Sentence {
        Sentence::say(self.words, self.locale, key, slots)
    }

    fn word(&self, key: &str) -> String {
        self.words.plain(self.locale, key)
    }

    fn via(&self, actor: &Actor) -> Option<String> {
        let Actor::Person { via, .. } = actor else { return None };
        let key = match via {
            Via::Screen => return None,
            Via::Token { .. } => "door-token",
            Via::Link => "door-link",
            Via::Mail => "door-mail",
            Via::File => "door-file",
        };
        Some(self.word(key))
    }

    /// Entries of the catalogue never stand in an incident's timeline; on pages that show their history, the form
    /// names the fields, and this says who did what.
    fn entry_event(&self, entry: &Recorded, name: &'static str) -> Told {
        let what = match entry.aggregate {
            AggregateId::Entry(id) => self.entry_name(id),
            other => other.to_string(),
        };
        let key = match name {
            "entry.archived" => "line-entry-archived",
            "entry.restored" => "line-entry-restored",
            "entry.audited" => "line-entry-audited",
            _ => "line-entry-put",
        };
        let slots = Slots::new().part("actor", self.actor(&entry.actor)).part("entry", Part::Quote(what));
        Told::say(self.say(key, slots))
    }

    fn entry_name(&self, id: EntryId) -> String {
        self.catalog.entry(id).map_or_else(|| id.to_string(), |e| e.doc.name().to_owned())
    }
}
