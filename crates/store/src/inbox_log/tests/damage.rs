//! Torn tails are cut, damage is refused, and the two are never confused.

use super::*;
use crate::inbox_log::ReadError;
use crate::inbox_log::frame::{FRAME_HEADER, frame_len};
use crate::inbox_log::segment::DATA_START;

const GROUPS: &[&[usize]] = &[&[100], &[61, 200], &[8, 300, 33], &[77]];

/// A log of these groups of records, each synced once, as a kill or a close leaves it.
fn log_of_groups(groups: &[&[usize]], close: bool) -> (Shadow, Vec<(u64, Vec<u8>)>) {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    let mut all: Vec<(u64, Vec<u8>)> = Vec::new();
    for group in groups {
        let first = all.len() as u64 + 1;
        let payloads: Vec<Vec<u8>> = group.iter().zip(first..).map(|(len, n)| payload(n, *len)).collect();
        append(&log, &payloads).unwrap();
        all.extend((first..).zip(payloads));
    }
    if close {
        log.close();
    }
    (shadow.after_kill(), all)
}

/// Offset and length of each record's frame.
fn frames(all: &[(u64, Vec<u8>)]) -> Vec<(usize, usize)> {
    let mut at = DATA_START as usize;
    let place = |(_, bytes): &(u64, Vec<u8>)| {
        let this = at;
        at += frame_len(bytes.len());
        (this, FRAME_HEADER + bytes.len())
    };
    all.iter().map(place).collect()
}

/// Goes on with an opened log and loses power again: what was there stays, what is new is there.
fn check_goes_on(shadow: &Shadow, log: InboxLog, mut expected: Vec<(u64, Vec<u8>)>, seed: u64) {
    for len in [70, 500] {
        let next = expected.last().map_or(1, |(seq, _)| seq + 1);
        let bytes = payload(1_000_000 + next, len);
        assert_eq!(append(&log, std::slice::from_ref(&bytes)).unwrap().first, next);
        expected.push((next, bytes));
    }
    assert_eq!(read_all(&log, 0), expected);
    let again = shadow.after_power_loss(seed);
    drop(log);
    let (log, recovery) = open(&again, 0).unwrap();
    assert_eq!(recovery.torn_tail, None);
    assert_eq!(read_all(&log, 0), expected);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_there() {
    let (shadow, all) = log_of_groups(GROUPS, false);
    let (start, len) = *frames(&all).last().unwrap();
    let name = newest_segment(&shadow);
    let stale: Vec<u8> = payload(4711, 400);
    for cut in 0..=len {
        for filler in 0..3 {
            let torn = shadow.after_kill();
            torn.edit(&name, |file| match filler {
                0 => file[start + cut..].fill(0),
                1 => file[start + cut..].fill(0xff),
                _ => file[start + cut..start + 400].copy_from_slice(&stale[cut..]),
            });
            let whole = torn.content(&name)[start..start + len] == shadow.content(&name)[start..start + len];
            let (log, recovery) = open(&torn, 0).unwrap();
            let left = if whole { all.clone() } else { all[..all.len() - 1].to_vec() };
            assert_eq!(read_all(&log, 0), left, "cut {cut}, filler {filler}");
            assert_eq!(recovery.last_seq, left.len() as u64);
            assert_eq!(recovery.torn_tail.is_some(), !whole && cut >= FRAME_HEADER, "cut {cut}");
            if cut % 16 == 0 {
                check_goes_on(&torn, log, left, cut as u64);
            }
        }
    }
}

#[test]
fn a_lost_beginning_of_the_last_group_takes_the_group_with_it() {
    let (shadow, all) = log_of_groups(&[&[50], &[60, 600, 700, 80]], false);
    let (start, _) = frames(&all)[1];
    shadow.edit(&newest_segment(&shadow), |file| file[start..start + 20].fill(0));
    let (log, recovery) = open(&shadow, 0).unwrap();
    assert_eq!(read_all(&log, 0), all[..1], "the rest of the group was never acknowledged");
    assert_eq!(recovery.torn_tail, Some((format!("shadow/{}", newest_segment(&shadow)), start as u64)));
    check_goes_on(&shadow, log, all[..1].to_vec(), 3);
}

#[test]
fn a_torn_record_does_not_come_back_behind_a_new_one_of_its_size() {
    // The first record of the last group is lost; the second would fit exactly behind its replacement.
    let (shadow, all) = log_of_groups(&[&[50], &[60, 600]], false);
    let (start, _) = frames(&all)[1];
    shadow.edit(&newest_segment(&shadow), |file| file[start] ^= 1);
    let (log, _) = open(&shadow, 0).unwrap();
    append(&log, &[payload(77, 60)]).unwrap();
    let (log, _) = open(&shadow.after_kill(), 0).unwrap();
    assert_eq!(read_all(&log, 0), [all[0].clone(), (2, payload(77, 60))]);
}

#[test]
fn no_flipped_bit_is_taken_for_a_torn_tail_after_a_clean_close() {
    let (shadow, all) = log_of_groups(GROUPS, true);
    flip_everywhere(&shadow, &all, all.len());
}

#[test]
fn a_flipped_bit_costs_at_most_the_last_group_after_a_kill() {
    let (shadow, all) = log_of_groups(GROUPS, false);
    flip_everywhere(&shadow, &all, all.len() - 1);
}

/// Flips one bit of every byte in use. Frames of the first `certain` records must be refused with their
/// place; a frame after that may be cut.
fn flip_everywhere(shadow: &Shadow, all: &[(u64, Vec<u8>)], certain: usize) {
    let name = newest_segment(shadow);
    let frames = frames(all);
    let end = frames.last().map(|(start, len)| start + len.next_multiple_of(8)).unwrap();
    for byte in (0..64).chain(4090..4160).chain(DATA_START as usize..end + FRAME_HEADER) {
        let bad = shadow.after_kill();
        bad.edit(&name, |file| file[byte] ^= 1 << (byte % 8));
        let before = bad.content(&name);
        let hit = frames.iter().position(|(start, len)| (*start..start + len).contains(&byte));
        match (open(&bad, 0), hit) {
            (Err(OpenError::Damaged { file, offset, seq, .. }), Some(hit)) if hit < certain => {
                assert_eq!(file, format!("shadow/{name}"));
                assert_eq!((offset, seq), (frames[hit].0 as u64, hit as u64 + 1));
                assert_eq!(bad.content(&name), before, "a refusal changes nothing");
            }
            (Ok((log, _)), Some(hit)) if hit >= certain => {
                assert_eq!(read_all(&log, 0), all[..hit])
            }
            (Ok((log, _)), None) => assert_eq!(read_all(&log, 0), all, "byte {byte}"),
            (opened, hit) => panic!("byte {byte} in record {hit:?}: {:?}", opened.map(|_| ())),
        }
    }
}

#[test]
fn an_idle_log_marks_its_last_record_by_itself() {
    let shadow = Shadow::new();
    let config = InboxConfig { idle_mark: Some(std::time::Duration::from_millis(1)), ..small() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow.clone()), config, ports(), 0).unwrap();
    append(&log, &[payload(1, 100)]).unwrap();
    let name = newest_segment(&shadow);
    let mark_at = DATA_START as usize + frame_len(100);
    while shadow.after_power_loss(0).content(&name)[mark_at..mark_at + FRAME_HEADER] == [0; FRAME_HEADER] {
        std::thread::yield_now();
    }
    let syncs = shadow.syncs();
    let bad = shadow.after_power_loss(0);
    bad.edit(&name, |file| file[DATA_START as usize + 50] ^= 4);
    assert!(matches!(open(&bad, 0), Err(OpenError::Damaged { seq: 1, .. })));
    append(&log, &[payload(2, 100)]).unwrap();
    assert!(shadow.syncs() > syncs);
    let killed = shadow.after_power_loss(0);
    assert_eq!(read_all(&open(&killed, 0).unwrap().0, 0).len(), 2, "records go on behind a mark");
}

/// Three full segments and a bit, nothing decided; their names in order.
fn several_segments() -> (Shadow, Vec<String>) {
    let shadow = Shadow::new();
    let (log, _) = open(&shadow, 0).unwrap();
    let mut names = Vec::new();
    for n in 1..=27 {
        append(&log, &[payload(n, 3000 - 32)]).unwrap();
        let newest = newest_segment(&shadow);
        if names.last() != Some(&newest) {
            names.push(newest);
        }
    }
    log.close();
    assert_eq!(names.len(), 4);
    (shadow.after_kill(), names)
}

#[test]
fn a_missing_segment_is_noticed() {
    let (shadow, names) = several_segments();
    let remove = |name: &String| {
        let bad = shadow.after_kill();
        super::super::LogDir::remove(&bad, name).unwrap();
        open(&bad, 0).map(|_| ()).unwrap_err()
    };
    match remove(&names[0]) {
        OpenError::Missing { decided: 0, first: 9, file } => assert_eq!(file, format!("shadow/{}", names[1])),
        other => panic!("{other}"),
    }
    match remove(&names[2]) {
        OpenError::Damaged { file, seq: 17, proof, .. } => {
            assert_eq!(file, format!("shadow/{}", names[1]));
            assert!(proof.contains(&names[3]) && proof.contains("25"), "{proof}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn damage_anywhere_in_an_older_segment_is_noticed() {
    let (shadow, names) = several_segments();
    for (name, seq) in [(&names[0], 1), (&names[1], 9), (&names[1], 16)] {
        let bad = shadow.after_kill();
        let at = DATA_START as usize + (seq - 1) % 8 * 3000 + 1000;
        bad.edit(name, |file| file[at] ^= 1);
        match open(&bad, 0).map(|_| ()).unwrap_err() {
            OpenError::Damaged { file, seq: found, .. } => {
                assert_eq!((file, found), (format!("shadow/{name}"), seq as u64));
            }
            other => panic!("{other}"),
        }
        // What is decided wholly may be damaged: nobody needs it.
        let opened = open(&bad, 16);
        assert_eq!(read_all(&opened.unwrap().0, 16).len(), 11);
    }
}

#[test]
fn other_broken_directories_are_refused_by_name() {
    let (shadow, names) = several_segments();
    let refused = |change: &dyn Fn(&Shadow)| {
        let bad = shadow.after_kill();
        change(&bad);
        open(&bad, 0).map(|_| ()).unwrap_err().to_string()
    };
    let cut = refused(&|bad| bad.edit(&names[1], |file| file.truncate(20_000)));
    assert!(cut.contains(&names[1]) && cut.contains("20000 of 32768"), "{cut}");
    let stub = refused(&|bad| bad.edit(&names[1], |file| file.truncate(100)));
    assert!(stub.contains(&names[1]), "{stub}");
    let twice = refused(&|bad| bad.copy_file(&names[1], "0000000099.seg"));
    assert!(twice.contains(&names[1]) && twice.contains("0000000099.seg"), "{twice}");
    let header = refused(&|bad| {
        bad.edit(&names[3], |file| {
            file[9] ^= 1;
            file[4096 + 9] ^= 1;
        });
    });
    assert!(header.contains(&names[3]) && header.contains("header"), "{header}");
    let version = refused(&|bad| {
        bad.edit(&names[3], |file| {
            file[8] = 2;
            let crc = crc32c::crc32c(&file[..44]);
            file[44..48].copy_from_slice(&crc.to_le_bytes());
        });
    });
    assert!(version.contains(&names[3]) && version.contains("version 2"), "{version}");
}

#[test]
fn foreign_files_are_left_alone_and_unfinished_ones_removed() {
    let (shadow, _) = several_segments();
    let dir: &dyn super::super::LogDir = &shadow;
    for name in ["notes.txt", "0000000077.tmp", "x.seg"] {
        dir.create(name).unwrap();
    }
    let (log, _) = open(&shadow, 0).unwrap();
    assert_eq!(read_all(&log, 0).len(), 27);
    let names = shadow.names();
    assert!(names.contains(&"notes.txt".to_owned()) && names.contains(&"x.seg".to_owned()));
    assert!(!names.contains(&"0000000077.tmp".to_owned()));
}

#[test]
fn a_store_that_is_further_than_the_log_moves_the_sequence_on() {
    let (shadow, _) = several_segments();
    let (log, recovery) = open(&shadow, 1000).unwrap();
    assert_eq!(recovery.ended_before_decided, Some(27));
    assert_eq!((recovery.last_seq, recovery.pending_records), (1000, 0));
    assert_eq!(append(&log, &[payload(1, 50)]).unwrap().first, 1001);
    let (log, recovery) = open(&shadow.after_power_loss(4), 1000).unwrap();
    assert_eq!(read_all(&log, 1000).len(), 1);
    assert_eq!(recovery.ended_before_decided, None);
    let (log, recovery) = open(&Shadow::new(), 500).unwrap();
    assert!(recovery.created);
    assert_eq!(append(&log, &[payload(1, 50)]).unwrap().first, 501);
}

#[test]
fn damage_under_a_running_log_is_reported_to_the_reader() {
    let shadow = Shadow::new();
    let config = InboxConfig { ring_bytes: 0, ..small() };
    let (log, _) = InboxLog::open_in(Arc::new(shadow.clone()), config, ports(), 0).unwrap();
    for n in 1..=3 {
        append(&log, &[payload(n, 100)]).unwrap();
    }
    let second = DATA_START as usize + frame_len(100);
    shadow.edit(&newest_segment(&shadow), |file| file[second + 60] ^= 1);
    assert_eq!(log.read_after(0, 9, 9999).unwrap().last, 1, "what is whole still comes");
    match log.read_after(1, 9, 9999) {
        Err(ReadError::Damaged { file, offset, seq: 2 }) => {
            assert!(file.contains(".seg"));
            assert_eq!(offset, second as u64);
        }
        other => panic!("{other:?}"),
    }
}
