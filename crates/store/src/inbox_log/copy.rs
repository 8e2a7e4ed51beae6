//! Online backup: a small log of its own with every record that is synced and not yet decided.

use std::io::{self, IoSlice};
use std::sync::Arc;

use super::InboxLog;
use super::error::CopyError;
use super::frame::{AppendBatch, MAX_BATCH_BYTES, mark};
use super::layer::{LogDir, LogFile};
use super::segment::{DATA_START, Header, segment_name};

/// Records and bytes read and written at once.
const STEP_RECORDS: usize = 4096;
const STEP_BYTES: usize = 1 << 20;

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Number of records.
    pub records: u64,
    /// Number of the last one; the position the copy began after, if it has none.
    pub last: u64,
}

pub(super) fn copy_pending(
    log: &InboxLog,
    target: &Arc<dyn LogDir>,
    after: u64,
    segment_bytes: u64,
    salt: u64,
) -> Result<Copied, CopyError> {
    let at = |name: &str| {
        let file = target.describe(name);
        move |source| CopyError::Io { file, source }
    };
    if !target.list().map_err(at(""))?.is_empty() {
        return Err(CopyError::NotEmpty(target.describe("")));
    }
    let _hold = log.hold_after(after);
    let until = log.last_seq();
    let mut out = Output { target, segment_bytes, salt, number: 1, last: after, file: None };
    while out.last < until {
        let room = (until - out.last).min(STEP_RECORDS as u64) as usize;
        let read = log.read_after(out.last, room, STEP_BYTES)?;
        let mut batch = AppendBatch::with_capacity(read.records.len(), STEP_BYTES);
        for (_, payload) in &read.records {
            // What was read has passed the same limits before.
            if batch.push(payload).is_err() {
                break;
            }
        }
        if batch.is_empty() {
            break;
        }
        out.append(batch).map_err(at(&segment_name(out.number)))?;
    }
    out.finish().map_err(at(&segment_name(out.number)))?;
    target.sync().map_err(at(""))?;
    Ok(Copied { records: out.last - after, last: out.last })
}

struct Output<'a> {
    target: &'a Arc<dyn LogDir>,
    segment_bytes: u64,
    salt: u64,
    number: u64,
    last: u64,
    file: Option<OutputFile>,
}

struct OutputFile {
    file: Arc<dyn LogFile>,
    first: u64,
    end: u64,
}

impl Output<'_> {
    fn current(&mut self) -> io::Result<&mut OutputFile> {
        let made = match self.file.take() {
            Some(open) => open,
            None => {
                let file = self.target.create(&segment_name(self.number))?;
                OutputFile { file, first: self.last + 1, end: DATA_START }
            }
        };
        Ok(self.file.insert(made))
    }

    fn append(&mut self, mut batch: AppendBatch) -> io::Result<()> {
        let full = self.file.as_ref().is_some_and(|open| {
            open.end > DATA_START && open.end + batch.bytes() as u64 > self.segment_bytes
        });
        if full {
            self.finish()?;
            self.number += 1;
        }
        let (last, salt) = (self.last, self.salt);
        let open = self.current()?;
        batch.stamp(last + 1, last, salt);
        open.file.write_at(&mut [IoSlice::new(batch.as_slice())], open.end)?;
        open.end += batch.bytes() as u64;
        self.last += batch.len() as u64;
        Ok(())
    }

    /// Ends a file: a mark, so that damage to its last records is seen; then the header, which makes it count.
    fn finish(&mut self) -> io::Result<()> {
        let (last, salt) = (self.last, self.salt);
        let open = self.current()?;
        let end_mark = mark(last, salt);
        open.file.write_at(&mut [IoSlice::new(&end_mark)], open.end)?;
        let capacity = open.end + end_mark.len() as u64;
        let header = Header { first: open.first, salt, capacity, group_limit: MAX_BATCH_BYTES as u64 };
        open.file.write_at(&mut [IoSlice::new(&header.encode())], 0)?;
        open.file.sync_data()?;
        self.file = None;
        Ok(())
    }
}
