-- The first schema. The same tables and columns as postgres/0001_initial.sql (a test compares them).
-- Instants are whole microseconds since 1970-01-01 UTC; truth values are 0 and 1.

-- One sequence over all aggregates, without gaps, chained by hashes (R30).
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    aggregate_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    incident_id TEXT,
    hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_aggregate ON journal (aggregate_id, version);
CREATE INDEX journal_incident ON journal (incident_id, seq) WHERE incident_id IS NOT NULL;

-- The journal's end. The one row is locked while entries are added, so that nobody sees a later entry before an
-- earlier one.
CREATE TABLE journal_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, zeroblob(32));

CREATE TABLE alert (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    service_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    format TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    status TEXT NOT NULL,
    episode INTEGER NOT NULL,
    severity TEXT,
    summary TEXT NOT NULL,
    source TEXT,
    labels TEXT NOT NULL,
    search TEXT NOT NULL,
    incident_id TEXT,
    resolve_reason TEXT,
    left_reason TEXT,
    first_fired_at INTEGER,
    fired_at INTEGER,
    cleared_at INTEGER,
    state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_dedup ON alert (service_id, dedup_key);
CREATE INDEX alert_incident ON alert (incident_id, status) WHERE incident_id IS NOT NULL;
CREATE INDEX alert_firing ON alert (id) WHERE status = 'firing';

-- What repeats of an alert tell: narrow, because it changes far more often than the alert.
CREATE TABLE alert_seen (
    alert_id TEXT PRIMARY KEY NOT NULL,
    due_at INTEGER,
    last_seen_at INTEGER,
    last_occurred_at INTEGER,
    last_received_at INTEGER,
    seen_count INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_seen_due ON alert_seen (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE incident (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    due_at INTEGER,
    number INTEGER NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    search TEXT NOT NULL,
    status TEXT NOT NULL,
    active INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    max_severity INTEGER NOT NULL,
    source TEXT NOT NULL,
    service_id TEXT,
    group_key TEXT,
    holder_id TEXT,
    generation INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    impact_started_at INTEGER,
    detected_at INTEGER,
    declared_at INTEGER,
    acknowledged_at INTEGER,
    first_public_at INTEGER,
    mitigated_at INTEGER,
    impact_ended_at INTEGER,
    resolved_at INTEGER,
    resolution_announced_at INTEGER,
    closed_at INTEGER,
    merged_into_id TEXT,
    state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX incident_number ON incident (number);
CREATE UNIQUE INDEX incident_open_group ON incident (service_id, group_key)
    WHERE active AND service_id IS NOT NULL AND group_key IS NOT NULL;
CREATE INDEX incident_active ON incident (number) WHERE active;
CREATE INDEX incident_due ON incident (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE page (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    due_at INTEGER,
    incident_id TEXT NOT NULL REFERENCES incident (id),
    person_id TEXT NOT NULL,
    generation INTEGER NOT NULL,
    why TEXT NOT NULL,
    escalated INTEGER NOT NULL,
    end_reason TEXT,
    requested_at INTEGER NOT NULL,
    delivered_at INTEGER,
    ended_at INTEGER,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX page_incident ON page (incident_id, id);
CREATE INDEX page_due ON page (due_at) WHERE due_at IS NOT NULL;

-- The catalogue: teams, people, products, components, pods, services, integration keys and the settings.
CREATE TABLE entry (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    unique_key TEXT NOT NULL,
    name TEXT NOT NULL,
    archived INTEGER NOT NULL,
    origin TEXT NOT NULL,
    owner_id TEXT,
    role TEXT,
    format TEXT,
    state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_unique_key ON entry (kind, unique_key) WHERE NOT archived;

-- What is to be sent. `lane_rank` is the order of the lanes, `epoch` the number of claims (the fence).
CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    lane TEXT NOT NULL,
    lane_rank INTEGER NOT NULL,
    page_id TEXT NOT NULL REFERENCES page (id),
    channel INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    lease_ends_at INTEGER,
    epoch INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX outbox_waiting ON outbox (lane_rank, available_at, id) WHERE done_at IS NULL;
CREATE INDEX outbox_page ON outbox (page_id) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE session (
    id TEXT PRIMARY KEY NOT NULL,
    sha256 TEXT NOT NULL,
    person_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX session_sha256 ON session (sha256);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY NOT NULL,
    sha256 TEXT NOT NULL,
    hint TEXT NOT NULL,
    name TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_token_sha256 ON api_token (sha256);

CREATE TABLE credential (
    person_id TEXT PRIMARY KEY NOT NULL,
    password TEXT NOT NULL
) STRICT;

CREATE TABLE contact_secret (
    contact_id TEXT PRIMARY KEY NOT NULL,
    secret TEXT NOT NULL
) STRICT;

CREATE TABLE quarantine (
    id TEXT PRIMARY KEY NOT NULL,
    key_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    format TEXT NOT NULL,
    content_type TEXT NOT NULL,
    error TEXT NOT NULL,
    body BLOB NOT NULL,
    truncated INTEGER NOT NULL,
    settled_at INTEGER,
    settled_how TEXT
) STRICT;
CREATE INDEX quarantine_open ON quarantine (id) WHERE settled_at IS NULL;

CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE throttle (
    key TEXT PRIMARY KEY NOT NULL,
    failures INTEGER NOT NULL,
    blocked_until_at INTEGER NOT NULL
) STRICT;

-- Numbers that are given out in order.
CREATE TABLE counter (
    name TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counter (name, value) VALUES ('incident_number', 0);

-- Signals that wait to be decided, several in a row of this table, in the order of arrival at any node. PostgreSQL
-- keeps its inbox here. SQLite keeps its in a log of its own, and finds rows here only after a restore from PostgreSQL.
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    records INTEGER NOT NULL,
    decided INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;

-- Which of several nodes decides; not used here, where one process has the file.
CREATE TABLE inbox_decider (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    lease_ends_at INTEGER,
    backend INTEGER,
    backend_started_at INTEGER
) STRICT;
INSERT INTO inbox_decider (id, epoch) VALUES (1, 0);

-- How far SQLite's inbox log has been decided; changed in the transaction that decides.
CREATE TABLE inbox_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    decided INTEGER NOT NULL
) STRICT;
INSERT INTO inbox_position (id, decided) VALUES (1, 0);
