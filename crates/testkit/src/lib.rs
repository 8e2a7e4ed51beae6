//! Composition for tests: a clock that is moved by hand, ids from a seed, providers as strict judges, a world that
//! speaks of people and time, and the simulator with its checker.
//!
//! Nothing here is part of the product. What is composed is the real thing: domain, use-cases and store as they are
//! shipped; only the outside (time, chance, providers, the network) is played.

pub mod check;
pub mod clock;
pub mod ids;
pub mod rng;
pub mod sim;
pub mod testapp;

pub use clock::{FakeClock, TrueTime};
pub use ids::SeededIds;
pub use testapp::{Judge, Letter, Script, TestApp};
