//! Who is there: set-up, signing in, sessions, API tokens.
//!
//! Secrets (cookies, tokens, the set-up token) are 256 random bits, shown once and stored as hashes. Sessions live in
//! the store and end when their person changes the password or role, signs out, or is archived (R43); API tokens end with
//! a password that is replaced and with their person. Wrong passwords cost growing time; whether an account exists cannot
//! be told from answer or time.

mod link;
mod password;
mod session;
mod setup;
mod token;
mod tries;

use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Permission, Role, Via};
use hansei_domain::catalog::Theme;
use hansei_domain::ids::{PersonId, SessionId, TokenId};

pub use link::{LINK_SECS, PasswordLink};
pub use password::SHORTEST as SHORTEST_PASSWORD;
pub use session::{SIGNED_IN_SECS, SignedIn, session_stands};
pub use setup::NewAdmin;
pub use token::{NewToken, TOKEN_PREFIX};
pub use tries::Tries;

/// Somebody who is known: a person by session or token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// What they may do through this door.
    pub role: Role,
    /// Their language.
    pub locale: String,
    /// Their zone.
    pub zone: String,
    /// Light or dark.
    pub theme: Theme,
    /// The session, if it is one.
    pub session_id: Option<SessionId>,
    /// The token, if it is one.
    pub token_id: Option<TokenId>,
}

impl Principal {
    /// Whether they may do it through this door.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// The actor of what they do.
    pub fn actor(&self) -> Actor {
        let via = self.token_id.map_or(Via::Screen, |token| Via::Token { token });
        Actor::Person { person: self.person_id, via }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The peer's address (behind trusted proxies: the one they vouch for).
    pub address: String,
    /// The browser's name.
    pub agent: String,
    /// What it was marked with at an earlier sign-in.
    pub device: Option<String>,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Address or password is wrong; which one is not said.
    #[error("address or password is wrong")]
    Wrong,
    /// Too many wrong tries; the next one counts after this.
    #[error("too many tries; try again later")]
    Throttled {
        /// No try before then.
        until: Timestamp,
    },
}
