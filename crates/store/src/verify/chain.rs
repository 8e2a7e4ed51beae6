//! The first pass: numbers without gaps, hashes that follow each other, and a head that names the last one.

use hansei_app::ports::StoreResult;

use super::Findings;
use super::tail::{COLUMNS, head, stored};
use crate::sql::Conn;

/// Entries read at once.
const STEP: i64 = 2_000;

/// Walks the whole journal.
pub(super) async fn check(conn: &mut Conn, findings: &mut Findings<'_>) -> StoreResult<()> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    let mut last = 0_u64;
    let mut hash = [0_u8; 32];
    loop {
        let entries = conn.query(&sql, &[last.into(), STEP.into()], stored).await?;
        if entries.is_empty() {
            break;
        }
        let steps = entries.len() as u64;
        for entry in entries {
            if entry.seq != last + 1 {
                findings.add(format!("journal: entries {} to {} are missing", last + 1, entry.seq - 1));
            }
            if entry.hash != entry.expected_hash(&hash) {
                findings.add(format!(
                    "journal: entry {} ({} of {}) does not follow from the one before: it was changed, or \
                     something before it was removed or slipped in",
                    entry.seq, entry.name, entry.aggregate
                ));
            }
            last = entry.seq;
            // Goes on from what is stored, so that one change is one finding.
            hash = entry.hash.try_into().unwrap_or_default();
        }
        findings.found.entries += steps;
        findings.advance(steps);
    }
    let (head_seq, head_hash) = head(conn).await?;
    if head_seq != last || head_hash != hash {
        findings.add(format!("journal: its head names entry {head_seq}, its last entry is {last}"));
    }
    Ok(())
}
