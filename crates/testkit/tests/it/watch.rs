//! Hansei watching itself: readiness, deadlines that cannot be decided, and what the self-audit raises.

use std::sync::Arc;

use hansei_app::deliver::LEASE_SECS;
use hansei_app::incidents::NewIncident;
use hansei_app::ports::{Change, Commit, Lane, Senders, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_domain::access::Actor;
use hansei_domain::incident::{IncidentEvent, IncidentSource, Severity};
use hansei_domain::journal::{AggregateId, Event, evolve};
use hansei_testkit::sim::at_once;
use hansei_testkit::{FakeClock, SeededIds, TestApp};
use jiff::SignedDuration;

fn now<T>(future: impl Future<Output = T>) -> T {
    at_once(future).unwrap()
}

fn bare() -> (Arc<App>, Arc<FakeClock>, Arc<dyn Store>) {
    let clock = FakeClock::at("2024-07-02T08:10:00Z".parse().unwrap());
    let store = hansei_store::memory(Arc::<FakeClock>::clone(&clock)).unwrap();
    let config =
        AppConfig { public_url: "https://hansei.example.org".into(), lease_secs: LEASE_SECS, canary_secs: 0 };
    let opened = App::open(
        Arc::clone(&store),
        Arc::<FakeClock>::clone(&clock),
        Arc::new(SeededIds::new(1)),
        Senders::default(),
        Arc::new(Words::built_in()),
        config,
    );
    (now(opened).unwrap(), clock, store)
}

/// Declares an incident whose deadline, in the store, has passed, although nothing follows from it.
fn with_a_deadline_that_does_nothing(app: &App, store: &dyn Store) -> AggregateId {
    let new = NewIncident {
        title: "x".into(),
        service_id: None,
        severity: Severity::ALL[2],
        source: IncidentSource::Staff,
        page: false,
        hold: false,
        impact_started_at: None,
        detected_at: None,
        declared_at: None,
    };
    let id = AggregateId::Incident(
        now(app.declare_incident(&Actor::Console, &new, |_| None)).unwrap().incident.id,
    );
    let loaded = now(store.load(&[id])).unwrap().pop().unwrap();
    let event = Event::Incident(IncidentEvent::Retitled {
        from: "x".into(),
        to: "y".into(),
        slug: "1-y".into(),
        note: None,
    });
    let at = app.clock.now();
    let change = Change {
        id,
        expected: loaded.version,
        actor: Actor::Console,
        state: evolve(Some(loaded.state), &event, at, &Actor::Console).unwrap(),
        events: vec![event],
        due_at: Some(at - SignedDuration::from_secs(60)),
        incident_id: None,
    };
    now(store.commit(Lane::Acks, Commit { at: Some(at), changes: vec![change], ..Commit::default() }))
        .unwrap();
    id
}

#[test]
fn deadlines_that_cannot_be_decided_neither_spin_nor_hide_those_behind_them() {
    let mut app = TestApp::new();
    app.person("ana");
    app.person("bo");
    app.service("chat", &[(0, &["ana"]), (300, &["bo"])]);
    for _ in 0..201 {
        with_a_deadline_that_does_nothing(&app.app, &*app.store);
    }
    app.send_alert("chat", "disk");
    app.expect_email("ana", "disk");
    app.clock.advance(SignedDuration::from_secs(300));
    // Comes to rest although 201 deadlines have passed, and finds the one behind them.
    app.settle();
    app.expect_email("bo", "disk");
    assert_eq!(now(app.app.due_once()).unwrap(), 0);
    // What was done to the deadlines is no state of the world that could be verified at the end.
    std::mem::forget(app);
}

#[test]
fn a_node_whose_reconcilers_stand_still_is_not_ready() {
    let (app, clock, _) = bare();
    assert_eq!(app.readiness(), Ok(()), "a console has no reconcilers");
    app.round_done("decide");
    app.round_done("deliver");
    clock.advance(SignedDuration::from_secs(30));
    assert_eq!(app.readiness(), Ok(()));
    app.round_done("decide");
    clock.advance(SignedDuration::from_secs(1));
    assert!(app.readiness().unwrap_err().starts_with("deliver has had no good round"));
    app.round_done("deliver");
    assert_eq!(app.readiness(), Ok(()));
    // A wall clock that jumps says nothing about rounds.
    clock.jump(SignedDuration::from_hours(9_000));
    assert_eq!(app.readiness(), Ok(()));
}

#[test]
fn a_node_that_decides_nothing_is_not_ready_and_the_audit_says_so() {
    let mut app = TestApp::new();
    app.person("ana");
    app.service("chat", &[(0, &["ana"])]);
    let signal = app.trigger("chat", "disk");
    now(app.app.accept(&[signal])).unwrap();
    assert_eq!(now(app.app.decide_once()).unwrap(), 1);
    // Nothing is taken any more.
    app.clock.advance(SignedDuration::from_secs(121));
    assert!(app.app.readiness().unwrap_err().contains("waiting to be decided for 121 s"));
    let codes: Vec<_> = now(app.app.audit_once()).unwrap().into_iter().map(|f| f.code).collect();
    assert!(codes.contains(&"undecided"), "{codes:?}");
    app.settle();
    assert_eq!(app.app.readiness(), Ok(()));
    let letter = app.expect_email("ana", "disk");
    app.acknowledge_as("ana", &letter);
}

#[test]
fn a_finding_that_stands_pages_the_fallback_once() {
    let mut app = TestApp::new();
    app.person("ana");
    app.person("bo");
    app.service("chat", &[(0, &["ana"]), (300, &["bo"])]);
    app.send_alert("chat", "disk");
    let letter = app.expect_email("ana", "disk");
    // Nothing that is due is done any more: the second step does not come.
    app.clock.advance(SignedDuration::from_secs(330));
    for incidents in [1, 2, 2, 2] {
        let codes: Vec<_> = now(app.app.audit_once()).unwrap().into_iter().map(|f| f.code).collect();
        assert!(codes.contains(&"step_late"), "{codes:?}");
        assert_eq!(app.incidents(), incidents, "only what stands for two rounds is an incident");
    }
    app.settle();
    let second = app.expect_email("bo", "disk");
    let alarm = app.expect_email("root", "self-audit");
    app.expect_nothing_more();
    assert_eq!(app.incidents(), 2);
    assert!(app.incident(2).title.contains("self-audit"));
    // A process that knows nothing of it finds the incident that is open.
    app.restart();
    app.clock.advance(SignedDuration::from_secs(330));
    for _ in 0..3 {
        now(app.app.audit_once()).unwrap();
        assert_eq!(app.incidents(), 2);
    }
    app.acknowledge_as("bo", &second);
    app.acknowledge_as("root", &alarm);
    drop(letter);
}
