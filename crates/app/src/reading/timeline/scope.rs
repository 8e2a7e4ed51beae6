//! Ranges of the scope in words, and what they were before a change.

use std::collections::HashMap;

use hansei_domain::ids::ScopeId;
use hansei_domain::incident::{IncidentEvent, ScopeEntry};
use hansei_domain::journal::{Event, Recorded};

use super::Teller;
use crate::reading::sentence::{Part, Sentence, Slots};

/// For each entry that changes or removes a range: what the range was before it.
pub(super) fn before<'a>(entries: impl IntoIterator<Item = &'a Recorded>) -> HashMap<u64, ScopeEntry> {
    let mut ordered: Vec<&Recorded> = entries.into_iter().collect();
    ordered.sort_by_key(|e| e.seq);
    // An entry that was handed over twice must not be taken for its own past.
    ordered.dedup_by_key(|e| e.seq);
    let mut now: HashMap<ScopeId, ScopeEntry> = HashMap::new();
    let mut out = HashMap::new();
    for recorded in ordered {
        match &recorded.event {
            Event::Incident(IncidentEvent::ScopeAdded { entry }) => {
                now.insert(entry.id, entry.clone());
            }
            Event::Incident(IncidentEvent::ScopeChanged { entry, .. }) => {
                if let Some(old) = now.insert(entry.id, entry.clone()) {
                    out.insert(recorded.seq, old);
                }
            }
            Event::Incident(IncidentEvent::ScopeRemoved { id, .. }) => {
                if let Some(old) = now.remove(id) {
                    out.insert(recorded.seq, old);
                }
            }
            _ => {}
        }
    }
    out
}

impl Teller<'_> {
    /// What a range covers, each part by its name.
    pub fn places(&self, entry: &ScopeEntry) -> Vec<String> {
        let catalog = self.catalog;
        let mut names: Vec<String> = Vec::new();
        names.extend(
            entry
                .products
                .iter()
                .map(|id| catalog.product(*id).map_or_else(|| id.to_string(), |d| d.name.to_string())),
        );
        names.extend(entry.components.iter().map(|id| {
            let Some(component) = catalog.component(*id) else { return id.to_string() };
            match component.product_id.and_then(|p| catalog.product(p)) {
                Some(product) => format!("{} · {}", product.name, component.name),
                None => component.name.to_string(),
            }
        }));
        if entry.all_pods {
            names.push(self.word("scope-all-pods"));
        }
        names.extend(
            entry
                .pods
                .iter()
                .map(|id| catalog.pod(*id).map_or_else(|| id.to_string(), |d| d.name.to_string())),
        );
        names
    }

    /// What a range covers, or how it shows if it names no place.
    pub(super) fn place_parts(&self, entry: &ScopeEntry) -> Vec<Part> {
        let names = self.places(entry);
        match (&entry.symptom, names.is_empty()) {
            (Some(symptom), true) => vec![Part::Quote(symptom.clone())],
            _ => names.into_iter().map(Part::Place).collect(),
        }
    }

    /// From when until when.
    pub(super) fn range(&self, entry: &ScopeEntry) -> Option<Sentence> {
        let (key, slots) = match (entry.from_at, entry.until_at) {
            (Some(from), Some(until)) => {
                ("scope-from-until", Slots::new().part("from", Part::At(from)).part("until", Part::At(until)))
            }
            (Some(from), None) => ("scope-from", Slots::new().part("from", Part::At(from))),
            (None, Some(until)) => ("scope-until", Slots::new().part("until", Part::At(until))),
            (None, None) => return None,
        };
        Some(self.say(key, slots))
    }
}
