//! Entries of the catalogue.

use hansei_app::ports::StoreResult;
use hansei_domain::catalog::{CatalogDoc, Entry, Origin};

use super::json;
use crate::sql::{Column, Kind, Table, Val};

/// The catalogue.
pub(crate) static ENTRY: Table = Table {
    name: "entry",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("version", Kind::Int),
        Column::fixed("kind", Kind::Text),
        Column::new("unique_key", Kind::Text),
        Column::new("name", Kind::Text),
        Column::new("archived", Kind::Bool),
        Column::new("origin", Kind::Text),
        Column::new("owner_id", Kind::Text),
        Column::new("role", Kind::Text),
        Column::new("format", Kind::Text),
        Column::new("state", Kind::Text),
    ],
};

/// An entry's row. `owner_id` is a service's team, a component's product, or a key's service.
pub(crate) fn entry_cells(entry: &Entry, version: u64) -> StoreResult<[Val<'static>; 11]> {
    let id = entry.doc.id();
    let (owner, role, format) = match &entry.doc {
        CatalogDoc::Service(doc) => (Val::display_opt(doc.owner_team_id), None, None),
        CatalogDoc::Component(doc) => (Val::display_opt(doc.product_id), None, None),
        CatalogDoc::Key(doc) => (Val::display(doc.service_id), None, Some(doc.format.as_str())),
        CatalogDoc::Person(doc) => (Val::Null, Some(doc.role.as_str()), None),
        CatalogDoc::Team(_) | CatalogDoc::Product(_) | CatalogDoc::Pod(_) | CatalogDoc::Settings(_) => {
            (Val::Null, None, None)
        }
    };
    let origin = match entry.origin {
        Origin::Screen => "screen",
        Origin::File => "file",
        Origin::Setup => "setup",
    };
    Ok([
        Val::display(id),
        version.into(),
        id.kind().into(),
        entry.doc.unique_key().into(),
        entry.doc.name().to_owned().into(),
        entry.archived.into(),
        origin.into(),
        owner,
        role.into(),
        format.into(),
        json(entry)?.into(),
    ])
}
