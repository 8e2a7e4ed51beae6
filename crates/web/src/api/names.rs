//! Things by the name a caller uses: a short name, an address, a number or an id.

use hansei_app::catalog::Catalog;
use hansei_domain::catalog::{CatalogDoc, EntryId, self_test};
use hansei_domain::ids::{ComponentId, IncidentId, PersonId, PodId, ProductId, ServiceId, TeamId};
use hansei_domain::incident::Incident;
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::refusal::{FieldCode, FieldError, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::WebResult;
use crate::state::Web;

/// Something of the catalogue as others refer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Reference)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its short name (a person's address).
    pub key: String,
    /// Its name.
    pub name: String,
}

impl Named {
    /// An entry by its id; one that is not known shows as its id.
    pub fn of(catalog: &Catalog, id: EntryId) -> Self {
        let known = catalog.entry(id).map(|e| &e.doc);
        let text = || id.to_string();
        Self {
            id: text(),
            key: known.map_or_else(text, CatalogDoc::unique_key),
            name: known.map_or_else(text, |doc| doc.name().to_owned()),
        }
    }
}

/// The entry of a kind that a caller names by id, short name or address; archived ones too, the self-test's never.
pub fn entry(catalog: &Catalog, kind: &'static str, name: &str) -> Option<EntryId> {
    let name = name.trim();
    let by_id = EntryId::parse(name).filter(|id| id.kind() == kind && catalog.entry(*id).is_some());
    let by_key = || catalog.by_unique(kind, &name.to_lowercase()).map(|e| e.doc.id());
    by_id.or_else(by_key).filter(|id| !self_test::owns(*id))
}

macro_rules! finders {
    ($($(#[$doc:meta])* $find:ident = $kind:literal, $variant:ident, $id:ty;)*) => {$(
        $(#[$doc])*
        pub fn $find(catalog: &Catalog, field: &str, name: &str) -> Result<$id, FieldError> {
            match entry(catalog, $kind, name) {
                Some(EntryId::$variant(id)) => Ok(id),
                _ => Err(FieldError::new(
                    field,
                    FieldCode::Unknown,
                    format!("there is no {} called {}", $kind, short(name)),
                )),
            }
        }
    )*};
}

finders! {
    /// A service in use or archived.
    service = "service", Service, ServiceId;
    /// A person.
    person = "person", Person, PersonId;
    /// A team.
    team = "team", Team, TeamId;
    /// A product.
    product = "product", Product, ProductId;
    /// A component.
    component = "component", Component, ComponentId;
    /// A pod.
    pod = "pod", Pod, PodId;
}

/// A person in use: somebody who can be given something to do.
pub fn person_in_use(catalog: &Catalog, field: &str, name: &str) -> Result<PersonId, FieldError> {
    let id = person(catalog, field, name)?;
    in_use(catalog, field, EntryId::Person(id)).map(|()| id)
}

/// A service in use: one that something new may be about.
pub fn service_in_use(catalog: &Catalog, field: &str, name: &str) -> Result<ServiceId, FieldError> {
    let id = service(catalog, field, name)?;
    in_use(catalog, field, EntryId::Service(id)).map(|()| id)
}

/// A team in use: one whose members can be told.
pub fn team_in_use(catalog: &Catalog, field: &str, name: &str) -> Result<TeamId, FieldError> {
    let id = team(catalog, field, name)?;
    in_use(catalog, field, EntryId::Team(id)).map(|()| id)
}

fn in_use(catalog: &Catalog, field: &str, id: EntryId) -> Result<(), FieldError> {
    let archived = || FieldError::new(field, FieldCode::Unknown, "has been archived");
    if catalog.in_use(id) { Ok(()) } else { Err(archived()) }
}

/// Many of a kind; each error names its place.
pub fn each<T>(
    catalog: &Catalog,
    field: &str,
    names: &[String],
    find: fn(&Catalog, &str, &str) -> Result<T, FieldError>,
    errors: &mut Vec<FieldError>,
) -> Vec<T> {
    let mut found = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        match find(catalog, &format!("{field}[{i}]"), name) {
            Ok(id) => found.push(id),
            Err(error) => errors.push(error),
        }
    }
    found
}

/// A name as it is repeated in an error.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The incident that a caller names by number or id. Whatever names none is answered alike (R37); the self-test's
/// incident has number 0 and is not shown.
pub async fn incident(web: &Web, name: &str) -> WebResult<Incident> {
    let unknown = || Refusal::NotFound("incident");
    let known = if let Ok(number) = name.parse::<u64>() {
        web.app.store.incident_by_number(number).await?.map(|row| row.incident)
    } else {
        let id: IncidentId = name.parse().map_err(|_| unknown())?;
        match web.app.store.load(&[AggregateId::Incident(id)]).await?.pop().map(|l| l.state) {
            Some(State::Incident(incident)) => Some(*incident),
            _ => None,
        }
    };
    Ok(known.filter(|i| i.number != self_test::INCIDENT_NUMBER).ok_or_else(unknown)?)
}
