//! Acting on a page by its signed link or by a mail reply (R12).
//!
//! A token names a page; the page names its person and the generation of its incident. An old link can therefore
//! neither acknowledge a newer alarm nor act for somebody else.

use hansei_domain::Refusal;
use hansei_domain::access::{Actor, Via};
use hansei_domain::incident::{Incident, IncidentCommand, ResolveCause};
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::page::Page;

use crate::App;
use crate::error::AppResult;
use crate::incidents::Done;
use crate::secret::LinkPurpose;

/// What somebody wants by link or reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// Take it.
    Acknowledge,
    /// End it.
    Resolve,
}

/// The page and incident behind a token.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The page.
    pub page: Page,
    /// The incident as it is now.
    pub incident: Incident,
    /// The page belongs to an earlier generation: it can no longer act.
    pub stale: bool,
}

impl App {
    /// Looks behind a token without changing anything (links are opened by mail scanners, too).
    pub async fn behind(&self, purpose: LinkPurpose, token: &str) -> AppResult<Behind> {
        let page_id = self.links.read(purpose, token).ok_or(Refusal::NotFound("page"))?;
        let Some(State::Page(page)) =
            self.store.load(&[AggregateId::Page(page_id)]).await?.pop().map(|l| l.state)
        else {
            return Err(Refusal::NotFound("page").into());
        };
        let id = AggregateId::Incident(page.incident_id);
        let Some(State::Incident(incident)) = self.store.load(&[id]).await?.pop().map(|l| l.state) else {
            return Err(Refusal::NotFound("page").into());
        };
        let stale = page.generation != incident.generation;
        Ok(Behind { page: *page, incident: *incident, stale })
    }

    /// Acts on a page by token.
    pub async fn respond(&self, purpose: LinkPurpose, token: &str, response: Response) -> AppResult<Done> {
        let behind = self.behind(purpose, token).await?;
        let person = behind.page.person_id;
        if !self.catalog.now().in_use(hansei_domain::catalog::EntryId::Person(person)) {
            return Err(Refusal::NotFound("page").into());
        }
        let via = match purpose {
            LinkPurpose::Respond => Via::Link,
            LinkPurpose::Reply => Via::Mail,
        };
        let actor = Actor::Person { person, via };
        let generation = Some(behind.page.generation);
        let command = match response {
            Response::Acknowledge => IncidentCommand::Acknowledge { generation },
            Response::Resolve => IncidentCommand::Resolve {
                generation,
                cause: ResolveCause::Person,
                at: None,
                impact_ended_at: None,
                note: None,
            },
        };
        self.command_incident(&actor, behind.incident.id, &command, None, |_| None).await
    }
}
