//! API v1: the same use-cases as the pages, with JSON, described by OpenAPI 3.1.
//!
//! One declaration per route (`spec::Api`) gives the line of the policy table and the operation of the document.
//! Handlers read a `call::Call` or `call::Posted`, call one use-case, and answer with a view of their own: views
//! are part of the contract, states of the domain are not. Errors are problems (RFC 9457) of the one mapping.
//!
//! Repeating a POST with an `Idempotency-Key` has no second effect and gets the same answer (R3). `If-Match` with an
//! `ETag` refuses to change what the caller has not seen. Lists are pages with opaque cursors.

mod access;
mod alerts;
mod call;
mod catalogue;
mod document;
mod entries;
mod events;
mod incidents;
mod json;
mod keys;
mod names;
mod page;
mod plan;
mod quarantine;
mod spec;
mod system;
mod wire;

use crate::policy::Routes;

pub use document::openapi;

/// What the API shares between requests of one node.
#[derive(Default)]
pub struct Shared {
    in_work: call::InWork,
    self_test: events::SelfTest,
}

/// Everything the API has.
fn api() -> spec::Api {
    spec::Api::new()
        .merge(incidents::api())
        .merge(alerts::api())
        .merge(catalogue::api())
        .merge(keys::api())
        .merge(plan::api())
        .merge(access::api())
        .merge(quarantine::api())
        .merge(system::api())
        .merge(events::api())
        .merge(document::api())
}

/// The API's part of the table.
pub fn routes() -> Routes {
    api().into_routes()
}
