//! Tests of an alert: repeats, expiry, and that the order of arrival does not matter (R4).

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::Ctx;
use crate::access::Actor;
use crate::ids::{IdSeed, KeyId, ServiceId, TypedId};
use crate::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};

fn at(secs: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + secs)
}

fn ctx(secs: i64) -> Ctx {
    Ctx::new(at(secs), Actor::System, IdSeed::new(1 << 100))
}

fn signal(action: SignalAction, occurred: Option<i64>, received: i64) -> Signal {
    Signal {
        service_id: ServiceId::from_bits(1),
        key_id: KeyId::from_bits(2),
        format: SourceFormat::Alertmanager,
        action,
        dedup_key: "disk".into(),
        content: Some(Content::plain("Disk full", AlertSeverity::Error, "db-1")),
        occurred_at: occurred.map(at),
        expires_at: None,
        received_at: at(received),
    }
}

#[derive(Default)]
struct World {
    alert: Option<Alert>,
    seen: Option<Observation>,
    events: usize,
}

impl World {
    fn feed(&mut self, signal: &Signal) -> Verdict {
        let secs = signal.received_at;
        let (events, seen, verdict) = decide(
            self.alert.as_ref(),
            self.seen.as_ref(),
            &AlertCommand::Observe(signal),
            AlertFacts::default(),
            &Ctx::new(secs, Actor::System, IdSeed::new(1 << 100)),
        );
        self.events += events.len();
        for event in &events {
            self.alert = evolve(self.alert.take(), event);
        }
        self.seen = seen.or(self.seen);
        verdict
    }

    fn firing(&self) -> bool {
        self.alert.as_ref().is_some_and(Alert::is_firing)
    }
}

#[test]
fn a_repeat_costs_no_journal_entry_and_moves_the_expiry() {
    let mut world = World::default();
    let mut first = signal(SignalAction::Trigger, Some(0), 0);
    first.expires_at = Some(at(240));
    assert_eq!(world.feed(&first), Verdict::Opened);
    let mut again = first.clone();
    again.received_at = at(60);
    again.expires_at = Some(at(300));
    assert_eq!(world.feed(&again), Verdict::Repeated);
    assert_eq!(world.events, 1);
    let seen = world.seen.unwrap();
    assert_eq!((seen.seen_count, seen.expires_at), (2, Some(at(300))));
}

#[test]
fn silence_ends_an_alert_only_after_its_expiry() {
    let mut world = World::default();
    let mut first = signal(SignalAction::Trigger, Some(0), 0);
    first.expires_at = Some(at(240));
    world.feed(&first);
    let tick = |world: &World, secs| {
        decide(
            world.alert.as_ref(),
            world.seen.as_ref(),
            &AlertCommand::Tick,
            AlertFacts::default(),
            &ctx(secs),
        )
        .2
    };
    assert_eq!(tick(&world, 239), Verdict::Nothing);
    assert_eq!(tick(&world, 240), Verdict::Expired);
}

#[test]
fn a_repeat_with_a_newer_instant_protects_against_an_old_resolve() {
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, Some(0), 0));
    assert_eq!(world.feed(&signal(SignalAction::Trigger, Some(100), 101)), Verdict::Repeated);
    assert_eq!(world.feed(&signal(SignalAction::Resolve, Some(50), 102)), Verdict::Stale);
    assert!(world.firing());
}

#[test]
fn a_trigger_after_the_incident_was_resolved_begins_a_new_episode() {
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, None, 0));
    let facts = AlertFacts { incident_resolved_at: Some(at(10)) };
    let late = signal(SignalAction::Trigger, None, 11);
    let (_, _, verdict) =
        decide(world.alert.as_ref(), world.seen.as_ref(), &AlertCommand::Observe(&late), facts, &ctx(11));
    assert_eq!(verdict, Verdict::Reopened);
}

#[test]
fn a_foreign_clock_that_lags_cannot_swallow_an_alarm() {
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, Some(0), 0));
    world.feed(&signal(SignalAction::Resolve, None, 100));
    assert_eq!(world.feed(&signal(SignalAction::Trigger, Some(-7200), 200)), Verdict::Reopened);
}

proptest! {
    /// R4: whatever the order of arrival and the number of copies, an alert fires exactly if the newest trigger is
    /// newer than the newest resolve.
    #[test]
    fn order_of_arrival_does_not_matter(
        set in prop::collection::vec((any::<bool>(), 0i64..20), 1..8),
        shuffles in prop::collection::vec(any::<prop::sample::Index>(), 24),
    ) {
        let mut arrivals: Vec<(bool, i64)> = set.clone();
        arrivals.extend(set.iter().copied());
        for (i, index) in shuffles.iter().enumerate() {
            let len = arrivals.len();
            arrivals.swap(i % len, index.index(len));
        }
        let mut world = World::default();
        for (i, (fire, when)) in arrivals.iter().enumerate() {
            let action = if *fire { SignalAction::Trigger } else { SignalAction::Resolve };
            world.feed(&signal(action, Some(*when), 1000 + i as i64));
        }
        let newest_fire = set.iter().filter(|(f, _)| *f).map(|(_, t)| *t).max();
        let newest_clear = set.iter().filter(|(f, _)| !*f).map(|(_, t)| *t).max();
        prop_assert_eq!(world.firing(), newest_fire > newest_clear, "{:?}", arrivals);
    }
}

#[test]
fn a_sender_that_was_cut_off_is_heard_again_with_its_old_start() {
    let mut world = World::default();
    let mut first = signal(SignalAction::Trigger, Some(0), 0);
    first.expires_at = Some(at(240));
    world.feed(&first);
    let (events, _, verdict) = decide(
        world.alert.as_ref(),
        world.seen.as_ref(),
        &AlertCommand::Tick,
        AlertFacts::default(),
        &ctx(300),
    );
    assert_eq!(verdict, Verdict::Expired);
    for event in &events {
        world.alert = evolve(world.alert.take(), event);
    }
    let mut again = signal(SignalAction::Trigger, Some(0), 400);
    again.expires_at = Some(at(640));
    assert_eq!(world.feed(&again), Verdict::Reopened, "the silence was ours, not the sender's word");
    assert_eq!(world.seen.unwrap().expires_at, Some(at(640)));
}

#[test]
fn our_own_clock_set_back_swallows_neither_alarm_nor_end() {
    let day = 86_400;
    let mut world = World::default();
    assert_eq!(world.feed(&signal(SignalAction::Trigger, None, day)), Verdict::Opened);
    assert_eq!(world.feed(&signal(SignalAction::Resolve, None, 10)), Verdict::Resolved);
    assert_eq!(world.feed(&signal(SignalAction::Trigger, None, 5)), Verdict::Reopened);
    assert_eq!(world.feed(&signal(SignalAction::Trigger, Some(3), 4)), Verdict::Repeated);
    assert_eq!(world.feed(&signal(SignalAction::Resolve, None, 2)), Verdict::Resolved);
}

#[test]
fn a_repeated_end_without_a_senders_clock_costs_no_journal_entry() {
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, None, 0));
    world.feed(&signal(SignalAction::Resolve, None, 10));
    let events = world.events;
    assert_eq!(world.feed(&signal(SignalAction::Resolve, None, 20)), Verdict::Repeated);
    assert_eq!(world.events, events);
    assert_eq!(world.seen.unwrap().seen_count, 3);
}

fn expiring(occurred: i64, received: i64) -> Signal {
    let mut trigger = signal(SignalAction::Trigger, Some(occurred), received);
    trigger.expires_at = Some(at(received + 240));
    trigger
}

impl World {
    fn tick(&mut self, secs: i64) -> Verdict {
        let tick = AlertCommand::Tick;
        let (events, _, verdict) =
            decide(self.alert.as_ref(), self.seen.as_ref(), &tick, AlertFacts::default(), &ctx(secs));
        for event in &events {
            self.alert = evolve(self.alert.take(), event);
        }
        verdict
    }
}

#[test]
fn of_two_replicas_either_keeps_the_alert_alive() {
    let mut world = World::default();
    world.feed(&expiring(0, 0));
    assert_eq!(world.feed(&expiring(15, 16)), Verdict::Repeated, "the other one saw it begin later");
    for minute in 1..=20 {
        assert_eq!(world.feed(&expiring(0, minute * 60)), Verdict::Stale);
        assert_eq!(world.tick(minute * 60 + 59), Verdict::Nothing, "minute {minute}");
    }
    assert_eq!(world.tick(20 * 60 + 240), Verdict::Expired, "silence still ends it");
}

#[test]
fn a_late_copy_of_a_trigger_does_not_revive_what_has_ended() {
    let mut world = World::default();
    world.feed(&expiring(0, 0));
    world.feed(&signal(SignalAction::Resolve, Some(60), 61));
    assert_eq!(world.feed(&expiring(0, 62)), Verdict::Stale);
    assert_eq!((world.firing(), world.seen.unwrap().expires_at), (false, None));
}

#[test]
fn a_senders_clock_that_was_ahead_once_does_not_spoil_the_next_episode() {
    let day = 86_400;
    let mut world = World::default();
    world.feed(&expiring(day, 0));
    assert_eq!(world.tick(240), Verdict::Expired);
    assert_eq!(world.feed(&expiring(300, 301)), Verdict::Reopened);
    assert_eq!(world.feed(&expiring(300, 361)), Verdict::Repeated, "not measured against the last episode");
    assert_eq!(world.feed(&signal(SignalAction::Resolve, Some(400), 401)), Verdict::Resolved);
}

#[test]
fn a_senders_clock_that_was_ahead_once_does_not_keep_its_end_from_counting() {
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, Some(30 * 86_400), 0));
    assert_eq!(world.feed(&signal(SignalAction::Resolve, Some(60), 61)), Verdict::Resolved);
    assert_eq!(world.feed(&signal(SignalAction::Trigger, Some(120), 121)), Verdict::Reopened);
    assert_eq!(world.feed(&signal(SignalAction::Resolve, Some(90), 122)), Verdict::Stale, "R4 goes on");
}

#[test]
fn new_words_of_a_sender_that_repeats_itself_are_told_now_and_then() {
    let worded = |value: &str, received: i64| {
        let mut signal = expiring(0, received);
        if let Some(content) = signal.content.as_mut() {
            content.summary = format!("Disk {value} full");
            content.annotations = vec![("value".into(), value.into())];
            content.client_url = Some(format!("http://replica-{value}/"));
        }
        signal
    };
    let mut world = World::default();
    assert_eq!(world.feed(&worded("91 %", 0)), Verdict::Opened);
    for minute in 1..15 {
        assert_eq!(world.feed(&worded(&format!("{minute} %"), minute * 60)), Verdict::Repeated);
    }
    assert_eq!(world.feed(&worded("99 %", 900)), Verdict::Changed);
    assert_eq!(world.feed(&worded("98 %", 960)), Verdict::Repeated);
    assert_eq!(world.events, 2);
    let mut worse = worded("98 %", 970);
    if let Some(content) = worse.content.as_mut() {
        content.severity = AlertSeverity::Critical;
    }
    assert_eq!(world.feed(&worse), Verdict::Changed, "what matters is told at once");
    let mut set_back = worded("97 %", -9_000);
    if let Some(content) = set_back.content.as_mut() {
        content.severity = AlertSeverity::Critical;
    }
    assert_eq!(world.feed(&set_back), Verdict::Changed, "our clock set back does not hold words up");
}

#[test]
fn new_words_of_a_sender_that_may_never_say_them_again_are_told_at_once() {
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, None, 0));
    let mut other = signal(SignalAction::Trigger, None, 1);
    if let Some(content) = other.content.as_mut() {
        content.summary = "Disk fuller".into();
    }
    assert_eq!(world.feed(&other), Verdict::Changed);
}

#[test]
fn a_late_acknowledgement_is_about_nothing_that_fires() {
    let ack = |occurred, received| signal(SignalAction::Acknowledge, occurred, received);
    let mut world = World::default();
    world.feed(&signal(SignalAction::Trigger, Some(0), 0));
    assert_eq!(world.feed(&ack(None, 5)), Verdict::Acknowledged);
    world.feed(&signal(SignalAction::Resolve, Some(10), 10));
    assert_eq!(world.feed(&ack(None, 11)), Verdict::AcknowledgedLate, "it is over");
    world.feed(&signal(SignalAction::Trigger, Some(20), 20));
    assert_eq!(world.feed(&ack(Some(5), 21)), Verdict::AcknowledgedLate, "it means the episode before");
    assert_eq!(world.feed(&ack(Some(21), 22)), Verdict::Acknowledged);
}
