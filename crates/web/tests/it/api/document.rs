//! The document itself.

use std::collections::BTreeSet;

use hansei_web::Access;
use serde_json::Value;

use super::{DOCUMENT, User};
use crate::world::World;

fn operations() -> impl Iterator<Item = (String, String, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, op)| (method.to_uppercase(), path.clone(), op))
    })
}

#[test]
fn the_table_and_the_document_name_the_same_routes() {
    let routes = hansei_web::routes::all();
    let table: BTreeSet<(String, String)> = routes
        .table()
        .iter()
        .filter(|r| matches!(r.access, Access::Api(_)))
        .map(|r| (r.method.to_string(), r.path.to_owned()))
        .collect();
    let named: BTreeSet<(String, String)> = operations().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(table, named);
    assert!(named.len() > 20);
    for route in routes.table() {
        assert_eq!(
            route.path.starts_with("/api/v1/"),
            matches!(route.access, Access::Api(_)),
            "{}",
            route.path
        );
    }
}

#[test]
fn operations_are_whole() {
    let mut ids = BTreeSet::new();
    let tags: Vec<&str> =
        DOCUMENT["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    for (method, path, op) in operations() {
        let at = format!("{method} {path}");
        assert!(ids.insert(op["operationId"].as_str().unwrap().to_owned()), "{at}: its id is used twice");
        assert!(op["summary"].as_str().is_some_and(|s| s.len() > 5 && !s.ends_with('.')), "{at}: summary");
        assert!(op["description"].as_str().unwrap().contains("Needs the role"), "{at}: role");
        assert!(tags.contains(&op["tags"][0].as_str().unwrap()), "{at}: tag");
        assert!(op["responses"]["default"].is_object(), "{at}: problems");
        assert!(op["responses"].as_object().unwrap().keys().any(|k| k.starts_with('2')), "{at}: success");
        for name in path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')) {
            let parameters = op["parameters"].as_array().unwrap();
            assert!(parameters.iter().any(|p| p["name"] == name && p["in"] == "path"), "{at}: {name}");
        }
        if let Some(body) = op["requestBody"]["content"]["application/json"].as_object() {
            let misfits = super::schema::misfits(&DOCUMENT, &body["schema"], &body["example"]);
            assert!(misfits.is_empty(), "{at}: its example does not fit: {misfits:?}");
        }
    }
}

#[test]
fn references_lead_somewhere_and_nothing_lies_about_unused() {
    fn collect(value: &Value, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                out.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|v| collect(v, out));
            }
            Value::Array(items) => items.iter().for_each(|v| collect(v, out)),
            _ => {}
        }
    }
    let mut used = BTreeSet::new();
    collect(&DOCUMENT, &mut used);
    for target in &used {
        assert!(DOCUMENT.pointer(&target[1..]).is_some(), "{target} is nowhere");
    }
    for name in DOCUMENT["components"]["schemas"].as_object().unwrap().keys() {
        assert!(used.contains(&format!("#/components/schemas/{name}")), "{name} is not used");
    }
}

#[test]
fn it_is_openapi_3_1_and_the_same_each_time() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
    assert_eq!(hansei_web::openapi(), hansei_web::openapi());
}

#[test]
fn the_committed_document_is_current() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json"));
    let now = hansei_web::openapi();
    let same = committed.unwrap_or_default().trim_end() == now.trim_end();
    let written = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
    std::fs::write(&written, now).unwrap();
    assert!(same, "docs/openapi.json is not current: `cargo xtask openapi` writes it (or copy {written:?})");
}

#[tokio::test]
async fn it_is_served() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    assert_eq!(user.get("/openapi.json").await, *DOCUMENT);
}
