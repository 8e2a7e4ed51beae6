//! The server on real sockets: limits on time and size, tricks with headers, the end.

use std::time::Duration;

use hansei_domain::signal::SourceFormat;
use hansei_web::{Limits, Web, WebConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::{World, formats};

struct Serving {
    world: World,
    address: String,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

async fn serve(limits: Limits) -> Serving {
    let world = World::new().await;
    let config = WebConfig { limits, ..WebConfig::default() };
    let web = Web::new(world.app.clone(), config, formats());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(async move {
        let until = async {
            let _ = stopped.await;
        };
        hansei_web::serve(listener, web, until).await.unwrap();
    });
    Serving { world, address, stop, done }
}

fn quick() -> Limits {
    let short = Duration::from_millis(150);
    Limits { head: short, body: short, body_bytes_per_sec: 1_000_000, ..Limits::default() }
}

impl Serving {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes.
    async fn talk(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the server closes");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[tokio::test]
async fn a_connection_is_kept_alive_and_closed_when_idle() {
    let serving = serve(quick()).await;
    let get = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let answers = serving.talk(get.repeat(3)).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
}

/// F28
#[tokio::test]
async fn a_head_or_body_that_drips_is_given_up() {
    let serving = serve(quick()).await;
    assert!(!serving.talk("GET /healthz HTTP/1.1\r\nho").await.contains("200"));
    let key = serving.world.key(serving.world.service("db").await, SourceFormat::Json).await;
    let head = format!("POST /webhooks/json/{key} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{");
    assert!(serving.talk(head).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn heads_have_a_largest_size() {
    let serving = serve(Limits { head_bytes: 16 * 1024, ..quick() }).await;
    let huge = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(20_000));
    assert!(serving.talk(huge).await.starts_with("HTTP/1.1 431"));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200));
    assert!(serving.talk(many).await.starts_with("HTTP/1.1 431"));
}

/// F27: what two parsers could read in two ways is refused, or answered once.
#[tokio::test]
async fn requests_cannot_be_smuggled() {
    let serving = serve(quick()).await;
    let inner = "GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";
    let tricks = [
        format!(
            "POST /v2/enqueue HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
            inner.len() + 5
        ),
        format!(
            "POST /v2/enqueue HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 0\r\n\r\n{inner}"
        ),
        format!("POST /v2/enqueue HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n{inner}"),
        format!("POST /v2/enqueue HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{inner}"),
        format!("POST /v2/enqueue HTTP/1.1\r\nhost: x\r\ncontent-length : 5\r\n\r\n{inner}"),
    ];
    for trick in tricks {
        let answer = serving.talk(&trick).await;
        let answers = answer.matches("HTTP/1.1 ").count();
        assert!(answers <= 1 || !answer.contains("200 OK"), "{trick:?}: {answer}");
    }
}

#[tokio::test]
async fn a_lying_length_is_refused_before_it_is_read() {
    let serving = serve(quick()).await;
    let key = serving.world.key(serving.world.service("db").await, SourceFormat::Json).await;
    let head =
        format!("POST /webhooks/json/{key} HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n");
    assert!(serving.talk(head).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn requests_under_way_are_answered_at_the_end() {
    let serving = serve(Limits { head: Duration::from_secs(5), ..quick() }).await;
    let mut idle = serving.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    serving.stop.send(()).unwrap();
    serving.done.await.unwrap();
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest).await;
    assert!(String::from_utf8_lossy(&rest).ends_with("ok\n"));
    assert!(TcpStream::connect(&serving.address).await.is_err(), "nobody listens any more");
}
