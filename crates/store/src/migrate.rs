//! Migrations: numbered SQL files, the same numbers in both dialects, append-only, run at opening under a lock.
//!
//! Each runs in one transaction with the row that records it, so one that is killed in the middle has not happened. A
//! file that was changed after it ran, or a database that has seen a later release, is refused with its number.

use hansei_app::ports::{StoreError, StoreResult};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::sql::{Column, Conn, Dialect, Kind, Table};

/// One migration in both dialects.
pub(crate) struct Migration {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// Its name.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/000", $number, "_", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/000", $number, "_", $name, ".sql")),
        }
    };
}

/// All of them, in order.
pub(crate) static MIGRATIONS: [Migration; 3] =
    [migration!(1, "initial"), migration!(2, "further_indexes"), migration!(3, "outbox_kind")];

/// What has run.
pub(crate) static MIGRATION: Table = Table {
    name: "migration",
    key: &["number"],
    columns: &[
        Column::fixed("number", Kind::Int),
        Column::new("name", Kind::Text),
        Column::new("checksum", Kind::Text),
        Column::new("applied_at", Kind::At),
    ],
};

impl Migration {
    fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    fn checksum(&self, dialect: Dialect) -> String {
        let hash = Sha256::digest(self.text(dialect).as_bytes());
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The table that records migrations; made outside of them, since it must be there to know which have run.
fn register(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, \
             checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"
        }
        // The lock is given back with the transaction; its number is the word "hansei" in ASCII.
        Dialect::Postgres => {
            "SELECT pg_advisory_xact_lock(114784820032873); \
             CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, \
             checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
        }
    }
}

/// Brings a database to this release's schema. Nodes that start together wait for each other.
pub(crate) async fn migrate(conn: &mut Conn, now: Timestamp) -> StoreResult<()> {
    loop {
        conn.begin().await?;
        match step(conn, now).await {
            Ok(more) => {
                conn.commit().await?;
                if !more {
                    return Ok(());
                }
            }
            Err(error) => {
                conn.rollback().await;
                return Err(error);
            }
        }
    }
}

/// Runs the next migration, if there is one to run.
async fn step(conn: &mut Conn, now: Timestamp) -> StoreResult<bool> {
    let dialect = conn.dialect();
    conn.batch(register(dialect)).await?;
    let done = conn
        .query("SELECT number, checksum FROM migration ORDER BY number", &[], |row| {
            Ok((row.int(0)?, row.text(1)?.to_owned()))
        })
        .await?;
    for (place, (number, checksum)) in done.iter().enumerate() {
        let Some(known) = MIGRATIONS.get(place).filter(|m| m.number == *number) else {
            return Err(StoreError::Bug(format!(
                "the database has migration {number}, which this release does not know: \
                 it was made by a later release"
            )));
        };
        if *checksum != known.checksum(dialect) {
            return Err(StoreError::Bug(format!(
                "migration {number} ({}) of this release is not the one that made the database",
                known.name
            )));
        }
    }
    let Some(next) = MIGRATIONS.get(done.len()) else { return Ok(false) };
    tracing::info!(number = next.number, name = next.name, "migrating the database");
    conn.batch(next.text(dialect)).await?;
    let checksum = next.checksum(dialect);
    conn.exec(
        "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
        &[next.number.into(), next.name.into(), checksum.into(), now.into()],
    )
    .await?;
    Ok(true)
}
