//! Settings of the inbox log and what it is given from outside.

use std::sync::Arc;
use std::time::Duration;

use super::error::OpenError;
use super::segment::DATA_START;

/// Settings. The defaults suit a single node; tests use small segments.
#[derive(Debug, Clone)]
pub struct InboxConfig {
    /// Size of one segment file in bytes; a multiple of 4096. A batch must fit into one segment.
    pub segment_bytes: u64,
    /// Decided segments kept for use again; more are removed.
    pub max_spares: usize,
    /// Memory for recent undecided records, so that a decider that keeps up never reads the disk.
    pub ring_bytes: usize,
    /// Undecided bytes above which appends are refused with `Backlogged`.
    pub backlog_bytes: u64,
    /// Bytes waiting to be written above which appends are refused with `Busy`.
    pub queue_bytes: usize,
    /// Batches waiting to be written above which appends are refused with `Busy`.
    pub queue_batches: usize,
    /// How long `append` waits for the disk; below 2 s, so that the answer leaves in time (R2). `None` waits as long as it takes and
    /// needs no timer.
    pub append_timeout: Option<Duration>,
    /// After this long without appends a mark is written behind the last record, so that later damage to it
    /// is told from an append that was cut short. `None` writes it at `close` only.
    pub idle_mark: Option<Duration>,
}

impl Default for InboxConfig {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            max_spares: 2,
            ring_bytes: 16 << 20,
            backlog_bytes: 4 << 30,
            queue_bytes: 32 << 20,
            queue_batches: 65_536,
            append_timeout: Some(Duration::from_millis(1500)),
            idle_mark: Some(Duration::from_secs(1)),
        }
    }
}

impl InboxConfig {
    pub(super) fn check(&self) -> Result<(), OpenError> {
        if self.segment_bytes < DATA_START + 4096 || !self.segment_bytes.is_multiple_of(4096) {
            return Err(OpenError::Config("the segment size must be a multiple of 4096, at least 12288"));
        }
        if self.max_spares == 0 {
            return Err(OpenError::Config("at least one spare segment must be kept"));
        }
        if self.queue_bytes == 0 || self.queue_batches == 0 {
            return Err(OpenError::Config("the queue must hold something"));
        }
        Ok(())
    }
}

/// Clock and randomness, which this crate does not take for itself.
#[derive(Clone)]
pub struct InboxPorts {
    /// Nanoseconds on a monotonic clock; only differences count.
    pub nanos: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Unpredictable numbers. A sender that could guess one might hide a frame in a payload that a later
    /// recovery would take for a record.
    pub salt: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl std::fmt::Debug for InboxPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InboxPorts").finish_non_exhaustive()
    }
}
