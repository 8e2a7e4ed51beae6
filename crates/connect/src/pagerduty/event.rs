//! Reading one event.

use std::borrow::Cow;

use hansei_app::ports::FormatCtx;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::{
    AlertSeverity, Content, Image, Link, Signal, SignalAction, SourceFormat, limits,
};
use hansei_domain::{FieldError, Timestamp};

use crate::instant;
use crate::reader::{Broken, Errors, Kind, Reader, clip, expect, is_web_link, one_line, text_or_number};

/// The largest body, bytes (the original's 512 KB).
pub const MAX_BODY: usize = 512 * 1024;

/// Longest link that is kept, bytes.
const MAX_LINK: usize = 2048;

const BLANK: &str = "is missing or blank";

/// The fields of the envelope as they came.
#[derive(Default)]
struct Envelope<'a> {
    seen: Vec<&'static str>,
    action: Option<Cow<'a, str>>,
    dedup_key: Option<Cow<'a, str>>,
    routing_key: Option<Cow<'a, str>>,
    client: Option<Cow<'a, str>>,
    client_url: Option<Cow<'a, str>>,
    payload: Option<Payload<'a>>,
    links: Vec<Link>,
    images: Vec<Image>,
}

/// The fields of the payload as they came.
#[derive(Default)]
struct Payload<'a> {
    seen: Vec<&'static str>,
    summary: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    severity: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    component: Option<Cow<'a, str>>,
    group: Option<Cow<'a, str>>,
    class: Option<Cow<'a, str>>,
    details: Option<&'a str>,
}

/// What was read.
pub(super) struct Read {
    /// The signal.
    pub signal: Signal,
    /// What was passed over.
    pub notes: Vec<FieldError>,
}

/// Reads a whole body: a signal, or what is wrong with its fields.
pub(super) fn read(
    body: &[u8],
    ctx: &FormatCtx,
    needs_key: bool,
) -> Result<Result<Read, Vec<FieldError>>, Broken> {
    if body.len() > MAX_BODY {
        return Err(Broken { at: MAX_BODY, what: "the body is larger than 512 KB" });
    }
    let mut reader = Reader::new(body)?;
    let mut errors = Errors::default();
    let envelope = envelope(&mut reader, &mut errors)?;
    reader.end()?;
    if needs_key && present(&envelope.routing_key).is_none() {
        errors.push("routing_key", FieldCode::Required, BLANK);
    }
    let mut notes = Errors::default();
    let signal = signal(envelope, ctx, &mut errors, &mut notes);
    let read = signal.map(|signal| Read { signal, notes: notes.into_vec() });
    Ok(read.filter(|_| errors.is_empty()).ok_or_else(|| errors.into_vec()))
}

/// Remembers a known key; a second one of the same name is blamed, skipped and reported as not new.
fn is_new(
    seen: &mut Vec<&'static str>,
    field: &'static str,
    reader: &mut Reader<'_>,
    errors: &mut Errors,
) -> Result<bool, Broken> {
    if seen.contains(&field) {
        errors.twice(field);
        reader.skip()?;
        reader.take_fault();
        return Ok(false);
    }
    seen.push(field);
    Ok(true)
}

fn envelope<'a>(reader: &mut Reader<'a>, errors: &mut Errors) -> Result<Envelope<'a>, Broken> {
    const KNOWN: [&str; 8] =
        ["routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"];
    let mut out = Envelope::default();
    let mut seq = reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut seq)? {
        let Some(field) = KNOWN.into_iter().find(|known| *known == key) else {
            reader.skip()?;
            reader.take_fault();
            continue;
        };
        if !is_new(&mut out.seen, field, reader, errors)? {
            continue;
        }
        match field {
            "payload" => out.payload = payload(reader, errors)?,
            "links" => out.links = links(reader, errors)?,
            "images" => out.images = images(reader, errors)?,
            _ => {
                let text = text_or_number(reader, field, errors)?;
                match field {
                    "routing_key" => out.routing_key = text,
                    "event_action" => out.action = text,
                    "dedup_key" => out.dedup_key = text,
                    "client" => out.client = text,
                    _ => out.client_url = text,
                }
            }
        }
    }
    Ok(out)
}

fn payload<'a>(reader: &mut Reader<'a>, errors: &mut Errors) -> Result<Option<Payload<'a>>, Broken> {
    if !expect(reader, Kind::Object, "payload", errors)? {
        return Ok(None);
    }
    let mut out = Payload::default();
    let mut seq = reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut seq)? {
        let (slot, field) = match &*key {
            "summary" => (&mut out.summary, "payload.summary"),
            "source" => (&mut out.source, "payload.source"),
            "severity" => (&mut out.severity, "payload.severity"),
            "timestamp" => (&mut out.timestamp, "payload.timestamp"),
            "component" => (&mut out.component, "payload.component"),
            "group" => (&mut out.group, "payload.group"),
            "class" => (&mut out.class, "payload.class"),
            "custom_details" => {
                let field = "payload.custom_details";
                if is_new(&mut out.seen, field, reader, errors)? {
                    let raw = reader.skip()?;
                    let good = !errors.fault(reader, field) && raw != "null";
                    out.details = good.then_some(raw);
                }
                continue;
            }
            _ => {
                reader.skip()?;
                reader.take_fault();
                continue;
            }
        };
        if is_new(&mut out.seen, field, reader, errors)? {
            *slot = text_or_number(reader, field, errors)?;
        }
    }
    Ok(Some(out))
}

/// Reads an array of objects with texts: the values of `names`, in their order. Items beyond the limit are left out.
fn objects<'a, const N: usize>(
    reader: &mut Reader<'a>,
    list: &str,
    names: [&str; N],
    errors: &mut Errors,
) -> Result<Vec<[Option<Cow<'a, str>>; N]>, Broken> {
    let mut out = Vec::new();
    if !expect(reader, Kind::Array, list, errors)? {
        return Ok(out);
    }
    let mut items = reader.begin_array()?;
    while reader.next_item(&mut items)? {
        if out.len() >= limits::LINKS || reader.peek()? != Kind::Object {
            reader.skip()?;
            reader.take_fault();
            continue;
        }
        let mut values = [const { None }; N];
        let mut seq = reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut seq)? {
            let known = names.iter().zip(&mut values).find(|(name, _)| **name == key);
            let Some((name, slot)) = known else {
                reader.skip()?;
                reader.take_fault();
                continue;
            };
            let field = format!("{list}[{}].{name}", out.len());
            if slot.is_some() {
                errors.twice(field.as_str());
            }
            *slot = text_or_number(reader, &field, errors)?;
        }
        out.push(values);
    }
    Ok(out)
}

fn links(reader: &mut Reader<'_>, errors: &mut Errors) -> Result<Vec<Link>, Broken> {
    let found = objects(reader, "links", ["href", "text"], errors)?;
    Ok(found.into_iter().filter_map(|[href, text]| link(&href?, text.as_deref())).collect())
}

fn link(href: &str, text: Option<&str>) -> Option<Link> {
    let href = hansei_domain::text::link("href", href).ok()?;
    Some(Link { href, text: one_line::<{ limits::SHORT }>(text.unwrap_or_default(), "") })
}

fn images(reader: &mut Reader<'_>, errors: &mut Errors) -> Result<Vec<Image>, Broken> {
    let found = objects(reader, "images", ["src", "href", "alt"], errors)?;
    Ok(found
        .into_iter()
        .filter_map(|[src, href, alt]| image(&src?, href.as_deref(), alt.as_deref()))
        .collect())
}

fn image(src: &str, href: Option<&str>, alt: Option<&str>) -> Option<Image> {
    is_web_link(src, MAX_LINK).then(|| Image {
        src: src.to_owned(),
        href: href.filter(|h| is_web_link(h, MAX_LINK)).map(str::to_owned),
        alt: one_line::<{ limits::SHORT }>(alt.unwrap_or_default(), ""),
    })
}

/// A text that has something in it.
fn present<'t>(text: &'t Option<Cow<'_, str>>) -> Option<&'t str> {
    text.as_deref().map(str::trim).filter(|t| !t.is_empty())
}

fn signal(event: Envelope<'_>, ctx: &FormatCtx, errors: &mut Errors, notes: &mut Errors) -> Option<Signal> {
    let action = action(&event, errors);
    let dedup_key = dedup_key(&event, action, ctx, errors);
    let mut occurred_at = None;
    let content = match (action, &event.payload) {
        (Some(SignalAction::Trigger), None) => {
            errors.push("payload", FieldCode::Required, BLANK);
            None
        }
        (Some(SignalAction::Trigger), Some(payload)) => {
            occurred_at = timestamp(payload, notes);
            content(payload, errors)
        }
        // The original ignores the payload of an acknowledge or resolve, but its time is worth knowing (R4).
        (_, Some(payload)) => {
            occurred_at = timestamp(payload, notes);
            None
        }
        (_, None) => None,
    };
    let content = content.map(|content| Content {
        links: event.links,
        images: event.images,
        client: short(&event.client),
        client_url: event.client_url.filter(|url| is_web_link(url, MAX_LINK)).map(Cow::into_owned),
        ..content
    });
    Some(Signal {
        service_id: ctx.service_id,
        key_id: ctx.key_id,
        format: SourceFormat::Pagerduty,
        action: action?,
        dedup_key: dedup_key?,
        content,
        occurred_at,
        expires_at: None,
        received_at: ctx.received_at,
    })
}

fn action(event: &Envelope<'_>, errors: &mut Errors) -> Option<SignalAction> {
    match present(&event.action) {
        Some("trigger") => return Some(SignalAction::Trigger),
        Some("acknowledge") => return Some(SignalAction::Acknowledge),
        Some("resolve") => return Some(SignalAction::Resolve),
        Some(_) => errors.push(
            "event_action",
            FieldCode::Unknown,
            "is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
        ),
        None => errors.push("event_action", FieldCode::Required, BLANK),
    }
    None
}

fn dedup_key(
    event: &Envelope<'_>,
    action: Option<SignalAction>,
    ctx: &FormatCtx,
    errors: &mut Errors,
) -> Option<String> {
    // Kept as it came, spaces included: it is a name that other events must match.
    let Some(key) = event.dedup_key.as_deref().filter(|key| !key.trim().is_empty()) else {
        if matches!(action, Some(SignalAction::Acknowledge | SignalAction::Resolve)) {
            errors.push("dedup_key", FieldCode::Required, BLANK);
        }
        return Some(format!("{:032x}", ctx.fresh));
    };
    if key.len() > limits::DEDUP_KEY && key.chars().count() > limits::DEDUP_KEY {
        errors.push("dedup_key", FieldCode::TooLong, "is too long (maximum is 255 characters)");
        return None;
    }
    Some(key.to_owned())
}

/// The sender's instant. One that cannot be read is no reason to lose an alarm or its end: it counts as not given.
fn timestamp(payload: &Payload<'_>, notes: &mut Errors) -> Option<Timestamp> {
    let text = present(&payload.timestamp)?;
    let instant = instant::parse(text);
    if instant.is_none() {
        let message = "is invalid (must be an ISO 8601 timestamp); the time of arrival counts instead";
        notes.push("payload.timestamp", FieldCode::Malformed, message);
    }
    instant
}

fn content(payload: &Payload<'_>, errors: &mut Errors) -> Option<Content> {
    let mut required = |field: &str, text| {
        let text = present(text);
        if text.is_none() {
            errors.push(field, FieldCode::Required, BLANK);
        }
        text
    };
    let summary = required("payload.summary", &payload.summary);
    let source = required("payload.source", &payload.source);
    let severity = required("payload.severity", &payload.severity);
    let severity = severity.and_then(|text| {
        let severity = AlertSeverity::parse(text);
        if severity.is_none() {
            let message =
                "is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')";
            errors.push("payload.severity", FieldCode::Unknown, message);
        }
        severity
    });
    let summary = summary?;
    if summary.len() > limits::SUMMARY && summary.chars().count() > limits::SUMMARY {
        errors.push("payload.summary", FieldCode::TooLong, "is too long (maximum is 1024 characters)");
        return None;
    }
    let mut content = Content::plain(
        one_line::<{ limits::SUMMARY }>(summary, "-"),
        severity?,
        one_line::<{ limits::SHORT }>(source?, "-"),
    );
    content.component = short(&payload.component);
    content.group = short(&payload.group);
    content.class = short(&payload.class);
    content.details = payload.details.map(details);
    Some(content)
}

fn short(text: &Option<Cow<'_, str>>) -> Option<String> {
    present(text).map(|text| one_line::<{ limits::SHORT }>(text, "-"))
}

/// Details as they came, or, if they are larger than what is kept, an object that says so and has their beginning.
fn details(raw: &str) -> String {
    if raw.len() <= limits::DETAILS_BYTES {
        return raw.to_owned();
    }
    // Characters have at most four bytes, and escaping doubles only those of one: this always fits.
    let start = clip(raw, limits::DETAILS_BYTES / 8);
    serde_json::json!({ "truncated": true, "bytes": raw.len(), "start": start }).to_string()
}
