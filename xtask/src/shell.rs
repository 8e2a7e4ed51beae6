//! Running other programs: the one place that starts a process, looks for a program or reads the clock.
//!
//! Commands run in the workspace root unless told otherwise, inherit the terminal and are shown before they run,
//! so that whatever `xtask` does can be repeated by hand. Variables that `cargo run` sets for `xtask` itself are
//! taken out again: build scripts that watch them (ring's does) would otherwise rebuild on every call.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Context as _, Failure, Outcome};

/// Set by `cargo run` for the program it starts; meaningless, and harmful, to the programs that one starts. (By
/// `CARGO`, for one, cargo-machete tells whether it was called as `cargo machete`.)
const OWN_TO_CARGO_RUN: [&str; 6] = [
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_MANIFEST_LINKS",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
];

/// A system account by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// User.
    pub user_id: u32,
    /// Primary group.
    pub group_id: u32,
}

/// A program about to be run.
pub struct Cmd {
    inner: Command,
    shown: String,
}

impl Cmd {
    /// A program found on `PATH` or given as a path, to be run in `dir`.
    pub fn new(program: impl AsRef<OsStr>, dir: &Path) -> Self {
        let mut inner = Command::new(program.as_ref());
        inner.current_dir(dir);
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy();
            if OWN_TO_CARGO_RUN.contains(&name.as_ref())
                || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_BIN_")
            {
                inner.env_remove(&key);
            }
        }
        Self { inner, shown: program.as_ref().to_string_lossy().into_owned() }
    }

    /// `cargo` with the arguments of `line`, split at blanks.
    pub fn cargo(line: &str, dir: &Path) -> Self {
        Self::new("cargo", dir).args(line.split_whitespace())
    }

    /// Appends arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        for arg in args {
            self.shown.push(' ');
            self.shown.push_str(&arg.as_ref().to_string_lossy());
            self.inner.arg(arg);
        }
        self
    }

    /// Sets a variable for the program.
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{key}={} {}", quoted(&value.as_ref().to_string_lossy()), self.shown);
        self.inner.env(key, value);
        self
    }

    /// Runs the program as somebody else, without our supplementary groups; only root can.
    pub fn account(mut self, account: Option<Account>) -> Self {
        use std::os::unix::process::CommandExt as _;
        if let Some(Account { user_id, group_id }) = account {
            self.inner.uid(user_id).gid(group_id);
        }
        self
    }

    /// Gives up the builder for what it does not cover.
    pub fn into_inner(self) -> Command {
        self.inner
    }

    /// Shows the command, runs it with the terminal attached, and fails unless it exits with 0.
    pub fn run(mut self) -> Outcome {
        println!("$ {}", self.shown);
        // Our own lines and the child's go to the same terminal or file: ours must be out first.
        std::io::stdout().flush().context(|| "writing to standard output".to_owned())?;
        let status =
            self.inner.stdin(Stdio::null()).status().context(|| format!("starting `{}`", self.shown))?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("`{}`: {status}", self.shown))) }
    }

    /// Runs it quietly and hands back what it wrote to standard output; standard error goes to the terminal.
    pub fn read(mut self) -> Outcome<String> {
        let output = self
            .inner
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context(|| format!("starting `{}`", self.shown))?;
        if !output.status.success() {
            return Err(Failure::new(format!("`{}`: {}", self.shown, output.status)));
        }
        String::from_utf8(output.stdout).context(|| format!("reading what `{}` wrote", self.shown))
    }

    /// Runs it without a trace; its standard output, or nothing if it could not start or did not exit with 0.
    pub fn probe(mut self) -> Option<String> {
        let output = self.inner.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Quotes a variable's value for display when a shell would split it.
fn quoted(value: &str) -> String {
    if value.contains(' ') { format!("'{value}'") } else { value.to_owned() }
}

/// The first of `names` that is an executable file on `PATH`.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| find_in(&dirs, name))
}

/// The file called `name` in the first of `dirs` that has an executable one.
pub fn find_in(dirs: &[PathBuf], name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    dirs.iter().map(|dir| dir.join(name)).find(|file| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    })
}

/// Whether this process may install system packages and must drop rights for servers that refuse root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // `/proc/self` belongs to the effective user; elsewhere than Linux the answer is "no", which only means
    // that a missing package is named instead of installed.
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Whether this is an unattended run (`CI=true`), where lock files may not be changed.
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

/// A span that is running; monotonic, for showing how long a step took.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "measures a build step for the terminal; no product rule reads it"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let failure = Cmd::new("sh", Path::new("/")).args(["-c", "exit 3"]).run().unwrap_err();
        assert!(failure.to_string().starts_with("`sh -c exit 3`: exit status: 3"), "{failure}");
        assert!(Cmd::new("sh", Path::new("/")).args(["-c", "exit 3"]).probe().is_none());
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let failure = Cmd::new("hansei-no-such-program", Path::new("/")).read().unwrap_err();
        assert!(failure.to_string().starts_with("starting `hansei-no-such-program`"), "{failure}");
    }

    #[test]
    fn variables_are_shown_as_a_shell_would_take_them() {
        let cmd = Cmd::cargo("doc --no-deps", Path::new("/")).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(cmd.shown, "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn cargo_run_variables_do_not_reach_children() {
        // The test runner itself sets CARGO_MANIFEST_DIR and CARGO_PKG_NAME for this process.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let seen = Cmd::new("env", Path::new("/")).read().unwrap();
        assert!(
            !seen.lines().any(|line| line.starts_with("CARGO_PKG_") || line.starts_with("CARGO_MANIFEST_"))
        );
    }

    #[test]
    fn programs_are_found_only_when_executable() {
        assert!(find_program(&["hansei-no-such-program", "sh"]).is_some_and(|path| path.ends_with("sh")));
        assert!(find_in(&[PathBuf::from("/etc")], "passwd").is_none());
    }
}
