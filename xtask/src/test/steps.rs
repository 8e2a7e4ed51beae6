//! The table of steps and what each does.
//!
//! To add one, write its function and its line in [`ALL`], at the place its cost gives it. Compiling steps always
//! name the whole workspace: another selection of packages is another set of features, and would build the
//! dependencies a second time. For the same reason programs are run from the target folder and not by `cargo run`.

use std::path::{Path, PathBuf};

use super::{Step, Verdict};
use crate::failure::{Failure, Outcome};
use crate::openapi;
use crate::postgres::{self, Cluster};
use crate::shell::{Cmd, is_ci};
use crate::workspace::Metadata;
use crate::{arch, assets, provide, tidy, tools};

/// How much time the simulator lives through in each run, in years.
const SIMULATED_YEARS: &str = "100";

/// Every step, cheapest first.
pub const ALL: &[Step<Session>] = &[
    Step { name: "fmt", about: "formatting", fast: true, needs: &[], run: fmt },
    Step { name: "arch", about: "which crate rests on which", fast: true, needs: &[], run: floors },
    Step {
        name: "tidy",
        about: "order in files, migrations, dependencies",
        fast: true,
        needs: &[],
        run: order,
    },
    Step { name: "deny", about: "licences, sources, banned crates", fast: false, needs: &[], run: deny },
    Step { name: "unused", about: "dependencies nothing uses", fast: false, needs: &[], run: unused },
    Step { name: "assets", about: "front-end assets", fast: true, needs: &[], run: front_end },
    Step { name: "clippy", about: "lints", fast: true, needs: &["assets"], run: clippy },
    Step { name: "docs", about: "rustdoc and its links", fast: false, needs: &["assets"], run: docs },
    Step { name: "build", about: "all programs and tests", fast: true, needs: &["assets"], run: build },
    Step { name: "test", about: "all tests, on both databases", fast: true, needs: &["build"], run: nextest },
    Step {
        name: "doctest",
        about: "examples in the documentation",
        fast: false,
        needs: &["build"],
        run: doctest,
    },
    Step {
        name: "openapi",
        about: "docs/openapi.json is current",
        fast: false,
        needs: &["build"],
        run: description,
    },
    Step {
        name: "web",
        about: "types and components of the front end",
        fast: false,
        needs: &["assets"],
        run: web,
    },
    Step {
        name: "simulate",
        about: "a hundred simulated years",
        fast: false,
        needs: &["assets"],
        run: simulate,
    },
    Step {
        name: "e2e",
        about: "the program in a real browser",
        fast: false,
        needs: &["build"],
        run: end_to_end,
    },
];

/// What the steps of one run share.
pub struct Session {
    root: PathBuf,
    metadata: Metadata,
    /// Started by the first step that needs it, stopped with the session.
    postgres: Option<Cluster>,
}

impl Session {
    /// Looks at the workspace.
    pub fn open(root: &Path) -> Outcome<Self> {
        Ok(Self { root: root.to_path_buf(), metadata: Metadata::load(root)?, postgres: None })
    }

    /// A PostgreSQL for tests: the one named in the environment, else a private one for this run.
    fn postgres_url(&mut self) -> Outcome<String> {
        if let Ok(url) = std::env::var(postgres::VARIABLE) {
            return Ok(url);
        }
        let cluster = match self.postgres.take() {
            Some(cluster) => cluster,
            None => Cluster::start(&self.root)?,
        };
        Ok(self.postgres.insert(cluster).url().to_owned())
    }

    fn cargo(&self, line: &str) -> Cmd {
        Cmd::cargo(line, &self.root)
    }

    /// A program of the workspace as the step `build` left it.
    fn program(&self, name: &str) -> Outcome<PathBuf> {
        self.built("debug", name)
    }

    /// A program of the workspace as it lies in a folder of the target directory.
    fn built(&self, folder: &str, name: &str) -> Outcome<PathBuf> {
        let path = self.metadata.target_directory.join(folder).join(name);
        if path.exists() { Ok(path) } else { Err(Failure::new(format!("{} was not built", path.display()))) }
    }
}

fn passed(outcome: Outcome) -> Outcome<Verdict> {
    outcome.map(|()| Verdict::Passed)
}

fn fmt(session: &mut Session) -> Outcome<Verdict> {
    passed(session.cargo("fmt --all -- --check").run())
}

fn floors(session: &mut Session) -> Outcome<Verdict> {
    passed(arch::run(&session.root))
}

fn order(session: &mut Session) -> Outcome<Verdict> {
    passed(tidy::run(&session.root))
}

fn deny(session: &mut Session) -> Outcome<Verdict> {
    let program = tools::ensure(&tools::DENY, &session.metadata.target_directory, &session.root)?;
    let line = "check --hide-inclusion-graph bans licenses sources";
    passed(Cmd::new(program, &session.root).args(line.split(' ')).run())
}

fn unused(session: &mut Session) -> Outcome<Verdict> {
    let program = tools::ensure(&tools::MACHETE, &session.metadata.target_directory, &session.root)?;
    passed(Cmd::new(program, &session.root).args(["--skip-target-dir"]).run())
}

fn front_end(session: &mut Session) -> Outcome<Verdict> {
    passed(assets::ensure(&session.root))
}

fn clippy(session: &mut Session) -> Outcome<Verdict> {
    passed(session.cargo("clippy --workspace --all-targets -- -D warnings").run())
}

fn docs(session: &mut Session) -> Outcome<Verdict> {
    passed(session.cargo("doc --no-deps --workspace").env("RUSTDOCFLAGS", "-D warnings").run())
}

fn build(session: &mut Session) -> Outcome<Verdict> {
    passed(session.cargo("build --workspace --bins --tests").run())
}

fn nextest(session: &mut Session) -> Outcome<Verdict> {
    tools::require_nextest(&session.root)?;
    let url = session.postgres_url()?;
    let profile = if is_ci() { " --profile ci" } else { "" };
    let tests = session.cargo(&format!("nextest run --workspace{profile}")).env(postgres::VARIABLE, url);
    passed(tests.run())
}

fn doctest(session: &mut Session) -> Outcome<Verdict> {
    passed(session.cargo("test --doc --workspace").run())
}

fn description(session: &mut Session) -> Outcome<Verdict> {
    let program = session.program("hansei")?;
    match openapi::check(&session.root, &program)? {
        openapi::Verdict::Current => Ok(Verdict::Passed),
        openapi::Verdict::NotYet => Ok(Verdict::Skipped("`hansei openapi` does not exist yet".to_owned())),
    }
}

fn web(session: &mut Session) -> Outcome<Verdict> {
    let folder = session.root.join("web-assets");
    assets::install_packages(&folder)?;
    let chromium = provide::ensure(&provide::CHROMIUM, &session.root)?;
    Cmd::new("npm", &folder).env("CHROMIUM", chromium).args(["run", "--silent", "check"]).run()?;
    // The check builds once more; the result is the same, and stays recorded as current.
    passed(assets::record(&session.root))
}

fn simulate(session: &mut Session) -> Outcome<Verdict> {
    if !session.metadata.has_program("simulate") {
        return Ok(Verdict::Skipped("no program `simulate` in the workspace".to_owned()));
    }
    // Without optimisation a hundred years would take the better part of an hour.
    session.cargo("build --workspace --profile sim --bin simulate").run()?;
    let program = session.built("sim", "simulate")?;
    passed(Cmd::new(program, &session.root).args(["--years", SIMULATED_YEARS]).run())
}

fn end_to_end(session: &mut Session) -> Outcome<Verdict> {
    let folder = session.root.join("e2e");
    if !folder.join("run.mjs").exists() {
        return Ok(Verdict::Skipped("no e2e/run.mjs".to_owned()));
    }
    assets::install_packages(&folder)?;
    let chromium = provide::ensure(&provide::CHROMIUM, &session.root)?;
    let prometheus = provide::ensure(&provide::PROMETHEUS, &session.root)?;
    let program = session.program("hansei")?;
    let url = session.postgres_url()?;
    let run = Cmd::new("node", &folder)
        .env("HANSEI_BIN", program)
        .env("CHROMIUM", chromium)
        .env("PROMETHEUS", prometheus)
        .env(postgres::VARIABLE, url)
        .args(["run.mjs"]);
    passed(run.run())
}
