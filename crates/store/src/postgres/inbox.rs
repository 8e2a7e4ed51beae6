//! The inbox in PostgreSQL: rows of packed signals.
//!
//! Two tasks append what all requests of this node bring in the same moment, in one statement at a time. A row belongs to the
//! node that appended it; only that node decides it at first, without writing a claim. Rows that are older than the
//! lease may be taken over by any node, so a dead node's signals are decided by others. Whoever decides deletes the
//! row in the deciding transaction, which only one can.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use hansei_app::ports::{InboxBatch, InboxToken, SharedClock, StoreError, StoreResult};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};

use super::writer::Link;
use crate::LeaseClock;
use crate::inbox::{TakenRow, pack, rows_token, token_records, unpack};
use crate::sql::{Conn, Val};
use crate::write::same;

/// How long only the appending node decides its rows, milliseconds.
const LEASE_MILLIS: i64 = 5_000;
/// Most signals in one row, and bytes.
const ROW_RECORDS: usize = 256;
const ROW_BYTES: usize = 1 << 20;
/// Most signals appended in one statement, and bytes.
const FLUSH_RECORDS: usize = 4_096;
const FLUSH_BYTES: usize = 8 << 20;
/// Undecided signals of this node above which appends are refused.
const BACKLOG: u64 = 2_000_000;
/// Appends that wait for the database.
const WAITING: usize = 8_192;
/// An append that takes longer is answered 503 (R2).
const APPEND: Duration = Duration::from_millis(1_900);
/// How often a node without signals looks for those of a dead one.
const LOOK: Duration = Duration::from_secs(1);
/// Rows read or taken over at once.
const TAKE_ROWS: usize = 64;

/// Signals on their way, with somebody who waits.
struct Append {
    records: Vec<Bytes>,
    answer: oneshot::Sender<StoreResult<()>>,
}

/// The inbox of one node.
pub(crate) struct PgInbox {
    node: String,
    clock: SharedClock,
    leases: LeaseClock,
    appends: Mutex<Option<mpsc::Sender<Append>>>,
    arrived: Notify,
    /// Signals appended so far, and how many of them there were when the table was last seen empty.
    appended: AtomicU64,
    empty_at: AtomicU64,
    /// Signals of this node that are not decided, roughly.
    pending: AtomicU64,
}

impl PgInbox {
    /// The inbox, and what the appending task takes from.
    fn new(node: String, clock: SharedClock, leases: LeaseClock) -> (Arc<Self>, mpsc::Receiver<Append>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let inbox = Self {
            node,
            clock,
            leases,
            appends: Mutex::new(Some(sender)),
            arrived: Notify::new(),
            appended: AtomicU64::new(0),
            // Nothing is known yet: the first wait ends at once.
            empty_at: AtomicU64::new(u64::MAX),
            pending: AtomicU64::new(0),
        };
        (Arc::new(inbox), receiver)
    }

    /// Starts the tasks that append, one for each connection.
    pub(super) fn start<const N: usize>(
        node: String,
        clock: SharedClock,
        leases: LeaseClock,
        links: [Link; N],
    ) -> (Arc<Self>, [tokio::task::JoinHandle<()>; N]) {
        let (inbox, receiver) = Self::new(node, clock, leases);
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        let tasks = links.map(|link| tokio::spawn(run(Arc::clone(&inbox), Arc::clone(&receiver), link)));
        (inbox, tasks)
    }

    /// Now, for leases; nothing if the database's clock counts.
    fn lease_now(&self) -> Val<'static> {
        match self.leases {
            LeaseClock::Database => Val::Null,
            LeaseClock::Injected => self.clock.now().into(),
        }
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

    /// Takes signals to decide, at most so many.
    pub async fn take(&self, conn: &mut Conn, max: usize) -> StoreResult<InboxBatch> {
        let before = self.appended.load(SeqCst);
        let mut rows = self.own_rows(conn, max).await?;
        if rows.is_empty() {
            // Only an idle node looks for others' signals: whoever has its own is busy enough.
            let taken = self.take_over(conn).await?;
            if taken > 0 {
                rows = self.own_rows(conn, max).await?;
            }
        }
        if rows.is_empty() {
            self.empty_at.store(before, SeqCst);
            self.pending.store(0, SeqCst);
        }
        batch(rows, max)
    }

    async fn own_rows(&self, conn: &mut Conn, max: usize) -> StoreResult<Vec<(u64, u64, Vec<Bytes>)>> {
        let sql = "SELECT id, decided, payload, records FROM inbox WHERE node = ?1 AND id > ?2 \
                   ORDER BY id LIMIT ?3";
        let mut rows: Vec<(u64, u64, Vec<Bytes>)> = Vec::new();
        let mut records = 0;
        loop {
            let after = rows.last().map_or(0, |(id, ..)| *id);
            // Rows are as full as traffic was heavy: a few first, more if they are thin.
            let limit = if rows.is_empty() { (max / 64).clamp(1, TAKE_ROWS) } else { TAKE_ROWS };
            let params = [(&self.node).into(), after.into(), limit.into()];
            let more = conn
                .query(sql, &params, |row| Ok((row.count(0)?, row.count(1)?, unpack(row.bytes(2)?)?)))
                .await?;
            let last = more.len() < limit;
            records += more.iter().map(|(_, from, all)| all.len() - *from as usize).sum::<usize>();
            rows.extend(more);
            if last || records >= max {
                return Ok(rows);
            }
        }
    }

    /// Makes rows whose lease has ended this node's own; returns how many.
    async fn take_over(&self, conn: &mut Conn) -> StoreResult<u64> {
        let sql = "UPDATE inbox SET node = ?1, lease_ends_at = COALESCE(?2, clock_timestamp()) \
                   + CAST(?3 AS BIGINT) * INTERVAL '1 millisecond' WHERE id IN (SELECT id FROM inbox WHERE node <> ?1 \
                   AND lease_ends_at <= COALESCE(?2, clock_timestamp()) \
                   ORDER BY id LIMIT ?4 FOR UPDATE SKIP LOCKED)";
        let params = [(&self.node).into(), self.lease_now(), LEASE_MILLIS.into(), TAKE_ROWS.into()];
        let taken = conn.exec(sql, &params).await?;
        if taken > 0 {
            tracing::info!(rows = taken, "took over signals of another node");
        }
        Ok(taken)
    }

    /// Waits until there may be signals.
    pub async fn wait(&self) {
        let arrived = self.arrived.notified();
        if self.appended.load(SeqCst) == self.empty_at.load(SeqCst) {
            // The time-out is how signals of dead nodes are found.
            let _ = tokio::time::timeout(LOOK, arrived).await;
        }
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
    async fn write(&self, conn: &mut Conn, records: &[Bytes]) -> StoreResult<()> {
        let rows = rows_of(records);
        let sql = "INSERT INTO inbox (node, lease_ends_at, records, decided, payload) \
                   VALUES (?1, COALESCE(?2, clock_timestamp()) + CAST(?3 AS BIGINT) * INTERVAL '1 millisecond', ?4, 0, ?5)";
        let single = rows.len() == 1;
        if !single {
            conn.begin().await?;
        }
        for row in &rows {
            let params = [
                (&self.node).into(),
                self.lease_now(),
                LEASE_MILLIS.into(),
                row.len().into(),
                Val::from(pack(row)),
            ];
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

/// At most `max` signals of rows, with the token that marks them as decided.
fn batch(rows: Vec<(u64, u64, Vec<Bytes>)>, max: usize) -> StoreResult<InboxBatch> {
    let mut taken = Vec::new();
    let mut records = Vec::new();
    for (id, from, all) in rows {
        let from_index = usize::try_from(from).map_err(|e| StoreError::Bug(e.to_string()))?;
        let room = max - records.len();
        let to = (from_index + room).min(all.len());
        if room == 0 {
            break;
        }
        taken.push(TakenRow { id, from, to: to as u64, whole: to == all.len() });
        records.extend(all.into_iter().take(to).skip(from_index));
    }
    Ok(InboxBatch { token: rows_token(&taken), records })
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
        let written = link.with(APPEND, async |conn: &mut Conn| inbox.write(conn, &all).await).await;
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

    #[test]
    fn a_batch_never_has_more_than_asked_for_and_knows_where_it_stopped() {
        let rows = vec![(7, 1, records(3, 1)), (9, 0, records(3, 1))];
        let batch = batch(rows, 4).unwrap();
        assert_eq!(batch.records.len(), 4);
        let expected = [
            TakenRow { id: 7, from: 1, to: 3, whole: true },
            TakenRow { id: 9, from: 0, to: 2, whole: false },
        ];
        assert_eq!(batch.token, rows_token(&expected));
    }
}
