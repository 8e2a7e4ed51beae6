//! The one write path: what callers hand in waits in lanes, is grouped, and becomes durable in one transaction.
//!
//! A commit is *prepared* where it is called (encoding happens outside the writer), waits in its lane, and is
//! *applied* by the one writer of this process together with others that wait. In the good case the whole group is
//! written as if it were one commit. If one of them conflicts, the transaction is taken back and each is applied
//! under a savepoint of its own, so that a refused one leaves no trace and the others go through.

mod apply;
mod group;
mod outbox;
mod prepare;
mod queue;
mod side;
mod sweep;

use hansei_app::ports::{Claim, Committed, StoreError, StoreResult};
use jiff::Timestamp;
use tokio::sync::oneshot;

pub(crate) use group::{Meter, run_group};
pub(crate) use prepare::{Prepared, prepare};
pub(crate) use queue::{PEOPLE, Queue, Served};

/// Something that the writer does in a transaction.
pub(crate) enum Work {
    /// Commit what was decided.
    Commit(Box<Prepared>),
    /// Claim entries of the outbox.
    Claim {
        /// The caller's now.
        now: Timestamp,
        /// Until when they are claimed.
        lease_until: Timestamp,
        /// At most so many, of each kind of contact or of all together.
        room: Vec<(Option<&'static str>, usize)>,
    },
    /// End the claims of the process before.
    Release,
    /// Delete what has outlived its use, some rows at a time.
    Sweep {
        /// The caller's now.
        now: Timestamp,
        /// Older than this.
        before: Timestamp,
    },
}

impl Work {
    /// Roughly how many rows it writes: groups are bounded by the sum.
    pub fn weight(&self) -> usize {
        match self {
            Self::Commit(prepared) => prepared.weight(),
            Self::Claim { room, .. } => room.iter().map(|(_, places)| *places).sum(),
            Self::Release => 1,
            Self::Sweep { .. } => sweep::ROWS,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Done {
    /// Of a commit.
    Committed(Committed),
    /// Of a claim.
    Claims(Vec<Claim>),
    /// Of a release.
    Released,
    /// Of a sweep: how many rows, and whether there may be more.
    Swept(u64, bool),
}

/// Work with somebody who waits for it.
pub(crate) struct Job {
    /// What is to be done.
    pub work: Work,
    /// Who is told.
    pub answer: oneshot::Sender<StoreResult<Done>>,
}

/// The same error for another one who waits.
pub(crate) fn same(error: &StoreError) -> StoreError {
    match error {
        StoreError::Conflict => StoreError::Conflict,
        StoreError::Backlogged => StoreError::Backlogged,
        StoreError::Unavailable(text) => StoreError::Unavailable(text.clone()),
        StoreError::Corrupt(text) => StoreError::Corrupt(text.clone()),
        StoreError::Bug(text) => StoreError::Bug(text.clone()),
    }
}
