//! How this installation fares: figures of the store, the canary, the self-audit (R45, R46).

use axum::response::Response;
use hansei_app::audit::Finding;
use hansei_app::ports::{CommitFigures, Figures};
use hansei_domain::Timestamp;
use hansei_domain::access::Permission::Diagnose;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::call::Call;
use super::json as out;
use super::spec::{Api, Op};
use crate::error::WebResult;

/// The routes.
pub fn api() -> Api {
    let op = Op::new("getSystem", "system", "Show how this installation fares");
    Api::new().get(
        "/api/v1/system",
        Diagnose,
        show,
        op.answers::<System>(200, "How it fares, as this node sees it."),
    )
}

/// How the installation fares.
#[derive(Debug, Serialize, ToSchema)]
struct System {
    /// The program's version.
    version: &'static str,
    /// When this node began.
    started_at: Timestamp,
    /// This node's clock.
    now_at: Timestamp,
    /// Ways of telling people that are configured.
    senders: Vec<&'static str>,
    /// Streams that are open on this node.
    streams: usize,
    /// Figures of the store.
    store: StoreFigures,
    /// How committing went on this node since its start.
    commits: Commits,
    /// The last walks of the canary on this node.
    canary: Canary,
    /// The last self-audit of this node; `null` = none since its start.
    audit: Option<Audit>,
}

/// Figures of the store.
#[derive(Debug, Serialize, ToSchema)]
struct StoreFigures {
    /// Signals that wait to be decided.
    inbox_records: u64,
    /// What waits to be sent, by queue.
    outbox: Vec<Queue>,
    /// The oldest deadline that has passed and was not acted on.
    oldest_due_at: Option<Timestamp>,
    /// The journal's last sequence number.
    last_seq: u64,
    /// Alerts that fire.
    firing_alerts: u64,
    /// Incidents that are active.
    active_incidents: u64,
    /// Bytes on disk, if known.
    bytes: Option<u64>,
}

/// One queue of things to send.
#[derive(Debug, Serialize, ToSchema)]
struct Queue {
    /// `pages`, `acks`, …
    lane: &'static str,
    /// How many wait.
    waiting: u64,
    /// Since when the oldest could have been sent.
    oldest_at: Option<Timestamp>,
}

/// How committing went.
#[derive(Debug, Serialize, ToSchema)]
struct Commits {
    /// Commits.
    commits: u64,
    /// Transactions; a group of commits is one.
    transactions: u64,
    /// The mean transaction, microseconds.
    mean_micros: u64,
    /// The longest transaction, microseconds.
    max_micros: u64,
}

/// How the canary fares.
#[derive(Debug, Serialize, ToSchema)]
struct Canary {
    /// Whether the last walk came home, and not too long ago.
    home: bool,
    /// The last one that was sent out.
    sent_at: Option<Timestamp>,
    /// The last one that came home in time.
    passed_at: Option<Timestamp>,
    /// How long that one took, milliseconds.
    took_millis: Option<i64>,
}

/// A self-audit.
#[derive(Debug, Serialize, ToSchema)]
struct Audit {
    /// When it looked.
    at: Timestamp,
    /// What it found; empty = all is as it should be.
    findings: Vec<FindingView>,
}

/// One difference between what should be and what is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditFinding)]
struct FindingView {
    /// The incident.
    incident_number: u64,
    /// Stable name of the difference.
    code: &'static str,
    /// A sentence about it.
    text: String,
}

/// `GET /api/v1/system`.
async fn show(call: Call) -> WebResult<Response> {
    let (web, app) = (&call.web, call.app());
    let now = app.clock.now();
    let figures = app.store.figures(now).await?;
    let canary = app.canary.report();
    let system = System {
        version: env!("CARGO_PKG_VERSION"),
        started_at: web.started_at,
        now_at: now,
        senders: app.senders.kinds(),
        streams: app.live.streams(),
        store: store(&figures),
        commits: commits(app.store.commit_figures()),
        canary: Canary {
            home: app.canary_is_home(),
            sent_at: canary.sent_at,
            passed_at: canary.passed_at,
            took_millis: canary.took_millis,
        },
        audit: app.audit.report().map(|report| Audit {
            at: report.at,
            findings: report.findings.into_iter().map(finding).collect(),
        }),
    };
    out::answer(StatusCode::OK, &system)
}

fn finding(f: Finding) -> FindingView {
    FindingView { incident_number: f.incident_number, code: f.code, text: f.text }
}

fn store(f: &Figures) -> StoreFigures {
    let oldest = |lane| f.outbox_oldest_at.iter().find(|(l, _)| *l == lane).map(|(_, at)| *at);
    let queue = |(lane, waiting): &(hansei_app::ports::Lane, u64)| Queue {
        lane: lane.as_str(),
        waiting: *waiting,
        oldest_at: oldest(*lane),
    };
    StoreFigures {
        inbox_records: f.inbox_records,
        outbox: f.outbox_waiting.iter().map(queue).collect(),
        oldest_due_at: f.oldest_due_at,
        last_seq: f.last_seq,
        firing_alerts: f.firing_alerts,
        active_incidents: f.active_incidents,
        bytes: f.bytes,
    }
}

fn commits(f: CommitFigures) -> Commits {
    Commits {
        commits: f.commits,
        transactions: f.transactions,
        mean_micros: f.nanos.checked_div(f.transactions).unwrap_or(0) / 1_000,
        max_micros: f.max_nanos / 1_000,
    }
}
