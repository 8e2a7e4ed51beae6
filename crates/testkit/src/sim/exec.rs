//! An executor over virtual time: many tasks, one thread, no waiting.
//!
//! Tasks belong to a **process**; ending a process drops its tasks where they stand, as a power switch does, and
//! pausing it keeps them from running, as a stopped process. Which of several ready tasks goes next is drawn from the
//! seed, so every interleaving of store calls can happen, and the same seed gives the same one. When nothing is ready
//! time moves on to the next timer.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

use crate::clock::TrueTime;
use crate::rng::Rng;

/// Names a process: a node in one of its lives, or the world outside (0).
pub type ProcessId = u32;

/// The world outside, which never crashes.
pub const OUTSIDE: ProcessId = 0;

type Job = Pin<Box<dyn Future<Output = ()>>>;

struct TaskWaker {
    id: u64,
    queued: AtomicBool,
    ready: Arc<Mutex<BTreeSet<u64>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, SeqCst) {
            self.ready.lock().insert(self.id);
        }
    }
}

struct Task {
    process: ProcessId,
    job: Option<Job>,
    waker: Arc<TaskWaker>,
}

struct Timer {
    at: i64,
    order: u64,
    waker: Waker,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Timer {}
impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// Virtual time for tasks: cheap to clone, may be held by anything that is shared.
#[derive(Clone)]
pub struct Time {
    time: TrueTime,
    timers: Arc<Mutex<BinaryHeap<Reverse<Timer>>>>,
    order: Arc<AtomicU64>,
    current: Arc<AtomicU64>,
}

impl Time {
    /// Names the task that runs now.
    pub fn task(&self) -> u64 {
        self.current.load(SeqCst)
    }

    /// The true time, microseconds since 1970.
    pub fn now(&self) -> i64 {
        self.time.micros()
    }

    /// Is done when this much true time has passed, microseconds.
    pub fn sleep(&self, micros: u64) -> Sleep {
        self.sleep_until(self.now().saturating_add(i64::try_from(micros).unwrap_or(i64::MAX)))
    }

    /// Is done at an instant of the true time.
    pub fn sleep_until(&self, at: i64) -> Sleep {
        Sleep { time: self.clone(), at, waiting: false }
    }
}

/// See [`Time::sleep`].
pub struct Sleep {
    time: Time,
    at: i64,
    waiting: bool,
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.at {
            return Poll::Ready(());
        }
        if !self.waiting {
            self.waiting = true;
            let order = self.time.order.fetch_add(1, SeqCst);
            let timer = Timer { at: self.at, order, waker: cx.waker().clone() };
            self.time.timers.lock().push(Reverse(timer));
        }
        Poll::Pending
    }
}

/// Lets every other ready task go first, perhaps.
pub async fn step_aside() {
    let mut done = false;
    std::future::poll_fn(|cx| {
        if done {
            return Poll::Ready(());
        }
        done = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits for whichever of two is done first; `None` = the second one.
pub async fn first<A: Future, B: Future>(a: A, b: B) -> Option<A::Output> {
    let (mut a, mut b) = (std::pin::pin!(a), std::pin::pin!(b));
    std::future::poll_fn(|cx| {
        if let Poll::Ready(value) = a.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        b.as_mut().poll(cx).map(|_| None)
    })
    .await
}

/// Where tasks are started. Stays in the thread of the executor.
#[derive(Clone, Default)]
pub struct Spawner(Rc<RefCell<Vec<(ProcessId, Job)>>>);

impl Spawner {
    /// Starts a task.
    pub fn spawn(&self, process: ProcessId, job: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push((process, Box::pin(job)));
    }
}

/// Where processes are ended and paused; may be held by anything that is shared.
#[derive(Clone, Default)]
pub struct Signals(Arc<Mutex<Vec<(ProcessId, Signal)>>>);

enum Signal {
    Kill,
    Pause(i64),
}

impl Signals {
    /// Ends a process: its tasks are dropped where they stand.
    pub fn kill(&self, process: ProcessId) {
        self.0.lock().push((process, Signal::Kill));
    }

    /// Keeps a process from running until an instant of the true time.
    pub fn pause(&self, process: ProcessId, until: i64) {
        self.0.lock().push((process, Signal::Pause(until)));
    }
}

/// Runs tasks in virtual time.
pub struct Exec {
    time: Time,
    spawner: Spawner,
    signals: Signals,
    tasks: BTreeMap<u64, Task>,
    ready: Arc<Mutex<BTreeSet<u64>>>,
    paused: BTreeMap<ProcessId, i64>,
    rng: Rng,
    next_id: u64,
    polls: u64,
}

impl Exec {
    /// An executor over a time, whose choices come from a seed.
    pub fn new(time: &TrueTime, rng: Rng) -> Self {
        let (order, current) = (Arc::default(), Arc::default());
        let time = Time { time: time.clone(), timers: Arc::default(), order, current };
        Self {
            time,
            spawner: Spawner::default(),
            signals: Signals::default(),
            tasks: BTreeMap::new(),
            ready: Arc::default(),
            paused: BTreeMap::new(),
            rng,
            next_id: 0,
            polls: 0,
        }
    }

    /// Virtual time.
    pub fn time(&self) -> Time {
        self.time.clone()
    }

    /// Where tasks are started.
    pub fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }

    /// Where processes are ended and paused.
    pub fn signals(&self) -> Signals {
        self.signals.clone()
    }

    /// How many times a task was run on.
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// Runs until an instant of the true time (microseconds since 1970), or until nothing is left to do.
    pub fn run_until(&mut self, end: i64) {
        loop {
            self.obey();
            if let Some(id) = self.pick() {
                self.poll(id);
                continue;
            }
            let next = self.time.timers.lock().peek().map(|Reverse(timer)| timer.at);
            let resumed = self.paused.values().copied().min();
            let Some(next) = [next, resumed].into_iter().flatten().min().filter(|at| *at <= end) else {
                self.time.time.advance_to(end);
                return;
            };
            self.time.time.advance_to(next);
            self.wake_due(next);
        }
    }

    /// Drops everything.
    pub fn stop(&mut self) {
        self.spawner.0.borrow_mut().clear();
        self.tasks.clear();
    }

    fn wake_due(&mut self, now: i64) {
        self.paused.retain(|_, until| *until > now);
        loop {
            let due = {
                let mut timers = self.time.timers.lock();
                match timers.peek() {
                    Some(Reverse(timer)) if timer.at <= now => timers.pop(),
                    _ => None,
                }
            };
            let Some(Reverse(timer)) = due else { return };
            timer.waker.wake();
        }
    }

    fn obey(&mut self) {
        let spawned = std::mem::take(&mut *self.spawner.0.borrow_mut());
        for (process, job) in spawned {
            self.next_id += 1;
            let id = self.next_id;
            let waker =
                Arc::new(TaskWaker { id, queued: AtomicBool::new(true), ready: Arc::clone(&self.ready) });
            self.tasks.insert(id, Task { process, job: Some(job), waker });
            self.ready.lock().insert(id);
        }
        let signals = std::mem::take(&mut *self.signals.0.lock());
        for (process, signal) in signals {
            match signal {
                Signal::Kill => {
                    self.paused.remove(&process);
                    self.tasks.retain(|_, task| task.process != process);
                }
                Signal::Pause(until) => drop(self.paused.insert(process, until)),
            }
        }
    }

    /// Draws one of the ready tasks whose process runs. Only which tasks are ready counts, never in which order they
    /// were woken: some of the wakers we wait on draw that themselves.
    fn pick(&mut self) -> Option<u64> {
        let mut ready = self.ready.lock();
        ready.retain(|id| self.tasks.contains_key(id));
        let runs = |id: &&u64| {
            let process = self.tasks.get(id).map(|t| t.process);
            process.is_some_and(|p| !self.paused.contains_key(&p))
        };
        let count = if self.paused.is_empty() { ready.len() } else { ready.iter().filter(runs).count() };
        if count == 0 {
            return None;
        }
        let place = self.rng.below(count);
        let id = ready.iter().filter(|id| self.paused.is_empty() || runs(id)).nth(place).copied()?;
        ready.remove(&id);
        Some(id)
    }

    fn poll(&mut self, id: u64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.waker.queued.store(false, SeqCst);
        let Some(mut job) = task.job.take() else { return };
        let waker = Waker::from(Arc::clone(&task.waker));
        self.polls += 1;
        self.time.current.store(id, SeqCst);
        let done = job.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        if done {
            self.tasks.remove(&id);
        } else if let Some(task) = self.tasks.get_mut(&id) {
            task.job = Some(job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(seed: u64) -> Exec {
        Exec::new(&TrueTime::starting(hansei_domain::Timestamp::UNIX_EPOCH), Rng::new(seed))
    }

    fn trace(seed: u64) -> Vec<(char, i64)> {
        let mut exec = exec(seed);
        let log = Rc::new(RefCell::new(Vec::new()));
        for name in ['a', 'b', 'c'] {
            let (time, log) = (exec.time(), Rc::clone(&log));
            exec.spawner().spawn(OUTSIDE, async move {
                for _ in 0..3 {
                    step_aside().await;
                    log.borrow_mut().push((name, time.now()));
                    time.sleep(10).await;
                }
            });
        }
        exec.run_until(1_000);
        log.take()
    }

    #[test]
    fn the_same_seed_gives_the_same_interleaving_and_others_give_others() {
        assert_eq!(trace(1), trace(1));
        assert!((2..20).any(|seed| trace(seed) != trace(1)));
        assert_eq!(trace(1).iter().map(|(_, at)| *at).max(), Some(20));
    }

    #[test]
    fn a_killed_process_stops_where_it_stands_and_a_paused_one_goes_on_later() {
        let mut exec = exec(1);
        let log = Rc::new(RefCell::new(Vec::new()));
        for process in [1, 2] {
            let (time, log) = (exec.time(), Rc::clone(&log));
            exec.spawner().spawn(process, async move {
                loop {
                    time.sleep(10).await;
                    log.borrow_mut().push((process, time.now()));
                }
            });
        }
        exec.run_until(15);
        exec.signals().kill(1);
        exec.signals().pause(2, 35);
        exec.run_until(50);
        assert_eq!(log.take(), [(1, 10), (2, 10), (2, 35), (2, 45)].to_vec());
        assert_eq!(exec.time().now(), 50);
    }
}
