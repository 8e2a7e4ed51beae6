//! Alerts, signals for trying out, quarantine.

use hansei_domain::access::Role;
use hansei_domain::signal::SourceFormat;
use http::header;
use serde_json::{Value, json};

use super::User;
use crate::world::World;

async fn trigger(user: &User<'_>, summary: &str, severity: &str) -> String {
    let body =
        json!({"service": "chat", "summary": summary, "severity": severity, "labels": {"pod": "pod-17"}});
    let accepted = user.post("/signals", body).await;
    user.world.decide().await;
    accepted["dedup_key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_signal_becomes_an_alert_and_an_incident_and_ends_by_a_word() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let key = trigger(&user, "Chat is down", "critical").await;
    let list = user.get("/alerts?status=firing&service=chat").await;
    let alert = &list["items"][0];
    assert_eq!((&alert["dedup_key"], &alert["incident"]["number"]), (&json!(key), &json!(1)));
    assert_eq!(alert["content"]["labels"], json!({"pod": "pod-17"}));
    assert_eq!(alert["content"]["client"], "Rika by the API", "who tried it out is known");
    assert_eq!((&alert["summary"], &alert["severity"]), (&json!("Chat is down"), &json!("critical")));
    let at = format!("/alerts/{}", alert["id"].as_str().unwrap());
    let shown = user.get(&at).await;
    let names: Vec<&str> =
        shown["history"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["alert.placed", "alert.opened"]);
    assert!(shown["history"][1]["sentence"].as_str().unwrap().contains("Chat is down"), "{shown}");

    assert_eq!(user.get("/incidents/1").await["firing_alerts"], 1);
    let ended = user.post(&format!("{at}/end"), json!({})).await;
    assert_eq!(
        (ended["status"].as_str(), ended["resolve_reason"].as_str()),
        (Some("resolved"), Some("person"))
    );
    assert_eq!(user.get("/incidents/1").await["status"], "resolved", "its last alert has ended");
    assert_eq!(user.get("/alerts?status=firing").await["items"], json!([]));
}

#[tokio::test]
async fn a_timeline_is_told_from_either_end() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    trigger(&user, "Chat is down", "critical").await;
    user.post("/incidents/1/acknowledge", json!({})).await;
    user.post("/incidents/1/comments", json!({"text": "Looking"})).await;
    let scope = user.post("/incidents/1/scope", json!({"symptom": "Slow"})).await;
    let range = format!("/incidents/1/scope/{}", scope["id"].as_str().unwrap());
    user.done("PUT", &range, Some(json!({"symptom": "Dead", "note": "worse"}))).await;

    let all = user.get("/incidents/1/timeline").await;
    let seqs: Vec<u64> =
        all["items"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted() && seqs.len() > 6, "{seqs:?}");
    let mut walked: Vec<u64> = Vec::new();
    let mut path = "/incidents/1/timeline?limit=3&order=newest".to_owned();
    loop {
        let page = user.get(&path).await;
        walked.extend(page["items"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/incidents/1/timeline?limit=3&order=newest&cursor={next}");
    }
    walked.reverse();
    assert_eq!(walked, seqs, "page by page from the end is the same story");

    let acknowledged = find(&all, "incident.acknowledged");
    assert_eq!(acknowledged["actor"]["person"]["name"], "Rika");
    assert_eq!(acknowledged["actor"]["via"], "token");
    assert!(acknowledged["sentence"].as_str().unwrap().contains("Rika"), "{acknowledged}");
    assert_eq!(find(&all, "incident.noted")["data"]["text"], "Looking");
    assert_eq!(find(&all, "incident.scope_changed")["note"], "worse");
    let comments = user.get("/incidents/1/timeline?kind=comments").await;
    assert_eq!(comments["items"].as_array().unwrap().len(), 1);
    for (query, field) in [("kind=gossip", "kind"), ("order=random", "order"), ("cursor=x", "cursor")] {
        let (_, problem) = user.refused("GET", &format!("/incidents/1/timeline?{query}"), None).await;
        assert_eq!(problem["errors"][0]["field"], field);
    }
}

fn find<'a>(timeline: &'a Value, name: &str) -> &'a Value {
    let all = timeline["items"].as_array().unwrap();
    all.iter().find(|e| e["name"] == name).unwrap_or_else(|| panic!("no {name} in {timeline}"))
}

#[tokio::test]
async fn people_are_told_and_shown_with_why() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::admin(&world).await;
    trigger(&user, "Chat is down", "critical").await;
    let incident = user.get("/incidents/1").await;
    let page = &incident["pages"][0];
    assert_eq!(page["person"]["key"], "ada@example.org", "the fallback, since no step reaches anybody");
    assert_eq!(page["reason"]["because"], "nobody_to_page");
    assert_eq!(page["channels"][0]["destination"], "ada@example.org");
    assert_eq!(incident["escalation"]["status"], "exhausted");

    let asked = user.post("/incidents/1/people", json!({"people": ["ada@example.org"]})).await;
    assert_eq!(asked["number"], 1);
    assert_eq!(user.get("/incidents/1").await["pages"][1]["reason"]["by"]["key"], "ada@example.org");
    let again = user.post("/incidents/1/escalate", json!({})).await;
    assert_eq!(again["generation"], 2);
    for (body, field) in [
        (json!({}), "people"),
        (json!({"people": ["x"], "teams": []}), "people[0]"),
        (json!({"teams": ["x"]}), "teams[0]"),
    ] {
        let (_, problem) = user.refused("POST", "/incidents/1/people", Some(body)).await;
        assert_eq!(problem["errors"][0]["field"], field);
    }
}

#[tokio::test]
async fn what_happens_next_is_foreseen() {
    let world = World::new().await;
    let user = User::admin(&world).await;
    let step = |secs: u32| json!({"delay_secs": secs, "people": ["ada@example.org"]});
    let service = json!({
        "slug": "chat", "name": "Chat", "escalation": {"steps": [step(0), step(300)], "ack_timeout_secs": 900},
    });
    user.done("PUT", "/services/chat", Some(service)).await;
    let declared = json!({"title": "Chat is down", "severity": 1, "service": "chat", "page": true});
    user.post("/incidents", declared).await;
    let clock = user.get("/incidents/1").await["next_clock"].clone();
    assert_eq!(
        (&clock["what"], &clock["step"], &clock["at"]),
        (&json!("step"), &json!(1), &json!("2024-07-02T08:05:00Z"))
    );
    assert_eq!(clock["people"][0]["key"], "ada@example.org");
    user.post("/incidents/1/acknowledge", json!({})).await;
    assert_eq!(user.get("/incidents/1").await["next_clock"]["what"], "acknowledgement");
    user.post("/incidents/1/resolve", json!({})).await;
    assert_eq!(user.get("/incidents/1").await["next_clock"], json!(null));
}

#[tokio::test]
async fn incidents_are_merged() {
    let world = World::new().await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    for title in ["Chat is down", "Chat is slow"] {
        user.post("/incidents", json!({"title": title, "severity": 2})).await;
    }
    let merged = user.post("/incidents/2/merge", json!({"into": "1"})).await;
    assert_eq!(merged["status"], "merged");
    let target = user.get("/incidents/1").await;
    assert_eq!(target["absorbed"], json!([merged["id"]]));
    let timeline = user.get("/incidents/1/timeline").await;
    assert!(timeline["items"].as_array().unwrap().iter().any(|e| e["merged_from"] == 2), "{timeline}");
    let (status, problem) = user.refused("POST", "/incidents/1/merge", Some(json!({"into": "99"}))).await;
    assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("into")));
    let (status, problem) = user.refused("POST", "/incidents/1/merge", Some(json!({"into": "1"}))).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("merge_self")));
}

#[tokio::test]
async fn wrong_signals_and_unknown_alerts_are_refused() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    for (body, field) in [
        (json!({"service": "none", "summary": "x"}), "service"),
        (json!({"service": "chat"}), "summary"),
        (json!({"service": "chat", "summary": "x\u{0}y"}), "summary"),
        (json!({"service": "chat", "action": "resolve"}), "dedup_key"),
        (json!({"service": "chat", "action": "explode", "summary": "x"}), "action"),
        (json!({"service": "chat", "summary": "x", "severity": "bad"}), "severity"),
        (json!({"service": "chat", "summary": "x", "labels": {"pod": ""}}), "labels.pod"),
    ] {
        let (status, problem) = user.refused("POST", "/signals", Some(body.clone())).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some(field)), "{body}: {problem}");
    }
    let viewer = User::new(&world, "Vera", Role::Viewer).await;
    assert_eq!(
        viewer.refused("POST", "/signals", Some(json!({"service": "chat", "summary": "x"}))).await.0,
        403
    );
    let unknown = user.refused("GET", "/alerts/alr_00000000000000000000000009", None).await;
    assert_eq!(unknown, user.refused("GET", "/alerts/x", None).await);
    assert_eq!(unknown, user.refused("POST", "/alerts/inc_00000000000000000000000009/end", None).await);
    for (query, field) in [
        ("status=odd", "status"),
        ("incident=9", "incident"),
        ("key=x", "key"),
        ("x=1", "x"),
        ("text=%00", "text"),
    ] {
        let (_, problem) = user.refused("GET", &format!("/alerts?{query}"), None).await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn alerts_come_in_pages() {
    let world = World::new().await;
    world.service("chat").await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    for n in 0..5 {
        trigger(&user, &format!("Trouble {n}"), "critical").await;
    }
    let mut seen = Vec::new();
    let mut path = "/alerts?limit=2&text=trouble".to_owned();
    loop {
        let page = user.get(&path).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|a| a["content"]["summary"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/alerts?limit=2&text=trouble&cursor={next}");
    }
    let wanted: Vec<Value> = (0..5).rev().map(|n| json!(format!("Trouble {n}"))).collect();
    assert_eq!(seen, wanted);
    assert_eq!(user.get("/alerts?incident=1").await["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn payloads_that_cannot_be_read_are_shown_and_settled() {
    let world = World::new().await;
    let service = world.service("chat").await;
    let secret = world.key(service, SourceFormat::Json).await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    for _ in 0..2 {
        let id = world
            .app
            .quarantine(
                world.app.catalog.now().keys()[0].id,
                service,
                SourceFormat::Json,
                header::CONTENT_TYPE.as_str(),
                b"{\"summary\": ",
                "the end is missing",
            )
            .await
            .unwrap();
        assert!(id.to_string().starts_with("qua_"));
    }
    let list = user.get("/quarantine?limit=1").await;
    assert!(list["next"].is_string());
    let at = format!("/quarantine/{}", list["items"][0]["id"].as_str().unwrap());
    let shown = user.get(&at).await;
    assert_eq!(
        (shown["body"].as_str(), shown["error"].as_str()),
        (Some("{\"summary\": "), Some("the end is missing"))
    );
    assert!(!shown.to_string().contains(&secret));
    let (status, problem) = user.refused("POST", &format!("{at}/replay"), None).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("quarantine_unreadable")));
    user.done("POST", &format!("{at}/discard"), None).await;
    assert_eq!(user.get("/quarantine").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(user.get("/quarantine?all=true").await["items"].as_array().unwrap().len(), 2);
    let (status, problem) = user.refused("POST", &format!("{at}/discard"), None).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("quarantine_settled")));
    let viewer = User::new(&world, "Vera", Role::Viewer).await;
    assert_eq!(viewer.refused("GET", "/quarantine", None).await.0, 403);
    assert_eq!(user.refused("GET", "/quarantine/qua_00000000000000000000000009", None).await.0, 404);
}

/// What came by the API has no key; both doors read and settle it, and say by whom.
#[tokio::test]
async fn a_kept_signal_without_a_key_is_settled_in_the_name_of_who_did_it() {
    use hansei_domain::catalog::EntryId;
    use hansei_domain::ids::{KeyId, TypedId};
    use hansei_domain::journal::AggregateId;
    use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction};
    let world = World::new().await;
    let service = world.service("chat").await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let signal = Signal {
        service_id: service,
        key_id: KeyId::from_bits(0),
        format: SourceFormat::Internal,
        action: SignalAction::Trigger,
        dedup_key: "kept".into(),
        content: Some(Content::plain("Kept and read again", AlertSeverity::Critical, "test")),
        occurred_at: None,
        expires_at: None,
        received_at: world.app.clock.now(),
    };
    let body = hansei_app::intake::encode(1, &signal).unwrap();
    let keep = async || {
        let (none, kind) = (KeyId::from_bits(0), SourceFormat::Internal);
        world.app.quarantine(none, service, kind, "", &body, "a bug").await.unwrap()
    };
    let by_api = keep().await;
    let done = user.post(&format!("/quarantine/{by_api}/replay"), json!({})).await;
    assert_eq!(done["accepted"], 1);
    world.decide().await;
    assert_eq!(user.get("/alerts?text=again").await["items"].as_array().unwrap().len(), 1);
    let by_page = keep().await;
    let left = world.post(&world.admin, &format!("/quarantine/{by_page}/discard"), &[]).await;
    assert_eq!(left.status.as_u16(), 303);
    assert_eq!(user.get(&format!("/quarantine/{by_page}")).await["settled_how"], "discarded");
    let told = world.app.store.history(AggregateId::Entry(EntryId::Service(service)), 10).await.unwrap();
    let who: Vec<_> = told.iter().filter(|e| e.event.name() == "entry.audited").map(|e| &e.actor).collect();
    assert_eq!(who.len(), 2, "{told:?}");
    assert!(who.iter().all(|actor| matches!(actor, hansei_domain::access::Actor::Person { .. })), "{who:?}");
}

#[tokio::test]
async fn a_payload_that_is_understood_by_now_goes_on() {
    let world = World::new().await;
    let service = world.service("chat").await;
    world.key(service, SourceFormat::Json).await;
    let user = User::new(&world, "Rika", Role::Responder).await;
    let body = json!({"summary": "Understood now", "severity": "critical", "source": "db-1"}).to_string();
    let key = world.app.catalog.now().keys()[0].id;
    let kept =
        world.app.quarantine(key, service, SourceFormat::Json, "application/json", body.as_bytes(), "a bug");
    let at = format!("/quarantine/{}", kept.await.unwrap());
    let done = user.post(&format!("{at}/replay"), json!({})).await;
    assert_eq!((&done["accepted"], &done["refused"]), (&json!(1), &json!([])));
    world.decide().await;
    let found = user.get("/alerts?text=understood").await;
    assert_eq!(found["items"][0]["key"]["name"], "test");
    assert_eq!(user.get(&at).await["settled_how"], "replayed");
}
