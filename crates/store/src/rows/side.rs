//! The tables beside the journal.

use hansei_app::ports::OutboxEntry;

use crate::sql::{Column, Kind, Table, Val};

/// What is to be sent.
pub(crate) static OUTBOX: Table = Table {
    name: "outbox",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::fixed("lane", Kind::Text),
        Column::fixed("lane_rank", Kind::Int),
        Column::fixed("page_id", Kind::Text),
        Column::fixed("channel", Kind::Int),
        Column::fixed("attempt", Kind::Int),
        Column::new("available_at", Kind::At),
        Column::new("lease_ends_at", Kind::At),
        Column::new("epoch", Kind::Int),
        Column::new("dropped", Kind::Bool),
        Column::new("done_at", Kind::At),
        Column::fixed("kind", Kind::Text),
    ],
};

/// The row of a new entry of the outbox.
pub(crate) fn outbox_cells(entry: &OutboxEntry) -> [Val<'static>; 12] {
    [
        Val::display(entry.id),
        entry.lane.as_str().into(),
        Val::Int(entry.lane as i64),
        Val::display(entry.page_id),
        entry.channel.into(),
        entry.attempt.into(),
        entry.available_at.into(),
        Val::Null,
        Val::Int(0),
        Val::Bool(false),
        Val::Null,
        entry.kind.clone().into(),
    ]
}

/// Sessions.
pub(crate) static SESSION: Table = Table {
    name: "session",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("sha256", Kind::Text),
        Column::new("person_id", Kind::Text),
        Column::new("created_at", Kind::At),
        Column::new("seen_at", Kind::At),
        Column::new("expires_at", Kind::At),
        Column::new("agent", Kind::Text),
        Column::new("address", Kind::Text),
    ],
};

/// API tokens.
pub(crate) static API_TOKEN: Table = Table {
    name: "api_token",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("sha256", Kind::Text),
        Column::new("hint", Kind::Text),
        Column::new("name", Kind::Text),
        Column::new("person_id", Kind::Text),
        Column::new("role", Kind::Text),
        Column::new("created_at", Kind::At),
        Column::new("expires_at", Kind::At),
        Column::new("used_at", Kind::At),
        Column::new("revoked_at", Kind::At),
    ],
};

/// Password hashes.
pub(crate) static CREDENTIAL: Table = Table {
    name: "credential",
    key: &["person_id"],
    columns: &[Column::fixed("person_id", Kind::Text), Column::new("password", Kind::Text)],
};

/// Secrets of contacts.
pub(crate) static CONTACT_SECRET: Table = Table {
    name: "contact_secret",
    key: &["contact_id"],
    columns: &[Column::fixed("contact_id", Kind::Text), Column::new("secret", Kind::Text)],
};

/// Payloads that could not be read.
pub(crate) static QUARANTINE: Table = Table {
    name: "quarantine",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Text),
        Column::new("key_id", Kind::Text),
        Column::new("service_id", Kind::Text),
        Column::new("received_at", Kind::At),
        Column::new("format", Kind::Text),
        Column::new("content_type", Kind::Text),
        Column::new("error", Kind::Text),
        Column::new("body", Kind::Bytes),
        Column::new("truncated", Kind::Bool),
        Column::new("settled_at", Kind::At),
        Column::new("settled_how", Kind::Text),
    ],
};

/// Remembered answers.
pub(crate) static IDEMPOTENCY: Table = Table {
    name: "idempotency",
    key: &["scope", "key"],
    columns: &[
        Column::fixed("scope", Kind::Text),
        Column::fixed("key", Kind::Text),
        Column::new("request", Kind::Text),
        Column::new("status", Kind::Int),
        Column::new("body", Kind::Text),
        Column::new("created_at", Kind::At),
    ],
};

/// Named values of the installation.
pub(crate) static META: Table = Table {
    name: "meta",
    key: &["name"],
    columns: &[Column::fixed("name", Kind::Text), Column::new("value", Kind::Text)],
};

/// Failed logins.
pub(crate) static THROTTLE: Table = Table {
    name: "throttle",
    key: &["key"],
    columns: &[
        Column::fixed("key", Kind::Text),
        Column::new("failures", Kind::Int),
        Column::new("blocked_until_at", Kind::At),
    ],
};

/// Numbers given out in order.
pub(crate) static COUNTER: Table = Table {
    name: "counter",
    key: &["name"],
    columns: &[Column::fixed("name", Kind::Text), Column::new("value", Kind::Int)],
};

/// Signals that wait to be decided.
pub(crate) static INBOX: Table = Table {
    name: "inbox",
    key: &["id"],
    columns: &[
        Column::fixed("id", Kind::Int),
        Column::new("records", Kind::Int),
        Column::new("decided", Kind::Int),
        Column::new("payload", Kind::Bytes),
    ],
};

/// How far the inbox log is decided.
pub(crate) static INBOX_POSITION: Table = Table {
    name: "inbox_position",
    key: &["id"],
    columns: &[Column::fixed("id", Kind::Int), Column::new("decided", Kind::Int)],
};
