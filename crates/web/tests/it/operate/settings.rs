//! My settings, and the organisation's.

use hansei_app::plan::Document;
use hansei_domain::access::Actor;
use hansei_domain::access::Role;
use hansei_domain::catalog::Theme;
use http::StatusCode;

use super::{main_of, town, value_of};
use crate::world::World;

#[tokio::test]
async fn language_zone_and_look_change_at_once() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Viewer).await;
    let fields = [("name", "Rita"), ("locale", "ja"), ("zone", "Asia/Tokyo"), ("theme", "dark")];
    assert_eq!(world.post(&rita, "/settings", &fields).await.status, StatusCode::SEE_OTHER);
    let page = world.page(&rita, "/settings").await.text();
    assert!(page.contains("<html lang=\"ja\" data-theme=\"dark\">") && page.contains("個人設定"), "{page}");
    let wrong =
        world.post(&rita, "/settings", &[("name", ""), ("locale", "ja"), ("zone", "Asia/Tokyo")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main_of(&wrong).contains("id=\"name-error\"") && main_of(&wrong).contains("入力が必要です"));
}

#[tokio::test]
async fn the_look_can_be_chosen_from_the_menu_with_and_without_script() {
    let world = World::new().await;
    let plain = world.post(&world.admin, "/settings/theme", &[("theme", "light")]).await;
    assert_eq!(plain.header("location"), "/settings");
    let theme = || world.app.catalog.now().person(world.admin.person).unwrap().theme;
    assert_eq!(theme(), Theme::Light);
    let body = format!("_csrf={}&theme=dark", world.admin.csrf);
    let request = http::Request::post("/settings/theme")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("hx-request", "true")
        .header("cookie", &world.admin.cookie)
        .body(axum::body::Body::from(body));
    assert_eq!(world.send(request.unwrap()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(theme(), Theme::Dark);
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let world = World::new().await;
    let first = world.somebody("Rita", Role::Viewer).await;
    // Signing in anew sets the password anew, which ends the first; so the second is made by the door itself.
    let fields = [("email", "rita@example.org"), ("password", "correct horse battery")];
    let second = world.post_raw(None, "/sign-in", &fields).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER);
    assert!(main_of(&world.page(&first, "/settings").await).contains("End all others"));
    for (current, new, field) in [
        ("wrong wrong wrong", "staple battery horse", "current_password"),
        ("correct horse battery", "2little", "password"),
    ] {
        let fields = [("current_password", current), ("password", new)];
        let answer = world.post(&first, "/settings/password", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let main = main_of(&answer);
        assert!(main.contains(&format!("id=\"{field}-error\"")), "{field}: {main}");
        assert!(!main.contains(new), "passwords are not sent back");
    }
    let fields = [("current_password", "correct horse battery"), ("password", "staple battery horse")];
    assert_eq!(world.post(&first, "/settings/password", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.page(&first, "/about").await.status, StatusCode::OK, "the one that asked stays");
    assert_eq!(world.app.sessions_of(first.person).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_session_can_be_ended_and_only_ones_own() {
    let world = World::new().await;
    let rita = world.somebody("Rita", Role::Viewer).await;
    let admins = world.app.sessions_of(world.admin.person).await.unwrap()[0].id;
    let foreign = world.post(&rita, &format!("/settings/sessions/{admins}/end"), &[]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(world.page(&world.admin, "/about").await.status, StatusCode::OK);
    let own = world.app.sessions_of(rita.person).await.unwrap()[0].id;
    world.post(&rita, &format!("/settings/sessions/{own}/end"), &[]).await;
    assert_eq!(world.page(&rita, "/about").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_has_taken_an_account_over_is_out_once_the_console_gives_it_a_new_secret() {
    let world = World::new().await;
    let person = world.app.catalog.now().person(world.admin.person).unwrap().clone();
    assert_eq!(world.page(&world.admin, "/about").await.status, StatusCode::OK);
    world.app.console_admin(&person.email, None, "Example").await.unwrap();
    assert_eq!(world.page(&world.admin, "/about").await.status, StatusCode::SEE_OTHER);
    assert!(world.app.sessions_of(person.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_organisation_is_changed_by_admins_and_exported_as_a_file() {
    let world = World::new().await;
    let town = town(&world).await;
    let manager = world.somebody("Mia", Role::Manager).await;
    assert_eq!(world.page(&manager, "/settings/organisation").await.status, StatusCode::FORBIDDEN);
    assert!(!main_of(&world.page(&manager, "/settings").await).contains("/settings/organisation"));
    let form = main_of(&world.page(&world.admin, "/settings/organisation").await);
    let seen = value_of(&form, "_seen");
    let ben = town.person.to_string();
    let fields = [
        ("name", "New GmbH"),
        ("fallback", ben.as_str()),
        ("locale", "de"),
        ("zone", "Europe/Berlin"),
        ("_seen", &seen),
    ];
    let saved = world.post(&world.admin, "/settings/organisation", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let settings = world.app.catalog.now().settings().unwrap().clone();
    assert_eq!((settings.name.as_str(), settings.fallback), ("New GmbH", vec![town.person]));
    let stale = world.post(&world.admin, "/settings/organisation", &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "the form is older than the entry");
    let file = world.page(&world.admin, "/settings/organisation/catalogue.toml").await;
    assert!(file.header("content-disposition").contains("catalogue.toml"));
    let document = Document::parse(&file.text()).unwrap();
    assert_eq!(
        document.items().len(),
        2 + 1 + 1 + 1 + 1 + 1 + 1 + 1,
        "people, one of each, the organisation"
    );
    let plan = world.app.plan(&Actor::System, &file.text(), false).unwrap();
    assert!(!plan.changes && !plan.conflicts, "applying what was exported changes nothing");
}
