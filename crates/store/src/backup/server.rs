//! Restoring into PostgreSQL: row by row out of the backup's SQLite file, and signal by signal out of its inbox log.

use std::path::{Path, PathBuf};

use hansei_app::ports::{StoreError, StoreResult};

use super::copy::{copy_tables, is_empty};
use super::restore::{RestoreError, note};
use crate::OpenOptions;
use crate::inbox::{LogInbox, pack, position};
use crate::long::Reporter;
use crate::migrate::migrate;
use crate::postgres::Connector;
use crate::sql::{Conn, now};
use crate::sqlite::{DATABASE, INBOX, open_copy};

/// Signals in one row of the inbox.
const ROW_RECORDS: usize = 256;

/// A copy of the backup to work on: opening it may bring it to this release's schema, and a backup never changes.
struct WorkingCopy(PathBuf);

impl WorkingCopy {
    /// Copies a backup beside itself, where there is room for it, into a folder that nobody else can have made: it
    /// holds password hashes and secrets, and another user of this machine must not be able to read or to place them.
    fn of(backup: &Path, chance: [u8; 32]) -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let word: String = chance.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!(".hansei-restore-{word}");
        let backup = std::path::absolute(backup)?;
        let beside = backup.parent().map(|parent| parent.join(&name));
        let mut builder = std::fs::DirBuilder::new();
        builder.mode(0o700);
        // A folder that is there already is refused, whoever made it.
        let made = beside.filter(|folder| builder.create(folder).is_ok());
        let copy = match made {
            Some(folder) => Self(folder),
            // Backups often lie where only they may be written.
            None => {
                let folder = std::env::temp_dir().join(&name);
                builder.create(&folder)?;
                Self(folder)
            }
        };
        builder.create(copy.0.join(INBOX))?;
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
    let copy = WorkingCopy::of(from, options.ids.secret())?;
    let mut source = Conn::Lite(Box::new(open_copy(&copy.0.join(DATABASE))?));
    now(migrate(&mut source, options.clock.now()))?;
    let decided = now(position(&mut source))?;
    let inbox = LogInbox::open(&copy.0.join(INBOX), options, decided)?;
    let connector = Connector::new(url, options.lease_clock)?;
    let mut target = connector.first().await?;
    migrate(&mut target, options.clock.now()).await?;
    if !is_empty(&mut target).await? {
        return Err(RestoreError::NotEmpty("the database".into()));
    }
    let (reporter, _) = Reporter::new();
    copy_tables(&mut source, &mut target, &reporter, async |target| {
        copy_signals(&inbox, target).await?;
        note(target, options).await
    })
    .await?;
    inbox.close();
    Ok(())
}

/// Puts undecided signals of a log into rows.
async fn copy_signals(inbox: &LogInbox, target: &mut Conn) -> StoreResult<()> {
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
        let sql = "INSERT INTO inbox (records, decided, payload) VALUES (?1, 0, ?2)";
        target.exec(sql, &[records.len().into(), pack(&records).into()]).await?;
    }
}
