//! What people see: one module per screen, each with its views beside its handlers.

mod about;
mod alerts;
mod catalogue;
mod checklist;
mod contacts;
mod design;
mod help;
mod incidents;
mod integrations;
mod kit;
mod live;
mod looks;
mod now;
mod palette;
mod password;
mod people;
mod quarantine;
mod respond;
mod services;
mod set_up;
mod settings;
mod sign_in;
mod system;
mod times;
mod tokens;

use hansei_domain::access::Permission;

use crate::policy::{Access, Routes};

/// The screens' part of the table.
pub fn routes() -> Routes {
    Routes::new()
        .get("/about", Access::Session(Permission::Read), about::show)
        .get("/", Access::Session(Permission::Read), now::show)
        .merge(incidents::routes())
        .merge(alerts::routes())
        .merge(palette::routes())
        .merge(live::routes())
        .merge(respond::routes())
        .merge(entrance())
        .merge(catalogue::routes())
        .merge(services::routes())
        .merge(integrations::routes())
        .merge(quarantine::routes())
        .merge(people::routes())
        .merge(tokens::routes())
        .merge(settings::routes())
        .merge(system::routes())
        .merge(design::routes())
        .merge(help::routes())
}

/// Doors that open without a session; each explains itself when it stays closed.
fn entrance() -> Routes {
    Routes::new()
        .get("/setup/{token}", Access::Public, set_up::show)
        .post("/setup/{token}", Access::Public, set_up::submit)
        .get("/sign-in", Access::Public, sign_in::show)
        .post("/sign-in", Access::Public, sign_in::submit)
        .post("/sign-out", Access::Public, sign_in::sign_out)
        .get("/password/{token}", Access::Public, password::show)
        .post("/password/{token}", Access::Public, password::submit)
}
