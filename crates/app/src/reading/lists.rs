//! Lists of incidents and alerts: one page at a time, by cursor.

use std::collections::HashMap;

use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::{AlertId, IncidentId};
use hansei_domain::incident::{Incident, Roster};
use hansei_domain::journal::AggregateId;

use super::clocks::{NextClock, next_clock};
use super::sentence::Part;
use super::timeline::Teller;
use super::{alerts_of, incidents_of};
use crate::App;
use crate::catalog::Catalog;
use crate::error::AppResult;
use crate::ports::{AlertQuery, IncidentQuery, IncidentRow, Loaded};
use crate::words::Locale;

/// Rows of one page of a list.
pub const ROWS: usize = 50;

/// One incident in a list.
#[derive(Debug, Clone)]
pub struct IncidentLine {
    /// The incident and its figures.
    pub row: IncidentRow,
    /// The service's name.
    pub service: Option<String>,
    /// What is hit now, by name.
    pub places: Vec<String>,
    /// Who holds it.
    pub holder: Option<Part>,
    /// What happens next by itself.
    pub clock: Option<NextClock>,
    /// Names of the people that clock tells.
    pub clock_people: Vec<String>,
}

/// A page of incidents.
#[derive(Debug, Clone)]
pub struct IncidentList {
    /// The rows, newest first.
    pub rows: Vec<IncidentLine>,
    /// Where the next page begins.
    pub next: Option<u64>,
}

/// A page of alerts.
#[derive(Debug, Clone)]
pub struct AlertList {
    /// The rows, newest first.
    pub rows: Vec<Loaded>,
    /// Their incidents.
    pub incidents: HashMap<IncidentId, Incident>,
    /// Where the next page begins.
    pub next: Option<AlertId>,
}

/// Gives rows of incidents what lists show of them.
pub(crate) struct Liner<'a> {
    teller: Teller<'a>,
    roster: Roster,
}

impl<'a> Liner<'a> {
    pub(crate) fn new(app: &'a App, catalog: &'a Catalog, locale: Locale) -> Self {
        Self { teller: Teller::new(&app.words, locale, catalog), roster: catalog.roster() }
    }

    pub(crate) fn line(&self, row: IncidentRow) -> IncidentLine {
        let incident = &row.incident;
        let clock = next_clock(incident, &self.roster);
        let open = incident.scope.iter().filter(|s| s.until_at.is_none() || !incident.status.is_active());
        let mut places: Vec<String> = open.flat_map(|entry| self.teller.places(entry)).collect();
        let mut seen = std::collections::HashSet::new();
        places.retain(|p| seen.insert(p.clone()));
        IncidentLine {
            service: incident.service_id.map(|id| self.teller.service_name(id)),
            places,
            holder: incident.holder.map(|id| self.teller.person(id)),
            clock_people: clock
                .as_ref()
                .map(|c| c.people.iter().map(|id| self.teller.person_name(*id)).collect())
                .unwrap_or_default(),
            clock,
            row,
        }
    }
}

impl App {
    /// One page of the list of incidents.
    pub async fn incident_list(&self, query: &IncidentQuery, locale: Locale) -> AppResult<IncidentList> {
        let query = IncidentQuery { limit: ROWS + 1, ..query.clone() };
        let mut rows = self.store.incidents(&query).await?;
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        let next = rows.last().map(|r| r.incident.number).filter(|_| more);
        // The self-test's own incident is nobody's trouble.
        rows.retain(|r| r.incident.number != self_test::INCIDENT_NUMBER);
        Ok(IncidentList { next, ..self.incident_lines(rows, locale) })
    }

    /// Rows that were found in another way, as a list.
    pub fn incident_lines(&self, rows: Vec<IncidentRow>, locale: Locale) -> IncidentList {
        let catalog = self.catalog.now();
        let liner = Liner::new(self, &catalog, locale);
        IncidentList { rows: rows.into_iter().map(|r| liner.line(r)).collect(), next: None }
    }

    /// One page of the list of alerts.
    pub async fn alert_list(&self, query: &AlertQuery) -> AppResult<AlertList> {
        let query = AlertQuery { limit: ROWS + 1, ..query.clone() };
        let mut rows = self.store.alerts(&query).await?;
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        let last = alerts_of(&rows).last().map(|a| a.id);
        rows.retain(|l| {
            alerts_of(std::slice::from_ref(l)).all(|a| !self_test::owns(EntryId::Service(a.service_id)))
        });
        let incidents = self.incidents_by_id(alerts_of(&rows).filter_map(|a| a.incident_id)).await?;
        Ok(AlertList { rows, incidents, next: last.filter(|_| more) })
    }

    /// Loads incidents, each once.
    pub(crate) async fn incidents_by_id(
        &self,
        ids: impl Iterator<Item = IncidentId>,
    ) -> AppResult<HashMap<IncidentId, Incident>> {
        let ids: std::collections::BTreeSet<IncidentId> = ids.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<AggregateId> = ids.into_iter().map(AggregateId::Incident).collect();
        let loaded = self.store.load(&ids).await?;
        Ok(incidents_of(loaded).into_iter().map(|i| (i.id, i)).collect())
    }
}
