//! Chance that can be repeated: one small generator, seeded, without dependencies.
//!
//! Every stream is a `SplitMix64`; streams made with [`Rng::fork`] are independent of how much others are used, so a
//! change in one corner of a simulated world does not shift every other one.

/// A seeded generator.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// Starts from a seed; equal seeds give equal streams.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// A stream of its own, named, so that equal names give equal streams.
    #[must_use]
    pub fn fork(&self, name: &str) -> Self {
        let mut hash = self.0 ^ 0xCBF2_9CE4_8422_2325;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        let mut fork = Self(hash);
        fork.bits();
        fork
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        low + if span == 0 { self.bits() } else { self.bits() % span }
    }

    /// A number below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { usize::try_from(self.bits() % n as u64).unwrap_or(0) }
    }

    /// True `per_mille` times of a thousand.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.bits() % 1_000 < u64::from(per_mille)
    }

    /// True once in `n` times on average; never if `n` is 0.
    pub fn one_in(&mut self, n: u32) -> bool {
        n > 0 && self.bits().is_multiple_of(u64::from(n))
    }

    /// One of a slice; `None` if it is empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// An exponentially distributed span with this mean: the pause between events that know nothing of each other.
    pub fn pause(&mut self, mean: u64) -> u64 {
        // 53 bits, as many as a double holds exactly; never 0, whose logarithm is not finite.
        let unit = ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        let span = -unit.ln() * mean as f64;
        span.min(mean as f64 * 20.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_streams_and_forks_stand_alone() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        let early = a.fork("people").bits();
        assert_eq!(
            (0..100).map(|_| a.bits()).collect::<Vec<_>>(),
            (0..100).map(|_| b.bits()).collect::<Vec<_>>()
        );
        assert_eq!(Rng::new(7).fork("people").bits(), early);
        assert_ne!(Rng::new(7).fork("faults").bits(), early);
        assert_ne!(Rng::new(8).fork("people").bits(), early);
    }

    #[test]
    fn spans_have_their_mean() {
        let mut rng = Rng::new(1);
        let sum: u64 = (0..10_000).map(|_| rng.pause(1_000)).sum();
        assert!(
            (900_000..1_100_000 * 10).contains(&sum) && sum / 10_000 > 900 && sum / 10_000 < 1_100,
            "{sum}"
        );
        assert!((0..1_000).all(|_| (3..=5).contains(&rng.between(3, 5))));
    }
}
