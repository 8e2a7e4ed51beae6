//! The connections and tasks of one node's open PostgreSQL store, wired together.

use std::sync::Arc;
use std::time::Duration;

use hansei_app::ports::{StoreError, StoreResult};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::connect::{Connector, Role};
use super::inbox::PgInbox;
use super::writer::{Link, Writer};
use crate::migrate::migrate;
use crate::sql::{Conn, Future};
use crate::write::{Meter, Queue};
use crate::{OpenError, OpenOptions};

/// Connections that read.
const READERS: usize = 6;
/// A read that takes longer has lost its server.
const READ: Duration = Duration::from_secs(10);

/// An open PostgreSQL store.
pub(crate) struct PgEngine {
    pub queue: Arc<Queue>,
    pub meter: Arc<Meter>,
    pub inbox: Arc<PgInbox>,
    connector: Arc<Connector>,
    idle: Mutex<Vec<Conn>>,
    readers: Semaphore,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl PgEngine {
    /// Connects, migrates, checks, and starts the tasks.
    pub async fn open(url: &str, options: &OpenOptions) -> Result<Self, OpenError> {
        let connector = Arc::new(Connector::new(url, options.lease_clock)?);
        let mut conn = connector.first().await?;
        migrate(&mut conn, options.clock.now()).await.map_err(OpenError::store)?;
        if options.check_tail {
            crate::verify::check_tail(&mut conn).await.map_err(OpenError::store)?;
        }
        drop(conn);
        let (deciding, links) = (Link::new(&connector), [Link::new(&connector), Link::new(&connector)]);
        let (inbox, appending) =
            PgInbox::start(Arc::clone(&options.clock), options.lease_clock, deciding, links);
        let queue = Arc::new(Queue::default());
        let meter = Arc::new(Meter::default());
        let writer = Writer {
            link: Link::new(&connector),
            queue: Arc::clone(&queue),
            inbox: Arc::clone(&inbox),
            meter: Arc::clone(&meter),
            clock: Arc::clone(&options.clock),
        };
        let mut tasks = vec![tokio::spawn(writer.run())];
        tasks.extend(appending);
        Ok(Self {
            queue,
            meter,
            inbox,
            connector,
            idle: Mutex::new(Vec::new()),
            readers: Semaphore::new(READERS),
            tasks: Mutex::new(tasks),
        })
    }

    /// Runs a use-case on a connection that reads.
    pub async fn read<T>(
        &self,
        job: impl for<'c> FnOnce(&'c mut Conn) -> Future<'c, StoreResult<T>>,
    ) -> StoreResult<T> {
        let closed = |_| StoreError::Unavailable("the store is closed".into());
        let _turn = self.readers.acquire().await.map_err(closed)?;
        let idle = self.idle.lock().pop();
        let mut conn = match idle {
            Some(conn) if !conn.is_broken() => conn,
            _ => self.connector.connect(Role::Daily).await?,
        };
        let Ok(result) = tokio::time::timeout(READ, job(&mut conn)).await else {
            return Err(StoreError::Unavailable("the database did not answer in time".into()));
        };
        if !conn.is_broken() {
            self.idle.lock().push(conn);
        }
        result
    }

    /// A connection for a long piece of work.
    pub async fn long(&self) -> StoreResult<Conn> {
        self.connector.connect(Role::Long).await
    }

    /// Lets what was accepted become durable and ends the tasks; may be called again.
    pub async fn close(&self) {
        self.end();
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            if task.await.is_err() {
                tracing::error!("a task of the store panicked");
            }
        }
        self.inbox.give_up().await;
        self.readers.close();
        self.idle.lock().clear();
    }

    fn end(&self) {
        self.queue.end();
        self.inbox.close();
    }
}

impl Drop for PgEngine {
    fn drop(&mut self) {
        // The tasks write what waits and end by themselves.
        self.end();
    }
}
