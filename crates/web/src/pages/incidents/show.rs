//! The page of an incident, and its parts that change while somebody looks at it.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hansei_domain::access::Permission;

use super::number_of;
use super::view::{IncidentView, Shown};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::see_other;
use crate::pages::live;
use crate::render::{Partials, html};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage<'a> {
    shell: &'a Shell,
    v: &'a IncidentView,
}

/// Parts of the page: one block each of the same template.
macro_rules! parts {
    ($($name:ident = $block:literal),*) => {$(
        #[derive(Template)]
        #[template(path = "incident.html", block = $block)]
        struct $name<'a> {
            shell: &'a Shell,
            v: &'a IncidentView,
        }
    )*};
}
parts!(
    Head = "head",
    Composer = "composer",
    Figures = "figures",
    Pinned = "pinned",
    Entries = "entries",
    People = "people",
    Scope = "scope",
    Alerts = "alerts",
    Times = "times",
    About = "about"
);

async fn read(ctx: &PageCtx, number: u64, shown: &Shown) -> WebResult<IncidentView> {
    let file = ctx.app().incident_file(number, shown.view(), ctx.locale()).await?;
    let file = file.ok_or_else(Problem::not_found)?;
    let catalog = ctx.app().catalog.now();
    let service = file.incident.service_id.and_then(|id| catalog.service(id));
    let team = service.and_then(|s| s.owner_team_id).and_then(|id| catalog.team(id));
    Ok(IncidentView {
        team: team.map(|t| t.name.to_string()),
        runbook: service.and_then(|s| s.runbook_url.clone()),
        link: format!("{}/incidents/{number}", ctx.app().config.public_url),
        reader: ctx.who.person_id,
        moderates: ctx.who.may(Permission::ManageCatalog),
        shown: shown.clone(),
        file,
    })
}

/// `GET /incidents/{number}`, also with a slug behind the number: today's or any former one.
pub async fn show(
    ctx: PageCtx,
    Path(number): Path<String>,
    Query(shown): Query<Shown>,
) -> WebResult<Response> {
    let (number, more) = number_of(&number).ok_or_else(Problem::not_found)?;
    if more {
        return Ok(see_other(format!("/incidents/{number}{}", shown.query())).into_response());
    }
    let v = read(&ctx, number, &shown).await?;
    let title = format!("INC-{number} {}", v.file.incident.title);
    let stream = live::address("incident", &format!("{number}{}", shown.query()), v.file.seq);
    let shell = ctx.shell("incidents-title").titled(title).nav("incidents").stream(stream);
    html(&IncidentPage { shell: &shell, v: &v })
}

/// What of the page changes while somebody looks at it. An older part of the timeline stays as it is.
pub async fn partials(ctx: &PageCtx, number: u64, shown: &Shown) -> WebResult<Partials> {
    let v = read(ctx, number, shown).await?;
    parts(ctx, &v)
}

/// The same after the reader did something; with an empty composer if they wrote a comment.
pub async fn after(ctx: &PageCtx, number: u64, shown: &Shown, wrote: bool) -> WebResult<Partials> {
    let v = &read(ctx, number, shown).await?;
    let parts = parts(ctx, v)?;
    let shell = &ctx.shell("incidents-title");
    if wrote { parts.swap("#composer", "outerHTML", &Composer { shell, v }) } else { Ok(parts) }
}

fn parts(ctx: &PageCtx, v: &IncidentView) -> WebResult<Partials> {
    let shell = &ctx.shell("incidents-title");
    let morph = "outerMorph";
    let parts = Partials::new()
        .swap("#incident-head", morph, &Head { shell, v })?
        .swap("#figures", morph, &Figures { shell, v })?
        .swap("#pinned", morph, &Pinned { shell, v })?
        .swap("#people", morph, &People { shell, v })?
        .swap("#scope", morph, &Scope { shell, v })?
        .swap("#alerts", morph, &Alerts { shell, v })?
        .swap("#times", morph, &Times { shell, v })?
        .swap("#about", morph, &About { shell, v })?;
    if v.shown.view().cursor.is_some() {
        Ok(parts)
    } else {
        parts.swap("#entries", morph, &Entries { shell, v })
    }
}
