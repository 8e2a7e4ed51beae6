//! Spellings (F35), rebinding (F36), and what a hostile or broken answer can do (F18–F20).

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Answers one list of addresses after the other, the last one for ever, and counts questions.
struct Script {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|a| a.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().rev().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl Lookup for Script {
    async fn lookup(&self, _name: &str) -> Result<Vec<IpAddr>, EgressError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        Ok(if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() })
    }
}

fn allow(ranges: &[&str]) -> EgressPolicy {
    EgressPolicy { allow: ranges.iter().map(|r| r.parse().unwrap()).collect() }
}

fn post(url: &str) -> Call<'_> {
    Call { url, headers: Vec::new(), body: Some(Bytes::from_static(b"{}")) }
}

/// All spellings of one IPv4 address that the WHATWG parser takes for it.
fn spellings(address: [u8; 4]) -> Vec<String> {
    let [a, b, c, d] = address;
    let number = u32::from_be_bytes(address);
    let (cd, bcd) = (number & 0xffff, number & 0xff_ffff);
    let mut all = vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{a}.{b}.{c}.{d}."),
        format!("{number}"),
        format!("0x{number:x}"),
        format!("0X{number:X}"),
        format!("0{number:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.0{b:o}.{c}.0x{d:x}"),
        format!("{a}.{b}.{cd}"),
        format!("{a}.{bcd}"),
        format!("0x{a:x}.{bcd}"),
        format!("{a}.0x{bcd:x}"),
        format!("{a}%2e{b}%2E{c}.{d}"),
        format!("{a}。{b}．{c}｡{d}"),
        format!("[::ffff:{a}.{b}.{c}.{d}]"),
        format!("[::ffff:{:x}:{cd:x}]", number >> 16),
        format!("[0:0:0:0:0:ffff:{a}.{b}.{c}.{d}]"),
        format!("[::{a}.{b}.{c}.{d}]"),
        format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
        format!("[2002:{:x}:{cd:x}::1]", number >> 16),
        format!("[2001:0:{:x}:{cd:x}::1]", number >> 16),
        format!("[::ffff:0:{a}.{b}.{c}.{d}]"),
    ];
    // Fullwidth digits are digits to the parser.
    let wide: String = format!("{a}.{b}.{c}.{d}")
        .chars()
        .map(|c| c.to_digit(10).and_then(|n| char::from_u32(0xff10 + n)).unwrap_or(c))
        .collect();
    all.push(wide);
    all
}

#[tokio::test]
async fn three_hundred_spellings_of_inside_are_refused_and_nothing_is_asked_or_dialled() {
    let lookup = Script::new(&[&["127.0.0.1"]]);
    let egress = Egress::with_lookup(EgressPolicy::default(), lookup.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let insides = [
        [127, 0, 0, 1],
        [127, 1, 2, 3],
        [10, 0, 0, 1],
        [10, 255, 255, 254],
        [172, 16, 0, 1],
        [172, 31, 255, 254],
        [192, 168, 0, 1],
        [192, 168, 1, 254],
        [169, 254, 169, 254],
        [169, 254, 170, 2],
        [100, 64, 0, 1],
        [100, 100, 100, 200],
        [168, 63, 129, 16],
        [0, 0, 0, 0],
        [224, 0, 0, 1],
        [255, 255, 255, 255],
        [198, 18, 0, 1],
    ];
    let mut hosts: Vec<String> = insides.into_iter().flat_map(spellings).collect();
    hosts.extend(
        ["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"]
            .map(str::to_owned),
    );
    assert!(hosts.len() >= 300, "{}", hosts.len());
    for host in &hosts {
        for url in [
            format!("http://{host}:{port}/x"),
            format!("HTTPS:\\\\{host}:{port}\\x"),
            format!(" http:{host}:{port}\n"),
        ] {
            let result = egress.call(post(&url)).await;
            assert!(
                matches!(result, Err(EgressError::Forbidden | EgressError::BadUrl(_))),
                "{url}: {result:?}"
            );
            assert!(!result.unwrap_err().is_retryable(), "{url}");
        }
    }
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 0, "a spelled address asks nobody");
    let nobody = std::pin::pin!(listener.accept());
    assert!(futures_poll(nobody).await.is_none(), "nothing was dialled");
}

/// Whether a future is ready now.
async fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    let mut future = Some(future);
    std::future::poll_fn(|cx| {
        let polled = future.as_mut().map(|f| f.as_mut().poll(cx));
        std::task::Poll::Ready(match polled {
            Some(std::task::Poll::Ready(output)) => Some(output),
            _ => None,
        })
    })
    .await
}

#[tokio::test]
async fn other_ways_in_are_refused_by_their_form() {
    let egress = Egress::with_lookup(EgressPolicy::default(), Script::new(&[&["127.0.0.1"]])).unwrap();
    for url in [
        "",
        "x",
        "//a.example/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "gopher://a.example/",
        "data:,x",
        "javascript:alert(1)",
        "http://",
        "http:///",
        "http://user@a.example/",
        "http://user:pw@a.example/",
        "http://:pw@a.example/",
        "https://a.example@127.0.0.1/",
        "http://127.0.0.1@a.example/",
        "http://[::1",
        "http://a b/",
        "http://a.example:99999/",
        "http://%00/",
        "unix:/tmp/x",
        "http://[v1.x]/",
        "blob:http://a.example/x",
        "http://1.2.3.4.5/",
        "http://256.256.256.256/",
        "http://0x100000000/",
        "http://a.example:25/",
        "http://a.example:0/",
    ] {
        let result = egress.call(post(url)).await;
        assert!(matches!(result, Err(EgressError::BadUrl(_) | EgressError::Forbidden)), "{url}: {result:?}");
    }
    let long = format!("https://a.example/{}", "x".repeat(3000));
    assert_eq!(egress.check(&long), Err(EgressError::BadUrl("is too long")));
    assert_eq!(egress.check("https://hooks.example.org/T/1?x=y#z"), Ok(()));
}

#[tokio::test]
async fn names_that_lead_inside_are_refused_after_asking() {
    for inside in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "0.0.0.0",
        "192.168.0.1",
        "fe80::1",
    ] {
        let lookup = Script::new(&[&[inside]]);
        let egress = Egress::with_lookup(EgressPolicy::default(), lookup.clone()).unwrap();
        for host in
            ["localhost", "localhost.", "metadata.google.internal", "a.example", "127.0.0.1.nip.example"]
        {
            let result = egress.call(post(&format!("http://{host}:8080/"))).await;
            assert_eq!(result, Err(EgressError::ForbiddenName), "{host} as {inside}");
        }
        assert_eq!(lookup.asked.load(Ordering::SeqCst), 5);
    }
    let nobody = Egress::with_lookup(EgressPolicy::default(), Script::new(&[&[]])).unwrap();
    assert_eq!(nobody.call(post("http://a.example/")).await, Err(EgressError::Resolve));
}

/// Answers every connection with the same bytes and counts connections; keeps the first bytes of each request.
async fn server(address: &str, answer: Vec<u8>) -> (u16, Arc<AtomicUsize>, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (count, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counter, log) = (Arc::clone(&count), Arc::clone(&requests));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let (answer, log) = (answer.clone(), Arc::clone(&log));
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                log.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).into_owned());
                if stream.write_all(&answer).await.is_ok() && answer.is_empty() {
                    // Says nothing for as long as the other side waits.
                    let _closed = stream.read(&mut request).await;
                }
            });
        }
    });
    (port, count, requests)
}

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
        .into_bytes()
}

#[tokio::test]
async fn the_checked_address_is_the_dialled_one() {
    let (port, good, _) = server("127.0.0.2:0", http("200 OK", "", "")).await;
    let bad = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    // First the allowed address, then, for whoever asks again, another one.
    let lookup = Script::new(&[&["127.0.0.1", "127.0.0.2"], &["127.0.0.1"]]);
    let egress = Egress::with_lookup(allow(&["127.0.0.2/32"]), lookup.clone()).unwrap();
    let url = format!("http://rebind.example:{port}/");
    assert_eq!(egress.call(post(&url)).await.unwrap().status, 200);
    assert_eq!((lookup.asked.load(Ordering::SeqCst), good.load(Ordering::SeqCst)), (1, 1));
    assert_eq!(egress.call(post(&url)).await, Err(EgressError::ForbiddenName));
    assert_eq!(good.load(Ordering::SeqCst), 1);
    assert!(
        futures_poll(std::pin::pin!(bad.accept())).await.is_none(),
        "the other address was never dialled"
    );
}

fn local() -> Egress {
    Egress::new(allow(&["127.0.0.0/8"])).unwrap()
}

#[tokio::test]
async fn a_call_says_what_it_should_and_no_more() {
    let (port, _, requests) = server("127.0.0.1:0", http("202 Accepted", "Retry-After: 7\r\n", "fine")).await;
    let url = format!("http://127.0.0.1:{port}/hook?a=b");
    let call = Call { headers: vec![("webhook-id", "x".into())], ..post(&url) };
    let reply = local().call(call).await.unwrap();
    assert_eq!(reply, Reply { status: 202, retry_after_secs: Some(7), body: b"fine".to_vec() });
    let request = requests.lock().unwrap().join("").to_ascii_lowercase();
    assert!(request.starts_with("post /hook?a=b http/1.1\r\n"), "{request}");
    assert!(request.contains("webhook-id: x\r\n") && request.ends_with("{}"), "{request}");
    for absent in ["accept-encoding", "cookie", "referer", "authorization", "proxy"] {
        assert!(!request.contains(absent), "{absent} in {request}");
    }
}

#[tokio::test]
async fn header_values_cannot_break_out() {
    let (port, count, _) = server("127.0.0.1:0", http("200 OK", "", "")).await;
    let url = format!("http://127.0.0.1:{port}/");
    let call = Call { headers: vec![("x-a", "b\r\nx-evil: 1".into())], ..post(&url) };
    assert!(matches!(local().call(call).await, Err(EgressError::Broken(_))));
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_are_answers_not_ways() {
    let (other, visits, _) = server("127.0.0.1:0", http("200 OK", "", "")).await;
    let target = format!("Location: http://127.0.0.1:{other}/\r\n");
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let (port, ..) = server("127.0.0.1:0", http(status, &target, "")).await;
        let reply = local().call(post(&format!("http://127.0.0.1:{port}/"))).await.unwrap();
        assert_eq!(reply.status.to_string(), status[..3]);
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn replies_are_read_so_far_and_never_unpacked() {
    let big = "x".repeat(3 * MAX_REPLY);
    let (port, ..) = server("127.0.0.1:0", http("200 OK", "Content-Encoding: gzip\r\n", &big)).await;
    let reply = local().call(post(&format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (200, MAX_REPLY));
    assert!(reply.body.iter().all(|b| *b == b'x'));
    // A body that breaks off does not take the status back.
    let (port, ..) = server("127.0.0.1:0", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab".to_vec()).await;
    let reply = local().call(post(&format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!((reply.status, reply.body), (200, b"ab".to_vec()));
}

#[tokio::test]
async fn failures_have_their_names() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let refused = local().call(post(&format!("http://127.0.0.1:{closed}/secret-token"))).await.unwrap_err();
    assert!(matches!(refused, EgressError::Connect(_)) && refused.is_retryable(), "{refused:?}");
    assert!(!refused.to_string().contains("secret-token"));
    let (port, ..) = server("127.0.0.1:0", b"garbage\r\n\r\n".to_vec()).await;
    let broken = local().call(post(&format!("http://127.0.0.1:{port}/secret-token"))).await.unwrap_err();
    assert!(matches!(broken, EgressError::Broken(_)) && broken.is_retryable(), "{broken:?}");
    assert!(!format!("{broken:?}").contains("secret-token"));
    let tls = local().call(post(&format!("https://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(matches!(tls, EgressError::Connect(_) | EgressError::Broken(_)), "{tls:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_after_ten_seconds() {
    let (port, ..) = server("127.0.0.1:0", Vec::new()).await;
    let before = tokio::time::Instant::now();
    let result = local().call(post(&format!("http://127.0.0.1:{port}/"))).await;
    assert_eq!(result, Err(EgressError::Timeout));
    assert!(before.elapsed() <= TOTAL);
}

#[tokio::test]
async fn ports_of_other_services_are_for_allowed_ranges_only() {
    let policy = allow(&["127.0.0.0/8"]);
    let lookup = Script::new(&[&["8.8.8.8"]]);
    let egress = Egress::with_lookup(policy, lookup).unwrap();
    for port in [22, 25, 110] {
        let result = egress.call(post(&format!("http://outside.example:{port}/"))).await;
        assert_eq!(result, Err(EgressError::ForbiddenName), "{port}");
        let result = egress.call(post(&format!("http://8.8.8.8:{port}/"))).await;
        assert_eq!(result, Err(EgressError::Forbidden), "{port}");
    }
}

#[test]
fn without_system_roots_the_public_ones_serve() {
    install_crypto();
    let _made = public_roots();
    install_crypto();
}
