//! PagerDuty Events API v2, inbound: `POST /v2/enqueue`.
//!
//! What the original accepts is accepted, with its limits, answers and error texts (public documentation: "Send an
//! alert event" and the Events v2 OpenAPI document of `PagerDuty/api-schema`): one object per request, unknown fields
//! ignored, `dedup_key` made by the server when a trigger has none. Where the original is silent, an alarm is never
//! refused for its ornaments: texts without a documented limit are cut, links that nobody may click are left out,
//! details beyond what is kept are cut and marked. Contradictory or unreadable input is refused by name instead:
//! duplicate keys, NUL, lone surrogates, nesting beyond 32 levels.

mod answer;
mod event;
#[cfg(test)]
mod tests;

pub use answer::{accepted, invalid, unknown_key, unreadable};
pub use event::{MAX_BODY, routing_key};

use std::borrow::Cow;

use hansei_app::ports::{
    BadItem, FormatCtx, IntakeRefusal, Parsed, SignalFormat, Unreadable, WireAnswer, plain_refusal,
};
use hansei_domain::signal::SourceFormat;

/// The Events v2 format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pagerduty;

impl SignalFormat for Pagerduty {
    fn format(&self) -> SourceFormat {
        SourceFormat::Pagerduty
    }

    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable> {
        let read = event::read(body, ctx).map_err(|broken| Unreadable(broken.to_string()))?;
        Ok(match read {
            Ok(signal) => Parsed { signals: vec![signal], bad: Vec::new() },
            Err(errors) => Parsed { signals: Vec::new(), bad: vec![BadItem { index: 0, errors }] },
        })
    }

    fn max_body(&self) -> usize {
        MAX_BODY
    }

    fn key_in_body<'b>(&self, body: &'b [u8]) -> Option<Cow<'b, str>> {
        routing_key(body)
    }

    fn answer(&self, parsed: &Parsed) -> WireAnswer {
        match (parsed.signals.first(), parsed.bad.first()) {
            (Some(signal), _) => WireAnswer::json(202, accepted(&signal.dedup_key)),
            (None, bad) => {
                WireAnswer::json(400, invalid(bad.map(|b| b.errors.as_slice()).unwrap_or_default()))
            }
        }
    }

    fn refuse(&self, why: &IntakeRefusal) -> WireAnswer {
        match why {
            IntakeRefusal::UnknownKey => WireAnswer::json(403, unknown_key()),
            IntakeRefusal::Unreadable(why) => WireAnswer::json(400, unreadable(why)),
            other => plain_refusal(other),
        }
    }
}
