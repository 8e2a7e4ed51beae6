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
        Work::Claim { .. } | Work::Release | Work::Sweep { .. } => None,
    }
}

async fn other(conn: &mut Conn, work: &Work) -> StoreResult<Done> {
    match work {
        Work::Commit(prepared) => {
            let ends = apply(conn, &[prepared]).await?;
            Ok(Done::Committed(Committed { last_seq: ends.last().copied().unwrap_or_default() }))
        }
        Work::Claim { now, lease_until, room } => {
            outbox::claim(conn, *now, *lease_until, room).await.map(Done::Claims)
        }
        Work::Release => outbox::release_claims(conn).await.map(|()| Done::Released),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::now;
    use crate::sqlite::in_memory;
    use crate::write::prepare;
    use hansei_app::ports::{Commit, MetaExpect, SideWrite};
    use jiff::Timestamp;

    fn setting(name: String, size: usize, expect: MetaExpect) -> Work {
        let side = vec![SideWrite::Meta { name, value: Some("x".repeat(size)), expect }];
        let commit = Commit { side, ..Commit::default() };
        Work::Commit(Box::new(prepare(commit, Timestamp::UNIX_EPOCH).unwrap()))
    }

    fn database() -> Conn {
        let mut conn = Conn::Lite(Box::new(in_memory().unwrap()));
        now(crate::migrate::migrate(&mut conn, Timestamp::UNIX_EPOCH)).unwrap();
        conn
    }

    fn run(conn: &mut Conn, works: &[Work]) -> Vec<StoreResult<Done>> {
        let works: Vec<&Work> = works.iter().collect();
        now(async { Ok(run_group(conn, &works).await) }).unwrap()
    }

    fn named(conn: &mut Conn) -> i64 {
        now(conn.query_one("SELECT COUNT(*) FROM meta", &[], |row| row.int(0))).unwrap()
    }

    #[test]
    fn one_that_conflicts_does_not_take_the_others_with_it() {
        let mut conn = database();
        let works: Vec<Work> =
            ["a", "b", "a", "c"].map(|name| setting(name.into(), 1, MetaExpect::Absent)).into();
        let outcomes = run(&mut conn, &works);
        let good: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, true, false, true]);
        assert!(matches!(outcomes[2], Err(StoreError::Conflict)));
        assert_eq!(named(&mut conn), 3);
    }

    #[test]
    fn a_full_disk_is_said_leaves_nothing_and_passes() {
        let mut conn = database();
        now(conn.batch("PRAGMA max_page_count = 100")).unwrap();
        let large =
            [setting("large".into(), 4 << 20, MetaExpect::Any), setting("s".into(), 1, MetaExpect::Any)];
        for outcome in run(&mut conn, &large) {
            assert!(
                matches!(&outcome, Err(StoreError::Unavailable(why)) if why.contains("full")),
                "{outcome:?}"
            );
        }
        assert_eq!((named(&mut conn), conn.fatal()), (0, None));
        now(conn.batch("PRAGMA max_page_count = 100000")).unwrap();
        assert!(run(&mut conn, &large).iter().all(Result::is_ok));
        assert_eq!(named(&mut conn), 2);
    }
}
