//! The organisation: its name, who is told when nobody else can be, what new people begin with, and the whole catalogue
//! as a file for `hansei apply`.

use askama::Template;
use axum::response::{IntoResponse, Response};
use hansei_app::plan;
use hansei_domain::catalog::{CatalogDoc, EntryId, Settings};
use hansei_domain::ids::PersonId;
use hansei_domain::refusal::FieldCode;
use hansei_domain::text::Name;
use http::{HeaderValue, StatusCode, header};

use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::choices::{self, Pick};
use crate::pages::kit::history::{self, ChangeView};
use crate::pages::kit::saving::{self, ConflictView, SEEN_FIELD, Saved};
use crate::pages::kit::{ZoneGroup, zones};
use crate::render::{html, html_with};
use crate::shell::Shell;

/// Changes shown.
const CHANGES: usize = 20;

#[derive(Template)]
#[template(path = "organisation.html")]
struct OrganisationPage {
    shell: Shell,
    form: Form,
    seen: String,
    conflict: Option<ConflictView>,
    fallback: Vec<Pick>,
    zones: Vec<ZoneGroup>,
    changes: Vec<ChangeView>,
}

fn filled(settings: Option<&Settings>) -> Form {
    let Some(settings) = settings else { return Form::new().with("locale", "en").with("zone", "UTC") };
    let form = Form::new()
        .with("name", &settings.name)
        .with("locale", &settings.locale)
        .with("zone", &settings.zone);
    settings.fallback.iter().fold(form, |form, id| form.with("fallback", id))
}

async fn page(ctx: &PageCtx, form: Form, seen: String) -> WebResult<OrganisationPage> {
    let catalog = ctx.app().catalog.now();
    let shell = ctx.shell("organisation-title").nav("settings");
    let id = EntryId::Settings(Settings::the_id());
    Ok(OrganisationPage {
        fallback: choices::people(&shell, &catalog, &form, "fallback"),
        zones: zones(form.value("zone")),
        changes: history::of(ctx, &shell, id, CHANGES).await?,
        conflict: None,
        form,
        seen,
        shell,
    })
}

/// `GET /settings/organisation`.
pub async fn show(ctx: PageCtx) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let seen = saving::current(&catalog, EntryId::Settings(Settings::the_id()));
    html(&page(&ctx, filled(catalog.settings()), seen).await?)
}

/// `POST /settings/organisation`.
pub async fn save(ctx: PageCtx, mut form: Form) -> WebResult<Response> {
    let seen = form.value(SEEN_FIELD).to_owned();
    let name = Name::parse("name", form.value("name"));
    let name = form.take(name);
    let ids: Vec<String> = form.all("fallback").into_iter().map(str::to_owned).collect();
    let fallback: Option<Vec<PersonId>> = ids.iter().map(|id| id.parse().ok()).collect();
    if fallback.is_none() {
        form.wrong("fallback", FieldCode::Unknown, "is not a person");
    }
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let (Some(name), Some(fallback)) = (name, fallback) else {
        return html_with(wrong, &page(&ctx, form, seen).await?);
    };
    let doc = CatalogDoc::Settings(Settings {
        id: Settings::the_id(),
        name,
        fallback,
        locale: form.value("locale").to_owned(),
        zone: form.value("zone").to_owned(),
    });
    match saving::save(&ctx, &ctx.shell("organisation-title"), &doc, &seen).await? {
        Saved::Done => {
            Ok(see_other("/settings/organisation").flash(Tone::Success, ctx.t("saved")).into_response())
        }
        Saved::Refused(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(wrong, &page(&ctx, form, seen).await?)
        }
        Saved::Changed(conflict) => {
            let now = saving::current(&ctx.app().catalog.now(), doc.id());
            let page = page(&ctx, form, now).await?;
            html_with(StatusCode::CONFLICT, &OrganisationPage { conflict: Some(conflict), ..page })
        }
    }
}

/// `GET /settings/organisation/catalogue.toml`.
pub async fn export(ctx: PageCtx) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let text = plan::export(&catalog).write().map_err(Problem::from)?;
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/toml; charset=utf-8"));
    let name = HeaderValue::from_static("attachment; filename=\"catalogue.toml\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
