//! R13–R15: the checker walks every escalation itself, under the policy that was in force when it began, and compares.

use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::catalog::EscalationPolicy;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{IncidentEvent, IncidentSource};

use super::Findings;
use super::catalog::History;
use super::pages::paged_by;
use super::sky::Sky;
use super::story::{About, Entry, IncidentStory, Stories};
use crate::sim::Simulated;
use crate::sim::ledger::{Answer, At, Deed};
use crate::sim::node::CLOCKS_APART;

/// From a step's deadline to its decision while nothing is wrong, microseconds.
const IN_TIME: At = 5_000_000;
/// The same after something went wrong.
const AFTER_TROUBLE: At = 10_000_000;

pub(super) fn check(
    run: &Simulated,
    stories: &Stories<'_>,
    sky: &Sky,
    catalog: &History,
    found: &mut Findings<'_>,
) {
    for story in stories.incidents.values().filter(|s| !History::is_own(s.service)) {
        let mut walker = Walker { run, sky, catalog, story, found, walk: None, at: 0, stamped: None };
        for (place, entry) in story.entries.iter().enumerate() {
            walker.see(place, entry);
        }
        walker.finish();
    }
}

/// An escalation as it should be going on.
#[derive(Debug, Clone)]
struct Walk {
    policy: EscalationPolicy,
    /// The step that comes next, and in which round.
    next: usize,
    round: u32,
    /// When it comes, by the clock of whoever decided.
    deadline: Timestamp,
    /// When that was committed, true time.
    since: At,
    /// When that was decided: true time, and what the clock showed.
    decided: At,
    decided_wall: Timestamp,
    /// The commit in which the last step was passed over: the next one follows in the same.
    passing: Option<u64>,
}

struct Walker<'a, 'b, 'f> {
    run: &'a Simulated,
    sky: &'a Sky,
    catalog: &'a History,
    story: &'a IncidentStory<'a>,
    found: &'b mut Findings<'f>,
    walk: Option<Walk>,
    /// Where in the story the walker is.
    at: At,
    /// The policy of the last escalation, which a new alarm after a silent acknowledgement uses again.
    stamped: Option<EscalationPolicy>,
}

impl Walker<'_, '_, '_> {
    fn report(&mut self, rule: &'static str, what: impl Into<String>) {
        self.found.report(rule, what, About::Incident(self.story.id).near(self.at));
    }

    /// The instants at which the deciding node may have seen the catalogue.
    fn views(&self, at: At) -> Vec<At> {
        self.catalog.views(self.sky.stale_since(at, self.run), at)
    }

    fn together(&self, commit: u64) -> impl Iterator<Item = &IncidentEvent> {
        self.story.entries.iter().filter(move |e| e.commit == commit).map(|e| e.event)
    }

    fn see(&mut self, place: usize, entry: &Entry<'_, IncidentEvent>) {
        self.at = entry.at;
        if self.walk.as_ref().is_some_and(|w| w.passing.is_some_and(|commit| commit != entry.commit)) {
            self.report("R14", "a step that reaches nobody did not pass on at once");
        }
        match entry.event {
            IncidentEvent::Declared { .. } => self.declared(entry),
            IncidentEvent::EscalationStarted { policy, .. } => self.started(place, entry, policy),
            IncidentEvent::StepReached { step: None, .. } => self.awaited(entry),
            IncidentEvent::StepReached { step: Some(step), round, .. } => self.reached(entry, *step, *round),
            IncidentEvent::EscalationExhausted { nobody, .. } => self.exhausted(entry, *nobody),
            IncidentEvent::Acknowledged { .. } => self.stop(entry),
            IncidentEvent::DeadlinesMoved { next_at: Some(next_at), .. } => self.moved(entry, *next_at),
            IncidentEvent::HandedOver { to, untaken, .. } => {
                self.by_somebody(entry, "handed over", |deed| deed == Deed::HandOver(*to));
                // As long as nobody has taken it, it goes on.
                if !untaken {
                    self.stop(entry);
                }
            }
            IncidentEvent::Resolved { cause, .. } => {
                if *cause == hansei_domain::incident::ResolveCause::Person {
                    self.by_somebody(entry, "resolved", |deed| deed == Deed::Resolve);
                }
                self.stop(entry);
            }
            IncidentEvent::MergedInto { target, .. } => {
                self.by_somebody(entry, "merged", |deed| deed == Deed::Merge(*target));
                self.stop(entry);
            }
            _ => {}
        }
    }

    /// What stops an escalation by a person's word was a person's word.
    fn by_somebody(&mut self, entry: &Entry<'_, IncidentEvent>, what: &str, is: impl Fn(Deed) -> bool) {
        let witnessed = self.run.ledger.acts.iter().any(|a| {
            a.incident == self.story.id
                && is(a.what)
                && a.answer != Answer::No("forbidden")
                && a.began <= entry.at
                && entry.at <= a.ended
                && entry.actor.person() == Some(a.person)
        });
        if !witnessed {
            self.report("R13", format!("it was {what}, but nobody did that"));
        }
    }

    /// Monitoring's incidents tell people exactly if their rule says so.
    fn declared(&mut self, entry: &Entry<'_, IncidentEvent>) {
        let IncidentEvent::Declared { source: IncidentSource::Monitoring, severity, .. } = entry.event else {
            return;
        };
        let Some(service) = self.story.service else { return };
        let says: Vec<bool> = self
            .views(entry.at)
            .into_iter()
            .filter_map(|at| self.catalog.rule(service, at).map(|rule| *severity <= rule.page_up_to))
            .collect();
        let started =
            self.together(entry.commit).any(|e| matches!(e, IncidentEvent::EscalationStarted { .. }));
        if !says.contains(&started) {
            self.report("R13", format!("told people: {started}, its rule says otherwise"));
        }
    }

    fn started(&mut self, place: usize, entry: &Entry<'_, IncidentEvent>, policy: &EscalationPolicy) {
        self.stop(entry);
        let again =
            self.together(entry.commit).any(|e| matches!(e, IncidentEvent::AcknowledgementExpired { .. }));
        let views = self.views(entry.at);
        let allowed = if again {
            self.stamped.as_ref() == Some(policy)
        } else {
            views.iter().any(|at| match self.story.service {
                Some(service) => self.catalog.policy(service, *at) == Some(policy),
                // Without a service of its own: nobody's, or that of a service whose alerts it carries on.
                None => *policy == EscalationPolicy::default() || self.catalog.anybodys(policy, *at),
            })
        };
        if !allowed {
            self.report("R14", "it began under a policy that was not in force");
        }
        if place == 0 {
            self.report("R14", "an escalation before its incident");
        }
        if views.iter().all(|at| self.catalog.reaches_nobody(policy, *at)) {
            let at_once = self
                .together(entry.commit)
                .any(|e| matches!(e, IncidentEvent::EscalationExhausted { nobody: true, .. }));
            if !at_once {
                self.report("R15", "nobody can be reached, and the fallback was not told at once");
            }
        }
        self.stamped = Some(policy.clone());
        self.walk = Some(Walk {
            policy: policy.clone(),
            next: 0,
            round: 0,
            deadline: entry.wall,
            since: entry.at,
            decided: self.decided(entry),
            decided_wall: entry.wall,
            passing: None,
        });
    }

    fn awaited(&mut self, entry: &Entry<'_, IncidentEvent>) {
        let Some(walk) = self.walk.as_mut() else {
            return self.report("R14", "a step is awaited where nothing runs");
        };
        let first = walk.policy.steps.first().map_or(0, |s| s.delay_secs);
        let (begins, at_start) = (hansei_domain::plus_secs(entry.wall, first), walk.since == entry.at);
        walk.deadline = begins;
        if !(at_start && first > 0) {
            self.report("R14", "a step was put off");
        }
    }

    /// The clock was set back, and the step waits its delay anew.
    fn moved(&mut self, entry: &Entry<'_, IncidentEvent>, next_at: Timestamp) {
        let decided = self.decided(entry);
        let Some(walk) = self.walk.as_mut() else {
            return self.report("R20", "a deadline was moved where nothing runs");
        };
        let wait = walk.policy.steps.get(walk.next).map_or(walk.policy.exhaust_after_secs, |s| s.delay_secs);
        let right = next_at == hansei_domain::plus_secs(entry.wall, wait);
        walk.deadline = next_at;
        walk.since = entry.at;
        walk.decided = decided;
        walk.decided_wall = entry.wall;
        if !right {
            self.report("R20", "a deadline was moved by something else than its own delay");
        }
    }

    /// The step that must come now; `None` = the fallback.
    fn expected(walk: &Walk) -> Option<(usize, u32)> {
        if walk.next < walk.policy.steps.len() {
            return Some((walk.next, walk.round));
        }
        (walk.round < walk.policy.repeat && !walk.policy.steps.is_empty()).then_some((0, walk.round + 1))
    }

    fn reached(&mut self, entry: &Entry<'_, IncidentEvent>, step: usize, round: u32) {
        let Some(mut walk) = self.walk.take() else {
            return self.report("R14", format!("step {step} was reached where nothing runs"));
        };
        if Self::expected(&walk) != Some((step, round)) {
            let wanted = Self::expected(&walk);
            self.report("R14", format!("step {step} of round {round} came, {wanted:?} was next"));
        }
        self.on_time(&walk, entry);
        let told: Vec<PersonId> = paged_by(entry.event).iter().map(|p| p.person_id).collect();
        let targets = walk.policy.steps.get(step).map(|s| s.targets.clone()).unwrap_or_default();
        let right = self.views(entry.at).iter().any(|at| self.catalog.people_of(&targets, *at) == told);
        if !right {
            self.report("R14", format!("step {step} told {told:?}, its targets are others"));
        }
        let wait = walk.policy.steps.get(step + 1).map_or(walk.policy.exhaust_after_secs, |s| s.delay_secs);
        walk.next = step + 1;
        walk.round = round;
        walk.since = entry.at;
        walk.decided = self.decided(entry);
        walk.decided_wall = entry.wall;
        walk.deadline = if told.is_empty() { entry.wall } else { hansei_domain::plus_secs(entry.wall, wait) };
        walk.passing = told.is_empty().then_some(entry.commit);
        self.walk = Some(walk);
    }

    fn exhausted(&mut self, entry: &Entry<'_, IncidentEvent>, nobody: bool) {
        let Some(walk) = self.walk.take() else {
            return self.report("R14", "the end was reached where nothing runs");
        };
        let views = self.views(entry.at);
        let unreachable = views.iter().any(|at| self.catalog.reaches_nobody(&walk.policy, *at));
        if Self::expected(&walk).is_some() && !unreachable {
            self.report("R14", "the fallback was told before all steps were walked");
        }
        if nobody && !unreachable {
            self.report("R15", "it says that nobody can be reached, which is not so");
        }
        self.on_time(&walk, entry);
        let told: Vec<PersonId> = paged_by(entry.event).iter().map(|p| p.person_id).collect();
        let in_any_order = |mut people: Vec<PersonId>| {
            people.sort_unstable();
            people
        };
        let told = in_any_order(told);
        if !views.iter().any(|at| in_any_order(self.catalog.fallback(*at)) == told) || told.is_empty() {
            self.report("R15", format!("the fallback is others than {told:?}"));
        }
    }

    /// Not early by the clock of whoever decided, and not late while nothing was in the way.
    fn on_time(&mut self, walk: &Walk, entry: &Entry<'_, IncidentEvent>) {
        let skew = 2 * CLOCKS_APART;
        if walk.passing.is_none() && entry.wall.as_microsecond() + skew < walk.deadline.as_microsecond() {
            let early = walk.deadline.duration_since(entry.wall);
            self.report("R14", format!("a step came {early} early"));
        }
        self.not_late(walk, entry.at);
        self.truly_waited(walk, entry);
    }

    /// Time that really passed, where no clock was set: clocks that are apart must not shorten a step (R21).
    fn truly_waited(&mut self, walk: &Walk, entry: &Entry<'_, IncidentEvent>) {
        if walk.passing.is_some() || self.sky.clock_moved(walk.decided, entry.at) {
            return;
        }
        let waited = entry.at - walk.decided;
        let wait = walk.deadline.duration_since(walk.decided_wall).as_micros();
        if i128::from(waited) + 1_000_000 < wait {
            self.report("R21", "a step came early by true time: two clocks disagree");
        }
    }

    /// The true time at which an entry was decided; it was committed a little later.
    fn decided(&self, entry: &Entry<'_, IncidentEvent>) -> At {
        self.sky.true_time(entry.process, entry.wall, entry.at)
    }

    fn not_late(&mut self, walk: &Walk, until: At) {
        let troubled = self.sky.disturbed(walk.since - 60_000_000, until);
        let bound = if troubled { AFTER_TROUBLE } else { IN_TIME };
        let wait = walk.deadline.duration_since(walk.decided_wall).as_micros();
        let due = walk.decided.saturating_add(At::try_from(wait).unwrap_or(At::MAX));
        let idle = self.sky.idle(walk.since, until, due);
        if idle > bound {
            let what = format!(
                "the step due at {} waited {} s while nothing was in the way",
                walk.deadline,
                idle / 1_000_000
            );
            self.report("R14", what);
        }
    }

    /// Something ended the escalation; until then it must not have been late.
    fn stop(&mut self, entry: &Entry<'_, IncidentEvent>) {
        if let Some(walk) = self.walk.take() {
            self.not_late(&walk, entry.at);
        }
    }

    fn finish(&mut self) {
        if let Some(walk) = self.walk.take() {
            self.not_late(&walk, self.run.spans.2);
        }
        let system = self.story.entries.iter().find(|e| {
            matches!(e.event, IncidentEvent::StepReached { .. } | IncidentEvent::EscalationExhausted { .. })
                && matches!(e.actor, Actor::Integration { .. })
                && e.commit != self.story.entries.first().map_or(0, |first| first.commit)
                && !self.started_with(e.commit)
        });
        if system.is_some() {
            self.report("R14", "a sender moved an escalation on");
        }
    }

    fn started_with(&self, commit: u64) -> bool {
        self.together(commit).any(|e| matches!(e, IncidentEvent::EscalationStarted { .. }))
    }
}
