//! A clock that stands still until it is moved.
//!
//! Several clocks may share one underlying time (the nodes of a cluster, a store and its application) and differ by
//! an offset. Moving the underlying time moves all of them and their monotonic readings; a **jump** moves one wall
//! clock only, forwards or back, as a bad time server does (R20). The monotonic reading never goes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use hansei_app::ports::Clock;
use hansei_domain::Timestamp;
use jiff::SignedDuration;

/// The time that really passes, in microseconds since 1970; shared by all clocks of one world.
#[derive(Debug, Clone)]
pub struct TrueTime(Arc<AtomicI64>);

impl TrueTime {
    /// Starts at an instant.
    pub fn starting(at: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(at.as_microsecond())))
    }

    /// Microseconds since 1970.
    pub fn micros(&self) -> i64 {
        self.0.load(SeqCst)
    }

    /// Moves on to an instant; going back is not possible.
    pub fn advance_to(&self, micros: i64) {
        self.0.fetch_max(micros, SeqCst);
    }

    /// Moves on by a span.
    pub fn advance(&self, span: SignedDuration) {
        self.advance_to(self.micros() + micros_of(span));
    }
}

/// A wall clock over a [`TrueTime`], with an offset that may jump.
#[derive(Debug)]
pub struct FakeClock {
    time: TrueTime,
    offset: AtomicI64,
}

fn micros_of(span: SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 4)
}

impl FakeClock {
    /// A clock that shows an instant, over a time of its own.
    pub fn at(at: Timestamp) -> Arc<Self> {
        Self::over(&TrueTime::starting(at))
    }

    /// A clock that shows the true time.
    pub fn over(time: &TrueTime) -> Arc<Self> {
        Arc::new(Self { time: time.clone(), offset: AtomicI64::new(0) })
    }

    /// The time underneath.
    pub fn time(&self) -> &TrueTime {
        &self.time
    }

    /// Lets time pass.
    pub fn advance(&self, span: SignedDuration) {
        self.time.advance(span);
    }

    /// Lets time pass until this clock shows an instant; nothing happens if it has passed already.
    pub fn advance_to(&self, at: Timestamp) {
        self.time.advance_to(at.as_microsecond() - self.offset.load(SeqCst));
    }

    /// Sets the wall clock forwards or back, while no time passes.
    pub fn jump(&self, span: SignedDuration) {
        self.offset.fetch_add(micros_of(span), SeqCst);
    }

    /// How far this clock is from the true time, microseconds.
    pub fn offset_micros(&self) -> i64 {
        self.offset.load(SeqCst)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.time.micros() + self.offset.load(SeqCst)).unwrap_or(Timestamp::MAX)
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.time.micros()).unwrap_or(0).saturating_mul(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_moves_one_wall_clock_and_no_monotonic_one() {
        let start: Timestamp = "2024-07-02T08:10:00Z".parse().unwrap();
        let time = TrueTime::starting(start);
        let (a, b) = (FakeClock::over(&time), FakeClock::over(&time));
        a.jump(SignedDuration::from_hours(-24));
        assert_eq!(a.now(), start - SignedDuration::from_hours(24));
        assert_eq!(b.now(), start);
        assert_eq!(a.monotonic_nanos(), b.monotonic_nanos());
        a.advance(SignedDuration::from_secs(5));
        assert_eq!(b.now(), start + SignedDuration::from_secs(5));
        a.advance_to(start - SignedDuration::from_hours(23));
        assert_eq!(b.now(), start + SignedDuration::from_hours(1));
    }
}
