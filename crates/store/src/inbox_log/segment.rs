//! Segment files: their names, their header, and what is known about one while the log is open.
//!
//! A segment is a preallocated file. Its header stands at byte 0 and again at byte 4096, so that one damaged
//! page does not orphan every record behind it; records begin at byte 8192. Header and first group go out in
//! one write: taking a segment into use costs no sync of its own, and a header without records, or records
//! without header, both mean "nothing was acknowledged here".
//!
//! A segment whose records are all decided is overwritten in place, under a new salt. No step marks it as
//! free: that its successor begins at or below the decided position says so.

use std::sync::Arc;

use super::frame::{MAX_BATCH_BYTES, get_u32, get_u64, put_u32, put_u64};
use super::layer::LogFile;

/// Where records begin.
pub(super) const DATA_START: u64 = 8192;
/// Where the second copy of the header stands.
pub(super) const SECOND_HEADER: usize = 4096;
/// Version of the format in this module and `frame`.
pub(super) const FORMAT_VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"HanseiIL";
const HEADER_BYTES: usize = 48;
/// Index one place per this many bytes.
const INDEX_STEP: u64 = 64 * 1024;

/// Name of a segment file.
pub(super) fn segment_name(number: u64) -> String {
    format!("{number:010}.seg")
}

/// Name of a segment that is still being filled with zeros.
pub(super) fn unfinished_name(number: u64) -> String {
    format!("{number:010}.tmp")
}

/// Number in a name made by [`segment_name`] or [`unfinished_name`], with whether it is finished.
pub(super) fn parse_name(name: &str) -> Option<(u64, bool)> {
    let (number, kind) = name.split_once('.')?;
    let finished = match kind {
        "seg" => true,
        "tmp" => false,
        _ => return None,
    };
    Some((number.parse().ok()?, finished))
}

/// What a segment header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// First sequence number in the segment.
    pub first: u64,
    /// Seed of all frame checksums in this life of the segment.
    pub salt: u64,
    /// Length of the file when it was made.
    pub capacity: u64,
    /// How far an unacknowledged write may reach; see `MAX_BATCH_BYTES`.
    pub group_limit: u64,
}

/// What stands where a header should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeaderState {
    /// Only zeros: prepared, never used.
    Unused,
    Valid(Header),
    Damaged,
    Version(u32),
}

impl Header {
    /// Both copies, up to [`DATA_START`].
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; DATA_START as usize];
        let (one, two) = bytes.split_at_mut(SECOND_HEADER);
        for copy in [one, two] {
            copy[..8].copy_from_slice(MAGIC);
            put_u32(copy, 8, FORMAT_VERSION);
            put_u64(copy, 12, self.first);
            put_u64(copy, 20, self.salt);
            put_u64(copy, 28, self.capacity);
            put_u64(copy, 36, self.group_limit);
            let crc = crc32c::crc32c(&copy[..44]);
            put_u32(copy, 44, crc);
        }
        bytes
    }

    fn decode_copy(copy: &[u8]) -> HeaderState {
        let head = &copy[..HEADER_BYTES];
        if head.iter().all(|byte| *byte == 0) {
            return HeaderState::Unused;
        }
        if &head[..8] != MAGIC || crc32c::crc32c(&head[..44]) != get_u32(head, 44) {
            return HeaderState::Damaged;
        }
        match get_u32(head, 8) {
            FORMAT_VERSION => HeaderState::Valid(Self {
                first: get_u64(head, 12),
                salt: get_u64(head, 20),
                capacity: get_u64(head, 28),
                group_limit: get_u64(head, 36),
            }),
            other => HeaderState::Version(other),
        }
    }

    /// Reads the first [`DATA_START`] bytes of a segment.
    ///
    /// A power loss while a segment is taken into use can leave one copy of its old life and one of the new;
    /// the later one counts, as its segment is the end of the log and the old content was given up.
    pub fn decode(bytes: &[u8]) -> HeaderState {
        let (one, two) = bytes.split_at(SECOND_HEADER);
        match (Self::decode_copy(one), Self::decode_copy(two)) {
            (HeaderState::Valid(a), HeaderState::Valid(b)) => {
                HeaderState::Valid(if b.first > a.first { b } else { a })
            }
            (HeaderState::Version(version), _) | (_, HeaderState::Version(version)) => {
                HeaderState::Version(version)
            }
            (HeaderState::Valid(header), _) | (_, HeaderState::Valid(header)) => HeaderState::Valid(header),
            (HeaderState::Unused, HeaderState::Unused) => HeaderState::Unused,
            _ => HeaderState::Damaged,
        }
    }
}

/// A segment file that holds nothing any more.
pub(super) struct Spare {
    pub name: String,
    pub file: Arc<dyn LogFile>,
    pub capacity: u64,
}

/// A segment in use. Only synced records count here.
pub(super) struct Segment {
    pub name: String,
    pub file: Arc<dyn LogFile>,
    pub salt: u64,
    /// Length of the file now.
    pub capacity: u64,
    /// Length of the file when it was made; larger only if somebody cut it.
    pub made_with: u64,
    /// How far an unacknowledged write may reach in it.
    pub group_limit: u64,
    /// First sequence number that belongs here.
    pub first: u64,
    /// Last synced one; `first - 1` while there is none.
    pub last: u64,
    /// Where the frame after `last` would begin, or later.
    pub end: u64,
    /// Bytes in all segments before this one, since the log was opened.
    pub base: u64,
    /// Sparse: sequence number and offset of some frames, ascending.
    index: Vec<(u64, u64)>,
}

impl Segment {
    pub fn new(spare: Spare, salt: u64, first: u64) -> Self {
        let Spare { name, file, capacity } = spare;
        Self {
            name,
            file,
            salt,
            capacity,
            made_with: capacity,
            group_limit: MAX_BATCH_BYTES as u64,
            first,
            last: first - 1,
            end: DATA_START,
            base: 0,
            index: vec![(first, DATA_START)],
        }
    }

    /// Takes note of synced frames: from `seq` at `offset` up to `last`, ending at `end`.
    pub fn grow(&mut self, seq: u64, offset: u64, last: u64, end: u64) {
        if self.index.last().is_none_or(|(_, at)| offset >= at + INDEX_STEP) {
            self.index.push((seq, offset));
        }
        self.last = last;
        self.end = end;
    }

    /// A frame at or before `seq`: its number and offset.
    pub fn locate(&self, seq: u64) -> (u64, u64) {
        let after = self.index.partition_point(|(known, _)| *known <= seq);
        self.index.get(after.saturating_sub(1)).copied().unwrap_or((self.first, DATA_START))
    }

    pub fn into_spare(self) -> Spare {
        Spare { name: self.name, file: self.file, capacity: self.capacity }
    }
}
