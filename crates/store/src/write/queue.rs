//! Where work waits for the writer: one queue per lane, taken in the order of the lanes (R18).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use hansei_app::ports::{Lane, StoreError, StoreResult};
use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::{Job, Work, same};

/// Most commits of one transaction.
const MAX_GROUP: usize = 256;
/// Most rows of one transaction, unless a single commit has more: the writer must stay free for pages (R23).
const MAX_WEIGHT: usize = 2_000;
/// Most work that waits in one lane; more is refused, so that nobody waits for long and memory is bounded.
const MAX_WAITING: usize = 20_000;

/// Lanes in which somebody at a screen or a client waits for the answer.
pub(crate) const PEOPLE: [Lane; 2] = [Lane::Acks, Lane::Timeline];

#[derive(Default)]
struct Inner {
    lanes: [VecDeque<Job>; Lane::ALL.len()],
    /// Nothing more is taken, for this reason.
    shut: Option<StoreError>,
    /// What a disk or the database said that only a restart mends.
    trouble: Option<String>,
    /// The writer ends when nothing waits any more.
    ending: bool,
}

/// The lanes.
#[derive(Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    arrived: Condvar,
    notify: Notify,
}

impl Queue {
    /// Lets work wait in a lane.
    pub fn push(&self, lane: Lane, job: Job) -> StoreResult<()> {
        let mut inner = self.inner.lock();
        if let Some(error) = &inner.shut {
            return Err(same(error));
        }
        let waiting = &mut inner.lanes[lane as usize];
        if waiting.len() >= MAX_WAITING {
            return Err(StoreError::Unavailable(format!("too many writes wait in lane {}", lane.as_str())));
        }
        waiting.push_back(job);
        drop(inner);
        self.arrived.notify_one();
        self.notify.notify_one();
        Ok(())
    }

    /// The next group, when there is one; `None` when the queue has ended. Blocks its thread.
    pub fn next_blocking(&self) -> Option<Vec<Job>> {
        let mut inner = self.inner.lock();
        loop {
            let group = take_group(&mut inner);
            if !group.is_empty() {
                return Some(group);
            }
            if inner.ending {
                return None;
            }
            self.arrived.wait(&mut inner);
        }
    }

    /// Like [`Self::next_blocking`], for a task.
    pub async fn next(&self) -> Option<Vec<Job>> {
        loop {
            {
                let mut inner = self.inner.lock();
                let group = take_group(&mut inner);
                if !group.is_empty() {
                    return Some(group);
                }
                if inner.ending {
                    return None;
                }
            }
            self.notify.notified().await;
        }
    }

    /// Answers everything that waits with an error: the database cannot be reached, so it would only wait longer
    /// than its callers do.
    pub fn refuse_waiting(&self, error: &StoreError) {
        let mut inner = self.inner.lock();
        let waiting: Vec<Job> = inner.lanes.iter_mut().flat_map(std::mem::take).collect();
        drop(inner);
        for job in waiting {
            let _ = job.answer.send(Err(same(error)));
        }
    }

    /// Takes nothing more, for a reason; what waits is still done.
    pub fn shut(&self, error: StoreError) {
        let mut inner = self.inner.lock();
        inner.shut.get_or_insert(error);
    }

    /// Takes nothing more until a restart, because of what a disk or the database said.
    pub fn shut_for(&self, reason: &str) {
        self.inner.lock().trouble.get_or_insert_with(|| reason.to_owned());
        self.shut(StoreError::Unavailable(format!("writing has ended until restart: {reason}")));
    }

    /// What only a restart mends, if something is so.
    pub fn trouble(&self) -> Option<String> {
        self.inner.lock().trouble.clone()
    }

    /// Takes nothing more and lets the writer end.
    pub fn end(&self) {
        self.shut(StoreError::Unavailable("the store is closed".into()));
        self.inner.lock().ending = true;
        self.arrived.notify_all();
        self.notify.notify_one();
    }
}

/// Held by whoever writes: however it ends, nobody waits for it any longer.
pub(crate) struct Served(Arc<Queue>);

impl Served {
    /// The writer of this queue begins.
    pub fn new(queue: &Arc<Queue>) -> Self {
        Self(Arc::clone(queue))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.end();
        self.0.refuse_waiting(&StoreError::Unavailable("the writer has ended".into()));
    }
}

/// Takes work in the order of the lanes, as long as no two of it touch the same aggregate.
fn take_group(inner: &mut Inner) -> Vec<Job> {
    let mut group: Vec<Job> = Vec::new();
    let mut weight = 0;
    let mut touched = HashSet::new();
    // Whoever has been told that it did not happen must not find it done later.
    for lane in PEOPLE {
        inner.lanes[lane as usize].retain(|job| !job.answer.is_closed());
    }
    let waiting: usize = inner.lanes.iter().map(VecDeque::len).sum();
    for lane in &mut inner.lanes {
        while let Some(front) = lane.front() {
            if !group.is_empty() && (group.len() >= MAX_GROUP || weight + front.work.weight() > MAX_WEIGHT) {
                return group;
            }
            if let Work::Commit(prepared) = &front.work {
                // A single commit needs no comparison.
                if waiting > 1 && prepared.touches.iter().any(|id| touched.contains(id)) {
                    break;
                }
                if waiting > 1 {
                    touched.extend(prepared.touches.iter().copied());
                }
            }
            weight += front.work.weight();
            group.extend(lane.pop_front());
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{Done, prepare};
    use hansei_app::ports::{Commit, Observed};
    use hansei_domain::alert::Observation;
    use hansei_domain::ids::{AlertId, TypedId};
    use jiff::Timestamp;
    use tokio::sync::oneshot;

    type Answer = oneshot::Receiver<StoreResult<Done>>;

    /// A commit that touches these alerts.
    fn touching(alerts: &[u128]) -> (Job, Answer) {
        let now = Timestamp::UNIX_EPOCH;
        let observation =
            Observation { last_seen_at: now, last_fired: None, seen_count: 1, expires_at: None };
        let observed =
            alerts.iter().map(|n| Observed { alert_id: AlertId::from_bits(*n), observation, firing: false });
        let commit = Commit { observed: observed.collect(), ..Commit::default() };
        let (answer, answered) = oneshot::channel();
        (Job { work: Work::Commit(Box::new(prepare(commit, now).unwrap())), answer }, answered)
    }

    fn touched(group: &[Job]) -> Vec<u128> {
        let first = |job: &Job| match &job.work {
            Work::Commit(prepared) => match prepared.touches[0] {
                hansei_domain::journal::AggregateId::Alert(id) => id.bits(),
                _ => 0,
            },
            _ => 0,
        };
        group.iter().map(first).collect()
    }

    fn queue(waiting: &[(Lane, &[u128])]) -> (Queue, Vec<Answer>) {
        let queue = Queue::default();
        let mut answers = Vec::new();
        for (lane, alerts) in waiting {
            let (job, answer) = touching(alerts);
            queue.push(*lane, job).unwrap();
            answers.push(answer);
        }
        (queue, answers)
    }

    #[test]
    fn pages_go_before_signals_whenever_they_came() {
        let (queue, _answers) =
            queue(&[(Lane::Digests, &[1]), (Lane::Intake, &[2]), (Lane::Pages, &[3]), (Lane::Acks, &[4])]);
        assert_eq!(touched(&queue.next_blocking().unwrap()), [3, 4, 2, 1]);
    }

    #[test]
    fn two_that_touch_the_same_are_not_in_one_group_and_keep_their_order() {
        let (queue, _answers) = queue(&[
            (Lane::Intake, &[1, 2]),
            (Lane::Intake, &[3]),
            (Lane::Intake, &[4, 2]),
            (Lane::Intake, &[5]),
            (Lane::Timeline, &[6]),
        ]);
        assert_eq!(touched(&queue.next_blocking().unwrap()), [1, 3, 6], "other lanes need not wait");
        assert_eq!(touched(&queue.next_blocking().unwrap()), [4, 5]);
    }

    #[test]
    fn a_group_has_a_limit_and_one_larger_than_it_goes_alone() {
        let many: Vec<u128> = (0..MAX_WEIGHT as u128 + 10).collect();
        let (queue, _answers) =
            queue(&[(Lane::Acks, &[900_000]), (Lane::Intake, &many), (Lane::Intake, &[900_001])]);
        assert_eq!(touched(&queue.next_blocking().unwrap()), [900_000]);
        assert_eq!(touched(&queue.next_blocking().unwrap()), [0]);
        assert_eq!(touched(&queue.next_blocking().unwrap()), [900_001]);
    }

    #[test]
    fn what_waits_is_answered_when_the_database_is_away() {
        let (queue, mut answers) = queue(&[(Lane::Acks, &[1]), (Lane::Mail, &[2])]);
        queue.refuse_waiting(&StoreError::Unavailable("away".into()));
        for answer in &mut answers {
            assert!(matches!(answer.try_recv().unwrap(), Err(StoreError::Unavailable(_))));
        }
    }

    #[test]
    fn a_request_that_was_given_up_before_its_turn_is_not_done() {
        let (queue, mut answers) =
            queue(&[(Lane::Acks, &[1]), (Lane::Acks, &[2]), (Lane::Timeline, &[3]), (Lane::Pages, &[4])]);
        // The outcome of an attempt to tell somebody is a fact, whether or not anybody waits for it to be written.
        for given_up in [3, 2, 0] {
            drop(answers.remove(given_up));
        }
        assert_eq!(touched(&queue.next_blocking().unwrap()), [4, 2]);
    }

    #[test]
    fn what_was_accepted_is_still_done_at_the_end_and_nothing_more_is_taken() {
        let (queue, _answers) = queue(&[(Lane::Acks, &[1])]);
        queue.end();
        assert!(queue.push(Lane::Acks, touching(&[2]).0).is_err());
        assert_eq!(touched(&queue.next_blocking().unwrap()), [1]);
        assert!(queue.next_blocking().is_none());
    }

    #[test]
    fn a_lane_that_is_full_refuses_and_the_others_do_not() {
        let queue = Queue::default();
        let mut answers = Vec::new();
        for _ in 0..MAX_WAITING {
            let (job, answer) = touching(&[1]);
            queue.push(Lane::Digests, job).unwrap();
            answers.push(answer);
        }
        assert!(matches!(queue.push(Lane::Digests, touching(&[1]).0), Err(StoreError::Unavailable(_))));
        queue.push(Lane::Pages, touching(&[2]).0).unwrap();
    }
}
