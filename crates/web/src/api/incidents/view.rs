//! An incident as the API shows it.

use std::collections::BTreeMap;

use hansei_app::App;
use hansei_app::catalog::Catalog;
use hansei_domain::Timestamp;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{
    self, IncidentSource, IncidentStatus, ScopeEntry, Severity, SeverityReason, TimeKind,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::escalation::Escalation;
use crate::api::names::Named;
use crate::api::wire::{Rank, SourceName, StatusName};

/// An incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// Its number, counted without gaps.
    pub number: u64,
    /// Number and title for addresses; changes with the title.
    pub slug: String,
    /// Where people see it.
    pub url: String,
    /// What people call it.
    pub title: String,
    /// Earlier titles, oldest first.
    pub former_titles: Vec<String>,
    /// The service it began with.
    pub service: Option<Named>,
    /// Where it stands.
    #[schema(value_type = StatusName)]
    pub status: IncidentStatus,
    /// Whether people still fight it.
    pub active: bool,
    /// How bad it is now; 0 is the worst.
    #[schema(value_type = Rank)]
    pub severity: Severity,
    /// The worst it ever was.
    #[schema(value_type = Rank)]
    pub max_severity: Severity,
    /// Where the severity comes from.
    pub severity_reason: Why,
    /// How it became known.
    #[schema(value_type = SourceName)]
    pub source: IncidentSource,
    /// Counts its alarms; links in pages are bound to it.
    pub generation: u32,
    /// Who holds it.
    pub holder: Option<Named>,
    /// Whether somebody has taken this generation.
    pub acknowledged: bool,
    /// The distinct instants that are known, by name.
    #[schema(value_type = BTreeMap<String, TimeValue>)]
    pub times: BTreeMap<TimeKind, TimeValue>,
    /// Durations between them, each named by its pair.
    pub durations: Vec<Duration>,
    /// Impact of earlier generations.
    pub past_impacts: Vec<Impact>,
    /// What was hit, over time.
    pub scope: Vec<Scope>,
    /// Comments and evidence as they stand; their texts are in the timeline.
    pub notes: Vec<NoteRef>,
    /// Who is told, and what comes next.
    pub escalation: Option<Escalation>,
    /// When a taken incident goes back to the escalation for lack of progress.
    pub ack_expires_at: Option<Timestamp>,
    /// Until when it may be reopened; `null` while it has not been resolved.
    pub reopen_until: Option<Timestamp>,
    /// Whether it resolves with its last alert.
    pub auto_resolve: bool,
    /// The id of the incident that carries on its story.
    pub merged_into: Option<String>,
    /// Ids of incidents merged into this one.
    pub absorbed: Vec<String>,
    /// People who have answered this generation, each for themselves.
    pub answered: Vec<Named>,
    /// The id of the earlier incident that came back in this one.
    pub recurrence_of: Option<String>,
    /// Ids of later incidents in which this one came back.
    pub recurrences: Vec<String>,
}

/// Where a severity comes from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Why {
    /// `rule`, `person`, `worse_alert` or `merged`.
    pub by: &'static str,
    /// The number of the incident that was merged in, if that decided.
    pub merged: Option<u64>,
    /// The alert's severity, if an alert decided.
    pub alert: Option<&'static str>,
    /// The person, if one decided.
    pub person: Option<Named>,
    /// Why, in their words.
    pub note: Option<String>,
}

/// An instant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimeValue {
    /// When.
    pub at: Timestamp,
    /// Set by hand: nothing automatic touches it any more.
    pub edited: bool,
}

/// A duration between two instants.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Duration {
    /// Both ends: `detected_to_acknowledged`.
    pub name: String,
    /// Where it begins.
    pub from: &'static str,
    /// Where it ends.
    pub to: &'static str,
    /// Whole seconds; negative if the instants are the other way round.
    pub secs: i64,
    /// The end has not happened: counted up to the moment of the answer.
    pub running: bool,
    /// Over how many intervals it is summed: more than one where the incident was reopened.
    pub intervals: usize,
}

/// A span in which customers were hit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Impact {
    /// Start.
    pub from_at: Timestamp,
    /// End.
    pub until_at: Option<Timestamp>,
    /// Nobody said when it ended: the resolution is taken for it.
    pub assumed: bool,
}

/// A range of the scope.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scope {
    /// Its id.
    pub id: String,
    /// Products hit.
    pub products: Vec<Named>,
    /// Components hit.
    pub components: Vec<Named>,
    /// Pods hit.
    pub pods: Vec<Named>,
    /// Every pod was hit.
    pub all_pods: bool,
    /// How customers saw it.
    pub symptom: Option<String>,
    /// Since when; `null` = not known.
    pub from_at: Option<Timestamp>,
    /// Until when; `null` = still, or not known.
    pub until_at: Option<Timestamp>,
}

/// A comment or a piece of evidence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteRef {
    /// Its id.
    pub id: String,
    /// `comment` or `evidence`.
    pub kind: &'static str,
    /// Its author.
    pub by: Option<Named>,
    /// It has been taken back.
    pub withdrawn: bool,
}

/// Builds views over one snapshot of the catalogue.
pub struct Viewer<'a> {
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The installation's address.
    pub public_url: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl<'a> Viewer<'a> {
    /// A viewer of this moment.
    pub fn new(app: &'a App, catalog: &'a Catalog) -> Self {
        Self { catalog, public_url: &app.config.public_url, now: app.clock.now() }
    }

    /// A person by name.
    pub fn person(&self, id: PersonId) -> Named {
        Named::of(self.catalog, EntryId::Person(id))
    }

    /// An incident.
    pub fn incident(&self, i: &incident::Incident) -> Incident {
        Incident {
            id: i.id.to_string(),
            number: i.number,
            slug: i.slug.clone(),
            url: format!("{}/incidents/{}", self.public_url, i.number),
            title: i.title.clone(),
            former_titles: i.former_titles.clone(),
            service: i.service_id.map(|id| Named::of(self.catalog, EntryId::Service(id))),
            status: i.status,
            active: i.status.is_active(),
            severity: i.severity,
            max_severity: i.max_severity,
            severity_reason: self.why(&i.severity_reason),
            source: i.source,
            generation: i.generation,
            holder: i.holder.map(|id| self.person(id)),
            acknowledged: i.acknowledged,
            times: i.times.iter().map(|(k, v)| (*k, TimeValue { at: v.at, edited: v.edited })).collect(),
            durations: self.durations(i),
            past_impacts: i
                .past_impacts
                .iter()
                .map(|p| Impact { from_at: p.from_at, until_at: p.until_at, assumed: p.assumed })
                .collect(),
            scope: i.scope.iter().map(|s| self.scope(s)).collect(),
            notes: self.notes(i),
            escalation: i.escalation.as_ref().map(|e| self.escalation(e)),
            ack_expires_at: i.ack_expires_at,
            reopen_until: i.reopen_until(),
            auto_resolve: i.auto_resolve,
            merged_into: i.merged_into.map(|id| id.to_string()),
            absorbed: i.absorbed.iter().map(ToString::to_string).collect(),
            answered: i.answered.iter().map(|id| self.person(*id)).collect(),
            recurrence_of: i.recurrence_of.map(|id| id.to_string()),
            recurrences: i.recurrences.iter().map(ToString::to_string).collect(),
        }
    }

    fn why(&self, reason: &SeverityReason) -> Why {
        let blank = Why { by: "rule", merged: None, alert: None, person: None, note: None };
        match reason {
            SeverityReason::Rule { alert } => Why { alert: Some(alert.as_str()), ..blank },
            SeverityReason::Person { person, note } => {
                Why { by: "person", person: person.map(|id| self.person(id)), note: note.clone(), ..blank }
            }
            SeverityReason::WorseAlert { alert } => {
                Why { by: "worse_alert", alert: Some(alert.as_str()), ..blank }
            }
            SeverityReason::Merged { number } => Why { by: "merged", merged: Some(*number), ..blank },
        }
    }

    fn durations(&self, i: &incident::Incident) -> Vec<Duration> {
        let all = incident::durations(i, self.now);
        let one = |d: incident::KeyDuration| Duration {
            name: format!("{}_to_{}", d.from.as_str(), d.to.as_str()),
            from: d.from.as_str(),
            to: d.to.as_str(),
            secs: d.secs,
            running: d.running,
            intervals: d.intervals,
        };
        all.into_iter().map(one).collect()
    }

    fn notes(&self, i: &incident::Incident) -> Vec<NoteRef> {
        let one = |r: &incident::Remark| NoteRef {
            id: r.id.to_string(),
            kind: match r.kind {
                incident::RemarkKind::Comment => "comment",
                incident::RemarkKind::Evidence => "evidence",
            },
            by: r.by.map(|id| self.person(id)),
            withdrawn: r.withdrawn,
        };
        i.remarks.iter().map(one).collect()
    }

    fn scope(&self, s: &ScopeEntry) -> Scope {
        let named = |id: EntryId| Named::of(self.catalog, id);
        Scope {
            id: s.id.to_string(),
            products: s.products.iter().map(|id| named(EntryId::Product(*id))).collect(),
            components: s.components.iter().map(|id| named(EntryId::Component(*id))).collect(),
            pods: s.pods.iter().map(|id| named(EntryId::Pod(*id))).collect(),
            all_pods: s.all_pods,
            symptom: s.symptom.clone(),
            from_at: s.from_at,
            until_at: s.until_at,
        }
    }
}
