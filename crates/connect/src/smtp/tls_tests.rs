//! Protection of connections: which certificates are accepted, and that nothing is said before.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hansei_app::ports::Sender;
use hansei_app::words::Words;
use hansei_domain::page::SendOutcome;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::egress::{Call, Egress, EgressError, EgressPolicy, install_crypto};
use crate::sample;
use crate::testing::FakeSmtp;

/// Certificates made for these tests: an authority, and a server called `localhost` and `127.0.0.1`.
fn sample_file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/smtp/samples").join(name)
}

fn acceptor() -> TlsAcceptor {
    install_crypto();
    let certificate = CertificateDer::from_pem_file(sample_file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(sample_file("server_key.pem")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()))
}

/// Stands in front of the fake and protects the connection, at once or when it is asked to.
async fn front(server: &FakeSmtp, bind: &str, starttls: bool) -> SocketAddr {
    let listener = TcpListener::bind((bind, 0)).await.unwrap();
    let (address, behind) = (listener.local_addr().unwrap(), server.address());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let stream = if starttls { ask_for_tls(stream).await } else { Some(stream) };
                let Some(stream) = stream else { return };
                // A client that does not trust us ends the handshake.
                let Ok(mut protected) = acceptor().accept(stream).await else { return };
                let mut inner = TcpStream::connect(behind).await.unwrap();
                if starttls {
                    let mut greeting = String::new();
                    BufReader::new(&mut inner).read_line(&mut greeting).await.unwrap();
                }
                let _ended = copy_bidirectional(&mut protected, &mut inner).await;
            });
        }
    });
    address
}

/// Speaks in the open until `STARTTLS`.
async fn ask_for_tls(stream: TcpStream) -> Option<TcpStream> {
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"220 fake.example ESMTP\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let verb = line.get(..4)?.to_ascii_uppercase();
        assert!(["EHLO", "STAR", "QUIT"].contains(&verb.as_str()), "said in the open: {line}");
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-fake.example\r\n250 STARTTLS\r\n",
            _ => b"220 2.0.0 go\r\n",
        };
        stream.get_mut().write_all(answer).await.ok()?;
        if verb == "STAR" {
            return Some(stream.into_inner());
        }
    }
}

async fn send(address: SocketAddr, security: Security, host: &str, trusted: bool) -> SendOutcome {
    let config = SmtpConfig {
        host: host.into(),
        port: Some(address.port()),
        security,
        username: None,
        password: None,
        from: "hansei@example.org".into(),
        reply_domain: None,
        ca_file: trusted.then(|| sample_file("authority.pem")),
    };
    let sender = SmtpSender::new(&config, Arc::new(Words::built_in()), sample::clock()).unwrap();
    sender.send(&sample::message()).await
}

#[tokio::test]
async fn a_protected_connection_needs_a_certificate_for_its_name() {
    for (security, starttls) in [(Security::Tls, false), (Security::Starttls, true)] {
        let server = FakeSmtp::start().await.unwrap();
        let address = front(&server, "127.0.0.1", starttls).await;
        let delivered = send(address, security, "127.0.0.1", true).await;
        assert!(matches!(delivered, SendOutcome::Delivered { .. }), "{security:?}: {delivered:?}");
        let stranger = send(address, security, "127.0.0.1", false).await;
        // The same certificate at an address that it does not name.
        let elsewhere = front(&server, "127.0.0.2", starttls).await;
        let other_name = send(elsewhere, security, "127.0.0.2", true).await;
        let told = |outcome: &SendOutcome| matches!(outcome, SendOutcome::Retry { error, .. } if error.contains("certificate"));
        assert!(told(&stranger) && told(&other_name), "{security:?}: {stranger:?} {other_name:?}");
        assert_eq!(server.received().len(), 1, "{security:?}");
        assert_eq!(server.violations(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn calls_do_not_trust_strangers_either() {
    let server = FakeSmtp::start().await.unwrap();
    let address = front(&server, "127.0.0.1", false).await;
    let egress = Egress::new(EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()] }).unwrap();
    let url = format!("https://{address}/");
    let result = egress.call(Call { url: &url, headers: Vec::new(), body: None }).await;
    assert!(matches!(&result, Err(EgressError::Connect(why)) if why.contains("certificate")), "{result:?}");
    assert_eq!(server.connections(), 0);
}
