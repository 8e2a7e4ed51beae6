//! The file's form of entries, as the document describes it. `hansei_app::plan` owns the types that are read and
//! written; a test holds these against them, field by field.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::wire::{Rank, RoleName};

/// A team.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Short name: lower-case letters, digits and hyphens.
    slug: String,
    /// Name.
    name: String,
    /// What it is for.
    #[serde(default)]
    description: Option<String>,
    /// Addresses of its members, in order.
    #[serde(default)]
    members: Vec<String>,
}

/// A way to reach a person.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Contact {
    /// Mail.
    Email {
        /// The address.
        address: String,
    },
    /// A signed webhook (Standard Webhooks).
    Webhook {
        /// Where to.
        url: String,
    },
}

/// A person.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The address they sign in with.
    email: String,
    /// Their name.
    name: String,
    /// What they are trusted with; `responder` if nothing is said.
    #[serde(default)]
    #[schema(value_type = RoleName)]
    role: String,
    /// Their language: `en`, `de` or `ja`.
    #[serde(default)]
    locale: String,
    /// Their IANA time zone.
    #[serde(default)]
    zone: String,
    /// How they are reached, in order.
    #[serde(default)]
    contacts: Vec<Contact>,
    /// Pause before the next contact, seconds.
    #[serde(default)]
    next_contact_secs: u32,
}

/// A product.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Short name.
    slug: String,
    /// Name.
    name: String,
    /// What it is.
    #[serde(default)]
    description: Option<String>,
}

/// A component.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Short name.
    slug: String,
    /// Name.
    name: String,
    /// Short name of its product.
    #[serde(default)]
    product: Option<String>,
    /// What it is.
    #[serde(default)]
    description: Option<String>,
}

/// A pod: an independent installation that serves some customers.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pod {
    /// Short name.
    slug: String,
    /// Name.
    name: String,
    /// Where it stands.
    #[serde(default)]
    region: Option<String>,
}

/// One step of an escalation.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    /// How long after the step before, seconds.
    #[serde(default)]
    delay_secs: u32,
    /// Addresses of people.
    #[serde(default)]
    people: Vec<String>,
    /// Short names of teams.
    #[serde(default)]
    teams: Vec<String>,
}

/// Who is told, in which order.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationPolicy {
    /// Steps in order; none = the fallback is told at once.
    #[serde(default)]
    steps: Vec<EscalationStep>,
    /// How many times all steps are walked again.
    #[serde(default)]
    repeat: u32,
    /// How long after the last step the fallback is told, seconds.
    #[serde(default)]
    exhaust_after_secs: u32,
    /// A taken incident without movement alarms again after this, seconds.
    #[serde(default)]
    ack_timeout_secs: Option<u32>,
}

/// Which alerts share an incident.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GroupBy {
    /// All of the service.
    Service,
    /// None: each alert has its own.
    Alert,
    /// Those with the same values of these labels.
    Labels {
        /// Label names.
        names: Vec<String>,
    },
}

/// When alerts become incidents.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct IncidentRule {
    /// Severity of the incident for a critical alert; `null` = no incident.
    #[schema(value_type = Option<Rank>)]
    critical: Option<u8>,
    /// For an error.
    #[schema(value_type = Option<Rank>)]
    error: Option<u8>,
    /// For a warning.
    #[schema(value_type = Option<Rank>)]
    warning: Option<u8>,
    /// For information.
    #[schema(value_type = Option<Rank>)]
    info: Option<u8>,
    /// The mildest severity that still tells people.
    #[schema(value_type = Rank)]
    page_up_to: u8,
    /// Which alerts share an incident.
    #[schema(value_type = GroupBy)]
    group_by: serde_json::Value,
    /// Whether an incident resolves with its last alert.
    auto_resolve: bool,
    /// How long after resolving it is reopened instead of a new one declared, seconds.
    reopen_window_secs: u32,
}

/// A service.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Short name.
    slug: String,
    /// Name.
    name: String,
    /// What it does.
    #[serde(default)]
    description: Option<String>,
    /// Short name of the team that owns it.
    #[serde(default)]
    owner: Option<String>,
    /// Short names of the components it carries.
    #[serde(default)]
    components: Vec<String>,
    /// Where its runbook is.
    #[serde(default)]
    runbook_url: Option<String>,
    /// Who is told, in which order.
    #[serde(default)]
    #[schema(value_type = EscalationPolicy)]
    escalation: serde_json::Value,
    /// When its alerts become incidents.
    #[serde(default)]
    rule: IncidentRule,
}

/// The organisation's settings.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name.
    name: String,
    /// Language of people who have not chosen one.
    #[serde(default)]
    locale: String,
    /// Zone of people who have not chosen one.
    #[serde(default)]
    zone: String,
    /// Addresses of the people told when nobody else can be, in order.
    #[serde(default)]
    fallback: Vec<String>,
}
