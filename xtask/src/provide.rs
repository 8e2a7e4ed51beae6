//! Programs from the system that the tests need: found, installed when that is ours to do, or named.
//!
//! As root on a Debian machine (a container, a CI runner) a missing package is installed with `apt-get`. For
//! anybody else nothing is changed on the machine: the failure says what is missing, what it is for and which
//! package brings it.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::shell::{Cmd, find_program, is_root};

/// Something a test needs from the system.
#[derive(Debug)]
pub struct Need {
    /// Names it goes by on `PATH`, the preferred one first.
    pub programs: &'static [&'static str],
    /// Debian's package for it.
    pub package: &'static str,
    /// Completes "… is needed to …".
    pub purpose: &'static str,
}

/// The browser.
pub const CHROMIUM: Need = Need {
    programs: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    package: "chromium",
    purpose: "drive the pages in the end-to-end tests",
};

/// The database server; looked for outside `PATH` too, see [`crate::postgres`].
pub const POSTGRESQL: Need = Need {
    programs: &["initdb"],
    package: "postgresql",
    purpose: "run the store's contract on PostgreSQL (15 or newer)",
};

/// The real sender of alerts.
pub const PROMETHEUS: Need = Need {
    programs: &["prometheus"],
    package: "prometheus",
    purpose: "send real alerts in the end-to-end tests",
};

/// The product compared with in `bench/`, and the reference for its API.
pub const ALERTMANAGER: Need = Need {
    programs: &["prometheus-alertmanager", "alertmanager"],
    package: "prometheus-alertmanager",
    purpose: "compare answers and rates with the original",
};

/// Everything the tests use from the system.
const ALL: [&Need; 4] = [&CHROMIUM, &POSTGRESQL, &PROMETHEUS, &ALERTMANAGER];

impl Need {
    /// Where the program is, if it is installed.
    pub fn find(&self) -> Option<PathBuf> {
        if self.package == POSTGRESQL.package {
            return crate::postgres::find_binaries().map(|bin| bin.join("initdb"));
        }
        find_program(self.programs)
    }
}

/// The program; installed first when it is missing and this is root on Debian.
pub fn ensure(need: &Need, root: &Path) -> Outcome<PathBuf> {
    if let Some(found) = need.find() {
        return Ok(found);
    }
    install(&[need], root)?;
    need.find().ok_or_else(|| {
        Failure::new(format!("package `{}` is installed but brings no {}", need.package, need.programs[0]))
    })
}

/// Brings everything the tests use: `cargo xtask setup`.
pub fn ensure_all(root: &Path) -> Outcome {
    let missing: Vec<&Need> = ALL.into_iter().filter(|need| need.find().is_none()).collect();
    if !missing.is_empty() {
        install(&missing, root)?;
    }
    for need in ALL {
        println!("{}: {}", need.package, ensure(need, root)?.display());
    }
    Ok(())
}

fn install(needs: &[&Need], root: &Path) -> Outcome {
    if !is_root() || find_program(&["apt-get"]).is_none() {
        return Err(Failure::new(missing(needs)));
    }
    let apt = |line: &str| {
        Cmd::new("apt-get", root).env("DEBIAN_FRONTEND", "noninteractive").args(line.split_whitespace())
    };
    apt("update -qq").run()?;
    apt("install --yes -qq --no-install-recommends").args(needs.iter().map(|need| need.package)).run()
}

/// What to tell somebody who has to install it by hand.
fn missing(needs: &[&Need]) -> String {
    let mut text = String::from("missing on this machine:\n");
    for need in needs {
        text.push_str(&format!("  {}, needed to {}\n", need.programs[0], need.purpose));
    }
    let packages: Vec<&str> = needs.iter().map(|need| need.package).collect();
    text.push_str(&format!("On Debian or Ubuntu: sudo apt-get install {}", packages.join(" ")));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_purpose_and_package() {
        let text = missing(&[&CHROMIUM, &PROMETHEUS]);
        assert!(text.contains("chromium, needed to drive the pages"), "{text}");
        assert!(text.ends_with("sudo apt-get install chromium prometheus"), "{text}");
    }

    #[test]
    fn an_installed_program_is_found_without_installing() {
        let shell = Need { programs: &["no-such-shell", "sh"], package: "dash", purpose: "test" };
        assert!(ensure(&shell, Path::new("/")).unwrap().ends_with("sh"));
    }
}
