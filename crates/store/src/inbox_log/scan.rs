//! Reading a segment whose end is not known: frame by frame, and then searching what lies behind the end.

use std::io;

use super::frame::{FRAME_ALIGN, FRAME_HEADER, FrameInfo, get_u32, get_u64, payload_ok, read_header};
use super::layer::LogFile;
use super::segment::{DATA_START, Segment};

/// Bytes read from a file at once; more than any frame.
const WINDOW: usize = 2 << 20;

/// Where a scan ended.
pub(super) struct Scan {
    /// Where the last group begins that was written with one sync.
    pub group_at: u64,
    /// Whether a mark is the last valid frame.
    pub marked: bool,
}

/// What lies behind the last valid record of the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Behind {
    /// Place of a frame that states that the missing record had been synced.
    pub proof: Option<u64>,
    /// Frames of a write that was never acknowledged.
    pub torn: bool,
}

/// Finds the valid records of a segment and notes their places in it.
pub(super) fn scan(segment: &mut Segment) -> io::Result<Scan> {
    let file = std::sync::Arc::clone(&segment.file);
    let mut window = Window::new(file.as_ref(), segment.capacity);
    let (mut at, mut expected) = (DATA_START, segment.first);
    let mut group = None;
    let mut scan = Scan { group_at: DATA_START, marked: false };
    while let Some(info) = window.frame(at, segment.salt)? {
        if info.is_mark {
            if info.seq + 1 != expected {
                break;
            }
            scan = Scan { group_at: at, marked: true };
            group = None;
        } else {
            if info.seq != expected {
                break;
            }
            if group != Some(info.durable) {
                group = Some(info.durable);
                scan.group_at = at;
            }
            scan.marked = false;
            segment.grow(expected, at, expected, at + info.total() as u64);
            expected += 1;
        }
        at += info.total() as u64;
    }
    segment.end = at;
    Ok(scan)
}

/// Searches the rest of the log's last segment, whose next record would be `segment.last + 1`.
pub(super) fn look_behind(segment: &Segment) -> io::Result<Behind> {
    let missing = segment.last + 1;
    // No segment holds more records than this, so a larger number is not a frame.
    let limit = missing.saturating_add(segment.capacity / FRAME_HEADER as u64);
    let mut window = Window::new(segment.file.as_ref(), segment.capacity);
    let mut behind = Behind::default();
    let mut at = segment.end;
    while at + FRAME_HEADER as u64 <= segment.capacity {
        let block = window.bytes(at, WINDOW)?;
        if block.len() < FRAME_HEADER {
            break;
        }
        let places = (block.len() - FRAME_HEADER) / FRAME_ALIGN + 1;
        for place in 0..places {
            let bytes = &block[place * FRAME_ALIGN..];
            // Cheap tests first: this looks at every eighth byte of up to a whole segment.
            if !matches!(get_u32(bytes, 24), 1 | 2) || !(missing..limit).contains(&get_u64(bytes, 8)) {
                continue;
            }
            let Some(info) = read_header(bytes, segment.salt) else {
                continue;
            };
            behind.torn = true;
            if info.durable >= missing {
                behind.proof = Some(at + (place * FRAME_ALIGN) as u64);
                return Ok(behind);
            }
        }
        at += (places * FRAME_ALIGN) as u64;
    }
    Ok(behind)
}

/// A file seen through a buffer that moves forward.
struct Window<'a> {
    file: &'a dyn LogFile,
    size: u64,
    at: u64,
    buf: Vec<u8>,
}

impl<'a> Window<'a> {
    fn new(file: &'a dyn LogFile, size: u64) -> Self {
        Self { file, size, at: 0, buf: Vec::new() }
    }

    /// Bytes from `offset` on: `want` of them, or as many as the file has.
    fn bytes(&mut self, offset: u64, want: usize) -> io::Result<&[u8]> {
        let want = (want as u64).min(self.size.saturating_sub(offset)) as usize;
        let inside = offset >= self.at && offset + want as u64 <= self.at + self.buf.len() as u64;
        if !inside {
            let fill = WINDOW.min(self.size.saturating_sub(offset) as usize);
            self.buf.resize(fill, 0);
            let got = self.file.read_at(&mut self.buf, offset)?;
            self.buf.truncate(got);
            self.at = offset;
        }
        let from = (offset - self.at) as usize;
        let to = (from + want).min(self.buf.len());
        Ok(self.buf.get(from..to).unwrap_or(&[]))
    }

    /// The frame at `offset`, if a whole valid one begins there.
    fn frame(&mut self, offset: u64, salt: u64) -> io::Result<Option<FrameInfo>> {
        let Some(info) = read_header(self.bytes(offset, FRAME_HEADER)?, salt) else {
            return Ok(None);
        };
        let frame = self.bytes(offset, info.total())?;
        let whole = frame.len() == info.total() && payload_ok(frame, &info);
        Ok(whole.then_some(info))
    }
}
