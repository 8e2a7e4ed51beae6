//! Incidents: found, declared, worked on.

use hansei_domain::access::Role;
use serde_json::json;

use super::User;
use crate::world::World;

async fn with_incident(user: &User<'_>) -> String {
    let made =
        user.post("/incidents", json!({"title": "Chat is down", "severity": "sev2", "hold": true})).await;
    format!("/incidents/{}", made["number"])
}

#[tokio::test]
async fn an_incident_is_declared_worked_on_and_ended() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let aiko = User::new(&world, "Aiko", Role::Responder).await;
    let at = with_incident(&user).await;
    let do_it = async |name: &str, body| user.post(&format!("{at}/{name}"), body).await;

    assert_eq!(do_it("acknowledge", json!({})).await["acknowledged"], true);
    let handed = do_it("handover", json!({"to": "aiko@example.org", "note": "I am off"})).await;
    assert_eq!(handed["holder"]["id"], aiko.id.as_str());
    assert_eq!(
        do_it("status", json!({"status": "identified", "note": "The cache"})).await["status"],
        "identified"
    );
    let worse = do_it("severity", json!({"severity": 0, "note": "All pods"})).await;
    assert_eq!((&worse["severity"], &worse["max_severity"]), (&json!(0), &json!(0)));
    assert_eq!(worse["severity_reason"]["note"], "All pods");
    let renamed = do_it("title", json!({"title": "Chat and messaging"})).await;
    assert_eq!(renamed["former_titles"], json!(["Chat is down"]));
    assert_eq!(do_it("resolve", json!({"note": "Rolled back"})).await["status"], "resolved");
    let reopened = do_it("reopen", json!({"page": false})).await;
    assert_eq!((&reopened["active"], &reopened["generation"]), (&json!(true), &json!(2)));
    do_it("resolve", json!({})).await;
    assert_eq!(do_it("close", json!({"note": "Done"})).await["status"], "closed");
}

#[tokio::test]
async fn what_is_written_down_can_be_corrected() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let at = with_incident(&user).await;
    let comment = user.post(&format!("{at}/comments"), json!({"text": "Looking"})).await;
    let note = format!("{at}/notes/{}", comment["id"].as_str().unwrap());
    user.done("PUT", &note, Some(json!({"text": "Looking closely", "note": "typo"}))).await;
    let gone = user.done("DELETE", &format!("{note}?note=wrong%20incident"), None).await;
    assert_eq!(gone["notes"][0]["withdrawn"], true);
    let evidence = json!({"text": "Locks", "url": "https://graphs.example.org/1", "kind": "graph"});
    let pinned = user.post(&format!("{at}/evidence"), evidence).await;
    let remarks = user.get(&at).await["remarks"].clone();
    assert_eq!((&remarks[0]["text"], &remarks[0]["corrections"]), (&json!("Looking closely"), &json!(1)));
    assert!(remarks[0]["withdrawn_at"].is_string());
    assert_eq!(
        (&remarks[1]["evidence"], &remarks[1]["by"]["person"]["name"]),
        (&json!("graph"), &json!("Rika"))
    );
    assert_eq!(pinned["incident"]["notes"][1]["kind"], "evidence");

    let made = user.post(&format!("{at}/scope"), json!({"symptom": "Slow"})).await;
    let range = format!("{at}/scope/{}", made["id"].as_str().unwrap());
    let body =
        json!({"symptom": "Dead", "all_pods": true, "until_at": "2024-07-02T08:00:00Z", "note": "worse"});
    let changed = user.done("PUT", &range, Some(body)).await;
    assert_eq!(changed["scope"][0]["symptom"], "Dead");
    assert_eq!(user.done("DELETE", &range, None).await["scope"], json!([]));

    let other = User::new(&world, "Olga", Role::Responder).await;
    let evidence = format!("{at}/notes/{}", pinned["id"].as_str().unwrap());
    let (status, _) = other.refused("PUT", &evidence, Some(json!({"text": "mine now"}))).await;
    assert_eq!(status, 403, "only its author corrects a remark");
}

#[tokio::test]
async fn lists_are_pages_with_filters() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    world.service("chat").await;
    for (title, severity) in [("Chat is down", 1), ("Chat is slow", 3), ("Mail is late", 3)] {
        user.post("/incidents", json!({"title": title, "severity": severity, "service": "chat"})).await;
    }
    user.post("/incidents/3/resolve", json!({})).await;
    let titles = async |query: &str| {
        let list = user.get(&format!("/incidents?{query}")).await;
        let all: Vec<String> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["title"].as_str().unwrap().to_owned())
            .collect();
        all
    };
    assert_eq!(titles("status=active").await, ["Chat is slow", "Chat is down"]);
    assert_eq!(titles("status=resolved,closed").await, ["Mail is late"]);
    assert_eq!(titles("status=resolved&status=closed").await, ["Mail is late"]);
    assert_eq!(titles("severity=sev1,2").await, ["Chat is down"]);
    assert_eq!(titles("service=chat&text=CHAT").await.len(), 2);
    assert_eq!(titles("holder=rika@example.org").await.len(), 0);

    let first = user.get("/incidents?limit=2").await;
    let next = first["next"].as_str().unwrap();
    let second = user.get(&format!("/incidents?limit=2&cursor={next}")).await;
    assert_eq!((second["items"][0]["number"].as_u64(), &second["next"]), (Some(1), &json!(null)));

    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("status=odd", "status"),
        ("severity=9", "severity"),
        ("service=none", "service"),
        ("holder=nobody", "holder"),
        ("cursor=MTI.00000000", "cursor"),
        ("colour=red", "colour"),
    ] {
        let (status, problem) = user.refused("GET", &format!("/incidents?{query}"), None).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{query}: {problem}"
        );
    }
    let stolen = user.refused("GET", &format!("/incidents?limit=2&status=closed&cursor={next}"), None).await;
    assert_eq!(stolen.1["errors"][0]["field"], "cursor", "a cursor is for its filter only");
}

#[tokio::test]
async fn a_version_that_was_not_seen_is_not_overwritten() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let at = with_incident(&user).await;
    let seen = user.ask("GET", &at, &[], None).await.header("etag").to_owned();
    user.post(&format!("{at}/title"), json!({"title": "Somebody was faster"})).await;
    let body = json!({"title": "Mine"});
    let path = format!("{at}/title");
    let stale = user.ask("POST", &path, &[("if-match", &seen)], Some(body.clone())).await;
    assert_eq!(
        (stale.status.as_u16(), stale.json()["type"].as_str()),
        (412, Some("urn:hansei:problem:precondition_failed"))
    );
    let seen = user.ask("GET", &at, &[], None).await.header("etag").to_owned();
    assert_eq!(
        user.ask("POST", &path, &[("if-match", &seen)], Some(body.clone())).await.status.as_u16(),
        200
    );
    let odd = user.ask("POST", &path, &[("if-match", "5")], Some(body)).await;
    assert_eq!(odd.json()["errors"][0]["field"], "If-Match");
}

#[tokio::test]
async fn wrong_input_names_its_field_and_roles_are_kept() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let at = with_incident(&user).await;
    for (path, body, field) in [
        ("/incidents".to_owned(), json!({"title": " ", "severity": 1}), "title"),
        ("/incidents".to_owned(), json!({"title": "a\nb", "severity": 1}), "title"),
        ("/incidents".to_owned(), json!({"title": "x"}), "severity"),
        ("/incidents".to_owned(), json!({"title": "x", "severity": 5}), "severity"),
        ("/incidents".to_owned(), json!({"title": "x", "severity": 1, "source": "rumour"}), "source"),
        ("/incidents".to_owned(), json!({"title": "x", "severity": 1, "service": "none"}), "service"),
        ("/incidents".to_owned(), json!({"title": "x", "severity": 1, "colour": "red"}), "colour"),
        (format!("{at}/handover"), json!({"to": "nobody@example.org"}), "to"),
        (format!("{at}/status"), json!({"status": "closed"}), "status"),
        (format!("{at}/scope"), json!({}), "scope"),
        (format!("{at}/scope"), json!({"pods": ["a", "b"]}), "pods[0]"),
        (format!("{at}/comments"), json!({"text": ""}), "text"),
        (format!("{at}/comments"), json!({"text": "x", "occurred_at": "yesterday"}), "occurred_at"),
        (format!("{at}/evidence"), json!({"text": "x", "url": "javascript:alert(1)"}), "url"),
    ] {
        let (status, problem) = user.refused("POST", &path, Some(body.clone())).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some(field)), "{body}: {problem}");
    }
    let (status, problem) = user.refused("POST", &format!("{at}/close"), Some(json!({}))).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("not_resolved")));
    let viewer = User::new(&world, "Vera", Role::Viewer).await;
    assert_eq!(viewer.refused("POST", &format!("{at}/comments"), Some(json!({"text": "x"}))).await.0, 403);
    viewer.get(&at).await;
}

#[tokio::test]
async fn what_does_not_exist_is_answered_alike_whatever_it_is_called() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let at = with_incident(&user).await;
    let unknown = user.refused("GET", "/incidents/99", None).await;
    assert_eq!(unknown.0, 404);
    for name in ["inc_00000000000000000000000009", "nonsense", "0", "18446744073709551616", "per_x", "%00"] {
        assert_eq!(user.refused("GET", &format!("/incidents/{name}"), None).await, unknown, "{name}");
    }
    for what in ["scope/scp_00000000000000000000000009", "scope/x"] {
        let one = user.refused("DELETE", &format!("{at}/{what}"), None).await;
        assert_eq!((one.0, one.1["detail"].as_str()), (404, Some("scope entry not found")), "{what}");
    }
    let id = user.get(&at).await["id"].as_str().unwrap().to_owned();
    assert_eq!(user.get(&format!("/incidents/{id}")).await["number"], 1);
}
