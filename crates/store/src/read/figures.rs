//! Figures for metrics, readiness and the system page.

use hansei_app::ports::{Figures, Lane, StoreResult};
use jiff::Timestamp;

use super::{aggregates, journal};
use crate::sql::Conn;

/// All that one connection can tell; the inbox and the size on disk are added by whoever knows them.
pub(crate) async fn figures(conn: &mut Conn, now: Timestamp) -> StoreResult<Figures> {
    let lanes = conn
        .query(
            "SELECT lane, COUNT(*), MIN(CASE WHEN available_at <= ?1 THEN available_at END) FROM outbox \
             WHERE done_at IS NULL GROUP BY lane, lane_rank ORDER BY lane_rank",
            &[now.into()],
            |row| {
                let lane = row.text(0)?.to_owned();
                Ok((Lane::ALL.into_iter().find(|l| l.as_str() == lane), row.count(1)?, row.at_opt(2)?))
            },
        )
        .await?;
    let known = || lanes.iter().filter_map(|(lane, count, oldest)| lane.map(|lane| (lane, *count, *oldest)));
    let outbox_waiting = known().map(|(lane, count, _)| (lane, count)).collect();
    let outbox_oldest_at = known().filter_map(|(lane, _, oldest)| oldest.map(|at| (lane, at))).collect();
    let count = |table: &str, filter: &str| format!("SELECT COUNT(*) FROM {table} WHERE {filter}");
    let firing = count("alert", "status = 'firing'");
    let active = count("incident", "active");
    Ok(Figures {
        inbox_records: 0,
        outbox_waiting,
        outbox_oldest_at,
        oldest_due_at: aggregates::next_due_at(conn).await?.filter(|at| *at <= now),
        last_seq: journal::last_seq(conn).await?,
        firing_alerts: conn.query_one(&firing, &[], |row| row.count(0)).await?,
        active_incidents: conn.query_one(&active, &[], |row| row.count(0)).await?,
        bytes: None,
    })
}

/// What the server's clock shows.
pub(crate) async fn server_time(conn: &mut Conn) -> StoreResult<Timestamp> {
    conn.query_one("SELECT clock_timestamp()", &[], |row| row.at(0)).await
}
