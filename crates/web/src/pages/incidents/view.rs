//! The page of an incident as templates see it.

use hansei_app::reading::incident::{IncidentFile, TimelineView};
use hansei_app::reading::ladder::{Rung, RungKind, RungState};
use hansei_app::reading::timeline::{Line, LineKind, RemarkView};
use hansei_domain::Timestamp;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{IncidentStatus, KeyDuration};
use serde::Deserialize;

use crate::pages::looks;
use crate::shell::Shell;

/// Which part of the timeline the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// A kind of entries; empty = all.
    pub show: String,
    /// `oldest`, or empty for newest first.
    pub order: String,
    /// Where a later part begins.
    pub from: String,
}

impl Shown {
    /// What an address asks for.
    pub fn of(address: &url::Url) -> Self {
        let value = |name: &str| {
            let found = address.query_pairs().find(|(n, _)| n == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        Self { show: value("show"), order: value("order"), from: value("from") }
    }

    /// What is read for it. Values that mean nothing show everything.
    pub fn view(&self) -> TimelineView {
        TimelineView {
            only: LineKind::parse(&self.show),
            oldest_first: self.order == "oldest",
            cursor: self.from.parse().ok(),
        }
    }

    /// The query of an address with this view; empty for the usual one.
    pub fn query(&self) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let view = self.view();
        if let Some(kind) = view.only {
            out.append_pair("show", kind.as_str());
        }
        if view.oldest_first {
            out.append_pair("order", "oldest");
        }
        if let Some(cursor) = view.cursor {
            out.append_pair("from", &cursor.to_string());
        }
        let query = out.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { from: String::new(), ..self.clone() };
        change(&mut other);
        let query = other.query();
        // An address of its own, so that the browser does not take "?" for "this one".
        if query.is_empty() { "?".into() } else { query }
    }
}

/// A choice of the timeline.
pub struct Segment {
    /// Key of its word.
    pub word: String,
    /// Its address.
    pub href: String,
    /// It is the one that is shown.
    pub current: bool,
}

/// One entry, with everything it is drawn with.
pub struct EntryView<'a> {
    /// The entry.
    pub line: &'a Line,
    /// A new day begins with it.
    pub day: Option<Timestamp>,
    /// Its icon.
    pub icon: &'static str,
    /// Its colour.
    pub tone: &'static str,
    /// The comment or evidence it brought.
    pub remark: Option<&'a RemarkView>,
    /// The reader may correct it.
    pub own: bool,
    /// The reader may take it back.
    pub revocable: bool,
}

impl EntryView<'_> {
    /// Its anchor in the page.
    pub fn anchor(&self) -> String {
        format!("e-{}", self.line.seq)
    }
}

/// The page of an incident as templates see it.
pub struct IncidentView {
    /// Everything that was read.
    pub file: IncidentFile,
    /// Which part of the timeline is shown.
    pub shown: Shown,
    /// The reader.
    pub reader: PersonId,
    /// The reader may take back what others said.
    pub moderates: bool,
    /// Team names of the service, for the facts.
    pub team: Option<String>,
    /// The service's runbook.
    pub runbook: Option<String>,
    /// The page's whole address.
    pub link: String,
}

impl IncidentView {
    /// The number.
    pub fn number(&self) -> u64 {
        self.file.incident.number
    }

    /// Where it stands, by name, for comparing in templates.
    pub fn active(&self) -> bool {
        self.file.incident.status.is_active()
    }

    /// Whether it is resolved and not closed.
    pub fn resolved(&self) -> bool {
        self.file.incident.status == IncidentStatus::Resolved
    }

    /// Whether its story goes on elsewhere.
    pub fn merged(&self) -> bool {
        self.file.incident.status == IncidentStatus::Merged
    }

    /// Whether it may be reopened.
    pub fn reopens(&self, shell: &Shell) -> bool {
        let ended = matches!(self.file.incident.status, IncidentStatus::Resolved | IncidentStatus::Closed);
        ended && self.file.incident.reopen_until().is_some_and(|until| shell.now <= until)
    }

    /// Whether anybody has taken this generation.
    pub fn taken(&self) -> bool {
        self.file.incident.acknowledged
    }

    /// Whether the reader is asked and has not answered: told of it, or handed it, although somebody has taken it.
    pub fn asked(&self) -> bool {
        let incident = &self.file.incident;
        let rungs = self.file.ladder.rungs.iter().flat_map(|r| &r.pages);
        let open = rungs.map(|v| &v.page).any(|p| p.person_id == self.reader && p.end.is_none());
        let handed = incident.holder == Some(self.reader) && !incident.answered.contains(&self.reader);
        self.active() && (open || handed && !incident.answered.is_empty())
    }

    /// Names of the rule's reason why nobody was told; empty = it does not say.
    pub fn silence(&self) -> &'static str {
        let incident = &self.file.incident;
        if incident.escalation.is_some() || incident.generation > 1 {
            ""
        } else if incident.group.is_some() {
            "inc-silent-rule"
        } else {
            "inc-silent-person"
        }
    }

    /// The state that usually comes next, if there is one before the end.
    pub fn next_status(&self) -> Option<IncidentStatus> {
        IncidentStatus::ACTIVE.into_iter().find(|s| *s > self.file.incident.status).filter(|_| self.active())
    }

    /// Kinds of entries to choose from.
    pub fn kinds(&self) -> Vec<Segment> {
        let only = self.shown.view().only;
        let all = Segment {
            word: "timeline-all".into(),
            href: self.shown.with(|s| s.show.clear()),
            current: only.is_none(),
        };
        let kinds = LineKind::ALL.into_iter().map(|kind| Segment {
            word: format!("timeline-{}", kind.as_str()),
            href: self.shown.with(|s| s.show = kind.as_str().into()),
            current: only == Some(kind),
        });
        std::iter::once(all).chain(kinds).collect()
    }

    /// The other order.
    pub fn other_order(&self) -> Segment {
        let oldest = self.shown.view().oldest_first;
        let word = if oldest { "timeline-newest-first" } else { "timeline-oldest-first" };
        let order = if oldest { "" } else { "oldest" };
        Segment { word: word.into(), href: self.shown.with(|s| s.order = order.into()), current: false }
    }

    /// The address of the part behind this one.
    pub fn more(&self) -> Option<String> {
        let cursor = self.file.more?;
        Some(Shown { from: cursor.to_string(), ..self.shown.clone() }.query())
    }

    /// The beginning of the timeline, where this is a later part.
    pub fn first(&self) -> Option<String> {
        self.shown.view().cursor.map(|_| self.shown.with(|_| {}))
    }

    /// The entries, with day separators.
    pub fn entries<'a>(&'a self, shell: &Shell) -> Vec<EntryView<'a>> {
        let mut last = None;
        self.file
            .timeline
            .iter()
            .map(|line| {
                let day = shell.day(&line.happened_at);
                let new = last != Some(day);
                last = Some(day);
                self.entry(line, new.then_some(line.happened_at))
            })
            .collect()
    }

    fn entry<'a>(&'a self, line: &'a Line, day: Option<Timestamp>) -> EntryView<'a> {
        let (icon, tone) = looks::of(line);
        let remark = line.remark.and_then(|id| self.file.remarks.get(&id));
        let own = remark
            .is_some_and(|r| r.author() == Some(self.reader) && r.withdrawn.is_none() && self.is_home(r));
        let revocable =
            own || self.moderates && remark.is_some_and(|r| r.withdrawn.is_none() && self.is_home(r));
        EntryView { line, day, icon, tone, remark, own, revocable }
    }

    /// Whether a remark was made in this very incident: those of merged ones are corrected there.
    fn is_home(&self, remark: &RemarkView) -> bool {
        remark.incident_id == Some(self.file.incident.id)
    }

    /// Key of a rung's heading.
    pub fn rung_word(&self, rung: &Rung) -> &'static str {
        match rung.kind {
            RungKind::Step { .. } => "rung-step",
            RungKind::Fallback => "rung-fallback",
            RungKind::Requested => "rung-requested",
        }
    }

    /// A rung's mark: the step's number, or a sign.
    pub fn rung_mark(&self, rung: &Rung) -> String {
        match rung.kind {
            RungKind::Step { step, .. } => (step + 1).to_string(),
            RungKind::Fallback => "!".into(),
            RungKind::Requested => "+".into(),
        }
    }

    /// A rung's round, if it is not the first.
    pub fn rung_round(&self, rung: &Rung) -> Option<u32> {
        match rung.kind {
            RungKind::Step { round, .. } if round > 0 => Some(round + 1),
            _ => None,
        }
    }

    /// Key of the words for a rung without pages; empty if it has some.
    pub fn rung_note(&self, rung: &Rung) -> &'static str {
        match (rung.state, rung.pages.is_empty(), rung.people.is_empty()) {
            (RungState::Spared, _, _) => "rung-spared",
            (RungState::Waiting, _, true) => "rung-reaches-nobody",
            (RungState::Done | RungState::Active, true, _) => "rung-reached-nobody",
            _ => "",
        }
    }

    /// A duration's key for the hint below it; empty = none.
    pub fn duration_note(&self, duration: &KeyDuration) -> &'static str {
        if duration.secs < 0 {
            "inc-duration-negative"
        } else if duration.intervals > 1 {
            "inc-duration-intervals"
        } else if duration.running {
            "inc-duration-running"
        } else {
            ""
        }
    }
}
