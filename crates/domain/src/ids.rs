//! Typed, prefixed, sortable ids.
//!
//! An id is 128 bits: 48 bits of Unix milliseconds, then 80 bits that the caller's generator supplies, so ids of one
//! kind sort by time of creation. As text it is a three-letter prefix that names the kind, an underscore and 26
//! characters of lower-case Crockford base 32: `inc_01jd…`. A wrong prefix does not parse, so one kind of id can't be
//! used where another is meant, neither in the compiler nor on the wire.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 characters")]
pub struct IdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Writes 128 bits as 26 characters of lower-case Crockford base 32.
pub fn encode_base32(value: u128) -> String {
    let mut out = [0u8; 26];
    for (i, slot) in out.iter_mut().enumerate() {
        let shift = 125 - 5 * i as u32;
        *slot = ALPHABET[((value >> shift) & 31) as usize];
    }
    out.iter().map(|b| char::from(*b)).collect()
}

/// Reads what [`encode_base32`] wrote; upper case is accepted (mail servers fold addresses).
pub fn decode_base32(text: &str) -> Option<u128> {
    if text.len() != 26 {
        return None;
    }
    let mut value: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|a| *a == byte.to_ascii_lowercase())? as u128;
        if i == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | digit;
    }
    Some(value)
}

/// What all typed ids share.
pub trait TypedId: Copy + Eq + fmt::Display + FromStr<Err = IdError> {
    /// The three letters before the underscore.
    const PREFIX: &'static str;
    /// Wraps raw bits.
    fn from_bits(bits: u128) -> Self;
    /// The raw bits.
    fn bits(self) -> u128;
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_bits(bits: u128) -> Self { Self(bits) }
            fn bits(self) -> u128 { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode_base32(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode_base32)
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct V;
                impl Visitor<'_> for V {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("an id that starts with ", $prefix, "_"))
                    }
                    fn visit_str<E: de::Error>(self, v: &str) -> Result<$name, E> {
                        v.parse().map_err(E::custom)
                    }
                }
                d.deserialize_str(V)
            }
        }
    )*};
}

typed_id! {
    /// An alert: one deduplication key of one service, over all its episodes.
    AlertId = "alr";
    /// An incident.
    IncidentId = "inc";
    /// One person's notice about one generation of an incident.
    PageId = "pag";
    /// A person who may sign in and be paged.
    PersonId = "per";
    /// A team.
    TeamId = "tem";
    /// A service: what alerts are about and who is paged for it.
    ServiceId = "svc";
    /// A product.
    ProductId = "prd";
    /// A component of a product.
    ComponentId = "cmp";
    /// A pod: an independent installation that serves some customers.
    PodId = "pod";
    /// An integration key.
    KeyId = "key";
    /// The organisation's settings.
    SettingsId = "set";
    /// An API token.
    TokenId = "tok";
    /// A signed-in session.
    SessionId = "ses";
    /// A payload kept in quarantine.
    QuarantineId = "qua";
    /// An entry of the outbox.
    OutboxId = "out";
    /// A range of an incident's scope.
    ScopeId = "scp";
    /// A comment, a pinned piece of evidence or another remark in a timeline.
    NoteId = "not";
    /// A way to reach a person.
    ContactId = "con";
}

/// A supply of ids for one decision: one seed from outside, then consecutive values. Pure: the same seed gives the
/// same ids.
#[derive(Debug)]
pub struct IdSeed {
    base: u128,
    used: AtomicU64,
}

impl Clone for IdSeed {
    fn clone(&self) -> Self {
        Self { base: self.base, used: AtomicU64::new(self.used.load(Ordering::Relaxed)) }
    }
}

impl IdSeed {
    /// Starts from a fresh 128-bit id of the injected generator.
    pub fn new(seed: u128) -> Self {
        Self { base: seed, used: AtomicU64::new(0) }
    }

    /// The next id of the wanted kind.
    pub fn fresh<T: TypedId>(&self) -> T {
        let count = self.used.fetch_add(1, Ordering::Relaxed);
        T::from_bits(self.base.wrapping_add(u128::from(count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_sorts_like_the_bits() {
        for bits in [0u128, 1, 31, 32, u128::MAX, 1 << 127, 0x0192_0000_0000_0000_0000_0000_0000_0001] {
            let id = IncidentId::from_bits(bits);
            assert_eq!(id.to_string().parse::<IncidentId>(), Ok(id));
        }
        let (a, b) = (PageId::from_bits(5 << 80), PageId::from_bits(6 << 80));
        assert!(a.to_string() < b.to_string());
    }

    #[test]
    fn another_kind_or_a_damaged_text_is_refused() {
        let text = AlertId::from_bits(7).to_string();
        assert!(text.parse::<IncidentId>().is_err());
        assert!(text[..text.len() - 1].parse::<AlertId>().is_err());
        assert!("alr_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<AlertId>().is_err(), "more than 128 bits");
    }
}
