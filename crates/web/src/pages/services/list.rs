//! All services: who owns them, who would be told, and what burns.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use hansei_app::rehearse;
use hansei_app::words;
use hansei_domain::catalog::{CatalogDoc, Entry, Service, self_test};
use serde::Deserialize;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::pages::kit::Choice;
use crate::pages::kit::burning::{Burning, OpenIncident};
use crate::render::html;
use crate::shell::Shell;

struct Row {
    name: String,
    slug: String,
    owner: String,
    /// `3 steps, 5 min to the second`.
    steps: String,
    /// What is wrong with its escalation; 0 = nothing.
    warnings: usize,
    keys: usize,
    open: Vec<OpenIncident>,
    from_file: bool,
}

impl Row {
    fn keys(&self) -> usize {
        self.keys
    }

    fn warnings(&self) -> usize {
        self.warnings
    }
}

#[derive(Template)]
#[template(path = "services.html")]
struct ServicesPage {
    shell: Shell,
    rows: Vec<Row>,
    teams: Vec<Choice>,
    text: String,
    team: String,
    archived: bool,
    archived_count: usize,
}

/// What is wanted.
#[derive(Debug, Deserialize)]
pub struct Filter {
    q: Option<String>,
    team: Option<String>,
    archived: Option<String>,
}

/// `GET /services`.
pub async fn show(ctx: PageCtx, Query(filter): Query<Filter>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let burning = Burning::read(&ctx).await?;
    let senders = ctx.app().senders.kinds();
    let shell = ctx.shell("services-title").nav("services");
    let text = filter.q.unwrap_or_default().trim().to_lowercase();
    let (team, archived) = (filter.team.unwrap_or_default(), filter.archived.is_some());
    let own = |e: &&Entry| matches!(e.doc, CatalogDoc::Service(_)) && !self_test::owns(e.doc.id());
    let all: Vec<&Entry> = catalog.all().filter(own).collect();
    let archived_count = all.iter().filter(|e| e.archived).count();
    let mut rows: Vec<Row> = Vec::new();
    for entry in all.into_iter().filter(|e| e.archived == archived) {
        let CatalogDoc::Service(service) = &entry.doc else { continue };
        let owner = service.owner_team_id.and_then(|id| catalog.team(id));
        let of_team = team.is_empty() || owner.is_some_and(|t| t.slug.as_str() == team);
        if !of_team || !service.name.to_lowercase().contains(&text) {
            continue;
        }
        rows.push(Row {
            name: service.name.to_string(),
            slug: service.slug.to_string(),
            owner: owner.map(|t| t.name.to_string()).unwrap_or_default(),
            steps: steps(&shell, service),
            warnings: rehearse::warnings(&service.escalation, &catalog, &senders).len(),
            keys: catalog.keys().iter().filter(|k| k.service_id == service.id).count(),
            open: burning.of_service(service.id),
            from_file: entry.file_base.is_some(),
        });
    }
    // What burns comes first, then by name.
    rows.sort_by_key(|r| (std::cmp::Reverse(r.open.len()), r.name.to_lowercase()));
    let teams = catalog.teams().into_iter().map(|t| (t.slug.to_string(), t.name.to_string())).collect();
    html(&ServicesPage { shell, rows, teams, text, team, archived, archived_count })
}

/// The escalation in half a line.
fn steps(shell: &Shell, service: &Service) -> String {
    let steps = &service.escalation.steps;
    let count = shell.tn("service-steps", "count", steps.len());
    match steps.get(1) {
        Some(second) => {
            let span = words::span(i64::from(second.delay_secs), shell.locale);
            format!("{count}, {}", shell.t1("service-second", "span", span))
        }
        None => count,
    }
}
