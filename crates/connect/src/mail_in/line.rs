//! Lines and messages out of a stream, bounded.

use std::time::Duration;

use smtp_proto::request::receiver::DataReceiver;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest command, bytes (the standard's is 512; parameters may make it longer).
const MAX_COMMAND: usize = 1_000;
/// Longest line of a message, bytes (the standard's is 998; many programs do not know).
const MAX_TEXT_LINE: usize = 16 * 1024;
/// Largest message, bytes.
pub(super) const MAX_MESSAGE: usize = 1024 * 1024;
/// Longest silence.
const SILENCE: Duration = Duration::from_secs(60);

/// Why nothing more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The other side hung up.
    Closed,
    /// It said nothing for too long.
    Silent,
    /// A line or the message is too long.
    TooLong,
    /// A line ends with a bare line feed: the way messages are smuggled past servers that see different ends.
    BareLineFeed,
}

/// What has been read and not been used.
pub(super) struct Source<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + Unpin> Source<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    async fn fill(&mut self) -> Result<(), Stop> {
        let mut chunk = [0; 8 * 1024];
        match tokio::time::timeout(SILENCE, self.stream.read(&mut chunk)).await {
            Ok(Ok(0) | Err(_)) => Err(Stop::Closed),
            Ok(Ok(read)) => {
                self.buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
                Ok(())
            }
            Err(_) => Err(Stop::Silent),
        }
    }

    /// The next command, with its end.
    pub(super) async fn command(&mut self) -> Result<Vec<u8>, Stop> {
        loop {
            if let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                if end >= MAX_COMMAND {
                    return Err(Stop::TooLong);
                }
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return if line.ends_with(b"\r\n") { Ok(line) } else { Err(Stop::BareLineFeed) };
            }
            if self.buffer.len() > MAX_COMMAND {
                return Err(Stop::TooLong);
            }
            self.fill().await?;
        }
    }

    /// The message behind `DATA`, without stuffed dots; what follows it stays in the buffer.
    pub(super) async fn message(&mut self) -> Result<Vec<u8>, Stop> {
        let mut receiver = DataReceiver::new();
        let mut message = Vec::new();
        loop {
            let mut rest = self.buffer.iter();
            let before = message.len();
            let ended = receiver.ingest(&mut rest, &mut message);
            let used = self.buffer.len() - rest.as_slice().len();
            self.buffer.drain(..used);
            if message.len() > MAX_MESSAGE {
                return Err(Stop::TooLong);
            }
            check_lines(&message, before)?;
            if ended {
                return Ok(message);
            }
            self.fill().await?;
        }
    }

    /// The stream, for writing.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }
}

/// Checks the lines of a message from `from` on: their length and their ends.
fn check_lines(message: &[u8], from: usize) -> Result<(), Stop> {
    let fresh = message.get(from..).unwrap_or_default();
    for (at, _) in fresh.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        let at = from + at;
        if at == 0 || message.get(at - 1) != Some(&b'\r') {
            return Err(Stop::BareLineFeed);
        }
    }
    let window = message.len().saturating_sub(MAX_TEXT_LINE + 1);
    let tail = message.get(window..).unwrap_or_default();
    if tail.len() > MAX_TEXT_LINE && !tail.contains(&b'\n') {
        return Err(Stop::TooLong);
    }
    Ok(())
}
