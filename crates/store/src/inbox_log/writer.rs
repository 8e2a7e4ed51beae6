//! The writer thread: takes everything that waits, writes it with one call, syncs once, then answers all.
//!
//! There is no artificial delay: while one group is being synced the next one gathers by itself. A group
//! never spans two segments and the next write begins only after the sync before it, which is what the
//! `durable` number in every frame states.
//!
//! Fail-stop (F6): after a failed sync, or a failed write for any reason but missing space, nothing is
//! written any more, and no sync is ever tried again. Missing space is different: nothing was acknowledged,
//! the bytes that may have been written are overwritten with the next group or with zeros in the same
//! write, so they can't be taken for records later.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Position;
use super::config::InboxPorts;
use super::error::AppendError;
use super::frame::{FRAME_HEADER, MAX_BATCH_BYTES, mark};
use super::layer::{LogFile, is_full, zero_parts};
use super::meter::Meter;
use super::pool::Pool;
use super::queue::{Queue, Submission, Taken};
use super::segment::{DATA_START, Header, Segment, Spare};
use super::state::{Placed, State};

/// The segment that is written to.
pub(super) struct Active {
    pub name: String,
    pub file: Arc<dyn LogFile>,
    pub salt: u64,
    pub capacity: u64,
    /// Where the next frame goes.
    pub end: u64,
    /// Unacknowledged bytes of a failed write may reach up to here.
    pub dirty_to: u64,
    /// The header is not written yet: it goes out with the first group.
    pub fresh: bool,
}

/// The log can't go on; everybody has been told.
struct Stopped;

type Done = oneshot::Sender<Result<Position, AppendError>>;

pub(super) struct Writer {
    pub queue: Arc<Queue>,
    pub state: Arc<State>,
    pub pool: Arc<Pool>,
    pub meter: Arc<Meter>,
    pub ports: InboxPorts,
    pub idle_mark: Option<Duration>,
    pub active: Option<Active>,
    /// Last number given out and synced.
    pub last: u64,
    /// A mark stands behind the last record, or there is nothing to mark.
    pub marked: bool,
}

impl Writer {
    /// Runs until the queue is closed and empty, or the log fails.
    pub fn run(mut self) {
        let mut waiting = Vec::new();
        loop {
            let patience = if self.marked { None } else { self.idle_mark };
            let taken = self.queue.take(&mut waiting, patience);
            let step = match taken {
                Taken::Work => self.append_all(&mut waiting),
                Taken::Idle | Taken::Closed => self.mark(),
            };
            if let Err(Stopped) = step {
                return;
            }
            if taken == Taken::Closed {
                self.state.end(None);
                return;
            }
        }
    }

    fn append_all(&mut self, waiting: &mut Vec<Submission>) -> Result<(), Stopped> {
        let mut rest = waiting.drain(..).peekable();
        while let Some(next) = rest.peek() {
            if !self.make_room(next.batch.bytes() as u64) {
                self.meter.refused_full();
                if let Some(refused) = rest.next() {
                    refused.finish(Err(AppendError::Full));
                }
                continue;
            }
            let Some(active) = self.active.as_mut() else {
                continue;
            };
            let limit = active.room().min(MAX_BATCH_BYTES as u64);
            let mut group = Vec::with_capacity(rest.len());
            let mut bytes = 0;
            while let Some(next) = rest.next_if(|next| bytes + next.batch.bytes() as u64 <= limit) {
                bytes += next.batch.bytes() as u64;
                group.push(next);
            }
            // On a fatal error what is left in `rest` is dropped, which callers see as `Failed`.
            self.commit(group, bytes)?;
        }
        Ok(())
    }

    /// Whether `bytes` now fit into the active segment, after going on to the next one if need be.
    fn make_room(&mut self, bytes: u64) -> bool {
        if self.active.as_ref().is_some_and(|active| active.room() >= bytes) {
            return true;
        }
        let Some(spare) = self.pool.take() else {
            return false;
        };
        self.active = Some(Active::begin(spare, (self.ports.salt)()));
        true
    }

    fn commit(&mut self, mut group: Vec<Submission>, bytes: u64) -> Result<(), Stopped> {
        let Some(active) = self.active.as_mut() else {
            return Ok(());
        };
        if let Err(error) = active.write(&mut group, bytes, self.last) {
            if is_full(&error) {
                for refused in group {
                    self.meter.refused_full();
                    refused.finish(Err(AppendError::Full));
                }
                return Ok(());
            }
            let reason = format!("write to {}: {error}", self.state.dir.describe(&active.name));
            return Err(self.stop(reason, group));
        }
        let before = (self.ports.nanos)();
        if let Err(error) = active.file.sync_data() {
            let reason = format!("sync of {}: {error}", self.state.dir.describe(&active.name));
            return Err(self.stop(reason, group));
        }
        self.meter.synced((self.ports.nanos)().saturating_sub(before));
        self.acknowledge(group, bytes);
        Ok(())
    }

    /// After the sync: lets readers see the group, then answers its callers.
    fn acknowledge(&mut self, group: Vec<Submission>, bytes: u64) {
        let Some(active) = self.active.as_mut() else {
            return;
        };
        let first = self.last + 1;
        let begun = std::mem::take(&mut active.fresh).then(|| active.as_segment(first));
        let mut offset = active.end;
        let mut answers: Vec<(Done, Position)> = Vec::with_capacity(group.len());
        let mut placed = Vec::with_capacity(group.len());
        for Submission { batch, done } in group {
            let position = Position { first: self.last + 1, last: self.last + batch.len() as u64 };
            self.last = position.last;
            answers.push((done, position));
            let memory = batch.memory();
            let frames = batch.freeze();
            let end = offset + frames.len() as u64;
            placed.push(Placed { first: position.first, last: position.last, offset, frames, memory });
            offset = end;
        }
        active.end = offset;
        active.dirty_to = offset;
        self.marked = false;
        self.meter.appended(answers.len() as u64, self.last + 1 - first, bytes);
        self.state.commit(begun, placed.into_iter());
        for (done, position) in answers {
            let _gone = done.send(Ok(position));
        }
    }

    /// Writes a mark behind the last group, if there is room for one.
    fn mark(&mut self) -> Result<(), Stopped> {
        let Some(active) = self.active.as_mut().filter(|active| !active.fresh && !self.marked) else {
            return Ok(());
        };
        self.marked = true;
        if active.room() < FRAME_HEADER as u64 {
            return Ok(());
        }
        let file = self.state.dir.describe(&active.name);
        match active.write_mark(self.last) {
            Ok(()) => {}
            // A mark is a courtesy; the log is as good without it.
            Err(error) if is_full(&error) => return Ok(()),
            Err(error) => return Err(self.stop(format!("mark in {file}: {error}"), Vec::new())),
        }
        if let Err(error) = active.file.sync_data() {
            return Err(self.stop(format!("sync of {file}: {error}"), Vec::new()));
        }
        active.end += FRAME_HEADER as u64;
        active.dirty_to = active.end;
        Ok(())
    }

    /// Ends the log: the reason is known before anybody is answered.
    fn stop(&self, reason: String, group: Vec<Submission>) -> Stopped {
        self.state.end(Some(reason));
        self.queue.shut(AppendError::Failed);
        for submission in group {
            submission.finish(Err(AppendError::Failed));
        }
        Stopped
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Only a bug gets here, but then callers must not wait for a thread that is gone.
        if std::thread::panicking() {
            self.queue.shut(AppendError::Failed);
            self.state.end(Some("the writer thread panicked".to_owned()));
        }
    }
}

impl Active {
    fn begin(spare: Spare, salt: u64) -> Self {
        let Spare { name, file, capacity } = spare;
        Self { name, file, salt, capacity, end: DATA_START, dirty_to: DATA_START, fresh: true }
    }

    /// Goes on behind the last record that recovery found.
    pub fn resume(segment: &Segment) -> Self {
        Self {
            name: segment.name.clone(),
            file: Arc::clone(&segment.file),
            salt: segment.salt,
            capacity: segment.capacity,
            end: segment.end,
            dirty_to: segment.end,
            fresh: false,
        }
    }

    fn room(&self) -> u64 {
        self.capacity.saturating_sub(self.end)
    }

    fn as_segment(&self, first: u64) -> Segment {
        let file = Spare { name: self.name.clone(), file: Arc::clone(&self.file), capacity: self.capacity };
        Segment::new(file, self.salt, first)
    }

    /// Numbers and writes a group of `bytes` bytes after record `last`, in one call.
    fn write(&mut self, group: &mut [Submission], bytes: u64, last: u64) -> io::Result<()> {
        let mut next = last + 1;
        for submission in &mut *group {
            submission.batch.stamp(next, last, self.salt);
            next += submission.batch.len() as u64;
        }
        let header = if self.fresh { self.header(last + 1).encode() } else { Vec::new() };
        let start = self.end - header.len() as u64;
        let end = self.end + bytes;
        let mut parts = Vec::with_capacity(group.len() + 1);
        parts.push(IoSlice::new(&header));
        parts.extend(group.iter().map(|submission| IoSlice::new(submission.batch.as_slice())));
        parts.extend(zero_parts(self.dirty_to.saturating_sub(end)));
        self.dirty_to = self.dirty_to.max(end);
        self.file.write_at(&mut parts, start)
    }

    fn write_mark(&mut self, last: u64) -> io::Result<()> {
        let frame = mark(last, self.salt);
        let end = self.end + frame.len() as u64;
        let mut parts = vec![IoSlice::new(&frame)];
        parts.extend(zero_parts(self.dirty_to.saturating_sub(end)));
        self.dirty_to = self.dirty_to.max(end);
        self.file.write_at(&mut parts, self.end)
    }

    fn header(&self, first: u64) -> Header {
        Header { first, salt: self.salt, capacity: self.capacity, group_limit: MAX_BATCH_BYTES as u64 }
    }
}
