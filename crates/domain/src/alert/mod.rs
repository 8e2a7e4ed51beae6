//! An alert: one deduplication key of one service, over all its episodes (S2.11).
//!
//! Life cycle: *firing* → *resolved* → firing again as a new **episode**. A repeat that says nothing new is an
//! observation, not an event: it moves `last_seen_at` and the expiry and costs no journal entry. Nor does one that says
//! the same in other words, of a sender that has to repeat itself ([`words_wait`]). The state depends on
//! the set of signals, not on the order of their arrival (R4): an alert fires exactly if its newest trigger is newer
//! than its newest resolve, and a resolve that comes before its trigger is remembered.
//!
//! Invariants: `episode` only grows; `incident_id` names the incident of the current episode; content is that of the
//! newest trigger seen.

mod decide;
mod event;
mod place;
mod state;
#[cfg(test)]
mod tests;

pub use decide::{AlertCommand, AlertFacts, Verdict, decide, end, words_wait};
pub use event::{AlertEvent, ResolveReason};
pub use place::{GroupKey, LeftReason, PlaceReason, Placement, place};
pub use state::{Alert, AlertStatus, Observation, evolve};
