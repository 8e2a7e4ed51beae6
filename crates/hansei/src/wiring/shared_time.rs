//! With several nodes on one database, each shows the database server's time, so that a deadline that one of them has
//! set is not passed earlier or later on another (R14, R21).

use std::sync::Arc;
use std::time::Duration;

use hansei_app::ports::{SharedClock, Store, StoreResult};
use hansei_domain::Timestamp;
use jiff::SignedDuration;
use tokio::time::sleep;

use super::clock::machine_now;
use crate::output::Failure;

/// How often the server's clock is looked at.
const EVERY: Duration = Duration::from_secs(10);
/// Looks at the start; the one with the shortest way counts.
const LOOKS: usize = 3;
/// A machine whose clock is further off has something wrong with it that must be mended first: senders, mails and
/// certificates go by its time, too.
const LARGEST: SignedDuration = SignedDuration::from_mins(10);
/// From here on a difference is worth a warning.
const NOTABLE: SignedDuration = SignedDuration::from_secs(1);
/// An answer that took longer tells too little.
const SLOW_NANOS: u64 = 500_000_000;

/// One look at the server's clock.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// The middle of asking and answer, by this node's monotonic clock.
    at_nanos: u64,
    /// The time may be wrong by this much.
    bound_nanos: u64,
    shared: Timestamp,
}

impl Look {
    /// How far the server's clock is ahead of one that shows `now`.
    fn ahead_of(self, now: Timestamp) -> SignedDuration {
        self.shared.duration_since(now)
    }

    /// Whether it proves that one that shows `now` is wrong.
    fn differs(self, now: Timestamp) -> bool {
        self.ahead_of(now).unsigned_abs() > Duration::from_nanos(self.bound_nanos)
    }
}

async fn look(store: &Arc<dyn Store>, clock: &SharedClock) -> StoreResult<Option<Look>> {
    let asked = clock.monotonic_nanos();
    let Some(shared) = store.shared_time().await? else { return Ok(None) };
    let way = clock.monotonic_nanos().saturating_sub(asked);
    Ok(Some(Look { at_nanos: asked + way / 2, bound_nanos: way / 2, shared }))
}

/// Refuses a machine whose clock is so far off that it must be mended.
fn judge(ahead: SignedDuration) -> Result<(), Failure> {
    if ahead.abs() <= LARGEST {
        return Ok(());
    }
    let (secs, side) = (ahead.abs().as_secs(), if ahead.is_positive() { "behind" } else { "ahead of" });
    Err(Failure::Refused(format!(
        "this machine's clock is {secs} seconds {side} the database server's: set both by a time server"
    )))
}

/// Lets a clock show the store's shared time, if there is one, from now until the store is gone.
pub async fn follow(store: &Arc<dyn Store>, clock: &SharedClock) -> Result<(), Failure> {
    let unreachable = |e: hansei_app::ports::StoreError| Failure::Unreachable(e.to_string());
    let Some(mut best) = look(store, clock).await.map_err(unreachable)? else { return Ok(()) };
    for _ in 1..LOOKS {
        if let Some(another) = look(store, clock).await.map_err(unreachable)?
            && another.bound_nanos < best.bound_nanos
        {
            best = another;
        }
    }
    metrics::describe_gauge!(
        "hansei_clock_offset_seconds",
        "How far the database server's clock, which counts, is ahead of this machine's"
    );
    // Looks lie some milliseconds back; against minutes that does not matter.
    judge(note(best))?;
    clock.steer(best.at_nanos, best.shared);
    let (weak, clock) = (Arc::downgrade(store), Arc::clone(clock));
    tokio::spawn(async move {
        loop {
            sleep(EVERY).await;
            let Some(store) = weak.upgrade() else { return };
            match look(&store, &clock).await {
                Ok(Some(look)) => steer(&clock, look),
                Ok(None) => return,
                // The monotonic clock goes on by itself; it takes days to lose a second.
                Err(error) => tracing::debug!(%error, "the database server's clock could not be read"),
            }
        }
    });
    Ok(())
}

/// Tells how far the machine's own clock is off.
fn note(look: Look) -> SignedDuration {
    let ahead = look.ahead_of(machine_now());
    metrics::gauge!("hansei_clock_offset_seconds").set(ahead.as_secs_f64());
    if ahead.abs() > NOTABLE {
        let seconds = ahead.as_secs_f64();
        tracing::warn!(seconds, "this machine's clock differs from the database server's, which counts");
    }
    ahead
}

fn steer(clock: &SharedClock, look: Look) {
    note(look);
    // What was shown then, as nearly as can be told: the look is at most its way old.
    let since = clock.monotonic_nanos().saturating_sub(look.at_nanos);
    let shown = clock.now() - SignedDuration::from_nanos(i64::try_from(since).unwrap_or(i64::MAX));
    if look.bound_nanos > SLOW_NANOS || !look.differs(shown) {
        return;
    }
    let ahead = look.ahead_of(shown);
    if ahead.abs() > NOTABLE {
        tracing::warn!(seconds = ahead.as_secs_f64(), "the database server's clock has moved; following it");
    }
    clock.steer(look.at_nanos, look.shared);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::clock::RealClock;

    fn at(secs: i64, millis: i32) -> Timestamp {
        Timestamp::new(1_800_000_000 + secs, millis * 1_000_000).unwrap()
    }

    #[test]
    fn a_machine_whose_clock_is_far_off_does_not_start() {
        for secs in [0, 599, -599] {
            assert!(judge(SignedDuration::from_secs(secs)).is_ok(), "{secs}");
        }
        for (secs, side) in [(700, "behind"), (-700, "ahead of")] {
            let Err(Failure::Refused(why)) = judge(SignedDuration::from_secs(secs)) else {
                panic!("{secs} seconds were not refused");
            };
            assert!(why.contains("700 seconds") && why.contains(side), "{why}");
        }
    }

    #[test]
    fn a_look_proves_no_more_than_its_way_allows() {
        let look = Look { at_nanos: 0, bound_nanos: 20_000_000, shared: at(0, 500) };
        assert!(!look.differs(at(0, 490)) && !look.differs(at(0, 520)));
        assert!(look.differs(at(0, 470)) && look.differs(at(0, 540)));
    }

    #[test]
    fn a_slow_answer_moves_nothing_and_a_quick_one_does() {
        let clock: SharedClock = Arc::new(RealClock::new());
        let far = clock.now() + SignedDuration::from_mins(5);
        let look = |bound_nanos| Look { at_nanos: clock.monotonic_nanos(), bound_nanos, shared: far };
        steer(&clock, look(SLOW_NANOS + 1));
        assert!(clock.now() < far);
        steer(&clock, look(1_000_000));
        assert!(clock.now() >= far);
    }

    #[tokio::test]
    async fn a_store_of_one_process_leaves_the_machines_clock_alone() {
        let clock: SharedClock = Arc::new(RealClock::new());
        let store = hansei_store::memory(Arc::clone(&clock)).unwrap();
        follow(&store, &clock).await.unwrap();
        assert!(clock.now().duration_since(machine_now()).abs() < SignedDuration::from_secs(1));
    }
}
