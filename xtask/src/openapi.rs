//! The committed description of the API against the one the program prints.
//!
//! `docs/openapi.json` is what clients are generated from and what reviewers see change. It is written by
//! `cargo xtask openapi` and never by hand; the test command only compares.

use std::path::Path;

use crate::failure::{Context as _, Failure, Outcome};
use crate::shell::Cmd;

const PAGE: &str = "docs/openapi.json";

/// What the comparison came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both are there and equal.
    Current,
    /// The program prints no description and none is committed: there is nothing to keep in step yet.
    NotYet,
}

/// Compares; `program` is a built `hansei`.
pub fn check(root: &Path, program: &Path) -> Outcome<Verdict> {
    let committed = std::fs::read_to_string(root.join(PAGE)).ok();
    judge(committed.as_deref(), print(root, program).as_deref())
}

/// Writes the description the program prints.
pub fn write(root: &Path, program: &Path) -> Outcome {
    let text = print(root, program).ok_or_else(|| Failure::new("`hansei openapi` prints no description"))?;
    std::fs::write(root.join(PAGE), text).context(|| format!("writing {PAGE}"))?;
    println!("{PAGE} is written");
    Ok(())
}

/// What `hansei openapi` prints, if it prints a JSON document.
fn print(root: &Path, program: &Path) -> Option<String> {
    let text = Cmd::new(program, root).args(["openapi"]).probe()?;
    serde_json::from_str::<serde_json::Value>(&text).ok()?;
    Some(text)
}

fn judge(committed: Option<&str>, printed: Option<&str>) -> Outcome<Verdict> {
    let remedy = "`cargo xtask openapi` writes it; look at what changed before committing";
    match (committed, printed) {
        (None, None) => Ok(Verdict::NotYet),
        (Some(_), None) => {
            Err(Failure::new(format!("{PAGE} is there, but `hansei openapi` prints no description")))
        }
        (None, Some(_)) => Err(Failure::new(format!("{PAGE} is missing: {remedy}"))),
        (Some(committed), Some(printed)) if committed.trim_end() == printed.trim_end() => {
            Ok(Verdict::Current)
        }
        (Some(committed), Some(printed)) => {
            let line = first_difference(committed, printed);
            Err(Failure::new(format!("{PAGE} differs from the program's own from line {line} on: {remedy}")))
        }
    }
}

/// The first line, from 1, in which two texts differ.
fn first_difference(one: &str, other: &str) -> usize {
    one.lines().zip(other.lines()).take_while(|(one, other)| one == other).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_equality_and_utter_absence_pass() {
        assert_eq!(judge(Some("{}\n"), Some("{}")).unwrap(), Verdict::Current);
        assert_eq!(judge(None, None).unwrap(), Verdict::NotYet);
        assert!(judge(Some("{}"), None).is_err());
        assert!(judge(None, Some("{}")).is_err());
    }

    #[test]
    fn a_difference_names_its_line() {
        let failure = judge(Some("a\nb\nc"), Some("a\nx\nc")).unwrap_err().to_string();
        assert!(failure.contains("from line 2 on"), "{failure}");
        assert_eq!(first_difference("a", "a\nb"), 2);
    }

    #[test]
    fn output_that_is_no_document_counts_as_none() {
        assert_eq!(print(Path::new("/"), Path::new("/bin/echo")), None);
        assert_eq!(print(Path::new("/"), Path::new("/bin/false")), None);
    }
}
