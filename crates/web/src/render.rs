//! Templates to answers: whole pages, single fragments, and several fragments addressed by selector.

use std::fmt::Write as _;

use askama::Template;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::error::WebResult;
use crate::flash::{self, Tone};

/// A page with status 200.
pub fn html(template: &impl Template) -> WebResult<Response> {
    html_with(StatusCode::OK, template)
}

/// A page with another status (422 for a form that has to be mended).
pub fn html_with(status: StatusCode, template: &impl Template) -> WebResult<Response> {
    let mut response = of_text(template.render()?);
    *response.status_mut() = status;
    // A page shows what a redirect left behind, so it is over after it.
    response.headers_mut().append(header::SET_COOKIE, flash::shown(false));
    Ok(response)
}

/// One block of a page, for htmx.
pub fn fragment(template: &impl Template) -> WebResult<Response> {
    Ok(of_text(template.render()?))
}

fn of_text(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Escapes text for an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Several fragments in one answer or live message, each with the place it goes to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Partials(String);

impl Partials {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a fragment into a place: `target` is a selector, `how` an htmx swap (`outerMorph`, `innerHTML`,
    /// `beforeend`, …).
    pub fn swap(mut self, target: &str, how: &str, template: &impl Template) -> WebResult<Self> {
        let (target, how) = (escape(target), escape(how));
        // Writing to a String cannot fail.
        let _ = write!(self.0, "<hx-partial hx-target=\"{target}\" hx-swap=\"{how}\">");
        template.render_into(&mut self.0)?;
        self.0.push_str("</hx-partial>");
        Ok(self)
    }

    /// Shows a toast.
    #[must_use]
    pub fn toast(mut self, tone: Tone, title: &str, text: &str) -> Self {
        let (tone, title, text) = (tone.as_str(), escape(title), escape(text));
        let _ = write!(
            self.0,
            "<hx-partial hx-target=\"#toasts\" hx-swap=\"beforeend\"><div class=\"toast toast-{tone}\" data-toast \
             data-timeout=\"6000\"><p class=\"toast-title\">{title}</p><p class=\"muted\">{text}</p></div></hx-partial>"
        );
        self
    }

    /// The markup, for live messages.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl IntoResponse for Partials {
    fn into_response(self) -> Response {
        of_text(self.0)
    }
}
