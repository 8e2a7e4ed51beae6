//! Restoring into PostgreSQL: row by row out of the backup's SQLite file, and signal by signal out of its inbox log.

use std::path::{Path, PathBuf};

use hansei_app::ports::{StoreError, StoreResult};

use super::copy::{copy_tables, is_empty};
use super::restore::{RestoreError, note};
use crate::inbox::{LogInbox, pack, position};
use crate::long::Reporter;
use crate::migrate::migrate;
use crate::postgres::{Connector, Role};
use crate::sql::{Conn, Val, now};
use crate::sqlite::{DATABASE, INBOX, open_copy};
use crate::{OpenError, OpenOptions};

/// Signals in one row of the inbox.
const ROW_RECORDS: usize = 256;

/// A copy of the backup to work on: opening it may bring it to this release's schema, and a backup never changes.
struct WorkingCopy(PathBuf);

impl WorkingCopy {
    fn of(backup: &Path) -> std::io::Result<Self> {
        let name = format!("hansei-restore-{}", std::process::id());
        let copy = Self(std::env::temp_dir().join(name));
        let _ = std::fs::remove_dir_all(&copy.0);
        std::fs::create_dir_all(copy.0.join(INBOX))?;
        std::fs::copy(backup.join(DATABASE), copy.0.join(DATABASE))?;
        if backup.join(INBOX).is_dir() {
            for entry in std::fs::read_dir(backup.join(INBOX))? {
                let entry = entry?;
                std::fs::copy(entry.path(), copy.0.join(INBOX).join(entry.file_name()))?;
            }
        }
        Ok(copy)
    }
}

impl Drop for WorkingCopy {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "a working copy could not be removed");
        }
    }
}

/// Restores into the empty database of an address.
pub(super) async fn into_server(from: &Path, url: &str, options: &OpenOptions) -> Result<(), RestoreError> {
    let copy = WorkingCopy::of(from)?;
    let mut source = Conn::Lite(Box::new(open_copy(&copy.0.join(DATABASE))?));
    now(migrate(&mut source, options.clock.now()))?;
    let decided = now(position(&mut source))?;
    let inbox = LogInbox::open(&copy.0.join(INBOX), options, decided)?;
    let connector = Connector::new(url, options.lease_clock)?;
    let mut target = connector.connect(Role::Long).await.map_err(OpenError::store)?;
    migrate(&mut target, options.clock.now()).await?;
    if !is_empty(&mut target).await? {
        return Err(RestoreError::NotEmpty("the database".into()));
    }
    let (reporter, _) = Reporter::new();
    copy_tables(&mut source, &mut target, &reporter, async |target| {
        copy_signals(&inbox, target, options).await?;
        note(target, options).await
    })
    .await?;
    inbox.close();
    Ok(())
}

/// Puts undecided signals of a log into rows that any node may take over at once.
async fn copy_signals(inbox: &LogInbox, target: &mut Conn, options: &OpenOptions) -> StoreResult<()> {
    // Rows that came with the copy have their numbers already; new ones go on behind them.
    target
        .query(
            "SELECT setval(pg_get_serial_sequence('inbox', 'id'), COALESCE(MAX(id), 0) + 1, false) FROM inbox",
            &[],
            |_| Ok(()),
        )
        .await?;
    let unread = |error| StoreError::Corrupt(format!("the backup's inbox: {error}"));
    let mut after = inbox.position();
    loop {
        let batch = inbox.log().read_after(after, ROW_RECORDS, 1 << 20).map_err(unread)?;
        if batch.records.is_empty() {
            return Ok(());
        }
        after = batch.last;
        let records: Vec<_> = batch.records.into_iter().map(|(_, record)| record).collect();
        let sql = "INSERT INTO inbox (node, lease_ends_at, records, decided, payload) \
                   VALUES ('restored', ?1, ?2, 0, ?3)";
        let ends = Val::from(options.clock.now());
        target.exec(sql, &[ends, records.len().into(), pack(&records).into()]).await?;
    }
}
