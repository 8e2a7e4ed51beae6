//! Keeps and finds: SQLite (the default), PostgreSQL for several nodes, and memory for tests, behind one port; and
//! the durable inbox in front of them.
//!
//! All SQL and all use-cases are written once. `sql` speaks to both databases, `rows` says how aggregates lie in
//! tables, `write` is the one write path (lanes, groups, conflicts, journal), `read` loads and lists, `verify` and
//! `backup` look after what is stored. `sqlite`, `postgres` and `memory` carry that: threads over a file, connections
//! to a server, or nothing at all.
//!
//! Invariants: what [`Store::commit`] answers with `Ok` is durable (R2); a refused
//! commit leaves no trace; the journal's numbers have no gaps and nobody sees a later entry before an earlier one;
//! state, deadline, outbox and journal change together or not at all.

mod backup;
mod engine;
mod inbox;
pub mod inbox_log;
mod long;
mod look;
mod memory;
mod migrate;
mod options;
#[cfg(test)]
mod plans;
mod postgres;
mod read;
mod rows;
mod sql;
mod sqlite;
mod store;
mod verify;
mod write;

use std::path::Path;
use std::sync::Arc;

use hansei_app::ports::{SharedClock, Store, StoreResult};

pub use backup::{Manifest, ManifestFile, RestoreError, restore};
pub use look::look;
pub use options::{LeaseClock, OpenError, OpenOptions};

use engine::Engine;
use store::SqlStore;

/// Opens the store: PostgreSQL if there is an address, else SQLite in the data folder. Runs migrations, checks
/// durability settings and looks for damage first.
pub async fn open(options: &OpenOptions) -> Result<Arc<dyn Store>, OpenError> {
    let engine = match &options.database_url {
        Some(url) => Engine::Pg(Box::new(postgres::PgEngine::open(url, options).await?)),
        None => Engine::Lite(Arc::new(sqlite::LiteEngine::open(options)?)),
    };
    Ok(Arc::new(SqlStore::new(engine, &options.clock)))
}

/// An empty store in memory, without threads: every call but waiting for signals is done when it returns.
pub fn memory(clock: SharedClock) -> StoreResult<Arc<dyn Store>> {
    let engine = Engine::Memory(Box::new(memory::MemoryEngine::new(&clock)?));
    Ok(Arc::new(SqlStore::new(engine, &clock)))
}

/// Whether a process has this data folder open.
pub fn is_locked(data_dir: &Path) -> bool {
    sqlite::is_locked(data_dir)
}
