//! Tests of the inbox log. Most run on [`shadow::Shadow`], which can lose power; a few on real files.

mod basic;
mod concurrent;
mod copy;
mod crash;
mod damage;
mod equal;
mod faults;
mod format;
mod recycle;
mod shadow;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{AppendBatch, AppendError, InboxConfig, InboxLog, InboxPorts, OpenError, Position, Recovery};
use shadow::{Rng, Shadow};

/// Segments of 32 KiB, no timers, so that nothing depends on how fast the test runs.
fn small() -> InboxConfig {
    InboxConfig {
        segment_bytes: 32 * 1024,
        max_spares: 2,
        ring_bytes: 4 * 1024,
        append_timeout: None,
        idle_mark: None,
        ..InboxConfig::default()
    }
}

/// Every look at this clock is a second after the one before; salts never repeat in a test run.
fn ports() -> InboxPorts {
    static SALT: AtomicU64 = AtomicU64::new(1);
    let nanos = AtomicU64::new(0);
    InboxPorts {
        nanos: Arc::new(move || nanos.fetch_add(1_000_000_000, Ordering::Relaxed)),
        salt: Arc::new(|| Rng::new(SALT.fetch_add(1, Ordering::Relaxed)).next()),
    }
}

fn open(shadow: &Shadow, decided: u64) -> Result<(InboxLog, Recovery), OpenError> {
    InboxLog::open_in(Arc::new(shadow.clone()), small(), ports(), decided)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// A payload of `len` bytes (at least 8) that no other number has.
fn payload(number: u64, len: usize) -> Vec<u8> {
    let mut rng = Rng::new(number);
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend((8..len).map(|_| rng.next() as u8));
    bytes
}

fn batch(payloads: &[Vec<u8>]) -> AppendBatch {
    let mut batch = AppendBatch::new();
    for payload in payloads {
        batch.push(payload).unwrap();
    }
    batch
}

fn append(log: &InboxLog, payloads: &[Vec<u8>]) -> Result<Position, AppendError> {
    block_on(log.append(batch(payloads)))
}

/// Everything after `after`, read in steps of changing size, with the numbers checked.
fn read_all(log: &InboxLog, after: u64) -> Vec<(u64, Vec<u8>)> {
    let mut all = Vec::new();
    let mut at = after;
    for step in 0.. {
        let got = log.read_after(at, 1 + step % 7, 200 * (step % 50)).unwrap();
        if got.records.is_empty() {
            assert_eq!(got.last, at);
            return all;
        }
        for (seq, bytes) in got.records {
            at += 1;
            assert_eq!(seq, at, "numbers are consecutive");
            all.push((seq, bytes.to_vec()));
        }
        assert_eq!(got.last, at);
    }
    all
}

/// How often a property is tried; `PROPTEST_CASES` overrides it for long runs.
fn cases(default: u32) -> proptest::test_runner::Config {
    let given = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config { cases: given.unwrap_or(default), ..Default::default() }
}

impl InboxLog {
    fn state_ring_memory(&self) -> usize {
        match &self.kind {
            super::Kind::Disk(log) => log.state.ring_memory(),
            super::Kind::Memory(_) => 0,
        }
    }
}

/// The file that holds the newest records.
fn newest_segment(shadow: &Shadow) -> String {
    use super::segment::{Header, HeaderState};
    let newest = shadow.names().into_iter().filter(|name| name.ends_with(".seg")).max_by_key(|name| {
        match Header::decode(&shadow.content(name)[..8192]) {
            HeaderState::Valid(header) => header.first,
            _ => 0,
        }
    });
    newest.unwrap()
}
