//! How aggregates lie in tables: one table per kind with real columns for people's queries, and the whole state as
//! JSON for loading. Columns are derived from the state and never read back into it, so that `verify` can compare.

mod alert;
mod entry;
mod incident;
mod page;
mod side;

use hansei_app::ports::{StoreError, StoreResult};
use serde::Serialize;

use crate::sql::{Column, Kind, Table};

pub(crate) use alert::{ALERT, ALERT_DUE, ALERT_SEEN, alert_cells, alert_due_at, observation, seen_cells};
pub(crate) use entry::{ENTRY, entry_cells};
pub(crate) use incident::{INCIDENT, group_column, incident_cells};
pub(crate) use page::{PAGE, page_cells};
pub(crate) use side::{
    API_TOKEN, CONTACT_SECRET, COUNTER, CREDENTIAL, IDEMPOTENCY, INBOX, INBOX_POSITION, META, OUTBOX,
    QUARANTINE, SESSION, THROTTLE, outbox_cells,
};

/// The journal.
pub(crate) static JOURNAL: Table = Table {
    name: "journal",
    key: &["seq"],
    columns: &[
        Column::fixed("seq", Kind::Int),
        Column::fixed("aggregate_id", Kind::Text),
        Column::fixed("version", Kind::Int),
        Column::fixed("decided_at", Kind::At),
        Column::fixed("actor", Kind::Text),
        Column::fixed("name", Kind::Text),
        Column::fixed("data", Kind::Text),
        Column::fixed("incident_id", Kind::Text),
        Column::fixed("hash", Kind::Bytes),
    ],
};

/// The journal's end.
pub(crate) static JOURNAL_HEAD: Table = Table {
    name: "journal_head",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Int),
        Column::new("seq", Kind::Int),
        Column::new("hash", Kind::Bytes),
    ],
};

/// All tables that hold data, in an order in which they can be filled (what is referred to comes first).
pub(crate) static TABLES: [&Table; 20] = [
    &JOURNAL,
    &JOURNAL_HEAD,
    &ENTRY,
    &ALERT,
    &ALERT_SEEN,
    &INCIDENT,
    &PAGE,
    &OUTBOX,
    &SESSION,
    &API_TOKEN,
    &CREDENTIAL,
    &CONTACT_SECRET,
    &QUARANTINE,
    &IDEMPOTENCY,
    &META,
    &THROTTLE,
    &COUNTER,
    &INBOX,
    &INBOX_POSITION,
    &crate::migrate::MIGRATION,
];

/// A state or event as JSON.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Bug(format!("cannot be written as JSON: {e}")))
}

/// What a text search looks into: lower case, so that both databases find the same.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}
