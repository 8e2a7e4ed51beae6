//! Reading one item of the generic format.

use std::borrow::Cow;

use hansei_app::ports::FormatCtx;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::{
    AlertSeverity, Content, Image, Link, Signal, SignalAction, SourceFormat, limits,
};
use hansei_domain::{FieldError, Timestamp};

use crate::instant;
use crate::reader::{
    Broken, Errors, Kind, Reader, bytes_of, clip, expect, is_web_link, one_line, optional_text,
    text_or_number, too_large_together,
};

/// Fields that hold a text, in the order of [`Item::texts`].
const TEXTS: [&str; 12] = [
    "summary",
    "action",
    "dedup_key",
    "severity",
    "source",
    "component",
    "group",
    "class",
    "client",
    "client_url",
    "occurred_at",
    "expires_at",
];
const MAX_LINK: usize = 2048;

/// The fields as they came.
#[derive(Default)]
struct Item<'a> {
    texts: [Option<Cow<'a, str>>; TEXTS.len()],
    labels: Vec<(String, String)>,
    annotations: Vec<(String, String)>,
    details: Option<&'a str>,
    links: Vec<Link>,
    images: Vec<Image>,
}

impl Item<'_> {
    /// A text that has something in it.
    fn text(&self, name: &str) -> Option<&str> {
        let (_, text) = TEXTS.iter().zip(&self.texts).find(|(known, _)| **known == name)?;
        text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Reads an object; `None` with errors if it is refused.
pub(super) fn read(
    reader: &mut Reader<'_>,
    ctx: &FormatCtx,
    errors: &mut Errors,
) -> Result<Option<Signal>, Broken> {
    let item = fields(reader, errors)?;
    let signal = signal(item, ctx, errors);
    Ok(signal.filter(|_| errors.is_empty()))
}

fn fields<'a>(reader: &mut Reader<'a>, errors: &mut Errors) -> Result<Item<'a>, Broken> {
    const OTHERS: [&str; 5] = ["labels", "annotations", "details", "links", "images"];
    let mut item = Item::default();
    let mut seen: Vec<&'static str> = Vec::with_capacity(TEXTS.len() + OTHERS.len());
    let mut seq = reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut seq)? {
        let Some(field) = TEXTS.into_iter().chain(OTHERS).find(|known| *known == key) else {
            reader.skip()?;
            reader.take_fault();
            errors.push(clip(&key, 80), FieldCode::Unknown, "unknown field");
            continue;
        };
        if seen.contains(&field) {
            reader.skip()?;
            reader.take_fault();
            errors.twice(field);
            continue;
        }
        seen.push(field);
        match field {
            "labels" => item.labels = pairs(reader, field, errors)?,
            "annotations" => item.annotations = pairs(reader, field, errors)?,
            "details" => item.details = details(reader, errors)?,
            "links" => item.links = links(reader, errors)?,
            "images" => item.images = images(reader, errors)?,
            _ => {
                let text = if field == "dedup_key" {
                    text_or_number(reader, field, errors)?
                } else {
                    optional_text(reader, field, errors)?
                };
                if let Some((_, slot)) = TEXTS.iter().zip(&mut item.texts).find(|(known, _)| **known == field)
                {
                    *slot = text;
                }
            }
        }
    }
    Ok(item)
}

fn pairs(reader: &mut Reader<'_>, field: &str, errors: &mut Errors) -> Result<Vec<(String, String)>, Broken> {
    let mut out = Vec::new();
    if !expect(reader, Kind::Object, field, errors)? {
        return Ok(out);
    }
    let mut seq = reader.begin_object()?;
    while let Some(name) = reader.next_key(&mut seq)? {
        if out.len() == limits::PAIRS {
            reader.skip()?;
            reader.take_fault();
            let message = format!("has more than {} entries", limits::PAIRS);
            if errors.is_empty() {
                errors.push(field, FieldCode::TooLong, message);
            }
            continue;
        }
        let path = format!("{field}.{}", clip(&name, 80));
        if name.is_empty() {
            errors.push(field, FieldCode::Required, "has an entry without a name");
        } else {
            too_long(&path, &name, limits::SHORT, errors);
        }
        let value = text_or_number(reader, &path, errors)?.unwrap_or_default();
        too_long(&path, &value, limits::VALUE, errors);
        out.push((name.into_owned(), value.into_owned()));
    }
    let bytes = bytes_of(&out);
    if bytes > limits::PAIRS_BYTES {
        errors.push(field, FieldCode::TooLong, too_large_together(bytes));
    }
    out.sort_unstable();
    for pair in out.windows(2) {
        if let [(one, _), (other, _)] = pair
            && one == other
        {
            errors.twice(format!("{field}.{}", clip(one, 80)));
        }
    }
    Ok(out)
}

fn details<'a>(reader: &mut Reader<'a>, errors: &mut Errors) -> Result<Option<&'a str>, Broken> {
    let raw = reader.skip()?;
    if errors.fault(reader, "details") || raw == "null" {
        return Ok(None);
    }
    if raw.len() > limits::DETAILS_BYTES {
        let message = format!("has {} bytes, at most {} are kept", raw.len(), limits::DETAILS_BYTES);
        errors.push("details", FieldCode::TooLong, message);
    }
    Ok(Some(raw))
}

/// Reads an array of objects with the texts `names`; the first of them is required.
fn objects<const N: usize>(
    reader: &mut Reader<'_>,
    list: &str,
    names: [&str; N],
    errors: &mut Errors,
) -> Result<Vec<[Option<String>; N]>, Broken> {
    let mut out = Vec::new();
    if !expect(reader, Kind::Array, list, errors)? {
        return Ok(out);
    }
    let mut items = reader.begin_array()?;
    let mut count = 0;
    while reader.next_item(&mut items)? {
        count += 1;
        if count > limits::LINKS {
            if count == limits::LINKS + 1 {
                errors.push(list, FieldCode::TooLong, format!("has more than {} items", limits::LINKS));
            }
            reader.skip()?;
            reader.take_fault();
            continue;
        }
        let place = format!("{list}[{}]", out.len());
        if !expect(reader, Kind::Object, &place, errors)? {
            // Keeps the places of those that follow.
            out.push([const { None }; N]);
            continue;
        }
        let mut values = [const { None }; N];
        let mut seq = reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut seq)? {
            let path = format!("{place}.{}", clip(&key, 80));
            let Some((_, slot)) = names.iter().zip(&mut values).find(|(name, _)| **name == key) else {
                reader.skip()?;
                reader.take_fault();
                errors.push(path, FieldCode::Unknown, "unknown field");
                continue;
            };
            if slot.is_some() {
                errors.twice(path.as_str());
            }
            *slot = optional_text(reader, &path, errors)?.map(Cow::into_owned);
        }
        if let (Some(None), Some(name)) = (values.first(), names.first()) {
            errors.push(format!("{place}.{name}"), FieldCode::Required, "must not be empty");
        }
        out.push(values);
    }
    Ok(out)
}

fn links(reader: &mut Reader<'_>, errors: &mut Errors) -> Result<Vec<Link>, Broken> {
    let mut out = Vec::new();
    for (i, [href, text]) in objects(reader, "links", ["href", "text"], errors)?.into_iter().enumerate() {
        let Some(href) = href else { continue };
        match hansei_domain::text::link(&format!("links[{i}].href"), &href) {
            Ok(href) => {
                out.push(Link { href, text: short(text.as_deref(), &format!("links[{i}].text"), errors) })
            }
            Err(FieldError { field, code, message }) => errors.push(field, code, message),
        }
    }
    Ok(out)
}

fn images(reader: &mut Reader<'_>, errors: &mut Errors) -> Result<Vec<Image>, Broken> {
    let mut out = Vec::new();
    for (i, [src, href, alt]) in
        objects(reader, "images", ["src", "href", "alt"], errors)?.into_iter().enumerate()
    {
        let Some(src) = src else { continue };
        web(&format!("images[{i}].src"), &src, errors);
        if let Some(href) = &href {
            web(&format!("images[{i}].href"), href, errors);
        }
        out.push(Image { src, href, alt: short(alt.as_deref(), &format!("images[{i}].alt"), errors) });
    }
    Ok(out)
}

fn short(text: Option<&str>, field: &str, errors: &mut Errors) -> String {
    let text = text.unwrap_or_default();
    too_long(field, text, limits::SHORT, errors);
    one_line::<{ limits::SHORT }>(text, "")
}

fn web(field: &str, text: &str, errors: &mut Errors) {
    if !is_web_link(text, MAX_LINK) {
        errors.push(field, FieldCode::Malformed, "must be an http or https link without spaces");
    }
}

fn too_long(field: &str, text: &str, max: usize, errors: &mut Errors) {
    if text.len() > max {
        let chars = text.chars().count();
        if chars > max {
            let message = format!("has {chars} characters, at most {max} are allowed");
            errors.push(field, FieldCode::TooLong, message);
        }
    }
}

fn signal(item: Item<'_>, ctx: &FormatCtx, errors: &mut Errors) -> Option<Signal> {
    let action = action(&item, errors)?;
    let dedup_key = match item.text("dedup_key") {
        Some(key) => {
            too_long("dedup_key", key, limits::DEDUP_KEY, errors);
            key.to_owned()
        }
        None => {
            if action != SignalAction::Trigger {
                let message = "is required to acknowledge or resolve";
                errors.push("dedup_key", FieldCode::Required, message);
            }
            format!("{:032x}", ctx.fresh)
        }
    };
    let occurred_at = time(&item, "occurred_at", errors);
    let expires_at = time(&item, "expires_at", errors);
    if expires_at.is_some_and(|at| at <= ctx.received_at) {
        errors.push("expires_at", FieldCode::OutOfRange, "must lie in the future");
    }
    let content = match action {
        SignalAction::Trigger => Some(content(item, errors)),
        SignalAction::Acknowledge | SignalAction::Resolve => None,
    };
    Some(Signal {
        service_id: ctx.service_id,
        key_id: ctx.key_id,
        format: SourceFormat::Json,
        action,
        dedup_key,
        content,
        occurred_at,
        expires_at: expires_at.filter(|_| action == SignalAction::Trigger),
        received_at: ctx.received_at,
    })
}

fn action(item: &Item<'_>, errors: &mut Errors) -> Option<SignalAction> {
    match item.text("action") {
        None | Some("trigger") => Some(SignalAction::Trigger),
        Some("acknowledge") => Some(SignalAction::Acknowledge),
        Some("resolve") => Some(SignalAction::Resolve),
        Some(_) => {
            errors.push("action", FieldCode::Unknown, "must be trigger, acknowledge or resolve");
            None
        }
    }
}

fn time(item: &Item<'_>, field: &str, errors: &mut Errors) -> Option<Timestamp> {
    let text = item.text(field)?;
    let instant = instant::parse(text);
    if instant.is_none() {
        errors.push(field, FieldCode::Malformed, "must be an RFC 3339 instant such as 2026-01-31T12:00:00Z");
    }
    instant
}

fn content(item: Item<'_>, errors: &mut Errors) -> Content {
    let summary = item.text("summary").unwrap_or_default();
    if summary.is_empty() {
        errors.push("summary", FieldCode::Required, "must not be empty");
    }
    too_long("summary", summary, limits::SUMMARY, errors);
    let severity = item.text("severity").map(|text| {
        AlertSeverity::parse(text).unwrap_or_else(|| {
            errors.push("severity", FieldCode::Unknown, "must be critical, error, warning or info");
            AlertSeverity::Error
        })
    });
    let mut part = |field: &str| {
        let text = item.text(field)?;
        Some(short(Some(text), field, errors)).filter(|text| !text.is_empty())
    };
    let [source, component, group, class, client] =
        ["source", "component", "group", "class", "client"].map(&mut part);
    let client_url = item.text("client_url").map(str::to_owned);
    if let Some(url) = &client_url {
        web("client_url", url, errors);
    }
    Content {
        summary: one_line::<{ limits::SUMMARY }>(summary, "-"),
        severity: severity.unwrap_or(AlertSeverity::Error),
        source: source.or_else(|| component.clone()).unwrap_or_else(|| "unknown".to_owned()),
        component,
        group,
        class,
        labels: item.labels,
        annotations: item.annotations,
        details: item.details.map(str::to_owned),
        links: item.links,
        images: item.images,
        client,
        client_url,
    }
}
