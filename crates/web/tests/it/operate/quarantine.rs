//! Looking at unreadable payloads, reading them again, discarding them.

use hansei_app::ports::Lane;
use hansei_app::ports::{Commit, QuarantineRow, SideWrite};
use hansei_domain::access::{Actor, Role};
use hansei_domain::ids::QuarantineId;
use hansei_domain::signal::SourceFormat;
use http::StatusCode;

use super::{main_of, town};
use crate::world::World;

/// Keeps a payload for the town's key.
async fn kept(world: &World, key: &str, body: &[u8], truncated: bool) -> String {
    let key_id = key.parse().unwrap();
    let service_id = world.app.catalog.now().key(key_id).unwrap().service_id;
    let id: QuarantineId = world.app.ctx(Actor::Console).ids.fresh();
    let row = QuarantineRow {
        id,
        key_id,
        service_id,
        received_at: "2024-07-02T07:59:00Z".parse().unwrap(),
        format: SourceFormat::Json.as_str().into(),
        content_type: "application/json".into(),
        error: "byte 17: expected a value <b>".into(),
        body: body.to_vec(),
        truncated,
        settled_at: None,
        settled_how: None,
    };
    let side = vec![SideWrite::QuarantinePut(row)];
    let commit = Commit { at: Some("2024-07-02T07:59:00Z".parse().unwrap()), side, ..Commit::default() };
    world.app.store.commit(Lane::Intake, commit).await.unwrap();
    format!("/quarantine/{id}")
}

#[tokio::test]
async fn a_payload_is_looked_at_without_danger() {
    let world = World::new().await;
    let town = town(&world).await;
    let at = kept(&world, &town.key, b"{\"a\":\0 <img src=x onerror=alert(1)>\x1b[31m", false).await;
    let text = main_of(&world.page(&world.admin, &at).await);
    assert!(text.contains("␀") && text.contains("␛[31m") && !text.contains("<img"), "{text}");
    assert!(text.contains("expected a value &#60;b&#62;"), "{text}");
    let hex = main_of(&world.page(&world.admin, &format!("{at}?view=hex")).await);
    assert!(hex.contains("000000  7b 22 61 22 3a 00 20 3c"), "{hex}");
    let binary = kept(&world, &town.key, b"\xff\xfe\x00\x01", false).await;
    let page = main_of(&world.page(&world.admin, &binary).await);
    assert!(page.contains("ff fe 00 01"), "what is no text is shown in hexadecimal: {page}");
}

#[tokio::test]
async fn what_can_be_read_now_goes_on_and_the_journal_says_by_whom() {
    let world = World::new().await;
    let town = town(&world).await;
    let good =
        kept(&world, &town.key, br#"[{"summary":"Disk full","severity":"critical"},{"sumary":"x"}]"#, false)
            .await;
    let list = main_of(&world.page(&world.admin, "/quarantine").await);
    assert!(list.contains(&good), "{list}");
    let read = world.post(&world.admin, &format!("{good}/replay"), &[]).await;
    assert_eq!(read.header("location"), "/quarantine", "{}", read.text());
    world.decide().await;
    let service = main_of(&world.page(&world.admin, "/services/gateway").await);
    assert!(service.contains("Disk full"), "{service}");
    assert!(!main_of(&world.page(&world.admin, "/quarantine").await).contains(&good));
    assert!(main_of(&world.page(&world.admin, "/quarantine?all=1").await).contains("Read again"));
    let key = main_of(&world.page(&world.admin, &format!("/integrations/{}", town.key)).await);
    assert!(key.contains("Read a payload of the quarantine again"), "{key}");
    let twice = world.post(&world.admin, &format!("{good}/replay"), &[]).await;
    assert_eq!(twice.header("location"), good, "not a second time");
}

#[tokio::test]
async fn what_still_cannot_be_read_stays() {
    let world = World::new().await;
    let town = town(&world).await;
    for (body, truncated) in
        [(&b"{"[..], false), (&br#"[{"sumary":"x"}]"#[..], false), (&br#"{"summary":"x"}"#[..], true)]
    {
        let at = kept(&world, &town.key, body, truncated).await;
        let again = world.post(&world.admin, &format!("{at}/replay"), &[]).await;
        assert_eq!(again.header("location"), at);
        assert!(main_of(&world.page(&world.admin, "/quarantine").await).contains(&at));
        let gone = world.post(&world.admin, &format!("{at}/discard"), &[]).await;
        assert_eq!(gone.header("location"), "/quarantine");
        assert!(!main_of(&world.page(&world.admin, "/quarantine").await).contains(&at));
    }
    assert!(main_of(&world.page(&world.admin, "/quarantine").await).contains("Everything could be read"));
}

#[tokio::test]
async fn payloads_are_not_for_viewers() {
    let world = World::new().await;
    let town = town(&world).await;
    let at = kept(&world, &town.key, b"{", false).await;
    let viewer = world.somebody("Vera", Role::Viewer).await;
    for path in ["/quarantine", at.as_str()] {
        assert_eq!(world.page(&viewer, path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(!world.page(&viewer, "/about").await.text().contains("href=\"/quarantine\""));
    assert_eq!(world.page(&world.admin, "/quarantine/qua_nothing").await.status, StatusCode::NOT_FOUND);
}
