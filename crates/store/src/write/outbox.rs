//! The outbox: claiming with leases and epochs, settling, dropping.
//!
//! An entry is claimed for a while; each claim raises its epoch, and an outcome counts only with the epoch of the last
//! claim (R10). Dropping ends what has not been sent (R11). A claim that was dropped while it was being sent can
//! still be settled, once: what really happened is worth knowing.

use hansei_app::ports::{Claim, Lane, OutboxEntry, StoreError, StoreResult};
use jiff::Timestamp;

use super::prepare::Prepared;
use crate::sql::{Conn, Row, Val, json_list};

/// Records that claims have an outcome.
pub(super) async fn settle(conn: &mut Conn, commit: &Prepared) -> StoreResult<()> {
    for (id, epoch) in &commit.settle {
        let settled = conn
            .exec(
                "UPDATE outbox SET done_at = ?1, dropped = ?2 \
                 WHERE id = ?3 AND epoch = ?4 AND (done_at IS NULL OR dropped)",
                &[commit.at.into(), false.into(), id.to_string().into(), (*epoch).into()],
            )
            .await?;
        if settled != 1 {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}

/// Ends what has not been sent of pages that have ended.
pub(super) async fn drop_of_pages(conn: &mut Conn, commit: &Prepared) -> StoreResult<()> {
    if commit.drop_outbox_of.is_empty() {
        return Ok(());
    }
    conn.exec(
        "UPDATE outbox SET done_at = ?1, dropped = ?2 \
         WHERE page_id IN (SELECT k FROM LIST(?3) AS l) AND done_at IS NULL",
        &[commit.at.into(), true.into(), json_list(&commit.drop_outbox_of).into()],
    )
    .await?;
    Ok(())
}

macro_rules! claim {
    ($of:literal) => {
        concat!(
            "UPDATE outbox SET lease_ends_at = ?1, epoch = epoch + 1 WHERE id IN ( \
               SELECT id FROM outbox WHERE done_at IS NULL AND available_at <= ?2 \
               AND (lease_ends_at IS NULL OR lease_ends_at <= ?3)",
            $of,
            " ORDER BY lane_rank, available_at, id LIMIT ?4 /*pg FOR UPDATE SKIP LOCKED*/) \
             RETURNING id, lane, page_id, channel, attempt, available_at, epoch, kind"
        )
    };
}
static CLAIM_ANY: &str = claim!("");
static CLAIM_KIND: &str = claim!(" AND kind = ?5");

fn entry(row: &Row<'_>) -> StoreResult<Claim> {
    let lane = row.text(1)?;
    let lane = Lane::ALL
        .into_iter()
        .find(|known| known.as_str() == lane)
        .ok_or_else(|| StoreError::Bug(format!("unknown lane {lane}")))?;
    let entry = OutboxEntry {
        id: row.parsed(0)?,
        lane,
        page_id: row.parsed(2)?,
        channel: row.count32(3)?,
        kind: row.text(7)?.to_owned(),
        attempt: row.count32(4)?,
        available_at: row.at(5)?,
    };
    Ok(Claim { entry, epoch: row.count(6)? })
}

/// Claims what may be sent now, in order of lane and age: of all entries, or of each kind by itself. The lease is as
/// long as the caller says, measured by the database's clock where nodes share one.
pub(super) async fn claim(
    conn: &mut Conn,
    now: Timestamp,
    lease_until: Timestamp,
    room: &[(Option<&'static str>, usize)],
) -> StoreResult<Vec<Claim>> {
    let lease_now = conn.lease_now(now).await?;
    let lease_ends = lease_now.checked_add(lease_until.duration_since(now)).unwrap_or(Timestamp::MAX);
    let mut claims = Vec::new();
    for (kind, limit) in room {
        let mut values: Vec<Val<'_>> = vec![lease_ends.into(), now.into(), lease_now.into(), (*limit).into()];
        let sql = match kind {
            None => CLAIM_ANY,
            Some(kind) => {
                values.push((*kind).into());
                CLAIM_KIND
            }
        };
        claims.extend(conn.query(sql, &values, entry).await?);
    }
    claims.sort_by_key(|c| (c.entry.lane, c.entry.available_at, c.entry.id));
    Ok(claims)
}

/// Ends all leases: for a process that has just become the only one. Whoever had claimed entries before is dead, and
/// waiting for its leases would only make people wait (R8). The epoch goes up, as with every claim.
pub(super) async fn release_claims(conn: &mut Conn) -> StoreResult<()> {
    let sql = "UPDATE outbox SET lease_ends_at = NULL, epoch = epoch + 1 \
               WHERE done_at IS NULL AND lease_ends_at IS NOT NULL";
    let released = conn.exec(sql, &[]).await?;
    if released > 0 {
        tracing::info!(
            entries = released,
            "attempts of the process before were not finished; they are repeated"
        );
    }
    Ok(())
}
