//! What burns, who holds it, and which clock runs out next, as people see it.

use hansei_domain::signal::AlertSeverity;

use super::{Stage, in_order, visible};

#[tokio::test]
async fn what_burns_is_read_in_every_language() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.fire("Chatter", AlertSeverity::Info).await;
    stage.forward(60).await;
    insta::assert_snapshot!("now_en", visible(&stage.look(&stage.ana, "/").await));
    insta::assert_snapshot!("now_de", visible(&stage.look(&stage.vera, "/").await));
    insta::assert_snapshot!("now_ja", visible(&stage.look(&stage.jun, "/").await));
}

#[tokio::test]
async fn the_worst_comes_first_and_what_nobody_holds_before_what_somebody_does() {
    let stage = Stage::new().await;
    for (title, severity, hold) in
        [("Mild", "3", ""), ("Held", "1", "1"), ("Loose", "1", ""), ("Worst", "0", "1")]
    {
        let fields = [("title", title), ("severity", severity), ("source", "staff"), ("hold", hold)];
        assert_eq!(stage.post(&stage.ana, "/incidents", &fields).await.status, 303);
        stage.forward(1).await;
    }
    in_order(&visible(&stage.look(&stage.jun, "/").await), &["Worst", "Loose", "Held", "Mild"]);
}

#[tokio::test]
async fn who_is_asked_for_sees_it_on_top_and_takes_it_there() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let page = visible(&stage.look(&stage.ana, "/").await);
    in_order(
        &page,
        &["You are asked for", "INC-1", "Chat gateway", "the first step of the escalation names"],
    );
    assert!(!visible(&stage.look(&stage.jun, "/").await).contains("あなたが呼ばれています"));
    let answer = stage.post_from(&stage.ana, "/", "/incidents/1/do/acknowledge", &[]).await;
    let parts = answer.text();
    assert!(parts.contains("hx-target=\"#now-board\"") && parts.contains("You hold it."), "{parts}");
    assert!(!visible(&parts).contains("You are asked for"));
    assert!(stage.incident(1).await.acknowledged);
}

#[tokio::test]
async fn clocks_say_when_and_whom() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let page = visible(&stage.look(&stage.ana, "/").await);
    in_order(&page, &["step 2 in", "05:00", "tells 佐藤 純"]);
    stage.act(&stage.ana, "acknowledge", &[]).await;
    let page = visible(&stage.look(&stage.ana, "/").await);
    in_order(&page, &["alarms again in", "30:00", "tells Ana Ruiz"]);
    stage.act(&stage.ana, "status", &[("status", "investigating")]).await;
    assert!(visible(&stage.look(&stage.ana, "/").await).contains("no clock runs"));
}

#[tokio::test]
async fn a_viewer_sees_no_buttons() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    assert!(stage.look(&stage.ana, "/").await.contains("/do/acknowledge"));
    let page = stage.look(&stage.vera, "/").await;
    assert!(!page.contains("/do/") && !page.contains("/incidents/new"), "{page}");
}

#[tokio::test]
async fn calm_is_said_with_what_is_missing() {
    let stage = Stage::new().await;
    let page = stage.look(&stage.ana, "/").await;
    in_order(&visible(&page), &["Nothing burns", "no alert has arrived"]);
    assert!(page.contains("href=\"/integrations\""));
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.clear("Latency").await;
    let page = visible(&stage.look(&stage.ana, "/").await);
    in_order(&page, &["Nothing burns", "No open incident", "Ended in the last 24 hours", "INC-1"]);
    stage.forward(2 * 86_400).await;
    let ana = stage.world.sign_in(stage.ana.person).await;
    let page = visible(&stage.look(&ana, "/").await);
    assert!(page.contains("No open incident") && !page.contains("INC-1"), "{page}");
}
