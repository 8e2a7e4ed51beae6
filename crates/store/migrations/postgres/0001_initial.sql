-- The first schema. The same tables and columns as sqlite/0001_initial.sql (a test compares them).
-- Texts that are sorted or looked up compare by their bytes, as in SQLite.

-- One sequence over all aggregates, without gaps, chained by hashes (R30).
CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    aggregate_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    incident_id TEXT COLLATE "C",
    hash BYTEA NOT NULL
);
CREATE UNIQUE INDEX journal_aggregate ON journal (aggregate_id, version);
CREATE INDEX journal_incident ON journal (incident_id, seq) WHERE incident_id IS NOT NULL;

-- The journal's end. The one row is locked while entries are added, so that nobody sees a later entry before an
-- earlier one.
CREATE TABLE journal_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

CREATE TABLE alert (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    service_id TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    format TEXT NOT NULL,
    dedup_key TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL,
    episode BIGINT NOT NULL,
    severity TEXT,
    summary TEXT NOT NULL,
    source TEXT,
    labels TEXT NOT NULL,
    search TEXT NOT NULL,
    incident_id TEXT COLLATE "C",
    resolve_reason TEXT,
    left_reason TEXT,
    first_fired_at TIMESTAMPTZ,
    fired_at TIMESTAMPTZ,
    cleared_at TIMESTAMPTZ,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_dedup ON alert (service_id, dedup_key);
CREATE INDEX alert_incident ON alert (incident_id, status) WHERE incident_id IS NOT NULL;
CREATE INDEX alert_firing ON alert (id) WHERE status = 'firing';

-- What repeats of an alert tell: narrow, because it changes far more often than the alert.
CREATE TABLE alert_seen (
    alert_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    due_at TIMESTAMPTZ,
    last_seen_at TIMESTAMPTZ,
    last_occurred_at TIMESTAMPTZ,
    last_received_at TIMESTAMPTZ,
    seen_count BIGINT NOT NULL,
    expires_at TIMESTAMPTZ
);
CREATE INDEX alert_seen_due ON alert_seen (due_at) WHERE due_at IS NOT NULL;
-- Repeats change these rows all the time: room in each page keeps the new version beside the old one.
ALTER TABLE alert_seen SET (fillfactor = 70);

CREATE TABLE incident (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    due_at TIMESTAMPTZ,
    number BIGINT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    search TEXT NOT NULL,
    status TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    severity BIGINT NOT NULL,
    max_severity BIGINT NOT NULL,
    source TEXT NOT NULL,
    service_id TEXT COLLATE "C",
    group_key TEXT COLLATE "C",
    holder_id TEXT COLLATE "C",
    generation BIGINT NOT NULL,
    acknowledged BOOLEAN NOT NULL,
    impact_started_at TIMESTAMPTZ,
    detected_at TIMESTAMPTZ,
    declared_at TIMESTAMPTZ,
    acknowledged_at TIMESTAMPTZ,
    first_public_at TIMESTAMPTZ,
    mitigated_at TIMESTAMPTZ,
    impact_ended_at TIMESTAMPTZ,
    resolved_at TIMESTAMPTZ,
    resolution_announced_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    merged_into_id TEXT COLLATE "C",
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX incident_number ON incident (number);
CREATE UNIQUE INDEX incident_open_group ON incident (service_id, group_key)
    WHERE active AND service_id IS NOT NULL AND group_key IS NOT NULL;
CREATE INDEX incident_active ON incident (number) WHERE active;
CREATE INDEX incident_due ON incident (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE page (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    due_at TIMESTAMPTZ,
    incident_id TEXT COLLATE "C" NOT NULL REFERENCES incident (id),
    person_id TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    why TEXT NOT NULL,
    escalated BOOLEAN NOT NULL,
    end_reason TEXT,
    requested_at TIMESTAMPTZ NOT NULL,
    delivered_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    state TEXT NOT NULL
);
CREATE INDEX page_incident ON page (incident_id, id);
CREATE INDEX page_due ON page (due_at) WHERE due_at IS NOT NULL;

-- The catalogue: teams, people, products, components, pods, services, integration keys and the settings.
CREATE TABLE entry (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    unique_key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    archived BOOLEAN NOT NULL,
    origin TEXT NOT NULL,
    owner_id TEXT COLLATE "C",
    role TEXT,
    format TEXT,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX entry_unique_key ON entry (kind, unique_key) WHERE NOT archived;

-- What is to be sent. `lane_rank` is the order of the lanes, `epoch` the number of claims (the fence).
CREATE TABLE outbox (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    lane TEXT NOT NULL,
    lane_rank BIGINT NOT NULL,
    page_id TEXT COLLATE "C" NOT NULL REFERENCES page (id),
    channel BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    available_at TIMESTAMPTZ NOT NULL,
    lease_ends_at TIMESTAMPTZ,
    epoch BIGINT NOT NULL,
    dropped BOOLEAN NOT NULL,
    done_at TIMESTAMPTZ
);
CREATE INDEX outbox_waiting ON outbox (lane_rank, available_at, id) WHERE done_at IS NULL;
CREATE INDEX outbox_page ON outbox (page_id) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE session (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    agent TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE UNIQUE INDEX session_sha256 ON session (sha256);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE api_token (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    hint TEXT NOT NULL,
    name TEXT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX api_token_sha256 ON api_token (sha256);

CREATE TABLE credential (
    person_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    password TEXT NOT NULL
);

CREATE TABLE contact_secret (
    contact_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    secret TEXT NOT NULL
);

CREATE TABLE quarantine (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    service_id TEXT COLLATE "C" NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    format TEXT NOT NULL,
    content_type TEXT NOT NULL,
    error TEXT NOT NULL,
    body BYTEA NOT NULL,
    truncated BOOLEAN NOT NULL,
    settled_at TIMESTAMPTZ,
    settled_how TEXT
);
CREATE INDEX quarantine_open ON quarantine (id) WHERE settled_at IS NULL;

CREATE TABLE idempotency (
    scope TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE throttle (
    key TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    blocked_until_at TIMESTAMPTZ NOT NULL
);

-- Numbers that are given out in order.
CREATE TABLE counter (
    name TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('incident_number', 0);

-- Signals that wait to be decided, several in a row of this table, in the order of arrival at any node. PostgreSQL
-- keeps its inbox here. SQLite keeps its in a log of its own, and finds rows here only after a restore from PostgreSQL.
CREATE TABLE inbox (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    records BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    payload BYTEA NOT NULL
);
-- Signals live for milliseconds: compressing them would cost more than it saves.
ALTER TABLE inbox ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The one node that decides, until when, and over which connection of the server it does: a connection that has ended
-- is a node that has died. Whoever takes over raises the epoch, which fences off the one before.
CREATE TABLE inbox_decider (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL,
    lease_ends_at TIMESTAMPTZ,
    backend BIGINT,
    backend_started_at TIMESTAMPTZ
);
INSERT INTO inbox_decider (id, epoch) VALUES (1, 0);

-- How far SQLite's inbox log has been decided; changed in the transaction that decides.
CREATE TABLE inbox_position (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    decided BIGINT NOT NULL
);
INSERT INTO inbox_position (id, decided) VALUES (1, 0);
