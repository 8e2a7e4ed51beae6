//! Signing in and out.
//!
//! Whether an account exists cannot be told from the answer; how long somebody has to wait after too many tries is
//! said with its time. After signing in one goes on where one wanted to go, within this site only.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use hansei_app::auth::SignInError;
use hansei_app::words::{self, Args};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use crate::ctx::Guest;
use crate::error::WebResult;
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::render::{html, html_with};
use crate::session;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: Form,
    note: String,
    next: String,
    empty: bool,
}

/// Where to go afterwards.
#[derive(Debug, Deserialize)]
pub struct Next {
    next: Option<String>,
}

fn page(guest: &Guest, form: Form, note: String, next: Option<&str>) -> SignInPage {
    let next = session::safe_next(next).to_owned();
    SignInPage { shell: guest.shell("signin-title"), form, note, next, empty: guest.app().is_empty() }
}

/// `GET /sign-in`.
pub async fn show(guest: Guest, Query(query): Query<Next>) -> WebResult<Response> {
    if guest.who.is_some() {
        return Ok(see_other(session::safe_next(query.next.as_deref())).into_response());
    }
    html(&page(&guest, Form::new(), String::new(), query.next.as_deref()))
}

/// `POST /sign-in`.
pub async fn submit(guest: Guest, form: Form) -> WebResult<Response> {
    let done = guest.app().sign_in(form.value("email"), form.raw("password"), &guest.client).await?;
    let next = form.optional("next").map(str::to_owned);
    match done {
        Ok(signed_in) => {
            let mut response = see_other(session::safe_next(next.as_deref())).into_response();
            // Whoever signs in over a session that still lives leaves nothing behind in this browser.
            if let Some(before) = &guest.who {
                guest.app().sign_out(before).await?;
            }
            let cookie = session::start(guest.web.secure, &signed_in.secret);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            let mark = session::mark_device(guest.web.secure, &signed_in.device);
            response.headers_mut().append(header::SET_COOKIE, mark);
            Ok(response)
        }
        Err(SignInError::Wrong) => {
            let note = guest.t("signin-wrong");
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&guest, form, note, next.as_deref()))
        }
        Err(SignInError::Throttled { until }) => {
            let shell = guest.shell("signin-title");
            let secs = until.duration_since(shell.now).as_secs().max(1);
            let args =
                Args::new().text("time", shell.when(&until)).text("span", words::span(secs, guest.locale));
            let note = guest.ta("signin-throttled", &args);
            let mut response =
                html_with(StatusCode::TOO_MANY_REQUESTS, &page(&guest, form, note, next.as_deref()))?;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
            Ok(response)
        }
    }
}

/// `POST /sign-out`.
pub async fn sign_out(guest: Guest) -> WebResult<Response> {
    if let Some(who) = &guest.who {
        guest.app().sign_out(who).await?;
    }
    let mut response = see_other("/sign-in").flash(Tone::Info, guest.t("signout-done")).into_response();
    response.headers_mut().append(header::SET_COOKIE, session::end(guest.web.secure));
    Ok(response)
}
