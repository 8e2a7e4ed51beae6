//! How fast is the durable inbox on this disk? Prints appends and records per second and the time an append
//! takes, for single appends from 64 tasks and for batches of 100 from 16, with a decider following behind.
//!
//! ```text
//! cargo run --release -p hansei-store --example inbox_rate [DIRECTORY [SECONDS]]
//! ```
//!
//! The directory should be on the disk in question; the default is the current one. Nothing else should
//! run meanwhile: on a busy machine the figures are the scheduler's, not the disk's.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hansei_store::inbox_log::{AppendBatch, InboxConfig, InboxLog, InboxPorts};

const RECORD_BYTES: usize = 370;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let parent = args.next().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let seconds = args.next().map_or(Ok(4.0), |text| text.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{RECORD_BYTES}-byte records, {seconds} s each, after 1 s of warming up");
    println!("tasks x batch   appends/s   records/s   p50 ms   p99 ms   max ms   group   sync us   lag");
    for (tasks, batch) in [(1, 1), (64, 1), (16, 100)] {
        let directory = parent.join(format!("inbox-rate-{}", std::process::id()));
        let measured = measure(&runtime, &directory, tasks, batch, Duration::from_secs_f64(seconds));
        std::fs::remove_dir_all(&directory)?;
        println!("{}", measured?);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn now() -> Instant {
    Instant::now()
}

fn ports() -> InboxPorts {
    let start = now();
    let salts = AtomicU64::new(1);
    InboxPorts {
        nanos: Arc::new(move || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)),
        // Nobody hostile sends here.
        salt: Arc::new(move || salts.fetch_add(0x9E37_79B9, Ordering::Relaxed)),
    }
}

fn measure(
    runtime: &tokio::runtime::Runtime,
    directory: &Path,
    tasks: usize,
    batch: usize,
    time: Duration,
) -> Result<String, Failure> {
    let (log, _) = InboxLog::open(directory, InboxConfig::default(), ports(), 0)?;
    let (counting, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let times = runtime.block_on(async {
        let decider = tokio::spawn(decide(log.clone()));
        let senders: Vec<_> = (0..tasks)
            .map(|_| tokio::spawn(send(log.clone(), batch, Arc::clone(&counting), Arc::clone(&stop))))
            .collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = log.stats();
        let began = now();
        counting.store(true, Ordering::Relaxed);
        tokio::time::sleep(time).await;
        stop.store(true, Ordering::Relaxed);
        let (after, took) = (log.stats(), began.elapsed().as_secs_f64());
        let lag = log.backlog().records;
        let mut times = Vec::new();
        for sender in senders {
            times.extend(sender.await??);
        }
        decider.abort();
        Ok::<_, Failure>((before, after, took, lag, times))
    });
    log.close();
    let (before, after, took, lag, mut times) = times?;
    times.sort_unstable();
    let quantile = |q: f64| {
        let index = (times.len() as f64 * q) as usize;
        times.get(index.min(times.len().saturating_sub(1))).map_or(0.0, |nanos| *nanos as f64 / 1e6)
    };
    let (appends, records) = (after.appends - before.appends, after.records - before.records);
    let syncs = (after.syncs - before.syncs).max(1);
    let sync_micros = (after.sync_nanos_total - before.sync_nanos_total) / syncs / 1000;
    Ok(format!(
        "{:<13} {:>11.0} {:>11.0} {:>8.2} {:>8.2} {:>8.2} {:>7.1} {:>9} {:>5}",
        format!("{tasks} x {batch}"),
        appends as f64 / took,
        records as f64 / took,
        quantile(0.5),
        quantile(0.99),
        quantile(1.0),
        records as f64 / syncs as f64,
        sync_micros,
        lag,
    ))
}

/// One connection: the next append when the one before is acknowledged. Returns the times in nanoseconds.
async fn send(
    log: InboxLog,
    records: usize,
    counting: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
) -> Result<Vec<u64>, Failure> {
    let payload = [b'x'; RECORD_BYTES];
    let mut times = Vec::with_capacity(1 << 16);
    while !stop.load(Ordering::Relaxed) {
        let began = now();
        let mut batch = AppendBatch::with_capacity(records, records * RECORD_BYTES);
        for _ in 0..records {
            batch.push(&payload)?;
        }
        log.append(batch).await?;
        if counting.load(Ordering::Relaxed) {
            times.push(u64::try_from(began.elapsed().as_nanos())?);
        }
    }
    Ok(times)
}

/// A decider that does nothing but follow.
async fn decide(log: InboxLog) -> Result<(), Failure> {
    let mut at = 0;
    loop {
        log.wait_beyond(at).await?;
        at = log.read_after(at, 1000, 1 << 20)?.last;
        log.trim(at);
    }
}
