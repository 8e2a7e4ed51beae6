//! What people see: one module per screen, each with its views beside its handlers.

mod about;

use hansei_domain::access::Permission;

use crate::policy::{Access, Routes};

/// The screens' part of the table.
pub fn routes() -> Routes {
    Routes::new().get("/about", Access::Session(Permission::Read), about::show)
}
