//! The row of an incident: real columns for people's own tools beside the state.

use hansei_app::ports::StoreResult;
use hansei_domain::incident::{Incident, TimeKind};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{folded, json};
use crate::sql::{Column, Kind, Table, Val};

/// Incidents. Each of the instants that must not be confused has its own column (C2).
pub(crate) static INCIDENT: Table = Table {
    name: "incident",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("version", Kind::Int),
        Column::new("due_at", Kind::At),
        Column::fixed("number", Kind::Int),
        Column::new("slug", Kind::Text),
        Column::new("title", Kind::Text),
        Column::new("search", Kind::Text),
        Column::new("status", Kind::Text),
        Column::new("active", Kind::Bool),
        Column::new("severity", Kind::Int),
        Column::new("max_severity", Kind::Int),
        Column::new("source", Kind::Text),
        Column::fixed("service_id", Kind::Text),
        Column::fixed("group_key", Kind::Text),
        Column::new("holder_id", Kind::Text),
        Column::new("generation", Kind::Int),
        Column::new("acknowledged", Kind::Bool),
        Column::new("impact_started_at", Kind::At),
        Column::new("detected_at", Kind::At),
        Column::new("declared_at", Kind::At),
        Column::new("acknowledged_at", Kind::At),
        Column::new("first_public_at", Kind::At),
        Column::new("mitigated_at", Kind::At),
        Column::new("impact_ended_at", Kind::At),
        Column::new("resolved_at", Kind::At),
        Column::new("resolution_announced_at", Kind::At),
        Column::new("closed_at", Kind::At),
        Column::new("merged_into_id", Kind::Text),
        Column::new("state", Kind::Text),
    ],
};

/// Longest group key that is stored as it is, bytes. PostgreSQL's index entries end at a third of a page, and a group
/// key is made of label values that may be longer.
const GROUP_KEY_BYTES: usize = 400;

/// A group key as the column holds it: a long one is cut and told apart by its hash.
pub(crate) fn group_column(key: &str) -> String {
    if key.len() <= GROUP_KEY_BYTES {
        return key.to_owned();
    }
    let hash = Sha256::digest(key.as_bytes());
    let start = &key[..key.floor_char_boundary(GROUP_KEY_BYTES - 70)];
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{start}… {hex}")
}

/// An incident's row.
pub(crate) fn incident_cells(
    incident: &Incident,
    version: u64,
    due_at: Option<Timestamp>,
) -> StoreResult<[Val<'static>; 29]> {
    let time = |kind| Val::from(incident.time(kind));
    Ok([
        Val::display(incident.id),
        version.into(),
        due_at.into(),
        incident.number.into(),
        incident.slug.clone().into(),
        incident.title.clone().into(),
        folded(&incident.title).into(),
        incident.status.as_str().into(),
        incident.status.is_active().into(),
        u32::from(incident.severity.rank()).into(),
        u32::from(incident.max_severity.rank()).into(),
        incident.source.as_str().into(),
        Val::display_opt(incident.service_id),
        incident.group.as_ref().map(|g| group_column(&g.0)).into(),
        Val::display_opt(incident.holder),
        incident.generation.into(),
        incident.acknowledged.into(),
        time(TimeKind::ImpactStarted),
        time(TimeKind::Detected),
        time(TimeKind::Declared),
        time(TimeKind::Acknowledged),
        time(TimeKind::FirstPublic),
        time(TimeKind::Mitigated),
        time(TimeKind::ImpactEnded),
        time(TimeKind::Resolved),
        time(TimeKind::ResolutionAnnounced),
        time(TimeKind::Closed),
        Val::display_opt(incident.merged_into),
        json(incident)?.into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_group_keys_stay_apart_and_short() {
        let long = "障".repeat(2000);
        let (a, b) = (group_column(&format!("{long}a")), group_column(&format!("{long}b")));
        assert_ne!(a, b);
        assert!(a.len() <= GROUP_KEY_BYTES, "{}", a.len());
        assert_eq!(group_column("5:job=node;"), "5:job=node;");
    }
}
