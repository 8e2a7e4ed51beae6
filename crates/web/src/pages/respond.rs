//! The page behind the signed link of a page: one thumb, one button, at three in the morning.
//!
//! Looking changes nothing, since mail scanners look, too; only a button does. The link acts for the paged person on
//! the alarm it was sent for and on nothing else (R12): an older one explains itself and leads on.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use hansei_app::AppError;
use hansei_app::reading::respond::RespondView;
use hansei_app::respond::Response as Wanted;
use hansei_app::secret::LinkPurpose;
use hansei_domain::Refusal;
use hansei_domain::incident::TimeKind;
use http::StatusCode;
use serde::Deserialize;

use crate::ctx::Guest;
use crate::error::{Problem, WebResult};
use crate::form::Form;
use crate::policy::{Access, Routes};
use crate::render::html_with;
use crate::shell::Shell;

/// Its part of the table.
pub fn routes() -> Routes {
    Routes::new().get("/p/{token}", Access::SignedLink, show).post("/p/{token}", Access::SignedLink, act)
}

/// What the link was opened for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    r#do: String,
}

#[derive(Template)]
#[template(path = "respond.html")]
struct RespondPage<'a> {
    shell: &'a Shell,
    v: &'a RespondView,
    token: &'a str,
    /// The link that was opened is the one for resolving.
    resolve_first: bool,
    /// What was just done: empty, `acknowledge` or `resolve`.
    did: &'static str,
    /// Why it was not done.
    refused: String,
    detected: hansei_domain::Timestamp,
}

/// `GET /p/{token}`.
pub async fn show(
    guest: Guest,
    Path(token): Path<String>,
    Query(opened): Query<Opened>,
) -> WebResult<Response> {
    answer(&guest, &token, opened.r#do == "resolve", "", None).await
}

/// `POST /p/{token}`.
pub async fn act(guest: Guest, Path(token): Path<String>, form: Form) -> WebResult<Response> {
    let (wanted, did) = match form.value("do") {
        "acknowledge" => (Wanted::Acknowledge, "acknowledge"),
        "resolve" => (Wanted::Resolve, "resolve"),
        _ => return answer(&guest, &token, false, "", None).await,
    };
    match guest.app().respond(LinkPurpose::Respond, &token, wanted).await {
        Ok(_) => answer(&guest, &token, false, did, None).await,
        Err(error) => answer(&guest, &token, did == "resolve", "", Some(error)).await,
    }
}

async fn answer(
    guest: &Guest,
    token: &str,
    resolve_first: bool,
    did: &'static str,
    error: Option<AppError>,
) -> WebResult<Response> {
    let app = guest.app();
    let behind = app.behind(LinkPurpose::Respond, token).await.map_err(|_| Problem::not_found())?;
    let v = app.respond_view(behind).await?;
    // In the paged person's language and zone, whoever's browser it is.
    let mut shell = guest.shell("incidents-title");
    shell.locale = v.locale;
    shell.zone.clone_from(&v.zone);
    let title = format!("INC-{} {}", v.behind.incident.number, v.behind.incident.title);
    let shell = shell.titled(title);
    let (status, refused) = match error {
        None => (StatusCode::OK, String::new()),
        Some(error) => refusal(&shell, error)?,
    };
    let detected = v.behind.incident.time(TimeKind::Detected).unwrap_or(v.behind.page.requested_at);
    let page = RespondPage { shell: &shell, v: &v, token, resolve_first, did, refused, detected };
    html_with(status, &page)
}

/// Why it was not done, in the person's words. A link of an earlier alarm or an ended incident is explained by the page
/// itself, so nothing needs to be said twice.
fn refusal(shell: &Shell, error: AppError) -> WebResult<(StatusCode, String)> {
    Ok(match error {
        AppError::Refused(Refusal::StaleGeneration) => (StatusCode::GONE, String::new()),
        AppError::Refused(Refusal::WrongState { .. }) => (StatusCode::CONFLICT, String::new()),
        AppError::Conflict => (StatusCode::CONFLICT, shell.t("refusal-conflict")),
        AppError::Unavailable(_) | AppError::Backlogged => {
            (StatusCode::SERVICE_UNAVAILABLE, shell.t("refusal-unavailable"))
        }
        other => return Err(other.into()),
    })
}
