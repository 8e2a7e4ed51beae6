//! What the self-audit sees in one incident and its pages.

use hansei_domain::catalog::{ContactKind, EscalationPolicy, StepTarget};
use hansei_domain::ids::{ContactId, IncidentId, PageId, PersonId, TypedId};
use hansei_domain::incident::{
    IncidentEvent, IncidentSource, Paged, Severity, SeverityReason, evolve as fold,
};
use hansei_domain::page::{Channel, PageEvent, evolve as fold_page};
use jiff::SignedDuration;

use super::*;

fn at(secs: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + secs)
}

fn person() -> PersonId {
    PersonId::from_bits(1)
}

/// An incident whose escalation has begun, after further events at second 1.
fn incident(events: Vec<IncidentEvent>) -> Incident {
    let declared = IncidentEvent::Declared {
        id: IncidentId::from_bits(1),
        number: 7,
        slug: "7-x".into(),
        title: "x".into(),
        service_id: None,
        group: None,
        alert_id: None,
        severity: Severity::ALL[1],
        severity_reason: SeverityReason::Person { person: None, note: None },
        source: IncidentSource::Monitoring,
        status: IncidentStatus::Detected,
        holder: None,
        impact_started_at: None,
        detected_at: at(0),
        declared_at: at(0),
        reopen_window_secs: 0,
        auto_resolve: false,
        recurrence_of: None,
    };
    let started =
        IncidentEvent::EscalationStarted { policy: EscalationPolicy::default(), generation: 1, note: None };
    let mut state = None;
    for event in [declared, started].iter().chain(&events) {
        state = fold(state, event, at(1), &hansei_domain::access::Actor::System);
    }
    state.unwrap()
}

fn reached(next_at: Timestamp) -> IncidentEvent {
    IncidentEvent::StepReached { step: Some(0), round: 0, paged: vec![], next_step: 1, next_at }
}

fn taken() -> IncidentEvent {
    IncidentEvent::Acknowledged { by: Some(person()), generation: 1, expires_at: None, alert_id: None }
}

fn page(why: WhyPaged, events: &[PageEvent]) -> Page {
    let paged = Paged { page_id: PageId::from_bits(2), person_id: person(), why };
    let requested = PageEvent::Requested {
        id: paged.page_id,
        incident_id: IncidentId::from_bits(1),
        generation: 1,
        person_id: paged.person_id,
        why: paged.why,
        channels: vec![Channel {
            contact_id: ContactId::from_bits(1),
            contact: ContactKind::Email { address: "ana@example.org".into() },
        }],
        next_channel_secs: 60,
    };
    let mut state = fold_page(None, &requested, at(1));
    for event in events {
        state = fold_page(state, event, at(2));
    }
    state.unwrap()
}

fn step() -> WhyPaged {
    WhyPaged::Step { step: 0, round: 0, target: StepTarget::Person { id: person() }, delay_secs: 0 }
}

fn delivered() -> PageEvent {
    PageEvent::Delivered { channel: 0, receipt: "250".into() }
}

fn found(incident: &Incident, pages: &[&Page], now: Timestamp) -> Vec<&'static str> {
    inspect(incident, pages, now).into_iter().map(|f| f.code).collect()
}

#[test]
fn what_is_as_it_should_be_is_no_finding() {
    let told = page(step(), &[delivered()]);
    assert!(found(&incident(vec![reached(at(300))]), &[&told], at(10)).is_empty());
    let asked = page(WhyPaged::Requested { by: None }, &[delivered()]);
    assert!(found(&incident(vec![reached(at(300)), taken()]), &[&asked], at(10)).is_empty());
}

#[test]
fn pages_of_a_taken_or_ended_incident_are_findings() {
    let told = page(step(), &[delivered()]);
    assert_eq!(found(&incident(vec![reached(at(300)), taken()]), &[&told], at(10)), ["told_after_ack"]);
    let resolved = IncidentEvent::Resolved {
        at: at(1),
        impact_ended_at: None,
        cause: hansei_domain::incident::ResolveCause::Person,
        note: None,
    };
    assert_eq!(found(&incident(vec![reached(at(300)), resolved]), &[&told], at(10)), ["told_after_end"]);
}

#[test]
fn a_page_whose_ways_are_all_given_up_is_a_finding() {
    let failed = PageEvent::AttemptFailed { channel: 0, number: 1, error: "550".into(), retry_at: None };
    let dead = page(step(), &[failed]);
    assert_eq!(found(&incident(vec![reached(at(300))]), &[&dead], at(10)), ["given_up"]);
}

#[test]
fn a_step_that_is_late_or_later_than_its_policy_waits_is_a_finding() {
    let incident = incident(vec![reached(at(300))]);
    assert!(found(&incident, &[], at(310)).is_empty());
    assert_eq!(found(&incident, &[], at(316)), ["step_late"]);
    // The clock was an hour ahead when the step was stamped, and has been set right.
    assert_eq!(found(&incident, &[], at(-3_600)), ["step_too_far"]);
}

#[test]
fn only_what_stands_for_two_rounds_is_raised_and_once() {
    let state = AuditState::default();
    let finding = |number| Finding { incident_number: number, code: "step_late", text: "x".into() };
    assert!(state.standing(at(0), &[finding(1)]).is_empty());
    let standing = state.standing(at(60), &[finding(1), finding(2)]);
    assert_eq!(standing, [finding(1)]);
    state.raised(&standing);
    assert_eq!(state.standing(at(120), &[finding(1), finding(2)]), [finding(2)]);
    assert!(state.standing(at(180), &[]).is_empty());
    assert!(state.standing(at(240), &[finding(1)]).is_empty(), "it has to stand again");
}
