//! Reading the journal.

use hansei_app::ports::{StoreError, StoreResult, TimelineFrom, TimelineQuery};
use hansei_domain::ids::IncidentId;
use hansei_domain::journal::{AggregateId, Event, Recorded};

use super::Filter;
use crate::sql::{Conn, Row, Val, json_list};

const COLUMNS: &str = "seq, aggregate_id, version, decided_at, actor, name, data, incident_id, hash";

fn unreadable(seq: u64, error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("entry {seq} of the journal cannot be read: {error}"))
}

fn recorded(row: &Row<'_>) -> StoreResult<Recorded> {
    let seq = row.count(0)?;
    let aggregate = AggregateId::parse(row.text(1)?).ok_or_else(|| unreadable(seq, "unknown aggregate"))?;
    Ok(Recorded {
        seq,
        aggregate,
        version: row.count(2)?,
        at: row.at(3)?,
        actor: serde_json::from_str(row.text(4)?).map_err(|e| unreadable(seq, e))?,
        event: Event::decode(row.text(5)?, row.text(6)?).map_err(|e| unreadable(seq, e))?,
        incident_id: row.parsed_opt(7)?,
        hash: row.bytes(8)?.try_into().map_err(|e| unreadable(seq, e))?,
    })
}

/// The condition that entries belong to incidents, and the sequence as the planner is to see it.
///
/// The index by incident has one incident's entries in order, so one is asked for by equality. Of several, all entries
/// are found by that index and sorted: `seq + 0` keeps the planner from walking the whole journal in order instead.
fn of_incidents(filter: &mut Filter<'_>, incidents: &[IncidentId]) -> &'static str {
    if let [one] = incidents {
        filter.and("incident_id = ?", Val::display(one));
        "seq"
    } else {
        filter.and("incident_id IN (SELECT k FROM LIST(?) AS l)", json_list(incidents));
        "seq + 0"
    }
}

/// The timeline of incidents, oldest first.
pub(crate) async fn timeline(
    conn: &mut Conn,
    incidents: &[IncidentId],
    after: u64,
    limit: usize,
) -> StoreResult<Vec<Recorded>> {
    let from = TimelineFrom::Oldest { after };
    timeline_part(conn, &TimelineQuery { incidents: incidents.to_vec(), names: Vec::new(), from, limit })
        .await
}

/// A part of that timeline, from either end.
pub(crate) async fn timeline_part(conn: &mut Conn, query: &TimelineQuery) -> StoreResult<Vec<Recorded>> {
    let mut filter = Filter::default();
    let seq = of_incidents(&mut filter, &query.incidents);
    if !query.names.is_empty() {
        filter.and("name IN (SELECT k FROM LIST(?) AS l)", json_list(&query.names));
    }
    let order = match query.from {
        TimelineFrom::Newest { before } => {
            if let Some(before) = before {
                filter.and(&format!("{seq} < ?"), before);
            }
            "DESC"
        }
        TimelineFrom::Oldest { after } => {
            filter.and(&format!("{seq} > ?"), after);
            "ASC"
        }
    };
    let limit = filter.limit(query.limit);
    let sql = format!("SELECT {COLUMNS} FROM journal{} ORDER BY {seq} {order} {limit}", filter.sql);
    conn.query(&sql, &filter.params, recorded).await
}

/// The journal of one aggregate, newest first.
pub(crate) async fn history(conn: &mut Conn, id: AggregateId, limit: usize) -> StoreResult<Vec<Recorded>> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE aggregate_id = ?1 ORDER BY version DESC LIMIT ?2");
    conn.query(&sql, &[Val::display(id), limit.into()], recorded).await
}

/// The journal after a number, oldest first.
pub(crate) async fn after(conn: &mut Conn, seq: u64, limit: usize) -> StoreResult<Vec<Recorded>> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    conn.query(&sql, &[seq.into(), limit.into()], recorded).await
}

/// The journal's last number.
pub(crate) async fn last_seq(conn: &mut Conn) -> StoreResult<u64> {
    conn.query_one("SELECT seq FROM journal_head WHERE id = 1", &[], |row| row.count(0)).await
}
