//! Security headers on every class of answer, and problems in their two forms.

use axum::body::Body;
use hansei_domain::signal::SourceFormat;
use hansei_web::{Access, Routes, WebConfig};
use http::{Request, StatusCode, header};

use crate::world::{Answer, World};

#[track_caller]
fn dressed(answer: &Answer, what: &str) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{what}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{what}");
    if answer.header("content-type").starts_with("text/html") {
        assert!(
            policy.contains("require-trusted-types-for 'script'; trusted-types htmx"),
            "{what}: {policy}"
        );
    }
}

#[tokio::test]
async fn every_class_of_answer_is_dressed() {
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Alertmanager).await;
    for path in ["/about", "/nothing", "/api/v1/nothing", "/healthz", "/readyz", "/metrics", "/robots.txt"] {
        dressed(&world.get(path).await, path);
        dressed(&world.page(&world.admin, path).await, path);
    }
    for path in ["/v2/enqueue", "/api/v2/alerts", "/am/x/api/v2/alerts"] {
        dressed(&world.get(path).await, path);
    }
    dressed(&world.get(&format!("/am/{key}/api/v2/alerts")).await, "listing");
    dressed(&world.get(&format!("/am/{key}/api/v2/status")).await, "status");
    let posted = Request::post(format!("/am/{key}/api/v2/alerts")).body(Body::from("[]")).unwrap();
    dressed(&world.send(posted).await, "posted");
    let cross = Request::post("/about").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    dressed(&world.send(cross).await, "method not allowed");
}

#[tokio::test]
async fn pages_of_a_signed_in_person_are_not_stored() {
    let world = World::new().await;
    let page = world.page(&world.admin, "/about").await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
    let secrets =
        ["/sign-in".to_owned(), format!("/setup/{}", "0".repeat(64)), "/password/x".into(), "/p/x".into()];
    for path in secrets {
        assert_eq!(world.get(&path).await.header("cache-control"), "no-store", "{path}");
    }
}

/// Whatever refuses a request, it is told in one of the two forms.
#[tokio::test]
async fn what_cannot_be_extracted_is_a_problem_too() {
    let world = World::new().await;
    let token = world.token(world.admin.person, hansei_domain::access::Role::Admin).await;
    let api = world.api(&token, "GET", "/incidents/%FF", None).await;
    assert_eq!((api.status.as_u16(), api.header("content-type")), (400, "application/problem+json"));
    assert_eq!(api.json()["type"], "urn:hansei:problem:malformed");
    for path in ["/alerts?state=a&state=b", "/incidents/%FF", "/live/incident/x"] {
        let page = world.page(&world.admin, path).await;
        let html = page.header("content-type").starts_with("text/html");
        assert!(page.status.is_client_error() && html, "{path}: {} {}", page.status, page.text());
    }
    let nobody = world.api("hns_nobody", "GET", "/me", None).await;
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"hansei\"");
}

/// A proxy on this machine must not open the metrics to the world.
#[tokio::test]
async fn metrics_are_for_this_machine_and_not_for_who_comes_through_it() {
    let text: hansei_web::MetricsText = std::sync::Arc::new(|| Box::pin(async { "up 1\n".to_owned() }));
    let config = WebConfig { metrics: Some(text), ..WebConfig::default() };
    let world = World::with("http://hansei.test", config).await;
    let ask = async |header: Option<&str>| {
        let request = header.iter().fold(Request::get("/metrics"), |r, name| r.header(*name, "192.0.2.1"));
        world.send_from("127.0.0.1", request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(ask(None).await, StatusCode::OK);
    for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        assert_eq!(ask(Some(name)).await, StatusCode::UNAUTHORIZED, "{name}");
    }
}

#[tokio::test]
async fn https_adds_hsts_and_the_strict_cookie() {
    let plain = World::new().await;
    assert_eq!(plain.get("/healthz").await.header("strict-transport-security"), "");
    let world = World::with("https://hansei.example", WebConfig::default()).await;
    assert!(world.get("/healthz").await.header("strict-transport-security").contains("max-age=31536000"));
    assert_eq!(
        world.page(&world.admin, "/about").await.status,
        StatusCode::SEE_OTHER,
        "the plain cookie is nothing"
    );
    let strict = format!("__Host-{}", world.admin.cookie);
    let request = Request::get("/about").header(header::COOKIE, strict).body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn problems_speak_to_machines_and_to_people() {
    let world = World::new().await;
    let machine = world.get("/api/v1/nothing").await;
    assert_eq!(machine.status, StatusCode::NOT_FOUND);
    assert_eq!(machine.header("content-type"), "application/problem+json");
    let mut problem = machine.json();
    let instance = problem["instance"].take();
    assert!(instance.as_str().unwrap().starts_with("urn:hansei:request:req_"));
    assert_eq!(instance.as_str().unwrap().rsplit(':').next().unwrap(), machine.header("x-request-id"));
    insta::assert_json_snapshot!("problem_not_found", problem);
    let request = Request::get("/nothing").header("accept", "text/html").header("accept-language", "de");
    let person = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(person.header("content-type"), "text/html; charset=utf-8");
    assert!(person.text().contains("Hier ist nichts") && person.text().contains("lang=\"de\""));
}

#[tokio::test]
async fn metrics_are_for_scrapers() {
    let text: hansei_web::MetricsText =
        std::sync::Arc::new(|| Box::pin(async { "hansei_up 1\n".to_owned() }));
    let config = WebConfig { metrics: Some(text.clone()), ..WebConfig::default() };
    let world = World::with("http://hansei.test", config).await;
    let ask = || Request::get("/metrics").body(Body::empty()).unwrap();
    assert_eq!(world.send_from("192.0.2.1", ask()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.send_from("127.0.0.1", ask()).await.text(), "hansei_up 1\n");
    let config =
        WebConfig { metrics: Some(text), metrics_token: Some("secret".into()), ..WebConfig::default() };
    let world = World::with("http://hansei.test", config).await;
    assert_eq!(world.send_from("127.0.0.1", ask()).await.status, StatusCode::UNAUTHORIZED);
    let with = Request::get("/metrics").header(header::AUTHORIZATION, "Bearer secret").body(Body::empty());
    assert_eq!(world.send_from("192.0.2.1", with.unwrap()).await.status, StatusCode::OK);
}

async fn falls_over() -> &'static str {
    panic!("secret detail")
}

/// R47: a panic costs one request.
#[tokio::test]
async fn a_panic_is_an_answer_without_details() {
    let mut world = World::new().await;
    let routes = Routes::new().get("/falls", Access::Public, falls_over);
    world.site = hansei_web::Service::with_routes(world.site.web().clone(), routes);
    for _ in 0..2 {
        let answer = world.get("/falls").await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.json()["type"], "urn:hansei:problem:internal");
        assert!(!answer.text().contains("secret"), "{}", answer.text());
        dressed(&answer, "panic");
    }
}

/// Collects what is logged while it is set.
#[derive(Clone, Default)]
struct Sink(std::sync::Arc<parking_lot::Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// R39, F41: no key, token, cookie or password reaches the log, even at its most talkative.
#[tokio::test]
async fn secrets_do_not_reach_the_log() {
    let sink = Sink::default();
    let writer = sink.clone();
    let logging =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(logging.finish());
    let world = World::new().await;
    let service = world.service("db").await;
    let key = world.key(service, SourceFormat::Alertmanager).await;
    let pd = world.key(service, SourceFormat::Pagerduty).await;
    let (_, token) = world.person("Vera", hansei_domain::access::Role::Viewer).await;
    let canaries = [
        key.clone(),
        pd.clone(),
        token.clone(),
        "canary-in-a-path".into(),
        world.admin.cookie["hansei=".len()..].into(),
    ];
    let alerts = format!("/am/{key}/api/v2/alerts");
    world.send(Request::post(&alerts).body(Body::from("{")).unwrap()).await;
    world.get(&alerts).await;
    let event = format!("{{\"routing_key\":\"{pd}\"");
    world.send(Request::post("/v2/enqueue").body(Body::from(event)).unwrap()).await;
    for path in ["/setup/canary-in-a-path", "/password/canary-in-a-path", "/nothing/canary-in-a-path"] {
        world.page(&world.admin, path).await;
    }
    world.api(&token, "GET", "/incidents", None).await;
    world.api(&token, "POST", "/incidents", Some(serde_json::json!({}))).await;
    let log = String::from_utf8_lossy(&sink.0.lock()).into_owned();
    assert!(log.contains("answered"), "the log is on: {log}");
    for secret in canaries {
        assert!(!log.contains(&secret), "{secret} in {log}");
    }
}
