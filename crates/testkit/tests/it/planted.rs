//! The simulator is worth what it finds: bugs that are planted on purpose must be found (reliability bar, §7 H8).

use std::sync::Arc;

use hansei_app::words::Words;
use hansei_testkit::sim::chaos::Planted;
use hansei_testkit::sim::{Config, run};

/// Worlds that are looked into before a bug counts as not found.
const WORLDS: u64 = 40;
/// How long each is.
const DAYS: u32 = 15;

/// Looks into worlds until the bug shows itself as one of these rules.
fn is_found(planted: Planted, rules: &[&str]) {
    let words = Arc::new(Words::built_in());
    for seed in 1..=WORLDS {
        let outcome = run(&Config::with_bug(seed, DAYS, planted), &words).unwrap();
        let found: Vec<&str> = outcome.violations.iter().map(|v| v.rule).collect();
        if let Some(rule) = found.iter().find(|rule| rules.contains(rule)) {
            println!("{planted:?} found as {rule} in world {seed}");
            return;
        }
        assert!(found.is_empty(), "{planted:?} shows itself as {found:?}, not as {rules:?}");
    }
    panic!("{planted:?} was not found in {WORLDS} worlds of {DAYS} days");
}

#[test]
fn answering_before_the_commit() {
    is_found(Planted::AnswerBeforeCommit, &["R1"]);
}

#[test]
fn marking_as_sent_before_sending() {
    is_found(Planted::MarkBeforeSend, &["R9"]);
}

#[test]
fn paging_after_the_acknowledgement() {
    is_found(Planted::PageAfterAck, &["R11"]);
}

#[test]
fn taking_an_attempt_for_failed_because_its_sender_died() {
    is_found(Planted::ExpireSending, &["R9", "R8"]);
}

#[test]
fn taking_the_outcome_of_a_lost_lease() {
    is_found(Planted::NoFence, &["R10"]);
}

#[test]
fn letting_the_order_of_arrival_decide() {
    is_found(Planted::ArrivalOrder, &["R4", "R1"]);
}

#[test]
fn following_the_policy_of_the_day() {
    is_found(Planted::LivePolicy, &["R14", "fold"]);
}

#[test]
fn a_link_for_any_generation() {
    is_found(Planted::LinkForAnyGeneration, &["R12"]);
}

#[test]
fn storing_what_is_to_be_sent_apart() {
    is_found(Planted::OutboxApart, &["R9", "R8"]);
}

#[test]
fn keeping_deadlines_in_memory() {
    is_found(Planted::TimersInMemory, &["R14", "R8", "R46"]);
}

#[test]
fn believing_ones_own_wall_clock() {
    is_found(Planted::OwnWallClocks, &["R21", "R10", "R14"]);
}

#[test]
fn committing_without_looking_at_the_version() {
    is_found(Planted::NoVersionCheck, &["fold", "bug", "R13", "R12", "R4"]);
}

#[test]
fn leaving_pages_open_after_the_acknowledgement() {
    is_found(Planted::AckLeavesPagesOpen, &["R11"]);
}

#[test]
fn resolving_while_an_alert_still_fires() {
    is_found(Planted::AutoResolveEarly, &["R13", "R1"]);
}
