//! Bodies made to hurt (F25), against every format: each is refused or read, cheaply, without a panic, and never lets
//! through what may not be stored.

use hansei_app::ports::{FormatCtx, Parsed, SignalFormat};
use hansei_domain::ids::{KeyId, ServiceId, TypedId};
use hansei_domain::signal::{Signal, limits};
use proptest::prelude::*;

use crate::alertmanager::{Alertmanager, ApiV2, WebhookV4};
use crate::json::Json;
use crate::pagerduty::{Pagerduty, routing_key};

const FORMATS: [&dyn SignalFormat; 5] = [&Pagerduty, &ApiV2, &WebhookV4, &Alertmanager, &Json];

/// Places of the formats into which a value is put.
const SHELLS: [&str; 12] = [
    "@",
    "[@]",
    "{@:1}",
    r#"{"routing_key":@,"event_action":"trigger","payload":{"summary":"s","source":"h","severity":"info"}}"#,
    r#"{"routing_key":"k","event_action":"trigger","dedup_key":@,"payload":{"summary":@,"source":@,"severity":@,"timestamp":@,"custom_details":@}}"#,
    r#"{"routing_key":"k","event_action":"trigger","links":@,"images":[{"src":@,"alt":@}],"payload":{"summary":"s","source":"h","severity":"info","class":@}}"#,
    r#"[{"labels":{"alertname":@}},{"labels":{"ok":"1"},"annotations":{"summary":@}}]"#,
    r#"[{"labels":{@:"x"},"startsAt":@,"endsAt":@,"generatorURL":@}]"#,
    r#"{"version":"4","alerts":[{"status":@,"labels":{"a":"1"},"annotations":{@:@}}],"commonLabels":@}"#,
    r#"[{"summary":@,"labels":{"a":@},"details":@},{"summary":"good"}]"#,
    r#"{"summary":"s","links":[{"href":@,"text":@}],"occurred_at":@,"expires_at":@,"dedup_key":@}"#,
    r#"{"summary":"s",@:@}"#,
];

fn values() -> Vec<String> {
    let mut all: Vec<String> = [
        "1e400",
        "-1e400",
        "-0",
        "1e-400",
        "9999999999999999999999999",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\" \"",
        r#""\u0000""#,
        r#""a\u0000b""#,
        r#""\ud800""#,
        r#""\udfff\ud800""#,
        r#""\u202Egnp.exe""#,
        r#""\u200b""#,
        r#""\r\nBcc: x@example.org""#,
        r#""<script>alert(1)</script>""#,
        r#""=cmd|' /C calc'!A0""#,
        r#""+275760-09-13T00:00:00.000Z""#,
        r#""-9999-01-01T00:00:00Z""#,
        r#""0000-00-00T00:00:00Z""#,
        r#""2026-02-30T00:00:00Z""#,
        r#""9999-12-31T23:59:59.999999999Z""#,
        r#""javascript:alert(1)""#,
        r#""http://[::1""#,
        r#""http://a\nb""#,
        "\"\u{feff}\"",
        "\"\u{10ffff}\"",
        r#"{"a":1,"a":2}"#,
        r#"{"summary":{"summary":{}}}"#,
        "'single'",
        "NaN",
        "undefined",
        "1.2.3",
        "\"unclosed",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    all.push("[".repeat(100_000));
    all.push("{\"a\":".repeat(100_000));
    all.push(format!("\"{}\"", "x".repeat(500_000)));
    all.push(format!("\"{}\"", "\\u0041".repeat(80_000)));
    all.push(format!("{}e1", "9".repeat(100_000)));
    all.push(format!("{{{}}}", (0..50_000).map(|i| format!("\"k{i}\":\"v\"")).collect::<Vec<_>>().join(",")));
    all.push(format!("{{{}}}", vec!["\"same\":\"v\""; 50_000].join(",")));
    all.push(format!("[{}]", vec!["{}"; 100_000].join(",")));
    all.push(format!("[{}]", vec!["5"; 1_999].join(",")));
    all
}

fn ctx() -> FormatCtx {
    FormatCtx {
        service_id: ServiceId::from_bits(1),
        key_id: KeyId::from_bits(2),
        received_at: "2026-03-04T05:06:08Z".parse().unwrap(),
        fresh: u128::MAX,
    }
}

/// What must hold of everything that is let through.
fn storable(signal: &Signal) {
    let chars = |text: &str| text.chars().count();
    assert!(!signal.dedup_key.is_empty() && chars(&signal.dedup_key) <= limits::DEDUP_KEY);
    assert!(!signal.dedup_key.contains('\0'));
    assert!(hansei_app::intake::encode(0, signal).unwrap().len() <= hansei_app::intake::RECORD_BYTES);
    let Some(content) = &signal.content else { return };
    assert!((1..=limits::SUMMARY).contains(&chars(&content.summary)));
    assert!((1..=limits::SHORT).contains(&chars(&content.source)));
    let shorts = [&content.component, &content.group, &content.class, &content.client];
    let lines = [&content.summary, &content.source].into_iter().chain(shorts.into_iter().flatten());
    for line in lines {
        assert!(!line.chars().any(|c| c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c)), "{line:?}");
        assert!(chars(line) <= limits::SUMMARY);
    }
    for pairs in [&content.labels, &content.annotations] {
        assert!(pairs.len() <= limits::PAIRS);
        assert!(pairs.is_sorted_by(|a, b| a.0 < b.0));
        for (name, value) in pairs {
            assert!((1..=limits::SHORT).contains(&chars(name)) && chars(value) <= limits::VALUE);
            assert!(!name.contains('\0') && !value.contains('\0'));
        }
    }
    if let Some(details) = &content.details {
        assert!(details.len() <= limits::DETAILS_BYTES);
        serde_json::from_str::<serde_json::Value>(details).unwrap();
    }
    assert!(content.links.len() <= limits::LINKS && content.images.len() <= limits::LINKS);
    for href in content.links.iter().map(|l| &l.href).chain(&content.client_url) {
        assert!(
            ["http://", "https://", "mailto:"].iter().any(|s| href.to_lowercase().starts_with(s)),
            "{href}"
        );
        assert!(!href.chars().any(|c| c.is_control() || c.is_whitespace()));
    }
}

fn check(body: &[u8]) {
    routing_key(body);
    for format in FORMATS {
        let Ok(Parsed { signals, bad, .. }) = format.parse(body, &ctx()) else { continue };
        signals.iter().for_each(storable);
        assert!(bad.iter().all(|bad| !bad.errors.is_empty() && bad.errors.len() <= 16));
        assert!(signals.len() + bad.len() <= limits::BATCH + 1);
        for error in bad.iter().flat_map(|bad| &bad.errors) {
            assert!(error.field.len() < 800 && error.message.len() < 800, "{error}");
        }
    }
}

#[test]
fn poison_is_survived_by_every_format() {
    for value in values() {
        for shell in SHELLS {
            // A big value in one place of a shell is as bad as in all of them.
            let body = if value.len() > 1000 {
                shell.replacen('@', &value, 1).replace('@', "\"x\"")
            } else {
                shell.replace('@', &value)
            };
            check(body.as_bytes());
        }
    }
}

/// As many pairs as are allowed, each as long as is allowed, of the widest characters.
fn wide_pairs(count: usize) -> String {
    let value = "\u{1F600}".repeat(limits::VALUE);
    let pairs: Vec<String> = (0..count).map(|i| format!("\"k{i:02}\":\"{value}\"")).collect();
    format!("{{{}}}", pairs.join(","))
}

#[test]
fn what_is_within_every_limit_but_too_large_together_stands_in_nobodys_way() {
    let (wide, some) = (wide_pairs(limits::PAIRS), wide_pairs(5));
    let refused = |format: &dyn SignalFormat, body: &str, field: &str| {
        let parsed = format.parse(body.as_bytes(), &ctx()).unwrap();
        assert_eq!(parsed.signals.len(), 1, "the one beside it");
        let errors: Vec<_> = parsed.bad.iter().flat_map(|b| &b.errors).map(|e| e.field.as_str()).collect();
        assert_eq!(errors, [field]);
        parsed.signals.iter().for_each(storable);
    };
    refused(&ApiV2, &format!(r#"[{{"labels":{wide}}},{{"labels":{some}}}]"#), "[0].labels");
    let hook = format!(r#"{{"version":"4","alerts":[{{"labels":{wide}}},{{"labels":{{"a":"1"}}}}]}}"#);
    refused(&WebhookV4, &hook, "alerts[0].labels");
    for field in ["labels", "annotations"] {
        let body = format!(r#"[{{"summary":"s","{field}":{wide}}},{{"summary":"s","{field}":{some}}}]"#);
        refused(&Json, &body, &format!("[0].{field}"));
    }
    let told = format!(r#"[{{"labels":{{"a":"1"}},"annotations":{wide}}}]"#);
    let parsed = ApiV2.parse(told.as_bytes(), &ctx()).unwrap();
    parsed.signals.iter().for_each(storable);
    let kept = &parsed.signals[0].content.as_ref().unwrap().annotations;
    let bytes: usize = kept.iter().map(|(n, v)| n.len() + v.len()).sum();
    assert_eq!(kept.len(), limits::PAIRS, "an alarm is not refused for its ornaments, they are cut");
    assert!((limits::PAIRS_BYTES / 2..=limits::PAIRS_BYTES).contains(&bytes), "{bytes}");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    for (format, body) in [
        (&Json as &dyn SignalFormat, r#"{"summary":"s"}"#),
        (&ApiV2, r#"[{"labels":{"a":"1"}}]"#),
        (&Alertmanager, r#"{"version":"4","alerts":[{"labels":{"a":"1"}}]}"#),
        (&Pagerduty, r#"{"routing_key":"k","event_action":"resolve","dedup_key":"d"}"#),
    ] {
        let marked = format!("\u{feff}{body}");
        assert_eq!(format.parse(marked.as_bytes(), &ctx()).unwrap().signals.len(), 1, "{body}");
    }
    assert_eq!(routing_key("\u{feff}{\"routing_key\":\"k\"}".as_bytes()).as_deref(), Some("k"));
}

#[test]
fn of_a_mixed_body_the_bad_items_are_kept_as_a_body_of_their_own() {
    let mixed: [(&dyn SignalFormat, &str, &str); 4] = [
        (&Json, r#" [ {"summary":"a"}, {"sumary":"b"} ,5 ,{"summary":"c"}]"#, r#"[{"sumary":"b"},5]"#),
        (&ApiV2, r#"[{"labels":{}},{"labels":{"a":"1"}}]"#, r#"[{"labels":{}}]"#),
        (
            &WebhookV4,
            r#"{"version":"4","alerts":[{"labels":{"a":"1"}}, {"labels":5}]}"#,
            r#"{"version":"4","alerts":[{"labels":5}]}"#,
        ),
        (
            &Alertmanager,
            r#"{"alerts":[{"labels":{"a":"1"}}],"alerts":[]}"#,
            r#"{"alerts":[{"labels":{"a":"1"}}],"alerts":[]}"#,
        ),
    ];
    for (format, body, rest) in mixed {
        let parsed = format.parse(body.as_bytes(), &ctx()).unwrap();
        assert!(!parsed.signals.is_empty() && !parsed.bad.is_empty(), "{body}");
        assert_eq!(String::from_utf8(format.remainder(body.as_bytes(), &parsed.bad)).unwrap(), rest);
    }
}

#[test]
fn items_beyond_the_limit_are_refused_and_the_others_go_on() {
    let many = |item: &str| format!("[{}]", vec![item; limits::BATCH + 3].join(" , "));
    let (json, api) = (many(r#"{"summary":"s"}"#), many(r#"{"labels":{"a":"1"}}"#));
    let hook = format!(r#"{{"alerts":{api},"version":"4"}}"#);
    let formats: [(&dyn SignalFormat, &str, &str); 3] =
        [(&Json, &json, "[2000]"), (&ApiV2, &api, "[2000]"), (&WebhookV4, &hook, "alerts[2000]")];
    for (format, body, field) in formats {
        let parsed = format.parse(body.as_bytes(), &ctx()).unwrap();
        assert_eq!((parsed.signals.len(), parsed.bad.len()), (limits::BATCH, 1));
        let error = &parsed.bad[0].errors[0];
        assert_eq!(error.field, field);
        assert!(error.message.starts_with("3 more than the 2000"), "{error}");
        let rest = format.remainder(body.as_bytes(), &parsed.bad);
        assert_eq!(
            format.parse(&rest, &ctx()).unwrap().signals.len(),
            3,
            "they can be read from what is kept"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_unreadable() {
    for format in FORMATS {
        for body in [&b"\xff"[..], b"[{\"summary\":\"\xc3\x28\"}]", b"\xed\xa0\x80", b"\0", b""] {
            assert!(format.parse(body, &ctx()).is_err(), "{body:?}");
        }
    }
}

proptest! {
    #[test]
    fn damaged_samples_are_survived(
        which in 0usize..4,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let samples: [&[u8]; 4] = [
            include_bytes!("pagerduty/samples/trigger.json"),
            include_bytes!("alertmanager/samples/prometheus_mixed.json"),
            include_bytes!("alertmanager/samples/webhook_firing.json"),
            br#"[{"summary":"s","labels":{"a":"b"},"links":[{"href":"https://a.example/"}],"occurred_at":"2026-01-01T00:00:00Z"}]"#,
        ];
        let mut body = samples[which].to_vec();
        for (at, byte) in edits {
            let at = at.index(body.len());
            body[at] = byte;
        }
        check(&body);
        check(&body[..cut.index(body.len())]);
    }
}
