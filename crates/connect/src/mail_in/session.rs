//! One connection of the receiver.

use std::borrow::Cow;

use smtp_proto::{Error as Syntax, Request};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::line::{MAX_MESSAGE, Source, Stop};
use super::reply::{Reply, read};
use super::{MailInConfig, ReplyAnswer, ReplyHandler};

/// Mistakes before the connection is closed.
const MAX_MISTAKES: u32 = 10;
/// Mails of one connection.
const MAX_MAILS: u32 = 20;
/// Characters of a reply token.
const TOKEN: std::ops::RangeInclusive<usize> = 16..=58;

/// The state of a mail that is being handed over.
#[derive(Default)]
struct Envelope {
    /// Whether there was a `MAIL`; with whether its sender was empty, as automatic mails have it.
    from: Option<bool>,
    token: Option<String>,
}

/// A connection.
pub(super) struct Session<'a, S> {
    source: Source<S>,
    config: &'a MailInConfig,
    handler: &'a dyn ReplyHandler,
    greeted: bool,
    envelope: Envelope,
    mistakes: u32,
    mails: u32,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    pub(super) fn new(stream: S, config: &'a MailInConfig, handler: &'a dyn ReplyHandler) -> Self {
        Self {
            source: Source::new(stream),
            config,
            handler,
            greeted: false,
            envelope: Envelope::default(),
            mistakes: 0,
            mails: 0,
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn run(mut self) {
        let greeting = format!("220 {} ESMTP", self.config.hostname);
        let stop = match self.say(&greeting).await {
            Ok(()) => self.commands().await,
            Err(stop) => stop,
        };
        let last = match stop {
            Stop::Closed => return,
            Stop::Silent => "421 4.4.2 too long a silence",
            Stop::TooLong => "500 5.5.2 too long",
            Stop::BareLineFeed => "500 5.5.2 lines end with CR LF",
        };
        // Whoever stopped listening will not hear this either.
        let _unheard = self.say(last).await;
        let _closed = self.source.stream().shutdown().await;
    }

    /// Answers commands until something ends the connection.
    async fn commands(&mut self) -> Stop {
        loop {
            let line = match self.source.command().await {
                Ok(line) => line,
                Err(stop) => return stop,
            };
            let answer = match Request::parse(&mut line.iter()) {
                Ok(Request::Quit) => {
                    let _unheard = self.say("221 2.0.0 bye").await;
                    return Stop::Closed;
                }
                Ok(Request::Data) if self.envelope.token.is_some() => match self.data().await {
                    Ok(answer) => answer,
                    Err(stop) => return stop,
                },
                Ok(request) => self.answer(&request),
                Err(error) => Cow::Borrowed(syntax(&error)),
            };
            if answer.starts_with('5') {
                self.mistakes += 1;
            }
            if let Err(stop) = self.say(&answer).await {
                return stop;
            }
            if self.mistakes >= MAX_MISTAKES || self.mails >= MAX_MAILS {
                let _unheard = self.say("421 4.7.0 enough for one connection").await;
                return Stop::Closed;
            }
        }
    }

    fn answer(&mut self, request: &Request<Cow<'_, str>>) -> Cow<'static, str> {
        match request {
            Request::Ehlo { .. } => {
                self.greeted = true;
                self.envelope = Envelope::default();
                let name = &self.config.hostname;
                format!("250-{name}\r\n250-SIZE {MAX_MESSAGE}\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
                    .into()
            }
            Request::Helo { .. } => {
                self.greeted = true;
                self.envelope = Envelope::default();
                format!("250 {}", self.config.hostname).into()
            }
            Request::Mail { .. } if !self.greeted || self.envelope.from.is_some() => {
                "503 5.5.1 not now".into()
            }
            Request::Mail { from } if from.size > MAX_MESSAGE => "552 5.3.4 too large".into(),
            Request::Mail { from } => {
                self.envelope.from = Some(from.address.is_empty());
                "250 2.1.0 ok".into()
            }
            Request::Rcpt { .. } if self.envelope.from.is_none() => "503 5.5.1 not now".into(),
            Request::Rcpt { .. } if self.envelope.token.is_some() => "452 4.5.3 one recipient a mail".into(),
            Request::Rcpt { to } => match reply_token(&to.address, &self.config.domain) {
                Some(token) => {
                    self.envelope.token = Some(token);
                    "250 2.1.5 ok".into()
                }
                None => "550 5.1.1 only replies are taken here".into(),
            },
            Request::Data => "503 5.5.1 not now".into(),
            Request::Rset => {
                self.envelope = Envelope::default();
                "250 2.0.0 ok".into()
            }
            Request::Noop { .. } => "250 2.0.0 ok".into(),
            Request::Vrfy { .. } => "252 2.0.0 nobody is told who is here".into(),
            _ => "502 5.5.1 not offered".into(),
        }
    }

    async fn data(&mut self) -> Result<Cow<'static, str>, Stop> {
        self.say("354 end with a dot alone").await?;
        let message = self.source.message().await?;
        self.mails += 1;
        let envelope = std::mem::take(&mut self.envelope);
        let (Some(token), Some(automatic)) = (envelope.token, envelope.from) else {
            return Ok("503 5.5.1 not now".into());
        };
        let reply = if automatic { Reply::Automatic } else { read(&message) };
        let action = match reply {
            Reply::Automatic => return Ok("250 2.0.0 dropped: nobody wrote this".into()),
            Reply::Unclear => {
                let hint = "554 5.6.0 Not understood. Begin your reply with one word: ack or resolve (bestätigt, gelöst; 対応, 解決).";
                return Ok(ascii(hint).into());
            }
            Reply::Action(action) => action,
        };
        let answer = self.handler.on_reply(&token, action).await;
        tracing::info!(reply.action = ?action, reply.done = (answer == ReplyAnswer::Done), "mail reply");
        Ok(match answer {
            ReplyAnswer::Done => "250 2.0.0 done".into(),
            ReplyAnswer::Refused(reason) => format!("554 5.7.1 {}", ascii(&reason)).into(),
            ReplyAnswer::TryLater => "451 4.3.0 not now, please try again".into(),
        })
    }

    async fn say(&mut self, answer: &str) -> Result<(), Stop> {
        let line = format!("{answer}\r\n");
        let write = self.source.stream().write_all(line.as_bytes());
        match tokio::time::timeout(std::time::Duration::from_secs(30), write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Closed),
            Err(_) => Err(Stop::Silent),
        }
    }
}

/// One line of printable ASCII, as an SMTP answer must be.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).take(400).collect()
}

fn syntax(error: &Syntax) -> &'static str {
    match error {
        Syntax::UnknownCommand => "500 5.5.2 unknown command",
        Syntax::InvalidSenderAddress => "501 5.1.7 bad sender address",
        Syntax::InvalidRecipientAddress => "550 5.1.1 only replies are taken here",
        Syntax::UnsupportedParameter { .. } | Syntax::InvalidParameter { .. } => {
            "555 5.5.4 parameter not offered"
        }
        _ => "501 5.5.4 bad syntax",
    }
}

/// The token of a reply address, in lower case.
fn reply_token(address: &str, domain: &str) -> Option<String> {
    let (local, host) = address.rsplit_once('@')?;
    let prefix = local.get(..6)?;
    let token = local.get(6..)?;
    let good = host.eq_ignore_ascii_case(domain)
        && prefix.eq_ignore_ascii_case("reply+")
        && TOKEN.contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then(|| token.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reply_addresses_have_a_token() {
        let token = |address: &str| reply_token(address, "reply.example.org");
        assert_eq!(token("reply+0123456789ABCDEF@Reply.Example.ORG").as_deref(), Some("0123456789abcdef"));
        assert_eq!(token("Reply+0123456789abcdef@reply.example.org").as_deref(), Some("0123456789abcdef"));
        let long = format!("reply+{}@reply.example.org", "a".repeat(59));
        for bad in [
            "",
            "@",
            "reply@reply.example.org",
            "reply+@reply.example.org",
            "reply+0123456789abcdef@example.org",
            "reply+0123456789abcde%@reply.example.org",
            "reply+0123456789abcdef@reply.example.org.evil",
            "x+0123456789abcdef@reply.example.org",
            "reply+短い短い短い短い短い@reply.example.org",
            "ré+",
            long.as_str(),
        ] {
            assert_eq!(token(bad), None, "{bad}");
        }
    }
}
