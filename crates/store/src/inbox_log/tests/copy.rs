//! Backups: what is pending, as a log of its own.

use super::*;
use crate::inbox_log::{Copied, CopyError, LogDir, ReadError};

fn target() -> (Shadow, Arc<dyn LogDir>) {
    let shadow = Shadow::new();
    (shadow.clone(), Arc::new(shadow))
}

#[test]
fn a_copy_holds_exactly_what_is_pending_and_opens() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=120 {
        append(&log, &[payload(n, 900)]).unwrap();
    }
    for after in [0, 40, 119, 120] {
        let (copy, dir) = target();
        let copied = log.copy_pending_into(&dir, after).unwrap();
        assert_eq!(copied, Copied { records: 120 - after, last: 120 });
        // Everything in it is durable.
        let (opened, recovery) = open(&copy.after_power_loss(3), after).unwrap();
        assert_eq!((recovery.last_seq, recovery.created, recovery.torn_tail), (120, false, None));
        assert_eq!(read_all(&opened, after), read_all(&log, after));
        assert_eq!(append(&opened, &[payload(1, 50)]).unwrap().first, 121);
    }
}

#[test]
fn a_copy_of_a_large_backlog_has_several_segments_that_are_given_up_one_by_one() {
    let (log, _) = open(&Shadow::new(), 0).unwrap();
    for n in 1..=100 {
        append(&log, &[payload(n, 2000)]).unwrap();
    }
    let (copy, dir) = target();
    log.copy_pending_into(&dir, 0).unwrap();
    assert!(copy.names().len() > 1, "{:?}", copy.names());
    let (opened, _) = open(&copy, 0).unwrap();
    opened.trim(100);
    append(&opened, &[payload(101, 2000)]).unwrap();
    assert_eq!(read_all(&opened, 100).len(), 1);
}

#[test]
fn damage_to_a_copy_is_noticed() {
    let (log, _) = open(&Shadow::new(), 0).unwrap();
    append(&log, &[payload(1, 100), payload(2, 100)]).unwrap();
    let (copy, dir) = target();
    log.copy_pending_into(&dir, 0).unwrap();
    let name = newest_segment(&copy);
    let used = copy.content(&name).len();
    for byte in 8192..used - 32 {
        let bad = copy.after_kill();
        bad.edit(&name, |file| file[byte] ^= 0x10);
        if let Ok((opened, _)) = open(&bad, 0) {
            assert_eq!(read_all(&opened, 0).len(), 2, "only padding may change unseen, byte {byte}");
        }
    }
    for len in [100, 8192, used - 33, used - 1] {
        let bad = copy.after_kill();
        bad.edit(&name, |file| file.truncate(len));
        assert!(matches!(open(&bad, 0), Err(OpenError::Cut { .. })), "cut to {len}");
    }
}

#[test]
fn copying_needs_an_empty_target_and_records_that_are_still_there() {
    let (log, _) = open(&Shadow::new(), 0).unwrap();
    for n in 1..=100 {
        append(&log, &[payload(n, 1000)]).unwrap();
        log.trim(n);
    }
    let (_, dir) = target();
    assert!(matches!(log.copy_pending_into(&dir, 5), Err(CopyError::Read(ReadError::Trimmed { .. }))));
    let (_, dir) = target();
    dir.create("something").unwrap();
    assert!(matches!(log.copy_pending_into(&dir, 100), Err(CopyError::NotEmpty(_))));
}

#[test]
fn a_hold_taken_before_the_snapshot_keeps_what_the_copy_needs() {
    let (log, _) = open(&Shadow::new(), 0).unwrap();
    append(&log, &[payload(1, 1000)]).unwrap();
    let hold = log.hold();
    let snapshot = hold.after();
    for n in 2..=100 {
        append(&log, &[payload(n, 1000)]).unwrap();
        log.trim(n);
    }
    let (copy, dir) = target();
    assert_eq!(log.copy_pending_into(&dir, snapshot).unwrap().records, 100);
    drop(hold);
    assert_eq!(read_all(&open(&copy, snapshot).unwrap().0, snapshot).len(), 100);
}

#[test]
fn copying_while_others_append_gives_a_consistent_copy() {
    let (log, _) = open(&Shadow::new(), 0).unwrap();
    append(&log, &[payload(1, 300)]).unwrap();
    let writer = std::thread::spawn({
        let log = log.clone();
        move || (2..=600).for_each(|n| assert!(append(&log, &[payload(n, 300)]).is_ok()))
    });
    for _ in 0..10 {
        let before = log.last_seq();
        let (copy, dir) = target();
        let copied = log.copy_pending_into(&dir, 0).unwrap();
        assert!(copied.last >= before);
        let (opened, _) = open(&copy, 0).unwrap();
        let records = read_all(&opened, 0);
        assert_eq!(records.len() as u64, copied.records);
        assert!(records.iter().all(|(seq, bytes)| *bytes == payload(*seq, 300)));
    }
    writer.join().unwrap();
}

#[test]
fn a_log_in_memory_can_be_copied_too() {
    let log = InboxLog::in_memory_with(small());
    append(&log, &[payload(1, 300), payload(2, 300)]).unwrap();
    let (copy, dir) = target();
    assert_eq!(log.copy_pending_into(&dir, 1).unwrap(), Copied { records: 1, last: 2 });
    assert_eq!(read_all(&open(&copy, 1).unwrap().0, 1), [(2, payload(2, 300))]);
}
