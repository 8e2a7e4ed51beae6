//! Signed webhooks by the Standard Webhooks specification (1.0): pages to machines, and the check for receivers.
//!
//! A page is one POST. Its `webhook-id` is the page and the contact, the same on every attempt, so that a receiver that
//! answered but was not heard can drop the repetition; `webhook-timestamp` is the attempt's. The signature covers id,
//! timestamp and the exact bytes of the body. While a secret is being changed, both sign.
//!
//! ```json
//! {
//!   "type": "page.requested",
//!   "timestamp": "2026-03-04T05:06:07Z",
//!   "data": {
//!     "page_id": "pag_…", "contact_id": "con_…", "attempt": 1,
//!     "person": { "name": "Ana Sato", "locale": "ja" },
//!     "reason": { "code": "step", "text": "why this person got it, in their language" },
//!     "incident": {
//!       "id": "inc_…", "number": 142, "title": "…", "severity": 1, "status": "detected", "service": "Checkout",
//!       "runbook_url": "https://…", "detected_at": "2026-03-04T05:06:05Z", "firing_alerts": 3,
//!       "alert_summaries": ["…"], "url": "https://…/incidents/142"
//!     },
//!     "links": { "acknowledge": "https://…", "resolve": "https://…" }
//!   }
//! }
//! ```
//!
//! `service` and `runbook_url` may be null; new fields may appear. A receiver answers any 2xx within ten seconds. 410
//! means that it is gone for good: the page gives this way up. Everything else, other 4xx included, is tried again: a
//! receiver that is being mended is worth more than a page that was dropped for a typing error in its configuration,
//! and the person's next channel begins at the first failure anyway.

mod payload;
mod secret;
mod sender;
#[cfg(test)]
mod tests;

pub use secret::{BadSecret, Secret, VerifyError, read_secrets, verify};
pub use sender::WebhookSender;
