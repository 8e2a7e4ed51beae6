//! Backup and restore (R28).
//!
//! A backup is a folder: the database as one SQLite file, whatever database it came from; the signals that were
//! accepted and not yet decided; and a manifest, written last, with the size and hash of every file. So every backup
//! restores into either database, can be looked into with any SQLite tool, and a cut or changed one is refused.

mod copy;
mod manifest;
mod restore;
mod server;
mod write;

pub use manifest::{Manifest, ManifestFile};
pub use restore::{RestoreError, restore};

use std::path::Path;

use hansei_app::ports::{Progress, StoreError, StoreResult};
use jiff::Timestamp;

use crate::engine::Engine;
use write::Target;

/// Whether a folder holds a backup.
pub(crate) fn is_backup(folder: &Path) -> bool {
    folder.join(manifest::MANIFEST).exists()
}

/// Copies the whole store into an empty or missing folder while it is in use.
pub(crate) async fn backup(
    engine: &Engine,
    now: Timestamp,
    to: &Path,
    progress: Progress<'_>,
) -> StoreResult<()> {
    let target = Target::make(to, now).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let inbox = engine.log_inbox();
    // Held from before the snapshot on, so that what the snapshot has not decided is still there to be copied.
    let hold = inbox.as_ref().map(|inbox| inbox.log().hold());
    let result = engine
        .long(progress, move |conn, reporter| {
            Box::pin(async move { write::run(conn, target, inbox, &reporter).await })
        })
        .await;
    drop(hold);
    result
}
