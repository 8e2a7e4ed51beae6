//! People: who may sign in, what they are trusted with, and how each is reached.
//!
//! Everybody may see who there is and whether they can be reached; administrators add people, change roles and
//! contacts, and make the links with which somebody sets a password. What people change about themselves is on the
//! screen of their settings.

mod edit;
mod link;
mod list;
mod show;

use hansei_app::catalog::Catalog;
use hansei_domain::access::Permission;
use hansei_domain::catalog::{EntryId, Person, self_test};
use hansei_domain::ids::PersonId;

use super::contacts;
use crate::error::{Problem, WebResult};
use crate::policy::{Access, Routes};

/// The person at an address, and whether they are archived; the self-test's own is nobody.
fn person_at(catalog: &Catalog, id: &str) -> WebResult<(Person, bool)> {
    let id: PersonId = id.parse().map_err(|_| Problem::not_found())?;
    let person = catalog.person(id).filter(|p| !self_test::owns(EntryId::Person(p.id)));
    let person = person.cloned().ok_or_else(Problem::not_found)?;
    let archived = !catalog.in_use(EntryId::Person(id));
    Ok((person, archived))
}

/// The people's part of the table.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Session(Permission::Read), Access::Session(Permission::ManagePeople));
    Routes::new()
        .get("/people", read, list::show)
        .post("/people", manage, edit::create)
        .get("/people/new", manage, edit::new)
        .get("/people/{id}", read, show::show)
        .post("/people/{id}", manage, edit::save)
        .get("/people/{id}/edit", manage, edit::show)
        .post("/people/{id}/archive", manage, show::archive)
        .post("/people/{id}/restore", manage, show::restore)
        .post("/people/{id}/password-link", manage, link::make)
        .post("/people/{id}/sessions/end", manage, show::end_sessions)
        .post("/people/{id}/contacts", manage, contacts::add_of)
        .post("/people/{id}/contacts/pause", manage, contacts::pause_of)
        .post("/people/{id}/contacts/{contact}/{verb}", manage, contacts::act_of)
}
