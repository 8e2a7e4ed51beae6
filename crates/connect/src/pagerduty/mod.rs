//! PagerDuty Events API v2, inbound: `POST /v2/enqueue`.
//!
//! What the original accepts is accepted, with its limits, answers and error texts (public documentation: "Send an
//! alert event" and the Events v2 OpenAPI document of `PagerDuty/api-schema`): one object per request, unknown fields
//! ignored, `dedup_key` made by the server when a trigger has none. Where the original is silent, an alarm is never
//! refused for its ornaments: texts without a documented limit are cut, links that nobody may click are left out,
//! details beyond what is kept are cut and marked, a time that cannot be read counts as not given. Contradictory or unreadable input is refused by name instead:
//! duplicate keys, NUL, lone surrogates, nesting beyond 32 levels.

mod answer;
mod event;
mod key;
#[cfg(test)]
mod tests;

pub use answer::{accepted, invalid, unknown_key, unreadable};
pub use event::MAX_BODY;
pub use key::routing_key;

use std::borrow::Cow;
use std::ops::Range;

use hansei_app::ports::{
    BadItem, FormatCtx, IntakeRefusal, Parsed, SignalFormat, Unreadable, WireAnswer, plain_refusal,
};
use hansei_domain::Timestamp;
use hansei_domain::ids::TypedId;
use hansei_domain::signal::SourceFormat;

/// Reads a body. Its key must be named only if nothing else has said who sends.
fn read(body: &[u8], ctx: &FormatCtx, needs_key: bool) -> Result<Parsed, Unreadable> {
    let read = event::read(body, ctx, needs_key).map_err(|broken| Unreadable(broken.to_string()))?;
    let mut parsed = Parsed::default();
    match read {
        Ok(read) => {
            parsed.signals.push(read.signal);
            parsed.notes = read.notes;
        }
        Err(errors) => parsed.bad.push(BadItem { index: 0, errors, place: 0..body.len() }),
    }
    Ok(parsed)
}

/// The Events v2 format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pagerduty;

impl SignalFormat for Pagerduty {
    fn format(&self) -> SourceFormat {
        SourceFormat::Pagerduty
    }

    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable> {
        read(body, ctx, false)
    }

    fn max_body(&self) -> usize {
        MAX_BODY
    }

    fn carries_key(&self) -> bool {
        true
    }

    fn keys_in_body<'b>(&self, body: &'b [u8]) -> Vec<Cow<'b, str>> {
        key::named(body)
    }

    fn secrets_in_body(&self, body: &[u8]) -> Vec<Range<usize>> {
        key::places(body)
    }

    fn without_key(&self, body: &[u8]) -> WireAnswer {
        let nobody = FormatCtx {
            service_id: TypedId::from_bits(0),
            key_id: TypedId::from_bits(0),
            received_at: Timestamp::UNIX_EPOCH,
            fresh: 0,
        };
        match read(body, &nobody, true) {
            Ok(parsed) => self.answer(&parsed),
            Err(Unreadable(why)) => WireAnswer::json(400, unreadable(&why)),
        }
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
