//! The catalogue as a file: what it says is done as a whole, and what it does not say is left alone.

use hansei_app::AppError;
use hansei_app::plan::Document;
use hansei_domain::Refusal;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{CatalogDoc, Service};
use hansei_domain::incident::Severity;
use hansei_testkit::TestApp;

const CONSOLE: Actor = Actor::Console;

fn service(app: &TestApp, slug: &str) -> Service {
    match &app.app.catalog.now().by_unique("service", slug).unwrap().doc {
        CatalogDoc::Service(service) => service.clone(),
        other => panic!("{other:?}"),
    }
}

fn wrong_fields(error: AppError) -> Vec<String> {
    match error {
        AppError::Refused(Refusal::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
        other => panic!("{other:?}"),
    }
}

/// Ana can be reached and is paged for the chat.
fn town() -> TestApp {
    let mut app = TestApp::new();
    app.person_with("ana", Role::Manager, &["email", "webhook"]);
    app.service("chat", &[(0, &["ana"])]);
    app.change_service("chat", |s| {
        s.rule.warning = None;
        s.rule.reopen_window_secs = 600;
    });
    app
}

#[tokio::test]
async fn the_first_file_leaves_alone_what_it_does_not_say() {
    let app = town();
    let (before, ana) = (service(&app, "chat"), app.app.catalog.now().people()[0].clone());
    let file = format!(
        "[[people]]\nemail = \"{}\"\nname = \"Ana R\"\n[[services]]\nslug = \"chat\"\nname = \"Live chat\"\n\
         [services.rule]\ncritical = 0\n",
        ana.email.to_uppercase()
    );
    let plan = app.app.plan(&CONSOLE, &file, false).unwrap();
    let fields: Vec<&str> =
        plan.entries.iter().flat_map(|e| e.changes.iter().map(|c| c.field.as_str())).collect();
    assert_eq!(fields, ["name", "name", "rule.critical"]);
    app.app.apply(&CONSOLE, &file, false).await.unwrap();
    let after = service(&app, "chat");
    assert_eq!((after.name.as_str(), after.rule.critical), ("Live chat", Severity::new(0)));
    assert_eq!((&after.escalation, after.rule.warning), (&before.escalation, None));
    assert_eq!(after.rule.reopen_window_secs, 600);
    let now = app.app.catalog.now();
    let after = now.person(ana.id).unwrap();
    assert_eq!((after.name.as_str(), after.role, &after.contacts), ("Ana R", ana.role, &ana.contacts));
}

#[tokio::test]
async fn an_edit_on_screen_stays_until_the_file_changes_the_same_field() {
    let app = town();
    let file = |secs: u32| {
        format!(
            "[[services]]\nslug = \"chat\"\nname = \"Chat\"\n[services.escalation]\nexhaust_after_secs = {secs}\n"
        )
    };
    app.app.apply(&CONSOLE, &file(400), false).await.unwrap();
    app.change_service("chat", |s| {
        s.escalation.exhaust_after_secs = 900;
        s.escalation.repeat = 2;
    });
    app.app.apply(&CONSOLE, &file(400), false).await.unwrap();
    assert_eq!(service(&app, "chat").escalation.exhaust_after_secs, 900);
    let clash = app.app.apply(&CONSOLE, &file(500), false).await.unwrap_err();
    assert!(clash.to_string().contains("service chat: escalation.exhaust_after_secs"), "{clash}");
    app.app.apply(&CONSOLE, &file(500), true).await.unwrap();
    let forced = service(&app, "chat").escalation;
    assert_eq!((forced.exhaust_after_secs, forced.repeat), (500, 2), "force is for what the file says only");
}

#[tokio::test]
async fn a_file_with_one_wrong_entry_changes_nothing_and_is_refused_by_plan_too() {
    let app = town();
    let file = "[[teams]]\nslug = \"voice\"\nname = \"Voice\"\n\
        [[services]]\nslug = \"talk\"\nname = \"Talk\"\nowner = \"voice\"\n\
        escalation = { exhaust_after_secs = 5 }\n\
        [organisation]\nname = \"Test\"\nzone = \"Mars/Olympus\"\n";
    let wrong = ["service talk.escalation.exhaust_after_secs", "settings settings.zone"];
    assert_eq!(wrong_fields(app.app.plan(&CONSOLE, file, false).unwrap_err()), wrong);
    let journal = app.journal();
    assert_eq!(wrong_fields(app.app.apply(&CONSOLE, file, false).await.unwrap_err()), wrong);
    assert_eq!(app.journal(), journal, "nothing was committed");
    assert!(app.app.catalog.now().by_unique("team", "voice").is_none());
    let good = file.replace("= 5 }", "= 300 }").replace("Mars/Olympus", "Asia/Tokyo");
    app.app.apply(&CONSOLE, &good, false).await.unwrap();
    let team = service(&app, "talk").owner_team_id.unwrap();
    assert_eq!(app.app.catalog.now().team(team).unwrap().name.as_str(), "Voice");
    let again = app.journal();
    app.app.apply(&CONSOLE, &good, false).await.unwrap();
    assert_eq!(app.journal(), again, "applying a file again is no event");
}

#[tokio::test]
async fn the_admin_can_be_handed_on_in_any_order_but_not_lost() {
    let app = town();
    let root = app.app.catalog.now().people().iter().find(|p| p.role == Role::Admin).unwrap().email.clone();
    let file = |next: &str| {
        format!(
            "[[people]]\nemail = \"{root}\"\nname = \"Root\"\nrole = \"viewer\"\n\
             [[people]]\nemail = \"zoe@example.org\"\nname = \"Zoe\"\nrole = \"{next}\"\n"
        )
    };
    let lost = app.app.plan(&CONSOLE, &file("manager"), false).unwrap_err();
    assert!(lost.to_string().starts_with(&format!("person {root}")), "{lost}");
    app.app.apply(&CONSOLE, &file("admin"), false).await.unwrap();
    assert_eq!(app.app.catalog.now().person_by_email("zoe@example.org").unwrap().role, Role::Admin);
}

#[tokio::test]
async fn what_is_archived_comes_back_and_what_stands_twice_is_refused() {
    let app = town();
    let file = "[[products]]\nslug = \"talk\"\nname = \"Talk\"\n";
    app.app.apply(&CONSOLE, file, false).await.unwrap();
    let id = app.app.catalog.now().by_unique("product", "talk").unwrap().doc.id();
    app.app.archive_entry(&CONSOLE, id).await.unwrap();
    let plan = app.app.plan(&CONSOLE, file, false).unwrap();
    assert!(plan.entries[0].changes.iter().any(|c| c.field == "archived"), "{plan:?}");
    app.app.apply(&CONSOLE, file, false).await.unwrap();
    assert!(app.app.catalog.now().in_use(id));
    let twice = app.app.plan(&CONSOLE, &file.repeat(2), false).unwrap_err();
    assert_eq!(wrong_fields(twice), ["product talk"]);
}

#[tokio::test]
async fn what_is_exported_makes_the_same_catalogue_elsewhere() {
    let app = town();
    let text = hansei_app::plan::export(&app.app.catalog.now()).write().unwrap();
    assert!(text.contains("warning = \"none\""), "{text}");
    let elsewhere = TestApp::new();
    elsewhere.app.apply(&CONSOLE, &text, true).await.unwrap();
    assert_eq!(service(&elsewhere, "chat").rule, service(&app, "chat").rule);
    let back = hansei_app::plan::export(&elsewhere.app.catalog.now());
    assert_eq!(back, Document::parse(&text).unwrap());
}
