//! Places for attempts: how many each kind of contact has at once.
//!
//! A place is taken before an entry is claimed and before its page is looked at for the last time, and held until the
//! outcome is recorded. So whatever is claimed begins at once, nothing waits inside a sender, and a mail server that
//! hangs holds up mail and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hansei_domain::catalog::ContactKind;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::ports::{SenderKind, Senders};

/// The places of all kinds.
pub struct Places {
    kinds: Vec<Kind>,
    /// Somebody found no place: whoever gives one back says so.
    wanted: Arc<AtomicBool>,
    /// A place that was wanted is free.
    pub freed: Arc<Notify>,
    closed: AtomicBool,
}

struct Kind {
    name: SenderKind,
    all: usize,
    free: Arc<Semaphore>,
}

/// One place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    permit: Option<OwnedSemaphorePermit>,
    wanted: Arc<AtomicBool>,
    freed: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        // First the place, then the word that there is one.
        drop(permit);
        if self.wanted.swap(false, Ordering::SeqCst) {
            self.freed.notify_one();
        }
    }
}

impl Place {
    /// Gives it back without a word: it was free before.
    pub fn unused(mut self) {
        drop(self.permit.take());
    }
}

impl Places {
    /// As many as the senders have.
    pub fn new(senders: &Senders) -> Self {
        let kind = |name| {
            let all = senders.places(name);
            Kind { name, all, free: Arc::new(Semaphore::new(all)) }
        };
        Self {
            kinds: ContactKind::KINDS.into_iter().map(kind).collect(),
            wanted: Arc::default(),
            freed: Arc::default(),
            closed: AtomicBool::new(false),
        }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        Place { permit: Some(permit), wanted: Arc::clone(&self.wanted), freed: Arc::clone(&self.freed) }
    }

    /// All that are free now, by kind; none once it is closed. What is not used is given back by dropping it.
    pub fn take_free(&self) -> Vec<(SenderKind, Vec<Place>)> {
        let closed = self.closed.load(Ordering::SeqCst);
        let mut taken = Vec::with_capacity(self.kinds.len());
        for kind in &self.kinds {
            let mut places = Vec::new();
            while !closed && let Ok(permit) = Arc::clone(&kind.free).try_acquire_owned() {
                places.push(self.place(permit));
            }
            taken.push((kind.name, places));
        }
        taken
    }

    /// From now on, whoever gives a place back says so.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::SeqCst);
    }

    /// A place of a kind, when there is one; `None` if there is no such kind, or no more places are given.
    pub async fn take(&self, name: &str) -> Option<Place> {
        let kind = self.kinds.iter().find(|kind| kind.name == name)?;
        let permit = Arc::clone(&kind.free).acquire_owned().await.ok()?;
        Some(self.place(permit))
    }

    /// Gives no more places, and waits until all that were taken are given back.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for kind in &self.kinds {
            let all = u32::try_from(kind.all).unwrap_or(u32::MAX);
            // They stay taken: nobody begins anything any more.
            if let Ok(permits) = kind.free.acquire_many(all).await {
                permits.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(taken: &[(SenderKind, Vec<Place>)], name: &str) -> usize {
        taken.iter().find(|(kind, _)| *kind == name).map_or(0, |(_, places)| places.len())
    }

    #[tokio::test]
    async fn a_kind_without_a_free_place_leaves_the_others_theirs() {
        let places = Places::new(&Senders::default());
        let mut all = places.take_free();
        let again = places.take_free();
        assert!(again.iter().all(|(_, free)| free.is_empty()));
        all.retain(|(kind, _)| *kind == "email");
        let others = places.take_free();
        assert_eq!((count(&others, "email"), count(&others, "webhook")), (0, 16));
        places.want();
        drop(all);
        places.freed.notified().await;
        assert_eq!(count(&places.take_free(), "email"), 16);
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_under_way_and_gives_nothing_more() {
        let places = Arc::new(Places::new(&Senders::default()));
        let place = places.take("email").await.unwrap();
        let closing = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.close().await }
        });
        while !places.closed.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        assert!(!closing.is_finished());
        assert!(places.take_free().iter().all(|(_, free)| free.is_empty()));
        drop(place);
        closing.await.unwrap();
    }
}
