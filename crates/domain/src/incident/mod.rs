//! An incident: trouble that needs people, from detection to the last word (S2.1, S2.11).
//!
//! Life cycle (C23): *detected → triage → investigating → identified → monitoring → resolved → closed*. The active
//! states may be walked in any direction (except back to *detected*: somebody has looked), resolving is possible from each of them, closing only from resolved;
//! a resolved incident reopens within the window of its rule, which begins a new **generation** and a second impact
//! interval. *Merged* is an end: the incident's story goes on in another one.
//!
//! Escalation is part of the incident, so that acknowledging and escalating cannot disagree: both are decided on the
//! same state and committed under the same version (R11, R14). The policy it runs under is stamped at its start.
//!
//! `decide` dispatches and holds the life cycle, `answer` who takes it and is asked, `record` what is written down.
//!
//! Invariants: one declared event, first; `severity.max` never gets milder; a running escalation has a deadline;
//! an acknowledged, resolved, closed or merged incident has no running escalation; every change names its reason.

mod answer;
mod command;
mod decide;
mod escalation;
mod event;
mod evolve;
mod record;
mod severity;
mod state;
#[cfg(test)]
mod tests;
mod times;

pub use answer::due;
pub use command::{Declaration, IncidentCommand, Roster, RosterPerson};
pub use decide::decide;
pub use escalation::{Escalation, EscalationStatus, Paged, WhyPaged};
pub use event::{EvidenceKind, IncidentEvent, ReopenReason, ResolveCause};
pub use evolve::evolve;
pub use severity::{Severity, SeverityReason};
pub use state::{Impact, Incident, IncidentSource, IncidentStatus, Remark, RemarkKind, ScopeEntry};
pub use times::{KeyDuration, TimeKind, TimeValue, durations};
