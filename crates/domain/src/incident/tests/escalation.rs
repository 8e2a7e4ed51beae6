//! Who is told, in which order, and what stops or repeats it (R12–R15).

use super::*;

fn running(case: &Case) -> bool {
    case.now().escalation.as_ref().is_some_and(|e| e.status == EscalationStatus::Running)
}

/// Ticks every second up to and without `end`; nothing may happen.
fn silent_until(case: &mut Case, from: i64, end: i64) {
    for secs in from..end {
        assert_eq!(case.tick(secs), [], "second {secs}");
    }
}

#[test]
fn steps_come_in_order_on_the_second_and_never_early() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO]), (120, &[CY])]));
    assert_eq!(paged(&case.journal.iter().map(|(_, _, e)| e.clone()).collect::<Vec<_>>()), [ANA]);
    silent_until(&mut case, 0, 300);
    assert_eq!(paged(&case.tick(300)), [BO]);
    silent_until(&mut case, 301, 420);
    assert_eq!(paged(&case.tick(420)), [CY]);
    silent_until(&mut case, 421, 1020);
    let events = case.tick(1020);
    assert_eq!((names(&events).as_str(), paged(&events)), ("escalation_exhausted", vec![FALLBACK]));
    assert_eq!((case.due(), running(&case)), (None, false));
    silent_until(&mut case, 1021, 1100);
}

#[test]
fn a_first_delay_is_waited_for() {
    let mut case = Case::escalating(policy(&[(60, &[ANA])]));
    assert_eq!(case.due(), Some(at(60)));
    silent_until(&mut case, 0, 60);
    assert_eq!(paged(&case.tick(60)), [ANA]);
}

#[test]
fn after_a_long_pause_one_step_comes_at_a_time_with_its_full_delay() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO]), (120, &[CY])]));
    let year = 365 * 86_400;
    assert_eq!(paged(&case.tick(year)), [BO]);
    assert_eq!(case.due(), Some(at(year + 120)));
    silent_until(&mut case, year, year + 120);
    assert_eq!(paged(&case.tick(year + 120)), [CY]);
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_early() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO])]));
    assert_eq!(case.tick(-86_400), []);
    assert_eq!(paged(&case.tick(300)), [BO]);
}

#[test]
fn rounds_are_walked_before_the_fallback() {
    let twice = EscalationPolicy { repeat: 1, ..policy(&[(0, &[ANA]), (60, &[BO])]) };
    let mut case = Case::escalating(twice);
    assert_eq!(paged(&case.tick(60)), [BO]);
    let events = case.tick(660);
    let IncidentEvent::StepReached { step: Some(0), round: 1, paged: people, .. } = &events[0] else {
        panic!("{events:?}")
    };
    assert!(matches!(people[0].why, WhyPaged::Step { step: 0, round: 1, .. }));
    assert_eq!(paged(&case.tick(720)), [BO]);
    assert_eq!(paged(&case.tick(1320)), [FALLBACK]);
}

#[test]
fn a_step_that_reaches_nobody_says_so_and_passes_on_at_once() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[GONE]), (900, &[CY])]));
    let events = case.tick(300);
    let IncidentEvent::StepReached { step: Some(1), paged: none, next_step: 2, .. } = &events[0] else {
        panic!("{events:?}")
    };
    assert!(none.is_empty());
    assert_eq!(paged(&events), [CY]);
    assert_eq!(case.due(), Some(at(900)), "exhausted 600 s after the last step");
}

#[test]
fn a_last_step_that_reaches_nobody_is_followed_by_the_fallback_at_once() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[GONE])]));
    let events = case.tick(300);
    assert_eq!(names(&events), "step_reached escalation_exhausted");
    assert!(matches!(&events[1], IncidentEvent::EscalationExhausted { paged, nobody: false }
        if paged[0].why == WhyPaged::Exhausted));
}

#[test]
fn where_nobody_can_be_told_the_fallback_is_told_at_once() {
    for policy in [policy(&[]), policy(&[(0, &[GONE])]), policy(&[(3_600, &[GONE]), (60, &[GONE])])] {
        let case = Case::escalating(policy.clone());
        let (when, _, last) = case.journal.last().unwrap();
        let IncidentEvent::EscalationExhausted { paged, nobody: true } = last else {
            panic!("{policy:?}: {last:?}")
        };
        assert_eq!((*when, paged[0].person_id), (at(0), person(FALLBACK)), "{policy:?}");
        assert_eq!(paged[0].why, WhyPaged::NobodyToPage);
        assert_eq!(case.due(), None);
    }
}

#[test]
fn people_who_leave_during_an_escalation_are_passed_over() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO]), (300, &[CY])]));
    case.roster = Roster::new(
        [CY, FALLBACK].map(|n| RosterPerson { id: person(n), reachable: true }),
        [],
        vec![person(FALLBACK)],
    );
    assert_eq!(paged(&case.tick(300)), [CY]);
}

#[test]
fn a_person_named_twice_in_a_step_is_paged_once_by_the_first_name() {
    let case = Case::escalating(policy(&[(0, &[CY, TEAM, CY])]));
    let IncidentEvent::StepReached { paged: people, .. } = &case.journal[2].2 else { panic!() };
    let found: Vec<u128> = people.iter().map(|p| p.person_id.bits()).collect();
    assert_eq!(found, [CY, BO]);
    assert!(matches!(people[0].why, WhyPaged::Step { target: StepTarget::Person { .. }, .. }));
    assert!(matches!(people[1].why, WhyPaged::Step { target: StepTarget::Team { .. }, .. }));
    assert_ne!(people[0].page_id, people[1].page_id);
}

#[test]
fn an_acknowledgement_stops_it() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO])]));
    let events = case.ana(10, IncidentCommand::Acknowledge { generation: Some(1) });
    assert_eq!(names(&events), "status_changed acknowledged");
    let incident = case.now();
    assert_eq!((incident.holder, incident.status), (Some(person(ANA)), IncidentStatus::Triage));
    assert_eq!(incident.escalation.as_ref().unwrap().status, EscalationStatus::Acknowledged);
    assert_eq!(case.due(), None);
    assert_eq!(case.tick(10_000), []);
    let again = case.does(11, by(BO), IncidentCommand::Acknowledge { generation: Some(1) });
    let said = IncidentEvent::Answered { by: person(BO), generation: 1, expires_at: None };
    assert_eq!(again, Ok(vec![said]), "a second one is noted and changes nothing else, by whichever door");
    assert_eq!((case.now().holder, case.due()), (Some(person(ANA)), None));
    assert_eq!(case.ana(12, IncidentCommand::Acknowledge { generation: None }), []);
}

#[test]
fn resolving_and_taking_over_stop_it_too() {
    for command in [resolve(), IncidentCommand::HandOver { to: person(ANA), note: None }] {
        let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO])]));
        case.ana(10, command);
        assert_eq!((case.due(), running(&case)), (None, false));
        assert_eq!(case.tick(10_000), []);
    }
}

#[test]
fn moving_the_status_alone_does_not_stop_it() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO])]));
    case.ana(10, IncidentCommand::SetStatus { to: IncidentStatus::Investigating, note: None });
    assert_eq!(paged(&case.tick(300)), [BO]);
}

fn with_ack_timeout() -> EscalationPolicy {
    EscalationPolicy { ack_timeout_secs: Some(1_800), ..policy(&[(0, &[ANA]), (300, &[BO])]) }
}

#[test]
fn a_taken_incident_without_progress_alarms_anew_in_a_new_generation() {
    let mut case = Case::escalating(with_ack_timeout());
    case.ana(100, IncidentCommand::Acknowledge { generation: None });
    assert_eq!(case.due(), Some(at(1_900)));
    silent_until(&mut case, 100, 1_900);
    let events = case.tick(1_900);
    assert_eq!(names(&events), "acknowledgement_expired escalation_started step_reached");
    assert_eq!(paged(&events), [ANA]);
    assert_eq!((case.now().generation, case.now().acknowledged), (2, false));
    let old = case.refused(1_901, IncidentCommand::Acknowledge { generation: Some(1) });
    assert_eq!(old, "stale_generation", "a link of the first alarm does not take the second");
    case.ana(1_902, IncidentCommand::Acknowledge { generation: Some(2) });
    assert_eq!(case.due(), Some(at(3_702)));
}

#[test]
fn movement_is_progress_and_silences_the_clock_of_the_acknowledgement() {
    let mut case = Case::escalating(with_ack_timeout());
    case.ana(100, IncidentCommand::Acknowledge { generation: None });
    case.ana(200, IncidentCommand::SetStatus { to: IncidentStatus::Identified, note: None });
    assert_eq!(case.due(), None);
    assert_eq!(case.tick(100_000), []);
}

#[test]
fn the_senders_acknowledgement_stops_it_without_a_holder_or_a_clock() {
    let mut case = Case::escalating(with_ack_timeout());
    let sender = IncidentCommand::SenderAcknowledges { alert_id: TypedId::from_bits(3) };
    case.does(5, Actor::System, sender).unwrap();
    let incident = case.now();
    assert_eq!((incident.acknowledged, incident.holder), (true, None));
    assert_eq!(incident.status, IncidentStatus::Detected, "nobody has looked yet");
    assert_eq!(case.due(), Some(at(5 + 1_800)), "a machine's word runs out like a person's");
}

#[test]
fn the_policy_is_stamped_and_a_new_one_is_an_explicit_choice() {
    let stamped = with_ack_timeout();
    let mut case = Case::escalating(stamped.clone());
    case.ana(100, IncidentCommand::Acknowledge { generation: None });
    case.tick(1_900);
    assert_eq!(case.now().escalation.as_ref().unwrap().policy, stamped, "the new alarm walks the same steps");
    let edited = policy(&[(0, &[CY]), (60, &[FALLBACK])]);
    let events = case.ana(2_000, IncidentCommand::Escalate { policy: edited.clone(), note: None });
    assert_eq!(names(&events), "escalation_started step_reached");
    assert_eq!((paged(&events), case.now().generation), (vec![CY], 3));
    assert_eq!(case.now().escalation.as_ref().unwrap().policy, edited);
    assert_eq!(case.refused(2_001, IncidentCommand::Acknowledge { generation: Some(2) }), "stale_generation");
}

#[test]
fn escalating_anew_takes_the_acknowledgement_back() {
    let mut case = Case::escalating(policy(&[(0, &[ANA])]));
    case.ana(10, IncidentCommand::Acknowledge { generation: None });
    case.ana(20, IncidentCommand::Escalate { policy: policy(&[(0, &[BO])]), note: None });
    assert_eq!((case.now().acknowledged, running(&case)), (false, true));
}

#[test]
fn a_worse_severity_starts_it_only_where_nobody_was_told_or_has_it() {
    let worse = || IncidentCommand::SetSeverity {
        to: sev(1),
        reason: SeverityReason::WorseAlert { alert: AlertSeverity::Critical },
        escalation: Some(policy(&[(0, &[BO])])),
    };
    let mut quiet = Case::declared(declaration());
    assert_eq!(names(&quiet.ana(5, worse())), "severity_changed escalation_started step_reached");
    assert_eq!(quiet.now().generation, 1, "it is still the first alarm");
    let mut told = Case::escalating(policy(&[(0, &[ANA])]));
    assert_eq!(names(&told.ana(5, worse())), "severity_changed");
    let mut taken = Case::declared(declaration());
    taken.ana(4, IncidentCommand::Acknowledge { generation: None });
    assert_eq!(names(&taken.ana(5, worse())), "severity_changed");
    let mut over = Case::declared(declaration());
    over.ana(4, resolve());
    assert_eq!(names(&over.ana(5, worse())), "severity_changed");
}

#[test]
fn reopening_alarms_in_a_new_generation_under_the_policy_of_the_day() {
    let mut case = Case::escalating(policy(&[(0, &[ANA])]));
    case.ana(10, resolve());
    assert_eq!(
        case.refused(
            11,
            IncidentCommand::Resolve {
                generation: Some(2),
                cause: ResolveCause::Person,
                at: None,
                impact_ended_at: None,
                note: None,
            }
        ),
        "stale_generation"
    );
    let again = policy(&[(0, &[BO]), (60, &[CY])]);
    let reopen = IncidentCommand::Reopen {
        reason: ReopenReason::AlertFiresAgain,
        escalation: Some(again),
        note: None,
    };
    let events = case.does(20, Actor::System, reopen).unwrap();
    assert_eq!(names(&events), "reopened escalation_started step_reached");
    assert_eq!((paged(&events), case.now().generation, case.now().acknowledged), (vec![BO], 2, false));
    assert_eq!(case.refused(21, IncidentCommand::Acknowledge { generation: Some(1) }), "stale_generation");
    let mut quiet = Case::escalating(policy(&[(0, &[ANA])]));
    quiet.ana(10, resolve());
    quiet.ana(20, IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None });
    assert_eq!((quiet.due(), quiet.now().escalation.is_none()), (None, true));
}

#[test]
fn people_are_asked_for_by_name_and_each_once() {
    let mut case = Case::declared(declaration());
    let targets =
        vec![StepTarget::Person { id: person(CY) }, StepTarget::Team { id: TeamId::from_bits(TEAM) }];
    let events = case.ana(5, IncidentCommand::RequestPeople { targets, note: None });
    assert_eq!(paged(&events), [CY, BO]);
    let IncidentEvent::Requested { paged, .. } = &events[0] else { panic!() };
    assert_eq!(paged[0].why, WhyPaged::Requested { by: Some(person(ANA)) });
    let nobody = vec![StepTarget::Person { id: person(GONE) }];
    assert_eq!(case.refused(6, IncidentCommand::RequestPeople { targets: nobody, note: None }), "invalid");
}

#[test]
fn without_any_fallback_the_end_is_still_said() {
    let mut case = Case::new();
    case.roster = Roster::default();
    let declare = Declaration { escalation: Some(policy(&[(60, &[ANA])])), ..declaration() };
    case.does(0, Actor::System, IncidentCommand::Declare(Box::new(declare))).unwrap();
    let (_, _, last) = case.journal.last().unwrap();
    assert_eq!(last, &IncidentEvent::EscalationExhausted { paged: vec![], nobody: true });
}

fn exhausted() -> Case {
    let mut case = Case::escalating(policy(&[(0, &[ANA])]));
    assert_eq!(names(&case.tick(600)), "escalation_exhausted");
    assert_eq!(case.due(), None);
    case
}

#[test]
fn what_joins_or_grows_worse_after_the_last_step_wakes_people_again() {
    let more = |count| IncidentCommand::JoinAlerts { count, escalation: Some(policy(&[(0, &[BO])])) };
    let mut case = exhausted();
    let events = case.does(700, Actor::System, more(2)).unwrap();
    assert_eq!(names(&events), "alerts_joined escalation_started step_reached");
    assert_eq!((paged(&events), case.now().generation), (vec![BO], 2));
    assert_eq!(
        names(&case.does(701, Actor::System, more(1)).unwrap()),
        "alerts_joined",
        "they are being told"
    );
    let severity = |rank| IncidentCommand::SetSeverity {
        to: sev(rank),
        reason: SeverityReason::WorseAlert { alert: AlertSeverity::Critical },
        escalation: Some(policy(&[(0, &[BO])])),
    };
    let mut case = exhausted();
    assert_eq!(names(&case.ana(700, severity(3))), "severity_changed", "milder is no news");
    assert_eq!(names(&case.ana(701, severity(1))), "severity_changed escalation_started step_reached");
    let mut taken = exhausted();
    taken.ana(700, IncidentCommand::Acknowledge { generation: None });
    assert_eq!(names(&taken.ana(701, severity(1))), "severity_changed");
    assert_eq!(names(&taken.ana(702, more(1))), "alerts_joined");
    let mut quiet = Case::declared(declaration());
    assert_eq!(names(&quiet.ana(1, more(1))), "alerts_joined", "its severity tells nobody");
}

#[test]
fn the_fallback_is_not_told_twice_in_the_same_moment() {
    let mut case = Case::escalating(policy(&[]));
    let worse = || IncidentCommand::SetSeverity {
        to: sev(1),
        reason: SeverityReason::WorseAlert { alert: AlertSeverity::Critical },
        escalation: Some(policy(&[])),
    };
    assert_eq!(names(&case.ana(0, worse())), "severity_changed");
    let mut later = Case::escalating(policy(&[]));
    assert_eq!(names(&later.ana(9, worse())), "severity_changed escalation_started escalation_exhausted");
}

#[test]
fn what_is_merged_in_is_not_forgotten() {
    let inherit =
        || IncidentCommand::Inherit { severity: sev(1), number: 41, escalation: Some(policy(&[(0, &[BO])])) };
    let mut quiet = Case::declared(declaration());
    let events = quiet.ana(5, inherit());
    assert_eq!(names(&events), "severity_changed escalation_started step_reached");
    assert_eq!(quiet.now().severity_reason, SeverityReason::Merged { number: 41 });
    let mut told = Case::escalating(policy(&[(0, &[ANA])]));
    assert_eq!(names(&told.ana(5, inherit())), "severity_changed", "somebody is being told here");
}

#[test]
fn a_deadline_of_a_wrong_clock_is_counted_anew() {
    let year = 365 * 86_400;
    let timed = EscalationPolicy { ack_timeout_secs: Some(1_800), ..policy(&[(0, &[ANA]), (300, &[BO])]) };
    let mut case = Case::escalating(timed.clone());
    case.tick(year + 300);
    assert_eq!(case.due(), Some(at(year + 900)));
    let back = |case: &mut Case, secs| case.does(secs, Actor::System, IncidentCommand::ClockSetBack).unwrap();
    assert_eq!(names(&back(&mut case, 400)), "deadlines_moved");
    assert_eq!(case.due(), Some(at(1_000)), "the step's own delay, from now");
    assert_eq!(back(&mut case, 401), [], "that is no longer too far away");
    let mut taken = Case::escalating(timed);
    taken.ana(year, IncidentCommand::Acknowledge { generation: None });
    assert_eq!(names(&back(&mut taken, 10)), "deadlines_moved");
    assert_eq!(taken.due(), Some(at(1_810)));
    taken.ana(20, IncidentCommand::SetStatus { to: IncidentStatus::Monitoring, note: None });
    assert_eq!(back(&mut taken, 30), []);
}
