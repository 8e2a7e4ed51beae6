//! Everything that can be done to an incident by form.

use hansei_domain::incident::{IncidentStatus, TimeKind};
use hansei_domain::signal::AlertSeverity;

use super::{Stage, in_order, visible};

async fn burning() -> Stage {
    let stage = Stage::new().await;
    stage.fire("Latency", AlertSeverity::Error).await;
    stage
}

#[tokio::test]
async fn every_action_has_a_form_that_stands_alone() {
    let stage = burning().await;
    stage.act(&stage.ana, "comment", &[("text", "x")]).await;
    stage.act(&stage.ana, "scope-add", &[("all_pods", "1")]).await;
    let incident = stage.incident(1).await;
    let (note, scope) = (incident.remarks[0].id.to_string(), incident.scope[0].id.to_string());
    for (action, query) in [
        ("acknowledge", String::new()),
        ("handover", String::new()),
        ("status", String::new()),
        ("severity", String::new()),
        ("title", String::new()),
        ("resolve", String::new()),
        ("reopen", String::new()),
        ("close", String::new()),
        ("merge", String::new()),
        ("people", String::new()),
        ("escalate", String::new()),
        ("comment", String::new()),
        ("evidence", String::new()),
        ("correct", format!("?id={note}")),
        ("withdraw", format!("?id={note}")),
        ("time", "?which=mitigated".into()),
        ("scope-add", String::new()),
        ("scope-change", format!("?id={scope}")),
        ("scope-remove", format!("?id={scope}")),
    ] {
        for who in [&stage.ana, &stage.jun] {
            let page = stage.look(who, &format!("/incidents/1/do/{action}{query}")).await;
            assert!(page.contains(&format!("action=\"/incidents/1/do/{action}\"")), "{action}");
            let text = visible(&page);
            let raw = ["act-", "go-", "inc-", "field-", "time-"]
                .into_iter()
                .find(|r| text.lines().any(|l| l.starts_with(r)));
            assert_eq!(raw, None, "{action}: a word is missing in\n{text}");
        }
    }
}

#[tokio::test]
async fn an_incident_walks_through_its_life_by_forms() {
    let stage = burning().await;
    let (ana, jun) = (&stage.ana, &stage.jun);
    stage.act(ana, "acknowledge", &[]).await;
    assert_eq!(stage.incident(1).await.holder, Some(ana.person));
    let to = jun.person.to_string();
    stage.act(ana, "handover", &[("to", &to), ("note", "Lunch.")]).await;
    assert_eq!(stage.incident(1).await.holder, Some(jun.person));
    stage.act(jun, "status", &[("status", "identified"), ("note", "Locks.")]).await;
    stage.act(jun, "title", &[("title", "Locks in the new storage")]).await;
    stage.act(jun, "severity", &[("severity", "0"), ("note", "Everybody.")]).await;
    let incident = stage.incident(1).await;
    assert_eq!((incident.status, incident.severity.rank()), (IncidentStatus::Identified, 0));
    assert_eq!(incident.former_titles, ["Chat gateway: Latency is slow"]);
    stage.forward(60).await;
    stage.act(ana, "resolve", &[("note", "Rolled back."), ("impact_ended_at", "2024-07-02T10:00:30")]).await;
    let incident = stage.incident(1).await;
    assert_eq!(incident.status, IncidentStatus::Resolved);
    assert_eq!(incident.time(TimeKind::ImpactEnded).unwrap().to_string(), "2024-07-02T08:00:30Z");
    stage.act(ana, "reopen", &[("page", "1")]).await;
    let incident = stage.incident(1).await;
    assert_eq!((incident.status, incident.generation), (IncidentStatus::Investigating, 2));
    stage.act(ana, "resolve", &[]).await;
    stage.act(ana, "close", &[("note", "Done.")]).await;
    assert_eq!(stage.incident(1).await.status, IncidentStatus::Closed);
    let page = visible(&stage.look(ana, "/incidents/1").await);
    in_order(
        &page,
        &[
            "closed the incident",
            "Done.",
            "raised the severity",
            "Everybody.",
            "handed the incident over to",
            "Lunch.",
        ],
    );
}

#[tokio::test]
async fn people_are_asked_for_the_escalation_begins_anew_and_incidents_are_merged() {
    let stage = burning().await;
    let jun = stage.jun.person.to_string();
    stage.act(&stage.ana, "people", &[("people", &jun)]).await;
    let page = visible(&stage.look(&stage.ana, "/incidents/1").await);
    in_order(&page, &["Asked for", "佐藤 純", "Why was 佐藤 純 told?", "asked for"]);
    stage.act(&stage.ana, "escalate", &[]).await;
    assert_eq!(stage.incident(1).await.generation, 2);
    let page = visible(&stage.look(&stage.ana, "/incidents/1").await);
    assert!(page.contains("pages of earlier alarms"), "{page}");
    let fields = [("title", "The same trouble"), ("severity", "2"), ("source", "staff")];
    stage.post(&stage.ana, "/incidents", &fields).await;
    let answer = stage.post(&stage.ana, "/incidents/2/do/merge", &[("into", "INC-1")]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(stage.incident(2).await.status, IncidentStatus::Merged);
    let page = visible(&stage.look(&stage.ana, "/incidents/2").await);
    in_order(&page, &["Its story goes on in", "INC-1"]);
    let page = visible(&stage.look(&stage.ana, "/incidents/1").await);
    in_order(&page, &["merged", "INC-2", "into this one", "Merged into this", "The same trouble"]);
}

#[tokio::test]
async fn what_was_written_is_corrected_and_taken_back_by_its_author_only() {
    let stage = burning().await;
    stage.act(&stage.ana, "comment", &[("text", "p99 is 4.1 s"), ("occurred_at", "2024-07-02T09:59")]).await;
    let id = stage.incident(1).await.remarks[0].id.to_string();
    let form = stage.look(&stage.ana, &format!("/incidents/1/do/correct?id={id}")).await;
    assert!(form.contains(">p99 is 4.1 s</textarea>"));
    stage
        .act(&stage.ana, "correct", &[("id", &id), ("text", "p99 is 41 s"), ("note", "point slipped")])
        .await;
    let page = stage.look(&stage.jun, "/incidents/1").await;
    assert!(page.contains("<del><bdi>p99 is 4.1 s</bdi></del> <ins><bdi>p99 is 41 s</bdi></ins>"), "{page}");
    assert!(page.contains("point slipped") && !page.contains("/do/correct"), "Jun did not write it");
    let answer = stage.post(&stage.jun, "/incidents/1/do/withdraw", &[("id", &id)]).await;
    assert_eq!(answer.status, 403);
    stage.act(&stage.ana, "withdraw", &[("id", &id)]).await;
    let page = stage.look(&stage.ana, "/incidents/1").await;
    assert!(page.contains("<div class=\"entry-text\"><del><bdi>p99 is 41 s</bdi></del></div>"));
    assert!(!page.contains(&format!("/do/correct?id={id}")));
}

#[tokio::test]
async fn scope_is_added_ended_corrected_and_removed() {
    let stage = burning().await;
    stage.act(&stage.ana, "scope-add", &[("symptom", "Accept button dead"), ("all_pods", "1")]).await;
    let range = stage.incident(1).await.scope[0].clone();
    assert_eq!((range.from_at, range.all_pods), (None, true), "an unknown beginning stays unknown");
    let id = range.id.to_string();
    let ended = [
        ("id", id.as_str()),
        ("symptom", "Accept button dead"),
        ("all_pods", "1"),
        ("until_at", "2024-07-02T10:00"),
    ];
    stage.act(&stage.ana, "scope-change", &ended).await;
    let page = visible(&stage.look(&stage.ana, "/incidents/1").await);
    in_order(&page, &["noted that this is over:", "all pods", "Until"]);
    let answer = stage.post(&stage.ana, "/incidents/1/do/scope-change", &[("id", id.as_str())]).await;
    assert_eq!(answer.status, 422);
    assert!(visible(&answer.text()).contains("Name a product, component, pod or symptom"));
    let wrong = [("symptom", "x"), ("from_at", "2024-07-02T10:00"), ("until_at", "2024-07-02T09:00")];
    let answer = stage.post(&stage.ana, "/incidents/1/do/scope-add", &wrong).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("id=\"until_at-error\"") && answer.text().contains("2024-07-02T09:00"));
    stage.act(&stage.ana, "scope-remove", &[("id", &id), ("note", "other incident")]).await;
    assert!(stage.incident(1).await.scope.is_empty());
    in_order(
        &visible(&stage.look(&stage.ana, "/incidents/1").await),
        &["removed from the scope:", "other incident"],
    );
}

#[tokio::test]
async fn instants_are_set_with_their_history_and_refused_next_to_the_field() {
    let stage = burning().await;
    stage.forward(600).await;
    stage
        .act(&stage.ana, "time", &[("which", "mitigated"), ("at", "2024-07-02T10:05"), ("note", "scaled")])
        .await;
    stage.act(&stage.ana, "time", &[("which", "mitigated"), ("at", "2024-07-02T10:06")]).await;
    let page = visible(&stage.look(&stage.ana, "/incidents/1").await);
    in_order(
        &page,
        &["Key times", "Mitigated", "10:06 CEST", "set by hand", "Changed 2 times", "10:05 CEST", "scaled"],
    );
    let form = stage.look(&stage.ana, "/incidents/1/do/time?which=mitigated").await;
    assert!(form.contains("value=\"2024-07-02T10:06:00\""), "the form begins with what stands there");
    for (at, kept) in [("2030-01-01T00:00", "2030-01-01T00:00"), ("soon", "soon")] {
        let answer =
            stage.post(&stage.ana, "/incidents/1/do/time", &[("which", "mitigated"), ("at", at)]).await;
        assert_eq!(answer.status, 422, "{at}");
        assert!(answer.text().contains("id=\"at-error\"") && answer.text().contains(kept), "{at}");
    }
    let answer = stage.post(&stage.ana, "/incidents/1/do/time", &[("which", "detected"), ("at", "")]).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn wrong_input_comes_back_with_what_was_typed() {
    let stage = burning().await;
    for (action, fields, error, kept) in [
        ("severity", vec![("severity", "2"), ("note", "")], "note-error", "value=\"2\" checked"),
        ("title", vec![("title", "")], "title-error", "name=\"title\""),
        ("comment", vec![("text", "with \u{0} in it")], "text-error", "with"),
        (
            "evidence",
            vec![("text", "graph"), ("url", "javascript:alert(1)"), ("evidence", "graph")],
            "url-error",
            "javascript:alert(1)",
        ),
        ("handover", vec![("to", "per_nobody"), ("note", "typed")], "to-error", ">typed</textarea>"),
        ("people", vec![("people", "")], "people-error", "name=\"people\""),
        ("merge", vec![("into", "99")], "into-error", "value=\"99\""),
    ] {
        let answer = stage.post(&stage.ana, &format!("/incidents/1/do/{action}"), &fields).await;
        let page = answer.text();
        assert_eq!(answer.status, 422, "{action}");
        assert!(page.contains(&format!("id=\"{error}\"")), "{action}: no {error} in\n{page}");
        assert!(page.contains(kept), "{action}: {kept} is lost in\n{page}");
    }
}

#[tokio::test]
async fn a_form_that_was_overtaken_says_what_changed_and_loses_nothing() {
    let stage = burning().await;
    let seen = stage.version(1).await.to_string();
    stage.act(&stage.jun, "severity", &[("severity", "0"), ("note", "Everybody is hit.")]).await;
    let mine = [("version", seen.as_str()), ("severity", "3"), ("note", "I think it is minor.")];
    let answer = stage.post(&stage.ana, "/incidents/1/do/severity", &mine).await;
    let page = answer.text();
    assert_eq!(answer.status, 409);
    in_order(
        &visible(&page),
        &["Somebody changed this while you were writing", "raised the severity", "Everybody is hit."],
    );
    assert!(page.contains("I think it is minor.") && page.contains("value=\"3\" checked"), "{page}");
    assert_eq!(stage.incident(1).await.severity.rank(), 0, "nothing was overwritten");
    let now = stage.version(1).await.to_string();
    assert!(page.contains(&format!("name=\"version\" value=\"{now}\"")), "sending again is a decision");
    let again = [("version", now.as_str()), ("severity", "3"), ("note", "I still think so.")];
    stage.act(&stage.ana, "severity", &again).await;
    assert_eq!(stage.incident(1).await.severity.rank(), 3);
}

#[tokio::test]
async fn what_does_not_concern_a_form_does_not_overtake_it() {
    let stage = burning().await;
    let seen = stage.version(1).await.to_string();
    stage.act(&stage.jun, "severity", &[("severity", "0"), ("note", "Everybody.")]).await;
    stage.forward(300).await;
    stage.fire("Errors", AlertSeverity::Error).await;
    stage.act(&stage.ana, "title", &[("version", &seen), ("title", "Another title")]).await;
    assert_eq!(stage.incident(1).await.title, "Another title");
    let unheard = [("version", "4000000000"), ("title", "From the future")];
    let answer = stage.post(&stage.ana, "/incidents/1/do/title", &unheard).await;
    assert_eq!(answer.status, 409, "a version that has not been yet is nothing anybody can have seen");
    assert!(visible(&answer.text()).contains("Somebody changed this"));
    for nothing in ["time?which=x", "scope-change?id=x", "scope-remove", "correct?id=x", "withdraw"] {
        let answer = stage.world.page(&stage.ana, &format!("/incidents/1/do/{nothing}")).await;
        assert_eq!(answer.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_now_is_said_in_words() {
    let stage = burning().await;
    stage.act(&stage.ana, "resolve", &[]).await;
    let answer =
        stage.post(&stage.jun, "/incidents/1/do/handover", &[("to", &stage.ana.person.to_string())]).await;
    assert_eq!(answer.status, 422);
    assert!(visible(&answer.text()).contains("インシデントは終わっています"));
    stage.forward(2 * 86_400).await;
    let ana = stage.world.sign_in(stage.ana.person).await;
    let answer = stage.post(&ana, "/incidents/1/do/reopen", &[]).await;
    assert_eq!(answer.status, 422);
    assert!(visible(&answer.text()).contains("declare a new incident"));
}

#[tokio::test]
async fn resolving_warns_while_alerts_fire_and_ends_them() {
    let stage = burning().await;
    stage.fire("Errors", AlertSeverity::Error).await;
    let form = visible(&stage.look(&stage.ana, "/incidents/1/do/resolve").await);
    assert!(form.contains("2 alerts still fire"), "{form}");
    stage.act(&stage.ana, "resolve", &[]).await;
    assert!(visible(&stage.look(&stage.ana, "/alerts").await).contains("No alert fits"));
}

#[tokio::test]
async fn htmx_gets_the_parts_of_the_page_it_stands_on() {
    let stage = burning().await;
    let answer =
        stage.post_from(&stage.ana, "/incidents/1", "/incidents/1/do/comment", &[("text", "hello")]).await;
    let parts = answer.text();
    for target in ["#incident-head", "#entries", "#people", "#times", "#composer", "#dialog-slot"] {
        assert!(parts.contains(&format!("hx-target=\"{target}\"")), "{target}");
    }
    assert!(parts.contains("hello") && parts.contains("Comment added."));
    // What stands alone is left for the incident's page.
    let answer = stage
        .post_from(&stage.ana, "/incidents/1/do/title", "/incidents/1/do/title", &[("title", "New")])
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("hx-redirect")), (200, "/incidents/1"));
    let answer =
        stage.post(&stage.ana, "/incidents/1/do/acknowledge", &[("back", "/incidents?state=open")]).await;
    assert_eq!(answer.header("location"), "/incidents?state=open");
    let answer = stage.post(&stage.ana, "/incidents/1/do/acknowledge", &[("back", "//evil.example")]).await;
    assert_eq!(answer.header("location"), "/");
}
