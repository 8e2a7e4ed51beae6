//! The list of alerts and the page of one.

use hansei_domain::signal::{AlertSeverity, Content, Image, Link};

use super::{Stage, in_order, visible};

#[tokio::test]
async fn an_alert_explains_itself_in_every_language() {
    let stage = Stage::new().await;
    let full = |content: Content| Content {
        annotations: vec![("summary".into(), "p99 is 41 s".into())],
        details: Some("{\"p99\":41,\"unit\":\"s\"}".into()),
        links: vec![Link { href: "https://graphs.example.org/a?b=1&c=2".into(), text: "Graph".into() }],
        images: vec![Image { src: "https://graphs.example.org/a.png".into(), href: None, alt: "p99".into() }],
        ..content
    };
    stage.fire_with("Latency", full).await;
    stage.forward(60).await;
    stage.clear("Latency").await;
    stage.forward(60).await;
    stage.fire_with("Latency", full).await;
    let path = format!("/alerts/{}", stage.alert().await);
    let page = stage.look(&stage.ana, &path).await;
    assert!(!page.contains("<img"), "images are links: opening a page tells nobody");
    insta::assert_snapshot!("alert_en", visible(&page));
    insta::assert_snapshot!("alert_de", visible(&stage.look(&stage.vera, &path).await));
    insta::assert_snapshot!("alert_ja", visible(&stage.look(&stage.jun, &path).await));
}

#[tokio::test]
async fn the_trace_says_why_an_alert_led_where_it_led() {
    let stage = Stage::new().await;
    let trace = async || {
        let page = visible(&stage.look(&stage.ana, &format!("/alerts/{}", stage.alert().await)).await);
        let rest = page.split_once("Why it led here").unwrap().1.to_owned();
        rest.split_once("What happened to it").unwrap().0.replace('\n', " ")
    };
    stage.fire("Chatter", AlertSeverity::Info).await;
    let left = trace().await;
    assert!(left.contains("declares no incident for alerts of severity “Info”"), "{left}");
    stage.fire("Latency", AlertSeverity::Critical).await;
    let declared = trace().await;
    assert!(
        declared.contains("makes SEV1 of an alert") && declared.contains("The rule declared INC-1 for it"),
        "{declared}"
    );
    stage.fire("Errors", AlertSeverity::Critical).await;
    assert!(trace().await.contains("It joined INC-1 , which was open"), "{}", trace().await);
}

#[tokio::test]
async fn the_list_is_filtered_by_its_address() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.fire("Chatter", AlertSeverity::Info).await;
    stage.fire("Gone", AlertSeverity::Error).await;
    stage.clear("Gone").await;
    let names = async |query: &str| {
        let page = stage.look(&stage.ana, &format!("/alerts{query}")).await;
        let found: Vec<&str> = ["Latency", "Chatter", "Gone"]
            .into_iter()
            .filter(|n| page.contains(&format!("{n} is slow")))
            .collect();
        found.join(" ")
    };
    assert_eq!(names("").await, "Latency Chatter");
    assert_eq!(names("?state=loose").await, "Chatter");
    assert_eq!(names("?state=resolved").await, "Gone");
    assert_eq!(names("?state=all").await, "Latency Chatter Gone");
    assert_eq!(names("?state=all&q=pod%2017%20gone").await, "Gone");
    assert_eq!(names("?state=all&incident=1").await, "Latency Gone");
    assert_eq!(names(&format!("?state=all&service={}", stage.service)).await, "Latency Chatter Gone");
    assert_eq!(names("?state=all&q=nothing").await, "");
    assert_eq!(stage.world.page(&stage.ana, "/alerts?incident=77").await.status, 404);
}

#[tokio::test]
async fn an_alert_is_ended_by_hand_and_its_incident_with_it() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let path = format!("/alerts/{}", stage.alert().await);
    assert!(stage.look(&stage.ana, &path).await.contains("/end\""));
    assert!(!stage.look(&stage.vera, &path).await.contains("/end\""));
    assert_eq!(stage.post(&stage.vera, &format!("{path}/end"), &[]).await.status, 403);
    let answer = stage.post(&stage.ana, &format!("{path}/end"), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, path.as_str()));
    in_order(
        &visible(&stage.look(&stage.ana, &path).await),
        &["Resolved", "Ana Ruiz", "ended alert", "ended by hand"],
    );
    assert!(!stage.incident(1).await.status.is_active(), "it was the last one, and the rule lets it");
    for bad in
        ["/alerts/alr_00000000000000000000000099", "/alerts/x", "/alerts/inc_00000000000000000000000001"]
    {
        assert_eq!(stage.world.page(&stage.ana, bad).await.status, 404, "{bad}");
    }
}
