//! What senders say: repeats, late and doubled words, silence, clocks that are set.

use hansei_domain::incident::IncidentStatus;
use hansei_domain::signal::{AlertSeverity, Signal};
use hansei_domain::{Timestamp, plus_secs};
use hansei_testkit::TestApp;
use jiff::SignedDuration;

fn chat() -> TestApp {
    let mut app = TestApp::new();
    app.person("ana");
    app.service("chat", &[(0, &["ana"])]);
    app
}

fn taken(app: &mut TestApp, what: &str) {
    let letter = app.expect_email("ana", what);
    app.acknowledge_as("ana", &letter);
}

#[test]
fn a_repeat_costs_no_entry_and_an_end_resolves() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    let entries = app.journal().len();
    for _ in 0..5 {
        app.fast_forward(60);
        app.send_alert("chat", "disk");
    }
    assert_eq!(app.journal().len(), entries);
    app.resolve_alert("chat", "disk");
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
}

#[test]
fn a_sender_that_was_cut_off_is_heard_again() {
    let mut app = chat();
    let start = app.now();
    let heard = |app: &TestApp| Signal {
        occurred_at: Some(start),
        expires_at: Some(plus_secs(app.now(), 240)),
        ..app.trigger("chat", "disk")
    };
    app.fast_forward(100);
    let first = heard(&app);
    app.accept(&[first]);
    taken(&mut app, "disk");
    app.fast_forward(400);
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved, "nothing was heard for four minutes");
    let again = heard(&app);
    app.accept(&[again]);
    taken(&mut app, "disk");
    assert_eq!(app.incident(1).generation, 2, "the same alert, with the start it always had");
    app.resolve_as("ana", 1);
}

#[test]
fn a_clock_that_is_set_back_swallows_nothing_and_stops_nothing() {
    let mut app = chat();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.set_clock(SignedDuration::from_hours(-24));
    app.resolve_alert("chat", "disk");
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.send_alert("chat", "other");
    app.resolve_alert("chat", "other");
    app.resolve_alert("chat", "disk");
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
}

#[test]
fn an_alert_that_becomes_bad_enough_gets_its_incident() {
    let mut app = chat();
    app.send_alert_of("chat", "disk", AlertSeverity::Info);
    assert_eq!(app.incidents(), 0);
    app.send_alert_of("chat", "disk", AlertSeverity::Critical);
    taken(&mut app, "disk");
    assert_eq!(app.incident(1).severity.rank(), 1);
}

#[test]
fn a_worse_alert_tells_people_where_nobody_was_told() {
    let mut app = chat();
    app.change_service("chat", |s| s.rule.page_up_to = hansei_domain::incident::Severity::new(1).unwrap());
    app.send_alert_of("chat", "disk", AlertSeverity::Warning);
    app.expect_nothing_more();
    app.send_alert_of("chat", "net", AlertSeverity::Critical);
    taken(&mut app, "disk");
    assert_eq!((app.incidents(), app.incident(1).severity.rank()), (1, 1));
}

#[test]
fn a_late_word_does_not_end_what_began_after_it() {
    let mut app = chat();
    let at = |secs: u32| -> Timestamp { plus_secs("2024-07-02T08:00:00Z".parse().unwrap(), secs) };
    let trigger = |app: &TestApp, secs| Signal { occurred_at: Some(at(secs)), ..app.trigger("chat", "disk") };
    let end = |app: &TestApp, secs| Signal { occurred_at: Some(at(secs)), ..app.end("chat", "disk") };
    let first = trigger(&app, 10);
    app.accept(&[first]);
    taken(&mut app, "disk");
    let second = trigger(&app, 60);
    app.accept(&[second]);
    app.restart();
    let late = end(&app, 50);
    app.accept(&[late]);
    assert!(app.incident(1).status.is_active(), "second 60 is later than 50, even after a restart");
    let last = end(&app, 70);
    app.accept(&[last]);
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
}

#[test]
fn many_signals_in_one_batch_make_one_incident_and_one_page() {
    let mut app = chat();
    let signals: Vec<Signal> = (0..300).map(|n| app.trigger("chat", &format!("disk-{n}"))).collect();
    app.accept(&signals);
    taken(&mut app, "disk-0");
    assert_eq!(app.incidents(), 1);
    let ends: Vec<Signal> = (0..300).map(|n| app.end("chat", &format!("disk-{n}"))).collect();
    app.accept(&ends[..299]);
    assert!(app.incident(1).status.is_active());
    app.accept(&ends[299..]);
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
}

#[test]
fn silence_counts_only_while_senders_can_be_heard() {
    let mut app = chat();
    let heard = |app: &TestApp| Signal {
        occurred_at: Some(plus_secs(Timestamp::UNIX_EPOCH, 1_000)),
        expires_at: Some(plus_secs(app.now(), 240)),
        ..app.trigger("chat", "disk")
    };
    app.fast_forward(600);
    let first = heard(&app);
    app.accept(&[first]);
    taken(&mut app, "disk");
    *app.whims.away.lock() = true;
    app.clock.advance(SignedDuration::from_secs(360));
    assert!(hansei_testkit::sim::at_once(app.app.due_once()).unwrap().is_err());
    *app.whims.away.lock() = false;
    app.fast_forward(60);
    assert!(app.incident(1).status.is_active(), "its sender may not have come through yet");
    let again = heard(&app);
    app.accept(&[again]);
    app.fast_forward(239);
    assert_eq!((app.incident(1).generation, app.incident(1).acknowledged), (1, true));
    app.fast_forward(2);
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved, "now it was really silent");
}
