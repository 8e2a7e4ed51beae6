//! Fakes of the outside world, as strict judges: what a tolerant server would let pass is written down as a violation.

mod smtp;

pub use smtp::{Answer, FakeSmtp, Received, Script};
