//! What is wrong right now, by what it is wrong with: one read for a whole list.

use std::collections::BTreeSet;

use hansei_app::ports::{IncidentQuery, IncidentRow};
use hansei_domain::catalog::self_test;
use hansei_domain::ids::{ComponentId, PodId, ProductId, ServiceId};
use hansei_domain::incident::{IncidentStatus, ScopeEntry};

use crate::ctx::PageCtx;
use crate::error::WebResult;

/// Active incidents that are looked at; more than that is a day on which no list helps.
const MOST: usize = 500;

/// An active incident as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncident {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Severity's rank.
    pub severity: u8,
    /// Stable name of its state.
    pub status: &'static str,
    firing: u64,
}

impl OpenIncident {
    /// One for showing what it looks like.
    pub fn sample(number: u64, title: &str, severity: u8, firing: u64) -> Self {
        Self { number, title: title.to_owned(), severity, status: "investigating", firing }
    }

    /// Alerts that fire in it.
    pub fn firing(&self) -> u64 {
        self.firing
    }
}

/// All active incidents.
pub struct Burning(Vec<IncidentRow>);

impl Burning {
    /// Reads them, worst number last; the self-test's own is left out.
    pub async fn read(ctx: &PageCtx) -> WebResult<Self> {
        let query = IncidentQuery {
            status: IncidentStatus::ACTIVE.to_vec(),
            limit: MOST,
            ..IncidentQuery::default()
        };
        let mut rows = ctx.app().store.incidents(&query).await?;
        rows.retain(|r| r.incident.number != self_test::INCIDENT_NUMBER);
        Ok(Self(rows))
    }

    fn those(&self, wanted: impl Fn(&IncidentRow) -> bool) -> Vec<OpenIncident> {
        let row = |r: &IncidentRow| OpenIncident {
            number: r.incident.number,
            title: r.incident.title.clone(),
            severity: r.incident.severity.rank(),
            status: r.incident.status.as_str(),
            firing: r.firing_alerts,
        };
        self.0.iter().filter(|r| wanted(r)).map(row).collect()
    }

    fn hitting(&self, hit: impl Fn(&ScopeEntry) -> bool) -> Vec<OpenIncident> {
        self.those(|r| r.incident.scope.iter().any(|s| s.until_at.is_none() && hit(s)))
    }

    /// Of a service.
    pub fn of_service(&self, id: ServiceId) -> Vec<OpenIncident> {
        self.those(|r| r.incident.service_id == Some(id))
    }

    /// In which a product is hit.
    pub fn of_product(&self, id: ProductId) -> Vec<OpenIncident> {
        self.hitting(|s| s.products.contains(&id))
    }

    /// In which a component is hit.
    pub fn of_component(&self, id: ComponentId) -> Vec<OpenIncident> {
        self.hitting(|s| s.components.contains(&id))
    }

    /// In which a pod is hit.
    pub fn of_pod(&self, id: PodId) -> Vec<OpenIncident> {
        self.hitting(|s| s.all_pods || s.pods.contains(&id))
    }

    /// Of any of these services.
    pub fn of_services(&self, ids: &BTreeSet<ServiceId>) -> Vec<OpenIncident> {
        self.those(|r| r.incident.service_id.is_some_and(|id| ids.contains(&id)))
    }
}
