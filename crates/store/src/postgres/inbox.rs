//! The inbox in PostgreSQL: rows of packed signals.
//!
//! Every node appends: two tasks write what all requests of this node bring in the same moment, in one statement at a
//! time. A row's number is its place in the order of arrival at the whole cluster: a request that began after another
//! was answered has the larger number. One node at a time decides, in that order (`decider.rs`), and deletes the rows
//! in the deciding transaction. No row belongs to a node, so whoever decides next finds all that others have left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use hansei_app::ports::{InboxBatch, InboxToken, SharedClock, StoreError, StoreResult};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};

use super::decider::Decider;
use super::writer::Link;
use crate::LeaseClock;
use crate::inbox::{pack, token_records};
use crate::sql::{Conn, Val};
use crate::write::same;

/// Most signals in one row, and bytes.
const ROW_RECORDS: usize = 256;
const ROW_BYTES: usize = 1 << 20;
/// Most signals appended in one statement, and bytes.
const FLUSH_RECORDS: usize = 4_096;
const FLUSH_BYTES: usize = 8 << 20;
/// Undecided signals above which appends are refused.
const BACKLOG: u64 = 2_000_000;
/// This node's estimate of undecided signals above which they are counted: others decide them, too.
const ESTIMATE: u64 = 100_000;
/// Appends that wait for the database.
const WAITING: usize = 8_192;
/// An append that takes longer is answered 503 (R2).
pub(super) const APPEND: Duration = Duration::from_millis(1_900);
/// How often the node that decides looks for signals that other nodes took in.
const POLL: Duration = Duration::from_millis(200);
/// How often the others look whether they are to decide.
const LOOK: Duration = Duration::from_millis(500);

/// Signals on their way, with somebody who waits.
struct Append {
    records: Vec<Bytes>,
    answer: oneshot::Sender<StoreResult<()>>,
}

/// The inbox of one node.
pub(crate) struct PgInbox {
    decider: tokio::sync::Mutex<Decider>,
    /// Whether this node decides, as far as it knows.
    deciding: AtomicBool,
    appends: Mutex<Option<mpsc::Sender<Append>>>,
    arrived: Notify,
    /// Signals appended so far, and how many of them there were when the table was last seen empty.
    appended: AtomicU64,
    empty_at: AtomicU64,
    /// Signals that are not decided, roughly.
    pending: AtomicU64,
}

impl PgInbox {
    /// Starts the tasks that append, one for each connection.
    pub(super) fn start<const N: usize>(
        clock: SharedClock,
        leases: LeaseClock,
        deciding: Link,
        appending: [Link; N],
    ) -> (Arc<Self>, [tokio::task::JoinHandle<()>; N]) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let inbox = Arc::new(Self {
            decider: tokio::sync::Mutex::new(Decider::new(deciding, clock, leases)),
            deciding: AtomicBool::new(false),
            appends: Mutex::new(Some(sender)),
            arrived: Notify::new(),
            appended: AtomicU64::new(0),
            // Nothing is known yet: the first wait ends at once.
            empty_at: AtomicU64::new(u64::MAX),
            pending: AtomicU64::new(0),
        });
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        let tasks = appending.map(|link| tokio::spawn(run(Arc::clone(&inbox), Arc::clone(&receiver), link)));
        (inbox, tasks)
    }

    /// Makes signals durable.
    pub async fn append(&self, records: Vec<Bytes>) -> StoreResult<()> {
        if records.is_empty() {
            return Ok(());
        }
        if self.pending.load(SeqCst) >= BACKLOG {
            return Err(StoreError::Backlogged);
        }
        let sender = self.appends.lock().clone();
        let closed = || StoreError::Unavailable("the store is closed".into());
        let (answer, answered) = oneshot::channel();
        let busy = |_| StoreError::Unavailable("too many appends wait for the database".into());
        sender.ok_or_else(closed)?.try_send(Append { records, answer }).map_err(busy)?;
        match tokio::time::timeout(APPEND, answered).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(closed())),
            Err(_) => Err(StoreError::Unavailable("the database did not confirm in time".into())),
        }
    }

    /// Takes signals to decide, at most so many; nothing while another node decides.
    pub async fn take(&self, max: usize) -> StoreResult<InboxBatch> {
        let before = self.appended.load(SeqCst);
        let mut decider = self.decider.lock().await;
        let taken = decider.take(max).await;
        self.deciding.store(decider.decides(), SeqCst);
        let batch = taken?;
        if batch.records.is_empty() && decider.decides() {
            self.empty_at.store(before, SeqCst);
            self.pending.store(0, SeqCst);
        } else if self.pending.load(SeqCst) > ESTIMATE
            && let Some(waiting) = decider.count().await?
        {
            self.pending.store(waiting, SeqCst);
        }
        Ok(batch)
    }

    /// Waits until there may be signals for this node to decide.
    pub async fn wait(&self) {
        if !self.deciding.load(SeqCst) {
            return tokio::time::sleep(LOOK).await;
        }
        let arrived = self.arrived.notified();
        if self.appended.load(SeqCst) == self.empty_at.load(SeqCst) {
            let _ = tokio::time::timeout(POLL, arrived).await;
        }
    }

    /// Lets another node decide at once; this one takes nothing more.
    pub async fn give_up(&self) {
        self.decider.lock().await.give_up().await;
        self.deciding.store(false, SeqCst);
    }

    /// A commit with this token is durable.
    pub fn decided(&self, token: Option<&InboxToken>) {
        let records = token.map_or(0, token_records);
        let _ = self.pending.try_update(SeqCst, SeqCst, |p| Some(p.saturating_sub(records)));
    }

    /// Takes nothing more; the task ends when everything is written.
    pub fn close(&self) {
        self.appends.lock().take();
    }

    /// Writes signals in one statement.
    async fn write(conn: &mut Conn, records: &[Bytes]) -> StoreResult<()> {
        let rows = rows_of(records);
        let sql = "INSERT INTO inbox (records, decided, payload) VALUES (?1, 0, ?2)";
        let single = rows.len() == 1;
        if !single {
            conn.begin().await?;
        }
        for row in &rows {
            let params = [row.len().into(), Val::from(pack(row))];
            if let Err(error) = conn.exec(sql, &params).await {
                if !single {
                    conn.rollback().await;
                }
                return Err(error);
            }
        }
        if single { Ok(()) } else { conn.commit().await }
    }
}

/// Cuts signals into rows.
fn rows_of(records: &[Bytes]) -> Vec<&[Bytes]> {
    let mut rows = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (place, record) in records.iter().enumerate() {
        if place > start && (place - start >= ROW_RECORDS || bytes + record.len() > ROW_BYTES) {
            rows.push(&records[start..place]);
            (start, bytes) = (place, 0);
        }
        bytes += record.len();
    }
    if start < records.len() {
        rows.push(&records[start..]);
    }
    rows
}

/// Everything that waits, up to a limit; nothing when nobody can append any more.
async fn gather(appends: &tokio::sync::Mutex<mpsc::Receiver<Append>>) -> Vec<Append> {
    let mut appends = appends.lock().await;
    let Some(first) = appends.recv().await else { return Vec::new() };
    // Whoever was answered just now is about to append again: one turn for the others fills this group.
    tokio::task::yield_now().await;
    let (mut records, mut bytes) = size(&first);
    let mut waiting = vec![first];
    while records < FLUSH_RECORDS && bytes < FLUSH_BYTES {
        let Ok(next) = appends.try_recv() else { break };
        let (more_records, more_bytes) = size(&next);
        (records, bytes) = (records + more_records, bytes + more_bytes);
        waiting.push(next);
    }
    waiting
}

/// Appends what waits, group after group. While one task waits for the disk, another gathers and writes the next.
async fn run(inbox: Arc<PgInbox>, appends: Arc<tokio::sync::Mutex<mpsc::Receiver<Append>>>, mut link: Link) {
    loop {
        let waiting = gather(&appends).await;
        if waiting.is_empty() {
            return;
        }
        let all: Vec<Bytes> = waiting.iter().flat_map(|append| append.records.iter().cloned()).collect();
        let written = link.with(APPEND, async |conn: &mut Conn| PgInbox::write(conn, &all).await).await;
        if written.is_ok() {
            inbox.appended.fetch_add(all.len() as u64, SeqCst);
            inbox.pending.fetch_add(all.len() as u64, SeqCst);
            inbox.arrived.notify_one();
        }
        for append in waiting {
            let answer = written.as_ref().copied().map_err(same);
            // Whoever no longer waits does not care.
            let _ = append.answer.send(answer);
        }
    }
}

fn size(append: &Append) -> (usize, usize) {
    (append.records.len(), append.records.iter().map(Bytes::len).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(count: usize, bytes: usize) -> Vec<Bytes> {
        (0..count).map(|_| Bytes::from(vec![1; bytes])).collect()
    }

    #[test]
    fn signals_are_cut_into_rows_by_number_and_by_size() {
        let many = records(600, 1);
        assert_eq!(rows_of(&many).iter().map(|r| r.len()).collect::<Vec<_>>(), [256, 256, 88]);
        let large = records(3, ROW_BYTES - 10);
        assert_eq!(rows_of(&large).len(), 3);
    }
}
