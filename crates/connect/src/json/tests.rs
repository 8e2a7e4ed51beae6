//! The generic format: what is read, what is refused, and by which name.

use hansei_app::ports::{FormatCtx, Parsed, SignalFormat};
use hansei_domain::Timestamp;
use hansei_domain::ids::{KeyId, ServiceId, TypedId};
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::{AlertSeverity, SignalAction};

use super::*;

fn parse(body: &str) -> Parsed {
    let ctx = FormatCtx {
        service_id: ServiceId::from_bits(1),
        key_id: KeyId::from_bits(2),
        received_at: "2026-03-04T05:06:08Z".parse().unwrap(),
        fresh: 0xabc,
    };
    Json.parse(body.as_bytes(), &ctx).unwrap()
}

fn errors(body: &str) -> Vec<(String, FieldCode)> {
    let parsed = parse(body);
    assert_eq!(parsed.signals, [], "{body}");
    parsed.bad.into_iter().flat_map(|bad| bad.errors).map(|e| (e.field, e.code)).collect()
}

#[test]
fn the_least_and_the_most_are_read() {
    let least = parse(r#"{"summary":"Disk full\n90 %"}"#).signals.pop().unwrap();
    assert_eq!(
        (least.action, least.dedup_key.as_str()),
        (SignalAction::Trigger, "00000000000000000000000000000abc")
    );
    let content = least.content.unwrap();
    assert_eq!((content.summary.as_str(), content.severity), ("Disk full 90 %", AlertSeverity::Error));
    let most = parse(
        r#"{"summary":"s","severity":"info","source":"h","dedup_key":17,"action":"trigger","component":"c","group":"g",
            "class":"k","labels":{"z":"1","a":2,"t":true},"annotations":{"n":"v"},"details":{"any":[1]},
            "links":[{"href":"https://a.example/","text":"A"},{"href":"mailto:a@example.org"}],
            "images":[{"src":"https://a.example/i.png","href":"https://a.example/","alt":"i"}],
            "client":"cron","client_url":"https://a.example/","occurred_at":"2026-03-04T05:06:07Z",
            "expires_at":"2026-03-04T06:00:00+01:00"}"#
            .replace("06:00:00+01:00", "07:00:00+01:00")
            .as_str(),
    );
    assert_eq!(most.bad, []);
    let signal = &most.signals[0];
    let content = signal.content.as_ref().unwrap();
    assert_eq!(signal.dedup_key, "17");
    assert_eq!(
        content.labels,
        [("a".into(), "2".into()), ("t".into(), "true".into()), ("z".into(), "1".into())]
    );
    assert_eq!(content.details.as_deref(), Some(r#"{"any":[1]}"#));
    assert_eq!((content.links.len(), content.images.len()), (2, 1));
    assert_eq!(signal.expires_at, Some("2026-03-04T06:00:00Z".parse::<Timestamp>().unwrap()));
}

#[test]
fn items_of_a_batch_stand_alone() {
    let parsed =
        parse(r#"[{"summary":"a"},{"sumary":"b"},7,{"action":"resolve","dedup_key":"k"},{"summary":"c"}]"#);
    let keys: Vec<_> = parsed.signals.iter().map(|s| s.dedup_key.as_str()).collect();
    assert_eq!(keys, ["00000000000000000000000000000abc", "k", "00000000000000000000000000000ac0"]);
    let fields: Vec<_> = parsed.bad.iter().flat_map(|bad| &bad.errors).map(|e| e.to_string()).collect();
    assert_eq!(
        fields,
        [
            "[1].sumary: unknown field",
            "[1].summary: must not be empty",
            "[2]: must be an object, not a number"
        ]
    );
}

#[test]
fn every_wrong_field_is_named() {
    let one = |field: &str, code| vec![(field.to_owned(), code)];
    for (body, expected) in [
        (r#"{}"#, one("summary", FieldCode::Required)),
        (
            r#"{"summary":5}"#,
            vec![("summary".into(), FieldCode::Malformed), ("summary".into(), FieldCode::Required)],
        ),
        (r#"{"summary":"s","severity":"page"}"#, one("severity", FieldCode::Unknown)),
        (r#"{"summary":"s","action":"close"}"#, one("action", FieldCode::Unknown)),
        (r#"{"action":"resolve"}"#, one("dedup_key", FieldCode::Required)),
        (r#"{"summary":"s","occurred_at":"noon"}"#, one("occurred_at", FieldCode::Malformed)),
        (r#"{"summary":"s","expires_at":"2026-03-04T05:06:08Z"}"#, one("expires_at", FieldCode::OutOfRange)),
        (r#"{"summary":"s","labels":[]}"#, one("labels", FieldCode::Malformed)),
        (r#"{"summary":"s","labels":{"a":{}}}"#, one("labels.a", FieldCode::Malformed)),
        (r#"{"summary":"s","labels":{"":"a"}}"#, one("labels", FieldCode::Required)),
        (r#"{"summary":"s","labels":{"a":"1","a":"1"}}"#, one("labels.a", FieldCode::Contradiction)),
        (r#"{"summary":"s","summary":"t"}"#, one("summary", FieldCode::Contradiction)),
        (r#"{"summary":"s","links":[{"href":"javascript:x"}]}"#, one("links[0].href", FieldCode::Malformed)),
        (r#"{"summary":"s","links":[null,{"text":"x"}]}"#, one("links[1].href", FieldCode::Required)),
        (r#"{"summary":"s","links":[{"href":"https://a","x":1}]}"#, one("links[0].x", FieldCode::Unknown)),
        (
            r#"{"summary":"s","images":[{"src":"https://a","href":"x"}]}"#,
            one("images[0].href", FieldCode::Malformed),
        ),
        (r#"{"summary":"s","client_url":"ftp://a"}"#, one("client_url", FieldCode::Malformed)),
        (r#"{"summary":"s","details":["\u0000"]}"#, one("details", FieldCode::BadCharacters)),
        (
            r#"{"summary":"s\ud800"}"#,
            vec![("summary".into(), FieldCode::BadCharacters), ("summary".into(), FieldCode::Required)],
        ),
    ] {
        assert_eq!(errors(body), expected, "{body}");
    }
}

#[test]
fn limits_hold() {
    let long = |field: &str, n: usize| format!(r#"{{"summary":"s","{field}":"{}"}}"#, "é".repeat(n));
    for field in ["source", "component", "group", "class", "client", "dedup_key"] {
        assert_eq!(parse(&long(field, 255)).signals.len(), 1, "{field}");
        assert_eq!(errors(&long(field, 256)), [(field.to_owned(), FieldCode::TooLong)]);
    }
    assert_eq!(
        errors(&format!(r#"{{"summary":"{}"}}"#, "é".repeat(1025))),
        [("summary".into(), FieldCode::TooLong)]
    );
    assert_eq!(
        errors(&format!(r#"{{"summary":"s","details":"{}"}}"#, "x".repeat(65_535))),
        [("details".into(), FieldCode::TooLong)]
    );
    let links = vec![r#"{"href":"https://a"}"#; 21].join(",");
    assert_eq!(
        errors(&format!(r#"{{"summary":"s","links":[{links}]}}"#)),
        [("links".into(), FieldCode::TooLong)]
    );
    let pairs: Vec<_> = (0..65).map(|i| format!(r#""{i}":"v""#)).collect();
    assert_eq!(
        errors(&format!(r#"{{"summary":"s","labels":{{{}}}}}"#, pairs.join(","))),
        [("labels".into(), FieldCode::TooLong)]
    );
}
