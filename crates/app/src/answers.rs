//! Remembered answers to idempotency keys (R3): the same request again gets the same answer and has no second effect.
//!
//! Use-cases that take a `remember` store the answer in the commit that does the work. For the others the caller stores
//! it right behind: a process that dies in between has done the work and does not know it, so they must be harmless to
//! repeat (ending what has ended, applying the same file again). Answers are kept for 72 hours and swept after that.

use crate::App;
use crate::error::AppResult;
use crate::ports::{Commit, IdempotencyRow, Lane, SideWrite};

impl App {
    /// What was answered to this key of this caller, if anything was.
    pub async fn remembered(&self, scope: &str, key: &str) -> AppResult<Option<IdempotencyRow>> {
        Ok(self.store.idempotency(scope, key).await?)
    }

    /// Remembers an answer; a conflict means that the key has one already.
    pub async fn remember(&self, row: IdempotencyRow) -> AppResult<()> {
        let commit = Commit {
            at: Some(self.clock.now()),
            side: vec![SideWrite::Idempotency(row)],
            ..Commit::default()
        };
        self.store.commit(Lane::Timeline, commit).await?;
        Ok(())
    }
}
