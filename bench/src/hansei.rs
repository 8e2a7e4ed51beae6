//! Hansei as the one under test: the real binary, a key of format alertmanager, everything durable.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::Args;
use crate::load::{Target, response};
use crate::process::Server;

/// A running Hansei.
pub struct Hansei {
    /// The process.
    pub server: Server,
    /// Where alerts go.
    pub target: Target,
    /// An admin's token.
    pub token: String,
    /// `127.0.0.1:port`
    pub address: String,
    /// The database of its own, on PostgreSQL.
    pub database_url: Option<String>,
    /// Path of the set-up link, if nobody is set up yet.
    pub setup: Option<String>,
}

/// Starts it with an empty store and one key.
pub async fn start(args: &Args) -> Result<Hansei, String> {
    begin(args, true).await
}

/// As [`start`], without an admin, so that the set-up link still works.
pub async fn start_to_be_set_up(args: &Args) -> Result<Hansei, String> {
    begin(args, false).await
}

async fn begin(args: &Args, admin: bool) -> Result<Hansei, String> {
    let database = args.database_url.as_deref().map(fresh_database).transpose()?;
    let database_url = database.clone();
    let mut server = Server::start(&args.hansei, "hansei", |dir| {
        let mut all = vec![
            "serve".into(),
            "--data-dir".into(),
            dir.display().to_string(),
            "--listen".into(),
            "127.0.0.1:0".into(),
            "--log".into(),
            "error".into(),
            "--canary-secs".into(),
            "0".into(),
            "--egress-allow".into(),
            "127.0.0.0/8".into(),
        ];
        if let Some(url) = database {
            all.extend(["--database-url".into(), url]);
        }
        all
    })?;
    let line = server.line_with("http://").await?;
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| c.is_whitespace() || c == '/').next())
        .ok_or("the ready line has no address")?
        .to_owned();
    let dir = server.dir.clone();
    let setup = line.split("/setup/").nth(1).map(|rest| format!("/setup/{}", rest.trim()));
    let token = match admin {
        true => console(
            args,
            &dir,
            database_url.as_deref(),
            &["admin", "create", "--email", "bench@example.org"],
        )?,
        false => String::new(),
    };
    let key = console(
        args,
        &dir,
        database_url.as_deref(),
        &["key", "create", "--service", "bench", "--format", "alertmanager"],
    )?;
    let target = Target { address: address.clone(), path: format!("/am/{key}/api/v2/alerts") };
    Ok(Hansei { server, target, token, address, database_url, setup })
}

/// Makes an empty database beside the one that is named, so that every run begins with an empty store. They stay: the
/// server they lie on is the measurement's own.
fn fresh_database(url: &str) -> Result<String, String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("bench_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let made = Command::new("psql")
        .args([url, "--quiet", "--command", &format!("CREATE DATABASE {name}")])
        .output()
        .map_err(|e| format!("psql: {e}"))?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned());
    }
    let (server, _) = url.rsplit_once('/').ok_or("the database's address names no database")?;
    Ok(format!("{server}/{name}"))
}

fn console(args: &Args, dir: &Path, database: Option<&str>, verb: &[&str]) -> Result<String, String> {
    let out = Command::new(&args.hansei)
        .args(verb)
        .args(["--quiet", "--data-dir"])
        .arg(dir)
        .args(database.map(|url| ["--database-url", url]).into_iter().flatten())
        .output()
        .map_err(|e| e.to_string())?;
    if !out.status.success() {
        return Err(format!("hansei {}: {}", verb.join(" "), String::from_utf8_lossy(&out.stderr)));
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

impl Hansei {
    /// One call of the API.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: \
             application/json\r\nAccept: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            self.address,
            self.token,
            text.len()
        );
        let mut stream = TcpStream::connect(&self.address).await.map_err(|e| e.to_string())?;
        stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
        let mut buffer = Vec::new();
        let status = response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let body = text.split_once("\r\n\r\n").map_or("", |(_, b)| b);
        if !(200..300).contains(&status) {
            return Err(format!("{method} {path} answered {status}: {body}"));
        }
        Ok(serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// A metric's value (the sum over its labels).
    pub async fn metric(&self, name: &str) -> Result<f64, String> {
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let mut stream = TcpStream::connect(&self.address).await.map_err(|e| e.to_string())?;
        stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
        let mut buffer = Vec::new();
        response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&buffer);
        let values = text
            .lines()
            .filter(|l| l.strip_prefix(name).is_some_and(|r| r.starts_with([' ', '{'])))
            .filter_map(|l| l.rsplit(' ').next().and_then(|v| v.parse::<f64>().ok()));
        Ok(values.sum())
    }
}
