//! What is synced, where it lies, and what of it is decided: shared by the writer and all readers.
//!
//! Only the writer adds, and only after a sync; whatever can be found here would survive a power loss.
//! Segments leave from the front once they are decided and no hold needs them. The last segment never
//! leaves, so that the sequence goes on from it after any restart.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::holds::Holds;
use super::layer::{LogDir, LogFile};
use super::ring::Ring;
use super::segment::{DATA_START, Segment, Spare};
use super::{Backlog, ReadError};

/// What waiting readers are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Synced {
    pub last: u64,
    /// Nothing will be added any more.
    pub ended: bool,
}

/// One batch of a synced group, with its place.
pub(super) struct Placed {
    pub first: u64,
    pub last: u64,
    pub offset: u64,
    pub frames: Bytes,
    pub memory: usize,
}

/// Where a reader finds the records it wants.
pub(super) enum Plan {
    Nothing,
    Memory(Vec<(u64, Bytes)>),
    File(FilePlan),
}

pub(super) struct FilePlan {
    pub name: String,
    pub file: Arc<dyn LogFile>,
    pub salt: u64,
    /// First record of the segment: with the salt, what identifies this life of the file.
    pub segment: u64,
    /// Number of the frame at `offset`.
    pub seq: u64,
    pub offset: u64,
    pub end: u64,
}

/// Where the last reading from a file ended; a decider reads on from there.
#[derive(Default)]
struct Cursor {
    segment: u64,
    salt: u64,
    seq: u64,
    offset: u64,
}

struct Inner {
    segments: VecDeque<Segment>,
    ring: Ring,
    trimmed: u64,
    last: u64,
    holds: Holds,
    cursor: Cursor,
}

pub(super) struct State {
    pub dir: Arc<dyn LogDir>,
    inner: Mutex<Inner>,
    pending_bytes: AtomicU64,
    synced: watch::Sender<Synced>,
    failure: OnceLock<String>,
}

impl State {
    pub fn new(
        dir: Arc<dyn LogDir>,
        segments: VecDeque<Segment>,
        last: u64,
        decided: u64,
        ring_bytes: usize,
    ) -> Self {
        let inner = Inner {
            segments,
            ring: Ring::new(ring_bytes),
            trimmed: decided,
            last,
            holds: Holds::default(),
            cursor: Cursor::default(),
        };
        let pending_bytes = AtomicU64::new(inner.pending_bytes());
        let (synced, _) = watch::channel(Synced { last, ended: false });
        Self { dir, inner: Mutex::new(inner), pending_bytes, synced, failure: OnceLock::new() }
    }

    /// Takes in a synced group; `begun` is the segment it opened, if it did.
    pub fn commit(&self, begun: Option<Segment>, group: impl Iterator<Item = Placed>) {
        let mut inner = self.inner.lock();
        if let Some(mut segment) = begun {
            segment.base = inner.segments.back().map_or(0, |before| before.base + before.end - DATA_START);
            inner.segments.push_back(segment);
        }
        for placed in group {
            inner.last = placed.last;
            let end = placed.offset + placed.frames.len() as u64;
            if let Some(segment) = inner.segments.back_mut() {
                segment.grow(placed.first, placed.offset, placed.last, end);
            }
            inner.ring.push(placed.first, placed.last, placed.frames, placed.memory);
        }
        let last = inner.last;
        self.pending_bytes.store(inner.pending_bytes(), Relaxed);
        drop(inner);
        self.synced.send_modify(|synced| synced.last = last);
    }

    /// Records up to `upto` are decided; returns the segments that became free.
    pub fn trim(&self, upto: u64) -> Vec<Spare> {
        let mut inner = self.inner.lock();
        inner.trimmed = inner.trimmed.max(upto.min(inner.last));
        let trimmed = inner.trimmed;
        inner.ring.trim(trimmed);
        self.pending_bytes.store(inner.pending_bytes(), Relaxed);
        inner.release()
    }

    /// Keeps records after `after` (or after the decided position, if nothing is given).
    pub fn hold(&self, after: Option<u64>) -> (u64, u64) {
        let mut inner = self.inner.lock();
        let after = after.unwrap_or(inner.trimmed);
        (inner.holds.add(after), after)
    }

    pub fn unhold(&self, id: u64) -> Vec<Spare> {
        let mut inner = self.inner.lock();
        inner.holds.remove(id);
        inner.release()
    }

    pub fn plan(&self, after: u64, max_records: usize, max_bytes: usize) -> Result<Plan, ReadError> {
        let inner = self.inner.lock();
        let wanted = after.saturating_add(1);
        if wanted > inner.last {
            return Ok(Plan::Nothing);
        }
        let batches = inner.ring.batches_from(wanted, max_records, max_bytes);
        if !batches.is_empty() {
            return Ok(Plan::Memory(batches));
        }
        let first = inner.first();
        let at = inner.segments.partition_point(|segment| segment.last < wanted);
        match inner.segments.get(at) {
            Some(segment) if segment.first <= wanted => Ok(Plan::File(inner.file_plan(segment, wanted))),
            _ => Err(ReadError::Trimmed { after, first }),
        }
    }

    /// First record that can still be read.
    pub fn first(&self) -> u64 {
        self.inner.lock().first()
    }

    /// Remembers that `seq` begins at `offset`.
    pub fn set_cursor(&self, plan: &FilePlan, seq: u64, offset: u64) {
        self.inner.lock().cursor = Cursor { segment: plan.segment, salt: plan.salt, seq, offset };
    }

    pub fn last(&self) -> u64 {
        self.synced.borrow().last
    }

    pub fn subscribe(&self) -> watch::Receiver<Synced> {
        self.synced.subscribe()
    }

    pub fn backlog(&self) -> Backlog {
        let inner = self.inner.lock();
        Backlog { records: inner.last - inner.trimmed, bytes: self.pending_bytes() }
    }

    pub fn pending_bytes(&self) -> u64 {
        self.pending_bytes.load(Relaxed)
    }

    /// Nothing will be added any more; `failure` says why, if that is not a close.
    pub fn end(&self, failure: Option<String>) {
        if let Some(failure) = failure {
            tracing::error!(failure, "the inbox log has failed; it accepts nothing until restart");
            let _first_one_counts = self.failure.set(failure);
        }
        self.synced.send_modify(|synced| synced.ended = true);
    }

    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    #[cfg(test)]
    pub fn ring_memory(&self) -> usize {
        self.inner.lock().ring.memory()
    }
}

impl Inner {
    fn first(&self) -> u64 {
        self.segments.front().map_or(self.last + 1, |segment| segment.first)
    }

    fn file_plan(&self, segment: &Segment, wanted: u64) -> FilePlan {
        let cursor = &self.cursor;
        let here = cursor.segment == segment.first && cursor.salt == segment.salt && cursor.seq == wanted;
        let (seq, offset) = if here { (wanted, cursor.offset) } else { segment.locate(wanted) };
        FilePlan {
            name: segment.name.clone(),
            file: Arc::clone(&segment.file),
            salt: segment.salt,
            segment: segment.first,
            seq,
            offset,
            end: segment.end,
        }
    }

    /// Takes out the segments nobody needs; never the last one.
    fn release(&mut self) -> Vec<Spare> {
        let limit = self.holds.limit(self.trimmed);
        let mut free = Vec::new();
        while self.segments.len() > 1 && self.segments.front().is_some_and(|oldest| oldest.last <= limit) {
            free.extend(self.segments.pop_front().map(Segment::into_spare));
        }
        free
    }

    /// Bytes from the first undecided record on, rounded up to the next indexed place.
    fn pending_bytes(&self) -> u64 {
        let Some(newest) = self.segments.back() else {
            return 0;
        };
        if self.trimmed >= self.last {
            return 0;
        }
        let wanted = self.trimmed + 1;
        let at = self.segments.partition_point(|segment| segment.last < wanted);
        let begin = self.segments.get(at).map_or(newest.base, |segment| {
            let (_, offset) = segment.locate(wanted);
            segment.base + offset - DATA_START
        });
        newest.base + newest.end - DATA_START - begin
    }
}
