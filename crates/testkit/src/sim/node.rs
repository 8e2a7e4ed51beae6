//! Nodes: the real use-cases over a failing store, driven by the same loops as in production, restarted when they die.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use hansei_app::deliver::{Attempted, Lease};
use hansei_app::ports::{Clock, SenderKind, Senders, SharedClock, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig, AppError};
use hansei_domain::Timestamp;
use hansei_domain::page::SendOutcome;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot, watch};

use super::chaos::Planted;
use super::exec::{OUTSIDE, ProcessId, Spawner, first};
use super::ledger::{Answer, Life};
use super::org::Contacts;
use super::provider::{Mailbox, Mood, SimSender};
use super::store::{Shared, SimStore};
use crate::clock::FakeClock;
use crate::ids::SeededIds;
use crate::rng::Rng;

/// How long a claim is held, seconds, as in production.
pub const LEASE_SECS: u32 = hansei_app::deliver::LEASE_SECS;
/// How far the clock of a cluster's node may be from the time of the shared database, microseconds.
pub const CLOCKS_APART: i64 = 250_000;
/// An attempt that takes longer is given up by its node.
const ATTEMPT_MICROS: u64 = LEASE_SECS as u64 * 1_000_000;
/// Attempts that one node begins at once.
const ATTEMPTS: usize = 16;

/// A machine on which processes live, one after the other.
pub struct Node {
    /// Its place.
    pub index: usize,
    /// Its wall clock.
    pub clock: Arc<FakeClock>,
    process: Cell<ProcessId>,
    app: RefCell<Option<Arc<App>>>,
}

impl Node {
    /// The application, while it can answer.
    pub fn app(&self) -> Option<Arc<App>> {
        self.app.borrow().clone()
    }
}

/// What an [`AppError`] means to whoever asked.
pub fn answer_of(error: &AppError) -> Answer {
    match error {
        AppError::Refused(refusal) => Answer::No(refusal.code()),
        AppError::Conflict | AppError::Unavailable(_) | AppError::Backlogged | AppError::Bug(_) => {
            Answer::Unknown
        }
    }
}

/// All nodes.
pub struct Cluster {
    /// What they share.
    pub shared: Shared,
    /// The machines.
    pub nodes: Vec<Rc<Node>>,
    /// Where letters go.
    pub mailbox: Mailbox,
    /// How providers behave.
    pub mood: Arc<Mutex<Mood>>,
    /// Starts tasks.
    pub spawner: Spawner,
    contacts: Contacts,
    words: Arc<Words>,
    seed: u64,
    rng: RefCell<Rng>,
    next_process: Cell<ProcessId>,
    /// Signals have been accepted: repeats among them are told to the store a second later.
    pub accepted: Notify,
    /// Errors that can only be bugs.
    pub bugs: RefCell<Vec<(i64, String)>>,
}

impl Cluster {
    /// Machines without processes.
    pub fn new(
        shared: Shared,
        clocks: Vec<Arc<FakeClock>>,
        spawner: Spawner,
        contacts: Contacts,
        words: &Arc<Words>,
        seed: u64,
    ) -> Rc<Self> {
        let rng = Rng::new(seed).fork("cluster");
        let nodes = clocks.into_iter().enumerate().map(|(index, clock)| {
            Rc::new(Node { index, clock, process: Cell::new(OUTSIDE), app: RefCell::new(None) })
        });
        Rc::new(Self {
            nodes: nodes.collect(),
            mailbox: Mailbox::default(),
            mood: Arc::new(Mutex::new(Mood::new(&Rng::new(seed)))),
            spawner,
            contacts,
            words: Arc::clone(words),
            seed,
            rng: RefCell::new(rng),
            next_process: Cell::new(OUTSIDE + 1),
            accepted: Notify::new(),
            bugs: RefCell::new(Vec::new()),
            shared,
        })
    }

    /// Starts every machine and keeps them started.
    pub fn start(self: &Rc<Self>) {
        for index in 0..self.nodes.len() {
            let cluster = Rc::clone(self);
            self.spawner.spawn(OUTSIDE, async move { cluster.keep_alive(index).await });
        }
    }

    async fn keep_alive(self: Rc<Self>, index: usize) {
        loop {
            let process = self.boot(index);
            // The process holds the sender; when it is dropped, the process is gone.
            let (alive, mut gone) = watch::channel(());
            self.spawner.spawn(process, async move {
                let _alive = alive;
                std::future::pending::<()>().await;
            });
            while gone.changed().await.is_ok() {}
            self.buried(index, process);
            let fast = self.rng.borrow_mut().chance(700);
            let (low, high) = if fast { (100_000, 3_000_000) } else { (3_000_000, 120_000_000) };
            let pause = self.rng.borrow_mut().between(low, high);
            self.shared.fate.time.sleep(pause).await;
        }
    }

    fn buried(&self, index: usize, process: ProcessId) {
        if let Some(node) = self.nodes.get(index) {
            node.app.borrow_mut().take();
        }
        let now = self.shared.fate.time.now();
        let mut book = self.shared.book.lock();
        if let Some(life) = book.lives.iter_mut().rev().find(|l| l.process == process) {
            life.ended = Some(now);
        }
    }

    fn boot(self: &Rc<Self>, index: usize) -> ProcessId {
        let process = self.next_process.get();
        self.next_process.set(process + 1);
        self.shared.book.lock().lives.push(Life { node: index, process, ready: None, ended: None });
        if let Some(node) = self.nodes.get(index) {
            node.process.set(process);
        }
        let cluster = Rc::clone(self);
        self.spawner.spawn(process, async move { cluster.live(index, process).await });
        process
    }

    fn sender(&self, kind: SenderKind, process: ProcessId, node: usize) -> Arc<SimSender> {
        Arc::new(SimSender {
            kind,
            process,
            node,
            fate: self.shared.fate.clone(),
            book: Arc::clone(&self.shared.book),
            mood: Arc::clone(&self.mood),
            mailbox: self.mailbox.clone(),
            contacts: self.contacts.clone(),
        })
    }

    /// The life of a process: opens the application and runs its loops.
    async fn live(self: Rc<Self>, index: usize, process: ProcessId) {
        let Some(node) = self.nodes.get(index).map(Rc::clone) else { return };
        let store: Arc<dyn Store> = SimStore::new(&self.shared, process, index, &node.clock);
        let clock: SharedClock = Arc::<FakeClock>::clone(&node.clock);
        let ids = Arc::new(SeededIds::new(self.seed ^ (u64::from(process) << 32)));
        let app = loop {
            let senders = Senders::default()
                .with(self.sender("email", process, index))
                .with(self.sender("webhook", process, index))
                .with(self.sender("loopback", process, index));
            let config = AppConfig {
                public_url: "https://hansei.example.org".into(),
                lease_secs: LEASE_SECS,
                canary_secs: 0,
            };
            let opened = App::open(
                Arc::clone(&store),
                Arc::clone(&clock),
                ids.clone(),
                senders,
                Arc::clone(&self.words),
                config,
            );
            match opened.await {
                Ok(app) => break app,
                Err(_) => self.shared.fate.time.sleep(500_000).await,
            }
        };
        node.app.replace(Some(Arc::clone(&app)));
        let now = self.shared.fate.time.now();
        if let Some(life) = self.shared.book.lock().lives.iter_mut().rev().find(|l| l.process == process) {
            life.ready = Some(now);
        }
        let life = Rc::new(LifeOf { cluster: Rc::clone(&self), node, app, process });
        self.spawner.spawn(process, Rc::clone(&life).decide());
        self.spawner.spawn(process, Rc::clone(&life).due());
        self.spawner.spawn(process, Rc::clone(&life).deliver());
        self.spawner.spawn(process, Rc::clone(&life).tail());
        self.spawner.spawn(process, Rc::clone(&life).repeats());
        self.spawner.spawn(process, life.sweep());
    }

    /// A request over the network to one of the nodes; `None` = no answer came.
    pub async fn request<T, F>(&self, work: impl FnOnce(Arc<App>) -> F + 'static) -> Option<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let up: Vec<&Rc<Node>> = self.nodes.iter().filter(|n| n.app.borrow().is_some()).collect();
        let place = self.rng.borrow_mut().below(up.len());
        let node = up.get(place)?;
        let app = node.app()?;
        let (answer, answered) = oneshot::channel();
        self.spawner.spawn(node.process.get(), async move {
            let _ = answer.send(work(app).await);
        });
        answered.await.ok()
    }

    /// Notes an error that can only be a bug.
    pub fn suspect(&self, error: &AppError) {
        if let AppError::Bug(why) = error {
            self.bugs.borrow_mut().push((self.shared.fate.time.now(), why.clone()));
        }
    }
}

/// One life of a node: what its loops need.
struct LifeOf {
    cluster: Rc<Cluster>,
    node: Rc<Node>,
    app: Arc<App>,
    process: ProcessId,
}

/// Pauses after errors: 50 ms, doubling to 2 s, as in production.
struct Pause(u64);

impl LifeOf {
    async fn after(&self, pause: &mut Pause, error: &AppError) {
        self.cluster.suspect(error);
        self.cluster.shared.fate.time.sleep(pause.0 * 1_000).await;
        pause.0 = (pause.0 * 2).min(2_000);
    }

    /// Sleeps until the node's clock shows an instant, or somebody says that there is something to see. What is due
    /// already and does not go away is looked at ever less often.
    async fn until(
        &self,
        next: Option<Timestamp>,
        wake: &Notify,
        look: &mut watch::Receiver<u64>,
        stuck: &mut u64,
    ) {
        let woken = first(wake.notified(), look.changed());
        let Some(next) = next else {
            *stuck = 0;
            let _ = woken.await;
            return;
        };
        let micros = next.duration_since(self.node.clock.now()).as_micros();
        let micros = match u64::try_from(micros) {
            Ok(micros) if micros > 0 => {
                *stuck = 0;
                micros
            }
            _ => {
                *stuck = (*stuck * 2).clamp(1_000, 600_000_000);
                *stuck
            }
        };
        let _ = first(woken, self.cluster.shared.fate.time.sleep(micros)).await;
    }

    async fn decide(self: Rc<Self>) {
        let mut pause = Pause(50);
        loop {
            match self.app.decide_once().await {
                Ok(0) => self.app.store.inbox_wait().await,
                Ok(_) => pause.0 = 50,
                Err(error) => self.after(&mut pause, &error).await,
            }
        }
    }

    async fn due(self: Rc<Self>) {
        let (mut pause, mut stuck) = (Pause(50), 0);
        let mut look = self.cluster.shared.look.subscribe();
        loop {
            look.mark_unchanged();
            let step = async {
                while self.app.due_once().await? > 0 && stuck == 0 {
                    self.cluster.shared.fate.time.sleep(1_000).await;
                }
                self.app.next_due_at().await
            };
            match step.await {
                Ok(next) => {
                    pause.0 = 50;
                    self.until(next, &self.app.wake.due, &mut look, &mut stuck).await;
                }
                Err(error) => self.after(&mut pause, &error).await,
            }
        }
    }

    async fn deliver(self: Rc<Self>) {
        let (mut pause, mut stuck) = (Pause(50), 0);
        let mut look = self.cluster.shared.look.subscribe();
        loop {
            look.mark_unchanged();
            let step = async {
                let claims = self.app.claim(ATTEMPTS).await?;
                let none = claims.is_empty();
                for claim in claims {
                    let life = Rc::clone(&self);
                    self.cluster.spawner.spawn(self.process, async move { life.attempt(claim).await });
                }
                if none { self.app.next_send_at().await.map(Some) } else { Ok(None) }
            };
            match step.await {
                Ok(Some(next)) => {
                    pause.0 = 50;
                    self.until(next, &self.app.wake.deliver, &mut look, &mut stuck).await;
                }
                Ok(None) => pause.0 = 50,
                Err(error) => self.after(&mut pause, &error).await,
            }
        }
    }

    async fn attempt(self: Rc<Self>, claim: Lease) {
        let time = self.cluster.shared.fate.time.clone();
        self.cluster.shared.book.lock().under.insert(time.task(), (claim.entry.id, claim.epoch));
        // Without a fence, whoever is slow to say what came of it speaks for a lease that another one has.
        let slow = self.cluster.shared.fate.is(Planted::NoFence);
        let limit = time.sleep(if slow { 4 * ATTEMPT_MICROS } else { ATTEMPT_MICROS });
        let done = first(self.send_and_record(&claim), limit).await;
        self.cluster.shared.book.lock().under.remove(&time.task());
        if let Some(Err(error)) = done {
            self.cluster.suspect(&error);
        }
        self.app.wake.deliver.notify_one();
    }

    /// As [`App::deliver_claim`], with room for bugs between its two halves.
    async fn send_and_record(&self, claim: &Lease) -> Result<(), AppError> {
        let fate = &self.cluster.shared.fate;
        if fate.is(Planted::PageAfterAck) {
            // Within the span in which an attempt may begin, and longer than R11 allows.
            fate.time.sleep(2_000_000).await;
        }
        if fate.is(Planted::ExpireSending) && claim.epoch > 1 {
            return self.app.record_outcome(claim, None).await;
        }
        if fate.is(Planted::MarkBeforeSend) {
            let sent = SendOutcome::Delivered { receipt: "soon".into() };
            self.app.record_outcome(claim, Some(sent)).await?;
            return self.app.attempt(claim).await.map(drop);
        }
        match self.app.attempt(claim).await? {
            Attempted::Outcome(outcome) => {
                if fate.is(Planted::NoFence) && fate.between(0, 4) == 0 {
                    fate.time.sleep(2 * ATTEMPT_MICROS).await;
                }
                self.app.record_outcome(claim, Some(outcome)).await
            }
            Attempted::Ended => self.app.record_outcome(claim, None).await,
            Attempted::TooLate => Ok(()),
        }
    }

    /// Reads what others wrote. Alone, that is only what this node does not know to have written: a commit whose answer
    /// was lost. Production looks every 200 ms at the latest; here somebody always says so.
    async fn tail(self: Rc<Self>) {
        let mut pause = Pause(50);
        let mut look = self.cluster.shared.look.subscribe();
        loop {
            look.mark_unchanged();
            match self.app.tail_once().await {
                Ok(0) => {
                    pause.0 = 50;
                    let _ = look.changed().await;
                    let lag = self.cluster.shared.fate.between(0, 200_000);
                    self.cluster.shared.fate.time.sleep(lag).await;
                }
                Ok(_) => pause.0 = 50,
                Err(error) => self.after(&mut pause, &error).await,
            }
        }
    }

    async fn repeats(self: Rc<Self>) {
        let mut pause = Pause(50);
        loop {
            self.cluster.accepted.notified().await;
            self.cluster.shared.fate.time.sleep(1_000_000).await;
            loop {
                match self.app.flush_repeats().await {
                    Ok(0) => break,
                    Ok(_) => pause.0 = 50,
                    Err(error) => self.after(&mut pause, &error).await,
                }
            }
        }
    }

    async fn sweep(self: Rc<Self>) {
        loop {
            let pause = self.cluster.shared.fate.between(100_000, 500_000);
            self.cluster.shared.fate.time.sleep(pause * 1_000_000).await;
            if let Err(error) = self.app.sweep_resolved().await {
                self.cluster.suspect(&error);
            }
            let now = self.node.clock.now();
            let before = now - jiff::SignedDuration::from_hours(72);
            if self.cluster.shared.fate.between(0, 2) == 0 {
                let _ = self.app.store.sweep(now, before).await;
            }
        }
    }
}
