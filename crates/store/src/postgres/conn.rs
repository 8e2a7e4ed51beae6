//! A connection to PostgreSQL.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use hansei_app::ports::StoreResult;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::errors::translate;
use super::types::Param;
use crate::LeaseClock;
use crate::sql::{Dialect, Row, Rows, Texts, Val, Write};

/// A connection with its prepared statements.
pub(crate) struct PgConn {
    client: Client,
    texts: Texts,
    statements: HashMap<Arc<str>, Statement>,
    leases: LeaseClock,
}

impl PgConn {
    /// Wraps an open connection.
    pub fn new(client: Client, leases: LeaseClock) -> Self {
        Self { client, texts: Texts::default(), statements: HashMap::new(), leases }
    }

    /// Whether it is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn prepared(&mut self, text: Arc<str>) -> StoreResult<Statement> {
        if let Some(statement) = self.statements.get(&text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&text).await.map_err(|e| translate(&e))?;
        self.statements.insert(text, statement.clone());
        Ok(statement)
    }

    pub async fn query<T>(
        &mut self,
        sql: &str,
        params: &[Val<'_>],
        mut map: impl FnMut(&Row<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let text = self.texts.get(sql, Dialect::Postgres);
        let statement = self.prepared(text).await?;
        let params = params.iter().map(Param).collect::<Vec<_>>();
        let rows = self.client.query_raw(&statement, params).await.map_err(|e| translate(&e))?;
        let mut rows = pin!(rows);
        let mut out = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(|e| translate(&e))? {
            out.push(map(&Row::Pg(&row))?);
        }
        Ok(out)
    }

    pub async fn exec(&mut self, sql: &str, params: &[Val<'_>]) -> StoreResult<u64> {
        let text = self.texts.get(sql, Dialect::Postgres);
        let statement = self.prepared(text).await?;
        let params = params.iter().map(Param).collect::<Vec<_>>();
        self.client.execute_raw(&statement, params).await.map_err(|e| translate(&e))
    }

    /// All rows in one statement, as one array per column.
    pub async fn write(&mut self, write: &'static Write, parts: &[&Rows<'_>]) -> StoreResult<u64> {
        let statement = self.prepared(write.text(Dialect::Postgres).into()).await?;
        let stride = write.stride();
        let columns: Vec<Vec<Param<'_>>> = (0..stride)
            .map(|column| {
                let cells = parts.iter().flat_map(|rows| rows.cells.iter().skip(column).step_by(stride));
                cells.map(Param).collect()
            })
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
        self.client.execute(&statement, &params).await.map_err(|e| translate(&e))
    }

    pub async fn batch(&mut self, sql: &str) -> StoreResult<()> {
        self.client.batch_execute(sql).await.map_err(|e| translate(&e))
    }

    /// The instant that leases are measured by (R21: nodes whose clocks differ must not own the same entry).
    pub async fn lease_now(&mut self, now: Timestamp) -> StoreResult<Timestamp> {
        match self.leases {
            LeaseClock::Injected => Ok(now),
            LeaseClock::Database => {
                let mut rows = self.query("SELECT clock_timestamp()", &[], |row| row.at(0)).await?;
                Ok(rows.pop().unwrap_or(now))
            }
        }
    }
}
