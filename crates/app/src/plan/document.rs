//! The shape of the file. Unknown keys are errors. TOML has no word for nothing: an empty text, an acknowledgement that
//! runs out after 0 seconds and the severity "none" say that there is none.

use hansei_domain::access::Role;
use hansei_domain::catalog::GroupBy;
use hansei_domain::incident::Severity;
use hansei_domain::refusal::{FieldCode, Refusal};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::convert::Item;

/// The word for a kind of alert that makes no incident.
pub(super) const NONE: &str = "none";

/// The organisation's settings.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct OrganisationDoc {
    /// Its name.
    pub name: String,
    /// Language of people who have not chosen one.
    #[serde(default = "english")]
    pub locale: String,
    /// Zone of people who have not chosen one.
    #[serde(default = "utc")]
    pub zone: String,
    /// Addresses of the people told when nobody else can be.
    #[serde(default)]
    pub fallback: Vec<String>,
}

/// A way to reach a person.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ContactDoc {
    /// Mail.
    Email {
        /// Address.
        address: String,
    },
    /// A signed webhook.
    Webhook {
        /// Where to.
        url: String,
    },
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PersonDoc {
    /// The address they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are trusted with.
    #[serde(default = "responder")]
    pub role: Role,
    /// Their language.
    #[serde(default = "english")]
    pub locale: String,
    /// Their zone.
    #[serde(default = "utc")]
    pub zone: String,
    /// How they are reached, in order.
    #[serde(default)]
    pub contacts: Vec<ContactDoc>,
    /// Pause before the next contact, seconds.
    #[serde(default = "minute")]
    pub next_contact_secs: u32,
}

/// A team.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct TeamDoc {
    /// Short name.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is for.
    #[serde(default, deserialize_with = "text_or_none")]
    pub description: Option<String>,
    /// Addresses of its members.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A product.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ProductDoc {
    /// Short name.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is.
    #[serde(default, deserialize_with = "text_or_none")]
    pub description: Option<String>,
}

/// A component.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ComponentDoc {
    /// Short name.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Short name of its product.
    #[serde(default, deserialize_with = "text_or_none")]
    pub product: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "text_or_none")]
    pub description: Option<String>,
}

/// A pod.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PodDoc {
    /// Short name.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Where it stands.
    #[serde(default, deserialize_with = "text_or_none")]
    pub region: Option<String>,
}

/// One step of an escalation.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct StepDoc {
    /// How long after the step before, seconds.
    #[serde(default)]
    pub delay_secs: u32,
    /// Addresses of people.
    #[serde(default)]
    pub people: Vec<String>,
    /// Short names of teams.
    #[serde(default)]
    pub teams: Vec<String>,
}

/// An escalation.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct EscalationDoc {
    /// Steps in order.
    #[serde(default)]
    pub steps: Vec<StepDoc>,
    /// How many times all steps are walked again.
    #[serde(default)]
    pub repeat: u32,
    /// How long after the last step, seconds.
    #[serde(default = "five_minutes")]
    pub exhaust_after_secs: u32,
    /// A taken incident without movement alarms again after this, seconds.
    #[serde(default, deserialize_with = "secs_or_none")]
    pub ack_timeout_secs: Option<u32>,
}

impl Default for EscalationDoc {
    fn default() -> Self {
        Self { steps: vec![], repeat: 0, exhaust_after_secs: five_minutes(), ack_timeout_secs: None }
    }
}

/// When alerts become incidents.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct RuleDoc {
    /// Severity of the incident for a critical alert; "none" = no incident.
    #[serde(deserialize_with = "severity_or_none", serialize_with = "or_none")]
    pub critical: Option<Severity>,
    /// For an error.
    #[serde(deserialize_with = "severity_or_none", serialize_with = "or_none")]
    pub error: Option<Severity>,
    /// For a warning.
    #[serde(deserialize_with = "severity_or_none", serialize_with = "or_none")]
    pub warning: Option<Severity>,
    /// For information.
    #[serde(deserialize_with = "severity_or_none", serialize_with = "or_none")]
    pub info: Option<Severity>,
    /// The mildest severity that still tells people.
    pub page_up_to: Severity,
    /// Which alerts share an incident.
    pub group_by: GroupBy,
    /// Whether an incident resolves with its last alert.
    pub auto_resolve: bool,
    /// How long after resolving it is reopened instead of a new one declared, seconds.
    pub reopen_window_secs: u32,
}

impl Default for RuleDoc {
    fn default() -> Self {
        Self::from(&hansei_domain::catalog::IncidentRule::default())
    }
}

/// A service.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ServiceDoc {
    /// Short name.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it does.
    #[serde(default, deserialize_with = "text_or_none")]
    pub description: Option<String>,
    /// Short name of the team that owns it.
    #[serde(default, deserialize_with = "text_or_none")]
    pub owner: Option<String>,
    /// Short names of the components it carries.
    #[serde(default)]
    pub components: Vec<String>,
    /// Where its runbook is.
    #[serde(default, deserialize_with = "text_or_none")]
    pub runbook_url: Option<String>,
    /// Who is told, in which order.
    #[serde(default)]
    pub escalation: EscalationDoc,
    /// When its alerts become incidents.
    #[serde(default)]
    pub rule: RuleDoc,
}

/// The whole file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Document {
    /// The organisation's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationDoc>,
    /// People.
    pub people: Vec<PersonDoc>,
    /// Teams.
    pub teams: Vec<TeamDoc>,
    /// Products.
    pub products: Vec<ProductDoc>,
    /// Components.
    pub components: Vec<ComponentDoc>,
    /// Pods.
    pub pods: Vec<PodDoc>,
    /// Services.
    pub services: Vec<ServiceDoc>,
}

fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

fn secs_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(Option::<u32>::deserialize(deserializer)?.filter(|secs| *secs > 0))
}

/// A rank, or the word for no incident.
#[derive(Deserialize)]
#[serde(untagged)]
enum RankOrWord {
    Rank(i64),
    Word(String),
}

fn severity_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    let wrong = |said: &dyn std::fmt::Display| {
        D::Error::custom(format!("{said} is not a severity: it must be 0 to 4, or \"none\""))
    };
    match Option::<RankOrWord>::deserialize(deserializer)? {
        None => Ok(None),
        Some(RankOrWord::Word(word)) if word == NONE => Ok(None),
        Some(RankOrWord::Word(word)) => Err(wrong(&word)),
        Some(RankOrWord::Rank(rank)) => {
            let severity = u8::try_from(rank).ok().and_then(|rank| Severity::try_from(rank).ok());
            severity.map(Some).ok_or_else(|| wrong(&rank))
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "serde hands fields over like that"
)]
fn or_none<S: Serializer>(severity: &Option<Severity>, serializer: S) -> Result<S::Ok, S::Error> {
    match severity {
        Some(severity) => severity.serialize(serializer),
        None => serializer.serialize_str(NONE),
    }
}

fn english() -> String {
    "en".into()
}
fn utc() -> String {
    "UTC".into()
}
fn responder() -> Role {
    Role::Responder
}
fn minute() -> u32 {
    60
}
fn five_minutes() -> u32 {
    300
}

impl Document {
    /// Reads a file; the refusal names line and key.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > 1024 * 1024 {
            return Err(Refusal::field("document", FieldCode::TooLong, "is longer than 1 MiB"));
        }
        toml::from_str(text)
            .map_err(|e| Refusal::field("document", FieldCode::Malformed, e.to_string().trim().to_owned()))
    }

    /// Writes a file.
    pub fn write(&self) -> Result<String, Refusal> {
        toml::to_string_pretty(self)
            .map_err(|e| Refusal::field("document", FieldCode::Malformed, e.to_string()))
    }

    /// Its entries, in an order in which each refers only to earlier ones.
    pub fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        items.extend(self.people.iter().cloned().map(Item::Person));
        items.extend(self.products.iter().cloned().map(Item::Product));
        items.extend(self.components.iter().cloned().map(Item::Component));
        items.extend(self.pods.iter().cloned().map(Item::Pod));
        items.extend(self.teams.iter().cloned().map(Item::Team));
        items.extend(self.services.iter().cloned().map(Item::Service));
        items.extend(self.organisation.iter().cloned().map(Item::Organisation));
        items
    }
}
