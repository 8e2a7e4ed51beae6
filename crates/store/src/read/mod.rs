//! Loading and listing. Each function is one use-case on one connection, with as many statements as it has kinds of
//! rows, never one per row.

pub(crate) mod aggregates;
pub(crate) mod alerts;
pub(crate) mod figures;
pub(crate) mod incidents;
pub(crate) mod journal;
pub(crate) mod side;

use hansei_app::ports::{StoreError, StoreResult};
use serde::de::DeserializeOwned;

use crate::sql::Row;

/// A state or event out of its JSON column.
fn decoded<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> StoreResult<T> {
    let text = row.text(index)?;
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(format!("a state cannot be read: {e}")))
}

/// A text as a part of a LIKE pattern, with `\` as escape.
fn like(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Conditions and their parameters, put together piece by piece. Pieces are constants; values are always bound.
#[derive(Default)]
struct Filter<'a> {
    sql: String,
    params: Vec<crate::sql::Val<'a>>,
}

impl<'a> Filter<'a> {
    /// Adds a condition in which `?` stands for the value.
    fn and(&mut self, condition: &str, value: impl Into<crate::sql::Val<'a>>) {
        self.params.push(value.into());
        let place = format!("?{}", self.params.len());
        self.fixed(&condition.replace('?', &place));
    }

    /// Adds a condition without a value.
    fn fixed(&mut self, condition: &str) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(condition);
    }

    /// Adds one condition per word of a text; each must occur.
    fn words(&mut self, column: &str, text: Option<&str>) {
        for word in text.unwrap_or_default().split_whitespace() {
            self.and(&format!("{column} LIKE ? ESCAPE '\\'"), like(&crate::rows::folded(word)));
        }
    }

    /// Adds a limit and gives the parameter's place.
    fn limit(&mut self, limit: usize) -> String {
        self.params.push(limit.into());
        format!("LIMIT ?{}", self.params.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_finds_itself_only() {
        assert_eq!(like("100%_\\"), "%100\\%\\_\\\\%");
        let mut filter = Filter::default();
        filter.and("a = ?", 1_i64);
        filter.words("search", Some("Zwei WÖRTER"));
        assert_eq!(filter.sql, " WHERE a = ?1 AND search LIKE ?2 ESCAPE '\\' AND search LIKE ?3 ESCAPE '\\'");
        assert_eq!(filter.params[2], "%wörter%".into());
    }
}
