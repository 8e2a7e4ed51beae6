//! Holds: readers that must still be able to read what the decider has already decided, such as a backup.

/// The holds on one log.
#[derive(Default)]
pub(super) struct Holds {
    list: Vec<(u64, u64)>,
    next: u64,
}

impl Holds {
    /// Keeps everything after `after`; returns the id to give to [`Self::remove`].
    pub fn add(&mut self, after: u64) -> u64 {
        self.next += 1;
        self.list.push((self.next, after));
        self.next
    }

    pub fn remove(&mut self, id: u64) {
        self.list.retain(|(known, _)| *known != id);
    }

    /// Up to which record the log may really give up, if `trimmed` is decided.
    pub fn limit(&self, trimmed: u64) -> u64 {
        self.list.iter().map(|(_, after)| *after).min().map_or(trimmed, |after| after.min(trimmed))
    }
}

/// Keeps records readable that are trimmed meanwhile. Dropping it lets them go.
#[must_use = "records are held only as long as this value lives"]
pub struct Hold {
    after: u64,
    release: Option<Box<dyn FnOnce() + Send>>,
}

impl Hold {
    pub(super) fn new(after: u64, release: impl FnOnce() + Send + 'static) -> Self {
        Self { after, release: Some(Box::new(release)) }
    }

    /// Every record after this one stays readable.
    #[must_use]
    pub fn after(&self) -> u64 {
        self.after
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            release();
        }
    }
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hold").field("after", &self.after).finish_non_exhaustive()
    }
}
