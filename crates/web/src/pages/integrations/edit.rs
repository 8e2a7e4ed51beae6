//! Making a key, giving it another secret, taking it back.
//!
//! The page that shows a secret is the answer to the form itself: it is not stored, has no address to come back to,
//! and cannot be fetched again.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hansei_app::keys::LONGEST_OVERLAP_SECS;
use hansei_domain::ids::ServiceId;
use hansei_domain::refusal::{FieldCode, Refusal};
use hansei_domain::signal::SourceFormat;
use http::StatusCode;
use serde::Deserialize;

use super::key_at;
use super::show::page;
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::Choice;
use crate::pages::kit::act::reason;
use crate::render::{html, html_with};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "integration_new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    services: Vec<Choice>,
    formats: Vec<Choice>,
}

/// What is known already.
#[derive(Debug, Deserialize)]
pub struct Given {
    service: Option<String>,
}

fn new_page(ctx: &PageCtx, form: Form) -> NewPage {
    let catalog = ctx.app().catalog.now();
    let shell = ctx.shell("key-new").nav("integrations");
    let services = catalog.services().into_iter().map(|s| (s.id.to_string(), s.name.to_string()));
    let formats = SourceFormat::OFFERED.map(|f| (f.as_str().to_owned(), shell.word("format", f.as_str())));
    NewPage { services: services.collect(), formats: formats.into(), form, shell }
}

/// `GET /integrations/new`.
pub async fn new(ctx: PageCtx, Query(given): Query<Given>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let services = catalog.services();
    let wanted = given.service.unwrap_or_default();
    let chosen = services.iter().find(|s| s.slug.as_str() == wanted).or(services.first());
    let form = chosen.map_or_else(Form::new, |s| Form::new().with("service_id", s.id));
    html(&new_page(&ctx, form.with("format", SourceFormat::Alertmanager.as_str())))
}

/// `POST /integrations`.
pub async fn create(ctx: PageCtx, mut form: Form) -> WebResult<Response> {
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let service: Option<ServiceId> = form.need("service_id");
    let format = SourceFormat::parse(form.value("format")).filter(|f| SourceFormat::OFFERED.contains(f));
    if format.is_none() {
        form.wrong("format", FieldCode::Unknown, "is not a format a key can be made for");
    }
    let (Some(service), Some(format)) = (service, format) else {
        return html_with(wrong, &new_page(&ctx, form));
    };
    match ctx.app().create_key(&ctx.actor(), service, format, form.value("name")).await {
        Ok((id, secret)) => {
            let at = key_at(&ctx, &id.to_string())?;
            html_with(StatusCode::CREATED, &page(&ctx, at, None, Some(secret.secret)).await?)
        }
        Err(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(wrong, &new_page(&ctx, form))
        }
    }
}

/// `POST /integrations/{id}/rotate`.
pub async fn rotate(ctx: PageCtx, Path(id): Path<String>, mut form: Form) -> WebResult<Response> {
    let at = key_at(&ctx, &id)?;
    // What cannot be read must not mean "at once": the old secret would be dead, and its senders with it.
    let overlap = form.need::<u32>("overlap_secs").filter(|secs| *secs <= LONGEST_OVERLAP_SECS);
    let Some(overlap) = overlap else {
        let refusal = Refusal::field("overlap_secs", FieldCode::OutOfRange, "must be 0 to 2592000 seconds");
        return Err(refusal.into());
    };
    match ctx.app().rotate_key(&ctx.actor(), at.key.id, overlap).await {
        Ok(secret) => {
            let at = key_at(&ctx, &id)?;
            html(&page(&ctx, at, None, Some(secret.secret)).await?)
        }
        Err(error) => {
            let back = see_other(format!("/integrations/{id}"));
            Ok(back.flash(Tone::Danger, reason(&ctx, error)?).into_response())
        }
    }
}

/// `POST /integrations/{id}/revoke`.
pub async fn revoke(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let at = key_at(&ctx, &id)?;
    let result = ctx.app().revoke_key(&ctx.actor(), at.key.id).await;
    crate::pages::kit::act::settle(&ctx, result, &format!("/integrations/{id}"), ctx.t("key-revoked"))
}
