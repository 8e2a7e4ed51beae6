//! Order in the tree, as far as a program can see it.
//!
//! Four readings of the project's files, each in its own module: [`modules`] (every Rust file introduces itself
//! and stays short), [`text`] (no blanks at line ends, no left-over markers, no paths of somebody's machine),
//! [`migrations`] (both dialects move in step) and [`dependencies`] (every dependency is accounted for).

mod dependencies;
mod migrations;
mod modules;
mod text;

use std::path::Path;

use crate::failure::Outcome;
use crate::finding::Findings;
use crate::workspace::{Metadata, tracked_files};

/// Runs all four over the real tree.
pub fn run(root: &Path) -> Outcome {
    let metadata = Metadata::load(root)?;
    let files = tracked_files(root)?;
    let mut findings = Findings::default();
    findings.absorb(modules::check(&files));
    findings.absorb(text::check(&files));
    findings.absorb(migrations::check(&files));
    findings.absorb(dependencies::check(&metadata, &files));
    findings.conclude("tidy")
}
