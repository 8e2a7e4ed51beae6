//! What the use-cases need from outside, as traits: the store, time, chance, and the senders.

mod format;
mod sender;
mod store;
mod world;

pub use format::{
    AlertFilter, AlertmanagerApi, BadItem, FormatCtx, GroupLabels, IntakeRefusal, MAX_BODY, Parsed,
    ShownAlert, SignalFormat, Unreadable, WireAnswer, joined, plain_answer, plain_refusal, refusal_words,
};
pub use sender::{PageMessage, PageReason, SEND_LIMIT, SendError, Sender, SenderKind, Senders};
pub use store::*;
pub use world::{Clock, Ids, SharedClock, SharedIds};
