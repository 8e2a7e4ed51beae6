//! The catalogue: products, components, pods and teams. Services, people and keys have screens of their own.
//!
//! All four are kept in the same way (made, changed as a whole, archived, restored), so they share their screens; what
//! differs is a handful of fields and columns. Everybody may read; managers change.

mod edit;
mod list;
mod show;

use axum::response::{IntoResponse, Response};
use hansei_app::catalog::Catalog;
use hansei_domain::access::Permission;
use hansei_domain::catalog::{CatalogDoc, Entry};

use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::see_other;
use crate::policy::{Access, Routes};

/// What the catalogue's screens are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Products.
    Products,
    /// Components.
    Components,
    /// Pods.
    Pods,
    /// Teams.
    Teams,
}

impl Kind {
    /// All, in the order of their tabs.
    pub const ALL: [Self; 4] = [Self::Products, Self::Components, Self::Pods, Self::Teams];

    /// The name in addresses and in the keys of words.
    pub fn path(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Components => "components",
            Self::Pods => "pods",
            Self::Teams => "teams",
        }
    }

    /// The stable name of its entries.
    pub fn of_entries(self) -> &'static str {
        match self {
            Self::Products => "product",
            Self::Components => "component",
            Self::Pods => "pod",
            Self::Teams => "team",
        }
    }

    /// The key of a word about this kind.
    pub fn key(&self, what: &str) -> String {
        format!("catalogue-{}-{what}", self.path())
    }

    fn parse(path: &str) -> WebResult<Self> {
        Self::ALL.into_iter().find(|k| k.path() == path).ok_or_else(Problem::not_found)
    }

    /// Whether a template is about this kind.
    pub fn is(&self, path: &str) -> bool {
        self.path() == path
    }
}

/// The entry at an address, archived or not.
fn entry_at<'c>(catalog: &'c Catalog, kind: Kind, slug: &str) -> WebResult<&'c Entry> {
    catalog.by_unique(kind.of_entries(), slug).ok_or_else(Problem::not_found)
}

/// The entry at an address if it is in use: an archived one is restored first, and changed then.
fn usable_at(catalog: &Catalog, kind: Kind, slug: &str) -> WebResult<CatalogDoc> {
    let entry = entry_at(catalog, kind, slug)?;
    if entry.archived { Err(Problem::not_found()) } else { Ok(entry.doc.clone()) }
}

/// Where an entry is shown.
pub fn href(doc: &CatalogDoc) -> String {
    match doc {
        CatalogDoc::Team(d) => format!("/catalogue/teams/{}", d.slug),
        CatalogDoc::Product(d) => format!("/catalogue/products/{}", d.slug),
        CatalogDoc::Component(d) => format!("/catalogue/components/{}", d.slug),
        CatalogDoc::Pod(d) => format!("/catalogue/pods/{}", d.slug),
        CatalogDoc::Service(d) => format!("/services/{}", d.slug),
        CatalogDoc::Person(d) => format!("/people/{}", d.id),
        CatalogDoc::Key(d) => format!("/integrations/{}", d.id),
        CatalogDoc::Settings(_) => "/settings/organisation".into(),
    }
}

/// `GET /catalogue`.
async fn index(_: PageCtx) -> Response {
    see_other("/catalogue/products").into_response()
}

/// The catalogue's part of the table.
pub fn routes() -> Routes {
    let (read, change) = (Access::Session(Permission::Read), Access::Session(Permission::ManageCatalog));
    Routes::new()
        .get("/catalogue", read, index)
        .get("/catalogue/{kind}", read, list::show)
        .post("/catalogue/{kind}", change, edit::create)
        .get("/catalogue/{kind}/new", change, edit::new)
        .get("/catalogue/{kind}/{slug}", read, show::show)
        .post("/catalogue/{kind}/{slug}", change, edit::save)
        .get("/catalogue/{kind}/{slug}/edit", change, edit::show)
        .post("/catalogue/{kind}/{slug}/archive", change, show::archive)
        .post("/catalogue/{kind}/{slug}/restore", change, show::restore)
}
