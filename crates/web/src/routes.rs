//! All routes of Hansei, in one list.

use crate::assets;
use crate::pages;
use crate::policy::{Access, Routes};

/// The whole table.
pub fn all() -> Routes {
    let own = Routes::new().get("/assets/{file}", Access::Public, assets::serve);
    own.intake().merge(pages::routes())
}
