//! R1: what was accepted is decided soon. How long each signal lay in the inbox follows from what the store took in
//! and gave up, in order; while nothing stood in the way, that is seconds.

use super::Findings;
use super::sky::Sky;
use super::story::{About, clock};
use crate::sim::Simulated;
use crate::sim::ledger::At;

/// From the durable signal to its decision while nothing is wrong, microseconds.
const IN_TIME: At = 5_000_000;
/// Troubles within this before it arrived may have touched it, microseconds.
const AFTERMATH: At = 60_000_000;

/// What had arrived and what had been decided, over time; counted from the beginning.
pub(crate) struct Waiting {
    arrived: Vec<(At, u64)>,
    decided: Vec<(At, u64)>,
}

impl Waiting {
    pub(crate) fn of(run: &Simulated) -> Self {
        let sums = |steps: &[(At, u64)]| {
            let mut sum = 0;
            let add = |(at, count): &(At, u64)| {
                sum += count;
                (*at, sum)
            };
            steps.iter().map(add).collect::<Vec<_>>()
        };
        Self { arrived: sums(&run.ledger.arrived), decided: sums(&run.ledger.decided) }
    }

    /// When everything had been decided that had arrived at an instant; `None` = never.
    pub(crate) fn decided_by(&self, at: At) -> Option<At> {
        let place = self.arrived.partition_point(|(arrived, _)| *arrived <= at);
        match place.checked_sub(1).and_then(|last| self.arrived.get(last)) {
            Some((_, count)) => self.when(*count).map(|decided| decided.max(at)),
            None => Some(at),
        }
    }

    fn when(&self, count: u64) -> Option<At> {
        let place = self.decided.partition_point(|(_, sum)| *sum < count);
        self.decided.get(place).map(|(at, _)| *at)
    }
}

pub(super) fn check(run: &Simulated, waiting: &Waiting, sky: &Sky, found: &mut Findings<'_>) {
    for (at, count) in &waiting.arrived {
        let until = waiting.when(*count).unwrap_or(run.spans.2);
        if until - at <= IN_TIME {
            continue;
        }
        // Whoever decided may have died: then another one must first be sure of that.
        let troubled = sky.disturbed(at - AFTERMATH, until);
        let bound = if troubled { IN_TIME + run.config.taken_over_within() } else { IN_TIME };
        let idle = sky.idle(*at, until, *at);
        if idle > bound {
            let what = format!(
                "signals accepted at {} lay undecided for {} s while nothing was in the way",
                clock(*at),
                idle / 1_000_000
            );
            found.report("R1", what, About::Nothing);
        }
    }
}
