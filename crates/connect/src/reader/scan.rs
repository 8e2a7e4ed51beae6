//! Finding the end of the plain part of a string, eight bytes at a time.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Non-zero if a byte of `word` is zero. (Bytes above a zero byte may be reported too; only "any" is asked.)
fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// Non-zero if a byte of `word` ends the plain part of a string: a quote, a backslash or a control character.
fn special(word: u64) -> u64 {
    let quote = zero_byte(word ^ (LOW * u64::from(b'"')));
    let backslash = zero_byte(word ^ (LOW * u64::from(b'\\')));
    // A byte below 0x20 has none of its upper three bits set.
    let control = zero_byte(word & (LOW * 0xe0));
    quote | backslash | control
}

/// How many bytes of `bytes` are neither a quote, a backslash nor a control character.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            // The lowest marked byte is exact: borrows only ever spoil bytes above it.
            return len + (found.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    len + rest.iter().take_while(|b| **b >= 0x20 && **b != b'"' && **b != b'\\').count()
}

#[cfg(test)]
mod tests {
    use super::plain_len;

    #[test]
    fn every_byte_value_at_every_place_is_told_apart() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=255u8 {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    let special = byte < 0x20 || byte == b'"' || byte == b'\\';
                    assert_eq!(
                        plain_len(&bytes),
                        if special { at } else { length },
                        "{byte:#x} at {at} of {length}"
                    );
                }
            }
        }
    }
}
