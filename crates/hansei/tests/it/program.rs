//! The program, run in a folder of its own and without the variables of whoever runs the tests.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// A folder that goes away with its test. Its path is short: a socket's may not be long.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hansei-it-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a folder of our own");
        Self(path)
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program with these arguments.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hansei"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HANSEI_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a run to the end gave.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err))
    }

    /// The line that stands alone on standard output.
    pub fn word(&self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        assert_eq!(self.out.lines().count(), 1, "nothing but the one thing: {}", self.out);
        self.out.trim().to_owned()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code().expect("an end of its own"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Ran {
    command(arguments).output().expect("the program runs").into()
}

/// A program that goes on, and has said that it is ready.
pub struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// The ready line.
    pub line: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("its lines"));
        let mut this = Self { child, lines, line: String::new() };
        this.line = this.next_line();
        assert!(this.line.starts_with("hansei ready at http://127.0.0.1:"), "{}", this.line);
        this
    }

    /// `hansei serve` in this folder.
    pub fn serve(data_dir: &Path) -> Self {
        Self::start(serving(data_dir))
    }

    pub fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.line.split_whitespace().nth(3).expect("an address").to_owned()
    }

    /// Ends it with SIGTERM; gives how it ended.
    pub fn end(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        self.child.wait().expect("its end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `hansei serve` in this folder, on a free port, without the self-test.
pub fn serving(data_dir: &Path) -> Command {
    let mut command = command(&["serve", "--listen", "127.0.0.1:0", "--canary-secs", "0", "--data-dir"]);
    command.arg(data_dir);
    command
}
