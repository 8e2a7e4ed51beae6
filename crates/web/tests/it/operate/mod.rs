//! The screens of whoever looks after Hansei: set-up, signing in, services, integrations, quarantine, catalogue, people,
//! tokens, settings, system, design, help.

mod catalogue;
mod entrance;
mod integrations;
mod people;
mod quarantine;
mod services;
mod settings;
mod system;
mod tokens;
mod words;

use axum::body::Body;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{
    CatalogDoc, Component, Contact, ContactKind, EntryId, EscalationStep, Origin, Person, Pod, Product,
    StepTarget, Team,
};
use hansei_domain::ids::{ComponentId, PersonId, PodId, ProductId, ServiceId, TeamId};
use hansei_domain::signal::SourceFormat;
use hansei_domain::text::{Name, Slug};
use http::{Request, header};

use crate::world::{Answer, Session, World};

/// Text that must never become anything but text.
pub const HOSTILE: &str = "<script>alert(1)</script>\"'&{{ 7*7 }}";

impl World {
    /// Posts a form as a signed-in browser, with its CSRF token.
    pub async fn post(&self, session: &Session, path: &str, fields: &[(&str, &str)]) -> Answer {
        let proof = [("_csrf", session.csrf.as_str())];
        let all: Vec<(&str, &str)> = proof.into_iter().chain(fields.iter().copied()).collect();
        self.post_raw(Some(session), path, &all).await
    }

    /// Posts a form with exactly these fields.
    pub async fn post_raw(&self, session: Option<&Session>, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html");
        if let Some(session) = session {
            request = request.header(header::COOKIE, &session.cookie);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn put(&self, doc: CatalogDoc) -> EntryId {
        let id = doc.id();
        self.app.put_entry(&Actor::Console, doc, Origin::Setup).await.unwrap();
        id
    }

    /// A signed-in person of a role.
    pub async fn somebody(&self, name: &str, role: Role) -> Session {
        let (id, _) = self.person(name, role).await;
        self.sign_in(id).await
    }

    /// Changes a person as a whole.
    pub async fn change(&self, id: PersonId, change: impl FnOnce(&mut Person)) {
        let mut person = self.app.catalog.now().person(id).unwrap().clone();
        change(&mut person);
        self.put(CatalogDoc::Person(person)).await;
    }

    /// The language in which the admin reads.
    pub async fn admin_reads(&self, locale: &str) {
        self.change(self.admin.person, |p| p.locale = locale.into()).await;
    }
}

/// One of everything, with names that try to break out.
pub struct Town {
    pub person: PersonId,
    pub team: TeamId,
    pub service: ServiceId,
    pub key: String,
}

pub async fn town(world: &World) -> Town {
    let ids = world.app.ctx(Actor::Console).ids;
    let name = || Name::lossy(HOSTILE, "-");
    let slug = |text: &str| Slug::parse("slug", text).unwrap();
    let (person, _) = world.person("Ben", Role::Responder).await;
    let webhook = ContactKind::Webhook { url: "https://hooks.example.org/ben".into() };
    let contact = Contact { id: ids.fresh(), contact: webhook };
    world
        .change(person, |p| {
            p.contacts = vec![contact];
            p.name = name();
        })
        .await;
    let (team, product): (TeamId, ProductId) = (ids.fresh(), ids.fresh());
    let (component, pod): (ComponentId, PodId) = (ids.fresh(), ids.fresh());
    let description = Some(HOSTILE.to_owned());
    let members = vec![person];
    let t =
        Team { id: team, slug: slug("messaging"), name: name(), description: description.clone(), members };
    world.put(CatalogDoc::Team(t)).await;
    let p = Product { id: product, slug: slug("chat"), name: name(), description: description.clone() };
    world.put(CatalogDoc::Product(p)).await;
    let c = Component {
        id: component,
        slug: slug("workspace"),
        name: name(),
        product_id: Some(product),
        description: description.clone(),
    };
    world.put(CatalogDoc::Component(c)).await;
    let p = Pod { id: pod, slug: slug("pod-17"), name: name(), region: description.clone() };
    world.put(CatalogDoc::Pod(p)).await;
    let service = world.service("gateway").await;
    let mut doc = world.app.catalog.now().service(service).unwrap().clone();
    doc.name = name();
    doc.description = description;
    doc.owner_team_id = Some(team);
    doc.components = vec![component];
    doc.escalation.steps =
        vec![EscalationStep { delay_secs: 0, targets: vec![StepTarget::Team { id: team }] }];
    world.put(CatalogDoc::Service(doc)).await;
    let made = world.app.create_key(&Actor::Console, service, SourceFormat::Json, HOSTILE).await.unwrap();
    Town { person, team, service, key: made.0.to_string() }
}

/// What the reader sees between the tags of `<main>`.
pub fn main_of(answer: &Answer) -> String {
    let text = answer.text();
    let from = text.find("<main").unwrap_or_else(|| panic!("no <main> in {} {text}", answer.status));
    let until = text.find("</main>").unwrap();
    text[from..until].to_owned()
}

/// The value of a hidden or visible field on a page.
pub fn value_of(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in {page}"));
    let tag_start = page[..at].rfind('<').unwrap();
    let tag = &page[tag_start..tag_start + page[tag_start..].find('>').unwrap()];
    let from = tag.find("value=\"").map(|i| i + 7).unwrap_or_else(|| panic!("{name} has no value: {tag}"));
    tag[from..from + tag[from..].find('"').unwrap()].to_owned()
}
