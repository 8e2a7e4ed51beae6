//! The real binary under load, ended with SIGKILL at random, again and again: the ledger of what was answered 202, the
//! ledger of what arrived at the webhook, and the store must agree at the end (R1, R8–R13).
//!
//! Every alert has an incident and a page of its own. Checked: no acknowledged alert is missing; each was paged; nothing
//! was sent later than a second after its acknowledgement was confirmed; attempts stay within their bound; the journal
//! verifies.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::load::{alert, clock, response};
use crate::process::free_port;
use crate::{Args, hansei};

#[derive(Default)]
struct Ledger {
    accepted: BTreeSet<u64>,
    arrivals: BTreeMap<u64, Vec<Instant>>,
    acked_at: BTreeMap<u64, Instant>,
    waiting_acks: Vec<(u64, String)>,
}

type Shared = Arc<Mutex<Ledger>>;

fn with<T>(shared: &Shared, f: impl FnOnce(&mut Ledger) -> T) -> T {
    f(&mut shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// xorshift: enough to pick moments.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

struct Place {
    dir: std::path::PathBuf,
    address: String,
    key: String,
    database_url: Option<String>,
}

/// Runs so many cycles and checks the ledgers.
#[expect(clippy::disallowed_methods, reason = "this test lives in real time")]
pub async fn run(args: &Args) -> Result<(), String> {
    let seed = args.seed.unwrap_or_else(|| u64::from(std::process::id()) + 1);
    eprintln!("kill: {} cycles, seed {seed}", args.cycles);
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let shared = Shared::default();
    let sink = webhook_sink(Arc::clone(&shared)).await?;
    let place = prepare(args, &format!("http://{sink}/hook")).await?;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut tasks = Vec::new();
    for lane in 0..8u64 {
        let (address, key) = (place.address.clone(), place.key.clone());
        tasks.push(tokio::spawn(load_lane(lane, address, key, Arc::clone(&shared), Arc::clone(&stop))));
    }
    tasks.push(tokio::spawn(ack_lane(place.address.clone(), Arc::clone(&shared), Arc::clone(&stop))));
    let mut slowest_ready = 0.0f64;
    for cycle in 0..args.cycles {
        let begin = Instant::now();
        let mut child = serve(args, &place)?;
        let lives = Duration::from_millis(dice.below(2_000));
        let up = ready(&place.address, Duration::from_secs(20)).await;
        // Now and then it dies while it is still starting.
        if cycle % 5 != 0 {
            up.then_some(()).ok_or("did not become ready within 20 s")?;
            slowest_ready = slowest_ready.max(begin.elapsed().as_secs_f64());
            tokio::time::sleep(lives).await;
        }
        child.kill().map_err(|e| e.to_string())?;
        child.wait().map_err(|e| e.to_string())?;
    }
    let mut child = serve(args, &place)?;
    ready(&place.address, Duration::from_secs(20)).await.then_some(()).ok_or("did not come back")?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for task in tasks {
        task.await.map_err(|e| e.to_string())?;
    }
    let listed = settle_and_list(&place, &shared).await?;
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    child.wait().map_err(|e| e.to_string())?;
    let verified = verify(args, &place)?;
    let outcome = judge(&shared, &listed, args.cycles as usize);
    println!("kill: slowest ready {slowest_ready:.2} s; {verified}");
    let _ = std::fs::remove_dir_all(&place.dir);
    outcome
}

fn arguments(place: &Place) -> Vec<String> {
    let mut all: Vec<String> = [
        "serve",
        "--listen",
        &place.address,
        "--log",
        "error",
        "--canary-secs",
        "0",
        "--egress-allow",
        "127.0.0.0/8",
        "--data-dir",
    ]
    .map(String::from)
    .to_vec();
    all.push(place.dir.display().to_string());
    if let Some(url) = &place.database_url {
        all.extend(["--database-url".into(), url.clone()]);
    }
    all
}

fn serve(args: &Args, place: &Place) -> Result<std::process::Child, String> {
    Command::new(&args.hansei)
        .args(arguments(place))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())
}

async fn prepare(args: &Args, hook: &str) -> Result<Place, String> {
    let one = hansei::start(args).await?;
    let document = crate::scenario::webhook_document(hook);
    one.api("POST", "/apply", Some(&serde_json::json!({"document": document, "force": true}))).await?;
    let key = one.target.path.trim_start_matches("/am/").split('/').next().unwrap_or_default().to_owned();
    let (mut server, address) = (one.server, format!("127.0.0.1:{}", free_port()?));
    server.kill().await?;
    Ok(Place { dir: server.dir.clone(), address, key, database_url: one.database_url })
}

/// Waits until `/readyz` says so.
#[expect(clippy::disallowed_methods, reason = "this test lives in real time")]
pub async fn ready(address: &str, limit: Duration) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < limit {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            let mut buffer = Vec::new();
            if stream.write_all(request.as_bytes()).await.is_ok()
                && response(&mut stream, &mut buffer).await.is_ok_and(|s| s == 200)
            {
                return true;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

async fn post(stream: &mut TcpStream, address: &str, path: &str, kind: &str, body: &str) -> Option<u16> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut buffer = Vec::new();
    let answer = tokio::time::timeout(Duration::from_secs(5), response(stream, &mut buffer)).await;
    answer.ok()?.ok()
}

async fn load_lane(
    lane: u64,
    address: String,
    key: String,
    shared: Shared,
    stop: Arc<std::sync::atomic::AtomicBool>,
) {
    let (start, end) = (clock(-5), clock(86_400));
    let (mut stream, mut id) = (None, 1_000_000_000 * (lane + 1));
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        if stream.is_none() {
            stream = TcpStream::connect(&address).await.ok();
        }
        let Some(open) = stream.as_mut() else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let mut body = String::from("[");
        alert(&mut body, id, &start, &end);
        body.push(']');
        match post(open, &address, &format!("/am/{key}/api/v2/alerts"), "application/json", &body).await {
            Some(status) if (200..300).contains(&status) => {
                with(&shared, |l| l.accepted.insert(id));
                id += 1;
            }
            // Unanswered: it may or may not be stored. Senders repeat; this one goes on, so that only answers count.
            _ => {
                stream = None;
                id += 1;
            }
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

/// Acknowledges some of what arrived, by the page's own link, and notes when that was confirmed.
#[expect(clippy::disallowed_methods, reason = "this test lives in real time")]
async fn ack_lane(address: String, shared: Shared, stop: Arc<std::sync::atomic::AtomicBool>) {
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        let next = with(&shared, |l| l.waiting_acks.pop());
        let Some((id, path)) = next else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(mut stream) = TcpStream::connect(&address).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let kind = "application/x-www-form-urlencoded";
        if let Some(200..=399) = post(&mut stream, &address, &path, kind, "do=acknowledge").await {
            with(&shared, |l| l.acked_at.insert(id, Instant::now()));
        }
    }
}

async fn webhook_sink(shared: Shared) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?.to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(receive(stream, Arc::clone(&shared)));
        }
    });
    Ok(address)
}

#[expect(clippy::disallowed_methods, reason = "this test lives in real time")]
async fn receive(mut stream: TcpStream, shared: Shared) {
    let (mut buffer, mut chunk) = (Vec::new(), [0u8; 16 * 1024]);
    loop {
        let Ok(n) = stream.read(&mut chunk).await else { return };
        if n == 0 {
            return;
        }
        buffer.extend_from_slice(&chunk[..n]);
        while let Some(length) = crate::sink::complete(&buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            buffer.drain(..length);
            let path = text.split("/p/").nth(1).and_then(|r| r.get(..52)).map(|t| format!("/p/{t}"));
            for id in crate::sink::markers(&text) {
                with(&shared, |l| {
                    l.arrivals.entry(id).or_default().push(Instant::now());
                    if id % 5 == 0
                        && let Some(path) = path.clone()
                    {
                        l.waiting_acks.push((id, path));
                    }
                });
            }
            if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
                return;
            }
        }
    }
}

/// Waits until everything is decided and sent, then reads back all alerts.
#[expect(clippy::disallowed_methods, reason = "this test lives in real time")]
async fn settle_and_list(place: &Place, shared: &Shared) -> Result<BTreeSet<u64>, String> {
    let begin = Instant::now();
    loop {
        let missing = with(shared, |l| l.accepted.iter().filter(|id| !l.arrivals.contains_key(*id)).count());
        if missing == 0 || begin.elapsed() > Duration::from_secs(90) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut stream = TcpStream::connect(&place.address).await.map_err(|e| e.to_string())?;
    let request = format!(
        "GET /am/{}/api/v2/alerts HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        place.key, place.address
    );
    stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.map_err(|e| e.to_string())?;
    Ok(crate::sink::markers(&String::from_utf8_lossy(&text)).into_iter().collect())
}

fn verify(args: &Args, place: &Place) -> Result<String, String> {
    let mut command = Command::new(&args.hansei);
    command.args(["verify", "--data-dir"]).arg(&place.dir);
    if let Some(url) = &place.database_url {
        command.args(["--database-url", url]);
    }
    let out = command.output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(if out.status.success() { &out.stdout } else { &out.stderr })
        .trim()
        .to_owned();
    if out.status.success() { Ok(text) } else { Err(format!("verify: {text}")) }
}

fn judge(shared: &Shared, listed: &BTreeSet<u64>, cycles: usize) -> Result<(), String> {
    with(shared, |l| {
        let lost: Vec<_> = l.accepted.difference(listed).collect();
        let unpaged: Vec<_> = l.accepted.iter().filter(|id| !l.arrivals.contains_key(*id)).collect();
        let most = l.arrivals.values().map(Vec::len).max().unwrap_or(0);
        let repeated = l.arrivals.values().filter(|a| a.len() > 1).count();
        let late: Vec<_> = l
            .acked_at
            .iter()
            .filter(|(id, at)| {
                l.arrivals.get(*id).is_some_and(|a| a.iter().any(|x| *x > **at + Duration::from_secs(1)))
            })
            .collect();
        println!(
            "kill: {} answered 202, {} listed, {} lost, {} never paged, {} paged more than once (at most {most} times), \
             {} acknowledged, {} paged after that",
            l.accepted.len(),
            listed.len(),
            lost.len(),
            unpaged.len(),
            repeated,
            l.acked_at.len(),
            late.len()
        );
        // R10: one attempt, and one more for each crash or ambiguous answer that hit it.
        if lost.is_empty()
            && unpaged.is_empty()
            && late.is_empty()
            && most <= 1 + cycles
            && !l.accepted.is_empty()
        {
            println!("kill: the ledgers agree");
            Ok(())
        } else {
            Err(format!(
                "the ledgers disagree: lost {lost:?}, never paged {unpaged:?}, paged after ack {late:?}"
            ))
        }
    })
}
