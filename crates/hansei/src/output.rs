//! What the command line prints: tables for people, JSON for machines, one line for scripts; and how it fails.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// Prints a line. A reader who has gone away (`hansei … | head`) is no error.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON instead of tables.
    pub json: bool,
    /// Only the one thing that scripts want.
    pub quiet: bool,
}

/// Why a verb did not happen.
#[derive(Debug)]
pub enum Failure {
    /// Hansei said no (exit code 1).
    Refused(String),
    /// The command line or configuration is wrong (exit code 2).
    Usage(String),
    /// Hansei, its store or its files cannot be reached (exit code 3).
    Unreachable(String),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
        }
    }

    /// Why.
    pub fn text(&self) -> &str {
        let (Self::Refused(text) | Self::Usage(text) | Self::Unreachable(text)) = self;
        text
    }

    /// Says why, on standard error.
    pub fn print(&self) {
        eprintln!("hansei: {}", self.text());
    }
}

impl Output {
    /// Prints rows: as a table, as JSON, or (quiet) the first column alone.
    pub fn rows(self, headings: &[&str], rows: &[Vec<String>], json: &Value) {
        if self.json {
            say(json);
        } else if self.quiet {
            for row in rows {
                say(row.first().map_or("", String::as_str));
            }
        } else if rows.is_empty() {
            say("nothing");
        } else {
            let mut table = Table::new();
            table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
            for row in rows {
                table.add_row(row.clone());
            }
            say(table);
        }
    }

    /// Tells people that a list goes on, and how to see the rest.
    pub fn more(self, list: &Value, how: &str) {
        if !self.json && !self.quiet && !list["next"].is_null() {
            say(format!("… and more: {how}"));
        }
    }

    /// Prints what was done: a sentence, JSON, or (quiet) the one word.
    pub fn done(self, sentence: &str, word: &str, json: &Value) {
        if self.json {
            say(json);
        } else if self.quiet {
            say(word);
        } else {
            say(sentence);
        }
    }

    /// Whether progress may be drawn.
    pub fn is_for_people(self) -> bool {
        !self.json && !self.quiet && std::io::IsTerminal::is_terminal(&std::io::stderr())
    }
}
