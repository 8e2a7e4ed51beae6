//! The bytes on disk. These must never change under version 1: a released log must open for ever.

use super::*;
use crate::inbox_log::frame::{FRAME_HEADER, mark, payload_ok, read_header};
use crate::inbox_log::segment::{Header, HeaderState};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_frame_is_these_bytes() {
    let mut batch = AppendBatch::new();
    batch.push(b"alert").unwrap();
    batch.stamp(7, 6, 0x0123_4567_89ab_cdef);
    let golden = GOLDEN_FRAME.concat();
    assert_eq!(hex(batch.as_slice()), golden);
    assert_eq!(hex(&mark(7, 0x0123_4567_89ab_cdef)), GOLDEN_MARK.concat());
}

#[test]
fn a_segment_header_is_these_bytes_twice() {
    let header = Header { first: 7, salt: 0x0123_4567_89ab_cdef, capacity: 1 << 26, group_limit: 8 << 20 };
    let bytes = header.encode();
    assert_eq!(hex(&bytes[..48]), GOLDEN_HEADER.concat());
    assert_eq!(bytes[..4096], bytes[4096..]);
    assert_eq!(Header::decode(&bytes), HeaderState::Valid(header));
}

/// Computed with another implementation of the format; one field a line.
const GOLDEN_FRAME: [&str; 8] = [
    "05000000",
    "cbb5df93",
    "0700000000000000",
    "0600000000000000",
    "01000000",
    "8d8bc3fd",
    "616c657274",
    "000000",
];
const GOLDEN_MARK: [&str; 6] =
    ["00000000", "00000000", "0700000000000000", "0700000000000000", "02000000", "b708ca95"];
const GOLDEN_HEADER: [&str; 7] = [
    "48616e736569494c",
    "01000000",
    "0700000000000000",
    "efcdab8967452301",
    "0000000400000000",
    "0000800000000000",
    "09b9be2e",
];

#[test]
fn no_changed_bit_of_a_frame_goes_unseen() {
    let mut batch = AppendBatch::new();
    batch.push(&payload(3, 61)).unwrap();
    batch.stamp(9, 8, 77);
    let frame = batch.as_slice().to_vec();
    let whole = |bytes: &[u8]| read_header(bytes, 77).is_some_and(|info| payload_ok(bytes, &info));
    assert!(whole(&frame));
    assert_eq!(read_header(&frame, 78), None, "another life of the segment");
    for bit in 0..(FRAME_HEADER + 61) * 8 {
        let mut bad = frame.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(!whole(&bad), "bit {bit}");
    }
}

#[test]
fn a_header_survives_one_bad_copy_and_prefers_the_later_life() {
    let old = Header { first: 7, salt: 1, capacity: 1 << 20, group_limit: 8 << 20 };
    let new = Header { first: 99, salt: 2, ..old };
    for (one, two, expected) in [
        (old.encode(), new.encode(), HeaderState::Valid(new)),
        (new.encode(), old.encode(), HeaderState::Valid(new)),
        (vec![0; 8192], new.encode(), HeaderState::Valid(new)),
        (vec![1; 8192], new.encode(), HeaderState::Valid(new)),
        (vec![0; 8192], vec![0; 8192], HeaderState::Unused),
        (vec![1; 8192], vec![0; 8192], HeaderState::Damaged),
    ] {
        assert_eq!(Header::decode(&[&one[..4096], &two[4096..]].concat()), expected);
    }
    for bit in 0..48 * 8 {
        let mut bytes = old.encode();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Header::decode(&bytes), HeaderState::Valid(old), "the second copy counts, bit {bit}");
        bytes[4096 + bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Header::decode(&bytes), HeaderState::Damaged, "bit {bit}");
    }
}
