//! Who is told, when, over which way, and what stops it.

use hansei_domain::access::Role;
use hansei_domain::incident::{IncidentCommand, IncidentStatus};
use hansei_domain::page::PageEnd;
use hansei_testkit::{Script, TestApp};
use jiff::SignedDuration;

/// Ana at once, Bo after five minutes.
fn chat() -> TestApp {
    let mut app = TestApp::new();
    app.person("ana");
    app.person("bo");
    app.service("chat", &[(0, &["ana"]), (300, &["bo"])]);
    app
}

#[test]
fn an_acknowledgement_stops_the_next_one() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    let letter = app.expect_email("ana", "disk");
    assert_eq!(letter.message.attempt, 1);
    app.fast_forward(299);
    app.expect_nothing_more();
    app.acknowledge_as("ana", &letter);
    app.fast_forward(86_400);
    let incident = app.incident(1);
    assert_eq!((incident.status, incident.acknowledged), (IncidentStatus::Triage, true));
}

#[test]
fn nobody_answers_so_the_next_is_asked_and_at_last_the_fallback() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    app.expect_email("ana", "disk");
    app.fast_forward(300);
    let letter = app.expect_email("bo", "disk");
    assert_eq!(letter.message.reason.code, "step");
    app.fast_forward(299);
    app.expect_nothing_more();
    app.fast_forward(1);
    let last = app.expect_email("root", "disk");
    assert_eq!(last.message.reason.code, "exhausted");
    app.fast_forward(86_400);
    app.resolve_by_reply(&last);
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
}

#[test]
fn a_failing_provider_is_asked_again_with_the_same_page_and_growing_pauses() {
    let mut app = chat();
    app.change_service("chat", |s| s.escalation.steps.truncate(1));
    app.change_service("chat", |s| s.escalation.exhaust_after_secs = 3_600);
    app.script("ana", &[Script::Refuse, Script::Hang, Script::Refuse, Script::Refuse, Script::Refuse]);
    app.send_alert("chat", "disk");
    let mut calls = vec![];
    for secs in 1..=200 {
        let before = app.judge.calls();
        app.fast_forward(1);
        if app.judge.calls() > before {
            calls.push(secs);
        }
    }
    // 1, 5, 15, 30 and 60 seconds, each up to a quarter longer so that many do not come at once.
    assert_eq!(calls.len(), 5, "{calls:?}");
    for (wait, least) in calls.iter().zip([1, 6, 21, 51, 111]) {
        assert!((least..=least + least / 3 + 1).contains(wait), "{calls:?}");
    }
    let letter = app.expect_email("ana", "disk");
    assert_eq!(letter.message.attempt, 6);
    app.acknowledge_as("ana", &letter);
}

#[test]
fn what_may_have_been_delivered_is_sent_again_under_the_same_key() {
    let mut app = chat();
    app.script("ana", &[Script::DeliverThenFail, Script::HangDelivered, Script::Twice]);
    app.send_alert("chat", "disk");
    app.fast_forward(30);
    let letters: Vec<_> = (0..4).map(|_| app.expect_email("ana", "disk")).collect();
    assert!(
        letters.iter().all(|l| l.page() == letters[0].page()),
        "a reader's program can tell that it is one page"
    );
    assert_eq!(letters.iter().map(|l| l.message.attempt).collect::<Vec<_>>(), [1, 2, 3, 3]);
    app.acknowledge_as("ana", &letters[0]);
    app.acknowledge_as("ana", &letters[3]);
    assert_eq!(app.journal().iter().filter(|n| **n == "incident.acknowledged").count(), 1);
}

#[test]
fn a_refused_way_is_not_waited_for_and_a_silent_one_only_a_minute() {
    let mut app = TestApp::new();
    app.person_with("ana", Role::Responder, &["email", "webhook"]);
    app.service("chat", &[(0, &["ana"])]);
    app.script("ana", &[Script::Reject]);
    app.send_alert("chat", "disk");
    let hook = app.expect_webhook("ana", "disk");
    app.acknowledge_as("ana", &hook);
    app.resolve_as("ana", 1);
    app.send_alert("chat", "net");
    app.expect_email("ana", "net");
    app.fast_forward(59);
    app.expect_nothing_more();
    app.fast_forward(1);
    let hook = app.expect_webhook("ana", "net");
    app.acknowledge_as("ana", &hook);
}

#[test]
fn a_provider_that_asks_for_an_absurd_pause_gets_a_minute() {
    let mut app = chat();
    app.script("ana", &[Script::RefuseFor(86_400)]);
    app.send_alert("chat", "disk");
    app.fast_forward(76);
    let letter = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &letter);
}

#[test]
fn a_process_that_dies_between_claim_and_outcome_leaves_the_page_to_the_next_at_once() {
    let mut app = chat();
    app.script("ana", &[Script::Refuse]);
    app.send_alert("chat", "disk");
    app.clock.advance(SignedDuration::from_secs(2));
    let claimed = hansei_testkit::sim::at_once(app.app.claim(10)).unwrap().unwrap();
    assert_eq!(claimed.len(), 1);
    app.restart();
    app.settle();
    let letter = app.expect_email("ana", "disk");
    assert_eq!(letter.message.attempt, 2);
    app.acknowledge_as("ana", &letter);
}

#[test]
fn a_process_that_stood_still_too_long_leaves_sending_to_others() {
    let mut app = chat();
    app.script("ana", &[Script::Refuse]);
    app.send_alert("chat", "disk");
    app.clock.advance(SignedDuration::from_secs(2));
    let claimed = hansei_testkit::sim::at_once(app.app.claim(10)).unwrap().unwrap();
    app.clock.advance(SignedDuration::from_secs(25));
    let calls = app.judge.calls();
    for lease in claimed {
        let delivered = std::sync::Arc::clone(&app.app).deliver_claim(lease);
        hansei_testkit::sim::at_once(delivered).unwrap().unwrap();
    }
    assert_eq!(app.judge.calls(), calls, "five seconds are too few to send within the lease");
    app.fast_forward(5);
    let letter = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &letter);
}

#[test]
fn an_old_link_does_not_take_a_new_alarm() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    let old = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &old);
    app.resolve_alert("chat", "disk");
    app.fast_forward(600);
    app.send_alert("chat", "disk");
    let new = app.expect_email("ana", "disk");
    assert_eq!((app.incidents(), app.incident(1).generation), (1, 2));
    assert_eq!(app.acknowledge_is_refused(&old), "stale_generation");
    app.acknowledge_as("ana", &new);
}

#[test]
fn a_policy_that_is_edited_meanwhile_applies_to_the_next_alarm_only() {
    let mut app = chat();
    app.person("cy");
    app.send_alert("chat", "disk");
    app.expect_email("ana", "disk");
    let steps = app.steps(&[(0, &["cy"])]);
    app.change_service("chat", |s| s.escalation.steps = steps);
    app.fast_forward(300);
    let letter = app.expect_email("bo", "disk");
    app.resolve_by_reply(&letter);
    app.fast_forward(60);
    app.send_alert("chat", "disk");
    let letter = app.expect_email("cy", "disk");
    app.acknowledge_as("cy", &letter);
}

#[test]
fn where_nobody_can_be_reached_the_fallback_is_told_at_once_and_then_the_admins() {
    let mut app = TestApp::new();
    app.person_with("ghost", Role::Responder, &[]);
    app.person_with("eve", Role::Admin, &["email"]);
    app.service("chat", &[(600, &["ghost"])]);
    app.send_alert("chat", "disk");
    let letter = app.expect_email("root", "disk");
    assert_eq!(letter.message.reason.code, "nobody_to_page");
    app.acknowledge_as("root", &letter);
    app.change_person("root", |p| p.contacts.clear());
    app.send_alert("chat", "other service");
    app.resolve_as("root", 1);
    app.send_alert("chat", "disk");
    let letter = app.expect_email("eve", "disk");
    app.acknowledge_as("eve", &letter);
}

#[test]
fn a_page_ends_as_escalated_only_when_somebody_else_was_asked() {
    let mut app = chat();
    app.change_person("root", |p| p.contacts.clear());
    app.send_alert("chat", "disk");
    let first = app.expect_email("ana", "disk");
    app.fast_forward(300);
    let second = app.expect_email("bo", "disk");
    app.fast_forward(3_600);
    let pages = hansei_testkit::sim::at_once(app.store.pages(&[app.incident(1).id])).unwrap().unwrap();
    let ends: Vec<_> = pages
        .iter()
        .filter_map(|l| match &l.state {
            hansei_domain::journal::State::Page(page) => Some((page.id, page.end)),
            _ => None,
        })
        .collect();
    assert!(ends.contains(&(first.page(), Some(PageEnd::Escalated))), "{ends:?}");
    assert!(ends.contains(&(second.page(), None)), "there was no fallback to ask: {ends:?}");
    app.acknowledge_as("bo", &second);
}

#[test]
fn a_taken_incident_without_progress_alarms_again() {
    let mut app = chat();
    app.change_service("chat", |s| s.escalation.ack_timeout_secs = Some(1_800));
    app.send_alert("chat", "disk");
    let letter = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &letter);
    app.fast_forward(1_799);
    app.expect_nothing_more();
    app.fast_forward(1);
    let again = app.expect_email("ana", "disk");
    assert_eq!(app.acknowledge_is_refused(&letter), "stale_generation");
    app.acknowledge_as("ana", &again);
    let moved = IncidentCommand::SetStatus { to: IncidentStatus::Identified, at: None, note: None };
    app.on_screen("ana", 1, &moved).unwrap();
    app.fast_forward(86_400);
}

fn ask_bo(app: &mut TestApp) -> hansei_testkit::Letter {
    let targets = app.steps(&[(0, &["bo"])]).remove(0).targets;
    let ask = IncidentCommand::RequestPeople { targets, note: None };
    app.on_screen("ana", 1, &ask).unwrap();
    app.expect_email("bo", "disk")
}

#[test]
fn who_was_asked_to_help_answers_and_is_left_alone() {
    let mut app = TestApp::new();
    app.person("ana");
    app.person_with("bo", Role::Responder, &["email", "webhook"]);
    app.service("chat", &[(0, &["ana"])]);
    app.send_alert("chat", "disk");
    let letter = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &letter);
    let letter = ask_bo(&mut app);
    app.acknowledge_as("bo", &letter);
    app.fast_forward(600);
    app.expect_nothing_more();
    let incident = app.incident(1);
    assert_eq!((incident.holder, incident.answered.len()), (app.incident(1).holder, 2));
    let answered = app.journal().iter().filter(|n| **n == "incident.answered").count();
    assert_eq!(answered, 1);
    app.acknowledge_as("bo", &letter);
    assert_eq!(app.journal().iter().filter(|n| **n == "incident.answered").count(), answered);
}

#[test]
fn handing_over_tells_the_new_holder_and_alarms_again_if_they_sleep() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    let letter = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &letter);
    let to = app.steps(&[(0, &["bo"])]).remove(0).targets;
    let hansei_domain::catalog::StepTarget::Person { id } = to[0] else { panic!() };
    app.on_screen("ana", 1, &IncidentCommand::HandOver { to: id, note: None }).unwrap();
    let letter = app.expect_email("bo", "disk");
    assert_eq!(letter.message.reason.code, "handed_over");
    app.fast_forward(900);
    let again = app.expect_email("ana", "disk");
    assert_eq!(app.incident(1).generation, 2);
    app.acknowledge_as("ana", &again);
}

#[test]
fn a_senders_acknowledgement_ends_pages_of_whatever_its_alert_has_just_joined() {
    use hansei_domain::signal::{Signal, SignalAction};
    let mut app = chat();
    app.script("ana", &[Script::Refuse]);
    app.send_alert("chat", "disk");
    let trigger = app.trigger("chat", "net");
    let ack = Signal { action: SignalAction::Acknowledge, content: None, ..trigger.clone() };
    app.accept(&[trigger, ack]);
    app.fast_forward(3_600);
    app.expect_nothing_more();
    assert!(app.incident(1).acknowledged);
}

#[test]
fn a_relay_that_refuses_for_good_for_a_while_does_not_silence_the_last_way() {
    let mut app = chat();
    app.change_service("chat", |s| s.escalation.exhaust_after_secs = 86_400);
    app.change_service("chat", |s| s.escalation.steps.truncate(1));
    app.script("ana", &[Script::Reject, Script::Reject, Script::Reject]);
    app.send_alert("chat", "disk");
    app.fast_forward(600);
    let letter = app.expect_email("ana", "disk");
    assert_eq!(letter.message.attempt, 4);
    app.acknowledge_as("ana", &letter);
}

#[test]
fn what_joins_after_the_last_step_wakes_people_again() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    app.expect_email("ana", "disk");
    app.fast_forward(300);
    app.expect_email("bo", "disk");
    app.fast_forward(300);
    app.expect_email("root", "disk");
    app.fast_forward(7_200);
    app.expect_nothing_more();
    app.send_alert("chat", "net");
    let letter = app.expect_email("ana", "disk");
    assert_eq!((app.incidents(), app.incident(1).generation), (1, 2));
    app.acknowledge_as("ana", &letter);
}

#[test]
fn a_clock_that_was_a_year_ahead_for_a_while_delays_nothing_by_a_year() {
    let year = SignedDuration::from_hours(365 * 24);
    let mut app = chat();
    app.script("ana", &[Script::Refuse]);
    app.set_clock(year);
    app.send_alert("chat", "disk");
    app.set_clock(-year);
    app.settle();
    let letter = app.expect_email("ana", "disk");
    app.fast_forward(299);
    app.expect_nothing_more();
    app.fast_forward(2);
    let next = app.expect_email("bo", "disk");
    assert_eq!(letter.message.attempt, 2);
    app.acknowledge_as("bo", &next);
}

#[test]
fn who_has_left_is_told_nothing_more() {
    let mut app = chat();
    app.script("ana", &[Script::Refuse]);
    app.send_alert("chat", "disk");
    app.archive_person("ana");
    app.fast_forward(120);
    app.expect_nothing_more();
    let pages = hansei_testkit::sim::at_once(app.store.pages(&[app.incident(1).id])).unwrap().unwrap();
    let gone = pages.iter().any(|l| match &l.state {
        hansei_domain::journal::State::Page(page) => page.end == Some(PageEnd::Gone),
        _ => false,
    });
    assert!(gone);
    app.resolve_as("bo", 1);
}

#[test]
fn an_alert_that_pages_is_told_even_if_its_incident_is_as_bad_already() {
    let mut app = TestApp::new();
    app.person("ana");
    app.service("chat", &[(0, &["ana"])]);
    let mildest = |app: &TestApp, rank: u8| {
        let up_to = hansei_domain::incident::Severity::try_from(rank).unwrap();
        app.change_service("chat", move |s| s.rule.page_up_to = up_to);
    };
    mildest(&app, 0);
    app.send_alert("chat", "disk");
    app.expect_nothing_more();
    assert!(app.incident(1).escalation.is_none(), "too mild to tell anybody of");
    mildest(&app, 3);
    app.send_alert("chat", "queue");
    let letter = app.expect_email("ana", "chat");
    app.acknowledge_as("ana", &letter);
    assert_eq!(app.incidents(), 1);
}

#[test]
fn a_storm_tells_the_fallback_of_a_service_without_steps_once_in_a_while() {
    let mut app = TestApp::new();
    app.person("ana");
    app.service("chat", &[]);
    app.send_alert("chat", "disk-0");
    app.expect_email("root", "disk-0");
    for n in 1..20 {
        app.fast_forward(5);
        app.send_alert("chat", &format!("disk-{n}"));
    }
    app.expect_nothing_more();
    assert_eq!(app.incident(1).generation, 1);
    app.fast_forward(600);
    app.send_alert("chat", "disk-99");
    let letter = app.expect_email("root", "disk-0");
    app.acknowledge_as("root", &letter);
    assert_eq!(app.incident(1).generation, 2, "nobody has taken it for so long: it alarms anew");
}
