//! The floor plan, enforced: which crate may rest on which, and where clocks may be read.
//!
//! The rules are the table in [`rules`]; what is compared with it is cargo's own answer about the graph, so a
//! dependency that is only written down in a manifest counts as much as one that is used. A crate missing from
//! the table is refused: a new floor is a decision, and the table is where it is taken.

mod purity;
mod rules;

use std::path::Path;

use crate::failure::Outcome;
use crate::finding::Findings;
use crate::workspace::{Dependency, Metadata, Package, SourceFile, tracked_files};
use rules::{FLOORS, Floor, HOMES, Home, Outside};

/// Runs the check over the real workspace.
pub fn run(root: &Path) -> Outcome {
    let metadata = Metadata::load(root)?;
    let mut findings = dependencies(&metadata);
    let files: Vec<SourceFile> = tracked_files(root)?;
    findings.absorb(purity::check(&files));
    findings.conclude("arch")
}

/// Compares every package of the workspace with the table.
fn dependencies(metadata: &Metadata) -> Findings {
    let mut findings = Findings::default();
    for package in metadata.members() {
        let Some(floor) = FLOORS.iter().find(|floor| floor.package == package.name) else {
            findings.refuse(&package.name, "not in the table of floors in xtask/src/arch/rules.rs");
            continue;
        };
        for dependency in &package.dependencies {
            direct(package, floor, dependency, &mut findings);
        }
        linked(metadata, package, floor, &mut findings);
    }
    findings
}

/// Judges one line of a manifest.
fn direct(package: &Package, floor: &Floor, dependency: &Dependency, findings: &mut Findings) {
    let name = dependency.name.as_str();
    let in_tests = dependency.kind.as_deref() == Some("dev");
    if dependency.path.is_some() {
        let allowed = floor.rests_on.contains(&name) || (in_tests && floor.tests_with.contains(&name));
        if !allowed {
            let floors = if floor.rests_on.is_empty() {
                "no other crate of the workspace".to_owned()
            } else {
                format!("only {}", floor.rests_on.join(", "))
            };
            let aside = if in_tests { " (in tests)" } else { "" };
            findings.refuse(&package.name, format!("depends on {name}{aside}, but may rest on {floors}"));
        }
        return;
    }
    if let Outside::Only { code, tests } = floor.outside
        && !code.contains(&name)
        && !(in_tests && tests.contains(&name))
    {
        findings.refuse(&package.name, format!("depends on {name}, but may use only {}", code.join(", ")));
    }
    if let Some(home) = HOMES.iter().find(|home| home.library == name)
        && !home.packages.contains(&package.name.as_str())
    {
        refuse_homeless(package, home, "depends on", findings);
    }
}

/// Judges what ends up linked into a floor through the libraries it uses.
fn linked(metadata: &Metadata, package: &Package, floor: &Floor, findings: &mut Findings) {
    if floor.composes {
        return;
    }
    let links = metadata.links(package);
    for home in HOMES {
        let direct = package.dependencies.iter().any(|dependency| dependency.name == home.library);
        if !direct && links.contains(home.library) && !home.packages.contains(&package.name.as_str()) {
            refuse_homeless(package, home, "links, through another library,", findings);
        }
    }
    for library in floor.never_links {
        if links.contains(library) {
            findings.refuse(&package.name, format!("links {library}, which this floor must never see"));
        }
    }
}

fn refuse_homeless(package: &Package, home: &Home, how: &str, findings: &mut Findings) {
    let homes = home.packages.join(", ");
    findings.refuse(&package.name, format!("{how} {}; its home is {homes} ({})", home.library, home.reason));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::{package, workspace};

    fn refused(members: Vec<Package>, others: Vec<Package>) -> Vec<String> {
        dependencies(&workspace(members, others)).refusals().to_vec()
    }

    #[test]
    fn the_plan_as_drawn_passes() {
        let members = vec![
            package("hansei-domain", &["jiff", "serde", "dev:proptest"]),
            package("hansei-app", &["hansei-domain", "tokio"]),
            package("hansei-store", &["hansei-app", "hansei-domain", "rusqlite", "tokio-postgres"]),
            package("hansei-connect", &["hansei-app", "reqwest", "dev:hansei-testkit"]),
            package("hansei-web", &["hansei-app", "hansei-domain", "axum"]),
            package(
                "hansei-testkit",
                &["hansei-app", "hansei-store", "hansei-web", "hansei-connect", "axum"],
            ),
            package("hansei", &["hansei-web", "hansei-store", "hansei-connect", "reqwest"]),
            package("xtask", &["serde"]),
        ];
        assert_eq!(refused(members, Vec::new()), Vec::<String>::new());
    }

    #[test]
    fn neighbours_never_meet() {
        for (one, other) in [
            ("hansei-store", "hansei-web"),
            ("hansei-store", "hansei-connect"),
            ("hansei-connect", "hansei-store"),
            ("hansei-web", "hansei-connect"),
        ] {
            for prefix in ["", "dev:"] {
                if (one, other, prefix) == ("hansei-web", "hansei-connect", "dev:") {
                    // The doors are tested with the real formats.
                    continue;
                }
                let line = format!("{prefix}{other}");
                let found = refused(vec![package(one, &[&line]), package(other, &[])], Vec::new());
                assert_eq!(found.len(), 1, "{one} on {line}: {found:?}");
                assert!(found[0].contains(other), "{found:?}");
            }
        }
    }

    #[test]
    fn nothing_rests_on_a_floor_above_it() {
        let found = refused(
            vec![package("hansei-domain", &["hansei-app"]), package("hansei-app", &["hansei-store"])],
            Vec::new(),
        );
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn the_domain_takes_values_only() {
        let found = refused(vec![package("hansei-domain", &["tokio", "dev:tokio", "tracing"])], Vec::new());
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("may use only"));
    }

    #[test]
    fn the_domain_must_not_get_a_runtime_by_the_back_door() {
        let others = vec![package("jiff", &["tokio"]), package("tokio", &[])];
        let found = refused(vec![package("hansei-domain", &["jiff"])], others);
        assert_eq!(found, ["hansei-domain: links tokio, which this floor must never see"]);
    }

    #[test]
    fn libraries_stay_in_their_homes() {
        let found = refused(
            vec![
                package("hansei-web", &["rusqlite", "reqwest"]),
                package("hansei-store", &["axum"]),
                package("hansei", &["tokio-postgres"]),
            ],
            Vec::new(),
        );
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("hansei-web: depends on rusqlite; its home is hansei-store"))
        );
    }

    #[test]
    fn a_library_is_found_behind_another_one() {
        let others = vec![package("orm", &["rusqlite"]), package("rusqlite", &[])];
        let found = refused(vec![package("hansei-web", &["orm"])], others);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("through another library"), "{found:?}");
    }

    #[test]
    fn a_crate_nobody_placed_is_refused() {
        let found = refused(vec![package("hansei-extra", &[])], Vec::new());
        assert!(found[0].contains("not in the table"), "{found:?}");
    }
}
