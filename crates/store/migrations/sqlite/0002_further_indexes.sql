-- What has ended is found by when it ended; without these, sweeping walks all sessions and all quarantined bodies.
CREATE INDEX session_expires ON session (expires_at);
CREATE INDEX quarantine_settled ON quarantine (settled_at) WHERE settled_at IS NOT NULL;
-- Alerts that belong to no incident are few; alerts that do cost nothing here.
CREATE INDEX alert_loose ON alert (id) WHERE incident_id IS NULL;
