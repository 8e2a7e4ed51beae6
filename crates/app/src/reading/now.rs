//! What the screen *Now* shows: what burns, who holds it, which clock runs out next, and what I am asked for.

use std::cmp::Reverse;

use hansei_domain::Timestamp;
use hansei_domain::alert::AlertStatus;
use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::{IncidentId, PersonId};
use hansei_domain::incident::{Incident, IncidentStatus, TimeKind};
use hansei_domain::page::Page;

use super::ladder::{PageView, view};
use super::lists::{IncidentLine, Liner};
use super::timeline::{Line, Teller};
use super::{alerts_of, pages_of};
use crate::App;
use crate::error::AppResult;
use crate::ports::{AlertQuery, IncidentQuery, IncidentRow, Loaded, TimelineFrom, TimelineQuery};
use crate::words::Locale;

/// Burning incidents shown at most; the list of incidents has the rest.
pub const BURNING: usize = 100;
/// Alerts without an incident shown at most.
pub const LOOSE: usize = 20;
/// Ended incidents looked at for what ended lately.
const ENDED: usize = 20;
/// Changes shown at most.
const CHANGES: usize = 40;
/// How far back changes go, seconds.
const CHANGES_SECS: i64 = 3_600;
/// How far back ended incidents go, seconds.
const ENDED_SECS: i64 = 86_400;

/// What changes are worth telling those who were away for an hour.
const NOTABLE: [&str; 13] = [
    "incident.declared",
    "incident.acknowledged",
    "incident.acknowledgement_expired",
    "incident.escalation_exhausted",
    "incident.handed_over",
    "incident.status_changed",
    "incident.severity_changed",
    "incident.noted",
    "incident.people_requested",
    "incident.resolved",
    "incident.reopened",
    "incident.closed",
    "incident.merged_into",
];

/// A change, with the incident it belongs to.
#[derive(Debug, Clone)]
pub struct Change {
    /// The incident's number.
    pub number: u64,
    /// What happened.
    pub line: Line,
}

/// An open page, with the incident it belongs to.
#[derive(Debug, Clone)]
pub struct OpenPage {
    /// The incident's number.
    pub number: u64,
    /// The incident's title.
    pub title: String,
    /// The page.
    pub view: PageView,
}

/// What the screen shows.
#[derive(Debug, Clone)]
pub struct NowBoard {
    /// What burns: nobody holds it first within a severity, the worst severity first.
    pub burning: Vec<IncidentLine>,
    /// There are more than are shown.
    pub burning_cut: bool,
    /// Alerts that fire without an incident, newest first.
    pub loose: Vec<Loaded>,
    /// There are more than are shown.
    pub loose_cut: bool,
    /// Pages that wait for the reader.
    pub mine: Vec<OpenPage>,
    /// Pages that wait for others.
    pub others: Vec<OpenPage>,
    /// What changed in the last hour, newest first.
    pub changes: Vec<Change>,
    /// What ended in the last 24 hours, newest first.
    pub ended: Vec<IncidentLine>,
    /// An alert has arrived at least once.
    pub ever_received: bool,
    /// Somebody has set up a key.
    pub has_keys: bool,
    /// The journal's place up to which this was read.
    pub seq: u64,
}

impl App {
    /// Reads the screen for a reader.
    pub async fn now_board(&self, reader: PersonId, locale: Locale) -> AppResult<NowBoard> {
        let (seq, now) = (self.live.last_seq(), self.clock.now());
        let active = IncidentQuery {
            status: IncidentStatus::ACTIVE.to_vec(),
            limit: BURNING + 1,
            ..IncidentQuery::default()
        };
        let mut burning = self.store.incidents(&active).await?;
        let burning_cut = burning.len() > BURNING;
        burning.truncate(BURNING);
        let ended = self.ended(now).await?;
        burning.retain(|r| r.incident.number != self_test::INCIDENT_NUMBER);
        let ids: Vec<IncidentId> = burning.iter().map(|r| r.incident.id).collect();
        let pages = if ids.is_empty() { Vec::new() } else { pages_of(self.store.open_pages(&ids).await?) };
        let (loose, loose_cut) = self.loose().await?;
        let known: Vec<Incident> = burning.iter().chain(&ended).map(|r| r.incident.clone()).collect();
        let catalog = self.catalog.now();
        let teller = Teller::new(&self.words, locale, &catalog).knowing(&known).pages(&pages);
        let changes = self.changes(&known, now, &teller).await?;
        let open = open_pages(&pages, &known, &teller);
        let (mine, others) = open.into_iter().partition(|p| p.view.page.person_id == reader);
        let calm = burning.is_empty() && loose.is_empty() && ended.is_empty();
        let ever_received = if calm { self.ever_received().await? } else { true };
        sort_burning(&mut burning);
        let liner = Liner::new(self, &catalog, locale);
        Ok(NowBoard {
            burning: burning.into_iter().map(|r| liner.line(r)).collect(),
            burning_cut,
            loose,
            loose_cut,
            mine,
            others,
            changes,
            ended: ended.into_iter().map(|r| liner.line(r)).collect(),
            ever_received,
            has_keys: !catalog.keys().is_empty(),
            seq,
        })
    }

    async fn ended(&self, now: Timestamp) -> AppResult<Vec<IncidentRow>> {
        let status = vec![IncidentStatus::Resolved, IncidentStatus::Closed];
        let query = IncidentQuery { status, limit: ENDED, ..IncidentQuery::default() };
        let mut rows = self.store.incidents(&query).await?;
        let lately = |at: Timestamp| now.duration_since(at).as_secs() <= ENDED_SECS;
        rows.retain(|r| {
            r.incident.number != self_test::INCIDENT_NUMBER
                && r.incident.time(TimeKind::Resolved).is_some_and(lately)
        });
        rows.sort_by_key(|r| Reverse(r.incident.time(TimeKind::Resolved)));
        Ok(rows)
    }

    async fn loose(&self) -> AppResult<(Vec<Loaded>, bool)> {
        let query = AlertQuery {
            status: Some(AlertStatus::Firing),
            loose: true,
            limit: LOOSE + 2,
            ..AlertQuery::default()
        };
        let mut alerts = self.store.alerts(&query).await?;
        alerts.retain(|l| alerts_of(std::slice::from_ref(l)).all(is_loose));
        let cut = alerts.len() > LOOSE;
        alerts.truncate(LOOSE);
        Ok((alerts, cut))
    }

    async fn changes(
        &self,
        known: &[Incident],
        now: Timestamp,
        teller: &Teller<'_>,
    ) -> AppResult<Vec<Change>> {
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let query = TimelineQuery {
            incidents: known.iter().map(|i| i.id).collect(),
            names: NOTABLE.to_vec(),
            from: TimelineFrom::Newest { before: None },
            limit: CHANGES,
        };
        let mut entries = self.store.timeline_part(&query).await?;
        entries.retain(|e| now.duration_since(e.at).as_secs() <= CHANGES_SECS);
        let number = |id: Option<IncidentId>| known.iter().find(|i| Some(i.id) == id).map(|i| i.number);
        Ok(entries
            .iter()
            .filter_map(|e| Some(Change { number: number(e.incident_id)?, line: teller.tell(e) }))
            .collect())
    }

    /// Whether any alert but the self-test's has ever arrived.
    async fn ever_received(&self) -> AppResult<bool> {
        let some = self.store.alerts(&AlertQuery { limit: 2, ..AlertQuery::default() }).await?;
        Ok(alerts_of(&some).any(|a| !self_test::owns(EntryId::Service(a.service_id))))
    }
}

fn is_loose(alert: &hansei_domain::alert::Alert) -> bool {
    alert.incident_id.is_none() && !self_test::owns(EntryId::Service(alert.service_id))
}

/// The worst first; within a severity what nobody has taken, then what has waited longest.
fn sort_burning(rows: &mut [IncidentRow]) {
    rows.sort_by_key(|r| {
        let i = &r.incident;
        (i.severity, i.acknowledged, i.holder.is_some(), i.time(TimeKind::Detected), i.number)
    });
}

fn open_pages(pages: &[Page], known: &[Incident], teller: &Teller<'_>) -> Vec<OpenPage> {
    pages
        .iter()
        .filter_map(|page| {
            let incident = known.iter().find(|i| i.id == page.incident_id)?;
            let view = view(page, Vec::new(), teller, incident);
            Some(OpenPage { number: incident.number, title: incident.title.clone(), view })
        })
        .collect()
}
