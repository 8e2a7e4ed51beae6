//! Crashes at every step and at random ones (F1–F4): what was acknowledged or read is there afterwards, and
//! nothing is there that nobody sent.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// What the world outside the log knows.
#[derive(Default, Clone)]
struct Known {
    /// Acknowledged, or read by somebody.
    certain: BTreeMap<u64, Vec<u8>>,
    /// Sent in this life of the log and not acknowledged: may turn up after a crash, or not.
    maybe: BTreeSet<Vec<u8>>,
    decided: u64,
    sent: u64,
}

impl Known {
    fn fresh(&mut self, sizes: &[usize]) -> Vec<Vec<u8>> {
        let numbers = self.sent + 1..;
        self.sent += sizes.len() as u64;
        sizes.iter().zip(numbers).map(|(size, n)| payload(n, *size)).collect()
    }

    fn outcome(&mut self, payloads: Vec<Vec<u8>>, outcome: Result<Position, AppendError>) {
        match outcome {
            Ok(position) => {
                assert_eq!(position.last + 1 - position.first, payloads.len() as u64);
                for (seq, bytes) in (position.first..).zip(payloads) {
                    assert_eq!(self.certain.insert(seq, bytes), None, "no number is given twice");
                }
            }
            Err(_) => self.maybe.extend(payloads),
        }
    }

    /// While the log runs, readers see exactly what was acknowledged.
    fn check_running(&self, log: &InboxLog) {
        let expected: Vec<_> =
            self.certain.range(self.decided + 1..).map(|(seq, bytes)| (*seq, bytes.clone())).collect();
        assert_eq!(read_all(log, self.decided), expected);
    }

    /// After a restart, readers see that and perhaps some of what was never acknowledged.
    fn check_restarted(&mut self, log: &InboxLog) {
        let found: BTreeMap<u64, Vec<u8>> = read_all(log, self.decided).into_iter().collect();
        for (seq, bytes) in self.certain.range(self.decided + 1..) {
            assert_eq!(found.get(seq), Some(bytes), "record {seq} was acknowledged or read");
        }
        for (seq, bytes) in &found {
            if !self.certain.contains_key(seq) {
                assert!(self.maybe.remove(bytes), "record {seq} was not sent, or is here twice");
            }
        }
        self.certain.extend(found);
        // What isn't here now must never come.
        self.maybe.clear();
        let last = self.certain.keys().next_back().copied().unwrap_or(0);
        assert_eq!(log.last_seq(), last.max(self.decided));
    }
}

/// Appends, group by group, through several segments, deciding behind; stops when the machine does.
fn golden_scenario(log: &InboxLog, known: &mut Known) {
    let sizes: [&[usize]; 5] = [&[900], &[300, 2000, 40], &[5000], &[8, 8, 8, 1000], &[2500, 2500]];
    for round in 0..20 {
        let payloads = known.fresh(sizes[round % sizes.len()]);
        let outcome = append(log, &payloads);
        known.outcome(payloads, outcome);
        if outcome.is_err() {
            return;
        }
        if round % 3 == 2 {
            known.decided = log.last_seq() - 3;
            log.trim(known.decided);
        }
    }
    log.close();
}

#[test]
fn a_crash_before_any_single_disk_operation_loses_and_invents_nothing() {
    for step in 0.. {
        let shadow = Shadow::new();
        let mut known = Known::default();
        shadow.faults(|faults| faults.trap_in = Some(step));
        let log = open(&shadow, 0).map(|(log, _)| log);
        if let Ok(log) = &log {
            golden_scenario(log, &mut known);
        }
        let reached = shadow.trapped();
        let images =
            (0..5).map(|seed| shadow.after_power_loss(step * 100 + seed)).chain([shadow.after_kill()]);
        for image in images {
            let mut known = known.clone();
            let (log, _) = open(&image, known.decided).unwrap();
            known.check_restarted(&log);
            let payloads = known.fresh(&[100, 700]);
            let outcome = append(&log, &payloads);
            assert!(outcome.is_ok());
            known.outcome(payloads, outcome);
            known.check_running(&log);
            // What was read after the restart must have been made certain before.
            let again = image.after_power_loss(step);
            let (log, _) = open(&again, known.decided).unwrap();
            known.check_restarted(&log);
        }
        drop(log);
        if !reached {
            assert!(step >= 40, "twenty groups are at least forty steps, not {step}");
            return;
        }
    }
}

#[derive(Debug, Clone)]
enum Op {
    Append(Vec<usize>),
    /// Several batches at once, not waited for one by one.
    Burst(Vec<Vec<usize>>),
    /// The decider takes this many, and perhaps crashes before it trims.
    Decide {
        records: u64,
        trim: bool,
    },
    Restart(End),
    /// The machine goes off this many disk operations into the next opening, then is started again.
    CrashInRecovery {
        steps: u64,
        seed: u64,
    },
    /// The machine will go off this many disk operations from now.
    Trap(u64),
    FailSync(u64),
    NoSpaceInWrite(u64),
    Full(bool),
}

#[derive(Debug, Clone)]
enum End {
    Close,
    Kill,
    PowerLoss(u64),
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![8_usize..80, 80_usize..900, 900_usize..6000], 1..4)
}

fn op() -> impl Strategy<Value = Op> {
    let end = prop_oneof![
        Just(End::Close),
        Just(End::Kill),
        any::<u64>().prop_map(End::PowerLoss),
        any::<u64>().prop_map(End::PowerLoss),
    ];
    prop_oneof![
        8 => sizes().prop_map(Op::Append),
        4 => prop::collection::vec(sizes(), 1..6).prop_map(Op::Burst),
        4 => (0_u64..12, any::<bool>()).prop_map(|(records, trim)| Op::Decide { records, trim }),
        3 => end.prop_map(Op::Restart),
        1 => (0_u64..6, any::<u64>()).prop_map(|(steps, seed)| Op::CrashInRecovery { steps, seed }),
        2 => (0_u64..12).prop_map(Op::Trap),
        1 => (0_u64..4).prop_map(Op::FailSync),
        1 => (0_u64..3).prop_map(Op::NoSpaceInWrite),
        1 => any::<bool>().prop_map(Op::Full),
    ]
}

struct Machine {
    shadow: Shadow,
    log: Option<InboxLog>,
    known: Known,
}

impl Machine {
    fn new() -> Self {
        let mut machine = Self { shadow: Shadow::new(), log: None, known: Known::default() };
        machine.start();
        machine
    }

    fn start(&mut self) {
        let (log, _) = open(&self.shadow, self.known.decided).unwrap();
        self.known.check_restarted(&log);
        self.log = Some(log);
    }

    fn stop(&mut self, end: &End) {
        let log = self.log.take();
        if let (End::Close, Some(log)) = (end, &log) {
            log.close();
        }
        self.shadow = match end {
            End::PowerLoss(seed) => self.shadow.after_power_loss(*seed),
            End::Close | End::Kill => self.shadow.after_kill(),
        };
        drop(log);
    }

    fn apply(&mut self, op: &Op) {
        let Some(log) = self.log.clone() else { return };
        match op {
            Op::Append(sizes) => self.send(&log, std::slice::from_ref(sizes)),
            Op::Burst(batches) => self.send(&log, batches),
            Op::Decide { records, trim } => {
                self.known.decided = (self.known.decided + records).min(log.last_seq());
                if *trim {
                    log.trim(self.known.decided);
                }
            }
            Op::Restart(end) => {
                drop(log);
                self.stop(end);
                self.start();
            }
            Op::CrashInRecovery { steps, seed } => {
                drop(log);
                self.stop(&End::Kill);
                self.shadow.faults(|faults| faults.trap_in = Some(*steps));
                drop(open(&self.shadow, self.known.decided));
                self.shadow = self.shadow.after_power_loss(*seed);
                self.start();
            }
            Op::Trap(steps) => self.shadow.faults(|faults| faults.trap_in = Some(*steps)),
            Op::FailSync(after) => self.shadow.faults(|faults| faults.sync = Some(*after)),
            Op::NoSpaceInWrite(after) => {
                self.shadow.faults(|faults| faults.write = Some((*after, std::io::ErrorKind::StorageFull)));
            }
            Op::Full(full) => self.shadow.faults(|faults| faults.free = full.then_some(0)),
        }
    }

    fn send(&mut self, log: &InboxLog, batches: &[Vec<usize>]) {
        let mut waiting = Vec::new();
        for sizes in batches {
            let payloads = self.known.fresh(sizes);
            waiting.push((log.submit(batch(&payloads)), payloads));
        }
        for (submitted, payloads) in waiting {
            let outcome = submitted.and_then(block_on);
            self.known.outcome(payloads, outcome);
        }
        self.known.check_running(log);
    }
}

proptest! {
    #![proptest_config(cases(160))]

    #[test]
    fn random_lives_lose_and_invent_nothing(
        ops in prop::collection::vec(op(), 1..60),
        last in any::<u64>(),
    ) {
        let mut machine = Machine::new();
        for op in &ops {
            machine.apply(op);
        }
        machine.stop(&End::PowerLoss(last));
        machine.start();
    }
}
