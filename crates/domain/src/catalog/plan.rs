//! Merging a configuration file with edits made on screen, field by field.
//!
//! Three versions meet: what the file said last time (base), what it says now, and what stands in the catalogue. A
//! field that only one side changed takes that side's value; a field that both changed differently is a conflict,
//! which is shown and never settled silently. A field that the file does not say is nobody's business but the
//! screen's. So a file can be applied again and again without undoing what people did on screen.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One field that changes, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name within the entry.
    pub field: String,
    /// What stands in the catalogue.
    pub current: Value,
    /// What the file says.
    pub file: Value,
}

/// What merging one entry gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeOutcome {
    /// The content after applying.
    pub merged: Value,
    /// Fields that take the file's value.
    pub changes: Vec<FieldChange>,
    /// Fields that were edited on screen and that the file leaves as they were: kept.
    pub kept: Vec<FieldChange>,
    /// Fields that both sides changed differently; `merged` has the catalogue's value, or the file's if forced.
    pub conflicts: Vec<FieldChange>,
}

/// Merges the fields that the file says, at the top level of the three objects; `force` lets the file win conflicts.
pub fn merge(base: Option<&Value>, file: &Value, current: &Value, force: bool) -> MergeOutcome {
    let empty = Map::new();
    let object = |v: &'_ Value| v.as_object().cloned().unwrap_or_default();
    let (file_map, current_map) = (object(file), object(current));
    let base_map = base.and_then(Value::as_object).unwrap_or(&empty);
    let mut merged = current_map.clone();
    let (mut changes, mut kept, mut conflicts) = (Vec::new(), Vec::new(), Vec::new());
    for (field, wanted) in file_map {
        let value = |map: &Map<String, Value>| map.get(&field).cloned().unwrap_or(Value::Null);
        let now = value(&current_map);
        if now == wanted {
            continue;
        }
        let before = base.map(|_| value(base_map));
        let change = FieldChange { field: field.clone(), current: now.clone(), file: wanted.clone() };
        let file_moved = before.as_ref() != Some(&wanted);
        let screen_moved = before.as_ref() != Some(&now);
        // Without a base nobody knows who is right, and the file is the newer word.
        let take_file = before.is_none() || (file_moved && !screen_moved) || (file_moved && force);
        if take_file {
            merged.insert(field.clone(), wanted);
            changes.push(change);
        } else if file_moved {
            conflicts.push(change);
        } else {
            kept.push(change);
        }
    }
    MergeOutcome { merged: Value::Object(merged), changes, kept, conflicts }
}
