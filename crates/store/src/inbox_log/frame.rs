//! How one record lies in a segment, and the batch in which callers hand records over.
//!
//! ```text
//!  0  u32  payload length (0 for a mark)
//!  4  u32  CRC32C of the payload
//!  8  u64  sequence number
//! 16  u64  durable: every record up to this number was synced before this frame was written
//! 24  u32  kind: 1 record, 2 mark
//! 28  u32  CRC32C of bytes 0..28 and the segment's salt
//! 32       payload, then zeros up to a multiple of 8
//! ```
//!
//! The caller's thread frames and checksums its payloads while it builds an [`AppendBatch`]; the writer
//! only stamps 32 bytes a record. The salt is drawn anew for each life of a segment, so neither stale bytes
//! of a recycled segment nor bytes that a sender put into a payload can pass for a frame. `durable` is what
//! tells a torn tail from damage: only a frame that says "record n was synced" proves that n is missing.

use std::io;

use bytes::{Bytes, BytesMut};

use super::error::PushError;

/// Bytes before each payload.
pub(super) const FRAME_HEADER: usize = 32;
/// Frames start at multiples of this.
pub(super) const FRAME_ALIGN: usize = 8;
/// Largest payload of one record (R41: one request is at most 1 MiB).
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// Largest batch, and largest group written with one sync, framing included. Recovery relies on it: an
/// unacknowledged write never reaches further than this behind the last valid record.
pub const MAX_BATCH_BYTES: usize = 8 << 20;

const KIND_RECORD: u32 = 1;
const KIND_MARK: u32 = 2;

/// Records to append together: one completion, consecutive sequence numbers, in order.
///
/// Not a transaction: after a crash a batch that was never acknowledged may be found in part, from its
/// beginning.
#[derive(Debug, Default)]
pub struct AppendBatch {
    buf: BytesMut,
    records: u32,
}

impl AppendBatch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch with room for `records` records of `payload_bytes` in all, so that filling it
    /// allocates once.
    #[must_use]
    pub fn with_capacity(records: usize, payload_bytes: usize) -> Self {
        let per_record = FRAME_HEADER + FRAME_ALIGN;
        let bytes = records.saturating_mul(per_record).saturating_add(payload_bytes).min(MAX_BATCH_BYTES);
        Self { buf: BytesMut::with_capacity(bytes), records: 0 }
    }

    /// Adds one record.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), PushError> {
        self.push_with(|writer| {
            writer.put(payload);
            Ok(())
        })
    }

    /// Adds one record that `fill` writes straight into the batch. If `fill` fails or the record does not
    /// fit, the batch is as it was before.
    pub fn push_with(
        &mut self,
        fill: impl FnOnce(&mut RecordWriter<'_>) -> io::Result<()>,
    ) -> Result<(), PushError> {
        let start = self.buf.len();
        self.buf.resize(start + FRAME_HEADER, 0);
        let pushed = fill(&mut RecordWriter { buf: &mut self.buf })
            .map_err(PushError::Fill)
            .and_then(|()| self.seal(start));
        match pushed {
            Ok(()) => self.records += 1,
            Err(_) => self.buf.truncate(start),
        }
        pushed
    }

    fn seal(&mut self, start: usize) -> Result<(), PushError> {
        let payload = start + FRAME_HEADER;
        let len = self.buf.len() - payload;
        if len == 0 {
            return Err(PushError::Empty);
        }
        if len > MAX_RECORD_BYTES {
            return Err(PushError::RecordTooLarge { bytes: len });
        }
        let end = start + frame_len(len);
        if end > MAX_BATCH_BYTES {
            return Err(PushError::BatchTooLarge);
        }
        let crc = crc32c::crc32c(&self.buf[payload..]);
        self.buf.resize(end, 0);
        let header = &mut self.buf[start..payload];
        put_u32(header, 0, len as u32);
        put_u32(header, 4, crc);
        put_u32(header, 24, KIND_RECORD);
        Ok(())
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records as usize
    }

    /// Whether nothing has been added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Bytes this batch takes in the log, framing included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.buf.len()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.buf
    }

    /// Memory held, which may be more than [`Self::bytes`].
    pub(super) fn memory(&self) -> usize {
        self.buf.capacity()
    }

    pub(super) fn freeze(self) -> Bytes {
        self.buf.freeze()
    }

    /// Gives the records the numbers from `first` on and completes their headers.
    pub(super) fn stamp(&mut self, first: u64, durable: u64, salt: u64) {
        let mut seq = first;
        let mut rest = &mut self.buf[..];
        while rest.len() >= FRAME_HEADER {
            let total = frame_len(get_u32(rest, 0) as usize);
            stamp_header(&mut rest[..FRAME_HEADER], seq, durable, salt);
            seq += 1;
            rest = &mut rest[total..];
        }
    }
}

/// Where [`AppendBatch::push_with`] lets a payload be written.
#[derive(Debug)]
pub struct RecordWriter<'a> {
    buf: &'a mut BytesMut,
}

impl RecordWriter<'_> {
    /// Appends bytes to the payload.
    pub fn put(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }
}

impl io::Write for RecordWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A mark: no payload, only the statement that everything up to `last` is synced. Written behind the last
/// group when the log closes or falls idle, so that damage to that group is seen as damage too.
pub(super) fn mark(last: u64, salt: u64) -> [u8; FRAME_HEADER] {
    let mut frame = [0; FRAME_HEADER];
    put_u32(&mut frame, 24, KIND_MARK);
    stamp_header(&mut frame, last, last, salt);
    frame
}

fn stamp_header(header: &mut [u8], seq: u64, durable: u64, salt: u64) {
    put_u64(header, 8, seq);
    put_u64(header, 16, durable);
    let crc = header_crc(header, salt);
    put_u32(header, 28, crc);
}

fn header_crc(header: &[u8], salt: u64) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&header[..28]), &salt.to_le_bytes())
}

/// What a valid frame header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameInfo {
    pub seq: u64,
    pub durable: u64,
    pub payload_len: usize,
    pub is_mark: bool,
}

impl FrameInfo {
    /// Length of the whole frame.
    pub fn total(&self) -> usize {
        frame_len(self.payload_len)
    }
}

/// Length of a frame with this payload.
pub(super) fn frame_len(payload: usize) -> usize {
    (FRAME_HEADER + payload).next_multiple_of(FRAME_ALIGN)
}

/// Reads a frame header, or nothing if the bytes are not one of this salt.
pub(super) fn read_header(bytes: &[u8], salt: u64) -> Option<FrameInfo> {
    let header = bytes.get(..FRAME_HEADER)?;
    let kind = get_u32(header, 24);
    let payload_len = get_u32(header, 0) as usize;
    let is_mark = kind == KIND_MARK;
    let shape_ok = if is_mark {
        payload_len == 0
    } else {
        kind == KIND_RECORD && (1..=MAX_RECORD_BYTES).contains(&payload_len)
    };
    if !shape_ok || header_crc(header, salt) != get_u32(header, 28) {
        return None;
    }
    Some(FrameInfo { seq: get_u64(header, 8), durable: get_u64(header, 16), payload_len, is_mark })
}

/// Whether the payload behind a valid header is whole; `frame` begins at the header.
pub(super) fn payload_ok(frame: &[u8], info: &FrameInfo) -> bool {
    frame
        .get(FRAME_HEADER..FRAME_HEADER + info.payload_len)
        .is_some_and(|payload| crc32c::crc32c(payload) == get_u32(frame, 4))
}

/// Payloads of a stamped batch from `from` on, as slices that share its memory. The bytes come from memory,
/// so only lengths are looked at.
pub(super) fn slices(frames: &Bytes, first: u64, from: u64) -> impl Iterator<Item = (u64, Bytes)> + '_ {
    let mut at = 0;
    let mut seq = first;
    std::iter::from_fn(move || {
        loop {
            let payload = at + FRAME_HEADER;
            if payload > frames.len() {
                return None;
            }
            let len = get_u32(&frames[at..], 0) as usize;
            let this = seq;
            at += frame_len(len);
            seq += 1;
            if this >= from {
                return Some((this, frames.slice(payload..payload + len)));
            }
        }
    })
}

pub(super) fn get_u32(bytes: &[u8], at: usize) -> u32 {
    let mut raw = [0; 4];
    raw.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(raw)
}

pub(super) fn get_u64(bytes: &[u8], at: usize) -> u64 {
    let mut raw = [0; 8];
    raw.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(raw)
}

pub(super) fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

pub(super) fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}
