//! Events v2: documented shapes, exact limits, answers.

use hansei_app::ports::{FormatCtx, SignalFormat};
use hansei_domain::Timestamp;
use hansei_domain::ids::{KeyId, ServiceId, TypedId};
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::{AlertSeverity, Signal, SignalAction};

use super::*;

const KEY: &str = "3f6c9a1e5b7d4820a1c2e3f405162738";

fn ctx() -> FormatCtx {
    FormatCtx {
        service_id: ServiceId::from_bits(1),
        key_id: KeyId::from_bits(2),
        received_at: "2026-03-04T05:06:08Z".parse().unwrap(),
        fresh: 0xabc,
    }
}

fn good(body: &str) -> Signal {
    let mut parsed = Pagerduty.parse(body.as_bytes(), &ctx()).unwrap();
    assert_eq!(parsed.bad, [], "{body}");
    parsed.signals.pop().unwrap()
}

fn errors(body: &str) -> Vec<(String, FieldCode)> {
    let mut parsed = Pagerduty.parse(body.as_bytes(), &ctx()).unwrap();
    assert_eq!(parsed.signals, [], "{body}");
    parsed.bad.pop().unwrap().errors.into_iter().map(|e| (e.field, e.code)).collect()
}

/// A trigger whose payload has these fields beside the required ones.
fn trigger(more: &str) -> String {
    format!(
        r#"{{"routing_key":"{KEY}","event_action":"trigger","payload":{{"summary":"s","source":"h","severity":"error"{more}}}}}"#
    )
}

#[test]
fn a_full_trigger_is_read() {
    let signal = good(include_str!("samples/trigger.json"));
    let content = signal.content.unwrap();
    assert_eq!((signal.action, signal.dedup_key.as_str()), (SignalAction::Trigger, "checkout/latency"));
    assert_eq!(signal.occurred_at, Some("2026-03-04T05:06:07.890Z".parse::<Timestamp>().unwrap()));
    assert_eq!(content.summary, "p99 of checkout above 2 s");
    assert_eq!(content.severity, AlertSeverity::Critical);
    assert_eq!(content.source, "checkout-3.example.org");
    assert_eq!(content.component.as_deref(), Some("payments"));
    assert_eq!(content.group.as_deref(), Some("shop"));
    assert_eq!(content.class.as_deref(), Some("latency"));
    assert_eq!(
        content.details.as_deref(),
        Some(r#"{ "p99 ms": 2345.5, "burn rate": "14.4", "regions": ["eu", "us"] }"#)
    );
    assert_eq!(
        (content.links[0].href.as_str(), content.links[0].text.as_str()),
        ("https://runbooks.example.org/checkout", "Runbook")
    );
    assert_eq!(content.images[0].alt, "p99 over one hour");
    assert_eq!(content.client.as_deref(), Some("Monitor One"));
    assert_eq!(content.client_url.as_deref(), Some("https://monitor.example.org/checks/17"));
}

#[test]
fn a_trigger_without_key_gets_one_and_others_need_one() {
    assert_eq!(good(&trigger("")).dedup_key, "00000000000000000000000000000abc");
    for action in ["acknowledge", "resolve"] {
        let bare = format!(r#"{{"routing_key":"{KEY}","event_action":"{action}"}}"#);
        assert_eq!(errors(&bare), [("dedup_key".into(), FieldCode::Required)]);
        let named = format!(r#"{{"routing_key":"{KEY}","event_action":"{action}","dedup_key":" a b"}}"#);
        assert_eq!(good(&named).dedup_key, " a b");
        assert_eq!(good(&named).content, None);
    }
}

#[test]
fn limits_are_exact() {
    let key =
        |n| format!(r#"{{"routing_key":"{KEY}","event_action":"resolve","dedup_key":"{}"}}"#, "é".repeat(n));
    assert_eq!(good(&key(255)).dedup_key.chars().count(), 255);
    assert_eq!(errors(&key(256)), [("dedup_key".into(), FieldCode::TooLong)]);
    let summary = |n| trigger("").replace(r#""summary":"s""#, &format!(r#""summary":"{}""#, "é".repeat(n)));
    assert_eq!(good(&summary(1024)).content.unwrap().summary.chars().count(), 1024);
    assert_eq!(errors(&summary(1025)), [("payload.summary".into(), FieldCode::TooLong)]);
    let padded = |n: usize| format!("{}{}", trigger(""), " ".repeat(n - trigger("").len()));
    good(&padded(MAX_BODY));
    assert!(Pagerduty.parse(padded(MAX_BODY + 1).as_bytes(), &ctx()).is_err());
}

#[test]
fn all_missing_fields_are_named_at_once() {
    let anonymous = Pagerduty.without_key(br#"{"payload":{"summary":" ","severity":"bad"}}"#);
    let told: serde_json::Value = serde_json::from_slice(&anonymous.body).unwrap();
    assert_eq!((anonymous.status, &told["status"]), (400, &serde_json::json!("invalid event")));
    assert_eq!(
        told["errors"],
        serde_json::json!(["'routing_key' is missing or blank", "'event_action' is missing or blank"])
    );
    let hello = Pagerduty.without_key(b"hello");
    let told: serde_json::Value = serde_json::from_slice(&hello.body).unwrap();
    assert_eq!((hello.status, &told["status"]), (400, &serde_json::json!("Unrecognized object")));
    assert_eq!(
        errors(r#"{"event_action":"trigger"}"#),
        [("payload".into(), FieldCode::Required)],
        "a header may have said who sends"
    );
    assert_eq!(
        errors(&format!(
            r#"{{"routing_key":"{KEY}","event_action":"trigger","payload":{{"summary":null,"severity":"bad"}}}}"#
        )),
        [
            ("payload.summary".into(), FieldCode::Required),
            ("payload.source".into(), FieldCode::Required),
            ("payload.severity".into(), FieldCode::Unknown),
        ]
    );
    assert_eq!(
        errors(&format!(r#"{{"routing_key":"{KEY}","event_action":"trigger"}}"#)),
        [("payload".into(), FieldCode::Required)]
    );
}

#[test]
fn wrong_values_are_named() {
    assert_eq!(errors(&trigger(r#","class":{"a":1}"#)), [("payload.class".into(), FieldCode::Malformed)]);
    assert_eq!(
        errors(&trigger(r#","class":"a\u0000""#)),
        [("payload.class".into(), FieldCode::BadCharacters)]
    );
    assert_eq!(
        errors(&trigger(r#","class":"a","class":"b""#)),
        [("payload.class".into(), FieldCode::Contradiction)]
    );
    assert_eq!(
        errors(&trigger(r#","custom_details":{"a":["\ud800"]}"#)),
        [("payload.custom_details".into(), FieldCode::BadCharacters)]
    );
    assert_eq!(
        errors(&trigger(r#","custom_details":1e400"#)),
        [("payload.custom_details".into(), FieldCode::BadCharacters)]
    );
    let deep = format!(r#","custom_details":{}1{}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(errors(&trigger(&deep)), [("payload.custom_details".into(), FieldCode::BadCharacters)]);
    assert_eq!(
        errors(r#"{"routing_key":"x","routing_key":"y","event_action":"resolve","dedup_key":"k"}"#),
        [("routing_key".into(), FieldCode::Contradiction)]
    );
}

#[test]
fn an_alarm_is_not_refused_for_its_ornaments() {
    let body = trigger(r#","group":7,"unknown":{"x":["\u0000"]},"component":"a\nb","class":null"#);
    let body = body.replacen(
        '{',
        r#"{"links":[{"href":"javascript:alert(1)"},5,{"text":"no href"},{"href":"https://a.example/"}],"images":[{"src":"data:x"}],"client_url":"nope","client":"", "#,
        1,
    );
    let content = good(&body).content.unwrap();
    assert_eq!(content.group.as_deref(), Some("7"));
    assert_eq!(content.component.as_deref(), Some("a b"));
    assert_eq!(content.links.iter().map(|l| l.href.as_str()).collect::<Vec<_>>(), ["https://a.example/"]);
    assert!(content.images.is_empty() && content.client.is_none() && content.client_url.is_none());
    let long = good(&trigger(&format!(r#","class":"{}""#, "x".repeat(1000)))).content.unwrap();
    assert_eq!(long.class.unwrap().len(), 255);
}

#[test]
fn a_time_that_cannot_be_read_loses_neither_an_alarm_nor_its_end() {
    let resolve = format!(
        r#"{{"routing_key":"{KEY}","event_action":"resolve","dedup_key":"k","payload":{{"timestamp":1772600767}}}}"#
    );
    for (body, action) in
        [(trigger(r#","timestamp":"yesterday""#), SignalAction::Trigger), (resolve, SignalAction::Resolve)]
    {
        let parsed = Pagerduty.parse(body.as_bytes(), &ctx()).unwrap();
        assert_eq!((parsed.signals[0].action, parsed.signals[0].occurred_at), (action, None));
        assert_eq!(parsed.notes[0].field, "payload.timestamp", "and it is said");
    }
}

#[test]
fn details_beyond_the_limit_are_cut_and_say_so() {
    let big = format!(r#","custom_details":{{"log":"{}"}}"#, "\u{1F600}\\\"".repeat(20_000));
    let details = good(&trigger(&big)).content.unwrap().details.unwrap();
    assert!(details.len() <= hansei_domain::signal::limits::DETAILS_BYTES);
    let value: serde_json::Value = serde_json::from_str(&details).unwrap();
    assert_eq!(value["truncated"], true);
    assert_eq!(value["bytes"], big.len() - r#","custom_details":"#.len());
}

#[test]
fn the_routing_key_is_found_wherever_it_stands() {
    let key = |body: &str| routing_key(body.as_bytes()).map(|k| k.into_owned());
    assert_eq!(key(&trigger("")).as_deref(), Some(KEY));
    assert_eq!(
        key(r#" {"payload":{"routing_key":"inner","a":[1,2]},"routing_key":"outer"}"#).as_deref(),
        Some("outer")
    );
    assert_eq!(key(r#"{"routing_key":"a\u0062"}"#).as_deref(), Some("ab"));
    for none in [
        "",
        "[]",
        "{}",
        r#"{"routing_key":5}"#,
        r#"{"routing_key":""}"#,
        r#"{"a":"#,
        r#"{"routing_key":"\ud800"}"#,
        "\u{0}",
    ] {
        assert_eq!(key(none), None, "{none}");
    }
    assert_eq!(routing_key(b"{\"routing_key\":\"\xff\"}"), None);
}

#[test]
fn answers_are_those_of_the_original() {
    assert_eq!(accepted("a\"b"), r#"{"status":"success","message":"Event processed","dedup_key":"a\"b"}"#);
    let body = format!(
        r#"{{"routing_key":"{KEY}","event_action":"trigger","payload":{{"summary":"s","severity":"bad"}}}}"#
    );
    let parsed = Pagerduty.parse(body.as_bytes(), &ctx()).unwrap();
    assert_eq!(
        invalid(&parsed.bad[0].errors),
        concat!(
            r#"{"status":"invalid event","message":"Event object is invalid","errors":["'payload.source' is missing or blank","#,
            r#""'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"]}"#
        )
    );
    assert!(unreadable("x").contains("Event object format is unrecognized"));
}
