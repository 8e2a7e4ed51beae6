//! What the operator may allow, in the configuration file and nowhere else.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::address::{Reach, reach};

/// A range of addresses: `10.0.0.0/8`, `fd12:3456::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

/// A text that is not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a range of addresses such as 10.0.0.0/8")]
pub struct CidrError(String);

impl Cidr {
    pub(super) const fn new(address: IpAddr, bits: u8) -> Self {
        Self { address, bits }
    }

    /// Whether an address lies in the range. Addresses of the other family never do.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(range), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                range.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(range), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                range.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let bad = || CidrError(text.chars().take(60).collect());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits <= most).ok_or_else(bad)?,
            None => most,
        };
        Ok(Self { address, bits })
    }
}

impl TryFrom<String> for Cidr {
    type Error = CidrError;
    fn try_from(text: String) -> Result<Self, CidrError> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(range: Cidr) -> Self {
        range.to_string()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Where calls may go beside the public network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EgressPolicy {
    /// Ranges that are not global but may be dialled, on any port. Metadata, link-local and wrapping addresses stay
    /// forbidden.
    pub allow: Vec<Cidr>,
}

impl EgressPolicy {
    /// Whether an address may be dialled on a port.
    ///
    /// In the public network the well-known ports below 1024 are left to their services, with which HTTP could be used
    /// to talk (mail, SSH, databases of old); 80 and 443 are the web's own.
    pub(super) fn permits(&self, address: IpAddr, port: u16) -> bool {
        let allowed = self.allow.iter().any(|range| range.contains(address));
        match reach(address) {
            Reach::Forbidden => false,
            Reach::Private => allowed,
            Reach::Global => allowed || usual(port),
        }
    }
}

/// Whether a port may be dialled anywhere.
pub(super) fn usual(port: u16) -> bool {
    matches!(port, 80 | 443 | 1024..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_written() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "fd12:3456::/32", "::/0", "192.168.1.1/32", "::1/128"] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
        }
        assert_eq!("127.0.0.1".parse::<Cidr>().unwrap().to_string(), "127.0.0.1/32");
        for bad in ["", "10.0.0.0/33", "::/129", "10/8", "a/8", "10.0.0.0/-1", "10.0.0.0/8/8", "localhost"] {
            assert!(bad.parse::<Cidr>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_contain_what_they_should() {
        let contains =
            |range: &str, address: &str| range.parse::<Cidr>().unwrap().contains(address.parse().unwrap());
        assert!(contains("10.1.2.3/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("0.0.0.0/0", "255.255.255.255") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("1.2.3.4/32", "1.2.3.4") && !contains("1.2.3.4/32", "1.2.3.5"));
        assert!(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fc00::1"));
        assert!(contains("::/0", "ffff::") && contains("::1/128", "::1") && !contains("::1/128", "::2"));
    }

    #[test]
    fn allowing_everything_still_forbids_metadata() {
        let all = EgressPolicy { allow: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()] };
        let permits = |text: &str| all.permits(text.parse().unwrap(), 22);
        assert!(permits("10.0.0.1") && permits("127.0.0.1") && permits("::1") && permits("8.8.8.8"));
        for text in
            ["169.254.169.254", "fd00:ec2::254", "::ffff:10.0.0.1", "0.0.0.0", "fe80::1", "168.63.129.16"]
        {
            assert!(!permits(text), "{text}");
        }
    }

    #[test]
    fn well_known_ports_of_strangers_are_left_alone() {
        let none = EgressPolicy::default();
        let permits = |port| none.permits("8.8.8.8".parse().unwrap(), port);
        assert!(permits(80) && permits(443) && permits(8443) && permits(1024));
        assert!(!permits(22) && !permits(25) && !permits(1023) && !permits(0));
        assert!(!none.permits("127.0.0.1".parse().unwrap(), 443));
    }
}
