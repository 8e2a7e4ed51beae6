//! Tests of the use-cases in a world of people and time, and of the simulator.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a failure there is the test's failure"
)]

mod canary;
mod catalogue_file;
mod incidents;
mod paging;
mod planted;
mod seeds;
mod signals;
mod watch;
