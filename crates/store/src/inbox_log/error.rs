//! What can go wrong, by operation. Every text names the file and the place where an operator must look.

use std::io;

/// Why a record was not added to a batch.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// A record has at least one byte.
    #[error("an inbox record must not be empty")]
    Empty,
    /// The payload is above [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
    #[error("an inbox record of {bytes} bytes is above the limit of {max}", max = super::MAX_RECORD_BYTES)]
    RecordTooLarge {
        /// Size of the refused payload.
        bytes: usize,
    },
    /// The batch would exceed [`MAX_BATCH_BYTES`](super::MAX_BATCH_BYTES); append it and begin another.
    #[error("the batch is full")]
    BatchTooLarge,
    /// The caller's own writing failed.
    #[error("the record could not be written into the batch")]
    Fill(#[source] io::Error),
}

/// Why an append was not acknowledged. All of them mean 503 with `Retry-After` to a sender (R2).
///
/// Not acknowledged is not the same as not stored: after [`Failed`](Self::Failed),
/// [`TimedOut`](Self::TimedOut) and, if the process then crashes, [`Full`](Self::Full), the records may still
/// turn up. A sender that repeats is absorbed by deduplication (R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A write or sync failed earlier; the log takes nothing more until the process is restarted and has
    /// recovered (F6). [`InboxLog::failure`](super::InboxLog::failure) tells why.
    #[error("the inbox log has failed and accepts nothing until restart")]
    Failed,
    /// No space could be prepared for the records. Passes when space returns (R27).
    #[error("the disk has no room for the inbox log")]
    Full,
    /// More bytes than configured wait to be decided.
    #[error("too much accepted work is still waiting to be decided")]
    Backlogged,
    /// More than configured waits to be written.
    #[error("too many appends are waiting for the disk")]
    Busy,
    /// The disk did not answer in the configured time; the outcome is unknown.
    #[error("the disk did not confirm the append in time")]
    TimedOut,
    /// The log was closed.
    #[error("the inbox log is closed")]
    Closed,
    /// The batch has no record.
    #[error("the batch is empty")]
    Empty,
    /// The batch can't fit into one segment of this log.
    #[error("the batch is larger than a segment of the inbox log")]
    TooLarge,
}

/// Why records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The records after this position were decided and their space was used again.
    #[error("records after {after} are no longer in the inbox log, the first one left is {first}")]
    Trimmed {
        /// The position asked for.
        after: u64,
        /// First record still there.
        first: u64,
    },
    /// A synced record can't be read back (R26).
    #[error("record {seq} in {file} at byte {offset} is damaged")]
    Damaged {
        /// Which file.
        file: String,
        /// Where its frame begins.
        offset: u64,
        /// Which record.
        seq: u64,
    },
    /// The file system refused.
    #[error("cannot read {file}")]
    Io {
        /// Which file.
        file: String,
        /// What it said.
        #[source]
        source: io::Error,
    },
}

/// Why the log refused to open. Nothing is changed on disk before all of these are ruled out, except that
/// left-overs of interrupted preallocation are removed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration can't work.
    #[error("inbox log configuration: {0}")]
    Config(&'static str),
    /// The file system refused.
    #[error("cannot {what} {file}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        file: String,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start the inbox log's threads")]
    Thread(#[source] io::Error),
    /// Both copies of a segment's header are unreadable.
    #[error("{file} at byte 0: the segment header is damaged, in both copies")]
    HeaderDamaged {
        /// Which file.
        file: String,
    },
    /// Written by a later release.
    #[error("{file} has format version {version}; this release reads {supported}")]
    UnknownVersion {
        /// Which file.
        file: String,
        /// Its version.
        version: u32,
        /// The version this release writes and reads.
        supported: u32,
    },
    /// A segment is shorter than its header says.
    #[error("{file} was cut: {size} of {capacity} bytes are left")]
    Cut {
        /// Which file.
        file: String,
        /// Its length now.
        size: u64,
        /// Its length when it was made.
        capacity: u64,
    },
    /// A record that was synced is unreadable although later ones are there (R26).
    #[error("{file} at byte {offset}: record {seq} is damaged, but {proof} shows that it had been stored")]
    Damaged {
        /// Which file.
        file: String,
        /// Where the frame should begin.
        offset: u64,
        /// Which record.
        seq: u64,
        /// What proves it, for people.
        proof: String,
    },
    /// Two segments claim the same records.
    #[error("{file} and {other} both hold record {seq}")]
    Overlap {
        /// One file.
        file: String,
        /// The other.
        other: String,
        /// The first record claimed twice.
        seq: u64,
    },
    /// The store has decided less than the log has already given up: the two do not belong together.
    #[error(
        "the store has decided up to record {decided}, but the inbox log begins with {first} ({file}): \
         restore the store and the inbox from the same backup"
    )]
    Missing {
        /// Position stored by the decider.
        decided: u64,
        /// First record there is.
        first: u64,
        /// Where that is.
        file: String,
    },
}

/// Why pending records could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target already holds files.
    #[error("{0} is not empty")]
    NotEmpty(String),
    /// The records to copy could not be read.
    #[error("cannot read the records to copy")]
    Read(#[from] ReadError),
    /// The target could not be written.
    #[error("cannot write {file}")]
    Io {
        /// Which file.
        file: String,
        /// What it said.
        #[source]
        source: io::Error,
    },
}
