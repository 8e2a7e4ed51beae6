//! A connection to SQLite: everything happens in the call.

use hansei_app::ports::{StoreError, StoreResult};
use rusqlite::config::DbConfig;
use rusqlite::types::Null;
use rusqlite::{CachedStatement, Connection, Statement};

use super::errors::translate;
use crate::sql::{Dialect, Row, Rows, Texts, Val, Write};

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;

/// A connection with its prepared statements.
pub(crate) struct LiteConn {
    raw: Connection,
    texts: Texts,
    fatal: Option<String>,
    full: bool,
}

enum Failure {
    Sqlite(rusqlite::Error),
    Map(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl LiteConn {
    /// Wraps an open connection.
    pub fn new(raw: Connection) -> Self {
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        // Without this, a statement with a range is planned anew each time another value is bound to it, in case the
        // statistics say something else for that one; it costs several times what the statement itself does. A library
        // that does not know the setting works the same, only slower.
        let _ = raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        Self { raw, texts: Texts::default(), fatal: None, full: false }
    }

    /// The connection itself, for what only SQLite has.
    pub fn raw(&self) -> &Connection {
        &self.raw
    }

    /// Why it must not be written to any more.
    pub fn fatal(&self) -> Option<&str> {
        self.fatal.as_deref()
    }

    /// Whether the disk was full since this was last asked.
    pub fn was_full(&mut self) -> bool {
        std::mem::take(&mut self.full)
    }

    /// Every statement this connection has run, with each step of SQLite's plan for it.
    #[cfg(test)]
    pub fn plans(&self) -> StoreResult<Vec<(String, String)>> {
        let mut plans = Vec::new();
        for text in self.texts.known() {
            let plan = |raw: &Connection| -> rusqlite::Result<Vec<String>> {
                let mut statement = raw.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
                let mut rows = statement.raw_query();
                let mut steps = Vec::new();
                while let Some(row) = rows.next()? {
                    steps.push(row.get("detail")?);
                }
                Ok(steps)
            };
            let steps = plan(&self.raw).map_err(|error| translate(error).0)?;
            plans.extend(steps.into_iter().map(|step| (text.to_string(), step)));
        }
        Ok(plans)
    }

    fn failed(&mut self, failure: impl Into<Failure>) -> StoreError {
        match failure.into() {
            Failure::Map(error) => error,
            Failure::Sqlite(error) => {
                self.full |= error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
                let (error, fatal) = translate(error);
                if fatal {
                    self.fatal.get_or_insert_with(|| error.to_string());
                }
                error
            }
        }
    }

    pub fn query<T>(
        &mut self,
        sql: &str,
        params: &[Val<'_>],
        map: impl FnMut(&Row<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let text = self.texts.get(sql, Dialect::Sqlite);
        rows(&self.raw, &text, params, map).map_err(|failure| self.failed(failure))
    }

    pub fn exec(&mut self, sql: &str, params: &[Val<'_>]) -> StoreResult<u64> {
        let text = self.texts.get(sql, Dialect::Sqlite);
        let run = |raw: &Connection| {
            let mut statement = raw.prepare_cached(&text)?;
            bind(&mut statement, params)?;
            statement.raw_execute()
        };
        let changed = run(&self.raw).map_err(|error| self.failed(error))?;
        Ok(changed as u64)
    }

    pub fn write(&mut self, write: &'static Write, parts: &[&Rows<'_>]) -> StoreResult<u64> {
        let run = |raw: &Connection| -> rusqlite::Result<usize> {
            let mut statement = raw.prepare_cached(write.text(Dialect::Sqlite))?;
            let mut changed = 0;
            for rows in parts {
                for row in rows.cells.chunks_exact(write.stride()) {
                    bind(&mut statement, row)?;
                    changed += statement.raw_execute()?;
                }
            }
            Ok(changed)
        };
        let changed = run(&self.raw).map_err(|error| self.failed(error))?;
        Ok(changed as u64)
    }

    pub fn batch(&mut self, sql: &str) -> StoreResult<()> {
        // Statements that come again and again are not parsed again and again.
        let run = |raw: &Connection| match sql {
            "BEGIN IMMEDIATE" | "COMMIT" | "BEGIN" => raw.prepare_cached(sql)?.raw_execute().map(drop),
            // After some errors SQLite has already taken the transaction back by itself.
            "ROLLBACK" if raw.is_autocommit() => Ok(()),
            _ => raw.execute_batch(sql),
        };
        run(&self.raw).map_err(|error| self.failed(error))
    }
}

fn bind(statement: &mut Statement<'_>, values: &[Val<'_>]) -> rusqlite::Result<()> {
    for (place, value) in values.iter().enumerate() {
        let index = place + 1;
        match value {
            Val::Null => statement.raw_bind_parameter(index, Null)?,
            Val::Text(text) => statement.raw_bind_parameter(index, text.as_ref())?,
            Val::Int(number) | Val::At(number) => statement.raw_bind_parameter(index, number)?,
            Val::Bool(truth) => statement.raw_bind_parameter(index, truth)?,
            Val::Bytes(bytes) => statement.raw_bind_parameter(index, bytes.as_ref())?,
        }
    }
    Ok(())
}

fn rows<T>(
    raw: &Connection,
    sql: &str,
    params: &[Val<'_>],
    mut map: impl FnMut(&Row<'_>) -> StoreResult<T>,
) -> Result<Vec<T>, Failure> {
    let mut statement: CachedStatement<'_> = raw.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(map(&Row::Lite(row)).map_err(Failure::Map)?);
    }
    Ok(out)
}
