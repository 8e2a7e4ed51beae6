//! The three steps from an empty installation to the first page in somebody's mailbox; shown on *Now* until done.

use hansei_app::ports::AlertQuery;
use hansei_domain::catalog::self_test;
use hansei_domain::journal::State;

use crate::ctx::PageCtx;
use crate::error::WebResult;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// It is done.
    pub done: bool,
    /// Key of its title; with `-text` behind it, of its sentence.
    pub key: &'static str,
    /// Where it is done.
    pub href: String,
}

/// All steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// In order.
    pub steps: Vec<Step>,
}

impl Checklist {
    /// How many are done.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|s| s.done).count()
    }
}

/// What is left to do; `None` once all is done, and for those who could not do it.
pub async fn checklist(ctx: &PageCtx) -> WebResult<Option<Checklist>> {
    use hansei_domain::access::Permission;
    if !ctx.who.may(Permission::ManageCatalog) {
        return Ok(None);
    }
    let catalog = ctx.app().catalog.now();
    let key = catalog.keys().into_iter().next().map(|k| k.id);
    let (service, connected) = (!catalog.services().is_empty(), key.is_some());
    // The self-test has one alert of its own; any other is somebody's.
    let newest = ctx.app().store.alerts(&AlertQuery { limit: 2, ..AlertQuery::default() }).await?;
    let heard = newest
        .iter()
        .any(|l| matches!(&l.state, State::Alert(alert) if alert.service_id != self_test::service_id()));
    if service && connected && heard {
        return Ok(None);
    }
    let test =
        key.map_or_else(|| "/integrations/new".to_owned(), |id| format!("/integrations/{id}#test-title"));
    let step = |done, key, href: &str| Step { done, key, href: href.to_owned() };
    Ok(Some(Checklist {
        steps: vec![
            step(service, "checklist-service", "/services/new"),
            step(connected, "checklist-key", "/integrations/new"),
            step(heard, "checklist-alert", &test),
        ],
    }))
}
