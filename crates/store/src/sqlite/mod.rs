//! SQLite: one file, one writer thread with group commit, a few reader threads; one process at a time.

mod ballast;
mod check;
mod checkpoint;
mod conn;
mod engine;
mod errors;
mod keys;
mod lock;
mod open;
mod threads;

pub(crate) use ballast::Ballast;
pub(crate) use conn::LiteConn;
pub(crate) use engine::LiteEngine;
pub(crate) use keys::AlertKeys;
pub(crate) use lock::{InstanceLock, is_locked};
pub(crate) use open::{
    DATABASE, INBOX, in_memory, make_folder, open_copy, open_readonly, private_file, sync_dir,
};
