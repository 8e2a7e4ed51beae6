//! The inbox behind the store's port: signals that are durable and wait to be decided.
//!
//! A token says what a batch took. For the inbox log that is a span of its numbers, which must begin where the
//! decided position stands; for the `inbox` table it is a list of rows, each with the span of its signals, and the
//! epoch of the node that decides. The position or the rows change in the transaction that decides, so each signal is
//! decided exactly once.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use bytes::Bytes;
use hansei_app::ports::{InboxBatch, InboxToken, SharedClock, StoreError, StoreResult};

use crate::inbox_log::{AppendBatch, AppendError, InboxConfig, InboxLog, InboxPorts, PushError};
use crate::sql::Conn;
use crate::sqlite::Ballast;
use crate::{OpenError, OpenOptions};

/// Bytes of signals taken at once, besides the number the caller says.
const TAKE_BYTES: usize = 4 << 20;

/// First word of a token: a span of the log follows.
const SPAN: u64 = 0;
/// First word of a token: the decider's epoch and rows follow, each as id, first and last signal.
const ROWS: u64 = 1;

/// A row of the `inbox` table with the span of its signals that a batch took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TakenRow {
    /// The row.
    pub id: u64,
    /// Signals of it that were decided before.
    pub from: u64,
    /// Signals of it that are decided with this.
    pub to: u64,
    /// Whether these are all of it.
    pub whole: bool,
}

/// The token of a batch from the table.
pub(crate) fn rows_token(epoch: u64, rows: &[TakenRow]) -> InboxToken {
    let words = rows.iter().flat_map(|row| [row.id, row.from, row.to, u64::from(row.whole)]);
    InboxToken([ROWS, epoch].into_iter().chain(words).collect())
}

/// Marks rows of the table as decided. The fence holds until the end of the transaction: nobody takes over in between.
async fn mark_rows(conn: &mut Conn, epoch: u64, words: &[u64]) -> StoreResult<bool> {
    let sql = "SELECT 1 FROM inbox_decider WHERE id = 1 AND epoch = ?1 /*pg FOR SHARE*/";
    if conn.query_opt(sql, &[epoch.into()], |_| Ok(())).await?.is_none() {
        return Ok(false);
    }
    let mut whole = Vec::with_capacity(words.len() / 4);
    for row in words.chunks_exact(4) {
        let [id, from, to] = [row[0], row[1], row[2]];
        if row[3] == 1 && from == 0 {
            whole.push(id);
            continue;
        }
        // At most the first and the last of a batch are taken in part.
        let changed = if row[3] == 1 {
            conn.exec("DELETE FROM inbox WHERE id = ?1 AND decided = ?2", &[id.into(), from.into()]).await?
        } else {
            let sql = "UPDATE inbox SET decided = ?3 WHERE id = ?1 AND decided = ?2";
            conn.exec(sql, &[id.into(), from.into(), to.into()]).await?
        };
        if changed != 1 {
            return Ok(false);
        }
    }
    if whole.is_empty() {
        return Ok(true);
    }
    // All others in one statement, which finds each by its key whatever the planner thinks of a table that is filled
    // and emptied all day. Only PostgreSQL has rows to mark, so its arrays may be used.
    let ids: Vec<String> = whole.iter().map(u64::to_string).collect();
    let sql = "DELETE FROM inbox WHERE id = ANY (CAST(CAST(?1 AS TEXT) AS BIGINT[])) AND decided = 0";
    let deleted = conn.exec(sql, &[format!("{{{}}}", ids.join(",")).into()]).await?;
    Ok(deleted == whole.len() as u64)
}

/// How many signals a token marks as decided.
pub(crate) fn token_records(token: &InboxToken) -> u64 {
    match token.0.as_slice() {
        [SPAN, from, to] => to.saturating_sub(*from),
        [ROWS, _, words @ ..] => words.chunks_exact(4).map(|w| w[2].saturating_sub(w[1])).sum(),
        _ => 0,
    }
}

/// Marks a batch as decided, in the transaction that decides it; `false` = somebody else has decided some of it.
pub(crate) async fn mark_decided(conn: &mut Conn, token: &InboxToken) -> StoreResult<bool> {
    match token.0.as_slice() {
        [SPAN, from, to] => {
            let sql = "UPDATE inbox_position SET decided = ?1 WHERE id = 1 AND decided = ?2";
            Ok(conn.exec(sql, &[(*to).into(), (*from).into()]).await? == 1)
        }
        [ROWS, epoch, words @ ..] => mark_rows(conn, *epoch, words).await,
        _ => Err(StoreError::Bug("an inbox token that nobody gave out".into())),
    }
}

/// How far the inbox log is decided.
pub(crate) async fn position(conn: &mut Conn) -> StoreResult<u64> {
    conn.query_one("SELECT decided FROM inbox_position WHERE id = 1", &[], |row| row.count(0)).await
}

/// Signals as one value of the table: each with its length before it.
pub(crate) fn pack(records: &[Bytes]) -> Vec<u8> {
    let mut out = Vec::with_capacity(records.iter().map(|r| r.len() + 4).sum());
    for record in records {
        // A record is at most 1 MiB.
        out.extend_from_slice(&(record.len() as u32).to_be_bytes());
        out.extend_from_slice(record);
    }
    out
}

/// Reads what [`pack`] wrote.
pub(crate) fn unpack(payload: &[u8]) -> StoreResult<Vec<Bytes>> {
    let mut rest = payload;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let parts = rest.split_first_chunk::<4>();
        let record =
            parts.and_then(|(length, after)| after.split_at_checked(u32::from_be_bytes(*length) as usize));
        let Some((record, after)) = record else {
            return Err(StoreError::Corrupt("a row of the inbox is cut short".into()));
        };
        records.push(Bytes::copy_from_slice(record));
        rest = after;
    }
    Ok(records)
}

/// The inbox log with the position up to which it is decided.
pub(crate) struct LogInbox {
    log: InboxLog,
    decided: AtomicU64,
    ballast: Option<Arc<Ballast>>,
}

fn ports(options: &OpenOptions) -> InboxPorts {
    let (clock, ids): (SharedClock, _) = (Arc::clone(&options.clock), Arc::clone(&options.ids));
    InboxPorts {
        nanos: Arc::new(move || clock.monotonic_nanos()),
        salt: Arc::new(move || {
            let secret = ids.secret();
            secret.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
        }),
    }
}

/// What a refused append means for the sender (R2).
fn refused(error: AppendError) -> StoreError {
    match error {
        AppendError::Backlogged => StoreError::Backlogged,
        AppendError::Empty | AppendError::TooLarge => StoreError::Bug(error.to_string()),
        AppendError::Failed
        | AppendError::Full
        | AppendError::Busy
        | AppendError::TimedOut
        | AppendError::Closed => StoreError::Unavailable(error.to_string()),
    }
}

impl LogInbox {
    /// Opens the log on disk. Blocking.
    pub fn open(folder: &Path, options: &OpenOptions, decided: u64) -> Result<Self, OpenError> {
        let (log, recovery) = InboxLog::open(folder, InboxConfig::default(), ports(options), decided)?;
        tracing::info!(?recovery, "the inbox log is open");
        Ok(Self { log, decided: AtomicU64::new(decided), ballast: None })
    }

    /// The same, which takes nothing in while the disk is full.
    pub fn behind(self, ballast: &Arc<Ballast>) -> Self {
        Self { ballast: Some(Arc::clone(ballast)), ..self }
    }

    /// A log in memory.
    pub fn in_memory() -> Self {
        Self { log: InboxLog::in_memory(), decided: AtomicU64::new(0), ballast: None }
    }

    /// The log itself.
    pub fn log(&self) -> &InboxLog {
        &self.log
    }

    /// Up to where it is decided.
    pub fn position(&self) -> u64 {
        self.decided.load(SeqCst)
    }

    /// Makes signals durable.
    pub async fn append(&self, records: &[Bytes]) -> StoreResult<()> {
        if self.ballast.as_ref().is_some_and(|ballast| !ballast.lets_in()) {
            return Err(StoreError::Unavailable("the disk is full".into()));
        }
        let mut batch = new_batch(records);
        for record in records {
            match batch.push(record) {
                Ok(()) => {}
                Err(PushError::BatchTooLarge) => {
                    let full = std::mem::replace(&mut batch, new_batch(records));
                    self.log.append(full).await.map_err(refused)?;
                    batch.push(record).map_err(|e| StoreError::Bug(e.to_string()))?;
                }
                Err(error) => return Err(StoreError::Bug(error.to_string())),
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.log.append(batch).await.map_err(refused).map(drop)
    }

    /// Signals after the decided position.
    pub fn take(&self, max: usize) -> StoreResult<InboxBatch> {
        let from = self.decided.load(SeqCst);
        let batch = self
            .log
            .read_after(from, max, TAKE_BYTES)
            .map_err(|error| StoreError::Corrupt(format!("the inbox: {error}")))?;
        let records = batch.records.into_iter().map(|(_, record)| record).collect();
        Ok(InboxBatch { token: InboxToken(vec![SPAN, from, batch.last]), records })
    }

    /// Waits for signals after the decided position; `false` = there will be none any more.
    pub async fn wait(&self) -> bool {
        self.log.wait_beyond(self.decided.load(SeqCst)).await.is_ok()
    }

    /// A commit with this token is durable: its signals need not be kept.
    pub fn decided(&self, token: Option<&InboxToken>) {
        if let Some([SPAN, _, to]) = token.map(|token| token.0.as_slice()) {
            self.decided.fetch_max(*to, SeqCst);
            self.log.trim(*to);
        }
    }

    /// Writes what waits and ends. Blocking.
    pub fn close(&self) {
        self.log.close();
    }
}

fn new_batch(records: &[Bytes]) -> AppendBatch {
    AppendBatch::with_capacity(records.len(), records.iter().map(Bytes::len).sum())
}

/// Rows moved at once.
const ADOPT_ROWS: usize = 64;

/// Moves signals from the table into the log: they came with a restore from PostgreSQL. Blocking.
pub(crate) async fn adopt_rows(conn: &mut Conn, inbox: &LogInbox) -> StoreResult<()> {
    loop {
        let rows = conn
            .query(
                "SELECT id, decided, payload FROM inbox ORDER BY id LIMIT ?1",
                &[ADOPT_ROWS.into()],
                |row| Ok((row.int(0)?, row.count(1)? as usize, unpack(row.bytes(2)?)?)),
            )
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        for (id, decided, records) in rows {
            let batch = records.get(decided..).unwrap_or_default();
            let mut appended = new_batch(batch);
            for record in batch {
                appended.push(record).map_err(|e| StoreError::Bug(e.to_string()))?;
            }
            if !appended.is_empty() {
                let pending = inbox.log.submit(appended).map_err(refused)?;
                wait_here(pending).map_err(refused)?;
            }
            // If this is interrupted, one row's signals are decided twice; deduplication takes care of it (R3).
            conn.exec("DELETE FROM inbox WHERE id = ?1", &[id.into()]).await?;
        }
    }
}

/// Blocks the thread until a future is done.
fn wait_here<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_signals_come_back_and_cut_ones_are_noticed() {
        let records = vec![Bytes::from_static(b"one"), Bytes::new(), Bytes::from_static(b"three")];
        let packed = pack(&records);
        assert_eq!(unpack(&packed).unwrap(), records);
        assert!(matches!(unpack(&packed[..packed.len() - 1]), Err(StoreError::Corrupt(_))));
        assert!(matches!(unpack(&packed[..2]), Err(StoreError::Corrupt(_))));
    }

    #[test]
    fn tokens_know_how_many_signals_they_stand_for() {
        let rows = [
            TakenRow { id: 7, from: 0, to: 3, whole: true },
            TakenRow { id: 9, from: 2, to: 4, whole: false },
        ];
        assert_eq!(token_records(&rows_token(3, &rows)), 5);
        assert_eq!(token_records(&InboxToken(vec![SPAN, 10, 14])), 4);
        assert_eq!(token_records(&InboxToken(vec![])), 0);
    }
}
