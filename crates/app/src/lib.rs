//! One use-case, once, safely: load, decide, commit, wake; and the ports that the outside fills.
//!
//! Everything that changes goes through [`run`]: facts are loaded, the domain decides, and events, states, deadlines
//! and outbox are committed in one transaction. On a version conflict it is loaded and decided again, a bounded number
//! of times. The reconcilers (deadlines, delivery, deciding the inbox, self-audit) take no input and may be called at
//! any time, by any node, any number of times.

pub mod ports;
