//! The form of an entry.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::catalog::Catalog;
use hansei_domain::catalog::{CatalogDoc, Component, EntryId, Pod, Product, Team};
use hansei_domain::ids::{PersonId, ProductId};
use hansei_domain::text::{Name, Note, Slug};
use http::StatusCode;

use super::{Kind, href, usable_at};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::choices::{Pick, people, products};
use crate::pages::kit::saving::{self, ConflictView, SEEN_FIELD, Saved, save as save_entry};
use crate::pages::kit::slugs;
use crate::render::{html, html_with};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "catalogue_edit.html")]
struct EditPage {
    shell: Shell,
    kind: Kind,
    /// Where the form goes.
    action: String,
    /// Where giving up leads.
    back: String,
    /// Name of the entry; empty while it is being made.
    name: String,
    form: Form,
    seen: String,
    conflict: Option<ConflictView>,
    people: Vec<Pick>,
    products: Vec<(String, String)>,
}

impl EditPage {
    fn of(ctx: &PageCtx, kind: Kind, doc: Option<&CatalogDoc>, form: Form, seen: String) -> Self {
        let catalog = ctx.app().catalog.now();
        let name = doc.map(|d| d.name().to_owned()).unwrap_or_default();
        let title = if name.is_empty() {
            ctx.t(&format!("catalogue-new-{}", kind.of_entries()))
        } else {
            name.clone()
        };
        let shell = ctx.shell("catalogue-title").titled(title).nav("catalogue");
        let people =
            if kind == Kind::Teams { people(&shell, &catalog, &form, "members") } else { Vec::new() };
        let products = if kind == Kind::Components { products(&shell, &catalog) } else { Vec::new() };
        let list = format!("/catalogue/{}", kind.path());
        let action = doc.map_or_else(|| list.clone(), href);
        let back = doc.map_or(list, href);
        Self { shell, kind, action, back, name, form, seen, conflict: None, people, products }
    }
}

/// What a form of an existing entry begins with.
fn filled(doc: &CatalogDoc) -> Form {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let form = Form::new().with("name", doc.name()).with("slug", doc.unique_key());
    match doc {
        CatalogDoc::Team(d) => {
            let form = form.with("description", text(&d.description));
            d.members.iter().fold(form, |form, id| form.with("members", id))
        }
        CatalogDoc::Product(d) => form.with("description", text(&d.description)),
        CatalogDoc::Component(d) => {
            let product = d.product_id.map(|id| id.to_string()).unwrap_or_default();
            form.with("description", text(&d.description)).with("product_id", product)
        }
        CatalogDoc::Pod(d) => form.with("region", text(&d.region)),
        _ => form,
    }
}

/// The entry a form describes; errors are noted in the form.
fn read(
    ctx: &PageCtx,
    catalog: &Catalog,
    kind: Kind,
    id: Option<EntryId>,
    form: &mut Form,
) -> Option<CatalogDoc> {
    let ids = ctx.app().ctx(ctx.actor()).ids;
    let name = Name::parse("name", form.value("name"));
    let name = form.take(name);
    let slug = slugs::read(catalog, kind.of_entries(), form);
    let description = Note::parse_optional("description", form.optional("description"));
    let description = form.take(description).map(|d| d.map(|d| d.to_string()));
    let region = Name::parse_optional("region", form.optional("region"));
    let region = form.take(region).map(|r| r.map(|r| r.to_string()));
    let members: Vec<PersonId> = form.all("members").iter().filter_map(|id| id.parse().ok()).collect();
    let product: Option<ProductId> = form.parse("product_id");
    let (name, slug, description, region): (Name, Slug, _, _) = (name?, slug?, description?, region?);
    if form.is_wrong() {
        return None;
    }
    Some(match (kind, id) {
        (Kind::Teams, Some(EntryId::Team(id))) => {
            CatalogDoc::Team(Team { id, slug, name, description, members })
        }
        (Kind::Teams, _) => CatalogDoc::Team(Team { id: ids.fresh(), slug, name, description, members }),
        (Kind::Products, Some(EntryId::Product(id))) => {
            CatalogDoc::Product(Product { id, slug, name, description })
        }
        (Kind::Products, _) => CatalogDoc::Product(Product { id: ids.fresh(), slug, name, description }),
        (Kind::Components, Some(EntryId::Component(id))) => {
            CatalogDoc::Component(Component { id, slug, name, product_id: product, description })
        }
        (Kind::Components, _) => {
            CatalogDoc::Component(Component { id: ids.fresh(), slug, name, product_id: product, description })
        }
        (Kind::Pods, Some(EntryId::Pod(id))) => CatalogDoc::Pod(Pod { id, slug, name, region }),
        (Kind::Pods, _) => CatalogDoc::Pod(Pod { id: ids.fresh(), slug, name, region }),
    })
}

/// `GET /catalogue/{kind}/new`.
pub async fn new(ctx: PageCtx, Path(kind): Path<String>) -> WebResult<Response> {
    html(&EditPage::of(&ctx, Kind::parse(&kind)?, None, Form::new(), String::new()))
}

/// `GET /catalogue/{kind}/{slug}/edit`.
pub async fn show(ctx: PageCtx, Path((kind, slug)): Path<(String, String)>) -> WebResult<Response> {
    let kind = Kind::parse(&kind)?;
    let catalog = ctx.app().catalog.now();
    let doc = usable_at(&catalog, kind, &slug)?;
    html(&EditPage::of(&ctx, kind, Some(&doc), filled(&doc), saving::fingerprint(&doc)))
}

/// `POST /catalogue/{kind}`.
pub async fn create(ctx: PageCtx, Path(kind): Path<String>, form: Form) -> WebResult<Response> {
    put(&ctx, Kind::parse(&kind)?, None, form).await
}

/// `POST /catalogue/{kind}/{slug}`.
pub async fn save(
    ctx: PageCtx,
    Path((kind, slug)): Path<(String, String)>,
    form: Form,
) -> WebResult<Response> {
    let kind = Kind::parse(&kind)?;
    let catalog = ctx.app().catalog.now();
    let doc = usable_at(&catalog, kind, &slug)?;
    put(&ctx, kind, Some(doc), form).await
}

async fn put(ctx: &PageCtx, kind: Kind, old: Option<CatalogDoc>, mut form: Form) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let seen = form.value(SEEN_FIELD).to_owned();
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(doc) = read(ctx, &catalog, kind, old.as_ref().map(CatalogDoc::id), &mut form) else {
        return html_with(wrong, &EditPage::of(ctx, kind, old.as_ref(), form, seen));
    };
    let shell = ctx.shell("catalogue-title");
    match save_entry(ctx, &shell, &doc, &seen).await? {
        Saved::Done => Ok(see_other(href(&doc)).flash(Tone::Success, ctx.t("saved")).into_response()),
        Saved::Refused(error) => {
            let form = form.refused(ctx, error)?;
            html_with(wrong, &EditPage::of(ctx, kind, old.as_ref(), form, seen))
        }
        Saved::Changed(conflict) => {
            let now = saving::current(&ctx.app().catalog.now(), doc.id());
            let page = EditPage::of(ctx, kind, old.as_ref(), form, now);
            html_with(StatusCode::CONFLICT, &EditPage { conflict: Some(conflict), ..page })
        }
    }
}
