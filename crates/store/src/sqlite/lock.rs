//! One process per data folder: a lock on a file in it, which ends with the process, however that ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::OpenError;

/// The file that is locked; it holds the number of the process that has the lock.
const LOCK: &str = "hansei.lock";

/// Held as long as the store is open.
#[derive(Debug)]
pub(crate) struct InstanceLock {
    _file: File,
}

fn open(folder: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(folder.join(LOCK))
}

impl InstanceLock {
    /// Takes the lock of a data folder, or says who has it.
    pub fn take(folder: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { folder: folder.to_owned(), source };
        let mut file = open(folder).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => {
                let mut process = String::new();
                // Who has it is only told for people; not being able to read it changes nothing.
                let _ = file.read_to_string(&mut process);
                let process = process.trim().parse().ok();
                return Err(OpenError::InUse { folder: folder.to_owned(), process });
            }
            Err(error) => return Err(failed(error.into())),
        }
        let mut note = || {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        note().map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Whether a process has this data folder open.
pub(crate) fn is_locked(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(LOCK)) else { return false };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => false,
        Err(error) => error == rustix::io::Errno::WOULDBLOCK,
    }
}
