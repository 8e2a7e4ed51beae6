//! R3, R12: what people were told is true, once, and a link takes only the generation it was made for.

use std::collections::{BTreeMap, BTreeSet};

use hansei_domain::access::{Actor, Via};
use hansei_domain::ids::{IncidentId, PersonId};
use hansei_domain::incident::{IncidentEvent, ResolveCause};
use hansei_domain::signal::SignalAction;

use super::Findings;
use super::course::Course;
use super::story::{About, Entry, IncidentStory, Spot, Stories};
use crate::sim::Simulated;
use crate::sim::ledger::{Act, Answer, Deed};

pub(super) fn check(run: &Simulated, stories: &Stories<'_>, found: &mut Findings<'_>) {
    let mut acts: BTreeMap<IncidentId, Vec<&Act>> = BTreeMap::new();
    for act in &run.ledger.acts {
        acts.entry(act.incident).or_default().push(act);
    }
    for story in stories.incidents.values() {
        let acts = acts.get(&story.id).map(Vec::as_slice).unwrap_or_default();
        promises(story, stories, acts, found);
        takings(run, story, stories, acts, found);
    }
    declarations(run, stories, found);
}

/// The generation of an incident after the entries up to an instant.
fn generation_at(story: &IncidentStory<'_>, at: i64) -> u32 {
    generation_after(story, |e| e.at <= at)
}

/// The generation of an incident after its first entries, counted by the checker: one more each time it alarms anew.
fn generation_after(story: &IncidentStory<'_>, counts: impl Fn(&Entry<'_, IncidentEvent>) -> bool) -> u32 {
    let (mut generation, mut alarmed) = (1, false);
    for entry in story.entries.iter().take_while(|e| counts(e)) {
        let together = |is: fn(&IncidentEvent) -> bool| {
            story.entries.iter().any(|other| other.commit == entry.commit && is(other.event))
        };
        match entry.event {
            IncidentEvent::Reopened { .. } => {
                generation += 1;
                alarmed = false;
            }
            IncidentEvent::AcknowledgementExpired { .. } => generation += 1,
            IncidentEvent::EscalationStarted { .. } => {
                let counted = together(|e| {
                    matches!(
                        e,
                        IncidentEvent::Declared { .. }
                            | IncidentEvent::Reopened { .. }
                            | IncidentEvent::AcknowledgementExpired { .. }
                    )
                });
                // The first alarm belongs to the generation as it is, unless somebody asked for it by hand.
                let first = !alarmed
                    && (entry.actor.person().is_none()
                        || together(|e| {
                            matches!(
                                e,
                                IncidentEvent::SeverityChanged { .. } | IncidentEvent::Absorbed { .. }
                            )
                        }));
                generation += u32::from(!counted && !first);
                alarmed = true;
            }
            _ => {}
        }
    }
    generation
}

/// What somebody was told "yes" to was so at some moment while they were being answered.
fn promises(story: &IncidentStory<'_>, stories: &Stories<'_>, acts: &[&Act], found: &mut Findings<'_>) {
    for act in acts.iter().filter(|a| a.answer == Answer::Yes) {
        let was =
            |so: fn(&Course, Deed) -> bool| story.during(act.began, act.ended).any(|now| so(now, act.what));
        let kept = match act.what {
            Deed::Acknowledge => was(|now, _| now.taken),
            Deed::Resolve => was(|now, _| now.over),
            Deed::HandOver(_) => was(|now, what| now.holder.map(Deed::HandOver) == Some(what)),
            Deed::Merge(_) => was(|now, what| now.merged_into.is_some_and(|into| what == Deed::Merge(into))),
            Deed::Reopen => was(|now, _| now.active),
            Deed::Escalate => was(|now, _| now.alarmed),
            Deed::Request | Deed::Other(_) => true,
        };
        if !kept {
            let what = format!("{:?} was confirmed and was not so at that moment", act.what);
            found.report("R12", what, About::Incident(story.id).near(act.ended));
        }
    }
    // A refusal for being old must be true, too.
    for act in acts.iter().filter(|a| a.answer == Answer::No("stale_generation")) {
        let page = act.page.and_then(|id| stories.pages.get(&id));
        let same = page.is_some_and(|p| {
            p.generation == generation_at(story, act.began) && p.generation == generation_at(story, act.ended)
        });
        if same {
            found.report(
                "R12",
                "a link was called old although it was not",
                About::Incident(story.id).near(act.ended),
            );
        }
    }
}

/// Every taking was somebody's act, of the right generation, and there is one of each generation.
fn takings(
    run: &Simulated,
    story: &IncidentStory<'_>,
    stories: &Stories<'_>,
    acts: &[&Act],
    found: &mut Findings<'_>,
) {
    let mut taken: BTreeMap<u32, bool> = BTreeMap::new();
    for entry in &story.entries {
        let about = About::Incident(story.id).near(entry.at);
        let real = generation_after(story, |e| e.seq < entry.seq);
        let (by, generation) = match entry.event {
            IncidentEvent::Acknowledged { by, generation, .. } => (by, generation),
            IncidentEvent::Resolved { cause: ResolveCause::Person, .. } => {
                if let Some(person) = entry.actor.person() {
                    by_person(entry, Deed::Resolve, person, real, stories, acts, found, about);
                }
                continue;
            }
            _ => continue,
        };
        if *generation != real {
            found.report("R12", format!("generation {generation} was taken while {real} alarmed"), about);
        }
        // A person may take what only the sender's side had taken.
        let before = taken.insert(*generation, by.is_some());
        if before.is_some_and(|person| person || by.is_none()) {
            found.report("R12", format!("generation {generation} was taken twice"), about);
        }
        match by {
            Some(person) => {
                by_person(entry, Deed::Acknowledge, *person, *generation, stories, acts, found, about);
            }
            None if said_by_sender(run, story, entry.at) => {}
            None => found.report("R13", "it was taken by nobody's word", about),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "what was done, by whom, to what, and who may have seen it")]
fn by_person(
    entry: &Entry<'_, IncidentEvent>,
    deed: Deed,
    person: PersonId,
    generation: u32,
    stories: &Stories<'_>,
    acts: &[&Act],
    found: &mut Findings<'_>,
    about: Spot,
) {
    let by_link = matches!(entry.actor, Actor::Person { via: Via::Link | Via::Mail, .. });
    let witnesses: Vec<&&Act> = acts
        .iter()
        .filter(|a| {
            a.person == person
                && a.what == deed
                && a.began <= entry.at
                && entry.at <= a.ended
                && a.page.is_some() == by_link
        })
        .collect();
    if witnesses.is_empty() {
        found.report("R13", format!("{deed:?} is in the journal, but nobody did that"), about);
        return;
    }
    // Several links may have been clicked at the same moment; one of them must have been good.
    let of = |a: &Act| a.page.and_then(|id| stories.pages.get(&id)).map(|page| page.generation);
    if by_link && !witnesses.iter().any(|a| of(a) == Some(generation)) {
        let links: Vec<u32> = witnesses.iter().filter_map(|a| of(a)).collect();
        let what = format!("{deed:?} by links of generations {links:?} took generation {generation}");
        found.report("R12", what, about);
    }
}

/// Whether a sender of the incident's service acknowledged before.
fn said_by_sender(run: &Simulated, story: &IncidentStory<'_>, at: i64) -> bool {
    run.ledger.sent.iter().any(|s| {
        s.signal.action == SignalAction::Acknowledge
            && Some(s.signal.service_id) == story.service
            && s.answer != Answer::No("invalid")
            && s.began <= at
    })
}

/// The same key gave the same incident to everybody who asked.
fn declarations(run: &Simulated, stories: &Stories<'_>, found: &mut Findings<'_>) {
    let mut told: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for declared in &run.ledger.declared {
        told.entry(&declared.key).or_default().insert(declared.number);
    }
    let mut titles: BTreeMap<String, u32> = BTreeMap::new();
    for story in stories.incidents.values() {
        if let Some(IncidentEvent::Declared { title, .. }) = story.entries.first().map(|e| e.event) {
            *titles.entry(title.clone()).or_default() += 1;
        }
    }
    for (key, numbers) in &told {
        if numbers.len() != 1 {
            found.report("R3", format!("{key} was answered with {numbers:?}"), About::Nothing);
        }
        let title = key.replace("declare-", "Declared ");
        let made = titles.get(&title).copied().unwrap_or(0);
        if made != 1 {
            found.report("R3", format!("{key} made {made} incidents"), About::Nothing);
        }
    }
}
