//! From the file's names to the catalogue's ids.

use std::collections::BTreeMap;

use hansei_domain::catalog::{
    CatalogDoc, Component, Contact, ContactKind, EntryId, EscalationPolicy, EscalationStep, IncidentRule,
    Person, Pod, Product, Service, Settings, StepTarget, Team, Theme,
};
use hansei_domain::ids::{ComponentId, IdSeed, PersonId, PodId, ProductId, ServiceId, TeamId};
use hansei_domain::refusal::{FieldCode, FieldError, Refusal};
use hansei_domain::text::{self, Name, Slug};
use serde_json::Value;

use super::document::{
    ComponentDoc, ContactDoc, EscalationDoc, NONE, OrganisationDoc, PersonDoc, PodDoc, ProductDoc, RuleDoc,
    ServiceDoc, TeamDoc,
};
use crate::catalog::Catalog;

/// One entry of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A person.
    Person(PersonDoc),
    /// A product.
    Product(ProductDoc),
    /// A component.
    Component(ComponentDoc),
    /// A pod.
    Pod(PodDoc),
    /// A team.
    Team(TeamDoc),
    /// A service.
    Service(ServiceDoc),
    /// The settings.
    Organisation(OrganisationDoc),
}

impl Item {
    /// The stable name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Product(_) => "product",
            Self::Component(_) => "component",
            Self::Pod(_) => "pod",
            Self::Team(_) => "team",
            Self::Service(_) => "service",
            Self::Organisation(_) => "settings",
        }
    }

    /// What it is known by.
    pub fn key(&self) -> String {
        match self {
            Self::Person(d) => d.email.trim().to_lowercase(),
            Self::Product(d) => d.slug.clone(),
            Self::Component(d) => d.slug.clone(),
            Self::Pod(d) => d.slug.clone(),
            Self::Team(d) => d.slug.clone(),
            Self::Service(d) => d.slug.clone(),
            Self::Organisation(_) => "settings".into(),
        }
    }

    /// With addresses as the catalogue knows them.
    pub(super) fn tidy(mut self) -> Self {
        let address = |text: &mut String| *text = text.trim().to_lowercase();
        match &mut self {
            Self::Person(d) => address(&mut d.email),
            Self::Team(d) => d.members.iter_mut().for_each(address),
            Self::Service(d) => {
                d.escalation.steps.iter_mut().flat_map(|s| s.people.iter_mut()).for_each(address);
            }
            Self::Organisation(d) => d.fallback.iter_mut().for_each(address),
            Self::Product(_) | Self::Component(_) | Self::Pod(_) => {}
        }
        self
    }

    /// As JSON, for merging and for the API.
    pub fn json(&self) -> Value {
        let made = match self {
            Self::Person(d) => serde_json::to_value(d),
            Self::Product(d) => serde_json::to_value(d),
            Self::Component(d) => serde_json::to_value(d),
            Self::Pod(d) => serde_json::to_value(d),
            Self::Team(d) => serde_json::to_value(d),
            Self::Service(d) => serde_json::to_value(d),
            Self::Organisation(d) => serde_json::to_value(d),
        };
        let mut made = made.unwrap_or(Value::Null);
        // JSON has a word of its own for nothing.
        for value in
            made.get_mut("rule").and_then(Value::as_object_mut).into_iter().flat_map(|r| r.values_mut())
        {
            if value == NONE {
                *value = Value::Null;
            }
        }
        made
    }

    /// An entry of the same kind with this content.
    pub(super) fn with_json(&self, json: Value) -> Result<Self, Refusal> {
        let bad = |e: serde_json::Error| {
            Refusal::field(format!("{} {}", self.kind(), self.key()), FieldCode::Malformed, e.to_string())
        };
        Ok(match self {
            Self::Person(_) => Self::Person(serde_json::from_value(json).map_err(bad)?),
            Self::Product(_) => Self::Product(serde_json::from_value(json).map_err(bad)?),
            Self::Component(_) => Self::Component(serde_json::from_value(json).map_err(bad)?),
            Self::Pod(_) => Self::Pod(serde_json::from_value(json).map_err(bad)?),
            Self::Team(_) => Self::Team(serde_json::from_value(json).map_err(bad)?),
            Self::Service(_) => Self::Service(serde_json::from_value(json).map_err(bad)?),
            Self::Organisation(_) => Self::Organisation(serde_json::from_value(json).map_err(bad)?),
        })
    }
}

/// Knows which name means which id.
pub struct Resolver<'a> {
    catalog: &'a Catalog,
    announced: BTreeMap<(&'static str, String), EntryId>,
    ids: IdSeed,
}

impl<'a> Resolver<'a> {
    /// A resolver over the catalogue.
    pub fn new(catalog: &'a Catalog, ids: IdSeed) -> Self {
        Self { catalog, announced: BTreeMap::new(), ids }
    }

    /// Lets entries refer to others of the same file that do not exist yet.
    pub fn announce<'i>(&mut self, items: impl Iterator<Item = &'i Item>) {
        for item in items {
            let id = match item {
                Item::Person(_) => EntryId::Person(self.ids.fresh()),
                Item::Product(_) => EntryId::Product(self.ids.fresh()),
                Item::Component(_) => EntryId::Component(self.ids.fresh()),
                Item::Pod(_) => EntryId::Pod(self.ids.fresh()),
                Item::Team(_) => EntryId::Team(self.ids.fresh()),
                Item::Service(_) => EntryId::Service(self.ids.fresh()),
                Item::Organisation(_) => continue,
            };
            self.announced.insert((item.kind(), item.key()), id);
        }
    }

    fn id(&self, kind: &'static str, key: &str) -> Option<EntryId> {
        let key = key.trim().to_lowercase();
        let known = self.catalog.by_unique(kind, &key).map(|e| e.doc.id());
        known.or_else(|| self.announced.get(&(kind, key)).copied())
    }

    fn named(&self, kind: &'static str, field: &str, key: &str) -> Result<EntryId, FieldError> {
        self.id(kind, key).ok_or_else(|| {
            FieldError::new(field, FieldCode::Unknown, format!("there is no {kind} called {key}"))
        })
    }

    /// The catalogue's form of an entry that is to stand in the place of `old`; without one, under the announced id.
    pub(super) fn convert(&self, item: &Item, old: Option<&CatalogDoc>) -> Result<CatalogDoc, FieldError> {
        let announced = || self.announced.get(&(item.kind(), item.key())).copied();
        let place = old.map(CatalogDoc::id).or_else(announced);
        Ok(match item {
            Item::Person(d) => CatalogDoc::Person(self.person(d, old, place)?),
            Item::Product(d) => CatalogDoc::Product(Product {
                id: self.own::<ProductId>(place, |e| match e {
                    EntryId::Product(id) => Some(id),
                    _ => None,
                }),
                slug: Slug::parse("slug", &d.slug)?,
                name: Name::parse("name", &d.name)?,
                description: d.description.clone(),
            }),
            Item::Component(d) => CatalogDoc::Component(Component {
                id: self.own::<ComponentId>(place, |e| match e {
                    EntryId::Component(id) => Some(id),
                    _ => None,
                }),
                slug: Slug::parse("slug", &d.slug)?,
                name: Name::parse("name", &d.name)?,
                product_id: match &d.product {
                    None => None,
                    Some(key) => match self.named("product", "product", key)? {
                        EntryId::Product(id) => Some(id),
                        _ => None,
                    },
                },
                description: d.description.clone(),
            }),
            Item::Pod(d) => CatalogDoc::Pod(Pod {
                id: self.own::<PodId>(place, |e| match e {
                    EntryId::Pod(id) => Some(id),
                    _ => None,
                }),
                slug: Slug::parse("slug", &d.slug)?,
                name: Name::parse("name", &d.name)?,
                region: d.region.clone(),
            }),
            Item::Team(d) => CatalogDoc::Team(Team {
                id: self.own::<TeamId>(place, |e| match e {
                    EntryId::Team(id) => Some(id),
                    _ => None,
                }),
                slug: Slug::parse("slug", &d.slug)?,
                name: Name::parse("name", &d.name)?,
                description: d.description.clone(),
                members: self.people("members", &d.members)?,
            }),
            Item::Service(d) => CatalogDoc::Service(self.service(d, place)?),
            Item::Organisation(d) => CatalogDoc::Settings(Settings {
                id: Settings::the_id(),
                name: Name::parse("name", &d.name)?,
                fallback: self.people("fallback", &d.fallback)?,
                locale: d.locale.clone(),
                zone: d.zone.clone(),
            }),
        })
    }

    fn own<T: hansei_domain::ids::TypedId>(
        &self,
        place: Option<EntryId>,
        pick: fn(EntryId) -> Option<T>,
    ) -> T {
        place.and_then(pick).unwrap_or_else(|| self.ids.fresh())
    }

    fn people(&self, field: &str, addresses: &[String]) -> Result<Vec<PersonId>, FieldError> {
        let one = |(i, key): (usize, &String)| match self.named("person", &format!("{field}[{i}]"), key)? {
            EntryId::Person(id) => Ok(id),
            other => Err(FieldError::new(field, FieldCode::Unknown, format!("{other} is not a person"))),
        };
        addresses.iter().enumerate().map(one).collect()
    }

    fn person(
        &self,
        d: &PersonDoc,
        old: Option<&CatalogDoc>,
        place: Option<EntryId>,
    ) -> Result<Person, FieldError> {
        let old = match old {
            Some(CatalogDoc::Person(person)) => Some(person),
            _ => None,
        };
        let contacts = d.contacts.iter().map(|c| {
            let contact = match c {
                ContactDoc::Email { address } => ContactKind::Email { address: address.clone() },
                ContactDoc::Webhook { url } => ContactKind::Webhook { url: url.clone() },
            };
            let known = old.and_then(|p| p.contacts.iter().find(|have| have.contact == contact));
            Contact { id: known.map_or_else(|| self.ids.fresh(), |k| k.id), contact }
        });
        Ok(Person {
            contacts: contacts.collect(),
            id: self.own::<PersonId>(place, |e| match e {
                EntryId::Person(id) => Some(id),
                _ => None,
            }),
            name: Name::parse("name", &d.name)?,
            email: text::email("email", &d.email)?,
            role: d.role,
            locale: d.locale.clone(),
            zone: d.zone.clone(),
            theme: old.map_or(Theme::System, |p| p.theme),
            next_contact_secs: d.next_contact_secs,
        })
    }

    fn service(&self, d: &ServiceDoc, place: Option<EntryId>) -> Result<Service, FieldError> {
        let owner_team_id = match &d.owner {
            None => None,
            Some(key) => match self.named("team", "owner", key)? {
                EntryId::Team(id) => Some(id),
                _ => None,
            },
        };
        let mut components = Vec::new();
        for (i, key) in d.components.iter().enumerate() {
            if let EntryId::Component(id) = self.named("component", &format!("components[{i}]"), key)? {
                components.push(id);
            }
        }
        Ok(Service {
            id: self.own::<ServiceId>(place, |e| match e {
                EntryId::Service(id) => Some(id),
                _ => None,
            }),
            slug: Slug::parse("slug", &d.slug)?,
            name: Name::parse("name", &d.name)?,
            description: d.description.clone(),
            owner_team_id,
            components,
            runbook_url: d.runbook_url.clone(),
            escalation: self.escalation(&d.escalation)?,
            rule: IncidentRule::from(&d.rule),
        })
    }

    fn escalation(&self, d: &EscalationDoc) -> Result<EscalationPolicy, FieldError> {
        let mut steps = Vec::new();
        for (i, step) in d.steps.iter().enumerate() {
            let people = self.people(&format!("escalation.steps[{i}].people"), &step.people)?;
            let mut targets: Vec<StepTarget> =
                people.into_iter().map(|id| StepTarget::Person { id }).collect();
            for (j, key) in step.teams.iter().enumerate() {
                let field = format!("escalation.steps[{i}].teams[{j}]");
                if let EntryId::Team(id) = self.named("team", &field, key)? {
                    targets.push(StepTarget::Team { id });
                }
            }
            steps.push(EscalationStep { delay_secs: step.delay_secs, targets });
        }
        Ok(EscalationPolicy {
            steps,
            repeat: d.repeat,
            exhaust_after_secs: d.exhaust_after_secs,
            ack_timeout_secs: d.ack_timeout_secs,
        })
    }
}

impl From<&IncidentRule> for RuleDoc {
    fn from(r: &IncidentRule) -> Self {
        Self {
            critical: r.critical,
            error: r.error,
            warning: r.warning,
            info: r.info,
            page_up_to: r.page_up_to,
            group_by: r.group_by.clone(),
            auto_resolve: r.auto_resolve,
            reopen_window_secs: r.reopen_window_secs,
        }
    }
}

impl From<&RuleDoc> for IncidentRule {
    fn from(r: &RuleDoc) -> Self {
        Self {
            critical: r.critical,
            error: r.error,
            warning: r.warning,
            info: r.info,
            page_up_to: r.page_up_to,
            group_by: r.group_by.clone(),
            auto_resolve: r.auto_resolve,
            reopen_window_secs: r.reopen_window_secs,
        }
    }
}
