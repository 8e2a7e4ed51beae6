//! The specification's test vector, verification, and a page on its way.

use std::sync::{Arc, Mutex};

use hansei_app::ports::{PageMessage, Sender};
use hansei_domain::Timestamp;
use hansei_domain::catalog::ContactKind;
use hansei_domain::page::SendOutcome;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::egress::{Egress, EgressPolicy};
use crate::sample;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).unwrap()
}

/// The test vector of the public specification and its libraries.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SECS: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

#[test]
fn signatures_are_those_of_the_specification() {
    let secret = Secret::parse(SECRET).unwrap();
    assert_eq!(secret.sign(ID, SECS, BODY), SIGNATURE);
    assert_eq!(secret.reveal(), SECRET);
    assert_eq!(Secret::parse(&SECRET["whsec_".len()..]), Ok(secret));
}

#[test]
fn verifying_accepts_the_right_and_nothing_else() {
    let secrets = [Secret::from_bytes([1; 32]), Secret::parse(SECRET).unwrap()];
    let check = |id: &str, secs: &str, signatures: &str, body: &[u8], now: i64| {
        verify(&secrets, id, secs, signatures, body, at(now))
    };
    let time = SECS.to_string();
    assert_eq!(check(ID, &time, SIGNATURE, BODY, SECS), Ok(()));
    assert_eq!(check(ID, &time, &format!("v1,AAAA v2,x {SIGNATURE}"), BODY, SECS), Ok(()), "one of several");
    for now in [SECS - 300, SECS + 299, SECS + 300] {
        assert_eq!(check(ID, &time, SIGNATURE, BODY, now), Ok(()));
    }
    for now in [SECS - 301, SECS + 301, 0] {
        assert_eq!(check(ID, &time, SIGNATURE, BODY, now), Err(VerifyError::Time));
    }
    assert_eq!(check(ID, &i64::MIN.to_string(), SIGNATURE, BODY, SECS), Err(VerifyError::Time));
    assert_eq!(check("msg_other", &time, SIGNATURE, BODY, SECS), Err(VerifyError::Signature));
    assert_eq!(check(ID, &(SECS + 1).to_string(), SIGNATURE, BODY, SECS), Err(VerifyError::Signature));
    assert_eq!(check(ID, &time, SIGNATURE, br#"{"test":2432232314}"#, SECS), Err(VerifyError::Signature));
    for wrong in [
        "",
        "v1,",
        "v1,AA==",
        "v1,***",
        &SIGNATURE[3..],
        &SIGNATURE.replace("v1", "v2"),
        &SIGNATURE.replace("g0", "h0"),
    ] {
        assert_eq!(check(ID, &time, wrong, BODY, SECS), Err(VerifyError::Signature), "{wrong}");
    }
    assert_eq!(check("", &time, SIGNATURE, BODY, SECS), Err(VerifyError::Headers));
    assert_eq!(check(ID, "now", SIGNATURE, BODY, SECS), Err(VerifyError::Headers));
    let late = format!("{}{SIGNATURE}", "v1,AAAA ".repeat(100));
    assert_eq!(
        check(ID, &time, &late, BODY, SECS),
        Err(VerifyError::Signature),
        "only so many are looked at"
    );
}

#[test]
fn secrets_are_read_strictly_and_not_shown() {
    for bad in ["", "whsec_", "whsec_AAAA", "whsec_!!!!", "hello"] {
        assert_eq!(read_secrets(bad), Err(BadSecret), "{bad}");
    }
    let two = format!("{SECRET} {}", Secret::from_bytes([2; 32]).reveal());
    let secrets = read_secrets(&two).unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(!format!("{secrets:?}").contains("MfKQ"));
}

/// Answers once with a status and gives back the request.
async fn receive(status: &'static str) -> (String, Arc<Mutex<Vec<u8>>>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let request = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&request);
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        // The body ends the request; it is the only place with this text.
        while !bytes.ends_with(b"}}}") {
            stream.read_buf(&mut bytes).await.unwrap();
        }
        *log.lock().unwrap() = bytes;
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.unwrap();
    });
    (url, request, task)
}

fn message(url: &str) -> PageMessage {
    let contact = ContactKind::Webhook { url: url.to_owned() };
    PageMessage { contact, secret: Some(SECRET.to_owned()), ..sample::message() }
}

fn sender() -> WebhookSender {
    let policy = EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()] };
    WebhookSender::new(Egress::new(policy).unwrap())
}

#[tokio::test]
async fn a_page_arrives_signed_and_whole() {
    let (url, request, task) = receive("204 No Content").await;
    let new = Secret::from_bytes([3; 32]);
    let message = PageMessage { secret: Some(format!("{} {SECRET}", new.reveal())), ..message(&url) };
    let outcome = sender().send(&message).await;
    task.await.unwrap();
    assert_eq!(outcome, SendOutcome::Delivered { receipt: "HTTP 204".into() });
    let request = request.lock().unwrap().clone();
    let split = request.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let (head, body) = (String::from_utf8(request[..split].to_vec()).unwrap(), &request[split + 4..]);
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap().to_owned()
    };
    assert_eq!(header("webhook-id"), format!("{}_{}", message.page_id, message.contact_id));
    for secret in [new, Secret::parse(SECRET).unwrap()] {
        let verified = verify(
            &[secret],
            &header("webhook-id"),
            &header("webhook-timestamp"),
            &header("webhook-signature"),
            body,
            message.sent_at,
        );
        assert_eq!(verified, Ok(()));
    }
    let value: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert_eq!(value["type"], "page.requested");
    assert_eq!(value["data"]["incident"]["number"], 142);
    assert_eq!(value["data"]["incident"]["severity"], 1);
    assert_eq!(value["data"]["incident"]["title"], message.title);
    assert_eq!(value["data"]["reason"]["code"], message.reason.code);
    assert_eq!(value["data"]["links"]["acknowledge"], message.ack_url);
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    for (secret, url, expected) in [
        (None, "https://hooks.example.org/", "Retry"),
        (Some("nonsense"), "https://hooks.example.org/", "Retry"),
        (Some(SECRET), "http://10.0.0.1/", "GiveUp"),
        (Some(SECRET), "not an address", "GiveUp"),
    ] {
        let message = PageMessage { secret: secret.map(str::to_owned), ..message(url) };
        let outcome = format!("{:?}", sender().send(&message).await);
        assert!(outcome.starts_with(expected), "{outcome}");
        assert!(!outcome.contains("MfKQ"), "{outcome}");
    }
    let (url, _, task) = receive("410 Gone").await;
    assert!(matches!(sender().send(&message(&url)).await, SendOutcome::GiveUp { .. }));
    task.await.unwrap();
}
