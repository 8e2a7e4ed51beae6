//! One person: how they are reached, where they stand in, and, for administrators, their sessions and history.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hansei_app::catalog::Catalog;
use hansei_app::ports::SessionRow;
use hansei_app::words::{self, Args};
use hansei_domain::catalog::{EntryId, Person, StepTarget};
use hansei_domain::ids::PersonId;

use super::person_at;
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::form::Form;
use crate::pages::contacts::{ContactsView, view as contacts_view};
use crate::pages::kit::PersonView;
use crate::pages::kit::act::settle;
use crate::pages::kit::history::{self, ChangeView};
use crate::render::html;
use crate::shell::Shell;

/// Changes shown.
const CHANGES: usize = 30;

/// Where a person stands in an escalation.
struct Stand {
    service: String,
    href: String,
    step: usize,
    /// The team through which, if it is one.
    team: String,
}

impl Stand {
    fn step(&self) -> usize {
        self.step
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    shell: Shell,
    href: String,
    person: PersonView,
    email: String,
    role: &'static str,
    locale: String,
    zone: String,
    their_time: String,
    teams: Vec<(String, String)>,
    stands: Vec<Stand>,
    contacts: ContactsView,
    /// Somebody who looks at themselves.
    own: bool,
    sessions: Vec<SessionRow>,
    changes: Vec<ChangeView>,
    archived: bool,
    from_file: bool,
}

/// Every step that names a person, by themselves or by a team.
fn stands(catalog: &Catalog, id: PersonId) -> Vec<Stand> {
    let mut out = Vec::new();
    for service in catalog.services() {
        for (i, step) in service.escalation.steps.iter().enumerate() {
            let through = step.targets.iter().find_map(|target| match target {
                StepTarget::Person { id: named } => (*named == id).then(String::new),
                StepTarget::Team { id: team } => {
                    catalog.team(*team).filter(|t| t.members.contains(&id)).map(|t| t.name.to_string())
                }
            });
            if let Some(team) = through {
                let href = format!("/services/{}", service.slug);
                out.push(Stand { service: service.name.to_string(), href, step: i + 1, team });
            }
        }
    }
    out
}

/// `GET /people/{id}`.
pub async fn show(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (person, archived) = person_at(&catalog, &id)?;
    let shell = ctx.shell("people-title").titled(&*person.name).nav("people");
    let entry = EntryId::Person(person.id);
    let own = ctx.who.person_id == person.id;
    // When and from where somebody signs in is their own business, and that of whoever looks after people.
    let may_look = own || shell.can_manage_people();
    let (sessions, changes) = if may_look {
        let changes = history::of(&ctx, &shell, entry, CHANGES).await?;
        (ctx.app().sessions_of(person.id).await?, changes)
    } else {
        (Vec::new(), Vec::new())
    };
    let member = catalog.teams().into_iter().filter(|t| t.members.contains(&person.id));
    let href = format!("/people/{}", person.id);
    let editable = shell.can_manage_people() && !archived;
    html(&PersonPage {
        teams: member.map(|t| (t.name.to_string(), format!("/catalogue/teams/{}", t.slug))).collect(),
        stands: stands(&catalog, person.id),
        contacts: contacts_view(&ctx, &shell, &person, &href, editable, Form::new()),
        person: PersonView::of(&shell, &person),
        email: person.email.clone(),
        role: person.role.as_str(),
        locale: locale_name(&person),
        their_time: words::when_in(shell.now, shell.locale, &person.zone),
        zone: person.zone,
        from_file: catalog.entry(entry).is_some_and(|e| e.file_base.is_some()),
        href,
        own,
        sessions,
        changes,
        archived,
        shell,
    })
}

fn locale_name(person: &Person) -> String {
    let known = crate::pages::kit::LOCALES.iter().find(|(code, _)| *code == person.locale);
    known.map_or(person.locale.as_str(), |(_, name)| *name).to_owned()
}

/// `POST /people/{id}/archive`.
pub async fn archive(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (person, _) = person_at(&catalog, &id)?;
    let done = ctx.ta("person-archived", &Args::new().text("name", &*person.name));
    let result = ctx.app().archive_entry(&ctx.actor(), EntryId::Person(person.id)).await;
    settle(&ctx, result, &format!("/people/{id}"), done)
}

/// `POST /people/{id}/restore`.
pub async fn restore(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (person, _) = person_at(&catalog, &id)?;
    let done = ctx.ta("restored-done", &Args::new().text("name", &*person.name));
    let result = ctx.app().restore_entry(&ctx.actor(), EntryId::Person(person.id)).await;
    settle(&ctx, result, &format!("/people/{id}"), done)
}

/// `POST /people/{id}/sessions/end`.
pub async fn end_sessions(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (person, _) = person_at(&catalog, &id)?;
    // Whoever ends their own keeps the one they do it with.
    let keep = ctx.who.session_id.filter(|_| ctx.who.person_id == person.id);
    let result = ctx.app().end_sessions(&ctx.actor(), person.id, keep).await;
    settle(&ctx, result, &format!("/people/{id}"), ctx.t("sessions-ended"))
}
