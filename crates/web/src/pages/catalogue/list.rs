//! One kind of the catalogue as a list, with what is wrong right now.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use hansei_app::catalog::Catalog;
use hansei_domain::catalog::{CatalogDoc, Entry, EntryId};
use serde::Deserialize;

use super::{Kind, href};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::pages::kit::PersonView;
use crate::pages::kit::burning::{Burning, OpenIncident};
use crate::render::html;
use crate::shell::Shell;

/// One entry.
struct Row {
    name: String,
    href: String,
    edit: String,
    description: String,
    /// The product of a component, the region of a pod.
    place: String,
    people: Vec<PersonView>,
    /// What uses it, by name and address.
    used_by: Vec<(String, String)>,
    open: Vec<OpenIncident>,
    archived: bool,
    from_file: bool,
}

/// A tab: which kind, how many are in use.
struct Tab {
    kind: Kind,
    count: usize,
}

#[derive(Template)]
#[template(path = "catalogue_list.html")]
struct ListPage {
    shell: Shell,
    kind: Kind,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    text: String,
    archived: bool,
    archived_count: usize,
}

/// What is wanted.
#[derive(Debug, Deserialize)]
pub struct Filter {
    q: Option<String>,
    archived: Option<String>,
}

/// `GET /catalogue/{kind}`.
pub async fn show(
    ctx: PageCtx,
    Path(kind): Path<String>,
    Query(filter): Query<Filter>,
) -> WebResult<Response> {
    let kind = Kind::parse(&kind)?;
    let catalog = ctx.app().catalog.now();
    let burning = Burning::read(&ctx).await?;
    let shell = ctx.shell(&format!("catalogue-{}", kind.path())).nav("catalogue");
    let text = filter.q.unwrap_or_default().trim().to_lowercase();
    let archived = filter.archived.is_some();
    let of_kind = |e: &&Entry, kind: Kind| e.doc.id().kind() == kind.of_entries();
    let tabs = Kind::ALL
        .map(|kind| Tab { kind, count: catalog.all().filter(|e| of_kind(e, kind) && !e.archived).count() })
        .into();
    let all: Vec<&Entry> = catalog.all().filter(|e| of_kind(e, kind)).collect();
    let archived_count = all.iter().filter(|e| e.archived).count();
    let mut rows: Vec<Row> = all
        .into_iter()
        .filter(|e| e.archived == archived && e.doc.name().to_lowercase().contains(&text))
        .map(|entry| row(&shell, &catalog, &burning, entry))
        .collect();
    rows.sort_by_key(|r| (r.place.to_lowercase(), r.name.to_lowercase()));
    html(&ListPage { shell, kind, tabs, rows, text, archived, archived_count })
}

fn row(shell: &Shell, catalog: &Catalog, burning: &Burning, entry: &Entry) -> Row {
    let doc = &entry.doc;
    let users = catalog.users_of(doc.id());
    let used_by = users.iter().map(|d| (d.name().to_owned(), href(d))).collect();
    let (description, place, people, open) = match doc {
        CatalogDoc::Team(d) => {
            let owned: BTreeSet<_> = users
                .iter()
                .filter_map(|d| match d.id() {
                    EntryId::Service(id) => Some(id),
                    _ => None,
                })
                .collect();
            let people = PersonView::all(shell, catalog, &d.members);
            (d.description.clone(), None, people, burning.of_services(&owned))
        }
        CatalogDoc::Product(d) => (d.description.clone(), None, Vec::new(), burning.of_product(d.id)),
        CatalogDoc::Component(d) => {
            let product = d.product_id.and_then(|id| catalog.product(id)).map(|p| p.name.to_string());
            (d.description.clone(), product, Vec::new(), burning.of_component(d.id))
        }
        CatalogDoc::Pod(d) => (None, d.region.clone(), Vec::new(), burning.of_pod(d.id)),
        _ => (None, None, Vec::new(), Vec::new()),
    };
    let href = href(doc);
    Row {
        name: doc.name().to_owned(),
        edit: format!("{href}/edit"),
        href,
        description: description.unwrap_or_default(),
        place: place.unwrap_or_default(),
        people,
        used_by,
        open,
        archived: entry.archived,
        from_file: entry.file_base.is_some(),
    }
}
