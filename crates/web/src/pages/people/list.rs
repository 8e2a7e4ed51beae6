//! Who is here: roles, ways to be reached, invitations.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use hansei_domain::catalog::{CatalogDoc, Entry, Person, self_test};
use serde::Deserialize;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::pages::kit::{Choice, PersonView};
use crate::render::html;
use crate::shell::Shell;

struct Row {
    person: PersonView,
    email: String,
    role: &'static str,
    teams: Vec<(String, String)>,
    /// Kinds of contacts that work, as stable names, in order, each once.
    ways: Vec<&'static str>,
    /// There are contacts, but none of them can be used here.
    unusable: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
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

/// `GET /people`.
pub async fn show(ctx: PageCtx, Query(filter): Query<Filter>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let senders = ctx.app().senders.kinds();
    let shell = ctx.shell("people-title").nav("people");
    let text = filter.q.unwrap_or_default().trim().to_lowercase();
    let (team, archived) = (filter.team.unwrap_or_default(), filter.archived.is_some());
    let own = |e: &&Entry| matches!(e.doc, CatalogDoc::Person(_)) && !self_test::owns(e.doc.id());
    let all: Vec<&Entry> = catalog.all().filter(own).collect();
    let archived_count = all.iter().filter(|e| e.archived).count();
    let teams = catalog.teams();
    let wanted = |p: &Person| {
        let in_team =
            |t: &&hansei_domain::catalog::Team| t.slug.as_str() == team && t.members.contains(&p.id);
        let of_team = team.is_empty() || teams.iter().copied().any(|t| in_team(&t));
        of_team && (p.name.to_lowercase().contains(&text) || p.email.to_lowercase().contains(&text))
    };
    let mut rows: Vec<Row> = Vec::new();
    for entry in all.into_iter().filter(|e| e.archived == archived) {
        let CatalogDoc::Person(person) = &entry.doc else { continue };
        if !wanted(person) {
            continue;
        }
        let mut ways: Vec<&'static str> = person.contacts.iter().map(|c| c.contact.kind()).collect();
        ways.retain(|kind| senders.contains(kind));
        ways.dedup();
        let member = teams.iter().filter(|t| t.members.contains(&person.id));
        rows.push(Row {
            person: PersonView::of(&shell, person),
            email: person.email.clone(),
            role: person.role.as_str(),
            teams: member.map(|t| (t.name.to_string(), format!("/catalogue/teams/{}", t.slug))).collect(),
            unusable: ways.is_empty() && !person.contacts.is_empty(),
            ways,
        });
    }
    rows.sort_by_key(|r| r.person.name.to_lowercase());
    let teams = teams.iter().map(|t| (t.slug.to_string(), t.name.to_string())).collect();
    html(&PeoplePage { shell, rows, teams, text, team, archived, archived_count })
}
