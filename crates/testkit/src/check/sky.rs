//! When something could have been done: spans in which a node was up, the store there, and a deadline past.
//!
//! A bound on lateness is a bound on time in which nothing stood in the way. So for each deadline the longest stretch
//! without any disturbance is measured, in which a healthy node did nothing although it was due by true time.

use std::collections::BTreeMap;

use hansei_domain::Timestamp;

use crate::sim::Simulated;
use crate::sim::exec::ProcessId;
use crate::sim::ledger::{At, Ledger, Trouble};
use crate::sim::node::CLOCKS_APART;

pub(crate) struct Sky {
    /// Instants at which something changed for somebody, sorted.
    disturbances: Vec<At>,
    /// Instants at which a wall clock was set.
    jumps: Vec<At>,
    /// Spans in which nobody can work, sorted by start.
    away: Vec<Trouble>,
    nodes: Vec<NodeSky>,
    homes: BTreeMap<ProcessId, usize>,
}

struct NodeSky {
    /// Since when, until when the node could answer.
    up: Vec<(At, At)>,
    paused: Vec<(At, At)>,
    /// Since when the wall clock is off by how much.
    offsets: Vec<(At, i64)>,
}

impl NodeSky {
    fn offset(&self, at: At) -> i64 {
        self.offsets.iter().rev().find(|(since, _)| *since <= at).map_or(0, |(_, offset)| *offset)
    }
}

/// When wall clocks were set by more than a node errs when it measures the time.
fn jumps(ledger: &Ledger) -> Vec<At> {
    let mut last: BTreeMap<usize, i64> = BTreeMap::new();
    let mut jumps = Vec::new();
    for (node, at, offset) in &ledger.offsets {
        let before = last.insert(*node, *offset).unwrap_or(*offset);
        if (offset - before).abs() > 2 * CLOCKS_APART {
            jumps.push(*at);
        }
    }
    jumps
}

impl Sky {
    pub(crate) fn of(run: &Simulated) -> Self {
        let ledger = &run.ledger;
        let over = run.spans.2;
        let mut disturbances: Vec<At> = Vec::new();
        for life in &ledger.lives {
            disturbances.extend(life.ready);
            disturbances.extend(life.ended);
        }
        for trouble in &ledger.troubles {
            disturbances.extend([trouble.from, trouble.until]);
        }
        disturbances.extend(jumps(ledger));
        disturbances.sort_unstable();
        disturbances.dedup();
        let mut away: Vec<Trouble> =
            ledger.troubles.iter().filter(|t| t.node.is_none() && t.until > t.from).copied().collect();
        away.sort_by_key(|t| t.from);
        let nodes = (0..run.config.nodes).map(|node| NodeSky {
            up: ledger
                .lives
                .iter()
                .filter(|l| l.node == node)
                .filter_map(|l| l.ready.map(|ready| (ready, l.ended.unwrap_or(over))))
                .collect(),
            paused: ledger
                .troubles
                .iter()
                .filter(|t| t.node == Some(node) && t.what == "pause")
                .map(|t| (t.from, t.until))
                .collect(),
            offsets: ledger.offsets.iter().filter(|o| o.0 == node).map(|o| (o.1, o.2)).collect(),
        });
        let homes = ledger.lives.iter().map(|l| (l.process, l.node)).collect();
        Self { disturbances, jumps: jumps(ledger), away, nodes: nodes.collect(), homes }
    }

    /// Whether anything went wrong in a span.
    pub(crate) fn disturbed(&self, from: At, until: At) -> bool {
        let place = self.disturbances.partition_point(|at| *at < from);
        self.disturbances.get(place).is_some_and(|at| *at <= until)
    }

    /// The true time at which a process's clock showed an instant, if that clock was not set meanwhile.
    pub(crate) fn true_time(&self, process: ProcessId, wall: Timestamp, near: At) -> At {
        let node = self.homes.get(&process).and_then(|place| self.nodes.get(*place));
        wall.as_microsecond() - node.map_or(0, |n| n.offset(near))
    }

    /// Whether a wall clock was set in a span; that a node measures the time anew is not that.
    pub(crate) fn clock_moved(&self, from: At, until: At) -> bool {
        self.jumps.iter().any(|at| *at >= from && *at <= until)
    }

    /// How far a process's clock was off at an instant, microseconds.
    pub(crate) fn offset(&self, process: ProcessId, at: At) -> At {
        let node = self.homes.get(&process).and_then(|place| self.nodes.get(*place));
        node.map_or(0, |n| n.offset(at))
    }

    /// Whether every node's clock showed about the right time.
    pub(crate) fn clocks_are_right(&self, at: At) -> bool {
        self.nodes.iter().all(|n| n.offset(at).abs() <= CLOCKS_APART)
    }

    /// Whether a process stood still within a span, and ran on no longer than `margin` before its end.
    pub(crate) fn stood_still(&self, process: ProcessId, from: At, until: At, margin: At) -> bool {
        let node = self.homes.get(&process).and_then(|place| self.nodes.get(*place));
        let near = |(began, ended): &(At, At)| *began <= until && *ended >= from.max(until - margin);
        node.is_some_and(|n| n.paused.iter().any(near))
    }

    /// The longest stretch within a span, after something was due, in which a healthy node could have worked and
    /// nothing went wrong; microseconds. All instants are true time: whatever a clock shows, nobody may wait longer.
    pub(crate) fn idle(&self, from: At, until: At, due: At) -> At {
        if until <= from {
            return 0;
        }
        let (first, last) = (
            self.disturbances.partition_point(|at| *at <= from),
            self.disturbances.partition_point(|at| *at < until),
        );
        let inner = self.disturbances.get(first..last).unwrap_or_default();
        let mut longest = 0;
        let mut start = from;
        for end in inner.iter().copied().chain([until]) {
            for node in &self.nodes {
                longest = longest.max(self.stretch(node, start, end, due));
            }
            start = end;
        }
        longest
    }

    /// How long a node could have worked in a span without disturbances.
    fn stretch(&self, node: &NodeSky, start: At, end: At, due: At) -> At {
        let within = |spans: &[(At, At)]| spans.iter().any(|(from, until)| *from <= start && end <= *until);
        let is_away = self.away.iter().take_while(|t| t.from <= start).any(|t| t.until >= end);
        if !within(&node.up) || within(&node.paused) || is_away {
            return 0;
        }
        end - start.max(due)
    }

    /// The beginning of the span before an instant in which what a node knew of the catalogue may come from: some
    /// seconds, and all of any trouble that touches them.
    pub(crate) fn stale_since(&self, at: At, run: &Simulated) -> At {
        let mut since = at - STALE;
        for trouble in run.ledger.troubles.iter().rev() {
            if trouble.what != "clock is wrong" && trouble.until >= since && trouble.from <= at {
                since = since.min(trouble.from - STALE);
            }
        }
        since
    }
}

/// A node learns of a change to the catalogue within this, and decides within this; microseconds.
const STALE: At = 10_000_000;
