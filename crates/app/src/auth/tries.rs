//! Wrong passwords cost time, and trying many at once does not help.
//!
//! A try is counted before anybody looks whether it is right, and taken back if it is: of a hundred that arrive together
//! only as many are looked at as one after the other would be. Tries are counted under the account and under the address
//! they come from; a browser in which the person has signed in before is counted by itself, so that strangers who guess,
//! and colleagues behind the same address who mistype, do not lock anybody out (F31). What was wrong fades with time.

use std::net::IpAddr;

use hansei_domain::ids::PersonId;
use hansei_domain::{Timestamp, plus_secs, text};

use crate::App;
use crate::error::AppResult;
use crate::ports::{Commit, Lane, SideWrite, ThrottleRow};
use crate::secret::sha256_hex;

/// Wrong tries that cost nothing.
const FREE: u32 = 5;
/// The same of an address, which many people may share.
const FREE_OF_ADDRESS: u32 = 20;
/// Longest pause between tries, seconds.
const LONGEST_PAUSE: u32 = 900;
/// One wrong try is forgotten after this long, seconds.
const FORGET_SECS: i64 = 900;
/// The same of an address.
const FORGET_OF_ADDRESS_SECS: i64 = 60;
/// Longest mail address there is, bytes.
const LONGEST_EMAIL: usize = 254;

/// Lets tries of this node be counted one after the other. Several nodes may each let one more pass.
#[derive(Default)]
pub struct Tries(tokio::sync::Mutex<()>);

/// What a try is counted under.
pub(super) struct Key {
    /// Of bounded length, whatever was typed.
    pub(super) name: String,
    free: u32,
    /// One wrong try is forgotten after this long.
    forget_secs: i64,
    /// A right try makes all the wrong ones forgotten, not only itself.
    forgiving: bool,
}

impl Key {
    fn own(name: String) -> Self {
        Self { name, free: FREE, forget_secs: FORGET_SECS, forgiving: true }
    }

    /// An account, known or not; `None` for what cannot be anybody's address.
    pub(super) fn account(email: &str) -> Option<Self> {
        let email = email.trim();
        let plausible = email.len() <= LONGEST_EMAIL && text::email("email", email).is_ok();
        plausible.then(|| Self::own(format!("account:{}", sha256_hex(email.to_lowercase().as_bytes()))))
    }

    /// Where a try comes from. Whoever has one IPv6 address has 2^64 of them.
    pub(super) fn address(address: &str) -> Self {
        let of = match address.parse::<IpAddr>().map(|a| a.to_canonical()) {
            Ok(IpAddr::V6(v6)) => format!("{:x}/64", v6.to_bits() >> 64),
            Ok(v4) => v4.to_string(),
            Err(_) => String::new(),
        };
        let forget_secs = FORGET_OF_ADDRESS_SECS;
        Self { name: format!("address:{of}"), free: FREE_OF_ADDRESS, forget_secs, forgiving: false }
    }

    /// A browser in which the person has signed in before.
    pub(super) fn device(mark: u128) -> Self {
        Self::own(format!("device:{mark:x}"))
    }

    /// Somebody who is signed in and has to prove it again.
    pub(super) fn person(id: PersonId) -> Self {
        Self::own(format!("password:{id}"))
    }

    fn pause(&self, failures: u32) -> u32 {
        match failures.saturating_sub(self.free) {
            0 => 0,
            over => 2u32.saturating_pow(over.min(12)).min(LONGEST_PAUSE),
        }
    }

    /// What is left of earlier failures.
    fn faded(&self, row: ThrottleRow, now: Timestamp) -> u32 {
        let quiet = now.duration_since(row.blocked_until).as_secs().max(0);
        row.failures.saturating_sub(u32::try_from(quiet / self.forget_secs).unwrap_or(u32::MAX))
    }
}

/// A try that has been counted.
pub(super) struct Counted(Vec<(Key, Option<ThrottleRow>, ThrottleRow)>);

impl App {
    /// Counts a try under all of its keys; or, if one of them has to wait, tells until when and counts nothing.
    pub(super) async fn begin_try(
        &self,
        keys: impl IntoIterator<Item = Key>,
    ) -> AppResult<Result<Counted, Timestamp>> {
        let _alone = self.tries.0.lock().await;
        let now = self.clock.now();
        let mut counted = Vec::new();
        for key in keys {
            let before = self.store.throttle(&key.name).await?;
            if let Some(row) = before.filter(|row| row.blocked_until > now) {
                return Ok(Err(row.blocked_until));
            }
            let failures = before.map_or(0, |row| key.faded(row, now)).saturating_add(1);
            let row = ThrottleRow { failures, blocked_until: plus_secs(now, key.pause(failures)) };
            counted.push((key, before, row));
        }
        let rows = counted.iter().map(|(key, _, row)| (key.name.clone(), Some(*row)));
        self.put_throttle(now, rows).await?;
        Ok(Ok(Counted(counted)))
    }

    /// It was right: it is no failure any more.
    pub(super) async fn try_was_right(&self, counted: Counted) -> AppResult<()> {
        let _alone = self.tries.0.lock().await;
        let mut rows = Vec::new();
        for (key, before, mine) in counted.0 {
            let row = match self.store.throttle(&key.name).await? {
                _ if key.forgiving => None,
                Some(now) if now == mine => before,
                // Others have failed behind it: theirs stay.
                Some(now) => Some(ThrottleRow { failures: now.failures.saturating_sub(1), ..now }),
                None => None,
            };
            rows.push((key.name, row));
        }
        self.put_throttle(self.clock.now(), rows).await
    }

    async fn put_throttle(
        &self,
        now: Timestamp,
        rows: impl IntoIterator<Item = (String, Option<ThrottleRow>)>,
    ) -> AppResult<()> {
        let side = rows.into_iter().map(|(key, row)| SideWrite::Throttle { key, row }).collect();
        self.store.commit(Lane::Timeline, Commit { at: Some(now), side, ..Commit::default() }).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_and_of_what_can_be_an_address() {
        assert!(
            Key::account(" Ada@Example.org ").unwrap().name == Key::account("ada@example.org").unwrap().name
        );
        assert!(Key::account(&"x".repeat(1_000_000)).is_none());
        assert!(Key::account(&format!("{}@example.org", "x".repeat(250))).is_none());
        assert!(Key::account("a\0@example.org").is_none());
        assert_eq!(Key::address("2001:db8::1").name, Key::address("2001:db8::ffff:1").name);
        assert_ne!(Key::address("2001:db8::1").name, Key::address("2001:db8:0:1::1").name);
        assert_eq!(Key::address("::ffff:192.0.2.1").name, Key::address("192.0.2.1").name);
        assert_eq!(Key::address("no address at all").name, "address:");
    }

    #[test]
    fn what_was_wrong_fades() {
        let then: Timestamp = "2024-07-02T08:00:00Z".parse().unwrap();
        let row = ThrottleRow { failures: 24, blocked_until: then };
        let key = Key::address("192.0.2.1");
        let after = |secs| key.faded(row, plus_secs(then, secs));
        assert_eq!((after(0), after(59), after(60), after(600), after(360_000)), (24, 24, 23, 14, 0));
        assert_eq!((key.pause(20), key.pause(21), key.pause(23), key.pause(90)), (0, 2, 8, 900));
    }
}
