//! Reading the tables beside the journal, and the outbox's next moment.

use hansei_app::ports::{
    IdempotencyRow, QuarantineRow, SessionRow, StoreError, StoreResult, ThrottleRow, TokenRow,
};
use hansei_domain::access::Role;
use hansei_domain::ids::{ContactId, PersonId, QuarantineId};
use jiff::Timestamp;

use super::Filter;
use crate::sql::{Conn, Row, Val};

const SESSION: &str =
    "SELECT id, sha256, person_id, created_at, seen_at, expires_at, agent, address FROM session";

fn session_row(row: &Row<'_>) -> StoreResult<SessionRow> {
    Ok(SessionRow {
        id: row.parsed(0)?,
        sha256: row.text(1)?.to_owned(),
        person_id: row.parsed(2)?,
        created_at: row.at(3)?,
        seen_at: row.at(4)?,
        expires_at: row.at(5)?,
        agent: row.text(6)?.to_owned(),
        address: row.text(7)?.to_owned(),
    })
}

/// A session by its hash.
pub(crate) async fn session(conn: &mut Conn, sha256: &str) -> StoreResult<Option<SessionRow>> {
    conn.query_opt(&format!("{SESSION} WHERE sha256 = ?1"), &[sha256.into()], session_row).await
}

/// A person's sessions, newest first.
pub(crate) async fn sessions_of(conn: &mut Conn, person: PersonId) -> StoreResult<Vec<SessionRow>> {
    let sql = format!("{SESSION} WHERE person_id = ?1 ORDER BY id DESC");
    conn.query(&sql, &[Val::display(person)], session_row).await
}

const TOKEN: &str = "SELECT id, sha256, hint, name, person_id, role, created_at, expires_at, used_at, revoked_at \
     FROM api_token";

fn token_row(row: &Row<'_>) -> StoreResult<TokenRow> {
    let role = row.text(5)?;
    Ok(TokenRow {
        id: row.parsed(0)?,
        sha256: row.text(1)?.to_owned(),
        hint: row.text(2)?.to_owned(),
        name: row.text(3)?.to_owned(),
        person_id: row.parsed(4)?,
        role: Role::parse(role).ok_or_else(|| StoreError::Corrupt(format!("unknown role {role}")))?,
        created_at: row.at(6)?,
        expires_at: row.at_opt(7)?,
        used_at: row.at_opt(8)?,
        revoked_at: row.at_opt(9)?,
    })
}

/// A token by its hash.
pub(crate) async fn token(conn: &mut Conn, sha256: &str) -> StoreResult<Option<TokenRow>> {
    conn.query_opt(&format!("{TOKEN} WHERE sha256 = ?1"), &[sha256.into()], token_row).await
}

/// Tokens of a person or of everybody, newest first.
pub(crate) async fn tokens(conn: &mut Conn, person: Option<PersonId>) -> StoreResult<Vec<TokenRow>> {
    let mut filter = Filter::default();
    if let Some(person) = person {
        filter.and("person_id = ?", Val::display(person));
    }
    conn.query(&format!("{TOKEN}{} ORDER BY id DESC", filter.sql), &filter.params, token_row).await
}

/// A person's password hash.
pub(crate) async fn credential(conn: &mut Conn, person: PersonId) -> StoreResult<Option<String>> {
    let sql = "SELECT password FROM credential WHERE person_id = ?1";
    conn.query_opt(sql, &[Val::display(person)], |row| row.text(0).map(str::to_owned)).await
}

/// A contact's secret.
pub(crate) async fn contact_secret(conn: &mut Conn, contact: ContactId) -> StoreResult<Option<String>> {
    let sql = "SELECT secret FROM contact_secret WHERE contact_id = ?1";
    conn.query_opt(sql, &[Val::display(contact)], |row| row.text(0).map(str::to_owned)).await
}

const QUARANTINE: &str = "SELECT id, key_id, service_id, received_at, format, content_type, error, body, truncated, \
     settled_at, settled_how FROM quarantine";

fn quarantine_row(row: &Row<'_>) -> StoreResult<QuarantineRow> {
    Ok(QuarantineRow {
        id: row.parsed(0)?,
        key_id: row.parsed(1)?,
        service_id: row.parsed(2)?,
        received_at: row.at(3)?,
        format: row.text(4)?.to_owned(),
        content_type: row.text(5)?.to_owned(),
        error: row.text(6)?.to_owned(),
        body: row.bytes(7)?.to_vec(),
        truncated: row.boolean(8)?,
        settled_at: row.at_opt(9)?,
        settled_how: row.text_opt(10)?.map(str::to_owned),
    })
}

/// Quarantined payloads, newest first.
pub(crate) async fn quarantine(
    conn: &mut Conn,
    open: bool,
    before: Option<QuarantineId>,
    limit: usize,
) -> StoreResult<Vec<QuarantineRow>> {
    let mut filter = Filter::default();
    if open {
        filter.fixed("settled_at IS NULL");
    }
    if let Some(before) = before {
        filter.and("id < ?", Val::display(before));
    }
    let limit = filter.limit(limit);
    let sql = format!("{QUARANTINE}{} ORDER BY id DESC {limit}", filter.sql);
    conn.query(&sql, &filter.params, quarantine_row).await
}

/// One quarantined payload.
pub(crate) async fn quarantined(conn: &mut Conn, id: QuarantineId) -> StoreResult<Option<QuarantineRow>> {
    conn.query_opt(&format!("{QUARANTINE} WHERE id = ?1"), &[Val::display(id)], quarantine_row).await
}

/// The remembered answer to an idempotency key.
pub(crate) async fn idempotency(
    conn: &mut Conn,
    scope: &str,
    key: &str,
) -> StoreResult<Option<IdempotencyRow>> {
    let sql =
        "SELECT scope, key, request, status, body, created_at FROM idempotency WHERE scope = ?1 AND key = ?2";
    conn.query_opt(sql, &[scope.into(), key.into()], |row| {
        let status = row.int(3)?;
        Ok(IdempotencyRow {
            scope: row.text(0)?.to_owned(),
            key: row.text(1)?.to_owned(),
            request: row.text(2)?.to_owned(),
            status: u16::try_from(status).map_err(|_| StoreError::Corrupt(format!("status {status}")))?,
            body: row.text(4)?.to_owned(),
            at: row.at(5)?,
        })
    })
    .await
}

/// A named value of the installation.
pub(crate) async fn meta(conn: &mut Conn, name: &str) -> StoreResult<Option<String>> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    conn.query_opt(sql, &[name.into()], |row| row.text(0).map(str::to_owned)).await
}

/// Failed logins of a throttle key.
pub(crate) async fn throttle(conn: &mut Conn, key: &str) -> StoreResult<Option<ThrottleRow>> {
    let sql = "SELECT failures, blocked_until_at FROM throttle WHERE key = ?1";
    conn.query_opt(sql, &[key.into()], |row| {
        Ok(ThrottleRow { failures: row.count32(0)?, blocked_until: row.at(1)? })
    })
    .await
}

/// When the next entry of the outbox becomes sendable, for an application whose clock says `now`.
pub(crate) async fn outbox_next_at(conn: &mut Conn, now: Timestamp) -> StoreResult<Option<Timestamp>> {
    let sql = "SELECT MIN(available_at) FROM outbox WHERE done_at IS NULL AND lease_ends_at IS NULL";
    let unclaimed = conn.query_one(sql, &[], |row| row.at_opt(0)).await?;
    let sql = "SELECT MIN(lease_ends_at) FROM outbox WHERE done_at IS NULL AND lease_ends_at IS NOT NULL";
    let Some(lease_ends) = conn.query_one(sql, &[], |row| row.at_opt(0)).await? else { return Ok(unclaimed) };
    // Leases may run by the database's clock; the answer is by the caller's.
    let left = lease_ends.duration_since(conn.lease_now(now).await?);
    let again = now.checked_add(left).unwrap_or(Timestamp::MAX);
    Ok(Some(unclaimed.map_or(again, |at| at.min(again))))
}
