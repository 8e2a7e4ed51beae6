//! The link with which somebody sets their password, shown this once to the administrator who made it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hansei_app::words::Args;
use hansei_domain::ids::PersonId;
use http::StatusCode;
use url::form_urlencoded::byte_serialize;

use super::person_at;
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::render::{html, html_with};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "password_link.html")]
struct LinkPage {
    shell: Shell,
    name: String,
    person_href: String,
    address: String,
    until: String,
    /// Opens the administrator's own mail program with everything filled in.
    mailto: String,
    added: bool,
}

/// What stands after `mailto:`: spaces as `%20`, since mail programs take `+` as it is.
fn mail_part(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// `POST /people/{id}/password-link`.
pub async fn make(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let (person, archived) = person_at(&ctx.app().catalog.now(), &id)?;
    if archived {
        return Err(Problem::not_found());
    }
    page(&ctx, person.id, false).await
}

/// Makes a link and answers with the page that shows it; `added` = the person has just been added.
pub async fn page(ctx: &PageCtx, id: PersonId, added: bool) -> WebResult<Response> {
    let link = ctx.app().password_link(&ctx.actor(), id).await?;
    let (person, _) = person_at(&ctx.app().catalog.now(), &id.to_string())?;
    let shell = ctx.shell("link-title").nav("people");
    let address = format!("{}/password/{}", ctx.app().config.public_url, link.token);
    let until = shell.when(&link.expires_at);
    let words = &ctx.app().words;
    let theirs = hansei_app::words::Locale::of(&person.locale);
    let when = hansei_app::words::when_in(link.expires_at, theirs, &person.zone);
    let args = Args::new().text("address", address.as_str()).text("time", when);
    let mailto = format!(
        "mailto:{}?subject={}&body={}",
        mail_part(&person.email).replace("%40", "@"),
        mail_part(&words.plain(theirs, "link-mail-subject")),
        mail_part(&words.text(theirs, "link-mail-body", &args))
    );
    let page = LinkPage {
        name: person.name.to_string(),
        person_href: format!("/people/{id}"),
        address,
        until,
        mailto,
        added,
        shell,
    };
    if added { html_with(StatusCode::CREATED, &page) } else { html(&page) }
}
