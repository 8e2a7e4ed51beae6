//! What carries the use-cases: threads over a file, a connection in memory, or connections to a server.

use std::sync::Arc;
use std::time::Duration;

use hansei_app::ports::{CommitFigures, InboxBatch, Lane, Progress, StoreError, StoreResult};
use tokio::sync::oneshot;

use crate::inbox::LogInbox;
use crate::long::{Reporter, follow};
use crate::memory::MemoryEngine;
use crate::postgres::PgEngine;
use crate::sql::{Conn, Future, now};
use crate::sqlite::{AlertKeys, LiteEngine};
use crate::write::{Done, Job, PEOPLE, Queue, Work};

/// One of the three.
pub(crate) enum Engine {
    /// SQLite in memory, inline.
    Memory(Box<MemoryEngine>),
    /// SQLite in a file, with threads.
    Lite(Arc<LiteEngine>),
    /// PostgreSQL.
    Pg(Box<PgEngine>),
}

/// Closes in a thread of its own: joining threads and copying the log would hold up a whole runtime.
async fn close_beside(lite: Arc<LiteEngine>) {
    let (answer, answered) = oneshot::channel();
    let closing = Arc::clone(&lite);
    let spawned = std::thread::Builder::new().name("store-close".into()).spawn(move || {
        closing.close();
        let _ = answer.send(());
    });
    match spawned {
        Ok(_) => drop(answered.await),
        Err(_) => lite.close(),
    }
}

/// Whoever waits for an answer to a request gets one in this time (R2): a server that hangs is not waited for.
const PATIENCE: Duration = Duration::from_millis(1_900);

/// Lets work wait in a lane until it is done.
async fn queued(queue: &Queue, lane: Lane, work: Work) -> StoreResult<Done> {
    let (answer, answered) = oneshot::channel();
    queue.push(lane, Job { work, answer })?;
    answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer has ended".into())))
}

/// The same on a server, which may hang: people's requests are not kept waiting for it. What still waits by then is not
/// done any more; of what was under way nobody knows, as with a lost connection.
async fn queued_for_server(queue: &Queue, lane: Lane, work: Work) -> StoreResult<Done> {
    if !PEOPLE.contains(&lane) {
        return queued(queue, lane, work).await;
    }
    let late = |_| Err(StoreError::Unavailable("the database did not answer in time".into()));
    tokio::time::timeout(PATIENCE, queued(queue, lane, work)).await.unwrap_or_else(late)
}

impl Engine {
    /// Does something in a transaction of the writer.
    pub async fn work(&self, lane: Lane, work: Work) -> StoreResult<Done> {
        match self {
            Self::Memory(memory) => memory.work(&work),
            Self::Lite(lite) => queued(&lite.queue, lane, work).await,
            Self::Pg(pg) => queued_for_server(&pg.queue, lane, work).await,
        }
    }

    /// Runs a use-case that reads.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl for<'c> FnOnce(&'c mut Conn) -> Future<'c, StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        match self {
            Self::Memory(memory) => memory.read(job),
            Self::Lite(lite) => lite.read(job).await,
            Self::Pg(pg) => pg.read(job).await,
        }
    }

    /// Runs a long piece of work on a connection of its own.
    pub async fn long<T: Send + 'static>(
        &self,
        progress: Progress<'_>,
        job: impl for<'c> FnOnce(&'c mut Conn, Reporter) -> Future<'c, StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        let (reporter, mut steps) = Reporter::new();
        match self {
            Self::Memory(memory) => {
                let result = memory.read(move |conn| job(conn, reporter));
                while let Ok((step, total)) = steps.try_recv() {
                    progress(step, total);
                }
                result
            }
            Self::Lite(lite) => {
                let (answer, answered) = oneshot::channel();
                lite.spawn_long(move |conn| {
                    let _ = answer.send(conn.and_then(|mut conn| now(job(&mut conn, reporter))));
                })?;
                follow(progress, steps, answered).await
            }
            Self::Pg(pg) => {
                let mut conn = pg.long().await?;
                let (answer, answered) = oneshot::channel();
                tokio::spawn(async move {
                    let _ = answer.send(job(&mut conn, reporter).await);
                });
                follow(progress, steps, answered).await
            }
        }
    }

    /// Makes signals durable.
    pub async fn append(&self, records: Vec<bytes::Bytes>) -> StoreResult<()> {
        match self {
            Self::Memory(memory) => memory.inbox.append(&records).await,
            Self::Lite(lite) => lite.inbox.append(&records).await,
            Self::Pg(pg) => pg.inbox.append(records).await,
        }
    }

    /// Takes signals to decide.
    pub async fn take(&self, max: usize) -> StoreResult<InboxBatch> {
        match self {
            Self::Memory(memory) => memory.inbox.take(max),
            Self::Lite(lite) => {
                // It may have to read a file; readers are the ones who may wait for that.
                let inbox = Arc::clone(&lite.inbox);
                lite.read(move |_| Box::pin(async move { inbox.take(max) })).await
            }
            Self::Pg(pg) => pg.inbox.take(max).await,
        }
    }

    /// Waits for signals.
    pub async fn wait(&self) {
        let goes_on = match self {
            Self::Memory(memory) => memory.inbox.wait().await,
            Self::Lite(lite) => lite.inbox.wait().await,
            Self::Pg(pg) => {
                pg.inbox.wait().await;
                true
            }
        };
        if !goes_on {
            // The inbox has ended: whoever asks again and again must not take a whole processor for it.
            std::future::pending::<()>().await;
        }
    }

    /// The inbox log, if the inbox is one.
    pub fn log_inbox(&self) -> Option<Arc<LogInbox>> {
        match self {
            Self::Memory(memory) => Some(Arc::clone(&memory.inbox)),
            Self::Lite(lite) => Some(Arc::clone(&lite.inbox)),
            Self::Pg(_) => None,
        }
    }

    /// Signals that wait.
    pub async fn waiting_signals(&self) -> StoreResult<u64> {
        match self {
            Self::Memory(memory) => Ok(memory.inbox.log().backlog().records),
            Self::Lite(lite) => Ok(lite.inbox.log().backlog().records),
            Self::Pg(_) => {
                let sql = "SELECT CAST(COALESCE(SUM(records - decided), 0) AS BIGINT) FROM inbox";
                self.one_number(sql).await
            }
        }
    }

    async fn one_number(&self, sql: &'static str) -> StoreResult<u64> {
        self.read(move |conn| Box::pin(async move { conn.query_one(sql, &[], |row| row.count(0)).await }))
            .await
    }

    /// Bytes on disk, if that is known.
    pub async fn bytes(&self) -> Option<u64> {
        match self {
            Self::Memory(_) => None,
            Self::Lite(lite) => {
                let size = |suffix: &str| {
                    let mut path = lite.file.clone().into_os_string();
                    path.push(suffix);
                    std::fs::metadata(path).map(|meta| meta.len()).ok()
                };
                Some(size("")? + size("-wal").unwrap_or_default() + lite.inbox.log().backlog().bytes)
            }
            Self::Pg(_) => self.one_number("SELECT pg_database_size(current_database())").await.ok(),
        }
    }

    /// Which alerts there may be, if that is kept in memory.
    pub fn alert_keys(&self) -> Option<&AlertKeys> {
        match self {
            Self::Lite(lite) => Some(&lite.keys),
            Self::Memory(_) | Self::Pg(_) => None,
        }
    }

    /// Whether no other process can write.
    pub fn is_only_writer(&self) -> bool {
        match self {
            Self::Memory(_) | Self::Lite(_) => true,
            Self::Pg(_) => false,
        }
    }

    /// Why nothing can be written until a restart, if that is so.
    pub fn trouble(&self) -> Option<String> {
        match self {
            Self::Lite(lite) => lite.trouble(),
            Self::Memory(_) | Self::Pg(_) => None,
        }
    }

    /// What the writer did.
    pub fn commit_figures(&self) -> CommitFigures {
        match self {
            Self::Memory(memory) => memory.meter.read(),
            Self::Lite(lite) => lite.meter.read(),
            Self::Pg(pg) => pg.meter.read(),
        }
    }

    /// Ends it.
    pub async fn close(&self) {
        match self {
            Self::Memory(memory) => memory.close(),
            Self::Lite(lite) => close_beside(Arc::clone(lite)).await,
            Self::Pg(pg) => pg.close().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hansei_app::ports::Commit;
    use jiff::Timestamp;

    #[tokio::test]
    async fn a_server_that_hangs_does_not_keep_people_waiting_and_does_nothing_afterwards() {
        // Nobody serves this queue.
        let queue = Queue::default();
        let prepared = crate::write::prepare(Commit::default(), Timestamp::UNIX_EPOCH).unwrap();
        let answer = queued_for_server(&queue, Lane::Acks, Work::Commit(Box::new(prepared))).await;
        assert!(
            matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("in time")),
            "{answer:?}"
        );
        queue.end();
        assert!(queue.next().await.is_none(), "it was told that it did not happen");
    }
}
