//! R13: a page ends for a reason that the same commit states, and nothing that is asked of a page is made up.

use std::collections::BTreeMap;

use hansei_domain::incident::IncidentEvent;
use hansei_domain::page::{PageEnd, PageEvent};

use super::Findings;
use super::story::{About, Entry, PageStory, Stories};

pub(super) fn check(stories: &Stories<'_>, found: &mut Findings<'_>) {
    let mut asked = BTreeMap::new();
    for story in stories.incidents.values() {
        for entry in &story.entries {
            for paged in paged_by(entry.event) {
                asked.insert(paged.page_id, (entry.commit, paged.person_id));
            }
        }
    }
    for page in stories.pages.values() {
        let requested = page.entries.first().map(|e| e.commit);
        match asked.remove(&page.id) {
            Some((commit, person)) if Some(commit) == requested && person == page.person => {}
            _ => {
                found.report("R13", "a page that no step, fallback or person asked for", About::Page(page.id))
            }
        }
        ends(page, stories, found);
    }
    for (id, _) in asked {
        found.report("R13", format!("{id} was asked for and never made"), About::Nothing);
    }
}

/// Whom an incident's event pages.
pub(super) fn paged_by(event: &IncidentEvent) -> &[hansei_domain::incident::Paged] {
    match event {
        IncidentEvent::StepReached { paged, .. }
        | IncidentEvent::EscalationExhausted { paged, .. }
        | IncidentEvent::HandedOver { paged, .. }
        | IncidentEvent::Requested { paged, .. } => paged,
        _ => &[],
    }
}

fn ends(page: &PageStory<'_>, stories: &Stories<'_>, found: &mut Findings<'_>) {
    let ended: Vec<(&Entry<'_, PageEvent>, PageEnd)> = page
        .entries
        .iter()
        .filter_map(|e| match e.event {
            PageEvent::Ended { end } => Some((e, *end)),
            _ => None,
        })
        .collect();
    let about = About::Page(page.id);
    if ended.len() > 1 {
        found.report("R13", "a page ended twice", about);
    }
    let Some((entry, end)) = ended.first() else { return };
    let Some(incident) = stories.incidents.get(&page.incident) else {
        found.report("R13", "a page of an incident that does not exist", about);
        return;
    };
    let together = || incident.entries.iter().filter(|e| e.commit == entry.commit).map(|e| e.event);
    let reason = match end {
        PageEnd::Acknowledged => together().any(|e| match e {
            IncidentEvent::Acknowledged { .. } => true,
            IncidentEvent::HandedOver { untaken, .. } => !untaken,
            IncidentEvent::Answered { by, .. } => *by == page.person,
            _ => false,
        }),
        PageEnd::Resolved => together().any(|e| matches!(e, IncidentEvent::Resolved { .. })),
        PageEnd::Merged => together().any(|e| matches!(e, IncidentEvent::MergedInto { .. })),
        // Nobody leaves in these worlds.
        PageEnd::Gone => false,
        PageEnd::Superseded => together().any(|e| {
            matches!(e, IncidentEvent::EscalationStarted { generation, .. } if *generation > page.generation)
        }),
        PageEnd::Escalated => escalated(page, entry, incident.entries.as_slice()),
    };
    if !reason {
        found.report("R13", format!("a page ended as {} without a reason", end.as_str()), about);
    }
}

/// Somebody else was asked since, and this one had it.
fn escalated(
    page: &PageStory<'_>,
    end: &Entry<'_, PageEvent>,
    incident: &[Entry<'_, IncidentEvent>],
) -> bool {
    let requested = page.entries.first().map_or(0, |e| e.seq);
    let delivered =
        page.entries.iter().any(|e| e.seq < end.seq && matches!(e.event, PageEvent::Delivered { .. }));
    let others = incident.iter().any(|e| {
        e.seq > requested
            && e.commit <= end.commit
            && !matches!(e.event, IncidentEvent::Requested { .. } | IncidentEvent::HandedOver { .. })
            && !paged_by(e.event).is_empty()
    });
    delivered && others
}
