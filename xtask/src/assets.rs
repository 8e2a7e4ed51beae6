//! Front-end assets and npm packages: brought up to date when, and only when, something changed.
//!
//! `web-assets/build.mjs` turns the sources into `web-assets/dist/`, which the web crate embeds. Whether that is
//! still true is decided by content: after a build the fingerprint of all sources is written to `dist/.sources`.
//! An archive of a release carries `dist/` without a fingerprint and needs no Node.js: there a manifest newer than
//! every source counts.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::SystemTime;

use crate::failure::{Context as _, Failure, Outcome};
use crate::shell::{Cmd, find_program};
use crate::workspace::tracked_paths;

const FOLDER: &str = "web-assets";

/// The oldest Node.js that esbuild and the build script are run with.
const OLDEST_NODE: u32 = 20;

/// Why assets must be built.
#[derive(Debug, PartialEq, Eq)]
enum Stale {
    Missing,
    Changed,
}

/// Builds the assets unless they are up to date.
pub fn ensure(root: &Path) -> Outcome {
    let fingerprint = fingerprint(root)?;
    match stale(root, &fingerprint)? {
        None => {
            println!("front-end assets are up to date");
            return Ok(());
        }
        Some(Stale::Missing) => println!("front-end assets are not built yet"),
        Some(Stale::Changed) => println!("front-end sources have changed since the assets were built"),
    }
    let folder = root.join(FOLDER);
    install_packages(&folder)?;
    Cmd::new("node", &folder).args(["build.mjs"]).run()?;
    record(root)
}

/// Notes down which sources the assets in `dist/` were made from.
pub fn record(root: &Path) -> Outcome {
    let file = root.join(FOLDER).join("dist/.sources");
    std::fs::write(&file, fingerprint(root)?).context(|| format!("writing {}", file.display()))
}

/// Brings the locked npm packages of `folder` in step with its lock file.
pub fn install_packages(folder: &Path) -> Outcome {
    require_node(folder)?;
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    let locked = modified(&folder.join("package-lock.json"));
    if locked.is_none() {
        return Err(Failure::new(format!("{} has no package-lock.json", folder.display())));
    }
    if installed >= locked {
        return Ok(());
    }
    // No package here needs its install script (esbuild's only swaps in a binary that is found anyway), and one
    // that is not run cannot do harm.
    Cmd::new("npm", folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run()
}

/// Fails with the remedy when Node.js or npm is missing or too old.
fn require_node(dir: &Path) -> Outcome {
    let stated = Cmd::new("node", dir).args(["--version"]).probe();
    let found = match &stated {
        None => "node was not found on PATH".to_owned(),
        Some(version) if node_major(version).is_none_or(|major| major < OLDEST_NODE) => {
            format!("node is {}", version.trim())
        }
        Some(_) if find_program(&["npm"]).is_none() => "npm was not found on PATH".to_owned(),
        Some(_) => return Ok(()),
    };
    Err(Failure::new(format!(
        "Node.js {OLDEST_NODE} or newer with npm is needed to build the front-end assets, but {found}.\n\
         On Debian 13 or Ubuntu 25.04: sudo apt-get install nodejs npm"
    )))
}

/// `v20.20.2` is 20.
fn node_major(stated: &str) -> Option<u32> {
    stated.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether the assets must be built, given the fingerprint of the sources as they are now.
fn stale(root: &Path, fingerprint: &str) -> Outcome<Option<Stale>> {
    let dist = root.join(FOLDER).join("dist");
    let Some(built) = modified(&dist.join("manifest.json")) else { return Ok(Some(Stale::Missing)) };
    let in_step = match std::fs::read_to_string(dist.join(".sources")) {
        Ok(recorded) => recorded == fingerprint,
        Err(_) => sources(root)?.iter().all(|path| modified(&root.join(path)).is_none_or(|at| at <= built)),
    };
    Ok((!in_step).then_some(Stale::Changed))
}

/// A digest of the names and contents of all sources. Not against tampering: only to notice a change.
fn fingerprint(root: &Path) -> Outcome<String> {
    let mut contents = BTreeMap::new();
    for path in sources(root)? {
        if let Ok(bytes) = std::fs::read(root.join(&path)) {
            contents.insert(path, bytes);
        }
    }
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// What the assets are made from: everything of the project in the folder but its tests.
fn sources(root: &Path) -> Outcome<Vec<String>> {
    let paths = tracked_paths(root)?;
    let prefix = format!("{FOLDER}/");
    Ok(paths
        .into_iter()
        .filter(|path| path.strip_prefix(&prefix).is_some_and(|path| !path.starts_with("check/")))
        .collect())
}

/// When a file was last changed, if it is there.
fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with one source, deleted with the test.
    struct Tree(std::path::PathBuf);

    impl Tree {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("hansei-assets-{name}-{}", std::process::id()));
            let tree = Self(root);
            tree.write("src/app.ts", "one");
            tree
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.join(FOLDER).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        fn stale(&self) -> Option<Stale> {
            stale(&self.0, &fingerprint(&self.0).unwrap()).unwrap()
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn assets_are_stale_exactly_when_a_source_differs() {
        let tree = Tree::new("content");
        assert_eq!(tree.stale(), Some(Stale::Missing));
        tree.write("dist/manifest.json", "{}");
        record(&tree.0).unwrap();
        assert_eq!(tree.stale(), None);
        tree.write("src/app.ts", "two");
        assert_eq!(tree.stale(), Some(Stale::Changed));
        tree.write("src/app.ts", "one");
        assert_eq!(tree.stale(), None, "content counts, not the time of the write");
        tree.write("src/more.ts", "");
        assert_eq!(tree.stale(), Some(Stale::Changed));
        std::fs::remove_file(tree.0.join(FOLDER).join("src/more.ts")).unwrap();
        tree.write("check/run.mjs", "a test is not a source");
        assert_eq!(tree.stale(), None);
    }

    #[test]
    fn a_release_archive_without_a_fingerprint_counts_by_time() {
        let tree = Tree::new("archive");
        tree.write("dist/manifest.json", "{}");
        let manifest = std::fs::File::open(tree.0.join(FOLDER).join("dist/manifest.json")).unwrap();
        let source = modified(&tree.0.join(FOLDER).join("src/app.ts")).unwrap();
        let hour = std::time::Duration::from_secs(3_600);
        manifest.set_modified(source + hour).unwrap();
        assert_eq!(tree.stale(), None);
        manifest.set_modified(source - hour).unwrap();
        assert_eq!(tree.stale(), Some(Stale::Changed));
    }

    #[test]
    fn node_versions_are_read() {
        assert_eq!(node_major("v20.20.2\n"), Some(20));
        assert_eq!(node_major("v8.0.0"), Some(8));
        assert_eq!(node_major("20"), None);
    }

    #[test]
    fn packages_without_a_lock_file_are_refused() {
        let tree = Tree::new("lock");
        let failure = install_packages(&tree.0.join(FOLDER)).unwrap_err();
        assert!(failure.to_string().ends_with("has no package-lock.json"), "{failure}");
    }
}
