//! What no text file of the project may contain.

use crate::finding::Findings;
use crate::source;
use crate::workspace::SourceFile;

/// Left-over markers: what is not finished is an issue, not a comment. Split so that this file passes itself.
const MARKERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Macros that stand for work not done.
const MACROS: [&str; 3] = ["dbg!", "todo!", "unimplemented!"];

/// Folders of build machines: a file that names one works on that machine only.
const MACHINE_PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Looks at every file.
pub fn check(files: &[SourceFile]) -> Findings {
    let mut findings = Findings::default();
    for file in files.iter().filter(|file| !is_lock_file(&file.path)) {
        for (index, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, index + 1);
            judge_line(file, line, &place, &mut findings);
        }
        if file.path.ends_with(".rs") {
            macros(file, &mut findings);
        }
    }
    findings
}

fn judge_line(file: &SourceFile, line: &str, place: &str, findings: &mut Findings) {
    if line.ends_with([' ', '\t']) && !is_recorded(&file.path) {
        findings.refuse(place, "blanks at the end of the line");
    }
    for marker in MARKERS {
        if !source::lines_with(line, marker).is_empty() {
            findings.refuse(place, format!("`{marker}`: finish it, or file an issue and leave no marker"));
        }
    }
    for path in MACHINE_PATHS {
        if names_machine_path(line, path) {
            findings.refuse(place, format!("`{path}`: a path of one machine"));
        }
    }
}

fn macros(file: &SourceFile, findings: &mut Findings) {
    let code = source::code(&file.text);
    for name in MACROS {
        for line in source::lines_with(&code, name) {
            findings.refuse(format!("{}:{line}", file.path), format!("`{name}` left in"));
        }
    }
}

/// Whether `path` stands in the line as the start of an absolute path, not in the middle of a longer one.
fn names_machine_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| source::is_word(c) || matches!(c, '.' | '-' | '}' | ')' | '~' | '/'))
    })
}

/// Written by a package manager: not ours to tidy.
fn is_lock_file(path: &str) -> bool {
    path.ends_with("Cargo.lock") || path.ends_with("package-lock.json")
}

/// Recorded from outside or by a snapshot test, where each byte is evidence.
fn is_recorded(path: &str) -> bool {
    path.ends_with(".snap")
        || path.ends_with(".eml")
        || path.split('/').any(|dir| matches!(dir, "samples" | "fixtures" | "golden" | "snapshots"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str, text: &str) -> Vec<String> {
        check(&[SourceFile { path: path.to_owned(), text: text.to_owned() }]).refusals().to_vec()
    }

    #[test]
    fn blanks_at_line_ends_are_refused_but_not_in_recordings() {
        assert_eq!(refused("README.md", "a\nb \n"), ["README.md:2: blanks at the end of the line"]);
        assert_eq!(refused("README.md", "a\r\nb\r\n").len(), 0);
        for path in ["crates/connect/src/smtp/samples/reply.txt", "crates/web/src/a.snap", "mail.eml"] {
            assert_eq!(refused(path, "a \n").len(), 0, "{path}");
        }
    }

    #[test]
    fn markers_are_refused_as_whole_words_in_any_file() {
        for marker in MARKERS {
            assert_eq!(refused("a.css", &format!("/* {marker}: later */")).len(), 1, "{marker}");
            assert_eq!(refused("a.css", &format!("{marker}LIST")).len(), 0, "{marker}");
        }
        assert_eq!(refused("web-assets/package-lock.json", &format!("{} ", MARKERS[0])).len(), 0);
    }

    #[test]
    fn unfinished_macros_are_refused_in_code_only() {
        assert_eq!(refused("a.rs", "fn f() { todo!() }\n// no todo! here\n"), ["a.rs:1: `todo!` left in"]);
        assert_eq!(refused("a.md", "never use todo!()").len(), 0);
    }

    #[test]
    fn machine_paths_are_refused_where_they_are_absolute() {
        for path in MACHINE_PATHS {
            assert_eq!(refused("a.sh", &format!("cd {path}main")).len(), 1, "{path}");
            assert_eq!(refused("a.sh", &format!("\"{path}\"")).len(), 1, "{path}");
            assert_eq!(refused("a.sh", &format!("cd $HOME{path}main ./x{path}")).len(), 0, "{path}");
        }
    }
}
