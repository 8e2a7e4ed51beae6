//! Counting what one source does in a minute, in memory of this node.

use std::collections::HashMap;

use hansei_domain::Timestamp;
use hansei_domain::ids::KeyId;
use parking_lot::Mutex;

/// Sources that are counted at once; there are never more keys than people made.
const MOST: usize = 10_000;

/// Admits so many per source and minute.
pub struct PerMinute {
    limit: u32,
    seen: Mutex<HashMap<KeyId, (i64, u32)>>,
}

impl PerMinute {
    /// A counter.
    pub fn new(limit: u32) -> Self {
        Self { limit, seen: Mutex::new(HashMap::new()) }
    }

    /// Counts one, and tells whether it is within the limit.
    pub fn admits(&self, key: KeyId, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        let mut seen = self.seen.lock();
        if seen.len() >= MOST {
            seen.retain(|_, (at, _)| *at == minute);
        }
        let (at, count) = seen.entry(key).or_insert((minute, 0));
        if *at != minute {
            (*at, *count) = (minute, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.limit
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::TypedId;

    use super::*;

    #[test]
    fn a_new_minute_begins_anew_and_sources_do_not_share() {
        let counter = PerMinute::new(2);
        let (a, b) = (KeyId::from_bits(1), KeyId::from_bits(2));
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        assert!(counter.admits(a, at(0)) && counter.admits(a, at(59)) && !counter.admits(a, at(59)));
        assert!(counter.admits(b, at(59)) && counter.admits(a, at(60)));
    }
}
