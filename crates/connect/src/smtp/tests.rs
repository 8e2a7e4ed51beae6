//! Mails read by a second parser, and servers that refuse, hang, drop and answer twice.

use std::sync::Arc;

use hansei_app::ports::{PageMessage, Sender};
use hansei_app::words::Words;
use hansei_domain::catalog::ContactKind;
use hansei_domain::page::SendOutcome;
use mail_parser::{HeaderValue, MessageParser, MimeHeaders};

use super::*;
use crate::sample;
use crate::testing::{Answer, FakeSmtp, Received, Script};

fn config(server: &FakeSmtp) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".into(),
        port: Some(server.address().port()),
        security: Security::None,
        username: None,
        password: None,
        from: "Hansei <hansei@example.org>".into(),
        reply_domain: Some("reply.example.org".into()),
        ca_file: None,
    }
}

fn sender(server: &FakeSmtp) -> SmtpSender {
    SmtpSender::new(&config(server), Arc::new(Words::built_in()), sample::clock()).unwrap()
}

async fn send(server: &FakeSmtp, page: &PageMessage) -> (SendOutcome, Vec<Received>) {
    let outcome = sender(server).send(page).await;
    assert_eq!(server.violations(), Vec::<String>::new());
    (outcome, server.received())
}

/// What a second parser makes of a mail.
struct Read {
    headers: Vec<(String, String)>,
    text: String,
    html: String,
}

fn read(message: &[u8]) -> Read {
    let parsed = MessageParser::default().parse(message).unwrap();
    let headers =
        parsed.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    assert_eq!(parsed.content_type().unwrap().subtype(), Some("alternative"));
    Read {
        headers,
        text: parsed.body_text(0).unwrap().replace("\r\n", "\n"),
        html: parsed.body_html(0).unwrap().replace("\r\n", "\n"),
    }
}

fn header<'r>(read: &'r Read, name: &str) -> &'r str {
    let found: Vec<_> = read.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
    assert_eq!(found.len(), 1, "{name} in {:?}", read.headers);
    &found[0].1
}

#[tokio::test]
async fn a_page_becomes_a_mail() {
    let server = FakeSmtp::start().await.unwrap();
    let page = sample::message();
    let (outcome, received) = send(&server, &page).await;
    assert_eq!(outcome, SendOutcome::Delivered { receipt: "250 2.0.0 taken".into() });
    assert_eq!(
        (received[0].from.as_str(), received[0].to.as_str()),
        ("hansei@example.org", "ana@example.org")
    );
    let mail = read(&received[0].message);
    assert_eq!(header(&mail, "Subject"), "[SEV1] #142 Checkout <b>p99</b> above 2 s & rising");
    assert_eq!(header(&mail, "From"), "Hansei <hansei@example.org>");
    assert_eq!(header(&mail, "To"), "\"Ana Sato\" <ana@example.org>");
    assert_eq!(header(&mail, "Reply-To"), format!("reply+{}@reply.example.org", page.reply_token));
    assert_eq!(header(&mail, "Date"), "Tue, 02 Jul 2024 12:12:05 +0000");
    assert_eq!(
        header(&mail, "Message-ID"),
        format!("<{}.{}.1@reply.example.org>", page.page_id, page.contact_id)
    );
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&mail, "X-Hansei-Page"), page.page_id.to_string());
    for part in [&mail.text, &mail.html] {
        for wanted in [
            "Acknowledge",
            "2 Jul 2024, 05:12 PDT",
            "7 alerts fire",
            "and 5 more",
            "Why you get this",
            "You are step 1 of Checkout.",
            "SEV1 – Critical",
            "\"ack\"".trim_matches('"'),
        ] {
            assert!(part.contains(wanted), "{wanted} in {part}");
        }
    }
    assert!(mail.text.contains(&format!("Acknowledge\n{}\n", page.ack_url)));
    assert!(mail.text.contains("https://runbooks.example.org/checkout?a=1&b=2"));
    assert!(mail.html.contains(&format!("<a class=\"act\" href=\"{}\">Acknowledge</a>", page.ack_url)));
    assert!(mail.html.contains("Checkout &lt;b&gt;p99&lt;/b&gt; above 2 s &amp; rising"));
    assert!(mail.html.contains("href=\"https://runbooks.example.org/checkout?a=1&amp;b=2\""));
}

#[tokio::test]
async fn every_language_reads_naturally_and_arrives_whole() {
    for (locale, zone, wanted) in [
        ("de", "Europe/Berlin", ["Übernehmen", "2. Juli 2024, 14:12 CEST", "7 Alarme feuern", "„übernehme“"]),
        ("ja", "Asia/Tokyo", ["対応を始める", "2024年7月2日 21:12 JST", "発生中のアラート7件", "「対応」"]),
    ] {
        let server = FakeSmtp::start().await.unwrap();
        let title = "決済が遅延しています – Störung in Köln 🚒".to_owned();
        let page = PageMessage {
            locale: locale.into(),
            zone: zone.into(),
            person_name: "佐藤 アナ".into(),
            title: title.clone(),
            ..sample::message()
        };
        let (outcome, received) = send(&server, &page).await;
        assert!(matches!(outcome, SendOutcome::Delivered { .. }));
        let mail = read(&received[0].message);
        for text in wanted.into_iter().chain([title.as_str()]) {
            assert!(mail.text.contains(text), "{text} in {}", mail.text);
            assert!(mail.html.contains(text), "{text} in {}", mail.html);
        }
        let parsed = MessageParser::default().parse(&received[0].message).unwrap();
        assert_eq!(parsed.subject(), Some(format!("[SEV1] #142 {title}").as_str()));
        assert!(mail.html.contains(&format!("<html lang=\"{locale}\">")));
        assert!(!mail.text.contains("mail-") && !mail.html.contains("mail-"), "a key without words");
    }
}

#[tokio::test]
async fn user_text_cannot_become_a_header_a_part_or_markup() {
    let server = FakeSmtp::start().await.unwrap();
    let plain = read(&send(&server, &sample::message()).await.1[0].message);
    let evils = [
        "a\r\nBcc: evil@example.org",
        "a\nX-Evil: 1",
        "a\r\n\r\n<script>alert(1)</script>",
        "a\0b",
        "=?utf-8?q?=0d=0aX-Evil:=201?=",
        "\u{2028}X-Evil: 1",
        "\u{202e}gpj.exe",
        "--hansei-x--\r\nContent-Type: text/html",
        "\r\n.\r\nMAIL FROM:<x@y>",
        ".",
        "..\r\n.",
        "\"><img src=x onerror=alert(1)>",
        "'; DROP TABLE incident; --",
        "</title><script>x</script>",
        &"長い".repeat(3000),
    ];
    for (i, evil) in evils.iter().enumerate() {
        let page = PageMessage {
            title: (*evil).to_owned(),
            person_name: (*evil).to_owned(),
            service: Some((*evil).to_owned()),
            alert_summaries: vec![(*evil).to_owned(); 5],
            runbook_url: Some("javascript:alert(1)".to_owned()),
            reason: hansei_app::ports::PageReason { code: "step".into(), text: (*evil).to_owned() },
            ..sample::message()
        };
        let (outcome, received) = send(&server, &page).await;
        assert!(matches!(outcome, SendOutcome::Delivered { .. }), "{evil:?}: {outcome:?}");
        let mail = read(&received[i + 1].message);
        let names = |read: &Read| read.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&mail), names(&plain), "{evil:?}");
        let parsed = MessageParser::default().parse(&received[i + 1].message).unwrap();
        assert_eq!(
            (parsed.text_body.len(), parsed.html_body.len(), parsed.attachments.len()),
            (1, 1, 0),
            "{evil:?}"
        );
        assert!(
            matches!(parsed.header("To"), Some(HeaderValue::Address(a)) if a.iter().count() == 1),
            "{evil:?}"
        );
        let tags = |read: &Read| {
            ["<script", "<img", "href=\"javascript"]
                .iter()
                .map(|t| read.html.matches(t).count())
                .sum::<usize>()
        };
        assert_eq!(tags(&mail), 0, "{evil:?}");
    }
}

#[tokio::test]
async fn answers_have_their_meaning() {
    let accept = Script::default;
    let cases: [(Script, &str); 15] = [
        (Script { mail: Answer::Say("451 4.3.0 later"), ..accept() }, "Retry"),
        (Script { mail: Answer::Say("550 5.7.1 not you"), ..accept() }, "Retry"),
        (Script { rcpt: Answer::Say("450 4.2.1 busy"), ..accept() }, "Retry"),
        (Script { rcpt: Answer::Say("452 4.2.2 full"), ..accept() }, "Retry"),
        (Script { rcpt: Answer::Say("550 5.1.1 no such user"), ..accept() }, "GiveUp"),
        (Script { rcpt: Answer::Say("553 bad name"), ..accept() }, "GiveUp"),
        (Script { rcpt: Answer::Say("550 5.7.1 relaying denied"), ..accept() }, "Retry"),
        (Script { rcpt: Answer::Say("552 5.2.2 full"), ..accept() }, "Retry"),
        (Script { data: Answer::Say("554 5.5.1 no"), ..accept() }, "Retry"),
        (Script { data: Answer::Say("250 ok?"), ..accept() }, "Retry"),
        (Script { end: Answer::Say("452 4.3.1 disk full"), ..accept() }, "Retry"),
        (Script { end: Answer::Say("554 5.7.1 looks like spam"), ..accept() }, "Retry"),
        (Script { end: Answer::Say("354 still going"), ..accept() }, "Retry"),
        (Script { mail: Answer::Drop, ..accept() }, "Retry"),
        (Script { end: Answer::Drop, ..accept() }, "Retry"),
    ];
    for (script, expected) in cases {
        let server = FakeSmtp::start().await.unwrap();
        server.script(script.clone());
        let outcome = sender(&server).send(&sample::message()).await;
        assert!(format!("{outcome:?}").starts_with(expected), "{script:?}: {outcome:?}");
        assert_eq!(server.connections(), 1, "a fresh connection is not tried twice: {script:?}");
        let after =
            script.mail == accept().mail && script.rcpt == accept().rcpt && script.data == accept().data;
        if after && expected == "Retry" {
            assert!(format!("{outcome:?}").contains("it may have arrived"), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn connections_are_kept_and_a_dead_one_is_replaced_once() {
    let server = FakeSmtp::start().await.unwrap();
    let sender = sender(&server);
    for _ in 0..3 {
        assert!(matches!(sender.send(&sample::message()).await, SendOutcome::Delivered { .. }));
    }
    assert_eq!(server.connections(), 1);
    server.cut_connections();
    assert!(matches!(sender.send(&sample::message()).await, SendOutcome::Delivered { .. }));
    assert_eq!((server.connections(), server.received().len()), (2, 4));
    // The server says that it closes: also a fresh one.
    server.script(Script { mail: Answer::Say("421 4.4.2 idle too long"), ..Script::default() });
    assert!(matches!(sender.send(&sample::message()).await, SendOutcome::Delivered { .. }));
    assert_eq!((server.connections(), server.received().len()), (3, 5));
    // Lost after the message: never silently sent again.
    server.script(Script { end: Answer::Drop, ..Script::default() });
    assert!(matches!(sender.send(&sample::message()).await, SendOutcome::Retry { .. }));
    assert_eq!((server.connections(), server.received().len()), (3, 6));
    assert_eq!(server.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_connection_that_lay_too_long_is_not_used_again() {
    let server = FakeSmtp::start().await.unwrap();
    let clock = sample::clock();
    let sender = SmtpSender::new(&config(&server), Arc::new(Words::built_in()), clock.clone()).unwrap();
    for (pause, connections) in [(0, 1), (29, 1), (30, 2)] {
        clock.pass_secs(pause);
        assert!(matches!(sender.send(&sample::message()).await, SendOutcome::Delivered { .. }));
        assert_eq!(server.connections(), connections, "after {pause} s");
    }
}

#[tokio::test]
async fn a_server_that_answers_twice_never_makes_a_false_delivery() {
    for point in 0..4 {
        let server = FakeSmtp::start().await.unwrap();
        let sender = sender(&server);
        let mut script = Script::default();
        match point {
            0 => script.mail = Answer::Twice("250 ok"),
            1 => script.rcpt = Answer::Twice("250 ok"),
            2 => script.data = Answer::Twice("354 go on"),
            _ => script.end = Answer::Twice("250 taken"),
        }
        server.script(script);
        let first = sender.send(&sample::message()).await;
        let second = sender.send(&sample::message()).await;
        let delivered =
            [&first, &second].iter().filter(|o| matches!(o, SendOutcome::Delivered { .. })).count();
        let accepted = server.received().iter().filter(|r| r.accepted).count();
        assert!(delivered <= accepted, "{point}: {first:?} {second:?}");
        assert!(matches!(second, SendOutcome::Delivered { .. }), "{point}: it recovers: {second:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_time() {
    let hang = |script: Script| script;
    for script in [
        hang(Script { mail: Answer::Hang, ..Script::default() }),
        hang(Script { rcpt: Answer::Hang, ..Script::default() }),
        hang(Script { data: Answer::Hang, ..Script::default() }),
        hang(Script { end: Answer::Hang, ..Script::default() }),
    ] {
        let server = FakeSmtp::start().await.unwrap();
        server.script(script);
        let before = tokio::time::Instant::now();
        let outcome = sender(&server).send(&sample::message()).await;
        assert!(matches!(outcome, SendOutcome::Retry { .. }), "{outcome:?}");
        assert!(before.elapsed().as_secs() <= 10);
    }
    let server = FakeSmtp::start().await.unwrap();
    server.greet(Answer::Hang);
    assert!(matches!(sender(&server).send(&sample::message()).await, SendOutcome::Retry { .. }));
}

#[tokio::test]
async fn silence_after_the_message_is_told_as_such() {
    let server = FakeSmtp::start().await.unwrap();
    server.script(Script { end: Answer::Hang, ..Script::default() });
    let sender = Arc::new(sender(&server));
    let sending = tokio::spawn({
        let sender = Arc::clone(&sender);
        async move { sender.send(&sample::message()).await }
    });
    server.wait_for(1).await;
    tokio::time::pause();
    let outcome = sending.await.unwrap();
    assert!(format!("{outcome:?}").contains("it may have arrived"), "{outcome:?}");
}

#[tokio::test]
async fn signing_in_and_protection_are_not_optional() {
    let server = FakeSmtp::start().await.unwrap();
    server.want_login("AGFuYQBzZWNyZXQ=");
    let with = |password: &str| SmtpConfig {
        username: Some("ana".into()),
        password: Some(password.into()),
        ..config(&server)
    };
    let words = Arc::new(Words::built_in());
    let right = SmtpSender::new(&with("secret"), Arc::clone(&words), sample::clock()).unwrap();
    assert!(matches!(right.send(&sample::message()).await, SendOutcome::Delivered { .. }));
    let wrong = SmtpSender::new(&with("wrong-password"), Arc::clone(&words), sample::clock()).unwrap();
    let outcome = format!("{:?}", wrong.send(&sample::message()).await);
    assert!(outcome.starts_with("Retry") && !outcome.contains("wrong-password"), "{outcome}");
    assert!(!format!("{:?}", with("hidden")).contains("hidden"));
    // A server that does not offer protection is not spoken to in the open.
    let open = SmtpConfig { security: Security::Starttls, ..with("secret") };
    let refused = SmtpSender::new(&open, words, sample::clock()).unwrap().send(&sample::message()).await;
    assert_eq!(
        refused,
        SendOutcome::Retry { error: "the mail server does not offer STARTTLS".into(), after_secs: None }
    );
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_mail_is_given_up_and_what_cannot_be_reached_is_not() {
    let server = FakeSmtp::start().await.unwrap();
    let to = |address: &str| PageMessage {
        contact: ContactKind::Email { address: address.into() },
        ..sample::message()
    };
    assert!(matches!(sender(&server).send(&to("nobody")).await, SendOutcome::GiveUp { .. }));
    let outcome = sender(&server).send(&to("jörg@example.org")).await;
    assert!(
        matches!(&outcome, SendOutcome::Retry { error, .. } if error.contains("SMTPUTF8")),
        "{outcome:?}"
    );
    let gone = config(&server);
    drop(server);
    let sender = SmtpSender::new(&gone, Arc::new(Words::built_in()), sample::clock()).unwrap();
    assert!(matches!(sender.send(&sample::message()).await, SendOutcome::Retry { .. }));
    assert!(sender.probe().await.is_err());
}

#[test]
fn bad_settings_are_named() {
    let good = SmtpConfig {
        host: "mail.example.org".into(),
        port: None,
        security: Security::Tls,
        username: None,
        password: None,
        from: "hansei@example.org".into(),
        reply_domain: None,
        ca_file: None,
    };
    let error =
        |config: SmtpConfig| match SmtpSender::new(&config, Arc::new(Words::built_in()), sample::clock()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
    assert_eq!(error(good.clone()), "");
    assert!(error(SmtpConfig { from: "nobody".into(), ..good.clone() }).starts_with("smtp.from"));
    assert!(
        error(SmtpConfig { reply_domain: Some("a b".into()), ..good.clone() })
            .starts_with("smtp.reply_domain")
    );
    assert!(error(SmtpConfig { username: Some("x".into()), ..good.clone() }).contains("together"));
    assert!(
        error(SmtpConfig { ca_file: Some("/does/not/exist".into()), ..good }).starts_with("smtp.ca_file")
    );
    assert!(
        serde_json::from_str::<SmtpConfig>(r#"{"host":"a","from":"a@b.c","tls":true}"#).is_err(),
        "unknown key"
    );
}
