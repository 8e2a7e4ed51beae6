//! Secrets and signatures.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hansei_domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// How far a message's time may be from ours, seconds.
const TOLERANCE_SECS: i64 = 300;
/// Signatures that are looked at.
const MAX_SIGNATURES: usize = 16;

/// A signing secret, written `whsec_` and base64. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A text that is not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is whsec_ followed by the base64 of 24 to 64 bytes")]
pub struct BadSecret;

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A secret of fresh random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// Reads the written form; the prefix may be missing.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let text = text.trim();
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| BadSecret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSecret) }
    }

    /// The written form, to be shown once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The signature of a message: `v1,` and base64.
    pub fn sign(&self, id: &str, timestamp_secs: i64, body: &[u8]) -> String {
        match self.mac(id, timestamp_secs, body) {
            Some(mac) => format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())),
            None => String::new(),
        }
    }

    /// HMAC takes keys of any length, so there always is one.
    fn mac(&self, id: &str, timestamp_secs: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).ok()?;
        mac.update(id.as_bytes());
        mac.update(b".");
        mac.update(timestamp_secs.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        Some(mac)
    }
}

/// Reads what is stored for a contact: one secret, or several with spaces between them while one is being changed.
pub fn read_secrets(text: &str) -> Result<Vec<Secret>, BadSecret> {
    let secrets: Vec<Secret> = text.split_whitespace().map(Secret::parse).collect::<Result<_, _>>()?;
    if secrets.is_empty() { Err(BadSecret) } else { Ok(secrets) }
}

/// Why a message is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header is missing or unreadable.
    #[error("the webhook's headers cannot be read")]
    Headers,
    /// It is older or newer than five minutes.
    #[error("the webhook's time is more than five minutes away")]
    Time,
    /// No signature is right.
    #[error("no signature of the webhook is right")]
    Signature,
}

/// Checks a message that was received: its three headers, its exact body, the secrets that count and the time. Every
/// comparison takes the same time wherever it fails.
pub fn verify(
    secrets: &[Secret],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyError> {
    let timestamp_secs: i64 = timestamp.parse().map_err(|_| VerifyError::Headers)?;
    if id.is_empty() {
        return Err(VerifyError::Headers);
    }
    if now.as_second().abs_diff(timestamp_secs) > TOLERANCE_SECS.unsigned_abs() {
        return Err(VerifyError::Time);
    }
    let given = signatures.split(' ').filter_map(|part| part.strip_prefix("v1,")).take(MAX_SIGNATURES);
    for signature in given.filter_map(|text| STANDARD.decode(text).ok()) {
        for secret in secrets {
            let mac = secret.mac(id, timestamp_secs, body);
            if mac.is_some_and(|mac| mac.verify_slice(&signature).is_ok()) {
                return Ok(());
            }
        }
    }
    Err(VerifyError::Signature)
}
