//! R7–R10: every attempt that is due reaches the provider in time, is repeated while nobody knows what became of it,
//! and not otherwise.

use std::collections::{BTreeMap, HashMap};

use hansei_domain::Timestamp;
use hansei_domain::ids::{ContactId, OutboxId, PageId};
use hansei_domain::page::PageEvent;

use super::Findings;
use super::sky::Sky;
use super::story::{About, PageStory, Stories, clock};
use crate::sim::Simulated;
use crate::sim::ledger::{At, Receipt, Told};
use crate::sim::node::CLOCKS_APART;

/// From due to the provider's door while nothing is wrong (R7), microseconds.
const IN_TIME: At = 5_000_000;
/// Troubles within this before it was due may have touched it.
const AFTERMATH: At = 60_000_000;

type Receipts<'a> = BTreeMap<(PageId, ContactId), Vec<&'a Receipt>>;

pub(super) fn check(run: &Simulated, stories: &Stories<'_>, sky: &Sky, found: &mut Findings<'_>) {
    let mut receipts: Receipts<'_> = BTreeMap::new();
    for receipt in &run.ledger.receipts {
        receipts.entry((receipt.page, receipt.contact)).or_default().push(receipt);
    }
    for calls in receipts.values_mut() {
        calls.sort_by_key(|call| (call.began, call.number));
    }
    let settled: HashMap<(OutboxId, u64), At> =
        run.ledger.commits.iter().flat_map(|c| c.settled.iter().map(|s| (*s, c.at))).collect();
    let leases: HashMap<(OutboxId, u64), (At, At)> = run
        .ledger
        .deliveries
        .iter()
        .map(|d| ((d.claim.entry.id, d.claim.epoch), (d.claimed, d.lease_ends)))
        .collect();
    for (key, calls) in &receipts {
        let Some(page) = stories.pages.get(&key.0) else {
            found.report("R10", "a call about a page that was never stored", About::Page(key.0));
            continue;
        };
        if !page.contacts.contains(&key.1) {
            found.report("R13", "a page went to a contact it was not made for", About::Page(page.id));
        }
        repeats(
            page,
            calls,
            &Books { settled: &settled, leases: &leases, alone: run.config.nodes == 1 },
            sky,
            found,
        );
    }
    for page in stories.pages.values() {
        in_time(run, page, &receipts, sky, found);
        as_marked(page, &receipts, found);
    }
}

fn end_of(page: &PageStory<'_>) -> Option<At> {
    page.entries.iter().find(|e| matches!(e.event, PageEvent::Ended { .. })).map(|e| e.at)
}

/// What is known of claims.
struct Books<'a> {
    /// When the outcome of one was recorded.
    settled: &'a HashMap<(OutboxId, u64), At>,
    /// When one was made, and until when it was held.
    leases: &'a HashMap<(OutboxId, u64), (At, At)>,
    /// There is one node.
    alone: bool,
}

/// R10: each call but the first has its reason: the one before was refused, or nobody knows what became of it.
fn repeats(page: &PageStory<'_>, calls: &[&Receipt], books: &Books<'_>, sky: &Sky, found: &mut Findings<'_>) {
    let Books { settled, leases, alone } = books;
    for pair in calls.windows(2) {
        let [before, after] = pair else { continue };
        let about = About::Page(page.id).near(after.began);
        let (Some(claim), Some(next)) = (before.claim, after.claim) else {
            found.report("R10", "a call without a claim", about);
            continue;
        };
        if after.attempt < before.attempt {
            found.report("R10", "an attempt came after a later one", about);
        }
        let recorded = settled.get(&claim).copied().filter(|at| *at <= after.began);
        match (recorded, before.told) {
            // What was refused for good is tried again where no other way is left.
            (Some(_), Told::Retry | Told::GiveUp) if claim.0 != next.0 => {}
            (Some(at), told) => {
                let what = format!("called again although {told:?} had been recorded at {}", clock(at));
                found.report("R10", what, about);
            }
            // Nobody recorded it: then nobody else may begin before the lease has ended. Where there is only one process
            // at a time, the next one knows that the one before is dead.
            (None, _) if *alone && before.process != after.process && claim != next => {}
            (None, _) => {
                let lease_ends = leases.get(&claim).map_or(0, |lease| lease.1);
                let claimed = leases.get(&next).map_or(after.began, |lease| lease.0);
                if claimed + 2 * CLOCKS_APART < lease_ends
                    && claim != next
                    && !sky.clock_moved(before.began, claimed)
                {
                    let what = format!("two owners: the first one's lease ran until {}", clock(lease_ends));
                    found.report("R10", what, about);
                }
                if claim == next {
                    found.report("R10", "two calls under one claim", about);
                }
            }
        }
    }
}

/// R7, R8, R9: what is due is begun in time, or the page has ended before.
fn in_time(
    run: &Simulated,
    page: &PageStory<'_>,
    receipts: &Receipts<'_>,
    sky: &Sky,
    found: &mut Findings<'_>,
) {
    let end = end_of(page);
    for entry in &page.entries {
        let due: Option<(usize, u32, Timestamp)> = match entry.event {
            PageEvent::Requested { channels, .. } if !channels.is_empty() => Some((0, 1, entry.wall)),
            PageEvent::ChannelBegun { channel } => {
                Some((*channel, tried(page, *channel, entry.seq) + 1, entry.wall))
            }
            PageEvent::RetryMoved { channel, number, retry_at } => Some((*channel, *number, *retry_at)),
            PageEvent::AttemptFailed { channel, number, retry_at: Some(retry_at), .. } => {
                Some((*channel, number + 1, *retry_at))
            }
            _ => None,
        };
        let Some((channel, number, deadline)) = due else { continue };
        let Some(contact) = page.contacts.get(channel) else { continue };
        let calls = receipts.get(&(page.id, *contact)).map(Vec::as_slice).unwrap_or_default();
        let call = calls.iter().find(|r| r.began >= entry.at && r.attempt == number).map(|r| r.began);
        if call.is_none() && end.is_none() {
            let what = format!("attempt {number} on channel {channel} was due and never made");
            found.report("R9", what, About::Page(page.id).near(entry.at));
            continue;
        }
        let until = [call, end, Some(run.spans.2)].into_iter().flatten().min().unwrap_or(0);
        let troubled = sky.disturbed(entry.at - AFTERMATH, until);
        let bound = if troubled { run.config.resumed_within() } else { IN_TIME };
        let decided = sky.true_time(entry.process, entry.wall, entry.at);
        let wait = deadline.duration_since(entry.wall).as_micros();
        let due = decided.saturating_add(At::try_from(wait).unwrap_or(At::MAX));
        let idle = sky.idle(entry.at, until, due);
        if idle > bound {
            let what = format!(
                "attempt {number} on channel {channel}, due {deadline}, waited {} s while nothing was in the way",
                idle / 1_000_000
            );
            found.report(if troubled { "R8" } else { "R7" }, what, About::Page(page.id).near(until));
        }
    }
}

/// How many attempts on a channel had an outcome before an entry: one that was refused for good may begin again.
fn tried(page: &PageStory<'_>, of: usize, before: u64) -> u32 {
    let is_one = |event: &PageEvent| match event {
        PageEvent::AttemptFailed { channel, .. } | PageEvent::Delivered { channel, .. } => *channel == of,
        _ => false,
    };
    let count = page.entries.iter().filter(|e| e.seq < before && is_one(e.event)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What the store calls delivered, the provider has said; and has said before it was written down.
fn as_marked(page: &PageStory<'_>, receipts: &Receipts<'_>, found: &mut Findings<'_>) {
    for entry in &page.entries {
        let PageEvent::Delivered { channel, .. } = entry.event else { continue };
        let contact = page.contacts.get(*channel).copied();
        let calls = contact.and_then(|c| receipts.get(&(page.id, c))).map(Vec::as_slice).unwrap_or_default();
        let said =
            calls.iter().any(|r| r.told == Told::Delivered && r.answered.is_some_and(|at| at <= entry.at));
        if !said {
            let what = format!("channel {channel} is marked as delivered; the provider never said so before");
            found.report("R9", what, About::Page(page.id).near(entry.at));
        }
    }
}
