//! What the formats share when they read fields: errors that name them, and texts brought into bounds.

use std::borrow::Cow;

use hansei_app::ports::BadItem;
use hansei_domain::FieldError;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::limits;
use hansei_domain::text::Line;

use super::cursor::Seq;
use super::{Broken, Kind, Reader};

/// Errors kept per item; a hostile item cannot make more.
const MAX_ERRORS: usize = 16;

/// The errors of one item.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<FieldError>);

impl Errors {
    /// Blames a field.
    pub(crate) fn push(&mut self, field: impl Into<String>, code: FieldCode, message: impl Into<String>) {
        if self.0.len() < MAX_ERRORS {
            self.0.push(FieldError::new(field, code, message));
        }
    }

    /// Blames a field for the fault its value had, if it had one. Returns whether it had.
    pub(crate) fn fault(&mut self, reader: &mut Reader<'_>, field: &str) -> bool {
        match reader.take_fault() {
            Some(fault) => {
                self.push(field, FieldCode::BadCharacters, fault.message());
                true
            }
            None => false,
        }
    }

    /// Blames a field that its object has twice.
    pub(crate) fn twice(&mut self, field: impl Into<String>) {
        self.push(field, FieldCode::Contradiction, "is given twice");
    }

    /// Whether nothing was wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The errors, for the item.
    pub(crate) fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}

/// Whether the next value is of the wanted kind. `null` counts as missing; anything else is skipped and blamed.
pub(crate) fn expect(
    reader: &mut Reader<'_>,
    kind: Kind,
    field: &str,
    errors: &mut Errors,
) -> Result<bool, Broken> {
    let found = reader.peek()?;
    if found == kind {
        return Ok(true);
    }
    reader.skip()?;
    reader.take_fault();
    if found != Kind::Null {
        errors.push(field, FieldCode::Malformed, format!("must be {}, not {}", kind.name(), found.name()));
    }
    Ok(false)
}

/// Reads a string that may be missing (`null`).
pub(crate) fn optional_text<'a>(
    reader: &mut Reader<'a>,
    field: &str,
    errors: &mut Errors,
) -> Result<Option<Cow<'a, str>>, Broken> {
    if !expect(reader, Kind::Text, field, errors)? {
        return Ok(None);
    }
    let text = reader.text()?;
    Ok((!errors.fault(reader, field)).then_some(text))
}

/// Reads a string that may be missing; numbers and booleans count as the text they are written with, since scripts
/// send them where a text is meant.
pub(crate) fn text_or_number<'a>(
    reader: &mut Reader<'a>,
    field: &str,
    errors: &mut Errors,
) -> Result<Option<Cow<'a, str>>, Broken> {
    match reader.peek()? {
        Kind::Number | Kind::Bool => {
            let written = reader.skip()?;
            Ok((!errors.fault(reader, field)).then_some(Cow::Borrowed(written)))
        }
        _ => optional_text(reader, field, errors),
    }
}

/// What an array holds beyond what one request may hold, as one bad item; the cursor stands before its first one. Leaves
/// the array.
pub(crate) fn beyond(
    reader: &mut Reader<'_>,
    seq: &mut Seq,
    index: usize,
    path: &str,
) -> Result<BadItem, Broken> {
    let start = reader.place();
    let mut count = 0;
    let end = loop {
        reader.skip()?;
        reader.take_fault();
        count += 1;
        let end = reader.at();
        if !reader.next_item(seq)? {
            break end;
        }
    };
    let message = format!("{count} more than the {} that one request may hold", limits::BATCH);
    let error = FieldError::new(format!("{path}[{index}]"), FieldCode::TooLong, message);
    Ok(BadItem { index, errors: vec![error], place: start..end })
}

/// Bytes of names and values together.
pub(crate) fn bytes_of<T: AsRef<str>>(pairs: &[(T, T)]) -> usize {
    pairs.iter().map(|(name, value)| name.as_ref().len() + value.as_ref().len()).sum()
}

/// What to say of pairs that are too large together.
pub(crate) fn too_large_together(bytes: usize) -> String {
    format!("has {bytes} bytes in all, at most {} are allowed", limits::PAIRS_BYTES)
}

/// One line of at most `MAX` characters out of any text: control characters and overrides of the writing direction
/// become spaces, the rest is cut.
pub(crate) fn one_line<const MAX: usize>(text: &str, fallback: &str) -> String {
    let bytes = text.as_bytes();
    let simple = bytes.len() <= MAX
        && bytes.first().is_some_and(|b| *b != b' ')
        && bytes.last().is_some_and(|b| *b != b' ')
        && bytes.iter().all(|b| (b' '..=b'~').contains(b));
    if simple { text.to_owned() } else { Line::<MAX>::lossy(text, fallback).into() }
}

/// At most `max` characters of a text, with an ellipsis if something was cut.
pub(crate) fn clip(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let keep = text.char_indices().nth(max.saturating_sub(1)).map_or(0, |(at, _)| at);
            Cow::Owned(format!("{}…", text.get(..keep).unwrap_or_default()))
        }
    }
}

/// Whether a text has neither spaces nor control characters; plain ASCII, the usual case, without decoding.
fn is_unbroken(text: &str) -> bool {
    text.bytes().all(|b| (b'!'..=b'~').contains(&b))
        || !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Whether a text is an http(s) address that people may click: no spaces or control characters, at most `max` bytes.
pub(crate) fn is_web_link(text: &str, max: usize) -> bool {
    let starts =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    text.len() <= max && (starts("http://") || starts("https://")) && is_unbroken(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_brought_into_bounds() {
        assert_eq!(one_line::<9>("disk full", "-"), "disk full");
        assert_eq!(one_line::<9>(" a\nb\u{202E}c ", "-"), "a b c");
        assert_eq!(one_line::<3>("日本語だ", "-"), "日本語");
        assert_eq!(one_line::<3>(" \n", "-"), "-");
        assert_eq!(one_line::<3>("", "-"), "-");
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("日本語", 3), "日本語");
        assert_eq!(clip("日本語だ", 3), "日本…");
        assert_eq!(clip("abc", 3), "abc");
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert!(is_web_link("HTTPS://example.org/x?y=z", 100));
        for bad in ["javascript:alert(1)", "mailto:a@b", "http://a b", "http://a\nb", "ht", "//a", ""] {
            assert!(!is_web_link(bad, 100), "{bad:?}");
        }
        assert!(!is_web_link("http://example.org", 5));
    }
}
