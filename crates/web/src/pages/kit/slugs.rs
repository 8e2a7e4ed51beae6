//! Short names in forms: typed, or made from the name.

use hansei_app::catalog::Catalog;
use hansei_domain::refusal::FieldCode;
use hansei_domain::text::Slug;

use crate::form::Form;

/// Words that are addresses of their own beside entries.
const TAKEN: [&str; 1] = ["new"];
/// Numbers tried behind a made name.
const TRIES: u32 = 1_000;

/// The short name a form asks for; if it is left out, one is made from the name that no other entry has. Errors are
/// noted in the form.
pub fn read(catalog: &Catalog, kind: &str, form: &mut Form) -> Option<Slug> {
    if let Some(typed) = form.optional("slug").map(str::to_owned) {
        if TAKEN.contains(&typed.as_str()) {
            form.wrong("slug", FieldCode::Taken, "is an address of its own");
            return None;
        }
        return form.take(Slug::parse("slug", &typed));
    }
    let made = Slug::from_title(form.value("name"), kind);
    let free = |slug: &str| !TAKEN.contains(&slug) && catalog.by_unique(kind, slug).is_none();
    if free(made.as_str()) {
        return Some(made);
    }
    let numbered = (2..TRIES).map(|n| format!("{made}-{n}")).find(|slug| free(slug))?;
    form.take(Slug::parse("slug", &numbered))
}
