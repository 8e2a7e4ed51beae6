//! The self-test's walk, and what a process that dies on the way leaves behind.

use std::sync::Arc;

use hansei_app::canary::Loopback;
use hansei_app::ports::{Senders, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_domain::incident::Incident;
use hansei_testkit::sim::at_once;
use hansei_testkit::{FakeClock, SeededIds};
use jiff::SignedDuration;

struct Stage {
    clock: Arc<FakeClock>,
    store: Arc<dyn Store>,
    app: Arc<App>,
    lives: u64,
}

fn now<T>(future: impl Future<Output = T>) -> T {
    at_once(future).unwrap()
}

impl Stage {
    fn new() -> Self {
        let clock = FakeClock::at("2024-07-02T08:10:00Z".parse().unwrap());
        let store = hansei_store::memory(Arc::<FakeClock>::clone(&clock)).unwrap();
        let app = open(&store, &clock, 0);
        Self { clock, store, app, lives: 0 }
    }

    /// The process dies and another one begins.
    fn restart(&mut self) {
        self.lives += 1;
        self.app = open(&self.store, &self.clock, self.lives);
    }

    fn decide(&self) {
        while now(self.app.decide_once()).unwrap() > 0 {}
    }

    fn deliver(&self) {
        for lease in now(self.app.claim_places()).unwrap().leases {
            now(Arc::clone(&self.app).deliver_claim(lease)).unwrap();
        }
    }

    /// A walk up to the delivery; nobody has answered.
    fn set_out(&self) {
        assert!(now(self.app.canary_out()).unwrap());
        self.decide();
        self.deliver();
    }

    fn answer(&self) {
        while now(self.app.canary_answer()).unwrap() {}
        self.decide();
    }

    fn pass(&self, secs: i64) {
        self.clock.advance(SignedDuration::from_secs(secs));
    }

    fn incident(&self) -> Incident {
        now(self.store.incident_by_number(0)).unwrap().unwrap().incident
    }

    /// A whole walk comes home.
    fn walks(&self) {
        self.set_out();
        self.answer();
        assert!(!self.app.canary.is_out());
        assert!(self.app.canary_is_home());
        assert!(!self.incident().status.is_active());
    }
}

fn open(store: &Arc<dyn Store>, clock: &Arc<FakeClock>, life: u64) -> Arc<App> {
    let senders = Senders::default().with(Arc::new(Loopback));
    let config =
        AppConfig { public_url: "https://hansei.example.org".into(), lease_secs: 12, canary_secs: 300 };
    let ids = Arc::new(SeededIds::new(life));
    let clock = Arc::<FakeClock>::clone(clock);
    now(App::open(Arc::clone(store), clock, ids, senders, Arc::new(Words::built_in()), config)).unwrap()
}

#[test]
fn walk_after_walk_comes_home() {
    let stage = Stage::new();
    for generation in 1..=3 {
        stage.walks();
        assert_eq!(stage.incident().generation, generation);
        stage.pass(300);
    }
}

#[test]
fn a_process_that_died_before_the_answer_does_not_block_the_next_walk_or_wake_people() {
    let mut stage = Stage::new();
    stage.set_out();
    stage.restart();
    assert!(!now(stage.app.canary_out()).unwrap(), "it may be another node's walk");
    assert!(stage.incident().status.is_active());
    stage.pass(16);
    stage.walks();
    stage.pass(3_600);
    while now(stage.app.due_once()).unwrap() > 0 {}
    assert!(now(stage.store.outbox_next_at()).unwrap().is_none(), "nobody else is told");
}

#[test]
fn a_process_that_died_between_answer_and_all_clear_does_not_block_the_next_walk() {
    let mut stage = Stage::new();
    stage.set_out();
    let page = now(stage.store.open_pages(&[stage.incident().id])).unwrap();
    let hansei_domain::journal::AggregateId::Page(page) = page[0].id else { panic!("not a page") };
    let token = stage.app.links.token(hansei_app::secret::LinkPurpose::Respond, page);
    let answer = hansei_app::respond::Response::Acknowledge;
    now(stage.app.respond(hansei_app::secret::LinkPurpose::Respond, &token, answer)).unwrap();
    stage.restart();
    stage.pass(16);
    assert!(stage.incident().acknowledged && stage.incident().status.is_active());
    stage.walks();
}

#[test]
fn an_answer_that_comes_late_does_not_count_for_the_next_walk() {
    let stage = Stage::new();
    stage.set_out();
    stage.pass(16);
    assert!(stage.app.canary_lost());
    // The page of the first walk was delivered; its answer lies there while the second one sets out.
    assert!(now(stage.app.canary_out()).unwrap());
    stage.answer();
    assert!(stage.app.canary.is_out() && !stage.app.canary_is_home());
    stage.deliver();
    stage.answer();
    assert!(stage.app.canary_is_home());
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_the_heartbeat_alive() {
    let stage = Stage::new();
    stage.walks();
    stage.clock.jump(SignedDuration::from_hours(-24));
    assert!(stage.app.canary_is_home());
    stage.pass(616);
    assert!(!stage.app.canary_is_home());
    assert_eq!(stage.app.canary_age(), Some(std::time::Duration::from_secs(616)));
}

#[test]
fn an_answer_at_another_node_counts_for_the_walk_that_is_out() {
    let stage = Stage::new();
    let other = open(&stage.store, &stage.clock, 9);
    assert!(now(stage.app.canary_out()).unwrap());
    stage.decide();
    for lease in now(other.claim_places()).unwrap().leases {
        now(Arc::clone(&other).deliver_claim(lease)).unwrap();
    }
    now(stage.app.canary_look()).unwrap();
    assert!(stage.app.canary.is_out());
    assert!(now(other.canary_answer()).unwrap());
    now(stage.app.canary_look()).unwrap();
    assert!(stage.app.canary_is_home() && !other.canary_is_home());
}
