//! How long the operator's pages take, how much memory an ordinary day needs, and how long a start with a full store.
//!
//! These have no peer: Alertmanager has no such pages and keeps nothing that a start would have to read. Pages are
//! asked for one after the other over one connection, so the figure is the server's work and one turn over loopback.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::load::{self, percentile, response};
use crate::process::free_port;
use crate::report::Line;
use crate::{Args, hansei};

/// Alerts that fire while pages are asked for.
const FIRING: u64 = 20_000;
/// How often each page is asked for.
const TIMES: usize = 30;
/// The pages.
const PAGES: [&str; 16] = [
    "/",
    "/incidents",
    "/incidents?state=all",
    "/incidents/1",
    "/incidents/new",
    "/alerts",
    "/alerts?q=host-0000",
    "/services",
    "/services/bench",
    "/integrations",
    "/quarantine",
    "/people",
    "/tokens",
    "/settings",
    "/system",
    "/help",
];

fn plain(what: String, ours: String, goal: &'static str, met: bool) -> Line {
    Line { what, ours, peer: "–".into(), ratio: None, goal, met }
}

/// Sets the installation up over its link; returns the session's cookie.
async fn sign_in(one: &hansei::Hansei) -> Result<String, String> {
    let path = one.setup.as_deref().ok_or("there was no set-up link")?;
    let body = "name=Bench&email=pages%40example.org&password=correct+horse+battery&organisation=Bench";
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: \
         close\r\nContent-Length: {}\r\n\r\n{body}",
        one.address,
        body.len()
    );
    let mut stream = TcpStream::connect(&one.address).await.map_err(|e| e.to_string())?;
    stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
    let mut buffer = Vec::new();
    let status = response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&buffer).into_owned();
    let cookie = text.split("set-cookie: ").skip(1).find(|part| part.starts_with("hansei="));
    let cookie = cookie.and_then(|part| part.split([';', '\r']).next());
    cookie.map(str::to_owned).ok_or(format!("set-up answered {status}: {text}"))
}

/// Milliseconds of each asking for a page.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
async fn ask(one: &hansei::Hansei, cookie: &str, path: &str) -> Result<Vec<f64>, String> {
    let mut stream = TcpStream::connect(&one.address).await.map_err(|e| e.to_string())?;
    let _ = stream.set_nodelay(true);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nAccept: text/html\r\nAccept-Encoding: identity\r\n\r\n",
        one.address
    );
    let (mut millis, mut buffer) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let begin = Instant::now();
        stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
        let status = response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
        if status != 200 {
            return Err(format!("{path} answered {status}"));
        }
        millis.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    Ok(millis)
}

/// Every page with many alerts firing.
pub async fn pages(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    let one = hansei::start_to_be_set_up(args).await?;
    let cookie = sign_in(&one).await?;
    load::post_exactly(&one.target, FIRING, 100).await?;
    crate::scenario::settle(&one).await?;
    let mut worst = (0.0f64, "");
    for path in PAGES {
        let millis = ask(&one, &cookie, path).await?;
        let (p50, p95) = (percentile(&millis, 0.5), percentile(&millis, 0.95));
        eprintln!("{path:<24} p50 {p50:6.2} p95 {p95:6.2} ms");
        if p95 > worst.0 {
            worst = (p95, path);
        }
    }
    lines.push(plain(
        format!("slowest of {} pages ({}), {FIRING} alerts firing: p95 ms", PAGES.len(), worst.1),
        format!("{:.1}", worst.0),
        "< 20 ms",
        worst.0 < 20.0,
    ));
    one.server.end().await;
    Ok(())
}

/// Resident memory while a thousand alerts a minute come in.
pub async fn ordinary(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    let one = hansei::start(args).await?;
    let mut most = 0.0f64;
    for _ in 0..60 {
        load::post_exactly(&one.target, 17, 1).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        most = most.max(one.server.resident_mib());
    }
    let what = "resident at 1,000 alerts a minute, most in a minute: MiB".to_owned();
    lines.push(plain(what, format!("{most:.0}"), "< 100", most < 100.0));
    one.server.end().await;
    Ok(())
}

/// From starting the program to `/readyz` with an empty store, and with so many firing alerts in it.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub async fn ready(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    for (rows, limit, goal) in [(0, 1.0, "< 1 s"), (args.rows, 3.0, "< 3 s")] {
        let mut one = hansei::start(args).await?;
        load::post_exactly(&one.target, rows, 1_000).await?;
        crate::scenario::settle(&one).await?;
        one.server.kill().await?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = std::process::Command::new(&args.hansei);
        command.args(["serve", "--log", "error", "--canary-secs", "0", "--listen", &address, "--data-dir"]);
        command.arg(&one.server.dir).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(url) = &one.database_url {
            command.args(["--database-url", url]);
        }
        let begin = Instant::now();
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        let up = crate::kill::ready(&address, Duration::from_secs(60)).await;
        let secs = begin.elapsed().as_secs_f64();
        child.kill().map_err(|e| e.to_string())?;
        child.wait().map_err(|e| e.to_string())?;
        let what = format!("ready after SIGKILL with {rows} firing alerts: s");
        lines.push(plain(what, format!("{secs:.2}"), goal, up && secs < limit));
        one.server.end().await;
    }
    Ok(())
}
