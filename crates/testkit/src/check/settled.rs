//! When all is quiet: nothing waits, the journal folds to the states, numbers have no gaps, the self-audit is content.

use hansei_app::audit::Finding;
use hansei_domain::incident::{Incident, IncidentEvent};
use hansei_domain::journal::State;

use super::Findings;
use super::catalog::History;
use super::sky::Sky;
use super::story::{About, IncidentStory};
use crate::sim::Simulated;
use crate::sim::ledger::At;

/// Trouble within this may still show in what the self-audit sees; microseconds.
const AFTERMATH: At = 120_000_000;

pub(super) fn check(run: &Simulated, sky: &Sky, found: &mut Findings<'_>) {
    for finding in &run.end.verification.findings {
        found.report("fold", finding.clone(), About::Nothing);
    }
    // On its rounds it may see what trouble has left undone; while nothing is wrong it has nothing to say.
    let calm = |(began, ended, _): &&(At, At, Vec<Finding>)| {
        !sky.disturbed(began - AFTERMATH, *ended) && sky.clocks_are_right(*began)
    };
    for (_, at, findings) in run.ledger.audits.iter().filter(calm) {
        audited(findings, *at, found);
    }
    audited(&run.end.audit, run.spans.2, found);
    for (_, why) in &run.bugs {
        found.report("bug", why.clone(), About::Nothing);
    }
    if run.end.figures.inbox_records > 0 {
        let waiting = run.end.figures.inbox_records;
        found.report("R1", format!("{waiting} accepted signals were never decided"), About::Nothing);
    }
    for (lane, waiting) in &run.end.figures.outbox_waiting {
        if *waiting > 0 {
            found.report(
                "R13",
                format!("{waiting} entries of lane {} wait for ever", lane.as_str()),
                About::Nothing,
            );
        }
    }
    numbers(found);
    unclaimed_alarms(run, found);
}

fn audited(findings: &[Finding], at: At, found: &mut Findings<'_>) {
    for finding in findings {
        let number = finding.incident_number;
        let about = found
            .stories
            .incidents
            .values()
            .find(|i| i.number == number)
            .map_or(About::Nothing, |i| About::Incident(i.id));
        let what = format!("the self-audit says {}: {}", finding.code, finding.text);
        found.report("R46", what, about.near(at));
    }
}

/// Incidents are counted from 1 without gaps.
fn numbers(found: &mut Findings<'_>) {
    let own = |i: &&IncidentStory<'_>| History::is_own(i.service);
    let tests = found.stories.incidents.values().filter(own).count();
    if tests > 1 {
        found.report("numbers", format!("the self-test has {tests} incidents"), About::Nothing);
    }
    let counted = found.stories.incidents.values().filter(|i| !own(i));
    let mut numbers: Vec<u64> = counted.map(|i| i.number).collect();
    numbers.sort_unstable();
    let wrong = numbers.iter().zip(1..).find(|(number, wanted)| **number != *wanted);
    if let Some((number, wanted)) = wrong {
        found.report("numbers", format!("incident {number} stands where {wanted} should"), About::Nothing);
    }
}

/// An active incident that has told people and that nobody has taken: its fallback has been told, and has it.
fn unclaimed_alarms(run: &Simulated, found: &mut Findings<'_>) {
    let incidents: Vec<&Incident> = run
        .end
        .states
        .values()
        .filter_map(|l| match &l.state {
            State::Incident(incident) => Some(&**incident),
            _ => None,
        })
        .collect();
    for incident in incidents {
        if !incident.status.is_active() || incident.acknowledged || incident.escalation.is_none() {
            continue;
        }
        let exhausted = found.stories.incidents.get(&incident.id).is_some_and(|story| {
            let last = story.entries.iter().rev().find(|e| {
                matches!(
                    e.event,
                    IncidentEvent::EscalationExhausted { .. } | IncidentEvent::EscalationStarted { .. }
                )
            });
            matches!(last.map(|e| e.event), Some(IncidentEvent::EscalationExhausted { .. }))
        });
        let told = found.stories.pages.values().any(|page| {
            page.incident == incident.id
                && page.generation == incident.generation
                && run.ledger.receipts.iter().any(|r| r.page == page.id && r.arrived)
        });
        if !exhausted || !told {
            let what = format!("incident {} burns, nobody has it, and it is silent", incident.number);
            found.report("R13", what, About::Incident(incident.id));
        }
    }
}
