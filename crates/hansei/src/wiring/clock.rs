//! The one place where real time and real chance come in.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use hansei_app::ports::{Clock, Ids};
use hansei_domain::Timestamp;

/// A clock that is ahead of the one it follows by no more than this runs slower until it is not: nothing has to see
/// time go back. One that is further ahead is put back; waiting for it would take longer than it is worth.
const LARGEST_SLEWED: i64 = 10_000_000;
/// It runs slower by one part in so many.
const SLOWER: i64 = 10;

/// What a clock that is followed showed, and how far this one was ahead of it then, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Anchor {
    at_nanos: u64,
    shown: i64,
    ahead: i64,
}

impl Anchor {
    /// What is shown now. Between two looks at the other clock the machine's monotonic one counts, so that setting the
    /// machine's wall clock changes nothing.
    fn micros_at(self, nanos: u64) -> i64 {
        let passed = i64::try_from(nanos.saturating_sub(self.at_nanos) / 1_000).unwrap_or(i64::MAX);
        self.shown.saturating_add(passed - self.ahead.min(passed / SLOWER))
    }

    /// The anchor after another look.
    fn steered(self, at_nanos: u64, shared: i64) -> Self {
        let ahead = self.micros_at(at_nanos).saturating_sub(shared);
        if (1..=LARGEST_SLEWED).contains(&ahead) {
            Self { at_nanos, shown: shared + ahead, ahead }
        } else {
            Self { at_nanos, shown: shared, ahead: 0 }
        }
    }
}

/// The machine's wall clock, whatever is followed.
#[expect(clippy::disallowed_methods, reason = "this is the one home of the real clock")]
pub(super) fn machine_now() -> Timestamp {
    Timestamp::now()
}

/// The machine's clocks; once it is steered, the time of whoever steers.
pub struct RealClock {
    start: Instant,
    followed: Mutex<Option<Anchor>>,
}

impl RealClock {
    /// Starts the monotonic clock.
    #[expect(clippy::disallowed_methods, reason = "this is the one home of the real clock")]
    pub fn new() -> Self {
        Self { start: Instant::now(), followed: Mutex::new(None) }
    }
}

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        // The reading belongs to the anchor: another look must not come in between.
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        // Stores keep microseconds; truncating here keeps what was decided equal to what is read back.
        let micros = match *followed {
            Some(anchor) => anchor.micros_at(self.monotonic_nanos()),
            None => machine_now().as_microsecond(),
        };
        Timestamp::from_microsecond(micros).unwrap_or_else(|_| machine_now())
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn steer(&self, at_nanos: u64, shared: Timestamp) {
        let shared = shared.as_microsecond();
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        *followed = Some(match *followed {
            Some(anchor) => anchor.steered(at_nanos, shared),
            // Nothing has been decided by the machine's own time yet.
            None => Anchor { at_nanos, shown: shared, ahead: 0 },
        });
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
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
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

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_clock_that_is_a_little_ahead_runs_slower_and_never_back() {
        let anchor = Anchor { at_nanos: 0, shown: 1_000_000, ahead: 0 };
        assert_eq!(anchor.micros_at(5 * SECOND), 6_000_000);
        // Half a second ahead: made up for within five seconds.
        let steered = anchor.steered(5 * SECOND, 5_500_000);
        let shown: Vec<i64> = (50..=110).map(|tenth| steered.micros_at(tenth * SECOND / 10)).collect();
        assert_eq!(shown[0], 6_000_000);
        assert!(shown.windows(2).all(|w| w[1] - w[0] >= 90_000), "{shown:?}");
        assert_eq!(steered.micros_at(10 * SECOND), 10_500_000);
        assert_eq!(steered.micros_at(20 * SECOND), 20_500_000);
        // A second look in the middle of it changes nothing.
        assert_eq!(steered.steered(7 * SECOND, 7_500_000).micros_at(20 * SECOND), 20_500_000);
    }

    #[test]
    fn a_clock_that_is_behind_or_far_ahead_is_put_right_at_once() {
        let anchor = Anchor { at_nanos: 0, shown: 0, ahead: 0 };
        assert_eq!(anchor.steered(SECOND, 300_000_000).micros_at(2 * SECOND), 301_000_000);
        assert_eq!(anchor.steered(SECOND, -300_000_000).micros_at(2 * SECOND), -299_000_000);
    }

    #[test]
    fn a_steered_clock_shows_the_time_it_was_told() {
        let clock = RealClock::new();
        let told = clock.now() + jiff::SignedDuration::from_mins(5);
        clock.steer(clock.monotonic_nanos(), told);
        let shown = clock.now();
        assert!(shown >= told && shown.duration_since(told).as_secs() < 60, "{told} {shown}");
    }

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_made() {
        let (ids, now) = (RealIds::new(), RealClock::new().now());
        let made: Vec<u128> = (0..1000).map(|_| ids.fresh(now)).collect();
        assert!(made.windows(2).all(|w| w[1] > w[0] && w[1] - w[0] >= 1 << 32));
    }
}
