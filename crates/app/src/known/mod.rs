//! Repeats of alerts that are known to fire: recognised in memory, told to the store now and then.
//!
//! Monitoring systems send the same alert again and again. A repeat changes nothing that must survive a crash: it moves
//! `last_seen_at` and the expiry, and if that is lost, the next repeat says it again. So a repeat that is *certainly*
//! one is answered without waiting for the disk; its observation is written with those of all others a moment later.
//!
//! A repeat of a trigger that lies in the inbox and has not been decided says nothing new either: the durable one will be
//! decided after everything that was before it.
//!
//! Of an alert that is decided it is certainly one only if nothing about its alert is on the way: no signal of its key waits in the inbox
//! (`pending`), nobody is just changing alerts by another door ([`Known::change`]), and what this map says was
//! read after the last such change ([`Known::epoch`]). In every other case the signal takes the ordinary, durable way.
//! Records of an earlier process in the inbox are not counted here, so nothing is taken for a repeat before the inbox
//! has once been seen empty. On a store with several writers the map stays unused: others' changes could not be seen in
//! time.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use hansei_domain::alert::{Alert, Observation};
use hansei_domain::ids::{AlertId, ServiceId};
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::signal::{Content, Moment, Signal, SignalAction};
use parking_lot::Mutex;

use crate::ports::Observed;
use crate::unit::Unit;

/// Parts of the map with a lock of their own.
const SHARDS: usize = 16;
/// Keys remembered in one part; a million in all. Beyond it, repeats take the ordinary way until the next start.
const LARGEST: usize = 65_536;

/// What is remembered of one key.
struct Entry {
    alert_id: AlertId,
    content: u128,
    episode: u32,
    fired: Option<Moment>,
    seen: Observation,
    /// As of which epoch it fires; `None` = it is not known to fire.
    fires_since: Option<u64>,
    /// Signals of this key that this process has put (or is putting) into the inbox and that are not decided.
    pending: u32,
    /// How many of them are being put there just now.
    in_flight: u32,
    /// Several were under way at once since none was: nobody knows which of them lies last.
    overlapped: bool,
    /// The last one that lies there for certain, if it is a trigger and its place is known: content and moment.
    last: Option<(u128, Moment)>,
    dirty: bool,
}

/// The map.
pub struct Known {
    shards: Vec<Mutex<HashMap<u128, Entry>>>,
    hashers: [RandomState; 2],
    usable: bool,
    drained: AtomicBool,
    full: AtomicBool,
    epoch: AtomicU64,
    changing: AtomicU32,
}

/// Somebody changes alerts by another door than the inbox, from its making to its end.
pub struct Changing<'a>(&'a Known);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.epoch.fetch_add(1, Ordering::SeqCst);
        self.0.changing.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Known {
    /// An empty map; `usable` = this process is the store's only writer.
    pub fn new(usable: bool) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect(),
            hashers: [RandomState::new(), RandomState::new()],
            usable,
            drained: AtomicBool::new(false),
            full: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            changing: AtomicU32::new(0),
        }
    }

    /// 128 bits under two random keys: nobody can make two keys meet, and by chance they never do.
    fn hash(&self, value: &impl Hash) -> u128 {
        let [a, b] = &self.hashers;
        (u128::from(a.hash_one(value)) << 64) | u128::from(b.hash_one(value))
    }

    fn key(&self, service_id: ServiceId, dedup_key: &str) -> u128 {
        self.hash(&(service_id, dedup_key))
    }

    fn shard(&self, key: u128) -> &Mutex<HashMap<u128, Entry>> {
        &self.shards[(key as usize) % SHARDS]
    }

    /// The epoch of what is loaded from the store from now on.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// The inbox has been seen empty: what earlier processes left in it is decided.
    pub fn drained(&self) {
        self.drained.store(true, Ordering::SeqCst);
    }

    /// Announces a change of alerts by another door than the inbox; nothing is taken for a repeat until it is dropped,
    /// and what was known before it counts no more.
    pub fn change(&self) -> Changing<'_> {
        self.changing.fetch_add(1, Ordering::SeqCst);
        Changing(self)
    }

    /// Whether this signal is certainly a repeat; it is noted then. If not, it counts as waiting in the inbox until
    /// [`Known::decided`] or [`Known::given_up`].
    pub fn is_repeat(&self, signal: &Signal) -> bool {
        if !self.usable {
            return false;
        }
        let key = self.key(signal.service_id, &signal.dedup_key);
        let mut shard = self.shard(key).lock();
        let Some(entry) = shard.get_mut(&key) else {
            // Keys that are not counted could not be told from those of which nothing waits: from then on, no repeats.
            if shard.len() < LARGEST {
                shard.insert(key, Entry::waiting(signal));
            } else {
                self.full.store(true, Ordering::SeqCst);
            }
            return false;
        };
        let certain = entry.pending == 0
            && !self.full.load(Ordering::SeqCst)
            && self.drained.load(Ordering::SeqCst)
            && entry.fires_since.is_some_and(|since| since == self.epoch.load(Ordering::SeqCst))
            && self.changing.load(Ordering::SeqCst) == 0;
        let moment = signal.moment();
        let same = |content: &Content| self.hash(content) == entry.content;
        let newest = newest(entry.fired, entry.seen.last_fired);
        let trigger = signal.content.as_ref().filter(|_| signal.action == SignalAction::Trigger);
        // A later instant of the sender's is news although the text is the same: if it were lost, a resolve that is
        // older than it, but later than what is stored, would end the alert (R4).
        let newest = newest.is_none_or(|fired| moment.occurred_at == fired.occurred_at);
        let repeat = match entry.last {
            // It waits behind what lies in the inbox already and says the same as the last of that.
            Some((content, at)) if entry.in_flight == 0 && entry.pending > 0 => {
                trigger.is_some_and(|c| self.hash(c) == content) && moment.occurred_at == at.occurred_at
            }
            _ => certain && newest && trigger.is_some_and(same),
        };
        if !repeat {
            entry.pending += 1;
            entry.overlapped |= entry.in_flight > 0;
            entry.in_flight += 1;
            entry.last = None;
            return false;
        }
        entry.seen.last_seen_at = entry.seen.last_seen_at.max(signal.received_at);
        entry.seen.seen_count = entry.seen.seen_count.saturating_add(1);
        entry.seen.last_fired = Some(moment);
        entry.seen.expires_at = match (entry.seen.expires_at, signal.expires_at) {
            (Some(a), Some(b)) => Some(a.max(b)),
            // Nothing is known of an alert that only waits; what it waits with counts when it is decided.
            (None, b) if entry.pending > 0 => b,
            _ => None,
        };
        entry.dirty = entry.pending == 0;
        true
    }

    /// These signals lie in the inbox now.
    pub fn landed<'a>(&self, signals: impl IntoIterator<Item = &'a Signal>) {
        if !self.usable {
            return;
        }
        for signal in signals {
            let key = self.key(signal.service_id, &signal.dedup_key);
            let content = signal.content.as_ref().map(|c| self.hash(c));
            let mut shard = self.shard(key).lock();
            let Some(entry) = shard.get_mut(&key) else { continue };
            entry.in_flight = entry.in_flight.saturating_sub(1);
            let alone = entry.in_flight == 0 && !entry.overlapped;
            entry.overlapped &= entry.in_flight > 0;
            entry.last = match (signal.action, content) {
                (SignalAction::Trigger, Some(content)) if alone && entry.pending > 0 => {
                    Some((content, signal.moment()))
                }
                _ => None,
            };
        }
    }

    /// It is not known whether these signals reached the inbox: an append that took too long may still have landed. They
    /// stay counted as waiting, so that their keys take the ordinary way until the deciding has seen them, or for good.
    pub fn uncertain<'a>(&self, signals: impl IntoIterator<Item = &'a Signal>) {
        if !self.usable {
            return;
        }
        for signal in signals {
            let key = self.key(signal.service_id, &signal.dedup_key);
            if let Some(entry) = self.shard(key).lock().get_mut(&key) {
                entry.in_flight = entry.in_flight.saturating_sub(1);
                entry.overlapped &= entry.in_flight > 0;
                entry.last = None;
            }
        }
    }

    /// These signals of this process were taken out of the inbox without being decided.
    pub fn given_up<'a>(&self, signals: impl IntoIterator<Item = &'a Signal>) {
        for signal in signals {
            self.settle(signal, None);
        }
    }

    /// These signals of this process are decided, as the unit says that was committed; it was loaded in `epoch`.
    pub fn decided<'a>(&self, signals: impl IntoIterator<Item = &'a Signal>, after: &Decided, epoch: u64) {
        for signal in signals {
            let known = after.0.get(&(signal.service_id, signal.dedup_key.clone()));
            self.settle(signal, known.map(|k| (k, epoch)));
        }
    }

    fn settle(&self, signal: &Signal, after: Option<(&After, u64)>) {
        if !self.usable {
            return;
        }
        let key = self.key(signal.service_id, &signal.dedup_key);
        let mut shard = self.shard(key).lock();
        let Some(entry) = shard.get_mut(&key) else { return };
        entry.pending = entry.pending.saturating_sub(1);
        if let Some((after, epoch)) = after {
            entry.alert_id = after.alert_id;
            entry.episode = after.episode;
            entry.fired = after.fired;
            entry.content = after.content;
            entry.fires_since = after.firing.then_some(epoch);
            entry.seen = beyond(after.seen, entry.seen);
        }
        if entry.pending == 0 {
            entry.last = None;
        }
        if entry.pending == 0 && entry.fires_since.is_none() && !entry.dirty {
            shard.remove(&key);
        }
    }

    /// Whether a signal of this alert's key waits to be decided.
    pub fn waits(&self, alert: &Alert) -> bool {
        let key = self.key(alert.service_id, &alert.dedup_key);
        self.usable && self.shard(key).lock().get(&key).is_some_and(|e| e.pending > 0)
    }

    /// What repeats have told beyond what the store says, for the same episode of an alert.
    pub fn beyond(&self, alert: &Alert, stored: Option<&Observation>) -> Option<Observation> {
        if !self.usable {
            return None;
        }
        let key = self.key(alert.service_id, &alert.dedup_key);
        let shard = self.shard(key).lock();
        let entry = shard.get(&key).filter(|e| e.alert_id == alert.id && e.episode == alert.episode)?;
        let newer = stored.is_none_or(|s| entry.seen.seen_count > s.seen_count);
        newer.then_some(entry.seen)
    }

    /// Observations that the store has not been told, at most so many.
    pub fn take_dirty(&self, most: usize) -> Vec<Observed> {
        let mut out = Vec::new();
        let epoch = self.epoch();
        for shard in &self.shards {
            let mut shard = shard.lock();
            for entry in shard.values_mut().filter(|e| e.dirty) {
                if out.len() >= most {
                    return out;
                }
                entry.dirty = false;
                // What was ended by another door since then needs no observation any more.
                if entry.fires_since == Some(epoch) {
                    out.push(Observed { alert_id: entry.alert_id, observation: entry.seen, firing: true });
                }
            }
        }
        out
    }

    /// What a batch leads to, to be handed to [`Known::decided`] after its commit.
    pub fn after(
        &self,
        unit: &Unit,
        signals: &[Signal],
        ids: &HashMap<(ServiceId, String), AlertId>,
    ) -> Decided {
        let mut out = HashMap::new();
        if !self.usable {
            return Decided(out);
        }
        for signal in signals {
            let key = (signal.service_id, signal.dedup_key.clone());
            let Some(id) = ids.get(&key) else { continue };
            let aggregate = AggregateId::Alert(*id);
            let (Some(State::Alert(alert)), Some(seen)) =
                (unit.state(aggregate), unit.observation(aggregate))
            else {
                continue;
            };
            let content = alert.content.as_ref().map_or(0, |c| self.hash(c));
            out.entry(key).or_insert(After {
                alert_id: *id,
                episode: alert.episode,
                firing: alert.is_firing(),
                fired: alert.fired,
                content,
                seen: *seen,
            });
        }
        Decided(out)
    }
}

impl Entry {
    fn waiting(signal: &Signal) -> Self {
        Self {
            alert_id: hansei_domain::ids::TypedId::from_bits(0),
            content: 0,
            episode: 0,
            fired: None,
            seen: Observation {
                last_seen_at: signal.received_at,
                last_fired: None,
                seen_count: 0,
                expires_at: None,
            },
            fires_since: None,
            pending: 1,
            in_flight: 1,
            overlapped: false,
            last: None,
            dirty: false,
        }
    }
}

struct After {
    alert_id: AlertId,
    episode: u32,
    firing: bool,
    fired: Option<Moment>,
    content: u128,
    seen: Observation,
}

/// What a batch of signals led to, by key.
pub struct Decided(HashMap<(ServiceId, String), After>);

/// What was decided, moved on by the repeats that came while it waited.
fn beyond(decided: Observation, waiting: Observation) -> Observation {
    let later = waiting.last_seen_at > decided.last_seen_at;
    let expires_at = match (decided.expires_at, waiting.expires_at) {
        (Some(a), Some(b)) if later => Some(a.max(b)),
        (decided, _) => decided,
    };
    Observation { last_seen_at: decided.last_seen_at.max(waiting.last_seen_at), expires_at, ..decided }
}

/// The newest trigger known; what was observed came later unless the sender's clock says otherwise.
fn newest(told: Option<Moment>, observed: Option<Moment>) -> Option<Moment> {
    match (told, observed) {
        (Some(a), Some(b)) => Some(if b.comes_before(&a) { a } else { b }),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests;
