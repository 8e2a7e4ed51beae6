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
        let Ok(Parsed { signals, bad }) = format.parse(body, &ctx()) else { continue };
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

#[test]
fn bytes_that_are_no_text_are_unreadable() {
    for format in FORMATS {
        for body in
            [&b"\xff"[..], b"[{\"summary\":\"\xc3\x28\"}]", b"\xef\xbb\xbf{}", b"\xed\xa0\x80", b"\0", b""]
        {
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
