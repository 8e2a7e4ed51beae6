//! Why a call did not come to an answer.

use std::error::Error;

/// Why a call did not come to an answer. Texts never contain the address that was called: it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The address cannot be called: not http(s), with a user name, too long, unreadable.
    #[error("the address {0}")]
    BadUrl(&'static str),
    /// It is spelled as, or is by name only, an address that must not be dialled.
    #[error("the address leads to a network that is not allowed")]
    Forbidden,
    /// The name led to such addresses only, just now.
    #[error("the name leads to a network that is not allowed")]
    ForbiddenName,
    /// The name is not known, or the name service did not answer.
    #[error("the name cannot be resolved")]
    Resolve,
    /// No connection came about.
    #[error("no connection: {0}")]
    Connect(String),
    /// The time is up. What was sent may have arrived.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke. What was sent may have arrived.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The client could not be made.
    #[error("the HTTP client cannot be made: {0}")]
    Setup(String),
}

impl EgressError {
    /// Whether the same call may succeed later. A name may lead elsewhere tomorrow; a spelled address does not.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::BadUrl(_) | Self::Forbidden | Self::Setup(_) => false,
            Self::ForbiddenName | Self::Resolve | Self::Connect(_) | Self::Timeout | Self::Broken(_) => true,
        }
    }

    /// Makes one out of what the HTTP library says.
    pub(super) fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut innermost: &(dyn Error + 'static) = &error;
        loop {
            if let Some(ours) = innermost.downcast_ref::<Self>() {
                return ours.clone();
            }
            match innermost.source() {
                Some(source) => innermost = source,
                None => break,
            }
        }
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_connect() {
            Self::Connect(innermost.to_string())
        } else {
            Self::Broken(innermost.to_string())
        }
    }
}
