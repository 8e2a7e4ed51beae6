//! Set-up, signing in and out, passwords by link.

use std::sync::Arc;

use axum::body::Body;
use hansei_app::auth::{Client, SignInError};
use hansei_app::ports::Clock;
use hansei_domain::access::{Actor, Role};
use hansei_web::{Web, WebConfig};
use http::{Request, StatusCode};

use super::{main_of, value_of};
use crate::world::{Answer, FakeClock, Session, World, empty_app, formats};

/// A Hansei that nobody has set up, and its link.
async fn blank() -> (World, String) {
    let mut world = World::new().await;
    let clock = Arc::new(FakeClock::new());
    let store = hansei_store::memory(Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let app = empty_app(store, Arc::clone(&clock), "http://hansei.test").await;
    let token = app.setup_token().await.unwrap().unwrap();
    world.site = hansei_web::Service::new(Web::new(Arc::clone(&app), WebConfig::default(), formats()));
    world.app = app;
    world.clock = clock;
    (world, format!("/setup/{token}"))
}

const ADA: [(&str, &str); 6] = [
    ("organisation", "Beispiel GmbH"),
    ("name", "Ada"),
    ("email", "ada@example.org"),
    ("password", "correct horse battery"),
    ("locale", "de"),
    ("zone", "Europe/Berlin"),
];

fn cookie_of(answer: &Answer) -> String {
    let mut cookies = answer.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
    let session = cookies.rfind(|c| c.starts_with("hansei=")).unwrap_or_else(|| panic!("no session"));
    session.split(';').next().unwrap().to_owned()
}

fn browser(world: &World, answer: &Answer) -> Session {
    let cookie = cookie_of(answer);
    let csrf = hansei_web::session::csrf_of(cookie.trim_start_matches("hansei="));
    Session { person: world.admin.person, cookie, csrf }
}

#[tokio::test]
async fn the_link_from_the_console_makes_the_first_admin_once() {
    let (world, link) = blank().await;
    let page = world.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    let main = main_of(&page);
    assert!(main.contains("data-zone-guess") && main.contains("minlength=\"12\""), "{main}");
    let made = world.post_raw(None, &link, &ADA).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", made.text());
    let admin = browser(&world, &made);
    let now = world.page(&admin, "/").await;
    assert_eq!(now.status, StatusCode::OK);
    assert!(
        now.text().contains("lang=\"de\"") && now.text().contains("Drei Schritte"),
        "the first steps are shown"
    );
    let again = world.post_raw(None, &link, &ADA).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(main_of(&again).contains("/sign-in"), "whoever comes later is led to the door");
    assert_eq!(world.app.catalog.now().people().len(), 1);
}

#[tokio::test]
async fn a_wrong_link_is_explained_and_makes_nobody() {
    let (world, _) = blank().await;
    let wrong = format!("/setup/{}", "0".repeat(64));
    for answer in [world.get(&wrong).await, world.post_raw(None, &wrong, &ADA).await] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(main_of(&answer).contains("newest one from the console"), "{}", answer.text());
    }
    assert!(world.app.is_empty());
}

#[tokio::test]
async fn everything_wrong_with_a_set_up_is_said_at_once_and_nothing_typed_is_lost() {
    let (world, link) = blank().await;
    let bad = [
        ("organisation", "Beispiel GmbH"),
        ("name", ""),
        ("email", "ada"),
        ("password", "short"),
        ("zone", "Asia/Tokyo"),
    ];
    let answer = world.post_raw(None, &link, &bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let main = main_of(&answer);
    for field in ["name-error", "email-error", "password-error"] {
        assert!(main.contains(&format!("id=\"{field}\"")), "{field}: {main}");
    }
    assert_eq!(value_of(&main, "organisation"), "Beispiel GmbH");
    assert_eq!(value_of(&main, "email"), "ada");
    assert!(
        main.contains("<option selected>Asia/Tokyo") && !main.contains("short\""),
        "the password is not sent back"
    );
    assert!(world.app.is_empty());
}

#[tokio::test]
async fn signing_in_leads_where_one_wanted_to_go_and_nowhere_else() {
    let world = World::new().await;
    let fields = |next: &'static str| {
        [("email", "ada@example.org"), ("password", "correct horse battery"), ("next", next)]
    };
    let there = world.post_raw(None, "/sign-in", &fields("/services/x?y=1")).await;
    assert_eq!((there.status, there.header("location")), (StatusCode::SEE_OTHER, "/services/x?y=1"));
    assert_eq!(world.page(&browser(&world, &there), "/about").await.status, StatusCode::OK);
    let elsewhere = world.post_raw(None, "/sign-in", &fields("//evil.example")).await;
    assert_eq!(elsewhere.header("location"), "/");
    let form = world.get("/sign-in?next=%2Fservices").await;
    assert_eq!(value_of(&main_of(&form), "next"), "/services");
    let known = world.page(&world.admin, "/sign-in?next=%2Fpeople").await;
    assert_eq!(known.header("location"), "/people", "who is signed in need not do it again");
}

#[tokio::test]
async fn whether_an_account_exists_cannot_be_told_and_tries_cost_time() {
    let world = World::new().await;
    let attempt = async |email: &str| {
        world.post_raw(None, "/sign-in", &[("email", email), ("password", "wrong wrong wrong")]).await
    };
    let strip = |a: &Answer, email: &str| main_of(a).replace(email, "*");
    let (known, unknown) = (attempt("ada@example.org").await, attempt("eve@example.org").await);
    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(strip(&known, "ada@example.org"), strip(&unknown, "eve@example.org"));
    assert_eq!(value_of(&main_of(&known), "email"), "ada@example.org");
    for _ in 0..5 {
        attempt("ada@example.org").await;
    }
    let late = attempt("ada@example.org").await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(main_of(&late).contains("10:00 CEST"), "the time is said: {}", main_of(&late));
    assert!(late.header("retry-after").parse::<u32>().unwrap() > 0);
}

/// Many at once: no more are looked at than one after the other would be, and who is known here is let in.
#[tokio::test]
async fn trying_many_at_once_is_no_use_and_locks_nobody_out_who_is_known() {
    let world = World::new().await;
    let at = |device: Option<String>| Client { address: "192.0.2.77".into(), agent: String::new(), device };
    let app = &world.app;
    let signed =
        app.sign_in("ada@example.org", "correct horse battery", &at(None)).await.unwrap().ok().unwrap();
    let client = at(None);
    let tries = (0..40).map(|_| app.sign_in("ada@example.org", "wrong wrong wrong", &client));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers.iter().filter(|a| matches!(a, Ok(Err(SignInError::Wrong)))).count();
    assert_eq!((looked_at, answers.len()), (6, 40));
    let right = "correct horse battery";
    let stranger = app.sign_in("ada@example.org", right, &at(None)).await.unwrap();
    assert!(matches!(stranger, Err(SignInError::Throttled { .. })), "whoever guesses has to wait");
    let known = app.sign_in("ada@example.org", right, &at(Some(signed.device.clone()))).await.unwrap();
    assert!(known.is_ok(), "a browser in which Ada signed in before is hers");
    let forged = at(Some("0".repeat(78)));
    assert!(app.sign_in("ada@example.org", right, &forged).await.unwrap().is_err());
    let other = app.sign_in("eve@example.org", right, &at(Some(signed.device))).await.unwrap();
    assert_eq!(other.err(), Some(SignInError::Wrong), "another account is tried as by any stranger");
}

/// What colleagues mistype in the course of a day does not add up for ever.
#[tokio::test]
async fn an_office_is_not_locked_out_by_its_typing_errors() {
    let world = World::new().await;
    let client = Client { address: "192.0.2.77".into(), ..Client::default() };
    for n in 0..60 {
        let (name, day) = (format!("p{n}@example.org"), &world.clock);
        let answer = world.app.sign_in(&name, "wrong wrong wrong", &client).await.unwrap();
        assert_eq!(answer.err(), Some(SignInError::Wrong), "try {n}");
        day.forward(300);
    }
    let right = world.app.sign_in("ada@example.org", "correct horse battery", &client).await.unwrap();
    assert!(right.is_ok());
}

#[tokio::test]
async fn no_address_that_is_typed_can_fill_or_break_the_store() {
    let world = World::new().await;
    for typed in ["x".repeat(900_000), "a\0b@example.org".into(), "\0".into()] {
        let fields = [("email", typed.as_str()), ("password", "wrong wrong wrong")];
        let answer = world.post_raw(None, "/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for query in ["/incidents?q=%00", "/alerts?q=%00", "/palette.json?q=%00"] {
        assert_eq!(world.page(&world.admin, query).await.status, StatusCode::OK, "{query}");
    }
}

#[tokio::test]
async fn a_set_up_that_fails_leaves_the_door_open() {
    let (world, link) = blank().await;
    let before = world.app.store.commit_figures().commits;
    assert_eq!(world.post_raw(None, &link, &ADA).await.status, StatusCode::SEE_OTHER);
    // The admin with the spent link, the settings, the session: nothing is spent without making somebody.
    assert_eq!(world.app.store.commit_figures().commits - before, 3);
}

#[tokio::test]
async fn whoever_signs_in_over_a_session_leaves_none_behind() {
    let world = World::new().await;
    let fields = [
        ("_csrf", world.admin.csrf.as_str()),
        ("email", "ada@example.org"),
        ("password", "correct horse battery"),
    ];
    let again = world.post_raw(Some(&world.admin), "/sign-in", &fields).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(world.page(&browser(&world, &again), "/about").await.status, StatusCode::OK);
    assert_eq!(
        world.page(&world.admin, "/about").await.status,
        StatusCode::SEE_OTHER,
        "the old one has ended"
    );
    let cookies: Vec<_> =
        again.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).collect();
    assert!(cookies.iter().any(|c| c.starts_with("hansei-device=") && c.contains("HttpOnly")), "{cookies:?}");
}

/// R43: whoever stole a session and made a token loses both.
#[tokio::test]
async fn tokens_end_with_the_password_and_with_their_person() {
    let world = World::new().await;
    let (ben, first) = world.person("Ben", Role::Responder).await;
    let works = async |token: &str| world.api(token, "GET", "/me", None).await.status == StatusCode::OK;
    assert!(works(&first).await);
    world.app.set_password(&Actor::Console, ben, "correct horse battery", None).await.unwrap();
    assert!(!works(&first).await, "a replaced password ends tokens");
    let second = world.token(ben, Role::Responder).await;
    let link = world.app.password_link(&Actor::Console, ben).await.unwrap();
    let client = Client::default();
    world.app.use_password_link(&link.token, "staple battery horse", &client).await.unwrap();
    assert!(!works(&second).await, "a link does, too");
    let third = world.token(ben, Role::Responder).await;
    let entry = hansei_domain::catalog::EntryId::Person(ben);
    world.app.archive_entry(&Actor::Console, entry).await.unwrap();
    world.app.restore_entry(&Actor::Console, entry).await.unwrap();
    assert!(!works(&third).await, "whoever comes back gets no old tokens back");
}

#[tokio::test]
async fn signing_out_ends_the_session_even_for_a_copied_cookie() {
    let world = World::new().await;
    let out = world.post(&world.admin, "/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    let after = world.page(&world.admin, "/about").await;
    assert_eq!(after.header("location"), "/sign-in?next=%2Fabout");
    let foreign =
        Request::post("/sign-out").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    assert_eq!(world.send(foreign).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_password_link_works_once_and_for_72_hours() {
    let world = World::new().await;
    let (ben, _) = world.person("Ben", Role::Responder).await;
    let link = async || {
        let made = world.app.password_link(&Actor::Console, ben).await.unwrap();
        format!("/password/{}", made.token)
    };
    let (first, second) = (link().await, link().await);
    assert_eq!(world.get(&first).await.status, StatusCode::NOT_FOUND, "a newer link makes an older one void");
    let page = world.get(&second).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(main_of(&page).contains("ben@example.org"));
    assert_eq!(world.get(&second).await.status, StatusCode::OK, "looking spends nothing");
    let short = world.post_raw(None, &second, &[("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let before = world.sign_in(ben).await;
    let set = world.post_raw(None, &second, &[("password", "staple battery horse")]).await;
    assert_eq!((set.status, set.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(world.page(&browser(&world, &set), "/about").await.status, StatusCode::OK);
    assert_eq!(
        world.page(&before, "/about").await.status,
        StatusCode::SEE_OTHER,
        "earlier sessions have ended"
    );
    let again = world.post_raw(None, &second, &[("password", "staple battery horse")]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let late = link().await;
    world.clock.forward(72 * 3_600);
    assert_eq!(world.get(&late).await.status, StatusCode::NOT_FOUND);
    for forged in [
        "/password/x".to_owned(),
        late.replace(&late[40..44], "0000"),
        format!("/password/{}", "é".repeat(45)),
    ] {
        assert_eq!(world.get(&forged.replace('é', "%C3%A9")).await.status, StatusCode::NOT_FOUND, "{forged}");
    }
}
