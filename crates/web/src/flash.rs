//! A sentence that is shown once, on the page after a redirect.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::session;

/// The cookie that carries it.
const COOKIE: &str = "hansei_flash";
/// Longest text, bytes.
const LONGEST: usize = 1_000;

/// How a message is meant; also the end of its CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It worked.
    Success,
    /// Worth knowing.
    Info,
    /// Look out.
    Warn,
    /// It did not work.
    Danger,
}

impl Tone {
    /// The end of the CSS class.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Danger => "danger",
        }
    }

    fn parse(letter: &str) -> Option<Self> {
        [Self::Success, Self::Info, Self::Warn, Self::Danger].into_iter().find(|t| t.as_str() == letter)
    }
}

/// A message for the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub tone: Tone,
    /// What it says, in the person's language.
    pub text: String,
}

impl Flash {
    /// Reads what a redirect left behind.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let (tone, text) = session::cookie_named(headers, COOKIE)?.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self { tone: Tone::parse(tone)?, text: String::from_utf8(bytes).ok()? })
    }

    fn cookie(&self, secure: bool) -> HeaderValue {
        let mut end = self.text.len().min(LONGEST);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let text = URL_SAFE_NO_PAD.encode(&self.text[..end]);
        session::once(COOKIE, &format!("{}.{text}", self.tone.as_str()), secure)
    }
}

/// `Set-Cookie` that forgets a message that has been shown.
pub fn shown(secure: bool) -> HeaderValue {
    session::once(COOKIE, "", secure)
}

/// A redirect after a form, perhaps with a message.
pub struct SeeOther {
    to: String,
    flash: Option<Flash>,
}

/// Leads on with 303 after a form was taken. `to` is a path of ours.
pub fn see_other(to: impl Into<String>) -> SeeOther {
    SeeOther { to: to.into(), flash: None }
}

impl SeeOther {
    /// Shows a sentence on the next page.
    #[must_use]
    pub fn flash(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.flash = Some(Flash { tone, text: text.into() });
        self
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        match HeaderValue::from_str(&self.to) {
            Ok(to) => headers.insert(header::LOCATION, to),
            Err(_) => headers.insert(header::LOCATION, HeaderValue::from_static("/")),
        };
        if let Some(flash) = self.flash {
            // Not a secret, and needed for one request only: `Secure` would add nothing.
            headers.append(header::SET_COOKIE, flash.cookie(false));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_redirect() {
        let response = see_other("/x").flash(Tone::Success, "保存; a=b").into_response();
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.split(';').next().unwrap().parse().unwrap());
        let flash = Flash::read(&headers).unwrap();
        assert_eq!((flash.tone, flash.text.as_str()), (Tone::Success, "保存; a=b"));
    }
}
