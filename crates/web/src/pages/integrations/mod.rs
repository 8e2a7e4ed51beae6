//! Integrations: the keys with which monitoring systems send, and how each of them is set up.
//!
//! A key belongs to one service and one format. Its secret is shown once, filled into what has to be copied into the
//! sender's configuration; afterwards only its first characters are known. A test alert takes the way of a real one,
//! from the wire format to the page in somebody's mailbox, and its page says how far it has come.

mod edit;
mod guide;
mod list;
mod show;
mod trial;

use std::sync::Arc;

use hansei_app::catalog::Catalog;
use hansei_domain::access::Permission;
use hansei_domain::catalog::{EntryId, IntegrationKey, self_test};
use hansei_domain::ids::KeyId;

use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::policy::{Access, Routes};

/// A key and the catalogue it stands in.
struct KeyAt {
    catalog: Arc<Catalog>,
    key: IntegrationKey,
    revoked: bool,
}

/// The key at an address, revoked or not.
fn key_at(ctx: &PageCtx, id: &str) -> WebResult<KeyAt> {
    let catalog = ctx.app().catalog.now();
    let id: KeyId = id.parse().map_err(|_| Problem::not_found())?;
    let key = catalog.key(id).filter(|k| !self_test::owns(EntryId::Key(k.id))).cloned();
    let key = key.ok_or_else(Problem::not_found)?;
    let revoked = !catalog.in_use(EntryId::Key(id));
    Ok(KeyAt { catalog, key, revoked })
}

/// The integrations' part of the table.
pub fn routes() -> Routes {
    let read = Access::Session(Permission::Read);
    let manage = Access::Session(Permission::ManageKeys);
    let diagnose = Access::Session(Permission::Diagnose);
    Routes::new()
        .get("/integrations", read, list::show)
        .post("/integrations", manage, edit::create)
        .get("/integrations/new", manage, edit::new)
        .get("/integrations/{id}", read, show::show)
        .post("/integrations/{id}/rotate", manage, edit::rotate)
        .post("/integrations/{id}/revoke", manage, edit::revoke)
        .post("/integrations/{id}/test", diagnose, trial::send)
        .get("/integrations/{id}/test/{dedup}", diagnose, trial::show)
        .post("/integrations/{id}/test/{dedup}/resolve", diagnose, trial::resolve)
}
