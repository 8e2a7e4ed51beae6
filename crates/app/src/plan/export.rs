//! From the catalogue's ids to the file's names.

use hansei_domain::catalog::{CatalogDoc, ContactKind, EscalationPolicy, StepTarget};
use hansei_domain::ids::PersonId;

use super::convert::Item;
use super::document::{
    ComponentDoc, ContactDoc, Document, EscalationDoc, OrganisationDoc, PersonDoc, PodDoc, ProductDoc,
    RuleDoc, ServiceDoc, StepDoc, TeamDoc,
};
use crate::catalog::Catalog;

/// The file's form of a catalogue entry; keys are not part of a file.
pub fn from_doc(catalog: &Catalog, doc: &CatalogDoc) -> Option<Item> {
    let address = |id: &PersonId| catalog.person(*id).map(|p| p.email.to_lowercase());
    Some(match doc {
        CatalogDoc::Person(d) => Item::Person(PersonDoc {
            email: d.email.to_lowercase(),
            name: d.name.to_string(),
            role: d.role,
            locale: d.locale.clone(),
            zone: d.zone.clone(),
            contacts: d.contacts.iter().filter_map(|c| contact_doc(&c.contact)).collect(),
            next_contact_secs: d.next_contact_secs,
        }),
        CatalogDoc::Product(d) => Item::Product(ProductDoc {
            slug: d.slug.to_string(),
            name: d.name.to_string(),
            description: d.description.clone(),
        }),
        CatalogDoc::Component(d) => Item::Component(ComponentDoc {
            slug: d.slug.to_string(),
            name: d.name.to_string(),
            product: d.product_id.and_then(|id| catalog.product(id)).map(|p| p.slug.to_string()),
            description: d.description.clone(),
        }),
        CatalogDoc::Pod(d) => {
            Item::Pod(PodDoc { slug: d.slug.to_string(), name: d.name.to_string(), region: d.region.clone() })
        }
        CatalogDoc::Team(d) => Item::Team(TeamDoc {
            slug: d.slug.to_string(),
            name: d.name.to_string(),
            description: d.description.clone(),
            members: d.members.iter().filter_map(address).collect(),
        }),
        CatalogDoc::Service(d) => Item::Service(ServiceDoc {
            slug: d.slug.to_string(),
            name: d.name.to_string(),
            description: d.description.clone(),
            owner: d.owner_team_id.and_then(|id| catalog.team(id)).map(|t| t.slug.to_string()),
            components: d
                .components
                .iter()
                .filter_map(|id| catalog.component(*id))
                .map(|c| c.slug.to_string())
                .collect(),
            runbook_url: d.runbook_url.clone(),
            escalation: escalation_doc(catalog, &d.escalation),
            rule: RuleDoc::from(&d.rule),
        }),
        CatalogDoc::Settings(d) => Item::Organisation(OrganisationDoc {
            name: d.name.to_string(),
            locale: d.locale.clone(),
            zone: d.zone.clone(),
            fallback: d.fallback.iter().filter_map(address).collect(),
        }),
        CatalogDoc::Key(_) => return None,
    })
}

fn contact_doc(contact: &ContactKind) -> Option<ContactDoc> {
    match contact {
        ContactKind::Email { address } => Some(ContactDoc::Email { address: address.clone() }),
        ContactKind::Webhook { url } => Some(ContactDoc::Webhook { url: url.clone() }),
        ContactKind::Loopback => None,
    }
}

fn escalation_doc(catalog: &Catalog, policy: &EscalationPolicy) -> EscalationDoc {
    let steps = policy.steps.iter().map(|step| {
        let (mut people, mut teams) = (Vec::new(), Vec::new());
        for target in &step.targets {
            match target {
                StepTarget::Person { id } => {
                    people.extend(catalog.person(*id).map(|p| p.email.to_lowercase()))
                }
                StepTarget::Team { id } => teams.extend(catalog.team(*id).map(|t| t.slug.to_string())),
            }
        }
        StepDoc { delay_secs: step.delay_secs, people, teams }
    });
    EscalationDoc {
        steps: steps.collect(),
        repeat: policy.repeat,
        exhaust_after_secs: policy.exhaust_after_secs,
        ack_timeout_secs: policy.ack_timeout_secs,
    }
}

/// The whole catalogue as a file.
pub fn export(catalog: &Catalog) -> Document {
    let mut document = Document::default();
    for entry in catalog.all().filter(|e| !e.archived) {
        match from_doc(catalog, &entry.doc) {
            Some(Item::Person(d)) => document.people.push(d),
            Some(Item::Product(d)) => document.products.push(d),
            Some(Item::Component(d)) => document.components.push(d),
            Some(Item::Pod(d)) => document.pods.push(d),
            Some(Item::Team(d)) => document.teams.push(d),
            Some(Item::Service(d)) => document.services.push(d),
            Some(Item::Organisation(d)) => document.organisation = Some(d),
            None => {}
        }
    }
    document
}
