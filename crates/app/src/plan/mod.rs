//! The catalogue as one file: `hansei plan` shows what applying it would change, `hansei apply` does it.
//!
//! A file names entries by short name or address, never by id, and holds no secrets. Entries that the file does not
//! name are left alone. For those it names, three versions meet field by field (what the file said last time, what it
//! says now, what stands in the catalogue), so that edits made on screen are kept unless the file has changed the same
//! field; that is a conflict, which is shown and settled only by force.

mod convert;
mod document;
mod one;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, ContactKind, FieldChange, Origin, merge};
use hansei_domain::refusal::{FieldCode, Refusal};
use serde::Serialize;

pub use convert::{Item, export, from_doc};
pub use document::{
    ComponentDoc, ContactDoc, Document, EscalationDoc, OrganisationDoc, PersonDoc, PodDoc, ProductDoc,
    RuleDoc, ServiceDoc, StepDoc, TeamDoc,
};
pub use one::Put;

use crate::App;
use crate::error::AppResult;
use crate::ports::SideWrite;
use convert::Resolver;

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
    /// What applying this file would do.
    pub fn plan(&self, text: &str, force: bool) -> AppResult<Plan> {
        let document = Document::parse(text)?;
        let catalog = self.catalog.now();
        // A plan may name entries that it makes itself; ids do not matter for it.
        let ctx = self.ctx(Actor::System);
        let mut resolver = Resolver::new(&catalog, ctx.ids.clone());
        let items = document.items();
        resolver.announce(&items);
        let entries =
            items.iter().map(|item| plan_one(item, &resolver, force)).collect::<Result<Vec<_>, _>>()?;
        Ok(summary(entries))
    }

    /// Applies a file. Refuses as a whole, before changing anything, if it has conflicts and is not forced.
    pub async fn apply(&self, actor: &Actor, text: &str, force: bool) -> AppResult<Applied> {
        let plan = self.plan(text, force)?;
        if plan.conflicts && !force {
            let names: Vec<String> = plan
                .entries
                .iter()
                .flat_map(|e| e.conflicts.iter().map(move |c| format!("{} {}: {}", e.kind, e.key, c.field)))
                .collect();
            return Err(Refusal::field(
                "document",
                FieldCode::Contradiction,
                format!("these fields were changed in the file and on screen: {}", names.join(", ")),
            )
            .into());
        }
        let document = Document::parse(text)?;
        let mut secrets = Vec::new();
        for item in document.items() {
            self.apply_one(actor, &item, force, &mut secrets).await?;
        }
        Ok(Applied { plan, secrets })
    }

    async fn apply_one(
        &self,
        actor: &Actor,
        item: &Item,
        force: bool,
        secrets: &mut Vec<MadeSecret>,
    ) -> AppResult<()> {
        let catalog = self.catalog.now();
        let ctx = self.ctx(actor.clone());
        let resolver = Resolver::new(&catalog, ctx.ids.clone());
        let merged = resolver.merged(item, force)?;
        let doc = resolver.to_doc(&merged)?;
        let base = resolver.to_doc(item)?;
        let mut side = Vec::new();
        for (contact_id, url) in new_webhooks(&catalog, &doc) {
            let secret = format!("whsec_{}", STANDARD.encode(self.ids.secret()));
            side.push(SideWrite::ContactSecret { contact_id, secret: Some(secret.clone()) });
            secrets.push(MadeSecret { url, secret });
        }
        self.put_entry_with(actor, doc, Origin::File, Some(base), None, side).await
    }
}

fn summary(entries: Vec<PlannedEntry>) -> Plan {
    Plan {
        changes: entries.iter().any(|e| matches!(e.action, "create" | "change")),
        conflicts: entries.iter().any(|e| !e.conflicts.is_empty()),
        entries,
    }
}

fn plan_one(item: &Item, resolver: &Resolver<'_>, force: bool) -> Result<PlannedEntry, Refusal> {
    resolver.to_doc(item)?;
    let (kind, key) = (item.kind().to_owned(), item.key());
    let Some((current, base)) = resolver.stored(item) else {
        return Ok(PlannedEntry {
            kind,
            key,
            action: "create",
            changes: vec![],
            kept: vec![],
            conflicts: vec![],
        });
    };
    let outcome = merge(base.as_ref(), &item.json(), &current, force);
    let action = match (outcome.conflicts.is_empty(), outcome.changes.is_empty()) {
        (false, _) => "conflict",
        (true, false) => "change",
        (true, true) => "keep",
    };
    Ok(PlannedEntry {
        kind,
        key,
        action,
        changes: outcome.changes,
        kept: outcome.kept,
        conflicts: outcome.conflicts,
    })
}

/// Webhooks of a person that the catalogue does not have yet.
fn new_webhooks(
    catalog: &crate::catalog::Catalog,
    doc: &CatalogDoc,
) -> Vec<(hansei_domain::ids::ContactId, String)> {
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
