//! Products, components, pods and teams.

use hansei_domain::access::Role;
use http::StatusCode;

use super::{main_of, town, value_of};
use crate::world::World;

#[tokio::test]
async fn an_entry_is_made_changed_archived_and_restored_with_its_history() {
    let world = World::new().await;
    let admin = &world.admin;
    let fields = [("name", "Über Chat"), ("slug", ""), ("description", "Where agents talk"), ("_seen", "")];
    let made = world.post(admin, "/catalogue/products", &fields).await;
    let at = "/catalogue/products/ueber-chat";
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, at), "{}", made.text());
    let form = main_of(&world.page(admin, &format!("{at}/edit")).await);
    let seen = value_of(&form, "_seen");
    let fields = [("name", "Chat"), ("slug", "ueber-chat"), ("description", ""), ("_seen", seen.as_str())];
    assert_eq!(world.post(admin, at, &fields).await.status, StatusCode::SEE_OTHER);
    let page = main_of(&world.page(admin, at).await);
    assert!(page.contains("<del>Über Chat</del>") && page.contains("<ins>Chat</ins>"), "{page}");
    assert!(page.contains("<del>Where agents talk</del>"), "{page}");
    let gone = world.post(admin, &format!("{at}/archive"), &[]).await;
    assert_eq!(gone.header("location"), at);
    assert!(!main_of(&world.page(admin, "/catalogue/products").await).contains(at));
    assert!(main_of(&world.page(admin, "/catalogue/products?archived=1").await).contains(at));
    assert_eq!(world.page(admin, &format!("{at}/edit")).await.status, StatusCode::NOT_FOUND);
    world.post(admin, &format!("{at}/restore"), &[]).await;
    assert!(main_of(&world.page(admin, "/catalogue/products").await).contains(at));
}

#[tokio::test]
async fn a_second_one_of_a_name_gets_a_short_name_of_its_own_and_a_typed_one_must_be_free() {
    let world = World::new().await;
    let admin = &world.admin;
    for at in ["/catalogue/pods/pod", "/catalogue/pods/pod-2"] {
        let made = world.post(admin, "/catalogue/pods", &[("name", "ポッド")]).await;
        assert_eq!(made.header("location"), at);
    }
    for (slug, status) in [("pod", 422), ("new", 422), ("Bad Slug", 422), ("pod-17", 303)] {
        let made = world.post(admin, "/catalogue/pods", &[("name", "Pod 17"), ("slug", slug)]).await;
        assert_eq!(made.status.as_u16(), status, "{slug}");
        if status == 422 {
            let main = main_of(&made);
            assert!(main.contains("id=\"slug-error\""), "{slug}: {main}");
            assert_eq!(value_of(&main, "name"), "Pod 17", "what was typed stays");
        }
    }
}

#[tokio::test]
async fn whoever_is_slower_sees_what_changed_and_loses_nothing() {
    let world = World::new().await;
    let admin = &world.admin;
    town(&world).await;
    let at = "/catalogue/teams/messaging";
    let seen = value_of(&main_of(&world.page(admin, &format!("{at}/edit")).await), "_seen");
    let save = async |name: &str, seen: &str| {
        world.post(admin, at, &[("name", name), ("slug", "messaging"), ("_seen", seen)]).await
    };
    assert_eq!(save("First", &seen).await.status, StatusCode::SEE_OTHER);
    let slower = save("Second", &seen).await;
    assert_eq!(slower.status, StatusCode::CONFLICT);
    let main = main_of(&slower);
    assert!(main.contains("Ada Admin") && main.contains("<ins>First</ins>"), "{main}");
    assert_eq!(value_of(&main, "name"), "Second");
    assert_eq!(world.app.catalog.now().teams()[0].name.as_str(), "First");
    let over = save("Second", &value_of(&main, "_seen")).await;
    assert_eq!(over.status, StatusCode::SEE_OTHER, "saving again is a decision");
    assert_eq!(world.app.catalog.now().teams()[0].name.as_str(), "Second");
}

#[tokio::test]
async fn what_is_used_cannot_be_archived_and_the_page_says_by_what() {
    let world = World::new().await;
    town(&world).await;
    let page = main_of(&world.page(&world.admin, "/catalogue/components/workspace").await);
    assert!(page.contains("/services/gateway") && !page.contains("/archive\""), "{page}");
    let refused = world.post(&world.admin, "/catalogue/components/workspace/archive", &[]).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER);
    assert!(world.app.catalog.now().components().len() == 1, "still there");
}

#[tokio::test]
async fn viewers_read_and_are_refused_even_if_they_post() {
    let world = World::new().await;
    town(&world).await;
    let viewer = world.somebody("Vera", Role::Viewer).await;
    let page = main_of(&world.page(&viewer, "/catalogue/teams/messaging").await);
    assert!(!page.contains("<form method=\"post\"") && !page.contains("/edit\""), "{page}");
    assert_eq!(world.page(&viewer, "/catalogue/teams/new").await.status, StatusCode::FORBIDDEN);
    let posted = world.post(&viewer, "/catalogue/teams", &[("name", "Mine")]).await;
    assert_eq!(posted.status, StatusCode::FORBIDDEN);
    assert_eq!(world.page(&viewer, "/catalogue/moons").await.status, StatusCode::NOT_FOUND);
}
