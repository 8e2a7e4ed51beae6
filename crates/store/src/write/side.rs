//! Writes to the tables beside the journal.

use hansei_app::ports::{
    MetaExpect, QuarantineRow, SessionRow, SideWrite, StoreError, StoreResult, TokenRow,
};
use jiff::Timestamp;

use super::prepare::Prepared;
use crate::rows::{API_TOKEN, CONTACT_SECRET, CREDENTIAL, IDEMPOTENCY, META, QUARANTINE, SESSION, THROTTLE};
use crate::sql::{Conn, Mode, Rows, Val, Write};

static SESSION_PUT: Write = Write::new(&SESSION, Mode::Upsert);
static TOKEN_PUT: Write = Write::new(&API_TOKEN, Mode::Upsert);
static CREDENTIAL_PUT: Write = Write::new(&CREDENTIAL, Mode::Upsert);
static SECRET_PUT: Write = Write::new(&CONTACT_SECRET, Mode::Upsert);
static QUARANTINE_PUT: Write = Write::new(&QUARANTINE, Mode::Upsert);
static IDEMPOTENCY_NEW: Write = Write::new(&IDEMPOTENCY, Mode::InsertNew);
static META_PUT: Write = Write::new(&META, Mode::Upsert);
static META_NEW: Write = Write::new(&META, Mode::InsertNew);
static THROTTLE_PUT: Write = Write::new(&THROTTLE, Mode::Upsert);

/// Writes a commit's side tables, in order.
pub(super) async fn write(conn: &mut Conn, commit: &Prepared) -> StoreResult<()> {
    for side in &commit.side {
        one(conn, side).await?;
    }
    Ok(())
}

async fn put<const N: usize>(conn: &mut Conn, write: &'static Write, row: [Val<'_>; N]) -> StoreResult<u64> {
    let rows = Rows { cells: row.into() };
    conn.write(write, &[&rows]).await
}

fn must_be_one(changed: u64) -> StoreResult<()> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

async fn one(conn: &mut Conn, side: &SideWrite) -> StoreResult<()> {
    match side {
        SideWrite::SessionPut(row) => put(conn, &SESSION_PUT, session_cells(row)).await.map(drop),
        SideWrite::TokenPut(row) => put(conn, &TOKEN_PUT, token_cells(row)).await.map(drop),
        SideWrite::QuarantinePut(row) => put(conn, &QUARANTINE_PUT, quarantine_cells(row)).await.map(drop),
        SideWrite::Credential { person_id, password: Some(password) } => {
            put(conn, &CREDENTIAL_PUT, [Val::display(person_id), password.into()]).await.map(drop)
        }
        SideWrite::ContactSecret { contact_id, secret: Some(secret) } => {
            put(conn, &SECRET_PUT, [Val::display(contact_id), secret.into()]).await.map(drop)
        }
        SideWrite::Throttle { key, row: Some(row) } => {
            let cells = [key.into(), row.failures.into(), row.blocked_until.into()];
            put(conn, &THROTTLE_PUT, cells).await.map(drop)
        }
        SideWrite::Idempotency(row) => {
            let cells = [
                (&row.scope).into(),
                (&row.key).into(),
                (&row.request).into(),
                u32::from(row.status).into(),
                (&row.body).into(),
                row.at.into(),
            ];
            put(conn, &IDEMPOTENCY_NEW, cells).await.and_then(must_be_one)
        }
        SideWrite::Meta { name, value, expect } => meta(conn, name, value.as_deref(), expect).await,
        SideWrite::QuarantineSettle { id, at, how } => {
            let sql = "UPDATE quarantine SET settled_at = ?1, settled_how = ?2 WHERE id = ?3 AND settled_at IS NULL";
            conn.exec(sql, &[(*at).into(), how.into(), Val::display(id)]).await.and_then(must_be_one)
        }
        other => touch_or_remove(conn, other).await,
    }
}

/// Touching or removing what may be gone already.
async fn touch_or_remove(conn: &mut Conn, side: &SideWrite) -> StoreResult<()> {
    let touch = |at: Timestamp, id: Val<'static>| vec![at.into(), id];
    let (sql, params) = match side {
        SideWrite::SessionTouch { id, seen_at } => {
            ("UPDATE session SET seen_at = ?1 WHERE id = ?2", touch(*seen_at, Val::display(id)))
        }
        SideWrite::TokenTouch { id, used_at } => {
            ("UPDATE api_token SET used_at = ?1 WHERE id = ?2", touch(*used_at, Val::display(id)))
        }
        SideWrite::SessionEnd { id } => ("DELETE FROM session WHERE id = ?1", vec![Val::display(id)]),
        SideWrite::SessionsEnd { person_id, except } => {
            let kept = except.map(|id| id.to_string()).unwrap_or_default();
            let params = vec![Val::display(person_id), kept.into()];
            ("DELETE FROM session WHERE person_id = ?1 AND id <> ?2", params)
        }
        SideWrite::Credential { person_id, .. } => {
            ("DELETE FROM credential WHERE person_id = ?1", vec![Val::display(person_id)])
        }
        SideWrite::ContactSecret { contact_id, .. } => {
            ("DELETE FROM contact_secret WHERE contact_id = ?1", vec![Val::display(contact_id)])
        }
        SideWrite::Throttle { key, .. } => ("DELETE FROM throttle WHERE key = ?1", vec![key.into()]),
        SideWrite::SessionPut(_)
        | SideWrite::TokenPut(_)
        | SideWrite::QuarantinePut(_)
        | SideWrite::QuarantineSettle { .. }
        | SideWrite::Idempotency(_)
        | SideWrite::Meta { .. } => return Ok(()),
    };
    conn.exec(sql, &params).await.map(drop)
}

/// Sets a named value, if it is what it must be.
async fn meta(conn: &mut Conn, name: &str, value: Option<&str>, expect: &MetaExpect) -> StoreResult<()> {
    match (expect, value) {
        (MetaExpect::Any, Some(value)) => put(conn, &META_PUT, [name.into(), value.into()]).await.map(drop),
        (MetaExpect::Any, None) => {
            conn.exec("DELETE FROM meta WHERE name = ?1", &[name.into()]).await.map(drop)
        }
        (MetaExpect::Absent, Some(value)) => {
            put(conn, &META_NEW, [name.into(), value.into()]).await.and_then(must_be_one)
        }
        (MetaExpect::Absent, None) => {
            let found = conn.query("SELECT 1 FROM meta WHERE name = ?1", &[name.into()], |_| Ok(())).await?;
            if found.is_empty() { Ok(()) } else { Err(StoreError::Conflict) }
        }
        (MetaExpect::Value(before), Some(value)) => {
            let sql = "UPDATE meta SET value = ?1 WHERE name = ?2 AND value = ?3";
            conn.exec(sql, &[value.into(), name.into(), before.into()]).await.and_then(must_be_one)
        }
        (MetaExpect::Value(before), None) => {
            let sql = "DELETE FROM meta WHERE name = ?1 AND value = ?2";
            conn.exec(sql, &[name.into(), before.into()]).await.and_then(must_be_one)
        }
    }
}

fn session_cells(row: &SessionRow) -> [Val<'_>; 8] {
    [
        Val::display(row.id),
        (&row.sha256).into(),
        Val::display(row.person_id),
        row.created_at.into(),
        row.seen_at.into(),
        row.expires_at.into(),
        (&row.agent).into(),
        (&row.address).into(),
    ]
}

fn token_cells(row: &TokenRow) -> [Val<'_>; 10] {
    [
        Val::display(row.id),
        (&row.sha256).into(),
        (&row.hint).into(),
        (&row.name).into(),
        Val::display(row.person_id),
        row.role.as_str().into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.used_at.into(),
        row.revoked_at.into(),
    ]
}

fn quarantine_cells(row: &QuarantineRow) -> [Val<'_>; 11] {
    [
        Val::display(row.id),
        Val::display(row.key_id),
        Val::display(row.service_id),
        row.received_at.into(),
        (&row.format).into(),
        (&row.content_type).into(),
        (&row.error).into(),
        row.body.as_slice().into(),
        row.truncated.into(),
        row.settled_at.into(),
        row.settled_how.as_deref().into(),
    ]
}
