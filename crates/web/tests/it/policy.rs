//! R36: walks the whole table for every kind of caller.

use axum::body::Body;
use hansei_domain::access::{Permission, Role};
use hansei_domain::signal::SourceFormat;
use hansei_web::Access;
use hansei_web::policy::Route;
use http::{Method, Request, StatusCode, header};

use crate::world::{Answer, Session, World};

/// A path of a route with parameters that fit no object.
fn path_of(route: &Route) -> String {
    route
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "nothing-here" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn request(route: &Route) -> http::request::Builder {
    let builder = Request::builder().method(route.method.clone()).uri(path_of(route));
    if route.path.starts_with("/api/v1") {
        builder.header(header::CONTENT_TYPE, "application/json")
    } else {
        builder
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("accept", "text/html")
    }
}

fn let_in(answer: &Answer) -> bool {
    // A redirect to the sign-in page, 401 and 403 are refusals; whatever else happens was decided by the handler.
    let to_sign_in = answer.status.is_redirection() && answer.header("location").starts_with("/sign-in");
    !to_sign_in && answer.status != StatusCode::UNAUTHORIZED && answer.status != StatusCode::FORBIDDEN
}

async fn by_session(world: &World, route: &Route, session: &Session) -> Answer {
    let body =
        if route.path.starts_with("/api/v1") { String::new() } else { format!("_csrf={}", session.csrf) };
    let request =
        request(route).header(header::COOKIE, &session.cookie).header("x-csrf-token", &session.csrf);
    world.send(request.body(Body::from(body)).unwrap()).await
}

async fn by_token(world: &World, route: &Route, token: &str) -> Answer {
    let request = request(route).header(header::AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn anonymous(world: &World, route: &Route) -> Answer {
    world.send(request(route).body(Body::empty()).unwrap()).await
}

/// Routes that end the very session they are called with.
fn ends_session(route: &Route) -> bool {
    route.path.contains("sign-out") || (route.method != Method::GET && route.path.contains("session"))
}

#[tokio::test]
async fn every_route_admits_whom_its_line_names_and_nobody_else() {
    let table = hansei_web::routes::all().table().to_vec();
    assert!(table.len() > 30, "the table has {} lines", table.len());
    let world = World::new().await;
    let mut people = Vec::new();
    for role in Role::ALL {
        let (id, _) = world.person(&format!("P{}", role.as_str()), role).await;
        // Setting the password for it ends tokens, so that one comes after it.
        let session = world.sign_in(id).await;
        people.push((role, id, world.token(id, role).await, session));
    }
    for route in &table {
        let what = format!("{} {} {:?}", route.method, route.path, route.access);
        let nobody = anonymous(&world, route).await;
        match route.access {
            Access::Public | Access::SignedLink => {}
            Access::Setup => assert_eq!(nobody.status, StatusCode::NOT_FOUND, "{what}"),
            // What names no key at all is answered as by the original: the field is missing.
            Access::IntakeKey(SourceFormat::Pagerduty) => {
                assert_eq!(nobody.status, StatusCode::BAD_REQUEST, "{what}");
            }
            Access::IntakeKey(_) | Access::Metrics | Access::Session(_) | Access::Api(_) => {
                assert!(!let_in(&nobody), "{what}: anonymous got {}", nobody.status);
            }
        }
        let (Access::Session(permission) | Access::Api(permission)) = route.access else { continue };
        for (role, id, token, session) in &mut people {
            let token_works = matches!(route.access, Access::Api(_));
            let answer = by_token(&world, route, token).await;
            let expected = token_works && role.may(permission);
            assert_eq!(let_in(&answer), expected, "{what}: token of {role:?} got {}", answer.status);
            if ends_session(route) {
                continue;
            }
            if world.app.session(&session.cookie["hansei=".len()..]).await.unwrap().is_none() {
                *session = world.sign_in(*id).await;
            }
            let answer = by_session(&world, route, session).await;
            assert_eq!(let_in(&answer), role.may(permission), "{what}: {role:?} got {}", answer.status);
        }
    }
}

#[tokio::test]
async fn unsafe_requests_with_a_cookie_need_both_proofs() {
    let world = World::new().await;
    let table = hansei_web::routes::all().table().to_vec();
    let admin = &world.admin;
    for route in table.iter().filter(|r| !r.method.is_safe()) {
        let (Access::Session(_) | Access::Api(_)) = route.access else { continue };
        let what = format!("{} {}", route.method, route.path);
        let bare = request(route).header(header::COOKIE, &admin.cookie).body(Body::empty()).unwrap();
        assert_eq!(world.send(bare).await.status, StatusCode::FORBIDDEN, "{what}: without the token");
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let foreign = request(route)
                .header(header::COOKIE, &admin.cookie)
                .header("x-csrf-token", &admin.csrf)
                .header(name, value)
                .body(Body::empty());
            assert_eq!(
                world.send(foreign.unwrap()).await.status,
                StatusCode::FORBIDDEN,
                "{what}: {name} {value}"
            );
        }
    }
}

#[tokio::test]
async fn a_path_that_is_not_in_the_table_does_not_exist() {
    let world = World::new().await;
    for path in
        ["/admin", "/api/v1", "/api/v3/alerts", "/assets/../Cargo.toml", "/assets/manifest.json", "/.env"]
    {
        assert_eq!(world.page(&world.admin, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let request = Request::delete("/healthz").body(Body::empty()).unwrap();
    let answer = world.send(request).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
}

#[tokio::test]
async fn a_session_ends_at_once_when_it_is_ended() {
    let world = World::new().await;
    assert_eq!(world.page(&world.admin, "/about").await.status, StatusCode::OK);
    let actor = hansei_domain::access::Actor::Console;
    world.app.end_sessions(&actor, world.admin.person, None).await.unwrap();
    let answer = world.page(&world.admin, "/about").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fabout"));
}

#[tokio::test]
async fn permissions_are_exactly_those_of_the_domain() {
    // A new permission must get routes, or be seen to have none yet.
    let table = hansei_web::routes::all().table().to_vec();
    for permission in [Permission::Read, Permission::Respond, Permission::ManageCatalog] {
        let used = |r: &Route| matches!(r.access, Access::Session(p) | Access::Api(p) if p == permission);
        assert!(table.iter().any(used), "{permission:?} opens nothing");
    }
}
