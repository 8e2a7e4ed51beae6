//! Bounded text: every text that enters from outside has a limit and a character rule (R40, R41).
//!
//! [`Line`] is one line (no control characters at all), [`Prose`] may have line breaks and tabs. Both are trimmed,
//! may not be empty, count their limit in characters, refuse NUL and other control characters, and refuse the
//! bidirectional overrides that make a text show as something else than it is.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::refusal::{FieldCode, FieldError};

/// One line of at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line<const MAX: usize>(String);

/// Text with line breaks, of at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prose<const MAX: usize>(String);

/// Whether a character may stand in one-line text.
fn is_line_char(c: char) -> bool {
    !c.is_control() && !is_bidi_override(c) && c != '\u{2028}' && c != '\u{2029}'
}

fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn check(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> Result<(), (FieldCode, String)> {
    if text.is_empty() {
        return Err((FieldCode::Required, "must not be empty".into()));
    }
    // Bytes bound characters from above, so the cheap test settles most texts.
    if text.len() > max {
        let chars = text.chars().count();
        if chars > max {
            return Err((FieldCode::TooLong, format!("has {chars} characters, at most {max} are allowed")));
        }
    }
    if let Some(bad) = text.chars().find(|c| !allowed(*c)) {
        return Err((FieldCode::BadCharacters, format!("must not contain U+{:04X}", bad as u32)));
    }
    Ok(())
}

macro_rules! bounded {
    ($name:ident, $allowed:expr) => {
        impl<const MAX: usize> $name<MAX> {
            /// Trims and checks a text; an error names `field`.
            pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
                let text = text.trim();
                check(text, MAX, $allowed)
                    .map_err(|(code, message)| FieldError::new(field, code, message))?;
                Ok(Self(text.to_owned()))
            }

            /// Empty or missing text is `None`; anything else is checked.
            pub fn parse_optional(field: &str, text: Option<&str>) -> Result<Option<Self>, FieldError> {
                match text.map(str::trim) {
                    None | Some("") => Ok(None),
                    Some(text) => Self::parse(field, text).map(Some),
                }
            }

            /// Makes a valid text out of any text: forbidden characters become spaces, the rest is cut, and what
            /// would be empty becomes `fallback`. For texts that a machine sent and nobody can be asked to mend.
            pub fn lossy(text: &str, fallback: &str) -> Self {
                let allowed = $allowed;
                let clean: String =
                    text.trim().chars().take(MAX).map(|c| if allowed(c) { c } else { ' ' }).collect();
                let clean = clean.trim();
                Self(if clean.is_empty() { fallback.chars().take(MAX).collect() } else { clean.to_owned() })
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl<const MAX: usize> TryFrom<String> for $name<MAX> {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse("text", &text).map_err(|e| e.message)
            }
        }
        impl<const MAX: usize> From<$name<MAX>> for String {
            fn from(text: $name<MAX>) -> Self {
                text.0
            }
        }
        impl<const MAX: usize> Deref for $name<MAX> {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<const MAX: usize> AsRef<str> for $name<MAX> {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

bounded!(Line, is_line_char);
bounded!(Prose, |c: char| is_line_char(c) || c == '\n' || c == '\t' || c == '\r');

/// A name of something people made.
pub type Name = Line<120>;
/// A title or summary.
pub type Title = Line<1024>;
/// A comment or description.
pub type Note = Prose<8000>;

/// A slug: lower-case letters, digits and single hyphens, 1 to 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Checks a slug that a person wrote.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let good = !text.is_empty()
            && text.len() <= 80
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if good {
            Ok(Self(text.to_owned()))
        } else if text.is_empty() {
            Err(FieldError::new(field, FieldCode::Required, "must not be empty"))
        } else {
            Err(FieldError::new(
                field,
                FieldCode::Malformed,
                "must be 1 to 80 lower-case letters, digits and single hyphens",
            ))
        }
    }

    /// Makes a slug out of any title; text without any Latin letter or digit gives `fallback`.
    pub fn from_title(title: &str, fallback: &str) -> Self {
        let mut out = String::new();
        for c in title.chars() {
            let folded: &str = match c {
                'ä' | 'Ä' => "ae",
                'ö' | 'Ö' => "oe",
                'ü' | 'Ü' => "ue",
                'ß' => "ss",
                _ => "",
            };
            if !folded.is_empty() {
                out.push_str(folded);
            } else if c.is_ascii_alphanumeric() {
                out.push(c.to_ascii_lowercase());
            } else if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
            if out.len() >= 60 {
                break;
            }
        }
        let out = out.trim_matches('-');
        Self(if out.is_empty() { fallback.to_owned() } else { out.to_owned() })
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse("slug", &text).map_err(|e| e.message)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks an e-mail address as far as that can be done without sending: one `@`, a local part of at most 64 and a
/// whole of at most 254 bytes, no spaces, controls, quotes or angle brackets. Lower-cases the domain.
pub fn email(field: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required, "must not be empty"));
    }
    let bad = |message: &str| FieldError::new(field, FieldCode::Malformed, message);
    let (local, domain) = text.rsplit_once('@').ok_or_else(|| bad("needs an @"))?;
    let plain =
        |s: &str| s.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"@".contains(c));
    if local.is_empty()
        || domain.is_empty()
        || local.len() > 64
        || text.len() > 254
        || !plain(local)
        || !plain(domain)
    {
        return Err(bad("is not an e-mail address"));
    }
    if domain.starts_with('.') || domain.ends_with('.') || domain.contains("..") || domain.starts_with('-') {
        return Err(bad("has a domain that cannot exist"));
    }
    Ok(format!("{local}@{}", domain.to_lowercase()))
}

/// Checks a link that people may click: http, https or mailto, no control characters or spaces, at most 2048 bytes.
pub fn link(field: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let scheme_ok = ["http://", "https://", "mailto:"].iter().any(|s| lower.starts_with(s));
    if !scheme_ok || text.len() > 2048 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(FieldError::new(
            field,
            FieldCode::Malformed,
            "must be an http, https or mailto link without spaces",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_and_name_the_field() {
        assert!(Line::<3>::parse("a", "日本語").is_ok());
        let error = Line::<3>::parse("summary", "日本語だ").unwrap_err();
        assert_eq!((error.field.as_str(), error.code), ("summary", FieldCode::TooLong));
        assert_eq!(Line::<9>::parse("a", "  ").unwrap_err().code, FieldCode::Required);
    }

    #[test]
    fn control_and_override_characters_are_refused_in_lines() {
        for bad in ["a\0b", "a\nb", "a\u{202E}b", "a\u{2028}b", "a\u{7f}b"] {
            assert_eq!(Line::<9>::parse("a", bad).unwrap_err().code, FieldCode::BadCharacters, "{bad:?}");
        }
        assert!(Prose::<9>::parse("a", "a\nb").is_ok());
        assert_eq!(Line::<9>::lossy("a\0\nb", "-").as_str(), "a  b");
    }

    #[test]
    fn slugs_come_from_titles() {
        assert_eq!(Slug::from_title("Störung: Chat (Pod 17)", "x").as_str(), "stoerung-chat-pod-17");
        assert_eq!(Slug::from_title("障害", "incident").as_str(), "incident");
        assert!(Slug::parse("slug", "a--b").is_err());
    }

    #[test]
    fn addresses_and_links_cannot_carry_headers_or_scripts() {
        assert_eq!(email("e", " Ana@Example.ORG ").unwrap(), "Ana@example.org");
        for bad in ["a", "a@", "@b", "a b@c", "a@b\r\nBcc: x@y", "a@b..c", "a<x>@b"] {
            assert!(email("e", bad).is_err(), "{bad:?}");
        }
        assert!(link("l", "javascript:alert(1)").is_err());
        assert!(link("l", "HTTPS://example.org/x").is_ok());
    }
}
