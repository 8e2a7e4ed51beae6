//! API tokens.

use hansei_domain::access::Role;
use http::StatusCode;

use super::main_of;
use crate::world::World;

/// Makes a token by the form; returns its secret.
async fn made(world: &World, session: &crate::world::Session, role: &str, days: &str) -> String {
    let answer =
        world.post(session, "/tokens", &[("name", "nightly <export>"), ("role", role), ("days", days)]).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let main = main_of(&answer);
    let from = main.find("id=\"token-secret\">").unwrap() + 18;
    main[from..from + main[from..].find('<').unwrap()].to_owned()
}

#[tokio::test]
async fn a_token_works_is_shown_once_and_ends_when_it_should() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Responder).await;
    let secret = made(&world, &rita, "viewer", "30").await;
    assert!(secret.starts_with("hns_"));
    let list = main_of(&world.page(&rita, "/tokens").await);
    assert!(!list.contains(&secret) && list.contains(&secret[..10]) && list.contains("never"), "{list}");
    assert_eq!(world.api(&secret, "GET", "/incidents", None).await.status, StatusCode::OK);
    world.clock.forward(30 * 86_400 + 1);
    assert_eq!(world.api(&secret, "GET", "/incidents", None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_is_never_more_than_its_person_and_can_be_taken_back() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Responder).await;
    for fields in [
        [("name", "x"), ("role", "admin"), ("days", "30")],
        [("name", "x"), ("role", "viewer"), ("days", "31")],
        [("name", ""), ("role", "viewer"), ("days", "30")],
        [("name", "x"), ("role", "king"), ("days", "soon")],
    ] {
        let answer = world.post(&rita, "/tokens", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let secret = made(&world, &rita, "responder", "0").await;
    let id = world
        .app
        .store
        .tokens(Some(rita.person))
        .await
        .unwrap()
        .into_iter()
        .find(|t| secret.starts_with(&t.hint))
        .unwrap()
        .id;
    let other = world.somebody("Otto", Role::Manager).await;
    let refused = world.post(&other, &format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "a foreign token does not exist for others");
    assert!(main_of(&world.page(&world.admin, "/tokens?all=1").await).contains(&id.to_string()));
    assert!(!main_of(&world.page(&other, "/tokens?all=1").await).contains(&id.to_string()));
    let revoked = world.post(&world.admin, &format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!(revoked.header("location"), "/tokens?all=1");
    assert_eq!(world.api(&secret, "GET", "/incidents", None).await.status, StatusCode::UNAUTHORIZED);
}
