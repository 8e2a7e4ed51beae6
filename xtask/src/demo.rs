//! The first command of the README: from a fresh clone to a running Hansei with something true to show.
//!
//! Builds what is missing and then *becomes* the server (`exec`), so that Ctrl-C and SIGTERM reach it directly and
//! its exit code is the command's.

use std::os::unix::process::CommandExt as _;
use std::path::Path;

use crate::assets;
use crate::failure::{Failure, Outcome};
use crate::shell::Cmd;
use crate::workspace::Metadata;

/// Where the demo listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8080";

/// Builds and starts it; `flags` go to `hansei demo`. Comes back only if something failed.
pub fn run(root: &Path, flags: &[String]) -> Outcome {
    assets::ensure(root)?;
    Cmd::cargo("build --release --package hansei", root).run()?;
    let target = Metadata::load(root)?.target_directory;
    let data_dir = target.join("demo-data");
    let program = target.join("release/hansei");
    let arguments = arguments(&data_dir.to_string_lossy(), flags);
    println!("$ {} {}", program.display(), arguments.join(" "));
    let error = Cmd::new(&program, root).args(&arguments).into_inner().exec();
    Err(Failure::new(format!("starting {}: {error}", program.display())))
}

/// `demo` with our defaults for what `flags` leave open; giving an option twice would be an error.
fn arguments(data_dir: &str, flags: &[String]) -> Vec<String> {
    let given =
        |option: &str| flags.iter().any(|flag| flag == option || flag.starts_with(&format!("{option}=")));
    let mut arguments = vec!["demo".to_owned()];
    for (option, value) in [("--data-dir", data_dir), ("--listen", LISTEN)] {
        if !given(option) {
            arguments.extend([option.to_owned(), value.to_owned()]);
        }
    }
    arguments.extend(flags.iter().cloned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(flags: &[&str]) -> String {
        arguments("target/demo-data", &flags.iter().map(|&flag| flag.to_owned()).collect::<Vec<_>>())
            .join(" ")
    }

    #[test]
    fn defaults_give_way_to_flags() {
        assert_eq!(with(&[]), "demo --data-dir target/demo-data --listen 127.0.0.1:8080");
        assert_eq!(with(&["--listen", "[::1]:9"]), "demo --data-dir target/demo-data --listen [::1]:9");
        assert_eq!(with(&["--listen=:9", "--data-dir=x"]), "demo --listen=:9 --data-dir=x");
    }
}
