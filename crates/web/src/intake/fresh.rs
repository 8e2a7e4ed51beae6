//! Ids for signals whose senders left the key to us, many per visit to the source of randomness.
//!
//! One visit is a system call, and nearly no request needs what it gives. So a fresh id is taken now and then, and counted
//! on from in the steps that the port promises between two of its own.

use hansei_app::ports::Ids;
use hansei_domain::Timestamp;
use parking_lot::Mutex;

/// Ids from one visit.
const STEPS: u32 = 256;
/// Between two of them.
const STEP: u128 = 1 << 32;

/// Gives ids.
#[derive(Default)]
pub struct FreshIds(Mutex<(u128, u32)>);

impl FreshIds {
    /// The next one.
    pub fn next(&self, ids: &dyn Ids, now: Timestamp) -> u128 {
        let mut state = self.0.lock();
        let (base, left) = &mut *state;
        if *left == 0 {
            (*base, *left) = (ids.fresh(now), STEPS);
        }
        *left -= 1;
        base.wrapping_add(STEP * u128::from(STEPS - 1 - *left))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    struct Counting(Mutex<u128>);

    impl Ids for Counting {
        fn fresh(&self, _: Timestamp) -> u128 {
            let mut next = self.0.lock();
            *next += 1 << 80;
            *next
        }

        fn secret(&self) -> [u8; 32] {
            [0; 32]
        }

        fn jitter(&self) -> u8 {
            0
        }
    }

    #[test]
    fn no_id_comes_twice_and_the_source_is_asked_rarely() {
        let (ids, fresh) = (Counting(Mutex::new(0)), FreshIds::default());
        let made: BTreeSet<u128> = (0..1_000).map(|_| fresh.next(&ids, Timestamp::UNIX_EPOCH)).collect();
        assert_eq!(made.len(), 1_000);
        assert_eq!(*ids.0.lock() >> 80, 4, "four visits");
    }
}
