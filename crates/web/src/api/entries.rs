//! Entries of the journal as the API shows them: what happened, when, by whom, as data and as an English sentence.

use hansei_app::auth::Principal;
use hansei_app::catalog::Catalog;
use hansei_app::reading::timeline::{Line, Teller};
use hansei_app::words::{Locale, Words};
use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::EntryId;
use hansei_domain::journal::Recorded;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::call::Call;
use super::names::Named;
use crate::error::{Problem, WebResult};
use crate::shown;

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActorView {
    /// `system`, `integration`, `person` or `console`.
    pub kind: &'static str,
    /// The person, if it was one.
    pub person: Option<Named>,
    /// The door they came through: `screen`, `token`, `link`, `mail` or `file`.
    pub via: Option<&'static str>,
    /// The integration key or API token that was used.
    pub credential: Option<String>,
}

impl ActorView {
    /// An actor with names of this catalogue.
    pub fn of(catalog: &Catalog, actor: &Actor) -> Self {
        let blank = Self { kind: "system", person: None, via: None, credential: None };
        match actor {
            Actor::System => blank,
            Actor::Console => Self { kind: "console", ..blank },
            Actor::Integration { key } => {
                Self { kind: "integration", credential: Some(key.to_string()), ..blank }
            }
            Actor::Person { person, via } => Self {
                kind: "person",
                person: Some(Named::of(catalog, EntryId::Person(*person))),
                via: Some(match via {
                    Via::Screen => "screen",
                    Via::Token { .. } => "token",
                    Via::Link => "link",
                    Via::Mail => "mail",
                    Via::File => "file",
                }),
                credential: match via {
                    Via::Token { token } => Some(token.to_string()),
                    Via::Screen | Via::Link | Via::Mail | Via::File => None,
                },
            },
        }
    }
}

/// One entry of the journal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventView {
    /// Its place in the one journal of this installation, without gaps.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// Who did it.
    pub actor: ActorView,
    /// The event's stable name: `incident.acknowledged`.
    pub name: &'static str,
    /// `incident`, `alert`, `page`, or a kind of catalogue entry.
    pub aggregate: &'static str,
    /// The id of what it happened to.
    pub aggregate_id: String,
    /// The version of that after it.
    pub version: u64,
    /// The incident whose timeline shows it.
    pub incident_id: Option<String>,
    /// What happened, by its `type`. Hashes of secrets are left out, and so are paths of webhooks, unless they are one's own
    /// or one may manage people.
    #[schema(value_type = Object)]
    pub data: Value,
}

impl EventView {
    /// An entry with names of this catalogue, as somebody may see it.
    pub fn of(who: &Principal, catalog: &Catalog, entry: &Recorded) -> WebResult<Self> {
        let mut data = serde_json::to_value(&entry.event).map_err(Problem::internal)?;
        shown::blot_entry(who, entry, &mut data);
        Ok(Self {
            seq: entry.seq,
            at: entry.at,
            actor: ActorView::of(catalog, &entry.actor),
            name: entry.event.name(),
            aggregate: entry.aggregate.kind(),
            aggregate_id: entry.aggregate.to_string(),
            version: entry.version,
            incident_id: entry.incident_id.map(|id| id.to_string()),
            data,
        })
    }
}

/// One entry of the journal, told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// The entry.
    #[serde(flatten)]
    pub event: EventView,
    /// What kind of entry: `decisions`, `comments`, `evidence`, `pages` or `alerts`.
    pub kind: &'static str,
    /// What happened, in English.
    pub sentence: String,
    /// Why, and what follows, in English.
    pub facts: Vec<String>,
    /// The reason in somebody's own words.
    pub note: Option<String>,
    /// The number of the merged incident whose story this was.
    pub merged_from: Option<u64>,
}

impl TimelineEntry {
    /// An entry told by a teller who speaks English.
    pub fn of(call: &Call, catalog: &Catalog, teller: &Teller<'_>, entry: &Recorded) -> WebResult<Self> {
        let (line, words): (Line, &Words) = (teller.tell(entry), &call.app().words);
        let plain = |s: &hansei_app::reading::sentence::Sentence| s.plain(words, Locale::En, "UTC");
        Ok(Self {
            event: EventView::of(&call.who, catalog, entry)?,
            kind: line.kind.as_str(),
            sentence: plain(&line.sentence),
            facts: line.facts.iter().map(plain).collect(),
            note: line.note,
            merged_from: line.merged_from,
        })
    }
}
