//! Full disks pass, broken disks end the log, and neither invents or loses a record.

use std::io::ErrorKind;

use super::*;

#[test]
fn a_full_disk_refuses_and_passes() {
    let shadow = Shadow::new();
    // Room for the first segment and the one prepared ahead.
    shadow.faults(|faults| faults.free = Some(64 * 1024));
    let (log, _) = open(&shadow, 0).unwrap();
    let mut stored = 0;
    while append(&log, &[payload(stored + 1, 1500)]).is_ok() {
        stored += 1;
    }
    assert_eq!(stored, 32, "two segments of sixteen");
    assert_eq!(append(&log, &[payload(99, 1500)]), Err(AppendError::Full));
    assert_eq!(log.stats().refused_full, 2);
    assert_eq!(read_all(&log, 0).len(), 32, "what is there can be read and decided");
    let (reopened, _) = open(&shadow.after_power_loss(1), 0).unwrap();
    assert_eq!(read_all(&reopened, 0).len(), 32);

    shadow.faults(|faults| faults.free = Some(32 * 1024));
    assert_eq!(append(&log, &[payload(33, 1500)]).unwrap().first, 33, "space returned");
    while append(&log, &[payload(34, 1500)]).is_ok() {}
    log.trim(log.last_seq());
    assert!(append(&log, &[payload(77, 1500)]).is_ok(), "deciding makes room too");
    assert_eq!(log.failure(), None);
}

#[test]
fn a_small_batch_still_fits_when_a_large_one_does_not() {
    let shadow = Shadow::new();
    shadow.faults(|faults| faults.free = Some(32 * 1024));
    let (log, _) = open(&shadow, 0).unwrap();
    append(&log, &[payload(1, 20_000)]).unwrap();
    assert_eq!(append(&log, &[payload(2, 20_000)]), Err(AppendError::Full));
    assert_eq!(append(&log, &[payload(3, 200)]).unwrap().first, 2);
}

#[test]
fn attempts_to_make_room_are_not_repeated_for_every_append() {
    let shadow = Shadow::new();
    shadow.faults(|faults| faults.free = Some(0));
    let clock = Arc::new(AtomicU64::new(0));
    let now = Arc::clone(&clock);
    let ports = InboxPorts { nanos: Arc::new(move || now.load(Ordering::Relaxed)), ..ports() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow.clone()), small(), ports, 0).unwrap();
    assert_eq!(append(&log, &[payload(1, 50)]), Err(AppendError::Full));
    shadow.faults(|faults| faults.free = None);
    assert_eq!(append(&log, &[payload(1, 50)]), Err(AppendError::Full), "too soon to try again");
    clock.store(250_000_000, Ordering::Relaxed);
    assert_eq!(append(&log, &[payload(1, 50)]).unwrap().first, 1);
}

#[test]
fn a_write_that_finds_no_space_leaves_nothing_behind() {
    for (before, times) in [(0, 1), (0, 3), (1, 1), (1, 3)] {
        for seed in 0..20 {
            let shadow = Shadow::new();
            let (log, _) = open(&shadow, 0).unwrap();
            let mut expected = Vec::new();
            for n in 1..=before {
                append(&log, &[payload(n, 100)]).unwrap();
                expected.push((n, payload(n, 100)));
            }
            for _ in 0..times {
                // The failing call writes the second of them wholly.
                shadow.faults(|faults| faults.write = Some((0, ErrorKind::StorageFull)));
                let refused = append(&log, &[payload(50, 20_000), payload(51, 300)]);
                assert_eq!(refused, Err(AppendError::Full));
            }
            // Ends exactly where the refused second record begins, and has the number before it.
            let bytes = payload(2, 20_000);
            append(&log, std::slice::from_ref(&bytes)).unwrap();
            expected.push((before + 1, bytes));
            assert_eq!(read_all(&log, 0), expected);
            let (log, _) = open(&shadow.after_power_loss(seed), 0).unwrap();
            assert_eq!(read_all(&log, 0), expected);
        }
    }
}

#[test]
fn a_failed_sync_ends_the_log_and_is_not_tried_again() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    append(&log, &[payload(1, 100)]).unwrap();
    let (syncs, writes) = (shadow.syncs(), shadow.writes());
    shadow.faults(|faults| faults.sync = Some(0));
    let waiter = std::thread::spawn({
        let log = log.clone();
        move || block_on(log.wait_beyond(1))
    });
    assert_eq!(append(&log, &[payload(2, 100)]), Err(AppendError::Failed));
    assert!(waiter.join().unwrap().is_err(), "who waits learns that nothing will come");
    for n in 3..10 {
        assert_eq!(append(&log, &[payload(n, 100)]), Err(AppendError::Failed));
    }
    log.close();
    assert_eq!((shadow.syncs(), shadow.writes()), (syncs + 1, writes + 1), "the disk is left alone");
    assert!(log.failure().unwrap().contains(".seg"), "{:?}", log.failure());
    assert_eq!(read_all(&log, 0), [(1, payload(1, 100))], "the past can still be decided");
}

#[test]
fn what_a_failed_sync_left_in_the_page_cache_is_made_certain_or_cut() {
    for seed in 0..30 {
        let shadow = Shadow::new();
        let (log, _) = open(&shadow, 0).unwrap();
        append(&log, &[payload(1, 100)]).unwrap();
        shadow.faults(|faults| faults.sync = Some(0));
        assert_eq!(append(&log, &[payload(2, 3000)]), Err(AppendError::Failed));
        // The next process sees the second record, though the kernel would never write it again.
        let restarted = shadow.after_kill();
        let (log, _) = open(&restarted, 0).unwrap();
        let seen = read_all(&log, 0);
        assert_eq!(seen.len(), 2);
        let (log, _) = open(&restarted.after_power_loss(seed), 0).unwrap();
        assert_eq!(read_all(&log, 0), seen, "what was once read stays");
    }
}

#[test]
fn a_first_group_whose_sync_failed_is_made_certain_too() {
    for seed in 0..10 {
        let shadow = Shadow::new();
        let (log, _) = open(&shadow, 0).unwrap();
        shadow.faults(|faults| faults.sync = Some(0));
        assert_eq!(append(&log, &[payload(1, 3000)]), Err(AppendError::Failed));
        let restarted = shadow.after_kill();
        let (log, _) = open(&restarted, 0).unwrap();
        let seen = read_all(&log, 0);
        assert_eq!(seen.len(), 1);
        let (log, _) = open(&restarted.after_power_loss(seed), 0).unwrap();
        assert_eq!(read_all(&log, 0), seen);
    }
}

#[test]
fn a_failed_write_ends_the_log() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    append(&log, &[payload(1, 100)]).unwrap();
    shadow.faults(|faults| faults.write = Some((0, ErrorKind::Other)));
    assert_eq!(append(&log, &[payload(2, 100)]), Err(AppendError::Failed));
    assert_eq!(append(&log, &[payload(3, 100)]), Err(AppendError::Failed));
    assert!(log.failure().is_some());
    let (log, _) = open(&shadow.after_power_loss(9), 0).unwrap();
    assert_eq!(read_all(&log, 0), [(1, payload(1, 100))]);
}

#[test]
fn everything_in_the_queue_learns_of_the_failure() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    append(&log, &[payload(1, 100)]).unwrap();
    shadow.hold_syncs(true);
    let writes = shadow.writes();
    let first = log.submit(batch(&[payload(2, 100)])).unwrap();
    while shadow.writes() == writes {
        std::thread::yield_now();
    }
    let waiting: Vec<_> = (3..9).map(|n| log.submit(batch(&[payload(n, 100)])).unwrap()).collect();
    shadow.faults(|faults| faults.sync = Some(0));
    shadow.hold_syncs(false);
    assert_eq!(block_on(first), Err(AppendError::Failed));
    for pending in waiting {
        assert_eq!(block_on(pending), Err(AppendError::Failed));
    }
}
