//! Payloads that could not be read: found, shown, read again, put aside (R5).

use axum::extract::Path;
use axum::response::Response;
use hansei_app::catalog::Catalog;
use hansei_app::ports::{BadItem, QuarantineRow};
use hansei_domain::access::Permission::Diagnose;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::QuarantineId;
use hansei_domain::refusal::Refusal;
use hansei_domain::{FieldError, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::call::{Call, Posted};
use super::json as out;
use super::names::Named;
use super::page::Place;
use super::spec::{Api, Empty, Op};
use crate::error::WebResult;
use crate::kept::read_again;

const TAG: &str = "quarantine";

const ABOUT_REPLAY_PAYLOAD: &str =
    "For after an update that understands it. What can be read goes on as if it arrived now.";

/// The routes.
pub fn api() -> Api {
    Api::new()
        .get(
            "/api/v1/quarantine",
            Diagnose,
            list,
            Op::new("listQuarantine", TAG, "List kept payloads")
                .about("Newest first.")
                .query::<ListQuery>()
                .answers::<KeptList>(200, "A page of payloads."),
        )
        .get(
            "/api/v1/quarantine/{payload}",
            Diagnose,
            show,
            Op::new("getPayload", TAG, "Show a kept payload")
                .answers::<KeptDetail>(200, "The payload; secrets in it are blotted out."),
        )
        .post(
            "/api/v1/quarantine/{payload}/replay",
            Diagnose,
            replay,
            Op::new("replayPayload", TAG, "Read a kept payload again")
                .about(ABOUT_REPLAY_PAYLOAD)
                .body::<Empty>(Empty::example())
                .answers::<Replayed>(200, "What was read."),
        )
        .post(
            "/api/v1/quarantine/{payload}/discard",
            Diagnose,
            discard,
            Op::new("discardPayload", TAG, "Put a kept payload aside")
                .body::<Empty>(Empty::example())
                .answers_nothing("It is put aside."),
        )
}

/// Which payloads are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Those that were dealt with, too.
    #[serde(default)]
    all: bool,
    /// Where the last page ended.
    cursor: Option<String>,
    /// 1 to 500; 50 if nothing is said.
    limit: Option<usize>,
}

/// A payload that could not be read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeptPayload)]
struct Kept {
    /// Its id.
    id: String,
    /// The key it came by.
    key: Named,
    /// The service.
    service: Named,
    /// When it arrived.
    received_at: Timestamp,
    /// Which door it came through.
    format: String,
    /// Its declared content type.
    content_type: String,
    /// What was wrong with it.
    error: String,
    /// How many bytes are kept.
    bytes: usize,
    /// It was longer.
    truncated: bool,
    /// When it was dealt with.
    settled_at: Option<Timestamp>,
    /// `replayed` or `discarded`.
    settled_how: Option<String>,
}

/// A page of payloads.
#[derive(Debug, Serialize, ToSchema)]
struct KeptList {
    /// The payloads.
    items: Vec<Kept>,
    /// The cursor of the next page; `null` on the last one.
    next: Option<String>,
}

/// A payload with its body.
#[derive(Debug, Serialize, ToSchema)]
struct KeptDetail {
    /// The payload.
    #[serde(flatten)]
    payload: Kept,
    /// The body as text; bytes that are no text are replaced.
    body: String,
}

/// What was read from a payload.
#[derive(Debug, Serialize, ToSchema)]
struct Replayed {
    /// Signals that were stored.
    accepted: usize,
    /// Items that were refused.
    refused: Vec<RefusedItem>,
}

/// An item that was refused.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedItem {
    /// Its place, counted from 0.
    index: usize,
    /// What is wrong with it.
    #[schema(value_type = Vec<super::document::FieldErrorDoc>)]
    errors: Vec<FieldError>,
}

fn view(catalog: &Catalog, row: &QuarantineRow) -> Kept {
    Kept {
        id: row.id.to_string(),
        key: Named::of(catalog, EntryId::Key(row.key_id)),
        service: Named::of(catalog, EntryId::Service(row.service_id)),
        received_at: row.received_at,
        format: row.format.clone(),
        content_type: row.content_type.clone(),
        error: row.error.clone(),
        bytes: row.body.len(),
        truncated: row.truncated,
        settled_at: row.settled_at,
        settled_how: row.settled_how.clone(),
    }
}

/// `GET /api/v1/quarantine`.
async fn list(call: Call) -> WebResult<Response> {
    let query: ListQuery = call.query()?;
    let place = Place::new("quarantine", &query.all.to_string(), query.limit)?;
    let before = place.read::<QuarantineId>(query.cursor.as_deref())?;
    let mut rows = call.app().store.quarantine(!query.all, before, place.limit + 1).await?;
    let more = place.cut(&mut rows);
    let next = rows.last().filter(|_| more).map(|row| place.after(row.id)).transpose()?;
    let catalog = call.app().catalog.now();
    out::answer(StatusCode::OK, &KeptList { items: rows.iter().map(|r| view(&catalog, r)).collect(), next })
}

async fn known(call: &Call, text: &str) -> WebResult<QuarantineRow> {
    let unknown = || Refusal::NotFound("payload");
    let id: QuarantineId = text.parse().map_err(|_| unknown())?;
    Ok(call.app().store.quarantined(id).await?.ok_or_else(unknown)?)
}

/// `GET /api/v1/quarantine/{payload}`.
async fn show(Path(id): Path<String>, call: Call) -> WebResult<Response> {
    let row = known(&call, &id).await?;
    let payload = view(&call.app().catalog.now(), &row);
    let body = String::from_utf8_lossy(&row.body).into_owned();
    out::answer(StatusCode::OK, &KeptDetail { payload, body })
}

fn still_open(row: &QuarantineRow) -> Result<(), Refusal> {
    match row.settled_at {
        None => Ok(()),
        Some(_) => Err(Refusal::state("quarantine_settled", "it has been dealt with already")),
    }
}

/// `POST /api/v1/quarantine/{payload}/replay`.
async fn replay(Path(id): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let row = known(&posted.call, &id).await?;
    still_open(&row)?;
    let unreadable = |why| Refusal::state("quarantine_unreadable", why);
    let parsed = read_again(&posted.call.web, &row).map_err(unreadable)?;
    let app = posted.app();
    if let Err(error) = app.accept(&parsed.signals).await {
        return posted.settled(error).await;
    }
    // A crash between the two leaves it open; reading it twice has no second effect.
    let refused = |bad: BadItem| RefusedItem { index: bad.index, errors: bad.errors };
    let accepted = parsed.signals.len();
    let refused = parsed.bad.into_iter().map(refused).collect();
    let body = out::text(&Replayed { accepted, refused })?;
    let remembered = posted.row(StatusCode::OK, &body);
    match app.settle_kept(&posted.actor(), &row, "replayed", remembered).await {
        Ok(()) => Ok(out::raw(StatusCode::OK, body)),
        Err(error) => posted.settled(error).await,
    }
}

/// `POST /api/v1/quarantine/{payload}/discard`.
async fn discard(Path(id): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let row = known(&posted.call, &id).await?;
    still_open(&row)?;
    let remembered = posted.row(StatusCode::NO_CONTENT, "");
    match posted.app().settle_kept(&posted.actor(), &row, "discarded", remembered).await {
        Ok(()) => Ok(out::nothing()),
        Err(error) => posted.settled(error).await,
    }
}
