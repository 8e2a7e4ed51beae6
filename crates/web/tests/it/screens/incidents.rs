//! The list, declaring, and the page of an incident.

use hansei_domain::signal::AlertSeverity;

use super::{Stage, in_order, visible};

async fn story() -> Stage {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Error).await;
    stage.forward(120).await;
    stage.act(&stage.ana, "acknowledge", &[]).await;
    stage.forward(60).await;
    stage.act(&stage.ana, "severity", &[("severity", "1"), ("note", "Nobody can take a chat.")]).await;
    stage.act(&stage.ana, "comment", &[("text", "p99 is 4.1 s")]).await;
    let evidence =
        [("text", "Latency graph"), ("url", "https://graphs.example.org/x?a=1&b=2"), ("evidence", "graph")];
    stage.act(&stage.ana, "evidence", &evidence).await;
    let scope = [("symptom", "Accept button dead"), ("all_pods", "1"), ("from_at", "2024-07-02T09:30")];
    stage.act(&stage.ana, "scope-add", &scope).await;
    stage
        .act(
            &stage.ana,
            "time",
            &[("which", "impact_started"), ("at", "2024-07-02T09:30"), ("note", "graph")],
        )
        .await;
    stage.forward(600).await;
    stage
        .act(&stage.ana, "resolve", &[("note", "Rolled back."), ("impact_ended_at", "2024-07-02T10:10")])
        .await;
    stage
}

#[tokio::test]
async fn a_whole_story_is_read_in_every_language() {
    let stage = story().await;
    insta::assert_snapshot!("incident_en", visible(&stage.look(&stage.ana, "/incidents/1").await));
    insta::assert_snapshot!("incident_de", visible(&stage.look(&stage.vera, "/incidents/1").await));
    insta::assert_snapshot!("incident_ja", visible(&stage.look(&stage.jun, "/incidents/1").await));
}

#[tokio::test]
async fn the_timeline_can_be_turned_around_and_narrowed() {
    let stage = story().await;
    let newest = visible(&stage.look(&stage.ana, "/incidents/1").await);
    in_order(&newest, &["resolved the incident", "commented", "declared the incident"]);
    let oldest = visible(&stage.look(&stage.ana, "/incidents/1?order=oldest").await);
    let entries = oldest.split_once("Newest first").unwrap().1;
    in_order(entries, &["declared the incident", "commented", "resolved the incident"]);
    let comments = stage.look(&stage.ana, "/incidents/1?show=comments").await;
    let entries = comments.split_once("id=\"entries\"").unwrap().1.split_once("</ol>").unwrap().0;
    assert_eq!(entries.matches("<li class=\"entry").count(), 1, "{entries}");
    assert!(
        comments.contains("href=\"?order=oldest&amp;show=comments\"")
            || comments.contains("href=\"?show=comments&amp;order=oldest\"")
            || comments.contains("?show=comments&#38;order=oldest")
    );
    let pages = visible(&stage.look(&stage.ana, "/incidents/1?show=pages").await);
    assert!(pages.contains("is told") && !pages.contains("changed the state"), "{pages}");
}

#[tokio::test]
async fn a_long_timeline_comes_in_parts_and_loses_no_fact() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    stage.act(&stage.ana, "evidence", &[("text", "The first graph"), ("evidence", "graph")]).await;
    for i in 0..160 {
        stage.act(&stage.ana, "comment", &[("text", &format!("remark number {i} end"))]).await;
    }
    let page = stage.look(&stage.ana, "/incidents/1").await;
    assert!(page.contains("remark number 159 end") && !page.contains("remark number 2 end"));
    assert!(page.contains("The first graph"), "pinned evidence stands on every part");
    let next = page
        .split_once("rel=\"next\" href=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0
        .replace("#timeline", "");
    let path = format!("/incidents/1{}", next.replace("&amp;", "&").replace("&#38;", "&"));
    let second = stage.look(&stage.ana, &path).await;
    assert!(second.contains("remark number 2 end") && !second.contains("remark number 159 end"), "{path}");
    assert!(second.contains("To the beginning of the list"));
}

#[tokio::test]
async fn numbers_with_any_slug_lead_to_the_incident_and_others_do_not_exist() {
    let stage = story().await;
    for path in ["/incidents/1-whatever-it-was-called", "/incidents/INC-1"] {
        let answer = stage.world.page(&stage.ana, path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/incidents/1"), "{path}");
    }
    for path in
        ["/incidents/2", "/incidents/abc", "/incidents/1x", "/incidents/-1", "/incidents/1/do/nothing"]
    {
        assert_eq!(stage.world.page(&stage.ana, path).await.status, 404, "{path}");
    }
    // The self-test's incident is a number like any other to who asks for it, and in no list.
    assert!(!stage.look(&stage.ana, "/incidents?state=all").await.contains("INC-0"));
}

#[tokio::test]
async fn a_viewer_reads_everything_and_changes_nothing() {
    let stage = story().await;
    let page = stage.look(&stage.vera, "/incidents/1").await;
    assert!(!page.contains("/do/") && !page.contains("<textarea"), "{page}");
    for path in ["/incidents", "/incidents/1/do/comment", "/incidents/1/do/reopen"] {
        let answer = stage.post(&stage.vera, path, &[("text", "x"), ("title", "x")]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(stage.world.page(&stage.vera, "/incidents/new").await.status, 403);
}

#[tokio::test]
async fn the_list_is_filtered_and_paged_by_its_address() {
    let stage = Stage::new().await;
    for i in 0..60 {
        let title = format!("Trouble {i}");
        let severity = if i % 2 == 0 { "1" } else { "3" };
        let fields = [("title", title.as_str()), ("severity", severity), ("source", "staff")];
        assert_eq!(stage.post(&stage.ana, "/incidents", &fields).await.status, 303);
    }
    stage.act(&stage.jun, "acknowledge", &[]).await;
    let rows = |page: &str| page.matches("data-list-item").count();
    let first = stage.look(&stage.ana, "/incidents").await;
    assert_eq!(rows(&first), 50);
    assert!(
        first.contains("state=open&#38;before=11") || first.contains("state=open&amp;before=11"),
        "next page"
    );
    assert_eq!(rows(&stage.look(&stage.ana, "/incidents?before=11").await), 10);
    assert_eq!(rows(&stage.look(&stage.ana, "/incidents?severity=0-2").await), 30);
    assert_eq!(rows(&stage.look(&stage.ana, "/incidents?q=trouble%2059").await), 1);
    assert_eq!(rows(&stage.look(&stage.ana, &format!("/incidents?holder={}", stage.jun.person)).await), 1);
    assert_eq!(rows(&stage.look(&stage.ana, "/incidents?state=resolved").await), 0);
    assert_eq!(rows(&stage.look(&stage.ana, "/incidents?severity=9&before=z").await), 50);
    for nothing in ["service=x", "holder=y"] {
        let list = stage.look(&stage.ana, &format!("/incidents?{nothing}")).await;
        assert_eq!(rows(&list), 0, "a filter that cannot be read does not show everything");
    }
    let answer = stage.world.page(&stage.ana, "/incidents?q=INC-7").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/incidents/7"));
    let typed = stage.look(&stage.ana, "/incidents?q=7&state=resolved").await;
    assert!(
        typed.contains("id=\"row-7\"") && rows(&typed) == 1,
        "a number finds its incident wherever it stands"
    );
}

#[tokio::test]
async fn declaring_tells_people_and_leads_to_the_incident() {
    let stage = Stage::new().await;
    let service = stage.service.to_string();
    let fields = [
        ("title", "Chats cannot be accepted"),
        ("service_id", service.as_str()),
        ("severity", "1"),
        ("source", "customer_report"),
        ("page", "1"),
        ("impact_started_at", "2024-07-02T09:15"),
    ];
    let answer = stage.post(&stage.jun, "/incidents", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/incidents/1"));
    let page = visible(&stage.look(&stage.ana, "/incidents/1").await);
    // 09:15 was meant in Tokyo.
    in_order(
        &page,
        &["Chats cannot be accepted", "People and pages", "Ana Ruiz", "Impact started", "02:15 CEST"],
    );
}

#[tokio::test]
async fn a_declaration_that_is_wrong_comes_back_with_what_was_typed() {
    let stage = Stage::new().await;
    let fields = [
        ("title", "  "),
        ("severity", "7"),
        ("source", "staff"),
        ("service_id", "svc_00000000000000000000000099"),
        ("impact_started_at", "2024-03-31T02:30"),
        ("hold", "1"),
    ];
    let answer = stage.post(&stage.ana, "/incidents", &fields).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    for field in ["title-error", "service_id-error", "severity-error", "impact_started_at-error"] {
        assert!(page.contains(&format!("id=\"{field}\"")), "{field} in {page}");
    }
    assert!(
        page.contains("value=\"2024-03-31T02:30\"") && page.contains("name=\"hold\" value=\"1\" checked")
    );
    assert!(!page.contains("name=\"page\" value=\"1\" checked"), "what was not checked stays unchecked");
    let future =
        [("title", "x"), ("severity", "2"), ("source", "staff"), ("impact_started_at", "2030-01-01T00:00")];
    let answer = stage.post(&stage.ana, "/incidents", &future).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("id=\"impact_started_at-error\""));
    assert!(stage.world.app.store.incident_by_number(1).await.unwrap().is_none());
}

#[tokio::test]
async fn the_palette_finds_by_number_title_service_and_person() {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Critical).await;
    let find = async |q: &str| {
        let answer = stage.world.page(&stage.ana, &format!("/palette.json?q={q}")).await;
        let items = answer.json()["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|i| (i["href"].as_str().unwrap().to_owned(), i["title"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let title = "INC-1 Chat gateway: Latency is slow";
    assert_eq!(find("inc-1").await[0], ("/incidents/1".into(), title.into()));
    assert_eq!(find("1").await[0].0, "/incidents/1");
    assert_eq!(find("slow%20latency").await[0].0, "/incidents/1");
    assert!(find("gateway").await.iter().any(|(href, _)| href == "/services/chat-gateway"));
    assert!(find("ruiz").await.iter().any(|(href, _)| *href == format!("/people/{}", stage.ana.person)));
    assert!(find("").await.is_empty() && find("nothing-of-this").await.is_empty());
}
