//! Metrics: the recorder, what every metric means, and figures that are read from the store when somebody asks.

use std::sync::Arc;
use std::time::Duration;

use hansei_app::App;
use hansei_app::ports::Lane;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// Seconds; from a fsync to a lease.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// Installs the recorder.
pub fn install() -> Result<PrometheusHandle, String> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
        .map_err(|e| e.to_string())?;
    let handle = builder.install_recorder().map_err(|e| e.to_string())?;
    describe();
    // An alert on something that has not happened yet needs a series to look at.
    for name in
        ["streams_dropped", "streams_refused", "connections_refused", "request_panics", "sign_in_failures"]
    {
        counter!(format!("hansei_{name}_total")).increment(0);
    }
    Ok(handle)
}

/// How often samples are put into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Puts samples into their buckets again and again: each would lie in memory until somebody scrapes, and on many
/// installations nobody does.
pub fn keep_up(handle: PrometheusHandle) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            handle.run_upkeep();
        }
    })
}

fn describe() {
    describe_counter!("hansei_signals_accepted_total", "Signals answered 202, durable");
    describe_counter!("hansei_signals_decided_total", "Signals decided, by verdict");
    describe_counter!(
        "hansei_decide_conflicts_total",
        "Batches decided anew because somebody else was faster"
    );
    describe_counter!("hansei_payloads_quarantined_total", "Payloads that could not be read and were kept");
    describe_counter!("hansei_signals_refused_total", "Items of requests that were refused, by format");
    describe_counter!(
        "hansei_intake_refused_total",
        "Requests of senders refused as a whole, by format and why"
    );
    describe_counter!("hansei_page_attempts_total", "Attempts to tell somebody, by channel and outcome");
    describe_histogram!("hansei_page_attempt_seconds", "How long attempts took");
    describe_histogram!("hansei_page_lateness_seconds", "How long after their time attempts began");
    describe_counter!("hansei_sign_in_failures_total", "Wrong passwords");
    describe_counter!("hansei_due_failures_total", "Deadlines that could not be decided");
    describe_counter!("hansei_reconciler_restarts_total", "Reconcilers that stopped and were started again");
    describe_counter!("hansei_reconciler_errors_total", "Rounds of reconcilers that failed");
    describe_counter!("hansei_canary_lost_total", "Self-tests that did not come home in time");
    describe_counter!("hansei_streams_dropped_total", "Streams cut because they were too slow");
    describe_gauge!("hansei_audit_findings", "Differences between who should be told and what is on its way");
    describe_gauge!("hansei_inbox_records", "Signals that wait to be decided");
    describe_gauge!("hansei_queue_waiting", "Entries that wait to be sent, by lane");
    describe_gauge!("hansei_queue_age_seconds", "Age of the oldest sendable entry, by lane");
    describe_gauge!("hansei_undecided_age_seconds", "Age of the oldest signal that waits to be decided here");
    describe_gauge!("hansei_due_lateness_seconds", "How late the oldest passed deadline is");
    describe_gauge!("hansei_journal_seq", "Last sequence number of the journal");
    describe_gauge!("hansei_alerts_firing", "Alerts that fire");
    describe_gauge!("hansei_incidents_active", "Incidents that are active");
    describe_gauge!("hansei_streams_open", "Open streams of this node");
    describe_counter!("hansei_streams_refused_total", "Streams refused because there was no room");
    describe_counter!("hansei_connections_refused_total", "Connections refused because there was no room");
    describe_counter!("hansei_request_panics_total", "Requests that met a bug and were answered 500");
    describe_histogram!("hansei_http_seconds", "How long requests took, by kind and hundred of the status");
    describe_counter!("hansei_commits_total", "Commits since the start");
    describe_counter!("hansei_transactions_total", "Transactions since the start");
    describe_gauge!("hansei_commit_seconds_total", "Time spent in transactions since the start");
    describe_gauge!("hansei_commit_seconds_max", "The longest transaction since the start");
    describe_gauge!("hansei_canary_age_seconds", "Time since the self-test last came home; -1 = never");
    describe_gauge!("hansei_resident_bytes", "Resident memory");
}

/// Reads the figures and renders everything.
pub async fn render(app: &Arc<App>, handle: &PrometheusHandle) -> String {
    let now = app.clock.now();
    match app.store.figures(now).await {
        Ok(figures) => {
            gauge!("hansei_inbox_records").set(figures.inbox_records as f64);
            for lane in Lane::ALL {
                let waiting = figures.outbox_waiting.iter().find(|(l, _)| *l == lane).map_or(0, |(_, n)| *n);
                let oldest = figures.outbox_oldest_at.iter().find(|(l, _)| *l == lane).map(|(_, at)| *at);
                let age = oldest.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
                gauge!("hansei_queue_waiting", "lane" => lane.as_str()).set(waiting as f64);
                gauge!("hansei_queue_age_seconds", "lane" => lane.as_str()).set(age);
            }
            let late = figures.oldest_due_at.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
            gauge!("hansei_due_lateness_seconds").set(late);
            gauge!("hansei_journal_seq").set(figures.last_seq as f64);
            gauge!("hansei_alerts_firing").set(figures.firing_alerts as f64);
            gauge!("hansei_incidents_active").set(figures.active_incidents as f64);
        }
        Err(error) => tracing::warn!(%error, "the figures could not be read"),
    }
    let commits = app.store.commit_figures();
    counter!("hansei_commits_total").absolute(commits.commits);
    counter!("hansei_transactions_total").absolute(commits.transactions);
    gauge!("hansei_commit_seconds_total").set(commits.nanos as f64 / 1e9);
    gauge!("hansei_commit_seconds_max").set(commits.max_nanos as f64 / 1e9);
    gauge!("hansei_streams_open").set(app.live.streams() as f64);
    gauge!("hansei_canary_age_seconds").set(app.canary_age().map_or(-1.0, |age| age.as_secs_f64()));
    gauge!("hansei_undecided_age_seconds").set(app.undecided_for().as_secs_f64());
    if let Some(bytes) = resident_bytes() {
        gauge!("hansei_resident_bytes").set(bytes as f64);
    }
    handle.render()
}

/// Resident memory of this process, where the kernel tells it.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}
