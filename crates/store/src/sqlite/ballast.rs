//! Room that is kept for when the disk is full: what has been decided must still be sent (R27).
//!
//! Claiming an attempt and writing its outcome are writes, too. So a file takes up some room from the beginning, and
//! is removed when the disk is full. From then on that room is for the writer: the inbox takes nothing new in, as it
//! could not before either, until there is room for the file again.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use hansei_app::ports::SharedClock;
use parking_lot::Mutex;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// The file, within the data folder.
pub(crate) const BALLAST: &str = "ballast";
/// How much room it keeps. Pages of some thousand incidents fit in.
const BYTES: u64 = 64 << 20;
/// Whether there is room again is asked no more often than this.
const ASK_NANOS: u64 = 1_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is there.
    Kept,
    /// There was no room for it from the beginning, or the file system cannot do it; nothing is refused for that.
    Missing,
    /// It was there and had to go.
    Released,
}

struct Inner {
    state: State,
    ask_at_nanos: u64,
}

/// The file that takes up room.
pub(crate) struct Ballast {
    folder: PathBuf,
    bytes: u64,
    clock: SharedClock,
    inner: Mutex<Inner>,
}

impl Ballast {
    /// Makes the file in a data folder, if there is room for it and as much again.
    pub fn keep(folder: &Path, clock: &SharedClock) -> Self {
        Self::of(folder, BYTES, clock)
    }

    fn of(folder: &Path, bytes: u64, clock: &SharedClock) -> Self {
        let inner = Mutex::new(Inner { state: State::Missing, ask_at_nanos: 0 });
        let ballast = Self { folder: folder.to_owned(), bytes, clock: SharedClock::clone(clock), inner };
        match ballast.make() {
            Ok(true) => ballast.inner.lock().state = State::Kept,
            Ok(false) => tracing::warn!("the disk has no room to keep some for when it is full"),
            Err(error) => tracing::warn!(%error, "no room can be kept for when the disk is full"),
        }
        ballast
    }

    fn file(&self) -> PathBuf {
        self.folder.join(BALLAST)
    }

    /// Makes the file; `false` = there is too little room.
    fn make(&self) -> io::Result<bool> {
        use std::os::unix::fs::OpenOptionsExt;
        let there = std::fs::metadata(self.file()).is_ok_and(|meta| meta.len() >= self.bytes);
        let stat = statvfs(&self.folder)?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        if !there && free < self.bytes.saturating_mul(2) {
            return Ok(false);
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(self.file())?;
        let made = fallocate(&file, FallocateFlags::empty(), 0, self.bytes).map_err(io::Error::from);
        if made.is_err() {
            let _gone = std::fs::remove_file(self.file());
        }
        made?;
        File::open(&self.folder)?.sync_all()?;
        Ok(true)
    }

    /// The disk is full: gives the room back. `true` = there is some now, so trying again makes sense.
    pub fn release(&self) -> bool {
        let mut inner = self.inner.lock();
        if inner.state != State::Kept {
            return false;
        }
        match std::fs::remove_file(self.file()) {
            Ok(()) => {
                tracing::error!(
                    "the disk is full; the room kept for that is used for pages, and alerts are refused"
                );
                *inner = Inner { state: State::Released, ask_at_nanos: self.later() };
                true
            }
            Err(error) => {
                tracing::error!(%error, "the disk is full, and the room kept for that cannot be given back");
                false
            }
        }
    }

    /// Whether new signals may be taken in: not while what room there is must be left to pages. Looks now and then
    /// whether there is room again.
    pub fn lets_in(&self) -> bool {
        self.restore();
        self.inner.lock().state != State::Released
    }

    /// Makes the file again if it is missing and there is room.
    pub fn restore(&self) {
        let mut inner = self.inner.lock();
        if inner.state == State::Kept || self.clock.monotonic_nanos() < inner.ask_at_nanos {
            return;
        }
        inner.ask_at_nanos = self.later();
        if let Ok(true) = self.make() {
            tracing::info!("room is kept again for when the disk is full");
            inner.state = State::Kept;
        }
    }

    fn later(&self) -> u64 {
        self.clock.monotonic_nanos().saturating_add(ASK_NANOS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hansei_app::ports::Clock;
    use jiff::Timestamp;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn monotonic_nanos(&self) -> u64 {
            self.0.load(SeqCst)
        }
    }

    #[test]
    fn room_is_kept_given_back_once_and_kept_again_when_there_is_some() {
        let folder = std::env::temp_dir().join(format!("hansei-ballast-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let hand = Arc::new(Hand(AtomicU64::new(0)));
        let clock: SharedClock = hand.clone();
        let ballast = Ballast::of(&folder, 1 << 20, &clock);
        let taken = || std::fs::metadata(folder.join(BALLAST)).map(|meta| meta.len()).ok();
        assert_eq!((taken(), ballast.lets_in()), (Some(1 << 20), true));
        assert!(ballast.release());
        assert_eq!((taken(), ballast.lets_in()), (None, false), "just now the disk was full");
        assert!(!ballast.release(), "there is nothing more to give");
        hand.0.fetch_add(ASK_NANOS, SeqCst);
        assert_eq!((ballast.lets_in(), taken()), (true, Some(1 << 20)));
        // It stays where it is over a restart.
        drop(ballast);
        assert!(Ballast::of(&folder, 1 << 20, &clock).release());
        // More than any disk has: nothing is kept, and nothing is refused for that.
        let none = Ballast::of(&folder, 1 << 60, &clock);
        assert_eq!((taken(), none.lets_in(), none.release()), (None, true, false));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
