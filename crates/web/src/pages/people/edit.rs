//! Adding a person, and changing who they are and what they are trusted with.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::people::NewPerson;
use hansei_domain::access::Role;
use hansei_domain::catalog::{CatalogDoc, Person};
use hansei_domain::ids::TeamId;
use hansei_domain::refusal::FieldCode;
use hansei_domain::text::{self, Name};
use http::StatusCode;

use super::{link, person_at};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::kit::choices::{self, Pick};
use crate::pages::kit::saving::{self, ConflictView, SEEN_FIELD, Saved};
use crate::pages::kit::{ZoneGroup, zones};
use crate::render::{html, html_with};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "person_edit.html")]
struct EditPage {
    shell: Shell,
    action: String,
    back: String,
    /// Their name; empty while they are being added.
    name: String,
    form: Form,
    seen: String,
    conflict: Option<ConflictView>,
    zones: Vec<ZoneGroup>,
    teams: Vec<Pick>,
}

impl EditPage {
    /// Roles as stable names, least first.
    fn roles(&self) -> [&'static str; 4] {
        Role::ALL.map(Role::as_str)
    }
}

fn page(ctx: &PageCtx, old: Option<&Person>, form: Form, seen: String) -> EditPage {
    let catalog = ctx.app().catalog.now();
    let name = old.map(|p| p.name.to_string()).unwrap_or_default();
    let title = if name.is_empty() { ctx.t("person-new") } else { name.clone() };
    let shell = ctx.shell("people-title").titled(title).nav("people");
    let address = old.map_or_else(|| "/people".to_owned(), |p| format!("/people/{}", p.id));
    let teams = if old.is_none() { choices::teams(&shell, &catalog, &form, "teams") } else { Vec::new() };
    EditPage {
        action: address.clone(),
        back: address,
        name,
        zones: zones(form.value("zone")),
        teams,
        form,
        seen,
        conflict: None,
        shell,
    }
}

/// `GET /people/new`.
pub async fn new(ctx: PageCtx) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let (locale, zone) = catalog
        .settings()
        .map_or(("en".to_owned(), "UTC".to_owned()), |s| (s.locale.clone(), s.zone.clone()));
    let form = Form::new().with("role", Role::Responder.as_str()).with("locale", locale).with("zone", zone);
    html(&page(&ctx, None, form, String::new()))
}

/// `POST /people`.
pub async fn create(ctx: PageCtx, mut form: Form) -> WebResult<Response> {
    let role = role(&mut form);
    let teams: Vec<TeamId> = form.all("teams").iter().filter_map(|id| id.parse().ok()).collect();
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(role) = role else { return html_with(wrong, &page(&ctx, None, form, String::new())) };
    let new = NewPerson {
        name: form.value("name").to_owned(),
        email: form.value("email").to_owned(),
        role,
        locale: form.value("locale").to_owned(),
        zone: form.value("zone").to_owned(),
        teams,
    };
    match ctx.app().add_person(&ctx.actor(), &new).await {
        Ok(id) => link::page(&ctx, id, true).await,
        Err(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(wrong, &page(&ctx, None, form, String::new()))
        }
    }
}

fn role(form: &mut Form) -> Option<Role> {
    let role = Role::parse(form.value("role"));
    if role.is_none() {
        form.wrong("role", FieldCode::Unknown, "must be viewer, responder, manager or admin");
    }
    role
}

fn usable(ctx: &PageCtx, id: &str) -> WebResult<Person> {
    let (person, archived) = person_at(&ctx.app().catalog.now(), id)?;
    if archived { Err(Problem::not_found()) } else { Ok(person) }
}

/// `GET /people/{id}/edit`.
pub async fn show(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let person = usable(&ctx, &id)?;
    let form = Form::new()
        .with("name", &person.name)
        .with("email", &person.email)
        .with("role", person.role.as_str())
        .with("locale", &person.locale)
        .with("zone", &person.zone);
    let seen = saving::fingerprint(&CatalogDoc::Person(person.clone()));
    html(&page(&ctx, Some(&person), form, seen))
}

/// `POST /people/{id}`.
pub async fn save(ctx: PageCtx, Path(id): Path<String>, mut form: Form) -> WebResult<Response> {
    let old = usable(&ctx, &id)?;
    let seen = form.value(SEEN_FIELD).to_owned();
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(person) = read(&mut form, &old) else {
        return html_with(wrong, &page(&ctx, Some(&old), form, seen));
    };
    let doc = CatalogDoc::Person(person);
    match saving::save(&ctx, &ctx.shell("people-title"), &doc, &seen).await? {
        Saved::Done => {
            let to = see_other(format!("/people/{id}"));
            Ok(to.flash(Tone::Success, ctx.t("saved")).into_response())
        }
        Saved::Refused(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(wrong, &page(&ctx, Some(&old), form, seen))
        }
        Saved::Changed(conflict) => {
            let now = saving::current(&ctx.app().catalog.now(), doc.id());
            let page = page(&ctx, Some(&old), form, now);
            html_with(StatusCode::CONFLICT, &EditPage { conflict: Some(conflict), ..page })
        }
    }
}

/// The person as the form says; errors are noted in the form.
fn read(form: &mut Form, old: &Person) -> Option<Person> {
    let name = Name::parse("name", form.value("name"));
    let name = form.take(name);
    let email = text::email("email", form.value("email"));
    let email = form.take(email);
    let role = role(form);
    Some(Person {
        name: name?,
        email: email?,
        role: role?,
        locale: form.value("locale").to_owned(),
        zone: form.value("zone").to_owned(),
        ..old.clone()
    })
}
