//! Words of people and machines are shown as words, whatever they are (R40).

use hansei_app::secret::LinkPurpose;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, Origin};
use hansei_domain::journal::State;
use hansei_domain::signal::{Content, Link};
use hansei_domain::text::Name;

use super::Stage;

const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}{% raw %}";

#[tokio::test]
async fn hostile_words_stay_words_on_every_page() {
    let stage = Stage::new().await;
    let catalog = stage.world.app.catalog.now();
    let mut person = catalog.person(stage.ana.person).unwrap().clone();
    person.name = Name::lossy("<script>ana()</script>", "x");
    let mut service = catalog.service(stage.service).unwrap().clone();
    service.name = Name::lossy("<script>svc()</script>\"", "x");
    for doc in [CatalogDoc::Person(person), CatalogDoc::Service(service)] {
        stage.world.app.put_entry(&Actor::Console, doc, Origin::Screen).await.unwrap();
    }
    stage
        .fire_with(SCRIPT, |content| Content {
            summary: SCRIPT.into(),
            source: SCRIPT.into(),
            component: Some(SCRIPT.into()),
            labels: vec![(SCRIPT.into(), SCRIPT.into())],
            annotations: vec![(SCRIPT.into(), SCRIPT.into())],
            details: Some(format!("{{\"x\":{}}}", serde_json::to_string(SCRIPT).unwrap())),
            links: vec![Link {
                href: "https://example.org/\"><script>l()</script>".into(),
                text: SCRIPT.into(),
            }],
            client: Some(SCRIPT.into()),
            client_url: Some("https://example.org/'\"<script>".into()),
            ..content
        })
        .await;
    let note = format!("{SCRIPT} \u{05D0}\u{05D1} ‏مرحبا");
    stage.act(&stage.ana, "acknowledge", &[]).await;
    stage.act(&stage.ana, "comment", &[("text", &note)]).await;
    stage
        .act(
            &stage.ana,
            "evidence",
            &[("text", SCRIPT), ("evidence", "log"), ("url", "https://example.org/\"onx=")],
        )
        .await;
    stage.act(&stage.ana, "severity", &[("severity", "0"), ("note", SCRIPT)]).await;
    stage.act(&stage.ana, "scope-add", &[("symptom", SCRIPT)]).await;
    stage.act(&stage.ana, "title", &[("title", SCRIPT)]).await;
    let id = stage.incident(1).await.id;
    let State::Page(page) = stage.world.app.store.pages(&[id]).await.unwrap().remove(0).state else {
        panic!()
    };
    let link = format!("/p/{}", stage.world.app.links.token(LinkPurpose::Respond, page.id));
    let alert = format!("/alerts/{}", stage.alert().await);
    let query: String = url::form_urlencoded::byte_serialize(SCRIPT.as_bytes()).collect();
    for path in [
        "/".to_owned(),
        "/incidents".into(),
        format!("/incidents?q={query}&severity={query}&before={query}"),
        "/incidents/1".into(),
        format!("/incidents/1?show={query}&order={query}"),
        "/incidents/1/do/title".into(),
        "/incidents/1/do/handover".into(),
        format!("/incidents/1/do/resolve?id={query}&which={query}"),
        format!("/incidents/new?title={query}&service={query}"),
        "/alerts".into(),
        format!("/alerts?q={query}&key={query}"),
        alert,
        link,
    ] {
        for who in [&stage.ana, &stage.jun] {
            inert(&path, &stage.look(who, &path).await);
        }
    }
    let answer = stage
        .post(&stage.ana, "/incidents/1/do/title", &[("title", ""), ("id", SCRIPT), ("version", SCRIPT)])
        .await;
    inert("the form again", &answer.text());
}

#[track_caller]
fn inert(path: &str, page: &str) {
    let lower = page.to_lowercase();
    assert_eq!(lower.matches("<script").count(), 1, "{path}: only our own script\n{page}");
    for bad in ["<img", "onerror=alert(2)>", "javascript:", "</script>\""] {
        assert!(!lower.contains(bad), "{path}: {bad}\n{page}");
    }
    assert!(!page.contains("49{"), "{path}: nothing is evaluated");
}

#[tokio::test]
async fn long_and_foreign_words_are_kept_whole() {
    let stage = Stage::new().await;
    let long = "障害".repeat(500);
    let fields = [("title", long.as_str()), ("severity", "1"), ("source", "staff")];
    assert_eq!(stage.post(&stage.ana, "/incidents", &fields).await.status, 303);
    for path in ["/", "/incidents", "/incidents/1"] {
        assert!(stage.look(&stage.ana, path).await.contains(&long), "{path}");
    }
    let too_long = "x".repeat(1_025);
    let fields = [("title", too_long.as_str()), ("severity", "1"), ("source", "staff")];
    let answer = stage.post(&stage.ana, "/incidents", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains(&too_long), "what was typed is not lost");
    let turned = [("title", "safe\u{202E}gpj.exe"), ("severity", "1"), ("source", "staff")];
    let answer = stage.post(&stage.ana, "/incidents", &turned).await;
    assert_eq!(answer.status, 422, "a title that shows as something else than it is");
    let arabic = [("title", "العربية"), ("severity", "1"), ("source", "staff")];
    assert_eq!(stage.post(&stage.ana, "/incidents", &arabic).await.status, 303);
    assert!(stage.look(&stage.ana, "/incidents/2").await.contains("<h1><bdi>العربية</bdi></h1>"));
}
