//! Conversations with the receiver, well-behaved and otherwise.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::sync::oneshot;

use super::session::Session;
use super::*;

const TOKEN: &str = "abcdefghjkmnpqrstvwxyz0123abcdefghjkmnpqrstvwxyz0123";

/// Notes what it is asked, and answers as told.
struct Notes {
    asked: Mutex<Vec<(String, ReplyAction)>>,
    answer: ReplyAnswer,
}

#[async_trait]
impl ReplyHandler for Notes {
    async fn on_reply(&self, token: &str, action: ReplyAction) -> ReplyAnswer {
        self.asked.lock().unwrap().push((token.to_owned(), action));
        self.answer.clone()
    }
}

fn config() -> MailInConfig {
    MailInConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        domain: "reply.example.org".into(),
        hostname: "mail.example.org".into(),
        max_connections: 2,
    }
}

/// A client that talks to a session in memory.
struct Client {
    stream: BufReader<DuplexStream>,
    notes: Arc<Notes>,
}

impl Client {
    async fn connect(answer: ReplyAnswer) -> Self {
        let (near, far) = tokio::io::duplex(1 << 16);
        let notes = Arc::new(Notes { asked: Mutex::default(), answer });
        let handler = Arc::clone(&notes);
        tokio::spawn(async move { Session::new(far, &config(), handler.as_ref()).run().await });
        let mut client = Self { stream: BufReader::new(near), notes };
        assert_eq!(client.hear().await, "220 mail.example.org ESMTP");
        client
    }

    /// The next line of an answer; empty at the end of the connection.
    async fn hear(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }

    async fn tell(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).await.unwrap();
    }

    async fn ask(&mut self, line: &str) -> String {
        self.tell(format!("{line}\r\n").as_bytes()).await;
        self.hear().await
    }

    async fn hello(&mut self) {
        self.tell(b"EHLO client.example.org\r\n").await;
        while self.hear().await.starts_with("250-") {}
    }

    /// Hands over one mail and returns the answer to it.
    async fn mail(&mut self, message: &str) -> String {
        assert!(self.ask("MAIL FROM:<ana@example.org> SIZE=100").await.starts_with("250"));
        assert!(self.ask(&format!("RCPT TO:<reply+{TOKEN}@reply.example.org>")).await.starts_with("250"));
        assert!(self.ask("DATA").await.starts_with("354"));
        self.ask(&format!("{message}\r\n.")).await
    }

    fn asked(&self) -> Vec<(String, ReplyAction)> {
        self.notes.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_reply_is_acted_on() {
    let mut client = Client::connect(ReplyAnswer::Done).await;
    client.hello().await;
    let answer = client.mail("From: ana@example.org\r\nSubject: Re: x\r\n\r\nack, on it\r\n> resolved").await;
    assert_eq!(answer, "250 2.0.0 done");
    let answer = client.mail("From: ana@example.org\r\n\r\nfixed").await;
    assert_eq!(answer, "250 2.0.0 done");
    let token = TOKEN.to_owned();
    assert_eq!(client.asked(), [(token.clone(), ReplyAction::Acknowledge), (token, ReplyAction::Resolve)]);
    assert_eq!(client.ask("QUIT").await, "221 2.0.0 bye");
    assert_eq!(client.hear().await, "");
}

#[tokio::test]
async fn answers_reach_the_writer() {
    let refused = ReplyAnswer::Refused("This page belongs to an earlier alarm.\r\n250 forged ü".into());
    let mut client = Client::connect(refused).await;
    client.hello().await;
    let answer = client.mail("From: a@example.org\r\n\r\nack").await;
    assert_eq!(answer, "554 5.7.1 This page belongs to an earlier alarm.??250 forged ?");
    let mut client = Client::connect(ReplyAnswer::TryLater).await;
    client.hello().await;
    assert!(client.mail("From: a@example.org\r\n\r\nack").await.starts_with("451 4.3.0"));
    assert!(
        client.mail("From: a@example.org\r\n\r\nwhat is this?").await.starts_with("554 5.6.0 Not understood")
    );
    assert_eq!(client.asked().len(), 1);
}

#[tokio::test]
async fn automatic_mail_is_taken_and_dropped() {
    let mut client = Client::connect(ReplyAnswer::Done).await;
    client.hello().await;
    let answer = client.mail("Auto-Submitted: auto-replied\r\n\r\nack").await;
    assert!(answer.starts_with("250"), "{answer}");
    assert!(client.ask("MAIL FROM:<>").await.starts_with("250"));
    assert!(client.ask(&format!("RCPT TO:<reply+{TOKEN}@reply.example.org>")).await.starts_with("250"));
    assert!(client.ask("DATA").await.starts_with("354"));
    assert!(client.ask("From: x@example.org\r\n\r\nack\r\n.").await.starts_with("250"));
    assert_eq!(client.asked(), []);
}

#[tokio::test]
async fn nothing_else_is_taken() {
    let mut client = Client::connect(ReplyAnswer::Done).await;
    assert!(client.ask("MAIL FROM:<a@b.example>").await.starts_with("503"));
    client.hello().await;
    assert!(client.ask("RCPT TO:<x@y.example>").await.starts_with("503"));
    assert!(client.ask("MAIL FROM:<a@b.example>").await.starts_with("250"));
    assert!(client.ask("DATA").await.starts_with("503"));
    for to in ["ana@example.org", "reply+x@reply.example.org", "reply@reply.example.org", "postmaster"] {
        assert!(client.ask(&format!("RCPT TO:<{to}>")).await.starts_with("550"), "{to}");
    }
    assert!(client.ask(&format!("RCPT TO:<reply+{TOKEN}@reply.example.org>")).await.starts_with("250"));
    assert!(client.ask(&format!("RCPT TO:<reply+{TOKEN}@reply.example.org>")).await.starts_with("452"));
    assert!(client.ask("RSET").await.starts_with("250"));
    assert!(client.ask("DATA").await.starts_with("503"));
    assert!(client.ask("VRFY ana").await.starts_with("252"));
    let mut client = Client::connect(ReplyAnswer::Done).await;
    client.hello().await;
    assert!(client.ask("MAIL FROM:<a@b.example> SIZE=9999999").await.starts_with("552"));
    for (command, code) in [("STARTTLS", "502"), ("BDAT 5 LAST", "502"), ("AUTH PLAIN", "5"), ("FOO", "500")]
    {
        assert!(client.ask(command).await.starts_with(code), "{command}");
    }
}

#[tokio::test]
async fn patience_and_room_are_bounded() {
    // Too many mistakes.
    let mut client = Client::connect(ReplyAnswer::Done).await;
    for _ in 0..10 {
        assert!(client.ask("FOO").await.starts_with("500"));
    }
    assert!(client.hear().await.starts_with("421"));
    assert_eq!(client.hear().await, "");
    // A command without end.
    let mut client = Client::connect(ReplyAnswer::Done).await;
    client.tell(&[b'x'; 2_000]).await;
    assert!(client.hear().await.starts_with("500 5.5.2 too long"));
    assert_eq!(client.hear().await, "");
    // A line feed alone, in a command and in a message.
    let mut client = Client::connect(ReplyAnswer::Done).await;
    client.tell(b"NOOP\nNOOP\r\n").await;
    assert!(client.hear().await.starts_with("500 5.5.2 lines"));
    // Messages with a smuggled end, an endless line, or too much of everything.
    let smuggled = b"From: a@b.example\r\n\r\nhello\n.\nMAIL FROM:<x@y.example>\r\n.\r\n".to_vec();
    let (line, large) = (vec![b'x'; 40_000], b"x\r\n".repeat(400_000));
    for message in [smuggled, line, large] {
        let mut client = Client::connect(ReplyAnswer::Done).await;
        client.hello().await;
        client.ask("MAIL FROM:<a@b.example>").await;
        client.ask(&format!("RCPT TO:<reply+{TOKEN}@reply.example.org>")).await;
        assert!(client.ask("DATA").await.starts_with("354"));
        // The server may hang up while we are still talking.
        let _cut = client.stream.get_mut().write_all(&message).await;
        assert!(client.hear().await.starts_with("500 5.5.2"));
        assert_eq!(client.asked(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_ended() {
    let mut client = Client::connect(ReplyAnswer::Done).await;
    assert!(client.hear().await.starts_with("421 4.4.2"));
    assert_eq!(client.hear().await, "");
}

#[tokio::test]
async fn pipelined_and_stuffed_input_is_read_right() {
    let mut client = Client::connect(ReplyAnswer::Done).await;
    client.hello().await;
    let all = format!(
        "MAIL FROM:<a@b.example>\r\nRCPT TO:<REPLY+{}@reply.example.org>\r\nDATA\r\nFrom: a@b.example\r\n\r\n..ack\r\n.\r\nNOOP\r\nQUIT\r\n",
        TOKEN.to_uppercase()
    );
    client.tell(all.as_bytes()).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(client.hear().await.chars().take(3).collect::<String>());
    }
    assert_eq!(answers, ["250", "250", "354", "250", "250", "221"]);
    assert_eq!(
        client.asked(),
        [(TOKEN.to_owned(), ReplyAction::Acknowledge)],
        "one dot was stuffing, and \".ack\" is ack"
    );
}

#[tokio::test]
async fn the_server_counts_connections_and_ends() {
    let server = MailIn::bind(config()).await.unwrap();
    let address = server.local_addr().unwrap();
    let notes = Arc::new(Notes { asked: Mutex::default(), answer: ReplyAnswer::Done });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(notes, async move {
        let _stopped = stopped.await;
    }));
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = BufReader::new(tokio::net::TcpStream::connect(address).await.unwrap());
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        assert!(line.starts_with("220"), "{line}");
        open.push(stream);
    }
    let mut third = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut said = String::new();
    third.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("421"), "{said}");
    drop(open);
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
