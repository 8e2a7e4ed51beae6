//! The page behind the signed link of a page.

use axum::body::Body;
use hansei_app::secret::LinkPurpose;
use hansei_domain::journal::State;
use hansei_domain::signal::AlertSeverity;
use http::{Request, header};

use super::{Stage, in_order, visible};
use crate::world::Answer;

/// The link of the newest page of incident 1.
async fn link(stage: &Stage) -> String {
    let app = &stage.world.app;
    let id = stage.incident(1).await.id;
    let State::Page(page) = app.store.pages(&[id]).await.unwrap().pop().unwrap().state else { panic!() };
    format!("/p/{}", app.links.token(LinkPurpose::Respond, page.id))
}

async fn press(stage: &Stage, link: &str, what: &str) -> Answer {
    let request = Request::post(link).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    stage
        .world
        .send(request.header("accept", "text/html").body(Body::from(format!("do={what}"))).unwrap())
        .await
}

#[tokio::test]
async fn looking_changes_nothing_and_pressing_takes_it() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let link = link(&stage).await;
    let before = stage.world.app.store.last_seq().await.unwrap();
    for path in [link.clone(), format!("{link}?do=resolve"), format!("{link}?do=acknowledge")] {
        assert_eq!(stage.world.get(&path).await.status, 200);
    }
    assert_eq!(stage.world.app.store.last_seq().await.unwrap(), before, "mail scanners open links, too");
    insta::assert_snapshot!("respond_en", visible(&stage.world.get(&link).await.text()));
    let answer = press(&stage, &link, "acknowledge").await;
    in_order(&visible(&answer.text()), &["You hold it", "Nobody else will be told."]);
    let incident = stage.incident(1).await;
    assert_eq!((incident.holder, incident.acknowledged), (Some(stage.ana.person), true));
    let timeline = visible(&stage.look(&stage.ana, "/incidents/1").await);
    in_order(&timeline, &["acknowledged and holds the incident", "by the link of a page"]);
    let again = press(&stage, &link, "acknowledge").await;
    assert_eq!(again.status, 200, "pressing twice is no mistake");
}

#[tokio::test]
async fn the_page_speaks_the_language_of_who_was_told() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.forward(300).await;
    let page = stage.world.get(&link(&stage).await).await.text();
    assert!(page.contains("<html lang=\"ja\""));
    insta::assert_snapshot!("respond_ja", visible(&page));
}

#[tokio::test]
async fn the_link_for_resolving_puts_that_first() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let link = link(&stage).await;
    in_order(&visible(&stage.world.get(&link).await.text()), &["Acknowledge", "It is over: resolve"]);
    in_order(
        &visible(&stage.world.get(&format!("{link}?do=resolve")).await.text()),
        &["Resolve", "Acknowledge"],
    );
    let answer = press(&stage, &link, "resolve").await;
    assert!(visible(&answer.text()).contains("Resolved"));
    assert!(!stage.incident(1).await.status.is_active());
    let late = press(&stage, &link, "acknowledge").await;
    assert_eq!(late.status, 409);
    assert!(visible(&late.text()).contains("It is over"));
}

#[tokio::test]
async fn who_already_took_it_is_named() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.forward(300).await;
    let link = link(&stage).await;
    stage.act(&stage.ana, "acknowledge", &[]).await;
    assert!(visible(&stage.world.get(&link).await.text()).contains("Ana Ruizさんが対応しています"));
}

#[tokio::test]
async fn a_link_of_an_earlier_alarm_explains_itself_and_does_nothing() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let old = link(&stage).await;
    stage.act(&stage.jun, "escalate", &[]).await;
    for wanted in ["acknowledge", "resolve"] {
        let answer = press(&stage, &old, wanted).await;
        assert_eq!(answer.status, 410, "{wanted}");
        in_order(&visible(&answer.text()), &["It has alarmed again since", "Open the incident"]);
    }
    let page = stage.world.get(&old).await.text();
    assert!(!page.contains("name=\"do\""), "there is nothing to press");
    assert!(!stage.incident(1).await.acknowledged);
}

#[tokio::test]
async fn a_merged_incident_leads_to_where_its_story_goes_on() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let link = link(&stage).await;
    let fields = [("title", "The bigger one"), ("severity", "0"), ("source", "staff")];
    stage.post(&stage.jun, "/incidents", &fields).await;
    stage.post(&stage.jun, "/incidents/1/do/merge", &[("into", "2")]).await;
    in_order(&visible(&stage.world.get(&link).await.text()), &["It was merged", "INC-2"]);
}

#[tokio::test]
async fn a_forged_link_is_nothing() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let good = link(&stage).await;
    let mut forged = good.clone().into_bytes();
    let last = forged.len() - 1;
    forged[last] = if forged[last] == b'0' { b'1' } else { b'0' };
    let forged = String::from_utf8(forged).unwrap();
    for path in [forged.as_str(), "/p/x", "/p/%3Cscript%3E"] {
        assert_eq!(stage.world.get(path).await.status, 404, "{path}");
        assert_eq!(press(&stage, path, "acknowledge").await.status, 404, "{path}");
    }
    assert!(!stage.incident(1).await.acknowledged);
}
