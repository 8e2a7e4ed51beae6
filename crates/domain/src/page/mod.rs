//! A page: one person's notice about one generation of an incident, over all their channels (R9–R13).
//!
//! Life cycle: *requested*, tried on the first channel, tried again while the channel fails (1, 5, 15, 30, 60 s …),
//! tried on the next channel when the person does not react in time, until it **ends**: acknowledged, resolved,
//! superseded by a newer generation, escalated (delivered, and somebody else was asked since), merged with its incident,
//! or gone with its person. There is no silent end: a page that nobody could be given goes on being tried, and says so,
//! even where a provider has refused it for good and no other channel is left.
//!
//! Invariants: the channels are those of the moment of the request (stamped); an ended page has no deadline and
//! starts no attempt; a failed attempt always has a next one; every attempt of one page on one channel carries the
//! same idempotency key.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use decide::{PageCommand, SendOutcome, attempts, decide, due, retry_delay_secs};
pub use state::{Attempt, Channel, ChannelState, Page, PageEnd, PageEvent, evolve};
