//! The catalogue: what people set up. Teams, people, products, components, pods, services, integration keys and the
//! organisation's settings.
//!
//! Every entry is an aggregate with the same small life cycle: *put* (created or changed as a whole), *archived*,
//! *restored*. An archived entry stays readable for ever, since incidents refer to it, but nothing new may. Because
//! entries are journaled like everything else, who changed what is always known; secrets are never part of an entry
//! (they live beside the journal and are referred to by id).
//!
//! Policies (escalation, incident rule) are values inside a service; whoever starts something under them stamps a copy.

mod decide;
mod docs;
mod plan;
mod policy;
pub mod self_test;
#[cfg(test)]
mod tests;

pub use decide::{CatalogCommand, CatalogEvent, Entry, Origin, decide, evolve};
pub use docs::{
    CatalogDoc, Component, Contact, ContactKind, EntryId, IntegrationKey, KeyHash, Person, Pod, Product,
    Service, Settings, Team, Theme,
};
pub use plan::{FieldChange, MergeOutcome, merge};
pub use policy::{EscalationPolicy, EscalationStep, GroupBy, IncidentRule, StepTarget};
