//! Loading aggregates for deciding, and finding what is due.

use hansei_app::ports::{Loaded, StoreError, StoreResult};
use hansei_domain::alert::GroupKey;
use hansei_domain::ids::{IncidentId, ServiceId};
use hansei_domain::journal::{AggregateId, State};
use jiff::Timestamp;

use super::decoded;
use crate::rows::{group_column, observation};
use crate::sql::{Conn, Row, json_list, json_pairs};

/// Columns of an alert `a` with its observation `s`, as [`alert`] reads them.
pub(super) const ALERT_COLUMNS: &str = "a.version, a.state, s.last_seen_at, s.last_occurred_at, \
     s.last_received_at, s.seen_count, s.expires_at";

/// Reads an alert.
pub(super) fn alert(row: &Row<'_>) -> StoreResult<Loaded> {
    let state: hansei_domain::alert::Alert = decoded(row, 1)?;
    Ok(Loaded {
        id: AggregateId::Alert(state.id),
        version: row.count(0)?,
        observation: observation(row, 2)?,
        state: State::Alert(Box::new(state)),
    })
}

fn incident(row: &Row<'_>) -> StoreResult<Loaded> {
    let state: hansei_domain::incident::Incident = decoded(row, 1)?;
    Ok(Loaded {
        id: AggregateId::Incident(state.id),
        version: row.count(0)?,
        state: State::Incident(Box::new(state)),
        observation: None,
    })
}

fn page(row: &Row<'_>) -> StoreResult<Loaded> {
    let state: hansei_domain::page::Page = decoded(row, 1)?;
    Ok(Loaded {
        id: AggregateId::Page(state.id),
        version: row.count(0)?,
        state: State::Page(Box::new(state)),
        observation: None,
    })
}

fn entry(row: &Row<'_>) -> StoreResult<Loaded> {
    let state: hansei_domain::catalog::Entry = decoded(row, 1)?;
    Ok(Loaded {
        id: AggregateId::Entry(state.doc.id()),
        version: row.count(0)?,
        state: State::Entry(Box::new(state)),
        observation: None,
    })
}

/// Reads one kind of row.
type Read = fn(&Row<'_>) -> StoreResult<Loaded>;
/// Tells whether an id is of a kind.
type IsKind = fn(&AggregateId) -> bool;

const ALERTS: &str = "SELECT a.version, a.state, s.last_seen_at, s.last_occurred_at, s.last_received_at, \
     s.seen_count, s.expires_at FROM LIST(?1) AS l CROSS JOIN alert AS a \
     LEFT JOIN alert_seen AS s ON s.alert_id = a.id WHERE a.id = l.k";
const INCIDENTS: &str =
    "SELECT t.version, t.state FROM LIST(?1) AS l CROSS JOIN incident AS t WHERE t.id = l.k";
const PAGES: &str = "SELECT t.version, t.state FROM LIST(?1) AS l CROSS JOIN page AS t WHERE t.id = l.k";
const ENTRIES: &str = "SELECT t.version, t.state FROM LIST(?1) AS l CROSS JOIN entry AS t WHERE t.id = l.k";

/// Loads aggregates of any kind; unknown ids are left out.
pub(crate) async fn load(conn: &mut Conn, ids: &[AggregateId]) -> StoreResult<Vec<Loaded>> {
    let kinds: [(&str, Read, IsKind); 4] = [
        (ALERTS, alert, |id| matches!(id, AggregateId::Alert(_))),
        (INCIDENTS, incident, |id| matches!(id, AggregateId::Incident(_))),
        (PAGES, page, |id| matches!(id, AggregateId::Page(_))),
        (ENTRIES, entry, |id| matches!(id, AggregateId::Entry(_))),
    ];
    let mut loaded = Vec::with_capacity(ids.len());
    for (sql, read, is_kind) in kinds {
        let mut wanted: Vec<AggregateId> = ids.iter().copied().filter(is_kind).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if !wanted.is_empty() {
            loaded.append(&mut conn.query(sql, &[json_list(wanted).into()], read).await?);
        }
    }
    Ok(loaded)
}

/// The known alerts of these keys, and the incidents they name.
pub(crate) async fn load_intake(
    conn: &mut Conn,
    keys: &[(ServiceId, String)],
) -> StoreResult<hansei_app::ports::IntakeFacts> {
    let mut keys: Vec<&(ServiceId, String)> = keys.iter().collect();
    keys.sort_unstable();
    keys.dedup();
    let pairs = json_pairs(keys.into_iter().map(|(service, key)| (service, key)));
    let sql = format!(
        "SELECT {ALERT_COLUMNS} FROM PAIRS(?1) AS p CROSS JOIN alert AS a \
         LEFT JOIN alert_seen AS s ON s.alert_id = a.id WHERE a.service_id = p.a AND a.dedup_key = p.b"
    );
    let alerts = conn.query(&sql, &[pairs.into()], alert).await?;
    let named = alerts.iter().filter_map(|loaded| match &loaded.state {
        State::Alert(alert) => alert.incident_id.map(AggregateId::Incident),
        _ => None,
    });
    let named: Vec<AggregateId> = named.collect();
    let incidents = load(conn, &named).await?;
    Ok(hansei_app::ports::IntakeFacts { alerts, incidents })
}

/// The active incidents of these groups.
pub(crate) async fn open_incidents(
    conn: &mut Conn,
    groups: &[(ServiceId, GroupKey)],
) -> StoreResult<Vec<Loaded>> {
    let mut groups: Vec<(String, String)> =
        groups.iter().map(|(service, group)| (service.to_string(), group_column(&group.0))).collect();
    groups.sort_unstable();
    groups.dedup();
    conn.query(
        "SELECT t.version, t.state FROM PAIRS(?1) AS p CROSS JOIN incident AS t \
         WHERE t.active AND t.service_id = p.a AND t.group_key = p.b",
        &[json_pairs(groups).into()],
        incident,
    )
    .await
}

/// Pages of these incidents, oldest first; only those that have not ended, or all.
pub(crate) async fn pages(
    conn: &mut Conn,
    incidents: &[IncidentId],
    only_open: bool,
) -> StoreResult<Vec<Loaded>> {
    let open = if only_open { "AND t.ended_at IS NULL" } else { "" };
    let sql = format!(
        "SELECT t.version, t.state FROM page AS t \
         WHERE t.incident_id IN (SELECT k FROM LIST(?1) AS l) {open} ORDER BY t.id"
    );
    conn.query(&sql, &[json_list(incidents).into()], page).await
}

/// All entries of the catalogue.
pub(crate) async fn entries(conn: &mut Conn) -> StoreResult<Vec<Loaded>> {
    conn.query("SELECT t.version, t.state FROM entry AS t ORDER BY t.id", &[], entry).await
}

/// Aggregates whose deadline has passed, oldest first.
pub(crate) async fn due(conn: &mut Conn, now: Timestamp, limit: usize) -> StoreResult<Vec<AggregateId>> {
    let sql = "SELECT u.id, u.due_at FROM ( \
           SELECT * FROM (SELECT alert_id AS id, due_at FROM alert_seen WHERE due_at <= ?1 \
             ORDER BY due_at LIMIT ?2) AS a \
           UNION ALL SELECT * FROM (SELECT id, due_at FROM incident WHERE due_at <= ?1 \
             ORDER BY due_at LIMIT ?2) AS i \
           UNION ALL SELECT * FROM (SELECT id, due_at FROM page WHERE due_at <= ?1 \
             ORDER BY due_at LIMIT ?2) AS p \
         ) AS u ORDER BY u.due_at, u.id LIMIT ?2";
    conn.query(sql, &[now.into(), limit.into()], |row| {
        let id = row.text(0)?;
        AggregateId::parse(id).ok_or_else(|| StoreError::Corrupt(format!("{id} is not an aggregate's id")))
    })
    .await
}

/// The next deadline of all.
pub(crate) async fn next_due_at(conn: &mut Conn) -> StoreResult<Option<Timestamp>> {
    let sql = "SELECT MIN(u.due_at) FROM ( \
           SELECT MIN(due_at) AS due_at FROM alert_seen WHERE due_at IS NOT NULL \
           UNION ALL SELECT MIN(due_at) AS due_at FROM incident WHERE due_at IS NOT NULL \
           UNION ALL SELECT MIN(due_at) AS due_at FROM page WHERE due_at IS NOT NULL) AS u";
    conn.query_one(sql, &[], |row| row.at_opt(0)).await
}
