//! The two bodies around alerts: an array, and the webhook's envelope.

use hansei_app::ports::{BadItem, FormatCtx, Parsed};
use hansei_domain::FieldError;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::limits;

use super::item::{Item, Shape};
use crate::reader::{Broken, Errors, Kind, Reader, beyond, clip, optional_text};

/// Reads the body of `POST /api/v2/alerts`. `null` is an empty list, as in the original.
pub(super) fn alerts(body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Broken> {
    let mut reader = Reader::new(body)?;
    let mut parsed = Parsed::default();
    if reader.peek()? == Kind::Null {
        reader.null()?;
    } else {
        list(&mut reader, "", Shape::ApiV2, ctx, &mut parsed)?;
    }
    reader.end()?;
    Ok(parsed)
}

/// Reads the body of a webhook. Only its alerts matter; what is common to them is in each of them, too.
pub(super) fn webhook(body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Broken> {
    let mut reader = Reader::new(body)?;
    let mut parsed = Parsed::default();
    let mut envelope = Errors::default();
    let (mut seen_alerts, mut version, mut truncated) = (false, None, "0");
    let mut seq = reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut seq)? {
        match &*key {
            "alerts" if !seen_alerts && reader.peek()? == Kind::Array => {
                seen_alerts = true;
                list(&mut reader, "alerts", Shape::WebhookV4, ctx, &mut parsed)?;
            }
            "alerts" => {
                reader.skip()?;
                reader.take_fault();
                envelope.push("alerts", FieldCode::Malformed, "must be one array");
            }
            "version" => version = optional_text(&mut reader, "version", &mut envelope)?,
            "truncatedAlerts" if reader.peek()? == Kind::Number => truncated = reader.number()?,
            _ => {
                reader.skip()?;
                reader.take_fault();
            }
        }
    }
    reader.end()?;
    if !seen_alerts && envelope.is_empty() {
        envelope.push("alerts", FieldCode::Required, "alerts is required");
    }
    if let Some(version) = version.filter(|v| *v != "4") {
        // Grafana calls its own "1". Its alerts are judged by themselves.
        let message =
            format!("is {:?}; only \"4\" is known, its alerts are read like that", clip(&version, 20));
        parsed.notes.push(FieldError::new("version", FieldCode::Unknown, message));
    }
    reader.take_fault();
    if truncated != "0" {
        let message = format!("{} alerts were not sent (max_alerts of the receiver)", clip(truncated, 20));
        parsed.notes.push(FieldError::new("truncatedAlerts", FieldCode::OutOfRange, message));
    }
    if !envelope.is_empty() {
        // What is wrong with the envelope blames the request as a whole; its alerts are still good.
        parsed.bad.insert(0, BadItem { index: 0, errors: envelope.into_vec(), place: 0..body.len() });
    }
    Ok(parsed)
}

/// Reads an array of alerts, each on its own.
fn list(
    reader: &mut Reader<'_>,
    path: &str,
    shape: Shape,
    ctx: &FormatCtx,
    parsed: &mut Parsed,
) -> Result<(), Broken> {
    let mut seq = reader.begin_array()?;
    // A usual alert has some 400 bytes: room for all at once, instead of growing and copying.
    parsed.signals.reserve((reader.left() / 400).min(limits::BATCH));
    let mut item = Item::default();
    let mut index = 0;
    while reader.next_item(&mut seq)? {
        if index == limits::BATCH {
            parsed.bad.push(beyond(reader, &mut seq, index, path)?);
            break;
        }
        let start = reader.place();
        let mut errors = Errors::default();
        if let Some(signal) = item.read(reader, shape, ctx, &mut errors)? {
            parsed.signals.push(signal);
        } else {
            let place = format!("{path}[{index}]");
            let errors = errors.into_vec().into_iter().map(|error| error.under(&place)).collect();
            parsed.bad.push(BadItem { index, errors, place: start..reader.at() });
        }
        index += 1;
    }
    Ok(())
}
