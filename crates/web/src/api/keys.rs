//! Integration keys: listed without their secrets, made and rotated with the secret shown once (R42).

use axum::extract::Path;
use axum::response::Response;
use hansei_app::catalog::Catalog;
use hansei_app::keys::LONGEST_OVERLAP_SECS;
use hansei_app::ports::IdempotencyRow;
use hansei_domain::access::Permission::{ManageKeys, Read};
use hansei_domain::catalog::{
    CatalogDoc, EntryId, EscalationPolicy, IncidentRule, IntegrationKey, Origin, Service, self_test,
};
use hansei_domain::ids::{KeyId, ServiceId};
use hansei_domain::refusal::{FieldCode, Refusal};
use hansei_domain::signal::SourceFormat;
use hansei_domain::text::{Name, Slug};
use hansei_domain::{FieldError, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::call::{Call, Posted};
use super::json;
use super::names::{self, Named};
use super::spec::{Api, Empty, Op};
use super::wire::FormatName;
use crate::error::WebResult;

const TAG: &str = "keys";

const ABOUT_CREATE_KEY: &str =
    "The secret is shown this once; a repetition with the same `Idempotency-Key` answers without it.";

/// The routes.
pub fn api() -> Api {
    Api::new()
        .get(
            "/api/v1/keys",
            Read,
            list,
            Op::new("listKeys", TAG, "List integration keys")
                .answers::<KeyList>(200, "The keys, without their secrets."),
        )
        .post(
            "/api/v1/keys",
            ManageKeys,
            create,
            Op::new("createKey", TAG, "Make an integration key")
                .about(ABOUT_CREATE_KEY)
                .body::<NewKey>(json!({
                    "service": "chat", "format": "alertmanager", "name": "Prometheus of pod 17",
                    "create_service": true,
                }))
                .answers::<MadeKey>(201, "The key with its secret."),
        )
        .get(
            "/api/v1/keys/{key}",
            Read,
            show,
            Op::new("getKey", TAG, "Show an integration key")
                .answers::<Key>(200, "The key, without its secrets."),
        )
        .post(
            "/api/v1/keys/{key}/rotate",
            ManageKeys,
            rotate,
            Op::new("rotateKey", TAG, "Give a key a new secret")
                .body::<Rotate>(json!({"overlap_secs": 86400}))
                .answers::<MadeKey>(200, "The key with its new secret."),
        )
        .delete(
            "/api/v1/keys/{key}",
            ManageKeys,
            revoke,
            Op::new("revokeKey", TAG, "Take a key back")
                .answers_nothing("Its senders are refused from now on."),
        )
}

/// An integration key.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IntegrationKey)]
pub struct Key {
    /// Its id.
    id: String,
    /// What it is for.
    name: String,
    /// The service its signals are about.
    service: Named,
    /// The format it may be used with.
    #[schema(value_type = FormatName)]
    format: SourceFormat,
    /// Whether it was taken back.
    archived: bool,
    /// Its accepted secrets: one, or two while a rotation overlaps.
    secrets: Vec<Hint>,
}

/// What may be shown of a secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KeyHint)]
pub struct Hint {
    /// Its first characters.
    hint: String,
    /// When it was made.
    created_at: Timestamp,
    /// Until when it is accepted.
    expires_at: Option<Timestamp>,
}

/// All keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyList {
    /// The keys, by name.
    items: Vec<Key>,
}

/// A key with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// The key.
    key: Key,
    /// The secret; `null` when an answer is repeated.
    secret: Option<String>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Short name or id of the service its signals are about.
    service: String,
    /// What sends.
    #[schema(value_type = FormatName)]
    format: SourceFormat,
    /// What it is for.
    name: String,
    /// Make the service if there is none with this short name (needs the permission to change the catalogue).
    #[serde(default)]
    create_service: bool,
}

/// How a secret is exchanged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// How long the old secret stays accepted, seconds; 0 = not at all, at most 30 days.
    overlap_secs: u32,
}

fn view(catalog: &Catalog, key: &IntegrationKey) -> Key {
    let hint = |h: &hansei_domain::catalog::KeyHash| Hint {
        hint: h.hint.clone(),
        created_at: h.created_at,
        expires_at: h.expires_at,
    };
    Key {
        id: key.id.to_string(),
        name: key.name.to_string(),
        service: Named::of(catalog, EntryId::Service(key.service_id)),
        format: key.format,
        archived: !catalog.in_use(EntryId::Key(key.id)),
        secrets: key.hashes.iter().map(hint).collect(),
    }
}

fn known<'c>(catalog: &'c Catalog, text: &str) -> Result<&'c IntegrationKey, Refusal> {
    let id = text.parse::<KeyId>().ok().filter(|id| *id != self_test::key_id());
    id.and_then(|id| catalog.key(id)).ok_or(Refusal::NotFound("key"))
}

/// `GET /api/v1/keys`.
async fn list(call: Call) -> WebResult<Response> {
    let catalog = call.app().catalog.now();
    let items = catalog.keys().into_iter().map(|k| view(&catalog, k)).collect();
    json::answer(StatusCode::OK, &KeyList { items })
}

/// `GET /api/v1/keys/{key}`.
async fn show(Path(id): Path<String>, call: Call) -> WebResult<Response> {
    let catalog = call.app().catalog.now();
    json::answer(StatusCode::OK, &view(&catalog, known(&catalog, &id)?))
}

/// `POST /api/v1/keys`.
async fn create(posted: Posted<NewKey>) -> WebResult<Response> {
    let body = &posted.body;
    let mut errors: Vec<FieldError> = Vec::new();
    errors.extend(Name::parse("name", &body.name).err());
    if !SourceFormat::OFFERED.contains(&body.format) {
        let message = "must be pagerduty, alertmanager or json";
        errors.push(FieldError::new("format", FieldCode::Unknown, message));
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors).into());
    }
    let service_id = service(&posted).await?;
    let app = posted.app();
    let remember = |key: &IntegrationKey| remembered(&posted, StatusCode::CREATED, key);
    let made = app.create_key_with(&posted.actor(), service_id, body.format, &body.name, remember).await;
    match made {
        Ok((id, secret)) => shown_once(&posted, StatusCode::CREATED, id, secret.secret),
        Err(error) => posted.settled(error).await,
    }
}

async fn service(posted: &Posted<NewKey>) -> WebResult<ServiceId> {
    let (app, body) = (posted.app(), &posted.body);
    let missing = match names::service_in_use(&app.catalog.now(), "service", &body.service) {
        Ok(id) => return Ok(id),
        Err(error) => error,
    };
    if !body.create_service || names::service(&app.catalog.now(), "service", &body.service).is_ok() {
        return Err(Refusal::from(missing).into());
    }
    if !posted.call.who.may(hansei_domain::access::Permission::ManageCatalog) {
        return Err(Refusal::Forbidden("this role may not make services".into()).into());
    }
    if body.service == super::catalogue::RESERVED {
        return Err(Refusal::field("service", FieldCode::Taken, "is the address of a form").into());
    }
    let id: ServiceId = app.ctx(posted.actor()).ids.fresh();
    let made = Service {
        id,
        slug: Slug::parse("service", &body.service).map_err(Refusal::from)?,
        name: Name::parse("service", &body.service).map_err(Refusal::from)?,
        description: None,
        owner_team_id: None,
        components: Vec::new(),
        runbook_url: None,
        escalation: EscalationPolicy::default(),
        rule: IncidentRule::default(),
    };
    app.put_entry(&posted.actor(), CatalogDoc::Service(made), Origin::Screen).await?;
    Ok(id)
}

/// What is stored with a key: the answer without its secret.
fn remembered<T>(posted: &Posted<T>, status: StatusCode, key: &IntegrationKey) -> Option<IdempotencyRow> {
    // A key that is being made is not in the catalogue yet, and not archived.
    let key = Key { archived: false, ..view(&posted.app().catalog.now(), key) };
    posted.row(status, &json::text(&MadeKey { key, secret: None }).ok()?)
}

fn shown_once<T>(posted: &Posted<T>, status: StatusCode, id: KeyId, secret: String) -> WebResult<Response> {
    let catalog = posted.app().catalog.now();
    let key = view(&catalog, catalog.key(id).ok_or(Refusal::NotFound("key"))?);
    json::answer(status, &MadeKey { key, secret: Some(secret) })
}

/// `POST /api/v1/keys/{key}/rotate`.
async fn rotate(Path(id): Path<String>, posted: Posted<Rotate>) -> WebResult<Response> {
    let id = known(&posted.app().catalog.now(), &id)?.id;
    if posted.body.overlap_secs > LONGEST_OVERLAP_SECS {
        let message = format!("must be 0 to {LONGEST_OVERLAP_SECS} seconds");
        return Err(Refusal::field("overlap_secs", FieldCode::OutOfRange, message).into());
    }
    let remember = |key: &IntegrationKey| remembered(&posted, StatusCode::OK, key);
    match posted.app().rotate_key_with(&posted.actor(), id, posted.body.overlap_secs, remember).await {
        Ok(secret) => shown_once(&posted, StatusCode::OK, id, secret.secret),
        Err(error) => posted.settled(error).await,
    }
}

/// `DELETE /api/v1/keys/{key}`.
async fn revoke(Path(id): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let id = known(&posted.app().catalog.now(), &id)?.id;
    posted.app().revoke_key(&posted.actor(), id).await.map_err(|e| posted.call.refused(e))?;
    Ok(json::nothing())
}
