//! Which alert keys the store may hold, in memory: so that a storm of new alerts does not search the database for each
//! of them.
//!
//! A Bloom filter in layers, each twice as large as the one before. Every key is added before the commit that makes its
//! alert, and a thread adds those that were there at the start; until it is done, every key may exist. So "no" is
//! certain, since this process is the only writer, and "perhaps" means that the database is asked. Were a "no" wrong
//! all the same, the commit would meet the unique index, and the batch would be decided anew.
//!
//! Two bytes a key; about one new key in seven hundred is looked up in vain.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use hansei_app::ports::StoreResult;
use hansei_domain::ids::ServiceId;
use parking_lot::RwLock;

use super::open::open_readonly;
use crate::sql::{Conn, now};

/// Keys in the first layer.
const FIRST: usize = 1 << 14;
/// Bits for each key.
const BITS: usize = 16;
/// Bits set for each key.
const PROBES: u64 = 5;

struct Layer {
    words: Vec<AtomicU64>,
    room: AtomicUsize,
}

impl Layer {
    fn new(keys: usize) -> Self {
        let words = (0..keys * BITS / 64).map(|_| AtomicU64::new(0)).collect();
        Self { words, room: AtomicUsize::new(keys) }
    }

    /// The word and the bit of each probe; the length is a power of two.
    fn probes(&self, hash: u64) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let step = (hash >> 32) | 1;
        let mask = self.words.len() as u64 * 64 - 1;
        (0..PROBES).filter_map(move |i| {
            let bit = hash.wrapping_add(step.wrapping_mul(i)) & mask;
            self.words.get((bit / 64) as usize).map(|word| (word, 1u64 << (bit % 64)))
        })
    }

    fn has(&self, hash: u64) -> bool {
        self.probes(hash).all(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
    }

    fn set(&self, hash: u64) {
        for (word, bit) in self.probes(hash) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }
}

/// The filter.
pub(crate) struct AlertKeys {
    layers: RwLock<Vec<Layer>>,
    complete: AtomicBool,
}

fn hash(service: &str, key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (service, key).hash(&mut hasher);
    hasher.finish()
}

impl AlertKeys {
    /// One that knows nothing yet, so that every key may exist.
    pub fn new() -> Self {
        Self { layers: RwLock::new(vec![Layer::new(FIRST)]), complete: AtomicBool::new(false) }
    }

    /// A key that is there, or is about to be.
    pub fn add(&self, service_id: ServiceId, dedup_key: &str) {
        self.put(hash(&service_id.to_string(), dedup_key));
    }

    fn put(&self, hash: u64) {
        let layers = self.layers.read();
        let Some(last) = layers.last() else { return };
        last.set(hash);
        let taken = last.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1));
        if taken.is_ok() {
            return;
        }
        let next = last.words.len() * 64 / BITS * 2;
        drop(layers);
        let mut layers = self.layers.write();
        // Somebody else may have been faster.
        if layers.last().is_some_and(|last| last.room.load(Ordering::Relaxed) == 0) {
            layers.push(Layer::new(next));
        }
    }

    /// Those of the keys that the store may hold.
    pub fn among<'k>(&self, keys: &'k [(ServiceId, String)]) -> Vec<&'k (ServiceId, String)> {
        if !self.complete.load(Ordering::Acquire) {
            return keys.iter().collect();
        }
        let layers = self.layers.read();
        // One batch has few services.
        let mut service: Option<(ServiceId, String)> = None;
        let mut found = Vec::new();
        for pair in keys {
            let text = match service.take() {
                Some((id, text)) if id == pair.0 => text,
                _ => pair.0.to_string(),
            };
            let hash = hash(&text, &pair.1);
            if layers.iter().any(|layer| layer.has(hash)) {
                found.push(pair);
            }
            service = Some((pair.0, text));
        }
        found
    }

    /// Adds what the database holds.
    fn fill(&self, conn: &mut Conn) -> StoreResult<u64> {
        let sql = "SELECT service_id, dedup_key FROM alert";
        let mut count = 0u64;
        let read = conn.query(sql, &[], |row| {
            count += 1;
            self.put(hash(row.text(0)?, row.text(1)?));
            Ok(())
        });
        now(read)?;
        self.complete.store(true, Ordering::Release);
        Ok(count)
    }

    /// Fills it in a thread of its own. If that fails, every key goes on being looked up.
    pub fn fill_beside(self: &Arc<Self>, file: &Path) -> std::io::Result<()> {
        let (file, keys) = (file.to_owned(), Arc::clone(self));
        let body = move || match open_readonly(&file) {
            Ok(lite) => match keys.fill(&mut Conn::Lite(Box::new(lite))) {
                Ok(count) => tracing::debug!(count, "the alerts' keys are known"),
                Err(error) => tracing::warn!(%error, "the alerts' keys could not be read"),
            },
            Err(error) => tracing::warn!(%error, "the alerts' keys could not be read"),
        };
        std::thread::Builder::new().name("store-keys".into()).spawn(body).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use hansei_domain::ids::TypedId;

    use super::*;

    fn key(n: u32) -> (ServiceId, String) {
        (ServiceId::from_bits(u128::from(n % 3)), format!("key-{n}"))
    }

    #[test]
    fn every_key_may_exist_until_those_of_the_database_are_known() {
        let keys = AlertKeys::new();
        assert_eq!(keys.among(&[key(1)]).len(), 1);
        keys.complete.store(true, Ordering::Release);
        assert!(keys.among(&[key(1)]).is_empty());
    }

    #[test]
    fn no_key_is_forgotten_and_few_are_invented_however_many_there_are() {
        let keys = AlertKeys::new();
        keys.complete.store(true, Ordering::Release);
        let known: Vec<_> = (0..100_000).map(key).collect();
        for (service, name) in &known {
            keys.add(*service, name);
        }
        assert_eq!(keys.among(&known).len(), known.len());
        assert!(keys.layers.read().len() > 2, "it has grown");
        let others: Vec<_> = (200_000..300_000).map(key).collect();
        let invented = keys.among(&others).len();
        assert!(invented < 1_000, "{invented} of 100,000");
    }
}
