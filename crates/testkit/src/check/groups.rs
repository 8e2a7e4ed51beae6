//! R3: one effect. A group of alerts has one active incident at a time, and an episode of an alert declares one.

use std::collections::BTreeMap;

use hansei_domain::alert::{AlertEvent, GroupKey, PlaceReason};
use hansei_domain::ids::{IncidentId, ServiceId};
use hansei_domain::incident::IncidentEvent;

use super::Findings;
use super::story::{About, AlertStory, Stories};
use crate::sim::ledger::At;

/// When an incident became active or ceased to be; within a commit the endings come first.
type Turn = (u64, bool, IncidentId, At);

pub(super) fn check(stories: &Stories<'_>, found: &mut Findings<'_>) {
    let mut groups: BTreeMap<(ServiceId, &GroupKey), Vec<Turn>> = BTreeMap::new();
    for story in stories.incidents.values() {
        let Some(IncidentEvent::Declared { service_id: Some(service), group: Some(group), .. }) =
            story.entries.first().map(|e| e.event)
        else {
            continue;
        };
        let turns = groups.entry((*service, group)).or_default();
        let mut was = false;
        for (place, now) in story.course.iter().enumerate() {
            let whole = story.course.get(place + 1).is_none_or(|next| next.commit != now.commit);
            if whole && now.active != was {
                was = now.active;
                turns.push((now.commit, now.active, story.id, now.at));
            }
        }
    }
    for turns in groups.values_mut() {
        turns.sort_unstable();
        let mut active: Vec<IncidentId> = Vec::new();
        for (_, begins, id, at) in turns.iter() {
            active.retain(|other| other != id);
            if *begins {
                if let Some(other) = active.first() {
                    let what = format!("{id} and {other} were active for the same group of alerts");
                    found.report("R3", what, About::Incident(*id).near(*at));
                }
                active.push(*id);
            }
        }
    }
    for (id, story) in &stories.alerts {
        if let Some(at) = declared_twice(story) {
            found.report("R3", "one episode of an alert declared two incidents", About::Alert(*id).near(at));
        }
    }
}

fn declared_twice(story: &AlertStory<'_>) -> Option<At> {
    let mut declared = false;
    for entry in &story.entries {
        match entry.event {
            AlertEvent::Opened { .. } | AlertEvent::Reopened { .. } => declared = false,
            AlertEvent::Placed { reason: PlaceReason::Declared, .. } if declared => return Some(entry.at),
            AlertEvent::Placed { reason: PlaceReason::Declared, .. } => declared = true,
            _ => {}
        }
    }
    None
}
