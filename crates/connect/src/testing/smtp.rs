//! A mail server that follows a script and the standard.
//!
//! By default it accepts everything. Scripts are used up one per mail, in order; they can refuse, hang, hang up at any
//! point, hang up after the message, and answer twice (F18–F20). Whatever a client does against the standard is kept in
//! [`FakeSmtp::violations`]: bare line feeds, long lines, commands out of order, eight-bit bytes nobody agreed on.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// What the server does at one point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Says this line.
    Say(&'static str),
    /// Says this line twice.
    Twice(&'static str),
    /// Says nothing for ever.
    Hang,
    /// Closes the connection.
    Drop,
}

/// What the server does with one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// To `MAIL`.
    pub mail: Answer,
    /// To `RCPT`.
    pub rcpt: Answer,
    /// To `DATA`.
    pub data: Answer,
    /// To the message.
    pub end: Answer,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            mail: Answer::Say("250 2.1.0 ok"),
            rcpt: Answer::Say("250 2.1.5 ok"),
            data: Answer::Say("354 go on"),
            end: Answer::Say("250 2.0.0 taken"),
        }
    }
}

/// A mail whose last byte arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The connection's number, from 1.
    pub connection: usize,
    /// The sender's address.
    pub from: String,
    /// The recipient's address.
    pub to: String,
    /// The message, without the stuffed dots.
    pub message: Vec<u8>,
    /// The script's word said that it was taken.
    pub accepted: bool,
}

#[derive(Default)]
struct State {
    scripts: Mutex<VecDeque<Script>>,
    greetings: Mutex<VecDeque<Answer>>,
    login: Mutex<Option<String>>,
    received: Mutex<Vec<Received>>,
    violations: Mutex<Vec<String>>,
    connections: AtomicUsize,
    arrival: Notify,
}

/// A running fake.
pub struct FakeSmtp {
    address: SocketAddr,
    state: Arc<State>,
    cut: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.task.abort();
        self.cut.send_modify(|n| *n += 1);
    }
}

impl FakeSmtp {
    /// Starts one on a free loopback port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let (cut, cuts) = watch::channel(0);
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
                let (state, mut cuts) = (Arc::clone(&shared), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        // The client may vanish at any time; that is its right.
                        _ended = Session::new(state, stream, number).run() => {}
                        _cut = cuts.changed() => {}
                    }
                });
            }
        });
        Ok(Self { address, state, cut, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a script for one more mail.
    pub fn script(&self, script: Script) {
        self.state.scripts.lock().push_back(script);
    }

    /// Greets one more connection like this.
    pub fn greet(&self, answer: Answer) {
        self.state.greetings.lock().push_back(answer);
    }

    /// Wants `AUTH PLAIN` with these (base64 of NUL, user, NUL, password).
    pub fn want_login(&self, plain_base64: impl Into<String>) {
        *self.state.login.lock() = Some(plain_base64.into());
    }

    /// Cuts all connections, as a server does with idle ones.
    pub fn cut_connections(&self) {
        self.cut.send_modify(|n| *n += 1);
    }

    /// What has arrived.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().clone()
    }

    /// Waits until so many mails have arrived.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        loop {
            let arrival = self.state.arrival.notified();
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            arrival.await;
        }
    }

    /// What clients did against the standard.
    pub fn violations(&self) -> Vec<String> {
        self.state.violations.lock().clone()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

/// Ends the conversation.
struct Over;

type Step<T = ()> = Result<T, Over>;

struct Session {
    state: Arc<State>,
    stream: BufReader<TcpStream>,
    number: usize,
    script: Script,
    from: Option<String>,
    to: Option<String>,
    greeted: bool,
    signed_in: bool,
}

impl Session {
    fn new(state: Arc<State>, stream: TcpStream, number: usize) -> Self {
        Self {
            state,
            stream: BufReader::new(stream),
            number,
            script: Script::default(),
            from: None,
            to: None,
            greeted: false,
            signed_in: false,
        }
    }

    async fn run(mut self) -> Step {
        let greeting = self.state.greetings.lock().pop_front();
        self.answer(&greeting.unwrap_or(Answer::Say("220 fake.example ESMTP"))).await?;
        loop {
            let line = self.line().await?;
            let text = String::from_utf8_lossy(&line).into_owned();
            if line.len() > 512 {
                self.violation(format!("a command of {} bytes", line.len()));
            }
            let verb = text.get(..4).unwrap_or(&text).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => self.hello().await?,
                "AUTH" => self.auth(&text).await?,
                "NOOP" | "RSET" => self.answer(&Answer::Say("250 ok")).await?,
                "QUIT" => {
                    self.answer(&Answer::Say("221 bye")).await?;
                    return Ok(());
                }
                "MAIL" => self.mail(&text).await?,
                "RCPT" => self.rcpt(&text).await?,
                "DATA" => self.data().await?,
                _ => {
                    self.violation(format!("unknown command {text:?}"));
                    self.answer(&Answer::Say("500 5.5.2 what")).await?;
                }
            }
        }
    }

    async fn hello(&mut self) -> Step {
        self.greeted = true;
        let login = self.state.login.lock().is_some();
        let offer = if login { "250-AUTH PLAIN\r\n" } else { "" };
        self.write(&format!("250-fake.example\r\n{offer}250 ENHANCEDSTATUSCODES\r\n")).await
    }

    async fn auth(&mut self, text: &str) -> Step {
        let wanted = self.state.login.lock().clone();
        self.signed_in = wanted.is_some_and(|wanted| text.get(11..) == Some(wanted.as_str()));
        let answer = if self.signed_in { "235 2.7.0 ok" } else { "535 5.7.8 no" };
        self.answer(&Answer::Say(answer)).await
    }

    async fn mail(&mut self, text: &str) -> Step {
        let needs_login = self.state.login.lock().is_some() && !self.signed_in;
        if !self.greeted || needs_login || self.from.is_some() {
            self.violation("MAIL out of order".to_owned());
            return self.answer(&Answer::Say("503 5.5.1 not now")).await;
        }
        self.script = self.state.scripts.lock().pop_front().unwrap_or_default();
        let answer = self.script.mail.clone();
        if positive(&answer) {
            self.from = Some(address(text));
        }
        self.answer(&answer).await
    }

    async fn rcpt(&mut self, text: &str) -> Step {
        if self.from.is_none() {
            self.violation("RCPT out of order".to_owned());
            return self.answer(&Answer::Say("503 5.5.1 not now")).await;
        }
        let answer = self.script.rcpt.clone();
        if positive(&answer) {
            self.to = Some(address(text));
        }
        self.answer(&answer).await
    }

    async fn data(&mut self) -> Step {
        let (Some(from), Some(to)) = (self.from.take(), self.to.take()) else {
            self.violation("DATA out of order".to_owned());
            return self.answer(&Answer::Say("503 5.5.1 not now")).await;
        };
        let answer = self.script.data.clone();
        self.answer(&answer).await?;
        if !matches!(answer, Answer::Say(line) | Answer::Twice(line) if line.starts_with("354")) {
            return Ok(());
        }
        let mut message = Vec::new();
        loop {
            let line = self.line().await?;
            if line == b"." {
                break;
            }
            if line.len() > 998 {
                self.violation(format!("a line of {} bytes", line.len()));
            }
            if !line.is_ascii() {
                self.violation("eight-bit bytes nobody agreed on".to_owned());
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            message.extend_from_slice(b"\r\n");
        }
        let answer = self.script.end.clone();
        let received = Received { connection: self.number, from, to, message, accepted: positive(&answer) };
        self.state.received.lock().push(received);
        self.state.arrival.notify_waiters();
        self.answer(&answer).await
    }

    /// A line without its end.
    async fn line(&mut self) -> Step<Vec<u8>> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line).await.map_err(|_| Over)?;
        if read == 0 {
            return Err(Over);
        }
        match line.strip_suffix(b"\r\n") {
            Some(whole) if !whole.contains(&b'\r') => Ok(whole.to_vec()),
            _ => {
                self.violation("a bare line feed or carriage return".to_owned());
                Err(Over)
            }
        }
    }

    async fn answer(&mut self, answer: &Answer) -> Step {
        match answer {
            Answer::Say(line) => self.write(&format!("{line}\r\n")).await,
            Answer::Twice(line) => self.write(&format!("{line}\r\n{line}\r\n")).await,
            Answer::Drop => Err(Over),
            Answer::Hang => std::future::pending().await,
        }
    }

    async fn write(&mut self, text: &str) -> Step {
        self.stream.get_mut().write_all(text.as_bytes()).await.map_err(|_| Over)
    }

    fn violation(&self, text: String) {
        self.state.violations.lock().push(text);
    }
}

fn positive(answer: &Answer) -> bool {
    matches!(answer, Answer::Say(line) | Answer::Twice(line) if line.starts_with('2'))
}

/// What stands between the angle brackets.
fn address(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
