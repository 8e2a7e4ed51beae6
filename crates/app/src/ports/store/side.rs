//! Tables beside the journal: sessions, tokens, secrets, quarantine, remembered answers, named values.

use hansei_domain::Timestamp;
use hansei_domain::access::Role;
use hansei_domain::ids::{ContactId, KeyId, PersonId, QuarantineId, ServiceId, SessionId, TokenId};

/// A write to a table beside the journal, atomic with the rest of the commit.
#[derive(Debug, Clone)]
pub enum SideWrite {
    /// Set a person's password hash; `None` removes it.
    Credential {
        /// Whose.
        person_id: PersonId,
        /// Argon2id hash in PHC form.
        password: Option<String>,
    },
    /// Store a new session.
    SessionPut(SessionRow),
    /// The session was used.
    SessionTouch {
        /// Which.
        id: SessionId,
        /// When.
        seen_at: Timestamp,
    },
    /// End sessions of a person, all or all but one.
    SessionsEnd {
        /// Whose.
        person_id: PersonId,
        /// Keep this one.
        except: Option<SessionId>,
    },
    /// End one session.
    SessionEnd {
        /// Which.
        id: SessionId,
    },
    /// Store or change an API token.
    TokenPut(TokenRow),
    /// The token was used.
    TokenTouch {
        /// Which.
        id: TokenId,
        /// When.
        used_at: Timestamp,
    },
    /// Store a contact's secret; `None` removes it.
    ContactSecret {
        /// Whose.
        contact_id: ContactId,
        /// The secret in clear (it must be sent with).
        secret: Option<String>,
    },
    /// Keep an unreadable payload.
    QuarantinePut(QuarantineRow),
    /// A quarantined payload has been dealt with. If it was dealt with before, the commit is a conflict.
    QuarantineSettle {
        /// Which.
        id: QuarantineId,
        /// When.
        at: Timestamp,
        /// `replayed` or `discarded`.
        how: String,
    },
    /// Remember the answer to an idempotency key (R3). The key must be new, else the commit is a conflict.
    Idempotency(IdempotencyRow),
    /// Set a named value of the installation (`setup_token`, `link_secret`, …); `None` removes it.
    Meta {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
        /// The value must be this before (compare and set), else the commit is a conflict. `None` = must be absent.
        expect: MetaExpect,
    },
    /// Count a failed login of a throttle key, or forget it.
    Throttle {
        /// Account or address.
        key: String,
        /// The count now; `None` removes it.
        row: Option<ThrottleRow>,
    },
}

/// What a named value must be for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetaExpect {
    /// Anything.
    Any,
    /// Absent.
    Absent,
    /// This.
    Value(String),
}

/// A signed-in session. Only the hash of its cookie is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of the cookie's secret, hexadecimal.
    pub sha256: String,
    /// Whose.
    pub person_id: PersonId,
    /// Since when.
    pub created_at: Timestamp,
    /// Last used.
    pub seen_at: Timestamp,
    /// Ends then at the latest.
    pub expires_at: Timestamp,
    /// The browser's name, shortened.
    pub agent: String,
    /// The address it was made from.
    pub address: String,
}

/// An API token. Only its hash is stored (R42).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: TokenId,
    /// SHA-256 of the secret, hexadecimal.
    pub sha256: String,
    /// Its first characters.
    pub hint: String,
    /// What it is for.
    pub name: String,
    /// Whose.
    pub person_id: PersonId,
    /// At most this role, and never more than its person's.
    pub role: Role,
    /// Made.
    pub created_at: Timestamp,
    /// Ends then.
    pub expires_at: Option<Timestamp>,
    /// Last used.
    pub used_at: Option<Timestamp>,
    /// Taken back.
    pub revoked_at: Option<Timestamp>,
}

/// An authenticated payload that could not be read (R5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Its id.
    pub id: QuarantineId,
    /// The key it came by.
    pub key_id: KeyId,
    /// The service.
    pub service_id: ServiceId,
    /// When.
    pub received_at: Timestamp,
    /// Which door: `pagerduty`, `alertmanager`, `json`.
    pub format: String,
    /// Its declared content type.
    pub content_type: String,
    /// What was wrong.
    pub error: String,
    /// The body, at most 64 KiB.
    pub body: Vec<u8>,
    /// The body was longer.
    pub truncated: bool,
    /// Dealt with.
    pub settled_at: Option<Timestamp>,
    /// `replayed` or `discarded`.
    pub settled_how: Option<String>,
}

/// The remembered answer to an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Whose key it is (a person's id), so that keys of different callers cannot meet.
    pub scope: String,
    /// The key.
    pub key: String,
    /// SHA-256 of method, path and body, hexadecimal.
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// Failed logins of one throttle key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRow {
    /// How many in a row.
    pub failures: u32,
    /// No try before then.
    pub blocked_until: Timestamp,
}
