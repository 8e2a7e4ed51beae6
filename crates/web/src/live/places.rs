//! Room for streams: how many are open, how many of one person, and how fast new ones are let in.

use std::collections::HashMap;
use std::sync::Arc;

use hansei_domain::ids::PersonId;
use parking_lot::Mutex;

/// Streams that may be opened at once after a pause.
const BUCKET: u32 = 500;
/// Streams that may be opened per second after that.
const REFILL_PER_SEC: u32 = 200;

/// How many streams there are, and how fast new ones come.
#[derive(Default)]
pub struct Places(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    open: usize,
    by_person: HashMap<PersonId, usize>,
    /// Streams admitted since `since` beyond what has been refilled.
    taken: f64,
    since: u64,
}

/// One open stream; its place is free again when this is dropped.
pub struct Place {
    places: Arc<Places>,
    person: PersonId,
}

impl Places {
    /// Takes a place for a person at this (monotonic) instant, if there is one: at most so many in all, and for each.
    pub fn take(
        self: &Arc<Self>,
        person: PersonId,
        now: u64,
        most: usize,
        most_each: usize,
    ) -> Option<Place> {
        let mut counts = self.0.lock();
        let refilled = now.saturating_sub(counts.since) as f64 / 1e9 * f64::from(REFILL_PER_SEC);
        (counts.taken, counts.since) = ((counts.taken - refilled).max(0.0), now);
        let own = counts.by_person.get(&person).copied().unwrap_or(0);
        if counts.open >= most || own >= most_each || counts.taken + 1.0 > f64::from(BUCKET) {
            return None;
        }
        counts.taken += 1.0;
        counts.open += 1;
        counts.by_person.insert(person, own + 1);
        Some(Place { places: Arc::clone(self), person })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.0.lock();
        counts.open = counts.open.saturating_sub(1);
        let left = counts.by_person.get(&self.person).map_or(0, |n| n.saturating_sub(1));
        if left == 0 {
            counts.by_person.remove(&self.person);
        } else {
            counts.by_person.insert(self.person, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::TypedId;

    use super::*;

    #[test]
    fn a_crowd_is_let_in_little_by_little_and_nobody_takes_all() {
        let places = Arc::new(Places::default());
        let person = |n: u128| PersonId::from_bits(n);
        let held: Vec<_> = (0..3).map(|_| places.take(person(1), 0, 9, 2)).collect();
        assert_eq!(held.iter().flatten().count(), 2, "two each");
        drop(held);
        let crowd: Vec<_> = (0..1_000).map(|n| places.take(person(n), 0, 5_000, 2)).collect();
        assert_eq!(crowd.iter().flatten().count(), 498, "the bucket, less the two from before");
        let later: Vec<_> = (0..1_000).map(|n| places.take(person(n), 1_000_000_000, 5_000, 2)).collect();
        assert_eq!(later.iter().flatten().count(), 200);
        drop((crowd, later));
        assert_eq!(places.0.lock().open, 0);
        assert!(places.take(person(5), 60_000_000_000, 1, 1).is_some());
    }
}
