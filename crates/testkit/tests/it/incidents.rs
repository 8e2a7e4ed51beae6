//! Incidents that meet: merged ones, groups that change, recurrence.

use hansei_domain::catalog::GroupBy;
use hansei_domain::incident::{IncidentCommand, IncidentStatus, ReopenReason};
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
    IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None }
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
