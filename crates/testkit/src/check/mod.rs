//! The checker: what must hold of every world, told from the outside.
//!
//! It knows nothing of how the use-cases work. It reads what senders, providers and people witnessed (the ledger) and
//! what the store holds at the end, and has its own idea of what should have followed: who is to be paged when, which
//! alerts fire, who may take what. Every difference is a [`Violation`] of a named rule, with the story of the one
//! thing it is about.

mod acts;
mod alarms;
mod catalog;
mod course;
mod delivery;
mod endings;
mod escalation;
mod groups;
mod inbox;
mod intake;
mod pages;
mod settled;
mod silence;
mod sky;
mod story;

use std::fmt;

use crate::sim::Simulated;

/// A rule that was broken.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Which rule: `R1`, `R14`, …
    pub rule: &'static str,
    /// What is wrong.
    pub what: String,
    /// What happened to the thing it is about, in order.
    pub trace: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.rule, self.what)?;
        for line in &self.trace {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// Checks everything.
pub fn check(run: &Simulated) -> Vec<Violation> {
    let stories = story::Stories::of(run);
    let sky = sky::Sky::of(run);
    let catalog = catalog::History::of(run, &stories);
    let mut found = Findings { stories: &stories, violations: Vec::new() };
    let waiting = inbox::Waiting::of(run);
    settled::check(run, &sky, &mut found);
    intake::check(run, &stories, &mut found);
    inbox::check(run, &waiting, &sky, &mut found);
    alarms::check(run, &stories, &sky, &catalog, &mut found);
    endings::check(run, &stories, &waiting, &sky, &mut found);
    groups::check(&stories, &mut found);
    acts::check(run, &stories, &mut found);
    escalation::check(run, &stories, &sky, &catalog, &mut found);
    pages::check(&stories, &mut found);
    silence::check(run, &stories, &sky, &mut found);
    delivery::check(run, &stories, &sky, &mut found);
    found.violations
}

/// Collects violations, with the trace of what each is about.
pub(crate) struct Findings<'a> {
    stories: &'a story::Stories<'a>,
    violations: Vec<Violation>,
}

/// After this many of one rule nobody learns anything from another one.
const ENOUGH: usize = 50;

impl Findings<'_> {
    pub(crate) fn report(
        &mut self,
        rule: &'static str,
        what: impl Into<String>,
        spot: impl Into<story::Spot>,
    ) {
        if self.violations.iter().filter(|v| v.rule == rule).count() < ENOUGH {
            let trace = self.stories.trace(spot.into());
            self.violations.push(Violation { rule, what: what.into(), trace });
        }
    }
}
