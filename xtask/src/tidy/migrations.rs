//! Both SQL dialects move in step: each migration exists once per dialect, under the same number and name.
//!
//! Numbers are four digits and run without a gap from `0001`, so that "the schema is at 17" means one thing.

use std::collections::BTreeMap;

use crate::finding::Findings;
use crate::workspace::SourceFile;

const FOLDER: &str = "crates/store/migrations/";
const DIALECTS: [&str; 2] = ["sqlite", "postgres"];

/// Compares the two folders.
pub fn check(files: &[SourceFile]) -> Findings {
    let mut findings = Findings::default();
    let [one, other] = DIALECTS.map(|dialect| numbered(dialect, files, &mut findings));
    for (here, there, missing_in) in [(&one, &other, DIALECTS[1]), (&other, &one, DIALECTS[0])] {
        for (number, name) in here {
            match there.get(number) {
                None => findings.refuse(
                    format!("{FOLDER}{missing_in}"),
                    format!("has no {number:04}, which the other dialect has"),
                ),
                Some(twin) if twin != name && missing_in == DIALECTS[1] => findings.refuse(
                    format!("{FOLDER}{missing_in}/{number:04}_{twin}.sql"),
                    format!("is called `{name}` in the other dialect"),
                ),
                Some(_) => {}
            }
        }
    }
    for (expected, number) in (1_u32..).zip(one.keys()) {
        if expected != *number {
            findings.refuse(
                format!("{FOLDER}{}", DIALECTS[0]),
                format!("jumps to {number:04}; {expected:04} is next"),
            );
            break;
        }
    }
    findings
}

/// The migrations of one dialect by number.
fn numbered(dialect: &str, files: &[SourceFile], findings: &mut Findings) -> BTreeMap<u32, String> {
    let prefix = format!("{FOLDER}{dialect}/");
    let mut found = BTreeMap::new();
    for file in files {
        let Some(name) = file.path.strip_prefix(&prefix) else { continue };
        let Some((number, title)) = parse(name) else {
            findings.refuse(&file.path, "is not named NNNN_what_it_does.sql");
            continue;
        };
        if let Some(twin) = found.insert(number, title.to_owned()) {
            findings.refuse(&file.path, format!("has the same number as `{twin}`"));
        }
    }
    found
}

fn parse(name: &str) -> Option<(u32, &str)> {
    let (number, title) = name.strip_suffix(".sql")?.split_once('_')?;
    let well_formed = number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()) && !title.is_empty();
    if well_formed { Some((number.parse().ok()?, title)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(names: &[&str]) -> Vec<String> {
        let files: Vec<SourceFile> = names
            .iter()
            .map(|name| SourceFile { path: format!("{FOLDER}{name}"), text: String::new() })
            .collect();
        check(&files).refusals().to_vec()
    }

    #[test]
    fn equal_folders_pass_and_so_does_none() {
        assert!(refused(&[]).is_empty());
        let equal = [
            "sqlite/0001_journal.sql",
            "sqlite/0002_alert.sql",
            "postgres/0001_journal.sql",
            "postgres/0002_alert.sql",
        ];
        assert!(refused(&equal).is_empty());
    }

    #[test]
    fn a_dialect_left_behind_is_refused() {
        let found =
            refused(&["sqlite/0001_journal.sql", "postgres/0001_journal.sql", "sqlite/0002_alert.sql"]);
        assert_eq!(found, ["crates/store/migrations/postgres: has no 0002, which the other dialect has"]);
        assert_eq!(refused(&["postgres/0001_journal.sql"]).len(), 1);
    }

    #[test]
    fn one_number_means_one_thing() {
        assert_eq!(refused(&["sqlite/0001_a.sql", "postgres/0001_b.sql"]).len(), 1);
        let twins = refused(&["sqlite/0001_a.sql", "sqlite/0001_b.sql", "postgres/0001_b.sql"]);
        assert_eq!(twins.len(), 1, "{twins:?}");
        assert_eq!(refused(&["sqlite/0002_a.sql", "postgres/0002_a.sql"]).len(), 1);
        assert_eq!(refused(&["sqlite/1_a.sql", "postgres/readme.md"]).len(), 2);
    }
}
