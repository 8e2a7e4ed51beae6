//! The rehearsal says what the domain would do.

use hansei_domain::access::Role;
use hansei_domain::catalog::{
    CatalogDoc, Contact, ContactKind, Entry, EntryId, EscalationStep, Origin, Person, Team, Theme,
};
use hansei_domain::ids::{ContactId, TeamId, TypedId};
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::text::{Name, Slug};

use super::*;
use crate::ports::Loaded;

fn person(bits: u128, reachable: bool) -> CatalogDoc {
    let contact = ContactKind::Email { address: format!("p{bits}@example.org") };
    CatalogDoc::Person(Person {
        id: PersonId::from_bits(bits),
        name: Name::lossy(&format!("Person {bits}"), "-"),
        email: format!("p{bits}@example.org"),
        role: Role::Responder,
        locale: "en".into(),
        zone: "UTC".into(),
        theme: Theme::System,
        contacts: if reachable { vec![Contact { id: ContactId::from_bits(bits), contact }] } else { vec![] },
        next_contact_secs: 60,
    })
}

fn catalog(docs: Vec<CatalogDoc>) -> Catalog {
    let entry = |doc: CatalogDoc| Loaded {
        id: AggregateId::Entry(doc.id()),
        version: 1,
        state: State::Entry(Box::new(Entry {
            doc,
            archived: false,
            origin: Origin::Screen,
            file_base: None,
        })),
        observation: None,
    };
    Catalog::new(docs.into_iter().map(entry).collect())
}

fn told(id: u128) -> StepTarget {
    StepTarget::Person { id: PersonId::from_bits(id) }
}

fn policy(steps: &[(u32, &[StepTarget])], repeat: u32) -> EscalationPolicy {
    let steps = steps
        .iter()
        .map(|(delay_secs, targets)| EscalationStep { delay_secs: *delay_secs, targets: targets.to_vec() })
        .collect();
    EscalationPolicy { steps, repeat, ..EscalationPolicy::default() }
}

fn brief(rungs: &[Rung]) -> Vec<(i64, Option<usize>, u32, usize)> {
    rungs.iter().map(|r| (r.after_secs, r.step, r.round, r.people.len())).collect()
}

#[test]
fn steps_rounds_and_fallback_come_when_they_would() {
    let catalog = catalog(vec![person(10, true), person(11, true)]);
    let two = policy(&[(0, &[told(10)]), (300, &[told(11)])], 1);
    let rungs = ladder(&two, &catalog);
    assert_eq!(
        brief(&rungs),
        [
            (0, Some(0), 0, 1),
            (300, Some(1), 0, 1),
            (600, Some(0), 1, 1),
            (900, Some(1), 1, 1),
            (1200, None, 0, 0)
        ]
    );
}

#[test]
fn a_step_that_reaches_nobody_costs_no_time_and_is_warned_of() {
    let team = TeamId::from_bits(7);
    let empty = CatalogDoc::Team(Team {
        id: team,
        slug: Slug::from_title("empty", "t"),
        name: Name::lossy("Empty", "-"),
        description: None,
        members: vec![],
    });
    let catalog = catalog(vec![person(10, false), person(11, true), empty]);
    let nobody = [StepTarget::Team { id: team }, told(10)];
    let policy = policy(&[(0, &nobody), (300, &[told(11)])], 0);
    let rungs = ladder(&policy, &catalog);
    assert_eq!(brief(&rungs)[..2], [(0, Some(0), 0, 0), (0, Some(1), 0, 1)]);
    assert_eq!(
        warnings(&policy, &catalog, &["webhook"]),
        [
            Warning::StepReachesNobody(0),
            Warning::Unreachable { step: 0, person: PersonId::from_bits(10) },
            Warning::NoSender { step: 1, person: PersonId::from_bits(11) },
        ]
    );
}

#[test]
fn an_alert_without_incident_and_one_without_pages_tell_nobody() {
    let catalog = catalog(vec![person(10, true)]);
    let policy = policy(&[(0, &[told(10)])], 0);
    let rule = IncidentRule { page_up_to: Severity::ALL[1], ..IncidentRule::default() };
    let info = rehearse(&rule, &policy, AlertSeverity::Info, &catalog);
    assert_eq!(info, Rehearsal { severity: None, rungs: vec![] });
    let warning = rehearse(&rule, &policy, AlertSeverity::Warning, &catalog);
    assert_eq!((warning.severity.map(Severity::rank), warning.rungs.len()), (Some(3), 0));
    let critical = rehearse(&rule, &policy, AlertSeverity::Critical, &catalog);
    assert_eq!(brief(&critical.rungs)[0], (0, Some(0), 0, 1));
}

#[test]
fn nobody_at_all_is_the_loudest_warning() {
    let catalog = catalog(vec![person(10, false)]);
    let warnings = warnings(&EscalationPolicy::default(), &catalog, &["email"]);
    assert_eq!(warnings, [Warning::NoSteps, Warning::NobodyAtAll]);
    assert!(ladder(&EscalationPolicy::default(), &catalog)[0].nobody);
    assert_eq!(catalog.entry(EntryId::Person(PersonId::from_bits(10))).map(|e| e.archived), Some(false));
}
