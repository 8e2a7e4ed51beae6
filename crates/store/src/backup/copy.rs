//! Copying all rows from one database to another, whichever they are.

use std::collections::HashMap;
use std::sync::OnceLock;

use hansei_app::ports::StoreResult;

use crate::long::Reporter;
use crate::rows::TABLES;
use crate::sql::{Conn, Mode, Rows, Table, Val, Write};

/// Rows copied at once.
const STEP: usize = 1_000;

/// Tables that a fresh database fills by itself: their rows are replaced.
const PREFILLED: [&str; 4] = ["journal_head", "counter", "inbox_position", "migration"];

/// One insert per table, made once.
fn inserts() -> &'static HashMap<&'static str, Write> {
    static INSERTS: OnceLock<HashMap<&'static str, Write>> = OnceLock::new();
    INSERTS.get_or_init(|| TABLES.iter().map(|t| (t.name, Write::new(t, Mode::Insert))).collect())
}

/// Copies every table's rows into a database whose tables are empty, in one transaction of the target, which `last`
/// completes.
pub(super) async fn copy_tables(
    from: &mut Conn,
    to: &mut Conn,
    reporter: &Reporter,
    last: impl AsyncFnOnce(&mut Conn) -> StoreResult<()>,
) -> StoreResult<()> {
    to.begin().await?;
    let mut copied = copy_all(from, to, reporter).await;
    if copied.is_ok() {
        copied = last(to).await;
    }
    match copied {
        Ok(()) => to.commit().await,
        Err(error) => {
            to.rollback().await;
            Err(error)
        }
    }
}

async fn copy_all(from: &mut Conn, to: &mut Conn, reporter: &Reporter) -> StoreResult<()> {
    let mut total = 0;
    for table in copied() {
        let sql = format!("SELECT COUNT(*) FROM {}", table.name);
        total += from.query_one(&sql, &[], |row| row.count(0)).await?;
    }
    let mut done = 0;
    for table in copied() {
        let advance = |rows| {
            done += rows;
            reporter.report(done, total);
        };
        copy_table(from, to, table, advance).await?;
    }
    Ok(())
}

/// Whether nothing has been stored in a database yet.
pub(super) async fn is_empty(conn: &mut Conn) -> StoreResult<bool> {
    for table in copied().filter(|table| !PREFILLED.contains(&table.name)) {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if !conn.query(&sql, &[], |_| Ok(())).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is copied: all but the list of migrations, which each database has of its own.
fn copied() -> impl Iterator<Item = &'static Table> {
    TABLES.into_iter().filter(|table| table.name != "migration")
}

async fn copy_table(
    from: &mut Conn,
    to: &mut Conn,
    table: &'static Table,
    mut advance: impl FnMut(u64),
) -> StoreResult<()> {
    if PREFILLED.contains(&table.name) {
        to.exec(&format!("DELETE FROM {}", table.name), &[]).await?;
    }
    let Some(write) = inserts().get(table.name) else { return Ok(()) };
    let key: Vec<usize> =
        table.key.iter().filter_map(|k| table.columns.iter().position(|c| c.name == *k)).collect();
    let mut after: Option<Vec<Val<'static>>> = None;
    loop {
        let (sql, params) = page(table, after.as_deref());
        let rows = from
            .query(&sql, &params, |row| {
                let cells = table.columns.iter().enumerate().map(|(i, column)| row.cell(i, column.kind));
                cells.collect::<StoreResult<Vec<_>>>()
            })
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(key.iter().map(|column| last[*column].clone()).collect());
        let count = rows.len() as u64;
        let rows = Rows { cells: rows.into_iter().flatten().collect() };
        to.write(write, &[&rows]).await?;
        advance(count);
    }
}

/// The rows after a key, in the order of the key.
fn page(table: &Table, after: Option<&[Val<'static>]>) -> (String, Vec<Val<'static>>) {
    let (columns, key) = (table.column_list(""), table.key.join(", "));
    let name = table.name;
    match after {
        None => {
            let sql = format!("SELECT {columns} FROM {name} ORDER BY {key} LIMIT ?1");
            (sql, vec![STEP.into()])
        }
        Some(values) => {
            let places: Vec<String> = (1..=values.len()).map(|i| format!("?{i}")).collect();
            let sql = format!(
                "SELECT {columns} FROM {name} WHERE ({key}) > ({}) ORDER BY {key} LIMIT ?{}",
                places.join(", "),
                values.len() + 1
            );
            (sql, values.iter().cloned().chain([STEP.into()]).collect())
        }
    }
}
