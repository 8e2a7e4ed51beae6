//! Deleting what has outlived its use, a bounded number of rows at a time so that pages never wait for it.

use hansei_app::ports::StoreResult;
use jiff::Timestamp;

use super::Done;
use crate::sql::{Conn, Val};

/// Rows of one table deleted in one transaction.
pub(super) const ROWS: usize = 500;

/// What goes, with whether it ends by itself (then now is the limit) or by age. `?1` is the limit, `?2` the number of
/// rows.
///
/// Payloads that nobody has dealt with stay, but only the newest 1,000 of a key: each has up to 64 KiB, and a sender that
/// is broken for good would otherwise fill the disk until nothing is accepted any more.
const STATEMENTS: [(bool, &str); 6] = [
    (
        false,
        "DELETE FROM idempotency WHERE (scope, key) IN \
           (SELECT scope, key FROM idempotency WHERE created_at < ?1 LIMIT ?2)",
    ),
    (false, "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE settled_at < ?1 LIMIT ?2)"),
    (
        true,
        "DELETE FROM quarantine WHERE id IN \
           (SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY key_id ORDER BY id DESC) AS n \
              FROM quarantine WHERE settled_at IS NULL AND received_at <= ?1) AS q WHERE n > 1000 LIMIT ?2)",
    ),
    (true, "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at <= ?1 LIMIT ?2)"),
    (false, "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at < ?1 LIMIT ?2)"),
    (
        false,
        "DELETE FROM throttle WHERE key IN (SELECT key FROM throttle WHERE blocked_until_at < ?1 LIMIT ?2)",
    ),
];

/// Deletes some; tells how many, and whether there may be more.
pub(super) async fn sweep(conn: &mut Conn, now: Timestamp, before: Timestamp) -> StoreResult<Done> {
    let mut deleted = 0;
    let mut more = false;
    for (by_itself, sql) in STATEMENTS {
        let limit = if by_itself { now } else { before.min(now) };
        let rows = conn.exec(sql, &[limit.into(), Val::from(ROWS)]).await?;
        deleted += rows;
        more |= rows == ROWS as u64;
    }
    Ok(Done::Swept(deleted, more))
}
