//! Where work waits for the writer: one queue per lane, taken in the order of the lanes (R18).

use std::collections::{HashSet, VecDeque};

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

#[derive(Default)]
struct Inner {
    lanes: [VecDeque<Job>; Lane::ALL.len()],
    /// Nothing more is taken, for this reason.
    shut: Option<StoreError>,
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
        self.shut(StoreError::Unavailable(format!("writing has ended until restart: {reason}")));
    }

    /// Takes nothing more and lets the writer end.
    pub fn end(&self) {
        self.shut(StoreError::Unavailable("the store is closed".into()));
        self.inner.lock().ending = true;
        self.arrived.notify_all();
        self.notify.notify_one();
    }
}

/// Takes work in the order of the lanes, as long as no two of it touch the same aggregate.
fn take_group(inner: &mut Inner) -> Vec<Job> {
    let mut group: Vec<Job> = Vec::new();
    let mut weight = 0;
    let mut touched = HashSet::new();
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
