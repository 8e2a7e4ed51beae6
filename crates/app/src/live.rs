//! The tail of the journal for streams (§4 of the reliability bar): memory of one node, one reader for all.
//!
//! One task per node reads the journal after what it has seen, into a bounded ring; every stream shares it. Opening,
//! filtering and closing a stream writes nothing and locks nothing in the store. A stream that falls behind the ring
//! is told to start anew; back-pressure never reaches the reader.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hansei_domain::journal::Recorded;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::App;
use crate::error::AppResult;

/// Entries kept for resuming.
const RING: usize = 10_000;
/// Entries a slow stream may be behind before it is cut.
const SLACK: usize = 1_024;
/// Entries that may pass unread while nobody listens: enough for whoever lost a connection for a moment.
const UNHEARD: u64 = 3_000;
/// Entries read at once.
const READ: usize = 500;
/// Entries that are still told after some were left out.
const KEPT: u64 = 100;

/// The shared tail.
pub struct Live {
    ring: Mutex<Ring>,
    /// The catalogue has changed and has not been read anew yet: kept until that has succeeded, since the tail moves on.
    stale: AtomicBool,
}

struct Ring {
    last_seq: u64,
    entries: VecDeque<Arc<Recorded>>,
    sender: broadcast::Sender<Arc<Recorded>>,
}

/// What a stream gets when it opens.
pub struct Subscription {
    /// Entries after the asked one, oldest first.
    pub missed: Vec<Arc<Recorded>>,
    /// The asked place is no longer in memory: the page must be fetched anew.
    pub reset: bool,
    /// The sequence number up to which `missed` reaches.
    pub last_seq: u64,
    /// What comes next; lagging behind means: start anew.
    pub next: broadcast::Receiver<Arc<Recorded>>,
}

impl Live {
    /// A tail that begins after a sequence number.
    pub fn new(last_seq: u64) -> Self {
        let (sender, _) = broadcast::channel(SLACK);
        let ring = Mutex::new(Ring { last_seq, entries: VecDeque::new(), sender });
        Self { ring, stale: AtomicBool::new(false) }
    }

    /// Opens a stream after `seq` (or from now on). Touches memory only.
    pub fn subscribe(&self, after: Option<u64>) -> Subscription {
        let ring = self.ring.lock();
        // Subscribed under the same lock under which the reader publishes: nothing is missed or seen twice.
        let next = ring.sender.subscribe();
        let after = after.unwrap_or(ring.last_seq);
        let first = ring.entries.front().map_or(ring.last_seq + 1, |e| e.seq);
        let reset = after > ring.last_seq || after + 1 < first;
        let missed = if reset {
            Vec::new()
        } else {
            ring.entries.iter().filter(|e| e.seq > after).map(Arc::clone).collect()
        };
        Subscription { missed, reset, last_seq: ring.last_seq, next }
    }

    /// How many streams are open.
    pub fn streams(&self) -> usize {
        self.ring.lock().sender.receiver_count()
    }

    /// The last sequence number that streams have been told.
    pub fn last_seq(&self) -> u64 {
        self.ring.lock().last_seq
    }

    /// How far the tail may be behind before it leaves out what lies between: what nobody listens to need not be read,
    /// and what has fallen out of the ring could not be resumed at anyway.
    fn most_behind(&self) -> u64 {
        if self.streams() == 0 { UNHEARD } else { RING as u64 }
    }

    /// Goes on behind a later entry. Streams that are open end, and find themselves too far back when they resume.
    fn skip_to(&self, seq: u64) {
        let mut ring = self.ring.lock();
        ring.entries.clear();
        ring.last_seq = seq;
        ring.sender = broadcast::channel(SLACK).0;
    }

    fn publish(&self, entries: Vec<Recorded>) -> bool {
        let mut catalog_changed = false;
        let mut ring = self.ring.lock();
        for entry in entries {
            catalog_changed |= matches!(entry.event, hansei_domain::journal::Event::Entry(_));
            let entry = Arc::new(entry);
            ring.last_seq = entry.seq;
            if ring.entries.len() >= RING {
                ring.entries.pop_front();
            }
            ring.entries.push_back(Arc::clone(&entry));
            // Nobody listening is no error.
            let _ = ring.sender.send(entry);
        }
        catalog_changed
    }
}

impl App {
    /// Reads what the journal has after the tail, and tells the streams. Returns how many entries there were.
    pub async fn tail_once(&self) -> AppResult<usize> {
        let newest = self.store.last_seq().await?;
        if newest.saturating_sub(self.live.last_seq()) > self.live.most_behind() {
            self.live.skip_to(newest - KEPT);
            metrics::counter!("hansei_tail_skipped_total").increment(1);
            // The catalogue may have changed in between.
            self.live.stale.store(true, Ordering::SeqCst);
        }
        let entries = self.store.journal_after(self.live.last_seq(), READ).await?;
        let count = entries.len();
        if count > 0 && self.live.publish(entries) {
            self.live.stale.store(true, Ordering::SeqCst);
        }
        if self.live.stale.swap(false, Ordering::SeqCst)
            && let Err(error) = self.reload_catalog().await
        {
            self.live.stale.store(true, Ordering::SeqCst);
            return Err(error);
        }
        Ok(count)
    }
}
