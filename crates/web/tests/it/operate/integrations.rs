//! Keys, set-up guides, samples and test alerts.

use axum::body::Body;
use hansei_domain::access::Role;
use http::{Request, StatusCode, header};

use super::{main_of, town};
use crate::world::World;

/// Makes a key by the form; returns the page's address and the secret it shows.
async fn made(world: &World, format: &str) -> (String, String, String) {
    let town = town(world).await;
    let fields = [("name", "Prometheus eu-1"), ("service_id", &town.service.to_string()), ("format", format)];
    let answer = world.post(&world.admin, "/integrations", &fields).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let main = main_of(&answer);
    let from = main.find("id=\"new-secret\">").unwrap() + 16;
    let secret = main[from..from + main[from..].find('<').unwrap()].to_owned();
    let catalog = world.app.catalog.now();
    let key = catalog.keys().into_iter().find(|k| k.name.as_str() == "Prometheus eu-1").unwrap().id;
    (format!("/integrations/{key}"), secret, main)
}

async fn sends(world: &World, secret: &str) -> StatusCode {
    let request = Request::post("/api/v2/alerts")
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .body(Body::from(r#"[{"labels":{"alertname":"A<b>","severity":"critical"}}]"#));
    world.send(request.unwrap()).await.status
}

#[tokio::test]
async fn a_secret_is_shown_once_filled_into_every_guide_and_opens_the_door() {
    let world = World::new().await;
    let (at, secret, main) = made(&world, "alertmanager").await;
    assert_eq!(secret.len(), 32);
    for guide in ["prometheus.yml", "alertmanager.yml", "prometheus-alertmanager", "curl -H"] {
        assert!(main.contains(guide), "{guide}: {main}");
    }
    assert!(main.matches(&secret).count() >= 5, "filled in everywhere");
    let later = main_of(&world.page(&world.admin, &at).await);
    assert!(!later.contains(&secret) && later.contains("YOUR_KEY"), "{later}");
    assert_eq!(sends(&world, &secret).await, StatusCode::OK);
    let after = main_of(&world.page(&world.admin, &at).await);
    assert!(
        after.contains("A&#60;b&#62;") || after.contains("A&lt;b&gt;"),
        "the sample is shown as text: {after}"
    );
}

#[tokio::test]
async fn a_new_secret_overlaps_as_long_as_asked_and_a_revoked_key_is_dead() {
    let world = World::new().await;
    let (at, old, _) = made(&world, "alertmanager").await;
    let renewed = world.post(&world.admin, &format!("{at}/rotate"), &[("overlap_secs", "3600")]).await;
    let main = main_of(&renewed);
    assert!(main.contains("old one good until 2 Jul 2024, 11:00 CEST"), "{main}");
    assert_eq!(sends(&world, &old).await, StatusCode::OK);
    world.clock.forward(3_601);
    assert_eq!(sends(&world, &old).await, StatusCode::UNAUTHORIZED);
    let revoked = world.post(&world.admin, &format!("{at}/revoke"), &[]).await;
    assert_eq!(revoked.header("location"), at);
    let page = main_of(&world.page(&world.admin, &at).await);
    assert!(page.contains("Revoked") && !page.contains("/rotate"), "{page}");
    let back = world.post(&world.admin, &format!("{at}/rotate"), &[("overlap_secs", "0")]).await;
    assert_eq!(back.status, StatusCode::NOT_FOUND, "a revoked key does not come back by the way");
    let test = world.post(&world.admin, &format!("{at}/test"), &[]).await;
    assert_eq!(test.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_test_alert_goes_the_real_way_and_its_page_follows_it() {
    for format in ["alertmanager", "pagerduty", "json"] {
        let world = World::new().await;
        let (at, _, _) = made(&world, format).await;
        let sent = world.post(&world.admin, &format!("{at}/test"), &[("severity", "critical")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{format}: {}", sent.text());
        let trial = sent.header("location").to_owned();
        let waiting = main_of(&world.page(&world.admin, &trial).await);
        assert!(
            waiting.contains("hx-trigger=\"every 1s\"") && waiting.contains("Being decided"),
            "{format}: {waiting}"
        );
        world.decide().await;
        let done = main_of(&world.page(&world.admin, &trial).await);
        assert!(done.contains("Test alert by Ada Admin") && done.contains("INC-1 "), "{format}: {done}");
        assert!(done.contains("SEV1") && done.contains("On its way"), "{format}: {done}");
        let ended = world.post(&world.admin, &format!("{trial}/resolve"), &[]).await;
        assert_eq!(ended.header("location"), trial, "{format}");
        let over = main_of(&world.page(&world.admin, &trial).await);
        assert!(over.contains("data-state=\"resolved\"") && !over.contains("every 1s"), "{format}: {over}");
        let samples = main_of(&world.page(&world.admin, &at).await);
        assert!(samples.contains("Test alert by Ada Admin"), "{format}: it counts among the last payloads");
    }
}

#[tokio::test]
async fn an_alert_that_becomes_no_incident_says_why() {
    let world = World::new().await;
    let (at, _, _) = made(&world, "json").await;
    let sent = world.post(&world.admin, &format!("{at}/test"), &[("severity", "info")]).await;
    world.decide().await;
    let page = main_of(&world.page(&world.admin, sent.header("location")).await);
    assert!(page.contains("declares no incident for this severity"), "{page}");
    assert!(!page.contains("every 1s"), "nothing more will happen: {page}");
}

#[tokio::test]
async fn who_may_do_what_with_keys() {
    let world = World::new().await;
    let (at, _, _) = made(&world, "json").await;
    let viewer = world.somebody("Vera", Role::Viewer).await;
    let responder = world.somebody("Rita", Role::Responder).await;
    let seen = main_of(&world.page(&viewer, &at).await);
    assert!(!seen.contains("Last payloads") && !seen.contains("<form method=\"post\""), "{seen}");
    assert_eq!(world.post(&viewer, &format!("{at}/test"), &[]).await.status, StatusCode::FORBIDDEN);
    let seen = main_of(&world.page(&responder, &at).await);
    assert!(
        seen.contains("Last payloads") && seen.contains("/test\"") && !seen.contains("/rotate\""),
        "{seen}"
    );
    assert_eq!(world.post(&responder, &format!("{at}/rotate"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post(&responder, "/integrations", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_wrong_form_says_what_is_wrong() {
    let world = World::new().await;
    let town = town(&world).await;
    let service = town.service.to_string();
    for (fields, field) in [
        ([("name", ""), ("service_id", service.as_str()), ("format", "json")], "name"),
        ([("name", "x"), ("service_id", "svc_none"), ("format", "json")], "service_id"),
        ([("name", "x"), ("service_id", service.as_str()), ("format", "internal")], "format"),
    ] {
        let answer = world.post(&world.admin, "/integrations", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(main_of(&answer).contains(&format!("id=\"{field}-error\"")), "{field}: {}", main_of(&answer));
    }
}
