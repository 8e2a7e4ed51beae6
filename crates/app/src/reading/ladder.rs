//! The ladder of an incident: who was told, over which channel, with what outcome; and who will be.

use std::collections::{BTreeMap, HashMap};

use hansei_domain::Timestamp;
use hansei_domain::ids::{PageId, PersonId};
use hansei_domain::incident::{EscalationStatus, Incident, Roster, WhyPaged};
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::page::{Page, PageEnd, PageEvent};

use super::clocks::{Coming, coming, people_of_step};
use super::sentence::Sentence;
use super::timeline::Teller;

/// How one attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TryOutcome {
    /// The provider accepted it, with its own word for it.
    Delivered {
        /// What the provider said.
        receipt: String,
    },
    /// It did not.
    Failed {
        /// What went wrong.
        error: String,
        /// When it is tried again; `None` = this channel is given up, or the page ended before.
        retry_at: Option<Timestamp>,
    },
    /// It is under way.
    Pending,
}

/// One attempt to tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The channel's kind (`email`, `webhook`, …).
    pub channel: &'static str,
    /// When its outcome was known; for one that is under way, when the page was asked for.
    pub at: Timestamp,
    /// How it went.
    pub outcome: TryOutcome,
}

/// Where a page stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// The person has no channel.
    Unreachable,
    /// Being tried, nothing accepted yet.
    Pending,
    /// Tried without success so far.
    Failing,
    /// Accepted, no answer yet.
    Delivered,
    /// Over.
    Ended(PageEnd),
}

/// One person's page with all its attempts.
#[derive(Debug, Clone)]
pub struct PageView {
    /// The page.
    pub page: Page,
    /// The person's name.
    pub name: String,
    /// Why they were told.
    pub why: Sentence,
    /// Where it stands.
    pub state: PageState,
    /// Its attempts, oldest first.
    pub tries: Vec<Try>,
    /// The channel that begins next if nobody reacts, and when.
    pub next_channel: Option<(&'static str, Timestamp)>,
}

/// What a rung is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RungKind {
    /// A step of the escalation.
    Step {
        /// Counted from 0.
        round: u32,
        /// Counted from 0.
        step: usize,
    },
    /// The fallback people.
    Fallback,
    /// People somebody asked for.
    Requested,
}

/// Whether a rung lies behind, is the one that counts now, or is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RungState {
    /// Reached.
    Done,
    /// Reached last, and waiting for an answer.
    Active,
    /// Still to come.
    Waiting,
    /// Will not come: somebody took the incident before, or it ended.
    Spared,
}

/// One rung.
#[derive(Debug, Clone)]
pub struct Rung {
    /// What it is.
    pub kind: RungKind,
    /// Where it stands.
    pub state: RungState,
    /// When it was reached, or will be.
    pub at: Option<Timestamp>,
    /// How long after the one before, seconds, if it is a step.
    pub delay_secs: Option<u32>,
    /// The pages it led to.
    pub pages: Vec<PageView>,
    /// Whom it would tell, for rungs without pages.
    pub people: Vec<(PersonId, String)>,
}

/// All rungs of the current generation, and what came before it.
#[derive(Debug, Clone, Default)]
pub struct Ladder {
    /// The current generation's.
    pub rungs: Vec<Rung>,
    /// Rounds through all steps that are still to come after this one.
    pub rounds_left: u32,
    /// Pages of earlier generations, newest first.
    pub earlier: Vec<PageView>,
}

/// The outcomes of attempts by page.
fn tries<'a>(
    pages: &HashMap<PageId, &Page>,
    entries: impl Iterator<Item = &'a Recorded>,
) -> HashMap<PageId, Vec<Try>> {
    let mut ordered: Vec<(u64, PageId, Try)> = Vec::new();
    for entry in entries {
        let (AggregateId::Page(id), Event::Page(event)) = (entry.aggregate, &entry.event) else { continue };
        let (channel, outcome) = match event {
            PageEvent::Delivered { channel, receipt } => {
                (*channel, TryOutcome::Delivered { receipt: receipt.clone() })
            }
            PageEvent::AttemptFailed { channel, error, retry_at, .. } => {
                (*channel, TryOutcome::Failed { error: error.clone(), retry_at: *retry_at })
            }
            _ => continue,
        };
        let Some(kind) = pages.get(&id).and_then(|p| p.channels.get(channel)) else { continue };
        ordered.push((entry.seq, id, Try { channel: kind.contact.kind(), at: entry.at, outcome }));
    }
    ordered.sort_by_key(|(seq, _, _)| *seq);
    let mut out: HashMap<PageId, Vec<Try>> = HashMap::new();
    for (_, id, one) in ordered {
        out.entry(id).or_default().push(one);
    }
    out
}

fn state_of(page: &Page) -> PageState {
    if let Some(end) = page.end {
        return PageState::Ended(end);
    }
    if page.channels.is_empty() {
        PageState::Unreachable
    } else if page.delivered_at.is_some() {
        PageState::Delivered
    } else if page.progress.iter().any(|p| p.tried > 0) {
        PageState::Failing
    } else {
        PageState::Pending
    }
}

/// One page, ready to be drawn.
pub fn view(page: &Page, mut tries: Vec<Try>, teller: &Teller<'_>, incident: &Incident) -> PageView {
    for (channel, progress) in page.channels.iter().zip(&page.progress).take(page.begun) {
        let waits =
            page.end.is_none() && !progress.delivered && !progress.given_up && progress.retry_at.is_none();
        if waits {
            let (channel, at) = (channel.contact.kind(), page.requested_at);
            tries.push(Try { channel, at, outcome: TryOutcome::Pending });
        }
    }
    let next = page.next_channel_at.filter(|_| page.end.is_none());
    PageView {
        name: teller.person_name(page.person_id),
        why: teller.why_paged(page.person_id, &page.why, Some(incident)),
        state: state_of(page),
        next_channel: next.and_then(|at| Some((page.channels.get(page.begun)?.contact.kind(), at))),
        page: page.clone(),
        tries,
    }
}

/// All pages of an incident, ready to be drawn. `entries` are those of the journal that tell outcomes.
pub fn views(
    pages: &[Page],
    entries: &[Recorded],
    teller: &Teller<'_>,
    incident: &Incident,
) -> Vec<PageView> {
    let by_id: HashMap<PageId, &Page> = pages.iter().map(|p| (p.id, p)).collect();
    let mut tries = tries(&by_id, entries.iter());
    pages.iter().map(|p| view(p, tries.remove(&p.id).unwrap_or_default(), teller, incident)).collect()
}

/// Puts the ladder together.
pub fn ladder(incident: &Incident, views: Vec<PageView>, roster: &Roster, teller: &Teller<'_>) -> Ladder {
    let (now, mut earlier): (Vec<_>, Vec<_>) =
        views.into_iter().partition(|v| v.page.generation == incident.generation);
    earlier.reverse();
    let mut by_kind: BTreeMap<RungKind, Vec<PageView>> = BTreeMap::new();
    for view in now {
        by_kind.entry(kind_of(&view.page.why)).or_default().push(view);
    }
    let names = |people: &[PersonId]| people.iter().map(|id| (*id, teller.person_name(*id))).collect();
    let mut rungs = reached(incident, &mut by_kind);
    let mut rounds_left = 0;
    if let Some(escalation) = &incident.escalation {
        let to_come = coming(escalation, roster);
        rounds_left = to_come.iter().map(|c| c.round).max().unwrap_or(0).saturating_sub(escalation.round);
        let shown = to_come.iter().filter(|c| c.step.is_none() || c.round == escalation.round);
        rungs.extend(shown.map(|c| Rung {
            kind: c.step.map_or(RungKind::Fallback, |step| RungKind::Step { round: c.round, step }),
            state: RungState::Waiting,
            at: Some(c.at),
            delay_secs: delay(incident, c),
            pages: Vec::new(),
            people: names(&c.people),
        }));
        if to_come.is_empty() && escalation.status != EscalationStatus::Exhausted {
            rungs.extend((escalation.next_step..escalation.policy.steps.len()).map(|step| Rung {
                kind: RungKind::Step { round: escalation.round, step },
                state: RungState::Spared,
                at: None,
                delay_secs: escalation.policy.steps.get(step).map(|s| s.delay_secs),
                pages: Vec::new(),
                people: names(&people_of_step(&escalation.policy, step, roster)),
            }));
        }
    }
    for (kind, pages) in by_kind {
        rungs.push(rung(kind, pages, None));
    }
    activate(incident, &mut rungs);
    Ladder { rungs, rounds_left, earlier }
}

fn kind_of(why: &WhyPaged) -> RungKind {
    match why {
        WhyPaged::Step { step, round, .. } => RungKind::Step { round: *round, step: *step },
        WhyPaged::Exhausted | WhyPaged::NobodyToPage => RungKind::Fallback,
        WhyPaged::Requested { .. } | WhyPaged::HandedOver { .. } => RungKind::Requested,
    }
}

fn rung(kind: RungKind, pages: Vec<PageView>, delay_secs: Option<u32>) -> Rung {
    let at = pages.iter().map(|v| v.page.requested_at).min();
    Rung { kind, state: RungState::Done, at, delay_secs, pages, people: Vec::new() }
}

fn delay(incident: &Incident, coming: &Coming) -> Option<u32> {
    let policy = &incident.escalation.as_ref()?.policy;
    policy.steps.get(coming.step?).map(|s| s.delay_secs)
}

/// The steps that were reached, in order; those of them that reached nobody have no pages.
fn reached(incident: &Incident, by_kind: &mut BTreeMap<RungKind, Vec<PageView>>) -> Vec<Rung> {
    let Some(escalation) = &incident.escalation else { return Vec::new() };
    let steps = escalation.policy.steps.len();
    let mut out = Vec::new();
    for round in 0..=escalation.round {
        let end = if round == escalation.round { escalation.next_step.min(steps) } else { steps };
        for step in 0..end {
            let kind = RungKind::Step { round, step };
            let pages = by_kind.remove(&kind).unwrap_or_default();
            let delay_secs = escalation.policy.steps.get(step).map(|s| s.delay_secs);
            out.push(rung(kind, pages, delay_secs));
        }
    }
    out
}

/// The rung that was reached last counts while nobody has taken the incident.
fn activate(incident: &Incident, rungs: &mut [Rung]) {
    if incident.acknowledged || !incident.status.is_active() {
        return;
    }
    let last = rungs.iter_mut().rfind(|r| r.state == RungState::Done && r.kind != RungKind::Requested);
    if let Some(rung) = last {
        rung.state = RungState::Active;
    }
}
