//! The measured scenarios, each alternating between Hansei and Alertmanager.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::{self, Outcome, Shape, Target, percentile};
use crate::report::{Line, median, print};
use crate::{Args, hansei, peer};

/// Runs what was asked for and prints the table.
pub async fn run(args: &Args) -> Result<(), String> {
    if args.scenarios.iter().any(|s| s == "kill") {
        return crate::kill::run(args).await;
    }
    let mut lines = Vec::new();
    if args.wants("new1") {
        intake(args, &mut lines, "new, 1 a request, 64 connections", 64, 1, None, 1.5, 1.0).await?;
    }
    if args.wants("new100") {
        intake(args, &mut lines, "new, 100 a request, 16 connections", 16, 100, None, 2.0, 0.25).await?;
    }
    if args.wants("repeat1") {
        intake(args, &mut lines, "repeats, 1 a request, 64 connections", 64, 1, Some(1_000), 2.0, 1.0)
            .await?;
    }
    if args.wants("repeat100") {
        intake(args, &mut lines, "repeats, 100 a request, 16 connections", 16, 100, Some(1_000), 2.0, 1.0)
            .await?;
    }
    if args.wants("decided") {
        decided(args, &mut lines).await?;
    }
    if args.wants("memory") || args.wants("list") {
        memory(args, &mut lines).await?;
    }
    if args.wants("idle") {
        idle(args, &mut lines).await?;
    }
    if args.wants("webhook") {
        webhook(args, &mut lines).await?;
    }
    if args.wants("pages") {
        crate::pages::pages(args, &mut lines).await?;
    }
    if args.wants("ordinary") {
        crate::pages::ordinary(args, &mut lines).await?;
    }
    if args.wants("ready") {
        crate::pages::ready(args, &mut lines).await?;
    }
    print(&lines);
    Ok(())
}

fn shape(args: &Args, connections: usize, batch: usize, keys: Option<u64>) -> Shape {
    Shape { connections, batch, keys, length: args.length() }
}

async fn warmed(target: &Target, shape: Shape) -> Result<Outcome, String> {
    load::run(target, Shape { length: Duration::from_secs(1), ..shape }).await?;
    load::run(target, shape).await
}

fn middle(runs: &[Outcome]) -> Outcome {
    let of = |f: fn(&Outcome) -> f64| median(runs.iter().map(f).collect());
    Outcome {
        rate: of(|r| r.rate),
        p50: of(|r| r.p50),
        p99: of(|r| r.p99),
        refused: runs.iter().map(|r| r.refused).sum(),
    }
}

#[expect(clippy::too_many_arguments, reason = "one row of a table of scenarios")]
async fn intake(
    args: &Args,
    lines: &mut Vec<Line>,
    what: &str,
    connections: usize,
    batch: usize,
    keys: Option<u64>,
    goal_rate: f64,
    goal_p99: f64,
) -> Result<(), String> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let shape = shape(args, connections, batch, keys);
    for _ in 0..args.runs {
        let one = hansei::start(args).await?;
        let cpu = one.server.cpu_secs();
        let outcome = warmed(&one.target, shape).await?;
        eprintln!(
            "hansei       {what}: {:.0}/s p50 {:.2} p99 {:.1} ms, refused {}, cpu {:.2} s, left to decide {:.0}",
            outcome.rate,
            outcome.p50,
            outcome.p99,
            outcome.refused,
            one.server.cpu_secs() - cpu,
            one.metric("hansei_inbox_records").await.unwrap_or(f64::NAN)
        );
        ours.push(outcome);
        one.server.end().await;
        let (server, target) = peer::start(args, None).await?;
        let outcome = warmed(&target, shape).await?;
        eprintln!(
            "alertmanager {what}: {:.0}/s p50 {:.2} p99 {:.1} ms",
            outcome.rate, outcome.p50, outcome.p99
        );
        theirs.push(outcome);
        server.end().await;
    }
    let (ours, theirs) = (middle(&ours), middle(&theirs));
    let rate = ours.rate / theirs.rate;
    lines.push(Line {
        what: format!("{what}: alerts/s"),
        ours: format!("{:.0} (refused {})", ours.rate, ours.refused),
        peer: format!("{:.0}", theirs.rate),
        ratio: Some(rate),
        goal: if (goal_rate - 1.5).abs() < 0.01 { "≥ 1.5" } else { "≥ 2" },
        met: rate >= goal_rate && ours.refused == 0,
    });
    let p99 = ours.p99 / theirs.p99;
    lines.push(Line {
        what: format!("{what}: p99 ms"),
        ours: format!("{:.2}", ours.p99),
        peer: format!("{:.2}", theirs.p99),
        ratio: Some(p99),
        goal: if goal_p99 < 1.0 { "≤ 0.25" } else { "≤ 1" },
        met: p99 <= goal_p99,
    });
    Ok(())
}

/// New alerts at the peer's single rate, decided as they come: the backlog must not grow.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
async fn decided(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    let (server, target) = peer::start(args, None).await?;
    let theirs = warmed(&target, shape(args, 64, 1, None)).await?;
    server.end().await;
    let one = hansei::start(args).await?;
    let begin = Instant::now();
    let length = Duration::from_secs(args.sustained_secs);
    let load = load::run(&one.target, Shape { connections: 64, batch: 1, keys: None, length });
    let watch = async {
        let mut seen = Vec::new();
        while begin.elapsed() < length {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let decided = one.metric("hansei_signals_decided_total").await.unwrap_or(f64::NAN);
            let waiting = one.metric("hansei_inbox_records").await.unwrap_or(f64::NAN);
            eprintln!(
                "{:>4.0} s: decided {decided:.0}, waiting {waiting:.0}, {:.0} MiB",
                begin.elapsed().as_secs_f64(),
                one.server.resident_mib()
            );
            seen.push((begin.elapsed().as_secs_f64(), decided, waiting));
        }
        seen
    };
    let (outcome, seen) = tokio::join!(load, watch);
    let outcome = outcome?;
    let (secs, decided, waiting) = seen.last().copied().unwrap_or((1.0, 0.0, 0.0));
    let rate = decided / secs;
    lines.push(Line {
        what: format!(
            "decided over {secs:.0} s (accepted {:.0}/s, waiting at the end {waiting:.0}): alerts/s",
            outcome.rate
        ),
        ours: format!("{rate:.0}"),
        peer: format!("{:.0}", theirs.rate),
        ratio: Some(rate / theirs.rate),
        goal: "≥ 1",
        met: rate >= theirs.rate,
    });
    one.server.end().await;
    Ok(())
}

/// GET of a path; returns bytes and milliseconds.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
async fn get(address: &str, path: &str) -> Result<(usize, f64), String> {
    let begin = Instant::now();
    let mut stream = TcpStream::connect(address).await.map_err(|e| e.to_string())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
    let (mut bytes, mut chunk) = (0, vec![0u8; 256 * 1024]);
    loop {
        let n = stream.read(&mut chunk).await.map_err(|e| e.to_string())?;
        if n == 0 {
            break;
        }
        bytes += n;
    }
    Ok((bytes, begin.elapsed().as_secs_f64() * 1e3))
}

pub async fn settle(one: &hansei::Hansei) -> Result<(), String> {
    for _ in 0..1_200 {
        if one.metric("hansei_inbox_records").await? < 1.0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the backlog was not decided within two minutes".into())
}

async fn memory(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    let one = hansei::start(args).await?;
    let (server, target) = peer::start(args, None).await?;
    load::post_exactly(&one.target, 10_000, 100).await?;
    load::post_exactly(&target, 10_000, 100).await?;
    settle(&one).await?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..args.runs.max(3) {
        a.push(get(&one.address, &one.target.path).await?);
        b.push(get(&target.address, &target.path).await?);
    }
    let ours = median(a.iter().map(|x| x.1).collect());
    let theirs = median(b.iter().map(|x| x.1).collect());
    lines.push(Line {
        what: format!("listing 10,000 active ({} and {} bytes): ms", a[0].0, b[0].0),
        ours: format!("{ours:.0}"),
        peer: format!("{theirs:.0}"),
        ratio: Some(ours / theirs),
        goal: "≤ 1",
        met: ours <= theirs,
    });
    load::post_exactly(&one.target, 90_000, 100).await?;
    load::post_exactly(&target, 90_000, 100).await?;
    settle(&one).await?;
    tokio::time::sleep(Duration::from_secs(6)).await;
    let mut push = |what: &str, ours: f64, theirs: f64| {
        lines.push(Line {
            what: what.into(),
            ours: format!("{ours:.0}"),
            peer: format!("{theirs:.0}"),
            ratio: Some(ours / theirs),
            goal: "≤ 0.5",
            met: ours <= 0.5 * theirs,
        });
    };
    push("resident with 100,000 active: MiB", one.server.resident_mib(), server.resident_mib());
    get(&one.address, &one.target.path).await?;
    get(&target.address, &target.path).await?;
    push("the same after one full listing: MiB", one.server.resident_mib(), server.resident_mib());
    one.server.end().await;
    server.end().await;
    Ok(())
}

async fn idle(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    let one = hansei::start(args).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let resident = one.server.resident_mib();
    lines.push(Line {
        what: "resident, idle: MiB".into(),
        ours: format!("{resident:.0}"),
        peer: "–".into(),
        ratio: None,
        goal: "< 60",
        met: resident < 60.0,
    });
    one.server.end().await;
    Ok(())
}

/// 500 alerts a second, each with an incident and a webhook of its own: how long from the post to the arrival.
pub async fn webhook(args: &Args, lines: &mut Vec<Line>) -> Result<(), String> {
    let mut figures = Vec::new();
    for side in ["hansei", "alertmanager"] {
        let (sink, arrivals) = crate::sink::start().await?;
        let url = format!("http://{sink}/hook");
        let (server, target) = if side == "hansei" {
            let one = hansei::start(args).await?;
            prepare_webhook(&one, &url).await?;
            (one.server, one.target)
        } else {
            peer::start(args, Some(&url)).await?
        };
        let sent = paced(&target, args.secs.max(4), 500).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let arrived = arrivals.lock().map_err(|e| e.to_string())?.clone();
        let mut millis: Vec<f64> = sent
            .iter()
            .filter_map(|(id, at)| arrived.get(id).map(|a| a.duration_since(*at).as_secs_f64() * 1e3))
            .collect();
        millis.sort_by(f64::total_cmp);
        eprintln!(
            "{side} webhook: {} of {} arrived, p50 {:.2} p99 {:.2} ms",
            millis.len(),
            sent.len(),
            percentile(&millis, 0.5),
            percentile(&millis, 0.99)
        );
        figures.push((percentile(&millis, 0.5), percentile(&millis, 0.99), millis.len() == sent.len()));
        server.end().await;
    }
    let [ours, theirs] = figures.as_slice() else { return Ok(()) };
    for (what, a, b, limit, goal) in [
        ("post → webhook, 500/s: p50 ms", ours.0, theirs.0, 5.0, "≤ 5 ms"),
        ("post → webhook, 500/s: p99 ms", ours.1, theirs.1, 50.0, "≤ 50 ms"),
    ] {
        lines.push(Line {
            what: what.into(),
            ours: format!("{a:.2}"),
            peer: format!("{b:.2}"),
            ratio: Some(a / b),
            goal,
            met: a <= limit && ours.2,
        });
    }
    Ok(())
}

/// A service whose every alert has an incident and a page to a webhook of its own.
pub fn webhook_document(url: &str) -> String {
    format!(
        "[[people]]\nemail = \"hook@example.org\"\nname = \"Hook\"\nrole = \"responder\"\n\n[[people.contacts]]\nkind = \
         \"webhook\"\nurl = \"{url}\"\n\n[[services]]\nslug = \"bench\"\nname = \"bench\"\n\n[services.rule]\ngroup_by = \
         {{ kind = \"alert\" }}\n\n[[services.escalation.steps]]\ndelay_secs = 0\npeople = [\"hook@example.org\"]\n"
    )
}

async fn prepare_webhook(one: &hansei::Hansei, url: &str) -> Result<(), String> {
    let document = webhook_document(url);
    one.api("POST", "/apply", Some(&serde_json::json!({"document": document, "force": true})))
        .await
        .map(|_| ())
}

/// Posts single alerts at a steady pace over a few connections; returns when each was sent.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
async fn paced(target: &Target, secs: u64, rate: u64) -> Result<Vec<(u64, Instant)>, String> {
    let connections = 10;
    let mut tasks = Vec::new();
    for lane in 0..connections {
        let target = target.clone();
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(&target.address).await.map_err(|e| e.to_string())?;
            let _ = stream.set_nodelay(true);
            let every = Duration::from_secs_f64(connections as f64 / rate as f64);
            let mut ticks = tokio::time::interval(every);
            let (mut sent, mut buffer) = (Vec::new(), Vec::new());
            let (start, end) = (load::clock(-5), load::clock(3_600));
            for i in 0..(secs * rate / connections) {
                ticks.tick().await;
                let id = 5_000_000_000 + lane * 1_000_000 + i;
                let mut body = String::from("[");
                load::alert(&mut body, id, &start, &end);
                body.push(']');
                let request = format!(
                    "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    target.path, target.address, body.len()
                );
                sent.push((id, Instant::now()));
                stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
                load::response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
            }
            Ok::<_, String>(sent)
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.map_err(|e| e.to_string())??);
    }
    Ok(all)
}
