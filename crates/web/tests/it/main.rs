//! The site as a whole, without sockets: real use-cases over a store in memory, real formats at the doors.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests: a failure there is the test's failure"
)]

mod api;
mod doors;
mod headers;
mod live;
mod operate;
mod policy;
mod screens;
mod sockets;
mod world;
