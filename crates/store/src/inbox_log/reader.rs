//! Reading synced records in order, from memory where possible and otherwise from the file.

use bytes::Bytes;

use super::error::ReadError;
use super::frame::{FRAME_HEADER, payload_ok, read_header, slices};
use super::state::{FilePlan, Plan, State};

/// Records read in one go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Sequence number and payload, consecutive.
    pub records: Vec<(u64, Bytes)>,
    /// The position to read on from: the number of the last record here, or the one asked for if there are
    /// none.
    pub last: u64,
}

impl Batch {
    /// Takes records until one of the limits is reached, but at least one.
    pub(super) fn collect(
        after: u64,
        max_records: usize,
        max_bytes: usize,
        records: impl Iterator<Item = (u64, Bytes)>,
    ) -> Self {
        let mut batch = Self { records: Vec::new(), last: after };
        let mut bytes = 0_usize;
        for (seq, payload) in records {
            bytes = bytes.saturating_add(payload.len());
            if !batch.records.is_empty() && bytes > max_bytes {
                break;
            }
            batch.last = seq;
            batch.records.push((seq, payload));
            if batch.records.len() >= max_records {
                break;
            }
        }
        batch
    }
}

/// Smallest and largest reading from a file at once.
const CHUNK: std::ops::RangeInclusive<u64> = (64 << 10)..=(4 << 20);

impl State {
    /// Synced records after `after`, at least one if there is any.
    pub fn read_after(&self, after: u64, max_records: usize, max_bytes: usize) -> Result<Batch, ReadError> {
        match self.plan(after, max_records, max_bytes)? {
            Plan::Nothing => Ok(Batch { records: Vec::new(), last: after }),
            Plan::Memory(batches) => {
                let records = batches.iter().flat_map(|(first, frames)| slices(frames, *first, after + 1));
                Ok(Batch::collect(after, max_records, max_bytes, records))
            }
            Plan::File(plan) => self.read_file(&plan, after, max_records, max_bytes),
        }
    }

    fn read_file(
        &self,
        plan: &FilePlan,
        after: u64,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Batch, ReadError> {
        let mut walk = Walk::new(plan);
        let mut problem = None;
        // Room for the skipped frames before the wanted one, and for framing.
        let ahead = (max_bytes as u64).saturating_add(*CHUNK.start()).min(*CHUNK.end());
        let records = std::iter::from_fn(|| {
            loop {
                match walk.next(ahead) {
                    Ok(Some((seq, payload))) if seq > after => return Some((seq, payload)),
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(error) => {
                        problem = Some(error);
                        return None;
                    }
                }
            }
        });
        let batch = Batch::collect(after, max_records, max_bytes, records);
        if let Some(problem) = problem.filter(|_| batch.records.is_empty()) {
            // The segment may have been given up and overwritten while it was read.
            let first = self.first();
            return Err(if first > after + 1 {
                ReadError::Trimmed { after, first }
            } else {
                self.describe(plan, problem)
            });
        }
        if let Some(next) = walk.place_after(batch.last) {
            self.set_cursor(plan, batch.last + 1, next);
        }
        Ok(batch)
    }

    fn describe(&self, plan: &FilePlan, problem: Problem) -> ReadError {
        let file = self.dir.describe(&plan.name);
        match problem {
            Problem::Damaged { offset, seq } => ReadError::Damaged { file, offset, seq },
            Problem::Io(source) => ReadError::Io { file, source },
        }
    }
}

enum Problem {
    Damaged { offset: u64, seq: u64 },
    Io(std::io::Error),
}

/// Goes from frame to frame within the synced part of a segment, checking each.
struct Walk<'a> {
    plan: &'a FilePlan,
    seq: u64,
    offset: u64,
    /// Place of the frame returned last.
    before: (u64, u64),
    chunk: Bytes,
    chunk_at: u64,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a FilePlan) -> Self {
        let (seq, offset) = (plan.seq, plan.offset);
        Self { plan, seq, offset, before: (seq, offset), chunk: Bytes::new(), chunk_at: 0 }
    }

    fn next(&mut self, ahead: u64) -> Result<Option<(u64, Bytes)>, Problem> {
        while self.offset < self.plan.end {
            let damaged = Problem::Damaged { offset: self.offset, seq: self.seq };
            let header = self.bytes(FRAME_HEADER as u64, ahead)?;
            let Some(info) = read_header(&header, self.plan.salt) else {
                return Err(damaged);
            };
            let frame = self.bytes(info.total() as u64, ahead)?;
            if info.is_mark {
                self.offset += info.total() as u64;
                continue;
            }
            if info.seq != self.seq || !payload_ok(&frame, &info) {
                return Err(damaged);
            }
            self.before = (self.seq, self.offset);
            self.seq += 1;
            self.offset += info.total() as u64;
            return Ok(Some((info.seq, frame.slice(FRAME_HEADER..FRAME_HEADER + info.payload_len))));
        }
        Ok(None)
    }

    /// `len` bytes from the current place on, or as many as there are.
    fn bytes(&mut self, len: u64, ahead: u64) -> Result<Bytes, Problem> {
        let left = self.plan.end - self.offset;
        let len = len.min(left);
        let from = self.offset - self.chunk_at;
        if self.offset < self.chunk_at || from + len > self.chunk.len() as u64 {
            let mut chunk = vec![0; len.max(ahead.min(left)) as usize];
            let got = self.plan.file.read_at(&mut chunk, self.offset).map_err(Problem::Io)?;
            chunk.truncate(got);
            self.chunk = Bytes::from(chunk);
            self.chunk_at = self.offset;
        }
        let from = (self.offset - self.chunk_at) as usize;
        let to = (from + len as usize).min(self.chunk.len());
        Ok(self.chunk.slice(from..to))
    }

    /// Where the frame after record `last` begins, if that is known; the walk may have gone one record
    /// further.
    fn place_after(&self, last: u64) -> Option<u64> {
        [(self.seq, self.offset), self.before]
            .iter()
            .find(|(seq, _)| *seq == last + 1)
            .map(|(_, offset)| *offset)
    }
}
