//! Choosing a password by a link that an administrator made: for those who were invited or have forgotten theirs.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::AppError;
use hansei_app::words::Args;
use hansei_domain::Refusal;
use hansei_domain::catalog::Person;
use http::{StatusCode, header};

use crate::ctx::Guest;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::render::{html, html_with};
use crate::session;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    shell: Shell,
    token: String,
    form: Form,
    person: Person,
}

#[derive(Template)]
#[template(path = "password_gone.html")]
struct GonePage {
    shell: Shell,
}

impl PasswordPage {
    fn lead(&self) -> String {
        let args =
            Args::new().text("name", self.person.name.as_str()).text("email", self.person.email.as_str());
        self.shell.ta("password-lead", &args)
    }
}

fn gone(guest: &Guest) -> WebResult<Response> {
    html_with(StatusCode::NOT_FOUND, &GonePage { shell: guest.shell("password-gone-title") })
}

/// `GET /password/{token}`. Looking spends nothing: mail scanners open links, too.
pub async fn show(guest: Guest, Path(token): Path<String>) -> WebResult<Response> {
    let Some(person) = guest.app().behind_password_link(&token).await? else { return gone(&guest) };
    let shell = guest.shell("password-title");
    html(&PasswordPage { shell, token, form: Form::new(), person })
}

/// `POST /password/{token}`.
pub async fn submit(guest: Guest, Path(token): Path<String>, form: Form) -> WebResult<Response> {
    let Some(person) = guest.app().behind_password_link(&token).await? else { return gone(&guest) };
    match guest.app().use_password_link(&token, form.raw("password"), &guest.client).await {
        Ok(signed_in) => {
            let mut response = see_other("/").flash(Tone::Success, guest.t("password-done")).into_response();
            let cookie = session::start(guest.web.secure, &signed_in.secret);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            let mark = session::mark_device(guest.web.secure, &signed_in.device);
            response.headers_mut().append(header::SET_COOKIE, mark);
            Ok(response)
        }
        Err(AppError::Refused(Refusal::NotFound(_))) => gone(&guest),
        Err(error) => {
            let form = form.refused_to(&guest.web.app.words, guest.locale, error)?;
            let shell = guest.shell("password-title");
            let page = PasswordPage { shell, token, form, person };
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
