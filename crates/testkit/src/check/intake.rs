//! R1, R3, R4: every signal that was answered 202 counts exactly once, and which alerts fire follows from the set of
//! signals, whatever their order and number.

use std::collections::BTreeMap;

use hansei_domain::Timestamp;
use hansei_domain::alert::{Alert, AlertEvent, AlertStatus, ResolveReason};
use hansei_domain::ids::ServiceId;
use hansei_domain::incident::Incident;
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::signal::{AlertSeverity, SignalAction};

use super::Findings;
use super::story::{About, AlertStory, Stories};
use crate::sim::Simulated;
use crate::sim::ledger::{Answer, At, Sent};

type Key<'a> = (ServiceId, &'a str);

pub(super) fn check(run: &Simulated, stories: &Stories<'_>, found: &mut Findings<'_>) {
    let mut by_key: BTreeMap<Key<'_>, Vec<&Sent>> = BTreeMap::new();
    for sent in &run.ledger.sent {
        by_key.entry((sent.signal.service_id, &sent.signal.dedup_key)).or_default().push(sent);
    }
    let mut alerts = BTreeMap::new();
    for (id, story) in &stories.alerts {
        alerts.insert((story.service, story.dedup_key.as_str()), (*id, story));
    }
    for (key, sent) in by_key {
        let accepted = sent.iter().filter(|s| s.answer == Answer::Yes).count();
        let Some((id, story)) = alerts.get(&key) else {
            // An acknowledgement of something unknown leaves no trace, by design.
            let said =
                sent.iter().any(|s| s.answer == Answer::Yes && s.signal.action != SignalAction::Acknowledge);
            if said {
                let what = format!("{accepted} signals of {} were accepted and left no trace", key.1);
                found.report("R1", what, About::Nothing);
            }
            continue;
        };
        let about = About::Alert(*id);
        let Some(loaded) = run.end.states.get(&AggregateId::Alert(*id)) else {
            found.report("R1", "an alert of the journal has no state", about);
            continue;
        };
        let State::Alert(alert) = &loaded.state else { continue };
        counted(&sent, story, loaded.observation.map_or(0, |o| o.seen_count), found, about);
        if let Some(wanted) = fires(&sent, story, run)
            && wanted != alert.is_firing()
        {
            let what = format!("the newest word of the sender says firing: {wanted}, the alert does not");
            found.report("R4", what, about);
        }
        placed(run, alert, found, about);
    }
}

/// Every accepted signal that said something was seen, and none that was not sent. A repeat may go uncounted: what it
/// says lies in the store already. Acknowledgements before the first trace do not count.
fn counted(sent: &[&Sent], story: &AlertStory<'_>, seen: u64, found: &mut Findings<'_>, about: About) {
    let began = story.entries.first().map_or(0, |e| e.at);
    let early = |s: &Sent| s.signal.action == SignalAction::Acknowledge && s.began <= began;
    let mut accepted: Vec<&Sent> =
        sent.iter().copied().filter(|s| s.answer == Answer::Yes && !early(s)).collect();
    accepted.sort_by_key(|s| s.ended);
    let all = accepted.len() as u64;
    let says = |s: &Sent| {
        let severity = s.signal.content.as_ref().map(|c| c.severity);
        (s.signal.action, s.signal.occurred_at, severity)
    };
    if accepted.iter().all(|s| s.signal.occurred_at.is_some()) {
        accepted.sort_by_key(|s| (s.signal.occurred_at, s.ended));
    }
    accepted.dedup_by_key(|s| says(s));
    let news = accepted.len() as u64;
    let perhaps = sent.iter().filter(|s| s.answer == Answer::Unknown).count() as u64;
    if seen < news {
        found.report("R1", format!("{news} different signals were answered 202, {seen} were seen"), about);
    }
    if seen > all + perhaps {
        let what = format!("{seen} signals were seen, {all} accepted and {perhaps} perhaps");
        found.report("R3", what, about);
    }
}

/// When a person's word last ended the alert (or its incident): after that only what arrives later counts.
fn ended_by_people(story: &AlertStory<'_>) -> Option<At> {
    let by_people = |e: &&super::story::Entry<'_, AlertEvent>| {
        matches!(
            e.event,
            AlertEvent::Resolved { reason: ResolveReason::Person | ResolveReason::IncidentResolved, .. }
        )
    };
    story.entries.iter().rev().find(by_people).map(|e| e.at)
}

/// Signals are decided within this after they were accepted, microseconds, unless something is in the way.
const DECIDED_WITHIN: At = 3_600_000_000;

/// Whether the alert must fire now; `None` = the witnesses cannot tell.
fn fires(sent: &[&Sent], story: &AlertStory<'_>, run: &Simulated) -> Option<bool> {
    let expiring = sent.iter().any(|s| s.signal.expires_at.is_some());
    if expiring {
        // Nobody repeats it any more, and days have passed.
        return Some(false);
    }
    let said: Vec<&&Sent> = sent
        .iter()
        .filter(|s| s.signal.action != SignalAction::Acknowledge && s.answer != Answer::No("invalid"))
        .collect();
    // What may or may not have arrived leaves the answer open, unless the same was accepted as well.
    let open = said.iter().any(|s| {
        let same = |o: &&&Sent| o.answer == Answer::Yes && o.signal == s.signal;
        s.answer == Answer::Unknown && !said.iter().any(same)
    });
    if open {
        return None;
    }
    let accepted: Vec<&&&Sent> = said.iter().filter(|s| s.answer == Answer::Yes).collect();
    let newest = |action| accepted.iter().filter(move |s| s.signal.action == action);
    let clocked = accepted.iter().all(|s| s.signal.occurred_at.is_some());
    let (last_trigger, last_resolve): (Option<(Option<Timestamp>, At)>, _) = if clocked {
        let word = |action| newest(action).map(|s| (s.signal.occurred_at, 0)).max();
        (word(SignalAction::Trigger), word(SignalAction::Resolve))
    } else {
        let word = |action| newest(action).map(|s| (None, s.ended)).max();
        (word(SignalAction::Trigger), word(SignalAction::Resolve))
    };
    // Two words at the same moment: nobody knows which of them came first.
    if !clocked && last_trigger.is_some() && last_trigger == last_resolve {
        return None;
    }
    if last_trigger <= last_resolve {
        return Some(false);
    }
    let Some(ended) = ended_by_people(story) else { return Some(true) };
    let after = |margin: At| newest(SignalAction::Trigger).any(|s| s.ended > ended + margin);
    let _ = run;
    match (after(0), after(-DECIDED_WITHIN)) {
        (true, _) => Some(true),
        (false, false) => Some(false),
        (false, true) => None,
    }
}

/// A firing alert that is bad enough belongs to an active incident.
fn placed(run: &Simulated, alert: &Alert, found: &mut Findings<'_>, about: About) {
    if alert.status != AlertStatus::Firing {
        return;
    }
    let bad_enough = alert.content.as_ref().is_some_and(|c| c.severity != AlertSeverity::Info);
    let mut carrier = alert.incident_id;
    let mut incident: Option<&Incident> = None;
    while let Some(id) = carrier {
        let Some(State::Incident(current)) = run.end.states.get(&AggregateId::Incident(id)).map(|l| &l.state)
        else {
            break;
        };
        incident = Some(current);
        carrier = current.merged_into;
    }
    match incident {
        Some(incident) if incident.status.is_active() => {}
        Some(incident) => {
            let what = format!("a firing alert belongs to incident {}, which has ended", incident.number);
            found.report("R1", what, about);
        }
        None if bad_enough => found.report("R1", "a firing alert that is bad enough has no incident", about),
        None => {}
    }
}
