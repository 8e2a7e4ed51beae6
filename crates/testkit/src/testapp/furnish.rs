//! Making the people, teams and services of a test.

use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{
    CatalogDoc, Contact, ContactKind, EntryId, EscalationPolicy, EscalationStep, IncidentRule,
    IntegrationKey, KeyHash, Origin, Person, Service, Settings, StepTarget, Team, Theme,
};
use hansei_domain::ids::{ContactId, TypedId};
use hansei_domain::signal::SourceFormat;
use hansei_domain::text::{Name, Slug};

use super::{TestApp, fail, must, now};

fn name(text: &str) -> Name {
    must(Name::parse("name", text), text)
}

fn slug(text: &str) -> Slug {
    must(Slug::parse("slug", text), text)
}

impl TestApp {
    fn fresh<T: TypedId>(&self) -> T {
        self.app.ctx(Actor::Console).ids.fresh()
    }

    /// Stores an entry of the catalogue, as somebody at the console would.
    pub fn put(&self, doc: CatalogDoc) {
        must(now(self.app.put_entry(&Actor::Console, doc, Origin::Screen)), "storing an entry");
    }

    /// Makes `root` and the settings.
    pub(super) fn found(&mut self) {
        self.person_with("root", Role::Admin, &["email"]);
        let settings = Settings {
            id: Settings::the_id(),
            name: name("Test"),
            fallback: vec![self.person_id("root")],
            locale: "en".into(),
            zone: "UTC".into(),
        };
        self.put(CatalogDoc::Settings(settings));
    }

    /// A responder who reads mail.
    pub fn person(&mut self, who: &str) {
        self.person_with(who, Role::Responder, &["email"]);
    }

    /// Somebody with these ways to be reached, in order: `email` or `webhook`. The next one begins after a minute.
    pub fn person_with(&mut self, who: &str, role: Role, ways: &[&str]) {
        let id = self.fresh();
        let contacts: Vec<Contact> = ways.iter().map(|way| self.contact(who, way)).collect();
        for contact in &contacts {
            self.judge.belongs(contact.id, id);
        }
        self.people.insert(who.to_owned(), id);
        self.put(CatalogDoc::Person(Person {
            id,
            name: name(who),
            email: format!("{who}@example.org"),
            role,
            locale: "en".into(),
            zone: "UTC".into(),
            theme: Theme::System,
            contacts,
            next_contact_secs: 60,
        }));
    }

    fn contact(&self, who: &str, way: &str) -> Contact {
        let contact = match way {
            "email" => ContactKind::Email { address: format!("{who}@example.org") },
            "webhook" => ContactKind::Webhook { url: format!("https://hooks.example.org/{who}") },
            other => fail(&format!("{other} is no way to reach somebody here")),
        };
        Contact { id: self.fresh::<ContactId>(), contact }
    }

    /// A team of people, in order.
    pub fn team(&mut self, team: &str, members: &[&str]) {
        let id = self.fresh();
        self.teams.insert(team.to_owned(), id);
        self.put(CatalogDoc::Team(Team {
            id,
            slug: slug(team),
            name: name(team),
            description: None,
            members: members.iter().map(|who| self.person_id(who)).collect(),
        }));
    }

    /// A service with its steps: seconds after the step before, and names of people or teams.
    pub fn service(&mut self, service: &str, steps: &[(u32, &[&str])]) {
        let (id, key) = (self.fresh(), self.fresh());
        self.services.insert(service.to_owned(), (id, key));
        let policy = EscalationPolicy { steps: self.steps(steps), ..EscalationPolicy::default() };
        self.put(CatalogDoc::Service(Service {
            id,
            slug: slug(service),
            name: name(service),
            description: None,
            owner_team_id: None,
            components: vec![],
            runbook_url: None,
            escalation: policy,
            rule: IncidentRule::default(),
        }));
        let secret = KeyHash {
            sha256: key.to_string(),
            hint: "test".into(),
            created_at: self.now(),
            expires_at: None,
        };
        self.put(CatalogDoc::Key(IntegrationKey {
            id: key,
            name: name("Monitoring"),
            service_id: id,
            format: SourceFormat::Json,
            hashes: vec![secret],
        }));
    }

    /// Steps of an escalation, by names.
    pub fn steps(&self, steps: &[(u32, &[&str])]) -> Vec<EscalationStep> {
        let target = |who: &&str| match self.teams.get(*who) {
            Some(id) => StepTarget::Team { id: *id },
            None => StepTarget::Person { id: self.person_id(who) },
        };
        let step = |(delay_secs, who): &(u32, &[&str])| EscalationStep {
            delay_secs: *delay_secs,
            targets: who.iter().map(target).collect(),
        };
        steps.iter().map(step).collect()
    }

    /// Changes a service.
    pub fn change_service(&self, service: &str, change: impl FnOnce(&mut Service)) {
        let Some((id, _)) = self.services.get(service) else { fail(&format!("no service {service}")) };
        let Some(mut doc) = self.app.catalog.now().service(*id).cloned() else {
            fail(&format!("{service} is not in the catalogue"))
        };
        change(&mut doc);
        self.put(CatalogDoc::Service(doc));
    }

    /// Somebody leaves; no team or escalation names them any more.
    pub fn archive_person(&self, who: &str) {
        let id = self.person_id(who);
        let named = |target: &StepTarget| matches!(target, StepTarget::Person { id: other } if *other == id);
        for service in self.services.keys() {
            self.change_service(service, |s| {
                s.escalation.steps.iter_mut().for_each(|step| step.targets.retain(|t| !named(t)));
                s.escalation.steps.retain(|step| !step.targets.is_empty());
            });
        }
        must(now(self.app.archive_entry(&Actor::System, EntryId::Person(id))), "archiving somebody");
    }

    /// Changes somebody.
    pub fn change_person(&self, who: &str, change: impl FnOnce(&mut Person)) {
        let id = self.person_id(who);
        let Some(CatalogDoc::Person(mut doc)) =
            self.app.catalog.now().entry(EntryId::Person(id)).map(|e| e.doc.clone())
        else {
            fail(&format!("{who} is not in the catalogue"))
        };
        change(&mut doc);
        self.put(CatalogDoc::Person(doc));
    }
}
