//! The simulator: the real domain and use-cases in a seeded world, where a year takes about a second.
//!
//! One thread, virtual time, no waiting. Sources of alarms, people, managers, providers and one or two nodes are tasks
//! of an executor that draws from the seed who goes next; around every store call a process may die, stand still or
//! be refused. Everything that the world can witness goes into a [`ledger`]; the [checker](crate::check) compares it
//! with the final store and believes nothing else. A failing seed fails again, exactly.

pub mod chaos;
pub mod exec;
pub mod ledger;
pub mod node;
mod office;
pub mod org;
mod people;
pub mod provider;
mod sources;
pub mod store;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use hansei_app::audit::Finding;
use hansei_app::ports::{Figures, Loaded, Store, StoreResult, Verification};
use hansei_app::words::Words;
use hansei_domain::Timestamp;
use hansei_domain::ids::PersonId;
use hansei_domain::journal::{AggregateId, Recorded};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::check::{self, Violation};
use crate::clock::{FakeClock, TrueTime};
use crate::rng::Rng;

use chaos::{Chaos, Fate, Planted};
use exec::{Exec, OUTSIDE, Time};
use ledger::{Book, Ledger};
use node::Cluster;
use org::Org;
use store::Shared;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Everything follows from it.
    pub seed: u64,
    /// Days of trouble; a few quiet ones follow, so that all that is under way comes to its end.
    pub days: u32,
    /// How many times a week something breaks, on average.
    pub troubles_per_week: u32,
    /// What goes wrong inside.
    pub chaos: Chaos,
    /// Nodes on the one store.
    pub nodes: usize,
    /// Wall clocks jump.
    pub wrong_clocks: bool,
    /// The bug that is planted.
    pub planted: Option<Planted>,
}

impl Config {
    /// A usual world: every third one has two nodes, the others a clock that jumps.
    pub fn usual(seed: u64, days: u32) -> Self {
        let cluster = seed.is_multiple_of(3);
        Self {
            seed,
            days,
            troubles_per_week: 10,
            chaos: Chaos::USUAL,
            nodes: if cluster { 2 } else { 1 },
            wrong_clocks: !cluster,
            planted: None,
        }
    }

    /// The usual world with a planted bug, and with more trouble, so that a rare meeting happens in few days.
    pub fn with_bug(seed: u64, days: u32, planted: Planted) -> Self {
        let usual = Self { planted: Some(planted), troubles_per_week: 21, ..Self::usual(seed, days) };
        match planted {
            Planted::OwnWallClocks => Self { nodes: 2, wrong_clocks: false, ..usual },
            // Somebody must stand still exactly between two words of one sender.
            Planted::InboxOfEachNode => {
                let chaos = Chaos { crash: 300, pause: 300, ..Chaos::USUAL };
                Self { nodes: 2, wrong_clocks: false, troubles_per_week: 60, chaos, ..usual }
            }
            _ => usual,
        }
    }

    /// Within this what a dead process left behind is taken up again (R8), counted from when a node is ready: alone
    /// it knows that nobody else has it, in a cluster the lease of the dead one must run out. A claim whose answer was
    /// lost looks like somebody else's even to a node that is alone. Microseconds.
    pub fn resumed_within(&self) -> i64 {
        let lease = i64::from(node::LEASE_SECS);
        // The bar presumes leases that are short enough for it.
        SECOND * if lease + 3 > 15 { lease + 10 } else { 15 }
    }

    /// Within this another node decides what a dead one left in the inbox, microseconds.
    pub fn taken_over_within(&self) -> i64 {
        if self.nodes == 1 { 0 } else { store::DECIDER_LEASE }
    }
}

/// The world while it runs.
pub struct World {
    /// The nodes.
    pub cluster: Rc<Cluster>,
    /// The organisation as its managers believe it to be.
    pub org: RefCell<Org>,
    /// Virtual time.
    pub time: Time,
    /// Who saw what.
    pub book: Book,
    /// From then on nothing new breaks.
    pub silent_from: i64,
    /// Where each node's clock stands when it is not wrong.
    pub home_offsets: Vec<i64>,
}

impl World {
    /// The true time as an instant.
    pub fn true_now(&self) -> Timestamp {
        sources::instant(self.time.now())
    }

    /// Lets a span pass; `false` = the world has fallen silent meanwhile.
    async fn goes_on_after(&self, micros: u64) -> bool {
        let at = self.time.now().saturating_add(i64::try_from(micros).unwrap_or(i64::MAX));
        self.time.sleep_until(at.min(self.silent_from)).await;
        at < self.silent_from
    }

    fn somebody(&self, rng: &mut Rng) -> Option<PersonId> {
        rng.pick(&self.org.borrow().people).map(|p| p.id)
    }
}

/// What the store says when all is over.
pub struct Final {
    /// The whole journal.
    pub journal: Vec<Recorded>,
    /// Every aggregate.
    pub states: BTreeMap<AggregateId, Loaded>,
    /// Whether the journal folds to the states.
    pub verification: Verification,
    /// What waits.
    pub figures: Figures,
    /// What the self-audit says.
    pub audit: Vec<Finding>,
}

/// What came of it.
pub struct Outcome {
    /// The world that was simulated.
    pub config: Config,
    /// Rules that were broken.
    pub violations: Vec<Violation>,
    /// Journal entries, signals, provider calls, crashes, polls.
    pub counts: Counts,
    /// The hash of the last journal entry: equal worlds have equal ones.
    pub digest: Option<[u8; 32]>,
}

/// How much happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Entries of the journal.
    pub events: u64,
    /// Signals that were sent, copies included.
    pub signals: u64,
    /// Incidents.
    pub incidents: u64,
    /// Calls at providers.
    pub calls: u64,
    /// What people did.
    pub acts: u64,
    /// Crashes.
    pub crashes: u64,
    /// Times a task was run on.
    pub polls: u64,
}

/// Runs a future that never waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Why a world could not be made: a bug of the test kit, or of the store at its very beginning.
#[derive(Debug, thiserror::Error)]
#[error("the simulated world could not be made: {0}")]
pub struct Broken(pub String);

/// Simulates and checks. `words` is made once and shared, because reading all languages takes longer than a week here.
pub fn run(config: &Config, words: &Arc<Words>) -> Result<Outcome, Broken> {
    let simulated = simulate(config, words)?;
    let violations = check::check(&simulated);
    let digest = simulated.end.journal.last().map(|e| e.hash);
    Ok(Outcome { config: config.clone(), violations, counts: simulated.counts, digest })
}

/// All that a run leaves behind.
pub struct Simulated {
    /// The world that was simulated.
    pub config: Config,
    /// What was witnessed.
    pub ledger: Ledger,
    /// What the store says.
    pub end: Final,
    /// The organisation at the beginning.
    pub fallback: Vec<PersonId>,
    /// When trouble began and ended, and when all was over, true time.
    pub spans: (i64, i64, i64),
    /// Errors that can only be bugs.
    pub bugs: Vec<(i64, String)>,
    /// How much happened.
    pub counts: Counts,
}

fn simulate(config: &Config, words: &Arc<Words>) -> Result<Simulated, Broken> {
    let rng = Rng::new(config.seed);
    let start = sources::instant(1_704_067_200 * SECOND);
    let time = TrueTime::starting(start);
    let mut exec = Exec::new(&time, rng.fork("exec"));
    let book: Book = Arc::new(Mutex::new(Ledger::default()));
    let fate = Fate::new(&rng, exec.signals(), Arc::clone(&book), exec.time(), config.planted);
    let offsets = home_offsets(config);
    let clocks: Vec<Arc<FakeClock>> = offsets.iter().map(|offset| clock(&time, *offset)).collect();
    let store_clock = if config.nodes == 1 { Arc::clone(&clocks[0]) } else { clock(&time, 0) };
    let inner = hansei_store::memory(store_clock).map_err(|e| Broken(e.to_string()))?;
    let shared = Shared {
        inner: Arc::clone(&inner),
        fate: fate.clone(),
        book: Arc::clone(&book),
        look: Arc::new(watch::channel(0).0),
        cluster: config.nodes > 1,
        epochs: Arc::default(),
        decider: Arc::default(),
        inboxes: Arc::default(),
        policies: Arc::new(Mutex::new(HashMap::new())),
    };
    let org = Org::draw(&mut rng.fork("org"));
    let cluster = Cluster::new(shared, clocks, exec.spawner(), org.contacts.clone(), words, config.seed);
    for (place, offset) in offsets.iter().enumerate() {
        book.lock().offsets.push((place, time.micros(), *offset));
    }
    let begins = time.micros() + 600 * SECOND;
    let silent_from = begins + i64::from(config.days) * DAY;
    let fallback = org.fallback.clone();
    let world = Rc::new(World {
        cluster: Rc::clone(&cluster),
        org: RefCell::new(org),
        time: exec.time(),
        book: Arc::clone(&book),
        silent_from,
        home_offsets: offsets,
    });
    cluster.start();
    set_up(&world, &mut exec, begins)?;
    inhabit(&world, &rng, config);
    fate.set(config.chaos);
    cluster.mood.lock().kind = false;
    exec.run_until(silent_from);
    fate.set(Chaos::NONE);
    cluster.mood.lock().kind = true;
    let over = silent_from + 4 * DAY;
    exec.run_until(over);
    let end = at_end(&world, &mut exec, &inner)?;
    let polls = exec.polls();
    exec.stop();
    let bugs = cluster.bugs.take();
    drop((world, cluster, exec));
    let crashes = fate.crashes();
    let ledger = std::mem::take(&mut *book.lock());
    let counts = Counts {
        events: end.journal.len() as u64,
        signals: ledger.sent.len() as u64,
        incidents: end.states.keys().filter(|id| matches!(id, AggregateId::Incident(_))).count() as u64,
        calls: ledger.receipts.len() as u64,
        acts: ledger.acts.len() as u64,
        crashes,
        polls,
    };
    let spans = (begins, silent_from, over);
    Ok(Simulated { config: config.clone(), ledger, end, fallback, spans, bugs, counts })
}

/// The machines of a cluster have wall clocks of their own, minutes apart; what their nodes take for the time is what
/// they measured of their shared database's, and errs by no more than [`node::CLOCKS_APART`]. With the planted bug
/// each believes its own wall clock.
fn home_offsets(config: &Config) -> Vec<i64> {
    let apart =
        if config.planted == Some(Planted::OwnWallClocks) { 300 * SECOND } else { node::CLOCKS_APART };
    (0..config.nodes).map(|place| i64::try_from(place).unwrap_or(0) * apart).collect()
}

fn clock(time: &TrueTime, offset: i64) -> Arc<FakeClock> {
    let clock = FakeClock::over(time);
    clock.jump(jiff::SignedDuration::from_micros(offset));
    clock
}

#[expect(
    clippy::await_holding_refcell_ref,
    reason = "nobody else knows the organisation before it is set up"
)]
fn set_up(world: &Rc<World>, exec: &mut Exec, begins: i64) -> Result<(), Broken> {
    exec.run_until(world.time.now() + SECOND);
    let done: Rc<RefCell<Option<String>>> = Rc::new(RefCell::new(Some("not finished".into())));
    let (founder, result) = (Rc::clone(world), Rc::clone(&done));
    world.cluster.spawner.spawn(OUTSIDE, async move {
        let Some(app) = founder.cluster.nodes.first().and_then(|n| n.app()) else { return };
        let now = app.clock.now();
        let set_up = founder.org.borrow().set_up(&app, now).await;
        result.replace(set_up.err().map(|e| e.to_string()));
    });
    exec.run_until(begins);
    match done.take() {
        None => Ok(()),
        Some(why) => Err(Broken(why)),
    }
}

/// Brings the world to life.
fn inhabit(world: &Rc<World>, rng: &Rng, config: &Config) {
    let spawner = &world.cluster.spawner;
    let mut draw = rng.fork("sources");
    let services: Vec<_> = {
        let org = world.org.borrow();
        org.services.iter().map(|s| s.id).zip(org.keys.iter().copied()).collect()
    };
    let per_service = 4;
    let watched = services.len() * per_service;
    let pause = 7 * 86_400_000_000 * watched as u64 / u64::from(config.troubles_per_week.max(1));
    for (service, key) in services {
        for n in 0..per_service {
            let source = sources::Source::draw(&mut draw, service, key, n, pause);
            let own = rng.fork(&format!("{service}/{n}"));
            spawner.spawn(OUTSIDE, source.live(Rc::clone(world), own));
        }
    }
    let test = sources::Source::self_test();
    spawner.spawn(OUTSIDE, test.live(Rc::clone(world), rng.fork("self-test")));
    spawner.spawn(OUTSIDE, people::post_office(Rc::clone(world), rng.fork("people")));
    spawner.spawn(OUTSIDE, office::manage(Rc::clone(world), rng.fork("manage")));
    spawner.spawn(OUTSIDE, office::meddle(Rc::clone(world), rng.fork("meddle")));
    spawner.spawn(OUTSIDE, office::audit(Rc::clone(world), rng.fork("audit")));
    spawner.spawn(OUTSIDE, office::declare(Rc::clone(world), rng.fork("declare")));
    if config.wrong_clocks {
        spawner.spawn(OUTSIDE, office::bend_time(Rc::clone(world), rng.fork("clocks")));
    }
    if config.nodes > 1 && config.planted != Some(Planted::OwnWallClocks) {
        spawner.spawn(OUTSIDE, office::measure_time(Rc::clone(world), rng.fork("clocks")));
    }
}

fn at_end(world: &Rc<World>, exec: &mut Exec, inner: &Arc<dyn Store>) -> Result<Final, Broken> {
    let audit: Rc<RefCell<Option<Vec<Finding>>>> = Rc::new(RefCell::new(None));
    let (asker, answer) = (Rc::clone(world), Rc::clone(&audit));
    world.cluster.spawner.spawn(OUTSIDE, async move {
        let findings = asker.cluster.request(|app| async move { app.audit_once().await }).await;
        answer.replace(findings.and_then(Result::ok));
    });
    exec.run_until(world.time.now() + SECOND);
    let audit = audit.take().ok_or_else(|| Broken("no node is left to audit".into()))?;
    at_once(read_all(inner, audit))
        .ok_or_else(|| Broken("the store in memory waits".into()))?
        .map_err(|e| Broken(e.to_string()))
}

async fn read_all(store: &Arc<dyn Store>, audit: Vec<Finding>) -> StoreResult<Final> {
    let mut journal = Vec::new();
    loop {
        let after = journal.last().map_or(0, |e: &Recorded| e.seq);
        let mut part = store.journal_after(after, 5_000).await?;
        if part.is_empty() {
            break;
        }
        journal.append(&mut part);
    }
    let mut ids: Vec<AggregateId> = journal.iter().map(|e| e.aggregate).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut states = BTreeMap::new();
    for chunk in ids.chunks(500) {
        states.extend(store.load(chunk).await?.into_iter().map(|l| (l.id, l)));
    }
    let verification = store.verify(&|_, _| {}).await?;
    let figures = store.figures(Timestamp::MAX).await?;
    Ok(Final { journal, states, verification, figures, audit })
}
