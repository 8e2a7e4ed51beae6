//! Whether senders have been heard without a break, and whether the wall clock was set (R20).
//!
//! Silence means something only while Hansei could have heard: not right after a start, not after an outage of the
//! store, not after a jump of the clock or a sleep of the machine. And a deadline that was stamped by a wrong clock lies
//! where the right one will not come for long; whoever notices that the clock went back looks for such deadlines.

use hansei_domain::Timestamp;
use parking_lot::Mutex;

/// What the wall clock may go ahead of the monotonic one between two looks, milliseconds: a jump or a sleep beyond.
const AHEAD_MILLIS: i64 = 30_000;
/// What it may fall behind: it was set back beyond.
const BEHIND_MILLIS: i64 = 1_000;
/// Deadlines are looked through at least so often, nanoseconds: another node's clock may have been wrong.
const LOOK_NANOS: u64 = 600_000_000_000;

#[derive(Debug, Clone, Copy)]
struct State {
    /// Since when senders are heard, by the monotonic clock.
    heard_since: u64,
    /// The store refused something the last time.
    broken: bool,
    /// Both clocks at the last look.
    looked: (Timestamp, u64),
    /// When the deadlines were last looked through; `None` = they are to be looked through now.
    mended: Option<u64>,
}

/// What this process knows of its own hearing and of its clock.
#[derive(Debug)]
pub struct Steady(Mutex<State>);

impl Steady {
    /// Begins with the process, of whose clock before nothing is known.
    pub fn new(wall: Timestamp, nanos: u64) -> Self {
        Self(Mutex::new(State { heard_since: nanos, broken: false, looked: (wall, nanos), mended: None }))
    }

    /// The store could not take something: senders are not heard.
    pub fn failed(&self) {
        self.0.lock().broken = true;
    }

    /// The store took something.
    pub fn worked(&self, nanos: u64) {
        let mut state = self.0.lock();
        if state.broken {
            state.broken = false;
            state.heard_since = nanos;
        }
    }

    /// Compares the clocks with each other.
    pub fn look(&self, wall: Timestamp, nanos: u64) {
        let mut state = self.0.lock();
        let (before, since) = state.looked;
        let passed = i64::try_from(nanos.saturating_sub(since) / 1_000_000).unwrap_or(i64::MAX);
        let shown = i64::try_from(wall.duration_since(before).as_millis()).unwrap_or(i64::MAX);
        let step = shown.saturating_sub(passed);
        if step > AHEAD_MILLIS {
            state.heard_since = nanos;
        }
        if step < -BEHIND_MILLIS {
            state.mended = None;
        }
        state.looked = (wall, nanos);
    }

    /// How long senders have been heard without a break, seconds.
    pub fn heard_secs(&self, nanos: u64) -> u32 {
        let state = *self.0.lock();
        if state.broken {
            return 0;
        }
        u32::try_from(nanos.saturating_sub(state.heard_since) / 1_000_000_000).unwrap_or(u32::MAX)
    }

    /// Whether the deadlines are to be looked through.
    pub fn wants_mending(&self, nanos: u64) -> bool {
        self.0.lock().mended.is_none_or(|at| nanos.saturating_sub(at) >= LOOK_NANOS)
    }

    /// They have been looked through.
    pub fn mended(&self, nanos: u64) {
        self.0.lock().mended = Some(nanos);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEC: u64 = 1_000_000_000;

    fn wall(secs: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_700_000_000 + secs)
    }

    #[test]
    fn an_outage_and_a_jump_begin_the_hearing_anew() {
        let steady = Steady::new(wall(0), 0);
        steady.look(wall(100), 100 * SEC);
        assert_eq!(steady.heard_secs(100 * SEC), 100);
        steady.failed();
        assert_eq!(steady.heard_secs(150 * SEC), 0);
        steady.worked(200 * SEC);
        assert_eq!(steady.heard_secs(210 * SEC), 10);
        steady.look(wall(400), 210 * SEC);
        assert_eq!(steady.heard_secs(215 * SEC), 5, "three minutes that did not pass");
    }

    #[test]
    fn a_clock_that_is_set_back_is_noticed_and_slow_drift_is_not() {
        let steady = Steady::new(wall(0), 0);
        assert!(steady.wants_mending(0), "nothing is known of the time before the start");
        steady.mended(0);
        steady.look(wall(10), 10 * SEC);
        steady.look(wall(20), 20 * SEC + SEC / 2);
        assert!(!steady.wants_mending(21 * SEC));
        steady.look(wall(-500), 30 * SEC);
        assert!(steady.wants_mending(30 * SEC));
        steady.mended(30 * SEC);
        assert!(steady.wants_mending(30 * SEC + LOOK_NANOS));
    }
}
