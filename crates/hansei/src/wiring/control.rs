//! The console's door: a socket in the data folder through which `hansei admin` and `hansei key` reach a running
//! Hansei on the same machine.
//!
//! Whoever may open the socket could read the database as well, so it asks for nothing more; its mode is 0600. One
//! line of JSON in, one line out.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hansei_app::App;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::admin;
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

/// What is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it was done.
    pub ok: bool,
    /// The secret, the report, or why not.
    pub text: String,
}

/// The socket's place.
pub fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Listens until the program ends. The caller holds the data folder's lock, so a socket that is there is a leftover.
pub fn listen(app: Arc<App>, data_dir: &Path) -> std::io::Result<tokio::task::JoinHandle<()>> {
    let path = socket_path(data_dir);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve(Arc::clone(&app), stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket could not accept");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }))
}

async fn serve(app: Arc<App>, stream: UnixStream) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(64 * 1024));
    let read = tokio::time::timeout(Duration::from_secs(10), reader.read_line(&mut line)).await;
    let answer = match read {
        Ok(Ok(_)) => match serde_json::from_str::<Request>(&line) {
            Ok(request) => answer(&app, request).await,
            Err(error) => Answer { ok: false, text: error.to_string() },
        },
        _ => return,
    };
    let mut text = serde_json::to_string(&answer).unwrap_or_default();
    text.push('\n');
    // A console that went away needs no answer.
    let _ = write.write_all(text.as_bytes()).await;
}

async fn answer(app: &Arc<App>, request: Request) -> Answer {
    let done = match request {
        Request::AdminCreate { email, name, organisation } => {
            app.console_admin(&email, name.as_deref(), &organisation).await.map(|s| s.secret)
        }
        Request::KeyCreate { service, format, name } => admin::make_key(app, &service, &format, &name).await,
        Request::Backup { to } => {
            app.store.backup(&to, &|_, _| {}).await.map(|()| String::new()).map_err(Into::into)
        }
        Request::Verify => app
            .store
            .verify(&|_, _| {})
            .await
            .map(|v| serde_json::to_string(&v).unwrap_or_default())
            .map_err(Into::into),
    };
    match done {
        Ok(text) => Answer { ok: true, text },
        Err(error) => Answer { ok: false, text: error.to_string() },
    }
}

/// Asks a running Hansei; `None` = none is listening.
pub async fn ask(data_dir: &Path, request: &Request) -> Result<Option<String>, Failure> {
    let Ok(mut stream) = UnixStream::connect(socket_path(data_dir)).await else { return Ok(None) };
    let broken = |e: std::io::Error| Failure::Unreachable(format!("the running Hansei did not answer: {e}"));
    let mut line = serde_json::to_string(request).map_err(|e| Failure::Usage(e.to_string()))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await.map_err(broken)?;
    let mut text = String::new();
    BufReader::new(stream).read_line(&mut text).await.map_err(broken)?;
    let answer: Answer = serde_json::from_str(&text)
        .map_err(|e| Failure::Unreachable(format!("the running Hansei gave no answer: {e}")))?;
    if answer.ok { Ok(Some(answer.text)) } else { Err(Failure::Refused(answer.text)) }
}
