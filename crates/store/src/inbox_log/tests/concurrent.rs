//! Many tasks on real files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

/// A directory of its own that goes away with the value.
struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hansei-inbox-{name}-{}", std::process::id()));
        let _left_over = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

fn config() -> InboxConfig {
    InboxConfig { segment_bytes: 256 * 1024, ring_bytes: 64 * 1024, ..InboxConfig::default() }
}

const TASKS: u64 = 64;
const APPENDS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_append_of_many_tasks_is_decided_once_and_in_order() {
    let dir = TempDir::new("tasks");
    let (log, _) = InboxLog::open(&dir.0, config(), ports(), 0).unwrap();
    let expected: u64 = (0..TASKS * APPENDS).map(|n| n % 3 + 1).sum();
    let decider = tokio::spawn({
        let log = log.clone();
        async move {
            let (mut at, mut seen) = (0, BTreeSet::new());
            while at < expected {
                log.wait_beyond(at).await.unwrap();
                let got = log.read_after(at, 100, 100_000).unwrap();
                for (seq, bytes) in &got.records {
                    at += 1;
                    assert_eq!(*seq, at);
                    assert!(seen.insert(bytes.to_vec()), "decided twice");
                }
                log.trim(at);
            }
            seen
        }
    });
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let log = log.clone();
        tasks.push(tokio::spawn(async move {
            let mut sent = Vec::new();
            for round in 0..APPENDS {
                let count = (task * APPENDS + round) % 3 + 1;
                let payloads: Vec<Vec<u8>> =
                    (0..count).map(|n| payload((task * APPENDS + round) * 10 + n, 370)).collect();
                let position = log.append(batch(&payloads)).await.unwrap();
                sent.extend((position.first..=position.last).zip(payloads));
            }
            sent
        }));
    }
    let mut sent = BTreeSet::new();
    for task in tasks {
        for (seq, bytes) in task.await.unwrap() {
            assert!(sent.insert((seq, bytes)));
        }
    }
    assert_eq!(sent.len() as u64, expected);
    let seen = decider.await.unwrap();
    assert_eq!(seen, sent.iter().map(|(_, bytes)| bytes.clone()).collect());
    assert_eq!(log.last_seq(), expected);
    let stats = log.stats();
    assert_eq!((stats.appends, stats.records), (TASKS * APPENDS, expected));
    assert!(stats.syncs < stats.appends, "appends share syncs: {stats:?}");
    tokio::task::spawn_blocking(move || drop(log)).await.unwrap();
    let (log, recovery) = InboxLog::open(&dir.0, config(), ports(), expected - 5).unwrap();
    assert_eq!((recovery.last_seq, recovery.pending_records), (expected, 5));
    let tail: Vec<_> = sent.into_iter().skip(expected as usize - 5).collect();
    assert_eq!(read_all(&log, expected - 5), tail);
}

#[test]
fn real_files_reopen_grow_shrink_and_copy() {
    let dir = TempDir::new("files");
    let inbox = dir.0.join("inbox");
    let mut last = 0;
    for life in 0..4 {
        let (log, _) = InboxLog::open(&inbox, config(), ports(), last).unwrap();
        for n in 0..300 {
            let sent = payload(life * 1000 + n, 2000);
            last = append(&log, std::slice::from_ref(&sent)).unwrap().last;
            assert_eq!(log.read_after(last - 1, 1, 1).unwrap().records[0].1, sent);
        }
        let backup = dir.0.join(format!("backup-{life}"));
        assert_eq!(log.copy_pending_to(&backup, last - 200).unwrap().records, 200);
        let (copy, _) = InboxLog::open(&backup, config(), ports(), last - 200).unwrap();
        assert_eq!(read_all(&copy, last - 200), read_all(&log, last - 200));
        log.trim(last);
    }
    assert_eq!(last, 1200);
}

#[test]
fn names_in_errors_are_paths() {
    let dir = TempDir::new("paths");
    let (log, _) = InboxLog::open(&dir.0, config(), ports(), 0).unwrap();
    append(&log, &[payload(1, 100)]).unwrap();
    drop(log);
    let file = std::fs::read_dir(&dir.0).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let shortened = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    shortened.set_len(9000).unwrap();
    let error = InboxLog::open(&dir.0, config(), ports(), 0).unwrap_err().to_string();
    assert!(error.contains(file.to_str().unwrap()), "{error}");
}
