//! Lists to choose from: people, teams, products, components.

use hansei_app::catalog::Catalog;
use hansei_domain::catalog::{Person, Team};

use super::{Choice, PersonView};
use crate::form::Form;
use crate::shell::Shell;

/// Somebody or something that can be chosen among many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Its id.
    pub value: String,
    /// Its name.
    pub name: String,
    /// How a person looks; others have no face.
    pub person: Option<PersonView>,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether this person cannot be reached.
    pub unreachable: bool,
}

/// The chosen ones first, in the order in which they were chosen.
fn in_order(mut all: Vec<Pick>, form: &Form, field: &str) -> Vec<Pick> {
    let chosen: Vec<String> = form.all(field).into_iter().map(str::to_owned).collect();
    for option in &mut all {
        option.chosen = chosen.contains(&option.value);
    }
    all.sort_by_key(|o| chosen.iter().position(|c| *c == o.value).unwrap_or(usize::MAX));
    all
}

fn person(shell: &Shell, person: &Person) -> Pick {
    Pick {
        value: person.id.to_string(),
        name: person.name.to_string(),
        person: Some(PersonView::of(shell, person)),
        chosen: false,
        unreachable: person.contacts.is_empty(),
    }
}

fn team(shell: &Shell, team: &Team) -> Pick {
    Pick {
        value: team.id.to_string(),
        name: shell.t1("target-team", "team", &team.name),
        person: None,
        chosen: false,
        unreachable: team.members.is_empty(),
    }
}

/// People for a field with several values.
pub fn people(shell: &Shell, catalog: &Catalog, form: &Form, field: &str) -> Vec<Pick> {
    in_order(catalog.people().into_iter().map(|p| person(shell, p)).collect(), form, field)
}

/// Teams for a field with several values.
pub fn teams(shell: &Shell, catalog: &Catalog, form: &Form, field: &str) -> Vec<Pick> {
    in_order(catalog.teams().into_iter().map(|t| team(shell, t)).collect(), form, field)
}

/// Teams and people whom a step may name.
pub fn targets(shell: &Shell, catalog: &Catalog, form: &Form, field: &str) -> Vec<Pick> {
    let teams = catalog.teams().into_iter().map(|t| team(shell, t));
    let people = catalog.people().into_iter().map(|p| person(shell, p));
    in_order(teams.chain(people).collect(), form, field)
}

/// Components for a field with several values.
pub fn components(catalog: &Catalog, form: &Form, field: &str) -> Vec<Pick> {
    let one = |c: &hansei_domain::catalog::Component| {
        let product = c.product_id.and_then(|id| catalog.product(id));
        Pick {
            value: c.id.to_string(),
            name: product.map_or_else(|| c.name.to_string(), |p| format!("{} · {}", p.name, c.name)),
            person: None,
            chosen: false,
            unreachable: false,
        }
    };
    let mut all: Vec<Pick> = catalog.components().into_iter().map(one).collect();
    all.sort_by_key(|o| o.name.to_lowercase());
    in_order(all, form, field)
}

/// Products for a list, with "none" first.
pub fn products(shell: &Shell, catalog: &Catalog) -> Vec<Choice> {
    let none = (String::new(), shell.t("none"));
    let all = catalog.products().into_iter().map(|p| (p.id.to_string(), p.name.to_string()));
    std::iter::once(none).chain(all).collect()
}

/// Teams for a list, with "none" first.
pub fn owners(shell: &Shell, catalog: &Catalog) -> Vec<Choice> {
    let none = (String::new(), shell.t("none"));
    let all = catalog.teams().into_iter().map(|t| (t.id.to_string(), t.name.to_string()));
    std::iter::once(none).chain(all).collect()
}
