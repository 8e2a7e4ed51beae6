//! A whole Hansei without its doors, for tests that speak of people and time.
//!
//! ```
//! use hansei_testkit::TestApp;
//!
//! let mut app = TestApp::new();
//! app.person("ana");
//! app.person("bo");
//! app.service("chat", &[(0, &["ana"]), (300, &["bo"])]);
//! app.send_alert("chat", "disk");
//! let letter = app.expect_email("ana", "disk");
//! app.acknowledge_as("ana", &letter);
//! app.fast_forward(3_600);
//! ```
//!
//! Life cycle: made, furnished (people, teams, services), played, dropped. It is strict: what is left over when it is
//! dropped (a letter nobody expected, a script that was not played, an entry in the outbox, a journal that does not
//! fold to its states) fails the test. Time moves only by [`TestApp::fast_forward`], from one deadline to the next, so
//! that nothing is ever late.

mod furnish;
mod judge;
mod play;
mod stubborn;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use hansei_app::ports::{Clock, Senders, SharedClock, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_domain::Timestamp;
use hansei_domain::ids::{KeyId, PersonId, ServiceId, TeamId};

use crate::clock::FakeClock;
use crate::ids::SeededIds;
use crate::sim::at_once;

pub use judge::{Judge, Letter, Script};
pub use stubborn::Whims;

/// A world for tests. See the [module](self).
pub struct TestApp {
    /// The use-cases.
    pub app: Arc<App>,
    /// The only clock.
    pub clock: Arc<FakeClock>,
    /// All providers.
    pub judge: Judge,
    /// The store, which survives [`TestApp::restart`].
    pub store: Arc<dyn Store>,
    /// What the store refuses.
    pub whims: Arc<Whims>,
    words: Arc<Words>,
    people: BTreeMap<String, PersonId>,
    teams: BTreeMap<String, TeamId>,
    services: BTreeMap<String, (ServiceId, KeyId)>,
    lives: u64,
}

/// How long a claim is held, seconds.
pub const LEASE_SECS: u32 = 30;

/// Ends the test.
#[expect(clippy::panic, reason = "a helper of tests fails the test")]
fn fail(why: &str) -> ! {
    panic!("{why}")
}

/// The value, or the end of the test.
fn must<T, E: std::fmt::Display>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => fail(&format!("{what}: {error}")),
    }
}

/// Runs what never waits, since the store in memory does not.
fn now<T>(future: impl Future<Output = T>) -> T {
    match at_once(future) {
        Some(value) => value,
        None => fail("something waits, although store and providers answer at once"),
    }
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

impl TestApp {
    /// An organisation in which only `root` exists: an admin and the fallback.
    pub fn new() -> Self {
        let at = must("2024-07-02T08:10:00Z".parse::<Timestamp>(), "a fixed instant");
        let clock = FakeClock::at(at);
        let inner = must(hansei_store::memory(Arc::<FakeClock>::clone(&clock)), "a store in memory");
        let whims = Arc::new(Whims::default());
        let store: Arc<dyn Store> = stubborn::Stubborn::new(inner, &whims);
        let (judge, words) = (Judge::default(), Arc::new(Words::built_in()));
        let app = open(&store, &clock, &judge, &words, 0);
        let mut this = Self {
            app,
            clock,
            judge,
            store,
            whims,
            words,
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            services: BTreeMap::new(),
            lives: 0,
        };
        this.found();
        this
    }

    /// The process ends and another one begins: all that is only in memory is gone.
    pub fn restart(&mut self) {
        self.lives += 1;
        self.app = open(&self.store, &self.clock, &self.judge, &self.words, self.lives);
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        Clock::now(&*self.clock)
    }

    fn person_id(&self, name: &str) -> PersonId {
        match self.people.get(name) {
            Some(id) => *id,
            None => fail(&format!("nobody is called {name}")),
        }
    }
}

fn open(
    store: &Arc<dyn Store>,
    clock: &Arc<FakeClock>,
    judge: &Judge,
    words: &Arc<Words>,
    life: u64,
) -> Arc<App> {
    let clock: SharedClock = Arc::<FakeClock>::clone(clock);
    let senders = Senders::default().with(judge.sender("email")).with(judge.sender("webhook"));
    let config =
        AppConfig { public_url: "https://hansei.example.org".into(), lease_secs: LEASE_SECS, canary_secs: 0 };
    let ids = Arc::new(SeededIds::new(life));
    must(now(App::open(Arc::clone(store), clock, ids, senders, Arc::clone(words), config)), "opening")
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // A test that fails already has said what matters.
        if std::thread::panicking() {
            return;
        }
        let complaints = self.judge.complaints();
        assert!(complaints.is_empty(), "left over:\n{}", complaints.join("\n"));
        let figures = must(now(self.store.figures(self.now())), "the store's figures");
        let waiting: u64 = figures.outbox_waiting.iter().map(|(_, count)| count).sum();
        assert_eq!(
            waiting, 0,
            "entries are left in the outbox: end what alarms, or expect what is still to come"
        );
        assert_eq!(figures.inbox_records, 0, "signals are left that nobody decided");
        let verified = must(now(self.store.verify(&|_, _| {})), "verifying");
        assert!(
            verified.findings.is_empty(),
            "the journal does not fold to its states: {:?}",
            verified.findings
        );
    }
}
