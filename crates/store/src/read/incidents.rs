//! Listing incidents.

use hansei_app::ports::{IncidentQuery, IncidentRow, StoreResult};
use hansei_domain::incident::IncidentStatus;

use super::{Filter, decoded};
use crate::sql::{Conn, Row, Val, json_list};

const COLUMNS: &str = "i.version, i.state, \
     (SELECT COUNT(*) FROM alert AS a WHERE a.incident_id = i.id AND a.status = 'firing'), \
     (SELECT COUNT(*) FROM alert AS a WHERE a.incident_id = i.id)";

fn incident_row(row: &Row<'_>) -> StoreResult<IncidentRow> {
    Ok(IncidentRow {
        version: row.count(0)?,
        incident: decoded(row, 1)?,
        firing_alerts: row.count(2)?,
        all_alerts: row.count(3)?,
    })
}

/// Lists incidents, highest number first.
pub(crate) async fn incidents(conn: &mut Conn, query: &IncidentQuery) -> StoreResult<Vec<IncidentRow>> {
    let mut filter = Filter::default();
    if !query.status.is_empty() {
        if query.status.iter().copied().all(IncidentStatus::is_active) {
            // Lets the index of active incidents fit.
            filter.fixed("i.active");
        }
        let names = query.status.iter().map(|status| status.as_str());
        filter.and("i.status IN (SELECT k FROM LIST(?) AS l)", json_list(names));
    }
    if !query.severity.is_empty() {
        let ranks = query.severity.iter().map(|severity| severity.rank());
        filter.and("CAST(i.severity AS TEXT) IN (SELECT k FROM LIST(?) AS l)", json_list(ranks));
    }
    if let Some(service) = query.service_id {
        filter.and("i.service_id = ?", Val::display(service));
    }
    if let Some(holder) = query.holder {
        filter.and("i.holder_id = ?", Val::display(holder));
    }
    filter.words("i.search", query.text.as_deref());
    if let Some(before) = query.before {
        filter.and("i.number < ?", before);
    }
    let limit = filter.limit(query.limit);
    let sql = format!("SELECT {COLUMNS} FROM incident AS i{} ORDER BY i.number DESC {limit}", filter.sql);
    conn.query(&sql, &filter.params, incident_row).await
}

/// The incident with a number.
pub(crate) async fn by_number(conn: &mut Conn, number: u64) -> StoreResult<Option<IncidentRow>> {
    let sql = format!("SELECT {COLUMNS} FROM incident AS i WHERE i.number = ?1");
    conn.query_opt(&sql, &[number.into()], incident_row).await
}

/// The highest number.
pub(crate) async fn last_number(conn: &mut Conn) -> StoreResult<u64> {
    conn.query_one("SELECT value FROM counter WHERE name = 'incident_number'", &[], |row| row.count(0)).await
}
