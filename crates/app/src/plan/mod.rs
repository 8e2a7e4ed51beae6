//! The catalogue as one file: `hansei plan` shows what applying it would change, `hansei apply` does it.
//!
//! A file names entries by short name or address, never by id, and holds no secrets. Entries that the file does not
//! name are left alone, and so are the fields of an entry that it does not say. For those it says, three versions meet field by field (what the file said last time, what it
//! says now, what stands in the catalogue), so that edits made on screen are kept unless the file has changed the same
//! field; that is a conflict, which is shown and settled only by force. A file is applied as a whole or not at all.

mod convert;
mod document;
mod export;
mod one;
mod proposal;
mod said;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, ContactKind, FieldChange};
use hansei_domain::journal::{AggregateId, Event};
use hansei_domain::refusal::{FieldCode, Refusal};
use serde::Serialize;

pub use convert::Item;
pub use document::{
    ComponentDoc, ContactDoc, Document, EscalationDoc, OrganisationDoc, PersonDoc, PodDoc, ProductDoc,
    RuleDoc, ServiceDoc, StepDoc, TeamDoc,
};
pub use export::{export, from_doc};
pub use one::Put;

use crate::catalog::Catalog;
use crate::error::{AppError, AppResult};
use crate::ports::{Lane, SideWrite};
use crate::unit::Unit;
use crate::{App, MAX_TRIES};
use proposal::{Draft, Proposal};

/// What applying would do to one entry.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedEntry {
    /// `team`, `person`, …
    pub kind: String,
    /// Its short name or address.
    pub key: String,
    /// `create`, `change`, `keep` or `conflict`.
    pub action: &'static str,
    /// Fields that take the file's value.
    pub changes: Vec<FieldChange>,
    /// Fields edited on screen that stay as they are.
    pub kept: Vec<FieldChange>,
    /// Fields that both sides changed.
    pub conflicts: Vec<FieldChange>,
}

/// What applying a file would do.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Every entry the file names, in the order in which they are applied.
    pub entries: Vec<PlannedEntry>,
    /// Whether anything would change.
    pub changes: bool,
    /// Whether something must be settled first.
    pub conflicts: bool,
}

/// What applying a file did.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    /// What was done.
    pub plan: Plan,
    /// Secrets made for new webhooks, shown this once.
    pub secrets: Vec<MadeSecret>,
}

/// A secret made for a new webhook.
#[derive(Debug, Clone, Serialize)]
pub struct MadeSecret {
    /// Where the webhook leads.
    pub url: String,
    /// Its signing secret.
    pub secret: String,
}

impl App {
    /// What applying this file would do for this actor; refuses whatever applying would refuse, but for conflicts, which
    /// are shown.
    pub fn plan(&self, actor: &Actor, text: &str, force: bool) -> AppResult<Plan> {
        let said = said::read(text)?;
        let ctx = self.ctx(actor.clone());
        Ok(Proposal::new(&self.catalog.now(), &said, force, &ctx)?.plan)
    }

    /// Applies a file in one commit: as a whole, or not at all. Refuses if it has conflicts and is not forced.
    pub async fn apply(&self, actor: &Actor, text: &str, force: bool) -> AppResult<Applied> {
        let said = said::read(text)?;
        for _ in 0..MAX_TRIES {
            let catalog = self.catalog.now();
            let ctx = self.ctx(actor.clone());
            let proposal = Proposal::new(&catalog, &said, force, &ctx)?;
            if proposal.plan.conflicts && !force {
                return Err(conflict(&proposal.plan).into());
            }
            let mut unit = Unit::new(ctx);
            if !self.adopt_drafts(&catalog, &proposal.drafts, &mut unit).await? {
                // Somebody has changed an entry meanwhile: what was decided has not seen it.
                self.reload_catalog().await?;
                continue;
            }
            let mut secrets = Vec::new();
            for draft in proposal.drafts.into_iter().filter(|d| !d.events.is_empty()) {
                let (side, made) = self.webhook_secrets(&catalog, &draft.doc);
                unit.side(self.with_consequences(&draft.doc, side));
                secrets.extend(made);
                let id = AggregateId::Entry(draft.doc.id());
                unit.record(id, None, draft.events.into_iter().map(Event::Entry).collect());
            }
            match self.commit(Lane::Timeline, unit).await {
                Err(AppError::Conflict) => self.reload_catalog().await?,
                other => {
                    other?;
                    self.reload_catalog().await?;
                    return Ok(Applied { plan: proposal.plan, secrets });
                }
            }
        }
        Err(AppError::Conflict)
    }

    /// Loads what the drafts change; says whether it is still as the catalogue showed it.
    async fn adopt_drafts(&self, catalog: &Catalog, drafts: &[Draft], unit: &mut Unit) -> AppResult<bool> {
        let changed = drafts.iter().filter(|d| !d.events.is_empty()).map(|d| d.doc.id());
        let (entries, ids): (Vec<_>, Vec<_>) = changed.map(|id| (id, AggregateId::Entry(id))).unzip();
        let loaded = self.store.load(&ids).await?;
        let version = |id: AggregateId| loaded.iter().find(|l| l.id == id).map_or(0, |l| l.version);
        let same = entries.iter().all(|id| version(AggregateId::Entry(*id)) == catalog.version(*id));
        unit.adopt(loaded);
        Ok(same)
    }

    /// Secrets for the webhooks of a person that the catalogue does not have yet: to be stored, and to be shown.
    fn webhook_secrets(&self, catalog: &Catalog, doc: &CatalogDoc) -> (Vec<SideWrite>, Vec<MadeSecret>) {
        let one = |(contact_id, url)| {
            let secret = format!("whsec_{}", STANDARD.encode(self.ids.secret()));
            let side = SideWrite::ContactSecret { contact_id, secret: Some(secret.clone()) };
            (side, MadeSecret { url, secret })
        };
        new_webhooks(catalog, doc).into_iter().map(one).unzip()
    }
}

fn conflict(plan: &Plan) -> Refusal {
    let names: Vec<String> = plan
        .entries
        .iter()
        .flat_map(|e| e.conflicts.iter().map(move |c| format!("{} {}: {}", e.kind, e.key, c.field)))
        .collect();
    let message = format!("these fields were changed in the file and on screen: {}", names.join(", "));
    Refusal::field("document", FieldCode::Contradiction, message)
}

fn summary(entries: Vec<PlannedEntry>) -> Plan {
    Plan {
        changes: entries.iter().any(|e| matches!(e.action, "create" | "change")),
        conflicts: entries.iter().any(|e| !e.conflicts.is_empty()),
        entries,
    }
}

/// Webhooks of a person that the catalogue does not have yet.
fn new_webhooks(catalog: &Catalog, doc: &CatalogDoc) -> Vec<(hansei_domain::ids::ContactId, String)> {
    let CatalogDoc::Person(person) = doc else { return Vec::new() };
    let known = catalog.person(person.id);
    person
        .contacts
        .iter()
        .filter(|c| known.is_none_or(|k| !k.contacts.iter().any(|have| have.id == c.id)))
        .filter_map(|c| match &c.contact {
            ContactKind::Webhook { url } => Some((c.id, url.clone())),
            ContactKind::Email { .. } | ContactKind::Loopback => None,
        })
        .collect()
}
