//! Checking that the journal is whole and that everything stored follows from it (R26, R30).
//!
//! Three passes over one snapshot, in bounded memory: the chain in the order of the sequence, the folds in the order
//! of the aggregates, and what is stored without ever having been decided. The store stays in use meanwhile.

mod chain;
mod compare;
mod fold;
mod tail;

use hansei_app::ports::{Progress, StoreResult, Verification};

pub(crate) use tail::check_tail;

use crate::engine::Engine;
use crate::long::Reporter;
use crate::sql::Conn;

/// Findings that are told; more would only repeat themselves.
const MAX_FINDINGS: usize = 100;

/// What has been found so far.
struct Findings<'a> {
    found: Verification,
    reporter: &'a Reporter,
    /// Steps of all passes.
    total: u64,
    done: u64,
}

impl Findings<'_> {
    fn add(&mut self, what: String) {
        if self.found.findings.len() < MAX_FINDINGS {
            self.found.findings.push(what);
        }
    }

    fn advance(&mut self, steps: u64) {
        self.done += steps;
        self.reporter.report(self.done.min(self.total), self.total);
    }
}

/// Checks everything.
pub(crate) async fn verify(engine: &Engine, progress: Progress<'_>) -> StoreResult<Verification> {
    engine.long(progress, |conn, reporter| Box::pin(async move { run(conn, &reporter).await })).await
}

async fn run(conn: &mut Conn, reporter: &Reporter) -> StoreResult<Verification> {
    conn.begin_snapshot().await?;
    let result = passes(conn, reporter).await;
    conn.rollback().await;
    result
}

async fn passes(conn: &mut Conn, reporter: &Reporter) -> StoreResult<Verification> {
    let (last, _) = tail::head(conn).await?;
    let mut findings =
        Findings { found: Verification::default(), reporter, total: last.saturating_mul(2), done: 0 };
    chain::check(conn, &mut findings).await?;
    fold::check(conn, &mut findings).await?;
    compare::check_strays(conn, &mut findings).await?;
    compare::check_numbers(conn, &mut findings).await?;
    Ok(findings.found)
}
