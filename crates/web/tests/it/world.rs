//! A whole Hansei in memory for one test: its own time, its own ids, one admin.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use hansei_app::auth::{Client, NewAdmin, NewToken};
use hansei_app::ports::{Clock, Ids, Senders, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_connect::{alertmanager, json, pagerduty};
use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{CatalogDoc, EscalationPolicy, IncidentRule, Origin, Person, Service, Theme};
use hansei_domain::ids::{PersonId, ServiceId};
use hansei_domain::signal::SourceFormat;
use hansei_domain::text::{Name, Slug};
use hansei_web::{Formats, Web, WebConfig};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::Value;

/// Time that stands still until it is moved.
pub struct FakeClock(AtomicU64);

impl FakeClock {
    pub fn new() -> Self {
        let start: Timestamp = "2024-07-02T08:00:00Z".parse().unwrap();
        Self(AtomicU64::new(u64::try_from(start.as_microsecond()).unwrap()))
    }

    pub fn forward(&self, secs: u64) {
        self.0.fetch_add(secs * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(i64::try_from(self.0.load(Ordering::SeqCst)).unwrap()).unwrap()
    }

    fn monotonic_nanos(&self) -> u64 {
        self.0.load(Ordering::SeqCst) * 1_000
    }
}

/// Ids and secrets that are the same in every run.
pub struct FakeIds(Mutex<u64>);

impl FakeIds {
    pub fn new() -> Self {
        Self(Mutex::new(0))
    }

    fn next(&self) -> u64 {
        let mut next = self.0.lock();
        *next += 1;
        *next
    }
}

impl Ids for FakeIds {
    fn fresh(&self, now: Timestamp) -> u128 {
        let millis = u128::try_from(now.as_millisecond()).unwrap();
        (millis << 80) | (u128::from(self.next()) << 32)
    }

    fn secret(&self) -> [u8; 32] {
        let mut out = [7; 32];
        // Spread over both halves, from which keys are made.
        out[8..16].copy_from_slice(&self.next().to_be_bytes());
        out[24..].copy_from_slice(&self.next().to_be_bytes());
        out
    }

    fn jitter(&self) -> u8 {
        128
    }
}

/// A whole Hansei.
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<FakeClock>,
    pub site: hansei_web::Service,
    /// The cookie's value and CSRF token of the admin.
    pub admin: Session,
}

/// A signed-in browser.
#[derive(Clone)]
pub struct Session {
    pub person: PersonId,
    pub cookie: String,
    pub csrf: String,
}

/// An answer with its body read.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }
}

pub fn formats() -> Formats {
    Formats {
        pagerduty: Arc::new(pagerduty::Pagerduty),
        alertmanager: Arc::new(alertmanager::ApiV2),
        webhook: Arc::new(alertmanager::WebhookV4),
        json: Arc::new(json::Json),
        listing: Arc::new(alertmanager::Listing),
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with("http://hansei.test", WebConfig::default()).await
    }

    pub async fn with(public_url: &str, config: WebConfig) -> Self {
        let clock = Arc::new(FakeClock::new());
        let store = hansei_store::memory(Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self::over(store, clock, public_url, config).await
    }

    pub async fn over(
        store: Arc<dyn Store>,
        clock: Arc<FakeClock>,
        public_url: &str,
        config: WebConfig,
    ) -> Self {
        let app = empty_app(store, Arc::clone(&clock), public_url).await;
        let token = app.setup_token().await.unwrap().unwrap();
        let new = NewAdmin {
            name: "Ada Admin".into(),
            email: "ada@example.org".into(),
            password: "correct horse battery".into(),
            organisation: "Example GmbH".into(),
            locale: "en".into(),
            zone: "Europe/Berlin".into(),
        };
        let signed = app.set_up(&token, &new, &Client::default()).await.unwrap();
        let site = hansei_web::Service::new(Web::new(Arc::clone(&app), config, formats()));
        let admin = session_of(signed.principal.person_id, signed.secret);
        Self { app, clock, site, admin }
    }

    /// Sends a request from a peer that is not this machine.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from("192.0.2.9", request).await
    }

    pub async fn send_from(&self, peer: &str, request: Request<Body>) -> Answer {
        let peer: IpAddr = peer.parse().unwrap();
        let (parts, body) = self.site.handle(request, peer).await.into_parts();
        // A stream has no end to wait for; that it opened is what was asked.
        let endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|v| v == "text/event-stream");
        let body = match endless {
            true => Vec::new(),
            false => body.collect().await.map(|b| b.to_bytes().to_vec()).unwrap_or_default(),
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// GET of a page by a signed-in browser.
    pub async fn page(&self, session: &Session, path: &str) -> Answer {
        let request =
            Request::get(path).header(header::COOKIE, &session.cookie).header("accept", "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A call of the API with a token.
    pub async fn api(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    /// Adds a person of a role; returns their token.
    pub async fn person(&self, name: &str, role: Role) -> (PersonId, String) {
        let ctx = self.app.ctx(Actor::Console);
        let person = Person {
            id: ctx.ids.fresh(),
            name: Name::lossy(name, "Somebody"),
            email: format!("{}@example.org", name.to_lowercase()),
            role,
            locale: "en".into(),
            zone: "UTC".into(),
            theme: Theme::System,
            contacts: vec![],
            next_contact_secs: 60,
        };
        let id = person.id;
        self.app.put_entry(&Actor::Console, CatalogDoc::Person(person), Origin::Setup).await.unwrap();
        (id, self.token(id, role).await)
    }

    pub async fn token(&self, person_id: PersonId, role: Role) -> String {
        let new = NewToken { person_id, name: "test".into(), role, expires_at: None };
        self.app.create_token(&Actor::Console, &new).await.unwrap().1.secret
    }

    /// A session of a person by password.
    pub async fn sign_in(&self, person: PersonId) -> Session {
        let password = "correct horse battery";
        if self.app.store.credential(person).await.unwrap().is_none() {
            self.app.set_password(&Actor::Console, person, password, None).await.unwrap();
        }
        let email = self.app.catalog.now().person(person).unwrap().email.clone();
        let signed = self.app.sign_in(&email, password, &Client::default()).await.unwrap().ok().unwrap();
        session_of(person, signed.secret)
    }

    pub async fn service(&self, slug: &str) -> ServiceId {
        let id: ServiceId = self.app.ctx(Actor::Console).ids.fresh();
        let doc = CatalogDoc::Service(Service {
            id,
            slug: Slug::parse("slug", slug).unwrap(),
            name: Name::lossy(slug, "service"),
            description: None,
            owner_team_id: None,
            components: vec![],
            runbook_url: None,
            escalation: EscalationPolicy::default(),
            rule: IncidentRule::default(),
        });
        self.app.put_entry(&Actor::Console, doc, Origin::Setup).await.unwrap();
        id
    }

    /// A key for a service; returns its secret.
    pub async fn key(&self, service: ServiceId, format: SourceFormat) -> String {
        self.app.create_key(&Actor::Console, service, format, "test").await.unwrap().1.secret
    }

    /// Decides everything that was accepted.
    pub async fn decide(&self) {
        while self.app.decide_once().await.unwrap() > 0 {}
    }
}

pub async fn empty_app(store: Arc<dyn Store>, clock: Arc<FakeClock>, public_url: &str) -> Arc<App> {
    let config = AppConfig { public_url: public_url.into(), lease_secs: 30, canary_secs: 0 };
    let words = Arc::new(Words::built_in());
    App::open(store, clock, Arc::new(FakeIds::new()), Senders::default(), words, config).await.unwrap()
}

fn session_of(person: PersonId, secret: String) -> Session {
    Session { person, cookie: format!("hansei={secret}"), csrf: hansei_web::session::csrf_of(&secret) }
}
