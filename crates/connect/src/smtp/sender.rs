//! Sending a page as a mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hansei_app::ports::{PageMessage, SEND_LIMIT, Sender, SenderKind, SharedClock};
use hansei_app::words::Words;
use hansei_domain::catalog::ContactKind;
use hansei_domain::page::SendOutcome;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Mutex;

use super::connection::{Failure, Server, transact};
use super::message::{Sending, mail};
use super::{Security, SmtpConfig, SmtpConfigError};

/// Connections at a time: a place for an attempt is a connection, so that none waits for one in here.
const MAX_CONNECTIONS: usize = 8;
/// How long a connection may lie idle; mail servers close theirs after minutes.
const MAX_IDLE_NANOS: u64 = 30_000_000_000;

/// Sends pages to mail contacts.
pub struct SmtpSender {
    server: Server,
    sending: Sending,
    words: Arc<Words>,
    /// Connections that may be used again, with the monotonic moment they were put down, nanoseconds.
    idle: Mutex<Vec<(AsyncSmtpConnection, u64)>>,
    clock: SharedClock,
}

impl SmtpSender {
    /// A sender over the operator's mail server. Nothing is connected yet.
    pub fn new(config: &SmtpConfig, words: Arc<Words>, clock: SharedClock) -> Result<Self, SmtpConfigError> {
        crate::egress::install_crypto();
        let from: Mailbox = config.from.parse().map_err(|_| SmtpConfigError::From(config.from.clone()))?;
        if let Some(domain) = &config.reply_domain {
            let probe = Address::new("reply", domain);
            probe.map_err(|_| SmtpConfigError::ReplyDomain(domain.clone()))?;
        }
        let credentials = match (&config.username, &config.password) {
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password.clone())),
            (None, None) => None,
            _ => return Err(SmtpConfigError::Credentials),
        };
        let hello = ClientId::Domain(from.email.domain().to_owned());
        Ok(Self {
            server: Server {
                host: config.host.clone(),
                port: config.port.unwrap_or_else(|| config.security.default_port()),
                security: config.security,
                hello,
                tls: tls(config)?,
                credentials,
            },
            sending: Sending { from, reply_domain: config.reply_domain.clone() },
            words,
            idle: Mutex::new(Vec::new()),
            clock,
        })
    }

    /// Connects, greets and leaves: for the doctor. The error is what the server or the network said.
    pub async fn probe(&self) -> Result<(), String> {
        let connected = tokio::time::timeout(SEND_LIMIT, self.server.connect()).await;
        let connection = connected.map_err(|_| "no answer in time".to_owned())?;
        match connection {
            Ok(connection) => {
                self.put(connection).await;
                Ok(())
            }
            Err(failure) => Err(failure.text().to_owned()),
        }
    }

    /// The youngest connection that has not lain too long.
    async fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().await;
        let now = self.clock.monotonic_nanos();
        idle.retain(|(_, since)| now.saturating_sub(*since) < MAX_IDLE_NANOS);
        idle.pop().map(|(connection, _)| connection)
    }

    async fn put(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().await;
        if idle.len() < MAX_CONNECTIONS {
            idle.push((connection, self.clock.monotonic_nanos()));
        }
    }

    async fn attempt(&self, to: &Address, message: &[u8], sent: &AtomicBool) -> Result<String, Failure> {
        let from = &self.sending.from.email;
        if let Some(mut connection) = self.take().await {
            match transact(&mut connection, from, to, message, sent).await {
                Ok(receipt) => {
                    self.put(connection).await;
                    return Ok(receipt);
                }
                // It died while it lay idle, or is out of step; nothing has been sent over it.
                Err(Failure::Lost(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        let mut connection = self.server.connect().await?;
        let receipt = transact(&mut connection, from, to, message, sent).await?;
        self.put(connection).await;
        Ok(receipt)
    }
}

impl Failure {
    fn text(&self) -> &str {
        match self {
            Self::Recipient(text) | Self::Before(text) | Self::Lost(text) | Self::After(text) => text,
        }
    }
}

fn tls(config: &SmtpConfig) -> Result<Option<TlsParameters>, SmtpConfigError> {
    if config.security == Security::None {
        return Ok(None);
    }
    let mut parameters = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path).map_err(|error| SmtpConfigError::CaFile(error.to_string()))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|error| SmtpConfigError::CaFile(error.to_string()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build_rustls().map_err(|error| SmtpConfigError::Tls(error.to_string()))?;
    Ok(Some(parameters))
}

fn retry(error: impl Into<String>) -> SendOutcome {
    SendOutcome::Retry { error: error.into(), after_secs: None }
}

#[async_trait]
impl Sender for SmtpSender {
    fn kind(&self) -> SenderKind {
        "email"
    }

    fn places(&self) -> usize {
        MAX_CONNECTIONS
    }

    async fn send(&self, page: &PageMessage) -> SendOutcome {
        let ContactKind::Email { address } = &page.contact else {
            return SendOutcome::GiveUp { error: "not a mail contact".into() };
        };
        let Ok(to) = address.parse::<Address>() else {
            return SendOutcome::GiveUp { error: "the contact is not a mail address".into() };
        };
        let message = match mail(page, to.clone(), &self.sending, &self.words) {
            Ok(message) => message,
            Err(error) => return retry(error),
        };
        let sent = AtomicBool::new(false);
        match tokio::time::timeout(SEND_LIMIT, self.attempt(&to, &message, &sent)).await {
            Ok(Ok(receipt)) => SendOutcome::Delivered { receipt },
            Ok(Err(Failure::Recipient(text))) => SendOutcome::GiveUp { error: text },
            Ok(Err(Failure::Before(text) | Failure::Lost(text))) => retry(text),
            Ok(Err(Failure::After(text))) => retry(format!("{text} (it may have arrived)")),
            Err(_) if sent.load(Ordering::Relaxed) => {
                retry("no answer to the message in time (it may have arrived)")
            }
            Err(_) => retry("no answer in time"),
        }
    }
}
