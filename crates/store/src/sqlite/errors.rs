//! What SQLite's errors mean for the store.

use hansei_app::ports::StoreError;
use rusqlite::ffi::{self, ErrorCode};

/// I/O errors that pass: shared memory or locks that could not be had just now. All others end writing (F6): after a
/// failed sync nobody knows what is on the disk.
const PASSING: [i32; 7] = [
    ffi::SQLITE_IOERR_NOMEM,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMMAP,
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMLOCK,
    ffi::SQLITE_IOERR_LOCK,
    ffi::SQLITE_IOERR_RDLOCK,
];

/// The store's error, and whether it means that nothing may be written any more.
pub(super) fn translate(error: rusqlite::Error) -> (StoreError, bool) {
    let (code, extended) = match &error {
        rusqlite::Error::SqliteFailure(e, _) => (e.code, e.extended_code),
        rusqlite::Error::SqlInputError { error: e, .. } => (e.code, e.extended_code),
        _ => return (StoreError::Bug(error.to_string()), false),
    };
    match code {
        ErrorCode::ConstraintViolation
            if [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY].contains(&extended) =>
        {
            (StoreError::Conflict, false)
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            (StoreError::Unavailable("the database is locked by another program".into()), false)
        }
        ErrorCode::DiskFull => (StoreError::Unavailable("the disk is full".into()), false),
        ErrorCode::SystemIoFailure => {
            let passing = PASSING.contains(&extended);
            (StoreError::Unavailable(format!("the disk reports an error: {error}")), !passing)
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            (StoreError::Corrupt(error.to_string()), true)
        }
        ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted
        | ErrorCode::FileLockingProtocolFailed => (StoreError::Unavailable(error.to_string()), false),
        _ => (StoreError::Bug(error.to_string()), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(extended: i32) -> (StoreError, bool) {
        translate(rusqlite::Error::SqliteFailure(ffi::Error::new(extended), None))
    }

    #[test]
    fn a_failed_sync_ends_writing_and_a_full_disk_does_not() {
        assert!(matches!(failure(ffi::SQLITE_IOERR_FSYNC), (StoreError::Unavailable(_), true)));
        assert!(matches!(failure(ffi::SQLITE_CORRUPT), (StoreError::Corrupt(_), true)));
        assert!(matches!(failure(ffi::SQLITE_FULL), (StoreError::Unavailable(_), false)));
        assert!(matches!(failure(ffi::SQLITE_BUSY), (StoreError::Unavailable(_), false)));
        assert!(matches!(failure(ffi::SQLITE_CONSTRAINT_UNIQUE), (StoreError::Conflict, false)));
        assert!(matches!(failure(ffi::SQLITE_CONSTRAINT_FOREIGNKEY), (StoreError::Bug(_), false)));
    }
}
