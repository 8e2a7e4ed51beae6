//! Opening connections with the settings that durability and speed rest on.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::conn::LiteConn;
use crate::OpenError;

/// The database's file within the data folder.
pub(crate) const DATABASE: &str = "hansei.db";
/// The inbox log's folder within the data folder.
pub(crate) const INBOX: &str = "inbox";

/// How long a connection waits for a lock that another program holds. Whoever waits for an answer gets one within
/// two seconds (R2).
const BUSY: Duration = Duration::from_millis(1_000);
/// Memory for pages of the writer and of each reader, in KiB. The operating system caches the file besides.
const WRITER_CACHE_KIB: i64 = 16_384;
const READER_CACHE_KIB: i64 = 2_048;
/// Size of a page, bytes. An alert's row has one to two thousand, of which pages of 4 KiB would waste a quarter.
const PAGE_BYTES: i64 = 8_192;
/// After a burst the log file is cut down to this many bytes.
const LOG_BYTES: i64 = 64 << 20;

/// SQLite's number for `synchronous=FULL`.
const SYNC_FULL: i64 = 2;

fn cannot(what: &str) -> impl Fn(rusqlite::Error) -> OpenError + '_ {
    move |error| OpenError::Database(format!("{what}: {error}"))
}

fn flags(write: bool) -> OpenFlags {
    let access = if write {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    // Each connection stays in one thread at a time; SQLite's own lock around each call would be wasted.
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Makes a folder, readable by nobody else: it holds secrets. One that is there already stays as it is.
pub(crate) fn make_folder(folder: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })
}

/// Makes a file that nobody else may read, unless it is there already. SQLite gives its log the same rights.
pub(crate) fn private_file(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file).map(drop)
}

/// Opens the connection that writes.
pub(super) fn open_writer(file: &Path) -> Result<LiteConn, OpenError> {
    private_file(file).map_err(|source| OpenError::Folder { folder: file.to_owned(), source })?;
    let raw = Connection::open_with_flags(file, flags(true)).map_err(cannot("opening the database"))?;
    raw.busy_timeout(BUSY).map_err(cannot("setting the lock time-out"))?;
    let set = |name: &str, value: i64| {
        raw.pragma_update(None, name, value).map_err(cannot(&format!("setting {name}")))
    };
    // Counts for a new database only, and only before its first page is written.
    raw.pragma_update(None, "page_size", PAGE_BYTES).map_err(cannot("setting page_size"))?;
    raw.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .map_err(cannot("switching to the write-ahead log"))?;
    set("synchronous", SYNC_FULL)?;
    set("foreign_keys", 1)?;
    set("cache_size", -WRITER_CACHE_KIB)?;
    set("temp_store", 2)?;
    raw.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))
        .map_err(cannot("setting journal_size_limit"))?;
    let text =
        |name: &str| raw.pragma_query_value(None, name, |row| row.get::<_, String>(0)).map_err(cannot(name));
    let number =
        |name: &str| raw.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(cannot(name));
    check_durability(&text("journal_mode")?, number("synchronous")?)?;
    Ok(LiteConn::new(raw))
}

/// Refuses settings under which an answered commit could be lost (R2). What counts is what SQLite says it does, not
/// what it was asked to do: some file systems cannot do it.
fn check_durability(journal_mode: &str, synchronous: i64) -> Result<(), OpenError> {
    if !journal_mode.eq_ignore_ascii_case("wal") {
        return Err(OpenError::Unsafe(format!(
            "SQLite works with journal_mode={journal_mode} here instead of WAL; \
             the data folder must lie on a local file system"
        )));
    }
    if synchronous < SYNC_FULL {
        return Err(OpenError::Unsafe(format!(
            "SQLite works with synchronous={synchronous}, below FULL: an answered alert could be lost"
        )));
    }
    Ok(())
}

/// Opens a connection that only reads.
pub(crate) fn open_readonly(file: &Path) -> Result<LiteConn, OpenError> {
    let raw = Connection::open_with_flags(file, flags(false)).map_err(cannot("opening the database"))?;
    raw.busy_timeout(BUSY).map_err(cannot("setting the lock time-out"))?;
    raw.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(cannot("setting cache_size"))?;
    raw.pragma_update(None, "temp_store", 2).map_err(cannot("setting temp_store"))?;
    Ok(LiteConn::new(raw))
}

/// Opens a database of one's own in one file without a log beside it: a copy that is being made or read.
pub(crate) fn open_copy(file: &Path) -> Result<LiteConn, OpenError> {
    private_file(file).map_err(|source| OpenError::Folder { folder: file.to_owned(), source })?;
    let raw = Connection::open_with_flags(file, flags(true)).map_err(cannot("opening the copy"))?;
    raw.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
        .map_err(cannot("setting journal_mode"))?;
    raw.pragma_update(None, "synchronous", SYNC_FULL).map_err(cannot("setting synchronous"))?;
    Ok(LiteConn::new(raw))
}

/// Opens a database in memory.
pub(crate) fn in_memory() -> Result<LiteConn, OpenError> {
    let raw = Connection::open_in_memory().map_err(cannot("opening a database in memory"))?;
    raw.pragma_update(None, "foreign_keys", 1).map_err(cannot("setting foreign_keys"))?;
    raw.pragma_update(None, "temp_store", 2).map_err(cannot("setting temp_store"))?;
    Ok(LiteConn::new(raw))
}

/// Makes names in a folder durable.
pub(crate) fn sync_dir(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_could_lose_an_answered_commit_are_refused() {
        assert!(check_durability("wal", 2).is_ok());
        assert!(check_durability("wal", 3).is_ok());
        for (mode, synchronous) in [("wal", 1), ("wal", 0), ("delete", 2), ("memory", 2), ("off", 3)] {
            let refused = check_durability(mode, synchronous);
            assert!(matches!(refused, Err(OpenError::Unsafe(_))), "{mode} {synchronous}");
        }
    }
}
