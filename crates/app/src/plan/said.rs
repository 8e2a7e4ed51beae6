//! What a file says: its entries, and which of their fields it names at all.
//!
//! Reading an entry fills in what is not said, which is right for one that is to be made. For one that exists already,
//! only what the file really says may touch it. Fields of `escalation` and `rule` count one by one, as `rule.critical`.

use std::collections::BTreeSet;

use hansei_domain::refusal::{FieldCode, FieldError, Refusal};
use serde_json::{Map, Value};

use super::convert::Item;
use super::document::Document;

/// Fields whose own fields count one by one.
const NESTED: [&str; 2] = ["escalation", "rule"];

/// One entry of a file.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// The entry, with the defaults of what is not said.
    pub item: Item,
    /// What is said.
    pub fields: Map<String, Value>,
}

/// Reads a file. An entry that is named twice is refused: nobody could say which one counts.
pub(super) fn read(text: &str) -> Result<Vec<Said>, Refusal> {
    let document = Document::parse(text)?;
    let table: toml::Table = toml::from_str(text)
        .map_err(|e| Refusal::field("document", FieldCode::Malformed, e.to_string().trim().to_owned()))?;
    let mut tables = tables(&table).into_iter();
    let (mut said, mut names, mut twice) = (Vec::new(), BTreeSet::new(), Vec::new());
    for item in document.items() {
        let item = item.tidy();
        if !names.insert((item.kind(), item.key())) {
            let place = format!("{} {}", item.kind(), item.key());
            twice.push(FieldError::new(place, FieldCode::Contradiction, "stands in the file twice"));
        }
        let table = tables.next();
        let mut fields = flat(&item.json());
        fields.retain(|name, _| table.is_none_or(|table| says(table, name)));
        said.push(Said { item, fields });
    }
    if twice.is_empty() { Ok(said) } else { Err(Refusal::Invalid(twice)) }
}

/// The tables of the entries, in the order of [`Document::items`].
fn tables(table: &toml::Table) -> Vec<&toml::Table> {
    let lists = ["people", "products", "components", "pods", "teams", "services"];
    let listed = lists.iter().filter_map(|name| table.get(*name).and_then(toml::Value::as_array)).flatten();
    listed.chain(table.get("organisation")).filter_map(toml::Value::as_table).collect()
}

fn says(table: &toml::Table, name: &str) -> bool {
    match name.split_once('.') {
        None => table.contains_key(name),
        Some((outer, inner)) => {
            table.get(outer).and_then(toml::Value::as_table).is_some_and(|table| table.contains_key(inner))
        }
    }
}

/// The fields of an entry by name.
pub(super) fn flat(entry: &Value) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in entry.as_object().into_iter().flatten() {
        match value.as_object().filter(|_| NESTED.contains(&name.as_str())) {
            Some(inner) => {
                fields.extend(inner.iter().map(|(key, value)| (format!("{name}.{key}"), value.clone())));
            }
            None => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    fields
}

/// The entry with these fields.
pub(super) fn whole(fields: Map<String, Value>) -> Value {
    let mut entry = Map::new();
    for (name, value) in fields {
        match name.split_once('.') {
            None => {
                entry.insert(name, value);
            }
            Some((outer, inner)) => {
                let place = entry.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                if let Some(place) = place.as_object_mut() {
                    place.insert(inner.to_owned(), value);
                }
            }
        }
    }
    Value::Object(entry)
}
