//! PostgreSQL: for several nodes on one database.

mod conn;
mod errors;
mod types;

pub(crate) use conn::PgConn;
pub(crate) use types::Micros;
