//! What is stored, column by column, against what follows from the journal.

use std::collections::HashMap;

use hansei_app::ports::StoreResult;
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::{incident, page};

use super::Findings;
use super::fold::Folded;
use crate::rows::{
    ALERT, ALERT_SEEN, ENTRY, INCIDENT, PAGE, alert_cells, alert_due_at, entry_cells, incident_cells,
    observation, page_cells,
};
use crate::sql::{Conn, Table, Val, json_list};

/// Tables of aggregates.
static KEPT: [&Table; 4] = [&ALERT, &INCIDENT, &PAGE, &ENTRY];

fn table_of(id: AggregateId) -> &'static Table {
    match id {
        AggregateId::Alert(_) => &ALERT,
        AggregateId::Incident(_) => &INCIDENT,
        AggregateId::Page(_) => &PAGE,
        AggregateId::Entry(_) => &ENTRY,
    }
}

/// The row that follows from a fold.
fn expected(folded: &Folded) -> StoreResult<Vec<Val<'static>>> {
    let version = folded.version;
    Ok(match &folded.state {
        State::Alert(alert) => alert_cells(alert, version)?.into(),
        State::Incident(state) => incident_cells(state, version, incident::due(state))?.into(),
        State::Page(state) => page_cells(state, version, page::due(state))?.into(),
        State::Entry(entry) => entry_cells(entry, version)?.into(),
    })
}

/// Compares folded aggregates with their rows.
pub(super) async fn compare(
    conn: &mut Conn,
    folded: &[Folded],
    findings: &mut Findings<'_>,
) -> StoreResult<()> {
    for table in KEPT {
        let wanted: Vec<&Folded> = folded.iter().filter(|f| std::ptr::eq(table_of(f.id), table)).collect();
        if wanted.is_empty() {
            continue;
        }
        let rows = rows_of(conn, table, &wanted).await?;
        for folded in &wanted {
            match rows.get(&folded.id.to_string()) {
                Some(row) => compare_one(table, folded, row, findings)?,
                None => findings.add(format!("{}: its row in {} is missing", folded.id, table.name)),
            }
        }
    }
    compare_deadlines(conn, folded, findings).await
}

async fn rows_of(
    conn: &mut Conn,
    table: &'static Table,
    wanted: &[&Folded],
) -> StoreResult<HashMap<String, Vec<Val<'static>>>> {
    let sql = format!(
        "SELECT {} FROM LIST(?1) AS l CROSS JOIN {} AS t WHERE t.id = l.k",
        table.column_list("t."),
        table.name
    );
    let ids = json_list(wanted.iter().map(|f| f.id));
    let rows = conn
        .query(&sql, &[ids.into()], |row| {
            let cells = table.columns.iter().enumerate().map(|(i, column)| row.cell(i, column.kind));
            Ok((row.text(0)?.to_owned(), cells.collect::<StoreResult<Vec<_>>>()?))
        })
        .await?;
    Ok(rows.into_iter().collect())
}

fn compare_one(
    table: &Table,
    folded: &Folded,
    row: &[Val<'static>],
    findings: &mut Findings<'_>,
) -> StoreResult<()> {
    let expected = expected(folded)?;
    for (column, (stored, expected)) in table.columns.iter().zip(row.iter().zip(&expected)) {
        let same = if column.name == "state" {
            // An earlier release may have written fewer fields; what counts is what they mean.
            matches!(stored, Val::Text(text) if means_same(&folded.state, text))
        } else {
            stored == expected
        };
        if !same {
            findings.add(format!(
                "{}: column {} of {} does not follow from the journal",
                folded.id, column.name, table.name
            ));
        }
    }
    Ok(())
}

fn means_same(state: &State, text: &str) -> bool {
    match state {
        State::Alert(s) => serde_json::from_str(text).is_ok_and(|t: Box<_>| t == *s),
        State::Incident(s) => serde_json::from_str(text).is_ok_and(|t: Box<_>| t == *s),
        State::Page(s) => serde_json::from_str(text).is_ok_and(|t: Box<_>| t == *s),
        State::Entry(s) => serde_json::from_str(text).is_ok_and(|t: Box<_>| t == *s),
    }
}

/// Alerts have their deadline beside what repeats tell.
async fn compare_deadlines(
    conn: &mut Conn,
    folded: &[Folded],
    findings: &mut Findings<'_>,
) -> StoreResult<()> {
    let alerts = folded.iter().filter_map(|f| match &f.state {
        State::Alert(alert) => Some((alert.id.to_string(), alert.is_firing())),
        _ => None,
    });
    let mut alerts: HashMap<String, bool> = alerts.collect();
    if alerts.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT s.due_at, s.last_seen_at, s.last_occurred_at, s.last_received_at, s.seen_count, \
         s.expires_at, s.alert_id FROM LIST(?1) AS l CROSS JOIN {} AS s WHERE s.alert_id = l.k",
        ALERT_SEEN.name
    );
    let rows = conn
        .query(&sql, &[json_list(alerts.keys()).into()], |row| {
            Ok((row.at_opt(0)?, observation(row, 1)?, row.text(6)?.to_owned()))
        })
        .await?;
    for (due_at, seen, id) in rows {
        let firing = alerts.remove(&id).unwrap_or_default();
        if due_at != alert_due_at(firing, seen.as_ref()) {
            findings.add(format!("{id}: its deadline does not follow from its expiry"));
        }
    }
    for id in alerts.keys() {
        findings.add(format!("{id}: its row in alert_seen is missing"));
    }
    Ok(())
}

/// Rows that no entry of the journal speaks of.
pub(super) async fn check_strays(conn: &mut Conn, findings: &mut Findings<'_>) -> StoreResult<()> {
    for table in KEPT {
        let sql = format!(
            "SELECT t.id FROM {} AS t WHERE NOT EXISTS \
             (SELECT 1 FROM journal AS j WHERE j.aggregate_id = t.id) LIMIT 10",
            table.name
        );
        for id in conn.query(&sql, &[], |row| row.text(0).map(str::to_owned)).await? {
            findings.add(format!("{id}: is stored in {}, but the journal does not know it", table.name));
        }
    }
    Ok(())
}

/// The counter of incident numbers is the highest number.
pub(super) async fn check_numbers(conn: &mut Conn, findings: &mut Findings<'_>) -> StoreResult<()> {
    let highest =
        conn.query_one("SELECT COALESCE(MAX(number), 0) FROM incident", &[], |row| row.count(0)).await?;
    let counted = crate::read::incidents::last_number(conn).await?;
    if highest != counted {
        findings.add(format!("the highest incident number is {highest}, the counter says {counted}"));
    }
    Ok(())
}
