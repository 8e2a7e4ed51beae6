//! Who one is, and API tokens: listed without their secrets, made with the secret shown once (R42).

use axum::extract::Path;
use axum::response::Response;
use hansei_app::auth::NewToken;
use hansei_app::catalog::Catalog;
use hansei_app::ports::TokenRow;
use hansei_domain::Timestamp;
use hansei_domain::access::Permission::{ChangeSelf, ManageSettings, Read};
use hansei_domain::access::Role;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::{PersonId, TokenId};
use hansei_domain::refusal::{FieldCode, Refusal};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::call::{Call, Posted};
use super::json as out;
use super::names::{self, Named};
use super::spec::{Api, Empty, Op};
use super::wire::{Instant, RoleName, at};
use crate::error::WebResult;

const TAG: &str = "access";

const ABOUT_CREATE_TOKEN: &str = "The secret is shown this once. A token is never more than its person, and never more than the one \
    it is made with. Tokens for others need the role `admin`.";

/// The routes.
pub fn api() -> Api {
    Api::new()
        .get(
            "/api/v1/me",
            Read,
            me,
            Op::new("getMe", TAG, "Who one is").answers::<Me>(200, "The person behind the token or session."),
        )
        .get(
            "/api/v1/tokens",
            ChangeSelf,
            list,
            Op::new("listTokens", TAG, "List API tokens")
                .about("One's own; those of others need the role `admin`.")
                .query::<ListQuery>()
                .answers::<TokenList>(200, "The tokens, without their secrets."),
        )
        .post(
            "/api/v1/tokens",
            ChangeSelf,
            create,
            Op::new("createToken", TAG, "Make an API token")
                .about(ABOUT_CREATE_TOKEN)
                .body::<NewTokenBody>(json!({
                    "name": "deploy script", "role": "responder", "expires_at": "2099-01-01T00:00:00Z",
                }))
                .answers::<MadeToken>(201, "The token with its secret."),
        )
        .delete(
            "/api/v1/tokens/{token}",
            ChangeSelf,
            revoke,
            Op::new("revokeToken", TAG, "Take an API token back")
                .about("Those of others need the role `admin`.")
                .answers_nothing("It is refused from now on."),
        )
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// One's id.
    id: String,
    /// Name.
    name: String,
    /// The address one signs in with.
    email: String,
    /// What one may do through this door.
    #[schema(value_type = RoleName)]
    role: Role,
    /// Language.
    locale: String,
    /// IANA time zone.
    zone: String,
    /// Teams one belongs to.
    teams: Vec<Named>,
    /// The token that was used; `null` in a browser.
    token_id: Option<String>,
}

/// `GET /api/v1/me`.
async fn me(call: Call) -> WebResult<Response> {
    let catalog = call.app().catalog.now();
    let id = call.who.person_id;
    let teams = catalog.teams().into_iter().filter(|t| t.members.contains(&id));
    let me = Me {
        id: id.to_string(),
        name: call.who.name.clone(),
        email: catalog.person(id).map(|p| p.email.clone()).unwrap_or_default(),
        role: call.who.role,
        locale: call.who.locale.clone(),
        zone: call.who.zone.clone(),
        teams: teams.map(|t| Named::of(&catalog, EntryId::Team(t.id))).collect(),
        token_id: call.who.token_id.map(|t| t.to_string()),
    };
    out::answer(StatusCode::OK, &me)
}

/// Whose tokens are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Those of everybody.
    #[serde(default)]
    all: bool,
}

/// An API token.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenView {
    /// Its id.
    id: String,
    /// What it is for.
    name: String,
    /// Whose.
    person: Named,
    /// At most this role.
    #[schema(value_type = RoleName)]
    role: Role,
    /// Its first characters.
    hint: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends.
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    used_at: Option<Timestamp>,
    /// When it was taken back.
    revoked_at: Option<Timestamp>,
}

/// Tokens, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct TokenList {
    /// The tokens.
    items: Vec<TokenView>,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
struct MadeToken {
    /// The token.
    token: TokenView,
    /// The secret; `null` when an answer is repeated.
    secret: Option<String>,
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTokenBody {
    /// What it is for.
    name: String,
    /// At most this role; the caller's own if nothing is said.
    #[schema(value_type = Option<RoleName>)]
    role: Option<Role>,
    /// When it ends; never if nothing is said.
    expires_at: Option<Instant>,
    /// Address or id of the person it is for; the caller if nothing is said.
    person: Option<String>,
}

fn view(catalog: &Catalog, row: &TokenRow) -> TokenView {
    TokenView {
        id: row.id.to_string(),
        name: row.name.clone(),
        person: Named::of(catalog, EntryId::Person(row.person_id)),
        role: row.role,
        hint: row.hint.clone(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
        revoked_at: row.revoked_at,
    }
}

/// What belongs to others is an admin's.
fn of_others(call: &Call) -> Result<(), Refusal> {
    if call.who.may(ManageSettings) {
        return Ok(());
    }
    Err(Refusal::Forbidden("tokens of others need the role admin".into()))
}

/// `GET /api/v1/tokens`.
async fn list(call: Call) -> WebResult<Response> {
    let query: ListQuery = call.query()?;
    if query.all {
        of_others(&call)?;
    }
    let own = (!query.all).then_some(call.who.person_id);
    let mut rows = call.app().store.tokens(own).await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let catalog = call.app().catalog.now();
    out::answer(StatusCode::OK, &TokenList { items: rows.iter().map(|row| view(&catalog, row)).collect() })
}

/// `POST /api/v1/tokens`.
async fn create(posted: Posted<NewTokenBody>) -> WebResult<Response> {
    let (call, body) = (&posted.call, &posted.body);
    let person_id = owner(call, body.person.as_deref())?;
    let role = body.role.unwrap_or(call.who.role);
    if role > call.who.role {
        // Else a weak token would be worth as much as its person.
        return Err(Refusal::field("role", FieldCode::OutOfRange, "is more than the caller may do").into());
    }
    let new = NewToken { person_id, name: body.name.clone(), role, expires_at: at(body.expires_at) };
    let shown = |row: &TokenRow, secret| MadeToken { token: view(&posted.app().catalog.now(), row), secret };
    let remember = |row: &TokenRow| posted.row(StatusCode::CREATED, &out::text(&shown(row, None)).ok()?);
    match posted.app().create_token_with(&posted.actor(), &new, remember).await {
        Ok((row, secret)) => out::answer(StatusCode::CREATED, &shown(&row, Some(secret.secret))),
        Err(error) => posted.settled(error).await,
    }
}

fn owner(call: &Call, name: Option<&str>) -> Result<PersonId, Refusal> {
    let Some(name) = name else { return Ok(call.who.person_id) };
    let id = names::person_in_use(&call.app().catalog.now(), "person", name)?;
    if id != call.who.person_id {
        of_others(call)?;
    }
    Ok(id)
}

/// `DELETE /api/v1/tokens/{token}`.
async fn revoke(Path(id): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let id: TokenId = id.parse().map_err(|_| Refusal::NotFound("token"))?;
    // Somebody else's token looks like one that does not exist (R37).
    let own = (!posted.call.who.may(ManageSettings)).then_some(posted.call.who.person_id);
    posted.app().revoke_token(&posted.actor(), id, own).await?;
    Ok(out::nothing())
}
