//! An entry as the API shows it: its form in the file, beside what Hansei knows about it.

use std::borrow::Cow;
use std::marker::PhantomData;

use hansei_app::auth::Principal;
use hansei_app::catalog::Catalog;
use hansei_app::plan::from_doc;
use hansei_domain::catalog::{Entry, EntryId, Origin};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::kinds::Kind;
use crate::api::plan::SecretView;
use crate::shown;

/// An entry.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    id: String,
    version: u64,
    archived: bool,
    origin: &'static str,
    entry: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<Value>,
}

impl Shown {
    /// An entry of the catalogue as somebody may see it; `None` if it has no form in the file.
    pub fn of(who: &Principal, catalog: &Catalog, entry: &Entry) -> Option<Self> {
        let id = entry.doc.id();
        let mut shape = from_doc(catalog, &entry.doc)?.json();
        if let EntryId::Person(id) = id {
            shown::blot(&mut shape, shown::whole(who, id));
        }
        Some(Self {
            id: id.to_string(),
            version: catalog.version(id),
            archived: entry.archived,
            origin: match entry.origin {
                Origin::Screen => "screen",
                Origin::File => "file",
                Origin::Setup => "setup",
            },
            entry: shape,
            secrets: Vec::new(),
        })
    }

    /// By its id.
    pub fn by_id(who: &Principal, catalog: &Catalog, id: EntryId) -> Option<Self> {
        Self::of(who, catalog, catalog.entry(id)?)
    }

    /// Adds secrets that were made.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Vec<Value>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Its version.
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// A page of a list of entries.
#[derive(Debug, Serialize)]
pub struct ShownList {
    /// The entries.
    pub items: Vec<Shown>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

/// Describes an entry of a kind.
pub struct EntryOf<K>(PhantomData<K>);
/// Describes a list of entries of a kind.
pub struct ListOf<K>(PhantomData<K>);

fn text(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about))
}

impl<K: Kind> PartialSchema for EntryOf<K> {
    fn schema() -> RefOr<Schema> {
        let origin = text("Where its content comes from.").enum_values(Some(["screen", "file", "setup"]));
        let version = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let archived = ObjectBuilder::new().schema_type(Type::Boolean);
        let mut object = ObjectBuilder::new()
            .property("id", text("Its id."))
            .property("version", version.description(Some("Counts its changes; also the `ETag`.")))
            .property("archived", archived.description(Some("Whether it has been taken out of use.")))
            .property("origin", origin)
            .property("entry", Ref::from_schema_name(K::Shape::name()));
        for name in ["id", "version", "archived", "origin", "entry"] {
            object = object.required(name);
        }
        if K::SECRETS {
            let about = "Secrets made for new webhooks, shown this once; absent if there are none.";
            let list = ArrayBuilder::new().items(Ref::from_schema_name(SecretView::name()));
            object = object.property("secrets", list.description(Some(about)));
        }
        object.into()
    }
}

impl<K: Kind> ToSchema for EntryOf<K> {
    fn name() -> Cow<'static, str> {
        K::ENTRY.into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((K::Shape::name().into_owned(), K::Shape::schema()));
        K::Shape::schemas(schemas);
        if K::SECRETS {
            schemas.push((SecretView::name().into_owned(), SecretView::schema()));
        }
    }
}

impl<K: Kind> PartialSchema for ListOf<K> {
    fn schema() -> RefOr<Schema> {
        let next = text("The cursor of the next page; `null` on the last one.")
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        ObjectBuilder::new()
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(K::ENTRY)))
            .property("next", next)
            .required("items")
            .required("next")
            .into()
    }
}

impl<K: Kind> ToSchema for ListOf<K> {
    fn name() -> Cow<'static, str> {
        format!("{}List", K::ENTRY).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((K::ENTRY.to_owned(), EntryOf::<K>::schema()));
        EntryOf::<K>::schemas(schemas);
    }
}
