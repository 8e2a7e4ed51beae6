//! The log without threads and files, for the simulator: the same answers, at once and in the same order.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::config::InboxConfig;
use super::error::{AppendError, ReadError};
use super::frame::{AppendBatch, frame_len, slices};
use super::holds::Holds;
use super::meter::Meter;
use super::reader::Batch;
use super::segment::DATA_START;
use super::state::Synced;
use super::{Backlog, Position};

pub(super) struct MemoryLog {
    pub config: InboxConfig,
    pub meter: Meter,
    inner: Mutex<Inner>,
    synced: watch::Sender<Synced>,
}

#[derive(Default)]
struct Inner {
    records: VecDeque<(u64, Bytes)>,
    last: u64,
    trimmed: u64,
    pending_bytes: u64,
    holds: Holds,
    refusal: Option<AppendError>,
}

impl MemoryLog {
    pub fn new(config: InboxConfig) -> Self {
        Self::with(config, Inner::default())
    }

    fn with(config: InboxConfig, inner: Inner) -> Self {
        let (synced, _) = watch::channel(Synced { last: inner.last, ended: false });
        Self { config, meter: Meter::default(), inner: Mutex::new(inner), synced }
    }

    pub fn append(&self, batch: AppendBatch) -> Result<Position, AppendError> {
        if batch.is_empty() {
            return Err(AppendError::Empty);
        }
        if batch.bytes() as u64 > self.config.segment_bytes - DATA_START {
            return Err(AppendError::TooLarge);
        }
        let mut inner = self.inner.lock();
        if let Some(reason) = inner.refusal {
            return Err(reason);
        }
        let bytes = batch.bytes() as u64;
        if inner.pending_bytes + bytes > self.config.backlog_bytes {
            return Err(AppendError::Backlogged);
        }
        let position = Position { first: inner.last + 1, last: inner.last + batch.len() as u64 };
        let frames = batch.freeze();
        inner.records.extend(slices(&frames, position.first, 0));
        inner.last = position.last;
        inner.pending_bytes += bytes;
        drop(inner);
        self.meter.appended(1, position.last + 1 - position.first, bytes);
        self.meter.synced(0);
        self.synced.send_modify(|synced| synced.last = position.last);
        Ok(position)
    }

    pub fn read_after(&self, after: u64, max_records: usize, max_bytes: usize) -> Result<Batch, ReadError> {
        let inner = self.inner.lock();
        let wanted = after.saturating_add(1);
        if wanted > inner.last {
            return Ok(Batch { records: Vec::new(), last: after });
        }
        let first = inner.first();
        if first > wanted {
            return Err(ReadError::Trimmed { after, first });
        }
        let records = inner.records.range((wanted - first) as usize..).cloned();
        Ok(Batch::collect(after, max_records, max_bytes, records))
    }

    pub fn trim(&self, upto: u64) {
        let mut inner = self.inner.lock();
        let from = inner.trimmed;
        inner.trimmed = from.max(upto.min(inner.last));
        let (first, trimmed) = (inner.first(), inner.trimmed);
        let decided = (from + 1).max(first)..(trimmed + 1).max(first);
        let index = |seq: u64| (seq - first) as usize;
        let freed: usize = inner
            .records
            .range(index(decided.start).min(index(decided.end))..index(decided.end))
            .map(|(_, payload)| frame_len(payload.len()))
            .sum();
        inner.pending_bytes -= freed as u64;
        inner.release();
    }

    pub fn hold(&self, after: Option<u64>) -> (u64, u64) {
        let mut inner = self.inner.lock();
        let after = after.unwrap_or(inner.trimmed);
        (inner.holds.add(after), after)
    }

    pub fn unhold(&self, id: u64) {
        let mut inner = self.inner.lock();
        inner.holds.remove(id);
        inner.release();
    }

    pub fn backlog(&self) -> Backlog {
        let inner = self.inner.lock();
        Backlog { records: inner.last - inner.trimmed, bytes: inner.pending_bytes }
    }

    pub fn last(&self) -> u64 {
        self.synced.borrow().last
    }

    pub fn subscribe(&self) -> watch::Receiver<Synced> {
        self.synced.subscribe()
    }

    /// From now on every append gets this answer; `None` takes appends again.
    pub fn refuse(&self, reason: Option<AppendError>) {
        self.inner.lock().refusal = reason;
    }

    pub fn close(&self) {
        let mut inner = self.inner.lock();
        inner.refusal.get_or_insert(AppendError::Closed);
        drop(inner);
        self.synced.send_modify(|synced| synced.ended = true);
    }

    /// The process dies: this log ends, and another one has everything that was acknowledged.
    pub fn crash(&self, decided: u64) -> Self {
        self.close();
        let inner = self.inner.lock();
        let next = Inner {
            records: inner.records.clone(),
            last: inner.last.max(decided),
            pending_bytes: inner.records.iter().map(|(_, payload)| frame_len(payload.len()) as u64).sum(),
            ..Inner::default()
        };
        drop(inner);
        let log = Self::with(self.config.clone(), next);
        log.trim(decided);
        log
    }
}

impl Inner {
    fn first(&self) -> u64 {
        self.records.front().map_or(self.last + 1, |(seq, _)| *seq)
    }

    fn release(&mut self) {
        let limit = self.holds.limit(self.trimmed);
        while self.records.front().is_some_and(|(seq, _)| *seq <= limit) {
            self.records.pop_front();
        }
    }
}
