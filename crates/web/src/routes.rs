//! All routes of Hansei, in one list.

use crate::api;
use crate::assets;
use crate::ops;
use crate::pages;
use crate::policy::{Access, Routes};

/// The whole table.
pub fn all() -> Routes {
    let own = Routes::new().get("/assets/{file}", Access::Public, assets::serve);
    own.intake().merge(ops::routes()).merge(api::routes()).merge(pages::routes())
}
