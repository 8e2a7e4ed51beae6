//! A test alert: written in the key's own wire format, read by the same reader, stored in the same inbox, decided and
//! paged by the same rules. Its page follows it: alert, incident, who is being told, whether it arrived.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::catalog::Catalog;
use hansei_app::ports::FormatCtx;
use hansei_app::words::Args;
use hansei_domain::catalog::IntegrationKey;
use hansei_domain::ids::encode_base32;
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::page::Page;
use hansei_domain::signal::{AlertSeverity, SourceFormat};
use serde_json::{Value, json};

use super::{KeyAt, key_at};
use crate::ctx::PageCtx;
use crate::error::{Problem, ProblemKind, WebResult};
use crate::flash::see_other;
use crate::form::Form;
use crate::pages::kit::PersonView;
use crate::pages::kit::act::settle;
use crate::render::html;
use crate::shell::Shell;

/// Where in a fresh id the part begins that two tests do not share.
const MARK_FROM: usize = 14;

/// One person who is being told.
struct Told {
    person: PersonView,
    /// Stable name of how far it is: `pending`, `delivered`, `failed`.
    state: &'static str,
}

/// How far it has come.
struct Progress {
    alert_id: String,
    summary: String,
    firing: bool,
    /// Why it is no incident; the key of a sentence.
    left: String,
    incident: Option<(u64, String, u8, &'static str)>,
    told: Vec<Told>,
}

#[derive(Template)]
#[template(path = "integration_trial.html")]
struct TrialPage {
    shell: Shell,
    name: String,
    key_href: String,
    href: String,
    progress: Option<Progress>,
    /// Something may still change: the page looks again by itself.
    moving: bool,
}

/// What a sender would write.
fn body(format: SourceFormat, severity: AlertSeverity, mark: &str, title: &str) -> Value {
    let (severity, name) = (severity.as_str(), format!("hansei-test-{mark}"));
    match format {
        SourceFormat::Pagerduty => json!({
            "routing_key": "*", "event_action": "trigger", "dedup_key": name,
            "payload": { "summary": title, "source": "hansei", "severity": severity },
        }),
        SourceFormat::Alertmanager => json!([{
            "labels": { "alertname": "HanseiTest", "test": mark, "severity": severity },
            "annotations": { "summary": title },
        }]),
        SourceFormat::Json | SourceFormat::Internal => {
            json!({ "dedup_key": name, "summary": title, "severity": severity, "source": "hansei" })
        }
    }
}

/// Reads a body as the key's door would, and stores its signals. Returns the deduplication key.
async fn take(ctx: &PageCtx, key: &IntegrationKey, body: &Value) -> WebResult<String> {
    let (app, bytes) = (ctx.app(), body.to_string().into_bytes());
    let format = ctx.web.formats.of(key.format, &bytes).ok_or_else(Problem::not_found)?;
    let received_at = app.clock.now();
    let fresh = app.ids.fresh(received_at);
    let asked = FormatCtx { service_id: key.service_id, key_id: key.id, received_at, fresh };
    let parsed = format.parse(&bytes, &asked).map_err(Problem::internal)?;
    let signal = parsed.signals.first().ok_or_else(|| Problem::internal("a test alert was refused"))?;
    let dedup_key = signal.dedup_key.clone();
    app.samples.put(key.id, received_at, &bytes, parsed.signals.len(), Vec::new());
    app.accept(&parsed.signals).await?;
    Ok(dedup_key)
}

/// `POST /integrations/{id}/test`.
pub async fn send(ctx: PageCtx, Path(id): Path<String>, form: Form) -> WebResult<Response> {
    let at = key_at(&ctx, &id)?;
    if at.revoked {
        return Err(Problem::new(ProblemKind::WrongState));
    }
    let severity = AlertSeverity::parse(form.value("severity")).unwrap_or(AlertSeverity::Warning);
    let fresh = encode_base32(ctx.app().ids.fresh(ctx.app().clock.now()));
    let mark = fresh.get(MARK_FROM..).unwrap_or(&fresh);
    let title = ctx.ta("test-alert-title", &Args::new().text("name", ctx.who.name.as_str()));
    let dedup_key = take(&ctx, &at.key, &body(at.key.format, severity, mark, &title)).await?;
    Ok(see_other(address(&id, &dedup_key)).into_response())
}

fn address(id: &str, dedup_key: &str) -> String {
    let dedup: String = url::form_urlencoded::byte_serialize(dedup_key.as_bytes()).collect();
    format!("/integrations/{id}/test/{dedup}")
}

/// The key of a test in its address; none that we made has control characters, and not every database can be asked for
/// them.
fn of_test(dedup: &str) -> WebResult<String> {
    if dedup.chars().any(char::is_control) { Err(Problem::not_found()) } else { Ok(dedup.to_owned()) }
}

fn told(shell: &Shell, catalog: &Catalog, page: &Page) -> Option<Told> {
    let person = PersonView::of(shell, catalog.person(page.person_id)?);
    let given_up = !page.progress.is_empty() && page.progress.iter().all(|p| p.given_up);
    let state = match page.delivered_at {
        Some(_) => "delivered",
        None if given_up || page.channels.is_empty() => "failed",
        None => "pending",
    };
    Some(Told { person, state })
}

async fn progress(ctx: &PageCtx, shell: &Shell, at: &KeyAt, dedup: &str) -> WebResult<Option<Progress>> {
    let key = [(at.key.service_id, of_test(dedup)?)];
    let facts = ctx.app().store.load_intake(&key).await?;
    let Some(State::Alert(alert)) = facts.alerts.into_iter().next().map(|l| l.state) else {
        return Ok(None);
    };
    let incident = facts.incidents.into_iter().find_map(|l| match l.state {
        State::Incident(incident) if Some(incident.id) == alert.incident_id => Some(incident),
        _ => None,
    });
    let pages = match &incident {
        Some(incident) => ctx.app().store.pages(&[incident.id]).await?,
        None => Vec::new(),
    };
    let told = pages.iter().filter_map(|l| match &l.state {
        State::Page(page) => told(shell, &at.catalog, page),
        _ => None,
    });
    Ok(Some(Progress {
        alert_id: alert.id.to_string(),
        summary: alert.summary().to_owned(),
        firing: alert.is_firing(),
        left: alert.left_reason.map(|r| format!("test-left-{}", r.as_str())).unwrap_or_default(),
        incident: incident.map(|i| (i.number, i.title.clone(), i.severity.rank(), i.status.as_str())),
        told: told.collect(),
    }))
}

/// `GET /integrations/{id}/test/{dedup}`.
pub async fn show(ctx: PageCtx, Path((id, dedup)): Path<(String, String)>) -> WebResult<Response> {
    let at = key_at(&ctx, &id)?;
    let shell = ctx.shell("test-title").nav("integrations");
    let progress = progress(&ctx, &shell, &at, &dedup).await?;
    let moving = progress.as_ref().is_none_or(|p| p.firing && (p.incident.is_some() || p.left.is_empty()));
    html(&TrialPage {
        name: at.key.name.to_string(),
        key_href: format!("/integrations/{id}"),
        href: address(&id, &dedup),
        progress,
        moving,
        shell,
    })
}

/// `POST /integrations/{id}/test/{dedup}/resolve`.
pub async fn resolve(ctx: PageCtx, Path((id, dedup)): Path<(String, String)>) -> WebResult<Response> {
    let at = key_at(&ctx, &id)?;
    let key = [(at.key.service_id, of_test(&dedup)?)];
    let facts = ctx.app().store.load_intake(&key).await?;
    let Some(AggregateId::Alert(alert_id)) = facts.alerts.first().map(|l| l.id) else {
        return Err(Problem::not_found());
    };
    let result = ctx.app().end_alert(&ctx.actor(), alert_id).await;
    settle(&ctx, result, &address(&id, &dedup), ctx.t("test-ended"))
}
