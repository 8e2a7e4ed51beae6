//! Listing alerts.

use hansei_app::ports::{AlertQuery, Loaded, StoreResult};
use hansei_domain::alert::AlertStatus;
use hansei_domain::ids::{AlertId, IncidentId};

use super::Filter;
use super::aggregates::{ALERT_COLUMNS, alert};
use crate::sql::{Conn, Val, json_list};

/// Lists alerts, newest first.
pub(crate) async fn alerts(conn: &mut Conn, query: &AlertQuery) -> StoreResult<Vec<Loaded>> {
    let mut filter = Filter::default();
    match query.status {
        // Spelled out, so that the index of firing alerts fits.
        Some(AlertStatus::Firing) => filter.fixed("a.status = 'firing'"),
        Some(status) => filter.and("a.status = ?", status.as_str()),
        None => {}
    }
    if let Some(service) = query.service_id {
        filter.and("a.service_id = ?", Val::display(service));
    }
    if !query.incident_ids.is_empty() {
        filter.and("a.incident_id IN (SELECT k FROM LIST(?) AS l)", json_list(&query.incident_ids));
    }
    if let Some(key) = query.key_id {
        filter.and("a.key_id = ?", Val::display(key));
    }
    if query.loose {
        filter.fixed("a.incident_id IS NULL");
    }
    filter.words("a.search", query.text.as_deref());
    if let Some(before) = query.before {
        filter.and("a.id < ?", Val::display(before));
    }
    let limit = filter.limit(query.limit);
    let sql = format!(
        "SELECT {ALERT_COLUMNS} FROM alert AS a LEFT JOIN alert_seen AS s ON s.alert_id = a.id{} \
         ORDER BY a.id DESC {limit}",
        filter.sql
    );
    conn.query(&sql, &filter.params, alert).await
}

/// Ids of alerts of an incident that fire, oldest first.
pub(crate) async fn firing_of(
    conn: &mut Conn,
    incident_id: IncidentId,
    limit: usize,
) -> StoreResult<Vec<AlertId>> {
    conn.query(
        "SELECT id FROM alert WHERE incident_id = ?1 AND status = 'firing' ORDER BY id LIMIT ?2",
        &[Val::display(incident_id), limit.into()],
        |row| row.parsed(0),
    )
    .await
}
