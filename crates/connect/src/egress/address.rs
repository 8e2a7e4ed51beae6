//! Which addresses may be dialled.
//!
//! Decided on the address itself, never on how somebody spelled it. Three answers: *global* addresses are dialled;
//! *private* ones only if the operator named their range; *forbidden* ones never, not even then: link-local and
//! metadata addresses, where clouds hand out credentials, and addresses that wrap another one, with which a range could
//! be entered through the back door.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Cidr;

/// What an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Anywhere in the public network.
    Global,
    /// Somewhere inside: only if its range is allowed.
    Private,
    /// Never.
    Forbidden,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Cidr {
    Cidr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits)
}

const fn v6(parts: [u16; 8], bits: u8) -> Cidr {
    let [a, b, c, d, e, f, g, h] = parts;
    Cidr::new(IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), bits)
}

/// Never dialled, whatever is configured.
const FORBIDDEN: [Cidr; 20] = [
    v4(0, 0, 0, 0, 8),
    // Link-local, with the metadata services of most clouds in it.
    v4(169, 254, 0, 0, 16),
    // Metadata and host services outside link-local: Alibaba, Azure, Oracle.
    v4(100, 100, 100, 200, 32),
    v4(168, 63, 129, 16, 32),
    v4(192, 0, 0, 192, 32),
    // 6to4 relays, multicast, broadcast and reserved.
    v4(192, 88, 99, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    // Unspecified and the old "IPv4-compatible" form; the loopback address among them is private, see below.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96),
    // Wrapped IPv4: mapped, translated, NAT64 (well-known and local), Teredo, 6to4.
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96),
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    // Link-local and multicast.
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
    // Metadata: Amazon (instance and pod identity), Google.
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
];

/// IPv4 that is not global but may be allowed: private, shared, loopback, protocol assignments, tests, documentation.
const PRIVATE_V4: [Cidr; 10] = [
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
];

/// The only IPv6 range that is handed out for global use …
const GLOBAL_V6: Cidr = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// … without these parts of it: protocol assignments, documentation, the former 6bone.
const NOT_GLOBAL_V6: [Cidr; 4] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16),
];

/// What an address is to us.
pub(crate) fn reach(address: IpAddr) -> Reach {
    let within = |ranges: &[Cidr]| ranges.iter().any(|range| range.contains(address));
    if address == IpAddr::V6(Ipv6Addr::LOCALHOST) {
        return Reach::Private;
    }
    if within(&FORBIDDEN) {
        return Reach::Forbidden;
    }
    let global = match address {
        IpAddr::V4(_) => !within(&PRIVATE_V4),
        IpAddr::V6(_) => GLOBAL_V6.contains(address) && !within(&NOT_GLOBAL_V6),
    };
    if global { Reach::Global } else { Reach::Private }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_global() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860::8888",
            "2001:200::1",
        ] {
            assert_eq!(of(text), Reach::Global, "{text}");
        }
    }

    #[test]
    fn borders_of_private_ranges() {
        for text in [
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "192.0.2.1",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "192.0.0.1",
            "::1",
            "fc00::1",
            "fdff::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:10::1",
            "3fff::1",
            "3ffe::1",
            "4000::1",
            "5f00::1",
            "100::1",
            "200::1",
            "fec0::1",
        ] {
            assert_eq!(of(text), Reach::Private, "{text}");
        }
    }

    #[test]
    fn nothing_opens_the_way_to_metadata_or_wrapped_addresses() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "192.88.99.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2002:7f00:1::",
            "2002:808:808::1",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
        ] {
            assert_eq!(of(text), Reach::Forbidden, "{text}");
        }
    }
}
