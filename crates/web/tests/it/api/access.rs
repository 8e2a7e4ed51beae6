//! Who one is, tokens, the system, streams.

use std::net::IpAddr;

use axum::body::Body;
use hansei_domain::access::Role;
use hansei_domain::signal::SourceFormat;
use http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::User;
use crate::world::World;

#[tokio::test]
async fn one_knows_who_one_is() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let me = user.get("/me").await;
    assert_eq!((me["name"].as_str(), me["role"].as_str()), (Some("Rika"), Some("responder")));
    assert_eq!(me["id"], user.id.as_str());
    let by_session = Request::get("/api/v1/me").header(header::COOKIE, &world.admin.cookie);
    let answer = world.send(by_session.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.json()["name"].as_str(), &answer.json()["token_id"]),
        (Some("Ada Admin"), &Value::Null)
    );
}

#[tokio::test]
async fn tokens_are_never_more_than_what_makes_them() {
    let world = World::new().await;
    let admin = User::admin(&world).await;
    let made = admin.post("/tokens", json!({"name": "script", "role": "responder"})).await;
    let weak =
        User { world: &world, token: made["secret"].as_str().unwrap().to_owned(), id: admin.id.clone() };
    assert_eq!(weak.get("/me").await["role"], "responder");
    let (status, problem) =
        weak.refused("POST", "/tokens", Some(json!({"name": "x", "role": "admin"}))).await;
    assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("role")));
    assert_eq!(weak.post("/tokens", json!({"name": "x"})).await["token"]["role"], "responder");
    assert_eq!(weak.refused("GET", "/tokens?all=true", None).await.0, 403);

    let rika = User::new(&world, "Rika", Role::Responder).await;
    let others = json!({"name": "x", "person": "ada@example.org"});
    assert_eq!(rika.refused("POST", "/tokens", Some(others)).await.0, 403);
    let for_rika = admin
        .post("/tokens", json!({"name": "for Rika", "person": "rika@example.org", "role": "viewer"}))
        .await;
    assert_eq!(for_rika["token"]["person"]["name"], "Rika");
    let (_, problem) = admin
        .refused("POST", "/tokens", Some(json!({"name": "x", "person": "rika@example.org", "role": "admin"})))
        .await;
    assert_eq!(problem["errors"][0]["field"], "role", "never more than its person");
    let (_, problem) = admin
        .refused("POST", "/tokens", Some(json!({"name": "x", "expires_at": "2001-01-01T00:00:00Z"})))
        .await;
    assert_eq!(problem["errors"][0]["field"], "expires_at");
}

#[tokio::test]
async fn tokens_are_listed_without_secrets_and_taken_back() {
    let world = World::new().await;
    let rika = User::new(&world, "Rika", Role::Responder).await;
    let made = rika.post("/tokens", json!({"name": "script", "expires_at": "2030-01-01T00:00:00Z"})).await;
    let (id, secret) = (made["token"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let list = rika.get("/tokens").await;
    assert_eq!(list["items"][0]["id"], id);
    assert!(!list.to_string().contains(secret));
    let olga = User::new(&world, "Olga", Role::Manager).await;
    let unknown = olga.refused("DELETE", "/tokens/tok_00000000000000000000000009", None).await;
    assert_eq!(
        olga.refused("DELETE", &format!("/tokens/{id}"), None).await,
        unknown,
        "a foreign one does not exist"
    );
    rika.done("DELETE", &format!("/tokens/{id}"), None).await;
    let gone = User { world: &world, token: secret.to_owned(), id: rika.id.clone() };
    assert_eq!(gone.refused("GET", "/me", None).await.0, 401);
}

#[tokio::test]
async fn the_system_says_how_it_fares() {
    let world = World::new().await;
    let vera = User::new(&world, "Vera", Role::Viewer).await;
    assert_eq!(vera.refused("GET", "/system", None).await.0, 403, "as on screen");
    let user = User::new(&world, "Rika", Role::Responder).await;
    world.app.audit_once().await.unwrap();
    let system = user.get("/system").await;
    assert_eq!(system["audit"]["findings"], json!([]));
    assert!(
        system["store"]["last_seq"].as_u64().unwrap() > 0
            && system["commits"]["commits"].as_u64().unwrap() > 0
    );
    assert_eq!(system["canary"]["home"], false);
}

/// Reads a stream until a message has this text.
async fn until(
    body: &mut (impl BodyExt<Data = bytes::Bytes, Error = axum::BoxError> + Unpin),
    text: &str,
) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        let frame =
            body.frame().await.unwrap_or_else(|| panic!("the stream ended before {text}: {seen}")).unwrap();
        seen.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
    }
    seen
}

#[tokio::test]
async fn what_happens_is_streamed_and_resumed() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    user.post("/incidents", json!({"title": "One", "severity": 3})).await;
    while world.app.tail_once().await.unwrap() > 0 {}
    let peer: IpAddr = "192.0.2.9".parse().unwrap();
    let open = async |query: &str, last: Option<u64>| {
        let mut request = Request::get(format!("/api/v1/events{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", user.token));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = world.site.handle(request.body(Body::empty()).unwrap(), peer).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body()
    };
    let mut all = open("", None).await;
    let mut other = open("?kind=incident&incident=1", None).await;
    assert!(until(&mut all, "event: ").await.contains("event: ping"));
    user.post("/incidents", json!({"title": "Two", "severity": 3})).await;
    user.post("/incidents/1/comments", json!({"text": "Only of one"})).await;
    while world.app.tail_once().await.unwrap() > 0 {}
    let seen = until(&mut all, "Only of one").await;
    assert!(seen.contains("event: journal") && seen.contains("\"Two\""), "{seen}");
    let filtered = until(&mut other, "Only of one").await;
    assert!(!filtered.contains("\"Two\""), "{filtered}");

    let line = seen.lines().find_map(|l| l.strip_prefix("data: {")).unwrap();
    let entry: Value = serde_json::from_str(&format!("{{{line}")).unwrap();
    let schema = json!({"$ref": "#/components/schemas/EventView"});
    assert_eq!(super::schema::misfits(&super::DOCUMENT, &schema, &entry), Vec::<String>::new());
    let seq = entry["seq"].as_u64().unwrap();
    let mut resumed = open("", Some(seq)).await;
    let rest = until(&mut resumed, "Only of one").await;
    assert!(!rest.contains("\"Two\""), "it goes on behind what was seen: {rest}");
    let mut lost = open("?after=99999", None).await;
    assert!(until(&mut lost, "event: ").await.contains("event: resync"));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_resumes_has_everything_at_once() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let key = world.key(world.service("db").await, SourceFormat::Json).await;
    let many: Vec<_> = (0..600).map(|n| json!({"summary": "x", "dedup_key": format!("key-{n}.")})).collect();
    let request = Request::post(format!("/webhooks/json/{key}")).body(Body::from(json!(many).to_string()));
    assert_eq!(world.send(request.unwrap()).await.status.as_u16(), 202);
    world.decide().await;
    while world.app.tail_once().await.unwrap() > 0 {}
    let request = Request::get("/api/v1/events?after=0&kind=alert")
        .header(header::AUTHORIZATION, format!("Bearer {}", user.token));
    let peer: IpAddr = "192.0.2.9".parse().unwrap();
    let mut log = world.site.handle(request.body(Body::empty()).unwrap(), peer).await.into_body();
    let begun = tokio::time::Instant::now();
    let seen = until(&mut log, "key-599.").await;
    assert!(seen.matches("event: journal").count() >= 600, "{}", seen.len());
    assert!(begun.elapsed() < std::time::Duration::from_millis(300), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_self_test_is_nobodys_news() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let peer: IpAddr = "192.0.2.9".parse().unwrap();
    let request = Request::get("/api/v1/events?after=0")
        .header(header::AUTHORIZATION, format!("Bearer {}", user.token));
    world.app.canary_out().await.unwrap();
    world.decide().await;
    user.post("/incidents", json!({"title": "Real", "severity": 3})).await;
    let before = world.app.live.last_seq();
    assert!(before < world.app.store.last_seq().await.unwrap());
    let mut stream = world.site.handle(request.body(Body::empty()).unwrap(), peer).await.into_body();
    while world.app.tail_once().await.unwrap() > 0 {}
    let seen = until(&mut stream, "Real").await;
    assert!(!seen.contains("elf-test") && !seen.contains("page.requested"), "{seen}");
    assert_eq!(user.get("/alerts").await["items"], json!([]));
    assert_eq!(user.get("/incidents").await["items"].as_array().unwrap().len(), 1);
}

/// What pages keep from a reader, the stream of events does not tell.
#[tokio::test]
async fn what_is_somebodys_own_business_is_not_streamed_to_everybody() {
    use hansei_domain::access::Actor;
    use hansei_domain::catalog::{CatalogDoc, Contact, ContactKind, Origin};
    let world = World::new().await;
    let (vera, rika) =
        (User::new(&world, "Vera", Role::Viewer).await, User::new(&world, "Rika", Role::Responder).await);
    let admin = User::admin(&world).await;
    let mut person = world.app.catalog.now().person(rika.id.parse().unwrap()).unwrap().clone();
    let webhook = ContactKind::Webhook { url: "https://hooks.example.org/services/T0-secret".into() };
    person.contacts = vec![Contact { id: world.app.ctx(Actor::Console).ids.fresh(), contact: webhook }];
    world.app.put_entry(&Actor::Console, CatalogDoc::Person(person), Origin::Screen).await.unwrap();
    world.app.password_link(&Actor::Console, rika.id.parse().unwrap()).await.unwrap();
    world.key(world.service("chat").await, SourceFormat::Json).await;
    while world.app.tail_once().await.unwrap() > 0 {}
    let peer: IpAddr = "192.0.2.9".parse().unwrap();
    let read = async |user: &User<'_>| {
        let request = Request::get("/api/v1/events?after=0")
            .header(header::AUTHORIZATION, format!("Bearer {}", user.token));
        let body = world.site.handle(request.body(Body::empty()).unwrap(), peer).await.into_body();
        until(&mut { body }, "\"kind\":\"key\"").await
    };
    for user in [&vera, &rika, &admin] {
        let seen = read(user).await;
        let whole = user.id != vera.id;
        assert_eq!(seen.contains("T0-secret"), whole, "{seen}");
        assert_eq!(seen.contains("password_link_made"), whole, "{seen}");
        assert!(seen.contains("https://hooks.example.org/"), "that there is a webhook is no secret");
        let hashes = seen.split("\"sha256\":\"").skip(1);
        assert!(hashes.clone().count() > 0 && hashes.into_iter().all(|rest| rest.starts_with('…')), "{seen}");
        let shown = user.get("/people/rika@example.org").await.to_string();
        assert_eq!(shown.contains("T0-secret"), whole, "{shown}");
    }
    assert_eq!(vera.refused("GET", "/export", None).await.0, 403);
    let page = world.sign_in(vera.id.parse().unwrap()).await;
    let html = world.page(&page, &format!("/people/{}", rika.id)).await.text();
    assert!(html.contains("hooks.example.org") && !html.contains("T0-secret"));
}

#[tokio::test]
async fn streams_have_limits_and_known_filters() {
    let config = hansei_web::WebConfig {
        limits: hansei_web::Limits { streams_per_person: 1, ..hansei_web::Limits::default() },
        ..hansei_web::WebConfig::default()
    };
    let world = World::with("http://hansei.test", config).await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let peer: IpAddr = "192.0.2.9".parse().unwrap();
    let request = || {
        Request::get("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {}", user.token))
            .body(Body::empty())
            .unwrap()
    };
    let held = world.site.handle(request(), peer).await;
    assert_eq!(held.status().as_u16(), 200);
    let refused = world.send(request()).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after").is_empty()), (429, false));
    drop(held);
    assert_eq!(world.site.handle(request(), peer).await.status().as_u16(), 200);
    let (_, problem) = user.refused("GET", "/events?kind=gossip", None).await;
    assert_eq!(problem["errors"][0]["field"], "kind");
    assert_eq!(user.refused("GET", "/events?incident=9", None).await.0, 404);
}
