//! The one place where real time and real chance come in.

use std::sync::Mutex;
use std::time::Instant;

use hansei_app::ports::{Clock, Ids};
use hansei_domain::Timestamp;

/// The machine's clocks.
pub struct RealClock {
    start: Instant,
}

impl RealClock {
    /// Starts the monotonic clock.
    #[expect(clippy::disallowed_methods, reason = "this is the one home of the real clock")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one home of the real clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Stores keep microseconds; truncating here keeps what was decided equal to what is read back.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The operating system's randomness.
pub struct RealIds {
    last: Mutex<u128>,
}

impl RealIds {
    /// A generator.
    pub fn new() -> Self {
        Self { last: Mutex::new(0) }
    }
}

/// Fills from the operating system. Without randomness nothing is safe, so there is no way on.
#[expect(clippy::disallowed_methods, reason = "this is the one home of real chance")]
fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        std::process::abort();
    }
}

impl Ids for RealIds {
    fn fresh(&self, now: Timestamp) -> u128 {
        let mut random = [0u8; 16];
        fill(&mut random[6..]);
        let millis = u128::try_from(now.as_millisecond()).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
        // The lowest 32 bits are left free for the decision that counts on from here.
        let candidate = (millis << 80) | (u128::from_be_bytes(random) >> 32 << 32);
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Ids of one node sort in the order in which they were made, even within a millisecond.
        let same_millisecond = *last >> 80 == candidate >> 80;
        *last = if same_millisecond && candidate <= *last { *last + (1 << 32) } else { candidate };
        *last
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0u8; 32];
        fill(&mut bytes);
        bytes
    }

    fn jitter(&self) -> u8 {
        let mut byte = [0u8];
        fill(&mut byte);
        byte[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_made() {
        let (ids, now) = (RealIds::new(), RealClock::new().now());
        let made: Vec<u128> = (0..1000).map(|_| ids.fresh(now)).collect();
        assert!(made.windows(2).all(|w| w[1] > w[0] && w[1] - w[0] >= 1 << 32));
    }
}
