//! What a check has to say about the tree: refusals, which fail the step, and warnings, which are only shown.
//!
//! Checks are pure functions from what they read to a [`Findings`]; only [`Findings::conclude`] prints. That is
//! what lets each rule be tested on a few lines of made-up source.

use crate::failure::{Failure, Outcome};

/// Everything one check found, in the order it was found.
#[derive(Debug, Default)]
pub struct Findings {
    refusals: Vec<String>,
    warnings: Vec<String>,
}

impl Findings {
    /// Records a breach; the step fails.
    pub fn refuse(&mut self, place: impl AsRef<str>, message: impl AsRef<str>) {
        self.refusals.push(format!("{}: {}", place.as_ref(), message.as_ref()));
    }

    /// Records something worth mending that does not fail the step.
    pub fn warn(&mut self, place: impl AsRef<str>, message: impl AsRef<str>) {
        self.warnings.push(format!("{}: {}", place.as_ref(), message.as_ref()));
    }

    /// Takes over what another check found.
    pub fn absorb(&mut self, other: Self) {
        self.refusals.extend(other.refusals);
        self.warnings.extend(other.warnings);
    }

    /// The breaches, each as `place: message`.
    #[cfg(test)]
    pub fn refusals(&self) -> &[String] {
        &self.refusals
    }

    /// The warnings, each as `place: message`.
    #[cfg(test)]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Prints everything and fails if there was a breach. `check` is the name to rerun it by.
    pub fn conclude(self, check: &str) -> Outcome {
        for warning in &self.warnings {
            println!("warning: {warning}");
        }
        for refusal in &self.refusals {
            println!("refused: {refusal}");
        }
        if self.refusals.is_empty() {
            println!("{check}: in order");
            Ok(())
        } else {
            Err(Failure::new(format!("{check}: {} to mend, listed above", self.refusals.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_pass_and_refusals_fail() {
        let mut findings = Findings::default();
        findings.warn("a.rs", "long");
        assert_eq!(findings.warnings(), ["a.rs: long"]);
        let mut more = Findings::default();
        more.absorb(findings);
        assert!(more.conclude("tidy").is_ok());

        let mut findings = Findings::default();
        findings.refuse("b.rs:3", "too long");
        assert_eq!(findings.refusals(), ["b.rs:3: too long"]);
        assert_eq!(findings.conclude("tidy").unwrap_err().to_string(), "tidy: 1 to mend, listed above");
    }
}
