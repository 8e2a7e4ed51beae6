//! The console's door: a socket in the data folder through which the verbs of the console reach a running Hansei on the
//! same machine.
//!
//! Whoever may open the socket could read the database as well, so it asks for nothing more; its mode is 0600. One
//! line of JSON in, lines of progress and one with the end out. A data folder may have an embedded store while the
//! Hansei that works in it stores in PostgreSQL, so each request says which store is meant, and is not taken for
//! another one.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hansei_app::ports::Progress;
use hansei_app::secret::sha256_hex;
use hansei_app::{App, AppError};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use crate::admin;
use crate::options::Place;
use crate::output::Failure;

/// What the console asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Make an admin.
    AdminCreate {
        /// Their address.
        email: String,
        /// Their name.
        name: Option<String>,
        /// The organisation's name, if there is none yet.
        organisation: String,
    },
    /// Make an integration key.
    KeyCreate {
        /// Short name or id of the service.
        service: String,
        /// The format.
        format: String,
        /// What it is for.
        name: String,
    },
    /// Copy the store into an empty folder.
    Backup {
        /// The folder.
        to: PathBuf,
    },
    /// Check the store.
    Verify,
}

/// A request, and for which store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The PostgreSQL database that was named, as a hash: its address may hold a password.
    database: Option<String>,
    request: Request,
}

/// A line of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    /// How far it is.
    Progress { done: u64, all: u64 },
    /// It was done: the secret, the report, or nothing.
    Done { text: String },
    /// It was not done, and why.
    Refused { text: String },
    /// It cannot be done now, and why.
    Unavailable { text: String },
    /// Another store is meant.
    Elsewhere,
}

/// What the door opens to.
struct Inside {
    app: Arc<App>,
    place: Place,
}

fn fingerprint(place: &Place) -> Option<String> {
    place.database_url.as_ref().map(|url| sha256_hex(url.as_bytes()))
}

/// The socket's place.
pub fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Listens until the program ends. A socket at which nobody answers is a leftover; another one belongs to a Hansei with
/// another store, and stays.
pub fn listen(app: Arc<App>, place: &Place) -> std::io::Result<tokio::task::JoinHandle<()>> {
    let path = socket_path(&place.data_dir);
    if std::os::unix::net::UnixStream::connect(&path).is_ok() {
        tracing::warn!(
            "no console here: another Hansei has its own in this data folder; give each its own folder"
        );
        return Ok(tokio::spawn(async {}));
    }
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let inside = Arc::new(Inside { app, place: place.clone() });
    Ok(tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve(Arc::clone(&inside), stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket could not accept");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }))
}

async fn serve(inside: Arc<Inside>, stream: UnixStream) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(64 * 1024));
    let read = tokio::time::timeout(Duration::from_secs(10), reader.read_line(&mut line)).await;
    let end = match read {
        Ok(Ok(_)) => match serde_json::from_str::<Asked>(&line) {
            Ok(asked) if !is_meant(&inside.place, asked.database.as_deref()) => Line::Elsewhere,
            Ok(asked) => reporting(&inside.app, asked.request, &mut write).await,
            Err(error) => Line::Refused { text: error.to_string() },
        },
        _ => return,
    };
    // A console that went away needs no answer.
    let _ = say(&mut write, &end).await;
}

async fn say(write: &mut (impl AsyncWriteExt + Unpin), line: &Line) -> std::io::Result<()> {
    let mut text = serde_json::to_string(line).map_err(std::io::Error::other)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await
}

/// Does what is asked to its end, and tells on the way how far it is while somebody listens.
async fn reporting(app: &Arc<App>, request: Request, write: &mut (impl AsyncWriteExt + Unpin)) -> Line {
    let (report, mut moved) = watch::channel((0, 0));
    let progress = move |done, all| {
        report.send_replace((done, all));
    };
    let work = answer(app, request, &progress);
    tokio::pin!(work);
    let mut heard = true;
    loop {
        tokio::select! {
            end = &mut work => return end,
            Ok(()) = moved.changed(), if heard => {
                let (done, all) = *moved.borrow_and_update();
                heard = say(write, &Line::Progress { done, all }).await.is_ok();
            }
        }
    }
}

/// Whoever names a database means that one. Whoever names none means the store of the folder: the embedded one, if there
/// is one.
fn is_meant(place: &Place, asked: Option<&str>) -> bool {
    match (asked, fingerprint(place)) {
        (Some(asked), mine) => mine.as_deref() == Some(asked),
        (None, None) => true,
        (None, Some(_)) => !place.data_dir.join("hansei.db").exists(),
    }
}

async fn answer(app: &Arc<App>, request: Request, progress: Progress<'_>) -> Line {
    let done = match request {
        Request::AdminCreate { email, name, organisation } => {
            app.console_admin(&email, name.as_deref(), &organisation).await.map(|s| s.secret)
        }
        Request::KeyCreate { service, format, name } => admin::make_key(app, &service, &format, &name).await,
        Request::Backup { to } => {
            app.store.backup(&to, progress).await.map(|()| String::new()).map_err(Into::into)
        }
        Request::Verify => app
            .store
            .verify(progress)
            .await
            .map(|v| serde_json::to_string(&v).unwrap_or_default())
            .map_err(Into::into),
    };
    match done {
        Ok(text) => Line::Done { text },
        Err(error @ (AppError::Unavailable(_) | AppError::Backlogged)) => {
            Line::Unavailable { text: error.to_string() }
        }
        Err(error) => Line::Refused { text: error.to_string() },
    }
}

/// Asks a running Hansei that has this store open; `None` = none is listening.
pub async fn ask(
    place: &Place,
    request: Request,
    progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<Option<String>, Failure> {
    let Ok(mut stream) = UnixStream::connect(socket_path(&place.data_dir)).await else { return Ok(None) };
    let broken = |e: std::io::Error| Failure::Unreachable(format!("the running Hansei did not answer: {e}"));
    let asked = Asked { database: fingerprint(place), request };
    let mut line = serde_json::to_string(&asked).map_err(|e| Failure::Usage(e.to_string()))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await.map_err(broken)?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(text) = lines.next_line().await.map_err(broken)? {
        let line: Line = serde_json::from_str(&text)
            .map_err(|e| Failure::Unreachable(format!("the running Hansei gave no answer: {e}")))?;
        match line {
            Line::Progress { done, all } => progress(done, all),
            Line::Done { text } => return Ok(Some(text)),
            Line::Refused { text } => return Err(Failure::Refused(text)),
            Line::Unavailable { text } => return Err(Failure::Unreachable(text)),
            Line::Elsewhere => return Ok(None),
        }
    }
    Err(Failure::Unreachable("the running Hansei ended before it had answered".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_store_is_taken_for_another() {
        let folder = std::env::temp_dir().join(format!("hansei-control-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let place =
            |url: Option<&str>| Place { data_dir: folder.clone(), database_url: url.map(str::to_owned) };
        let (lite, one, other) =
            (place(None), place(Some("postgres://a/one")), place(Some("postgres://a/other")));
        let asks = |asked: &Place, running: &Place| is_meant(running, fingerprint(asked).as_deref());
        assert!(asks(&lite, &lite) && asks(&one, &one));
        assert!(!asks(&one, &lite), "a database was named, and the embedded store runs");
        assert!(!asks(&other, &one));
        assert!(asks(&lite, &one), "nothing else lies in the folder: what runs there is meant");
        std::fs::write(folder.join("hansei.db"), "").unwrap();
        assert!(!asks(&lite, &one), "the embedded store of the folder is meant");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
