//! Spans of time in form fields: `5 min`, `1 h 30 min`, `45 s`; a bare number means minutes.
//!
//! The symbols are the same in every language, so that what is written is read again; German and Japanese ways of
//! writing them are understood, too.

use hansei_domain::refusal::FieldCode;

use crate::form::Form;

const UNITS: [(u32, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Writes a span so that [`read`] gives it back.
pub fn write(secs: u32) -> String {
    let mut rest = secs;
    let mut out = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size {
            out.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if out.is_empty() { "0 min".into() } else { out.join(" ") }
}

/// Reads a span; `None` if it is not one or too long to count.
pub fn read(text: &str) -> Option<u32> {
    let text: String = text.chars().map(narrow).collect();
    let mut rest = text.trim();
    let mut total = 0u32;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let count: u32 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(rest.len());
        let size = unit(&rest[..letters])?;
        rest = rest[letters..].trim_start();
        total = total.checked_add(count.checked_mul(size)?)?;
        any = true;
    }
    any.then_some(total)
}

/// Full-width digits and capital letters as the plain ones.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        c => c.to_ascii_lowercase(),
    }
}

fn unit(text: &str) -> Option<u32> {
    if text.starts_with('.') {
        return None;
    }
    Some(match text.trim_end_matches('.') {
        "" | "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "分" => 60,
        "s" | "sec" | "secs" | "sek" | "second" | "seconds" | "sekunden" | "秒" => 1,
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "時間" => 3_600,
        "d" | "day" | "days" | "t" | "tag" | "tage" | "日" => 86_400,
        _ => return None,
    })
}

/// Reads a span from a form; notes an error if there is none or it is not one.
pub fn need(form: &mut Form, name: &str) -> Option<u32> {
    if form.optional(name).is_none() {
        form.wrong(name, FieldCode::Required, "must not be empty");
        return None;
    }
    optional(form, name)
}

/// As [`need`], but an empty field is no error.
pub fn optional(form: &mut Form, name: &str) -> Option<u32> {
    let text = form.optional(name)?.to_owned();
    let secs = read(&text);
    if secs.is_none() {
        form.wrong(name, FieldCode::Malformed, "is not a span such as 5 min, 45 s or 1 h 30 min");
    }
    secs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for secs in [0, 1, 45, 60, 90, 300, 3_600, 5_400, 86_399, 86_400, 90_061, 2_592_000] {
            assert_eq!(read(&write(secs)), Some(secs), "{}", write(secs));
        }
        assert_eq!(write(5_400), "1 h 30 min");
    }

    #[test]
    fn people_write_spans_in_their_way() {
        for (text, secs) in [
            ("5", 300),
            ("5min", 300),
            ("1 Std. 30 Min.", 5_400),
            ("2 Tage", 172_800),
            ("１時間３０分", 5_400),
            ("45 S", 45),
        ] {
            assert_eq!(read(text), Some(secs), "{text}");
        }
        for text in ["", "soon", "-5", "5 parsecs", "1.5 h", "99999999999", "4294967295 d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
