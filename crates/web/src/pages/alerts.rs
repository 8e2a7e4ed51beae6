//! Alerts: the list, and the page of one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hansei_app::catalog::Catalog;
use hansei_app::ports::AlertQuery;
use hansei_app::reading::alert::AlertFile;
use hansei_app::reading::lists::AlertList;
use hansei_app::reading::timeline::Line;
use hansei_domain::access::Permission;
use hansei_domain::alert::AlertStatus;
use hansei_domain::catalog::self_test;
use hansei_domain::ids::{AlertId, IncidentId, ServiceId};
use http::HeaderMap;
use serde::Deserialize;

use super::incidents::fields::taken;
use super::incidents::{incident_at, number_of};
use super::kit::{Choice, searched, wanted_id};
use super::{live, looks};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::policy::{Access, Routes};
use crate::render::{Partials, html};
use crate::shell::Shell;

/// The screens' part of the table.
pub fn routes() -> Routes {
    let read = Access::Session(Permission::Read);
    Routes::new().get("/alerts", read, list).get("/alerts/{id}", read, show).post(
        "/alerts/{id}/end",
        Access::Session(Permission::Respond),
        end,
    )
}

/// States that people look for, by their names in the address.
const TABS: [&str; 4] = ["firing", "loose", "resolved", "all"];

/// The filters, as they stand in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filters {
    state: String,
    service: String,
    key: String,
    incident: String,
    q: String,
    before: String,
}

impl Filters {
    fn state(&self) -> &'static str {
        TABS.into_iter().find(|t| *t == self.state).unwrap_or(TABS[0])
    }

    fn query(&self) -> AlertQuery {
        AlertQuery {
            status: match self.state() {
                "firing" | "loose" => Some(AlertStatus::Firing),
                "resolved" => Some(AlertStatus::Resolved),
                _ => None,
            },
            loose: self.state() == "loose",
            service_id: wanted_id(&self.service),
            key_id: wanted_id(&self.key),
            text: searched(&self.q),
            before: self.before.parse().ok(),
            ..AlertQuery::default()
        }
    }

    fn address(&self, state: &str, before: Option<AlertId>) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::from("/alerts?"));
        out.append_pair("state", state);
        let others =
            [("service", &self.service), ("key", &self.key), ("incident", &self.incident), ("q", &self.q)];
        for (name, value) in others.iter().filter(|(_, v)| !v.is_empty()) {
            out.append_pair(name, value);
        }
        if let Some(before) = before {
            out.append_pair("before", &before.to_string());
        }
        out.finish()
    }
}

struct Tab {
    name: &'static str,
    href: String,
    current: bool,
}

/// What the list shows.
struct ListView {
    filters: Filters,
    state: &'static str,
    list: AlertList,
    next: Option<String>,
    first: Option<String>,
    catalog: Arc<Catalog>,
}

impl ListView {
    fn service(&self, id: &ServiceId) -> String {
        self.catalog.service(*id).map_or_else(|| id.to_string(), |s| s.name.to_string())
    }

    fn number(&self, id: &IncidentId) -> Option<u64> {
        self.list.incidents.get(id).map(|i| i.number)
    }
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    v: &'a ListView,
    tabs: Vec<Tab>,
    services: Vec<Choice>,
    keys: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "alerts.html", block = "results")]
struct Results<'a> {
    shell: &'a Shell,
    v: &'a ListView,
}

async fn read_list(ctx: &PageCtx, filters: &Filters) -> WebResult<ListView> {
    let mut query = filters.query();
    if let Some((number, _)) = number_of(&filters.incident) {
        let row = incident_at(ctx, number).await?.ok_or_else(Problem::not_found)?;
        query.incident_ids = [row.incident.id].into_iter().chain(row.incident.absorbed).collect();
    }
    let list = ctx.app().alert_list(&query).await?;
    let state = filters.state();
    Ok(ListView {
        next: list.next.map(|before| filters.address(state, Some(before))),
        first: (!filters.before.is_empty()).then(|| filters.address(state, None)),
        filters: filters.clone(),
        catalog: ctx.app().catalog.now(),
        state,
        list,
    })
}

async fn list(ctx: PageCtx, Query(filters): Query<Filters>) -> WebResult<Response> {
    let seq = ctx.app().live.last_seq();
    let v = read_list(&ctx, &filters).await?;
    let here = filters.address(v.state, filters.before.parse().ok());
    let stream = live::address("alerts", here.strip_prefix("/alerts").unwrap_or(""), seq);
    let shell = ctx.shell("alerts-title").nav("alerts").stream(stream);
    let tab = |name| Tab { name, href: filters.address(name, None), current: name == v.state };
    html(&ListPage {
        tabs: TABS.into_iter().map(tab).collect(),
        services: v.catalog.services().iter().map(|s| (s.id.to_string(), s.name.to_string())).collect(),
        keys: v.catalog.keys().iter().map(|k| (k.id.to_string(), k.name.to_string())).collect(),
        shell: &shell,
        v: &v,
    })
}

/// The rows as they are now.
pub async fn list_partials(ctx: &PageCtx, filters: &Filters) -> WebResult<Partials> {
    let v = read_list(ctx, filters).await?;
    Partials::new().swap("#results", "outerMorph", &Results { shell: &ctx.shell("alerts-title"), v: &v })
}

/// The page of an alert as templates see it.
struct AlertView {
    file: AlertFile,
    details: Option<String>,
}

impl AlertView {
    fn look(&self, line: &Line) -> (&'static str, &'static str) {
        looks::of(line)
    }
}

#[derive(Template)]
#[template(path = "alert.html")]
struct AlertPage<'a> {
    shell: &'a Shell,
    v: &'a AlertView,
}

#[derive(Template)]
#[template(path = "alert.html", block = "alert")]
struct AlertPart<'a> {
    shell: &'a Shell,
    v: &'a AlertView,
}

async fn read(ctx: &PageCtx, id: AlertId) -> WebResult<AlertView> {
    let file = ctx.app().alert_file(id, ctx.locale()).await?;
    let file =
        file.filter(|f| f.alert.service_id != self_test::service_id()).ok_or_else(Problem::not_found)?;
    let details = file.alert.content.as_ref().and_then(|c| c.details.as_deref()).map(pretty);
    Ok(AlertView { file, details })
}

/// JSON with line breaks; anything else as it is.
fn pretty(text: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(text);
    value.and_then(|v| serde_json::to_string_pretty(&v)).unwrap_or_else(|_| text.to_owned())
}

async fn show(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let seq = ctx.app().live.last_seq();
    let v = read(&ctx, id).await?;
    let title = v.file.alert.summary().to_owned();
    let stream = live::address("alert", &id.to_string(), seq);
    let shell = ctx.shell("alerts-title").titled(title).nav("alerts").stream(stream);
    html(&AlertPage { shell: &shell, v: &v })
}

/// What of the page changes while somebody looks at it.
pub async fn partials(ctx: &PageCtx, id: AlertId) -> WebResult<Partials> {
    let v = read(ctx, id).await?;
    Partials::new().swap("#alert", "outerMorph", &AlertPart { shell: &ctx.shell("alerts-title"), v: &v })
}

async fn end(ctx: PageCtx, headers: HeaderMap, Path(id): Path<String>, form: Form) -> WebResult<Response> {
    let id: AlertId = id.parse().map_err(|_| Problem::not_found())?;
    let to = format!("/alerts/{id}");
    read(&ctx, id).await?;
    match ctx.app().end_alert(&ctx.actor(), id).await {
        Ok(()) => {
            let done = see_other(&to).flash(Tone::Success, ctx.t("alert-ended"));
            Ok(taken(&headers, done, &to))
        }
        Err(error) => {
            // Nothing of this can be mended in a form: what can be said is said on the page.
            let notes = form.refused(&ctx, error)?.notes().join(" ");
            Ok(taken(&headers, see_other(&to).flash(Tone::Danger, notes), &to).into_response())
        }
    }
}
