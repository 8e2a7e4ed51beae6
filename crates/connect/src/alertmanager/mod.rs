//! Prometheus Alertmanager, inbound in both of its formats, and its API as others read it.
//!
//! - [`ApiV2`]: the body of `POST /api/v2/alerts`, so that a Prometheus sends to Hansei as if it were an Alertmanager.
//! - [`WebhookV4`]: what an Alertmanager's `webhook_configs` receiver posts.
//! - [`output`]: alerts, groups, status and receivers as API v2 shows them; [`filter`]: the query parameters that
//!   narrow them.
//!
//! The meaning of times, the validation of labels, the fingerprint and the error texts are those of the original
//! (recorded from version 0.25, label names as in 0.27 and later: any UTF-8). An alert's deduplication key *is* its
//! fingerprint, so that amtool and Karma see the values they know.
//!
//! Where we differ, and why: one alert with a wrong type refuses itself, not the request (R5); an empty time counts as
//! missing instead of 1970; NUL, lone surrogates and a label given twice are refused instead of mended; labels beyond
//! the limits of a signal are refused; longer annotations are cut. Errors the original has no words for name their field.

mod answer;
mod content;
pub mod filter;
mod fingerprint;
mod item;
mod listing;
pub mod output;
mod read;
#[cfg(test)]
mod tests;

pub use answer::{invalid, unreadable};
pub use content::severity;
pub use fingerprint::fingerprint;
pub use listing::Listing;

use hansei_app::ports::{
    BadItem, FormatCtx, IntakeRefusal, Parsed, SignalFormat, Unreadable, WireAnswer, joined, refusal_words,
};
use hansei_domain::signal::SourceFormat;

/// How long a firing alert without an end stays, seconds (the original's default `resolve_timeout`).
pub const RESOLVE_TIMEOUT_SECS: u32 = 300;

/// The body of `POST /api/v2/alerts`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApiV2;

impl SignalFormat for ApiV2 {
    fn format(&self) -> SourceFormat {
        SourceFormat::Alertmanager
    }

    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable> {
        if first_of(body).is_none() {
            return Err(Unreadable(answer::NO_BODY.to_owned()));
        }
        read::alerts(body, ctx).map_err(|broken| Unreadable(broken.to_string()))
    }

    fn answer(&self, parsed: &Parsed) -> WireAnswer {
        if parsed.bad.is_empty() { WireAnswer::empty(200) } else { answer::refused(&parsed.bad) }
    }

    fn refuse(&self, why: &IntakeRefusal) -> WireAnswer {
        match why {
            IntakeRefusal::Unreadable(why) if why == answer::NO_BODY => answer::invalid_body(why),
            IntakeRefusal::Unreadable(why) => WireAnswer::json(400, unreadable(why)),
            other => {
                let (status, _, title) = refusal_words(other);
                WireAnswer::json(status, answer::line(title))
            }
        }
    }
}

/// The first byte of a body that says something.
fn first_of(body: &[u8]) -> Option<u8> {
    body.strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(body)
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace())
}

/// The body of an Alertmanager's webhook, version 4.
///
/// Its firing alerts do not expire by themselves: the Alertmanager that sends them repeats them only every few hours,
/// and says when they end.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebhookV4;

impl SignalFormat for WebhookV4 {
    fn format(&self) -> SourceFormat {
        SourceFormat::Alertmanager
    }

    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable> {
        read::webhook(body, ctx).map_err(|broken| Unreadable(broken.to_string()))
    }

    fn remainder(&self, body: &[u8], bad: &[BadItem]) -> Vec<u8> {
        // An envelope that is wrong is kept as it is.
        if bad.iter().any(|item| item.place == (0..body.len())) {
            return body.to_vec();
        }
        joined(body, bad, "{\"version\":\"4\",\"alerts\":[", "]}")
    }
}

/// Either of the two, told apart by the first character: an array is API v2, an object the webhook. For keys that are
/// used without saying which.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alertmanager;

impl SignalFormat for Alertmanager {
    fn format(&self) -> SourceFormat {
        SourceFormat::Alertmanager
    }

    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable> {
        match first_of(body) {
            Some(b'{') => WebhookV4.parse(body, ctx),
            _ => ApiV2.parse(body, ctx),
        }
    }

    fn remainder(&self, body: &[u8], bad: &[BadItem]) -> Vec<u8> {
        match first_of(body) {
            Some(b'{') => WebhookV4.remainder(body, bad),
            _ => ApiV2.remainder(body, bad),
        }
    }
}
