//! The first page of an installation: it makes the first administrator (R44).
//!
//! The link comes from the console and works once. Of two who use it at the same moment one wins; the other, and
//! whoever comes later or with an older link, is told why the door is closed and where to go instead.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::AppError;
use hansei_app::auth::NewAdmin;
use hansei_domain::Refusal;
use http::{StatusCode, header};

use super::kit::{ZoneGroup, zones};
use crate::ctx::Guest;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::render::{html, html_with};
use crate::session;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    shell: Shell,
    token: String,
    form: Form,
    zones: Vec<ZoneGroup>,
    /// The browser may say which zone to begin with: nothing has been chosen yet.
    guess: bool,
}

#[derive(Template)]
#[template(path = "set_up_gone.html")]
struct GonePage {
    shell: Shell,
    used: bool,
}

fn page(guest: &Guest, token: String, form: Form, guess: bool) -> SetUpPage {
    let zones = zones(form.value("zone"));
    SetUpPage { shell: guest.shell("setup-title"), token, form, zones, guess }
}

fn gone(guest: &Guest) -> WebResult<Response> {
    let shell = guest.shell("setup-gone-title");
    html_with(StatusCode::NOT_FOUND, &GonePage { shell, used: !guest.app().is_empty() })
}

/// `GET /setup/{token}`.
pub async fn show(guest: Guest, Path(token): Path<String>) -> WebResult<Response> {
    if !guest.app().setup_open(&token).await? {
        return gone(&guest);
    }
    let form = Form::new().with("locale", guest.locale.as_str()).with("zone", "UTC");
    html(&page(&guest, token, form, true))
}

/// `POST /setup/{token}`.
pub async fn submit(guest: Guest, Path(token): Path<String>, form: Form) -> WebResult<Response> {
    let new = NewAdmin {
        name: form.value("name").to_owned(),
        email: form.value("email").to_owned(),
        password: form.raw("password").to_owned(),
        organisation: form.value("organisation").to_owned(),
        locale: form.value("locale").to_owned(),
        zone: form.value("zone").to_owned(),
    };
    match guest.app().set_up(&token, &new, &guest.client).await {
        Ok(signed_in) => {
            let mut response = see_other("/").flash(Tone::Success, guest.t("setup-done")).into_response();
            let cookie = session::start(guest.web.secure, &signed_in.secret);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            let mark = session::mark_device(guest.web.secure, &signed_in.device);
            response.headers_mut().append(header::SET_COOKIE, mark);
            Ok(response)
        }
        Err(AppError::Refused(Refusal::NotFound(_))) => gone(&guest),
        Err(error) => {
            let form = form.refused_to(&guest.web.app.words, guest.locale, error)?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&guest, token, form, false))
        }
    }
}
