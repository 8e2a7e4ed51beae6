//! The second pass: each aggregate's entries, folded, give what is stored of it.

use hansei_app::ports::StoreResult;
use hansei_domain::journal::{AggregateId, Event, State, evolve};
use jiff::Timestamp;

use super::Findings;
use super::compare::compare;
use super::tail::{COLUMNS, Stored, stored};
use crate::sql::Conn;

/// Entries read at once.
const STEP: i64 = 2_000;
/// Aggregates compared at once.
const BATCH: usize = 500;

/// A folded aggregate.
pub(super) struct Folded {
    pub id: AggregateId,
    pub version: u64,
    pub state: State,
}

/// An aggregate whose entries are being folded.
struct Folding {
    text: String,
    version: u64,
    state: Option<State>,
}

/// Folds everything, in the order of the aggregates.
pub(super) async fn check(conn: &mut Conn, findings: &mut Findings<'_>) -> StoreResult<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journal WHERE (aggregate_id, version) > (?1, ?2) \
         ORDER BY aggregate_id, version LIMIT ?3"
    );
    let mut folding: Option<Folding> = None;
    let mut finished = Vec::new();
    loop {
        let (after, version) = folding.as_ref().map_or(("", 0), |f| (f.text.as_str(), f.version));
        let params = [after.to_owned().into(), version.into(), STEP.into()];
        let entries = conn.query(&sql, &params, stored).await?;
        if entries.is_empty() {
            break;
        }
        let steps = entries.len() as u64;
        for entry in entries {
            if folding.as_ref().is_some_and(|f| f.text != entry.aggregate) {
                finish(folding.take(), &mut finished, findings);
            }
            let current = folding.get_or_insert_with(|| Folding {
                text: entry.aggregate.clone(),
                version: 0,
                state: None,
            });
            fold(current, &entry, findings);
        }
        if finished.len() >= BATCH {
            compare(conn, &std::mem::take(&mut finished), findings).await?;
        }
        findings.advance(steps);
    }
    finish(folding, &mut finished, findings);
    compare(conn, &finished, findings).await
}

fn fold(current: &mut Folding, entry: &Stored, findings: &mut Findings<'_>) {
    if entry.version != current.version + 1 {
        findings.add(format!(
            "{}: version {} follows version {}",
            entry.aggregate, entry.version, current.version
        ));
    }
    current.version = entry.version;
    let event = Event::decode(&entry.name, &entry.data);
    let actor = serde_json::from_str(&entry.actor);
    let at = Timestamp::from_microsecond(entry.at);
    match (event, actor, at) {
        (Ok(event), Ok(actor), Ok(at)) => {
            current.state = evolve(current.state.take(), &event, at, &actor);
        }
        _ => findings.add(format!("journal: entry {} ({}) cannot be read", entry.seq, entry.name)),
    }
}

fn finish(folding: Option<Folding>, finished: &mut Vec<Folded>, findings: &mut Findings<'_>) {
    let Some(Folding { text, version, state }) = folding else { return };
    findings.found.aggregates += 1;
    match (AggregateId::parse(&text), state) {
        (Some(id), Some(state)) => finished.push(Folded { id, version, state }),
        (None, _) => findings.add(format!("journal: {text} is not an aggregate's id")),
        (Some(id), None) => findings.add(format!("{id}: its entries do not begin with a beginning")),
    }
}
