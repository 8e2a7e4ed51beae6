//! How fast the store decides: batches of new alerts and of repeats, as intake commits them, and how fast it lists.
//!
//! ```text
//! cargo run --release -p hansei-store --example commit_rate -- FOLDER [POSTGRES-URL]
//! ```
//! Each batch is what deciding does: facts are loaded by key, then alerts (two events each), observations, deadlines
//! and the inbox position are committed. The client is one task, so the figure is latency-bound: nothing overlaps.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on must stop")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use hansei_app::ports::{AlertQuery, Change, Clock, Commit, Ids, Lane, NumberRange, Observed, Store};
use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::alert::{AlertEvent, AlertStatus, Observation, PlaceReason};
use hansei_domain::ids::{AlertId, IncidentId, KeyId, ServiceId, TypedId};
use hansei_domain::incident::{IncidentEvent, IncidentSource, IncidentStatus, Severity, SeverityReason};
use hansei_domain::journal::{AggregateId, Event, State, evolve};
use hansei_domain::signal::{AlertSeverity, Content, Moment, SourceFormat};
use hansei_store::OpenOptions;
use tokio::time::Instant;

/// Alerts in one commit.
const BATCH: usize = 1_000;
/// How long each measurement runs.
const SPAN: Duration = Duration::from_secs(8);
/// 2026-03-01T12:00:00Z in milliseconds.
const START: i64 = 1_772_366_400_000;

// The allocator of the real program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct RunClock(Instant);

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.0.elapsed().as_micros()).unwrap();
        Timestamp::from_microsecond(START * 1_000 + since).unwrap()
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap()
    }
}

struct Counted(AtomicU64);

impl Ids for Counted {
    fn fresh(&self, now: Timestamp) -> u128 {
        let millis = u128::try_from(now.as_millisecond()).unwrap();
        (millis << 80) | (u128::from(self.0.fetch_add(1, SeqCst)) << 32)
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [u8::try_from(std::process::id() % 251).unwrap(); 32];
        secret[..8].copy_from_slice(&self.0.fetch_add(1, SeqCst).to_be_bytes());
        secret
    }

    fn jitter(&self) -> u8 {
        0
    }
}

fn service() -> ServiceId {
    ServiceId::from_bits((u128::from(START.unsigned_abs()) << 80) | 1)
}

fn incident_id() -> IncidentId {
    IncidentId::from_bits((u128::from(START.unsigned_abs()) << 80) | 1)
}

fn folded(id: AggregateId, events: Vec<Event>, at: Timestamp) -> Change {
    let actor = Actor::Integration { key: KeyId::from_bits(7) };
    let mut state: Option<State> = None;
    for event in &events {
        state = evolve(state, event, at, &actor);
    }
    let incident_id = Some(incident_id());
    Change { id, expected: 0, actor, events, state: state.unwrap(), due_at: None, incident_id }
}

/// A signal's content of about 370 bytes, as Alertmanager sends it.
fn content(key: &str) -> Content {
    let mut content = Content::plain(format!("High request latency on {key}"), AlertSeverity::Critical, key);
    let labels = [
        ("alertname", "HighRequestLatency"),
        ("cluster", "eu-central-1"),
        ("instance", key),
        ("job", "api-server"),
        ("service", "checkout"),
        ("severity", "critical"),
    ];
    content.labels = labels.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    content.annotations = vec![("description".into(), "p99 has been above 500 ms for five minutes".into())];
    content
}

fn observation(at: Timestamp, count: u64) -> Observation {
    let moment = Moment { occurred_at: Some(at), received_at: at };
    let expires_at = Some(hansei_domain::plus_secs(at, 300));
    Observation { last_seen_at: at, last_fired: Some(moment), seen_count: count, expires_at }
}

fn alert_change(id: AlertId, key: &str, at: Timestamp) -> Change {
    let opened = AlertEvent::Opened {
        id,
        service_id: service(),
        key_id: KeyId::from_bits(7),
        format: SourceFormat::Alertmanager,
        dedup_key: key.to_owned(),
        content: content(key),
        moment: Moment { occurred_at: Some(at), received_at: at },
    };
    let placed = AlertEvent::Placed { incident_id: incident_id(), reason: PlaceReason::SameGroup };
    let events = vec![Event::Alert(opened), Event::Alert(placed)];
    let mut change = folded(AggregateId::Alert(id), events, at);
    change.due_at = observation(at, 1).expires_at;
    change
}

async fn declare(store: &dyn Store, at: Timestamp) {
    let event = IncidentEvent::Declared {
        id: incident_id(),
        number: 1,
        slug: "latency".into(),
        title: "Latency".into(),
        service_id: Some(service()),
        group: None,
        alert_id: None,
        severity: Severity::ALL[1],
        severity_reason: SeverityReason::Rule { alert: AlertSeverity::Critical },
        source: IncidentSource::Monitoring,
        status: IncidentStatus::Detected,
        holder: None,
        impact_started_at: None,
        detected_at: at,
        declared_at: at,
        reopen_window_secs: 600,
        auto_resolve: true,
        recurrence_of: None,
    };
    let changes = vec![folded(AggregateId::Incident(incident_id()), vec![Event::Incident(event)], at)];
    let incident_numbers = Some(NumberRange { after: 0, count: 1 });
    store
        .commit(Lane::Intake, Commit { at: Some(at), changes, incident_numbers, ..Commit::default() })
        .await
        .unwrap();
}

fn key(number: u64) -> String {
    format!("{:016x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Durable appends from many tasks at once, as requests bring them.
async fn appends(store: &Arc<dyn Store>, tasks: usize, batch: usize) {
    let before = ticks();
    let record = bytes::Bytes::from(vec![7_u8; 370]);
    let mut running = tokio::task::JoinSet::new();
    let started = Instant::now();
    for _ in 0..tasks {
        let (store, record) = (Arc::clone(store), record.clone());
        running.spawn(async move {
            let (mut done, mut slowest) = (0_u64, Duration::ZERO);
            while started.elapsed() < SPAN / 2 {
                let begun = Instant::now();
                store.inbox_append(vec![record.clone(); batch]).await.unwrap();
                slowest = slowest.max(begun.elapsed());
                done += batch as u64;
            }
            (done, slowest)
        });
    }
    let (mut done, mut slowest) = (0, Duration::ZERO);
    for (more, slow) in running.join_all().await {
        (done, slowest) = (done + more, slowest.max(slow));
    }
    let rate = done as f64 / started.elapsed().as_secs_f64();
    println!(
        "appended, {tasks} at once, {batch} each: {rate:.0}/s, slowest {:.1} ms",
        slowest.as_secs_f64() * 1e3
    );
    report_ticks(&before, done);
    // What was appended is decided, so that it does not stand in the way of what follows.
    loop {
        let taken = store.inbox_take(4_096).await.unwrap();
        if taken.records.is_empty() {
            return;
        }
        let commit = Commit { inbox: Some(taken.token), ..Commit::default() };
        store.commit(Lane::Intake, commit).await.unwrap();
    }
}

/// Spans of one batch's parts, to see where time goes.
#[derive(Default)]
struct Spans {
    load: Duration,
    decide: Duration,
    commit: Duration,
}

async fn new_alerts(store: &dyn Store, clock: &RunClock, ids: &Counted) -> u64 {
    let before = ticks();
    let (started, mut done, mut spans) = (Instant::now(), 0_u64, Spans::default());
    while started.elapsed() < SPAN {
        let keys: Vec<(ServiceId, String)> = (0..BATCH as u64).map(|n| (service(), key(done + n))).collect();
        let begun = Instant::now();
        assert!(store.load_intake(&keys).await.unwrap().alerts.is_empty());
        spans.load += begun.elapsed();
        let (begun, at) = (Instant::now(), clock.now());
        let mut commit = Commit { at: Some(at), ..Commit::default() };
        for (_, key) in &keys {
            let id = AlertId::from_bits(ids.fresh(at));
            commit.changes.push(alert_change(id, key, at));
            commit.observed.push(Observed { alert_id: id, observation: observation(at, 1), firing: true });
        }
        spans.decide += begun.elapsed();
        let begun = Instant::now();
        store.commit(Lane::Intake, commit).await.unwrap();
        spans.commit += begun.elapsed();
        done += BATCH as u64;
    }
    report("new alerts", done, started.elapsed(), &spans);
    report_ticks(&before, done);
    done
}

async fn repeats(store: &dyn Store, clock: &RunClock) {
    let keys: Vec<(ServiceId, String)> = (0..BATCH as u64).map(|n| (service(), key(n))).collect();
    let before = ticks();
    let (started, mut done, mut spans) = (Instant::now(), 0_u64, Spans::default());
    while started.elapsed() < SPAN {
        let begun = Instant::now();
        let facts = store.load_intake(&keys).await.unwrap();
        assert_eq!(facts.alerts.len(), BATCH);
        spans.load += begun.elapsed();
        let (begun, at) = (Instant::now(), clock.now());
        let observed = facts.alerts.iter().filter_map(|loaded| match (loaded.id, loaded.observation) {
            (AggregateId::Alert(alert_id), Some(seen)) => {
                let observation = observation(at, seen.seen_count + 1);
                Some(Observed { alert_id, observation, firing: true })
            }
            _ => None,
        });
        let commit = Commit { at: Some(at), observed: observed.collect(), ..Commit::default() };
        spans.decide += begun.elapsed();
        let begun = Instant::now();
        store.commit(Lane::Intake, commit).await.unwrap();
        spans.commit += begun.elapsed();
        done += BATCH as u64;
    }
    report("repeats on 1000 keys", done, started.elapsed(), &spans);
    report_ticks(&before, done);
}

fn report(what: &str, done: u64, took: Duration, spans: &Spans) {
    let per = |span: Duration| span.as_secs_f64() * 1e6 / done as f64;
    println!(
        "{what}: {:.0}/s ({done} in {:.1} s); µs each: load {:.1}, decide {:.1}, commit {:.1}",
        done as f64 / took.as_secs_f64(),
        took.as_secs_f64(),
        per(spans.load),
        per(spans.decide),
        per(spans.commit)
    );
}

/// Processor time of this process by the names of its threads, in ticks of 10 ms: what noise of other programs does
/// not change.
fn ticks() -> BTreeMap<String, u64> {
    let mut by_name = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        let Some((head, tail)) = text.rsplit_once(')') else { continue };
        let name = head.split_once('(').map_or("", |(_, name)| name).to_owned();
        let used =
            tail.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum::<u64>();
        *by_name.entry(name).or_default() += used;
    }
    by_name
}

fn report_ticks(before: &BTreeMap<String, u64>, done: u64) {
    for (name, used) in ticks() {
        let used = used - before.get(&name).copied().unwrap_or_default();
        if used > 2 {
            println!("    {name}: {:.1} µs of processor each", used as f64 * 1e4 / done as f64);
        }
    }
}

/// Resident memory in MiB, from the kernel.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = text.split(' ').nth(1).and_then(|p| p.parse().ok()).unwrap_or_default();
    pages * 4096.0 / 1048576.0
}

async fn lists(store: &dyn Store) {
    for limit in [50, 10_000] {
        let query = AlertQuery { status: Some(AlertStatus::Firing), limit, ..AlertQuery::default() };
        for round in 0..3 {
            let begun = Instant::now();
            let found = store.alerts(&query).await.unwrap().len();
            println!("list {found} firing (round {round}): {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    let begun = Instant::now();
    store.incident_by_number(1).await.unwrap();
    println!("incident with all these alerts counted: {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let begun = Instant::now();
    let part = store.timeline(&[incident_id()], 0, 100).await.unwrap().len();
    println!("first {part} of its timeline: {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let figures = store.commit_figures();
    println!(
        "transactions {}, mean {:.2} ms, longest {:.1} ms; resident {:.0} MiB",
        figures.transactions,
        figures.nanos as f64 / 1e6 / figures.transactions.max(1) as f64,
        figures.max_nanos as f64 / 1e6,
        resident()
    );
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "commit-rate".into());
    let (clock, ids) = (Arc::new(RunClock(Instant::now())), Arc::new(Counted(AtomicU64::new(1))));
    let mut options = OpenOptions::sqlite(folder, clock.clone(), ids.clone());
    options.database_url = arguments.next();
    let store = hansei_store::open(&options).await.unwrap();
    declare(&*store, clock.now()).await;
    appends(&store, 64, 1).await;
    appends(&store, 16, 100).await;
    new_alerts(&*store, &clock, &ids).await;
    repeats(&*store, &clock).await;
    lists(&*store).await;
    store.close().await;
}
