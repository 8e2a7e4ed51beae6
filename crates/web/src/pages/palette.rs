//! What the command palette finds: incidents, services, people, places in the catalogue.

use axum::Json;
use axum::extract::Query;
use hansei_app::ports::IncidentQuery;
use hansei_domain::access::Permission;
use serde::{Deserialize, Serialize};

use super::incidents::number_of;
use super::kit::searched;
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::policy::{Access, Routes};

/// Items of one group at most.
const MOST: usize = 8;

/// Its part of the table.
pub fn routes() -> Routes {
    Routes::new().get("/palette.json", Access::Session(Permission::Read), find)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// One thing that was found.
#[derive(Debug, Serialize)]
pub struct Item {
    title: String,
    group: String,
    hint: String,
    icon: &'static str,
    href: String,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
pub struct Found {
    items: Vec<Item>,
}

async fn find(ctx: PageCtx, Query(asked): Query<Asked>) -> WebResult<Json<Found>> {
    let text = searched(&asked.q).unwrap_or_default();
    if text.is_empty() {
        return Ok(Json(Found { items: Vec::new() }));
    }
    let mut items = incidents(&ctx, &text).await?;
    items.extend(catalogue(&ctx, &text));
    Ok(Json(Found { items }))
}

async fn incidents(ctx: &PageCtx, text: &str) -> WebResult<Vec<Item>> {
    let mut rows = Vec::new();
    if let Some((number, _)) = number_of(text) {
        rows.extend(ctx.app().store.incident_by_number(number).await?);
    }
    let query = IncidentQuery { text: Some(text.to_owned()), limit: MOST, ..IncidentQuery::default() };
    for row in ctx.app().store.incidents(&query).await? {
        if rows.iter().all(|r| r.incident.id != row.incident.id) {
            rows.push(row);
        }
    }
    let group = ctx.t("nav-incidents");
    let shown = rows.into_iter().map(|r| r.incident).filter(|i| i.number > 0).take(MOST);
    Ok(shown
        .map(|i| Item {
            title: format!("INC-{} {}", i.number, i.title),
            group: group.clone(),
            hint: format!("{} {}", i.severity, ctx.t(&format!("status-{}", i.status.as_str()))),
            icon: "incident",
            href: format!("/incidents/{}", i.number),
        })
        .collect())
}

/// Services and people whose name or address contains every word.
fn catalogue(ctx: &PageCtx, text: &str) -> Vec<Item> {
    let catalog = ctx.app().catalog.now();
    let fits = |name: &str| {
        let name = name.to_lowercase();
        text.split_whitespace().all(|word| name.contains(word))
    };
    let (services, people) = (ctx.t("nav-services"), ctx.t("nav-people"));
    let found_services =
        catalog.services().into_iter().filter(|s| fits(&s.name) || fits(&s.slug.to_string()));
    let found_people = catalog.people().into_iter().filter(|p| fits(&p.name) || fits(&p.email));
    let of_services = found_services.take(MOST).map(|s| Item {
        title: s.name.to_string(),
        group: services.clone(),
        hint: s.slug.to_string(),
        icon: "service",
        href: format!("/services/{}", s.slug),
    });
    let of_people = found_people.take(MOST).map(|p| Item {
        title: p.name.to_string(),
        group: people.clone(),
        hint: p.email.clone(),
        icon: "user",
        href: format!("/people/{}", p.id),
    });
    of_services.chain(of_people).collect()
}
