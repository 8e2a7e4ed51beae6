//! The writer and the readers: threads, because SQLite blocks, and because a statement costs less than handing it
//! over. A whole use-case is handed over at once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use hansei_app::ports::{SharedClock, StoreError, StoreResult};
use parking_lot::{Condvar, Mutex};

use super::ballast::Ballast;
use super::checkpoint::{Checkpoint, count_pages};
use crate::inbox::LogInbox;
use crate::sql::{Conn, now};
use crate::write::{Done, Job, Meter, Queue, Served, Work, run_group};

/// What the writer thread works with.
pub(super) struct Writer {
    pub conn: Conn,
    pub queue: Arc<Queue>,
    pub checkpoint: Arc<Checkpoint>,
    pub inbox: Arc<LogInbox>,
    pub ballast: Arc<Ballast>,
    pub meter: Arc<Meter>,
    pub clock: SharedClock,
}

impl Writer {
    /// Commits group after group until the queue ends.
    pub fn run(mut self) {
        let _however_it_ends = Served::new(&self.queue);
        if let Conn::Lite(lite) = &self.conn {
            count_pages(lite.raw());
        }
        while let Some(group) = self.queue.next_blocking() {
            self.group(group);
        }
        self.tidy();
    }

    fn group(&mut self, group: Vec<Job>) {
        let started = self.clock.monotonic_nanos();
        let works: Vec<&Work> = group.iter().map(|job| &job.work).collect();
        let mut results = self.run_group(&works);
        // What did not go through has left no trace, so it may be tried again in the room that there is now.
        if self.was_full() && self.ballast.release() {
            results = self.run_group(&works);
        }
        self.ballast.restore();
        self.meter.record(group.len(), self.clock.monotonic_nanos().saturating_sub(started));
        self.stop_if_fatal();
        let swept = works.iter().any(|work| matches!(work, Work::Sweep { .. }));
        let mut locked = None;
        let mut results = results.into_iter();
        for job in group {
            let lost = || Err(StoreError::Bug("the writer has no answer".into()));
            let result = results.next().unwrap_or_else(lost);
            if let (Ok(_), Work::Commit(prepared)) = (&result, &job.work) {
                self.inbox.decided(prepared.inbox.as_ref());
            }
            if let Err(StoreError::Unavailable(reason)) = &result {
                locked = Some(StoreError::Unavailable(reason.clone()));
            }
            // Whoever no longer waits does not care.
            let _ = job.answer.send(result);
        }
        if let Conn::Lite(lite) = &mut self.conn {
            self.checkpoint.after_commit(lite);
            self.stop_if_fatal();
        }
        if swept {
            self.optimize();
        }
        // What arrived meanwhile would meet the same lock, and has waited as long already.
        if let Some(error) = locked {
            self.queue.refuse_waiting(&error);
        }
    }

    fn run_group(&mut self, works: &[&Work]) -> Vec<StoreResult<Done>> {
        let conn = &mut self.conn;
        now(async { Ok(run_group(conn, works).await) }).unwrap_or_else(|_| Vec::new())
    }

    fn was_full(&mut self) -> bool {
        match &mut self.conn {
            Conn::Lite(lite) => lite.was_full(),
            Conn::Pg(_) => false,
        }
    }

    /// After a failed sync nobody knows what is on the disk: only opening anew finds out (F6).
    fn stop_if_fatal(&self) {
        if let Some(reason) = self.conn.fatal() {
            tracing::error!(reason, "writing has ended; restart to recover");
            self.queue.shut_for(reason);
        }
    }

    /// Brings the planner's statistics up to date, looking at no more than some hundred rows of each index.
    fn optimize(&mut self) {
        self.pragma("PRAGMA analysis_limit = 400");
        self.pragma("PRAGMA optimize");
    }

    /// Leaves the database in good order: statistics, and everything out of the log.
    fn tidy(&mut self) {
        self.optimize();
        self.pragma("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    fn pragma(&mut self, sql: &'static str) {
        if let Conn::Lite(lite) = &mut self.conn
            && let Err(error) = lite.query(sql, &[], |_| Ok(()))
        {
            tracing::warn!(%error, sql, "could not tidy up the database");
        }
    }
}

/// Something to be done on a reader's connection.
pub(super) type ReadJob = Box<dyn FnOnce(&mut Conn) + Send>;

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<ReadJob>,
    ended: bool,
}

/// Reads wait here for the next free reader.
#[derive(Default)]
pub(super) struct ReadQueue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

impl ReadQueue {
    /// Lets a read wait; `false` if the readers have ended.
    pub fn push(&self, job: ReadJob) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.ended {
            return false;
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.arrived.notify_one();
        true
    }

    /// Ends the readers; what waits is dropped, and whoever waits for it is told.
    pub fn end(&self) {
        let mut waiting = self.waiting.lock();
        waiting.ended = true;
        waiting.jobs.clear();
        drop(waiting);
        self.arrived.notify_all();
    }

    fn run(&self, conn: &mut Conn) {
        loop {
            let mut waiting = self.waiting.lock();
            let job = loop {
                if let Some(job) = waiting.jobs.pop_front() {
                    break job;
                }
                if waiting.ended {
                    return;
                }
                self.arrived.wait(&mut waiting);
            };
            drop(waiting);
            // A read that panics is told to its caller by the answer it never gives; the next one finds a reader (R47).
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(conn)));
            if outcome.is_err() {
                tracing::error!("a read of the store panicked");
            }
        }
    }
}

/// Starts a reader.
pub(super) fn spawn_reader(queue: &Arc<ReadQueue>, mut conn: Conn) -> std::io::Result<JoinHandle<()>> {
    let queue = Arc::clone(queue);
    thread::Builder::new().name("store-read".into()).spawn(move || queue.run(&mut conn))
}

/// Starts the writer.
pub(super) fn spawn_writer(writer: Writer) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("store-write".into()).spawn(move || writer.run())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::migrate;
    use crate::sqlite::in_memory;
    use crate::write::prepare;
    use hansei_app::ports::{Clock, Commit, MetaExpect, SideWrite};
    use jiff::Timestamp;
    use tokio::sync::oneshot;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn monotonic_nanos(&self) -> u64 {
            0
        }
    }

    #[tokio::test]
    async fn a_full_disk_gives_the_kept_room_to_the_writer_and_stops_the_inbox() {
        let folder = std::env::temp_dir().join(format!("hansei-full-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let clock: SharedClock = Arc::new(Still);
        let mut conn = Conn::Lite(Box::new(in_memory().unwrap()));
        now(migrate(&mut conn, clock.now())).unwrap();
        let ballast = Arc::new(Ballast::keep(&folder, &clock));
        let inbox = Arc::new(LogInbox::in_memory().behind(&ballast));
        let (queue, meter) = (Arc::new(Queue::default()), Arc::new(Meter::default()));
        let checkpoint = Arc::new(Checkpoint::default());
        let mut writer = Writer { conn, queue, checkpoint, inbox, ballast, meter, clock };
        let write = |writer: &mut Writer, size: usize| {
            let value = Some("x".repeat(size));
            let side = vec![SideWrite::Meta { name: "m".into(), value, expect: MetaExpect::Any }];
            let commit = Commit { side, ..Commit::default() };
            let (answer, mut answered) = oneshot::channel();
            let work = Work::Commit(Box::new(prepare(commit, Timestamp::UNIX_EPOCH).unwrap()));
            writer.group(vec![Job { work, answer }]);
            answered.try_recv().unwrap()
        };
        write(&mut writer, 10).unwrap();
        writer.inbox.append(&["signal".into()]).await.unwrap();
        assert!(folder.join("ballast").exists());
        now(writer.conn.batch("PRAGMA max_page_count = 100")).unwrap();
        assert!(write(&mut writer, 4 << 20).is_err());
        assert!(!folder.join("ballast").exists(), "its room is the writer's now");
        let refused = writer.inbox.append(&["signal".into()]).await;
        assert!(matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("full")), "{refused:?}");
        write(&mut writer, 10).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
