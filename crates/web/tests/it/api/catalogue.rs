//! The catalogue by name: made, read, changed, archived, restored, each kind alike.

use std::collections::BTreeSet;

use hansei_domain::access::Role;
use serde_json::{Value, json};

use super::{DOCUMENT, User};
use crate::world::World;

/// Kinds in an order in which each example refers only to earlier ones, with the name of the example.
const KINDS: [(&str, &str); 6] = [
    ("people", "aiko@example.org"),
    ("teams", "chat"),
    ("products", "workspace"),
    ("components", "messaging"),
    ("pods", "pod-17"),
    ("services", "chat"),
];

fn operation(kind: &str) -> &'static Value {
    &DOCUMENT["paths"][format!("/api/v1/{kind}/{{name}}")]["put"]
}

fn example(kind: &str) -> Value {
    operation(kind)["requestBody"]["content"]["application/json"]["example"].clone()
}

fn field_names(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

async fn make_all(user: &User<'_>) {
    for (kind, name) in KINDS {
        let answer = user.ask("PUT", &format!("/{kind}/{name}"), &[], Some(example(kind))).await;
        assert_eq!(answer.status.as_u16(), 201, "{kind}: {}", answer.text());
    }
}

#[tokio::test]
async fn every_kind_is_made_by_its_example_and_can_be_put_back_as_it_is_shown() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    make_all(&user).await;
    for (kind, name) in KINDS {
        let at = format!("/{kind}/{name}");
        let shown = user.ask("GET", &at, &[], None).await;
        let (tag, shown) = (shown.header("etag").to_owned(), shown.json());
        let schema = &operation(kind)["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let properties = DOCUMENT.pointer(&schema.as_str().unwrap()[1..]).unwrap();
        assert_eq!(
            field_names(&shown["entry"]),
            field_names(&properties["properties"]),
            "{kind}: the document describes another form than is read and written"
        );
        let same = user.ask("PUT", &at, &[("if-match", &tag)], Some(shown["entry"].clone())).await;
        assert_eq!(
            (same.status.as_u16(), same.header("etag")),
            (200, tag.as_str()),
            "{kind}: nothing has changed"
        );
        assert_eq!(
            user.get(&format!("/{kind}/{}", shown["id"].as_str().unwrap())).await,
            shown,
            "{kind}: by id"
        );
    }
}

#[tokio::test]
async fn a_version_that_was_not_seen_is_not_replaced() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    make_all(&user).await;
    let mut pod = example("pods");
    let tag = user.ask("GET", "/pods/pod-17", &[], None).await.header("etag").to_owned();
    pod["name"] = json!("Pod seventeen");
    user.done("PUT", "/pods/pod-17", Some(pod.clone())).await;
    pod["name"] = json!("Pod XVII");
    let stale = user.ask("PUT", "/pods/pod-17", &[("if-match", &tag)], Some(pod.clone())).await;
    assert_eq!(stale.status.as_u16(), 412);
    let only_new = user.ask("PUT", "/pods/pod-17", &[("if-match", "\"0\"")], Some(pod)).await;
    assert_eq!(only_new.status.as_u16(), 412);
    assert_eq!(user.get("/pods/pod-17").await["entry"]["name"], "Pod seventeen");
    let fresh = json!({"slug": "pod-18", "name": "Pod 18"});
    let made = user.ask("PUT", "/pods/pod-18", &[("if-match", "\"0\"")], Some(fresh)).await;
    assert_eq!(made.status.as_u16(), 201);
}

#[tokio::test]
async fn a_short_name_can_change_and_references_follow() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    make_all(&user).await;
    let mut team = example("teams");
    team["slug"] = json!("messaging-team");
    let renamed = user.ask("PUT", "/teams/chat", &[], Some(team)).await;
    assert_eq!(renamed.status.as_u16(), 200);
    let service = user.get("/services/chat").await;
    assert_eq!(service["entry"]["owner"], "messaging-team");
    assert_eq!(service["entry"]["escalation"]["steps"][0]["teams"], json!(["messaging-team"]));
    assert_eq!(user.refused("GET", "/teams/chat", None).await.0, 404);
}

#[tokio::test]
async fn entries_are_archived_unless_used_and_come_back() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    make_all(&user).await;
    let (status, problem) = user.refused("DELETE", "/components/messaging", None).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("entry_in_use")));
    user.done("DELETE", "/pods/pod-17", None).await;
    assert_eq!(user.get("/pods").await["items"], json!([]));
    assert_eq!(user.get("/pods?archived=true").await["items"][0]["entry"]["slug"], "pod-17");
    assert_eq!(user.post("/pods/pod-17/restore", json!({})).await["archived"], false);
    let words = user.get("/people?text=AIKO").await;
    assert_eq!(words["items"].as_array().unwrap().len(), 1);
    let first = user.get("/people?limit=1").await;
    let next = user.get(&format!("/people?limit=1&cursor={}", first["next"].as_str().unwrap())).await;
    assert_ne!(first["items"][0]["id"], next["items"][0]["id"]);
}

#[tokio::test]
async fn wrong_input_names_its_field_and_roles_are_kept() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    make_all(&user).await;
    let with = |kind: &str, field: &str, value: Value| {
        let mut body = example(kind);
        body[field] = value;
        body
    };
    for (path, body, field) in [
        ("/teams/chat", with("teams", "colour", json!("red")), "colour"),
        ("/teams/chat", with("teams", "slug", json!("Not a slug")), "slug"),
        ("/teams/chat", with("teams", "name", json!("")), "name"),
        ("/teams/chat", with("teams", "members", json!(["nobody@example.org"])), "members[0]"),
        ("/teams/other", example("teams"), "slug"),
        ("/components/messaging", with("components", "product", json!("none")), "product"),
        ("/services/chat", with("services", "owner", json!("none")), "owner"),
        ("/services/chat", with("services", "components", json!(["messaging", "x"])), "components[1]"),
        (
            "/services/chat",
            with("services", "escalation", json!({"steps": [{"delay_secs": 999_999, "teams": ["chat"]}]})),
            "escalation.steps[0].delay_secs",
        ),
        (
            "/services/chat",
            with("services", "escalation", json!({"steps": [{"teams": ["x"]}]})),
            "escalation.steps[0].teams[0]",
        ),
        ("/services/chat", with("services", "rule", json!({"page_up_to": 7})), "rule.page_up_to"),
        ("/people/aiko@example.org", with("people", "role", json!("king")), "role"),
        ("/people/aiko@example.org", with("people", "zone", json!("Mars/Base")), "zone"),
        ("/people/aiko@example.org", with("people", "email", json!("ada@example.org")), "email"),
    ] {
        let (status, problem) = user.refused("PUT", path, Some(body.clone())).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{path} {body}: {problem}"
        );
    }
    let manager = User::new(&world, "Mona", Role::Manager).await;
    assert_eq!(manager.refused("PUT", "/people/aiko@example.org", Some(example("people"))).await.0, 403);
    manager.done("PUT", "/pods/pod-17", Some(example("pods"))).await;
    let responder = User::new(&world, "Rika", Role::Responder).await;
    assert_eq!(responder.refused("PUT", "/pods/pod-17", Some(example("pods"))).await.0, 403);
    let unknown = user.refused("GET", "/pods/none", None).await;
    assert_eq!(unknown, user.refused("GET", "/pods/pod_00000000000000000000000009", None).await);
    assert_eq!(user.refused("GET", "/services/hansei-self-test", None).await.0, 404);
    assert_eq!(
        user.refused("PUT", "/pods/pod_00000000000000000000000009", Some(example("pods"))).await.0,
        404
    );
}

#[tokio::test]
async fn a_new_webhook_shows_its_secret_once() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    let mut person = example("people");
    person["contacts"] = json!([{"kind": "webhook", "url": "https://hooks.example.org/aiko"}]);
    let made = user.done("PUT", "/people/aiko@example.org", Some(person.clone())).await;
    assert!(made["secrets"][0]["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = user.done("PUT", "/people/aiko@example.org", Some(person)).await;
    assert_eq!(again.get("secrets"), None, "it is no new one");
    assert_eq!(user.get("/people/aiko@example.org").await.get("secrets"), None);
}

#[tokio::test]
async fn somebody_is_invited_or_gets_a_password() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    make_all(&user).await;
    let link = user.post("/people/aiko@example.org/password-link", json!({})).await;
    let token =
        link["url"].as_str().unwrap().strip_prefix("http://hansei.test/password/").unwrap().to_owned();
    assert_eq!(world.app.behind_password_link(&token).await.unwrap().unwrap().name.as_str(), "Aiko");
    let (status, problem) =
        user.refused("PUT", "/people/aiko@example.org/password", Some(json!({"password": "short"}))).await;
    assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("password")));
    let password = json!({"password": "correct horse battery"});
    user.done("PUT", "/people/aiko@example.org/password", Some(password)).await;
    let signed =
        world.app.sign_in("aiko@example.org", "correct horse battery", &Default::default()).await.unwrap();
    assert!(signed.is_ok());
    assert_eq!(user.refused("POST", "/people/nobody/password-link", None).await.0, 404);
}

#[tokio::test]
async fn settings_are_read_by_all_and_changed_by_admins() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    let shown = user.get("/settings").await;
    assert_eq!(shown["entry"]["fallback"], json!(["ada@example.org"]));
    let mut settings = shown["entry"].clone();
    settings["name"] = json!("Example AG");
    assert_eq!(user.done("PUT", "/settings", Some(settings.clone())).await["entry"]["name"], "Example AG");
    settings["fallback"] = json!(["nobody"]);
    let (_, problem) = user.refused("PUT", "/settings", Some(settings.clone())).await;
    assert_eq!(problem["errors"][0]["field"], "fallback[0]");
    let manager = User::new(&world, "Mona", Role::Manager).await;
    manager.get("/settings").await;
    assert_eq!(manager.refused("PUT", "/settings", Some(settings)).await.0, 403);
}
