//! Readings: what a screen shows of the journal and of the states it leads to, ready to be drawn.
//!
//! A reading changes nothing and decides nothing. Each is put together from a fixed, small number of reads, never one
//! per row, and speaks the reader's language where it speaks: sentences come out as [`sentence::Sentence`]s, whose parts
//! a screen draws and a text writes. Names come from the catalogue this node holds in memory.

pub mod alert;
pub mod changed;
pub mod clocks;
pub mod incident;
pub mod ladder;
pub mod lists;
pub mod now;
pub mod respond;
pub mod sentence;
pub mod timeline;

use hansei_domain::alert::Alert;
use hansei_domain::incident::Incident;
use hansei_domain::journal::State;
use hansei_domain::page::Page;

use crate::ports::Loaded;

/// The alerts among loaded aggregates.
pub(crate) fn alerts_of(loaded: &[Loaded]) -> impl Iterator<Item = &Alert> {
    loaded.iter().filter_map(|l| match &l.state {
        State::Alert(alert) => Some(&**alert),
        _ => None,
    })
}

/// The pages among loaded aggregates.
pub(crate) fn pages_of(loaded: Vec<Loaded>) -> Vec<Page> {
    loaded
        .into_iter()
        .filter_map(|l| match l.state {
            State::Page(page) => Some(*page),
            _ => None,
        })
        .collect()
}

/// The incidents among loaded aggregates.
pub(crate) fn incidents_of(loaded: Vec<Loaded>) -> Vec<Incident> {
    loaded
        .into_iter()
        .filter_map(|l| match l.state {
            State::Incident(incident) => Some(*incident),
            _ => None,
        })
        .collect()
}
