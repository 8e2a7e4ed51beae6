//! The most recent synced batches, kept in memory so that a decider that keeps up never reads the disk.
//!
//! The ring shares the very bytes that were written; it copies nothing. It holds undecided records only and
//! is bounded in memory: when deciding falls behind, the oldest batches leave and are read from the file.

use std::collections::VecDeque;

use bytes::Bytes;

struct Entry {
    first: u64,
    last: u64,
    frames: Bytes,
    memory: usize,
}

pub(super) struct Ring {
    entries: VecDeque<Entry>,
    memory: usize,
    limit: usize,
}

/// Bookkeeping per batch, counted so that many tiny batches can't outgrow the limit.
const ENTRY_OVERHEAD: usize = 96;

impl Ring {
    pub fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), memory: 0, limit }
    }

    /// Adds a stamped batch that follows the last one; `memory` is what its buffer really occupies.
    pub fn push(&mut self, first: u64, last: u64, frames: Bytes, memory: usize) {
        let memory = memory + ENTRY_OVERHEAD;
        self.memory += memory;
        self.entries.push_back(Entry { first, last, frames, memory });
        while self.memory > self.limit {
            if !self.drop_oldest() {
                break;
            }
        }
    }

    /// Forgets batches that lie wholly at or below `decided`.
    pub fn trim(&mut self, decided: u64) {
        while self.entries.front().is_some_and(|entry| entry.last <= decided) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(oldest) = self.entries.pop_front() else {
            return false;
        };
        self.memory -= oldest.memory;
        true
    }

    /// Batches from the one that holds `seq` on, each with its first number, until they have `max_records`
    /// or `max_bytes`; empty if `seq` is not here.
    pub fn batches_from(&self, seq: u64, max_records: usize, max_bytes: usize) -> Vec<(u64, Bytes)> {
        if self.entries.front().is_none_or(|oldest| oldest.first > seq) {
            return Vec::new();
        }
        let start = self.entries.partition_point(|entry| entry.last < seq);
        let (mut records, mut bytes) = (0_u64, 0);
        let mut found = Vec::new();
        for entry in self.entries.range(start..) {
            found.push((entry.first, entry.frames.clone()));
            records += entry.last + 1 - entry.first.max(seq);
            bytes += entry.frames.len();
            // The first batch may lie mostly before `seq`, so it does not count towards the bytes.
            if records >= max_records as u64 || (found.len() > 1 && bytes >= max_bytes) {
                break;
            }
        }
        found
    }

    #[cfg(test)]
    pub fn memory(&self) -> usize {
        self.memory
    }
}
