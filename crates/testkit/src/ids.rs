//! Ids, secrets and jitter from a seed.

use hansei_app::ports::Ids;
use hansei_domain::Timestamp;
use parking_lot::Mutex;

use crate::rng::Rng;

/// A generator that gives the same ids in every run with the same seed.
#[derive(Debug)]
pub struct SeededIds(Mutex<Rng>);

impl SeededIds {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Rng::new(seed).fork("ids")))
    }
}

impl Ids for SeededIds {
    fn fresh(&self, now: Timestamp) -> u128 {
        let millis = u128::try_from(now.as_millisecond()).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
        let random = u128::from(self.0.lock().bits() & 0xFFFF_FFFF_FFFF);
        // The lowest 32 bits are left to the decision that counts on from here.
        (millis << 80) | (random << 32)
    }

    fn secret(&self) -> [u8; 32] {
        let mut rng = self.0.lock();
        let mut bytes = [0u8; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&rng.bits().to_be_bytes());
        }
        bytes
    }

    fn jitter(&self) -> u8 {
        self.0.lock().bits().to_be_bytes()[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_far_apart_and_repeat_with_the_seed() {
        let now: Timestamp = "2024-07-02T08:10:00Z".parse().unwrap();
        let run = |seed| {
            let ids = SeededIds::new(seed);
            (0..1_000).map(|_| ids.fresh(now)).collect::<Vec<_>>()
        };
        let mut first = run(3);
        assert_eq!(first, run(3));
        assert_ne!(first, run(4));
        first.sort_unstable();
        assert!(first.windows(2).all(|pair| pair[1] - pair[0] >= 1 << 32));
    }
}
