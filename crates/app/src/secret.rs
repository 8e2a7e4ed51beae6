//! Hashes, signatures and random texts.

use hansei_domain::ids::{PageId, PersonId, TypedId, decode_base32, encode_base32};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 as lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// Reads 32 bytes of hexadecimal.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut out = [0u8; 32];
    for (i, slot) in out.iter_mut().enumerate() {
        *slot = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

/// What a signed token is for. A token for one purpose is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Opens the page on which the incident can be acknowledged or resolved.
    Respond,
    /// A mail reply.
    Reply,
}

/// Signs the tokens in pages: each names one page, and through it one generation of one incident (R12).
#[derive(Clone)]
pub struct LinkSigner {
    key: [u8; 32],
}

impl LinkSigner {
    /// A signer with the installation's secret.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn mac(&self, purpose: LinkPurpose, page: PageId) -> u128 {
        let name: &[u8] = match purpose {
            LinkPurpose::Respond => b"respond",
            LinkPurpose::Reply => b"reply",
        };
        self.mac_of(name, &[page.bits()])
    }

    fn mac_of(&self, name: &[u8], what: &[u128]) -> u128 {
        // HMAC takes keys of any length, so this cannot fail; a zero mac would verify nothing but itself.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key) else { return 0 };
        mac.update(name);
        for bits in what {
            mac.update(&bits.to_be_bytes());
        }
        let full = mac.finalize().into_bytes();
        let mut half = [0u8; 16];
        half.copy_from_slice(&full[..16]);
        u128::from_be_bytes(half)
    }

    /// 52 lower-case characters that survive mail servers which fold case.
    pub fn token(&self, purpose: LinkPurpose, page: PageId) -> String {
        encode_base32(page.bits()) + &encode_base32(self.mac(purpose, page))
    }

    /// The page a token names, if its signature is right.
    pub fn read(&self, purpose: LinkPurpose, token: &str) -> Option<PageId> {
        if token.len() != 52 || !token.is_ascii() {
            return None;
        }
        let (id, mac) = token.split_at(26);
        let page = PageId::from_bits(decode_base32(id)?);
        let given = decode_base32(mac)?.to_be_bytes();
        let wanted = self.mac(purpose, page).to_be_bytes();
        bool::from(given.ct_eq(&wanted)).then_some(page)
    }

    /// What a browser is marked with in which a person has signed in; good for nothing but being known again.
    pub fn device(&self, person: PersonId, mark: u128) -> String {
        let mac = self.mac_of(b"device", &[person.bits(), mark]);
        encode_base32(person.bits()) + &encode_base32(mark) + &encode_base32(mac)
    }

    /// Whose mark it is, and which one, if its signature is right.
    pub fn read_device(&self, token: &str) -> Option<(PersonId, u128)> {
        if token.len() != 78 || !token.is_ascii() {
            return None;
        }
        let (person, mark) = (decode_base32(&token[..26])?, decode_base32(&token[26..52])?);
        let given = decode_base32(&token[52..])?.to_be_bytes();
        let wanted = self.mac_of(b"device", &[person, mark]).to_be_bytes();
        bool::from(given.ct_eq(&wanted)).then(|| (PersonId::from_bits(person), mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_page_and_purpose_only() {
        let signer = LinkSigner::new([7; 32]);
        let page = PageId::from_bits(42);
        let token = signer.token(LinkPurpose::Respond, page);
        assert_eq!(signer.read(LinkPurpose::Respond, &token.to_uppercase()), Some(page));
        assert_eq!(signer.read(LinkPurpose::Reply, &token), None);
        assert_eq!(LinkSigner::new([8; 32]).read(LinkPurpose::Respond, &token), None);
        let (ben, device) = (PersonId::from_bits(3), signer.device(PersonId::from_bits(3), 9));
        assert_eq!(signer.read_device(&device), Some((ben, 9)));
        let other = signer.device(ben, 8)[..52].to_owned() + &device[52..];
        assert_eq!(signer.read_device(&other), None);
        assert_eq!(LinkSigner::new([8; 32]).read_device(&device), None);
        let mut forged = token.clone().into_bytes();
        forged[3] = if forged[3] == b'0' { b'1' } else { b'0' };
        assert_eq!(signer.read(LinkPurpose::Respond, &String::from_utf8(forged).unwrap()), None);
    }
}
