//! Writing prepared commits in an open transaction.
//!
//! Everything that can conflict comes first; the journal comes last, because its head row is the one that all nodes
//! wait for. Rows that leave room (incidents that are no longer active, updates) are written before rows that take
//! it. Any number that is not what it must be means that somebody else was faster: the caller takes it all back.

use hansei_app::ports::{StoreError, StoreResult};
use hansei_domain::journal::chain_hash;

use super::prepare::{JournalRow, Kept, Prepared};
use super::{outbox, side};
use crate::rows::{ALERT, ALERT_DUE, ALERT_SEEN, ENTRY, INCIDENT, JOURNAL, OUTBOX, PAGE};
use crate::sql::{Conn, Mode, Rows, Val, Write};

static ALERT_NEW: Write = Write::new(&ALERT, Mode::InsertNew);
static ALERT_CHANGED: Write = Write::new(&ALERT, Mode::UpdateVersion);
static SEEN: Write = Write::new(&ALERT_SEEN, Mode::Upsert);
static SEEN_DUE: Write = Write::new(&ALERT_DUE, Mode::Upsert);
static REPEATS: Write =
    Write::new(&ALERT_SEEN, Mode::UpdateGrowing { grows: "seen_count", stays_missing: "due_at" });
static INCIDENT_NEW: Write = Write::new(&INCIDENT, Mode::InsertNew);
static INCIDENT_CHANGED: Write = Write::new(&INCIDENT, Mode::UpdateVersion);
static PAGE_NEW: Write = Write::new(&PAGE, Mode::InsertNew);
static PAGE_CHANGED: Write = Write::new(&PAGE, Mode::UpdateVersion);
static ENTRY_NEW: Write = Write::new(&ENTRY, Mode::InsertNew);
static ENTRY_CHANGED: Write = Write::new(&ENTRY, Mode::UpdateVersion);
static OUTBOX_NEW: Write = Write::new(&OUTBOX, Mode::Insert);
static JOURNAL_NEW: Write = Write::new(&JOURNAL, Mode::Insert);

/// Writes commits as if they were one, in their order. Returns the journal's last number after each.
pub(super) async fn apply(conn: &mut Conn, commits: &[&Prepared]) -> StoreResult<Vec<u64>> {
    for commit in commits {
        numbers(conn, commit).await?;
        outbox::settle(conn, commit).await?;
    }
    changed(conn, commits).await?;
    new(conn, commits).await?;
    observed(conn, commits).await?;
    for commit in commits {
        outbox::drop_of_pages(conn, commit).await?;
    }
    conn.write(&OUTBOX_NEW, &parts(commits, |c| &c.outbox)).await?;
    for commit in commits {
        inbox(conn, commit).await?;
        side::write(conn, commit).await?;
    }
    journal(conn, commits).await
}

fn parts<'a>(
    commits: &[&'a Prepared],
    of: impl Fn(&'a Prepared) -> &'a Rows<'static>,
) -> Vec<&'a Rows<'static>> {
    commits.iter().map(|commit| of(commit)).filter(|rows| !rows.is_empty()).collect()
}

/// Writes rows, all of which must go through.
async fn exactly(conn: &mut Conn, write: &'static Write, rows: &[&Rows<'_>]) -> StoreResult<()> {
    let wanted: usize = rows.iter().map(|rows| rows.len(write)).sum();
    if conn.write(write, rows).await? == wanted as u64 { Ok(()) } else { Err(StoreError::Conflict) }
}

async fn changed(conn: &mut Conn, commits: &[&Prepared]) -> StoreResult<()> {
    exactly(conn, &ALERT_CHANGED, &parts(commits, |c| &c.alerts.changed)).await?;
    exactly(conn, &INCIDENT_CHANGED, &parts(commits, |c| &c.incidents_ended.changed)).await?;
    exactly(conn, &INCIDENT_CHANGED, &parts(commits, |c| &c.incidents.changed)).await?;
    exactly(conn, &PAGE_CHANGED, &parts(commits, |c| &c.pages.changed)).await?;
    exactly(conn, &ENTRY_CHANGED, &parts(commits, |c| &c.entries.changed)).await
}

async fn new(conn: &mut Conn, commits: &[&Prepared]) -> StoreResult<()> {
    type Of = fn(&Prepared) -> &Kept;
    let kept: [(&'static Write, Of); 5] = [
        (&ENTRY_NEW, |c| &c.entries),
        (&INCIDENT_NEW, |c| &c.incidents_ended),
        (&INCIDENT_NEW, |c| &c.incidents),
        (&ALERT_NEW, |c| &c.alerts),
        (&PAGE_NEW, |c| &c.pages),
    ];
    for (write, of) in kept {
        exactly(conn, write, &parts(commits, |c| &of(c).new)).await?;
    }
    Ok(())
}

async fn observed(conn: &mut Conn, commits: &[&Prepared]) -> StoreResult<()> {
    conn.write(&SEEN, &parts(commits, |c| &c.seen)).await?;
    conn.write(&SEEN_DUE, &parts(commits, |c| &c.seen_due)).await?;
    conn.write(&REPEATS, &parts(commits, |c| &c.told)).await?;
    exactly(conn, &REPEATS, &parts(commits, |c| &c.repeats)).await
}

/// Takes incident numbers.
async fn numbers(conn: &mut Conn, commit: &Prepared) -> StoreResult<()> {
    let Some(range) = commit.numbers else { return Ok(()) };
    let taken = conn
        .exec(
            "UPDATE counter SET value = ?1 WHERE name = 'incident_number' AND value = ?2",
            &[(range.after + range.count).into(), range.after.into()],
        )
        .await?;
    if taken == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Marks signals as decided. They must not have been decided by somebody else.
async fn inbox(conn: &mut Conn, commit: &Prepared) -> StoreResult<()> {
    let Some(token) = &commit.inbox else { return Ok(()) };
    if crate::inbox::mark_decided(conn, token).await? { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Adds the entries of all commits to the journal, chained to what is there.
async fn journal(conn: &mut Conn, commits: &[&Prepared]) -> StoreResult<Vec<u64>> {
    let adds = commits.iter().any(|commit| !commit.journal.is_empty());
    let lock = if adds { "/*pg FOR UPDATE*/" } else { "" };
    let (mut seq, mut hash) = conn
        .query_one(&format!("SELECT seq, hash FROM journal_head WHERE id = 1 {lock}"), &[], |row| {
            let hash = <[u8; 32]>::try_from(row.bytes(1)?)
                .map_err(|_| StoreError::Corrupt("the journal's head has no hash".into()))?;
            Ok((row.count(0)?, hash))
        })
        .await?;
    let mut rows = Rows::default();
    let mut ends = Vec::with_capacity(commits.len());
    for commit in commits {
        let at = commit.at.as_microsecond();
        for entry in &commit.journal {
            seq += 1;
            hash = entry_hash(&hash, seq, at, entry);
            rows.push(journal_cells(seq, at, entry, hash));
        }
        ends.push(seq);
    }
    if adds {
        conn.write(&JOURNAL_NEW, &[&rows]).await?;
        let head = [seq.into(), Val::Bytes(hash.as_slice().into())];
        conn.exec("UPDATE journal_head SET seq = ?1, hash = ?2 WHERE id = 1", &head).await?;
    }
    Ok(ends)
}

fn entry_hash(previous: &[u8; 32], seq: u64, at: i64, entry: &JournalRow) -> [u8; 32] {
    let incident = entry.incident.as_deref().unwrap_or("");
    chain_hash(
        previous,
        seq,
        &entry.aggregate,
        entry.version,
        at,
        &entry.actor,
        entry.name,
        &entry.data,
        incident,
    )
}

fn journal_cells<'a>(seq: u64, at: i64, entry: &'a JournalRow, hash: [u8; 32]) -> [Val<'a>; 9] {
    [
        seq.into(),
        (&*entry.aggregate).into(),
        entry.version.into(),
        Val::At(at),
        (&*entry.actor).into(),
        entry.name.into(),
        (&*entry.data).into(),
        entry.incident.as_deref().into(),
        hash.to_vec().into(),
    ]
}
