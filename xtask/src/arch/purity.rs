//! What manifests cannot show: clocks read in the wrong place, and a domain that is not pure.
//!
//! Clippy forbids the same calls, but an `#[expect]` can talk it round file by file. This check cannot be
//! talked round: the real clock has one home, in the wiring of the binary, and everything else gets it passed in.

use crate::finding::Findings;
use crate::source;
use crate::workspace::SourceFile;

/// Reading the time of day or the monotonic clock.
const CLOCKS: &[&str] = &["Timestamp::now", "Zoned::now", "SystemTime::now", "Instant::now"];

/// Floors that talk to sockets. Time-outs of a connection are tokio's own monotonic affair, nothing is decided by them;
/// they take the instant from `tokio::time`, and say so where they import it.
const SOCKET_FLOORS: &[&str] = &["crates/store/src/postgres/", "crates/connect/src/", "crates/web/src/"];

/// The start of the paths that may.
const CLOCK_HOME: &str = "crates/hansei/src/wiring";

/// Crates that are not product: they measure, simulate or build it.
const NOT_PRODUCT: &[&str] =
    &["crates/testkit/", "crates/store/examples/", "crates/web/examples/", "bench/", "xtask/", "e2e/"];

/// What has no place in pure rules.
const IMPURE: &[&str] = &[
    "async fn",
    ".await",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "println!",
    "eprintln!",
];

/// Looks through all Rust files of the product.
pub fn check(files: &[SourceFile]) -> Findings {
    let mut findings = Findings::default();
    for file in files {
        let product = file.path.ends_with(".rs") && !NOT_PRODUCT.iter().any(|dir| file.path.starts_with(dir));
        if !product || source::is_test_file(&file.path) {
            continue;
        }
        let code = source::without_tests(&source::code(&file.text));
        if !file.path.starts_with(CLOCK_HOME) {
            let timeouts =
                SOCKET_FLOORS.iter().any(|dir| file.path.starts_with(dir)) && uses_tokio_instant(&code);
            let clocks: Vec<&str> =
                CLOCKS.iter().copied().filter(|c| !(timeouts && *c == "Instant::now")).collect();
            refuse(file, &code, &clocks, "time comes in through app's Clock", &mut findings);
        }
        if file.path.starts_with("crates/domain/src/") {
            refuse(file, &code, IMPURE, "the domain is pure", &mut findings);
        }
    }
    findings
}

/// Whether the `Instant` of a file is tokio's.
fn uses_tokio_instant(code: &str) -> bool {
    let imports = code.lines().filter(|l| l.trim_start().starts_with("use tokio::time::"));
    imports.flat_map(|l| l.split(|c: char| !c.is_alphanumeric())).any(|word| word == "Instant")
        && !code.contains("std::time::Instant")
}

fn refuse(file: &SourceFile, code: &str, needles: &[&str], why: &str, findings: &mut Findings) {
    for needle in needles {
        for line in source::lines_with(code, needle) {
            findings.refuse(format!("{}:{line}", file.path), format!("`{needle}`: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str, text: &str) -> Vec<String> {
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        check(&[file]).refusals().to_vec()
    }

    #[test]
    fn a_connection_may_time_itself_with_tokios_instant_but_with_no_other() {
        let tokio = "//! Why.\nuse tokio::time::{Instant, timeout};\nfn f() { let t = Instant::now(); }\n";
        assert!(refused("crates/web/src/body.rs", tokio).is_empty());
        assert_eq!(refused("crates/app/src/run.rs", tokio).len(), 1, "use-cases decide by instants");
        let std = "//! Why.\nuse std::time::Instant;\nfn f() { let t = Instant::now(); }\n";
        assert_eq!(refused("crates/web/src/body.rs", std).len(), 1);
    }

    #[test]
    fn a_clock_is_refused_wherever_it_is_not_at_home() {
        let text = "//! Why.\nfn f() { let t = Timestamp::now(); }\n";
        for path in ["crates/app/src/run.rs", "crates/web/src/pages/now.rs", "crates/hansei/src/main.rs"] {
            let found = refused(path, text);
            assert_eq!(found, [format!("{path}:2: `Timestamp::now`: time comes in through app's Clock")]);
        }
        assert_eq!(refused("crates/app/src/run.rs", "tokio::time::Instant::now()").len(), 1);
    }

    #[test]
    fn a_clock_is_fine_at_home_in_tests_and_in_tools() {
        let text = "fn f() { SystemTime::now(); }\n";
        for path in [
            "crates/hansei/src/wiring.rs",
            "crates/hansei/src/wiring/clock.rs",
            "crates/testkit/src/load.rs",
            "bench/src/main.rs",
            "crates/store/tests/it/lock.rs",
            "crates/app/src/run/tests.rs",
        ] {
            assert_eq!(refused(path, text), Vec::<String>::new(), "{path}");
        }
        let text =
            "/// Never `Instant::now`.\nfn f() {}\n#[cfg(test)]\nmod tests { fn g() { Instant::now(); } }\n";
        assert_eq!(refused("crates/app/src/run.rs", text), Vec::<String>::new());
    }

    #[test]
    fn the_domain_neither_waits_nor_prints_nor_opens_files() {
        let text = "async fn f() { g().await; println!(\"x\"); std::fs::read(\"y\"); }";
        assert_eq!(refused("crates/domain/src/alert/decide.rs", text).len(), 4);
        assert_eq!(refused("crates/app/src/run.rs", text), Vec::<String>::new());
    }
}
