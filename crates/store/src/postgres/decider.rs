//! Which node decides the cluster's signals, and in which order.
//!
//! One at a time: signals without a clock of their sender's are told apart only by the order in which they arrived, so
//! they must be decided in that order, whichever node took them in. Whoever decides holds a lease by the database's
//! clock and renews it while it works. A node that stops gives it up; one whose connection has ended has lost it at
//! once; one that hangs or is cut off loses it with time. Each taking over raises the epoch, and a deciding transaction
//! must find its own epoch, so one that comes too late decides nothing.
//!
//! Rows are read from the lowest number that there is, in one statement, and never after a remembered place: a
//! transaction that was given its number earlier may become visible later. Whoever began after another was answered
//! has the larger number and is never seen without the other; of those that overlap, either may be first.

use std::time::Duration;

use bytes::Bytes;
use hansei_app::ports::{InboxBatch, SharedClock, StoreError, StoreResult};

use super::writer::Link;
use crate::LeaseClock;
use crate::inbox::{TakenRow, rows_token, unpack};
use crate::sql::{Conn, Val};

/// How long a node that says nothing more goes on being the one that decides, milliseconds.
const LEASE_MILLIS: i64 = 5_000;
/// How old a lease may be before it is renewed, nanoseconds.
const RENEW_NANOS: u64 = 1_500_000_000;
/// Rows read at once, and bytes of signals.
const TAKE_ROWS: usize = 512;
const TAKE_BYTES: usize = 4 << 20;
/// Looking takes longer than this only if the server is lost.
const LIMIT: Duration = Duration::from_secs(5);
/// Counting what waits is allowed this part of the time, and not more often than once a second.
const COUNT_SHARE: u64 = 50;

/// Takes the lease if nobody has it: it was given up, has ended, or its holder's connection has. What the server hides
/// of other users' connections counts as still being there.
const ACQUIRE: &str = "UPDATE inbox_decider SET epoch = epoch + 1, \
    lease_ends_at = COALESCE(?1, clock_timestamp()) + CAST(?2 AS BIGINT) * INTERVAL '1 millisecond', \
    backend = pg_backend_pid(), backend_started_at = \
      (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid()) \
    WHERE id = 1 AND (lease_ends_at IS NULL OR lease_ends_at <= COALESCE(?1, clock_timestamp()) OR NOT EXISTS ( \
      SELECT 1 FROM pg_stat_activity AS a WHERE a.pid = backend \
      AND (a.backend_start IS NULL OR backend_started_at IS NULL OR a.backend_start = backend_started_at))) \
    RETURNING epoch";

/// Makes the lease last from now on, over this connection.
const RENEW: &str = "UPDATE inbox_decider SET \
    lease_ends_at = COALESCE(?1, clock_timestamp()) + CAST(?2 AS BIGINT) * INTERVAL '1 millisecond', \
    backend = pg_backend_pid(), backend_started_at = \
      (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid()) \
    WHERE id = 1 AND epoch = ?3";

/// The oldest rows, with no more of them than the wanted signals and bytes are in (and always the first).
const OLDEST: &str = "SELECT id, decided, payload FROM ( \
    SELECT id, decided, payload, records - decided AS own, octet_length(payload) AS bytes, \
      SUM(records - decided) OVER w AS all_records, SUM(CAST(octet_length(payload) AS BIGINT)) OVER w AS all_bytes \
    FROM inbox WINDOW w AS (ORDER BY id ROWS UNBOUNDED PRECEDING) ORDER BY id LIMIT ?1) AS oldest \
    WHERE all_records - own < CAST(?2 AS BIGINT) AND all_bytes - bytes < CAST(?3 AS BIGINT) ORDER BY id";

/// A lease that this node holds, as far as it knows.
struct Held {
    epoch: u64,
    /// When it was last renewed, before the database was asked to; nothing = it must be.
    renewed_nanos: Option<u64>,
}

/// A row as it was read: its number, the signals of it that are decided, and all of them.
type InboxRow = (u64, u64, Vec<Bytes>);

/// This node's part in it.
pub(super) struct Decider {
    link: Link,
    clock: SharedClock,
    leases: LeaseClock,
    held: Option<Held>,
    closed: bool,
    count_at_nanos: u64,
}

impl Decider {
    /// Over a connection of its own, whose end tells the others that this node has died.
    pub fn new(link: Link, clock: SharedClock, leases: LeaseClock) -> Self {
        Self { link, clock, leases, held: None, closed: false, count_at_nanos: 0 }
    }

    /// Whether this node decides, as far as it knows.
    pub fn decides(&self) -> bool {
        self.held.is_some()
    }

    /// Now, for leases; nothing if the database's clock counts.
    fn lease_now(&self) -> Val<'static> {
        match self.leases {
            LeaseClock::Database => Val::Null,
            LeaseClock::Injected => self.clock.now().into(),
        }
    }

    /// The oldest signals, if it is this node that decides.
    pub async fn take(&mut self, max: usize) -> StoreResult<InboxBatch> {
        if self.closed {
            return Err(StoreError::Unavailable("the store is closed".into()));
        }
        let held = self.hold().await;
        if held.is_err()
            && let Some(held) = &mut self.held
        {
            // Whether it was renewed is not known.
            held.renewed_nanos = None;
        }
        let Some(epoch) = held? else { return batch(0, Vec::new(), max) };
        let params = [TAKE_ROWS.into(), max.into(), TAKE_BYTES.into()];
        let rows = self.link.with(LIMIT, async |conn: &mut Conn| {
            conn.query(OLDEST, &params, |row| Ok((row.count(0)?, row.count(1)?, unpack(row.bytes(2)?)?)))
                .await
        });
        batch(epoch, rows.await?, max)
    }

    /// The epoch of the lease, which is taken or renewed if need be; nothing = another node has it.
    async fn hold(&mut self) -> StoreResult<Option<u64>> {
        let now = self.clock.monotonic_nanos();
        // A new connection must be known as this node's, else its lease would pass for that of a dead one.
        let new = self.link.ready().await?;
        let lease_now = self.lease_now();
        if let Some(held) = &mut self.held {
            let fresh = held.renewed_nanos.is_some_and(|at| now.saturating_sub(at) < RENEW_NANOS);
            if fresh && !new {
                return Ok(Some(held.epoch));
            }
            let params = [lease_now, LEASE_MILLIS.into(), held.epoch.into()];
            let renewed =
                self.link.with(LIMIT, async |conn: &mut Conn| conn.exec(RENEW, &params).await).await?;
            if renewed == 1 {
                held.renewed_nanos = Some(now);
                return Ok(Some(held.epoch));
            }
            tracing::warn!(epoch = held.epoch, "another node has taken over deciding signals");
            self.held = None;
            return Ok(None);
        }
        let params = [lease_now, LEASE_MILLIS.into()];
        let taken = self
            .link
            .with(LIMIT, async |conn: &mut Conn| conn.query_opt(ACQUIRE, &params, |row| row.count(0)).await);
        let Some(epoch) = taken.await? else { return Ok(None) };
        tracing::info!(epoch, "this node decides the signals");
        self.held = Some(Held { epoch, renewed_nanos: Some(now) });
        Ok(Some(epoch))
    }

    /// How many signals wait; nothing if that was asked a moment ago.
    pub async fn count(&mut self) -> StoreResult<Option<u64>> {
        let began = self.clock.monotonic_nanos();
        if began < self.count_at_nanos {
            return Ok(None);
        }
        let sql = "SELECT CAST(COALESCE(SUM(records - decided), 0) AS BIGINT) FROM inbox";
        let counted =
            self.link.with(LIMIT, async |conn: &mut Conn| conn.query_one(sql, &[], |row| row.count(0)).await);
        let waiting = counted.await?;
        let took = self.clock.monotonic_nanos().saturating_sub(began);
        self.count_at_nanos = began + (took * COUNT_SHARE).max(1_000_000_000);
        Ok(Some(waiting))
    }

    /// Lets another node decide at once, if it can be said; takes nothing more.
    pub async fn give_up(&mut self) {
        self.closed = true;
        if let Some(held) = self.held.take() {
            let sql = "UPDATE inbox_decider SET lease_ends_at = NULL WHERE id = 1 AND epoch = ?1";
            let params = [held.epoch.into()];
            let given = self.link.with(LIMIT, async |conn: &mut Conn| conn.exec(sql, &params).await).await;
            if let Err(error) = given {
                tracing::warn!(%error, "deciding was not handed over; another node takes over by itself");
            }
        }
        self.link.end();
    }
}

/// At most `max` signals of rows, with the token that marks them as decided.
fn batch(epoch: u64, rows: Vec<InboxRow>, max: usize) -> StoreResult<InboxBatch> {
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
    Ok(InboxBatch { token: rows_token(epoch, &taken), records })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_never_has_more_than_asked_for_and_knows_where_it_stopped() {
        let three = || (0..3).map(|_| Bytes::from_static(b"x")).collect();
        let batch = batch(5, vec![(7, 1, three()), (9, 0, three())], 4).unwrap();
        assert_eq!(batch.records.len(), 4);
        let expected = [
            TakenRow { id: 7, from: 1, to: 3, whole: true },
            TakenRow { id: 9, from: 0, to: 2, whole: false },
        ];
        assert_eq!(batch.token, rows_token(5, &expected));
    }
}
