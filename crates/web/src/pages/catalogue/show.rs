//! One entry: what it is, what uses it, what is wrong with it now, and who changed what.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hansei_app::words::Args;
use hansei_domain::catalog::CatalogDoc;

use super::{Kind, entry_at, href};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::pages::kit::PersonView;
use crate::pages::kit::act::settle;
use crate::pages::kit::burning::{Burning, OpenIncident};
use crate::pages::kit::history::{self, ChangeView};
use crate::render::html;
use crate::shell::Shell;

/// Changes shown.
const CHANGES: usize = 30;

#[derive(Template)]
#[template(path = "catalogue_show.html")]
struct ShowPage {
    shell: Shell,
    kind: Kind,
    href: String,
    name: String,
    slug: String,
    description: String,
    region: String,
    product: Option<(String, String)>,
    people: Vec<PersonView>,
    /// Kind in words, name, address.
    used_by: Vec<(String, String, String)>,
    open: Vec<OpenIncident>,
    changes: Vec<ChangeView>,
    archived: bool,
    from_file: bool,
}

/// `GET /catalogue/{kind}/{slug}`.
pub async fn show(ctx: PageCtx, Path((kind, slug)): Path<(String, String)>) -> WebResult<Response> {
    let kind = Kind::parse(&kind)?;
    let catalog = ctx.app().catalog.now();
    let entry = entry_at(&catalog, kind, &slug)?;
    let burning = Burning::read(&ctx).await?;
    let shell = ctx.shell("catalogue-title").titled(entry.doc.name()).nav("catalogue");
    let changes = history::of(&ctx, &shell, entry.doc.id(), CHANGES).await?;
    let users = catalog.users_of(entry.doc.id());
    let used_by =
        users.iter().map(|d| (shell.t(&format!("kind-{}", d.id().kind())), d.name().to_owned(), href(d)));
    let mut page = ShowPage {
        kind,
        href: href(&entry.doc),
        name: entry.doc.name().to_owned(),
        slug,
        description: String::new(),
        region: String::new(),
        product: None,
        people: Vec::new(),
        used_by: used_by.collect(),
        open: Vec::new(),
        changes,
        archived: entry.archived,
        from_file: entry.file_base.is_some(),
        shell,
    };
    match &entry.doc {
        CatalogDoc::Team(d) => {
            page.description = d.description.clone().unwrap_or_default();
            page.people = PersonView::all(&page.shell, &catalog, &d.members);
        }
        CatalogDoc::Product(d) => {
            page.description = d.description.clone().unwrap_or_default();
            page.open = burning.of_product(d.id);
        }
        CatalogDoc::Component(d) => {
            page.description = d.description.clone().unwrap_or_default();
            let product = d.product_id.and_then(|id| catalog.product(id));
            page.product = product.map(|p| (p.name.to_string(), format!("/catalogue/products/{}", p.slug)));
            page.open = burning.of_component(d.id);
        }
        CatalogDoc::Pod(d) => {
            page.region = d.region.clone().unwrap_or_default();
            page.open = burning.of_pod(d.id);
        }
        _ => {}
    }
    html(&page)
}

/// `POST /catalogue/{kind}/{slug}/archive`.
pub async fn archive(ctx: PageCtx, Path((kind, slug)): Path<(String, String)>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let entry = entry_at(&catalog, Kind::parse(&kind)?, &slug)?;
    let done = ctx.ta("archived-done", &Args::new().text("name", entry.doc.name()));
    let result = ctx.app().archive_entry(&ctx.actor(), entry.doc.id()).await;
    settle(&ctx, result, &href(&entry.doc), done)
}

/// `POST /catalogue/{kind}/{slug}/restore`.
pub async fn restore(ctx: PageCtx, Path((kind, slug)): Path<(String, String)>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let entry = entry_at(&catalog, Kind::parse(&kind)?, &slug)?;
    let done = ctx.ta("restored-done", &Args::new().text("name", entry.doc.name()));
    let result = ctx.app().restore_entry(&ctx.actor(), entry.doc.id()).await;
    settle(&ctx, result, &href(&entry.doc), done)
}
