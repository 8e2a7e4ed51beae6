//! Pages that live.

use std::time::Duration;

use axum::body::Body;
use hansei_domain::signal::AlertSeverity;
use http::{Request, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::Stage;
use crate::world::Session;

/// Opens the stream that a page names.
async fn open(stage: &Stage, who: &Session, path: &str) -> Body {
    let page = stage.look(who, path).await;
    let address = page.split_once("hx-sse:connect=\"").expect("the page lives").1.split_once('"').unwrap().0;
    let address = address.replace("&amp;", "&").replace("&#38;", "&");
    let request = Request::get(address).header(header::COOKIE, &who.cookie).body(Body::empty()).unwrap();
    let response = stage.world.site.handle(request, "192.0.2.9".parse().unwrap()).await;
    assert_eq!(response.status(), 200);
    Body::new(response.into_body())
}

/// The next message that carries parts of the page.
async fn parts(stage: &Stage, body: &mut Body) -> String {
    stage.world.app.tail_once().await.unwrap();
    let mut text = String::new();
    loop {
        let frame = timeout(Duration::from_secs(60), body.frame()).await.expect("an update");
        text += std::str::from_utf8(&frame.unwrap().unwrap().into_data().unwrap()).unwrap();
        if text.contains("hx-partial") && text.ends_with("\n\n") {
            return text;
        }
        assert!(!text.contains("resync"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn now_shows_what_begins_to_burn() {
    let stage = Stage::new().await;
    stage.world.app.tail_once().await.unwrap();
    let mut stream = open(&stage, &stage.vera, "/").await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let update = parts(&stage, &mut stream).await;
    assert!(update.contains("hx-target=\"#now-board\"") && update.contains("id=\"burn-1\""), "{update}");
    assert!(
        update.contains("Niemand ist zuständig") && !update.contains("/do/"),
        "as the reader's page: {update}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_incident_shows_what_others_do_and_nothing_of_other_incidents() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.world.app.tail_once().await.unwrap();
    let mut stream = open(&stage, &stage.jun, "/incidents/1").await;
    let other = [("title", "Something else"), ("severity", "3"), ("source", "staff")];
    stage.post(&stage.ana, "/incidents", &other).await;
    stage.act(&stage.ana, "comment", &[("text", "what I see")]).await;
    let update = parts(&stage, &mut stream).await;
    assert!(update.contains("hx-target=\"#entries\"") && update.contains("what I see"), "{update}");
    assert!(update.contains("コメントしました") && !update.contains("Something else"));
}

#[tokio::test(start_paused = true)]
async fn a_later_part_of_the_timeline_stands_still_while_the_rest_lives() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.world.app.tail_once().await.unwrap();
    let mut stream = open(&stage, &stage.ana, "/incidents/1?from=9000").await;
    stage.act(&stage.ana, "acknowledge", &[]).await;
    let update = parts(&stage, &mut stream).await;
    assert!(update.contains("#incident-head") && !update.contains("#entries"), "{update}");
}

#[tokio::test(start_paused = true)]
async fn an_alert_shows_its_end() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.world.app.tail_once().await.unwrap();
    let path = format!("/alerts/{}", stage.alert().await);
    let mut stream = open(&stage, &stage.ana, &path).await;
    stage.clear("Latency").await;
    let update = parts(&stage, &mut stream).await;
    assert!(
        update.contains("hx-target=\"#alert\"") && update.contains("data-state=\"resolved\""),
        "{update}"
    );
}

#[tokio::test(start_paused = true)]
async fn lists_show_what_is_new_by_their_own_filters() {
    let stage = Stage::new().await;
    stage.world.app.tail_once().await.unwrap();
    let mut incidents = open(&stage, &stage.ana, "/incidents?severity=0-2").await;
    let mut alerts = open(&stage, &stage.ana, "/alerts?state=all&q=latency").await;
    let mild = [("title", "Mild"), ("severity", "4"), ("source", "staff")];
    stage.post(&stage.ana, "/incidents", &mild).await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.fire("Other", AlertSeverity::Critical).await;
    let update = parts(&stage, &mut incidents).await;
    assert!(update.contains("id=\"row-2\"") && !update.contains("Mild"), "{update}");
    let update = parts(&stage, &mut alerts).await;
    assert!(update.contains("Latency is slow") && !update.contains("Other is slow"), "{update}");
}
