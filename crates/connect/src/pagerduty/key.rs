//! Finding the routing key, also in what cannot be read: who sends must be known before anything else is.

use std::borrow::Cow;
use std::ops::Range;

use crate::reader::{Kind, Reader};

/// Longest text that is tried as a key, bytes.
const LONGEST: usize = 128;
/// Texts that are tried as keys.
const TRIED: usize = 4;
/// The field, as it stands in a body.
const FIELD: &[u8] = b"\"routing_key\"";

/// The routing key of a body. `None` if there is none, it is not a text, or the body cannot be read that far. Allocates
/// only if the key has escapes.
pub fn routing_key(body: &[u8]) -> Option<Cow<'_, str>> {
    let mut reader = Reader::new(body).ok()?;
    if reader.peek().ok()? != Kind::Object {
        return None;
    }
    let mut seq = reader.begin_object().ok()?;
    while let Some(key) = reader.next_key(&mut seq).ok()? {
        if key == "routing_key" {
            let text = (reader.peek().ok()? == Kind::Text).then(|| reader.text().ok()).flatten()?;
            return (reader.take_fault().is_none() && !text.is_empty()).then_some(text);
        }
        reader.skip().ok()?;
    }
    None
}

/// The keys a body names: its own, or, if it cannot be read, what looks like one.
pub(super) fn named(body: &[u8]) -> Vec<Cow<'_, str>> {
    if let Some(key) = routing_key(body) {
        return vec![key];
    }
    let mut all = Reader::new(body);
    if all.as_mut().is_ok_and(|reader| reader.skip().and_then(|_| reader.end()).is_ok()) {
        // It is in order, and names none: a key that stands deeper inside is somebody's payload.
        return Vec::new();
    }
    let text = |place: Range<usize>| std::str::from_utf8(body.get(place)?).ok();
    let printable = |text: &&str| {
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
    };
    places(body).into_iter().filter_map(text).filter(printable).take(TRIED).map(Cow::Borrowed).collect()
}

/// Where texts stand that are named as routing keys, at any depth and however broken the rest is.
pub(super) fn places(body: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = find(body.get(at..).unwrap_or_default(), FIELD) {
        at += found + FIELD.len();
        let rest = body.get(at..).unwrap_or_default();
        let Some(start) = value_start(rest) else { continue };
        let value = rest.get(start..).unwrap_or_default();
        let end = value_end(value);
        out.push(at + start..at + start + end);
        at += start + end;
    }
    out
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// How far behind the field's name its text begins: behind a colon and a quote.
fn value_start(rest: &[u8]) -> Option<usize> {
    let blank = |from: usize| rest.iter().skip(from).take_while(|b| b.is_ascii_whitespace()).count() + from;
    let colon = blank(0);
    let quote = (rest.get(colon) == Some(&b':')).then(|| blank(colon + 1))?;
    (rest.get(quote) == Some(&b'"')).then_some(quote + 1)
}

/// Where a text ends: at a quote that is not escaped, at the end of the line, or with the body.
fn value_end(value: &[u8]) -> usize {
    let mut escaped = false;
    let end = value.iter().position(|byte| {
        let ends = matches!(byte, b'\n' | b'\r') || (*byte == b'"' && !escaped);
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(body: &[u8]) -> Vec<String> {
        named(body).into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn a_key_is_found_in_what_cannot_be_read() {
        assert_eq!(keys(b"{\"routing_key\":\"abc\",\"payload\":{\"summary\":\"caf\xe9\"}}"), ["abc"]);
        assert_eq!(keys(b"{oops, \"routing_key\" :\n \"abc\"}"), ["abc"]);
        assert_eq!(keys(b"{\"routing_key\":\"abc"), ["abc"], "cut short");
        assert_eq!(keys(b"{\"a\":{\"routing_key\":\"in\"},\"routing_key\":\"out\" oops"), ["out"]);
        assert_eq!(keys(b"{,{\"routing_key\":\"in\"},\"routing_key\":\"out\"}"), ["in", "out"]);
        for none in
            [&b"hello"[..], b"\"routing_key\"", b"{x\"routing_key\":5", b"{x\"routing_key\":\"\"", b"\xff"]
        {
            assert_eq!(keys(none), [""; 0], "{none:?}");
        }
    }

    #[test]
    fn what_is_in_order_names_its_key_itself() {
        assert_eq!(keys(br#"{"payload":{"custom_details":{"routing_key":"theirs"}}}"#), [""; 0]);
        assert_eq!(keys(br#"{"routing_key":"a\u0062"}"#), ["ab"]);
    }

    #[test]
    fn keys_are_found_to_be_blotted_out_wherever_they_stand() {
        let body = br#"{"a":{"routing_key":"one"},"routing_key": "t\"wo"}"#;
        let found: Vec<&[u8]> = places(body).into_iter().map(|p| &body[p]).collect();
        assert_eq!(found, [&b"one"[..], br#"t\"wo"#]);
    }
}
