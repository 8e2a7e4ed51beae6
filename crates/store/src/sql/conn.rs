//! A connection to either database, in the words that the use-cases need.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use hansei_app::ports::{StoreError, StoreResult};
use jiff::Timestamp;

use super::dialect::Dialect;
use super::row::Row;
use super::table::{Rows, Write};
use super::val::Val;
use crate::postgres::PgConn;
use crate::sqlite::LiteConn;

/// A future of a use-case that borrows its connection.
pub(crate) type Future<'a, T> = Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;

/// A connection. SQLite's never really waits: a use-case on it is complete after one poll.
pub(crate) enum Conn {
    /// To SQLite.
    Lite(Box<LiteConn>),
    /// To PostgreSQL.
    Pg(Box<PgConn>),
}

/// Runs a use-case on a SQLite connection to its end. It never waits for anything; if it did, that would be a bug.
pub(crate) fn now<T>(future: impl std::future::Future<Output = StoreResult<T>>) -> StoreResult<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(StoreError::Bug("a use-case on SQLite waited".into())),
    }
}

impl Conn {
    /// Runs a query and makes something of each row.
    pub async fn query<T: Send>(
        &mut self,
        sql: &str,
        params: &[Val<'_>],
        map: impl FnMut(&Row<'_>) -> StoreResult<T> + Send,
    ) -> StoreResult<Vec<T>> {
        match self {
            Self::Lite(conn) => conn.query(sql, params, map),
            Self::Pg(conn) => conn.query(sql, params, map).await,
        }
    }

    /// Runs a query that gives at most one row.
    pub async fn query_opt<T: Send>(
        &mut self,
        sql: &str,
        params: &[Val<'_>],
        map: impl FnMut(&Row<'_>) -> StoreResult<T> + Send,
    ) -> StoreResult<Option<T>> {
        self.query(sql, params, map).await.map(|mut rows| rows.pop())
    }

    /// Runs a query that gives exactly one row.
    pub async fn query_one<T: Send>(
        &mut self,
        sql: &str,
        params: &[Val<'_>],
        map: impl FnMut(&Row<'_>) -> StoreResult<T> + Send,
    ) -> StoreResult<T> {
        let row = self.query_opt(sql, params, map).await?;
        row.ok_or_else(|| StoreError::Bug(format!("no row from: {sql}")))
    }

    /// Runs a statement and returns how many rows it changed.
    pub async fn exec(&mut self, sql: &str, params: &[Val<'_>]) -> StoreResult<u64> {
        match self {
            Self::Lite(conn) => conn.exec(sql, params),
            Self::Pg(conn) => conn.exec(sql, params).await,
        }
    }

    /// Writes many rows and returns how many were written.
    pub async fn write(&mut self, write: &'static Write, parts: &[&Rows<'_>]) -> StoreResult<u64> {
        if parts.iter().all(|rows| rows.is_empty()) {
            return Ok(0);
        }
        match self {
            Self::Lite(conn) => conn.write(write, parts),
            Self::Pg(conn) => conn.write(write, parts).await,
        }
    }

    /// Runs statements that belong to no use-case: BEGIN and its like, and migrations. Not translated.
    pub async fn batch(&mut self, sql: &str) -> StoreResult<()> {
        match self {
            Self::Lite(conn) => conn.batch(sql),
            Self::Pg(conn) => conn.batch(sql).await,
        }
    }

    /// Begins a transaction that writes. SQLite takes the write lock at once: a read that turns into a write later
    /// could be refused in the middle.
    pub async fn begin(&mut self) -> StoreResult<()> {
        self.batch(match self.dialect() {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        })
        .await
    }

    /// Begins a transaction in which all reads see the same instant.
    pub async fn begin_snapshot(&mut self) -> StoreResult<()> {
        self.batch(match self.dialect() {
            Dialect::Sqlite => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
        .await
    }

    /// Makes the transaction durable.
    pub async fn commit(&mut self) -> StoreResult<()> {
        self.batch("COMMIT").await
    }

    /// Takes the transaction back. A connection that cannot do that is of no further use; the caller finds out by
    /// [`Self::is_broken`].
    pub async fn rollback(&mut self) {
        if let Err(error) = self.batch("ROLLBACK").await {
            tracing::warn!(%error, "a transaction could not be taken back");
        }
    }

    /// The instant that leases are measured by, for an application whose clock says `now`.
    pub async fn lease_now(&mut self, now: Timestamp) -> StoreResult<Timestamp> {
        match self {
            Self::Lite(_) => Ok(now),
            Self::Pg(conn) => conn.lease_now(now).await,
        }
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Lite(_) => Dialect::Sqlite,
            Self::Pg(_) => Dialect::Postgres,
        }
    }

    /// Why it must not be written to any more: a failed sync, or damage.
    pub fn fatal(&self) -> Option<&str> {
        match self {
            Self::Lite(conn) => conn.fatal(),
            Self::Pg(_) => None,
        }
    }

    /// Whether it cannot be used again.
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Lite(conn) => conn.fatal().is_some(),
            Self::Pg(conn) => conn.is_closed(),
        }
    }
}
