//! Tests of the program itself: what it prints, how it ends, and what it refuses. Everything on loopback, in folders of
//! its own; what has to be waited for says a line or ends.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests: a failure there is the test's failure"
)]

mod client;
mod console;
mod demo;
mod program;
mod serve;
