//! How a person is reached, in order: adding, removing, moving and trying contacts, for oneself or by an administrator.
//!
//! The same rows and the same handlers serve both; only the address differs, and with it who may come.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::AppError;
use hansei_app::people::Towards;
use hansei_app::words::Args;
use hansei_domain::Refusal;
use hansei_domain::catalog::{ContactKind, EntryId, Person, self_test};
use hansei_domain::ids::{ContactId, PersonId};
use hansei_domain::page::SendOutcome;
use hansei_domain::refusal::FieldCode;
use http::StatusCode;

use super::kit::act::{reason, settle};
use super::kit::{Choice, spans};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::render::html_with;
use crate::shell::Shell;
use crate::shown;

/// One contact.
pub struct ContactRow {
    /// Stable name of its kind.
    pub kind: &'static str,
    /// Where it leads.
    pub destination: String,
    /// This installation can send there.
    pub usable: bool,
    /// What its buttons' addresses begin with.
    pub base: String,
}

/// A person's contacts as pages show them.
pub struct ContactsView {
    /// In the order in which they are used.
    pub rows: Vec<ContactRow>,
    /// How long to wait for a reaction before the next.
    pub pause: String,
    /// Where forms go.
    pub base: String,
    /// The reader may change them.
    pub editable: bool,
    /// What was typed into the form for another one.
    pub form: Form,
    /// Kinds to choose from.
    pub kinds: Vec<Choice>,
}

/// Puts the view together; `base` is the address of the person's page or settings.
pub fn view(
    ctx: &PageCtx,
    shell: &Shell,
    person: &Person,
    base: &str,
    editable: bool,
    form: Form,
) -> ContactsView {
    let senders = ctx.app().senders.kinds();
    let row = |c: &hansei_domain::catalog::Contact| ContactRow {
        kind: c.contact.kind(),
        destination: shown::destination(&c.contact, shown::whole(&ctx.who, person.id)),
        usable: senders.contains(&c.contact.kind()),
        base: format!("{base}/contacts/{}", c.id),
    };
    let form = if form.optional("kind").is_none() { form.with("kind", "email") } else { form };
    let kinds = ["email", "webhook"].map(|k| (k.to_owned(), shell.word("contact", k)));
    ContactsView {
        rows: person.contacts.iter().map(row).collect(),
        pause: spans::write(person.next_contact_secs),
        base: format!("{base}/contacts"),
        editable,
        form,
        kinds: kinds.into(),
    }
}

#[derive(Template)]
#[template(path = "contact_form.html")]
struct FormPage {
    shell: Shell,
    name: String,
    back: String,
    contacts: ContactsView,
}

#[derive(Template)]
#[template(path = "contact_secret.html")]
struct SecretPage {
    shell: Shell,
    destination: String,
    secret: String,
    back: String,
}

/// Whose contacts are changed, and from where.
struct Whose {
    id: PersonId,
    base: String,
}

impl Whose {
    fn own(ctx: &PageCtx) -> Self {
        Self { id: ctx.who.person_id, base: "/settings".into() }
    }

    fn of(id: &str) -> WebResult<Self> {
        let parsed: PersonId = id.parse().map_err(|_| Problem::not_found())?;
        if self_test::owns(EntryId::Person(parsed)) {
            return Err(Problem::not_found());
        }
        Ok(Self { id: parsed, base: format!("/people/{id}") })
    }

    fn person(&self, ctx: &PageCtx) -> WebResult<Person> {
        ctx.app().catalog.now().person(self.id).cloned().ok_or_else(Problem::not_found)
    }

    fn back(&self) -> String {
        format!("{}#contacts", self.base)
    }
}

/// `POST /settings/contacts`.
pub async fn add_own(ctx: PageCtx, form: Form) -> WebResult<Response> {
    let whose = Whose::own(&ctx);
    add(&ctx, &whose, form).await
}

/// `POST /people/{id}/contacts`.
pub async fn add_of(ctx: PageCtx, Path(id): Path<String>, form: Form) -> WebResult<Response> {
    add(&ctx, &Whose::of(&id)?, form).await
}

/// `POST /settings/contacts/pause`.
pub async fn pause_own(ctx: PageCtx, form: Form) -> WebResult<Response> {
    let whose = Whose::own(&ctx);
    pause(&ctx, &whose, form).await
}

/// `POST /people/{id}/contacts/pause`.
pub async fn pause_of(ctx: PageCtx, Path(id): Path<String>, form: Form) -> WebResult<Response> {
    pause(&ctx, &Whose::of(&id)?, form).await
}

/// `POST /settings/contacts/{contact}/{verb}`.
pub async fn act_own(ctx: PageCtx, Path((contact, verb)): Path<(String, String)>) -> WebResult<Response> {
    let whose = Whose::own(&ctx);
    act(&ctx, &whose, &contact, &verb).await
}

/// `POST /people/{id}/contacts/{contact}/{verb}`.
pub async fn act_of(
    ctx: PageCtx,
    Path((id, contact, verb)): Path<(String, String, String)>,
) -> WebResult<Response> {
    act(&ctx, &Whose::of(&id)?, &contact, &verb).await
}

async fn add(ctx: &PageCtx, whose: &Whose, mut form: Form) -> WebResult<Response> {
    let to = form.value("to").to_owned();
    let kind = match form.value("kind") {
        "email" => Some(ContactKind::Email { address: to }),
        "webhook" => Some(ContactKind::Webhook { url: to }),
        _ => {
            form.wrong("kind", FieldCode::Unknown, "must be email or webhook");
            None
        }
    };
    let Some(kind) = kind else { return again(ctx, whose, form) };
    match ctx.app().add_contact(&ctx.actor(), whose.id, kind.clone()).await {
        Ok(added) => match added.secret {
            Some(secret) => secret_page(ctx, whose, kind.destination(), secret, StatusCode::CREATED),
            None => settle(ctx, Ok(()), &whose.back(), ctx.t("contact-added")),
        },
        Err(AppError::Refused(Refusal::Invalid(errors))) => {
            for error in errors {
                // One field takes either kind of destination.
                let field =
                    if matches!(error.field.as_str(), "address" | "url") { "to" } else { &error.field };
                form.wrong(field, error.code, &error.message);
            }
            again(ctx, whose, form)
        }
        Err(error) => {
            let form = form.refused(ctx, error)?;
            again(ctx, whose, form)
        }
    }
}

/// The form again, on a page of its own, with everything that was typed.
fn again(ctx: &PageCtx, whose: &Whose, form: Form) -> WebResult<Response> {
    let person = whose.person(ctx)?;
    let shell = ctx.shell("contact-add").nav("people");
    let contacts = view(ctx, &shell, &person, &whose.base, true, form);
    let page = FormPage { name: person.name.to_string(), back: whose.back(), contacts, shell };
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn secret_page(
    ctx: &PageCtx,
    whose: &Whose,
    destination: &str,
    secret: String,
    status: StatusCode,
) -> WebResult<Response> {
    let shell = ctx.shell("contact-secret-title").nav("people");
    html_with(status, &SecretPage { shell, destination: destination.to_owned(), secret, back: whose.back() })
}

async fn pause(ctx: &PageCtx, whose: &Whose, mut form: Form) -> WebResult<Response> {
    let result = match spans::need(&mut form, "next_contact_secs") {
        Some(secs) => ctx.app().set_next_contact(&ctx.actor(), whose.id, secs).await,
        None => {
            let refusal = Refusal::field("next_contact_secs", FieldCode::Malformed, "is not a span");
            Err(AppError::Refused(refusal))
        }
    };
    settle(ctx, result, &whose.back(), ctx.t("saved"))
}

async fn act(ctx: &PageCtx, whose: &Whose, contact: &str, verb: &str) -> WebResult<Response> {
    let contact: ContactId = contact.parse().map_err(|_| Problem::not_found())?;
    let (app, actor, back) = (ctx.app(), ctx.actor(), whose.back());
    match verb {
        "remove" => {
            let result = app.remove_contact(&actor, whose.id, contact).await;
            settle(ctx, result, &back, ctx.t("contact-removed"))
        }
        "up" | "down" => {
            let towards = if verb == "up" { Towards::Up } else { Towards::Down };
            let result = app.move_contact(&actor, whose.id, contact, towards).await;
            settle(ctx, result, &back, ctx.t("saved"))
        }
        "secret" => {
            let secret = app.renew_contact_secret(&actor, whose.id, contact).await?;
            let person = whose.person(ctx)?;
            let renewed = person.contacts.iter().find(|c| c.id == contact);
            let destination = renewed.map(|c| c.contact.destination().to_owned()).unwrap_or_default();
            secret_page(ctx, whose, &destination, secret, StatusCode::OK)
        }
        "test" => test(ctx, whose, contact).await,
        _ => Err(Problem::not_found()),
    }
}

/// Sends a trial page and says what the sender said.
async fn test(ctx: &PageCtx, whose: &Whose, contact: ContactId) -> WebResult<Response> {
    let (tone, text) = match ctx.app().send_trial(&ctx.actor(), whose.id, contact).await {
        Ok(SendOutcome::Delivered { .. }) => (Tone::Success, ctx.t("trial-delivered")),
        Ok(SendOutcome::Retry { error, .. } | SendOutcome::GiveUp { error }) => {
            (Tone::Danger, ctx.ta("trial-failed", &Args::new().text("error", error)))
        }
        Err(error) => (Tone::Danger, reason(ctx, error)?),
    };
    Ok(see_other(whose.back()).flash(tone, text).into_response())
}
