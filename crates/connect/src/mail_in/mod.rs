//! Replies to pages: a small SMTP receiver (R12).
//!
//! A page's mail asks for replies to `reply+TOKEN@domain`. The token is the credential: it names one page, and through
//! it one person and one generation of one incident. This server takes mail for such addresses and for nothing else, so
//! it can neither relay nor store: a message is read for one word in its first line, acted on, and forgotten. It speaks
//! no TLS and keeps no queue; the organisation's mail server stands in front and hands replies on.
//!
//! The answer to the message is the answer to the person: what could not be understood or came too late is refused, and
//! the mail server in front tells the writer. Automatic replies are taken and dropped, since refusing them would make
//! more of them. When the store cannot answer, the mail server in front is asked to come again.
//!
//! Bounds: a message of 1 MiB, commands of 1,000 bytes, lines of 16 KiB, a minute of silence, five minutes and twenty
//! mails a connection, ten mistakes, and a number of connections.

mod line;
mod reply;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod vocabulary;

use async_trait::async_trait;

pub use server::{MailIn, MailInConfig};
pub use vocabulary::read_action;

/// What a reply asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyAction {
    /// Take the incident.
    Acknowledge,
    /// End it.
    Resolve,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyAnswer {
    /// It is done and durable.
    Done,
    /// It cannot be done, with the reason for the writer: an old page, an incident that ended.
    Refused(String),
    /// Not now: the store does not answer.
    TryLater,
}

/// Acts on replies; wired to the use-case by the binary.
#[async_trait]
pub trait ReplyHandler: Send + Sync {
    /// Acts on a page by the token of its reply address (lower case).
    async fn on_reply(&self, token: &str, action: ReplyAction) -> ReplyAnswer;
}
