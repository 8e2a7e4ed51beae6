//! What a demonstration remembers from one start to the next: its admin's secret and its integration keys, so that each
//! start does not make new ones. A file in its data folder that nobody else may read.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::output::Failure;

/// The file.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    /// What stands in it.
    pub said: Said,
}

/// What is remembered.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The admin's token and password.
    pub secret: Option<String>,
    /// Keys by service and format.
    pub keys: BTreeMap<String, String>,
    /// Whether a payload that nobody can read has been sent.
    pub unreadable: bool,
}

impl Memory {
    /// Reads it; one that is not there or cannot be read is empty.
    pub fn open(data_dir: &Path) -> Self {
        let path = data_dir.join("demo.json");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Self { path, said: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// Writes it.
    pub fn keep(&self) -> Result<(), Failure> {
        let failed = |e: std::io::Error| Failure::Unreachable(format!("{}: {e}", self.path.display()));
        let text = serde_json::to_string_pretty(&self.said).map_err(|e| failed(e.into()))?;
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&self.path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_at_the_next_start() {
        let folder = std::env::temp_dir().join(format!("hansei-demo-memory-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut memory = Memory::open(&folder);
        assert_eq!(memory.said, Said::default());
        memory.said.secret = Some("hst_x".into());
        memory.keep().unwrap();
        assert_eq!(Memory::open(&folder).said, memory.said);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
