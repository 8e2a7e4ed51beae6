//! R11: whoever takes an incident or ends it silences it. Compared with what was answered to people and with the
//! incident's own story, never with what the pages say of themselves: a page that nobody ended goes on calling.

use std::collections::HashMap;

use hansei_domain::ids::{IncidentId, PageId};
use hansei_domain::incident::IncidentEvent;
use hansei_domain::page::PageEvent;

use super::Findings;
use super::sky::Sky;
use super::story::{About, Entry, IncidentStory, PageStory, Stories, clock};
use crate::sim::Simulated;
use crate::sim::ledger::{Act, Answer, At, Deed, Receipt};

/// What is under way when a page ends may arrive within this (R11), microseconds.
const IN_FLIGHT: At = 1_000_000;
/// A process that stood still this shortly before a call had looked before it stood still; microseconds.
const LOOKED: At = 2_000_000;

pub(super) fn check(run: &Simulated, stories: &Stories<'_>, sky: &Sky, found: &mut Findings<'_>) {
    let mut calls: HashMap<PageId, Vec<&Receipt>> = HashMap::new();
    for receipt in &run.ledger.receipts {
        calls.entry(receipt.page).or_default().push(receipt);
    }
    let mut pages: HashMap<IncidentId, Vec<&PageStory<'_>>> = HashMap::new();
    for page in stories.pages.values() {
        pages.entry(page.incident).or_default().push(page);
        let Some(story) = stories.incidents.get(&page.incident) else { continue };
        if let Some(quiet) = silenced(story, page) {
            let calls = calls.get(&page.id).map(Vec::as_slice).unwrap_or_default();
            by_story(page, quiet, calls, sky, found);
        }
    }
    for act in run.ledger.acts.iter().filter(|a| a.answer == Answer::Yes) {
        for page in pages.get(&act.incident).into_iter().flatten() {
            by_word(act, page, found);
        }
    }
}

/// The first entry after which a page must be silent.
fn silenced<'a, 's>(
    story: &'s IncidentStory<'a>,
    page: &PageStory<'_>,
) -> Option<&'s Entry<'a, IncidentEvent>> {
    let requested = page.entries.first()?.seq;
    let was_taken = |seq: u64| story.after(seq.saturating_sub(1)).is_some_and(|before| before.taken);
    let silences = |entry: &Entry<'_, IncidentEvent>| match entry.event {
        IncidentEvent::Acknowledged { .. }
        | IncidentEvent::Resolved { .. }
        | IncidentEvent::MergedInto { .. } => true,
        // Others who were asked have not answered.
        IncidentEvent::Answered { by, .. } => page.person == *by,
        IncidentEvent::HandedOver { to, untaken, .. } => {
            !untaken && (page.person == *to || !was_taken(entry.seq))
        }
        IncidentEvent::EscalationStarted { generation, .. } => *generation > page.generation,
        _ => false,
    };
    // A page is stored behind the entries of the commit that asks for it, and those before its request do not count.
    story.entries.iter().find(|e| e.seq > requested && silences(e))
}

fn by_story(
    page: &PageStory<'_>,
    quiet: &Entry<'_, IncidentEvent>,
    calls: &[&Receipt],
    sky: &Sky,
    found: &mut Findings<'_>,
) {
    let what = quiet.event.name();
    match ended(page) {
        Some(end) if end <= quiet.at => {}
        Some(_) => {
            let text = format!("{what} ended a page only later");
            found.report("R11", text, About::Page(page.id).near(quiet.at));
        }
        None => {
            let text = format!("{what} did not end an open page");
            found.report("R11", text, About::Page(page.id).near(quiet.at));
        }
    }
    let from = ended(page).map_or(quiet.at, |end| end.min(quiet.at));
    for call in calls.iter().filter(|c| c.began > from + IN_FLIGHT) {
        // A process that stood still between looking and calling is the one thing that cannot be excluded (§10).
        if !sky.stood_still(call.process, from - IN_FLIGHT, call.began, LOOKED) {
            let late = (call.began - from) / 1_000;
            let text = format!("a call began {late} ms after the page was over at {}", clock(from));
            found.report("R11", text, About::Page(page.id).near(call.began));
        }
    }
}

/// Who was told "yes, you have it" or "yes, it is over" is not called again for what had been asked before.
fn by_word(act: &Act, page: &PageStory<'_>, found: &mut Findings<'_>) {
    let own = match act.what {
        Deed::Acknowledge => page.person == act.person,
        Deed::Resolve | Deed::Merge(_) => true,
        _ => false,
    };
    let asked_before = page.entries.first().is_some_and(|e| e.at < act.began);
    if own && asked_before && ended(page).is_none_or(|end| end > act.ended) {
        let text = format!("{:?} was confirmed to {}, whose page goes on", act.what, act.person);
        found.report("R11", text, About::Page(page.id).near(act.ended));
    }
}

fn ended(page: &PageStory<'_>) -> Option<At> {
    page.entries.iter().find(|e| matches!(e.event, PageEvent::Ended { .. })).map(|e| e.at)
}
