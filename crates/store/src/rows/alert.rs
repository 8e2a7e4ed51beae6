//! Alerts and what repeats tell about them.

use hansei_app::ports::StoreResult;
use hansei_domain::alert::{Alert, Observation};
use hansei_domain::ids::AlertId;
use hansei_domain::signal::Moment;
use jiff::Timestamp;
use serde::ser::{Serialize, Serializer};

use super::{folded, json};
use crate::sql::{Column, Kind, Row, Table, Val};

/// Alerts.
pub(crate) static ALERT: Table = Table {
    name: "alert",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("version", Kind::Int),
        Column::fixed("service_id", Kind::Text),
        Column::fixed("key_id", Kind::Text),
        Column::fixed("format", Kind::Text),
        Column::fixed("dedup_key", Kind::Text),
        Column::new("status", Kind::Text),
        Column::new("episode", Kind::Int),
        Column::new("severity", Kind::Text),
        Column::new("summary", Kind::Text),
        Column::new("source", Kind::Text),
        Column::new("labels", Kind::Text),
        Column::new("search", Kind::Text),
        Column::new("incident_id", Kind::Text),
        Column::new("resolve_reason", Kind::Text),
        Column::new("left_reason", Kind::Text),
        Column::new("first_fired_at", Kind::At),
        Column::new("fired_at", Kind::At),
        Column::new("cleared_at", Kind::At),
        Column::new("state", Kind::Text),
    ],
};

/// What repeats tell, and the alert's deadline.
pub(crate) static ALERT_SEEN: Table = Table {
    name: "alert_seen",
    key: &["alert_id"],
    columns: &[
        Column::fixed("alert_id", Kind::Text),
        Column::new("due_at", Kind::At),
        Column::new("last_seen_at", Kind::At),
        Column::new("last_occurred_at", Kind::At),
        Column::new("last_received_at", Kind::At),
        Column::new("seen_count", Kind::Int),
        Column::new("expires_at", Kind::At),
    ],
};

/// The same table, for writing deadlines of alerts that nothing was observed of.
pub(crate) static ALERT_DUE: Table = Table {
    name: "alert_seen",
    key: &["alert_id"],
    columns: &[
        Column::fixed("alert_id", Kind::Text),
        Column::new("due_at", Kind::At),
        Column::fixed("seen_count", Kind::Int),
    ],
};

/// Labels as a JSON object.
struct Labels<'a>(&'a [(String, String)]);

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Summary, key and labels, for searching.
fn search_text(alert: &Alert) -> String {
    let labels = alert.content.as_ref().map_or(&[][..], |c| &c.labels);
    let length = labels.iter().map(|(n, v)| n.len() + v.len() + 2).sum::<usize>();
    let mut text = String::with_capacity(alert.summary().len() + alert.dedup_key.len() + length + 1);
    text.push_str(alert.summary());
    text.push('\n');
    text.push_str(&alert.dedup_key);
    for (name, value) in labels {
        text.push('\n');
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    folded(&text)
}

/// An alert's row.
pub(crate) fn alert_cells(alert: &Alert, version: u64) -> StoreResult<[Val<'static>; 20]> {
    let content = alert.content.as_ref();
    let labels = content.map_or(&[][..], |c| &c.labels);
    Ok([
        Val::display(alert.id),
        version.into(),
        Val::display(alert.service_id),
        Val::display(alert.key_id),
        alert.format.as_str().into(),
        alert.dedup_key.clone().into(),
        alert.status.as_str().into(),
        alert.episode.into(),
        content.map(|c| c.severity.as_str()).into(),
        alert.summary().to_owned().into(),
        content.map(|c| c.source.clone()).into(),
        json(&Labels(labels))?.into(),
        search_text(alert).into(),
        Val::display_opt(alert.incident_id),
        alert.resolve_reason.map(|r| r.as_str()).into(),
        alert.left_reason.map(|r| r.as_str()).into(),
        alert.first_fired_at.into(),
        alert.fired.map(|m| m.best()).into(),
        alert.cleared.map(|m| m.best()).into(),
        json(alert)?.into(),
    ])
}

/// The row of what repeats tell.
pub(crate) fn seen_cells(id: AlertId, seen: &Observation, due_at: Option<Timestamp>) -> [Val<'static>; 7] {
    [
        Val::display(id),
        due_at.into(),
        seen.last_seen_at.into(),
        seen.last_fired.and_then(|m| m.occurred_at).into(),
        seen.last_fired.map(|m| m.received_at).into(),
        seen.seen_count.into(),
        seen.expires_at.into(),
    ]
}

/// Reads an observation from `last_seen_at, last_occurred_at, last_received_at, seen_count, expires_at`, which begin
/// at a column; `None` if nothing has been observed yet.
pub(crate) fn observation(row: &Row<'_>, first: usize) -> StoreResult<Option<Observation>> {
    let Some(last_seen_at) = row.at_opt(first)? else { return Ok(None) };
    let occurred_at = row.at_opt(first + 1)?;
    let received_at = row.at_opt(first + 2)?;
    Ok(Some(Observation {
        last_seen_at,
        last_fired: received_at.map(|received_at| Moment { occurred_at, received_at }),
        seen_count: row.count(first + 3)?,
        expires_at: row.at_opt(first + 4)?,
    }))
}

/// An alert's deadline: its expiry while it fires.
pub(crate) fn alert_due_at(firing: bool, seen: Option<&Observation>) -> Option<Timestamp> {
    seen.filter(|_| firing).and_then(|s| s.expires_at)
}
