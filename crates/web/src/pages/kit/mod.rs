//! What several screens share: people as they are shown, lists to choose from, spans, saving, history.

pub mod act;
pub mod burning;
pub mod choices;
mod filters;
pub mod history;
pub mod saving;
pub mod slugs;
pub mod spans;

use hansei_app::catalog::Catalog;
use hansei_domain::catalog::Person;
use hansei_domain::ids::PersonId;

use crate::shell::Shell;

pub use filters::{searched, wanted_id};

/// Languages by their own names.
pub const LOCALES: [(&str, &str); 3] = [("en", "English"), ("de", "Deutsch"), ("ja", "日本語")];

/// A person as pages show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// Their id, for forms.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Where their page is.
    pub href: String,
    /// Letters of their avatar.
    pub initials: String,
    /// Colour of their avatar.
    pub tone: &'static str,
}

impl PersonView {
    /// How a person looks to a reader.
    pub fn of(shell: &Shell, person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name.to_string(),
            href: format!("/people/{}", person.id),
            initials: shell.initials(&person.name),
            tone: shell.tone_of(&person.id),
        }
    }

    /// The people behind ids, in order; unknown ones are left out.
    pub fn all(shell: &Shell, catalog: &Catalog, ids: &[PersonId]) -> Vec<Self> {
        ids.iter().filter_map(|id| catalog.person(*id)).map(|p| Self::of(shell, p)).collect()
    }
}

/// An option of a list: value and text.
pub type Choice = (String, String);

/// A part of the world with its zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneGroup {
    /// `Europe`, `Asia`, …; empty for zones that belong to none.
    pub region: String,
    /// Full names.
    pub zones: Vec<String>,
}

/// Parts of the world, in the order in which they are offered.
const REGIONS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// All time zones for a list; `current` is in it even if it is none of the usual ones.
pub fn zones(current: &str) -> Vec<ZoneGroup> {
    let mut names: Vec<String> = jiff::tz::db().available().map(|n| n.as_str().to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    let mut first = vec!["UTC".to_owned()];
    let usual = |name: &str| REGIONS.iter().any(|r| name.starts_with(r) && name[r.len()..].starts_with('/'));
    if !current.is_empty() && current != "UTC" && !(usual(current) && names.iter().any(|n| n == current)) {
        first.push(current.to_owned());
    }
    let mut groups = vec![ZoneGroup { region: String::new(), zones: first }];
    for region in REGIONS {
        let prefix = format!("{region}/");
        let zones = names.iter().filter(|n| n.starts_with(&prefix)).cloned().collect();
        groups.push(ZoneGroup { region: region.to_owned(), zones });
    }
    groups.retain(|g| !g.zones.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_zones_has_the_usual_ones_once_and_the_current_one_always() {
        let all: Vec<String> = zones("Etc/GMT+3").into_iter().flat_map(|g| g.zones).collect();
        for wanted in ["UTC", "Etc/GMT+3", "Europe/Berlin", "Asia/Tokyo"] {
            assert_eq!(all.iter().filter(|z| *z == wanted).count(), 1, "{wanted}");
        }
        assert_eq!(zones("Europe/Berlin")[0].zones, ["UTC"]);
    }
}
