//! Signals in: who sends, what it says, durable, answered (R1, R2, R5).

use std::borrow::Cow;

use bytes::Bytes;
use hansei_app::AppError;
use hansei_app::ports::{FormatCtx, IntakeRefusal, Parsed, SignalFormat, WireAnswer};
use hansei_domain::Timestamp;
use http::header;
use http::request::Parts;

use super::read::{DECOMPRESSED, Incoming, Unfinished, whole};
use super::{Door, Sender, count_refused, secret_beside_body, secret_in_header, sender};
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
    let read = || whole(&parts.headers, body, format.max_body(), limits);
    if !format.carries_key() {
        let told = key.map(Cow::Borrowed).or_else(|| secret_in_header(&parts.headers).map(Cow::Owned));
        let secret = told.ok_or(IntakeRefusal::UnknownKey)?;
        // Who is not known need not be listened to.
        let from = sender(web, &secret, door.format, now).ok_or(IntakeRefusal::UnknownKey)?;
        let post = Post { web, door, format, from, now, parts, secret: &secret };
        return post.read(read().await).await;
    }
    let read = read().await;
    let body = match &read {
        Ok(body) => body,
        Err(unfinished) => &unfinished.start,
    };
    let mut secrets: Vec<String> = format.keys_in_body(body).into_iter().map(Cow::into_owned).collect();
    if secrets.is_empty() {
        secrets.extend(secret_beside_body(&parts.headers));
    }
    if secrets.is_empty() && read.is_ok() {
        count_refused(door.format, "no_key");
        return Ok(format.without_key(body));
    }
    let known = secrets.iter().find_map(|secret| Some((secret, sender(web, secret, door.format, now)?)));
    match (known, read) {
        (Some((secret, from)), read) => Post { web, door, format, from, now, parts, secret }.read(read).await,
        (None, Ok(_)) => Err(IntakeRefusal::UnknownKey),
        (None, Err(unfinished)) => Err(unfinished.why),
    }
}

struct Post<'a> {
    web: &'a Web,
    door: &'a Door,
    format: &'a dyn SignalFormat,
    from: Sender,
    now: Timestamp,
    parts: &'a Parts,
    /// The key it came by: what is kept of the body must not show it (R42).
    secret: &'a str,
}

impl Post<'_> {
    async fn read(&self, read: Result<Bytes, Unfinished>) -> Result<WireAnswer, IntakeRefusal> {
        match read {
            Ok(body) => self.take(&body).await,
            Err(unfinished) => Err(self.unfinished(unfinished).await),
        }
    }

    async fn take(&self, body: &[u8]) -> Result<WireAnswer, IntakeRefusal> {
        let app = &self.web.app;
        let ctx = FormatCtx {
            service_id: self.from.service_id,
            key_id: self.from.key_id,
            received_at: self.now,
            fresh: self.web.fresh_ids.next(app.ids.as_ref(), self.now),
        };
        let parsed = match self.format.parse(body, &ctx) {
            Ok(parsed) => parsed,
            Err(unreadable) => return Err(self.unreadable(body, unreadable.0).await),
        };
        self.sample(body, &parsed);
        if !parsed.signals.is_empty() {
            self.store(&parsed).await?;
        }
        let answer = self.format.answer(&parsed);
        if let Some(first) = parsed.bad.iter().flat_map(|bad| &bad.errors).next() {
            let format = self.door.format.as_str();
            metrics::counter!("hansei_signals_refused_total", "format" => format)
                .increment(parsed.bad.len() as u64);
            // Nobody reads the body of an answer that says yes: what was refused must not be lost with it (R1).
            if (200..300).contains(&answer.status) {
                let rest = self.format.remainder(body, &parsed.bad);
                self.keep(&self.without_secrets(&rest), &first.to_string()).await?;
            }
        }
        Ok(answer)
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
        let notes = parsed.notes.iter().take(SAMPLE_ERRORS).map(ToString::to_string);
        let told = (parsed.signals.len(), errors.collect(), notes.collect());
        samples.put_noted(self.from.key_id, self.now, &self.without_secrets(body), told);
    }

    /// Keeps what cannot be read, and says so.
    async fn unreadable(&self, body: &[u8], why: String) -> IntakeRefusal {
        let shown = self.without_secrets(body);
        self.web.app.samples.put(self.from.key_id, self.now, &shown, 0, vec![why.clone()]);
        match self.keep(&shown, &why).await {
            Ok(()) => IntakeRefusal::Unreadable(why),
            Err(refusal) => refusal,
        }
    }

    /// Keeps the beginning of a body that is refused for its size or encoding: its sender may never send it again.
    async fn unfinished(&self, unfinished: Unfinished) -> IntakeRefusal {
        let Unfinished { why, start } = unfinished;
        let told = match &why {
            IntakeRefusal::TooLarge => format!(
                "larger than {} bytes, or {DECOMPRESSED} after decompression; only its beginning is kept",
                self.format.max_body()
            ),
            IntakeRefusal::BadEncoding => "its encoding is not gzip, or not in order".to_owned(),
            _ => return why,
        };
        let shown = self.without_secrets(&start);
        self.web.app.samples.put(self.from.key_id, self.now, &shown, 0, vec![told.clone()]);
        match self.keep(&shown, &told).await {
            Ok(()) | Err(IntakeRefusal::TooMany(_)) => why,
            Err(refusal) => refusal,
        }
    }

    /// Puts something into quarantine; durable when this returns `Ok`.
    async fn keep(&self, shown: &[u8], why: &str) -> Result<(), IntakeRefusal> {
        let (app, key) = (&self.web.app, self.from.key_id);
        if !self.web.unreadable.admits(key, self.now, 1) {
            return Err(IntakeRefusal::TooMany(60));
        }
        let kind = self.parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kept = app.quarantine(key, self.from.service_id, self.door.format, kind, shown, why);
        match tokio::time::timeout(self.web.config.limits.store, kept).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(not_stored(&error)),
            Err(_) => Err(IntakeRefusal::Unavailable(2)),
        }
    }

    /// The body with all keys in it blotted out, its length and form unchanged.
    fn without_secrets<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        let mut places = self.format.secrets_in_body(body);
        let secret = self.secret.as_bytes();
        let mut at = 0;
        while let Some(found) = body[at..].windows(secret.len()).position(|w| w == secret) {
            places.push(at + found..at + found + secret.len());
            at += found + secret.len();
        }
        if places.is_empty() {
            return Cow::Borrowed(body);
        }
        let mut out = body.to_vec();
        for place in places {
            if let Some(shown) = out.get_mut(place) {
                shown.fill(b'*');
            }
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
