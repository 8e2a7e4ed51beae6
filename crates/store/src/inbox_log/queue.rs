//! Hand-over of appends to the writer thread.
//!
//! One short critical section per append; the writer takes everything that waits in a single swap, which is
//! what makes groups. Bounded in batches and bytes: a full queue refuses at once instead of waiting (R2).

use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::Position;
use super::error::AppendError;
use super::frame::AppendBatch;

/// One append on its way.
pub(super) struct Submission {
    pub batch: AppendBatch,
    pub done: oneshot::Sender<Result<Position, AppendError>>,
}

impl Submission {
    /// Tells the caller; one that went away is not missed.
    pub fn finish(self, outcome: Result<Position, AppendError>) {
        let _gone = self.done.send(outcome);
    }
}

/// What the writer got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Work,
    /// Nothing came for as long as the writer was willing to wait.
    Idle,
    /// Closed and empty.
    Closed,
}

pub(super) struct Queue {
    inner: Mutex<Inner>,
    arrived: Condvar,
    max_bytes: usize,
    max_batches: usize,
}

struct Inner {
    waiting: Vec<Submission>,
    bytes: usize,
    writer_parked: bool,
    /// Why nothing more is taken, once that is so.
    shut: Option<AppendError>,
}

impl Queue {
    pub fn new(max_bytes: usize, max_batches: usize) -> Self {
        let inner = Inner { waiting: Vec::new(), bytes: 0, writer_parked: false, shut: None };
        Self { inner: Mutex::new(inner), arrived: Condvar::new(), max_bytes, max_batches }
    }

    /// Queues a batch. `room` is what the backlog limit still allows.
    pub fn submit(
        &self,
        batch: AppendBatch,
        room: u64,
    ) -> Result<oneshot::Receiver<Result<Position, AppendError>>, AppendError> {
        let (done, outcome) = oneshot::channel();
        let mut inner = self.inner.lock();
        if let Some(reason) = inner.shut {
            return Err(reason);
        }
        let bytes = inner.bytes + batch.bytes();
        if bytes as u64 > room {
            return Err(AppendError::Backlogged);
        }
        // A single batch larger than the byte limit passes when nothing else waits.
        if inner.waiting.len() >= self.max_batches || (inner.bytes > 0 && bytes > self.max_bytes) {
            return Err(AppendError::Busy);
        }
        inner.bytes = bytes;
        inner.waiting.push(Submission { batch, done });
        let wake = std::mem::take(&mut inner.writer_parked);
        drop(inner);
        if wake {
            self.arrived.notify_one();
        }
        Ok(outcome)
    }

    /// Moves everything that waits into `into`, which must be empty; waits if there is nothing.
    pub fn take(&self, into: &mut Vec<Submission>, patience: Option<Duration>) -> Taken {
        let mut inner = self.inner.lock();
        loop {
            if !inner.waiting.is_empty() {
                std::mem::swap(&mut inner.waiting, into);
                inner.bytes = 0;
                return Taken::Work;
            }
            if inner.shut.is_some() {
                return Taken::Closed;
            }
            inner.writer_parked = true;
            match patience {
                None => self.arrived.wait(&mut inner),
                Some(patience) => {
                    let timed_out = self.arrived.wait_for(&mut inner, patience).timed_out();
                    if timed_out && inner.waiting.is_empty() && inner.shut.is_none() {
                        inner.writer_parked = false;
                        return Taken::Idle;
                    }
                }
            }
        }
    }

    /// Refuses everything from now on; what already waits is still written unless the log failed.
    pub fn shut(&self, reason: AppendError) {
        let mut inner = self.inner.lock();
        // A failure is the stronger statement, whichever came first.
        if inner.shut.is_none() || reason == AppendError::Failed {
            inner.shut = Some(reason);
        }
        inner.writer_parked = false;
        let abandoned =
            if reason == AppendError::Failed { std::mem::take(&mut inner.waiting) } else { Vec::new() };
        drop(inner);
        self.arrived.notify_all();
        for submission in abandoned {
            submission.finish(Err(AppendError::Failed));
        }
    }
}
