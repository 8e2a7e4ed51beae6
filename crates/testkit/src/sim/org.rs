//! The organisation of a simulated world: people, teams, services, and the ways in which they are set up.

use std::collections::HashMap;
use std::sync::Arc;

use hansei_app::{App, AppResult};
use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{
    CatalogDoc, Contact, ContactKind, EscalationPolicy, EscalationStep, GroupBy, IncidentRule,
    IntegrationKey, KeyHash, Origin, Person, Service, Settings, StepTarget, Team, Theme,
};
use hansei_domain::ids::{ContactId, KeyId, PersonId, ServiceId, TeamId, TypedId};
use hansei_domain::incident::Severity;
use hansei_domain::signal::SourceFormat;
use hansei_domain::text::{Name, Slug};
use parking_lot::Mutex;

use crate::rng::Rng;

/// Whose contact is whose, for providers: contacts are never given to somebody else.
#[derive(Clone, Default)]
pub struct Contacts(Arc<Mutex<ContactBook>>);

#[derive(Default)]
struct ContactBook {
    owners: HashMap<ContactId, PersonId>,
}

impl Contacts {
    /// The person behind a contact.
    pub fn owner(&self, contact: ContactId) -> Option<PersonId> {
        self.0.lock().owners.get(&contact).copied()
    }

    fn note(&self, person: &Person) {
        let mut book = self.0.lock();
        book.owners.extend(person.contacts.iter().map(|c| (c.id, person.id)));
    }
}

/// An organisation, as whoever runs it believes it to be.
pub struct Org {
    /// Everybody, those without contacts too.
    pub people: Vec<Person>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Services.
    pub services: Vec<Service>,
    /// One key for each service, in the same order.
    pub keys: Vec<KeyId>,
    /// Who is told when nobody else can be.
    pub fallback: Vec<PersonId>,
    /// Whose contact is whose.
    pub contacts: Contacts,
}

fn id<T: TypedId>(rng: &mut Rng) -> T {
    T::from_bits((u128::from(rng.bits()) << 64) | u128::from(rng.bits()))
}

fn name(text: &str) -> Name {
    Name::lossy(text, "name")
}

fn seconds(rng: &mut Rng, low: u64, high: u64) -> u32 {
    u32::try_from(rng.between(low, high)).unwrap_or(u32::MAX)
}

impl Org {
    /// Draws an organisation.
    pub fn draw(rng: &mut Rng) -> Self {
        let contacts = Contacts::default();
        let people: Vec<Person> = (0..rng.between(6, 14)).map(|n| person(rng, n)).collect();
        let ids: Vec<PersonId> = people.iter().map(|p| p.id).collect();
        let fallback = vec![ids[0], ids[1]];
        for person in &people {
            contacts.note(person);
        }
        let teams: Vec<Team> = (0..rng.between(2, 4))
            .map(|n| Team {
                id: id(rng),
                slug: Slug::from_title(&format!("team {n}"), "team"),
                name: name(&format!("Team {n}")),
                description: None,
                members: (0..rng.between(1, 4)).filter_map(|_| rng.pick(&ids).copied()).collect(),
            })
            .collect();
        let mut org = Self { people, teams, services: vec![], keys: vec![], fallback, contacts };
        for n in 0..rng.between(4, 8) {
            let service = org.service(rng, n);
            org.services.push(service);
            org.keys.push(id(rng));
        }
        org
    }

    fn service(&self, rng: &mut Rng, n: u64) -> Service {
        Service {
            id: id::<ServiceId>(rng),
            slug: Slug::from_title(&format!("service {n}"), "service"),
            name: name(&format!("Service {n}")),
            description: None,
            owner_team_id: self.teams.first().map(|t| t.id),
            components: vec![],
            runbook_url: None,
            escalation: self.policy(rng),
            rule: rule(rng),
        }
    }

    /// Draws an escalation policy.
    pub fn policy(&self, rng: &mut Rng) -> EscalationPolicy {
        let steps = if rng.chance(40) { 0 } else { rng.between(1, 4) };
        let steps = (0..steps)
            .map(|n| {
                let first = n == 0 && rng.chance(800);
                let delay_secs = if first { 0 } else { seconds(rng, 0, 1_200) };
                EscalationStep { delay_secs, targets: self.targets(rng) }
            })
            .collect();
        EscalationPolicy {
            steps,
            repeat: if rng.chance(700) { 0 } else { seconds(rng, 1, 2) },
            exhaust_after_secs: seconds(rng, 30, 1_800),
            ack_timeout_secs: rng.chance(300).then(|| seconds(rng, 600, 7_200)),
        }
    }

    /// Draws whom a step tells.
    pub fn targets(&self, rng: &mut Rng) -> Vec<StepTarget> {
        (0..rng.between(1, 2))
            .filter_map(|_| {
                if rng.chance(300) {
                    rng.pick(&self.teams).map(|t| StepTarget::Team { id: t.id })
                } else {
                    rng.pick(&self.people).map(|p| StepTarget::Person { id: p.id })
                }
            })
            .collect()
    }

    /// Gives somebody another set of contacts. Those of the fallback may lose all of theirs, too: then the admins are
    /// told, of whom one always has some.
    pub fn change_contacts(&mut self, rng: &mut Rng) -> Option<Person> {
        let place = rng.below(self.people.len());
        let person = self.people.get_mut(place)?;
        if person.contacts.is_empty() || rng.chance(400) {
            person.contacts.push(contact(rng, person.contacts.len() as u64));
        } else if person.contacts.len() > 1 || place != LAST_ADMIN {
            person.contacts.remove(rng.below(person.contacts.len()));
        }
        let person = person.clone();
        self.contacts.note(&person);
        Some(person)
    }

    /// Stores all of it through an application. Repeating it changes nothing.
    pub async fn set_up(&self, app: &Arc<App>, now: Timestamp) -> AppResult<()> {
        let put = |doc| app.put_entry(&Actor::Console, doc, Origin::Setup);
        for person in &self.people {
            put(CatalogDoc::Person(person.clone())).await?;
        }
        let settings = Settings {
            id: Settings::the_id(),
            name: name("Simulated"),
            fallback: self.fallback.clone(),
            locale: "en".into(),
            zone: "UTC".into(),
        };
        put(CatalogDoc::Settings(settings)).await?;
        for team in &self.teams {
            put(CatalogDoc::Team(team.clone())).await?;
        }
        for (service, key) in self.services.iter().zip(&self.keys) {
            put(CatalogDoc::Service(service.clone())).await?;
            let hash =
                KeyHash { sha256: key.to_string(), hint: "sim".into(), created_at: now, expires_at: None };
            let key = IntegrationKey {
                id: *key,
                name: name("Monitoring"),
                service_id: service.id,
                format: SourceFormat::Alertmanager,
                hashes: vec![hash],
            };
            put(CatalogDoc::Key(key)).await?;
        }
        Ok(())
    }

    /// The team behind an id.
    pub fn team(&self, id: TeamId) -> Option<&Team> {
        self.teams.iter().find(|t| t.id == id)
    }
}

fn contact(rng: &mut Rng, n: u64) -> Contact {
    let contact = if rng.chance(700) {
        ContactKind::Email { address: format!("p{n}@example.org") }
    } else {
        ContactKind::Webhook { url: format!("https://hooks.example.org/{n}") }
    };
    Contact { id: id(rng), contact }
}

/// The admin who always has a contact, by place.
const LAST_ADMIN: usize = 2;

fn person(rng: &mut Rng, n: u64) -> Person {
    // The first three are admins, two of them the fallback; now and then somebody cannot be reached at all.
    let contacts = if n > LAST_ADMIN as u64 && rng.chance(120) { 0 } else { rng.between(1, 3) };
    Person {
        id: id(rng),
        name: name(&format!("Person {n}")),
        email: format!("person{n}@example.org"),
        role: if n <= LAST_ADMIN as u64 { Role::Admin } else { Role::Responder },
        locale: "en".into(),
        zone: "UTC".into(),
        theme: Theme::System,
        contacts: (0..contacts).map(|c| contact(rng, n * 10 + c)).collect(),
        next_contact_secs: seconds(rng, 30, 600),
    }
}

/// Draws a rule: information never becomes an incident, everything else does.
pub fn rule(rng: &mut Rng) -> IncidentRule {
    let [_, one, two, three, _] = Severity::ALL;
    IncidentRule {
        critical: Some(one),
        error: Some(two),
        warning: Some(three),
        info: None,
        page_up_to: if rng.chance(850) { three } else { one },
        group_by: match rng.below(10) {
            0..5 => GroupBy::Service,
            5..8 => GroupBy::Alert,
            _ => GroupBy::Labels { names: vec!["cluster".into()] },
        },
        auto_resolve: rng.chance(850),
        reopen_window_secs: if rng.chance(700) { 86_400 } else { seconds(rng, 60, 3_600) },
    }
}
