//! The list of incidents: filters in the address, one page at a time.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use hansei_app::ports::IncidentQuery;
use hansei_app::reading::lists::IncidentList;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{IncidentStatus, Severity};
use serde::Deserialize;

use super::number_of;
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::see_other;
use crate::pages::kit::Choice;
use crate::render::html;
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

    /// Values that mean nothing are no filters: an old or mistyped address still shows a list.
    fn query(&self) -> IncidentQuery {
        let status = match self.state() {
            "open" => IncidentStatus::ACTIVE.to_vec(),
            "resolved" => vec![IncidentStatus::Resolved],
            "closed" => vec![IncidentStatus::Closed, IncidentStatus::Merged],
            _ => Vec::new(),
        };
        let ranks = SEVERITIES.iter().find(|(name, _)| *name == self.severity).map(|(_, ranks)| *ranks);
        let text = self.q.trim().to_lowercase();
        IncidentQuery {
            status,
            severity: ranks.unwrap_or_default().iter().filter_map(|r| Severity::new(*r)).collect(),
            service_id: self.service.parse().ok(),
            holder: self.holder.parse().ok(),
            text: Some(text.chars().take(200).collect()).filter(|t: &String| !t.is_empty()),
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

#[derive(Template)]
#[template(path = "incidents.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    filters: &'a Filters,
    state: &'static str,
    tabs: Vec<Tab>,
    severities: Vec<Choice>,
    services: Vec<Choice>,
    holders: Vec<Choice>,
    list: &'a IncidentList,
    next: Option<String>,
    first: Option<String>,
    here: String,
}

/// `GET /incidents`.
pub async fn show(ctx: PageCtx, Query(filters): Query<Filters>) -> WebResult<Response> {
    // Who types a whole number means that incident.
    if let Some((number, true)) = number_of(filters.q.trim())
        && ctx.app().store.incident_by_number(number).await?.is_some()
        && !ctx.fragment
    {
        return Ok(see_other(format!("/incidents/{number}")).into_response());
    }
    let list = ctx.app().incident_list(&filters.query(), ctx.locale()).await?;
    let shell = ctx.shell("incidents-title").nav("incidents");
    let state = filters.state();
    let tabs =
        TABS.into_iter().map(|name| Tab { name, href: filters.address(name, None), current: name == state });
    let severities =
        SEVERITIES.iter().map(|(name, _)| (name.to_string(), shell.t(&format!("severity-filter-{name}"))));
    let catalog = ctx.app().catalog.now();
    let page = ListPage {
        tabs: tabs.collect(),
        severities: severities.collect(),
        services: catalog.services().iter().map(|s| (s.id.to_string(), s.name.to_string())).collect(),
        holders: holders(&shell, &catalog, ctx.who.person_id),
        next: list.next.map(|before| filters.address(state, Some(before))),
        first: (!filters.before.is_empty()).then(|| filters.address(state, None)),
        here: ctx.path.clone(),
        shell: &shell,
        filters: &filters,
        state,
        list: &list,
    };
    html(&page)
}

/// The reader first, then everybody by name.
fn holders(shell: &Shell, catalog: &hansei_app::catalog::Catalog, reader: PersonId) -> Vec<Choice> {
    let others = catalog.people().into_iter().filter(|p| p.id != reader);
    std::iter::once((reader.to_string(), shell.t("inc-holder-me")))
        .chain(others.map(|p| (p.id.to_string(), p.name.to_string())))
        .collect()
}
