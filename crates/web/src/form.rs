//! Forms: what was typed, what was wrong with it, and both again on the page.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use hansei_app::AppError;
use hansei_app::words::{Locale, Words};
use hansei_domain::refusal::FieldCode;
use hansei_domain::{FieldError, Refusal, Timestamp};
use http::{HeaderValue, header};

use crate::body::not_read;
use crate::ctx::PageCtx;
use crate::error::{Problem, ProblemKind, WebResult};
use crate::state::Web;

/// The hidden field with the CSRF token.
pub const CSRF_FIELD: &str = "_csrf";
/// Largest form, bytes.
pub const LARGEST: usize = 1024 * 1024;
/// Most fields of one form.
const MOST_FIELDS: usize = 2_000;

/// Reads the whole body and puts it back.
pub async fn buffered(request: Request) -> WebResult<(Request, Bytes)> {
    let (parts, body) = request.into_parts();
    let plain = HeaderValue::from_static("application/x-www-form-urlencoded");
    let kind = parts.headers.get(header::CONTENT_TYPE).unwrap_or(&plain);
    if !kind.as_bytes().starts_with(plain.as_bytes()) {
        return Err(Problem::new(ProblemKind::UnsupportedType).detail("forms are urlencoded"));
    }
    let bytes = axum::body::to_bytes(body, LARGEST).await.map_err(|e| not_read(&e))?;
    Ok((Request::from_parts(parts, Body::from(bytes.clone())), bytes))
}

/// The fields of a form, in order.
pub fn pairs(body: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    url::form_urlencoded::parse(body).take(MOST_FIELDS).map(|(n, v)| (n.into_owned(), v.into_owned()))
}

/// What was typed into a form (or what it begins with), and what is wrong with it. Field names are those of the
/// use-cases' field errors (`title`, `escalation.steps[2].delay_secs`), so errors find their place by themselves.
#[derive(Debug, Clone, Default)]
pub struct Form {
    values: Vec<(String, String)>,
    errors: Vec<FieldError>,
    notes: Vec<String>,
}

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills in a field, for the first look at a form.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl std::fmt::Display) -> Self {
        self.values.push((name.into(), value.to_string()));
        self
    }

    /// What stands in a field, trimmed; empty if there is none.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    /// What stands in a field, untouched (passwords).
    pub fn raw(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// What stands in a field; `None` if nothing does.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.value(name)).filter(|v| !v.is_empty())
    }

    /// Everything that stands under a name (check boxes, multiple selects), in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.values.iter().filter(|(n, _)| n == name).map(|(_, v)| v.trim()).collect()
    }

    /// All fields in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.values
    }

    /// Whether a box is checked or an option selected.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values.iter().any(|(n, v)| n == name && v == value)
    }

    /// A field as something that can be parsed; notes an error if it cannot. Empty = `None` without an error.
    pub fn parse<T: std::str::FromStr>(&mut self, name: &str) -> Option<T> {
        let text = self.optional(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(_) => {
                self.wrong(name, FieldCode::Malformed, "does not have the expected form");
                None
            }
        }
    }

    /// As [`Form::parse`], but empty is an error, too.
    pub fn need<T: std::str::FromStr>(&mut self, name: &str) -> Option<T> {
        if self.optional(name).is_none() {
            self.wrong(name, FieldCode::Required, "must not be empty");
            return None;
        }
        self.parse(name)
    }

    /// An instant from a `datetime-local` field, meant in the reader's zone; RFC 3339 is taken, too.
    pub fn instant(&mut self, name: &str, zone: &str) -> Option<Timestamp> {
        let text = self.optional(name)?;
        let local = || {
            let civil: jiff::civil::DateTime = text.parse().ok()?;
            Some(civil.in_tz(zone).ok()?.timestamp())
        };
        let read = text.parse::<Timestamp>().ok().or_else(local);
        if read.is_none() {
            self.wrong(name, FieldCode::Malformed, "is not an instant");
        }
        read
    }

    /// Notes an error of a field.
    pub fn wrong(&mut self, name: &str, code: FieldCode, message: &str) {
        self.errors.push(FieldError::new(name, code, message));
    }

    /// Takes a checked value, or notes what is wrong with its field.
    pub fn take<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|error| self.errors.push(error)).ok()
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || !self.notes.is_empty()
    }

    /// Whether a field is wrong.
    pub fn bad(&self, name: &str) -> bool {
        self.errors.iter().any(|e| e.field == name)
    }

    /// What is wrong with a field, as keys of words (`error-field-…`).
    pub fn errors_of(&self, name: &str) -> Vec<&FieldError> {
        self.errors.iter().filter(|e| e.field == name).collect()
    }

    /// Errors of fields that are not on the page: shown above the form. `shown` are the names on the page.
    pub fn stray<'n>(&self, shown: impl AsRef<[&'n str]>) -> Vec<&FieldError> {
        self.errors.iter().filter(|e| !shown.as_ref().contains(&e.field.as_str())).collect()
    }

    /// What is wrong with a field or, if it holds several values, with one of them (`members[3]`).
    pub fn errors_under(&self, name: &str) -> Vec<&FieldError> {
        self.errors.iter().filter(|e| is_under(&e.field, name)).collect()
    }

    /// Whether a field or one of its values is wrong.
    pub fn bad_under(&self, name: &str) -> bool {
        self.errors.iter().any(|e| is_under(&e.field, name))
    }

    /// Errors of fields that are not listed; `shown` are pairs of field and label.
    pub fn errors_beside<'n>(&self, shown: impl AsRef<[(&'n str, &'n str)]>) -> Vec<&FieldError> {
        let listed = |e: &&FieldError| shown.as_ref().iter().any(|(name, _)| is_under(&e.field, name));
        self.errors.iter().filter(|e| !listed(e)).collect()
    }

    /// The number, from 1, of the escalation step that a field belongs to.
    pub fn step_of(&self, field: &str) -> Option<i64> {
        let rest = field.strip_prefix("escalation.steps[")?;
        rest.split_once(']')?.0.parse::<i64>().ok().map(|index| index + 1)
    }

    /// Sentences about the whole form, in the reader's language.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Takes over why a use-case refused: field errors find their fields, other refusals become a sentence above the
    /// form. What the person cannot mend by changing the form is handed back as a problem.
    pub fn refused(self, ctx: &PageCtx, error: AppError) -> WebResult<Self> {
        self.refused_to(&ctx.web.app.words, ctx.locale(), error)
    }

    /// As [`Form::refused`], for readers who are not signed in.
    pub fn refused_to(mut self, words: &Words, locale: Locale, error: AppError) -> WebResult<Self> {
        match error {
            AppError::Refused(Refusal::Invalid(errors)) => self.errors.extend(errors),
            AppError::Refused(Refusal::WrongState { code, message }) => {
                let key = format!("refusal-{code}");
                self.notes.push(if words.has(&key) { words.plain(locale, &key) } else { message });
            }
            AppError::Conflict => self.notes.push(words.plain(locale, "refusal-conflict")),
            AppError::Unavailable(_) | AppError::Backlogged => {
                self.notes.push(words.plain(locale, "refusal-unavailable"));
            }
            other => return Err(other.into()),
        }
        Ok(self)
    }
}

/// Whether an error's path names a field or one element of it.
fn is_under(path: &str, name: &str) -> bool {
    let Some(rest) = path.strip_prefix(name) else { return false };
    let index = rest.strip_prefix('[').and_then(|r| r.strip_suffix(']'));
    rest.is_empty() || index.is_some_and(|i| i.bytes().all(|b| b.is_ascii_digit()))
}

impl FromRequest<Web> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Web) -> WebResult<Self> {
        let (_, body) = buffered(request).await?;
        let values = pairs(&body).filter(|(name, _)| name != CSRF_FIELD).collect();
        Ok(Self { values, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_what_was_typed_and_knows_what_is_wrong() {
        let mut form =
            Form::new().with("title", " Chat ").with("severity", "x").with("team", "a").with("team", "b");
        assert_eq!(form.value("title"), "Chat");
        assert_eq!(form.all("team"), ["a", "b"]);
        assert_eq!(form.need::<u8>("severity"), None);
        assert_eq!(form.need::<u8>("number"), None);
        assert!(form.bad("severity") && form.bad("number") && !form.bad("title"));
        assert_eq!(form.stray(["severity"]).len(), 1);
    }

    #[test]
    fn local_instants_are_meant_in_the_readers_zone() {
        let mut form =
            Form::new().with("a", "2024-07-02T10:00").with("b", "2024-07-02T10:00:00Z").with("c", "x");
        assert_eq!(form.instant("a", "Europe/Berlin").unwrap().to_string(), "2024-07-02T08:00:00Z");
        assert_eq!(form.instant("b", "Europe/Berlin").unwrap().to_string(), "2024-07-02T10:00:00Z");
        assert_eq!(form.instant("c", "UTC"), None);
        assert!(form.bad("c"));
    }
}

#[cfg(test)]
mod macros {
    use std::sync::Arc;

    use askama::Template;
    use hansei_app::words::{Locale, Words};

    use super::*;
    use crate::shell::Shell;

    #[derive(Template)]
    #[template(
        source = r#"{% import "forms.html" as f %}{% call f::head(shell, form, ["name", "team", "note", "on"]) %}{% endcall %}{% call f::text(shell, form, "name", "nav-people", "text") %}{% endcall %}{% call f::select(shell, form, "team", "nav-people", teams) %}{% endcall %}{% call f::area(shell, form, "note", "nav-people", 3) %}{% endcall %}{% call f::check(shell, form, "on", "yes", "nav-people") %}{% endcall %}"#,
        ext = "html"
    )]
    struct Sample {
        shell: Shell,
        form: Form,
        teams: Vec<(String, String)>,
    }

    #[test]
    fn fields_show_what_was_typed_and_what_is_wrong_without_becoming_markup() {
        let shell = Shell::bare(Arc::new(Words::built_in()), Locale::En);
        let mut form = Form::new().with("name", "<b>\"x").with("team", "2").with("on", "yes");
        form.wrong("name", FieldCode::TooLong, "has 300 characters");
        form.wrong("elsewhere", FieldCode::Unknown, "is unknown");
        let teams = vec![("1".into(), "One".into()), ("2".into(), "Two".into())];
        let html = Sample { shell, form, teams }.render().unwrap();
        assert!(!html.contains("<b>"), "{html}");
        assert!(
            html.contains("aria-describedby=\"name-error\"") && html.contains("has 300 characters"),
            "{html}"
        );
        assert!(html.contains("<option value=\"2\" selected>Two"), "{html}");
        assert!(html.contains("<code>elsewhere</code>"), "{html}");
        assert!(html.contains("value=\"yes\" checked"), "{html}");
    }
}
