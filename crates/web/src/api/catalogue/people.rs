//! People beyond their entry: a link with which somebody sets their password, and a password set for them.

use axum::extract::Path;
use axum::response::Response;
use hansei_domain::Timestamp;
use hansei_domain::access::Permission::ManagePeople;
use hansei_domain::ids::PersonId;
use hansei_domain::refusal::Refusal;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::TAG;
use crate::api::call::Posted;
use crate::api::json as out;
use crate::api::names;
use crate::api::spec::{Api, Empty, Op};
use crate::error::WebResult;

const ABOUT_MAKE_PASSWORD_LINK: &str = "It invites somebody new and helps whoever has forgotten. It is good for one use and 72 hours; an \
    earlier one is void. It is shown this once.";
const ABOUT_SET_PASSWORD: &str =
    "All their sessions and API tokens end. A link is the better way: nobody else knows the password then.";

/// The routes.
pub fn api() -> Api {
    Api::new()
        .post(
            "/api/v1/people/{name}/password-link",
            ManagePeople,
            link,
            Op::new("makePasswordLink", TAG, "Make a link with which a person sets their password")
                .about(ABOUT_MAKE_PASSWORD_LINK)
                .body::<Empty>(Empty::example())
                .answers::<LinkView>(201, "The link."),
        )
        .put(
            "/api/v1/people/{name}/password",
            ManagePeople,
            set,
            Op::new("setPassword", TAG, "Set a person's password")
                .about(ABOUT_SET_PASSWORD)
                .body::<PasswordBody>(json!({"password": "long and hard to guess"}))
                .answers_nothing("It is set."),
        )
}

/// A link to set a password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PasswordLink)]
struct LinkView {
    /// Where it leads; `null` when an answer is repeated.
    url: Option<String>,
    /// It is good until then.
    expires_at: Timestamp,
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    /// At least 12 characters.
    #[schema(min_length = 12, max_length = 1024, format = Password)]
    password: String,
}

fn person<T>(posted: &Posted<T>, name: &str) -> Result<PersonId, Refusal> {
    let catalog = posted.app().catalog.now();
    names::person(&catalog, "name", name).map_err(|_| Refusal::NotFound("person"))
}

/// `POST /api/v1/people/{name}/password-link`.
async fn link(Path(name): Path<String>, posted: Posted<Empty>) -> WebResult<Response> {
    let id = person(&posted, &name)?;
    let remember =
        |expires_at| posted.row(StatusCode::CREATED, &out::text(&LinkView { url: None, expires_at }).ok()?);
    match posted.app().password_link_with(&posted.actor(), id, remember).await {
        Ok(made) => {
            let url = format!("{}/password/{}", posted.app().config.public_url, made.token);
            out::answer(StatusCode::CREATED, &LinkView { url: Some(url), expires_at: made.expires_at })
        }
        Err(error) => posted.settled(error).await,
    }
}

/// `PUT /api/v1/people/{name}/password`: not a POST, since the digest of a request that is remembered would be a weak
/// hash of the password.
async fn set(Path(name): Path<String>, posted: Posted<PasswordBody>) -> WebResult<Response> {
    let id = person(&posted, &name)?;
    posted.app().set_password(&posted.actor(), id, &posted.body.password, None).await?;
    Ok(out::nothing())
}
