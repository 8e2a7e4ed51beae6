//! The list of incidents: filters in the address, one page at a time.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use hansei_app::ports::IncidentQuery;
use hansei_app::reading::lists::IncidentList;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{IncidentStatus, Severity};
use http::HeaderMap;
use serde::Deserialize;

use super::fields::by_htmx;
use super::{incident_at, number_of};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::see_other;
use crate::pages::kit::{Choice, searched, wanted_id};
use crate::pages::live;
use crate::render::{Partials, html};
use crate::shell::Shell;

/// Groups of states that people look for, by their names in the address.
const TABS: [&str; 4] = ["open", "resolved", "closed", "all"];
/// Groups of severities.
const SEVERITIES: [(&str, &[u8]); 7] =
    [("0-2", &[0, 1, 2]), ("3-4", &[3, 4]), ("0", &[0]), ("1", &[1]), ("2", &[2]), ("3", &[3]), ("4", &[4])];

/// The filters, as they stand in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filters {
    state: String,
    severity: String,
    service: String,
    holder: String,
    q: String,
    before: String,
}

impl Filters {
    fn state(&self) -> &'static str {
        TABS.into_iter().find(|t| *t == self.state).unwrap_or(TABS[0])
    }

    /// States and severities that mean nothing are no filters; somebody or something that is not known has no incidents.
    fn query(&self) -> IncidentQuery {
        let status = match self.state() {
            "open" => IncidentStatus::ACTIVE.to_vec(),
            "resolved" => vec![IncidentStatus::Resolved],
            "closed" => vec![IncidentStatus::Closed, IncidentStatus::Merged],
            _ => Vec::new(),
        };
        let ranks = SEVERITIES.iter().find(|(name, _)| *name == self.severity).map(|(_, ranks)| *ranks);
        IncidentQuery {
            status,
            severity: ranks.unwrap_or_default().iter().filter_map(|r| Severity::new(*r)).collect(),
            service_id: wanted_id(&self.service),
            holder: wanted_id(&self.holder),
            text: searched(&self.q),
            before: self.before.parse().ok(),
            limit: 0,
        }
    }

    /// The address with another state or place.
    fn address(&self, state: &str, before: Option<u64>) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::from("/incidents?"));
        out.append_pair("state", state);
        let others = [
            ("severity", &self.severity),
            ("service", &self.service),
            ("holder", &self.holder),
            ("q", &self.q),
        ];
        for (name, value) in others.iter().filter(|(_, v)| !v.is_empty()) {
            out.append_pair(name, value);
        }
        if let Some(before) = before {
            out.append_pair("before", &before.to_string());
        }
        out.finish()
    }
}

/// One tab.
struct Tab {
    name: &'static str,
    href: String,
    current: bool,
}

/// What the list shows.
struct ListView {
    filters: Filters,
    state: &'static str,
    list: IncidentList,
    next: Option<String>,
    first: Option<String>,
    /// Where a form leads back to.
    here: String,
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    v: &'a ListView,
    tabs: Vec<Tab>,
    severities: Vec<Choice>,
    services: Vec<Choice>,
    holders: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "incidents.html", block = "results")]
struct Results<'a> {
    shell: &'a Shell,
    v: &'a ListView,
}

async fn read(ctx: &PageCtx, filters: &Filters) -> WebResult<ListView> {
    let named = match number_of(filters.q.trim()) {
        Some((number, _)) => incident_at(ctx, number).await?,
        None => None,
    };
    let list = match named {
        // Who types a number means that incident, wherever it stands.
        Some(row) => ctx.app().incident_lines(vec![row], ctx.locale()),
        None => ctx.app().incident_list(&filters.query(), ctx.locale()).await?,
    };
    let state = filters.state();
    Ok(ListView {
        next: list.next.map(|before| filters.address(state, Some(before))),
        first: (!filters.before.is_empty()).then(|| filters.address(state, None)),
        here: filters.address(state, filters.before.parse().ok()),
        filters: filters.clone(),
        state,
        list,
    })
}

/// `GET /incidents`.
pub async fn show(ctx: PageCtx, headers: HeaderMap, Query(filters): Query<Filters>) -> WebResult<Response> {
    // `INC-7` and Enter leads straight there; while typing, htmx wants the list.
    if let Some((number, true)) = number_of(filters.q.trim())
        && !by_htmx(&headers)
        && incident_at(&ctx, number).await?.is_some()
    {
        return Ok(see_other(format!("/incidents/{number}")).into_response());
    }
    let seq = ctx.app().live.last_seq();
    let v = read(&ctx, &filters).await?;
    let stream = live::address("incidents", v.here.strip_prefix("/incidents").unwrap_or(""), seq);
    let shell = ctx.shell("incidents-title").nav("incidents").stream(stream);
    let tab = |name| Tab { name, href: filters.address(name, None), current: name == v.state };
    let severities =
        SEVERITIES.iter().map(|(name, _)| (name.to_string(), shell.t(&format!("severity-filter-{name}"))));
    let catalog = ctx.app().catalog.now();
    html(&ListPage {
        tabs: TABS.into_iter().map(tab).collect(),
        severities: severities.collect(),
        services: catalog.services().iter().map(|s| (s.id.to_string(), s.name.to_string())).collect(),
        holders: holders(&shell, &catalog, ctx.who.person_id),
        shell: &shell,
        v: &v,
    })
}

/// The rows as they are now.
pub async fn partials(ctx: &PageCtx, filters: &Filters) -> WebResult<Partials> {
    let v = read(ctx, filters).await?;
    Partials::new().swap("#results", "outerMorph", &Results { shell: &ctx.shell("incidents-title"), v: &v })
}

/// The reader first, then everybody by name.
fn holders(shell: &Shell, catalog: &hansei_app::catalog::Catalog, reader: PersonId) -> Vec<Choice> {
    let others = catalog.people().into_iter().filter(|p| p.id != reader);
    std::iter::once((reader.to_string(), shell.t("inc-holder-me")))
        .chain(others.map(|p| (p.id.to_string(), p.name.to_string())))
        .collect()
}
