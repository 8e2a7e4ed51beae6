//! Time and chance.

use std::sync::Arc;

use jiff::Timestamp;

/// Time, injected. The wall clock may jump; the monotonic one may not (R20).
pub trait Clock: Send + Sync {
    /// Now, UTC, truncated to microseconds (what every store keeps).
    fn now(&self) -> Timestamp;
    /// Nanoseconds since an arbitrary start; for measuring spans and time-outs.
    fn monotonic_nanos(&self) -> u64;
    /// Tells what the clock that several nodes share showed, at a reading of the monotonic one. The clock of a machine
    /// shows that time from then on; any other takes no notice.
    fn steer(&self, _at_nanos: u64, _shared: Timestamp) {}
}

/// Chance, injected.
pub trait Ids: Send + Sync {
    /// A fresh sortable id: 48 bits of the given instant's milliseconds, then 80 random bits. Two calls never give
    /// ids closer than 2^32 apart, so that a decision may count on from its seed.
    fn fresh(&self, now: Timestamp) -> u128;
    /// 256 random bits for secrets.
    fn secret(&self) -> [u8; 32];
    /// 0 to 255, for spreading retries.
    fn jitter(&self) -> u8;
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;
/// A shared source of ids.
pub type SharedIds = Arc<dyn Ids>;
