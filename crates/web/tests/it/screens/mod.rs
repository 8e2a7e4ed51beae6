//! The operator screens of alerts and incidents, as people use them: pages, forms, streams, without a browser.

mod actions;
mod alerts;
mod hostile;
mod incidents;
mod links;
mod live;
mod now;
mod respond;

use axum::body::Body;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{
    CatalogDoc, Contact, ContactKind, EscalationPolicy, EscalationStep, IncidentRule, Origin, Person,
    Service, StepTarget, Theme,
};
use hansei_domain::ids::{AlertId, PersonId, ServiceId, TypedId};
use hansei_domain::incident::Incident;
use hansei_domain::journal::State;
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};
use hansei_domain::text::{Name, Slug};
use http::{Request, header};

use crate::world::{Answer, Session, World};

/// A small organisation: a service with two steps, two responders, a viewer.
pub struct Stage {
    pub world: World,
    pub service: ServiceId,
    pub key: hansei_domain::ids::KeyId,
    /// A responder who reads English; first step.
    pub ana: Session,
    /// A responder who reads Japanese; second step.
    pub jun: Session,
    /// May only look; reads German.
    pub vera: Session,
}

impl Stage {
    pub async fn new() -> Self {
        let world = World::new().await;
        let ana = add(&world, "Ana Ruiz", Role::Responder, "en", "Europe/Berlin").await;
        let jun = add(&world, "佐藤 純", Role::Responder, "ja", "Asia/Tokyo").await;
        let vera = add(&world, "Vera Blum", Role::Viewer, "de", "Europe/Berlin").await;
        let service = put_service(&world, "Chat gateway", &[(0, ana), (300, jun)]).await;
        let key =
            world.app.create_key(&Actor::Console, service, SourceFormat::Json, "Prometheus").await.unwrap().0;
        let (ana, jun) = (world.sign_in(ana).await, world.sign_in(jun).await);
        let vera = world.sign_in(vera).await;
        Self { world, service, key, ana, jun, vera }
    }

    /// Lets an alert of the service fire, and decides what follows.
    pub async fn fire(&self, key: &str, severity: AlertSeverity) {
        self.fire_with(key, |content| Content { severity, ..content }).await;
    }

    pub async fn fire_with(&self, key: &str, change: impl FnOnce(Content) -> Content) {
        let mut content = Content::plain(format!("{key} is slow"), AlertSeverity::Critical, "gateway-1");
        content.labels = vec![("alertname".into(), key.into()), ("pod".into(), "17".into())];
        self.signal(key, SignalAction::Trigger, Some(change(content))).await;
    }

    pub async fn clear(&self, key: &str) {
        self.signal(key, SignalAction::Resolve, None).await;
    }

    async fn signal(&self, key: &str, action: SignalAction, content: Option<Content>) {
        let signal = Signal {
            service_id: self.service,
            key_id: self.key,
            format: SourceFormat::Json,
            action,
            dedup_key: key.into(),
            content,
            occurred_at: None,
            expires_at: None,
            received_at: self.world.app.clock.now(),
        };
        self.world.app.accept(&[signal]).await.unwrap();
        self.world.decide().await;
    }

    /// Moves time and lets pass what is due.
    pub async fn forward(&self, secs: u64) {
        self.world.clock.forward(secs);
        while self.world.app.due_once().await.unwrap() > 0 {}
    }

    pub async fn incident(&self, number: u64) -> Incident {
        self.world.app.store.incident_by_number(number).await.unwrap().unwrap().incident
    }

    pub async fn version(&self, number: u64) -> u64 {
        self.world.app.store.incident_by_number(number).await.unwrap().unwrap().version
    }

    /// The id of the newest alert.
    pub async fn alert(&self) -> AlertId {
        let query = hansei_app::ports::AlertQuery { limit: 1, ..Default::default() };
        match self.world.app.store.alerts(&query).await.unwrap().remove(0).state {
            State::Alert(alert) => alert.id,
            other => panic!("{other:?}"),
        }
    }

    /// A page as text, with status 200.
    pub async fn look(&self, who: &Session, path: &str) -> String {
        let answer = self.world.page(who, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends a form.
    pub async fn post(&self, who: &Session, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_by(who, path, fields, None).await
    }

    /// Sends a form as htmx does from a page of this address.
    pub async fn post_from(&self, who: &Session, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_by(who, path, fields, Some(page)).await
    }

    async fn post_by(
        &self,
        who: &Session,
        path: &str,
        fields: &[(&str, &str)],
        page: Option<&str>,
    ) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("_csrf", &who.csrf);
        body.extend_pairs(fields);
        let mut request = Request::post(path)
            .header(header::COOKIE, &who.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html");
        if let Some(page) = page {
            request = request
                .header("hx-request", "true")
                .header("hx-current-url", format!("http://hansei.test{page}"));
        }
        self.world.send(request.body(Body::from(body.finish())).unwrap()).await
    }

    /// Does something to incident 1 by form, which must be taken.
    pub async fn act(&self, who: &Session, action: &str, fields: &[(&str, &str)]) {
        let answer = self.post(who, &format!("/incidents/1/do/{action}"), fields).await;
        assert_eq!(answer.status, 303, "{action}: {}", visible(&answer.text()));
        assert_eq!(answer.header("location"), "/incidents/1");
    }
}

async fn add(world: &World, name: &str, role: Role, locale: &str, zone: &str) -> PersonId {
    let ctx = world.app.ctx(Actor::Console);
    let id: PersonId = ctx.ids.fresh();
    let email = format!("p{}@example.org", id.bits() % 1_000_000_007);
    let person = Person {
        id,
        name: Name::lossy(name, "Somebody"),
        email: email.clone(),
        role,
        locale: locale.into(),
        zone: zone.into(),
        theme: Theme::System,
        contacts: vec![Contact { id: ctx.ids.fresh(), contact: ContactKind::Email { address: email } }],
        next_contact_secs: 60,
    };
    world.app.put_entry(&Actor::Console, CatalogDoc::Person(person), Origin::Setup).await.unwrap();
    id
}

pub async fn put_service(world: &World, name: &str, steps: &[(u32, PersonId)]) -> ServiceId {
    let id: ServiceId = world.app.ctx(Actor::Console).ids.fresh();
    let steps = steps.iter().map(|(delay_secs, person)| EscalationStep {
        delay_secs: *delay_secs,
        targets: vec![StepTarget::Person { id: *person }],
    });
    let escalation = EscalationPolicy {
        steps: steps.collect(),
        repeat: 0,
        exhaust_after_secs: 600,
        ack_timeout_secs: Some(1_800),
    };
    let service = Service {
        id,
        slug: Slug::from_title(name, "service"),
        name: Name::lossy(name, "service"),
        description: None,
        owner_team_id: None,
        components: vec![],
        runbook_url: Some("https://runbooks.example.org/chat".into()),
        escalation,
        rule: IncidentRule::default(),
    };
    world.app.put_entry(&Actor::Console, CatalogDoc::Service(service), Origin::Setup).await.unwrap();
    id
}

/// What people read within `<main>`: the text without tags, one piece per line.
pub fn visible(html: &str) -> String {
    let main = html.split_once("<main").map_or(html, |(_, rest)| rest);
    let main = main.split_once("</main>").map_or(main, |(main, _)| main);
    let (mut out, mut piece, mut tag) = (Vec::new(), String::new(), false);
    for c in main.split_once('>').map_or(main, |(_, rest)| rest).chars() {
        match c {
            '<' => {
                tag = true;
                push(&mut out, &mut piece);
            }
            '>' if tag => tag = false,
            c if !tag => piece.push(c),
            _ => {}
        }
    }
    push(&mut out, &mut piece);
    out.join("\n")
}

fn push(out: &mut Vec<String>, piece: &mut String) {
    let text = piece.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.is_empty() {
        out.push(text);
    }
    piece.clear();
}

/// Asserts that each text occurs in a page, in this order.
#[track_caller]
pub fn in_order(page: &str, texts: &[&str]) {
    let mut rest = page;
    for text in texts {
        let Some((_, after)) = rest.split_once(text) else {
            panic!("{text:?} is missing or too early in\n{page}")
        };
        rest = after;
    }
}
