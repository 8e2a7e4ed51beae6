//! Lists: a page of items and the cursor of the next one.
//!
//! A cursor is opaque: it says of which list and filter it is and where the page ends, and carries a checksum. One that
//! was changed, or is used with another list or filter, is refused instead of showing the wrong part of something.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hansei_app::secret;
use hansei_domain::refusal::{FieldCode, Refusal};
use serde::{Deserialize, Serialize};

use crate::error::{Problem, WebResult};

/// Items of a list if nothing is said.
const USUAL: usize = 50;
/// Most items of a list.
pub const MOST: usize = 500;
/// Characters of the checksum.
const CHECK: usize = 8;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor<P> {
    /// Which list.
    list: String,
    /// A digest of its filter.
    filter: String,
    /// Where the page ended.
    after: P,
}

/// Longest text that is looked for, characters.
const LONGEST_TEXT: usize = 200;
/// Most words that are looked for.
const MOST_WORDS: usize = 20;

/// The words that a list is asked for, in lower case; `None` if there are none.
pub fn words(text: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(text) = text.filter(|t| !t.trim().is_empty()) else { return Ok(None) };
    if text.chars().any(char::is_control) {
        return Err(Refusal::field("text", FieldCode::BadCharacters, "must not have control characters"));
    }
    if text.chars().count() > LONGEST_TEXT || text.split_whitespace().count() > MOST_WORDS {
        let message = format!("must be at most {LONGEST_TEXT} characters and {MOST_WORDS} words");
        return Err(Refusal::field("text", FieldCode::TooLong, message));
    }
    Ok(Some(text.to_lowercase()))
}

/// The place of a page in one list with one filter.
pub struct Place {
    list: &'static str,
    filter: String,
    /// How many items.
    pub limit: usize,
}

impl Place {
    /// A place in a list; `filter` is anything that tells its filters apart.
    pub fn new(list: &'static str, filter: &str, limit: Option<usize>) -> WebResult<Self> {
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Refusal::field("limit", FieldCode::OutOfRange, "must be 1 to 500").into());
        }
        let digest = secret::sha256_hex(filter.as_bytes());
        Ok(Self { list, filter: digest.get(..CHECK).unwrap_or_default().to_owned(), limit })
    }

    /// Reads the cursor a caller gave back.
    pub fn read<P: for<'de> Deserialize<'de>>(&self, cursor: Option<&str>) -> WebResult<Option<P>> {
        let Some(text) = cursor else { return Ok(None) };
        let wrong =
            || Refusal::field("cursor", FieldCode::Malformed, "is not a cursor of this list and filter");
        let (body, check) = text.rsplit_once('.').ok_or_else(wrong)?;
        if check != checksum(body) {
            return Err(wrong().into());
        }
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| wrong())?;
        let cursor: Cursor<P> = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        if cursor.list != self.list || cursor.filter != self.filter {
            return Err(wrong().into());
        }
        Ok(Some(cursor.after))
    }

    /// The cursor of what comes after an item.
    pub fn after<P: Serialize>(&self, after: P) -> WebResult<String> {
        let cursor = Cursor { list: self.list.to_owned(), filter: self.filter.clone(), after };
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).map_err(Problem::internal)?);
        let check = checksum(&body);
        Ok(format!("{body}.{check}"))
    }

    /// Cuts a list that was asked for with one item more than the page holds; says whether there was more.
    pub fn cut<T>(&self, items: &mut Vec<T>) -> bool {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        more
    }
}

fn checksum(body: &str) -> String {
    let digest = secret::sha256_hex(format!("hansei cursor {body}").as_bytes());
    digest.get(..CHECK).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_list_and_filter_only() {
        let place = Place::new("incidents", "status=triage", Some(2)).unwrap();
        let cursor = place.after(17u64).unwrap();
        assert_eq!(place.read::<u64>(Some(&cursor)).unwrap(), Some(17));
        assert_eq!(place.read::<u64>(None).unwrap(), None);
        let other = Place::new("incidents", "status=closed", Some(2)).unwrap();
        assert!(other.read::<u64>(Some(&cursor)).is_err());
        let mut forged = cursor.clone().into_bytes();
        forged[3] ^= 1;
        assert!(place.read::<u64>(std::str::from_utf8(&forged).ok()).is_err());
        for bad in ["", ".", "x.y", "MTc.00000000"] {
            assert_eq!(place.read::<u64>(Some(bad)).unwrap_err().errors[0].field, "cursor", "{bad:?}");
        }
    }

    #[test]
    fn limits_are_1_to_500() {
        assert!(Place::new("x", "", Some(0)).is_err() && Place::new("x", "", Some(501)).is_err());
        assert_eq!(Place::new("x", "", None).unwrap().limit, 50);
    }
}
