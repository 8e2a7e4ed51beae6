//! Every status against every command, and the ways between them.

use super::*;
use crate::alert::GroupKey;
use crate::ids::{IncidentId, NoteId, ScopeId, ServiceId};

fn in_status(status: IncidentStatus) -> Case {
    let mut case = Case::declared(declaration());
    case.ana(1, IncidentCommand::Comment { text: "seen".into(), occurred_at: None });
    match status {
        IncidentStatus::Resolved => drop(case.ana(2, resolve())),
        IncidentStatus::Closed => {
            case.ana(2, resolve());
            case.ana(3, IncidentCommand::Close { at: None, note: None });
        }
        IncidentStatus::Merged => drop(case.ana(2, merge(true))),
        to => drop(case.ana(2, IncidentCommand::SetStatus { to, at: None, note: None })),
    }
    assert_eq!(case.now().status, status);
    case
}

fn merge(target_active: bool) -> IncidentCommand {
    IncidentCommand::MergeInto {
        target: IncidentId::from_bits(99),
        target_number: 3,
        target_active,
        note: None,
    }
}

fn commands() -> Vec<(&'static str, IncidentCommand)> {
    let scope = ScopeEntry {
        id: ScopeId::from_bits(0),
        products: vec![],
        components: vec![],
        pods: vec![],
        all_pods: true,
        symptom: None,
        from_at: None,
        until_at: None,
    };
    let reason = SeverityReason::Person { person: Some(person(ANA)), note: None };
    vec![
        ("declare", IncidentCommand::Declare(Box::new(declaration()))),
        ("acknowledge", IncidentCommand::Acknowledge { generation: None }),
        ("hand_over", IncidentCommand::HandOver { to: person(BO), note: None }),
        (
            "request",
            IncidentCommand::RequestPeople {
                targets: vec![StepTarget::Person { id: person(BO) }],
                note: None,
            },
        ),
        ("escalate", IncidentCommand::Escalate { policy: policy(&[(0, &[BO])]), note: None }),
        ("set_status", IncidentCommand::SetStatus { to: IncidentStatus::Monitoring, at: None, note: None }),
        ("set_severity", IncidentCommand::SetSeverity { to: sev(4), reason, escalation: None }),
        ("join_alerts", IncidentCommand::JoinAlerts { count: 2, escalation: None }),
        ("inherit_worse", IncidentCommand::Inherit { severity: sev(0), number: 4, escalation: None }),
        ("inherit_milder", IncidentCommand::Inherit { severity: sev(4), number: 4, escalation: None }),
        ("retitle", IncidentCommand::Retitle { title: "Chats are slow".into(), note: None }),
        (
            "set_time",
            IncidentCommand::SetTime { which: TimeKind::ImpactStarted, at: Some(at(0)), note: None },
        ),
        ("add_scope", IncidentCommand::AddScope { entry: scope }),
        ("remove_scope", IncidentCommand::RemoveScope { id: ScopeId::from_bits(5), note: None }),
        ("comment", IncidentCommand::Comment { text: "hm".into(), occurred_at: None }),
        ("withdraw", IncidentCommand::WithdrawNote { id: NoteId::from_bits(5), note: None, anybodys: false }),
        ("resolve", resolve()),
        ("reopen", IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None }),
        ("close", IncidentCommand::Close { at: None, note: None }),
        ("merge_into", merge(true)),
        ("merge_ended", merge(false)),
        ("absorb", IncidentCommand::Absorb { source: IncidentId::from_bits(98), source_number: 4 }),
        ("tick", IncidentCommand::Tick),
    ]
}

/// What each command leads to: while active (where detected or monitoring differ, they are named below), then when
/// resolved, closed, merged. `-` is nothing, `!` a refusal.
const TABLE: [(&str, [&str; 4]); 23] = [
    ("declare", ["!already_declared"; 4]),
    ("acknowledge", ["acknowledged", "!incident_ended", "!incident_ended", "!incident_ended"]),
    ("hand_over", ["handed_over", "!incident_ended", "!incident_ended", "!incident_ended"]),
    ("request", ["people_requested", "!incident_ended", "!incident_ended", "!incident_ended"]),
    (
        "escalate",
        ["escalation_started step_reached", "!incident_ended", "!incident_ended", "!incident_ended"],
    ),
    ("set_status", ["status_changed", "!incident_ended", "!incident_ended", "!incident_ended"]),
    ("set_severity", ["severity_changed"; 4]),
    ("join_alerts", ["alerts_joined", "!incident_ended", "!incident_ended", "!incident_ended"]),
    ("inherit_worse", ["severity_changed"; 4]),
    ("inherit_milder", ["-"; 4]),
    ("retitle", ["retitled"; 4]),
    ("set_time", ["time_set"; 4]),
    ("add_scope", ["scope_added"; 4]),
    ("remove_scope", ["!not_found"; 4]),
    ("comment", ["noted"; 4]),
    ("withdraw", ["!not_found"; 4]),
    ("resolve", ["resolved", "-", "-", "!incident_ended"]),
    ("reopen", ["-", "reopened", "reopened", "!incident_merged"]),
    ("close", ["!not_resolved", "closed", "-", "!not_resolved"]),
    ("merge_into", ["merged_into", "!incident_ended", "!incident_ended", "!incident_ended"]),
    ("merge_ended", ["!merge_target_ended", "!incident_ended", "!incident_ended", "!incident_ended"]),
    ("absorb", ["absorbed"; 4]),
    ("tick", ["-"; 4]),
];

fn expected(command: &str, status: IncidentStatus) -> &'static str {
    match (command, status) {
        ("acknowledge", IncidentStatus::Detected) => "status_changed acknowledged",
        ("set_status", IncidentStatus::Monitoring) => "-",
        _ => {
            let (_, row) = TABLE.iter().find(|(name, _)| *name == command).unwrap();
            match status {
                IncidentStatus::Resolved => row[1],
                IncidentStatus::Closed => row[2],
                IncidentStatus::Merged => row[3],
                _ => row[0],
            }
        }
    }
}

#[test]
fn every_status_answers_every_command_as_the_table_says() {
    assert_eq!(commands().len(), TABLE.len());
    for status in IncidentStatus::ALL {
        for (name, command) in commands() {
            let mut case = in_status(status);
            let found = match case.does(10, by(ANA), command) {
                Ok(events) if events.is_empty() => "-".to_owned(),
                Ok(events) => names(&events),
                Err(refusal) => format!("!{}", refusal.code()),
            };
            assert_eq!(found, expected(name, status), "{name} on {status:?}");
        }
    }
}

#[test]
fn nothing_but_a_declaration_makes_an_incident() {
    for (name, command) in commands().into_iter().filter(|(name, _)| *name != "declare") {
        let mut case = Case::new();
        assert_eq!(case.refused(0, command), "not_found", "{name}");
    }
}

#[test]
fn resolving_closing_and_merging_are_no_mere_change_of_status() {
    for to in [IncidentStatus::Resolved, IncidentStatus::Closed, IncidentStatus::Merged] {
        let mut case = in_status(IncidentStatus::Triage);
        assert_eq!(case.refused(10, IncidentCommand::SetStatus { to, at: None, note: None }), "invalid");
    }
}

#[test]
fn the_active_states_are_walked_in_any_direction() {
    for from in IncidentStatus::ACTIVE {
        for to in IncidentStatus::ACTIVE.into_iter().filter(|to| *to != from) {
            let mut case = in_status(from);
            let move_it = IncidentCommand::SetStatus { to, at: None, note: None };
            if to == IncidentStatus::Detected {
                assert_eq!(case.refused(10, move_it), "invalid", "somebody has looked");
                continue;
            }
            assert_eq!(names(&case.ana(10, move_it)), "status_changed");
            assert_eq!(case.now().status, to);
        }
    }
}

#[test]
fn one_who_declares_and_holds_begins_in_triage_and_has_acknowledged() {
    let case = Case::declared(Declaration { holder: Some(person(ANA)), ..declaration() });
    let incident = case.now();
    assert_eq!((incident.status, incident.acknowledged), (IncidentStatus::Triage, true));
    assert_eq!(incident.time(TimeKind::Acknowledged), Some(at(0)));
    assert_eq!(Case::declared(declaration()).now().status, IncidentStatus::Detected);
}

#[test]
fn number_slug_and_identity_come_from_the_declaration() {
    let case = Case::declared(Declaration {
        service_id: Some(ServiceId::from_bits(4)),
        group: Some(GroupKey("g".into())),
        ..declaration()
    });
    let incident = case.now();
    assert_eq!((incident.number, incident.slug.as_str()), (7, "7-chats-fail"));
    assert_eq!(incident.generation, 1);
    assert_eq!(incident.group, Some(GroupKey("g".into())));
    let mut case = Case::new();
    let nameless = Declaration { title: "障害".into(), ..declaration() };
    case.does(0, Actor::System, IncidentCommand::Declare(Box::new(nameless))).unwrap();
    assert_eq!(case.now().slug, "7-incident");
}

#[test]
fn the_last_alert_resolves_only_what_may_resolve_by_itself() {
    let last_alert = IncidentCommand::Resolve {
        generation: None,
        cause: ResolveCause::LastAlert,
        at: None,
        impact_ended_at: Some(at(5)),
        note: None,
    };
    let mut by_hand = Case::declared(Declaration { auto_resolve: false, ..declaration() });
    assert_eq!(by_hand.does(9, Actor::System, last_alert.clone()), Ok(vec![]));
    let mut by_rule = Case::declared(declaration());
    assert_eq!(names(&by_rule.does(9, Actor::System, last_alert).unwrap()), "resolved");
    assert_eq!(by_rule.now().time(TimeKind::ImpactEnded), Some(at(5)));
}

#[test]
fn reopening_ends_with_its_window() {
    let reopen = || IncidentCommand::Reopen { reason: ReopenReason::Person, escalation: None, note: None };
    let mut in_time = Case::declared(declaration());
    in_time.ana(100, resolve());
    assert_eq!(in_time.now().reopen_until(), Some(at(100 + 86_400)));
    assert_eq!(names(&in_time.ana(100 + 86_400, reopen())), "reopened");
    assert_eq!(in_time.now().status, IncidentStatus::Investigating);
    let mut late = Case::declared(declaration());
    late.ana(100, resolve());
    assert_eq!(late.refused(100 + 86_401, reopen()), "reopen_window_over");
}

#[test]
fn an_incident_is_not_merged_into_itself() {
    let mut case = Case::declared(declaration());
    let own = case.now().id;
    let merge = IncidentCommand::MergeInto { target: own, target_number: 7, target_active: true, note: None };
    assert_eq!(case.refused(1, merge), "merge_self");
}

#[test]
fn the_self_test_is_merged_with_nothing() {
    let other = IncidentId::from_bits(99);
    let into = |target_number| IncidentCommand::MergeInto {
        target: other,
        target_number,
        target_active: true,
        note: None,
    };
    assert_eq!(Case::declared(declaration()).refused(1, into(0)), "merge_self_test");
    let own = Declaration { number: 0, ..declaration() };
    assert_eq!(Case::declared(own).refused(1, into(7)), "merge_self_test");
}

#[test]
fn merging_stops_the_escalation_and_names_the_other_on_both_sides() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO])]));
    case.ana(10, merge(true));
    let incident = case.now();
    assert_eq!(incident.merged_into, Some(IncidentId::from_bits(99)));
    assert_eq!(incident.escalation.as_ref().unwrap().status, EscalationStatus::Stopped);
    assert_eq!(case.due(), None);
    let mut target = Case::declared(declaration());
    target.ana(10, IncidentCommand::Absorb { source: IncidentId::from_bits(98), source_number: 4 });
    assert_eq!(target.now().absorbed, [IncidentId::from_bits(98)]);
}

#[test]
fn a_handover_takes_and_names_both_sides() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[BO])]));
    case.ana(5, IncidentCommand::Acknowledge { generation: None });
    let events = case.ana(9, IncidentCommand::HandOver { to: person(BO), note: Some("yours".into()) });
    let [IncidentEvent::HandedOver { from, to, note, paged, untaken, expires_at }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*from, *to, note.as_deref()), (Some(person(ANA)), person(BO), Some("yours")));
    assert_eq!((*untaken, *expires_at), (false, Some(at(9 + 900))), "somebody must answer for it");
    assert_eq!(paged[0].person_id, person(BO));
    assert_eq!(paged[0].why, WhyPaged::HandedOver { by: Some(person(ANA)) });
    assert_eq!((case.now().holder, case.now().acknowledged), (Some(person(BO)), true));
    assert_eq!(case.ana(10, IncidentCommand::HandOver { to: person(BO), note: None }), []);
    assert_eq!(case.now().time(TimeKind::Acknowledged), Some(at(5)), "the first acknowledgement stands");
}

#[test]
fn a_new_holder_answers_or_it_alarms_again() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[CY])]));
    case.ana(5, IncidentCommand::Acknowledge { generation: None });
    case.ana(10, IncidentCommand::HandOver { to: person(BO), note: None });
    let mut silent =
        Case { incident: case.incident.clone(), journal: case.journal.clone(), roster: roster() };
    let answer = case.does(20, by(BO), IncidentCommand::Acknowledge { generation: Some(1) }).unwrap();
    assert_eq!(names(&answer), "answered");
    assert_eq!(case.due(), None, "the policy sets no time-out for those who have answered");
    assert_eq!(case.does(21, by(BO), IncidentCommand::Acknowledge { generation: None }).unwrap(), []);
    assert_eq!(silent.due(), Some(at(910)));
    assert_eq!(names(&silent.tick(910)), "acknowledgement_expired escalation_started step_reached");
    assert_eq!((silent.now().generation, silent.now().acknowledged), (2, false));
}

#[test]
fn handing_over_what_nobody_has_taken_silences_nobody() {
    let mut case = Case::escalating(policy(&[(0, &[ANA]), (300, &[CY])]));
    let events = case.ana(10, IncidentCommand::HandOver { to: person(BO), note: None });
    assert_eq!(paged(&events), [BO]);
    assert_eq!((case.now().acknowledged, case.now().holder), (false, Some(person(BO))));
    assert_eq!(case.due(), Some(at(300)), "the next step comes");
    assert_eq!(case.ana(11, IncidentCommand::HandOver { to: person(BO), note: None }), []);
    let taken = case.does(20, by(BO), IncidentCommand::Acknowledge { generation: None }).unwrap();
    assert_eq!(names(&taken), "status_changed acknowledged");
    assert_eq!(case.due(), None);
    let mut own = Case::escalating(policy(&[(0, &[BO]), (300, &[CY])]));
    let events = own.ana(10, IncidentCommand::HandOver { to: person(ANA), note: None });
    assert_eq!((paged(&events), own.now().acknowledged), (vec![], true), "who takes it knows of it");
    let unknown = IncidentCommand::HandOver { to: person(77), note: None };
    assert_eq!(own.refused(11, unknown), "invalid");
}

#[test]
fn each_handover_begins_the_time_for_progress_anew() {
    let timed = EscalationPolicy { ack_timeout_secs: Some(1_800), ..policy(&[(0, &[ANA])]) };
    let mut case = Case::escalating(timed);
    case.ana(0, IncidentCommand::Acknowledge { generation: None });
    assert_eq!(case.due(), Some(at(1_800)));
    case.ana(1_740, IncidentCommand::HandOver { to: person(BO), note: None });
    assert_eq!(case.due(), Some(at(1_740 + 1_800)));
    case.does(2_000, by(BO), IncidentCommand::Acknowledge { generation: None }).unwrap();
    assert_eq!(case.due(), Some(at(3_800)), "who has answered has their own time");
}

#[test]
fn who_is_asked_later_answers_for_themselves() {
    let mut case = Case::escalating(policy(&[(0, &[ANA])]));
    case.ana(5, IncidentCommand::Acknowledge { generation: None });
    let ask = || IncidentCommand::RequestPeople {
        targets: vec![StepTarget::Person { id: person(BO) }],
        note: None,
    };
    case.ana(6, ask());
    let bo = || IncidentCommand::Acknowledge { generation: Some(1) };
    let said = IncidentEvent::Answered { by: person(BO), generation: 1, expires_at: None };
    assert_eq!(case.does(7, by(BO), bo()).unwrap(), [said]);
    assert_eq!(case.now().holder, Some(person(ANA)), "it is still hers");
    assert_eq!(case.does(8, by(BO), bo()).unwrap(), [], "once is enough");
    case.ana(9, ask());
    assert_eq!(names(&case.does(10, by(BO), bo()).unwrap()), "answered", "they were asked again");
}

#[test]
fn a_holder_who_is_asked_again_still_holds_it() {
    let mut case = Case::escalating(policy(&[(0, &[ANA])]));
    case.ana(5, IncidentCommand::Acknowledge { generation: None });
    let targets = vec![StepTarget::Person { id: person(ANA) }];
    case.does(6, by(BO), IncidentCommand::RequestPeople { targets, note: None }).unwrap();
    let said = case.does(7, by(BO), IncidentCommand::Acknowledge { generation: Some(1) }).unwrap();
    assert_eq!(names(&said), "answered", "one generation is taken once (R12)");
    assert_eq!(case.now().holder, Some(person(ANA)));
}

#[test]
fn who_comes_after_the_senders_side_holds_it() {
    let mut case = Case::escalating(policy(&[(0, &[ANA])]));
    let sender = IncidentCommand::SenderAcknowledges { alert_id: TypedId::from_bits(3) };
    case.does(5, Actor::System, sender).unwrap();
    assert_eq!(case.now().holder, None);
    let events = case.ana(6, IncidentCommand::Acknowledge { generation: None });
    assert_eq!(names(&events), "status_changed acknowledged");
    assert_eq!(case.now().holder, Some(person(ANA)));
}

#[test]
fn a_recurrence_is_linked_to_an_earlier_one_and_may_be_unlinked() {
    let mut case = Case::declared(declaration());
    let link = |id: u128, number| IncidentCommand::LinkRecurrence {
        earlier: Some((IncidentId::from_bits(id), number)),
    };
    assert_eq!(case.refused(1, link(5, 8)), "invalid", "that one came later");
    assert_eq!(names(&case.ana(2, link(5, 3))), "recurrence_linked");
    assert_eq!(case.ana(3, link(5, 3)), []);
    assert_eq!(case.now().recurrence_of, Some(IncidentId::from_bits(5)));
    case.ana(4, IncidentCommand::LinkRecurrence { earlier: None });
    assert_eq!(case.now().recurrence_of, None);
    let note = |linked| IncidentCommand::NoteRecurrence {
        later: IncidentId::from_bits(9),
        later_number: 12,
        linked,
    };
    case.ana(5, note(true));
    assert_eq!(case.now().recurrences, [IncidentId::from_bits(9)]);
    assert_eq!(case.ana(6, note(true)), []);
    case.ana(7, note(false));
    assert!(case.now().recurrences.is_empty());
}
