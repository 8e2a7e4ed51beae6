//! Both databases have the same tables with the same columns, of types that mean the same.

use std::collections::BTreeMap;

use crate::harness::{Harness, PostgresSchema};

/// Table, column → type and whether it may be missing.
type Columns = BTreeMap<(String, String), (String, bool)>;

fn of_sqlite(file: &std::path::Path) -> Columns {
    let raw = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT m.name, c.name, c.type, c.\"notnull\" = 0 AND c.pk = 0 FROM sqlite_schema AS m \
               CROSS JOIN pragma_table_info(m.name) AS c \
               WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
    let mut statement = raw.prepare(sql).unwrap();
    let rows =
        statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)))).unwrap();
    rows.map(Result::unwrap).collect()
}

async fn of_postgres(schema: &PostgresSchema) -> Columns {
    let (client, connection) = tokio_postgres::connect(&schema.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' \
               FROM information_schema.columns WHERE table_schema = current_schema()";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3)))).collect()
}

/// What a type of PostgreSQL is in SQLite.
fn in_sqlite(postgres: &str) -> &str {
    match postgres {
        "text" => "TEXT",
        "bigint" | "boolean" | "timestamp with time zone" => "INTEGER",
        "bytea" => "BLOB",
        other => panic!("a type that neither the store nor SQLite knows: {other}"),
    }
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let clock = crate::harness::FakeClock::new();
    let options = hansei_store::OpenOptions::postgres(schema.url(), clock, crate::harness::CountedIds::new());
    drop(hansei_store::open(&options).await.unwrap());
    let sqlite = Harness::sqlite().await;
    let lite = of_sqlite(&sqlite.folder.join("data").join("hansei.db"));
    let server = of_postgres(&schema).await;
    assert!(lite.len() > 100, "{}", lite.len());
    let server: Columns =
        server.into_iter().map(|(name, (ty, null))| (name, (in_sqlite(&ty).to_owned(), null))).collect();
    assert_eq!(lite, server);
}

#[tokio::test]
async fn instants_are_called_at_in_both() {
    let Some(schema) = PostgresSchema::make().await else { return };
    let clock = crate::harness::FakeClock::new();
    let options = hansei_store::OpenOptions::postgres(schema.url(), clock, crate::harness::CountedIds::new());
    drop(hansei_store::open(&options).await.unwrap());
    for ((table, column), (ty, _)) in of_postgres(&schema).await {
        assert_eq!(column.ends_with("_at"), ty.starts_with("timestamp"), "{table}.{column} is {ty}");
    }
}
