//! The entries of the catalogue.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy::{EscalationPolicy, IncidentRule};
use crate::access::Role;
use crate::ids::{
    ComponentId, ContactId, KeyId, PersonId, PodId, ProductId, ServiceId, SettingsId, TeamId, TypedId,
};
use crate::signal::SourceFormat;
use crate::text::{Name, Slug};

/// A group of people that owns services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its short name, unique among teams.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its members, in order.
    #[serde(default)]
    pub members: Vec<PersonId>,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the browser asks.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a contact is and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ContactKind {
    /// Mail.
    Email {
        /// Checked address.
        address: String,
    },
    /// Hansei's own self-test: goes nowhere but back. Nobody can choose it.
    Loopback,
    /// A signed webhook (Standard Webhooks); its secret lies in the secret table under the contact's id.
    Webhook {
        /// Where it is posted to.
        url: String,
    },
}

impl ContactKind {
    /// The stable names of all kinds.
    pub const KINDS: [&'static str; 3] = ["email", "loopback", "webhook"];

    /// The stable name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Email { .. } => "email",
            Self::Loopback => "loopback",
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Where it leads, for people.
    pub fn destination(&self) -> &str {
        match self {
            Self::Email { address } => address,
            Self::Loopback => "self-test",
            Self::Webhook { url } => url,
        }
    }
}

/// One way to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// What it is and where it leads.
    #[serde(flatten)]
    pub contact: ContactKind,
}

/// A person who may sign in and be paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: Name,
    /// The address they sign in with, unique (compared without case).
    pub email: String,
    /// What they are trusted with.
    pub role: Role,
    /// Their language: `en`, `de` or `ja`.
    pub locale: String,
    /// Their IANA time zone.
    pub zone: String,
    /// Light or dark.
    #[serde(default)]
    pub theme: Theme,
    /// How they are reached, in order.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// How long to wait for a reaction before the next contact, seconds.
    #[serde(default = "Person::default_next_contact")]
    pub next_contact_secs: u32,
}

impl Person {
    fn default_next_contact() -> u32 {
        60
    }
}

/// A product that customers know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its short name, unique among products.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
}

/// A part of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its id.
    pub id: ComponentId,
    /// Its short name, unique among components.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// The product it belongs to.
    #[serde(default)]
    pub product_id: Option<ProductId>,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
}

/// An independent installation that serves some customers (Z9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Its id.
    pub id: PodId,
    /// Its short name, unique among pods.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// Where it stands.
    #[serde(default)]
    pub region: Option<String>,
}

/// What alerts are about, and who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its short name, unique among services.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// What it does.
    #[serde(default)]
    pub description: Option<String>,
    /// The team that owns it.
    #[serde(default)]
    pub owner_team_id: Option<TeamId>,
    /// The components it carries.
    #[serde(default)]
    pub components: Vec<ComponentId>,
    /// Where its runbook is.
    #[serde(default)]
    pub runbook_url: Option<String>,
    /// Who is told, in which order.
    #[serde(default)]
    pub escalation: EscalationPolicy,
    /// When its alerts become incidents.
    #[serde(default)]
    pub rule: IncidentRule,
}

/// The hash of a secret, with what may be shown of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHash {
    /// SHA-256 of the secret, hexadecimal.
    pub sha256: String,
    /// Its first characters, for telling keys apart.
    pub hint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is accepted; `None` = until it is rotated or revoked.
    pub expires_at: Option<Timestamp>,
}

/// A key with which a monitoring system may send signals about one service (R42).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub name: Name,
    /// The service its signals are about.
    pub service_id: ServiceId,
    /// The format it may be used with.
    pub format: SourceFormat,
    /// The accepted secrets: one, or two while a rotation overlaps.
    pub hashes: Vec<KeyHash>,
}

/// The organisation's settings; there is one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Its id, always the same.
    pub id: SettingsId,
    /// The organisation's name.
    pub name: Name,
    /// Who is told when nobody else can be (R15), in order.
    #[serde(default)]
    pub fallback: Vec<PersonId>,
    /// The language of people who have not chosen one.
    pub locale: String,
    /// The zone of people who have not chosen one.
    pub zone: String,
}

impl Settings {
    /// The one id that settings have.
    pub fn the_id() -> SettingsId {
        SettingsId::from_bits(1)
    }
}

/// One entry of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CatalogDoc {
    /// A team.
    Team(Team),
    /// A person.
    Person(Person),
    /// A product.
    Product(Product),
    /// A component.
    Component(Component),
    /// A pod.
    Pod(Pod),
    /// A service.
    Service(Service),
    /// An integration key.
    Key(IntegrationKey),
    /// The settings.
    Settings(Settings),
}

/// The id of an entry of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryId {
    /// A team.
    Team(TeamId),
    /// A person.
    Person(PersonId),
    /// A product.
    Product(ProductId),
    /// A component.
    Component(ComponentId),
    /// A pod.
    Pod(PodId),
    /// A service.
    Service(ServiceId),
    /// An integration key.
    Key(KeyId),
    /// The settings.
    Settings(SettingsId),
}

impl EntryId {
    /// The stable name of the kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Team(_) => "team",
            Self::Person(_) => "person",
            Self::Product(_) => "product",
            Self::Component(_) => "component",
            Self::Pod(_) => "pod",
            Self::Service(_) => "service",
            Self::Key(_) => "key",
            Self::Settings(_) => "settings",
        }
    }

    /// Reads an id of any kind by its prefix.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.split_once('_')?.0 {
            TeamId::PREFIX => Self::Team(text.parse().ok()?),
            PersonId::PREFIX => Self::Person(text.parse().ok()?),
            ProductId::PREFIX => Self::Product(text.parse().ok()?),
            ComponentId::PREFIX => Self::Component(text.parse().ok()?),
            PodId::PREFIX => Self::Pod(text.parse().ok()?),
            ServiceId::PREFIX => Self::Service(text.parse().ok()?),
            KeyId::PREFIX => Self::Key(text.parse().ok()?),
            SettingsId::PREFIX => Self::Settings(text.parse().ok()?),
            _ => return None,
        })
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Team(id) => id.fmt(f),
            Self::Person(id) => id.fmt(f),
            Self::Product(id) => id.fmt(f),
            Self::Component(id) => id.fmt(f),
            Self::Pod(id) => id.fmt(f),
            Self::Service(id) => id.fmt(f),
            Self::Key(id) => id.fmt(f),
            Self::Settings(id) => id.fmt(f),
        }
    }
}

impl CatalogDoc {
    /// Its id.
    pub fn id(&self) -> EntryId {
        match self {
            Self::Team(d) => EntryId::Team(d.id),
            Self::Person(d) => EntryId::Person(d.id),
            Self::Product(d) => EntryId::Product(d.id),
            Self::Component(d) => EntryId::Component(d.id),
            Self::Pod(d) => EntryId::Pod(d.id),
            Self::Service(d) => EntryId::Service(d.id),
            Self::Key(d) => EntryId::Key(d.id),
            Self::Settings(d) => EntryId::Settings(d.id),
        }
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Team(d) => &d.name,
            Self::Person(d) => &d.name,
            Self::Product(d) => &d.name,
            Self::Component(d) => &d.name,
            Self::Pod(d) => &d.name,
            Self::Service(d) => &d.name,
            Self::Key(d) => &d.name,
            Self::Settings(d) => &d.name,
        }
    }

    /// What must be unique within its kind: the slug, or a person's address in lower case, or a key's id.
    pub fn unique_key(&self) -> String {
        match self {
            Self::Team(d) => d.slug.to_string(),
            Self::Person(d) => d.email.to_lowercase(),
            Self::Product(d) => d.slug.to_string(),
            Self::Component(d) => d.slug.to_string(),
            Self::Pod(d) => d.slug.to_string(),
            Self::Service(d) => d.slug.to_string(),
            Self::Key(d) => d.id.to_string(),
            Self::Settings(_) => "settings".into(),
        }
    }

    /// The entries it refers to.
    pub fn references(&self) -> Vec<(String, EntryId)> {
        let mut out: Vec<(String, EntryId)> = Vec::new();
        match self {
            Self::Team(d) => {
                out.extend(
                    d.members
                        .iter()
                        .enumerate()
                        .map(|(i, id)| (format!("members[{i}]"), EntryId::Person(*id))),
                );
            }
            Self::Component(d) => {
                out.extend(d.product_id.map(|id| ("product_id".into(), EntryId::Product(id))))
            }
            Self::Service(d) => {
                out.extend(d.owner_team_id.map(|id| ("owner_team_id".into(), EntryId::Team(id))));
                let components = d.components.iter().enumerate();
                out.extend(components.map(|(i, id)| (format!("components[{i}]"), EntryId::Component(*id))));
                for (i, step) in d.escalation.steps.iter().enumerate() {
                    for (j, target) in step.targets.iter().enumerate() {
                        let id = match target {
                            super::policy::StepTarget::Person { id } => EntryId::Person(*id),
                            super::policy::StepTarget::Team { id } => EntryId::Team(*id),
                        };
                        out.push((format!("escalation.steps[{i}].targets[{j}]"), id));
                    }
                }
            }
            Self::Key(d) => out.push(("service_id".into(), EntryId::Service(d.service_id))),
            Self::Settings(d) => {
                let people = d.fallback.iter().enumerate();
                out.extend(people.map(|(i, id)| (format!("fallback[{i}]"), EntryId::Person(*id))));
            }
            Self::Person(_) | Self::Product(_) | Self::Pod(_) => {}
        }
        out
    }
}
