//! Reading what monitoring systems send.

use hansei_domain::Timestamp;
use hansei_domain::ids::{KeyId, ServiceId};
use hansei_domain::refusal::FieldError;
use hansei_domain::signal::{Signal, SourceFormat};

/// What a format may know beside the body.
#[derive(Debug, Clone, Copy)]
pub struct FormatCtx {
    /// The service behind the key.
    pub service_id: ServiceId,
    /// The key.
    pub key_id: KeyId,
    /// When the request arrived.
    pub received_at: Timestamp,
    /// A fresh id, for a deduplication key the sender left to us.
    pub fresh: u128,
}

/// One item of a request that was refused, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// Counted from 0.
    pub index: usize,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// What a request held: the good items go on, the bad ones are named (R5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Good items.
    pub signals: Vec<Signal>,
    /// Bad ones.
    pub bad: Vec<BadItem>,
}

/// A body that could not be read at all; kept in quarantine if its sender is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// One wire format in.
pub trait SignalFormat: Send + Sync {
    /// Its stable name.
    fn format(&self) -> SourceFormat;
    /// Turns a body into bounded signals. Cheap to refuse (R41): depth, lengths and counts are checked while reading.
    fn parse(&self, body: &[u8], ctx: &FormatCtx) -> Result<Parsed, Unreadable>;
}
