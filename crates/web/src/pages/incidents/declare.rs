//! Declaring an incident by hand.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use hansei_app::incidents::NewIncident;
use hansei_domain::catalog::EntryId;
use hansei_domain::incident::{IncidentSource, Severity};
use hansei_domain::refusal::FieldCode;
use hansei_domain::text::Title;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::fields::{choice_of, taken};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::Choice;
use crate::pages::times::instant;
use crate::render::{html, html_with};
use crate::shell::Shell;

/// What a link to the form may already know.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begin {
    service: String,
    title: String,
}

#[derive(Template)]
#[template(path = "incident_new.html")]
struct DeclarePage<'a> {
    shell: &'a Shell,
    form: &'a Form,
    services: Vec<Choice>,
    sources: Vec<Choice>,
}

fn page<'a>(ctx: &PageCtx, shell: &'a Shell, form: &'a Form) -> DeclarePage<'a> {
    let catalog = ctx.app().catalog.now();
    let none = (String::new(), shell.t("declare-no-service"));
    let services = catalog.services().into_iter().map(|s| (s.id.to_string(), s.name.to_string()));
    let sources = IncidentSource::ALL.iter().map(|s| s.as_str());
    DeclarePage {
        services: std::iter::once(none).chain(services).collect(),
        sources: sources.map(|s| (s.to_owned(), shell.t(&format!("source-{s}")))).collect(),
        shell,
        form,
    }
}

/// `GET /incidents/new`.
pub async fn show(ctx: PageCtx, Query(begin): Query<Begin>) -> WebResult<Response> {
    let form = Form::new()
        .with("title", begin.title.chars().take(1024).collect::<String>())
        .with("service_id", begin.service)
        .with("severity", 2)
        .with("source", IncidentSource::Staff.as_str())
        .with("page", "1")
        .with("hold", "1");
    let shell = ctx.shell("declare-incident").nav("incidents");
    html(&page(&ctx, &shell, &form))
}

/// `POST /incidents`.
pub async fn submit(ctx: PageCtx, headers: HeaderMap, mut form: Form) -> WebResult<Response> {
    let wanted = read(&ctx, &mut form);
    let refused = match wanted {
        Some(new) => match ctx.app().declare_incident(&ctx.actor(), &new, |_| None).await {
            Ok(done) => {
                let text = ctx.t("declare-done");
                let to = format!("/incidents/{}", done.incident.number);
                return Ok(taken(&headers, see_other(&to).flash(Tone::Success, text), &to).into_response());
            }
            Err(error) => form.refused(&ctx, error)?,
        },
        None => form,
    };
    let shell = ctx.shell("declare-incident").nav("incidents");
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&ctx, &shell, &refused))
}

/// Reads the form; `None` if something in it is wrong, which it then says.
fn read(ctx: &PageCtx, form: &mut Form) -> Option<NewIncident> {
    let title = match Title::parse("title", form.value("title")) {
        Ok(title) => Some(title.to_string()),
        Err(error) => {
            form.wrong("title", error.code, &error.message);
            None
        }
    };
    let severity = match Severity::parse("severity", form.value("severity")) {
        Ok(severity) => Some(severity),
        Err(error) => {
            form.wrong("severity", error.code, &error.message);
            None
        }
    };
    let catalog = ctx.app().catalog.now();
    let service_id = choice_of(form, "service_id");
    if service_id.is_some_and(|id| !catalog.in_use(EntryId::Service(id))) {
        form.wrong("service_id", FieldCode::Unknown, "is not a service in use");
    }
    let source = IncidentSource::parse(form.value("source"));
    if source.is_none() {
        form.wrong("source", FieldCode::Unknown, "is not a source");
    }
    let impact_started_at = instant(form, "impact_started_at", &ctx.who.zone);
    let new = NewIncident {
        title: title?,
        service_id,
        severity: severity?,
        source: source?,
        page: form.has("page", "1"),
        hold: form.has("hold", "1"),
        impact_started_at,
        detected_at: None,
        declared_at: None,
    };
    (!form.is_wrong()).then_some(new)
}
