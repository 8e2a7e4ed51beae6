//! How the reconcilers of this node fare: what `/readyz`, the metrics and the self-audit ask.
//!
//! Memory of this node only. A reconciler notes each round that went well; the deciding notes what it takes, so that
//! the age of the oldest signal that nobody has decided is known without asking the store.

use std::collections::BTreeMap;
use std::time::Duration;

use hansei_domain::Timestamp;
use parking_lot::Mutex;

use crate::App;
use crate::error::AppResult;
use crate::intake;
use crate::ports::InboxBatch;

/// A reconciler without a good round for this long stands still.
const STANDS_STILL: Duration = Duration::from_secs(30);
/// Signals that wait longer than this mean that nothing is decided here.
const UNDECIDED: Duration = Duration::from_secs(120);

/// What the reconcilers have noted.
#[derive(Default)]
pub struct Health {
    /// The monotonic moment of each reconciler's last good round, nanoseconds.
    rounds: Mutex<BTreeMap<&'static str, u64>>,
    /// When the first of the signals that were taken last was received.
    oldest: Mutex<Option<Timestamp>>,
}

impl App {
    /// A reconciler begins, or has had a round that went well.
    pub fn round_done(&self, lane: &'static str) {
        self.health.rounds.lock().insert(lane, self.clock.monotonic_nanos());
    }

    /// Takes signals from the inbox, and notes the oldest one.
    pub(crate) async fn take_signals(&self, max: usize) -> AppResult<InboxBatch> {
        let batch = self.store.inbox_take(max).await?;
        let oldest = batch.records.first().map(|record| match intake::decode(record) {
            Ok(waiting) => waiting.signal.received_at,
            // When it came nobody can say; it waits since now.
            Err(_) => self.clock.now(),
        });
        *self.health.oldest.lock() = oldest;
        Ok(batch)
    }

    /// How long the oldest signal waits that was taken last and is not decided; zero if none waited then.
    pub fn undecided_for(&self) -> Duration {
        let Some(oldest) = *self.health.oldest.lock() else { return Duration::ZERO };
        Duration::try_from(self.clock.now().duration_since(oldest)).unwrap_or(Duration::ZERO)
    }

    /// Whether this node may be sent traffic; the error says why not.
    pub fn readiness(&self) -> Result<(), String> {
        if let Some(why) = self.store.trouble() {
            return Err(format!("nothing can be written any more: {why}"));
        }
        let now = self.clock.monotonic_nanos();
        for (lane, at) in self.health.rounds.lock().iter() {
            let since = Duration::from_nanos(now.saturating_sub(*at));
            if since > STANDS_STILL {
                return Err(format!("{lane} has had no good round for {} s", since.as_secs()));
            }
        }
        let waits = self.undecided_for();
        if waits > UNDECIDED {
            return Err(format!("a signal has been waiting to be decided for {} s", waits.as_secs()));
        }
        Ok(())
    }
}
