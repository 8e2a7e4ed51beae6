//! Every Rust file says what it is for, and none grows past what a person reads in one go.

use crate::finding::Findings;
use crate::source;
use crate::workspace::SourceFile;

/// Above this many lines a file is worth splitting.
const LONG_LINES: usize = 400;

/// Above this many it must be.
const TOO_LONG_LINES: usize = 600;

/// Looks at all Rust and TypeScript files.
pub fn check(files: &[SourceFile]) -> Findings {
    let mut findings = Findings::default();
    for file in files {
        let rust = file.path.ends_with(".rs");
        if rust {
            introduction(file, &mut findings);
        }
        if (rust || file.path.ends_with(".ts")) && !source::is_test_file(&file.path) {
            length(file, rust, &mut findings);
        }
    }
    findings
}

/// A file opens with `//!` and at least a sentence.
fn introduction(file: &SourceFile, findings: &mut Findings) {
    let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match first.strip_prefix("//!") {
        None => findings.refuse(&file.path, "does not open with `//!` and what the module is for"),
        Some(prose) if prose.split_whitespace().count() < 2 => {
            findings.refuse(&file.path, "opens with `//!` but says nothing there");
        }
        Some(_) => {}
    }
}

/// A file is short, its inline tests not counted.
fn length(file: &SourceFile, rust: bool, findings: &mut Findings) {
    let lines = if rust { lines_without_tests(&file.text) } else { file.text.lines().count() };
    if lines > TOO_LONG_LINES {
        findings.refuse(
            &file.path,
            format!("{lines} lines without tests; {TOO_LONG_LINES} is the limit: split it"),
        );
    } else if lines > LONG_LINES {
        findings
            .warn(&file.path, format!("{lines} lines without tests; over {LONG_LINES} is worth splitting"));
    }
}

/// Lines of a Rust file less those of items under `#[cfg(test)]`.
fn lines_without_tests(text: &str) -> usize {
    let code = source::code(text);
    let product = source::without_tests(&code);
    let in_tests = code
        .lines()
        .zip(product.lines())
        .filter(|(with, without)| with != without && without.trim().is_empty())
        .count();
    text.lines().count() - in_tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(path: &str, text: &str) -> Findings {
        check(&[SourceFile { path: path.to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn a_file_without_an_introduction_is_refused() {
        let bare = "use std::fmt;\n\n//! Too late.\n";
        for text in [bare, "//! \nfn f() {}", "//!\n//! Second line.", "//! store\n", ""] {
            assert_eq!(checked("crates/app/src/run.rs", text).refusals().len(), 1, "{text:?}");
        }
        assert_eq!(checked("crates/app/src/run.rs", "\n//! Runs one command.\n").refusals().len(), 0);
    }

    #[test]
    fn length_warns_then_refuses_and_leaves_tests_alone() {
        let file = |lines: usize| format!("//! Why it is.\n{}", "fn f() {}\n".repeat(lines - 1));
        let path = "crates/app/src/run.rs";
        assert_eq!(checked(path, &file(400)).warnings().len(), 0);
        assert_eq!(checked(path, &file(401)).warnings().len(), 1);
        assert_eq!(checked(path, &file(600)).refusals().len(), 0);
        assert_eq!(checked(path, &file(601)).refusals().len(), 1);
        assert_eq!(checked("crates/app/src/run/tests.rs", &file(601)).refusals().len(), 0);

        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn g() {}\n".repeat(500));
        let found = checked(path, &format!("{}{tests}", file(400)));
        assert_eq!((found.refusals().len(), found.warnings().len()), (0, 0));
    }

    #[test]
    fn a_line_of_comment_counts_like_any_other() {
        assert_eq!(
            lines_without_tests("//! Why.\n// a\nfn f() {}\n#[cfg(test)]\nmod t {\n// b\nfn g() {}\n}\n"),
            4
        );
    }
}
