//! The catalogue: each kind listed, shown, put as a whole in the file's form, archived, restored.
//!
//! An entry is named by its short name (a person by address) or id. PUT makes what is not there, and replaces what is:
//! with `If-Match` only the version that was seen (`"0"`: only if there is none). Names in bodies are short names and
//! addresses, never ids, so that what GET shows can be put back, and put into the file.

mod kinds;
mod people;
mod shapes;
mod view;

use axum::extract::Path;
use axum::response::Response;
use hansei_domain::FieldError;
use hansei_domain::access::Permission::Read;
use hansei_domain::catalog::{EntryId, Settings as SettingsEntry};
use hansei_domain::refusal::{FieldCode, Refusal};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::call::{Call, Posted};
use super::page::Place;
use super::spec::{Api, Empty, Op};
use super::{json, names};
use crate::error::{Problem, WebResult};
use kinds::{Components, Kind, People, Pods, Products, Services, Settings, Teams};
use view::{EntryOf, ListOf, Shown, ShownList};

const TAG: &str = "catalogue";

const PUT_ABOUT: &str = "What is left out gets its default. Putting an archived entry restores it.";
const ARCHIVE_ABOUT: &str =
    "It is not shown any more, and can be restored. What is in use by others cannot be archived.";

macro_rules! routes {
    ($kind:ty, $all:literal, $one:literal, $restore:literal, [$list:literal, $get:literal, $put:literal,
        $archive:literal, $back:literal], $many:literal, $single:literal) => {
        Api::new()
            .get(
                $all,
                Read,
                list::<$kind>,
                Op::new($list, TAG, concat!("List ", $many))
                    .query::<ListQuery>()
                    .answers::<ListOf<$kind>>(200, "A page of entries, by short name or address."),
            )
            .get(
                $one,
                Read,
                show::<$kind>,
                Op::new($get, TAG, concat!("Show a ", $single))
                    .answers::<EntryOf<$kind>>(200, "The entry; its version is the `ETag`."),
            )
            .put(
                $one,
                <$kind>::PERMISSION,
                put::<$kind>,
                Op::new($put, TAG, concat!("Make or replace a ", $single))
                    .about(PUT_ABOUT)
                    .versioned()
                    .body::<<$kind as Kind>::Shape>(<$kind>::example())
                    .answers::<EntryOf<$kind>>(200, "The entry, replaced.")
                    .answers::<EntryOf<$kind>>(201, "The entry, made."),
            )
            .delete(
                $one,
                <$kind>::PERMISSION,
                archive::<$kind>,
                Op::new($archive, TAG, concat!("Archive a ", $single))
                    .about(ARCHIVE_ABOUT)
                    .answers_nothing("It is archived."),
            )
            .post(
                $restore,
                <$kind>::PERMISSION,
                restore::<$kind>,
                Op::new($back, TAG, concat!("Restore a ", $single))
                    .body::<Empty>(Empty::example())
                    .answers::<EntryOf<$kind>>(200, "The entry."),
            )
    };
}

/// The routes.
pub fn api() -> Api {
    groups().merge(places()).merge(settings_api()).merge(people::api())
}

fn groups() -> Api {
    routes!(
        Teams,
        "/api/v1/teams",
        "/api/v1/teams/{name}",
        "/api/v1/teams/{name}/restore",
        ["listTeams", "getTeam", "putTeam", "archiveTeam", "restoreTeam"],
        "teams",
        "team"
    )
    .merge(routes!(
        People,
        "/api/v1/people",
        "/api/v1/people/{name}",
        "/api/v1/people/{name}/restore",
        ["listPeople", "getPerson", "putPerson", "archivePerson", "restorePerson"],
        "people",
        "person"
    ))
    .merge(routes!(
        Services,
        "/api/v1/services",
        "/api/v1/services/{name}",
        "/api/v1/services/{name}/restore",
        ["listServices", "getService", "putService", "archiveService", "restoreService"],
        "services",
        "service"
    ))
}

fn places() -> Api {
    routes!(
        Products,
        "/api/v1/products",
        "/api/v1/products/{name}",
        "/api/v1/products/{name}/restore",
        ["listProducts", "getProduct", "putProduct", "archiveProduct", "restoreProduct"],
        "products",
        "product"
    )
    .merge(routes!(
        Components,
        "/api/v1/components",
        "/api/v1/components/{name}",
        "/api/v1/components/{name}/restore",
        ["listComponents", "getComponent", "putComponent", "archiveComponent", "restoreComponent"],
        "components",
        "component"
    ))
    .merge(routes!(
        Pods,
        "/api/v1/pods",
        "/api/v1/pods/{name}",
        "/api/v1/pods/{name}/restore",
        ["listPods", "getPod", "putPod", "archivePod", "restorePod"],
        "pods",
        "pod"
    ))
}

fn settings_api() -> Api {
    Api::new()
        .get(
            "/api/v1/settings",
            Read,
            settings,
            Op::new("getSettings", TAG, "Show the organisation's settings")
                .answers::<EntryOf<Settings>>(200, "The settings; the version is the `ETag`."),
        )
        .put(
            "/api/v1/settings",
            Settings::PERMISSION,
            put_settings,
            Op::new("putSettings", TAG, "Replace the organisation's settings")
                .versioned()
                .body::<<Settings as Kind>::Shape>(Settings::example())
                .answers::<EntryOf<Settings>>(200, "The settings."),
        )
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Show what is archived instead of what is in use.
    #[serde(default)]
    archived: bool,
    /// Words that must occur in name, short name or address.
    text: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// 1 to 500; 50 if nothing is said.
    limit: Option<usize>,
}

async fn list<K: Kind>(call: Call) -> WebResult<Response> {
    let query: ListQuery = call.query()?;
    let words = query.text.as_deref().unwrap_or("").to_lowercase();
    let place = Place::new(K::KIND, &format!("{} {words}", query.archived), query.limit)?;
    let after: Option<String> = place.read(query.cursor.as_deref())?;
    let catalog = call.app().catalog.now();
    let fits = |key: &str, name: &str| {
        let name = name.to_lowercase();
        words.split_whitespace().all(|word| key.contains(word) || name.contains(word))
    };
    let mut found: Vec<_> = catalog
        .all()
        .filter(|e| e.doc.id().kind() == K::KIND && e.archived == query.archived)
        .map(|e| (e.doc.unique_key(), e))
        .filter(|(key, e)| fits(key, e.doc.name()) && after.as_ref().is_none_or(|after| key > after))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let more = place.cut(&mut found);
    let next = found.last().filter(|_| more).map(|(key, _)| place.after(key)).transpose()?;
    let items = found.iter().filter_map(|(_, entry)| Shown::of(&call.who, &catalog, entry)).collect();
    json::answer(StatusCode::OK, &ShownList { items, next })
}

fn known<K: Kind>(call: &Call, name: &str) -> Result<EntryId, Refusal> {
    names::entry(&call.app().catalog.now(), K::KIND, name).ok_or(Refusal::NotFound(K::KIND))
}

fn answer<K: Kind>(
    call: &Call,
    status: StatusCode,
    id: EntryId,
    secrets: Vec<serde_json::Value>,
) -> WebResult<Response> {
    let catalog = call.app().catalog.now();
    let shown =
        Shown::by_id(&call.who, &catalog, id).ok_or(Refusal::NotFound(K::KIND))?.with_secrets(secrets);
    let version = shown.version();
    Ok(json::tagged(json::answer(status, &shown)?, version))
}

async fn show<K: Kind>(Path(name): Path<String>, call: Call) -> WebResult<Response> {
    answer::<K>(&call, StatusCode::OK, known::<K>(&call, &name)?, Vec::new())
}

async fn put<K: Kind>(Path(name): Path<String>, posted: Posted<K::Doc>) -> WebResult<Response> {
    let place = names::entry(&posted.app().catalog.now(), K::KIND, &name);
    let item = K::item(posted.body.clone());
    if place.is_none() {
        nameable::<K>(&name, &item.key())?;
    }
    let status = if place.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    put_at::<K>(&posted, &item, place, status).await
}

async fn put_at<K: Kind>(
    posted: &Posted<K::Doc>,
    item: &hansei_app::plan::Item,
    place: Option<EntryId>,
    status: StatusCode,
) -> WebResult<Response> {
    let done = posted.app().put_item(&posted.actor(), item, place, posted.call.seen).await;
    let done = done.map_err(|error| in_file_words(posted.call.refused(error)))?;
    answer::<K>(&posted.call, status, done.id, kinds::secrets(&done.secrets))
}

/// The short name that no entry may have: its page would be hidden by the form for a new one.
pub const RESERVED: &str = "new";

/// What is not there can be made under the name that its body gives, and under no other.
fn nameable<K: Kind>(name: &str, key: &str) -> Result<(), Refusal> {
    let is_id = EntryId::parse(name).is_some();

    if is_id {
        return Err(Refusal::NotFound(K::KIND));
    }
    if key == RESERVED {
        return Err(FieldError::new(K::KEY, FieldCode::Taken, "is the address of a form").into());
    }
    if name.trim().to_lowercase() != key {
        let message = "must be the name in the address when something is made";
        return Err(FieldError::new(K::KEY, FieldCode::Contradiction, message).into());
    }
    Ok(())
}

/// The domain speaks of ids where the file speaks of names.
fn in_file_words(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        match error.field.as_str() {
            "owner_team_id" => error.field = "owner".into(),
            "product_id" => error.field = "product".into(),
            _ => {}
        }
    }
    problem
}

async fn archive<K: Kind>(Path(name): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let id = known::<K>(&posted.call, &name)?;
    posted.app().archive_entry(&posted.actor(), id).await?;
    Ok(json::nothing())
}

async fn restore<K: Kind>(Path(name): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let id = known::<K>(&posted.call, &name)?;
    if let Err(error) = posted.app().restore_entry(&posted.actor(), id).await {
        return posted.settled(error).await;
    }
    let catalog = posted.app().catalog.now();
    let shown = Shown::by_id(&posted.call.who, &catalog, id).ok_or(Refusal::NotFound(K::KIND))?;
    let version = shown.version();
    Ok(json::tagged(posted.answer(StatusCode::OK, &shown).await?, version))
}

fn settings_id() -> EntryId {
    EntryId::Settings(SettingsEntry::the_id())
}

async fn settings(call: Call) -> WebResult<Response> {
    answer::<Settings>(&call, StatusCode::OK, settings_id(), Vec::new())
}

async fn put_settings(posted: Posted<<Settings as Kind>::Doc>) -> WebResult<Response> {
    let item = Settings::item(posted.body.clone());
    put_at::<Settings>(&posted, &item, Some(settings_id()), StatusCode::OK).await
}
