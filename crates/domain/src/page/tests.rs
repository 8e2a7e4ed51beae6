//! Tests of a page: retries, channels, and that an ended one starts nothing more (R9, R11).

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::Ctx;
use crate::access::Actor;
use crate::catalog::ContactKind;
use crate::ids::{ContactId, IdSeed, IncidentId, PageId, PersonId, TypedId};
use crate::incident::{Paged, WhyPaged};

fn at(secs: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + secs)
}

fn ctx(secs: i64) -> Ctx {
    Ctx::new(at(secs), Actor::System, IdSeed::new(1))
}

fn mail(n: u128) -> Channel {
    Channel {
        contact_id: ContactId::from_bits(n),
        contact: ContactKind::Email { address: format!("p{n}@example.org") },
    }
}

fn run(page: Option<Page>, command: &PageCommand, secs: i64) -> (Option<Page>, Vec<PageEvent>, Vec<Attempt>) {
    let events = decide(page.as_ref(), command, &ctx(secs)).unwrap();
    let (mut page, mut all) = (page, Vec::new());
    for event in &events {
        page = evolve(page, event, at(secs));
        all.extend(attempts(page.as_ref().unwrap(), event, at(secs)));
    }
    (page, events, all)
}

fn requested(channels: Vec<Channel>) -> (Option<Page>, Vec<Attempt>) {
    let paged = Paged {
        page_id: PageId::from_bits(9),
        person_id: PersonId::from_bits(1),
        why: WhyPaged::NobodyToPage,
    };
    let command = PageCommand::Request {
        paged,
        incident_id: IncidentId::from_bits(5),
        generation: 1,
        channels,
        next_channel_secs: 60,
    };
    let (page, _, attempts) = run(None, &command, 0);
    (page, attempts)
}

fn outcome(number: u32, outcome: SendOutcome) -> PageCommand {
    PageCommand::Outcome { channel: 0, number, outcome, jitter: 0 }
}

#[test]
fn a_time_out_is_always_followed_by_another_attempt() {
    let (mut page, attempts) = requested(vec![mail(1)]);
    assert_eq!(attempts.len(), 1);
    let mut waits = Vec::new();
    let mut now = 0;
    for number in 1..8 {
        let retry = SendOutcome::Retry { error: "time-out".into(), after_secs: None };
        let (next, _, attempts) = run(page, &outcome(number, retry), now);
        page = next;
        let attempt = &attempts[0];
        assert_eq!(attempt.number, number + 1);
        waits.push(attempt.not_before.duration_since(at(now)).as_secs());
        now += waits[waits.len() - 1];
    }
    assert_eq!(waits, [1, 5, 15, 30, 60, 60, 60]);
}

#[test]
fn absurd_pauses_are_capped() {
    let (page, _) = requested(vec![mail(1)]);
    let retry = SendOutcome::Retry { error: "429".into(), after_secs: Some(86_400) };
    let (_, _, attempts) = run(page, &outcome(1, retry), 0);
    assert_eq!(attempts[0].not_before, at(60));
}

#[test]
fn the_next_channel_begins_when_nobody_reacts_or_the_first_fails() {
    let (page, _) = requested(vec![mail(1), mail(2)]);
    assert_eq!(due(page.as_ref().unwrap()), Some(at(60)));
    let (_, events, _) = run(page.clone(), &PageCommand::Tick, 59);
    assert!(events.is_empty());
    let (after, _, attempts) = run(page.clone(), &PageCommand::Tick, 60);
    assert_eq!(attempts[0].channel, 1);
    assert_eq!(due(after.as_ref().unwrap()), None);
    let (_, _, attempts) = run(page, &outcome(1, SendOutcome::GiveUp { error: "no such user".into() }), 1);
    assert_eq!(attempts.iter().map(|a| a.channel).collect::<Vec<_>>(), [1]);
}

#[test]
fn an_ended_page_starts_nothing_more() {
    let (page, _) = requested(vec![mail(1), mail(2)]);
    let (page, _, _) = run(page, &PageCommand::End(PageEnd::Acknowledged), 5);
    assert_eq!(due(page.as_ref().unwrap()), None);
    let retry = SendOutcome::Retry { error: "late".into(), after_secs: None };
    let (page, events, attempts) = run(page, &outcome(1, retry), 6);
    assert!(events.is_empty() && attempts.is_empty());
    let (_, events, _) = run(page, &PageCommand::Tick, 600);
    assert!(events.is_empty());
}

#[test]
fn an_undelivered_page_goes_on_after_the_next_step_was_reached() {
    let (page, _) = requested(vec![mail(1)]);
    let (page, events, _) = run(page, &PageCommand::Escalate, 300);
    assert_eq!(events, [PageEvent::Escalated]);
    let (page, _, _) = run(page, &outcome(1, SendOutcome::Delivered { receipt: "250".into() }), 301);
    assert_eq!(page.unwrap().end, Some(PageEnd::Escalated));
}

fn give_up(channel: usize, number: u32) -> PageCommand {
    let outcome = SendOutcome::GiveUp { error: "550 relaying denied".into() };
    PageCommand::Outcome { channel, number, outcome, jitter: 0 }
}

#[test]
fn the_last_way_goes_on_being_tried_although_it_was_refused_for_good() {
    let (mut page, _) = requested(vec![mail(1)]);
    let mut now = 0;
    for number in 1..=12 {
        let (next, _, attempts) = run(page, &give_up(0, number), now);
        page = next;
        let wait = attempts[0].not_before.duration_since(at(now)).as_secs();
        assert_eq!((attempts[0].number, wait), (number + 1, if number < 10 { 60 } else { 300 }));
        now += wait;
    }
    let delivered = PageCommand::Outcome {
        channel: 0,
        number: 13,
        outcome: SendOutcome::Delivered { receipt: "250".into() },
        jitter: 0,
    };
    let (page, _, _) = run(page, &delivered, now);
    assert!(page.unwrap().delivered_at.is_some());
}

#[test]
fn when_the_last_of_several_ways_is_refused_all_are_tried_again() {
    let (page, _) = requested(vec![mail(1), mail(2)]);
    let (page, _, attempts) = run(page, &give_up(0, 1), 1);
    assert_eq!(attempts.iter().map(|a| a.channel).collect::<Vec<_>>(), [1], "another one may work");
    assert!(page.as_ref().unwrap().progress[0].given_up);
    let (page, _, attempts) = run(page, &give_up(1, 1), 2);
    let tries: Vec<_> = attempts.iter().map(|a| (a.channel, a.number, a.not_before)).collect();
    assert_eq!(tries, [(1, 2, at(62)), (0, 2, at(2))]);
    let (page, _, attempts) = run(page, &give_up(0, 2), 3);
    assert!(attempts.is_empty(), "the other one is still being tried");
    assert!(page.unwrap().progress[0].given_up);
}

#[test]
fn what_waits_for_an_instant_of_a_wrong_clock_is_tried_now() {
    let year = 365 * 86_400;
    let (page, _) = requested(vec![mail(1), mail(2)]);
    let retry = SendOutcome::Retry { error: "time-out".into(), after_secs: None };
    let (page, _, _) = run(page, &outcome(1, retry), year);
    let (page, _, attempts) = run(page, &PageCommand::ClockSetBack, 30);
    let tries: Vec<_> = attempts.iter().map(|a| (a.channel, a.number, a.not_before)).collect();
    assert_eq!(tries, [(0, 2, at(30))], "the second channel is under way");
    let (page, events, _) = run(page, &PageCommand::ClockSetBack, 31);
    assert!(events.is_empty(), "{events:?}");
    let (page, _, _) = run(page, &PageCommand::End(PageEnd::Acknowledged), 40);
    let (_, events, _) = run(page, &PageCommand::ClockSetBack, 50);
    assert!(events.is_empty());
    let (page, _) = requested(vec![mail(1), mail(2)]);
    let (page, events, attempts) = run(page, &PageCommand::ClockSetBack, -year);
    assert_eq!(events.len(), 2, "asked for ahead of now: the attempt and the next channel wait in vain");
    assert_eq!(attempts[0].not_before, at(-year));
    assert_eq!(due(page.as_ref().unwrap()), Some(at(60 - year)));
}
