//! Writing a backup folder.

use std::fs::File;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hansei_app::ports::{StoreError, StoreResult};
use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};

use super::copy::copy_tables;
use super::manifest::{FORMAT, MANIFEST, Manifest, ManifestFile};
use crate::inbox::{LogInbox, position};
use crate::long::Reporter;
use crate::migrate::{MIGRATIONS, migrate};
use crate::sql::Conn;
use crate::sqlite::{DATABASE, INBOX, LiteConn, open_copy, private_file, sync_dir};

/// Pages copied between two reports.
const PAGES: i32 = 2_048;

/// The folder that is being filled.
pub(super) struct Target {
    folder: PathBuf,
    now: Timestamp,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(format!("the backup could not be written: {error}"))
}

impl Target {
    /// Makes the folder, which must be empty or missing.
    pub fn make(folder: &Path, now: Timestamp) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        if std::fs::read_dir(folder)?.next().is_some() {
            return Err(io::Error::other(format!("{} is not empty", folder.display())));
        }
        Ok(Self { folder: folder.to_owned(), now })
    }

    fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// Makes all of it durable; the manifest comes last, and without it the folder is no backup.
    fn finish(&self, journal_seq: u64, inbox_records: u64) -> io::Result<()> {
        let mut paths = vec![DATABASE.to_owned()];
        let inbox = self.folder.join(INBOX);
        if inbox.is_dir() {
            for entry in std::fs::read_dir(&inbox)? {
                paths.push(format!("{INBOX}/{}", entry?.file_name().to_string_lossy()));
            }
            sync_dir(&inbox)?;
        }
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in &paths {
            File::open(self.folder.join(path))?.sync_all()?;
            files.push(ManifestFile::of(&self.folder, path)?);
        }
        let schema = MIGRATIONS.last().map_or(0, |m| m.number);
        let manifest =
            Manifest { format: FORMAT, created_at: self.now, schema, journal_seq, inbox_records, files };
        let part = self.folder.join("manifest.part");
        let mut file = File::create(&part)?;
        file.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
        file.sync_all()?;
        std::fs::rename(&part, self.folder.join(MANIFEST))?;
        sync_dir(&self.folder)
    }
}

/// Writes the whole backup from one snapshot of the store.
pub(super) async fn run(
    conn: &mut Conn,
    target: Target,
    inbox: Option<Arc<LogInbox>>,
    reporter: &Reporter,
) -> StoreResult<()> {
    conn.begin_snapshot().await?;
    let copied = copy(conn, &target, inbox, reporter).await;
    conn.rollback().await;
    let (journal_seq, inbox_records) = copied?;
    target.finish(journal_seq, inbox_records).map_err(failed)
}

async fn copy(
    conn: &mut Conn,
    target: &Target,
    inbox: Option<Arc<LogInbox>>,
    reporter: &Reporter,
) -> StoreResult<(u64, u64)> {
    // The first read fixes the snapshot.
    let journal_seq = crate::read::journal::last_seq(conn).await?;
    let decided = position(conn).await?;
    if let Conn::Lite(lite) = &*conn {
        copy_file(lite, &target.database(), reporter)?;
    } else {
        let mut copy = Conn::Lite(Box::new(open_copy(&target.database()).map_err(failed)?));
        migrate(&mut copy, target.now).await?;
        copy_tables(conn, &mut copy, reporter, async |_| Ok(())).await?;
    }
    let sql = "SELECT COALESCE(SUM(records - decided), 0) FROM inbox";
    let in_table =
        conn.query_one(&format!("SELECT CAST(({sql}) AS BIGINT)"), &[], |row| row.count(0)).await?;
    let in_log = match inbox {
        Some(inbox) => {
            inbox.log().copy_pending_to(&target.folder.join(INBOX), decided).map_err(failed)?.records
        }
        None => 0,
    };
    Ok((journal_seq, in_table + in_log))
}

/// SQLite's own online copy. The connection has a snapshot open, so that writers do not make it begin again.
fn copy_file(lite: &LiteConn, file: &Path, reporter: &Reporter) -> StoreResult<()> {
    private_file(file).map_err(failed)?;
    let mut copy = rusqlite::Connection::open(file).map_err(failed)?;
    let backup = Backup::new(lite.raw(), &mut copy).map_err(failed)?;
    loop {
        let step = backup.step(PAGES).map_err(failed)?;
        let pages = backup.progress();
        let total = u64::try_from(pages.pagecount).unwrap_or_default();
        reporter.report(total - u64::try_from(pages.remaining).unwrap_or_default().min(total), total);
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(failed("the copy is locked")),
        }
    }
    drop(backup);
    // The copy is one file that can be read from anywhere, without a log beside it.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(failed)
}
