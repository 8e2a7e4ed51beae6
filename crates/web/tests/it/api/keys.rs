//! Integration keys, and the file.

use hansei_domain::access::Role;
use serde_json::json;

use super::User;
use crate::world::World;

#[tokio::test]
async fn a_key_is_made_used_rotated_and_taken_back() {
    let world = World::new().await;
    let user = User::new(&world, "Mona", Role::Manager).await;
    let body = json!({"service": "chat", "format": "json", "name": "script", "create_service": true});
    let made = user.post("/keys", body).await;
    let (id, secret) = (made["key"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!(made["key"]["service"]["key"], "chat");
    assert!(secret.starts_with(made["key"]["secrets"][0]["hint"].as_str().unwrap()));
    assert!(!user.get(&format!("/keys/{id}")).await.to_string().contains(secret));

    let now = hansei_app::secret::sha256_hex(secret.as_bytes());
    let accepted = || world.app.catalog.now().key_by_hash(&now, world.app.clock.now()).is_some();
    assert!(accepted());
    let rotated = user.post(&format!("/keys/{id}/rotate"), json!({"overlap_secs": 60})).await;
    assert_ne!(rotated["secret"], secret);
    assert!(accepted(), "both are good while they overlap");
    world.clock.forward(61);
    assert!(!accepted());

    user.done("DELETE", &format!("/keys/{id}"), None).await;
    assert_eq!(user.get("/keys").await["items"], json!([]));
    assert_eq!(user.get(&format!("/keys/{id}")).await["archived"], true);
    assert_eq!(
        user.refused("POST", &format!("/keys/{id}/rotate"), Some(json!({"overlap_secs": 0}))).await.0,
        404
    );
}

#[tokio::test]
async fn keys_need_a_manager_a_service_and_a_name() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Mona", Role::Manager).await;
    for (body, field) in [
        (json!({"service": "none", "format": "json", "name": "x"}), "service"),
        (json!({"service": "chat", "format": "telex", "name": "x"}), "format"),
        (json!({"service": "chat", "format": "internal", "name": "x"}), "format"),
        (json!({"service": "chat", "format": "json", "name": ""}), "name"),
        (json!({"service": "Not a slug", "format": "json", "name": "x", "create_service": true}), "service"),
    ] {
        let (status, problem) = user.refused("POST", "/keys", Some(body)).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some(field)), "{problem}");
    }
    let responder = User::new(&world, "Rika", Role::Responder).await;
    let body = json!({"service": "chat", "format": "json", "name": "x"});
    assert_eq!(responder.refused("POST", "/keys", Some(body)).await.0, 403);
    let unknown = user.refused("GET", "/keys/key_00000000000000000000000009", None).await;
    assert_eq!(
        unknown,
        user.refused("GET", "/keys/key_00000000000000000000000001", None).await,
        "the self-test's own"
    );
    assert_eq!(unknown, user.refused("GET", "/keys/x", None).await);
}

#[tokio::test]
async fn a_file_is_planned_applied_and_exported() {
    let world = World::new().await;
    let user = User::new(&world, "Mona", Role::Manager).await;
    let file = |name: &str| json!({"document": format!("[[pods]]\nslug = \"pod-1\"\nname = \"{name}\"\n")});
    let plan = user.post("/plan", file("Pod 1")).await;
    assert_eq!(
        (plan["changes"].as_bool(), plan["entries"][0]["action"].as_str()),
        (Some(true), Some("create"))
    );
    user.post("/apply", file("Pod 1")).await;
    assert_eq!(user.post("/plan", file("Pod 1")).await["changes"], false);
    let change = user.post("/plan", file("Pod one")).await;
    assert_eq!(change["entries"][0]["changes"][0]["field"], "name");
    assert_eq!(
        user.refused("GET", "/export", None).await.0,
        403,
        "as on screen: the file has everybody's contacts"
    );
    let exported = User::admin(&world).await.ask("GET", "/export", &[], None).await;
    assert!(exported.text().contains("slug = \"pod-1\""), "{}", exported.text());

    let (status, problem) =
        user.refused("POST", "/plan", Some(json!({"document": "[[pods]]\nslig = 1"}))).await;
    assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("document")));
    let person =
        json!({"document": "[[people]]\nemail = \"x@example.org\"\nname = \"X\"\nrole = \"admin\"\n"});
    user.post("/plan", person.clone()).await;
    assert_eq!(
        user.refused("POST", "/apply", Some(person.clone())).await.0,
        403,
        "a manager makes no admin by file"
    );
    User::admin(&world).await.post("/apply", person).await;
    let viewer = User::new(&world, "Vera", Role::Viewer).await;
    assert_eq!(viewer.refused("POST", "/apply", Some(file("Pod 1"))).await.0, 403);
}
