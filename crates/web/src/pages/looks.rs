//! How entries of a timeline look: an icon and a colour by what happened. The words stand on their own.

use hansei_app::reading::ladder::{PageState, RungState};
use hansei_app::reading::sentence::Part;
use hansei_app::reading::timeline::Line;
use hansei_domain::incident::{IncidentStatus, Severity};
use hansei_domain::page::PageEnd;

/// Icon and colour of an entry; the colour is empty for the neutral one.
pub fn of(line: &Line) -> (&'static str, &'static str) {
    match line.name {
        "incident.status_changed" => last_status(line).map_or(("refresh", ""), of_status),
        "incident.declared" => ("detected", "red"),
        "incident.severity_changed" => last_severity(line).map_or(("alert", ""), of_severity),
        "incident.acknowledged" => ("hand", "blue"),
        "incident.acknowledgement_expired" | "incident.escalation_exhausted" => ("clock", "red"),
        "incident.handed_over" => ("handover", "blue"),
        "incident.people_requested" => ("people", ""),
        "incident.step_reached" if line.bad => ("bell-off", "red"),
        "incident.step_reached" => ("bell", ""),
        "incident.retitled" | "incident.note_corrected" => ("edit", ""),
        "incident.note_withdrawn" => ("trash", ""),
        "incident.time_set" => ("clock", ""),
        "incident.scope_added" | "incident.scope_changed" | "incident.scope_removed" => ("scope", ""),
        "incident.noted" if line.kind == hansei_app::reading::timeline::LineKind::Evidence => {
            ("pin", "violet")
        }
        "incident.noted" => ("comment", ""),
        "incident.resolved" => ("check-circle", "green"),
        "incident.reopened" => ("flame", "red"),
        "incident.closed" => ("archive", ""),
        "incident.merged_into" | "incident.absorbed" => ("merge", ""),
        "alert.opened" | "alert.reopened" => ("flame", "red"),
        "alert.resolved" => ("check", "green"),
        "alert.changed" => ("refresh", ""),
        "page.attempt_failed" | "page.requested" if line.bad => ("x-circle", "amber"),
        "page.delivered" => ("check", ""),
        _ => ("bell", ""),
    }
}

fn last_status(line: &Line) -> Option<IncidentStatus> {
    line.sentence.parts.iter().rev().find_map(|p| match p {
        Part::Status(status) => Some(*status),
        _ => None,
    })
}

fn last_severity(line: &Line) -> Option<Severity> {
    line.sentence.parts.iter().rev().find_map(|p| match p {
        Part::Severity(severity) => Some(*severity),
        _ => None,
    })
}

fn of_status(status: IncidentStatus) -> (&'static str, &'static str) {
    match status {
        IncidentStatus::Detected => ("detected", "red"),
        IncidentStatus::Triage => ("triage", "orange"),
        IncidentStatus::Investigating => ("search", "amber"),
        IncidentStatus::Identified => ("target", "violet"),
        IncidentStatus::Monitoring => ("pulse", "blue"),
        IncidentStatus::Resolved => ("check-circle", "green"),
        IncidentStatus::Closed => ("archive", ""),
        IncidentStatus::Merged => ("merge", ""),
    }
}

fn of_severity(severity: Severity) -> (&'static str, &'static str) {
    match severity.rank() {
        0 => ("sev0", "red"),
        1 => ("sev1", "red"),
        2 => ("sev2", "orange"),
        3 => ("sev3", "amber"),
        _ => ("sev4", ""),
    }
}

/// `data-state` of a page's badge.
pub fn page_state(state: &PageState) -> &'static str {
    match *state {
        PageState::Unreachable | PageState::Failing => "failed",
        PageState::Pending => "pending",
        PageState::Delivered => "delivered",
        PageState::Ended(PageEnd::Acknowledged) => "acknowledged",
        PageState::Ended(PageEnd::Resolved) => "resolved",
        PageState::Ended(PageEnd::Superseded | PageEnd::Merged) => "merged",
        PageState::Ended(PageEnd::Escalated | PageEnd::Gone) => "closed",
    }
}

/// Key of the word for a page's state.
pub fn page_word(state: &PageState) -> &'static str {
    match *state {
        PageState::Unreachable => "page-unreachable",
        PageState::Failing => "page-failing",
        PageState::Pending => "page-pending",
        PageState::Delivered => "page-delivered",
        PageState::Ended(PageEnd::Acknowledged) => "page-acknowledged",
        PageState::Ended(PageEnd::Resolved) => "page-resolved",
        PageState::Ended(PageEnd::Superseded) => "page-superseded",
        PageState::Ended(PageEnd::Escalated) => "page-escalated",
        PageState::Ended(PageEnd::Merged) => "page-merged",
        PageState::Ended(PageEnd::Gone) => "page-gone",
    }
}

/// `data-state` of a rung.
pub fn rung_state(state: &RungState) -> &'static str {
    match *state {
        RungState::Done => "done",
        RungState::Active => "active",
        RungState::Waiting | RungState::Spared => "waiting",
    }
}

/// Icon of a kind of channel.
pub fn channel(kind: &str) -> &'static str {
    match kind {
        "email" => "mail",
        "webhook" => "webhook",
        _ => "bell",
    }
}
