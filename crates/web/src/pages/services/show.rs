//! One service: what burns, who would be paged right now, by which rule, with which keys, and who changed what.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hansei_app::ports::{AlertQuery, Loaded};
use hansei_app::rehearse;
use hansei_app::words::{self, Args};
use hansei_domain::Timestamp;
use hansei_domain::alert::AlertStatus;
use hansei_domain::catalog::{GroupBy, IncidentRule, Service};
use hansei_domain::journal::State;
use hansei_domain::signal::AlertSeverity;
use serde::Deserialize;

use super::ladder::{self, LadderView};
use super::service_at;
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::see_other;
use crate::pages::kit::PersonView;
use crate::pages::kit::act::settle;
use crate::pages::kit::burning::{Burning, OpenIncident};
use crate::pages::kit::history::{self, ChangeView};
use crate::render::html;
use crate::shell::Shell;

/// Changes shown.
const CHANGES: usize = 20;
/// Firing alerts shown.
const ALERTS: usize = 10;

/// One alert that fires.
struct AlertLine {
    id: String,
    summary: String,
    severity: &'static str,
    since: Option<Timestamp>,
}

/// What one severity of alerts leads to.
pub struct RuleRow {
    /// Stable name of the alert's severity.
    pub alert: &'static str,
    /// Severity of the incident; `None` = it stays an alert.
    pub severity: Option<u8>,
    /// Whether people are told.
    pub pages: bool,
    /// Whether this one is played through below.
    pub chosen: bool,
}

/// A key of the service.
struct KeyLine {
    id: String,
    name: String,
    format: &'static str,
    hint: String,
}

#[derive(Template)]
#[template(path = "service_show.html")]
struct ServicePage {
    shell: Shell,
    href: String,
    id: String,
    slug: String,
    description: String,
    runbook: String,
    owner: Option<(String, String)>,
    owners: Vec<PersonView>,
    components: Vec<(String, String)>,
    keys: Vec<KeyLine>,
    open: Vec<OpenIncident>,
    alerts: Vec<AlertLine>,
    more_alerts: bool,
    rules: Vec<RuleRow>,
    ladder: Option<LadderView>,
    group: String,
    auto_resolve: bool,
    reopen: String,
    ack_timeout: String,
    changes: Vec<ChangeView>,
    archived: bool,
    from_file: bool,
}

/// Which severity of alert is played through.
#[derive(Debug, Deserialize)]
pub struct Asked {
    alert: Option<String>,
}

/// What a rule makes of each severity, worst first.
pub fn rule_rows(rule: &IncidentRule, chosen: AlertSeverity) -> Vec<RuleRow> {
    let row = |alert: AlertSeverity| {
        let severity = rule.severity_for(alert);
        RuleRow {
            alert: alert.as_str(),
            severity: severity.map(|s| s.rank()),
            pages: severity.is_some_and(|s| rule.pages(s)),
            chosen: alert == chosen,
        }
    };
    AlertSeverity::ALL.into_iter().rev().map(row).collect()
}

/// Which alerts share an incident, in words.
fn group(shell: &Shell, rule: &IncidentRule) -> String {
    match &rule.group_by {
        GroupBy::Service => shell.t("group-service"),
        GroupBy::Alert => shell.t("group-alert"),
        GroupBy::Labels { names } => shell.t1("group-labels", "names", names.join(", ")),
    }
}

fn alert_line(loaded: Loaded) -> Option<AlertLine> {
    let State::Alert(alert) = loaded.state else { return None };
    Some(AlertLine {
        id: alert.id.to_string(),
        summary: alert.summary().to_owned(),
        severity: alert.content.as_ref().map_or("info", |c| c.severity.as_str()),
        since: alert.fired.map(|m| m.best()),
    })
}

/// The severity in question; the one that would wake somebody if none is asked for.
pub fn asked(rule: &IncidentRule, text: Option<&str>) -> AlertSeverity {
    let tells = |a: &AlertSeverity| rule.severity_for(*a).is_some_and(|s| rule.pages(s));
    let worst_first = || AlertSeverity::ALL.into_iter().rev();
    text.and_then(AlertSeverity::parse)
        .or_else(|| worst_first().find(tells))
        .unwrap_or(AlertSeverity::Critical)
}

async fn firing(ctx: &PageCtx, service: &Service) -> WebResult<(Vec<AlertLine>, bool)> {
    let query = AlertQuery {
        status: Some(AlertStatus::Firing),
        service_id: Some(service.id),
        limit: ALERTS + 1,
        ..AlertQuery::default()
    };
    let mut alerts: Vec<AlertLine> =
        ctx.app().store.alerts(&query).await?.into_iter().filter_map(alert_line).collect();
    let more = alerts.len() > ALERTS;
    alerts.truncate(ALERTS);
    Ok((alerts, more))
}

/// `GET /services/{slug}`.
pub async fn show(
    ctx: PageCtx,
    Path(slug): Path<String>,
    Query(asked_for): Query<Asked>,
) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (entry, service) = service_at(&catalog, &slug)?;
    if service.slug.to_string() != slug {
        return Ok(see_other(format!("/services/{}", service.slug)).into_response());
    }
    let shell = ctx.shell("services-title").titled(&*service.name).nav("services");
    let chosen = asked(&service.rule, asked_for.alert.as_deref());
    let rehearsal = rehearse::rehearse(&service.rule, &service.escalation, chosen, &catalog);
    let tells = rehearsal.severity.is_some_and(|s| service.rule.pages(s));
    let senders = ctx.app().senders.kinds();
    let ladder = tells.then(|| ladder::view(&shell, &catalog, &senders, &service.escalation));
    let (alerts, more_alerts) = firing(&ctx, service).await?;
    let owner = service.owner_team_id.and_then(|id| catalog.team(id));
    let components = service.components.iter().filter_map(|id| catalog.component(*id));
    let keys = catalog.keys().into_iter().filter(|k| k.service_id == service.id).map(|k| KeyLine {
        id: k.id.to_string(),
        name: k.name.to_string(),
        format: k.format.as_str(),
        hint: k.hashes.last().map(|h| h.hint.clone()).unwrap_or_default(),
    });
    let policy = &service.escalation;
    html(&ServicePage {
        href: format!("/services/{}", service.slug),
        id: service.id.to_string(),
        slug,
        description: service.description.clone().unwrap_or_default(),
        runbook: service.runbook_url.clone().unwrap_or_default(),
        owner: owner.map(|t| (t.name.to_string(), format!("/catalogue/teams/{}", t.slug))),
        owners: owner.map(|t| PersonView::all(&shell, &catalog, &t.members)).unwrap_or_default(),
        components: components
            .map(|c| (c.name.to_string(), format!("/catalogue/components/{}", c.slug)))
            .collect(),
        keys: keys.collect(),
        open: Burning::read(&ctx).await?.of_service(service.id),
        alerts,
        more_alerts,
        rules: rule_rows(&service.rule, chosen),
        ladder,
        group: group(&shell, &service.rule),
        auto_resolve: service.rule.auto_resolve,
        reopen: words::span(i64::from(service.rule.reopen_window_secs), shell.locale),
        ack_timeout: policy
            .ack_timeout_secs
            .map(|secs| words::span(i64::from(secs), shell.locale))
            .unwrap_or_default(),
        changes: history::of(&ctx, &shell, entry.doc.id(), CHANGES).await?,
        archived: entry.archived,
        from_file: entry.file_base.is_some(),
        shell,
    })
}

/// `POST /services/{slug}/archive`.
pub async fn archive(ctx: PageCtx, Path(slug): Path<String>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (entry, service) = service_at(&catalog, &slug)?;
    let done = ctx.ta("archived-done", &Args::new().text("name", &*service.name));
    let result = ctx.app().archive_entry(&ctx.actor(), entry.doc.id()).await;
    settle(&ctx, result, &format!("/services/{slug}"), done)
}

/// `POST /services/{slug}/restore`.
pub async fn restore(ctx: PageCtx, Path(slug): Path<String>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (entry, service) = service_at(&catalog, &slug)?;
    let done = ctx.ta("restored-done", &Args::new().text("name", &*service.name));
    let result = ctx.app().restore_entry(&ctx.actor(), entry.doc.id()).await;
    settle(&ctx, result, &format!("/services/{slug}"), done)
}
