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
    for key in [unknown.as_str(), json_key.as_str(), "x"] {
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
    assert_eq!(firing(&world).await, 3, "and one that says that something is in quarantine");
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

async fn kept(world: &World) -> Vec<hansei_app::ports::QuarantineRow> {
    world.app.store.quarantine(true, None, 50).await.unwrap()
}

/// The header that names a key.
async fn post_with(world: &World, path: &str, header: (&str, &str), body: impl Into<Body>) -> Answer {
    world.send(Request::post(path).header(header.0, header.1).body(body.into()).unwrap()).await
}

#[tokio::test]
async fn an_event_that_is_no_text_is_kept_if_its_key_is_right() {
    let world = World::new().await;
    let key = world.key(world.service("db").await, SourceFormat::Pagerduty).await;
    let mut latin = event(&key, "a").into_bytes();
    let at = latin.windows(4).position(|w| w == b"Disk").unwrap();
    latin[at] = 0xe9;
    let broken = format!("{{oops, \"routing_key\": \"{key}\"}}").into_bytes();
    for (n, body) in [latin, broken].into_iter().enumerate() {
        let answer = post(&world, "/v2/enqueue", body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["status"], "Unrecognized object");
        let kept = kept(&world).await;
        assert_eq!((kept.len(), kept[0].body.len()), (n + 1, body.len()));
        assert!(!String::from_utf8_lossy(&kept[0].body).contains(&key), "blotted out");
    }
    assert_eq!(firing(&world).await, 1, "an alert says so");
    let wrong = b"{\"routing_key\":\"nobody\",\"x\":\"\xe9\"}".to_vec();
    assert_eq!(post(&world, "/v2/enqueue", wrong).await.status, StatusCode::FORBIDDEN);
    assert_eq!(kept(&world).await.len(), 2, "a stranger's is not kept");
}

#[tokio::test]
async fn an_event_that_names_no_key_is_told_so_by_the_originals_words() {
    let world = World::new().await;
    let hello = post(&world, "/v2/enqueue", "hello").await;
    assert_eq!(
        (hello.status, hello.json()["status"].as_str()),
        (StatusCode::BAD_REQUEST, Some("Unrecognized object"))
    );
    let empty = post(&world, "/v2/enqueue", event("", "a")).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert_eq!(empty.json()["errors"], json!(["'routing_key' is missing or blank"]));
}

#[tokio::test]
async fn of_a_batch_that_is_answered_yes_the_bad_alerts_are_kept() {
    let world = World::new().await;
    let key = world.key(world.service("db").await, SourceFormat::Alertmanager).await;
    let bad = r#"{"status":"firing","labels":{"a":5}}"#;
    let body = format!(r#"{{"version":"1","alerts":[{{"status":"firing","labels":{{"a":"1"}}}},{bad}]}}"#);
    let answer = post(&world, &format!("/webhooks/alertmanager/{key}"), body).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (StatusCode::ACCEPTED, &json!(1)));
    assert_eq!(answer.json()["notes"][0]["field"], "version");
    let kept = kept(&world).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(
        String::from_utf8(kept[0].body.clone()).unwrap(),
        format!(r#"{{"version":"4","alerts":[{bad}]}}"#)
    );
    assert!(kept[0].error.starts_with("alerts[1].labels.a"), "{}", kept[0].error);
    assert_eq!(firing(&world).await, 2, "the good one, and the one about the bad one");
    let good = r#"{"version":"1","alerts":[{"status":"firing","labels":{"a":"1"}}]}"#;
    assert_eq!(
        post(&world, &format!("/webhooks/alertmanager/{key}"), good).await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(self::kept(&world).await.len(), 1, "Grafana's version alone is no reason to keep anything");
}

#[tokio::test]
async fn a_batch_of_too_many_loses_none() {
    let world = World::new().await;
    let key = world.key(world.service("db").await, SourceFormat::Json).await;
    let items: Vec<_> = (0..2_002).map(|i| json!({"summary": "x", "dedup_key": i.to_string()})).collect();
    let answer = post(&world, &format!("/webhooks/json/{key}"), json!(items).to_string()).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (StatusCode::ACCEPTED, &json!(2_000)));
    let kept = kept(&world).await;
    let rest: serde_json::Value = serde_json::from_slice(&kept[0].body).unwrap();
    assert_eq!(rest, json!(items[2_000..]), "what was beyond can be read again");
}

#[tokio::test]
async fn what_is_refused_for_its_size_or_encoding_is_kept_as_far_as_it_goes() {
    let world = World::new().await;
    let service = world.service("db").await;
    let path = format!("/webhooks/json/{}", world.key(service, SourceFormat::Json).await);
    let large = format!("[{{\"summary\":\"{}\"}}]", "x".repeat(1 << 20));
    assert_eq!(post(&world, &path, large.clone()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let torn = post_with(&world, &path, ("content-encoding", "gzip"), "no gzip").await;
    assert_eq!(torn.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let key = world.key(service, SourceFormat::Pagerduty).await;
    let event = format!("{}{}", event(&key, "a"), " ".repeat(512 * 1024));
    assert_eq!(post(&world, "/v2/enqueue", event).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let kept = kept(&world).await;
    let shown: Vec<_> = kept.iter().rev().map(|row| (row.body.len(), row.truncated)).collect();
    assert_eq!(shown, [(64 * 1024, true), (7, false), (64 * 1024, true)]);
    assert!(large.as_bytes().starts_with(&kept[2].body));
    assert!(!String::from_utf8_lossy(&kept[0].body).contains(&key));
    let stranger = format!("/webhooks/json/{}", "0".repeat(32));
    assert_eq!(post(&world, &stranger, large).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn at_the_door_of_events_the_bodys_key_counts_and_a_header_only_without_one() {
    let world = World::new().await;
    let key = world.key(world.service("db").await, SourceFormat::Pagerduty).await;
    let foreign = ("authorization", "Basic cHJveHk6c2VjcmV0");
    assert_eq!(
        post_with(&world, "/v2/enqueue", foreign, event(&key, "a")).await.status,
        StatusCode::ACCEPTED
    );
    let bare = json!({"event_action": "resolve", "dedup_key": "a"}).to_string();
    let bearer = format!("Bearer {key}");
    for header in [("authorization", bearer.as_str()), ("x-routing-key", key.as_str())] {
        let answer = post_with(&world, "/v2/enqueue", header, bare.clone()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{header:?}: {}", answer.text());
    }
    let wrong = post_with(&world, "/v2/enqueue", ("authorization", &bearer), event("nobody", "a")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    let refused = post_with(&world, "/v2/enqueue", ("authorization", "Bearer nobody"), bare).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_key_that_came_twice_is_shown_nowhere() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Json).await;
    let bearer = format!("Bearer {key}");
    let body = format!("{{\"key\":\"{key}\", oops");
    assert_eq!(post_with(&world, "/webhooks/json", ("authorization", &bearer), body).await.status, 400);
    let row = &kept(&world).await[0];
    assert!(!String::from_utf8_lossy(&row.body).contains(&key));
    assert!(!world.app.samples.of(row.key_id)[0].body.contains(&key));
}

#[tokio::test]
async fn clients_of_the_original_can_read_why_they_are_refused() {
    let world = World::new().await;
    let key = world.key(world.service("db").await, SourceFormat::Alertmanager).await;
    let is_text = |answer: &Answer| {
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.json().is_string(), "{}", answer.text());
    };
    let wrong = post(&world, "/am/nobody/api/v2/alerts", "[]").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    is_text(&wrong);
    let silence = post(&world, &format!("/am/{key}/api/v2/silences"), "{}").await;
    assert_eq!(silence.status, StatusCode::BAD_REQUEST);
    is_text(&silence);
    assert!(silence.text().contains("not set here"));
    let one = world.get(&format!("/am/{key}/api/v2/silence/1")).await;
    assert_eq!(one.status, StatusCode::NOT_FOUND);
    is_text(&one);
    assert_eq!(post(&world, "/am/nobody/api/v2/silences", "{}").await.status, StatusCode::UNAUTHORIZED);
    let put = Request::put(format!("/am/{key}/api/v2/alerts")).body(Body::empty()).unwrap();
    let put = world.send(put).await;
    assert_eq!((put.status, put.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST, GET"));
    assert_eq!(put.json()["message"], "method PUT is not allowed, but [POST,GET] are");
    for path in ["healthy", "ready"] {
        let alive = world.get(&format!("/am/{key}/-/{path}")).await;
        assert_eq!((alive.status, alive.text().as_str()), (StatusCode::OK, "OK"));
    }
    assert_eq!(world.get("/am/nobody/-/ready").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_persons_token_opens_no_door_from_within_an_address() {
    let world = World::new().await;
    let (_, token) = world.person("Vera", Role::Viewer).await;
    let in_path = world.get(&format!("/am/{token}/api/v2/alerts")).await;
    assert_eq!(in_path.status, StatusCode::UNAUTHORIZED);
    let ask = || {
        let ask = Request::get("/api/v2/alerts").header(header::AUTHORIZATION, format!("Bearer {token}"));
        world.send(ask.body(Body::empty()).unwrap())
    };
    assert_eq!(ask().await.status, StatusCode::OK);
    world.app.store.close().await;
    let later = ask().await;
    assert_eq!((later.status, later.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "2"));
}

#[tokio::test]
async fn many_groups_are_listed_whole() {
    let world = World::new().await;
    for name in ["db", "web", "ops"] {
        let key = world.key(world.service(name).await, SourceFormat::Alertmanager).await;
        let batch: Vec<_> =
            (0..400).map(|i| json!({"labels": {"alertname": name, "i": i.to_string()}})).collect();
        post(&world, &format!("/am/{key}/api/v2/alerts"), json!(batch).to_string()).await;
    }
    world.decide().await;
    let (_, token) = world.person("Vera", Role::Viewer).await;
    let ask = Request::get("/api/v2/alerts/groups").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let groups = world.send(ask.body(Body::empty()).unwrap()).await.json();
    let shape: Vec<_> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|g| (g["receiver"]["name"].as_str().unwrap(), g["alerts"].as_array().unwrap().len()))
        .collect();
    assert_eq!(shape, [("db", 400), ("ops", 400), ("web", 400)]);
}
