//! What a store is opened with, and why it may refuse to open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hansei_app::ports::{SharedClock, SharedIds, StoreError};

use crate::inbox_log;

/// Which clock leases of the outbox run by, where several nodes share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaseClock {
    /// The database's: nodes whose clocks differ never own the same entry (R21).
    #[default]
    Database,
    /// The caller's: for tests that move time.
    Injected,
}

/// What a store is opened with.
#[derive(Clone)]
pub struct OpenOptions {
    /// The data folder: SQLite's database, inbox log and lock. Unused with PostgreSQL.
    pub data_dir: PathBuf,
    /// `postgres://user:password@host/database?sslmode=…`; `None` = SQLite in the data folder.
    pub database_url: Option<String>,
    /// Time.
    pub clock: SharedClock,
    /// Chance: salts the inbox log, and names working copies.
    pub ids: SharedIds,
    /// Which clock leases run by (PostgreSQL only).
    pub lease_clock: LeaseClock,
    /// Whether entries of the journal or states that were changed behind the store's back refuse the opening. Only
    /// whoever opens it to find out can do without.
    pub check_tail: bool,
}

impl OpenOptions {
    /// SQLite in a data folder.
    pub fn sqlite(data_dir: impl Into<PathBuf>, clock: SharedClock, ids: SharedIds) -> Self {
        let lease_clock = LeaseClock::default();
        Self { data_dir: data_dir.into(), database_url: None, clock, ids, lease_clock, check_tail: true }
    }

    /// PostgreSQL.
    pub fn postgres(url: impl Into<String>, clock: SharedClock, ids: SharedIds) -> Self {
        let database_url = Some(url.into());
        Self { database_url, ..Self::sqlite(Path::new(""), clock, ids) }
    }

    /// The same with another data folder.
    #[must_use]
    pub fn in_folder(&self, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database_url: self.database_url.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            lease_clock: self.lease_clock,
            check_tail: self.check_tail,
        }
    }

    /// The same for verifying: what is wrong is to be found, not refused.
    #[must_use]
    pub fn to_verify(self) -> Self {
        Self { check_tail: false, ..self }
    }
}

impl std::fmt::Debug for OpenOptions {
    /// Without the address of the database: it holds a password (R39).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOptions")
            .field("data_dir", &self.data_dir)
            .field("postgres", &self.database_url.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a store was not opened, in words for whoever starts Hansei.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works in the data folder.
    #[error("{} is in use by another Hansei{}", folder.display(), process_text(*process))]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The number of that process, if it is known.
        process: Option<u32>,
    },
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The data folder is a backup, and opening it would change it.
    #[error("{} is a backup, which never changes: restore it into a folder of its own (hansei restore)", .0.display())]
    Backup(PathBuf),
    /// The database's settings could lose what was answered (R2).
    #[error("refusing to start with unsafe settings: {0}")]
    Unsafe(String),
    /// The data are damaged (R26).
    #[error("the database is damaged, restore it from a backup: {0}")]
    Damaged(String),
    /// The address of the database, or what it says about TLS, cannot be used.
    #[error("the database address cannot be used: {0}")]
    Address(String),
    /// The database cannot be reached now.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Anything else the database says.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// The inbox log refuses.
    #[error("the inbox cannot be opened: {0}")]
    Inbox(#[from] inbox_log::OpenError),
}

fn process_text(process: Option<u32>) -> String {
    process.map(|number| format!(" (process {number})")).unwrap_or_default()
}

impl OpenError {
    /// What a store's error means at opening.
    pub(crate) fn store(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(text) => Self::Damaged(text),
            StoreError::Unavailable(text) => Self::Unreachable(text),
            StoreError::Bug(text) => Self::Database(text),
            StoreError::Conflict | StoreError::Backlogged => Self::Database(error.to_string()),
        }
    }
}
