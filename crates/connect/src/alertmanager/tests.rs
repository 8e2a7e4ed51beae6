//! Recorded bodies, refusals, times and the listing, against what the original does.

use hansei_app::ports::{FormatCtx, Parsed, SignalFormat};
use hansei_domain::access::Actor;
use hansei_domain::alert::{Alert, AlertCommand, AlertFacts, Observation, decide, evolve};
use hansei_domain::catalog::GroupBy;
use hansei_domain::ids::{IdSeed, KeyId, ServiceId, TypedId};
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction};
use hansei_domain::{Ctx, Timestamp};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ctx(now: &str) -> FormatCtx {
    FormatCtx {
        service_id: ServiceId::from_bits(1),
        key_id: KeyId::from_bits(2),
        received_at: at(now),
        fresh: 7,
    }
}

const NOW: &str = "2026-11-22T21:53:04.571Z";

fn parse(body: &str) -> Parsed {
    ApiV2.parse(body.as_bytes(), &ctx(NOW)).unwrap()
}

fn one(alert: &str) -> Signal {
    let mut parsed = parse(&format!("[{alert}]"));
    assert_eq!(parsed.bad, [], "{alert}");
    parsed.signals.pop().unwrap()
}

/// The answer's body for alerts that are all refused.
fn refused(body: &str) -> String {
    let parsed = parse(body);
    assert_eq!(parsed.signals, [], "{body}");
    invalid(&parsed.bad)
}

fn alert(signal: &Signal) -> (Alert, Observation) {
    let ctx = Ctx::new(signal.received_at, Actor::System, IdSeed::new(9));
    let (events, seen, _) = decide(None, None, &AlertCommand::Observe(signal), AlertFacts::default(), &ctx);
    (events.iter().fold(None, evolve).unwrap(), seen.unwrap())
}

#[test]
fn a_real_prometheus_is_understood() {
    let parsed = parse(include_str!("samples/prometheus_firing.json"));
    let signal = &parsed.signals[0];
    assert_eq!((signal.action, signal.dedup_key.as_str()), (SignalAction::Trigger, "64b0467c59220fe3"));
    assert_eq!(signal.occurred_at, Some(at("2026-11-22T21:53:04.568Z")));
    assert_eq!(signal.expires_at, Some(at("2026-11-22T21:57:04.568Z")));
    let content = signal.content.as_ref().unwrap();
    assert_eq!(content.summary, "127.0.0.1:9 of dead is down");
    assert_eq!(content.severity, AlertSeverity::Critical, "severity page");
    assert_eq!(content.source, "127.0.0.1:9");
    assert_eq!(content.group.as_deref(), Some("eu-1"));
    assert_eq!(content.class.as_deref(), Some("InstanceDown"));
    assert_eq!(content.label("job"), Some("dead"));
    assert_eq!(
        content.client_url.as_deref(),
        Some("http://prometheus.example.org:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1")
    );
}

#[test]
fn firing_and_resolved_come_in_one_request() {
    let parsed = parse(include_str!("samples/prometheus_mixed.json"));
    assert_eq!(parsed.bad, []);
    let [firing, resolved] = &parsed.signals[..] else { panic!("two signals") };
    assert_eq!((firing.action, firing.dedup_key.as_str()), (SignalAction::Trigger, "a1a50f94df7727c8"));
    let content = firing.content.as_ref().unwrap();
    assert_eq!(content.summary, "NoSeverity (cluster=eu-1, instance=127.0.0.1:9, job=dead)");
    assert_eq!(content.severity, AlertSeverity::Warning);
    assert_eq!((resolved.action, resolved.dedup_key.as_str()), (SignalAction::Resolve, "51eda354bd77af98"));
    assert_eq!(resolved.occurred_at, Some(at("2026-11-22T21:53:04.568Z")), "the end, not the beginning");
    assert_eq!((&resolved.content, resolved.expires_at), (&None, None));
}

#[test]
fn a_real_webhook_is_understood() {
    for format in [&WebhookV4 as &dyn SignalFormat, &Alertmanager] {
        let parsed = format.parse(include_bytes!("samples/webhook_firing.json"), &ctx(NOW)).unwrap();
        let signal = &parsed.signals[0];
        assert_eq!(signal.dedup_key, "64b0467c59220fe3", "the fingerprint the sender names, too");
        assert_eq!(
            (signal.action, signal.expires_at),
            (SignalAction::Trigger, None),
            "the sender says when it ends"
        );
        let parsed = format.parse(include_bytes!("samples/webhook_resolved.json"), &ctx(NOW)).unwrap();
        let signal = &parsed.signals[0];
        assert_eq!((signal.action, signal.dedup_key.as_str()), (SignalAction::Resolve, "51eda354bd77af98"));
        assert_eq!(signal.occurred_at, Some(at("2026-11-22T21:53:20.568Z")));
    }
}

#[test]
fn a_strange_webhook_keeps_its_good_alerts() {
    let body = r#"{"version":"5","alerts":[{"labels":{"a":"1"},"status":"firing"},{"labels":{"a":"1"},"status":"odd"}]}"#;
    let parsed = WebhookV4.parse(body.as_bytes(), &ctx(NOW)).unwrap();
    assert_eq!(parsed.signals.len(), 1);
    let fields: Vec<_> = parsed.bad.iter().map(|bad| bad.errors[0].field.as_str()).collect();
    assert_eq!(fields, ["alerts[1].status"]);
    assert_eq!(parsed.notes[0].field, "version", "said, but nothing is refused for it");
    let grafana = br#"{"version":"1","alerts":[{"labels":{"a":"1"},"status":"firing"}],"truncatedAlerts":0}"#;
    let parsed = WebhookV4.parse(grafana, &ctx(NOW)).unwrap();
    assert_eq!((parsed.signals.len(), parsed.bad.len(), parsed.notes.len()), (1, 0, 1));
    let cut = br#"{"version":"4","alerts":[{"labels":{"a":"1"}}],"truncatedAlerts":17}"#;
    let parsed = WebhookV4.parse(cut, &ctx(NOW)).unwrap();
    assert_eq!(parsed.notes[0].field, "truncatedAlerts");
    assert!(parsed.notes[0].message.starts_with("17 alerts were not sent"), "{:?}", parsed.notes);
    for body in ["{}", r#"{"alerts":5}"#, r#"{"alerts":[],"alerts":[]}"#] {
        let parsed = WebhookV4.parse(body.as_bytes(), &ctx(NOW)).unwrap();
        assert_eq!(parsed.bad[0].errors[0].field, "alerts", "{body}");
    }
}

#[test]
fn times_mean_what_they_mean_in_the_original() {
    let signal = one(r#"{"labels":{"a":"1"}}"#);
    assert_eq!((signal.action, signal.occurred_at), (SignalAction::Trigger, None));
    assert_eq!(signal.expires_at, Some(at("2026-11-22T21:58:04.571Z")), "now and five minutes");
    let zero =
        one(r#"{"labels":{"a":"1"},"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"}"#);
    assert_eq!(
        (zero.action, zero.occurred_at, zero.expires_at),
        (signal.action, signal.occurred_at, signal.expires_at)
    );
    let ended = one(r#"{"labels":{"a":"1"},"endsAt":"2026-11-22T21:53:04.571Z"}"#);
    assert_eq!(
        (ended.action, ended.occurred_at),
        (SignalAction::Resolve, Some(at(NOW))),
        "an end of now has come"
    );
    let later = one(r#"{"labels":{"a":"1"},"endsAt":"2026-11-22T21:53:04.572Z"}"#);
    assert_eq!((later.action, later.occurred_at), (SignalAction::Trigger, None));
    let fine = one(r#"{"labels":{"a":"1"},"startsAt":"2024-05-01T10:00:00.123456789+02:00"}"#);
    assert_eq!(fine.occurred_at, Some(at("2024-05-01T08:00:00.123456Z")), "microseconds are kept");
}

#[test]
fn refusals_have_the_words_of_the_original() {
    let at_least_one = "\"at least one label pair required\"\n";
    for body in [r#"[{"labels":{}}]"#, r#"[{"labels":{"a":""}}]"#, r#"[{"labels":{"a":null}}]"#] {
        assert_eq!(refused(body), at_least_one, "{body}");
    }
    let order = r#"[{"labels":{"a":"1"},"startsAt":"2030-01-01T00:00:00Z","endsAt":"2029-01-01T00:00:00Z"}]"#;
    assert_eq!(refused(order), "\"start time must be before end time\"\n");
    for body in [r#"[{"labels":{"a":"1"}},{}]"#, r#"[{"labels":{"a":"1"}},{"labels":null}]"#] {
        let answer = ApiV2.answer(&parse(body));
        let told = String::from_utf8(answer.body).unwrap();
        assert_eq!((answer.status, answer.content_type), (422, "application/json"));
        assert_eq!(told, r#"{"code":602,"message":"1.labels in body is required"}"#);
    }
    for body in [&b""[..], b" \n"] {
        let why = ApiV2.parse(body, &ctx(NOW)).unwrap_err();
        let answer = ApiV2.refuse(&IntakeRefusal::Unreadable(why.0));
        let told = String::from_utf8(answer.body).unwrap();
        assert_eq!(
            (answer.status, told.as_str()),
            (422, r#"{"code":602,"message":"alerts in body is required"}"#)
        );
    }
    assert_eq!(
        refused(r#"[{"labels":{"a":"1"},"annotations":{"":"x"}}]"#),
        "\"invalid annotations: invalid name \\\"\\\"\"\n"
    );
    let unreadable_body = ApiV2.parse(b"{}", &ctx(NOW)).unwrap_err();
    assert!(
        unreadable(&unreadable_body.0)
            .starts_with(r#"{"code":400,"message":"parsing alerts body from \"\" failed, because "#)
    );
    assert_eq!(parse("[]"), Parsed::default());
    assert_eq!(parse("null"), Parsed::default());
}

#[test]
fn one_bad_alert_does_not_block_the_others() {
    let bad = [
        "5",
        "null",
        r#"{"labels":{"a":1}}"#,
        r#"{"labels":[]}"#,
        r#"{"labels":{"a":"\ud800"}}"#,
        r#"{"labels":{"a":"\u0000"}}"#,
        r#"{"labels":{"\u0000":"a"}}"#,
        r#"{"labels":{"a":"1","a":"2"}}"#,
        r#"{"labels":{"a":"1"},"labels":{"b":"1"}}"#,
        r#"{"labels":{"a":"1"},"startsAt":"yesterday"}"#,
        r#"{"labels":{"a":"1"},"startsAt":5}"#,
        r#"{"labels":{"a":"1"},"generatorURL":[]}"#,
    ];
    for bad in bad {
        let parsed = parse(&format!(r#"[{{"labels":{{"ok":"1"}}}},{bad},{{"labels":{{"ok":"2"}}}}]"#));
        assert_eq!(parsed.signals.len(), 2, "{bad}");
        assert_eq!(parsed.bad[0].index, 1, "{bad}");
        assert!(parsed.bad[0].errors[0].field.starts_with("[1]"), "{bad}: {:?}", parsed.bad);
    }
}

#[test]
fn limits_hold_while_reading() {
    let labels = |n: usize| {
        let pairs: Vec<String> = (0..n).map(|i| format!(r#""l{i:04}":"v""#)).collect();
        format!(r#"[{{"labels":{{{}}}}}]"#, pairs.join(","))
    };
    assert_eq!(parse(&labels(64)).signals.len(), 1);
    assert_eq!(refused(&labels(65)), "\"[0].labels: has more than 64 entries\"\n");
    let value = |n| format!(r#"[{{"labels":{{"a":"{}"}}}}]"#, "é".repeat(n));
    assert_eq!(parse(&value(4096)).signals.len(), 1);
    assert!(refused(&value(4097)).contains("more than 4096 characters"));
    let told =
        one(&format!(r#"{{"labels":{{"a":"1"}},"annotations":{{"description":"{}"}}}}"#, "é".repeat(5000)));
    let content = told.content.unwrap();
    assert_eq!(content.annotations[0].1.chars().count(), 4096, "annotations are cut, not refused");
    assert_eq!(content.summary.chars().count(), 1024);
    let many = |n: usize| format!("[{}]", vec![r#"{"labels":{"a":"1"}}"#; n].join(","));
    assert_eq!(parse(&many(2000)).signals.len(), 2000);
    assert_eq!(parse(&many(2001)).signals.len(), 2000);
}

#[test]
fn a_refusal_without_words_of_the_original_names_its_field() {
    for (alert, told) in [
        (r#"{"labels":{"a":5}}"#, "[0].labels.a: must be a string, not a number"),
        (r#"{"labels":{"a":"\u0000"}}"#, "[0].labels.a: must not contain U+0000"),
        (r#"{"labels":{"a":"1","a":"2"}}"#, r#"[0].labels.a: invalid label set: "a" is given twice"#),
        (r#"{"labels":{"a":"1"},"startsAt":"x"}"#, r#"[0].startsAt: parsing time "x": not RFC 3339"#),
        ("5", "[0]: an alert must be an object, not a number"),
    ] {
        let told = format!("{}\n", serde_json::json!(told));
        assert_eq!(refused(&format!("[{alert}]")), told, "{alert}");
    }
}

#[test]
fn every_refusal_is_a_json_text_that_clients_of_the_original_can_read() {
    let whys = [
        IntakeRefusal::UnknownKey,
        IntakeRefusal::TooLarge,
        IntakeRefusal::BadEncoding,
        IntakeRefusal::TooSlow,
        IntakeRefusal::TooMany(1),
        IntakeRefusal::Unavailable(1),
    ];
    for (why, status) in whys.iter().zip([401, 413, 415, 408, 429, 503]) {
        let answer = ApiV2.refuse(why);
        assert_eq!((answer.status, answer.content_type), (status, "application/json"));
        let text: String = serde_json::from_slice(&answer.body).unwrap();
        assert!(!text.is_empty());
    }
}

#[test]
fn names_may_be_any_utf8_and_unknown_fields_are_ignored() {
    let signal = one(r#"{"labels":{"地域":"東京","a-b":"1","a b":""},"unknown":{"deep":["\u0000"]}}"#);
    assert_eq!(signal.content.unwrap().labels, [("a-b".into(), "1".into()), ("地域".into(), "東京".into())]);
}

#[test]
fn links_come_from_annotations_and_only_web_addresses_count() {
    let signal = one(
        r#"{"labels":{"a":"1"},"generatorURL":"javascript:alert(1)","annotations":{"runbook_url":"https://r.example/","dashboard":"https://d.example/","runbook":"https://r.example/","logs_url":"file:///etc/passwd"}}"#,
    );
    let content = signal.content.unwrap();
    let links: Vec<_> = content.links.iter().map(|l| (l.href.as_str(), l.text.as_str())).collect();
    assert_eq!(links, [("https://r.example/", "Runbook"), ("https://d.example/", "Dashboard")]);
    assert_eq!(content.client_url, None);
}

#[test]
fn the_listing_is_that_of_the_original() {
    let parsed = parse(include_str!("samples/prometheus_firing.json"));
    let (alert, seen) = alert(&parsed.signals[0]);
    let mut out = Vec::new();
    output::alerts(&mut out, [output::Shown { alert: &alert, seen: Some(&seen), receiver: "hook" }], at(NOW));
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains(r#""mutedBy":[],"#), "in the original since 0.28");
    let ours = text.replace(r#""mutedBy":[],"#, "");
    let theirs = include_str!("samples/listing.json").trim().replace("\\u0026", "&");
    assert_eq!(ours, theirs, "byte for byte but for the escaping of &");
}

#[test]
fn alerts_of_other_formats_are_listed_with_labels_made_of_their_fields() {
    let mut signal = one(r#"{"labels":{"a":"1"}}"#);
    signal.format = SourceFormat::Pagerduty;
    signal.dedup_key = "srv01/disk".into();
    signal.content = Some(Content::plain("Disk \"full\"", AlertSeverity::Critical, "srv01"));
    let (alert, seen) = alert(&signal);
    let mut out = Vec::new();
    output::alert(&mut out, output::Shown { alert: &alert, seen: Some(&seen), receiver: "db" }, at(NOW));
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(
        value["labels"],
        serde_json::json!({"alertname": "Disk \"full\"", "dedup_key": "srv01/disk", "instance": "srv01", "severity": "critical"})
    );
    assert_eq!(value["annotations"]["summary"], "Disk \"full\"");
    assert_eq!(value["fingerprint"].as_str().unwrap().len(), 16);
}

#[test]
fn groups_status_and_receivers_have_the_shape_of_the_original() {
    let alerts: Vec<_> = ["1", "2"]
        .iter()
        .map(|v| alert(&one(&format!(r#"{{"labels":{{"alertname":"A","pod":"{v}"}}}}"#))))
        .collect();
    let shown = |i: usize| output::Shown { alert: &alerts[i].0, seen: Some(&alerts[i].1), receiver: "svc" };
    let by = GroupBy::Labels { names: vec!["alertname".into()] };
    let groups = output::grouped([(shown(0), &by), (shown(1), &by)]);
    let mut out = Vec::new();
    output::groups(&mut out, &groups, at(NOW));
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value[0]["labels"], serde_json::json!({"alertname": "A"}));
    assert_eq!(value[0]["receiver"], serde_json::json!({"name": "svc"}));
    assert_eq!(value[0]["alerts"].as_array().unwrap().len(), 2);
    assert_eq!(output::grouped([(shown(0), &GroupBy::Alert), (shown(1), &GroupBy::Alert)]).len(), 2);
    assert_eq!(output::grouped([(shown(0), &GroupBy::Service), (shown(1), &GroupBy::Service)]).len(), 1);
    let mut out = Vec::new();
    output::receivers(&mut out, ["a", "b"]);
    assert_eq!(String::from_utf8(out).unwrap(), r#"[{"name":"a"},{"name":"b"}]"#);
    let mut out = Vec::new();
    output::status(&mut out, "1.2.3", "abc", at(NOW), "route: {}\n");
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["uptime"], NOW);
    assert_eq!(value["cluster"], serde_json::json!({"peers": [], "status": "disabled"}));
    for field in ["branch", "buildDate", "buildUser", "goVersion", "revision", "version"] {
        assert!(value["versionInfo"][field].is_string(), "{field}");
    }
}

proptest! {
    /// Whatever the order of its labels, an alert has one name; and what is listed is what came.
    #[test]
    fn order_does_not_matter(labels in proptest::collection::btree_map("[a-zé]{1,8}", "[^\u{0}]{1,20}", 1..8), seed in any::<u64>()) {
        let mut shuffled: Vec<_> = labels.iter().collect();
        shuffled.sort_by_key(|(name, _)| fingerprint([(name.as_str(), seed.to_string().as_str())]));
        let pairs: Vec<String> =
            shuffled.iter().map(|(n, v)| format!("{}:{}", serde_json::json!(n), serde_json::json!(v))).collect();
        let signal = one(&format!(r#"{{"labels":{{{}}}}}"#, pairs.join(",")));
        let expected = fingerprint(labels.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        prop_assert_eq!(&signal.dedup_key, &format!("{expected:016x}"));
        let kept: Vec<_> = labels.into_iter().collect();
        prop_assert_eq!(signal.content.unwrap().labels, kept);
    }
}
