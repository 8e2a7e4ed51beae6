//! Bringing an old incident in with its true times, as the demonstration does.

use serde_json::{Value, json};

use super::User;
use crate::world::World;

const CATALOGUE: &str = r#"
[[products]]
slug = "agent-workspace"
name = "Agent Workspace"
[[components]]
slug = "chat"
name = "Chat"
product = "agent-workspace"
[[pods]]
slug = "pod-17"
name = "Pod 17"
[[pods]]
slug = "pod-18"
name = "Pod 18"
[[services]]
slug = "agent-realtime"
name = "Agent realtime"
components = ["chat"]
"#;

#[tokio::test]
async fn an_old_incident_keeps_its_times() {
    let world = World::new().await;
    // The world's clock stands at 08:00 on that day; the story ends on the next.
    world.clock.forward(7 * 86_400);
    let user = User::admin(&world).await;
    user.post("/apply", json!({"document": CATALOGUE})).await;
    let declared = user
        .post(
            "/incidents",
            json!({
                "title": "Accept Chat button unresponsive", "severity": 1, "source": "unknown",
                "service": "agent-realtime", "impact_started_at": "2024-07-02T08:10:00Z",
                "detected_at": "2024-07-02T12:12:00Z", "declared_at": "2024-07-02T12:12:00Z",
            }),
        )
        .await;
    let at = format!("/incidents/{}", declared["number"]);
    let scope = user
        .post(
            &format!("{at}/scope"),
            json!({
                "products": ["agent-workspace"], "components": ["chat"], "pods": ["pod-17", "pod-18"],
                "symptom": "The button does not respond", "from_at": "2024-07-02T08:10:00Z",
                "until_at": "2024-07-02T16:30:00Z",
            }),
        )
        .await;
    assert_eq!(scope["incident"]["scope"][0]["pods"][1]["key"], "pod-18");
    user.post(
        &format!("{at}/comments"),
        json!({"text": "Investigating", "occurred_at": "2024-07-02T12:12:00Z"}),
    )
    .await;
    for (which, instant) in [
        ("first_public", "2024-07-02T12:12:00Z"),
        ("mitigated", "2024-07-02T16:30:00Z"),
        ("impact_ended", "2024-07-02T16:30:00Z"),
    ] {
        user.post(&format!("{at}/times"), json!({"which": which, "at": instant, "note": "as published"}))
            .await;
    }
    user.post(&format!("{at}/resolve"), json!({"at": "2024-07-03T05:05:00Z", "note": "Confirmed"})).await;
    let time = json!({"which": "resolution_announced", "at": "2024-07-03T05:05:00Z", "note": "last update"});
    user.post(&format!("{at}/times"), time).await;
    user.post(&format!("{at}/close"), json!({"at": "2024-07-03T06:00:00Z"})).await;

    let incident = user.get(&at).await;
    assert_eq!((incident["status"].as_str(), incident["source"].as_str()), (Some("closed"), Some("unknown")));
    assert_eq!(incident["times"]["declared"]["at"], "2024-07-02T12:12:00Z");
    assert_eq!(incident["times"]["impact_started"]["at"], "2024-07-02T08:10:00Z");
    assert_eq!(incident["times"]["closed"]["at"], "2024-07-03T06:00:00Z");
    let secs = |name: &str| {
        let all = incident["durations"].as_array().unwrap();
        all.iter().find(|d| d["name"] == name).map(|d| d["secs"].clone())
    };
    assert_eq!(secs("impact_started_to_impact_ended"), Some(json!(8 * 3_600 + 20 * 60)));
    assert_eq!(secs("impact_started_to_detected"), Some(json!(4 * 3_600 + 2 * 60)));
    assert_eq!(incident["pages"], json!([]), "nobody is told of what was over long ago");
}

#[tokio::test]
async fn the_future_and_the_impossible_are_refused_with_their_field() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    let field = |problem: &Value| problem["errors"][0]["field"].as_str().unwrap().to_owned();
    let later = json!({"title": "x", "severity": 3, "declared_at": "2031-01-01T00:00:00Z"});
    let (status, problem) = user.refused("POST", "/incidents", Some(later)).await;
    assert_eq!((status, field(&problem).as_str()), (422, "declared_at"));
    user.post("/incidents", json!({"title": "x", "severity": 3})).await;
    let body = json!({"which": "impact_ended", "at": "2031-01-01T00:00:00Z"});
    let (status, problem) = user.refused("POST", "/incidents/1/times", Some(body)).await;
    assert_eq!((status, field(&problem).as_str()), (422, "at"));
    let (status, problem) =
        user.refused("POST", "/incidents/1/times", Some(json!({"which": "mitigated"}))).await;
    assert_eq!((status, field(&problem).as_str()), (422, "at"), "absence is no wish to clear");
    let body = json!({"which": "detected", "at": null});
    assert_eq!(user.refused("POST", "/incidents/1/times", Some(body)).await.0, 422);
}
