//! Segments used again and again: bounded in number, and nothing of an old life shows.

use super::*;

/// The worst case: salts are all the same, so only the sequence tells old records from new ones.
fn unsalted() -> InboxPorts {
    InboxPorts { salt: Arc::new(|| 7), ..ports() }
}

#[test]
fn files_stay_few_when_deciding_keeps_up() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=400 {
        append(&log, &[payload(n, 1000)]).unwrap();
        log.trim(n);
    }
    drop(log);
    // At most: the active one, two spares, one being prepared when a segment came back.
    assert!(shadow.names().len() <= 4, "{:?}", shadow.names());
}

#[test]
fn surplus_segments_are_removed() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=400 {
        append(&log, &[payload(n, 1000)]).unwrap();
    }
    assert!(shadow.names().len() >= 18);
    log.trim(400);
    while shadow.names().len() > 4 {
        std::thread::yield_now();
    }
    append(&log, &[payload(401, 1000)]).unwrap();
    assert_eq!(read_all(&log, 400).len(), 1);
}

#[test]
fn old_records_at_the_same_places_are_not_read_again() {
    for lose_power in [false, true] {
        let mut shadow = Shadow::new();
        let (mut last, mut decided) = (0, 0);
        for life in 0..30 {
            let dir = Arc::new(shadow.clone());
            let (log, recovery) = InboxLog::open_in(dir, small(), unsalted(), decided).unwrap();
            assert_eq!(recovery.last_seq, last, "life {life}");
            for _ in 0..7 {
                // Equal sizes: every old frame begins exactly where a new one will.
                last = append(&log, &[payload(last + 1, 2000)]).unwrap().last;
            }
            assert_eq!(
                read_all(&log, decided),
                (decided + 1..=last).map(|n| (n, payload(n, 2000))).collect::<Vec<_>>()
            );
            decided = last - 2;
            log.trim(decided);
            shadow = if lose_power { shadow.after_power_loss(life) } else { shadow.after_kill() };
        }
        assert!(shadow.names().len() <= 4, "{:?}", shadow.names());
    }
}

#[test]
fn a_reader_of_a_segment_that_is_overwritten_gets_no_other_records() {
    let shadow = Shadow::new();
    let config = InboxConfig { ring_bytes: 0, ..small() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow), config, ports(), 0).unwrap();
    let reader = std::thread::spawn({
        let log = log.clone();
        move || {
            let mut seen = 0;
            while seen < 3000 {
                match log.read_after(seen, 5, 10_000) {
                    Ok(batch) => {
                        for (seq, bytes) in &batch.records {
                            assert_eq!(*bytes, payload(*seq, 200));
                        }
                        seen = batch.last;
                        std::thread::yield_now();
                    }
                    Err(crate::inbox_log::ReadError::Trimmed { first, .. }) => seen = first - 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
    });
    for n in 1..=3000 {
        append(&log, &[payload(n, 200)]).unwrap();
        log.trim(n.saturating_sub(40));
    }
    reader.join().unwrap();
}

#[test]
fn held_records_stay_readable_until_the_hold_ends() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    append(&log, &[payload(1, 1000)]).unwrap();
    log.trim(1);
    let hold = log.hold();
    assert_eq!(hold.after(), 1);
    for n in 2..=100 {
        append(&log, &[payload(n, 1000)]).unwrap();
        log.trim(n);
    }
    assert_eq!(read_all(&log, 1).len(), 99);
    assert_eq!(log.backlog().records, 0, "held is not the same as undecided");
    drop(hold);
    assert!(log.read_after(1, 1, 1).is_err());
}

#[test]
fn segments_of_another_size_are_read_but_not_used_again() {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    for n in 1..=60 {
        append(&log, &[payload(n, 1000)]).unwrap();
    }
    drop(log);
    let config = InboxConfig { segment_bytes: 64 * 1024, ..small() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow.clone()), config, ports(), 0).unwrap();
    assert_eq!(read_all(&log, 0).len(), 60);
    for n in 61..=300 {
        append(&log, &[payload(n, 1000)]).unwrap();
        log.trim(n);
    }
    log.close();
    drop(log);
    let (log, _) = open(&shadow, 300).unwrap();
    assert_eq!(log.last_seq(), 300);
}
