//! Restoring a backup into an empty place.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use hansei_app::ports::{StoreError, StoreResult};

use super::manifest::{FORMAT, MANIFEST, Manifest};
use crate::migrate::MIGRATIONS;
use crate::rows::META;
use crate::sql::{Conn, Mode, Rows, Write, now};
use crate::sqlite::{DATABASE, INBOX, InstanceLock, make_folder, open_copy, sync_dir};
use crate::{OpenError, OpenOptions};

/// Named value that tells when these data were restored. It holds nothing back: what was due or waiting to be sent
/// when the backup was made goes on when Hansei starts on it, however long ago that was.
const RESTORED_AT: &str = "restored_at";

/// The database's name while it is copied.
const PART: &str = "hansei.db.part";

static META_PUT: Write = Write::new(&META, Mode::Upsert);

/// Why a backup was not restored. Nothing has been changed then, or the folder's database is not yet in its place.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The folder holds no manifest.
    #[error("{0} holds no backup: its manifest is missing")]
    NoBackup(PathBuf),
    /// The backup was cut or changed.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// Made by a later release.
    #[error("the backup was made by a later release: {0}")]
    TooNew(String),
    /// There is something where it should go.
    #[error("{0} is not empty: a backup is restored into an empty place only")]
    NotEmpty(String),
    /// The target cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file system refuses.
    #[error("cannot restore: {0}")]
    Io(#[from] io::Error),
    /// The database refuses.
    #[error("cannot restore: {0}")]
    Store(#[from] StoreError),
}

/// Restores a backup into the empty data folder or database that the options name. Blocking work: call it where that
/// does not matter. Returns what the backup says of itself.
pub async fn restore(from: &Path, options: &OpenOptions) -> Result<Manifest, RestoreError> {
    let manifest = checked(from)?;
    match &options.database_url {
        Some(url) => super::server::into_server(from, url, options).await?,
        None => into_folder(from, &manifest, options)?,
    }
    Ok(manifest)
}

/// Reads the manifest and checks every file against it.
fn checked(from: &Path) -> Result<Manifest, RestoreError> {
    let text = match std::fs::read(from.join(MANIFEST)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(RestoreError::NoBackup(from.to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| RestoreError::Damaged(format!("{MANIFEST}: {error}")))?;
    let known = MIGRATIONS.last().map_or(0, |m| m.number);
    if manifest.format > FORMAT || manifest.schema > known {
        let (format, schema) = (manifest.format, manifest.schema);
        return Err(RestoreError::TooNew(format!("format {format}, schema {schema}")));
    }
    if !manifest.files.iter().any(|file| file.path == DATABASE) {
        return Err(RestoreError::Damaged(format!("{DATABASE} is missing")));
    }
    for file in &manifest.files {
        match file.check(from) {
            Ok(true) => {}
            Ok(false) => return Err(RestoreError::Damaged(format!("{} was changed", file.path))),
            Err(error) => return Err(RestoreError::Damaged(format!("{}: {error}", file.path))),
        }
    }
    Ok(manifest)
}

/// Copies the files into the data folder. The database gets its name last: a folder without it is empty to Hansei.
fn into_folder(from: &Path, manifest: &Manifest, options: &OpenOptions) -> Result<(), RestoreError> {
    let folder = &options.data_dir;
    make_folder(folder)?;
    let _lock = InstanceLock::take(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != "hansei.lock" {
            return Err(RestoreError::NotEmpty(folder.display().to_string()));
        }
    }
    let copied = copy_files(from, manifest, options);
    if copied.is_err() {
        // What is half there would stand in the way of the next try, and its inbox in that of whoever starts here.
        for leftover in [folder.join(PART), folder.join(DATABASE)] {
            let _gone = std::fs::remove_file(leftover);
        }
        let _gone = std::fs::remove_dir_all(folder.join(INBOX));
    }
    copied
}

fn copy_files(from: &Path, manifest: &Manifest, options: &OpenOptions) -> Result<(), RestoreError> {
    let folder = &options.data_dir;
    std::fs::create_dir_all(folder.join(INBOX))?;
    let part = folder.join(PART);
    for file in &manifest.files {
        let to = if file.path == DATABASE { part.clone() } else { folder.join(&file.path) };
        std::fs::copy(from.join(&file.path), &to)?;
        File::open(&to)?.sync_all()?;
    }
    note_restore(&part, options)?;
    sync_dir(&folder.join(INBOX))?;
    std::fs::rename(&part, folder.join(DATABASE))?;
    sync_dir(folder)?;
    Ok(())
}

/// Writes into a restored file that, and when, it was restored.
fn note_restore(file: &Path, options: &OpenOptions) -> Result<(), RestoreError> {
    let mut conn = Conn::Lite(Box::new(open_copy(file)?));
    now(note(&mut conn, options))?;
    drop(conn);
    File::open(file)?.sync_all()?;
    Ok(())
}

/// Writes into a restored database that, and when, it was restored.
pub(super) async fn note(conn: &mut Conn, options: &OpenOptions) -> StoreResult<()> {
    let at = options.clock.now().to_string();
    let rows = Rows { cells: vec![RESTORED_AT.into(), at.into()] };
    conn.write(&META_PUT, &[&rows]).await.map(drop)
}
