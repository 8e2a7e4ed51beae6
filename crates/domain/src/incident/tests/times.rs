//! The distinct instants, their history, and the spans between them (C2, C3, C23).

use super::*;

fn set(which: TimeKind, secs: Option<i64>) -> IncidentCommand {
    IncidentCommand::SetTime { which, at: secs.map(at), note: None }
}

#[test]
fn instants_may_be_backdated_but_not_lie_in_the_future() {
    let mut case = Case::declared(declaration());
    let events = case.ana(100, set(TimeKind::ImpactStarted, Some(-3_600)));
    let said = IncidentEvent::TimeSet {
        which: TimeKind::ImpactStarted,
        from: None,
        to: Some(at(-3_600)),
        note: None,
    };
    assert_eq!(events, [said]);
    assert_eq!(case.refused(100, set(TimeKind::ImpactStarted, Some(101))), "invalid");
    assert_eq!(case.ana(101, set(TimeKind::ImpactStarted, Some(-3_600))), [], "all is as asked already");
}

#[test]
fn what_cannot_be_the_other_way_round_is_refused_from_both_sides() {
    let mut case = Case::declared(declaration());
    case.ana(10, set(TimeKind::ImpactStarted, Some(5)));
    case.ana(100, resolve());
    case.ana(101, IncidentCommand::Close { at: None, note: None });
    case.ana(102, set(TimeKind::ImpactEnded, Some(50)));
    for (which, secs) in [
        (TimeKind::ImpactStarted, 51),
        (TimeKind::ImpactEnded, 4),
        (TimeKind::Detected, 101),
        (TimeKind::Resolved, -1),
        (TimeKind::Declared, 102),
        (TimeKind::Closed, 99),
        (TimeKind::Resolved, 102),
    ] {
        assert_eq!(case.refused(200, set(which, Some(secs))), "invalid", "{which:?} at {secs}");
    }
    case.ana(200, set(TimeKind::ImpactEnded, Some(5)));
}

#[test]
fn what_is_always_known_cannot_be_unknown() {
    let mut case = Case::declared(declaration());
    assert_eq!(case.refused(1, set(TimeKind::Detected, None)), "invalid");
    assert_eq!(case.refused(1, set(TimeKind::Declared, None)), "invalid");
    case.ana(5, resolve());
    assert_eq!(case.refused(6, set(TimeKind::Resolved, None)), "invalid");
    case.ana(7, set(TimeKind::Mitigated, None));
    assert_eq!(case.now().time(TimeKind::Mitigated), None);
}

#[test]
fn what_a_person_set_no_automatic_change_touches() {
    let mut case = Case::declared(declaration());
    case.ana(50, set(TimeKind::Mitigated, Some(20)));
    case.ana(60, IncidentCommand::SetStatus { to: IncidentStatus::Monitoring, note: None });
    case.ana(70, resolve());
    assert_eq!(case.now().times[&TimeKind::Mitigated], TimeValue { at: at(20), edited: true });
    assert_eq!(case.now().times[&TimeKind::Resolved], TimeValue { at: at(70), edited: false });
}

#[test]
fn each_change_leaves_its_instant_once() {
    let mut case = Case::declared(Declaration {
        detected_at: Some(at(-30)),
        impact_started_at: Some(at(-90)),
        ..declaration()
    });
    case.ana(10, IncidentCommand::Acknowledge { generation: None });
    case.ana(20, IncidentCommand::SetStatus { to: IncidentStatus::Monitoring, note: None });
    case.ana(25, IncidentCommand::SetStatus { to: IncidentStatus::Investigating, note: None });
    case.ana(30, IncidentCommand::SetStatus { to: IncidentStatus::Monitoring, note: None });
    case.ana(40, resolve());
    case.ana(50, IncidentCommand::Close { at: None, note: None });
    let found: Vec<(TimeKind, i64)> = case
        .now()
        .times
        .iter()
        .map(|(kind, value)| (*kind, value.at.duration_since(at(0)).as_secs()))
        .collect();
    assert_eq!(
        found,
        [
            (TimeKind::ImpactStarted, -90),
            (TimeKind::Detected, -30),
            (TimeKind::Declared, 0),
            (TimeKind::Acknowledged, 10),
            (TimeKind::Mitigated, 30),
            (TimeKind::Resolved, 40),
            (TimeKind::Closed, 50),
        ]
    );
}

#[test]
fn a_declaration_for_the_past_keeps_its_own_instants() {
    let old = Declaration {
        declared_at: Some(at(-500)),
        detected_at: Some(at(-600)),
        impact_started_at: Some(at(-700)),
        holder: Some(person(ANA)),
        ..declaration()
    };
    let case = Case::declared(old);
    assert_eq!(case.now().time(TimeKind::Declared), Some(at(-500)));
    assert_eq!(case.now().time(TimeKind::Acknowledged), Some(at(-500)));
    for future in [
        Declaration { declared_at: Some(at(1)), ..declaration() },
        Declaration { detected_at: Some(at(1)), ..declaration() },
        Declaration { impact_started_at: Some(at(1)), ..declaration() },
    ] {
        assert_eq!(Case::new().refused(0, IncidentCommand::Declare(Box::new(future))), "invalid");
    }
}

#[test]
fn a_second_impact_is_an_interval_of_its_own() {
    let mut case = Case::declared(Declaration { impact_started_at: Some(at(-60)), ..declaration() });
    let ends = |secs| IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::Person,
        at: None,
        impact_ended_at: Some(at(secs)),
        note: None,
    };
    case.ana(100, ends(90));
    case.ana(1_000, IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None });
    assert_eq!(
        case.now().past_impacts,
        [Impact { from_at: at(-60), until_at: Some(at(90)), assumed: false }]
    );
    assert_eq!(case.now().time(TimeKind::ImpactStarted), Some(at(1_000)));
    for gone in [TimeKind::ImpactEnded, TimeKind::Mitigated, TimeKind::Resolved, TimeKind::Closed] {
        assert_eq!(case.now().time(gone), None, "{gone:?}");
    }
    assert_eq!(case.now().time(TimeKind::Detected), Some(at(0)), "it was detected once");
    case.ana(2_000, ends(1_900));
    assert_eq!(case.now().past_impacts.len(), 1);
    assert_eq!(case.now().time(TimeKind::ImpactEnded), Some(at(1_900)));
}

#[test]
fn a_clock_that_was_set_back_does_not_keep_an_incident_open() {
    let mut case = Case::declared(Declaration { impact_started_at: Some(at(-5)), ..declaration() });
    let day = 86_400;
    assert_eq!(names(&case.ana(-day, resolve())), "resolved");
    assert_eq!(case.now().time(TimeKind::Resolved), Some(at(0)), "not before it was detected");
    case.ana(-day, IncidentCommand::Close { at: None, note: None });
    assert_eq!(case.now().time(TimeKind::Closed), Some(at(0)));
    let mut by_rule = Case::declared(Declaration { impact_started_at: Some(at(-5)), ..declaration() });
    let last_alert = IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::LastAlert,
        at: None,
        impact_ended_at: Some(at(-day)),
        note: None,
    };
    assert_eq!(names(&by_rule.does(-day, Actor::System, last_alert).unwrap()), "resolved");
    assert_eq!(by_rule.now().time(TimeKind::ImpactEnded), Some(at(-5)));
}

#[test]
fn a_person_resolves_with_instants_that_fit_or_is_told() {
    let resolve = |secs, ended: Option<i64>| IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::Person,
        at: Some(at(secs)),
        impact_ended_at: ended.map(at),
        note: None,
    };
    let mut case = Case::declared(Declaration { impact_started_at: Some(at(-5)), ..declaration() });
    assert_eq!(case.refused(50, resolve(51, None)), "invalid", "in the future");
    assert_eq!(case.refused(50, resolve(-1, None)), "invalid", "before it was detected");
    assert_eq!(case.refused(50, resolve(40, Some(-6))), "invalid", "impact ended before it began");
    case.ana(50, resolve(40, Some(30)));
    assert_eq!(case.now().time(TimeKind::Resolved), Some(at(40)));
}

#[test]
fn durations_are_named_by_their_pair_and_run_only_while_waiting_means_something() {
    let mut case = Case::declared(Declaration { impact_started_at: Some(at(-60)), ..declaration() });
    case.ana(30, IncidentCommand::Acknowledge { generation: None });
    let find = |case: &Case, from, to, now| {
        let all = durations(case.now(), at(now));
        all.into_iter().find(|d| d.from == from && d.to == to).map(|d| (d.secs, d.running))
    };
    use TimeKind::{Acknowledged, Detected, FirstPublic, ImpactEnded, ImpactStarted, Resolved};
    assert_eq!(find(&case, ImpactStarted, Detected, 100), Some((60, false)));
    assert_eq!(find(&case, Detected, Acknowledged, 100), Some((30, false)));
    assert_eq!(find(&case, Detected, Resolved, 100), Some((100, true)));
    assert_eq!(find(&case, ImpactStarted, ImpactEnded, 100), Some((160, true)));
    assert_eq!(find(&case, ImpactStarted, FirstPublic, 100), None, "not promised, so not waited for");
    case.ana(200, resolve());
    assert_eq!(find(&case, Detected, Resolved, 900), Some((200, false)));
    assert_eq!(find(&case, ImpactStarted, ImpactEnded, 900), None, "nobody said when it ended");
    case.ana(210, set(ImpactStarted, Some(5)));
    assert_eq!(find(&case, ImpactStarted, Detected, 900), Some((-5, false)), "a finding, not an error");
}

#[test]
fn a_reopened_incident_has_the_durations_of_its_whole_story() {
    let mut case = Case::declared(Declaration { impact_started_at: Some(at(-60)), ..declaration() });
    case.ana(30, IncidentCommand::Acknowledge { generation: None });
    case.ana(40, set(TimeKind::FirstPublic, Some(40)));
    case.ana(100, set(TimeKind::ImpactEnded, Some(90)));
    case.ana(100, resolve());
    let reopen = IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None };
    case.ana(10_000, reopen);
    let secs = |case: &Case, from, to, now| {
        let all = durations(case.now(), at(now));
        all.into_iter().find(|d| (d.from, d.to) == (from, to)).map(|d| (d.secs, d.running, d.intervals))
    };
    let (started, ended) = (TimeKind::ImpactStarted, TimeKind::ImpactEnded);
    assert_eq!(secs(&case, started, TimeKind::Detected, 10_050), Some((60, false, 1)), "noticed once");
    assert_eq!(secs(&case, started, TimeKind::FirstPublic, 10_050), Some((100, false, 1)));
    assert_eq!(secs(&case, started, ended, 10_050), Some((200, true, 2)), "both intervals, the second runs");
    case.ana(10_100, set(ended, Some(10_090)));
    case.ana(10_100, resolve());
    assert_eq!(secs(&case, started, ended, 20_000), Some((240, false, 2)));
    assert_eq!(case.now().impact_secs(at(20_000)), Some(240));
}

#[test]
fn an_interval_whose_end_nobody_said_ends_with_the_resolution_and_can_be_corrected() {
    let mut case = Case::declared(Declaration { impact_started_at: Some(at(-60)), ..declaration() });
    case.ana(100, resolve());
    let reopen = IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None };
    case.ana(1_000, reopen);
    let assumed = Impact { from_at: at(-60), until_at: Some(at(100)), assumed: true };
    assert_eq!(case.now().past_impacts, [assumed]);
    let correct = |index, from, until: Option<i64>| IncidentCommand::SetPastImpact {
        index,
        from_at: at(from),
        until_at: until.map(at),
        note: None,
    };
    assert_eq!(names(&case.ana(1_001, correct(0, -50, Some(80)))), "past_impact_set");
    assert_eq!(case.ana(1_002, correct(0, -50, Some(80))), []);
    assert_eq!(
        case.now().past_impacts,
        [Impact { from_at: at(-50), until_at: Some(at(80)), assumed: false }]
    );
    for (index, from, until) in [(0, -50, 1_001), (0, 10, 5), (0, -50, 9_999)] {
        assert_eq!(case.refused(1_003, correct(index, from, Some(until))), "invalid", "{from} to {until}");
    }
    assert_eq!(case.refused(1_003, correct(1, 0, None)), "not_found");
}

#[test]
fn what_has_not_happened_has_no_instant_and_the_event_wins() {
    let mut case = Case::declared(declaration());
    assert_eq!(case.refused(50, set(TimeKind::Resolved, Some(20))), "invalid");
    assert_eq!(case.refused(50, set(TimeKind::Closed, Some(20))), "invalid");
    case.ana(60, resolve());
    assert_eq!(case.refused(61, set(TimeKind::Closed, Some(60))), "invalid");
    case.ana(61, set(TimeKind::Resolved, Some(55)));
    let reopen = IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None };
    case.ana(100, reopen);
    case.ana(200, resolve());
    assert_eq!(case.now().time(TimeKind::Resolved), Some(at(200)));
    assert_eq!(case.now().reopen_until(), Some(at(200 + 86_400)));
}
