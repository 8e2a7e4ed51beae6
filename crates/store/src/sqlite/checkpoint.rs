//! Copying the write-ahead log into the database, beside the writer.
//!
//! The writer only appends to the log. When the log has grown, a thread with a connection of its own copies what is
//! there into the database while the writer goes on. Under constant writing that never reaches the log's end, so when
//! the log has grown large the writer does the small rest itself, between two groups; the next group then begins the
//! log anew. Readers with an old snapshot (a backup) only delay that.

use std::cell::Cell;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use super::conn::LiteConn;
use crate::write::Queue;

/// Pages in the log from which the thread copies.
const COPY_PAGES: i32 = 2_000;
/// Pages in the log from which the writer does the rest.
const REST_PAGES: i32 = 10_000;

thread_local! {
    /// Pages in the log after this thread's last commit, as SQLite told it.
    static LOG_PAGES: Cell<i32> = const { Cell::new(0) };
}

/// Tells this thread's connection to count instead of copying at every thousandth page.
pub(super) fn count_pages(raw: &Connection) {
    raw.wal_hook(Some(|_, pages| {
        LOG_PAGES.with(|count| count.set(pages));
        Ok(())
    }));
}

#[derive(Default)]
struct State {
    wanted: bool,
    ended: bool,
}

/// Where the writer asks for a copy.
#[derive(Default)]
pub(super) struct Checkpoint {
    state: Mutex<State>,
    changed: Condvar,
}

impl Checkpoint {
    /// To be called in the writer's thread after each group, with the writer's connection.
    pub fn after_commit(&self, writer: &mut LiteConn) {
        let pages = LOG_PAGES.with(Cell::get);
        if pages >= REST_PAGES {
            copy(writer);
            // Counted anew by the next commit.
            LOG_PAGES.with(|count| count.set(0));
        } else if pages >= COPY_PAGES {
            let mut state = self.state.lock();
            if !state.wanted {
                state.wanted = true;
                drop(state);
                self.changed.notify_one();
            }
        }
    }

    /// Ends the thread.
    pub fn end(&self) {
        self.state.lock().ended = true;
        self.changed.notify_one();
    }

    /// Starts the thread. An error that makes further writing dangerous ends all writing.
    pub fn spawn(
        self: &Arc<Self>,
        mut conn: LiteConn,
        queue: &Arc<Queue>,
    ) -> std::io::Result<JoinHandle<()>> {
        let (this, queue) = (Arc::clone(self), Arc::clone(queue));
        let body = move || {
            while this.wait() {
                copy(&mut conn);
                if let Some(reason) = conn.fatal() {
                    tracing::error!(reason, "the log cannot be copied; writing has ended");
                    queue.shut_for(reason);
                    return;
                }
                this.state.lock().wanted = false;
            }
        };
        thread::Builder::new().name("store-copy".into()).spawn(body)
    }

    /// Waits until a copy is wanted; `false` = the end.
    fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while !state.wanted && !state.ended {
            self.changed.wait(&mut state);
        }
        !state.ended
    }
}

/// Copies what can be copied without waiting for anybody.
fn copy(conn: &mut LiteConn) {
    if let Err(error) = conn.query("PRAGMA wal_checkpoint(PASSIVE)", &[], |_| Ok(())) {
        tracing::warn!(%error, "the log could not be copied into the database");
    }
}
