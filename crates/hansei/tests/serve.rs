//! `hansei serve` as a process: where it starts, and how it ends.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure there is the test's failure")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A data folder, deleted at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hansei-serve-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Starts it and waits for the line that says that it is ready.
fn serve(data_dir: &std::path::Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hansei"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data_dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

#[test]
fn a_folder_whose_path_is_too_long_for_a_socket_is_served_without_the_consoles_door() {
    let folder = Folder::new("long");
    // A socket's path has room for about a hundred bytes.
    let data_dir = folder.0.join("a".repeat(120));
    let (mut child, line) = serve(&data_dir);
    assert!(line.starts_with("hansei ready at http://127.0.0.1:"), "{line:?}");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let ended = child.wait().unwrap();
    assert!(ended.success(), "an orderly end after SIGTERM: {ended}");
}
