//! What PostgreSQL's errors mean for the store.

use hansei_app::ports::StoreError;
use tokio_postgres::error::{DbError, SqlState};

/// The store's error.
pub(super) fn translate(error: &tokio_postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(told) => by_state(told),
        None if error.is_closed() => StoreError::Unavailable("the connection to the database is lost".into()),
        None => match std::error::Error::source(error) {
            Some(cause) if cause.is::<std::io::Error>() => {
                StoreError::Unavailable(format!("the database cannot be reached: {cause}"))
            }
            Some(cause) => StoreError::Bug(format!("{error}: {cause}")),
            None => StoreError::Unavailable(error.to_string()),
        },
    }
}

fn by_state(told: &DbError) -> StoreError {
    let state = told.code();
    // Another node holds the row or took the place: whoever loads again sees what it did.
    let faster =
        [&SqlState::UNIQUE_VIOLATION, &SqlState::T_R_DEADLOCK_DETECTED, &SqlState::T_R_SERIALIZATION_FAILURE];
    if faster.contains(&state) {
        return StoreError::Conflict;
    }
    // Somebody holds a lock for longer than any node of ours does: another try would meet it again.
    if *state == SqlState::LOCK_NOT_AVAILABLE {
        return StoreError::Unavailable("the database is locked by another program".into());
    }
    if [&SqlState::DATA_CORRUPTED, &SqlState::INDEX_CORRUPTED].contains(&state) {
        return StoreError::Corrupt(told.message().to_owned());
    }
    // Classes of what passes: connection, resources, operator, system; and a server that became a standby.
    let passes = ["08", "53", "57", "58"].iter().any(|class| state.code().starts_with(class));
    if passes || *state == SqlState::READ_ONLY_SQL_TRANSACTION {
        return StoreError::Unavailable(format!("the database says: {}", told.message()));
    }
    StoreError::Bug(format!("{}: {}", state.code(), told.message()))
}
