//! Who the client is: the peer, or what trusted proxies say about it.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// One network: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text.trim(), None),
        };
        let base: IpAddr = address.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { base, bits })
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.bits);
                (u64::from(base.to_bits()) >> shift) == (u64::from(other.to_bits()) >> shift)
            }
            (IpAddr::V6(base), IpAddr::V6(other)) => {
                let differ = base.to_bits() ^ other.to_bits();
                differ.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

/// Proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads addresses and networks; the error is the one that is neither.
    pub fn parse(list: &[String]) -> Result<Self, String> {
        let read = |text: &String| Network::parse(text).ok_or_else(|| text.clone());
        list.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether it is one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|n| n.holds(address))
    }

    /// The client: hops are read from the right, where our own proxy wrote, and the first one that is not a trusted
    /// proxy is the client. Whatever stands left of it could have been made up.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = address_of(hop.trim()) else { break };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// The address in a hop; some proxies write the port behind it.
fn address_of(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().ok().map(|s| s.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(with_port).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let list: Vec<String> = proxies.iter().map(|p| (*p).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        TrustedProxies::parse(&list).unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn hops_count_from_the_right_and_only_behind_trusted_proxies() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.9"]), "192.0.2.1", "nobody is trusted");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, 198.51.100.9"]), "198.51.100.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, 198.51.100.9, 10.9.9.9"]), "198.51.100.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6", "198.51.100.9"]), "198.51.100.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, nonsense"]), "10.1.2.3");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, 198.51.100.9:5678"]), "198.51.100.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["[2001:db8::7]:5678, 10.9.9.9:80"]), "2001:db8::7");
        assert_eq!(client(&["::1"], "::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client(&["127.0.0.1"], "::ffff:127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client(&["0.0.0.0/0"], "192.0.2.1", &["203.0.113.5"]), "203.0.113.5");
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert_eq!(TrustedProxies::parse(&["10.0.0.0/33".into()]), Err("10.0.0.0/33".into()));
        assert_eq!(TrustedProxies::parse(&["example.org".into()]), Err("example.org".into()));
    }
}
