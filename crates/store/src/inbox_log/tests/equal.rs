//! The log in memory gives the same answers as the one on disk, so that the simulator tells the truth.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Op {
    Append(Vec<usize>),
    Trim(u64),
    Read { records: usize, bytes: usize },
    Crash,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => prop::collection::vec(8_usize..3000, 0..5).prop_map(Op::Append),
        2 => (0_u64..10).prop_map(Op::Trim),
        3 => (0_usize..9, 0_usize..5000).prop_map(|(records, bytes)| Op::Read { records, bytes }),
        1 => Just(Op::Crash),
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn memory_and_disk_answer_alike(ops in prop::collection::vec(op(), 1..60)) {
        let mut shadow = Shadow::new();
        let mut disk = open(&shadow, 0).unwrap().0;
        let mut memory = InboxLog::in_memory_with(small());
        let (mut decided, mut number) = (0, 0);
        for op in ops {
            match op {
                Op::Append(sizes) => {
                    let payloads: Vec<Vec<u8>> = sizes.iter().map(|size| { number += 1; payload(number, *size) }).collect();
                    prop_assert_eq!(append(&disk, &payloads), append(&memory, &payloads));
                }
                Op::Trim(records) => {
                    decided = (decided + records).min(disk.last_seq());
                    disk.trim(decided);
                    memory.trim(decided);
                }
                Op::Read { records, bytes } => {
                    let (one, two) = (disk.read_after(decided, records, bytes), memory.read_after(decided, records, bytes));
                    let (one, two) = (one.unwrap(), two.unwrap());
                    // A reading from disk may end with its segment.
                    prop_assert!(one.records.len() <= two.records.len());
                    prop_assert_eq!(one.records.is_empty(), two.records.is_empty());
                    prop_assert_eq!(&one.records[..], &two.records[..one.records.len()]);
                }
                Op::Crash => {
                    shadow = shadow.after_kill();
                    disk = open(&shadow, decided).unwrap().0;
                    memory = memory.crash(decided).unwrap();
                }
            }
            prop_assert_eq!(disk.last_seq(), memory.last_seq());
            prop_assert_eq!(disk.backlog().records, memory.backlog().records);
        }
        prop_assert_eq!(read_all(&disk, decided), read_all(&memory, decided));
    }
}

#[test]
fn the_simulator_can_make_it_refuse() {
    let log = InboxLog::in_memory();
    for reason in [AppendError::Full, AppendError::Failed, AppendError::Backlogged] {
        log.refuse(Some(reason));
        assert_eq!(append(&log, &[payload(1, 50)]), Err(reason));
    }
    log.refuse(None);
    assert_eq!(append(&log, &[payload(1, 50)]).unwrap().first, 1);
    assert_eq!(block_on(log.wait_beyond(0)), Ok(1));
}

#[test]
fn a_crash_ends_the_old_handle_and_keeps_the_records() {
    let log = InboxLog::in_memory();
    append(&log, &[payload(1, 50), payload(2, 50), payload(3, 50)]).unwrap();
    let zombie = log.clone();
    let log = log.crash(1).unwrap();
    assert_eq!(append(&zombie, &[payload(9, 50)]), Err(AppendError::Closed));
    assert!(block_on(zombie.wait_beyond(3)).is_err());
    assert_eq!(read_all(&log, 1).len(), 2);
    assert_eq!(log.backlog().records, 2);
    assert_eq!(append(&log, &[payload(4, 50)]).unwrap().first, 4);
    assert!(open(&Shadow::new(), 0).unwrap().0.crash(0).is_none(), "a log on disk is reopened instead");
}

#[test]
fn limits_hold_in_memory_too() {
    let log = InboxLog::in_memory_with(InboxConfig { backlog_bytes: 1000, ..small() });
    append(&log, &[payload(1, 600)]).unwrap();
    assert_eq!(append(&log, &[payload(2, 600)]), Err(AppendError::Backlogged));
    let hold = log.hold();
    log.trim(1);
    assert_eq!(log.backlog(), crate::inbox_log::Backlog { records: 0, bytes: 0 });
    assert_eq!(append(&log, &[payload(2, 600)]).unwrap().first, 2);
    assert_eq!(read_all(&log, 0).len(), 2, "held");
    drop(hold);
    assert!(log.read_after(0, 1, 1).is_err());
    assert_eq!(append(&log, &[payload(1, 25_000)]), Err(AppendError::TooLarge));
}
