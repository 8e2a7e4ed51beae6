//! House-keeping for the workspace: `cargo xtask <command>`.
//!
//! | command | does |
//! | --- | --- |
//! | `demo` | builds what is missing and starts Hansei with demo data; flags after `--` go to `hansei demo` |
//! | `test` | every check and test, cheapest first; `--fast`, `--only STEP`, `--list` |
//! | `assets` | builds the front-end assets if they are missing or stale |
//! | `arch` | checks which crate rests on which |
//! | `tidy` | checks order in files, migrations and dependencies |
//! | `openapi` | writes `docs/openapi.json` from the program |
//! | `setup` | brings, or names, what the tests need from the system |
//!
//! It depends on no crate of the workspace, so that it works while the product does not compile, and on three
//! light libraries, so that it is ready in seconds. Exit codes: 0, 1 (something failed), 2 (wrong usage).

mod arch;
mod assets;
mod demo;
mod failure;
mod finding;
mod openapi;
mod postgres;
mod provide;
mod shell;
mod source;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use failure::Outcome;
use shell::Cmd;

const USAGE: &str = "\
usage: cargo xtask <command>
  demo [-- FLAGS]    build what is missing and start Hansei with demo data (FLAGS go to `hansei demo`)
  test               every check and test, cheapest first
    --fast           only formatting, floors, order, lints and tests
    --only STEP      only this step and what it needs (may be repeated)
    --list           show the steps
  assets             build the front-end assets if they are missing or stale
  arch               check which crate rests on which
  tidy               check order in files, migrations and dependencies
  openapi            write docs/openapi.json from the program
  setup              bring (as root on Debian) or name what the tests need from the system";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Demo(Vec<String>),
    Test(test::Options),
    Assets,
    Arch,
    Tidy,
    Openapi,
    Setup,
    Help,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match parse(&arguments) {
        Ok(command) => command,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome {
    let root = workspace::root();
    match command {
        Command::Demo(flags) => demo::run(&root, &flags),
        Command::Test(options) => test::run(&root, &options),
        Command::Assets => assets::ensure(&root),
        Command::Arch => arch::run(&root),
        Command::Tidy => tidy::run(&root),
        Command::Openapi => {
            assets::ensure(&root)?;
            Cmd::cargo("build --workspace --bins --tests", &root).run()?;
            let target = workspace::Metadata::load(&root)?.target_directory;
            openapi::write(&root, &target.join("debug/hansei"))
        }
        Command::Setup => provide::ensure_all(&root),
        Command::Help => {
            println!("{USAGE}");
            Ok(())
        }
    }
}

fn parse(arguments: &[String]) -> Result<Command, String> {
    let Some((name, rest)) = arguments.split_first() else { return Ok(Command::Help) };
    let bare = |command: Command| match rest {
        [] => Ok(command),
        [first, ..] => Err(format!("`{name}` takes no `{first}`")),
    };
    match name.as_str() {
        "demo" => {
            let flags = if rest.first().is_some_and(|flag| flag == "--") { &rest[1..] } else { rest };
            Ok(Command::Demo(flags.to_vec()))
        }
        "test" => test_options(rest).map(Command::Test),
        "assets" => bare(Command::Assets),
        "arch" => bare(Command::Arch),
        "tidy" => bare(Command::Tidy),
        "openapi" => bare(Command::Openapi),
        "setup" => bare(Command::Setup),
        "help" | "--help" | "-h" => Ok(Command::Help),
        other => Err(format!("no command is called `{other}`")),
    }
}

fn test_options(arguments: &[String]) -> Result<test::Options, String> {
    let mut options = test::Options::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--fast" => options.fast = true,
            "--list" => options.list = true,
            "--only" => {
                let step = rest.next().ok_or("`--only` needs the name of a step")?;
                options.only.push(step.clone());
            }
            other => return Err(format!("`test` takes no `{other}`")),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(parsed(""), Ok(Command::Help));
        assert_eq!(parsed("tidy"), Ok(Command::Tidy));
        let flags = vec!["--listen".to_owned(), ":9".to_owned()];
        assert_eq!(parsed("demo -- --listen :9"), Ok(Command::Demo(flags.clone())));
        assert_eq!(parsed("demo --listen :9"), Ok(Command::Demo(flags)));
        let options =
            test::Options { fast: true, list: false, only: vec!["fmt".to_owned(), "e2e".to_owned()] };
        assert_eq!(parsed("test --fast --only fmt --only e2e"), Ok(Command::Test(options)));
    }

    #[test]
    fn wrong_usage_is_named() {
        assert_eq!(parsed("tets"), Err("no command is called `tets`".to_owned()));
        assert_eq!(parsed("arch --fast"), Err("`arch` takes no `--fast`".to_owned()));
        assert_eq!(parsed("test --quick"), Err("`test` takes no `--quick`".to_owned()));
        assert!(parsed("test --only").is_err());
    }

    #[test]
    fn every_command_is_in_the_usage() {
        for name in ["demo", "test", "assets", "arch", "tidy", "openapi", "setup"] {
            assert!(parsed(name).is_ok(), "{name}");
            assert!(USAGE.contains(&format!("\n  {name} ")), "{name}");
        }
    }
}
