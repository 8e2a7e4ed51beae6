//! The pure heart of Hansei: what is true, what may happen, and what follows.
//!
//! Nothing here reads a clock, rolls a die, awaits, logs, or knows a table, a vendor or a status code. Time, ids and
//! facts come in as arguments; events, refusals, deadlines and effects go out as values. Each aggregate has the same
//! four functions: `decide` (what follows from a command), `evolve` (the only way its state changes), `due` (the next
//! deadline, derived from the state) and the effects named by its events.
//!
//! The chain of one signal: [`signal`] → [`alert`] → [`incident`] → [`page`]; [`catalog`] holds what people configure.

pub mod access;
pub mod alert;
pub mod catalog;
pub mod ids;
pub mod incident;
pub mod journal;
pub mod page;
pub mod refusal;
pub mod signal;
pub mod text;

pub use jiff::Timestamp;
pub use refusal::{FieldError, Refusal};

use access::Actor;
use ids::IdSeed;

/// Everything a decision may know that is not part of the aggregate: the instant, who asks, and fresh ids.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// The injected instant, UTC, microsecond precision.
    pub now: Timestamp,
    /// Who gives the command.
    pub actor: Actor,
    /// A supply of ids for things this decision creates.
    pub ids: IdSeed,
}

impl Ctx {
    /// A context for one decision.
    pub fn new(now: Timestamp, actor: Actor, ids: IdSeed) -> Self {
        Self { now, actor, ids }
    }
}

/// Adds whole seconds to an instant, saturating at the ends of representable time.
pub fn plus_secs(at: Timestamp, secs: u32) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_secs(i64::from(secs))).unwrap_or(Timestamp::MAX)
}
