//! Streams: what happens arrives, places are kept, and an ended session ends them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hansei_domain::access::{Actor, Permission};
use hansei_domain::journal::Recorded;
use hansei_domain::signal::SourceFormat;
use hansei_web::live::{self, Opening};
use hansei_web::{Access, Limits, PageCtx, Partials, Routes, Tone, Web, WebConfig, WebResult};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::time::timeout;

use crate::world::{Session, World};

async fn names(ctx: PageCtx, opening: Opening) -> WebResult<Response> {
    let told = |entry: &Recorded| matches!(entry.event.name(), "entry.put" | "alert.opened");
    live::page(ctx, opening, told, |_, entries| async move {
        let names: Vec<String> = entries.iter().map(|e| e.aggregate.kind().to_owned()).collect();
        Ok(Partials::new().toast(Tone::Info, "changed", &names.join(",")))
    })
}

async fn nothing(State(_): State<Web>) -> &'static str {
    ""
}

struct Reading {
    body: Body,
    text: String,
}

impl Reading {
    /// The next message, `id`, `event` and `data` in one text; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let message = message.to_owned();
                self.text = rest.to_owned();
                // The time until a retry stands in the first message, where every reader sees it.
                let retry = message.strip_prefix("retry: ").and_then(|rest| rest.split_once('\n'));
                return Some(retry.map_or(message.clone(), |(_, rest)| rest.to_owned()));
            }
            let frame = timeout(Duration::from_secs(60), self.body.frame()).await.expect("a sign of life");
            self.text += std::str::from_utf8(&frame?.unwrap().into_data().unwrap()).unwrap();
        }
    }
}

async fn world() -> World {
    let mut world = World::new().await;
    let routes = Routes::new().get("/live/names", Access::Session(Permission::Read), names).get(
        "/other",
        Access::Public,
        nothing,
    );
    world.site = hansei_web::Service::with_routes(world.site.web().clone(), routes);
    world
}

async fn connect(world: &World, session: &Session, place: Option<u64>) -> Result<Reading, StatusCode> {
    let mut request = Request::get("/live/names").header(header::COOKIE, &session.cookie);
    if let Some(place) = place {
        request = request.header("last-event-id", place);
    }
    let peer = "192.0.2.9".parse().unwrap();
    let response = world.site.handle(request.body(Body::empty()).unwrap(), peer).await;
    let (parts, body) = response.into_parts();
    if parts.status != StatusCode::OK {
        return Err(parts.status);
    }
    assert_eq!(parts.headers[header::CONTENT_TYPE], "text/event-stream");
    Ok(Reading { body: Body::new(body), text: String::new() })
}

async fn happen(world: &World, slug: &str) {
    world.service(slug).await;
    world.app.tail_once().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_happens_arrives_gathered_and_with_its_place() {
    let world = world().await;
    world.app.tail_once().await.unwrap();
    let mut reading = connect(&world, &world.admin, None).await.unwrap();
    let hello = reading.next().await.unwrap();
    assert!(hello.contains("event: ping"), "{hello}");
    happen(&world, "a").await;
    happen(&world, "b").await;
    let message = reading.next().await.unwrap();
    let last = world.app.live.last_seq();
    assert!(message.starts_with(&format!("id: {last}\ndata: <hx-partial")), "{message}");
    assert!(message.contains("service,service"), "two changes, one drawing: {message}");
    let ping = reading.next().await.unwrap();
    assert_eq!(ping, format!("id: {last}\nevent: ping\ndata: "));
}

#[tokio::test(start_paused = true)]
async fn a_stream_resumes_behind_what_was_seen_or_says_that_it_cannot() {
    let world = world().await;
    world.app.tail_once().await.unwrap();
    let place = world.app.live.last_seq();
    happen(&world, "a").await;
    let mut reading = connect(&world, &world.admin, Some(place)).await.unwrap();
    assert!(reading.next().await.unwrap().starts_with(&format!("id: {place}\nevent: ping")), "skips nothing");
    assert!(reading.next().await.unwrap().contains("service"));
    let mut ahead = connect(&world, &world.admin, Some(place + 1_000)).await.unwrap();
    assert!(ahead.next().await.unwrap().contains("event: resync"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_session() {
    let world = world().await;
    let (person, _) = world.person("Vera", hansei_domain::access::Role::Viewer).await;
    let session = world.sign_in(person).await;
    world.app.tail_once().await.unwrap();
    let mut reading = connect(&world, &session, None).await.unwrap();
    reading.next().await.unwrap();
    world.app.end_sessions(&Actor::Console, person, None).await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(reading.next().await, None);
    assert!(begun.elapsed() <= Duration::from_secs(5), "R43: {:?}", begun.elapsed());
    assert_eq!(connect(&world, &session, None).await.err(), Some(StatusCode::SEE_OTHER));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_server_ends_streams() {
    let world = world().await;
    let mut reading = connect(&world, &world.admin, None).await.unwrap();
    reading.next().await.unwrap();
    world.site.web().close();
    assert_eq!(reading.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_falls_behind_is_cut_and_may_come_back() {
    let world = world().await;
    world.app.tail_once().await.unwrap();
    let mut reading = connect(&world, &world.admin, None).await.unwrap();
    reading.next().await.unwrap();
    let place = world.app.live.last_seq();
    let key = world.key(world.service("db").await, SourceFormat::Json).await;
    let many: Vec<_> = (0..1_030).map(|n| json!({"summary": "x", "dedup_key": n.to_string()})).collect();
    let request = Request::post(format!("/webhooks/json/{key}")).body(Body::from(json!(many).to_string()));
    assert_eq!(world.send(request.unwrap()).await.status, StatusCode::ACCEPTED);
    world.decide().await;
    while world.app.tail_once().await.unwrap() > 0 {}
    assert_eq!(reading.next().await, None, "more than it may be behind");
    let mut again = connect(&world, &world.admin, Some(place)).await.unwrap();
    again.next().await.unwrap();
    let drawn = again.next().await.unwrap();
    assert!(drawn.contains("alert"), "{drawn}");
    let after = again.next().await.unwrap();
    assert!(after.contains("event: ping"), "however much was missed, a page is drawn once: {after}");
}

#[tokio::test(start_paused = true)]
async fn nobody_takes_all_streams_and_other_sites_get_none() {
    let limits = Limits { streams_per_person: 2, ..Limits::default() };
    let mut world = World::with("http://hansei.test", WebConfig { limits, ..WebConfig::default() }).await;
    let routes = Routes::new().get("/live/names", Access::Session(Permission::Read), names);
    world.site = hansei_web::Service::with_routes(world.site.web().clone(), routes);
    let first = connect(&world, &world.admin, None).await.unwrap();
    let _second = connect(&world, &world.admin, None).await.unwrap();
    assert_eq!(connect(&world, &world.admin, None).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    drop(first);
    assert!(connect(&world, &world.admin, None).await.is_ok());
    let request = Request::get("/live/names")
        .header(header::COOKIE, &world.admin.cookie)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
}

/// R24: connecting, waiting and disconnecting write nothing.
#[tokio::test(start_paused = true)]
async fn streams_write_nothing() {
    let world = world().await;
    world.app.tail_once().await.unwrap();
    let before = world.app.store.commit_figures().commits;
    let readings: Vec<_> = {
        let mut all = Vec::new();
        for _ in 0..20 {
            all.push(connect(&world, &world.admin, None).await.unwrap());
        }
        all
    };
    tokio::time::advance(Duration::from_secs(120)).await;
    for mut reading in readings {
        reading.next().await.unwrap();
        reading.next().await.unwrap();
    }
    assert_eq!(world.app.store.commit_figures().commits, before);
}
