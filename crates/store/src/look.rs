//! Looking whether there is a store, without making one, changing one or taking its lock.

use hansei_app::ports::{StoreError, StoreResult};

use crate::postgres::{Connector, Role};
use crate::sql::{Conn, Dialect};
use crate::sqlite::{DATABASE, open_readonly};
use crate::{OpenError, OpenOptions};

/// The number of entries in the journal of the store that the options name; `None` = there is no store.
pub async fn look(options: &OpenOptions) -> Result<Option<u64>, OpenError> {
    let mut conn = match &options.database_url {
        Some(url) => {
            let connector = Connector::new(url, options.lease_clock)?;
            connector.connect(Role::Daily).await.map_err(refused)?
        }
        None => {
            let file = options.data_dir.join(DATABASE);
            if !file.is_file() {
                return Ok(None);
            }
            Conn::Lite(Box::new(open_readonly(&file)?))
        }
    };
    entries(&mut conn).await.map_err(OpenError::store)
}

/// A connection that is refused for its settings says so.
fn refused(error: StoreError) -> OpenError {
    match error {
        StoreError::Bug(text) => match text.strip_prefix("unsafe: ") {
            Some(reason) => OpenError::Unsafe(reason.to_owned()),
            None => OpenError::Database(text),
        },
        other => OpenError::store(other),
    }
}

async fn entries(conn: &mut Conn) -> StoreResult<Option<u64>> {
    let there = match conn.dialect() {
        Dialect::Sqlite => {
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'journal_head'"
        }
        Dialect::Postgres => "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('journal_head')",
    };
    if conn.query_one(there, &[], |row| row.count(0)).await? == 0 {
        return Ok(None);
    }
    crate::read::journal::last_seq(conn).await.map(Some)
}
