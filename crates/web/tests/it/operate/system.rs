//! The system page, help, design.

use hansei_domain::access::Role;
use http::StatusCode;

use super::main_of;
use crate::world::World;

#[tokio::test]
async fn the_system_page_says_what_is_not_well_and_what_to_do() {
    let world = World::new().await;
    let page = main_of(&world.page(&world.admin, "/system").await);
    assert!(page.contains("HANSEI_SMTP_URL"), "mail is not configured: {page}");
    assert!(page.contains("nobody is paged by e-mail") && page.contains("not yet"), "{page}");
    world.app.audit_once().await.unwrap();
    let page = main_of(&world.page(&world.admin, "/system").await);
    assert!(page.contains("in order"), "{page}");
    world.change(world.admin.person, |p| p.contacts.clear()).await;
    let page = main_of(&world.page(&world.admin, "/system").await);
    assert!(page.contains("No fallback person can be reached"), "{page}");
}

#[tokio::test]
async fn responders_see_the_system_and_viewers_do_not() {
    let world = World::new().await;
    for (role, status) in [(Role::Viewer, StatusCode::FORBIDDEN), (Role::Responder, StatusCode::OK)] {
        let session = world.somebody(role.as_str(), role).await;
        assert_eq!(world.page(&session, "/system").await.status, status);
        let linked = world.page(&session, "/about").await.text().contains("href=\"/system\"");
        assert_eq!(linked, status == StatusCode::OK, "{role:?}");
    }
}

#[tokio::test]
async fn the_design_page_shows_every_component() {
    let world = World::new().await;
    let page = world.page(&world.admin, "/design").await.text();
    for class in [
        "button-primary",
        "sev\"",
        "state\"",
        "level\"",
        "badge",
        "chip-mono",
        "error-summary",
        "field-error",
        "choice\"",
        "segmented",
        "picker",
        "repeater",
        "table-cards",
        "rows",
        "filters",
        "tabs",
        "pagination",
        "card-head",
        "figures",
        "kv",
        "callout-danger",
        "empty",
        "disclosure",
        "stages",
        "timeline",
        "composer",
        "clock-value",
        "burn",
        "ladder",
        "scope-row",
        "keytime",
        "person",
        "code-head",
        "secret-value",
        "dialog-body",
        "menu-list",
        "toast-success",
        "diff",
        "i-webhook",
    ] {
        assert!(page.contains(class), "{class}");
    }
    let toast = world.page(&world.admin, "/design/toast").await;
    assert!(toast.text().contains("hx-partial"));
}

#[tokio::test]
async fn help_explains_the_words() {
    let world = World::new().await;
    world.admin_reads("de").await;
    let page = main_of(&world.page(&world.admin, "/help").await);
    assert!(page.contains("Vorfall") && page.contains("Rückfallebene") && page.contains("<kbd>"), "{page}");
}
