//! Payloads that came with a right key and could not be read (R5).
//!
//! Each can be looked at without danger (as text with visible control characters, or in hexadecimal), read again (after
//! an upgrade that understands more), or discarded. Who did which is kept in the journal of the key. Only those who
//! may diagnose come here: payloads can hold anything.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hansei_app::ports::QuarantineRow;
use hansei_app::words::Args;
use hansei_domain::Timestamp;
use hansei_domain::access::Permission;
use hansei_domain::ids::QuarantineId;
use serde::Deserialize;

use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::kept::read_again;
use crate::policy::{Access, Routes};
use crate::render::html;
use crate::shell::Shell;

/// Payloads on one page.
const ROWS: usize = 30;
/// Bytes in one line of the hexadecimal view.
const HEX_LINE: usize = 16;

/// One payload in the list, or whole.
struct Payload {
    id: String,
    key: String,
    key_href: String,
    received_at: Timestamp,
    format: String,
    content_type: String,
    error: String,
    bytes: usize,
    truncated: bool,
    settled_at: Option<Timestamp>,
    settled_how: String,
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Payload>,
    all: bool,
    /// Where older ones are.
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "quarantine_show.html")]
struct ShowPage {
    shell: Shell,
    row: Payload,
    hex: bool,
    body: String,
}

impl ShowPage {
    /// What its buttons' addresses begin with.
    fn base(&self) -> String {
        format!("/quarantine/{}", self.row.id)
    }
}

/// Which payloads are wanted.
#[derive(Debug, Deserialize)]
pub struct Filter {
    all: Option<String>,
    before: Option<String>,
}

/// How a payload is shown.
#[derive(Debug, Deserialize)]
pub struct View {
    view: Option<String>,
}

fn payload(ctx: &PageCtx, row: &QuarantineRow) -> Payload {
    let catalog = ctx.app().catalog.now();
    let known = catalog.key(row.key_id);
    Payload {
        id: row.id.to_string(),
        key: known.map_or_else(|| row.key_id.to_string(), |k| k.name.to_string()),
        key_href: format!("/integrations/{}", row.key_id),
        received_at: row.received_at,
        format: row.format.clone(),
        content_type: row.content_type.clone(),
        error: row.error.clone(),
        bytes: row.body.len(),
        truncated: row.truncated,
        settled_at: row.settled_at,
        settled_how: row.settled_how.clone().unwrap_or_default(),
    }
}

/// `GET /quarantine`.
async fn list(ctx: PageCtx, Query(filter): Query<Filter>) -> WebResult<Response> {
    let all = filter.all.is_some();
    let before = filter.before.and_then(|id| id.parse::<QuarantineId>().ok());
    let mut found = ctx.app().store.quarantine(!all, before, ROWS + 1).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let older = found.last().filter(|_| more).map(|last| {
        let all = if all { "&all=1" } else { "" };
        format!("/quarantine?before={}{all}", last.id)
    });
    let rows = found.iter().map(|row| payload(&ctx, row)).collect();
    html(&ListPage { shell: ctx.shell("nav-quarantine").nav("quarantine"), rows, all, older })
}

async fn row_at(ctx: &PageCtx, id: &str) -> WebResult<QuarantineRow> {
    let id: QuarantineId = id.parse().map_err(|_| Problem::not_found())?;
    ctx.app().store.quarantined(id).await?.ok_or_else(Problem::not_found)
}

/// `GET /quarantine/{id}`.
async fn show(ctx: PageCtx, Path(id): Path<String>, Query(view): Query<View>) -> WebResult<Response> {
    let row = row_at(&ctx, &id).await?;
    let text = std::str::from_utf8(&row.body).ok();
    let hex = view.view.as_deref() == Some("hex") || text.is_none();
    let body = match text {
        Some(text) if !hex => visible(text),
        _ => hexadecimal(&row.body),
    };
    let shell = ctx.shell("nav-quarantine").nav("quarantine");
    html(&ShowPage { row: payload(&ctx, &row), shell, hex, body })
}

/// Text in which control characters can be seen: a symbol stands for each, and nothing hides or turns the line around.
fn visible(text: &str) -> String {
    let show = |c: char| match c {
        '\n' | '\t' => c,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('␀'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            '�'
        }
        '\u{feff}' => '�',
        c => c,
    };
    text.chars().map(show).collect()
}

/// Offset, bytes and what they are as text, sixteen to a line.
fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 5);
    for (i, line) in bytes.chunks(HEX_LINE).enumerate() {
        let hex: Vec<String> = line.iter().map(|b| format!("{b:02x}")).collect();
        let text: String =
            line.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '.' }).collect();
        out.push_str(&format!("{:06x}  {:<47}  {text}\n", i * HEX_LINE, hex.join(" ")));
    }
    out
}

/// `POST /quarantine/{id}/replay`.
async fn replay(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let row = row_at(&ctx, &id).await?;
    let stay =
        |text: String| see_other(format!("/quarantine/{id}")).flash(Tone::Danger, text).into_response();
    if row.settled_at.is_some() {
        return Ok(stay(ctx.t("quarantine-settled")));
    }
    if row.truncated {
        return Ok(stay(ctx.t("quarantine-truncated")));
    }
    match read_again(&ctx.web, &row) {
        Err(why) => Ok(stay(ctx.ta("quarantine-still", &Args::new().text("error", why)))),
        Ok(parsed) => {
            ctx.app().accept(&parsed.signals).await?;
            // A crash between the two leaves it open; reading it twice has no second effect.
            ctx.app().settle_kept(&ctx.actor(), &row, "replayed", None).await?;
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            let (good, bad) = (count(parsed.signals.len()), count(parsed.bad.len()));
            let args = Args::new().number("count", good).number("bad", bad);
            let done = see_other("/quarantine").flash(Tone::Success, ctx.ta("quarantine-replayed", &args));
            Ok(done.into_response())
        }
    }
}

/// `POST /quarantine/{id}/discard`.
async fn discard(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let row = row_at(&ctx, &id).await?;
    if row.settled_at.is_none() {
        ctx.app().settle_kept(&ctx.actor(), &row, "discarded", None).await?;
    }
    Ok(see_other("/quarantine").flash(Tone::Success, ctx.t("quarantine-discarded")).into_response())
}

/// The quarantine's part of the table.
pub fn routes() -> Routes {
    let diagnose = Access::Session(Permission::Diagnose);
    Routes::new()
        .get("/quarantine", diagnose, list)
        .get("/quarantine/{id}", diagnose, show)
        .post("/quarantine/{id}/replay", diagnose, replay)
        .post("/quarantine/{id}/discard", diagnose, discard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\0b\u{1b}[31m\r\n\u{202e}x\u{feff}"), "a␀b␛[31m␍\n�x�");
        assert_eq!(visible("日本語 <b>\t"), "日本語 <b>\t");
    }

    #[test]
    fn bytes_stand_in_lines_of_sixteen() {
        let dump = hexadecimal(b"0123456789abcdef\xff<");
        let lines: Vec<&str> = dump.lines().collect();
        assert_eq!(lines[0], "000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef");
        assert_eq!(lines[1].split("  ").next(), Some("000010"));
        assert!(lines[1].ends_with("  .<"));
    }
}
