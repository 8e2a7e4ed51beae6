//! One group, one transaction, one sync.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hansei_app::ports::{CommitFigures, Committed, StoreError, StoreResult};

use super::apply::apply;
use super::prepare::Prepared;
use super::{Done, Work, outbox, same, sweep};
use crate::sql::Conn;

/// Counts what the writer does.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    commits: AtomicU64,
    transactions: AtomicU64,
    nanos: AtomicU64,
    max_nanos: AtomicU64,
}

impl Meter {
    /// A group has been answered.
    pub fn record(&self, commits: usize, nanos: u64) {
        self.commits.fetch_add(commits as u64, Relaxed);
        self.transactions.fetch_add(1, Relaxed);
        self.nanos.fetch_add(nanos, Relaxed);
        self.max_nanos.fetch_max(nanos, Relaxed);
    }

    /// The figures so far.
    pub fn read(&self) -> CommitFigures {
        CommitFigures {
            commits: self.commits.load(Relaxed),
            transactions: self.transactions.load(Relaxed),
            nanos: self.nanos.load(Relaxed),
            max_nanos: self.max_nanos.load(Relaxed),
        }
    }
}

/// Does all of it in one transaction; one answer for each, in order. What is answered with `Ok` is durable.
pub(crate) async fn run_group(conn: &mut Conn, works: &[&Work]) -> Vec<StoreResult<Done>> {
    let outcome = match together(conn, works).await {
        // Which of them it was is not known; alone, the others may go through.
        Err(StoreError::Conflict | StoreError::Bug(_)) if works.len() > 1 => one_by_one(conn, works).await,
        Err(error) => Err(error),
        Ok(done) => Ok(done.into_iter().map(Ok).collect()),
    };
    outcome.unwrap_or_else(|error| works.iter().map(|_| Err(same(&error))).collect())
}

/// All as if it were one.
async fn together(conn: &mut Conn, works: &[&Work]) -> StoreResult<Vec<Done>> {
    conn.begin().await?;
    let done = match write_all(conn, works).await {
        Ok(done) => conn.commit().await.map(|()| done),
        Err(error) => Err(error),
    };
    if done.is_err() {
        conn.rollback().await;
    }
    done
}

async fn write_all(conn: &mut Conn, works: &[&Work]) -> StoreResult<Vec<Done>> {
    let commits: Vec<&Prepared> = works.iter().filter_map(|work| commit_of(work)).collect();
    let mut ends = if commits.is_empty() { Vec::new() } else { apply(conn, &commits).await? }.into_iter();
    let mut done = Vec::with_capacity(works.len());
    for work in works {
        done.push(match work {
            Work::Commit(_) => Done::Committed(Committed { last_seq: ends.next().unwrap_or_default() }),
            _ => other(conn, work).await?,
        });
    }
    Ok(done)
}

fn commit_of<'a>(work: &&'a Work) -> Option<&'a Prepared> {
    match work {
        Work::Commit(prepared) => Some(prepared),
        Work::Claim { .. } | Work::Sweep { .. } => None,
    }
}

async fn other(conn: &mut Conn, work: &Work) -> StoreResult<Done> {
    match work {
        Work::Commit(prepared) => {
            let ends = apply(conn, &[prepared]).await?;
            Ok(Done::Committed(Committed { last_seq: ends.last().copied().unwrap_or_default() }))
        }
        Work::Claim { now, lease_until, limit } => {
            outbox::claim(conn, *now, *lease_until, *limit).await.map(Done::Claims)
        }
        Work::Sweep { now, before } => sweep::sweep(conn, *now, *before).await,
    }
}

/// Each under a savepoint, so that a refused one leaves no trace.
async fn one_by_one(conn: &mut Conn, works: &[&Work]) -> StoreResult<Vec<StoreResult<Done>>> {
    conn.begin().await?;
    let results = match each(conn, works).await {
        Ok(results) => conn.commit().await.map(|()| results),
        Err(error) => Err(error),
    };
    if results.is_err() {
        conn.rollback().await;
    }
    results
}

async fn each(conn: &mut Conn, works: &[&Work]) -> StoreResult<Vec<StoreResult<Done>>> {
    let mut results = Vec::with_capacity(works.len());
    for work in works {
        conn.batch("SAVEPOINT one").await?;
        let result = other(conn, work).await;
        match &result {
            Ok(_) => conn.batch("RELEASE SAVEPOINT one").await?,
            Err(StoreError::Conflict | StoreError::Bug(_)) => {
                conn.batch("ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one").await?;
            }
            // The transaction itself is lost.
            Err(error) => return Err(same(error)),
        }
        results.push(result);
    }
    Ok(results)
}
