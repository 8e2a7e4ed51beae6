//! The OpenAPI document, put together from what each route says of itself.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hansei_domain::access::Permission::Read;
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::path::{ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    Response as Answer, ResponseBuilder, SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

use super::spec::{Api, Op};
use crate::error::ProblemKind;

const TAGS: [(&str, &str); 9] = [
    ("incidents", "Trouble that needs people, from detection to the last word."),
    ("alerts", "What monitoring says, and signals for trying out."),
    ("catalogue", "Teams, people, products, components, pods, services."),
    ("keys", "Keys with which monitoring systems send."),
    ("catalogue file", "The catalogue as one file."),
    ("access", "Tokens, and who one is."),
    ("quarantine", "Payloads that could not be read."),
    ("system", "How this installation fares."),
    ("events", "What happens, as it happens."),
];

const ABOUT: &str = "What Hansei's pages do, for programs; only what belongs to a person's own settings (profile, contacts, password, \
    sessions) and the set-up of a key with its last payloads is done there.\n\n\
    **Who.** Send `Authorization: Bearer hns_…`; a token is never more than its person.\n\n\
    **Errors** are `application/problem+json` (RFC 9457); `type` is one of a closed list, `errors` names fields.\n\n\
    **Repeating.** Every POST takes an `Idempotency-Key`: the same request with the same key has no second effect and \
    gets the same answer for 72 hours; another request with it is refused with 409. Secrets are shown once and are \
    not repeated. A file is applied entry by entry: if that breaks off, apply it again; what is as the file says stays.\n\n\
    **Versions.** Where a request takes `If-Match`, give the `ETag` of what was seen; 412 says that it has changed \
    since.\n\n\
    **Lists** answer with `items` and `next`; give `next` back as `cursor` with the same filter.\n\n\
    **Limits.** Bodies are at most 1 MiB and 32 levels deep; unknown fields are errors. Instants are RFC 3339, spans \
    are seconds.";

/// The document as text: pretty, and the same each time.
pub fn openapi() -> String {
    document().to_pretty_json().unwrap_or_default()
}

/// The route of the document itself.
pub fn api() -> Api {
    Api::new().get(
        "/api/v1/openapi.json",
        Read,
        serve,
        Op::new("getDocument", "system", "This document").answers::<Document>(200, "The document."),
    )
}

/// An OpenAPI document.
pub struct Document;

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Object).into()
    }
}

impl ToSchema for Document {}

static TEXT: LazyLock<Bytes> = LazyLock::new(|| openapi().into());

/// `GET /api/v1/openapi.json`.
async fn serve() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], TEXT.clone()).into_response()
}

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct ProblemDoc {
    /// One of a closed list: `urn:hansei:problem:…`.
    #[schema(value_type = String, example = "urn:hansei:problem:invalid")]
    r#type: String,
    /// What that is.
    title: String,
    /// The status.
    status: u16,
    /// A code that says more, of a state in which it cannot be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<String>,
    /// A sentence about this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// Fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldErrorDoc>,
    /// Names this request in the logs.
    instance: String,
}

/// A field that is wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorDoc {
    /// Its path: `scope.pods[1]`.
    field: String,
    /// One of a closed list.
    code: String,
    /// What is wrong with it.
    message: String,
}

fn document() -> OpenApi {
    let api = super::api();
    let mut paths = PathsBuilder::new();
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    for described in api.described() {
        let item = PathItem::new(described.http_method(), described.operation());
        paths = paths.path(described.path, item);
        schemas.extend(described.schemas().iter().cloned());
    }
    let mut components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .schema_from::<ProblemDoc>()
        .schema_from::<FieldErrorDoc>()
        .response("Problem", problem())
        .security_scheme("token", token());
    for (name, parameter) in parameters() {
        components = components.parameter(name, parameter);
    }
    let license =
        LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build();
    let info =
        InfoBuilder::new().title("Hansei API").version("1").description(Some(ABOUT)).license(Some(license));
    let tags =
        TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build());
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths.build())
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]))
        .tags(Some(tags))
        .build()
}

fn token() -> SecurityScheme {
    let about = "An API token, made on the page of one's own settings or with `POST /api/v1/tokens`.";
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build())
}

fn parameters() -> [(&'static str, utoipa::openapi::path::Parameter); 2] {
    let header = |name: &str, about: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(255))))
            .build()
    };
    [
        (
            "IdempotencyKey",
            header("Idempotency-Key", "Makes repeating the request harmless; kept for 72 hours."),
        ),
        (
            "IfMatch",
            header("If-Match", "The `ETag` of the version that was seen; 412 if it has changed since."),
        ),
    ]
}

fn problem() -> Answer {
    let all: Vec<String> = ProblemKind::ALL
        .iter()
        .map(|k| format!("- {} `urn:hansei:problem:{}`: {}", k.status().as_u16(), k.as_str(), k.title()))
        .collect();
    let example: Value = json!({
        "type": "urn:hansei:problem:invalid", "title": ProblemKind::Invalid.title(), "status": 422,
        "errors": [{"field": "title", "code": "required", "message": "must not be empty"}],
        "instance": "urn:hansei:request:0f3c",
    });
    let schema = RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
    ResponseBuilder::new()
        .description(format!("What went wrong, one of:\n\n{}", all.join("\n")))
        .content("application/problem+json", content.build())
        .build()
}
