//! The second command of the README: every check and every test, cheapest first.
//!
//! What is run is the table in [`steps`]; how it is run, here. A step that fails does not stop the others, so that
//! one run tells everything, but a step that needs a failed one is skipped. Each step says how to run it alone.
//! The last line is `N passed, N failed` (steps), with `, N skipped` where that is so; the exit code is 1 as soon
//! as one step failed.

mod steps;

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::shell::Stopwatch;

/// One check or one kind of test.
pub struct Step<S> {
    /// What it goes by on the command line.
    pub name: &'static str,
    /// What it shows, for the banner and the list.
    pub about: &'static str,
    /// Whether it belongs to the short round while working.
    pub fast: bool,
    /// Steps that must have passed before.
    pub needs: &'static [&'static str],
    /// Does it.
    pub run: fn(&mut S) -> Outcome<Verdict>,
}

/// How a step ended, when it did not fail.
#[derive(Debug)]
pub enum Verdict {
    /// It ran, and all was well.
    Passed,
    /// There was nothing to run, for this reason.
    Skipped(String),
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    Skipped,
}

/// A step that is over.
#[derive(Debug)]
struct Record {
    name: &'static str,
    ending: Ending,
    took: Duration,
}

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The short round only.
    pub fast: bool,
    /// Show the steps and run none.
    pub list: bool,
    /// These and what they need; all when empty.
    pub only: Vec<String>,
}

/// Runs the test command.
pub fn run(root: &Path, options: &Options) -> Outcome {
    if options.list {
        for step in steps::ALL {
            println!("{:<9} {}{}", step.name, step.about, if step.fast { " (in --fast)" } else { "" });
        }
        return Ok(());
    }
    let chosen = choose(steps::ALL, options)?;
    let mut session = steps::Session::open(root)?;
    let records = run_steps(&chosen, &mut session);
    summarise(&records)
}

/// The steps to run, in the table's order.
fn choose<'t, S>(all: &'t [Step<S>], options: &Options) -> Outcome<Vec<&'t Step<S>>> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in &options.only {
        let step = all.iter().find(|step| step.name == name);
        let step =
            step.ok_or_else(|| Failure::new(format!("no step is called `{name}`; `--list` shows them")))?;
        wanted.push(step.name);
    }
    if options.only.is_empty() {
        wanted.extend(all.iter().filter(|step| step.fast || !options.fast).map(|step| step.name));
    }
    // What is needed stands before what needs it, so one pass from the back finds all of it.
    for step in all.iter().rev() {
        if wanted.contains(&step.name) {
            wanted.extend(step.needs);
        }
    }
    Ok(all.iter().filter(|step| wanted.contains(&step.name)).collect())
}

fn run_steps<S>(steps: &[&Step<S>], session: &mut S) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for step in steps {
        let name = step.name;
        println!("\n━━ {name}: {} ━━", step.about);
        let not_there = step.needs.iter().find(|need| {
            records.iter().any(|record| record.name == **need && record.ending != Ending::Passed)
        });
        let watch = Stopwatch::start();
        let ending = match not_there {
            Some(need) => {
                println!("skipped: needs {need}, which did not pass");
                Ending::Skipped
            }
            None => match (step.run)(session) {
                Ok(Verdict::Passed) => Ending::Passed,
                Ok(Verdict::Skipped(why)) => {
                    println!("skipped: {why}");
                    Ending::Skipped
                }
                Err(failure) => {
                    println!("{failure}\n{name} FAILED; alone: cargo xtask test --only {name}");
                    Ending::Failed
                }
            },
        };
        records.push(Record { name, ending, took: watch.elapsed() });
        // Children write to the same file: their banner must be there before they are.
        let _ = std::io::stdout().flush();
    }
    records
}

/// Prints the table and the closing line.
fn summarise(records: &[Record]) -> Outcome {
    println!("\n━━ summary ━━");
    for record in records {
        let ending = match record.ending {
            Ending::Passed => "passed",
            Ending::Failed => "FAILED",
            Ending::Skipped => "skipped",
        };
        println!("{:<9} {ending:<8} {:>7.1} s", record.name, record.took.as_secs_f64());
    }
    let total: Duration = records.iter().map(|record| record.took).sum();
    println!("{:<9} {:<8} {:>7.1} s", "together", "", total.as_secs_f64());
    println!("{}", closing_line(records));
    let failed: Vec<&str> =
        records.iter().filter(|record| record.ending == Ending::Failed).map(|record| record.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("failed: {}", failed.join(", ")))) }
}

/// `N passed, N failed`, and the skipped ones if there are any.
fn closing_line(records: &[Record]) -> String {
    let count = |ending: Ending| records.iter().filter(|record| record.ending == ending).count();
    let mut line = format!("{} passed, {} failed", count(Ending::Passed), count(Ending::Failed));
    if count(Ending::Skipped) > 0 {
        line.push_str(&format!(", {} skipped", count(Ending::Skipped)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    type Log = Vec<&'static str>;

    const STEPS: &[Step<Log>] = &[
        Step { name: "fmt", about: "a", fast: true, needs: &[], run: |log| passed(log, "fmt") },
        Step { name: "build", about: "b", fast: false, needs: &[], run: |_| Err(Failure::new("no")) },
        Step { name: "test", about: "c", fast: false, needs: &["build"], run: |log| passed(log, "test") },
        Step {
            name: "e2e",
            about: "d",
            fast: false,
            needs: &[],
            run: |_| Ok(Verdict::Skipped("none".to_owned())),
        },
        Step { name: "last", about: "e", fast: false, needs: &["fmt"], run: |log| passed(log, "last") },
    ];

    #[expect(clippy::unnecessary_wraps, reason = "has the shape of a step")]
    fn passed(log: &mut Log, name: &'static str) -> Outcome<Verdict> {
        log.push(name);
        Ok(Verdict::Passed)
    }

    fn names(options: &Options) -> Vec<&'static str> {
        choose(STEPS, options).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_failure_skips_what_needs_it_and_nothing_else() {
        let mut log = Vec::new();
        let records = run_steps(&STEPS.iter().collect::<Vec<_>>(), &mut log);
        assert_eq!(log, ["fmt", "last"]);
        assert_eq!(closing_line(&records), "2 passed, 1 failed, 2 skipped");
        assert_eq!(summarise(&records).unwrap_err().to_string(), "failed: build");
    }

    #[test]
    fn a_clean_run_closes_without_a_word_on_skipping() {
        let records = run_steps(&[&STEPS[0], &STEPS[4]], &mut Vec::new());
        assert_eq!(closing_line(&records), "2 passed, 0 failed");
        assert!(summarise(&records).is_ok());
    }

    #[test]
    fn steps_are_chosen_with_what_they_need_in_order() {
        assert_eq!(names(&Options::default()), ["fmt", "build", "test", "e2e", "last"]);
        assert_eq!(names(&Options { fast: true, ..Options::default() }), ["fmt"]);
        let only = vec!["last".to_owned(), "test".to_owned()];
        assert_eq!(names(&Options { only, ..Options::default() }), ["fmt", "build", "test", "last"]);
        let unknown = Options { only: vec!["tset".to_owned()], ..Options::default() };
        assert!(choose(STEPS, &unknown).is_err());
    }

    #[test]
    fn the_real_table_names_each_step_once_and_needs_only_earlier_ones() {
        let mut before: Vec<&str> = Vec::new();
        for step in steps::ALL {
            assert!(!before.contains(&step.name), "{} twice", step.name);
            for need in step.needs {
                assert!(before.contains(need), "{} needs {need}, which does not come before it", step.name);
            }
            before.push(step.name);
        }
    }
}
