//! Incidents that meet: merged ones, groups that change, recurrence.

use hansei_domain::catalog::{GroupBy, self_test};
use hansei_domain::incident::{IncidentCommand, IncidentStatus, ReopenReason, Severity, SeverityReason};
use hansei_domain::signal::{AlertSeverity, Signal, SignalAction};
use hansei_testkit::TestApp;

fn two_services() -> TestApp {
    let mut app = TestApp::new();
    app.person("ana");
    app.service("chat", &[(0, &["ana"])]);
    app.service("mail", &[(0, &["ana"])]);
    app
}

fn taken(app: &mut TestApp, what: &str) {
    let letter = app.expect_email("ana", what);
    app.acknowledge_as("ana", &letter);
}

fn reopen() -> IncidentCommand {
    IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None }
}

#[test]
fn merged_incidents_end_with_the_last_alert_of_either() {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.send_alert("mail", "queue");
    taken(&mut app, "queue");
    app.merge_as("ana", 2, 1);
    app.resolve_alert("chat", "disk");
    assert!(app.incident(1).status.is_active(), "the queue is still full");
    app.resolve_alert("mail", "queue");
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
    app.fast_forward(60);
    app.send_alert("mail", "queue");
    taken(&mut app, "disk");
    assert_eq!(
        (app.incidents(), app.incident(1).generation),
        (2, 2),
        "the story goes on where it was merged"
    );
}

#[test]
fn resolving_a_merged_story_ends_the_alerts_of_both() {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.send_alert("mail", "queue");
    taken(&mut app, "queue");
    app.merge_as("ana", 2, 1);
    app.resolve_as("ana", 1);
    app.fast_forward(60);
    app.send_alert("mail", "queue");
    taken(&mut app, "disk");
    assert_eq!(app.incident(1).status, IncidentStatus::Investigating);
}

#[test]
fn a_group_that_is_open_elsewhere_is_joined_and_the_inbox_goes_on() {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.resolve_alert("chat", "disk");
    app.fast_forward(60);
    app.send_alert("chat", "net");
    taken(&mut app, "net");
    assert_eq!(app.incidents(), 2, "another alert of the service, while its first incident is over");
    app.change_service("chat", |s| s.rule.group_by = GroupBy::Alert);
    app.send_alert("chat", "disk");
    assert_eq!(app.incidents(), 2, "the old incident's group is open in the second one");
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
    app.send_alert("mail", "queue");
    taken(&mut app, "queue");
}

#[test]
fn two_incidents_do_not_compete_for_the_same_alerts() {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.resolve_alert("chat", "disk");
    app.send_alert("chat", "net");
    taken(&mut app, "net");
    assert_eq!(app.is_refused("ana", 1, &reopen()), "group_has_active");
    app.resolve_as("ana", 2);
    app.on_screen("ana", 1, &reopen()).unwrap();
}

#[test]
fn an_alert_that_recurs_within_the_window_reopens_and_after_it_declares() {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.resolve_as("ana", 1);
    app.fast_forward(86_400);
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    assert_eq!((app.incidents(), app.incident(1).past_impacts.len()), (1, 1));
    app.resolve_as("ana", 1);
    app.fast_forward(86_401);
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    assert_eq!(app.incidents(), 2);
}

/// The trouble of *mail* was merged into that of *chat*, and is over with it.
fn merged_and_over() -> TestApp {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    app.send_alert("mail", "queue");
    taken(&mut app, "queue");
    app.merge_as("ana", 2, 1);
    app.resolve_alert("chat", "disk");
    app.resolve_alert("mail", "queue");
    app.fast_forward(600);
    app
}

#[test]
fn a_merged_alert_that_recurs_while_the_other_service_burns_stops_nothing() {
    let mut app = merged_and_over();
    app.send_alert("chat", "net");
    taken(&mut app, "net");
    app.send_alert("mail", "queue");
    taken(&mut app, "queue");
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved, "its group burns in another one");
    let again = app.incident(4);
    assert_eq!(again.recurrence_of, Some(app.incident(1).id));
    assert_eq!(app.incident(1).recurrences, [again.id]);
    app.resolve_alert("chat", "net");
    app.resolve_alert("mail", "queue");
    assert_eq!(app.incident(3).status, IncidentStatus::Resolved, "the inbox goes on");
}

#[test]
fn one_batch_does_not_open_a_group_twice() {
    let mut app = merged_and_over();
    let batch = [app.trigger("mail", "queue"), app.trigger("chat", "net")];
    app.accept(&batch);
    taken(&mut app, "disk");
    assert_eq!((app.incidents(), app.incident(1).generation), (2, 2), "both are in the one that came back");
    let mut app = merged_and_over();
    let batch = [app.trigger("chat", "net"), app.trigger("mail", "queue")];
    app.accept(&batch);
    taken(&mut app, "net");
    taken(&mut app, "queue");
    assert_eq!(app.incidents(), 4, "what burns in another service is not its affair");
}

#[test]
fn the_self_test_has_one_incident_however_long_it_was_off() {
    let mut app = two_services();
    let signal = |app: &TestApp, action, key: &str| Signal {
        service_id: self_test::service_id(),
        key_id: self_test::key_id(),
        action,
        dedup_key: key.into(),
        ..app.trigger("chat", "x")
    };
    for key in [self_test::DEDUP_KEY, self_test::DEDUP_KEY, "another-walk"] {
        let walk = [signal(&app, SignalAction::Trigger, key)];
        app.accept(&walk);
        assert!(app.incident(0).status.is_active());
        let walk = [signal(&app, SignalAction::Resolve, key)];
        app.accept(&walk);
        assert_eq!(app.incident(0).status, IncidentStatus::Resolved);
        app.fast_forward(31 * 86_400);
    }
    assert_eq!(app.incident(0).generation, 3);
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
}

#[test]
fn what_conflicts_again_and_again_is_put_away_loudly_and_the_rest_goes_on() {
    let mut app = two_services();
    *app.whims.conflicts_with.lock() = Some("bad".into());
    let batch = [app.trigger("chat", "good"), app.trigger("chat", "bad"), app.trigger("mail", "behind")];
    hansei_testkit::sim::at_once(app.app.accept(&batch)).unwrap().unwrap();
    let mut conflicts = 0;
    for _ in 0..50 {
        match hansei_testkit::sim::at_once(app.app.decide_once()).unwrap() {
            Ok(0) => break,
            Ok(_) => {}
            Err(hansei_app::AppError::Conflict) => conflicts += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!((1..20).contains(&conflicts), "put off some times, not for ever: {conflicts}");
    app.settle();
    taken(&mut app, "good");
    taken(&mut app, "behind");
    let kept = hansei_testkit::sim::at_once(app.store.quarantine(true, None, 10)).unwrap().unwrap();
    assert_eq!(kept.len(), 1, "what could not be stored is kept");
    let alerts =
        hansei_testkit::sim::at_once(app.store.alerts(&hansei_app::ports::AlertQuery {
            limit: 10,
            ..hansei_app::ports::AlertQuery::default()
        }));
    let said = alerts.unwrap().unwrap().iter().any(|l| match &l.state {
        hansei_domain::journal::State::Alert(alert) => alert.summary().contains("quarantine"),
        _ => false,
    });
    assert!(said, "an alert says so (R5)");
}

#[test]
fn a_reopened_incident_is_as_bad_as_the_alert_that_reopens_it() {
    let mut app = two_services();
    app.send_alert_of("chat", "disk", AlertSeverity::Warning);
    taken(&mut app, "disk");
    app.resolve_alert("chat", "disk");
    app.change_service("chat", |s| s.rule.page_up_to = Severity::ALL[1]);
    app.fast_forward(60);
    app.send_alert_of("chat", "disk", AlertSeverity::Critical);
    taken(&mut app, "disk");
    let incident = app.incident(1);
    assert_eq!((incident.generation, incident.severity), (2, Severity::ALL[1]));
}

#[test]
fn an_incident_ends_when_its_last_alert_is_moved_elsewhere_in_the_same_batch() {
    let mut app = two_services();
    app.send_alert("chat", "disk");
    taken(&mut app, "disk");
    let mut mild = app.trigger("chat", "disk");
    if let Some(content) = mild.content.as_mut() {
        content.severity = AlertSeverity::Info;
    }
    let batch = [app.end("chat", "disk"), mild];
    app.accept(&batch);
    assert_eq!(app.incident(1).status, IncidentStatus::Resolved);
}

#[test]
fn merging_tells_people_where_the_story_goes_on() {
    let mut app = two_services();
    app.change_service("mail", |s| s.rule.page_up_to = Severity::ALL[1]);
    app.send_alert_of("mail", "queue", AlertSeverity::Warning);
    app.expect_nothing_more();
    app.send_alert_of("chat", "disk", AlertSeverity::Critical);
    let letter = app.expect_email("ana", "disk");
    app.merge_as("ana", 2, 1);
    let goes_on = app.incident(1);
    assert_eq!(goes_on.severity_reason, SeverityReason::Merged { number: 2 });
    let again = app.expect_email("ana", "queue");
    assert_ne!(again.page(), letter.page());
    app.acknowledge_as("ana", &again);
    app.send_alert("chat", "net");
    assert_eq!(app.incidents(), 2, "the group's story goes on in the other one");
    app.expect_nothing_more();
}
