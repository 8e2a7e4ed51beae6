//! Services: what alerts are about, who owns them, and who is told.
//!
//! The page of a service answers the question that matters at night before it is asked: who would be paged right now,
//! when, and what is wrong with that. The same is shown for a form that has not been saved yet.

mod draft;
mod edit;
pub mod ladder;
mod list;
pub mod show;

use hansei_app::catalog::Catalog;
use hansei_domain::access::Permission;
use hansei_domain::catalog::{CatalogDoc, Entry, EntryId, Service, self_test};

use crate::error::{Problem, WebResult};
use crate::policy::{Access, Routes};

/// The service at an address, archived or not; the self-test's own is nobody's business. Its id is an address, too: what
/// refers to a service for ever (incidents, alerts) does not know what it will be called.
fn service_at<'c>(catalog: &'c Catalog, name: &str) -> WebResult<(&'c Entry, &'c Service)> {
    let by_id = || EntryId::parse(name).and_then(|id| catalog.entry(id));
    let entry = catalog.by_unique("service", name).or_else(by_id).filter(|e| !self_test::owns(e.doc.id()));
    match entry.map(|e| (e, &e.doc)) {
        Some((entry, CatalogDoc::Service(service))) => Ok((entry, service)),
        _ => Err(Problem::not_found()),
    }
}

/// The services' part of the table.
pub fn routes() -> Routes {
    let (read, change) = (Access::Session(Permission::Read), Access::Session(Permission::ManageCatalog));
    Routes::new()
        .get("/services", read, list::show)
        .post("/services", change, edit::create)
        .get("/services/new", change, edit::new)
        .get("/services/{slug}", read, show::show)
        .post("/services/{slug}", change, edit::save)
        .get("/services/{slug}/edit", change, edit::show)
        .post("/services/{slug}/archive", change, show::archive)
        .post("/services/{slug}/restore", change, show::restore)
}
