//! Reading one alert. The hot path: everything is borrowed from the body until the signal is made, and the buffers of
//! one alert serve the next.

use std::borrow::Cow;

use hansei_app::ports::FormatCtx;
use hansei_domain::Timestamp;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::{Signal, SignalAction, SourceFormat, limits};

use super::answer::{AT_LEAST_ONE, NO_LABELS, START_BEFORE_END};
use super::{RESOLVE_TIMEOUT_SECS, content, fingerprint};
use crate::instant;
use crate::reader::{
    Broken, Errors, Kind, Reader, bytes_of, clip, expect, optional_text, too_large_together,
};

/// Names and values as they came.
pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Which of the two bodies the alert stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    ApiV2,
    WebhookV4,
}

/// The fields of one alert as they came.
#[derive(Debug, Default)]
pub(super) struct Item<'a> {
    /// Sorted by name, empty values left out.
    pub(super) labels: Pairs<'a>,
    /// Sorted by name.
    pub(super) annotations: Pairs<'a>,
    pub(super) generator_url: Option<Cow<'a, str>>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    /// The webhook's word for it.
    resolved: Option<bool>,
    /// One bit per field that was seen.
    seen: u8,
}

const LABELS: u8 = 1;
const ANNOTATIONS: u8 = 2;
const STARTS_AT: u8 = 4;
const ENDS_AT: u8 = 8;
const GENERATOR_URL: u8 = 16;
const STATUS: u8 = 32;

impl<'a> Item<'a> {
    /// Reads one alert; `None` with errors if it is refused.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        shape: Shape,
        ctx: &FormatCtx,
        errors: &mut Errors,
    ) -> Result<Option<Signal>, Broken> {
        self.clear();
        if reader.peek()? != Kind::Object {
            let found = reader.peek()?.name();
            reader.skip()?;
            reader.take_fault();
            errors.push("", FieldCode::Malformed, format!("an alert must be an object, not {found}"));
            return Ok(None);
        }
        self.fields(reader, shape, errors)?;
        if !errors.is_empty() {
            return Ok(None);
        }
        Ok(self.signal(shape, ctx, errors))
    }

    fn clear(&mut self) {
        self.labels.clear();
        self.annotations.clear();
        self.generator_url = None;
        self.starts_at = None;
        self.ends_at = None;
        self.resolved = None;
        self.seen = 0;
    }

    fn fields(&mut self, reader: &mut Reader<'a>, shape: Shape, errors: &mut Errors) -> Result<(), Broken> {
        let mut seq = reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut seq)? {
            let bit = match &*key {
                "labels" => LABELS,
                "annotations" => ANNOTATIONS,
                "startsAt" => STARTS_AT,
                "endsAt" => ENDS_AT,
                "generatorURL" => GENERATOR_URL,
                "status" if shape == Shape::WebhookV4 => STATUS,
                _ => 0,
            };
            if bit == 0 || self.seen & bit != 0 {
                reader.skip()?;
                reader.take_fault();
                if bit != 0 {
                    errors.twice(&*key);
                }
                continue;
            }
            self.seen |= bit;
            match bit {
                // As in the original, where a map that is `null` counts as missing.
                LABELS if reader.peek()? == Kind::Null => {
                    reader.null()?;
                    self.seen &= !LABELS;
                }
                LABELS => pairs(reader, "labels", &mut self.labels, errors)?,
                ANNOTATIONS => pairs(reader, "annotations", &mut self.annotations, errors)?,
                STARTS_AT => self.starts_at = time(reader, "startsAt", errors)?,
                ENDS_AT => self.ends_at = time(reader, "endsAt", errors)?,
                STATUS => self.resolved = status(reader, errors)?,
                _ => self.generator_url = optional_text(reader, "generatorURL", errors)?,
            }
        }
        if self.seen & LABELS == 0 {
            errors.push("labels", FieldCode::Required, NO_LABELS);
        }
        Ok(())
    }

    /// Makes the signal; the rules of time are those of the original's `POST /api/v2/alerts`.
    fn signal(&mut self, shape: Shape, ctx: &FormatCtx, errors: &mut Errors) -> Option<Signal> {
        let now = ctx.received_at;
        let starts_at = self.starts_at.or(self.ends_at).unwrap_or(now);
        let timeout = hansei_domain::plus_secs(now, RESOLVE_TIMEOUT_SECS);
        let (resolved, ends_at, expires_at) = match (shape, self.resolved) {
            (Shape::WebhookV4, Some(true)) => (true, self.ends_at, None),
            (Shape::WebhookV4, _) => (false, None, None),
            (Shape::ApiV2, _) => {
                let ends_at = self.ends_at.unwrap_or(timeout);
                (ends_at <= now, Some(ends_at), Some(ends_at))
            }
        };
        if ends_at.is_some_and(|end| end < starts_at) {
            errors.push("endsAt", FieldCode::Contradiction, START_BEFORE_END);
        }
        self.labels.retain(|(_, value)| !value.is_empty());
        check_names("labels", "label set", &mut self.labels, errors);
        check_names("annotations", "annotations", &mut self.annotations, errors);
        let bytes = bytes_of(&self.labels);
        if bytes > limits::PAIRS_BYTES {
            errors.push("labels", FieldCode::TooLong, too_large_together(bytes));
        }
        if self.labels.is_empty() {
            errors.push("labels", FieldCode::Required, AT_LEAST_ONE);
        }
        if !errors.is_empty() {
            return None;
        }
        let labels = self.labels.iter().map(|(name, value)| (&**name, &**value));
        Some(Signal {
            service_id: ctx.service_id,
            key_id: ctx.key_id,
            format: SourceFormat::Alertmanager,
            action: if resolved { SignalAction::Resolve } else { SignalAction::Trigger },
            dedup_key: hex(fingerprint(labels)),
            content: (!resolved).then(|| content::content(self)),
            occurred_at: if resolved { ends_at } else { self.starts_at },
            expires_at: expires_at.filter(|_| !resolved),
            received_at: ctx.received_at,
        })
    }

    /// The value of a label.
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }

    /// The value of an annotation, if it has one.
    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        let found = self.annotations.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Sixteen hexadecimal digits, as the original writes a fingerprint.
pub(super) fn hex(fingerprint: u64) -> String {
    hansei_app::secret::hex(&fingerprint.to_be_bytes())
}

/// Reads an object of texts. Counts and lengths are checked while reading.
fn pairs<'a>(
    reader: &mut Reader<'a>,
    field: &str,
    out: &mut Pairs<'a>,
    errors: &mut Errors,
) -> Result<(), Broken> {
    if !expect(reader, Kind::Object, field, errors)? {
        return Ok(());
    }
    let mut count = 0;
    let mut seq = reader.begin_object()?;
    while let Some(name) = reader.next_key(&mut seq)? {
        count += 1;
        if count > limits::PAIRS {
            if count == limits::PAIRS + 1 {
                errors.push(field, FieldCode::TooLong, format!("has more than {} entries", limits::PAIRS));
            }
            reader.skip()?;
            reader.take_fault();
            continue;
        }
        let value = match reader.peek()? {
            Kind::Text => reader.text()?,
            // What the original's decoder makes of it.
            Kind::Null => reader.null().map(|()| Cow::Borrowed(""))?,
            found => {
                reader.skip()?;
                let path = format!("{field}.{}", clip(&name, 80));
                errors.push(path, FieldCode::Malformed, format!("must be a string, not {}", found.name()));
                Cow::Borrowed("")
            }
        };
        if let Some(fault) = reader.take_fault() {
            let path = format!("{field}.{}", clip(&name, 80));
            errors.push(path, FieldCode::BadCharacters, fault.message());
        }
        out.push((name, value));
    }
    Ok(())
}

/// Sorts by name and checks: names that are not empty, short enough and there once; label values short enough.
fn check_names(field: &str, what: &str, pairs: &mut Pairs<'_>, errors: &mut Errors) {
    if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
        pairs.sort_unstable();
        for pair in pairs.windows(2) {
            if let [(one, _), (other, _)] = pair
                && one == other
            {
                errors.push(
                    format!("{field}.{}", clip(one, 80)),
                    FieldCode::Contradiction,
                    format!("invalid {what}: {:?} is given twice", clip(one, 80)),
                );
            }
        }
    }
    for (name, value) in pairs.iter() {
        let path = || format!("{field}.{}", clip(name, 80));
        if name.is_empty() {
            errors.push(field, FieldCode::Required, format!("invalid {what}: invalid name \"\""));
        } else if longer(name, limits::SHORT) {
            let message = format!("invalid {what}: a name has more than {} characters", limits::SHORT);
            errors.push(path(), FieldCode::TooLong, message);
        }
        // Annotations only describe: longer ones are cut where they are kept. Labels identify.
        if field == "labels" && longer(value, limits::VALUE) {
            let message =
                format!("invalid {what}: {:?} has more than {} characters", clip(name, 80), limits::VALUE);
            errors.push(path(), FieldCode::TooLong, message);
        }
    }
}

fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().count() > max
}

/// Reads an instant; missing, `null`, empty and Go's zero time are all "not given".
fn time(reader: &mut Reader<'_>, field: &str, errors: &mut Errors) -> Result<Option<Timestamp>, Broken> {
    let Some(text) = optional_text(reader, field, errors)? else { return Ok(None) };
    if text.is_empty() || text == "0001-01-01T00:00:00Z" || text == "0001-01-01T00:00:00.000Z" {
        return Ok(None);
    }
    let instant = instant::parse(&text);
    if instant.is_none() {
        errors.push(field, FieldCode::Malformed, format!("parsing time {:?}: not RFC 3339", clip(&text, 80)));
    }
    Ok(instant)
}

fn status(reader: &mut Reader<'_>, errors: &mut Errors) -> Result<Option<bool>, Broken> {
    Ok(match optional_text(reader, "status", errors)?.as_deref() {
        Some("resolved") => Some(true),
        Some("firing") => Some(false),
        Some(other) => {
            let message = format!("status {:?} is neither \"firing\" nor \"resolved\"", clip(other, 80));
            errors.push("status", FieldCode::Unknown, message);
            None
        }
        None => None,
    })
}
