//! What a file asks for, decided but not done: every entry with its events, or everything that is wrong with the file.
//!
//! `plan` shows a proposal and `apply` commits one, so that what is planned is what is applied, and the rules of the
//! catalogue are heard before anything changes. Entries are decided against the catalogue as it will be with all of
//! them: they may refer to each other, and the last admin may be named in any order.

use hansei_domain::Ctx;
use hansei_domain::catalog::{
    CatalogCommand, CatalogDoc, CatalogEvent, Entry, FieldChange, Origin, decide, merge, self_test,
};
use hansei_domain::refusal::{FieldCode, FieldError, Refusal};
use serde_json::{Map, Value};

use super::convert::{Item, Resolver};
use super::export::from_doc;
use super::said::{Said, flat, whole};
use super::{Plan, PlannedEntry, summary};
use crate::catalog::Catalog;

/// One entry as it is to be.
pub(super) struct Draft {
    /// Its content.
    pub doc: CatalogDoc,
    /// What happens to it; nothing, if it is so already.
    pub events: Vec<CatalogEvent>,
}

/// What a file asks for.
pub(super) struct Proposal {
    /// As it is shown.
    pub plan: Plan,
    /// As it is done, in the same order.
    pub drafts: Vec<Draft>,
}

struct Sketch {
    planned: PlannedEntry,
    doc: CatalogDoc,
    base: CatalogDoc,
}

impl Proposal {
    /// Decides a file; a refusal names every entry that is wrong.
    pub fn new(catalog: &Catalog, said: &[Said], force: bool, ctx: &Ctx) -> Result<Self, Refusal> {
        let mut resolver = Resolver::new(catalog, ctx.ids.clone());
        resolver.announce(said.iter().map(|s| &s.item));
        let mut errors = Vec::new();
        let mut sketches = Vec::new();
        for said in said {
            match sketch(said, catalog, &resolver, force) {
                Ok(sketch) => sketches.push(sketch),
                Err(refusal) => gather(&mut errors, refusal)?,
            }
        }
        let then = catalog.with(sketches.iter().map(|s| s.doc.clone()));
        let mut drafts = Vec::new();
        for sketch in &sketches {
            match decided(sketch, catalog, &then, ctx) {
                Ok(draft) => drafts.push(draft),
                Err(refusal) => gather(&mut errors, under(refusal, &sketch.planned))?,
            }
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        Ok(Self { plan: summary(sketches.into_iter().map(|s| s.planned).collect()), drafts })
    }
}

/// Wrong fields are told all at once; another refusal ends the matter.
fn gather(errors: &mut Vec<FieldError>, refusal: Refusal) -> Result<(), Refusal> {
    match refusal {
        Refusal::Invalid(more) => {
            errors.extend(more);
            Ok(())
        }
        other => Err(other),
    }
}

/// Says which entry of the file is meant, and speaks of names where the catalogue speaks of ids.
fn under(refusal: Refusal, planned: &PlannedEntry) -> Refusal {
    let place = format!("{} {}", planned.kind, planned.key);
    match refusal {
        Refusal::Invalid(mut errors) => {
            for error in &mut errors {
                match error.field.as_str() {
                    "owner_team_id" => "owner".clone_into(&mut error.field),
                    "product_id" => "product".clone_into(&mut error.field),
                    _ => {}
                }
            }
            Refusal::Invalid(errors.into_iter().map(|e| e.under(&place)).collect())
        }
        Refusal::WrongState { code, message } => {
            Refusal::WrongState { code, message: format!("{place}: {message}") }
        }
        Refusal::Forbidden(why) => Refusal::Forbidden(format!("{place}: {why}")),
        other => other,
    }
}

fn sketch(said: &Said, catalog: &Catalog, resolver: &Resolver<'_>, force: bool) -> Result<Sketch, Refusal> {
    let item = &said.item;
    let place = format!("{} {}", item.kind(), item.key());
    let convert = |item: &Item, old: Option<&CatalogDoc>| {
        resolver.convert(item, old).map_err(|e| Refusal::Invalid(vec![e.under(&place)]))
    };
    let form = |doc: &CatalogDoc| from_doc(catalog, doc).map(|i| flat(&i.json()));
    let known = catalog.by_unique(item.kind(), &item.key());
    let Some((entry, current)) = known.and_then(|entry| Some((entry, form(&entry.doc)?))) else {
        let doc = convert(item, None)?;
        return Ok(Sketch { planned: planned(item, "create"), base: doc.clone(), doc });
    };
    if self_test::owns(entry.doc.id()) {
        return Err(Refusal::field(place, FieldCode::Taken, "belongs to Hansei's self-test"));
    }
    let said_last = entry.file_base.as_ref().and_then(form).map(Value::Object);
    let merged = merge(
        said_last.as_ref(),
        &Value::Object(said.fields.clone()),
        &Value::Object(current.clone()),
        force,
    );
    let doc = convert(&item.with_json(whole(object(merged.merged)))?, Some(&entry.doc))?;
    // What both sides agree on from now on: the file's word, and where it says nothing, what stands there.
    let mut base = current;
    base.extend(said.fields.clone());
    let base = base_doc(item, entry, base, &form, &convert, &doc)?;
    let mut planned = planned(item, "keep");
    planned.changes = merged.changes;
    if entry.archived {
        let (current, file) = (true.into(), false.into());
        planned.changes.push(FieldChange { field: "archived".into(), current, file });
    }
    if !planned.changes.is_empty() {
        planned.action = "change";
    }
    if !merged.conflicts.is_empty() {
        planned.action = "conflict";
    }
    (planned.kept, planned.conflicts) = (merged.kept, merged.conflicts);
    Ok(Sketch { planned, doc, base })
}

/// The catalogue's form of what the file said. One that says the same as before is taken over as it is, with the ids of
/// its contacts, so that applying a file again changes nothing.
fn base_doc(
    item: &Item,
    entry: &Entry,
    base: Map<String, Value>,
    form: &impl Fn(&CatalogDoc) -> Option<Map<String, Value>>,
    convert: &impl Fn(&Item, Option<&CatalogDoc>) -> Result<CatalogDoc, Refusal>,
    doc: &CatalogDoc,
) -> Result<CatalogDoc, Refusal> {
    for known in entry.file_base.iter().chain([doc]) {
        if form(known).as_ref() == Some(&base) {
            return Ok(known.clone());
        }
    }
    convert(&item.with_json(whole(base))?, Some(&entry.doc))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn planned(item: &Item, action: &'static str) -> PlannedEntry {
    PlannedEntry {
        kind: item.kind().to_owned(),
        key: item.key(),
        action,
        changes: Vec::new(),
        kept: Vec::new(),
        conflicts: Vec::new(),
    }
}

fn decided(sketch: &Sketch, catalog: &Catalog, then: &Catalog, ctx: &Ctx) -> Result<Draft, Refusal> {
    let (known, taken_by, other_admin) = then.facts_for_put(&sketch.doc);
    let command = CatalogCommand::Put {
        doc: Box::new(sketch.doc.clone()),
        origin: Origin::File,
        file_base: Some(Box::new(sketch.base.clone())),
        known,
        taken_by,
        other_admin,
    };
    let events = decide(catalog.entry(sketch.doc.id()), &command, ctx)?;
    Ok(Draft { doc: sketch.doc.clone(), events })
}
