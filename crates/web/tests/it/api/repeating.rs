//! Idempotency keys (R3), bodies that are too much, and who may come at all.

use axum::body::Body;
use hansei_domain::access::Role;
use hansei_domain::signal::SourceFormat;
use http::{Request, header};
use serde_json::json;

use super::User;
use crate::world::World;

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_has_no_second_effect() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let body = json!({"title": "Once", "severity": 2});
    let first = user.ask("POST", "/incidents", &[("idempotency-key", "k1")], Some(body.clone())).await;
    assert_eq!(first.header("idempotent-replayed"), "");
    world.clock.forward(600);
    let again = user.ask("POST", "/incidents", &[("idempotency-key", "k1")], Some(body.clone())).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(user.get("/incidents").await["items"].as_array().unwrap().len(), 1);

    let other = json!({"title": "Twice", "severity": 2});
    let mixed = user.ask("POST", "/incidents", &[("idempotency-key", "k1")], Some(other)).await;
    assert_eq!(mixed.json()["type"], "urn:hansei:problem:idempotency_mismatch");
    let elsewhere = user.ask("POST", "/incidents/1/acknowledge", &[("idempotency-key", "k1")], None).await;
    assert_eq!(elsewhere.status.as_u16(), 409);

    let stranger = User::new(&world, "Olga", Role::Responder).await;
    let own = stranger.ask("POST", "/incidents", &[("idempotency-key", "k1")], Some(body)).await;
    assert_eq!(
        (own.status.as_u16(), own.header("idempotent-replayed")),
        (201, ""),
        "keys of two people never meet"
    );
}

#[tokio::test]
async fn refusals_are_not_remembered_and_commands_are() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    user.post("/incidents", json!({"title": "x", "severity": 3})).await;
    let key = [("idempotency-key", "close-1")];
    let refused = user.ask("POST", "/incidents/1/close", &key, Some(json!({}))).await;
    assert_eq!(refused.status.as_u16(), 409);
    user.post("/incidents/1/resolve", json!({})).await;
    assert_eq!(user.ask("POST", "/incidents/1/close", &key, Some(json!({}))).await.status.as_u16(), 200);
    assert_eq!(
        user.ask("POST", "/incidents/1/close", &key, Some(json!({}))).await.header("idempotent-replayed"),
        "true"
    );
    let comment = [("idempotency-key", "c")];
    for _ in 0..3 {
        user.ask("POST", "/incidents/1/comments", &comment, Some(json!({"text": "once"}))).await;
    }
    assert_eq!(user.get("/incidents/1").await["notes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn requests_with_one_key_that_come_together_have_one_effect() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let body = json!({"title": "Together", "severity": 2});
    let one = || user.ask("POST", "/incidents", &[("idempotency-key", "k")], Some(body.clone()));
    let (a, b, c) = tokio::join!(one(), one(), one());
    assert!(a.body == b.body && b.body == c.body);
    assert_eq!(user.get("/incidents").await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_secret_is_not_repeated() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Mona", Role::Manager).await;
    let body = json!({"service": "chat", "format": "json", "name": "x"});
    let key = [("idempotency-key", "k")];
    let first = user.ask("POST", "/keys", &key, Some(body.clone())).await.json();
    let again = user.ask("POST", "/keys", &key, Some(body)).await.json();
    assert!(first["secret"].is_string());
    assert_eq!((&again["secret"], &again["key"]), (&json!(null), &first["key"]));
    assert_eq!(user.get("/keys").await["items"].as_array().unwrap().len(), 1);
    let bad = user.ask("POST", "/keys", &[("idempotency-key", "")], Some(json!({}))).await;
    assert_eq!(bad.json()["errors"][0]["field"], "Idempotency-Key");
}

/// What makes a secret, or cannot be done twice, is remembered in the very commit that does it: whatever dies in between
/// has done both or neither.
#[tokio::test]
async fn what_is_harmful_to_repeat_is_one_commit_with_its_answer() {
    let world = World::new().await;
    let service = world.service("chat").await;
    let user = User::admin(&world).await;
    user.get("/me").await;
    let made = user.post("/keys", json!({"service": "chat", "format": "json", "name": "x"})).await;
    let rotate = format!("/keys/{}/rotate", made["key"]["id"].as_str().unwrap());
    let key = world.app.catalog.now().keys()[0].id;
    let body = b"{\"summary\": \"Understood now\", \"severity\": \"critical\", \"source\": \"x\"}";
    let keep = async || {
        let kept = world.app.quarantine(key, service, SourceFormat::Json, "application/json", body, "a bug");
        kept.await.unwrap()
    };
    let (replayed, discarded) = (keep().await, keep().await);
    for (n, (path, body)) in [
        ("/keys".to_owned(), json!({"service": "chat", "format": "json", "name": "y"})),
        (rotate, json!({"overlap_secs": 60})),
        ("/tokens".into(), json!({"name": "script"})),
        ("/people/ada@example.org/password-link".into(), json!({})),
        (format!("/quarantine/{replayed}/replay"), json!({})),
        (format!("/quarantine/{discarded}/discard"), json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("k{n}");
        let key = [("idempotency-key", key.as_str())];
        let before = world.app.store.commit_figures().commits;
        let first = user.ask("POST", &path, &key, Some(body.clone())).await;
        assert!(first.status.is_success(), "{path}: {}", first.text());
        assert_eq!(world.app.store.commit_figures().commits - before, 1, "{path}");
        let again = user.ask("POST", &path, &key, Some(body)).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (first.status, "true"), "{path}");
    }
}

#[tokio::test]
async fn a_merge_that_is_asked_for_again_with_its_key_is_answered_again() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    for title in ["One", "Two"] {
        user.post("/incidents", json!({"title": title, "severity": 3})).await;
    }
    let key = [("idempotency-key", "k")];
    let first = user.ask("POST", "/incidents/2/merge", &key, Some(json!({"into": "1"}))).await;
    assert_eq!((first.status.as_u16(), first.json()["status"].as_str()), (200, Some("merged")));
    let again = user.ask("POST", "/incidents/2/merge", &key, Some(json!({"into": "1"}))).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (first.status, "true"));
    assert_eq!(again.text(), first.text());
    assert_eq!(user.refused("POST", "/incidents/2/merge", Some(json!({"into": "1"}))).await.0, 409);
}

#[tokio::test]
async fn a_signal_sent_again_with_its_key_is_the_same_signal() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let send = async |key: &str| {
        let body = json!({"service": "chat", "summary": "x"});
        let sent = user.ask("POST", "/signals", &[("idempotency-key", key)], Some(body)).await.json();
        sent["dedup_key"].as_str().unwrap().to_owned()
    };
    let first = send("k").await;
    // As if nobody remembered that it was answered.
    let later = hansei_domain::plus_secs(world.app.clock.now(), 400_000);
    assert!(world.app.store.sweep(later, later).await.unwrap() > 0);
    assert_eq!(send("k").await, first);
    assert_ne!(send("other").await, first);
}

#[tokio::test]
async fn bodies_that_are_too_much_are_refused_cheaply() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let send = async |kind: &str, body: Vec<u8>| {
        let request = Request::post("/api/v1/incidents")
            .header(header::AUTHORIZATION, format!("Bearer {}", user.token))
            .header(header::CONTENT_TYPE, kind);
        world.send(request.body(Body::from(body)).unwrap()).await.status.as_u16()
    };
    assert_eq!(send("application/json", vec![b' '; 1024 * 1024 + 1]).await, 413);
    let deep = format!("{{\"title\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    assert_eq!(send("application/json", deep.into_bytes()).await, 400);
    assert_eq!(send("application/json", b"{\"title\":\"\xff\"}".to_vec()).await, 400);
    assert_eq!(send("application/json", b"{".to_vec()).await, 400);
    assert_eq!(send("text/plain", b"{\"title\":\"x\",\"severity\":1}".to_vec()).await, 415);
}

#[tokio::test]
async fn without_a_known_token_nothing_is_told() {
    let world = World::new().await;
    let mut user = User::new(&world, "Rika", Role::Responder).await;
    user.token = "hns_unknown".into();
    for (method, path) in
        [("GET", "/incidents"), ("GET", "/incidents/99"), ("POST", "/keys"), ("GET", "/openapi.json")]
    {
        assert_eq!(user.refused(method, path, None).await.0, 401, "{method} {path}");
    }
}
