//! How house-keeping fails: one sentence for a person, never a code to look up.
//!
//! Every function that can fail returns [`Outcome`]. A [`Failure`] is finished prose: it names what was being
//! done, on which path or command, and what to do next where that is known. Nothing matches on its content.

use std::fmt;

/// A reason to stop, worded for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

/// The result of a house-keeping action.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Makes a failure from finished prose.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds what was being attempted to an error from elsewhere.
pub trait Context<T> {
    /// Turns the error into a [`Failure`] that reads `what: error`.
    fn context(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("{}: {error}", what())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_names_the_attempt_before_the_cause() {
        let result: Result<(), &str> = Err("no such file");
        let failure = result.context(|| "reading deny.toml".to_owned()).unwrap_err();
        assert_eq!(failure.to_string(), "reading deny.toml: no such file");
    }
}
