//! Every dependency is accounted for: each has one row in `docs/dependencies.md` that says why it is there.
//!
//! The rows are checked both ways. A dependency without a row was never decided; a row without a dependency is a
//! decision somebody undid; a row with another version is a page nobody reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Findings;
use crate::workspace::{Metadata, SourceFile};

const PAGE: &str = "docs/dependencies.md";

/// Compares the page with `Cargo.toml`, the manifests and every `package.json`.
pub fn check(metadata: &Metadata, files: &[SourceFile]) -> Findings {
    let mut findings = Findings::default();
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        findings.refuse(PAGE, "is missing: every dependency needs its row there");
        return findings;
    };
    let rows = rows(&page.text, &mut findings);

    let crates = crates(metadata, files, &mut findings);
    let packages = npm_packages(files, &mut findings);
    for (name, version) in crates.iter().chain(&packages) {
        match rows.get(name.as_str()) {
            None => findings.refuse(PAGE, format!("has no row for `{name}`")),
            Some(stated) if version.as_ref().is_some_and(|version| version != stated) => {
                let version = version.as_deref().unwrap_or_default();
                findings.refuse(PAGE, format!("says `{name}` {stated}, but {version} is asked for"));
            }
            Some(_) => {}
        }
    }
    for name in rows.keys() {
        if !crates.contains_key(*name) && !packages.contains_key(*name) {
            findings.refuse(PAGE, format!("has a row for `{name}`, which nothing depends on"));
        }
    }
    findings
}

/// The page's table rows: the name in back-quotes in the first cell, the version in the second.
fn rows<'p>(page: &'p str, findings: &mut Findings) -> BTreeMap<&'p str, &'p str> {
    let mut rows = BTreeMap::new();
    for (index, line) in page.lines().enumerate() {
        let mut cells = line.strip_prefix('|').into_iter().flat_map(|rest| rest.split('|')).map(str::trim);
        let name = cells.next().and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`'));
        let Some(name) = name else { continue };
        let cells: Vec<&str> = cells.collect();
        // version, where, why, what else was considered; the closing `|` leaves one empty cell.
        if cells.len() != 5 || cells[..4].iter().any(|cell| cell.is_empty()) {
            findings.refuse(format!("{PAGE}:{}", index + 1), "needs five filled cells");
        }
        if rows.insert(name, cells.first().copied().unwrap_or_default()).is_some() {
            findings.refuse(format!("{PAGE}:{}", index + 1), format!("second row for `{name}`"));
        }
    }
    rows
}

/// Crates from the registry: those the workspace names (with the version it asks for) and any a member adds.
fn crates(
    metadata: &Metadata,
    files: &[SourceFile],
    findings: &mut Findings,
) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    if let Some(file) = files.iter().find(|file| file.path == "Cargo.toml") {
        match toml::from_str::<toml::Table>(&file.text) {
            Ok(manifest) => found = named_by_workspace(&manifest),
            Err(error) => findings.refuse(&file.path, format!("cannot be read: {error}")),
        }
    }
    for package in metadata.members() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_none()) {
            if !found.contains_key(&dependency.name) {
                let how = "is not in [workspace.dependencies], where versions are kept";
                findings.refuse(&package.name, format!("depends on `{}`, which {how}", dependency.name));
                found.insert(dependency.name.clone(), None);
            }
        }
    }
    found
}

fn named_by_workspace(manifest: &toml::Table) -> BTreeMap<String, Option<String>> {
    let table = manifest
        .get("workspace")
        .and_then(|value| value.get("dependencies"))
        .and_then(|value| value.as_table());
    table
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.get("path").is_none())
        .map(|(name, value)| {
            let version = value.as_str().or_else(|| value.get("version")?.as_str());
            (name.clone(), version.map(str::to_owned))
        })
        .collect()
}

/// What every `package.json` of the project asks for.
fn npm_packages(files: &[SourceFile], findings: &mut Findings) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    let mut disputed = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.ends_with("package.json")) {
        let manifest: serde_json::Value = match serde_json::from_str(&file.text) {
            Ok(manifest) => manifest,
            Err(error) => {
                findings.refuse(&file.path, format!("cannot be read: {error}"));
                continue;
            }
        };
        for group in ["dependencies", "devDependencies"] {
            for (name, version) in
                manifest.get(group).and_then(|group| group.as_object()).into_iter().flatten()
            {
                let version = version.as_str().unwrap_or_default().to_owned();
                if !version.starts_with(|c: char| c.is_ascii_digit()) {
                    findings
                        .refuse(&file.path, format!("asks for `{name}` {version}; pin the exact version"));
                }
                let before = found.insert(name.clone(), Some(version.clone()));
                if before.is_some_and(|before| before != Some(version)) && disputed.insert(name.clone()) {
                    findings.refuse(
                        &file.path,
                        format!("asks for another version of `{name}` than its neighbour"),
                    );
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::{package, workspace};

    const HEAD: &str = "| name | version | where | why | considered |\n| --- | --- | --- | --- | --- |\n";

    fn refused(rows: &str, manifest: &str, package_json: &str, members: &[&str]) -> Vec<String> {
        let files = [
            (PAGE, format!("{HEAD}{rows}")),
            ("Cargo.toml", manifest.to_owned()),
            ("web-assets/package.json", package_json.to_owned()),
        ]
        .map(|(path, text)| SourceFile { path: path.to_owned(), text });
        let metadata = workspace(vec![package("hansei-app", members)], Vec::new());
        check(&metadata, &files).refusals().to_vec()
    }

    const MANIFEST: &str =
        "[workspace.dependencies]\nhansei-app = { path = \"x\" }\ntokio = { version = \"1.54\" }\n";
    const ROW: &str = "| `tokio` | 1.54 | app | runs it | none |\n";

    #[test]
    fn a_page_in_step_passes() {
        assert_eq!(refused(ROW, MANIFEST, "{}", &["tokio", "hansei-domain"]), Vec::<String>::new());
        let npm = r#"{"devDependencies": {"esbuild": "0.28.2"}}"#;
        let rows = format!("{ROW}| `esbuild` | 0.28.2 | web-assets | bundles | vite |\n");
        assert_eq!(refused(&rows, MANIFEST, npm, &[]), Vec::<String>::new());
    }

    #[test]
    fn a_dependency_without_a_row_is_refused() {
        assert_eq!(refused("", MANIFEST, "{}", &[]), ["docs/dependencies.md: has no row for `tokio`"]);
        let npm = r#"{"dependencies": {"htmx.org": "4.0.1"}}"#;
        assert_eq!(refused(ROW, MANIFEST, npm, &[]), ["docs/dependencies.md: has no row for `htmx.org`"]);
    }

    #[test]
    fn a_crate_added_past_the_workspace_is_refused_twice() {
        let found = refused(ROW, MANIFEST, "{}", &["dev:regex"]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("not in [workspace.dependencies]"));
        assert!(found[1].contains("no row for `regex`"));
    }

    #[test]
    fn stale_rows_and_versions_are_refused() {
        let found = refused("| `tokio` | 1.53 | app | runs it | none |\n", MANIFEST, "{}", &[]);
        assert_eq!(found, ["docs/dependencies.md: says `tokio` 1.53, but 1.54 is asked for"]);
        let found = refused(&format!("{ROW}| `sqlx` | 0.9 | store | why | what |\n"), MANIFEST, "{}", &[]);
        assert_eq!(found, ["docs/dependencies.md: has a row for `sqlx`, which nothing depends on"]);
    }

    #[test]
    fn a_row_without_a_reason_is_refused() {
        let found = refused("| `tokio` | 1.54 | app | | none |\n", MANIFEST, "{}", &[]);
        assert_eq!(found, ["docs/dependencies.md:3: needs five filled cells"]);
        assert_eq!(refused(&format!("{ROW}{ROW}"), MANIFEST, "{}", &[]).len(), 1);
    }

    #[test]
    fn npm_versions_are_exact() {
        let npm = r#"{"dependencies": {"htmx.org": "^4.0.1"}}"#;
        let rows = format!("{ROW}| `htmx.org` | ^4.0.1 | web | swaps | none |\n");
        let found = refused(&rows, MANIFEST, npm, &[]);
        assert_eq!(found, ["web-assets/package.json: asks for `htmx.org` ^4.0.1; pin the exact version"]);
    }

    #[test]
    fn a_page_that_is_missing_is_refused() {
        let metadata = workspace(Vec::new(), Vec::new());
        assert_eq!(check(&metadata, &[]).refusals().len(), 1);
    }
}
