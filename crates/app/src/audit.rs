//! Self-audit (R46): recomputes from the states who should be told right now, and compares it with what is on its way.
//!
//! For every active incident: a running escalation has a deadline, which has neither passed long ago nor lies further
//! away than its policy waits; every open page whose channel has neither delivered nor been given up has an attempt
//! waiting or under way; somebody can still be given it; a taken incident has no pages of its escalation left, an ended
//! one none at all; an incident that nobody has taken and whose escalation has ended was told to the fallback. Signals
//! are decided soon after they came.
//!
//! A difference is counted, logged with its reason, and shown on the system page; it means a bug, damage, or a
//! reconciler that stands still. One that stands for two rounds is an **incident of its own**, which pages the fallback
//! at once: whoever should have been told otherwise may not know.

mod alarm;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hansei_domain::Timestamp;
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{Escalation, EscalationStatus, Incident, IncidentStatus, WhyPaged};
use hansei_domain::journal::State;
use hansei_domain::page::Page;
use parking_lot::Mutex;

use crate::App;
use crate::error::AppResult;
use crate::ports::IncidentQuery;

/// A deadline that has been passed by this long is a finding, seconds (R8).
const LATE_SECS: i64 = 15;

/// A deadline that lies further away than its policy waits, by more than this, is a finding, seconds.
const SLACK_SECS: i64 = 60;
/// Signals that wait this long to be decided are a finding, seconds.
const UNDECIDED_SECS: u64 = 60;

/// Findings remembered for the system page.
const SHOWN: usize = 100;
/// Incidents that ended last, whose pages must have ended with them.
const ENDED: usize = 50;

/// One difference between what should be and what is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The incident; 0 = none in particular.
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
    // What has ended has no steps any more; its pages are looked at all the same.
    if let Some(escalation) = incident.escalation.as_ref().filter(|_| incident.status.is_active()) {
        match (escalation.status, escalation.next_at) {
            (EscalationStatus::Running, None) => {
                find("no_deadline", "a running escalation has no next step".into())
            }
            (EscalationStatus::Running, Some(at)) if late(at) => {
                find("step_late", format!("the next step was due at {at}"));
            }
            (EscalationStatus::Running, Some(at)) if too_far(escalation, at, now) => {
                find("step_too_far", format!("the next step comes at {at}, later than its policy waits"));
            }
            (EscalationStatus::Exhausted, _) if !incident.acknowledged && pages.is_empty() => {
                find("nobody_told", "nobody has taken it, and no page is open".into());
            }
            _ => {}
        }
    }
    for page in pages {
        if let Some((code, why)) = needless(incident, page) {
            find(code, format!("page {}: {why}", page.id));
        }
        if !page.progress.is_empty() && page.progress.iter().all(|p| p.given_up) {
            find("given_up", format!("page {}: no way to its person is tried any more", page.id));
        }
        if page.next_channel_at.is_some_and(late) {
            find("channel_late", format!("page {}: the next channel was due", page.id));
        }
        for (channel, progress) in page.progress.iter().take(page.begun).enumerate() {
            if progress.retry_at.is_some_and(late) {
                find("retry_late", format!("page {}: another attempt was due", page.id));
            }
            let silent = !progress.delivered && !progress.given_up && progress.retry_at.is_none();
            // A later channel begins after its pause, or sooner if the one before was given up.
            let pause =
                i64::try_from(channel).unwrap_or(i64::MAX).saturating_mul(i64::from(page.next_channel_secs));
            let asked = now.duration_since(page.requested_at).as_secs().saturating_sub(pause);
            if silent && progress.tried == 0 && asked > 60 {
                find("never_tried", format!("page {}: no attempt has an outcome after a minute", page.id));
            }
        }
        if page.channels.is_empty() {
            find("unreachable", format!("page {}: its person cannot be reached", page.id));
        }
    }
    findings
}

/// Whether a step lies further away than any wait of its policy.
fn too_far(escalation: &Escalation, at: Timestamp, now: Timestamp) -> bool {
    let policy = &escalation.policy;
    let waits = policy.steps.iter().map(|s| s.delay_secs).chain([policy.exhaust_after_secs]);
    at.duration_since(now).as_secs() > i64::from(waits.max().unwrap_or(0)) + SLACK_SECS
}

/// Why a page should not be open any more.
fn needless(incident: &Incident, page: &Page) -> Option<(&'static str, &'static str)> {
    if !incident.status.is_active() {
        return Some(("told_after_end", "its incident has ended"));
    }
    let of_escalation =
        matches!(page.why, WhyPaged::Step { .. } | WhyPaged::Exhausted | WhyPaged::NobodyToPage);
    (incident.acknowledged && of_escalation).then_some(("told_after_ack", "somebody has taken its incident"))
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
pub struct AuditState(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    report: Option<AuditReport>,
    /// What the last round found: incident and code.
    found: BTreeSet<(u64, &'static str)>,
    /// What has been raised and still stands.
    raised: BTreeSet<(u64, &'static str)>,
}

impl AuditState {
    /// What the last audit found; `None` = there has been none since the start.
    pub fn report(&self) -> Option<AuditReport> {
        self.0.lock().report.clone()
    }

    /// Takes a round's findings; returns those that stood in the round before, too, and have not been raised.
    fn standing(&self, at: Timestamp, findings: &[Finding]) -> Vec<Finding> {
        let mut inner = self.0.lock();
        let found: BTreeSet<_> = findings.iter().map(Finding::key).collect();
        let before = std::mem::replace(&mut inner.found, found.clone());
        inner.raised.retain(|key| found.contains(key));
        let shown = findings.iter().take(SHOWN).cloned().collect();
        inner.report = Some(AuditReport { at, findings: shown });
        let stands = |f: &&Finding| before.contains(&f.key()) && !inner.raised.contains(&f.key());
        findings.iter().filter(stands).cloned().collect()
    }

    fn raised(&self, findings: &[Finding]) {
        self.0.lock().raised.extend(findings.iter().map(Finding::key));
    }
}

impl Finding {
    fn key(&self) -> (u64, &'static str) {
        (self.incident_number, self.code)
    }
}

impl App {
    /// Looks at every active incident, and raises what stands.
    pub async fn audit_once(&self) -> AppResult<Vec<Finding>> {
        let now = self.clock.now();
        let mut findings = Vec::new();
        let waits = self.undecided_for().as_secs();
        if waits > UNDECIDED_SECS {
            let text = format!("a signal has been waiting to be decided for {waits} s");
            findings.push(Finding { incident_number: 0, code: "undecided", text });
        }
        let mut before = None;
        loop {
            let rows = self.audited(IncidentStatus::ACTIVE.to_vec(), before, 200, &mut findings).await?;
            let Some(last) = rows else { break };
            before = Some(last);
        }
        let ended = vec![IncidentStatus::Resolved, IncidentStatus::Closed, IncidentStatus::Merged];
        self.audited(ended, None, ENDED, &mut findings).await?;
        metrics::gauge!("hansei_audit_findings").set(findings.len() as f64);
        for finding in &findings {
            tracing::error!(
                incident.number = finding.incident_number,
                code = finding.code,
                "{}",
                finding.text
            );
        }
        let standing = self.audit.standing(now, &findings);
        if !standing.is_empty() {
            self.raise(&standing).await?;
            self.audit.raised(&standing);
        }
        Ok(findings)
    }

    /// Inspects a page of incidents; returns the last number, `None` if there was none.
    async fn audited(
        &self,
        status: Vec<IncidentStatus>,
        before: Option<u64>,
        limit: usize,
        findings: &mut Vec<Finding>,
    ) -> AppResult<Option<u64>> {
        let query = IncidentQuery { status, before, limit, ..IncidentQuery::default() };
        let rows = self.store.incidents(&query).await?;
        let ids: Vec<IncidentId> = rows.iter().map(|r| r.incident.id).collect();
        // Read after the incidents: what was asked for meanwhile is not missed, what ended meanwhile not seen.
        let loaded = self.store.open_pages(&ids).await?;
        let now = self.clock.now();
        for row in &rows {
            let own: Vec<&Page> = loaded
                .iter()
                .filter_map(|l| match &l.state {
                    State::Page(page) if page.incident_id == row.incident.id => Some(&**page),
                    _ => None,
                })
                .collect();
            findings.extend(inspect(&row.incident, &own, now));
        }
        Ok(rows.last().map(|r| r.incident.number))
    }
}
