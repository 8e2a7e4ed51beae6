//! When a signal may be taken for a repeat, and when not.

use hansei_domain::ids::{KeyId, TypedId};
use hansei_domain::signal::{AlertSeverity, SourceFormat};
use hansei_domain::{Timestamp, plus_secs};

use super::*;

fn signal(action: SignalAction, summary: &str, secs: u32) -> Signal {
    Signal {
        service_id: ServiceId::from_bits(1),
        key_id: KeyId::from_bits(1),
        format: SourceFormat::Json,
        action,
        dedup_key: "disk".into(),
        content: Some(Content::plain(summary, AlertSeverity::Error, "db-1")),
        occurred_at: None,
        expires_at: None,
        received_at: plus_secs(Timestamp::UNIX_EPOCH, secs),
    }
}

fn fires(known: &Known, trigger: &Signal) -> Decided {
    let seen = Observation {
        last_seen_at: trigger.received_at,
        last_fired: Some(trigger.moment()),
        seen_count: 1,
        expires_at: None,
    };
    let content = trigger.content.as_ref().map(|c| known.print(c));
    let after = After {
        alert_id: AlertId::from_bits(9),
        episode: 1,
        firing: true,
        fired: Some(trigger.moment()),
        content,
        seen,
    };
    Decided(HashMap::from([((trigger.service_id, trigger.dedup_key.clone()), after)]))
}

/// A map that knows that the alert fires.
fn knowing() -> Known {
    let known = Known::new(true);
    known.drained();
    let first = signal(SignalAction::Trigger, "Disk full", 0);
    assert!(!known.is_repeat(&first));
    known.landed([&first]);
    known.decided([&first], &fires(&known, &first), known.epoch());
    known
}

#[test]
fn a_repeat_is_noted_and_told_once() {
    let known = knowing();
    assert!(known.is_repeat(&signal(SignalAction::Trigger, "Disk full", 5)));
    let told = known.take_dirty(10);
    assert_eq!((told.len(), told[0].observation.seen_count), (1, 2));
    assert!(known.take_dirty(10).is_empty());
}

#[test]
fn another_content_and_another_action_are_no_repeats() {
    assert!(!knowing().is_repeat(&signal(SignalAction::Trigger, "Disk fuller", 5)));
    assert!(!knowing().is_repeat(&signal(SignalAction::Resolve, "Disk full", 5)));
}

#[test]
fn nothing_is_a_repeat_while_a_resolve_waits() {
    let known = knowing();
    let resolve = signal(SignalAction::Resolve, "Disk full", 5);
    assert!(!known.is_repeat(&resolve));
    assert!(!known.is_repeat(&signal(SignalAction::Trigger, "Disk full", 6)), "it is under way");
    let known = knowing();
    assert!(!known.is_repeat(&resolve));
    known.landed([&resolve]);
    assert!(!known.is_repeat(&signal(SignalAction::Trigger, "Disk full", 6)), "it waits to be decided");
}

#[test]
fn a_trigger_that_waits_is_repeated_in_memory_but_only_if_it_lies_last_for_certain() {
    let known = Known::new(true);
    let (trigger, resolve) = (signal(SignalAction::Trigger, "a", 0), signal(SignalAction::Resolve, "a", 1));
    assert!(!known.is_repeat(&trigger));
    assert!(!known.is_repeat(&trigger), "not durable yet");
    known.landed([&trigger, &trigger]);
    assert!(!known.is_repeat(&trigger), "two were under way at once");
    known.landed([&trigger]);
    assert!(known.is_repeat(&trigger));
    // A resolve and a trigger under way together: nobody knows the order, whichever is told to have landed last.
    assert!(!known.is_repeat(&resolve));
    assert!(!known.is_repeat(&trigger));
    known.landed([&resolve]);
    known.landed([&trigger]);
    assert!(!known.is_repeat(&trigger));
}

#[test]
fn what_another_door_changes_is_not_relied_on() {
    let known = knowing();
    let again = signal(SignalAction::Trigger, "Disk full", 5);
    {
        let _changing = known.change();
        assert!(!known.is_repeat(&again), "while it changes");
    }
    let known = knowing();
    let before = known.epoch();
    drop(known.change());
    assert!(!known.is_repeat(&again), "after it changed");
    known.landed([&again]);
    known.decided([&again], &fires(&known, &again), before);
    assert!(!known.is_repeat(&again), "decided on what was loaded before the change");
}

#[test]
fn before_the_inbox_was_empty_and_with_several_writers_nothing_is_a_repeat() {
    for (usable, drained) in [(true, false), (false, true)] {
        let known = Known::new(usable);
        if drained {
            known.drained();
        }
        let first = signal(SignalAction::Trigger, "Disk full", 0);
        assert!(!known.is_repeat(&first));
        known.landed([&first]);
        known.decided([&first], &fires(&known, &first), known.epoch());
        assert!(!known.is_repeat(&first));
    }
}

#[test]
fn a_later_instant_of_the_sender_is_news_whatever_it_says() {
    let at = |secs| Some(plus_secs(Timestamp::UNIX_EPOCH, secs));
    let known = Known::new(true);
    known.drained();
    let first = Signal { occurred_at: at(5), ..signal(SignalAction::Trigger, "Disk full", 6) };
    assert!(!known.is_repeat(&first));
    known.landed([&first]);
    let waiting = Signal { occurred_at: at(100), ..signal(SignalAction::Trigger, "Disk full", 101) };
    assert!(!known.is_repeat(&waiting), "what lies in the inbox says something of an earlier instant");
    known.landed([&waiting]);
    known.decided([&first, &waiting], &fires(&known, &first), known.epoch());
    let same = Signal { received_at: plus_secs(Timestamp::UNIX_EPOCH, 60), ..first.clone() };
    assert!(known.is_repeat(&same));
    let later = Signal { occurred_at: at(200), ..signal(SignalAction::Trigger, "Disk full", 201) };
    assert!(!known.is_repeat(&later), "if it were lost, a resolve of second 50 would end the alert");
}

#[test]
fn a_signal_that_may_have_landed_keeps_its_key_on_the_ordinary_way() {
    let known = knowing();
    let resolve = signal(SignalAction::Resolve, "Disk full", 5);
    assert!(!known.is_repeat(&resolve));
    known.uncertain([&resolve], 0);
    assert!(!known.is_repeat(&signal(SignalAction::Trigger, "Disk full", 6)));
}

const MINUTE: u64 = 60_000_000_000;

fn sweep_all(known: &Known, secs: u32, nanos: u64) {
    for _ in 0..SHARDS {
        known.sweep(plus_secs(Timestamp::UNIX_EPOCH, secs), nanos);
    }
}

fn count(known: &Known) -> usize {
    known.shards.iter().map(|s| s.lock().len()).sum()
}

#[test]
fn a_refused_append_is_forgotten_once_it_cannot_land_any_more() {
    let known = knowing();
    let (trigger, resolve) =
        (signal(SignalAction::Trigger, "Disk full", 6), signal(SignalAction::Resolve, "Disk full", 5));
    assert!(!known.is_repeat(&resolve));
    known.uncertain([&resolve], 0);
    known.drained();
    sweep_all(&known, 70, MINUTE);
    assert!(!known.is_repeat(&trigger), "the inbox may have been read before it landed");
    known.landed([&trigger]);
    known.decided([&trigger], &fires(&known, &trigger), known.epoch());
    known.drained();
    known.drained();
    sweep_all(&known, 70, MINUTE - 1);
    assert!(!known.is_repeat(&trigger), "it may still land");
    known.landed([&trigger]);
    known.decided([&trigger], &fires(&known, &trigger), known.epoch());
    known.drained();
    known.drained();
    sweep_all(&known, 70, MINUTE);
    assert!(known.is_repeat(&trigger));
}

#[test]
fn alerts_that_ended_by_another_door_are_forgotten() {
    let known = knowing();
    drop(known.change());
    sweep_all(&known, 599, 0);
    assert_eq!(count(&known), 1, "it was heard lately");
    sweep_all(&known, 600, 0);
    assert_eq!(count(&known), 0);
    let known = knowing();
    sweep_all(&known, 6_000, 0);
    assert_eq!(count(&known), 1, "what is known to fire is kept");
}

#[test]
fn how_long_an_alert_lives_is_not_forgotten() {
    let known = Known::new(true);
    known.drained();
    let until = |secs| Some(plus_secs(Timestamp::UNIX_EPOCH, secs));
    let first = Signal { expires_at: until(2_000), ..signal(SignalAction::Trigger, "a", 0) };
    assert!(!known.is_repeat(&first));
    known.landed([&first]);
    let mut decided = fires(&known, &first);
    decided.0.values_mut().for_each(|after| after.seen.expires_at = first.expires_at);
    known.decided([&first], &decided, known.epoch());
    assert!(known.is_repeat(&Signal { expires_at: until(3_000), ..first }));
    drop(known.change());
    known.take_dirty(10);
    sweep_all(&known, 2_500, 0);
    assert_eq!(count(&known), 1, "the store knows of second 2,000 only");
    sweep_all(&known, 3_000, 0);
    assert_eq!(count(&known), 0);
}

#[test]
fn there_are_repeats_again_when_there_is_room_again() {
    let known = knowing();
    let again = signal(SignalAction::Trigger, "Disk full", 5);
    known.full.store(true, Ordering::SeqCst);
    *known.uncounted.lock() = Some((None, known.drains.load(Ordering::SeqCst)));
    sweep_all(&known, 5, 0);
    known.drained();
    known.drained();
    sweep_all(&known, 5, MINUTE - 1);
    assert!(known.full.load(Ordering::SeqCst), "what was not counted may still wait");
    sweep_all(&known, 5, MINUTE);
    assert!(known.is_repeat(&again));
}

#[test]
fn an_older_instant_of_another_replica_is_a_repeat_and_keeps_the_newest() {
    let at = |secs| Some(plus_secs(Timestamp::UNIX_EPOCH, secs));
    let known = Known::new(true);
    known.drained();
    let newer = Signal { occurred_at: at(15), ..signal(SignalAction::Trigger, "Disk full", 16) };
    assert!(!known.is_repeat(&newer));
    known.landed([&newer]);
    known.decided([&newer], &fires(&known, &newer), known.epoch());
    let older = Signal { occurred_at: at(0), ..signal(SignalAction::Trigger, "Disk fuller", 20) };
    assert!(known.is_repeat(&older));
    assert!(known.is_repeat(&Signal { received_at: plus_secs(Timestamp::UNIX_EPOCH, 30), ..newer }));
    let told = known.take_dirty(10);
    assert_eq!(told[0].observation.last_fired.and_then(|m| m.occurred_at), at(15));
}

#[test]
fn other_words_of_a_sender_that_repeats_itself_are_a_repeat_for_a_while() {
    let until = |secs| Some(plus_secs(Timestamp::UNIX_EPOCH, secs));
    let known = Known::new(true);
    known.drained();
    let first = Signal { expires_at: until(240), ..signal(SignalAction::Trigger, "91 %", 0) };
    assert!(!known.is_repeat(&first));
    known.landed([&first]);
    let say =
        |words, secs| Signal { expires_at: until(secs + 240), ..signal(SignalAction::Trigger, words, secs) };
    assert!(known.is_repeat(&say("92 %", 1)), "behind what lies in the inbox");
    known.decided([&first], &fires(&known, &first), known.epoch());
    assert!(known.is_repeat(&say("93 %", 60)));
    let mut worse = say("93 %", 61);
    worse.content.as_mut().unwrap().severity = AlertSeverity::Critical;
    assert!(!known.is_repeat(&worse));
    known.landed([&worse]);
    known.decided([&worse], &fires(&known, &first), known.epoch());
    assert!(!known.is_repeat(&say("94 %", 900)), "told now and then");
}
