//! What people write down: severity, title, scope, comments and evidence.

use super::*;
use crate::ids::{NoteId, ProductId, ScopeId};

fn severity(to: u8) -> IncidentCommand {
    IncidentCommand::SetSeverity {
        to: sev(to),
        reason: SeverityReason::Person { person: None, note: None },
        escalation: None,
    }
}

#[test]
fn the_worst_severity_is_never_forgotten() {
    let mut case = Case::declared(declaration());
    for (to, max) in [(3, 2), (1, 1), (4, 1), (0, 0), (2, 0)] {
        case.ana(1, severity(to));
        assert_eq!((case.now().severity, case.now().max_severity), (sev(to), sev(max)));
    }
    assert_eq!(case.ana(2, severity(2)), [], "it is that bad already");
}

#[test]
fn a_merged_story_makes_worse_but_never_milder() {
    let mut case = Case::declared(declaration());
    let inherit = |rank| IncidentCommand::Inherit { severity: sev(rank), number: 4, escalation: None };
    assert_eq!(case.ana(1, inherit(3)), []);
    assert_eq!(names(&case.ana(1, inherit(1))), "severity_changed");
    assert_eq!(case.now().severity, sev(1));
}

#[test]
fn old_titles_stay_findable_and_the_slug_follows() {
    let mut case = Case::declared(declaration());
    let title = |t: &str| IncidentCommand::Retitle { title: t.into(), note: None };
    case.ana(1, title("Chats are slow"));
    case.ana(2, title("Chats fail"));
    assert_eq!((case.now().title.as_str(), case.now().slug.as_str()), ("Chats fail", "7-chats-fail"));
    assert_eq!(case.now().former_titles, ["Chats are slow"]);
    assert_eq!(case.ana(3, title("Chats fail")), []);
}

fn scope(id: u128, from: Option<i64>, until: Option<i64>) -> ScopeEntry {
    ScopeEntry {
        id: ScopeId::from_bits(id),
        products: vec![ProductId::from_bits(1)],
        components: vec![],
        pods: vec![],
        all_pods: false,
        symptom: Some("slow".into()),
        from_at: from.map(at),
        until_at: until.map(at),
    }
}

#[test]
fn scope_is_added_changed_and_removed_with_its_history() {
    let mut case = Case::declared(declaration());
    case.ana(1, IncidentCommand::AddScope { entry: scope(0, Some(-9), None) });
    let id = case.now().scope[0].id;
    assert_ne!(id, ScopeId::from_bits(0), "the decision makes the id");
    let ended = ScopeEntry { id, ..scope(0, Some(-9), Some(5)) };
    let change = IncidentCommand::ChangeScope { entry: ended.clone(), note: Some("over".into()) };
    assert_eq!(names(&case.ana(6, change.clone())), "scope_changed");
    assert_eq!(case.now().scope, [ended]);
    assert_eq!(case.ana(7, change), []);
    case.ana(8, IncidentCommand::RemoveScope { id, note: None });
    assert!(case.now().scope.is_empty());
    assert_eq!(case.refused(9, IncidentCommand::RemoveScope { id, note: None }), "not_found");
}

#[test]
fn a_scope_says_something_and_ends_after_it_began() {
    let mut case = Case::declared(declaration());
    let empty = ScopeEntry { products: vec![], symptom: None, ..scope(0, None, None) };
    assert_eq!(case.refused(1, IncidentCommand::AddScope { entry: empty }), "invalid");
    let backwards = scope(0, Some(5), Some(4));
    assert_eq!(case.refused(1, IncidentCommand::AddScope { entry: backwards }), "invalid");
    let unknown = IncidentCommand::ChangeScope { entry: scope(4, None, None), note: None };
    assert_eq!(case.refused(1, unknown), "not_found");
}

#[test]
fn only_the_author_corrects_or_withdraws_a_remark() {
    let mut case = Case::declared(declaration());
    case.ana(5, IncidentCommand::Comment { text: "It is the cache".into(), occurred_at: Some(at(2)) });
    let id = case.now().remarks[0].id;
    let correct = || IncidentCommand::CorrectNote { id, text: "It is the pool".into(), note: None };
    let withdraw = || IncidentCommand::WithdrawNote { id, note: None, anybodys: false };
    for command in [correct(), withdraw()] {
        assert_eq!(case.does(6, by(BO), command).unwrap_err().code(), "forbidden");
    }
    assert_eq!(names(&case.ana(7, correct())), "note_corrected");
    assert_eq!(names(&case.ana(8, withdraw())), "note_withdrawn");
    assert!(case.now().remarks[0].withdrawn);
    assert_eq!(case.refused(9, correct()), "note_withdrawn");
    assert_eq!(case.refused(9, withdraw()), "note_withdrawn");
    let unknown = IncidentCommand::WithdrawNote { id: NoteId::from_bits(1), note: None, anybodys: false };
    assert_eq!(case.refused(9, unknown), "not_found");
}

#[test]
fn evidence_is_a_remark_with_an_address_and_nothing_happens_in_the_future() {
    let mut case = Case::declared(declaration());
    let pin = |secs| IncidentCommand::Pin {
        text: "p99".into(),
        url: Some("https://graphs.example.org/1".into()),
        evidence: EvidenceKind::Graph,
        occurred_at: Some(at(secs)),
    };
    case.ana(5, pin(5));
    assert_eq!(
        (case.now().remarks[0].kind, case.now().remarks[0].by),
        (RemarkKind::Evidence, Some(person(ANA)))
    );
    assert_eq!(case.refused(5, pin(6)), "invalid");
    let comment = IncidentCommand::Comment { text: "x".into(), occurred_at: Some(at(6)) };
    assert_eq!(case.refused(5, comment), "invalid");
}

#[test]
fn whoever_may_takes_back_what_others_said() {
    let mut case = Case::declared(declaration());
    case.ana(5, IncidentCommand::Comment { text: "the password is x".into(), occurred_at: None });
    let id = case.now().remarks[0].id;
    let withdraw = |anybodys| IncidentCommand::WithdrawNote { id, note: None, anybodys };
    assert_eq!(case.does(6, by(BO), withdraw(false)).unwrap_err().code(), "forbidden");
    assert_eq!(names(&case.does(7, by(BO), withdraw(true)).unwrap()), "note_withdrawn");
}
