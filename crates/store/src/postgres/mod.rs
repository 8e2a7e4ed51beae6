//! PostgreSQL: for several nodes on one database.
//!
//! Each node has one connection that writes, with the same group commit as SQLite's writer thread; two that append
//! to the inbox; one over which it is, or asks to be, the node that decides; and a few that read. A lost connection is
//! answered with `Unavailable` at once and made again with a growing pause. What keeps nodes apart are rows: versions, the journal's head, leases and epochs.

mod address;
mod conn;
mod connect;
mod decider;
mod engine;
mod errors;
mod inbox;
mod types;
mod writer;

pub(crate) use conn::PgConn;
pub(crate) use connect::{Connector, Role};
pub(crate) use engine::PgEngine;
pub(crate) use types::Micros;
