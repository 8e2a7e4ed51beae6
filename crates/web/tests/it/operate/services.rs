//! Services: the form with its steps, the rehearsal, the warnings.

use hansei_domain::access::Role;
use hansei_domain::catalog::{GroupBy, StepTarget};
use http::StatusCode;

use super::{main_of, town, value_of};
use crate::world::World;

const RULE: [(&str, &str); 8] = [
    ("rule.critical", "0"),
    ("rule.error", "2"),
    ("rule.warning", ""),
    ("rule.info", ""),
    ("rule.page_up_to", "1"),
    ("rule.group_by", "labels"),
    ("rule.group_by.names", "pod, cluster"),
    ("rule.reopen_window_secs", "2 h"),
];
const POLICY: [(&str, &str); 3] = [
    ("escalation.repeat", "1"),
    ("escalation.exhaust_after_secs", "10 min"),
    ("escalation.ack_timeout_secs", ""),
];

fn fields<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let base = [("name", "Checkout"), ("slug", "checkout")];
    base.into_iter().chain(POLICY).chain(RULE).chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn a_service_is_made_with_steps_in_the_order_of_its_fields() {
    let world = World::new().await;
    let town = town(&world).await;
    let (person, team) = (town.person.to_string(), town.team.to_string());
    let steps = [
        ("escalation.steps[4].delay_secs", "45 s"),
        ("escalation.steps[4].targets", person.as_str()),
        ("escalation.steps[1].delay_secs", "1 h 30 min"),
        ("escalation.steps[1].targets", team.as_str()),
        ("rule.auto_resolve", "1"),
    ];
    let made = world.post(&world.admin, "/services", &fields(&steps)).await;
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::SEE_OTHER, "/services/checkout"),
        "{}",
        made.text()
    );
    let catalog = world.app.catalog.now();
    let service = catalog.services().into_iter().find(|s| s.slug.as_str() == "checkout").unwrap().clone();
    let delays: Vec<u32> = service.escalation.steps.iter().map(|s| s.delay_secs).collect();
    assert_eq!(delays, [45, 5_400]);
    assert_eq!(service.escalation.steps[0].targets, [StepTarget::Person { id: town.person }]);
    assert_eq!(service.rule.group_by, GroupBy::Labels { names: vec!["pod".into(), "cluster".into()] });
    assert_eq!((service.rule.warning, service.rule.reopen_window_secs), (None, 7_200));
    assert!(service.rule.auto_resolve);
    let edit = main_of(&world.page(&world.admin, "/services/checkout/edit").await);
    assert!(edit.contains("value=\"45 s\"") && edit.contains("value=\"1 h 30 min\""), "{edit}");
}

#[tokio::test]
async fn rows_are_added_and_removed_without_script_and_nothing_is_saved_by_it() {
    let world = World::new().await;
    town(&world).await;
    let step = [("escalation.steps[0].delay_secs", "7 min"), ("_add", "steps")];
    let more = world.post(&world.admin, "/services", &fields(&step)).await;
    assert_eq!(more.status, StatusCode::OK);
    let main = main_of(&more);
    assert_eq!(value_of(&main, "escalation.steps[0].delay_secs"), "7 min");
    assert!(main.contains("name=\"escalation.steps[1].delay_secs\""), "{main}");
    assert_eq!(value_of(&main, "name"), "Checkout");
    let less = [("escalation.steps[0].delay_secs", "7 min"), ("_remove", "0")];
    let main = main_of(&world.post(&world.admin, "/services", &fields(&less)).await);
    assert!(!main.contains("name=\"escalation.steps[0].delay_secs\""), "{main}");
    assert!(world.app.catalog.now().services().iter().all(|s| s.slug.as_str() != "checkout"));
}

#[tokio::test]
async fn every_wrong_field_says_so_where_it_stands() {
    let world = World::new().await;
    town(&world).await;
    let bad = [
        ("runbook_url", "javascript:alert(1)"),
        ("escalation.steps[0].delay_secs", "soon"),
        ("escalation.steps[1].delay_secs", "5 min"),
        ("escalation.steps[1].targets", "per_nobody"),
    ];
    let answer = world.post(&world.admin, "/services", &fields(&bad)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let main = main_of(&answer);
    for field in ["runbook_url", "escalation.steps[0].delay_secs", "escalation.steps[1].targets"] {
        assert!(main.contains(&format!("id=\"{field}-error\"")), "{field}: {main}");
    }
    assert_eq!(value_of(&main, "escalation.steps[0].delay_secs"), "soon");
    assert_eq!(value_of(&main, "runbook_url"), "javascript:alert(1)");
    // What only the use-case can know finds its field, too.
    let nobody = [("escalation.steps[0].delay_secs", "5 min")];
    let main = main_of(&world.post(&world.admin, "/services", &fields(&nobody)).await);
    assert!(main.contains("id=\"escalation.steps[0].targets-error\""), "a step must tell somebody: {main}");
}

#[tokio::test]
async fn the_form_plays_itself_through_before_it_is_saved() {
    let world = World::new().await;
    let town = town(&world).await;
    let team = town.team.to_string();
    let step = |severity: &'static str| {
        [
            ("escalation.steps[0].delay_secs", "5 min"),
            ("escalation.steps[0].targets", team.as_str()),
            ("_preview", severity),
        ]
    };
    let critical = main_of(&world.post(&world.admin, "/services", &fields(&step("critical"))).await);
    assert!(critical.contains("SEV0") && critical.contains("after 5 min"), "{critical}");
    assert!(critical.contains("Then all steps once more"), "{critical}");
    let error = main_of(&world.post(&world.admin, "/services", &fields(&step("error"))).await);
    assert!(error.contains("nobody is told"), "SEV2 does not page up to SEV1: {error}");
    let info = main_of(&world.post(&world.admin, "/services", &fields(&step("info"))).await);
    assert!(info.contains("It stays an alert: no incident"), "{info}");
}

#[tokio::test]
async fn the_page_says_who_would_be_paged_and_what_is_wrong_with_that() {
    let world = World::new().await;
    let town = town(&world).await;
    let page = main_of(&world.page(&world.admin, "/services/gateway").await);
    assert!(page.contains("hooks.example.org/ben"), "{page}");
    assert!(page.contains("this installation has no sender"), "no senders are configured here: {page}");
    world.change(town.person, |p| p.contacts.clear()).await;
    let page = main_of(&world.page(&world.admin, "/services/gateway").await);
    assert!(page.contains("Step 1 reaches nobody and is passed over."), "{page}");
    assert!(page.contains("who has no way to be reached"), "{page}");
    let list = main_of(&world.page(&world.admin, "/services").await);
    assert!(list.contains("2 warnings"), "{list}");
}

#[tokio::test]
async fn lists_can_be_searched_and_filtered() {
    let world = World::new().await;
    town(&world).await;
    world.service("billing").await;
    let list = async |query: &str| main_of(&world.page(&world.admin, &format!("/services{query}")).await);
    assert!(
        list("?q=BILL").await.contains("/services/billing")
            && !list("?q=BILL").await.contains("/services/gateway")
    );
    assert!(!list("?team=messaging").await.contains("/services/billing"));
    assert!(list("?q=zzz").await.contains("Nothing found"));
}

#[tokio::test]
async fn the_self_test_is_nobodys_service() {
    let world = World::new().await;
    let self_test = world
        .app
        .catalog
        .now()
        .service(hansei_domain::catalog::self_test::service_id())
        .unwrap()
        .slug
        .to_string();
    assert_eq!(
        world.page(&world.admin, &format!("/services/{self_test}")).await.status,
        StatusCode::NOT_FOUND
    );
    let viewer = world.somebody("Vera", Role::Viewer).await;
    assert_eq!(world.page(&viewer, "/services/new").await.status, StatusCode::FORBIDDEN);
}
