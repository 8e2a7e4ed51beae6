//! Saving an entry from a form that somebody may have had open for an hour.
//!
//! A form carries the fingerprint of what it began with. If the entry still has that content, it is put; otherwise
//! nothing is stored, and the form comes back with everything that was typed, what changed meanwhile and by whom, and
//! the new fingerprint, so that saving again is a decision and not an accident.

use hansei_app::AppError;
use hansei_app::catalog::Catalog;
use hansei_domain::Timestamp;
use hansei_domain::catalog::{CatalogDoc, CatalogEvent, EntryId, Origin};
use hansei_domain::journal::{AggregateId, Event};

use super::history::{FieldDiff, Teller};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::shell::Shell;

/// The hidden field with the fingerprint.
pub const SEEN_FIELD: &str = "_seen";
/// Journal entries searched for the version a form began with.
const READ: usize = 500;
/// How many times a save is tried when only something beside the content changed (somebody signed in).
const TRIES: usize = 5;

/// What changed while a form was open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictView {
    /// Who changed it last.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// What is different from what the form began with.
    pub fields: Vec<FieldDiff>,
}

/// How saving ended.
pub enum Saved {
    /// It is stored.
    Done,
    /// The use-case refused.
    Refused(AppError),
    /// Somebody else was faster; nothing is stored.
    Changed(ConflictView),
}

/// Names a content: equal contents have equal fingerprints.
pub fn fingerprint(doc: &CatalogDoc) -> String {
    let json = serde_json::to_vec(doc).unwrap_or_default();
    hansei_app::secret::sha256_hex(&json).chars().take(16).collect()
}

/// The fingerprint of an entry as it is now; empty if there is none yet.
pub fn current(catalog: &Catalog, id: EntryId) -> String {
    catalog.entry(id).map(|e| fingerprint(&e.doc)).unwrap_or_default()
}

/// Puts an entry if it still is what the form began with.
pub async fn save(ctx: &PageCtx, shell: &Shell, doc: &CatalogDoc, seen: &str) -> WebResult<Saved> {
    let id = doc.id();
    for _ in 0..TRIES {
        let catalog = ctx.app().catalog.now();
        if current(&catalog, id) != seen {
            return conflict(ctx, shell, &catalog, id, seen).await.map(Saved::Changed);
        }
        let version = Some(catalog.version(id));
        let (actor, doc) = (ctx.actor(), doc.clone());
        match ctx.app().put_entry_with(&actor, doc, Origin::Screen, None, version, Vec::new()).await {
            // The version moved; whether the content did is seen in the next round.
            Err(AppError::Conflict) => {}
            Err(error) => return Ok(Saved::Refused(error)),
            Ok(()) => return Ok(Saved::Done),
        }
    }
    Ok(Saved::Refused(AppError::Conflict))
}

async fn conflict(
    ctx: &PageCtx,
    shell: &Shell,
    catalog: &Catalog,
    id: EntryId,
    seen: &str,
) -> WebResult<ConflictView> {
    let recorded = ctx.app().store.history(AggregateId::Entry(id), READ).await?;
    let teller = Teller { shell, catalog };
    let puts = || {
        recorded.iter().filter_map(|r| match &r.event {
            Event::Entry(CatalogEvent::Put { doc, .. }) => Some((r, &**doc)),
            _ => None,
        })
    };
    let base = puts().map(|(_, doc)| doc).find(|doc| fingerprint(doc) == seen);
    let fields = match (base, catalog.entry(id)) {
        (Some(base), Some(now)) => teller.diff(Some(base), &now.doc),
        _ => Vec::new(),
    };
    let last = puts().next();
    Ok(ConflictView {
        who: last.map(|(r, _)| teller.who(&r.actor).0).unwrap_or_default(),
        at: last.map_or(shell.now, |(r, _)| r.at),
        fields,
    })
}
