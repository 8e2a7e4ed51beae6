//! What goes wrong, how often; and bugs that are planted on purpose.

use std::sync::Arc;

use parking_lot::Mutex;

use super::exec::{ProcessId, Signals, Time};
use super::ledger::{Book, Trouble};
use crate::rng::Rng;

/// How often things go wrong: once in so many store calls or commits; 0 = never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chaos {
    /// The process dies before or after a call of the store or of a provider.
    pub crash: u32,
    /// The process stands still for up to a minute.
    pub pause: u32,
    /// A commit is refused although it could have been made.
    pub refuse: u32,
    /// A commit is made and the answer is lost.
    pub lose_answer: u32,
    /// The store goes away for seconds to minutes.
    pub outage: u32,
    /// A call takes up to a second and a half.
    pub slow: u32,
}

impl Chaos {
    /// Nothing goes wrong.
    pub const NONE: Self = Self { crash: 0, pause: 0, refuse: 0, lose_answer: 0, outage: 0, slow: 0 };
    /// What a simulated year lives with: some hundred crashes, many more small troubles.
    pub const USUAL: Self =
        Self { crash: 700, pause: 4_000, refuse: 150, lose_answer: 150, outage: 1_500, slow: 60 };
}

/// A bug that is planted to see whether it is found (reliability bar, §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Planted {
    /// 202 is answered before the signals are durable.
    AnswerBeforeCommit,
    /// A page is marked as sent before it is sent.
    MarkBeforeSend,
    /// A page is sent from what was known when it was claimed; its end in between is not noticed.
    PageAfterAck,
    /// An attempt whose sender died is taken for failed.
    ExpireSending,
    /// The outcome of a lost lease is taken as well.
    NoFence,
    /// What arrived last wins, whatever the sender's clock says.
    ArrivalOrder,
    /// A running escalation follows the policy of the day.
    LivePolicy,
    /// A link takes any generation of its incident.
    LinkForAnyGeneration,
    /// What is to be sent is stored in a second transaction.
    OutboxApart,
    /// Deadlines are kept in memory and lost with the process.
    TimersInMemory,
    /// Each node believes its own wall clock.
    OwnWallClocks,
    /// Commits do not look at the version.
    NoVersionCheck,
    /// Taking an incident leaves its pages open.
    AckLeavesPagesOpen,
    /// An incident is resolved when any of its alerts ends, while others fire.
    AutoResolveEarly,
    /// Each node has an inbox of its own and decides what lies in it; what a dead one left is decided later.
    InboxOfEachNode,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::AnswerBeforeCommit,
        Self::MarkBeforeSend,
        Self::PageAfterAck,
        Self::ExpireSending,
        Self::NoFence,
        Self::ArrivalOrder,
        Self::LivePolicy,
        Self::LinkForAnyGeneration,
        Self::OutboxApart,
        Self::TimersInMemory,
        Self::OwnWallClocks,
        Self::NoVersionCheck,
        Self::AckLeavesPagesOpen,
        Self::AutoResolveEarly,
        Self::InboxOfEachNode,
    ];
}

struct State {
    rng: Rng,
    chaos: Chaos,
    outage_until: i64,
    crashes: u64,
}

/// Decides what goes wrong next. Shared by everything that can go wrong.
#[derive(Clone)]
pub struct Fate {
    state: Arc<Mutex<State>>,
    signals: Signals,
    book: Book,
    /// Virtual time.
    pub time: Time,
    /// The planted bug, if there is one.
    pub planted: Option<Planted>,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It goes on.
    Go,
    /// It goes on after so many microseconds.
    Wait(u64),
    /// The process is dead.
    Dead,
}

impl Fate {
    /// Nothing goes wrong until [`Fate::set`].
    pub fn new(rng: &Rng, signals: Signals, book: Book, time: Time, planted: Option<Planted>) -> Self {
        let state = State { rng: rng.fork("fate"), chaos: Chaos::NONE, outage_until: 0, crashes: 0 };
        Self { state: Arc::new(Mutex::new(state)), signals, book, time, planted }
    }

    /// From now on this much goes wrong.
    pub fn set(&self, chaos: Chaos) {
        self.state.lock().chaos = chaos;
    }

    /// Whether this bug is planted.
    pub fn is(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// Crashes so far.
    pub fn crashes(&self) -> u64 {
        self.state.lock().crashes
    }

    fn trouble(&self, what: &'static str, until: i64, node: Option<usize>) {
        self.book.lock().troubles.push(Trouble { from: self.time.now(), until, what, node });
    }

    /// A process comes to a place where it may die or stand still.
    pub fn meet(&self, process: ProcessId, node: usize) -> Turn {
        let mut state = self.state.lock();
        let chaos = state.chaos;
        if state.rng.one_in(chaos.crash) {
            state.crashes += 1;
            drop(state);
            self.trouble("crash", self.time.now(), Some(node));
            self.signals.kill(process);
            return Turn::Dead;
        }
        if state.rng.one_in(chaos.pause) {
            let until = self.time.now() + i64::try_from(state.rng.between(1, 60)).unwrap_or(1) * 1_000_000;
            drop(state);
            self.trouble("pause", until, Some(node));
            self.signals.pause(process, until);
            return Turn::Go;
        }
        if state.rng.one_in(chaos.slow) {
            let most = if state.rng.chance(50) { 1_500_000 } else { 50_000 };
            return Turn::Wait(state.rng.between(1_000, most));
        }
        Turn::Go
    }

    /// Whether the store is away now; a commit may send it away.
    pub fn store_is_away(&self, commits: bool) -> bool {
        let now = self.time.now();
        let mut state = self.state.lock();
        if state.outage_until > now {
            return true;
        }
        let chaos = state.chaos;
        if commits && state.rng.one_in(chaos.outage) {
            let long = state.rng.chance(200);
            let secs = if long { state.rng.between(30, 600) } else { state.rng.between(1, 20) };
            state.outage_until = now + i64::try_from(secs).unwrap_or(1) * 1_000_000;
            let until = state.outage_until;
            drop(state);
            self.trouble("store away", until, None);
            return true;
        }
        false
    }

    /// Whether a commit that could be made is refused.
    pub fn refuses(&self, node: usize) -> bool {
        let mut state = self.state.lock();
        let chaos = state.chaos;
        let refuses = state.rng.one_in(chaos.refuse);
        drop(state);
        if refuses {
            self.trouble("commit refused", self.time.now(), Some(node));
        }
        refuses
    }

    /// Whether the answer of a commit that was made is lost.
    pub fn loses_answer(&self, node: usize) -> bool {
        let mut state = self.state.lock();
        let chaos = state.chaos;
        let loses = state.rng.one_in(chaos.lose_answer);
        drop(state);
        if loses {
            self.trouble("answer lost", self.time.now(), Some(node));
        }
        loses
    }

    /// A random number for whoever needs one on the way.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        self.state.lock().rng.between(low, high)
    }
}
