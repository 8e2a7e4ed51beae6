//! The log on disk: queue, writer thread, preparing thread and readers, wired together.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Position;
use super::config::{InboxConfig, InboxPorts};
use super::error::{AppendError, OpenError};
use super::frame::AppendBatch;
use super::layer::LogDir;
use super::meter::Meter;
use super::pool::Pool;
use super::queue::Queue;
use super::recovery::{Recovered, Recovery, recover};
use super::segment::{DATA_START, Spare};
use super::state::State;
use super::writer::Writer;

pub(super) struct DiskLog {
    pub config: InboxConfig,
    pub ports: InboxPorts,
    pub state: Arc<State>,
    pub meter: Arc<Meter>,
    queue: Arc<Queue>,
    pool: Arc<Pool>,
    writer: Mutex<Option<JoinHandle<()>>>,
    preparer: Mutex<Option<JoinHandle<()>>>,
}

impl DiskLog {
    pub fn open(
        dir: Arc<dyn LogDir>,
        config: InboxConfig,
        ports: InboxPorts,
        decided: u64,
    ) -> Result<(Self, Recovery), OpenError> {
        config.check()?;
        let Recovered { segments, spares, active, next_number, last, marked, report } =
            recover(&dir, decided)?;
        let pool = Arc::new(Pool::new(Arc::clone(&dir), ports.clone(), &config, spares, next_number));
        let state = Arc::new(State::new(dir, segments, last, decided, config.ring_bytes));
        let queue = Arc::new(Queue::new(config.queue_bytes, config.queue_batches));
        let meter = Arc::new(Meter::default());
        let writer = Writer {
            queue: Arc::clone(&queue),
            state: Arc::clone(&state),
            pool: Arc::clone(&pool),
            meter: Arc::clone(&meter),
            ports: ports.clone(),
            idle_mark: config.idle_mark,
            active,
            last,
            marked,
        };
        let log = Self {
            config,
            ports,
            state,
            meter,
            queue,
            pool: Arc::clone(&pool),
            writer: Mutex::new(None),
            preparer: Mutex::new(None),
        };
        // If the second thread can't start, dropping `log` ends the first.
        *log.preparer.lock() = Some(spawn("inbox-prepare", move || {
            let _whatever_happens = CloseOnExit(&pool);
            pool.run();
        })?);
        *log.writer.lock() = Some(spawn("inbox-write", move || writer.run())?);
        Ok((log, report))
    }

    pub fn submit(
        &self,
        batch: AppendBatch,
    ) -> Result<oneshot::Receiver<Result<Position, AppendError>>, AppendError> {
        if batch.is_empty() {
            return Err(AppendError::Empty);
        }
        if batch.bytes() as u64 > self.config.segment_bytes - DATA_START {
            return Err(AppendError::TooLarge);
        }
        let room = self.config.backlog_bytes.saturating_sub(self.state.pending_bytes());
        self.queue.submit(batch, room)
    }

    pub fn give_back(&self, free: Vec<Spare>) {
        self.pool.give(free);
    }

    pub fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool)
    }

    /// Writes what waits, ends both threads and waits for them.
    pub fn close(&self) {
        self.queue.shut(AppendError::Closed);
        join(&self.writer);
        // Only now: the writer may have needed one more segment.
        self.pool.close();
        join(&self.preparer);
    }
}

impl Drop for DiskLog {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new().name(name.to_owned()).spawn(body).map_err(OpenError::Thread)
}

fn join(slot: &Mutex<Option<JoinHandle<()>>>) {
    let handle = slot.lock().take();
    if handle.is_some_and(|handle| handle.join().is_err()) {
        tracing::error!("a thread of the inbox log panicked");
    }
}

/// Nobody may wait for a preparing thread that is gone.
struct CloseOnExit<'a>(&'a Pool);

impl Drop for CloseOnExit<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
