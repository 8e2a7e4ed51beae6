//! Bodies: what goes out without a box where it is small, and what comes in under a time limit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::config::Limits;
use crate::error::{Problem, ProblemKind};

/// The body of an answer.
pub enum Out {
    /// Bytes that are there already.
    Small(Bytes),
    /// Whatever the router made.
    Any(Body),
}

impl HttpBody for Out {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Small(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Small(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Any(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Small(bytes) => bytes.is_empty(),
            Self::Any(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Small(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Any(body) => body.size_hint(),
        }
    }
}

/// The body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub struct TooSlow;

/// Why a body did not come in: too slow, or else too large.
pub fn not_read(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return Problem::new(ProblemKind::TimedOut);
        }
        cause = error.source();
    }
    Problem::new(ProblemKind::TooLarge).detail("a body is at most 1 MiB")
}

/// A body that has to arrive in time, or at least not too slowly (F28). No timer is made for what is there already.
pub struct Timed<B> {
    inner: B,
    allowance: Duration,
    bytes_per_sec: u64,
    received: u64,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<B> Timed<B> {
    /// Puts the limits on a body.
    pub fn new(inner: B, limits: &Limits) -> Self {
        Self {
            inner,
            allowance: limits.body,
            bytes_per_sec: limits.body_bytes_per_sec.max(1),
            received: 0,
            waiting: None,
        }
    }
}

impl<B> HttpBody for Timed<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame {
                this.received += frame.data_ref().map_or(0, Bytes::len) as u64;
            }
            return Poll::Ready(frame.map(|f| f.map_err(Into::into)));
        }
        let allowance = this.allowance;
        let (begun, sleep) = this.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(tokio::time::sleep_until(now + allowance)))
        });
        while sleep.as_mut().poll(cx).is_ready() {
            // Time is up, but what has come so far may have earned more.
            let earned = Duration::from_secs(this.received / this.bytes_per_sec);
            let until = *begun + earned.max(allowance);
            if until <= Instant::now() {
                return Poll::Ready(Some(Err(TooSlow.into())));
            }
            sleep.as_mut().reset(until);
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
