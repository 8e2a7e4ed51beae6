//! What people say about themselves, and what the organisation says about itself.

mod organisation;
mod own;

use hansei_domain::access::Permission;

use super::contacts;
use crate::policy::{Access, Routes};

/// The settings' part of the table.
pub fn routes() -> Routes {
    let own_access = Access::Session(Permission::ChangeSelf);
    let organisation_access = Access::Session(Permission::ManageSettings);
    Routes::new()
        .get("/settings", own_access, own::show)
        .post("/settings", own_access, own::save)
        .post("/settings/theme", own_access, own::theme)
        .post("/settings/password", own_access, own::password)
        .post("/settings/sessions/end", own_access, own::end_sessions)
        .post("/settings/sessions/{id}/end", own_access, own::end_session)
        .post("/settings/contacts", own_access, contacts::add_own)
        .post("/settings/contacts/pause", own_access, contacts::pause_own)
        .post("/settings/contacts/{contact}/{verb}", own_access, contacts::act_own)
        .get("/settings/organisation", organisation_access, organisation::show)
        .post("/settings/organisation", organisation_access, organisation::save)
        .get("/settings/organisation/catalogue.toml", organisation_access, organisation::export)
}
