//! Cargo subcommands the gates need: their versions are pinned here and they live beside the build output.
//!
//! A tool that is missing, or there in another version, is built once with `cargo install --locked` into
//! `<target>/tools` and found there by every later run. That takes three CPU minutes for cargo-deny and one and a
//! half for cargo-machete, which is why the real tools are used instead of checks of our own
//! (docs/decisions/0002-gates-with-pinned-tools.md).

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::shell::{Cmd, find_in};

/// A subcommand and the one version of it that judges this tree.
#[derive(Debug)]
pub struct Tool {
    /// Name of the crate and of the program.
    pub name: &'static str,
    /// Exact version.
    pub version: &'static str,
    /// Further arguments for `cargo install`.
    flags: &'static [&'static str],
}

/// Licences, sources and banned crates.
pub const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", flags: &["--no-default-features"] };

/// Dependencies that nothing uses.
pub const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2", flags: &[] };

/// The program, built first when it is not there in the pinned version.
pub fn ensure(tool: &Tool, target_dir: &Path, root: &Path) -> Outcome<PathBuf> {
    let home = target_dir.join("tools");
    let bin = home.join("bin");
    if let Some(found) = current(tool, &bin, root) {
        return Ok(found);
    }
    println!("{} {} is not there yet: building it into {}", tool.name, tool.version, home.display());
    Cmd::cargo("install --locked --force --quiet", root)
        .args(tool.flags)
        .args(["--version", tool.version, "--root"])
        .args([&home])
        .args([tool.name])
        .run()?;
    current(tool, &bin, root).ok_or_else(|| {
        Failure::new(format!("{} was built but does not run from {}", tool.name, bin.display()))
    })
}

/// The program in `bin`, if it states the pinned version.
fn current(tool: &Tool, bin: &Path, root: &Path) -> Option<PathBuf> {
    let program = find_in(&[bin.to_path_buf()], tool.name)?;
    let stated = Cmd::new(&program, root).args(["--version"]).probe()?;
    states_version(&stated, tool.version).then_some(program)
}

/// `cargo-deny 0.20.2` and a bare `0.9.2` both count.
fn states_version(stated: &str, version: &str) -> bool {
    stated.split_whitespace().any(|word| word.trim_start_matches('v') == version)
}

/// Fails with the remedy when the test runner is not installed.
pub fn require_nextest(root: &Path) -> Outcome {
    match Cmd::cargo("nextest --version", root).probe() {
        Some(_) => Ok(()),
        None => {
            Err(Failure::new("cargo-nextest is missing: `cargo install --locked cargo-nextest` brings it"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_version_counts() {
        assert!(states_version("cargo-deny 0.20.2\n", "0.20.2"));
        assert!(states_version("0.9.2", "0.9.2"));
        assert!(!states_version("cargo-deny 0.20.20", "0.20.2"));
        assert!(!states_version("", "0.20.2"));
    }

    #[test]
    fn a_tool_that_is_not_there_is_not_taken_for_there() {
        let missing = Tool { name: "cargo-no-such-tool", version: "1.0.0", flags: &[] };
        assert!(current(&missing, Path::new("/usr/bin"), Path::new("/")).is_none());
        // Found, but in another version than the pinned one.
        let other = Tool { name: "sh", version: "no.such.version", flags: &[] };
        assert!(current(&other, Path::new("/bin"), Path::new("/")).is_none());
    }
}
