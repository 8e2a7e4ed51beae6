//! Turning the shared SQL text into that of one database.
//!
//! Beside what both understand, shared text may hold four things: `?1` for a parameter; `LIST(?1)`, a table with the
//! one column `k` made of a JSON list of texts; `PAIRS(?1)`, a table with the columns `a` and `b` made of a JSON list
//! of pairs; and `/*pg … */`, which is a comment for SQLite and is unwrapped for PostgreSQL.

use std::collections::HashMap;
use std::sync::Arc;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Texts as a JSON list, for `LIST`.
pub(crate) fn json_list<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut out = String::from("[");
    for item in items {
        push_item(&mut out, &item.to_string());
    }
    close(out)
}

/// Pairs of texts as a JSON list of lists, for `PAIRS`.
pub(crate) fn json_pairs<A: std::fmt::Display, B: AsRef<str>>(
    items: impl IntoIterator<Item = (A, B)>,
) -> String {
    let mut out = String::from("[");
    for (a, b) in items {
        out.push('[');
        push_item(&mut out, &a.to_string());
        push_item(&mut out, b.as_ref());
        out.pop();
        out.push_str("],");
    }
    close(out)
}

fn push_item(out: &mut String, text: &str) {
    // Writing a text as JSON into memory cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
    out.push(',');
}

fn close(mut out: String) -> String {
    if out.ends_with(',') {
        out.pop();
    }
    out.push(']');
    out
}

/// Replaces every `name(?N)` by what `with` makes of N.
fn replace_call(sql: &str, name: &str, with: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(name) {
        out.push_str(before);
        match after.split_once(')') {
            Some((number, after)) => {
                out.push_str(&with(number));
                rest = after;
            }
            None => {
                out.push_str(name);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text that a database is given.
pub(crate) fn translate(sql: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => {
            let sql = replace_call(sql, "LIST(?", |n| format!("(SELECT value AS k FROM json_each(?{n}))"));
            replace_call(&sql, "PAIRS(?", |n| {
                format!("(SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_each(?{n}))")
            })
        }
        Dialect::Postgres => {
            let sql = replace_call(sql, "LIST(?", |n| {
                format!("(SELECT jsonb_array_elements_text(?{n}::text::jsonb) AS k)")
            });
            let sql = replace_call(&sql, "PAIRS(?", |n| {
                format!(
                    "(SELECT e ->> 0 AS a, e ->> 1 AS b FROM jsonb_array_elements(?{n}::text::jsonb) AS e)"
                )
            });
            let sql = sql.replace("/*pg ", "").replace("*/", "");
            // No text of ours has a question mark that is not a parameter: values are always bound.
            sql.replace('?', "$")
        }
    }
}

/// Remembers translated texts of one connection.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: HashMap<String, Arc<str>>,
}

impl Texts {
    /// All translated texts.
    #[cfg(test)]
    pub fn known(&self) -> impl Iterator<Item = &Arc<str>> {
        self.known.values()
    }

    /// The translated text.
    pub fn get(&mut self, sql: &str, dialect: Dialect) -> Arc<str> {
        if let Some(text) = self.known.get(sql) {
            return Arc::clone(text);
        }
        let text: Arc<str> = translate(sql, dialect).into();
        self.known.insert(sql.to_owned(), Arc::clone(&text));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_lists_and_locks_are_spelled_as_each_database_wants() {
        let sql = "SELECT x FROM t WHERE id IN (SELECT k FROM LIST(?2) AS l) AND a = ?1 /*pg FOR UPDATE*/";
        let lite = translate(sql, Dialect::Sqlite);
        assert!(lite.contains("json_each(?2)") && lite.contains("/*pg FOR UPDATE*/"), "{lite}");
        let pg = translate(sql, Dialect::Postgres);
        assert!(pg.contains("jsonb_array_elements_text($2::text::jsonb)"), "{pg}");
        assert!(pg.ends_with("a = $1 FOR UPDATE"), "{pg}");
    }

    #[test]
    fn lists_are_valid_json_whatever_they_hold() {
        let text = json_pairs([("a", "quote \" and \\ and \u{1}"), ("b", "障害")]);
        let back: Vec<(String, String)> = serde_json::from_str(&text).unwrap();
        assert_eq!(back[0].1, "quote \" and \\ and \u{1}");
        assert_eq!(json_list(Vec::<String>::new()), "[]");
        assert_eq!(json_list(["x"]), "[\"x\"]");
    }
}
