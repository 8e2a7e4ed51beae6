//! The quick look at every opening: the journal's last entries and its head belong together.

use hansei_app::ports::{StoreError, StoreResult};
use hansei_domain::journal::chain_hash;

use crate::sql::{Conn, Row};

/// Entries that are looked at.
const ENTRIES: i64 = 200;

/// An entry as it is stored.
pub(super) struct Stored {
    pub seq: u64,
    pub aggregate: String,
    pub version: u64,
    pub at: i64,
    pub actor: String,
    pub name: String,
    pub data: String,
    pub incident: Option<String>,
    pub hash: Vec<u8>,
}

/// Columns of an entry, as [`stored`] reads them.
pub(super) const COLUMNS: &str =
    "seq, aggregate_id, version, decided_at, actor, name, data, incident_id, hash";

/// Reads an entry.
pub(super) fn stored(row: &Row<'_>) -> StoreResult<Stored> {
    Ok(Stored {
        seq: row.count(0)?,
        aggregate: row.text(1)?.to_owned(),
        version: row.count(2)?,
        at: row.micros_opt(3)?.unwrap_or_default(),
        actor: row.text(4)?.to_owned(),
        name: row.text(5)?.to_owned(),
        data: row.text(6)?.to_owned(),
        incident: row.text_opt(7)?.map(str::to_owned),
        hash: row.bytes(8)?.to_vec(),
    })
}

impl Stored {
    /// The hash this entry must have after one with the hash `previous`.
    pub fn expected_hash(&self, previous: &[u8; 32]) -> [u8; 32] {
        chain_hash(
            previous,
            self.seq,
            &self.aggregate,
            self.version,
            self.at,
            &self.actor,
            &self.name,
            &self.data,
            self.incident.as_deref().unwrap_or(""),
        )
    }
}

/// The journal's end: number and hash.
pub(super) async fn head(conn: &mut Conn) -> StoreResult<(u64, Vec<u8>)> {
    conn.query_one("SELECT seq, hash FROM journal_head WHERE id = 1", &[], |row| {
        Ok((row.count(0)?, row.bytes(1)?.to_vec()))
    })
    .await
}

/// Checks the last entries.
pub(crate) async fn check_tail(conn: &mut Conn) -> StoreResult<()> {
    let (last, hash) = head(conn).await?;
    let sql = format!("SELECT {COLUMNS} FROM journal ORDER BY seq DESC LIMIT ?1");
    let mut entries = conn.query(&sql, &[ENTRIES.into()], stored).await?;
    entries.reverse();
    let damaged = |what: String| Err(StoreError::Corrupt(format!("the journal's end is damaged: {what}")));
    let Some(newest) = entries.last() else {
        return if last == 0 { Ok(()) } else { damaged(format!("entries up to {last} are missing")) };
    };
    if newest.seq != last || newest.hash != hash {
        return damaged(format!("its head says {last}, its last entry is {}", newest.seq));
    }
    for pair in entries.windows(2) {
        let [before, after] = pair else { continue };
        let previous = <[u8; 32]>::try_from(before.hash.as_slice()).unwrap_or_default();
        if after.seq != before.seq + 1 || after.hash != after.expected_hash(&previous) {
            return damaged(format!("entry {} does not follow entry {}", after.seq, before.seq));
        }
    }
    Ok(())
}
