//! A store for tests and the simulator: SQLite in memory, without threads. Every call is done when it returns, so the
//! same calls give the same answers in the same order (docs/decisions/0003).

use std::sync::Arc;

use hansei_app::ports::{SharedClock, StoreError, StoreResult};
use parking_lot::Mutex;

use crate::inbox::LogInbox;
use crate::migrate::migrate;
use crate::sql::{Conn, Future, now};
use crate::sqlite::in_memory;
use crate::write::{Done, Meter, Work, run_group};

/// A store in memory.
pub(crate) struct MemoryEngine {
    conn: Mutex<Conn>,
    closed: Mutex<bool>,
    pub meter: Meter,
    pub inbox: Arc<LogInbox>,
    clock: SharedClock,
}

impl MemoryEngine {
    /// An empty one.
    pub fn new(clock: &SharedClock) -> StoreResult<Self> {
        let lite = in_memory().map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let mut conn = Conn::Lite(Box::new(lite));
        now(migrate(&mut conn, clock.now()))?;
        Ok(Self {
            conn: Mutex::new(conn),
            closed: Mutex::new(false),
            meter: Meter::default(),
            inbox: Arc::new(LogInbox::in_memory()),
            clock: Arc::clone(clock),
        })
    }

    /// Does it at once, in a transaction of its own.
    pub fn work(&self, work: &Work) -> StoreResult<Done> {
        self.check_open()?;
        let started = self.clock.monotonic_nanos();
        let mut conn = self.conn.lock();
        let mut results = now(async { Ok(run_group(&mut conn, &[work]).await) })?;
        let result = results.pop().unwrap_or_else(|| Err(StoreError::Bug("no answer".into())));
        self.meter.record(1, self.clock.monotonic_nanos().saturating_sub(started));
        if let (Ok(_), Work::Commit(prepared)) = (&result, work) {
            self.inbox.decided(prepared.inbox.as_ref());
        }
        result
    }

    /// Runs a use-case at once.
    pub fn read<T>(
        &self,
        job: impl for<'c> FnOnce(&'c mut Conn) -> Future<'c, StoreResult<T>>,
    ) -> StoreResult<T> {
        self.check_open()?;
        now(job(&mut self.conn.lock()))
    }

    /// Takes nothing more.
    pub fn close(&self) {
        *self.closed.lock() = true;
        self.inbox.close();
    }

    fn check_open(&self) -> StoreResult<()> {
        if *self.closed.lock() { Err(StoreError::Unavailable("the store is closed".into())) } else { Ok(()) }
    }
}
