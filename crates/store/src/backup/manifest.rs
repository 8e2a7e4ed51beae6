//! What a backup folder says about itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's file in a backup folder.
pub(super) const MANIFEST: &str = "manifest.json";
/// The shape of backups written now; earlier ones can be read.
pub(super) const FORMAT: u32 = 1;

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Its path within the folder, with `/` between parts.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// What a backup folder says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The shape of the folder.
    pub format: u32,
    /// The instant of the snapshot.
    pub created_at: Timestamp,
    /// The last migration of the database.
    pub schema: i64,
    /// The journal's last number.
    pub journal_seq: u64,
    /// Signals that were accepted and not yet decided.
    pub inbox_records: u64,
    /// The other files of the folder.
    pub files: Vec<ManifestFile>,
}

impl ManifestFile {
    /// Describes a file of a folder.
    pub(super) fn of(folder: &Path, path: &str) -> io::Result<Self> {
        let mut file = File::open(folder.join(path))?;
        let mut hash = Sha256::new();
        let mut bytes = 0;
        let mut chunk = vec![0; 256 << 10];
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            hash.update(&chunk[..read]);
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: path.to_owned(), bytes, sha256 })
    }

    /// Whether the file of that path in a folder is the one described. Only plain names are ever described, so that
    /// a manifest cannot lead out of its folder.
    pub(super) fn check(&self, folder: &Path) -> io::Result<bool> {
        let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
        if !self.path.split('/').all(plain) {
            return Ok(false);
        }
        Ok(Self::of(folder, &self.path)? == *self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_cannot_lead_out_of_its_folder() {
        for path in ["../x", "/etc/passwd", "a/../../b", ""] {
            let file = ManifestFile { path: path.into(), bytes: 0, sha256: String::new() };
            assert!(!file.check(Path::new("/")).unwrap(), "{path:?}");
        }
    }
}
