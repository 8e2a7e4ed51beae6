//! The threads and files of one open SQLite store, wired together.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use hansei_app::ports::{SharedClock, StoreError, StoreResult};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::ballast::Ballast;
use super::check::{check_beside, check_now};
use super::checkpoint::Checkpoint;
use super::keys::AlertKeys;
use super::lock::InstanceLock;
use super::open::{DATABASE, INBOX, make_folder, open_readonly, open_writer, sync_dir};
use super::threads::{ReadQueue, Writer, spawn_reader, spawn_writer};
use crate::inbox::{LogInbox, adopt_rows, position};
use crate::migrate::migrate;
use crate::sql::{Conn, Future, now};
use crate::write::{Meter, Queue};
use crate::{OpenError, OpenOptions};

/// Readers: more would not read faster on the machines this runs on, and each has a cache.
const READERS: usize = 3;

/// An open SQLite store.
pub(crate) struct LiteEngine {
    pub queue: Arc<Queue>,
    pub meter: Arc<Meter>,
    pub inbox: Arc<LogInbox>,
    /// Which alerts there may be.
    pub keys: Arc<AlertKeys>,
    pub file: PathBuf,
    reads: Arc<ReadQueue>,
    checkpoint: Arc<Checkpoint>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Given back last.
    _lock: InstanceLock,
}

fn thread_failed(source: std::io::Error) -> OpenError {
    OpenError::Database(format!("cannot start a thread: {source}"))
}

impl LiteEngine {
    /// Opens the store in a data folder, or makes one there. Blocking.
    pub fn open(options: &OpenOptions) -> Result<Self, OpenError> {
        let folder = &options.data_dir;
        // Even reading would switch its file to another journal mode and add an inbox.
        if crate::backup::is_backup(folder) {
            return Err(OpenError::Backup(folder.clone()));
        }
        make_folder(folder)?;
        let lock = InstanceLock::take(folder)?;
        let file = folder.join(DATABASE);
        let raw = open_writer(&file)?;
        let checked = check_now(&raw, &file)?;
        let mut conn = Conn::Lite(Box::new(raw));
        now(migrate(&mut conn, options.clock.now())).map_err(OpenError::store)?;
        sync_dir(folder).map_err(|source| OpenError::Folder { folder: folder.clone(), source })?;
        if options.check_tail {
            now(crate::verify::check_tail(&mut conn)).map_err(OpenError::store)?;
        }
        let decided = now(position(&mut conn)).map_err(OpenError::store)?;
        let ballast = Arc::new(Ballast::keep(folder, &options.clock));
        let inbox = LogInbox::open(&folder.join(INBOX), options, decided)?.behind(&ballast);
        now(adopt_rows(&mut conn, &inbox)).map_err(OpenError::store)?;
        let engine = Self {
            queue: Arc::new(Queue::default()),
            meter: Arc::new(Meter::default()),
            inbox: Arc::new(inbox),
            keys: Arc::new(AlertKeys::new()),
            file,
            reads: Arc::new(ReadQueue::default()),
            checkpoint: Arc::new(Checkpoint::default()),
            threads: Mutex::new(Vec::new()),
            _lock: lock,
        };
        engine.keys.fill_beside(&engine.file).map_err(thread_failed)?;
        engine.start(conn, ballast, &options.clock)?;
        if !checked {
            check_beside(&engine.file, &engine.queue).map_err(thread_failed)?;
        }
        Ok(engine)
    }

    fn start(&self, conn: Conn, ballast: Arc<Ballast>, clock: &SharedClock) -> Result<(), OpenError> {
        let writer = Writer {
            conn,
            queue: Arc::clone(&self.queue),
            checkpoint: Arc::clone(&self.checkpoint),
            inbox: Arc::clone(&self.inbox),
            ballast,
            meter: Arc::clone(&self.meter),
            clock: Arc::clone(clock),
        };
        let mut threads = self.threads.lock();
        threads.push(spawn_writer(writer).map_err(thread_failed)?);
        let copier = open_writer(&self.file)?;
        threads.push(self.checkpoint.spawn(copier, &self.queue).map_err(thread_failed)?);
        for _ in 0..READERS {
            let reader = Conn::Lite(Box::new(open_readonly(&self.file)?));
            threads.push(spawn_reader(&self.reads, reader).map_err(thread_failed)?);
        }
        Ok(())
    }

    /// Why nothing can be written until a restart, if that is so: of the database, or of the inbox.
    pub fn trouble(&self) -> Option<String> {
        self.queue.trouble().or_else(|| self.inbox.log().failure())
    }

    /// Runs a use-case on a reader.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl for<'c> FnOnce(&'c mut Conn) -> Future<'c, StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        let (answer, answered) = oneshot::channel();
        let run = Box::new(move |conn: &mut Conn| {
            let _ = answer.send(now(job(conn)));
        });
        let closed = || StoreError::Unavailable("the store is closed".into());
        if !self.reads.push(run) {
            return Err(closed());
        }
        answered.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Runs a long piece of work in a thread with a connection of its own, which only reads.
    pub fn spawn_long(&self, job: impl FnOnce(StoreResult<Conn>) + Send + 'static) -> StoreResult<()> {
        let file = self.file.clone();
        let body = move || {
            let conn = open_readonly(&file).map(|lite| Conn::Lite(Box::new(lite)));
            job(conn.map_err(|error| StoreError::Unavailable(error.to_string())));
        };
        let spawned = std::thread::Builder::new().name("store-long".into()).spawn(body);
        spawned.map(drop).map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Lets what was accepted become durable and ends all threads. Blocking; may be called again.
    pub fn close(&self) {
        self.queue.end();
        self.reads.end();
        self.checkpoint.end();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked");
            }
        }
        self.inbox.close();
    }
}

impl Drop for LiteEngine {
    fn drop(&mut self) {
        self.close();
    }
}
