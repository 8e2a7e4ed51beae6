//! Machines in: keys, answers, limits, poison, quarantine, listings.

use std::io::Write;

use axum::body::Body;
use hansei_app::ports::AlertQuery;
use hansei_domain::access::Role;
use hansei_domain::signal::SourceFormat;
use hansei_web::{Limits, WebConfig};
use http::{Request, StatusCode, header};
use serde_json::json;

use crate::world::{Answer, World};

async fn post(world: &World, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(body.into()).unwrap()).await
}

fn event(key: &str, dedup: &str) -> String {
    json!({"routing_key": key, "event_action": "trigger", "dedup_key": dedup,
        "payload": {"summary": "Disk full", "source": "db1", "severity": "critical"}})
    .to_string()
}

async fn firing(world: &World) -> usize {
    world.decide().await;
    let query = AlertQuery { limit: 10_000, ..AlertQuery::default() };
    world.app.store.alerts(&query).await.unwrap().len()
}

#[tokio::test]
async fn pagerduty_is_answered_as_by_the_original() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Pagerduty).await;
    let answer = post(&world, "/v2/enqueue", event(&key, "disk/db1")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(
        answer.json(),
        json!({"status": "success", "message": "Event processed", "dedup_key": "disk/db1"})
    );
    let bad = post(&world, "/v2/enqueue", json!({"routing_key": key, "event_action": "trigger"}).to_string());
    let bad = bad.await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.json()["status"], "invalid event");
    assert_eq!(firing(&world).await, 1);
}

#[tokio::test]
async fn a_wrong_key_learns_nothing() {
    let world = World::new().await;
    let service = world.service("db").await;
    let json_key = world.key(service, SourceFormat::Json).await;
    let unknown = "0".repeat(32);
    let mut told = Vec::new();
    for key in [unknown.as_str(), json_key.as_str(), "", "x"] {
        let answer = post(&world, "/v2/enqueue", event(key, "a")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{key}");
        told.push(answer.text());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    for path in ["/webhooks/json", "/api/v2/alerts", "/webhooks/alertmanager", "/am/x/api/v2/alerts"] {
        let answer = post(&world, path, "[]").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(answer.header("www-authenticate").contains("Basic"), "{path}");
    }
    assert_eq!(post(&world, &format!("/webhooks/json/{json_key}"), "[]").await.status, StatusCode::ACCEPTED);
    assert_eq!(
        post(&world, &format!("/webhooks/alertmanager/{json_key}"), "{}").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(firing(&world).await, 0);
}

#[tokio::test]
async fn a_prometheus_may_put_its_key_into_the_path_or_the_header() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Alertmanager).await;
    let alert = |pod: &str| json!([{"labels": {"alertname": "A", "pod": pod}}]).to_string();
    let path = post(&world, &format!("/am/{key}/api/v2/alerts"), alert("1")).await;
    assert_eq!((path.status, path.text().as_str()), (StatusCode::OK, ""));
    use base64::Engine;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("prom:{key}"));
    for value in [format!("Bearer {key}"), format!("Basic {basic}")] {
        let request = Request::post("/api/v2/alerts").header(header::AUTHORIZATION, value);
        assert_eq!(world.send(request.body(alert("2").into()).unwrap()).await.status, StatusCode::OK);
    }
    assert_eq!(firing(&world).await, 2);
}

#[tokio::test]
async fn good_items_go_on_and_bad_ones_are_named() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Json).await;
    let body =
        json!([{"summary": "a", "dedup_key": "a"}, {"sumary": "b"}, {"summary": "c", "dedup_key": "c"}]);
    let answer = post(&world, &format!("/webhooks/json/{key}"), body.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let told = answer.json();
    assert_eq!(told["accepted"], 2);
    assert_eq!(told["dedup_keys"], json!(["a", "c"]));
    assert_eq!(told["refused"][0]["index"], 1);
    assert_eq!(firing(&world).await, 2);
    let all_bad = post(&world, &format!("/webhooks/json/{key}"), "[{}]").await;
    assert_eq!(all_bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_without_its_key() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Pagerduty).await;
    let body = format!("{{\"routing_key\":\"{key}\",\"event_action\":\"trigger\", oops");
    let answer = post(&world, "/v2/enqueue", body.clone()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["status"], "Unrecognized object");
    let kept = world.app.store.quarantine(true, None, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].body.len(), body.len());
    let text = String::from_utf8(kept[0].body.clone()).unwrap();
    assert!(!text.contains(&key) && text.contains(&"*".repeat(key.len())), "{text}");
    let sample = &world.app.samples.of(kept[0].key_id)[0];
    assert!(!sample.body.contains(&key), "{}", sample.body);
}

#[tokio::test]
async fn the_sample_of_a_good_payload_does_not_show_its_key() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Pagerduty).await;
    post(&world, "/v2/enqueue", event(&key, "a")).await;
    let catalog = world.app.catalog.now();
    let id = catalog.keys()[0].id;
    let sample = &world.app.samples.of(id)[0];
    assert!(sample.body.contains("Disk full") && !sample.body.contains(&key), "{}", sample.body);
}

#[tokio::test]
async fn keeping_the_unreadable_has_a_limit_that_is_told() {
    let limits = Limits { unreadable_per_min: 2, ..Limits::default() };
    let world = World::with("http://hansei.test", WebConfig { limits, ..WebConfig::default() }).await;
    let service = world.service("db").await;
    let path = format!("/webhooks/json/{}", world.key(service, SourceFormat::Json).await);
    for _ in 0..2 {
        assert_eq!(post(&world, &path, "{").await.status, StatusCode::BAD_REQUEST);
    }
    let third = post(&world, &path, "{").await;
    assert_eq!((third.status, third.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert_eq!(world.app.store.quarantine(true, None, 10).await.unwrap().len(), 2);
    world.clock.forward(60);
    assert_eq!(post(&world, &path, "{").await.status, StatusCode::BAD_REQUEST);
}

/// F25: each is refused, and the site goes on.
#[tokio::test]
async fn poison_is_refused_at_every_door() {
    let world = World::new().await;
    let service = world.service("db").await;
    let am = world.key(service, SourceFormat::Alertmanager).await;
    let js = world.key(service, SourceFormat::Json).await;
    let deep = "[".repeat(100_000);
    let many = format!("[{{\"labels\":{{{}}}}}]", vec!["\"a\":\"b\""; 50_000].join(","));
    let poison: [Vec<u8>; 9] = [
        b"\xff\xfe\x00".to_vec(),
        b"{\"a\":\"\xc3\x28\"}".to_vec(),
        deep.into_bytes(),
        many.into_bytes(),
        b"[{\"labels\":{\"a\":\"\\ud800\"}}]".to_vec(),
        b"[{\"labels\":{\"a\":\"\\u0000\"}}]".to_vec(),
        b"[1e400]".to_vec(),
        b"".to_vec(),
        vec![b' '; 900_000],
    ];
    for path in [
        format!("/am/{am}/api/v2/alerts"),
        format!("/webhooks/alertmanager/{am}"),
        format!("/webhooks/json/{js}"),
    ] {
        for body in &poison {
            let answer = post(&world, &path, body.clone()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert!(answer.status.is_client_error(), "{path} {shown}: {}", answer.status);
        }
    }
    world.decide().await;
    let ours = AlertQuery { limit: 100, ..AlertQuery::default() };
    let alerts = world.app.store.alerts(&ours).await.unwrap();
    assert!(
        alerts.iter().all(|l| format!("{:?}", l.state).contains("hansei-unreadable")),
        "nothing else got in"
    );
}

#[tokio::test]
async fn bodies_are_limited_before_and_after_decompression() {
    let world = World::new().await;
    let service = world.service("db").await;
    let path = format!("/webhooks/json/{}", world.key(service, SourceFormat::Json).await);
    let large = post(&world, &path, vec![b' '; 1024 * 1024 + 1]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let send = |encoding: &'static str, body: Vec<u8>| {
        let request = Request::post(&path).header(header::CONTENT_ENCODING, encoding).body(Body::from(body));
        world.send(request.unwrap())
    };
    assert_eq!(send("gzip", pack(br#"{"summary":"x"}"#)).await.status, StatusCode::ACCEPTED);
    assert_eq!(send("gzip", pack(&vec![b' '; 9 << 20])).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send("gzip, gzip", pack(b"x")).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(send("br", b"x".to_vec()).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let key = world.key(service, SourceFormat::Pagerduty).await;
    let event = format!("{}{}", event(&key, "a"), " ".repeat(512 * 1024));
    assert_eq!(post(&world, "/v2/enqueue", event).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn amtool_and_karma_read_what_is_firing() {
    let world = World::new().await;
    let (db, web) = (world.service("db").await, world.service("web").await);
    let key = world.key(db, SourceFormat::Alertmanager).await;
    let other = world.key(web, SourceFormat::Alertmanager).await;
    let batch: Vec<_> =
        (0..1_234).map(|i| json!({"labels": {"alertname": "A", "i": i.to_string()}})).collect();
    assert_eq!(post(&world, &format!("/am/{key}/api/v2/alerts"), json!(batch).to_string()).await.status, 200);
    post(&world, &format!("/am/{other}/api/v2/alerts"), r#"[{"labels":{"alertname":"W"}}]"#).await;
    world.decide().await;
    let list = world.get(&format!("/am/{key}/api/v2/alerts")).await;
    assert_eq!(list.json().as_array().unwrap().len(), 1_234, "of its own service, over several pages");
    let one = world.get(&format!("/am/{key}/api/v2/alerts?filter=i%3D%2277%22")).await.json();
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["receivers"], json!([{"name": "db"}]));
    let wrong = world.get(&format!("/am/{key}/api/v2/alerts?filter=%7B")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let groups = world.get(&format!("/am/{key}/api/v2/alerts/groups")).await.json();
    assert_eq!(groups.as_array().unwrap().len(), 1);
    assert_eq!(groups[0]["alerts"].as_array().unwrap().len(), 1_234);
    let empty = world.get(&format!("/am/{key}/api/v2/alerts/groups?filter=i%3D%22none%22")).await;
    assert_eq!(empty.json(), json!([]));
    assert_eq!(world.get(&format!("/am/{key}/api/v2/silences")).await.json(), json!([]));
    assert_eq!(world.get(&format!("/am/{key}/api/v2/receivers")).await.json(), json!([{"name": "db"}]));
    assert!(world.get(&format!("/am/{key}/api/v2/status")).await.json()["versionInfo"].is_object());
    let (_, token) = world.person("Vera", Role::Viewer).await;
    let all = Request::get("/api/v2/alerts").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let all = world.send(all.body(Body::empty()).unwrap()).await.json();
    assert_eq!(all.as_array().unwrap().len(), 1_235, "a person's token sees all services");
    assert_eq!(world.get("/am/x/api/v2/alerts").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn methods_that_a_door_does_not_take_are_named() {
    let world = World::new().await;
    let answer = world.get("/v2/enqueue").await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

/// R2: what cannot be stored is not accepted, and the sender is told when to come back.
#[tokio::test]
async fn a_store_that_cannot_gives_503_in_the_senders_words() {
    let world = World::new().await;
    let service = world.service("db").await;
    let am = world.key(service, SourceFormat::Alertmanager).await;
    let pd = world.key(service, SourceFormat::Pagerduty).await;
    world.app.store.close().await;
    let alert = r#"[{"labels":{"alertname":"A"}}]"#;
    for (path, body) in
        [(format!("/am/{am}/api/v2/alerts"), alert.to_owned()), ("/v2/enqueue".into(), event(&pd, "a"))]
    {
        let answer = post(&world, &path, body).await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (StatusCode::SERVICE_UNAVAILABLE, "2"),
            "{path}"
        );
    }
    let list = world.get(&format!("/am/{am}/api/v2/alerts")).await;
    assert_eq!(list.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK, "the process itself is well");
}

/// R6: who repeats too much is slowed down; what is new goes on.
#[tokio::test]
async fn repeats_beyond_the_limit_are_answered_429_and_news_never_are() {
    let limits = Limits { repeats_per_sec: 3, ..Limits::default() };
    let world = World::with("http://hansei.test", WebConfig { limits, ..WebConfig::default() }).await;
    let path = format!("/webhooks/json/{}", world.key(world.service("db").await, SourceFormat::Json).await);
    let one = |key: &str| json!({"summary": "x", "dedup_key": key}).to_string();
    post(&world, &path, one("a")).await;
    world.decide().await;
    let mut refused = 0;
    for _ in 0..6 {
        let answer = post(&world, &path, one("a")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.header("retry-after"), "1");
            refused += 1;
        }
    }
    assert!(refused >= 1, "repeats are recognised and counted");
    assert_eq!(
        post(&world, &path, one("b")).await.status,
        StatusCode::ACCEPTED,
        "a new alert in the same second"
    );
    let both = json!([{"summary": "x", "dedup_key": "a"}, {"summary": "x", "dedup_key": "c"}]);
    assert_eq!(post(&world, &path, both.to_string()).await.status, StatusCode::ACCEPTED);
    world.clock.forward(1);
    assert_eq!(post(&world, &path, one("a")).await.status, StatusCode::ACCEPTED);
    assert_eq!(firing(&world).await, 3);
}
