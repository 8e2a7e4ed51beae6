//! One suite for every store. Each case is written once against the port and run on memory, on a SQLite file and on
//! PostgreSQL; what only one of them has (locks, several nodes, settings) is in `only_*`.
//!
//! PostgreSQL is named by `HANSEI_TEST_POSTGRES`; without it its cases fail, unless `HANSEI_SKIP_POSTGRES=1`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail; helpers outside of test functions are tests too"
)]

mod fixtures;
mod harness;

mod care;
mod commits;
mod conflicts;
mod due;
mod intake;
mod listing;
mod only_postgres;
mod only_sqlite;
mod outbox;
mod schema;
mod side;
mod timeline;

/// Runs cases on every store.
macro_rules! on_every_store {
    ($($case:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&mut crate::harness::Harness::memory()).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&mut crate::harness::Harness::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                if let Some(mut harness) = crate::harness::Harness::postgres().await {
                    super::$case(&mut harness).await;
                }
            })*
        }
    };
}
pub(crate) use on_every_store;
