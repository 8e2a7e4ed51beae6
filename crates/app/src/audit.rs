//! Self-audit (R46): recomputes from the states who should be told right now, and compares it with what is on its way.
//!
//! For every active incident: a running escalation has a deadline, and it has not passed long ago; every open page
//! whose channel has neither delivered nor been given up has an attempt waiting or under way; an incident that nobody
//! has taken and whose escalation has ended was told to the fallback. A difference is counted, logged with its reason,
//! and shown on the system page; it means a bug, damage, or a reconciler that stands still.

use hansei_domain::Timestamp;
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{EscalationStatus, Incident, IncidentStatus};
use hansei_domain::journal::State;
use hansei_domain::page::Page;
use parking_lot::Mutex;

use crate::App;
use crate::error::AppResult;
use crate::ports::IncidentQuery;

/// A deadline that has been passed by this long is a finding, seconds (R8).
const LATE_SECS: i64 = 15;

/// Findings remembered for the system page.
const SHOWN: usize = 100;

/// One difference between what should be and what is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The incident.
    pub incident_number: u64,
    /// Stable name of the difference.
    pub code: &'static str,
    /// A sentence for the log and the system page.
    pub text: String,
}

/// What is wrong with one incident and its open pages; pure.
pub fn inspect(incident: &Incident, pages: &[&Page], now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find =
        |code, text: String| findings.push(Finding { incident_number: incident.number, code, text });
    let late = |at: Timestamp| now.duration_since(at).as_secs() > LATE_SECS;
    if let Some(escalation) = &incident.escalation {
        match (escalation.status, escalation.next_at) {
            (EscalationStatus::Running, None) => {
                find("no_deadline", "a running escalation has no next step".into())
            }
            (EscalationStatus::Running, Some(at)) if late(at) => {
                find("step_late", format!("the next step was due at {at}"));
            }
            (EscalationStatus::Exhausted, _) if !incident.acknowledged && pages.is_empty() => {
                find("nobody_told", "nobody has taken it, and no page is open".into());
            }
            _ => {}
        }
    }
    for page in pages {
        if page.next_channel_at.is_some_and(late) {
            find("channel_late", format!("page {}: the next channel was due", page.id));
        }
        for progress in page.progress.iter().take(page.begun) {
            if progress.retry_at.is_some_and(late) {
                find("retry_late", format!("page {}: another attempt was due", page.id));
            }
            let silent = !progress.delivered && !progress.given_up && progress.retry_at.is_none();
            if silent && progress.tried == 0 && now.duration_since(page.requested_at).as_secs() > 60 {
                find("never_tried", format!("page {}: no attempt has an outcome after a minute", page.id));
            }
        }
        if page.channels.is_empty() {
            find("unreachable", format!("page {}: its person cannot be reached", page.id));
        }
    }
    findings
}

/// What the last audit of this node found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditReport {
    /// When it looked.
    pub at: Timestamp,
    /// What it found; empty = all is as it should be.
    pub findings: Vec<Finding>,
}

/// Remembers the last audit for the system page, so that looking at the page does not run one.
#[derive(Default)]
pub struct AuditState(Mutex<Option<AuditReport>>);

impl AuditState {
    /// What the last audit found; `None` = there has been none since the start.
    pub fn report(&self) -> Option<AuditReport> {
        self.0.lock().clone()
    }
}

impl App {
    /// Looks at every active incident.
    pub async fn audit_once(&self) -> AppResult<Vec<Finding>> {
        let now = self.clock.now();
        let mut findings = Vec::new();
        let mut before = None;
        loop {
            let query = IncidentQuery {
                status: IncidentStatus::ACTIVE.to_vec(),
                before,
                limit: 200,
                ..IncidentQuery::default()
            };
            let rows = self.store.incidents(&query).await?;
            let Some(last) = rows.last() else { break };
            before = Some(last.incident.number);
            let ids: Vec<IncidentId> = rows.iter().map(|r| r.incident.id).collect();
            let loaded = self.store.open_pages(&ids).await?;
            let pages: Vec<&Page> = loaded
                .iter()
                .filter_map(|l| match &l.state {
                    State::Page(page) => Some(&**page),
                    _ => None,
                })
                .collect();
            for row in &rows {
                let own: Vec<&Page> =
                    pages.iter().copied().filter(|p| p.incident_id == row.incident.id).collect();
                findings.extend(inspect(&row.incident, &own, now));
            }
        }
        metrics::gauge!("hansei_audit_findings").set(findings.len() as f64);
        for finding in &findings {
            tracing::error!(
                incident.number = finding.incident_number,
                code = finding.code,
                "{}",
                finding.text
            );
        }
        let shown = findings.iter().take(SHOWN).cloned().collect();
        *self.audit.0.lock() = Some(AuditReport { at: now, findings: shown });
        Ok(findings)
    }
}
