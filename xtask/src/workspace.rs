//! What the workspace is made of, as cargo and git tell it.
//!
//! [`Metadata`] is the part of `cargo metadata`'s answer that the gates read; [`tracked_files`] lists the files
//! that belong to the project, so that build output and other people's scratch files are never judged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Context as _, Failure, Outcome};
use crate::shell::{Cmd, is_ci};

/// `cargo metadata --format-version 1`, as far as it is used here.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Every package in the graph, the workspace's own included.
    pub packages: Vec<Package>,
    /// Ids of the workspace's own packages.
    pub workspace_members: Vec<String>,
    /// Who depends on whom, after features and versions were settled.
    pub resolve: Resolve,
    /// Where build output goes.
    pub target_directory: PathBuf,
}

/// One package.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// As in `Cargo.toml`.
    pub name: String,
    /// Unique within the graph.
    pub id: String,
    /// What its `Cargo.toml` asks for, whether or not it ends up in the graph.
    pub dependencies: Vec<Dependency>,
    /// Libraries, binaries, tests.
    pub targets: Vec<Target>,
}

/// One line of a `[dependencies]` table.
#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    /// The package asked for.
    pub name: String,
    /// `None` for an ordinary one, else `dev` or `build`.
    pub kind: Option<String>,
    /// Set when it is a package of this workspace (or another folder).
    pub path: Option<PathBuf>,
}

/// One thing a package builds.
#[derive(Debug, Clone, Deserialize)]
pub struct Target {
    /// Name of the library or program.
    pub name: String,
    /// `lib`, `bin`, `test`, `custom-build`, …
    pub kind: Vec<String>,
}

/// The settled graph.
#[derive(Debug, Deserialize)]
pub struct Resolve {
    /// One node per package that takes part.
    pub nodes: Vec<Node>,
}

/// A package in the settled graph.
#[derive(Debug, Deserialize)]
pub struct Node {
    /// Id of the package.
    pub id: String,
    /// Its edges.
    pub deps: Vec<Edge>,
}

/// An edge of the settled graph.
#[derive(Debug, Deserialize)]
pub struct Edge {
    /// Id of the package depended on.
    pub pkg: String,
    /// In which roles; one edge can be both ordinary and dev.
    pub dep_kinds: Vec<EdgeKind>,
}

/// The role of an edge.
#[derive(Debug, Deserialize)]
pub struct EdgeKind {
    /// `None` for an ordinary one, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Metadata {
    /// Asks cargo about the graph for the platform this machine is.
    ///
    /// Limited to one platform on purpose: without that limit cargo downloads every Windows and Android crate
    /// named anywhere in the graph, only to answer this question.
    pub fn load(root: &Path) -> Outcome<Self> {
        let version = Cmd::new("rustc", root).args(["-vV"]).read()?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or_else(|| Failure::new("`rustc -vV` names no host"))?;
        let mut line = format!("metadata --format-version 1 --filter-platform {host}");
        if is_ci() {
            line.push_str(" --locked");
        }
        let json = Cmd::cargo(&line, root).read()?;
        serde_json::from_str(&json).context(|| "reading `cargo metadata`".to_owned())
    }

    /// The workspace's own packages, sorted by name.
    pub fn members(&self) -> Vec<&Package> {
        let mut members: Vec<&Package> =
            self.packages.iter().filter(|package| self.workspace_members.contains(&package.id)).collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    /// Names of all packages that end up linked into `package` through ordinary dependencies.
    pub fn links(&self, package: &Package) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![package.id.as_str()];
        while let Some(id) = open.pop() {
            let Some(node) = self.resolve.nodes.iter().find(|node| node.id == id) else { continue };
            let ordinary =
                node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|role| role.kind.is_none()));
            for edge in ordinary {
                if seen.insert(edge.pkg.as_str()) {
                    open.push(&edge.pkg);
                }
            }
        }
        self.packages
            .iter()
            .filter(|other| seen.contains(other.id.as_str()))
            .map(|p| p.name.as_str())
            .collect()
    }

    /// The program called `bin`, when some package of the workspace builds it.
    pub fn has_program(&self, bin: &str) -> bool {
        self.members()
            .iter()
            .flat_map(|package| &package.targets)
            .any(|target| target.name == bin && target.kind.iter().any(|kind| kind == "bin"))
    }
}

/// The workspace root: the folder above this package.
pub fn root() -> PathBuf {
    // Asked at run time first: a target folder kept between clones must not remember where it was compiled.
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map(Path::to_path_buf).unwrap_or(own)
}

/// A file of the project.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the workspace root, with `/` between parts.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The paths, relative to `root`, of what git tracks plus what it would track (new files that are not ignored).
///
/// Outside a git work tree, as in a release archive, all files are taken but for build output.
pub fn tracked_paths(root: &Path) -> Outcome<BTreeSet<String>> {
    let listed =
        Cmd::new("git", root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).probe();
    match listed {
        Some(list) => Ok(list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()),
        None => walk(root),
    }
}

/// Every text file of the project, as [`tracked_paths`] lists them.
pub fn tracked_files(root: &Path) -> Outcome<Vec<SourceFile>> {
    let mut files = Vec::new();
    for path in tracked_paths(root)? {
        // A tracked file may just have been deleted, and a binary file has no text: both are left out.
        if let Ok(text) = std::fs::read_to_string(root.join(&path)) {
            files.push(SourceFile { path, text });
        }
    }
    Ok(files)
}

/// All files under `root` but for version control and build output, relative to it.
fn walk(root: &Path) -> Outcome<BTreeSet<String>> {
    const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "dist"];
    let mut found = BTreeSet::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).context(|| format!("listing {}", dir.display()))? {
            let entry = entry.context(|| format!("listing {}", dir.display()))?;
            let kind = entry.file_type().context(|| format!("looking at {}", entry.path().display()))?;
            if kind.is_dir() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
                open.push(entry.path());
            } else if kind.is_file()
                && let Ok(path) = entry.path().strip_prefix(root)
            {
                found.insert(path.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
pub mod fixture {
    //! Small made-up workspaces for the checks' tests.

    use super::*;

    /// A package with dependencies written as `name`, `dev:name` or `build:name`.
    pub fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            id: format!("{name}@1"),
            dependencies: dependencies.iter().map(|dependency| parse(dependency)).collect(),
            targets: Vec::new(),
        }
    }

    fn parse(line: &str) -> Dependency {
        let (kind, name) = match line.split_once(':') {
            Some((kind, name)) => (Some(kind.to_owned()), name),
            None => (None, line),
        };
        let path = name.starts_with("hansei").then(|| PathBuf::from("/w").join(name));
        Dependency { name: name.to_owned(), kind, path }
    }

    /// A workspace of `members` whose graph follows their dependency lists, with `others` from the registry.
    pub fn workspace(members: Vec<Package>, others: Vec<Package>) -> Metadata {
        let workspace_members = members.iter().map(|package| package.id.clone()).collect();
        let packages: Vec<Package> = members.into_iter().chain(others).collect();
        let nodes = packages
            .iter()
            .map(|package| Node {
                id: package.id.clone(),
                deps: package
                    .dependencies
                    .iter()
                    .filter_map(|dependency| {
                        let target = packages.iter().find(|other| other.name == dependency.name)?;
                        let role = EdgeKind { kind: dependency.kind.clone() };
                        Some(Edge { pkg: target.id.clone(), dep_kinds: vec![role] })
                    })
                    .collect(),
            })
            .collect();
        Metadata { packages, workspace_members, resolve: Resolve { nodes }, target_directory: PathBuf::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{package, workspace};
    use super::*;

    #[test]
    fn links_follow_ordinary_edges_only() {
        let metadata = workspace(
            vec![package("hansei", &["middle", "dev:proptest"])],
            vec![package("middle", &["leaf"]), package("leaf", &[]), package("proptest", &[])],
        );
        let links = metadata.links(&metadata.packages[0]);
        assert_eq!(links.into_iter().collect::<Vec<_>>(), ["leaf", "middle"]);
    }

    #[test]
    fn the_real_workspace_can_be_read() {
        let root = root();
        let metadata = Metadata::load(&root).unwrap();
        assert!(metadata.has_program("xtask"));
        assert!(!metadata.has_program("no-such-program"));
        assert!(metadata.members().iter().any(|package| package.name == "xtask"));
    }

    #[test]
    fn project_files_exclude_build_output() {
        let files = tracked_files(&root()).unwrap();
        assert!(files.iter().any(|file| file.path == "xtask/src/workspace.rs"));
        assert!(!files.iter().any(|file| file.path.starts_with("target/")));
        let walked = walk(&root().join("xtask")).unwrap();
        assert!(walked.contains("src/workspace.rs"));
    }
}
