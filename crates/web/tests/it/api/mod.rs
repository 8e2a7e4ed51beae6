//! The API: each route on a good day and a bad one, and every answer measured against the document.

mod access;
mod alerts;
mod catalogue;
mod document;
mod history;
mod incidents;
mod keys;
mod repeating;
mod schema;

use std::sync::LazyLock;

use axum::body::Body;
use hansei_domain::access::Role;
use http::{Request, header};
use serde_json::Value;

use crate::world::{Answer, World};

/// The document.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&hansei_web::openapi()).unwrap());

/// Somebody who uses the API.
pub struct User<'w> {
    pub world: &'w World,
    pub token: String,
    pub id: String,
}

impl<'w> User<'w> {
    /// A person of a role with a token.
    pub async fn new(world: &'w World, name: &str, role: Role) -> Self {
        let (id, token) = world.person(name, role).await;
        Self { world, token, id: id.to_string() }
    }

    /// The admin with a token.
    pub async fn admin(world: &'w World) -> Self {
        let id = world.admin.person;
        Self { world, token: world.token(id, Role::Admin).await, id: id.to_string() }
    }

    /// Any request; the answer must be one that the document promises.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.world.send(request.body(body).unwrap()).await;
        promised(method, path, &answer);
        answer
    }

    /// GET that must succeed.
    #[track_caller]
    pub fn get(&self, path: &str) -> impl Future<Output = Value> {
        self.done("GET", path, None)
    }

    /// POST that must succeed.
    #[track_caller]
    pub fn post(&self, path: &str, body: Value) -> impl Future<Output = Value> {
        self.done("POST", path, Some(body))
    }

    /// A request that must succeed.
    pub async fn done(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.ask(method, path, &[], body).await;
        assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// A request that must be refused: its problem, without the id of the request.
    pub async fn refused(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.ask(method, path, &[], body).await;
        assert!(!answer.status.is_success(), "{method} {path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let mut problem = answer.json();
        assert!(problem["instance"].as_str().unwrap().starts_with("urn:hansei:request:"));
        problem.as_object_mut().unwrap().remove("instance");
        (answer.status.as_u16(), problem)
    }
}

/// The path template of the document that a path is an instance of.
fn template(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap();
    let full = format!("/api/v1{path}");
    let fits = |template: &&String| {
        let (t, p): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), full.split('/').collect());
        t.len() == p.len() && t.iter().zip(&p).all(|(t, p)| t.starts_with('{') || t == p)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    // A literal path goes before one with parameters.
    paths
        .get_key_value(&full)
        .map(|(k, _)| k.as_str())
        .or_else(|| paths.keys().find(fits).map(String::as_str))
}

/// Whether the document promises this answer.
#[track_caller]
fn promised(method: &str, path: &str, answer: &Answer) {
    let Some(template) = template(path) else { return };
    let operation = &DOCUMENT["paths"][template][method.to_lowercase()];
    if operation.is_null() {
        return;
    }
    let status = answer.status.as_u16().to_string();
    let responses = &operation["responses"];
    let mut response = if responses[&status].is_null() { &responses["default"] } else { &responses[&status] };
    assert!(
        !answer.status.is_success() || !responses[&status].is_null(),
        "{method} {path}: {status} is not promised"
    );
    if let Some(target) = response["$ref"].as_str() {
        response = DOCUMENT.pointer(&target[1..]).unwrap();
    }
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{method} {path}: a body is not promised: {}", answer.text());
        return;
    };
    let (kind, content) = content.iter().next().unwrap();
    assert!(
        answer.header("content-type").starts_with(kind.as_str()),
        "{method} {path}: {:?}",
        answer.headers
    );
    if kind.ends_with("json") {
        let misfits = schema::misfits(&DOCUMENT, &content["schema"], &answer.json());
        assert!(misfits.is_empty(), "{method} {path}: {misfits:#?}\n{}", answer.text());
    }
}
