//! One way to speak SQL to both databases.
//!
//! Every statement of the store is written once, in the subset that SQLite and PostgreSQL share, and run through
//! [`Conn`]. What differs is confined to this folder's two implementations and to the migrations: how parameters are
//! spelled, how a list of keys becomes a table, how many rows are written at once, and what locks a row.

mod conn;
mod dialect;
mod row;
mod table;
mod val;

pub(crate) use conn::{Conn, Future, now};
pub(crate) use dialect::{Dialect, Texts, json_list, json_pairs};
pub(crate) use row::Row;
pub(crate) use table::{Column, Kind, Mode, Rows, Table, Write};
pub(crate) use val::Val;
