//! What people see: one module per screen, each with its views beside its handlers.

mod about;
mod catalogue;
mod kit;
mod password;
mod services;
mod set_up;
mod sign_in;

use hansei_domain::access::Permission;

use crate::policy::{Access, Routes};

/// The screens' part of the table.
pub fn routes() -> Routes {
    Routes::new()
        .get("/about", Access::Session(Permission::Read), about::show)
        .merge(entrance())
        .merge(catalogue::routes())
        .merge(services::routes())
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
