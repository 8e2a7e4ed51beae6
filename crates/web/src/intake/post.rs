//! Signals in: who sends, what it says, durable, answered (R1, R2, R5).

use std::borrow::Cow;

use bytes::Bytes;
use hansei_app::AppError;
use hansei_app::ports::{FormatCtx, IntakeRefusal, Parsed, SignalFormat, WireAnswer};
use hansei_domain::Timestamp;
use http::header;
use http::request::Parts;

use super::read::{Incoming, whole};
use super::{Door, Sender, secret_in_header, sender};
use crate::state::Web;

/// Errors that are remembered with a sample.
const SAMPLE_ERRORS: usize = 5;

/// Takes a request with signals.
pub async fn handle<B: Incoming>(
    web: &Web,
    door: &Door,
    format: &dyn SignalFormat,
    key: Option<&str>,
    parts: &Parts,
    body: B,
) -> Result<WireAnswer, IntakeRefusal> {
    let limits = &web.config.limits;
    let now = web.app.clock.now();
    let told = key.map(Cow::Borrowed).or_else(|| secret_in_header(&parts.headers).map(Cow::Owned));
    if let Some(secret) = told {
        // Who is not known need not be listened to.
        let known = sender(web, &secret, door.format, now).ok_or(IntakeRefusal::UnknownKey)?;
        let body = whole(&parts.headers, body, format.max_body(), limits).await?;
        return Post { web, door, format, from: known, now, secret: None }.take(&body, parts).await;
    }
    // Only a format that carries its key in the body can still say who it is.
    let body = whole(&parts.headers, body, format.max_body(), limits).await?;
    let secret = format.key_in_body(&body).ok_or(IntakeRefusal::UnknownKey)?;
    let known = sender(web, &secret, door.format, now).ok_or(IntakeRefusal::UnknownKey)?;
    Post { web, door, format, from: known, now, secret: Some(&secret) }.take(&body, parts).await
}

struct Post<'a> {
    web: &'a Web,
    door: &'a Door,
    format: &'a dyn SignalFormat,
    from: Sender,
    now: Timestamp,
    /// The key, if it stands in the body: what is kept of the body must not show it (R42).
    secret: Option<&'a str>,
}

impl Post<'_> {
    async fn take(&self, body: &Bytes, parts: &Parts) -> Result<WireAnswer, IntakeRefusal> {
        let app = &self.web.app;
        let ctx = FormatCtx {
            service_id: self.from.service_id,
            key_id: self.from.key_id,
            received_at: self.now,
            fresh: self.web.fresh_ids.next(app.ids.as_ref(), self.now),
        };
        let parsed = match self.format.parse(body, &ctx) {
            Ok(parsed) => parsed,
            Err(unreadable) => return Err(self.keep(body, parts, unreadable.0).await),
        };
        self.sample(body, &parsed);
        if !parsed.signals.is_empty() {
            self.store(&parsed).await?;
        }
        Ok(self.format.answer(&parsed))
    }

    async fn store(&self, parsed: &Parsed) -> Result<(), IntakeRefusal> {
        let stored = self.web.app.accept(&parsed.signals);
        let repeats = match tokio::time::timeout(self.web.config.limits.store, stored).await {
            Ok(Ok(repeats)) => repeats,
            Ok(Err(error)) => return Err(not_stored(&error)),
            // It may yet become durable; the sender repeats it, and a repeat has no second effect (R3).
            Err(_) => return Err(IntakeRefusal::Unavailable(2)),
        };
        let within = self.web.repeats.admits(self.from.key_id, self.now, repeats);
        // What is new is never refused, however much else its source sends (R6).
        if within || repeats < parsed.signals.len() { Ok(()) } else { Err(IntakeRefusal::TooMany(1)) }
    }

    fn sample(&self, body: &[u8], parsed: &Parsed) {
        let samples = &self.web.app.samples;
        if !samples.due(self.from.key_id, self.now, parsed.bad.is_empty()) {
            return;
        }
        let errors = parsed.bad.iter().flat_map(|b| &b.errors).take(SAMPLE_ERRORS).map(ToString::to_string);
        let shown = self.without_secret(body);
        samples.put(self.from.key_id, self.now, &shown, parsed.signals.len(), errors.collect());
    }

    /// Keeps what cannot be read, and says so.
    async fn keep(&self, body: &[u8], parts: &Parts, why: String) -> IntakeRefusal {
        let (app, key) = (&self.web.app, self.from.key_id);
        let shown = self.without_secret(body);
        app.samples.put(key, self.now, &shown, 0, vec![why.clone()]);
        if !self.web.unreadable.admits(key, self.now, 1) {
            return IntakeRefusal::TooMany(60);
        }
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kept = app.quarantine(key, self.from.service_id, self.door.format, kind, &shown, &why);
        match tokio::time::timeout(self.web.config.limits.store, kept).await {
            Ok(Ok(_)) => IntakeRefusal::Unreadable(why),
            Ok(Err(error)) => not_stored(&error),
            Err(_) => IntakeRefusal::Unavailable(2),
        }
    }

    /// The body with its key blotted out, its length and form unchanged.
    fn without_secret<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        let Some(secret) = self.secret.map(str::as_bytes) else { return Cow::Borrowed(body) };
        let mut out = body.to_vec();
        let mut at = 0;
        while let Some(found) = out[at..].windows(secret.len()).position(|w| w == secret) {
            at += found;
            out[at..at + secret.len()].fill(b'*');
        }
        Cow::Owned(out)
    }
}

fn not_stored(error: &AppError) -> IntakeRefusal {
    if let AppError::Bug(why) = error {
        tracing::error!(why, "signals could not be stored");
    }
    IntakeRefusal::Unavailable(2)
}
