//! Accepting signals: durable first, decided behind (R1, R2).
//!
//! A signal is encoded and appended to the inbox together with whatever else arrived in the same moment; the answer
//! 202 follows the fsync. [`crate::decide`] takes signals from there, in order, and decides them. The encoding is
//! versioned: a new build reads what an old one accepted.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use hansei_domain::Timestamp;
use hansei_domain::ids::{KeyId, QuarantineId, ServiceId};
use hansei_domain::signal::{AlertSeverity, Content, Signal, SignalAction, SourceFormat};
use parking_lot::Mutex;

use crate::App;
use crate::error::{AppError, AppResult};
use crate::ports::{Commit, Lane, QuarantineRow, SideWrite};

/// Version of the encoding written now.
const CODEC: u8 = 1;
/// How much of an unreadable payload is kept, bytes (R5).
pub const QUARANTINE_BYTES: usize = 64 * 1024;
/// Payloads kept per key for the set-up pages.
const SAMPLES_PER_KEY: usize = 5;
/// How much of each is kept, bytes.
const SAMPLE_BYTES: usize = 8 * 1024;
/// Observations told to the store at once.
const REPEATS_IN_ONE_COMMIT: usize = 2_000;
/// Keys for which payloads are kept.
const SAMPLED_KEYS: usize = 500;

/// A signal as it lies in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The process that accepted it, by the number it gave itself at its start.
    pub boot: u64,
    /// The signal.
    pub signal: Signal,
}

/// Encodes a signal for the inbox: version, the accepting process's number, the signal.
pub fn encode(boot: u64, signal: &Signal) -> Result<Bytes, AppError> {
    let mut out = Vec::with_capacity(512);
    out.push(CODEC);
    out.extend_from_slice(&boot.to_le_bytes());
    postcard::to_extend(signal, out)
        .map(Bytes::from)
        .map_err(|e| AppError::Bug(format!("encoding a signal: {e}")))
}

/// Decodes what [`encode`] wrote, of any version.
pub fn decode(record: &[u8]) -> Result<Waiting, String> {
    match record.split_first() {
        Some((&CODEC, rest)) => {
            let (boot, body) = rest.split_first_chunk::<8>().ok_or("a record that is too short")?;
            let signal = postcard::from_bytes(body).map_err(|e| e.to_string())?;
            Ok(Waiting { boot: u64::from_le_bytes(*boot), signal })
        }
        Some((version, _)) => Err(format!("signal encoding {version} is not known to this build")),
        None => Err("empty record".into()),
    }
}

/// One payload as it arrived, for the set-up pages. Memory of this node only.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When.
    pub received_at: Timestamp,
    /// The beginning of the body, as text.
    pub body: String,
    /// Signals read from it.
    pub signals: usize,
    /// What was wrong with it.
    pub errors: Vec<String>,
}

/// The last payloads by key.
#[derive(Default)]
pub struct Samples(Mutex<HashMap<KeyId, VecDeque<Sample>>>);

impl Samples {
    /// Remembers a payload. At most one a second per key is kept while nothing is wrong, so that a storm costs
    /// nothing here.
    pub fn put(&self, key: KeyId, received_at: Timestamp, body: &[u8], signals: usize, errors: Vec<String>) {
        let mut all = self.0.lock();
        if all.len() >= SAMPLED_KEYS && !all.contains_key(&key) {
            return;
        }
        let of_key = all.entry(key).or_default();
        let recent =
            of_key.back().is_some_and(|s| received_at.duration_since(s.received_at).as_millis() < 1_000);
        if recent && errors.is_empty() {
            return;
        }
        if of_key.len() >= SAMPLES_PER_KEY {
            of_key.pop_front();
        }
        let end = body.len().min(SAMPLE_BYTES);
        let body = String::from_utf8_lossy(&body[..end]).into_owned();
        of_key.push_back(Sample { received_at, body, signals, errors });
    }

    /// Whether [`Samples::put`] would remember a payload now, so that preparing it can be saved in a storm.
    pub fn due(&self, key: KeyId, received_at: Timestamp, good: bool) -> bool {
        let recent = |s: &Sample| received_at.duration_since(s.received_at).as_millis() < 1_000;
        !(good && self.0.lock().get(&key).and_then(VecDeque::back).is_some_and(recent))
    }

    /// The last payloads of a key, newest first.
    pub fn of(&self, key: KeyId) -> Vec<Sample> {
        self.0.lock().get(&key).map(|q| q.iter().rev().cloned().collect()).unwrap_or_default()
    }
}

impl App {
    /// Accepts signals. When this returns, they are durable and may be answered 202. Returns how many of them were
    /// certainly repeats.
    pub async fn accept(&self, signals: &[Signal]) -> AppResult<usize> {
        if signals.is_empty() {
            return Ok(0);
        }
        let news: Vec<&Signal> = signals.iter().filter(|s| !self.known.is_repeat(s)).collect();
        let count = news.len();
        if !news.is_empty() {
            let stored = async {
                let records = news.iter().map(|s| encode(self.boot, s)).collect::<AppResult<Vec<_>>>()?;
                AppResult::Ok(self.store.inbox_append(records).await?)
            };
            let stored = stored.await;
            match stored {
                Ok(()) => {
                    self.steady.worked(self.clock.monotonic_nanos());
                    self.known.landed(news);
                }
                Err(error) => {
                    // What its sender is told to send again counts as not heard.
                    self.steady.failed();
                    self.known.uncertain(news);
                    return Err(error);
                }
            }
        }
        let repeats = signals.len() - count;
        if repeats > 0 {
            metrics::counter!("hansei_signals_decided_total", "verdict" => "repeated")
                .increment(repeats as u64);
        }
        metrics::counter!("hansei_signals_accepted_total").increment(signals.len() as u64);
        Ok(repeats)
    }

    /// Keeps a payload that its sender was allowed to send but that cannot be read, and raises an alert about it:
    /// one per key and hour (R5). When this returns, both are durable.
    pub async fn quarantine(
        &self,
        key_id: KeyId,
        service_id: ServiceId,
        format: SourceFormat,
        content_type: &str,
        body: &[u8],
        error: &str,
    ) -> AppResult<QuarantineId> {
        let ctx = self.system_ctx();
        let id: QuarantineId = ctx.ids.fresh();
        let row = QuarantineRow {
            id,
            key_id,
            service_id,
            received_at: ctx.now,
            format: format.as_str().into(),
            content_type: content_type.chars().take(200).collect(),
            error: error.chars().take(500).collect(),
            body: body[..body.len().min(QUARANTINE_BYTES)].to_vec(),
            truncated: body.len() > QUARANTINE_BYTES,
            settled_at: None,
            settled_how: None,
        };
        let side = vec![SideWrite::QuarantinePut(row)];
        self.store.commit(Lane::Intake, Commit { at: Some(ctx.now), side, ..Commit::default() }).await?;
        metrics::counter!("hansei_payloads_quarantined_total").increment(1);
        self.raise_unparsed(key_id, service_id).await?;
        Ok(id)
    }

    /// Raises the alert that says that something of a key is in quarantine.
    pub(crate) async fn raise_unparsed(&self, key_id: KeyId, service_id: ServiceId) -> AppResult<()> {
        self.accept(&[unparsed_alert(key_id, service_id, self.clock.now())]).await.map(|_| ())
    }

    /// Tells the store what repeats have told since the last time. What is lost of it in a crash, the next repeat
    /// says again.
    pub async fn flush_repeats(&self) -> AppResult<usize> {
        let observed = self.known.take_dirty(REPEATS_IN_ONE_COMMIT);
        let count = observed.len();
        if count > 0 {
            let commit = Commit { at: Some(self.clock.now()), observed, ..Commit::default() };
            self.store.commit(Lane::Intake, commit).await?;
        }
        Ok(count)
    }

    /// Marks a quarantined payload as dealt with.
    pub async fn settle_quarantine(&self, id: QuarantineId, how: &str) -> AppResult<()> {
        let at = self.clock.now();
        let side = vec![SideWrite::QuarantineSettle { id, at, how: how.into() }];
        self.store.commit(Lane::Timeline, Commit { at: Some(at), side, ..Commit::default() }).await?;
        Ok(())
    }
}

/// The one alert per key and hour that says that something cannot be read.
fn unparsed_alert(key_id: KeyId, service_id: ServiceId, now: Timestamp) -> Signal {
    let hour = now.as_second().div_euclid(3_600);
    let summary = "Payloads from this key cannot be read; they are kept in quarantine";
    let mut content = Content::plain(summary, AlertSeverity::Warning, key_id.to_string());
    content.class = Some("hansei.unreadable_payload".into());
    Signal {
        service_id,
        key_id,
        format: SourceFormat::Internal,
        action: SignalAction::Trigger,
        dedup_key: format!("hansei-unreadable-{key_id}-{hour}"),
        content: Some(content),
        occurred_at: None,
        // An hour without another bad payload ends it.
        expires_at: Some(hansei_domain::plus_secs(now, 3_600)),
        received_at: now,
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::TypedId;

    use super::*;

    #[test]
    fn a_signal_survives_the_inbox() {
        let now: Timestamp = "2024-07-02T08:10:00.123456Z".parse().unwrap();
        let mut signal = unparsed_alert(KeyId::from_bits(1), ServiceId::from_bits(2), now);
        signal.occurred_at = Some(now);
        if let Some(content) = signal.content.as_mut() {
            content.labels = vec![("a".into(), "日本".into())];
            content.details = Some("{\"x\":1}".into());
        }
        assert_eq!(decode(&encode(7, &signal).unwrap()), Ok(Waiting { boot: 7, signal }));
        assert!(decode(&[9, 1, 2]).unwrap_err().contains("encoding 9"));
    }
}
