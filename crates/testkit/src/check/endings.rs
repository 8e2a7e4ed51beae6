//! R13: nothing ends by itself too early. Until when each key fires follows from what its sender sent; an alert that
//! ends before, or an incident that is resolved because "the last alert has ended" while one still fires, is a lost
//! alarm.

use std::collections::{BTreeMap, BTreeSet};

use hansei_domain::Timestamp;
use hansei_domain::alert::{AlertEvent, ResolveReason};
use hansei_domain::ids::{AlertId, IncidentId, ServiceId};
use hansei_domain::incident::{IncidentEvent, ResolveCause};
use hansei_domain::signal::SignalAction;

use super::Findings;
use super::inbox::Waiting;
use super::sky::Sky;
use super::story::{About, AlertStory, Entry, Stories};
use crate::sim::Simulated;
use crate::sim::ledger::{Answer, At, Sent};

/// A clock that is this far off says nothing about what has run out; microseconds.
const WRONG: At = 1_000_000;
/// Repeats are told to the store within this, microseconds.
const TOLD: At = 5_000_000;

pub(super) fn check(
    run: &Simulated,
    stories: &Stories<'_>,
    waiting: &Waiting,
    sky: &Sky,
    found: &mut Findings<'_>,
) {
    let mut said: BTreeMap<(ServiceId, &str), Vec<&Sent>> = BTreeMap::new();
    for sent in &run.ledger.sent {
        said.entry((sent.signal.service_id, &sent.signal.dedup_key)).or_default().push(sent);
    }
    let watch = Watch { run, stories, waiting, sky, said, members: members(stories) };
    for (id, story) in &stories.alerts {
        for entry in &story.entries {
            if let AlertEvent::Resolved { reason, .. } = entry.event {
                watch.alert(*id, story, entry, *reason, found);
            }
        }
    }
    for (id, story) in &stories.incidents {
        for entry in &story.entries {
            if matches!(entry.event, IncidentEvent::Resolved { cause: ResolveCause::LastAlert, .. }) {
                watch.incident(*id, entry, found);
            }
        }
    }
}

/// The alerts that ever belonged to each incident.
fn members(stories: &Stories<'_>) -> BTreeMap<IncidentId, BTreeSet<AlertId>> {
    let mut members: BTreeMap<IncidentId, BTreeSet<AlertId>> = BTreeMap::new();
    for (id, story) in &stories.alerts {
        for entry in &story.entries {
            if let AlertEvent::Placed { incident_id, .. } = entry.event {
                members.entry(*incident_id).or_default().insert(*id);
            }
        }
    }
    members
}

struct Watch<'a> {
    run: &'a Simulated,
    stories: &'a Stories<'a>,
    waiting: &'a Waiting,
    sky: &'a Sky,
    said: BTreeMap<(ServiceId, &'a str), Vec<&'a Sent>>,
    members: BTreeMap<IncidentId, BTreeSet<AlertId>>,
}

impl Watch<'_> {
    fn said<'s>(&'s self, story: &'s AlertStory<'_>) -> &'s [&'s Sent] {
        let key = (story.service, story.dedup_key.as_str());
        self.said.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// An alert ended: who says so?
    fn alert(
        &self,
        id: AlertId,
        story: &AlertStory<'_>,
        entry: &Entry<'_, AlertEvent>,
        reason: ResolveReason,
        found: &mut Findings<'_>,
    ) {
        let about = About::Alert(id).near(entry.at);
        let why = match reason {
            ResolveReason::Sender => {
                let resolve = |s: &&Sent| {
                    s.signal.action == SignalAction::Resolve
                        && s.began <= entry.at
                        && s.answer != Answer::No("invalid")
                };
                (!self.said(story).iter().copied().any(|s| resolve(&s))).then_some("its sender never said so")
            }
            ResolveReason::Expired => self.too_early(story, entry).then_some("its time had not run out"),
            ResolveReason::IncidentResolved => {
                (!self.carrier_over(story, entry)).then_some("its incident goes on")
            }
            ResolveReason::Person => {
                let did = |(began, ended, alert): &(At, At, AlertId)| {
                    *alert == id && *began <= entry.at && entry.at <= *ended
                };
                (!self.run.ledger.ended_alerts.iter().any(did)).then_some("nobody did that")
            }
        };
        if let Some(why) = why {
            found.report("R13", format!("an alert ended ({}), but {why}", reason.as_str()), about);
        }
    }

    /// Whether the incident that carries an alert, or one it went through, has ended by then.
    fn carrier_over(&self, story: &AlertStory<'_>, entry: &Entry<'_, AlertEvent>) -> bool {
        let mut next = story.incident_after(entry.commit);
        for _ in 0..100 {
            let Some(now) =
                next.and_then(|id| self.stories.incidents.get(&id)).and_then(|s| s.after(entry.commit))
            else {
                return false;
            };
            match now.merged_into {
                Some(target) => next = Some(target),
                None => return now.over,
            }
        }
        false
    }

    /// Whether a trigger that was decided, or told, long enough before holds the alert up for longer.
    fn too_early(&self, story: &AlertStory<'_>, entry: &Entry<'_, AlertEvent>) -> bool {
        if self.sky.offset(entry.process, entry.at).abs() > WRONG {
            return false;
        }
        let holds = |s: &&&Sent| {
            let until = s.signal.expires_at.map_or(At::MAX, Timestamp::as_microsecond);
            s.signal.action == SignalAction::Trigger
                && s.answer == Answer::Yes
                && until > entry.at + WRONG
                && s.ended + TOLD < entry.at
                && self.waiting.decided_by(s.ended).is_some_and(|at| at < entry.at)
                && !self.sky.disturbed(s.began - TOLD, entry.at)
        };
        // An older copy that came late says nothing; the newest word counts.
        self.said(story).iter().filter(holds).any(|s| self.fires_by(story, s, entry.at, entry.seq))
    }

    fn incident(&self, id: IncidentId, entry: &Entry<'_, IncidentEvent>, found: &mut Findings<'_>) {
        for member in self.family(id, entry.seq) {
            for alert in self.members.get(&member).into_iter().flatten() {
                let Some(story) = self.stories.alerts.get(alert) else { continue };
                if story.incident_after(entry.commit) == Some(member)
                    && self.fires(story, entry.at, entry.commit + 1)
                {
                    let what = format!(
                        "resolved because its last alert had ended, but {} fires by its sender's word",
                        story.dedup_key
                    );
                    found.report("R13", what, About::Alert(*alert).near(entry.at));
                }
            }
        }
    }

    /// An incident and all that had been merged into it by then.
    fn family(&self, id: IncidentId, seq: u64) -> Vec<IncidentId> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(member) = family.get(next).copied() {
            next += 1;
            let Some(story) = self.stories.incidents.get(&member) else { continue };
            let absorbed = story.entries.iter().filter(|e| e.seq < seq).filter_map(|e| match e.event {
                IncidentEvent::Absorbed { source, .. } => Some(*source),
                _ => None,
            });
            family.extend(absorbed);
        }
        family
    }

    /// Whether an alert surely fires at an instant, by the words of its sender that had been decided by then.
    fn fires(&self, story: &AlertStory<'_>, at: At, before: u64) -> bool {
        let said = self.said(story);
        let decided = |s: &&&Sent| {
            s.signal.action == SignalAction::Trigger
                && s.answer == Answer::Yes
                && s.ended < at
                && s.signal.expires_at.is_none_or(|until| until.as_microsecond() > at + WRONG)
                && self.waiting.decided_by(s.ended).is_some_and(|decided| decided < at)
        };
        let newest = said.iter().filter(decided).max_by_key(|s| (s.signal.occurred_at, s.ended));
        newest.is_some_and(|newest| self.fires_by(story, newest, at, before))
    }

    /// Whether nothing may have ended by an instant what a trigger says.
    fn fires_by(&self, story: &AlertStory<'_>, trigger: &Sent, at: At, before: u64) -> bool {
        if story.ended_without_sender(before).is_some_and(|ended| ended >= trigger.began) {
            return false;
        }
        !self.said(story).iter().any(|s| {
            let later = match (s.signal.occurred_at, trigger.signal.occurred_at) {
                (Some(resolve), Some(trigger)) => resolve >= trigger,
                _ => s.ended >= trigger.began,
            };
            s.signal.action == SignalAction::Resolve
                && s.answer != Answer::No("invalid")
                && s.began <= at
                && later
        })
    }
}
