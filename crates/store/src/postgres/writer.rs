//! The one task of a node that writes: group after group on one connection.

use std::sync::Arc;
use std::time::Duration;

use hansei_app::ports::{SharedClock, StoreError, StoreResult};

use super::connect::{Connector, Role};
use super::inbox::PgInbox;
use crate::sql::Conn;
use crate::write::{Done, Job, Meter, Queue, Served, Work, run_group, same};

/// A group that takes longer than this has lost its server.
const GROUP: Duration = Duration::from_secs(5);

/// A connection that is made again when it is lost.
pub(super) struct Link {
    connector: Arc<Connector>,
    conn: Option<Conn>,
}

impl Link {
    /// Not connected yet.
    pub fn new(connector: &Arc<Connector>) -> Self {
        Self { connector: Arc::clone(connector), conn: None }
    }

    /// Connects, if need be; `true` = the connection is a new one.
    pub async fn ready(&mut self) -> StoreResult<bool> {
        if self.conn.as_ref().is_some_and(|conn| !conn.is_broken()) {
            return Ok(false);
        }
        self.conn = Some(self.connector.connect(Role::Daily).await?);
        Ok(true)
    }

    /// Ends the connection.
    pub fn end(&mut self) {
        self.conn = None;
    }

    /// Does something on the connection, within a time limit.
    pub async fn with<T>(
        &mut self,
        limit: Duration,
        work: impl AsyncFnOnce(&mut Conn) -> StoreResult<T>,
    ) -> StoreResult<T> {
        let mut conn = match self.conn.take() {
            Some(conn) if !conn.is_broken() => conn,
            _ => self.connector.connect(Role::Daily).await?,
        };
        match tokio::time::timeout(limit, work(&mut conn)).await {
            Ok(result) => {
                self.conn = Some(conn);
                result
            }
            // Dropping the connection makes the server take back what it was doing.
            Err(_) => Err(StoreError::Unavailable("the database did not answer in time".into())),
        }
    }
}

/// What the writer works with.
pub(super) struct Writer {
    pub link: Link,
    pub queue: Arc<Queue>,
    pub inbox: Arc<PgInbox>,
    pub meter: Arc<Meter>,
    pub clock: SharedClock,
}

impl Writer {
    /// Commits group after group until the queue ends.
    pub async fn run(mut self) {
        let _however_it_ends = Served::new(&self.queue);
        while let Some(group) = self.queue.next().await {
            let started = self.clock.monotonic_nanos();
            let results = self.group(&group).await;
            self.meter.record(group.len(), self.clock.monotonic_nanos().saturating_sub(started));
            self.answer(group, results);
        }
    }

    async fn group(&mut self, group: &[Job]) -> Vec<StoreResult<Done>> {
        let works: Vec<&Work> = group.iter().map(|job| &job.work).collect();
        let results = self.link.with(GROUP, async |conn: &mut Conn| Ok(run_group(conn, &works).await)).await;
        results.unwrap_or_else(|error| group.iter().map(|_| Err(same(&error))).collect())
    }

    fn answer(&self, group: Vec<Job>, results: Vec<StoreResult<Done>>) {
        let mut away = None;
        for (job, result) in group.into_iter().zip(results) {
            if let (Ok(_), Work::Commit(prepared)) = (&result, &job.work) {
                self.inbox.decided(prepared.inbox.as_ref());
            }
            if let Err(error @ StoreError::Unavailable(_)) = &result {
                away = Some(same(error));
            }
            // Whoever no longer waits does not care.
            let _ = job.answer.send(result);
        }
        // What arrived meanwhile has waited as long already.
        if let Some(error) = away {
            self.queue.refuse_waiting(&error);
        }
    }
}
