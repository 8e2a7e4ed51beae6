//! Appending, reading, trimming, reopening; limits and refusals.

use super::*;
use crate::inbox_log::{LogEnded, MAX_RECORD_BYTES, PushError, ReadError};

#[test]
fn records_come_back_in_order_and_numbered_from_one() {
    let shadow = Shadow::new();
    let (log, recovery) = open(&shadow, 0).unwrap();
    assert!(recovery.created);
    let sent: Vec<Vec<u8>> = (1..=40).map(|n| payload(n, 8 + n as usize * 5)).collect();
    assert_eq!(append(&log, &sent[..1]).unwrap(), Position { first: 1, last: 1 });
    assert_eq!(append(&log, &sent[1..25]).unwrap(), Position { first: 2, last: 25 });
    assert_eq!(append(&log, &sent[25..]).unwrap(), Position { first: 26, last: 40 });
    assert_eq!(log.last_seq(), 40);
    let got: Vec<Vec<u8>> = read_all(&log, 0).into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(got, sent);
    assert_eq!(read_all(&log, 38).len(), 2);
    assert!(read_all(&log, 40).is_empty());
}

#[test]
fn memory_and_file_hold_the_same() {
    let shadow = Shadow::new();
    for ring_bytes in [0, 600, 1 << 20] {
        let shadow = shadow.after_power_loss(0);
        let config = InboxConfig { ring_bytes, ..small() };
        let (log, _) = InboxLog::open_in(Arc::new(shadow), config, ports(), 0).unwrap();
        let sent: Vec<(u64, Vec<u8>)> = (1..=200).map(|n| (n, payload(n, 300))).collect();
        for chunk in sent.chunks(3) {
            let bytes: Vec<Vec<u8>> = chunk.iter().map(|(_, bytes)| bytes.clone()).collect();
            append(&log, &bytes).unwrap();
        }
        assert_eq!(read_all(&log, 0), sent, "ring of {ring_bytes}");
        assert_eq!(read_all(&log, 117), sent[117..], "ring of {ring_bytes}");
    }
}

#[test]
fn limits_of_one_reading_are_kept_and_one_record_always_comes() {
    let shadow = Shadow::new();
    for ring_bytes in [0, 1 << 20] {
        let config = InboxConfig { ring_bytes, ..small() };
        let dir = Arc::new(shadow.after_kill());
        let (log, _) = InboxLog::open_in(dir, config, ports(), 0).unwrap();
        append(&log, &(1..=10).map(|n| payload(n, 100)).collect::<Vec<_>>()).unwrap();
        assert_eq!(log.read_after(0, 3, usize::MAX).unwrap().records.len(), 3);
        assert_eq!(log.read_after(0, usize::MAX, 450).unwrap().records.len(), 4);
        assert_eq!(log.read_after(4, usize::MAX, 450).unwrap().last, 8, "goes on where it ended");
        assert_eq!(log.read_after(0, 0, 0).unwrap().records.len(), 1);
        assert_eq!(log.read_after(9, 5, 5).unwrap().last, 10);
        assert_eq!(log.read_after(77, 5, 5).unwrap().last, 77);
        assert_eq!(log.read_after(u64::MAX, 5, 5).unwrap().last, u64::MAX);
    }
}

#[test]
fn sequence_goes_on_after_reopening_even_if_all_is_decided() {
    let shadow = Shadow::new();
    let mut next = 1;
    for round in 0..12 {
        let decided = next - 1;
        let (log, recovery) = open(&shadow, decided).unwrap();
        assert_eq!(recovery.created, round == 0);
        assert_eq!(recovery.last_seq, decided);
        assert_eq!(recovery.pending_records, 0);
        for _ in 0..9 {
            assert_eq!(append(&log, &[payload(next, 700)]).unwrap().first, next);
            next += 1;
        }
        log.trim(next - 1);
        assert_eq!(log.backlog().records, 0);
        assert_eq!(log.backlog().bytes, 0);
        log.close();
    }
}

#[test]
fn undecided_records_are_there_after_reopening() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=90 {
        append(&log, &[payload(n, 500)]).unwrap();
    }
    log.trim(33);
    drop(log);
    let (log, recovery) = open(&shadow, 33).unwrap();
    assert_eq!((recovery.last_seq, recovery.pending_records), (90, 57));
    assert_eq!(log.backlog().records, 57);
    let got = read_all(&log, 33);
    assert_eq!(got.len(), 57);
    assert!(got.iter().all(|(seq, bytes)| *bytes == payload(*seq, 500)));
}

#[test]
fn backlog_is_counted_in_records_and_bytes() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    assert_eq!(log.backlog().bytes, 0);
    append(&log, &[payload(1, 32), payload(2, 32)]).unwrap();
    assert_eq!(log.backlog().bytes, 2 * (32 + 32));
    for n in 3..=100 {
        append(&log, &[payload(n, 992)]).unwrap();
    }
    assert_eq!(log.backlog().bytes, 2 * 64 + 98 * 1024);
    log.trim(60);
    let exact = 40 * 1024;
    let bytes = log.backlog().bytes;
    assert!((exact..exact + 64 * 1024).contains(&bytes), "{bytes}");
    log.trim(40);
    assert_eq!(log.backlog().records, 40, "trimming never goes back");
    log.trim(5_000);
    assert_eq!((log.backlog().records, log.backlog().bytes), (0, 0), "nor beyond the end");
    assert_eq!(log.state_ring_memory(), 0, "decided records leave the memory");
}

#[test]
fn a_record_is_between_one_byte_and_the_limit() {
    let mut batch = AppendBatch::new();
    assert!(matches!(batch.push(b""), Err(PushError::Empty)));
    let large = vec![7; MAX_RECORD_BYTES + 1];
    assert!(matches!(batch.push(&large), Err(PushError::RecordTooLarge { bytes }) if bytes == large.len()));
    let failed = batch.push_with(|writer| {
        writer.put(b"half");
        Err(std::io::Error::other("no"))
    });
    assert!(matches!(failed, Err(PushError::Fill(_))));
    assert_eq!((batch.len(), batch.bytes(), batch.is_empty()), (0, 0, true), "a refusal leaves no trace");
    for _ in 0..7 {
        batch.push(&large[1..]).unwrap();
    }
    assert!(matches!(batch.push(&large[1..]), Err(PushError::BatchTooLarge)));
    assert_eq!(batch.len(), 7);
}

#[test]
fn a_record_of_the_largest_size_survives() {
    let shadow = Shadow::new();
    let config = InboxConfig { segment_bytes: 4 << 20, ring_bytes: 0, ..small() };
    let dir: Arc<Shadow> = Arc::new(shadow.clone());
    let (log, _) = InboxLog::open_in(dir.clone(), config.clone(), ports(), 0).unwrap();
    append(&log, &[payload(1, 9)]).unwrap();
    append(&log, &[payload(2, MAX_RECORD_BYTES), payload(3, MAX_RECORD_BYTES)]).unwrap();
    assert_eq!(log.read_after(1, 9, 10).unwrap().records[0].1, payload(2, MAX_RECORD_BYTES));
    drop(log);
    let (log, _) = InboxLog::open_in(dir, config, ports(), 1).unwrap();
    assert_eq!(log.read_after(2, 9, 10).unwrap().records[0].1, payload(3, MAX_RECORD_BYTES));
}

#[test]
fn payloads_can_be_written_straight_into_the_batch() {
    use std::io::Write;
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    let mut batch = AppendBatch::with_capacity(2, 64);
    batch.push_with(|writer| write!(writer, "signal {}", 42)).unwrap();
    batch.push(b"next").unwrap();
    assert_eq!(block_on(log.append(batch)).unwrap().last, 2);
    assert_eq!(log.read_after(0, 9, 999).unwrap().records[0].1, "signal 42");
}

#[test]
fn what_can_never_fit_is_refused_at_once() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    assert_eq!(block_on(log.append(AppendBatch::new())), Err(AppendError::Empty));
    assert_eq!(append(&log, &[payload(1, 24 * 1024 - 24)]), Err(AppendError::TooLarge));
    assert_eq!(append(&log, &[payload(1, 24 * 1024 - 32)]).unwrap().last, 1, "a whole segment is fine");
    assert_eq!(append(&log, &[payload(2, 24 * 1024 - 32)]).unwrap().last, 2);
    assert_eq!(read_all(&log, 0).len(), 2);
}

#[test]
fn a_backlog_above_the_limit_refuses_until_it_shrinks() {
    let shadow = Shadow::new();
    let config = InboxConfig { backlog_bytes: 4096, ..small() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow), config, ports(), 0).unwrap();
    append(&log, &[payload(1, 2000)]).unwrap();
    append(&log, &[payload(2, 1500)]).unwrap();
    assert_eq!(append(&log, &[payload(3, 1500)]), Err(AppendError::Backlogged));
    log.trim(2);
    assert_eq!(append(&log, &[payload(3, 1500)]).unwrap().last, 3);
}

#[test]
fn a_full_queue_and_a_silent_disk_answer_in_time() {
    let shadow = Shadow::new();
    let config = InboxConfig {
        queue_batches: 3,
        queue_bytes: 4096,
        append_timeout: Some(std::time::Duration::from_millis(1)),
        ..small()
    };
    let (log, _) = InboxLog::open_in(Arc::new(shadow.clone()), config, ports(), 0).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    block_on(log.submit(batch(&[payload(1, 50)])).unwrap()).unwrap();
    shadow.hold_syncs(true);
    let writes = shadow.writes();
    let stuck = log.submit(batch(&[payload(2, 50)])).unwrap();
    while shadow.writes() == writes {
        std::thread::yield_now();
    }
    // The writer now waits for the disk with the second record in its hands.
    let waiting: Vec<_> = (3..=5).map(|n| log.submit(batch(&[payload(n, 50)])).unwrap()).collect();
    assert_eq!(log.submit(batch(&[payload(6, 50)])).map(|_| ()), Err(AppendError::Busy));
    assert_eq!(log.last_seq(), 1, "nothing unsynced can be seen");
    shadow.hold_syncs(false);
    assert_eq!(block_on(stuck).unwrap().last, 2);
    for (pending, seq) in waiting.into_iter().zip(3..) {
        assert_eq!(block_on(pending).unwrap().last, seq);
    }
    shadow.hold_syncs(true);
    assert_eq!(runtime.block_on(log.append(batch(&[payload(6, 50)]))), Err(AppendError::TimedOut));
    shadow.hold_syncs(false);
    assert_eq!(block_on(log.wait_beyond(5)), Ok(6), "it was stored all the same");
}

#[test]
fn a_large_queue_in_bytes_is_refused_too() {
    let shadow = Shadow::new();
    let config = InboxConfig { queue_bytes: 4096, ..small() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow.clone()), config, ports(), 0).unwrap();
    append(&log, &[payload(1, 50)]).unwrap();
    shadow.hold_syncs(true);
    let writes = shadow.writes();
    let first = log.submit(batch(&[payload(2, 50)])).unwrap();
    while shadow.writes() == writes {
        std::thread::yield_now();
    }
    let large = log.submit(batch(&[payload(3, 9000)])).unwrap();
    assert_eq!(log.submit(batch(&[payload(4, 50)])).map(|_| ()), Err(AppendError::Busy));
    shadow.hold_syncs(false);
    assert!(block_on(first).is_ok() && block_on(large).is_ok());
}

#[test]
fn dropping_the_answer_does_not_drop_the_records() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=20 {
        drop(log.submit(batch(&[payload(n, 60)])).unwrap());
    }
    log.close();
    assert_eq!(append(&log, &[payload(21, 60)]), Err(AppendError::Closed));
    assert_eq!(read_all(&log, 0).len(), 20, "a closed log can still be read");
    log.close();
    drop(log);
    assert_eq!(read_all(&open(&shadow, 0).unwrap().0, 0).len(), 20);
}

#[test]
fn waiting_ends_with_a_record_or_with_the_log() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    let waiter = std::thread::spawn({
        let log = log.clone();
        move || block_on(log.wait_beyond(0))
    });
    append(&log, &[payload(1, 60)]).unwrap();
    assert_eq!(waiter.join().unwrap(), Ok(1));
    assert_eq!(block_on(log.wait_beyond(0)), Ok(1));
    let waiter = std::thread::spawn({
        let log = log.clone();
        move || block_on(log.wait_beyond(1))
    });
    log.close();
    assert_eq!(waiter.join().unwrap(), Err(LogEnded));
    assert_eq!(block_on(log.wait_beyond(0)), Ok(1), "what is there is still found");
}

#[test]
fn reading_what_was_given_up_says_so() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=200 {
        append(&log, &[payload(n, 900)]).unwrap();
        log.trim(n);
    }
    match log.read_after(3, 10, 1000) {
        Err(ReadError::Trimmed { after: 3, first }) => assert!(first > 100, "{first}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn counters_count() {
    let shadow = Shadow::new();
    let nanos = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&nanos);
    let ports = InboxPorts {
        nanos: Arc::new(move || clock.fetch_add(150_000, Ordering::Relaxed)),
        salt: Arc::new(|| 5),
    };
    let (log, _) = InboxLog::open_in(Arc::new(shadow), small(), ports, 0).unwrap();
    append(&log, &[payload(1, 32), payload(2, 32)]).unwrap();
    append(&log, &[payload(3, 32)]).unwrap();
    let stats = log.stats();
    assert_eq!((stats.appends, stats.records, stats.bytes, stats.syncs), (2, 3, 192, 2));
    assert_eq!((stats.sync_nanos_last, stats.sync_nanos_total), (150_000, 300_000));
    assert_eq!(stats.sync_histogram[1], 2, "between 100 and 200 microseconds");
    assert_eq!(stats.sync_histogram.iter().sum::<u64>(), 2);
}

#[test]
fn impossible_settings_are_refused() {
    for config in [
        InboxConfig { segment_bytes: 8192, ..small() },
        InboxConfig { segment_bytes: 40_001, ..small() },
        InboxConfig { max_spares: 0, ..small() },
        InboxConfig { queue_batches: 0, ..small() },
    ] {
        let opened = InboxLog::open_in(Arc::new(Shadow::new()), config, ports(), 0);
        assert!(matches!(opened, Err(OpenError::Config(_))));
    }
}
