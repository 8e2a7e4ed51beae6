//! What holds after any sequence of commands, in any order, by anybody, on a clock that may be set back.

use proptest::prelude::*;

use super::*;
use crate::ids::{IncidentId, NoteId, ScopeId};

#[derive(Debug, Clone)]
struct Move {
    wait: i64,
    actor: u8,
    what: u8,
    pick: u8,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let wait = prop_oneof![
        6 => 0i64..400,
        2 => 400i64..4_000,
        1 => Just(90_000i64),
        1 => -90_000i64..0,
    ];
    let one = (wait, 0u8..5, 0u8..24, any::<u8>()).prop_map(|(wait, actor, what, pick)| Move {
        wait,
        actor,
        what,
        pick,
    });
    prop::collection::vec(one, 1..60)
}

fn any_policy(pick: u8) -> EscalationPolicy {
    let steps: [&[(u32, &[u128])]; 6] = [
        &[],
        &[(0, &[ANA]), (300, &[TEAM])],
        &[(60, &[GONE])],
        &[(0, &[GONE]), (0, &[BO]), (120, &[GONE, CY])],
        &[(30, &[ANA, BO, ANA])],
        &[(0, &[ANA]), (60, &[GONE])],
    ];
    let chosen = steps[usize::from(pick) % steps.len()];
    EscalationPolicy {
        repeat: u32::from(pick / 6 % 3),
        ack_timeout_secs: pick.is_multiple_of(2).then_some(900),
        ..policy(chosen)
    }
}

fn actor_of(pick: u8) -> Actor {
    match pick {
        0 => Actor::System,
        1 => Actor::Console,
        2 => by(BO),
        _ => by(ANA),
    }
}

fn command_of(m: &Move, case: &Case, now: i64) -> IncidentCommand {
    let pick = usize::from(m.pick);
    let some = |secs: i64| Some(at(now + secs));
    let rank = sev(m.pick % 5);
    let reason = SeverityReason::Person { person: None, note: None };
    let escalation = m.pick.is_multiple_of(3).then(|| any_policy(m.pick));
    let generation = (!m.pick.is_multiple_of(3)).then(|| u32::from(m.pick % 4) + 1);
    let remark = case.incident.as_ref().and_then(|i| i.remarks.get(pick % 3)).map(|r| r.id);
    let scope = case.incident.as_ref().and_then(|i| i.scope.get(pick % 2)).map(|s| s.id);
    let entry = ScopeEntry {
        id: scope.unwrap_or(ScopeId::from_bits(0)),
        products: vec![],
        components: vec![],
        pods: vec![],
        all_pods: m.pick.is_multiple_of(2),
        symptom: m.pick.is_multiple_of(3).then(|| "slow".into()),
        from_at: some(-60),
        until_at: some(i64::from(m.pick) - 100),
    };
    match m.what {
        0 => IncidentCommand::Declare(Box::new(Declaration {
            escalation: Some(any_policy(m.pick)),
            holder: m.pick.is_multiple_of(5).then(|| person(ANA)),
            auto_resolve: m.pick.is_multiple_of(2),
            ..declaration()
        })),
        1 | 2 => IncidentCommand::Acknowledge { generation },
        3 => IncidentCommand::HandOver { to: person(BO), note: None },
        4 => IncidentCommand::RequestPeople { targets: step(0, &[TEAM, GONE]).targets, note: None },
        5 => IncidentCommand::Escalate { policy: any_policy(m.pick), note: None },
        6 => IncidentCommand::SetStatus { to: IncidentStatus::ALL[pick % 8], note: None },
        7 => IncidentCommand::SetSeverity { to: rank, reason, escalation },
        8 => IncidentCommand::Inherit { severity: rank, number: 4, escalation: None },
        9 => IncidentCommand::JoinAlerts { count: 1, escalation: None },
        10 => IncidentCommand::Retitle { title: format!("Title {}", m.pick % 4), note: None },
        11 => {
            let offset = i64::from(m.pick) * 20 - 5_000;
            IncidentCommand::SetTime { which: TimeKind::ALL[pick % 10], at: some(offset), note: None }
        }
        12 => IncidentCommand::SetTime { which: TimeKind::ALL[pick % 10], at: None, note: None },
        13 => IncidentCommand::AddScope { entry },
        14 => IncidentCommand::ChangeScope { entry, note: None },
        15 => IncidentCommand::RemoveScope { id: entry.id, note: None },
        16 => IncidentCommand::Comment { text: "hm".into(), occurred_at: some(-5) },
        17 => IncidentCommand::CorrectNote {
            id: remark.unwrap_or(NoteId::from_bits(0)),
            text: "ah".into(),
            note: None,
        },
        18 => IncidentCommand::WithdrawNote {
            id: remark.unwrap_or(NoteId::from_bits(0)),
            note: None,
            anybodys: false,
        },
        19 => IncidentCommand::Resolve {
            generation,
            cause: if m.pick.is_multiple_of(2) { ResolveCause::Person } else { ResolveCause::LastAlert },
            at: None,
            impact_ended_at: some(i64::from(m.pick) - 200),
            note: None,
        },
        20 => IncidentCommand::Reopen { reason: ReopenReason::Person, escalation, note: None },
        21 if m.pick.is_multiple_of(4) => IncidentCommand::Close { at: None, note: None },
        22 if m.pick.is_multiple_of(16) => IncidentCommand::MergeInto {
            target: IncidentId::from_bits(5),
            target_number: 1,
            target_active: true,
            note: None,
        },
        _ => IncidentCommand::Tick,
    }
}

fn fold(journal: &[(Timestamp, Actor, IncidentEvent)]) -> Option<Incident> {
    journal.iter().fold(None, |state, (when, actor, event)| evolve(state, event, *when, actor))
}

/// What must hold of any incident at any time.
fn check(i: &Incident) -> Result<(), TestCaseError> {
    let running = i.escalation.as_ref().is_some_and(|e| e.status == EscalationStatus::Running);
    prop_assert_eq!(due(i).is_some(), running || i.ack_expires_at.is_some());
    if let Some(escalation) = &i.escalation {
        prop_assert_eq!(
            escalation.next_at.is_some(),
            running,
            "a running one has a deadline, another has none"
        );
    }
    prop_assert!(!running || !i.acknowledged, "taken, and still escalating");
    prop_assert!(!running || i.status.is_active(), "over, and still escalating");
    prop_assert!(i.ack_expires_at.is_none() || (i.acknowledged && i.status.is_active()));
    prop_assert!(i.max_severity <= i.severity);
    prop_assert_eq!(i.merged_into.is_some(), i.status == IncidentStatus::Merged);
    prop_assert!(i.status.is_active() || i.merged_into.is_some() || i.time(TimeKind::Resolved).is_some());
    let start_to_end = (i.time(TimeKind::ImpactStarted), i.time(TimeKind::ImpactEnded));
    prop_assert!(!matches!(start_to_end, (Some(a), Some(b)) if a > b), "impact ends before it begins");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn after_any_commands_the_invariants_hold(moves in moves()) {
        let mut case = Case::declared(Declaration { escalation: Some(any_policy(moves[0].pick)), ..declaration() });
        let (mut now, mut worst, mut generation) = (0i64, case.now().severity, 1u32);
        for m in &moves {
            now += m.wait;
            let before = case.now().clone();
            let command = command_of(m, &case, now);
            let seen = match &command {
                IncidentCommand::Acknowledge { generation } | IncidentCommand::Resolve { generation, .. } => *generation,
                _ => None,
            };
            let stale = seen.is_some_and(|g| g != before.generation);
            let tick_before_due = matches!(command, IncidentCommand::Tick)
                && due(&before).is_none_or(|due| due > at(now));
            let tick_when_due =
                matches!(command, IncidentCommand::Tick) && due(&before).is_some_and(|due| due <= at(now));
            let done = case.does(now, actor_of(m.actor), command);
            if stale {
                prop_assert_eq!(done.as_ref().unwrap_err(), &Refusal::StaleGeneration);
            }
            if tick_before_due {
                prop_assert_eq!(done.as_ref().map(Vec::len), Ok(0), "a tick before the deadline did something");
            }
            if tick_when_due {
                prop_assert!(done.as_ref().is_ok_and(|events| !events.is_empty()), "a deadline that stays for ever");
            }
            if done.is_err() {
                prop_assert_eq!(case.now(), &before, "a refusal changed something");
            }
            let i = case.now();
            check(i)?;
            worst = worst.worse(i.severity);
            prop_assert_eq!(i.max_severity, worst);
            prop_assert!(i.generation >= generation, "generations only grow");
            generation = i.generation;
            prop_assert_eq!((i.id, i.number), (before.id, before.number));
        }
        let folded = fold(&case.journal);
        prop_assert_eq!(folded.as_ref(), Some(case.now()));
    }

    #[test]
    fn every_event_and_state_survives_being_stored(moves in moves()) {
        let mut case = Case::declared(Declaration { escalation: Some(any_policy(moves[0].pick)), ..declaration() });
        let mut now = 0;
        for m in &moves {
            now += m.wait;
            let command = command_of(m, &case, now);
            drop(case.does(now, actor_of(m.actor), command));
            let text = serde_json::to_string(case.now()).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Incident>(&text).unwrap(), case.now());
        }
        for (_, actor, event) in &case.journal {
            let text = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<IncidentEvent>(&text).unwrap(), event);
            let text = serde_json::to_string(actor).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Actor>(&text).unwrap(), actor);
        }
    }

    /// Folding is total: events that are missing, doubled or out of order never stop it.
    #[test]
    fn folding_never_fails(moves in moves(), order in prop::collection::vec(any::<prop::sample::Index>(), 1..80)) {
        let mut case = Case::declared(Declaration { escalation: Some(any_policy(moves[0].pick)), ..declaration() });
        let mut now = 0;
        for m in &moves {
            now += m.wait;
            let command = command_of(m, &case, now);
            drop(case.does(now, actor_of(m.actor), command));
        }
        let (id, mixed) = (case.now().id, order.iter().map(|i| i.get(&case.journal).clone()).collect::<Vec<_>>());
        prop_assert!(fold(&mixed).is_none_or(|i| i.id == id));
    }
}
