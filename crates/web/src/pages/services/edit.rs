//! The form of a service, with a rehearsal of what it would do before it is saved.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::rehearse;
use hansei_domain::catalog::{CatalogDoc, EscalationPolicy, IncidentRule, Service};
use hansei_domain::signal::AlertSeverity;
use http::StatusCode;

use super::ladder::{self, LadderView};
use super::show::{RuleRow, asked, rule_rows};
use super::{draft, service_at};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::Choice;
use crate::pages::kit::choices::{self, Pick};
use crate::pages::kit::saving::{self, ConflictView, SEEN_FIELD, Saved};
use crate::render::{html, html_with};
use crate::shell::Shell;

/// Most steps a policy may have.
const MOST_STEPS: usize = 20;

/// One step as a row of the form.
struct StepRow {
    index: String,
    delay_field: String,
    targets_field: String,
    delay: String,
    targets: Vec<Pick>,
}

/// What would happen if this were saved.
struct Rehearsed {
    alert: &'static str,
    severity: Option<u8>,
    ladder: Option<LadderView>,
    rules: Vec<RuleRow>,
}

#[derive(Template)]
#[template(path = "service_edit.html")]
struct EditPage {
    shell: Shell,
    action: String,
    back: String,
    /// Its name; empty while it is being made.
    name: String,
    form: Form,
    seen: String,
    conflict: Option<ConflictView>,
    owners: Vec<Choice>,
    components: Vec<Pick>,
    steps: Vec<StepRow>,
    blank: StepRow,
    severities: Vec<Choice>,
    limits: Vec<Choice>,
    rehearsed: Option<Rehearsed>,
}

impl EditPage {
    fn most_steps(&self) -> usize {
        MOST_STEPS
    }
}

/// Rows of the form, with everybody who may be told.
fn step_row(shell: &Shell, catalog: &hansei_app::catalog::Catalog, form: &Form, index: &str) -> StepRow {
    let (delay_field, targets_field) = draft::step_fields(index);
    let delay = form.optional(&delay_field).unwrap_or("5 min").to_owned();
    let targets = choices::targets(shell, catalog, form, &targets_field);
    StepRow { index: index.to_owned(), delay_field, targets_field, delay, targets }
}

/// Severities as options, worst first.
fn severities(shell: &Shell) -> Vec<Choice> {
    let option =
        |rank: u8| (rank.to_string(), format!("SEV{rank} · {}", shell.word("severity", &rank.to_string())));
    (0..=4).map(option).collect()
}

fn page(ctx: &PageCtx, old: Option<&Service>, form: Form, seen: String) -> EditPage {
    let catalog = ctx.app().catalog.now();
    let name = old.map(|s| s.name.to_string()).unwrap_or_default();
    let title = if name.is_empty() { ctx.t("service-new") } else { name.clone() };
    let shell = ctx.shell("services-title").titled(title).nav("services");
    let steps =
        (0..draft::step_count(&form)).map(|i| step_row(&shell, &catalog, &form, &i.to_string())).collect();
    let none = (String::new(), shell.t("rule-stays-alert"));
    let limits = severities(&shell);
    let address = old.map(|s| format!("/services/{}", s.slug));
    EditPage {
        action: address.clone().unwrap_or_else(|| "/services".into()),
        back: address.unwrap_or_else(|| "/services".into()),
        name,
        seen,
        conflict: None,
        owners: choices::owners(&shell, &catalog),
        components: choices::components(&catalog, &form, "components"),
        steps,
        blank: step_row(&shell, &catalog, &Form::new(), "__index__"),
        severities: std::iter::once(none).chain(limits.iter().cloned()).collect(),
        limits,
        rehearsed: None,
        form,
        shell,
    }
}

fn rehearsed(
    ctx: &PageCtx,
    shell: &Shell,
    policy: &EscalationPolicy,
    rule: &IncidentRule,
    alert: AlertSeverity,
) -> Rehearsed {
    let catalog = ctx.app().catalog.now();
    let played = rehearse::rehearse(rule, policy, alert, &catalog);
    let tells = played.severity.is_some_and(|s| rule.pages(s));
    let senders = ctx.app().senders.kinds();
    Rehearsed {
        alert: alert.as_str(),
        severity: played.severity.map(|s| s.rank()),
        ladder: tells.then(|| ladder::view(shell, &catalog, &senders, policy)),
        rules: rule_rows(rule, alert),
    }
}

/// `GET /services/new`.
pub async fn new(ctx: PageCtx) -> WebResult<Response> {
    html(&page(&ctx, None, draft::blank(ctx.who.person_id), String::new()))
}

/// `GET /services/{slug}/edit`.
pub async fn show(ctx: PageCtx, Path(slug): Path<String>) -> WebResult<Response> {
    let service = usable(&ctx, &slug)?;
    let seen = saving::fingerprint(&CatalogDoc::Service(service.clone()));
    html(&page(&ctx, Some(&service), draft::filled(&service), seen))
}

/// `POST /services`.
pub async fn create(ctx: PageCtx, form: Form) -> WebResult<Response> {
    submitted(&ctx, None, form).await
}

/// `POST /services/{slug}`.
pub async fn save(ctx: PageCtx, Path(slug): Path<String>, form: Form) -> WebResult<Response> {
    let service = usable(&ctx, &slug)?;
    submitted(&ctx, Some(service), form).await
}

fn usable(ctx: &PageCtx, slug: &str) -> WebResult<Service> {
    let catalog = ctx.app().catalog.now();
    let (entry, service) = service_at(&catalog, slug)?;
    if entry.archived { Err(Problem::not_found()) } else { Ok(service.clone()) }
}

async fn submitted(ctx: &PageCtx, old: Option<Service>, form: Form) -> WebResult<Response> {
    let seen = form.value(SEEN_FIELD).to_owned();
    let preview = form.optional("_preview").map(str::to_owned);
    let (mut form, pressed) = draft::arranged(&form);
    if let Some(alert) = preview {
        let (policy, rule) = (draft::policy(&mut form), draft::rule(&mut form));
        let (Some(policy), Some(rule)) = (policy, rule) else {
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(ctx, old.as_ref(), form, seen));
        };
        let page = page(ctx, old.as_ref(), form, seen);
        let rehearsed = rehearsed(ctx, &page.shell, &policy, &rule, asked(&rule, Some(&alert)));
        return html(&EditPage { rehearsed: Some(rehearsed), ..page });
    }
    if pressed {
        return html(&page(ctx, old.as_ref(), form, seen));
    }
    put(ctx, old, form, seen).await
}

async fn put(ctx: &PageCtx, old: Option<Service>, mut form: Form, seen: String) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let ids = ctx.app().ctx(ctx.actor()).ids;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(service) = draft::service(&catalog, &mut form, old.as_ref().map(|s| s.id), &ids) else {
        return html_with(wrong, &page(ctx, old.as_ref(), form, seen));
    };
    let (to, doc) = (format!("/services/{}", service.slug), CatalogDoc::Service(service));
    match saving::save(ctx, &ctx.shell("services-title"), &doc, &seen).await? {
        Saved::Done => Ok(see_other(to).flash(Tone::Success, ctx.t("saved")).into_response()),
        Saved::Refused(error) => {
            let form = form.refused(ctx, error)?;
            html_with(wrong, &page(ctx, old.as_ref(), form, seen))
        }
        Saved::Changed(conflict) => {
            let now = saving::current(&ctx.app().catalog.now(), doc.id());
            let page = page(ctx, old.as_ref(), form, now);
            html_with(StatusCode::CONFLICT, &EditPage { conflict: Some(conflict), ..page })
        }
    }
}
