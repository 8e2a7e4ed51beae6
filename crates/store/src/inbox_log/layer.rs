//! The few file operations the inbox log needs, as traits, so that tests can put a file system under it
//! that loses power, runs full or returns errors (reliability matrix F4–F7), and the real one over Linux.
//!
//! Contract: what a successful [`LogFile::sync_data`] covered survives power loss, and so do the names a
//! successful [`LogDir::sync`] covered. Everything else may survive in part, in units of one sector.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Zeros to write from; shared by preallocation and tail cleaning.
pub(super) static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// `pwritev` takes at most this many parts at once (`IOV_MAX` on Linux).
const MAX_PARTS: usize = 1024;

/// One directory that holds the log's files and nothing else.
pub trait LogDir: Send + Sync {
    /// Names of all files in the directory, in any order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Opens an existing file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>>;
    /// Creates an empty file, replacing one of the same name.
    fn create(&self, name: &str) -> io::Result<Arc<dyn LogFile>>;
    /// Renames within the directory.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file; handles that are still open keep reading its bytes.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals durable.
    fn sync(&self) -> io::Result<()>;
    /// How messages for people name a file of this directory.
    fn describe(&self, name: &str) -> String;
}

/// One open file, usable from several threads at once.
pub trait LogFile: Send + Sync {
    /// Length in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reserves space for `len` bytes, so that a full disk is noticed before anything is written.
    fn reserve(&self, len: u64) -> io::Result<()>;
    /// Reads at `offset`; fewer bytes than asked only at the end of the file.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all parts, one after the other, starting at `offset`. After an error any part may have
    /// been written.
    fn write_at(&self, parts: &mut [IoSlice<'_>], offset: u64) -> io::Result<()>;
    /// Makes everything written so far durable, the length included.
    fn sync_data(&self) -> io::Result<()>;
}

/// A directory of the real file system.
#[derive(Debug)]
pub struct DiskDir {
    path: PathBuf,
}

impl DiskDir {
    /// Opens the directory, creating it (durably) if it is missing.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            fs::create_dir_all(path)?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Self { path: path.to_owned() })
    }
}

impl LogDir for DiskDir {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // A name that is not UTF-8 is not one of ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.path.join(name))?;
        Ok(Arc::new(DiskFile { file }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = OpenOptions::new();
        // Alert payloads are nobody else's business.
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        Ok(Arc::new(DiskFile { file: options.open(self.path.join(name))? }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn describe(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

struct DiskFile {
    file: File,
}

impl LogFile for DiskFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn reserve(&self, len: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        match fallocate(&self.file, FallocateFlags::empty(), 0, len) {
            // Not every file system can reserve; writing the zeros then finds out by itself.
            Ok(()) | Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.file.read_at(&mut buf[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, mut parts: &mut [IoSlice<'_>], mut offset: u64) -> io::Result<()> {
        // Dropping leading empty parts keeps "wrote nothing" unambiguous below.
        IoSlice::advance_slices(&mut parts, 0);
        while !parts.is_empty() {
            let now = parts.len().min(MAX_PARTS);
            match rustix::io::pwritev(&self.file, &parts[..now], offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    offset += count as u64;
                    IoSlice::advance_slices(&mut parts, count);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Writes `len` zero bytes at `offset`.
pub(super) fn write_zeros(file: &dyn LogFile, offset: u64, len: u64) -> io::Result<()> {
    let mut parts = zero_parts(len);
    file.write_at(&mut parts, offset)
}

/// `len` zero bytes as parts of one write.
pub(super) fn zero_parts(mut len: u64) -> Vec<IoSlice<'static>> {
    let mut parts = Vec::new();
    while len > 0 {
        let now = len.min(ZEROS.len() as u64);
        parts.push(IoSlice::new(&ZEROS[..now as usize]));
        len -= now;
    }
    parts
}

/// Whether an error says "no space", which passes, as against a broken disk, which doesn't.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
