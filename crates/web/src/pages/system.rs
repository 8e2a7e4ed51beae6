//! How Hansei itself is: queues, the self-test, the self-audit, the store, the ways of sending.
//!
//! Everything is read from memory or by one cheap query; looking changes nothing. The first line says whether all is
//! well, and every thing that is not says what to do about it.

use askama::Template;
use axum::response::Response;
use hansei_app::audit::AuditReport;
use hansei_app::ports::{Figures, Lane};
use hansei_app::words::{self, Args};
use hansei_domain::Timestamp;
use hansei_domain::access::Permission;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::policy::{Access, Routes};
use crate::render::html;
use crate::shell::Shell;

/// A page that waits longer than this is late, seconds (R7).
const PAGE_LATE_SECS: i64 = 5;
/// Anything else that waits longer than this is late, seconds.
const LATE_SECS: i64 = 30;
/// More signals than this that wait to be decided are a backlog.
const BACKLOG: u64 = 10_000;

struct LaneRow {
    name: &'static str,
    waiting: u64,
    /// How long the oldest that could be sent waits, in words.
    oldest: String,
    late: bool,
    limit: String,
}

struct SenderRow {
    kind: &'static str,
    configured: bool,
}

struct Finding {
    incident_number: u64,
    text: String,
}

#[derive(Template)]
#[template(path = "system.html")]
struct SystemPage {
    shell: Shell,
    version: &'static str,
    up: String,
    /// What is not well, in words; empty = all is.
    troubles: Vec<String>,
    canary: CanaryView,
    page_late: String,
    commit_mean: String,
    commit_worst: String,
    commits: u64,
    per_transaction: String,
    audit: Option<AuditReport>,
    findings: Vec<Finding>,
    inbox: u64,
    lanes: Vec<LaneRow>,
    senders: Vec<SenderRow>,
    journal: u64,
    size: String,
    firing: u64,
    active: u64,
    streams: usize,
    public_url: String,
    plain: bool,
}

/// How the last walk of the canary went.
struct CanaryView {
    /// It is sent at all.
    on: bool,
    home: bool,
    took: String,
    passed_at: Option<Timestamp>,
}

/// Milliseconds in words; below ten with one digit behind the point.
fn millis(nanos: u64) -> String {
    let tenths = nanos / 100_000;
    if tenths < 100 { format!("{}.{} ms", tenths / 10, tenths % 10) } else { format!("{} ms", tenths / 10) }
}

/// A size in the unit people use for it.
fn size(bytes: u64) -> String {
    match bytes {
        0..=999 => format!("{bytes} B"),
        1_000..=999_999 => format!("{} kB", bytes / 1_000),
        1_000_000..=999_999_999 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

fn late_by(at: Option<Timestamp>, now: Timestamp) -> i64 {
    at.map_or(0, |at| now.duration_since(at).as_secs().max(0))
}

fn lanes(shell: &Shell, figures: &Figures) -> Vec<LaneRow> {
    let row = |lane: Lane| {
        let waiting = figures.outbox_waiting.iter().find(|(l, _)| *l == lane).map_or(0, |(_, n)| *n);
        let oldest = figures.outbox_oldest_at.iter().find(|(l, _)| *l == lane).map(|(_, at)| *at);
        let (age, limit) =
            (late_by(oldest, shell.now), if lane == Lane::Pages { PAGE_LATE_SECS } else { LATE_SECS });
        LaneRow {
            name: lane.as_str(),
            waiting,
            oldest: words::span(age, shell.locale),
            late: age > limit,
            limit: words::span(limit, shell.locale),
        }
    };
    // Only these queues hold things to be sent; the others are ways of writing.
    [Lane::Pages, Lane::Mail, Lane::Digests].map(row).into()
}

fn canary(ctx: &PageCtx) -> CanaryView {
    let report = ctx.app().canary.report();
    CanaryView {
        on: ctx.app().config.canary_secs > 0,
        home: ctx.app().canary_is_home(),
        took: report.took_millis.map(|m| format!("{m} ms")).unwrap_or_default(),
        passed_at: report.passed_at,
    }
}

fn troubles(ctx: &PageCtx, page: &SystemPage, figures: &Figures) -> Vec<String> {
    let shell = &page.shell;
    let mut out = Vec::new();
    if page.canary.on && !page.canary.home {
        out.push(shell.t("trouble-canary"));
    }
    if !page.findings.is_empty() {
        out.push(shell.tn("trouble-audit", "count", page.findings.len()));
    }
    for lane in page.lanes.iter().filter(|l| l.late) {
        let args = Args::new().text("lane", shell.word("lane", lane.name)).text("span", lane.oldest.as_str());
        out.push(shell.ta("trouble-lane", &args));
    }
    if figures.inbox_records > BACKLOG {
        out.push(shell.tn("trouble-inbox", "count", figures.inbox_records));
    }
    if late_by(figures.oldest_due_at, shell.now) > LATE_SECS {
        out.push(shell.t("trouble-due"));
    }
    if page.senders.iter().any(|s| s.kind == "email" && !s.configured) {
        out.push(shell.t("trouble-mail"));
    }
    if ctx.app().catalog.now().roster().fallback().is_empty() {
        out.push(shell.t("trouble-fallback"));
    }
    out
}

/// `GET /system`.
async fn show(ctx: PageCtx) -> WebResult<Response> {
    let app = ctx.app();
    let shell = ctx.shell("nav-system").nav("system");
    let figures = app.store.figures(shell.now).await?;
    let commit = app.store.commit_figures();
    let audit = app.audit.report();
    let findings = audit
        .iter()
        .flat_map(|a| &a.findings)
        .map(|f| Finding { incident_number: f.incident_number, text: f.text.clone() });
    let kinds = app.senders.kinds();
    let senders = ["email", "webhook"].map(|kind| SenderRow { kind, configured: kinds.contains(&kind) });
    let oldest_page = figures.outbox_oldest_at.iter().find(|(l, _)| *l == Lane::Pages).map(|(_, at)| *at);
    let groups = commit.transactions.max(1);
    let mut page = SystemPage {
        version: env!("CARGO_PKG_VERSION"),
        up: words::span(shell.now.duration_since(ctx.web.started_at).as_secs(), shell.locale),
        troubles: Vec::new(),
        canary: canary(&ctx),
        page_late: words::span(late_by(oldest_page, shell.now), shell.locale),
        commit_mean: millis(commit.nanos / groups),
        commit_worst: millis(commit.max_nanos),
        commits: commit.commits,
        per_transaction: format!("{}.{}", commit.commits / groups, commit.commits * 10 / groups % 10),
        findings: findings.collect(),
        audit,
        inbox: figures.inbox_records,
        lanes: lanes(&shell, &figures),
        senders: senders.into(),
        journal: figures.last_seq,
        size: figures.bytes.map(size).unwrap_or_default(),
        firing: figures.firing_alerts,
        active: figures.active_incidents,
        streams: app.live.streams(),
        public_url: app.config.public_url.clone(),
        plain: !ctx.web.secure,
        shell,
    };
    page.troubles = troubles(&ctx, &page, &figures);
    html(&page)
}

/// The system page's line of the table.
pub fn routes() -> Routes {
    Routes::new().get("/system", Access::Session(Permission::Diagnose), show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!(millis(3_140_000), "3.1 ms");
        assert_eq!(millis(36_000_000), "36 ms");
        assert_eq!(size(612), "612 B");
        assert_eq!(size(12_345_678), "12.3 MB");
        assert_eq!(size(4_000_000_000), "4.0 GB");
    }
}
