//! The generic JSON endpoint: an object, or an array of at most 2,000.
//!
//! The format for everything that has no format: scripts, webhooks of tools we do not know. It is ours, so it is strict:
//! an unknown field is an error that names it (`[3].sumary: unknown field`), and nothing is cut silently.
//!
//! | field | | |
//! | --- | --- | --- |
//! | `summary` | required for `trigger` | one line, ≤ 1024 characters; line breaks become spaces |
//! | `action` | `trigger` | or `acknowledge`, `resolve` |
//! | `dedup_key` | made by us | ≤ 255; required for `acknowledge` and `resolve` |
//! | `severity` | `error` | `critical`, `error`, `warning`, `info` |
//! | `source`, `component`, `group`, `class`, `client` | | ≤ 255 |
//! | `labels`, `annotations` | | objects of at most 64 texts, numbers or booleans, names ≤ 255, values ≤ 4096, together ≤ 96 KiB |
//! | `details` | | any JSON, ≤ 64 KiB |
//! | `links` | | at most 20 of `{href, text}`; http, https or mailto |
//! | `images` | | at most 20 of `{src, href, alt}`; http or https |
//! | `client_url` | | http or https |
//! | `occurred_at`, `expires_at` | | RFC 3339 |
//!
//! Missing severity means `error`: whoever wires a script to this endpoint wants somebody to look.

mod item;
#[cfg(test)]
mod tests;

use hansei_app::ports::{BadItem, FormatCtx, Parsed, SignalFormat, Unreadable};
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::{SourceFormat, limits};

use crate::reader::{Broken, Errors, Kind, Reader, beyond};

/// The generic format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl SignalFormat for Json {
    fn format(&self) -> SourceFormat {
        SourceFormat::Json
    }

    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable> {
        read(body, ctx).map_err(|broken| Unreadable(broken.to_string()))
    }
}

fn read(body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Broken> {
    let mut reader = Reader::new(body)?;
    let mut parsed = Parsed::default();
    if reader.peek()? == Kind::Array {
        let mut seq = reader.begin_array()?;
        let mut index = 0;
        while reader.next_item(&mut seq)? {
            if index == limits::BATCH {
                parsed.bad.push(beyond(&mut reader, &mut seq, index, "")?);
                break;
            }
            one(&mut reader, index, Some(index), ctx, &mut parsed)?;
            index += 1;
        }
    } else {
        one(&mut reader, 0, None, ctx, &mut parsed)?;
    }
    reader.end()?;
    Ok(parsed)
}

/// Reads one item; `place` is its place in the array, if there is one.
fn one(
    reader: &mut Reader<'_>,
    index: usize,
    place: Option<usize>,
    ctx: &FormatCtx,
    parsed: &mut Parsed,
) -> Result<(), Broken> {
    let mut errors = Errors::default();
    let start = reader.place();
    let found = reader.peek()?;
    let signal = if found == Kind::Object {
        // Items of one request must not share a key that is made for them.
        let ctx = FormatCtx { fresh: ctx.fresh.wrapping_add(index as u128), ..*ctx };
        item::read(reader, &ctx, &mut errors)?
    } else {
        reader.skip()?;
        reader.take_fault();
        errors.push("", FieldCode::Malformed, format!("must be an object, not {}", found.name()));
        None
    };
    match signal {
        Some(signal) => parsed.signals.push(signal),
        None => {
            let mut errors = errors.into_vec();
            if let Some(place) = place {
                let place = format!("[{place}]");
                errors = errors.into_iter().map(|error| error.under(&place)).collect();
            }
            parsed.bad.push(BadItem { index, errors, place: start..reader.at() });
        }
    }
    Ok(())
}
