//! Filters as they stand in addresses: whatever somebody typed or an old link says, made harmless for the store.

use hansei_domain::ids::TypedId;

/// Longest text that is looked for, characters.
const LONGEST: usize = 200;
/// Most words that are looked for: each is one more condition.
const MOST_WORDS: usize = 20;

/// The words to look for; `None` if there are none. Control characters part words, since no database takes them all.
pub fn searched(text: &str) -> Option<String> {
    let plain: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<String> = plain.split_whitespace().take(MOST_WORDS).map(str::to_lowercase).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The id in a filter; `None` if the filter is not set. What is no id stands for something that nothing belongs to: a
/// filter that cannot be read must not show everything.
pub fn wanted_id<I: TypedId>(text: &str) -> Option<I> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.parse().unwrap_or_else(|_| I::from_bits(u128::MAX)))
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::ServiceId;

    use super::*;

    #[test]
    fn what_is_looked_for_is_short_and_without_control_characters() {
        assert_eq!(searched(" Slow\0Chat\t p99 "), Some("slow chat p99".to_owned()));
        assert_eq!(searched(" \0 "), None);
        assert_eq!(searched(&"a ".repeat(5_000)).unwrap().split(' ').count(), MOST_WORDS);
        assert_eq!(searched(&"é".repeat(5_000)).unwrap().chars().count(), LONGEST);
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_still_a_filter() {
        let known = ServiceId::from_bits(7);
        assert_eq!(wanted_id(&known.to_string()), Some(known));
        assert_eq!(wanted_id::<ServiceId>(" "), None);
        assert_eq!(wanted_id("chat"), Some(ServiceId::from_bits(u128::MAX)));
    }
}
