//! What somebody sees who opens the signed link of a page.

use hansei_domain::incident::EscalationStatus;
use hansei_domain::page::Page;

use super::alerts_of;
use super::clocks::{NextClock, next_clock};
use crate::App;
use crate::deliver::reason;
use crate::error::AppResult;
use crate::ports::AlertQuery;
use crate::respond::Behind;
use crate::words::Locale;

/// Alerts shown at most.
const ALERTS: usize = 5;

/// What somebody sees who opens the signed link of a page.
#[derive(Debug, Clone)]
pub struct RespondView {
    /// The page and its incident.
    pub behind: Behind,
    /// The person's name.
    pub person: String,
    /// Their language.
    pub locale: Locale,
    /// Their zone.
    pub zone: String,
    /// The service's name.
    pub service: Option<String>,
    /// Why they were told.
    pub reason: String,
    /// Who holds the incident.
    pub holder: Option<String>,
    /// The page's person holds it.
    pub holds: bool,
    /// What happens next by itself.
    pub clock: Option<NextClock>,
    /// Names of the people that clock tells.
    pub clock_people: Vec<String>,
    /// Nobody else will be told unless somebody does something: the escalation is walked out.
    pub exhausted: bool,
    /// What the newest firing alerts say.
    pub alerts: Vec<String>,
    /// How many fire beside those.
    pub more_alerts: usize,
    /// The incident that carries on the story.
    pub merged_into: Option<u64>,
}

impl App {
    /// Reads what stands behind a page.
    pub async fn respond_view(&self, behind: Behind) -> AppResult<RespondView> {
        let catalog = self.catalog.now();
        let Behind { page, incident, .. } = &behind;
        let person = catalog.person(page.person_id);
        let locale = person.map_or(Locale::En, |p| Locale::of(&p.locale));
        let query = AlertQuery {
            status: Some(hansei_domain::alert::AlertStatus::Firing),
            incident_ids: vec![incident.id],
            limit: 50,
            ..AlertQuery::default()
        };
        let loaded = self.store.alerts(&query).await?;
        let summaries: Vec<String> = alerts_of(&loaded).map(|a| a.summary().to_owned()).collect();
        let name = |id| catalog.person(id).map_or_else(|| id.to_string(), |p| p.name.to_string());
        let clock = next_clock(incident, &catalog.roster());
        let merged = self.incidents_by_id(incident.merged_into.into_iter()).await?;
        let exhausted = incident.escalation.as_ref().is_some_and(|e| e.status == EscalationStatus::Exhausted);
        Ok(RespondView {
            person: name(page.person_id),
            locale,
            zone: person.map_or_else(|| "UTC".into(), |p| p.zone.clone()),
            service: incident.service_id.and_then(|id| catalog.service(id)).map(|s| s.name.to_string()),
            reason: reason(&self.words, &catalog, page, incident, locale).text,
            holder: incident.holder.map(name),
            holds: holds(page, incident.holder),
            clock_people: clock
                .as_ref()
                .map(|c| c.people.iter().map(|id| name(*id)).collect())
                .unwrap_or_default(),
            clock,
            exhausted,
            more_alerts: summaries.len().saturating_sub(ALERTS),
            alerts: summaries.into_iter().take(ALERTS).collect(),
            merged_into: merged.values().next().map(|i| i.number),
            behind,
        })
    }
}

fn holds(page: &Page, holder: Option<hansei_domain::ids::PersonId>) -> bool {
    holder == Some(page.person_id)
}
