//! One conversation with a mail server, with the stages told apart: before the message was sent, and after.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};

use super::Security;

/// Time for connecting and for the greeting.
const CONNECT: Duration = Duration::from_secs(5);

/// What is needed for a connection.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) hello: ClientId,
    /// Present unless `security` is `none`.
    pub(super) tls: Option<TlsParameters>,
    pub(super) credentials: Option<Credentials>,
}

/// Why a mail was not accepted.
#[derive(Debug)]
pub(super) enum Failure {
    /// The recipient's address is refused for good.
    Recipient(String),
    /// Said or broken before the message was sent: it cannot have been delivered.
    Before(String),
    /// The same, and the connection itself is to blame: another one may do.
    Lost(String),
    /// After the message was sent: it may have been delivered.
    After(String),
}

/// What a server says, shortened for people and logs.
fn told(error: &lettre::transport::smtp::Error) -> String {
    error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

impl Server {
    /// Connects, protects the connection and signs in.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let before = |error: lettre::transport::smtp::Error| Failure::Before(told(&error));
        let outer = if self.security == Security::Tls { self.tls.clone() } else { None };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, outer, None)
                .await
                .map_err(before)?;
        if let (Security::Starttls, Some(tls)) = (self.security, &self.tls) {
            if !connection.can_starttls() {
                return Err(Failure::Before("the mail server does not offer STARTTLS".into()));
            }
            connection.starttls(tls.clone(), &self.hello).await.map_err(before)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await.map_err(before)?;
        }
        Ok(connection)
    }
}

/// Hands one mail over. `sent` becomes true right before the message itself is sent, so that whoever gives up waiting
/// knows what may have happened.
pub(super) async fn transact(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    to: &Address,
    message: &[u8],
    sent: &AtomicBool,
) -> Result<String, Failure> {
    let mut parameters = Vec::new();
    if !AsRef::<str>::as_ref(to).is_ascii() || !AsRef::<str>::as_ref(from).is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::Before("the mail server does not accept such addresses (SMTPUTF8)".into()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    asked(connection.command(Mail::new(Some(from.clone()), parameters)).await, Severity::PositiveCompletion)?;
    match connection.command(Rcpt::new(to.clone(), Vec::new())).await {
        Err(error) if refuses_recipient(&error) => return Err(Failure::Recipient(told(&error))),
        other => asked(other, Severity::PositiveCompletion)?,
    }
    asked(connection.command(Data).await, Severity::PositiveIntermediate)?;
    sent.store(true, Ordering::Relaxed);
    let answer = connection.message(message).await.map_err(|error| Failure::After(told(&error)))?;
    // A server that answers twice shifts all answers by one; a late 354 is no delivery.
    if answer.code().severity != Severity::PositiveCompletion {
        return Err(Failure::After(format!("the mail server said {} to the message", answer.code())));
    }
    let words = answer.first_line().unwrap_or_default();
    Ok(format!("{} {words}", answer.code()).chars().filter(|c| !c.is_control()).take(200).collect())
}

/// Checks the answer to a question before the message: a refusal, a lost connection, or one that is out of step.
fn asked(answer: Result<Response, lettre::transport::smtp::Error>, wanted: Severity) -> Result<(), Failure> {
    match answer {
        Ok(answer) if answer.code().severity == wanted => Ok(()),
        Ok(answer) => Err(Failure::Lost(format!("the mail server is out of step: {}", answer.code()))),
        // 421 is how a server says that it has closed the connection.
        Err(error) if error.status().is_some_and(|code| code.to_string() != "421") => {
            Err(Failure::Before(told(&error)))
        }
        Err(error) => Err(Failure::Lost(told(&error))),
    }
}

/// Whether a refusal is about the address and for good: no such mailbox, moved, never accepts mail. Policy refusals
/// (5.7.x) wear the same code and may be the operator's to mend.
fn refuses_recipient(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    matches!(code.as_str(), "521" | "550" | "551" | "553" | "556") && !words.trim_start().starts_with("5.7")
}
