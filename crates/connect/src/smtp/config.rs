//! How the operator's mail server is reached.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all: for a mail server on the same machine.
    None,
    /// Begins in the open and must be protected before anything is said.
    #[default]
    Starttls,
    /// Protected from the first byte.
    Tls,
}

impl Security {
    /// The port this is usually found at.
    pub fn default_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::Starttls => 587,
            Self::Tls => 465,
        }
    }
}

/// The mail server's settings.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its name; also the name its certificate must have.
    pub host: String,
    /// Its port; the usual one of the protection if missing.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// The user, if it wants one.
    #[serde(default)]
    pub username: Option<String>,
    /// The user's password.
    #[serde(default)]
    pub password: Option<String>,
    /// Who mails come from: an address, or `Name <address>`.
    pub from: String,
    /// The domain of reply addresses, if replies are received (see `mail_in`).
    #[serde(default)]
    pub reply_domain: Option<String>,
    /// A file with the certificate (PEM) of an authority of the operator's own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("from", &self.from)
            .field("reply_domain", &self.reply_domain)
            .field("ca_file", &self.ca_file)
            .finish()
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// `from` is not an address.
    #[error("smtp.from is not a mail address: {0}")]
    From(String),
    /// `reply_domain` is not a domain.
    #[error("smtp.reply_domain is not a domain: {0}")]
    ReplyDomain(String),
    /// `username` and `password` only count together.
    #[error("smtp.username and smtp.password must be given together")]
    Credentials,
    /// `ca_file` cannot be read.
    #[error("smtp.ca_file: {0}")]
    CaFile(String),
    /// The protection cannot be set up.
    #[error("smtp: {0}")]
    Tls(String),
}
