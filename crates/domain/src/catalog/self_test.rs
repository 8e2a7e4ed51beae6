//! The entries of Hansei's own self-test (R45): a service, a key and a person with fixed ids, which walk the whole
//! path of a real alert and go nowhere. They are not shown among people's own entries.

use super::docs::{
    CatalogDoc, Contact, ContactKind, EntryId, IntegrationKey, KeyHash, Person, Service, Theme,
};
use super::policy::{EscalationPolicy, EscalationStep, GroupBy, IncidentRule, StepTarget};
use crate::Timestamp;
use crate::access::Role;
use crate::ids::{ContactId, KeyId, PersonId, ServiceId, TypedId};
use crate::signal::SourceFormat;
use crate::text::{Name, Slug};

/// The incident number of the self-test: no other incident has it, and counting starts after it.
pub const INCIDENT_NUMBER: u64 = 0;
/// The deduplication key of the canary.
pub const DEDUP_KEY: &str = "hansei-canary";

/// The service.
pub fn service_id() -> ServiceId {
    ServiceId::from_bits(1)
}

/// The key.
pub fn key_id() -> KeyId {
    KeyId::from_bits(1)
}

/// The person.
pub fn person_id() -> PersonId {
    PersonId::from_bits(1)
}

/// Whether an entry belongs to the self-test.
pub fn owns(id: EntryId) -> bool {
    match id {
        EntryId::Service(id) => id == service_id(),
        EntryId::Key(id) => id == key_id(),
        EntryId::Person(id) => id == person_id(),
        _ => false,
    }
}

/// The entries, in an order in which each refers only to earlier ones.
pub fn entries(now: Timestamp) -> Vec<CatalogDoc> {
    let name = Name::lossy("Hansei self-test", "Hansei self-test");
    let person = Person {
        id: person_id(),
        name: name.clone(),
        email: "self-test@hansei.invalid".into(),
        role: Role::Viewer,
        locale: "en".into(),
        zone: "UTC".into(),
        theme: Theme::System,
        contacts: vec![Contact { id: ContactId::from_bits(1), contact: ContactKind::Loopback }],
        next_contact_secs: 60,
    };
    let step = EscalationStep { delay_secs: 0, targets: vec![StepTarget::Person { id: person.id }] };
    let service = Service {
        id: service_id(),
        slug: Slug::from_title("hansei-self-test", "self-test"),
        name: name.clone(),
        description: None,
        owner_team_id: None,
        components: vec![],
        runbook_url: None,
        escalation: EscalationPolicy { steps: vec![step], ..EscalationPolicy::default() },
        rule: IncidentRule {
            group_by: GroupBy::Service,
            reopen_window_secs: 30 * 86_400,
            ..IncidentRule::default()
        },
    };
    let key = IntegrationKey {
        id: key_id(),
        name,
        service_id: service.id,
        format: SourceFormat::Internal,
        hashes: vec![KeyHash {
            sha256: "none".into(),
            hint: "none".into(),
            created_at: now,
            expires_at: None,
        }],
    };
    vec![CatalogDoc::Person(person), CatalogDoc::Service(service), CatalogDoc::Key(key)]
}
