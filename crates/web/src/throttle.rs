//! Counting what one source does in a span of time, in memory of this node.

use std::collections::HashMap;

use hansei_domain::Timestamp;
use hansei_domain::ids::KeyId;
use parking_lot::Mutex;

/// Sources that are counted at once; there are never more keys than people made.
const MOST: usize = 10_000;

/// Admits so much per source and span.
pub struct PerSpan {
    limit: u32,
    secs: i64,
    seen: Mutex<HashMap<KeyId, (i64, u32)>>,
}

impl PerSpan {
    /// A counter that begins anew every so many seconds.
    pub fn new(limit: u32, secs: u32) -> Self {
        Self { limit, secs: i64::from(secs.max(1)), seen: Mutex::new(HashMap::new()) }
    }

    /// Counts, and tells whether the source is within its limit.
    pub fn admits(&self, key: KeyId, now: Timestamp, amount: usize) -> bool {
        let span = now.as_second().div_euclid(self.secs);
        let mut seen = self.seen.lock();
        if seen.len() >= MOST {
            seen.retain(|_, (at, _)| *at == span);
        }
        let (at, count) = seen.entry(key).or_insert((span, 0));
        if *at != span {
            (*at, *count) = (span, 0);
        }
        *count = count.saturating_add(u32::try_from(amount).unwrap_or(u32::MAX));
        *count <= self.limit
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::TypedId;

    use super::*;

    #[test]
    fn a_new_span_begins_anew_and_sources_do_not_share() {
        let counter = PerSpan::new(2, 60);
        let (a, b) = (KeyId::from_bits(1), KeyId::from_bits(2));
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        assert!(counter.admits(a, at(0), 1) && counter.admits(a, at(59), 1) && !counter.admits(a, at(59), 1));
        assert!(counter.admits(b, at(59), 2) && counter.admits(a, at(60), 1));
        assert!(!counter.admits(b, at(60), 3));
    }
}
