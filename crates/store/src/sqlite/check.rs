//! Looking for damage (R26): quickly at every opening, and page by page.

use std::path::Path;
use std::sync::Arc;

use hansei_app::ports::{StoreError, StoreResult};

use super::conn::LiteConn;
use super::open::open_readonly;
use crate::OpenError;
use crate::write::Queue;

/// Databases up to this size are checked page by page before they are opened; larger ones beside the work, so that
/// paging resumes at once (ready within 3 s with a million rows).
const CHECK_BEFORE_BYTES: u64 = 96 << 20;

/// Checks every page of a small database now. `false` = it is large, [`check_beside`] has to do it.
pub(super) fn check_now(conn: &LiteConn, file: &Path) -> Result<bool, OpenError> {
    let bytes = std::fs::metadata(file).map(|meta| meta.len()).unwrap_or_default();
    if bytes > CHECK_BEFORE_BYTES {
        return Ok(false);
    }
    quick_check(conn).map_err(|error| OpenError::Damaged(error.to_string()))?;
    Ok(true)
}

fn quick_check(conn: &LiteConn) -> StoreResult<()> {
    let said: Result<String, _> = conn.raw().query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match said {
        Ok(said) if said == "ok" => Ok(()),
        Ok(said) => Err(StoreError::Corrupt(said)),
        Err(error) => Err(super::errors::translate(error).0),
    }
}

/// Checks every page in a thread of its own; on damage, nothing more is written.
pub(super) fn check_beside(file: &Path, queue: &Arc<Queue>) -> std::io::Result<()> {
    let (file, queue) = (file.to_owned(), Arc::clone(queue));
    let body = move || {
        let checked = match open_readonly(&file) {
            Ok(conn) => quick_check(&conn),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        };
        match checked {
            Ok(()) => tracing::info!("all pages of the database are in order"),
            Err(error @ StoreError::Corrupt(_)) => {
                tracing::error!(%error, "the database is damaged: nothing more is written");
                queue.shut(error);
            }
            Err(error) => tracing::warn!(%error, "the database could not be checked"),
        }
    };
    std::thread::Builder::new().name("store-check".into()).spawn(body).map(drop)
}
