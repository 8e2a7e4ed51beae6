//! Counters of the log, for `/metrics` and `doctor`. Plain numbers; the composition root names and exports
//! them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper bounds of the sync-time histogram, in microseconds; the last bucket of
/// [`InboxStats::sync_histogram`] counts everything above.
pub const SYNC_BUCKETS_MICROS: [u64; 12] =
    [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_000_000];

const BUCKETS: usize = SYNC_BUCKETS_MICROS.len() + 1;

/// A reading of the counters, all since the log was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxStats {
    /// Batches acknowledged.
    pub appends: u64,
    /// Records acknowledged.
    pub records: u64,
    /// Bytes acknowledged, framing included.
    pub bytes: u64,
    /// Batches refused because no space could be prepared.
    pub refused_full: u64,
    /// Groups synced; `records / syncs` is the mean group.
    pub syncs: u64,
    /// Time spent in syncs, in nanoseconds.
    pub sync_nanos_total: u64,
    /// Duration of the last sync, in nanoseconds.
    pub sync_nanos_last: u64,
    /// Syncs by duration, see [`SYNC_BUCKETS_MICROS`]; not cumulative.
    pub sync_histogram: [u64; BUCKETS],
}

#[derive(Default)]
pub(super) struct Meter {
    appends: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    refused_full: AtomicU64,
    syncs: AtomicU64,
    sync_nanos_total: AtomicU64,
    sync_nanos_last: AtomicU64,
    sync_histogram: [AtomicU64; BUCKETS],
}

impl Meter {
    pub fn synced(&self, nanos: u64) {
        self.syncs.fetch_add(1, Relaxed);
        self.sync_nanos_total.fetch_add(nanos, Relaxed);
        self.sync_nanos_last.store(nanos, Relaxed);
        let micros = nanos / 1_000;
        let bucket = SYNC_BUCKETS_MICROS.partition_point(|bound| *bound < micros);
        self.sync_histogram[bucket].fetch_add(1, Relaxed);
    }

    pub fn appended(&self, appends: u64, records: u64, bytes: u64) {
        self.appends.fetch_add(appends, Relaxed);
        self.records.fetch_add(records, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub fn refused_full(&self) {
        self.refused_full.fetch_add(1, Relaxed);
    }

    pub fn read(&self) -> InboxStats {
        InboxStats {
            appends: self.appends.load(Relaxed),
            records: self.records.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            refused_full: self.refused_full.load(Relaxed),
            syncs: self.syncs.load(Relaxed),
            sync_nanos_total: self.sync_nanos_total.load(Relaxed),
            sync_nanos_last: self.sync_nanos_last.load(Relaxed),
            sync_histogram: std::array::from_fn(|i| self.sync_histogram[i].load(Relaxed)),
        }
    }
}
