//! Deadlines that come to nothing: left alone for a while, so that they neither spin nor hide later ones.

use std::collections::HashMap;

use hansei_domain::journal::AggregateId;
use parking_lot::Mutex;

/// Pause before a deadline that could not be decided is tried again: doubling from a second to this, nanoseconds.
const LONGEST_PAUSE_NANOS: u64 = 60_000_000_000;

/// Deadlines that could not be decided: left alone for a while, so that they neither spin nor hide later ones.
#[derive(Default)]
pub struct Undecidable(Mutex<HashMap<AggregateId, Stuck>>);

#[derive(Clone, Copy)]
struct Stuck {
    pause_nanos: u64,
    until_nanos: u64,
}

impl Undecidable {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether this one is left alone for now.
    pub(crate) fn rests(&self, id: AggregateId, now: u64) -> bool {
        self.0.lock().get(&id).is_some_and(|stuck| now < stuck.until_nanos)
    }

    /// It came to nothing: it is left alone for twice as long as before.
    pub(crate) fn failed(&self, id: AggregateId, now: u64) {
        let mut all = self.0.lock();
        let before = all.get(&id).map_or(500_000_000, |stuck| stuck.pause_nanos);
        let pause_nanos = (before * 2).min(LONGEST_PAUSE_NANOS);
        all.insert(id, Stuck { pause_nanos, until_nanos: now.saturating_add(pause_nanos) });
    }

    /// Forgets those that are not due any more.
    pub(crate) fn keep(&self, due: &[AggregateId]) {
        let mut all = self.0.lock();
        if !all.is_empty() {
            all.retain(|id, _| due.contains(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::{IncidentId, TypedId};

    use super::*;

    #[test]
    fn a_deadline_that_comes_to_nothing_rests_ever_longer_until_it_is_not_due_any_more() {
        let (stuck, second) = (Undecidable::default(), 1_000_000_000);
        let id = AggregateId::Incident(IncidentId::from_bits(1));
        assert!(!stuck.rests(id, 0));
        stuck.failed(id, 0);
        assert!(stuck.rests(id, second - 1) && !stuck.rests(id, second));
        for _ in 0..9 {
            stuck.failed(id, second);
        }
        assert!(stuck.rests(id, 60 * second) && !stuck.rests(id, 61 * second));
        stuck.keep(&[id]);
        assert_eq!(stuck.len(), 1);
        stuck.keep(&[]);
        assert!(stuck.len() == 0 && !stuck.rests(id, second));
    }
}
