//! The durable inbox: every accepted alert signal is here before its sender is told 202 (R1, R2).
//!
//! Life of a record: an intake handler frames its signals into an [`AppendBatch`] and awaits
//! [`InboxLog::append`]; one writer thread writes everything that waits with one call and one `fdatasync` and
//! then answers all of it. A decider follows behind with [`InboxLog::wait_beyond`] and
//! [`InboxLog::read_after`], and stores its position in the same transaction as what it decided, so that each
//! record is transferred exactly once. After that commit it calls [`InboxLog::trim`], and the segment files
//! whose records are all decided are used again. [`InboxLog::open`] is given the stored position.
//!
//! Invariants:
//! - what `append` has answered with `Ok`, and what `read_after` has returned, survives a crash of the process
//!   or the machine at any instant;
//! - sequence numbers begin at 1, are consecutive, and never go back, even if everything was decided;
//! - opening either finds everything that was acknowledged or refuses and says where (R26);
//! - a failed sync ends the log, it is never tried again (F6); a full disk refuses appends and passes (R27);
//! - no append waits longer than the configured time (R2), and no queue grows without bound.
//!
//! The position given to `open` must never be older than the last one trimmed: trim after the commit, never
//! before. One process at a time: the store's instance lock is the guard. Payloads are opaque here.
//!
//! What is not promised: an append that was *not* acknowledged may still be stored, and damage to the very
//! last group, if the process died within a second of writing it, can't be told from a torn write.

mod config;
mod copy;
mod disk;
mod error;
mod frame;
mod holds;
mod layer;
mod memory;
mod meter;
mod pool;
mod queue;
mod reader;
mod recovery;
mod ring;
mod scan;
mod segment;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

pub use config::{InboxConfig, InboxPorts};
pub use copy::Copied;
pub use error::{AppendError, CopyError, OpenError, PushError, ReadError};
pub use frame::{AppendBatch, MAX_BATCH_BYTES, MAX_RECORD_BYTES, RecordWriter};
pub use holds::Hold;
pub use layer::{DiskDir, LogDir, LogFile};
pub use meter::{InboxStats, SYNC_BUCKETS_MICROS};
pub use reader::Batch;
pub use recovery::Recovery;

use disk::DiskLog;
use memory::MemoryLog;

/// The numbers an appended batch got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Sequence number of its first record.
    pub first: u64,
    /// Sequence number of its last record.
    pub last: u64,
}

/// What is stored and not yet decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Records.
    pub records: u64,
    /// Bytes in the log, framing included; up to 64 KiB (or one batch) too high while there is any.
    pub bytes: u64,
}

/// The log has ended, by [`InboxLog::close`] or by a failure, and holds no record beyond the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the inbox log has ended")]
pub struct LogEnded;

/// A handle to the log; clones are the same log. Dropping the last one writes what waits and ends the
/// threads, like [`Self::close`].
#[derive(Clone)]
pub struct InboxLog {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Disk(Arc<DiskLog>),
    Memory(Arc<MemoryLog>),
}

impl InboxLog {
    /// Opens the log in a directory, or makes one. `decided` is the position the store has recorded: all
    /// records up to it are decided. Reads what is not, so it can take a while with a large backlog; blocking.
    pub fn open(
        path: &Path,
        config: InboxConfig,
        ports: InboxPorts,
        decided: u64,
    ) -> Result<(Self, Recovery), OpenError> {
        let dir = DiskDir::open(path).map_err(|source| OpenError::Io {
            what: "create",
            file: path.display().to_string(),
            source,
        })?;
        Self::open_in(Arc::new(dir), config, ports, decided)
    }

    /// Like [`Self::open`], over any implementation of the file layer.
    pub fn open_in(
        dir: Arc<dyn LogDir>,
        config: InboxConfig,
        ports: InboxPorts,
        decided: u64,
    ) -> Result<(Self, Recovery), OpenError> {
        let (log, recovery) = DiskLog::open(dir, config, ports, decided)?;
        Ok((Self { kind: Kind::Disk(Arc::new(log)) }, recovery))
    }

    /// A log in memory, for tests and the simulator: no threads, no files, everything happens at once.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::in_memory_with(InboxConfig::default())
    }

    /// Like [`Self::in_memory`], with limits.
    #[must_use]
    pub fn in_memory_with(config: InboxConfig) -> Self {
        Self { kind: Kind::Memory(Arc::new(MemoryLog::new(config))) }
    }

    /// Ends a log in memory as a crash would and returns the one that the restarted process opens: it holds
    /// everything acknowledged that is not yet decided. `None` for a log on disk, which is reopened instead.
    #[must_use]
    pub fn crash(&self, decided: u64) -> Option<Self> {
        match &self.kind {
            Kind::Disk(_) => None,
            Kind::Memory(log) => Some(Self { kind: Kind::Memory(Arc::new(log.crash(decided))) }),
        }
    }

    /// Makes a log in memory refuse every append with `reason`, until it is called with `None`: a full disk,
    /// a failed one, a backlog. Does nothing to a log on disk.
    pub fn refuse(&self, reason: Option<AppendError>) {
        if let Kind::Memory(log) = &self.kind {
            log.refuse(reason);
        }
    }

    /// Hands a batch to the writer without waiting. Dropping the returned future does not take it back.
    pub fn submit(&self, batch: AppendBatch) -> Result<PendingAppend, AppendError> {
        match &self.kind {
            Kind::Disk(log) => Ok(PendingAppend(Outcome::Waits(log.submit(batch)?))),
            Kind::Memory(log) => Ok(PendingAppend(Outcome::Known(log.append(batch)))),
        }
    }

    /// Stores a batch. `Ok` means: on disk, synced; only then may a sender be told 2xx. Refusals for lack of
    /// room come at once, and a disk that does not answer gives `TimedOut` after the configured time, for
    /// which this must run on a Tokio runtime with its timer enabled.
    pub async fn append(&self, batch: AppendBatch) -> Result<Position, AppendError> {
        let pending = self.submit(batch)?;
        match (&self.kind, self.config().append_timeout) {
            (Kind::Disk(_), Some(limit)) => match tokio::time::timeout(limit, pending).await {
                Ok(outcome) => outcome,
                Err(_) => Err(AppendError::TimedOut),
            },
            _ => pending.await,
        }
    }

    /// Stored records after position `after`, in order: at most `max_records`, about `max_bytes` of payload,
    /// but at least one if there is one. Pass [`Batch::last`] next time. Recent records come from memory;
    /// otherwise this reads the file and blocks for as long as that takes.
    pub fn read_after(&self, after: u64, max_records: usize, max_bytes: usize) -> Result<Batch, ReadError> {
        match &self.kind {
            Kind::Disk(log) => log.state.read_after(after, max_records, max_bytes),
            Kind::Memory(log) => log.read_after(after, max_records, max_bytes),
        }
    }

    /// Waits until a record after `seq` is stored and returns the number of the last one.
    pub async fn wait_beyond(&self, seq: u64) -> Result<u64, LogEnded> {
        let mut synced = match &self.kind {
            Kind::Disk(log) => log.state.subscribe(),
            Kind::Memory(log) => log.subscribe(),
        };
        match synced.wait_for(|synced| synced.last > seq || synced.ended).await {
            Ok(synced) if synced.last > seq => Ok(synced.last),
            _ => Err(LogEnded),
        }
    }

    /// Records up to `upto` are decided, and the store's commit that says so is durable: their space may be
    /// used again. Cheap; touches no file.
    pub fn trim(&self, upto: u64) {
        match &self.kind {
            Kind::Disk(log) => log.give_back(log.state.trim(upto)),
            Kind::Memory(log) => log.trim(upto),
        }
    }

    /// Keeps everything readable that is undecided now, until the value is dropped. A backup takes one before
    /// its snapshot of the store, so that what the snapshot has not decided is still there to be copied.
    pub fn hold(&self) -> Hold {
        self.hold_from(None)
    }

    fn hold_after(&self, after: u64) -> Hold {
        self.hold_from(Some(after))
    }

    fn hold_from(&self, after: Option<u64>) -> Hold {
        match &self.kind {
            Kind::Disk(log) => {
                let (id, after) = log.state.hold(after);
                let (state, pool) = (Arc::clone(&log.state), log.pool());
                Hold::new(after, move || pool.give(state.unhold(id)))
            }
            Kind::Memory(log) => {
                let (id, after) = log.hold(after);
                let log = Arc::clone(log);
                Hold::new(after, move || log.unhold(id))
            }
        }
    }

    /// Writes every record after `after` that is stored at this moment into a log of its own in `path`, which
    /// [`Self::open`] opens with `after` as the decided position. For backups; blocking. The directory must
    /// be empty or not exist.
    pub fn copy_pending_to(&self, path: &Path, after: u64) -> Result<Copied, CopyError> {
        let dir = DiskDir::open(path)
            .map_err(|source| CopyError::Io { file: path.display().to_string(), source })?;
        self.copy_pending_into(&(Arc::new(dir) as Arc<dyn LogDir>), after)
    }

    /// Like [`Self::copy_pending_to`], over any implementation of the file layer.
    pub fn copy_pending_into(&self, target: &Arc<dyn LogDir>, after: u64) -> Result<Copied, CopyError> {
        // A copy of a log in memory never meets hostile stale bytes, so its salt need not be secret.
        let salt = match &self.kind {
            Kind::Disk(log) => (log.ports.salt)(),
            Kind::Memory(_) => 0x1b0c_0a7e,
        };
        copy::copy_pending(self, target, after, self.config().segment_bytes, salt)
    }

    /// Number of the last stored record; 0 if there never was one.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        match &self.kind {
            Kind::Disk(log) => log.state.last(),
            Kind::Memory(log) => log.last(),
        }
    }

    /// What is stored and not yet decided.
    #[must_use]
    pub fn backlog(&self) -> Backlog {
        match &self.kind {
            Kind::Disk(log) => log.state.backlog(),
            Kind::Memory(log) => log.backlog(),
        }
    }

    /// Why the log failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        match &self.kind {
            Kind::Disk(log) => log.state.failure().map(str::to_owned),
            Kind::Memory(_) => None,
        }
    }

    /// Counters since opening.
    #[must_use]
    pub fn stats(&self) -> InboxStats {
        match &self.kind {
            Kind::Disk(log) => log.meter.read(),
            Kind::Memory(log) => log.meter.read(),
        }
    }

    /// Takes no more appends, writes those that wait, and ends the threads. Blocking; may be called again.
    pub fn close(&self) {
        match &self.kind {
            Kind::Disk(log) => log.close(),
            Kind::Memory(log) => log.close(),
        }
    }

    fn config(&self) -> &InboxConfig {
        match &self.kind {
            Kind::Disk(log) => &log.config,
            Kind::Memory(log) => &log.config,
        }
    }
}

impl fmt::Debug for InboxLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxLog").field("last_seq", &self.last_seq()).finish_non_exhaustive()
    }
}

/// An append on its way; see [`InboxLog::submit`].
#[derive(Debug)]
#[must_use = "a sender may be told 2xx only after this has returned Ok"]
pub struct PendingAppend(Outcome);

#[derive(Debug)]
enum Outcome {
    Waits(oneshot::Receiver<Result<Position, AppendError>>),
    Known(Result<Position, AppendError>),
}

impl Future for PendingAppend {
    type Output = Result<Position, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Outcome::Known(outcome) => Poll::Ready(*outcome),
            // The writer lets go of an append without an answer only when it fails.
            Outcome::Waits(answer) => {
                Pin::new(answer).poll(context).map(|answer| answer.unwrap_or(Err(AppendError::Failed)))
            }
        }
    }
}
