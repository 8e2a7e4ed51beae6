//! R1, R13: no alarm is lost. Whenever an alert begins to fire or says something else, its service's rule says what
//! must follow in the same commit: a place in an active incident, and people who are told or have it already.

use hansei_domain::alert::{AlertEvent, LeftReason, ResolveReason};
use hansei_domain::ids::IncidentId;
use hansei_domain::signal::AlertSeverity;

use super::Findings;
use super::catalog::History;
use super::course::Course;
use super::sky::Sky;
use super::story::{About, AlertStory, Entry, Spot, Stories};
use crate::sim::Simulated;
use crate::sim::ledger::At;

pub(super) fn check(
    run: &Simulated,
    stories: &Stories<'_>,
    sky: &Sky,
    catalog: &History,
    found: &mut Findings<'_>,
) {
    let watch = Watch { run, stories, sky, catalog };
    for (id, story) in &stories.alerts {
        for (place, entry) in story.entries.iter().enumerate() {
            let content = match entry.event {
                AlertEvent::Opened { content, .. }
                | AlertEvent::Reopened { content, .. }
                | AlertEvent::Changed { content, .. } => content,
                _ => continue,
            };
            let about = About::Alert(*id).near(entry.at);
            watch.followed(story, place, entry, content.severity, about, found);
        }
    }
}

struct Watch<'a> {
    run: &'a Simulated,
    stories: &'a Stories<'a>,
    sky: &'a Sky,
    catalog: &'a History,
}

impl Watch<'_> {
    fn followed(
        &self,
        story: &AlertStory<'_>,
        place: usize,
        entry: &Entry<'_, AlertEvent>,
        severity: AlertSeverity,
        about: Spot,
        found: &mut Findings<'_>,
    ) {
        let views = self.catalog.views(self.sky.stale_since(entry.at, self.run), entry.at);
        let archived: Vec<bool> =
            views.iter().map(|at| self.catalog.archived_service(story.service, *at)).collect();
        let rules: Vec<_> = views.iter().filter_map(|at| self.catalog.rule(story.service, *at)).collect();
        let unwanted = rules.iter().any(|rule| rule.severity_for(severity).is_none());
        let rest = story.entries.get(place + 1..).unwrap_or_default();
        let next = |e: &Entry<'_, AlertEvent>| {
            matches!(
                e.event,
                AlertEvent::Reopened { .. } | AlertEvent::Resolved { .. } | AlertEvent::Changed { .. }
            )
        };
        let rest: Vec<_> = rest.iter().take_while(|e| e.commit == entry.commit).collect();
        // Of several words in one commit the last one counts; it is looked at itself.
        if rest.iter().any(|e| next(e)) {
            return;
        }
        let rest = || rest.iter().map(|e| e.event);
        if let Some(reason) = rest().find_map(left) {
            let true_reason = match reason {
                LeftReason::BelowThreshold => unwanted,
                LeftReason::ServiceArchived => archived.contains(&true),
                LeftReason::SelfTest => History::is_own(Some(story.service)),
            };
            if !true_reason {
                found.report("R1", format!("an alert was left alone ({})", reason.as_str()), about);
            }
            return;
        }
        if unwanted || archived.contains(&true) {
            return;
        }
        let Some(carrier) = self.carrier(story, entry.commit) else {
            found.report("R1", "an alert fires that is bad enough, and has no incident", about);
            return;
        };
        if !carrier.active {
            found.report("R1", "an alert fires in an incident that is over", about);
            return;
        }
        let pages = rules.iter().all(|rule| rule.severity_for(severity).is_some_and(|s| rule.pages(s)));
        if pages && !carrier.alarmed && !carrier.taken {
            found.report("R13", "an alert fires that people are to be told of, and nobody is", about);
        }
    }

    /// The incident that carries an alert after a commit, as it is then.
    fn carrier(&self, story: &AlertStory<'_>, commit: u64) -> Option<Course> {
        let mut id: IncidentId = story.incident_after(commit)?;
        for _ in 0..100 {
            let now = *self.stories.incidents.get(&id)?.after(commit)?;
            match now.merged_into {
                Some(target) => id = target,
                None => return Some(now),
            }
        }
        None
    }
}

fn left(event: &AlertEvent) -> Option<LeftReason> {
    match event {
        AlertEvent::LeftAlone { reason } => Some(*reason),
        _ => None,
    }
}

impl AlertStory<'_> {
    /// Where an alert belongs after a commit.
    pub(crate) fn incident_after(&self, commit: u64) -> Option<IncidentId> {
        let placed = |e: &Entry<'_, AlertEvent>| match e.event {
            AlertEvent::Placed { incident_id, .. } => Some(*incident_id),
            _ => None,
        };
        self.entries.iter().rev().filter(|e| e.commit <= commit).find_map(placed)
    }

    /// When something other than the sender's word last ended it, before an entry of the journal.
    pub(crate) fn ended_without_sender(&self, before: u64) -> Option<At> {
        let ended = |e: &&Entry<'_, AlertEvent>| match e.event {
            AlertEvent::Resolved { reason, .. } => e.seq < before && *reason != ResolveReason::Sender,
            _ => false,
        };
        self.entries.iter().rev().find(ended).map(|e| e.at)
    }
}
