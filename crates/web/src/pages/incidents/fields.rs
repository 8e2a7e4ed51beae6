//! Reading fields of forms, and answering forms that were taken.

use std::str::FromStr;

use axum::response::{IntoResponse, Response};
use hansei_domain::FieldError;
use hansei_domain::refusal::FieldCode;
use hansei_domain::text::{Note, Title};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::form::Form;

/// An id or another value with a text form; empty = `None`, nonsense is an error of the field.
pub fn choice_of<T: FromStr>(form: &mut Form, name: &str) -> Option<T> {
    let text = form.optional(name)?.to_owned();
    let value = text.parse().ok();
    if value.is_none() {
        form.wrong(name, FieldCode::Unknown, "is none of the choices");
    }
    value
}

/// As [`choice_of`], but empty is an error, too.
pub fn choice<T: FromStr>(form: &mut Form, name: &str) -> Option<T> {
    if form.optional(name).is_none() {
        form.wrong(name, FieldCode::Required, "must not be empty");
        return None;
    }
    choice_of(form, name)
}

/// Several values with a text form; nonsense is an error of the field.
pub fn choices<T: FromStr>(form: &mut Form, name: &str) -> Vec<T> {
    let texts: Vec<String> =
        form.all(name).into_iter().filter(|t| !t.is_empty()).map(str::to_owned).collect();
    let values: Vec<T> = texts.iter().filter_map(|t| t.parse().ok()).collect();
    if values.len() != texts.len() {
        form.wrong(name, FieldCode::Unknown, "is none of the choices");
    }
    values
}

fn checked<T>(form: &mut Form, read: Result<T, FieldError>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(error) => {
            form.wrong(&error.field, error.code, &error.message);
            None
        }
    }
}

/// A title.
pub fn title(form: &mut Form, name: &str) -> Option<String> {
    let read = Title::parse(name, form.value(name));
    checked(form, read).map(|t| t.to_string())
}

/// A text with line breaks that must be there.
pub fn text(form: &mut Form, name: &str) -> Option<String> {
    let read = Note::parse(name, form.value(name));
    checked(form, read).map(|t| t.to_string())
}

/// A text with line breaks that may be missing.
pub fn optional_text(form: &mut Form, name: &str) -> Option<String> {
    let read = Note::parse_optional(name, Some(form.value(name)));
    checked(form, read).flatten().map(|t| t.to_string())
}

/// A link that may be missing.
pub fn optional_link(form: &mut Form, name: &str) -> Option<String> {
    let text = form.optional(name)?.to_owned();
    let read = hansei_domain::text::link(name, &text);
    checked(form, read)
}

/// Whether htmx sent the request.
pub fn by_htmx(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// The address of the page on which htmx sent the request.
pub fn sent_on(headers: &HeaderMap) -> Option<url::Url> {
    headers.get("hx-current-url")?.to_str().ok()?.parse().ok()
}

/// A redirect that htmx follows as a whole page; plain browsers get it as it is.
pub fn taken(headers: &HeaderMap, redirect: impl IntoResponse, to: &str) -> Response {
    let mut response = redirect.into_response();
    if by_htmx(headers)
        && let Ok(to) = HeaderValue::from_str(to)
    {
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().remove(header::LOCATION);
        response.headers_mut().insert(HeaderName::from_static("hx-redirect"), to);
    }
    response
}
