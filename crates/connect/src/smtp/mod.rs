//! Pages by mail.
//!
//! One mail per attempt, over the operator's mail server. The life of an attempt: take an idle connection or make one,
//! ask (`MAIL`, `RCPT`, `DATA`), send, hear the answer; ten seconds for all of it. A connection that lay idle may have
//! died unnoticed: if it breaks while asking, a fresh one is tried once, since nothing can have been delivered. Once
//! the message itself has been sent, only the server's 2xx is a delivery; anything else, silence included, is tried
//! again by whoever called (R9), with the same page in `X-Hansei-Page`.
//!
//! Only a refusal of the recipient's address for good gives the channel up; every other refusal may be the operator's
//! to mend.

mod config;
mod connection;
mod html;
mod message;
mod sender;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;

pub use config::{Security, SmtpConfig, SmtpConfigError};
pub use sender::SmtpSender;
