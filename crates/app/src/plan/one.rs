//! One entry in the file's form, put as a whole: what the API does.
//!
//! Unlike a file, the caller names the entry that is to be replaced, so that its short name may change; and nothing is
//! merged: the caller has seen a version and says so, or means to overwrite.

use hansei_domain::access::Actor;
use hansei_domain::catalog::{EntryId, Origin};
use hansei_domain::refusal::Refusal;

use super::convert::Resolver;
use super::{Item, MadeSecret};
use crate::App;
use crate::error::AppResult;

/// What putting one entry did.
#[derive(Debug, Clone)]
pub struct Put {
    /// The entry.
    pub id: EntryId,
    /// Secrets made for new webhooks of a person, shown this once.
    pub secrets: Vec<MadeSecret>,
}

impl App {
    /// Makes an entry, or replaces the one named by `place` as a whole. `seen` refuses to overwrite what the caller has
    /// not seen (0 = there must be none).
    pub async fn put_item(
        &self,
        actor: &Actor,
        item: &Item,
        place: Option<EntryId>,
        seen: Option<u64>,
    ) -> AppResult<Put> {
        let catalog = self.catalog.now();
        let ctx = self.ctx(actor.clone());
        let resolver = Resolver::new(&catalog, ctx.ids.clone());
        let old = place.and_then(|id| catalog.entry(id)).map(|e| &e.doc);
        let doc = resolver.convert(item, old).map_err(Refusal::from)?;
        let id = doc.id();
        let (side, secrets) = self.webhook_secrets(&catalog, &doc);
        self.put_entry_with(actor, doc, Origin::Screen, None, seen, side).await?;
        Ok(Put { id, secrets })
    }
}
