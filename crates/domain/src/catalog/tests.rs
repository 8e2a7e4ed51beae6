//! Tests of the catalogue: what is refused, who stays admin, and how a file and the screen merge.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::Ctx;
use crate::access::{Actor, Role, Via};
use crate::ids::{IdSeed, PersonId, TypedId};
use crate::refusal::{FieldCode, Refusal};
use crate::text::Name;

fn ctx(actor: Actor) -> Ctx {
    Ctx::new(Timestamp::UNIX_EPOCH, actor, IdSeed::new(1))
}

fn person(role: Role) -> Person {
    Person {
        id: PersonId::from_bits(7),
        name: Name::parse("name", "Ana").unwrap(),
        email: "ana@example.org".into(),
        role,
        locale: "de".into(),
        zone: "Europe/Berlin".into(),
        theme: Theme::System,
        contacts: vec![],
        next_contact_secs: 60,
    }
}

fn put(person: Person, other_admin: bool) -> CatalogCommand {
    CatalogCommand::Put {
        doc: Box::new(CatalogDoc::Person(person)),
        origin: Origin::Screen,
        file_base: None,
        known: BTreeSet::new(),
        taken_by: None,
        other_admin,
    }
}

fn entry(role: Role) -> Entry {
    Entry { doc: CatalogDoc::Person(person(role)), archived: false, origin: Origin::Screen, file_base: None }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let mut ana = person(Role::Viewer);
    ana.email = "nope".into();
    ana.zone = "Mars/Olympus".into();
    ana.locale = "fr".into();
    let refusal = decide(None, &put(ana, true), &ctx(Actor::System)).unwrap_err();
    let Refusal::Invalid(errors) = refusal else { panic!("{refusal}") };
    assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["email", "locale", "zone"]);
    assert_eq!(errors[2].code, FieldCode::Unknown);
}

#[test]
fn the_last_admin_stays_and_nobody_raises_themselves() {
    let admin = entry(Role::Admin);
    assert_eq!(
        decide(Some(&admin), &put(person(Role::Viewer), false), &ctx(Actor::System)).unwrap_err().code(),
        "last_admin"
    );
    assert!(decide(Some(&admin), &put(person(Role::Viewer), true), &ctx(Actor::System)).is_ok());
    let archive = CatalogCommand::Archive { used_by: vec![], other_admin: false };
    assert_eq!(decide(Some(&admin), &archive, &ctx(Actor::System)).unwrap_err().code(), "last_admin");
    let own = ctx(Actor::Person { person: PersonId::from_bits(7), via: Via::Screen });
    assert_eq!(
        decide(Some(&entry(Role::Viewer)), &put(person(Role::Admin), true), &own).unwrap_err().code(),
        "forbidden"
    );
}

#[test]
fn putting_the_same_again_is_no_event() {
    assert_eq!(
        decide(Some(&entry(Role::Viewer)), &put(person(Role::Viewer), true), &ctx(Actor::System)),
        Ok(vec![])
    );
}

#[test]
fn a_file_does_not_undo_what_people_did_on_screen() {
    let base = json!({"name": "Chat", "delay": 5, "owner": "a"});
    let screen = json!({"name": "Chat", "delay": 9, "owner": "a"});
    let same_file = merge(Some(&base), &base, &screen, false);
    assert_eq!(same_file.merged, screen);
    assert_eq!((same_file.changes.len(), same_file.kept.len(), same_file.conflicts.len()), (0, 1, 0));
    let new_file = json!({"name": "Chat", "delay": 5, "owner": "b"});
    let outcome = merge(Some(&base), &new_file, &screen, false);
    assert_eq!(outcome.merged, json!({"name": "Chat", "delay": 9, "owner": "b"}));
    let clash = json!({"name": "Chat", "delay": 7, "owner": "a"});
    assert_eq!(merge(Some(&base), &clash, &screen, false).conflicts.len(), 1);
    assert_eq!(merge(Some(&base), &clash, &screen, true).merged["delay"], 7);
}

#[test]
fn what_a_file_does_not_say_is_left_alone_even_the_first_time() {
    let screen = json!({"name": "Chat", "delay": 9, "owner": "a"});
    let outcome = merge(None, &json!({"name": "Live chat"}), &screen, false);
    assert_eq!(outcome.merged, json!({"name": "Live chat", "delay": 9, "owner": "a"}));
    assert_eq!(outcome.changes.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["name"]);
    let base = json!({"name": "Chat", "delay": 5, "owner": "a"});
    let silent = merge(Some(&base), &json!({"name": "Chat"}), &screen, true);
    assert_eq!((silent.merged, silent.kept.len(), silent.conflicts.len()), (screen, 0, 0));
}
