//! Passwords: Argon2id, computed off the async threads, a few at a time (19 MiB each).

use std::sync::OnceLock;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use hansei_domain::access::Actor;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::{PersonId, SessionId};
use hansei_domain::refusal::{FieldCode, Refusal};
use tokio::sync::Semaphore;

use super::tries::Key;
use crate::App;
use crate::error::{AppError, AppResult};
use crate::ports::SideWrite;

/// Shortest password, characters.
pub const SHORTEST: usize = 12;
/// Longest password, bytes (longer ones only cost time).
const LONGEST: usize = 1_024;
/// Computed at once; more wait.
static SLOTS: Semaphore = Semaphore::const_new(2);
/// Kept for those who have been here before, so that a flood of strangers does not keep them waiting.
static KNOWN_SLOT: Semaphore = Semaphore::const_new(1);

/// Refuses passwords that are too short, too long, or one character repeated.
pub fn check(field: &str, password: &str) -> Result<(), Refusal> {
    let chars = password.chars().count();
    if chars < SHORTEST {
        let message = format!("has {chars} characters, at least {SHORTEST} are needed");
        return Err(Refusal::field(field, FieldCode::OutOfRange, message));
    }
    if password.len() > LONGEST {
        return Err(Refusal::field(field, FieldCode::TooLong, "is longer than 1024 bytes"));
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return Err(Refusal::field(field, FieldCode::Malformed, "needs at least five different characters"));
    }
    Ok(())
}

async fn off_thread<T: Send + 'static>(
    known: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> AppResult<T> {
    let slots = if known { &KNOWN_SLOT } else { &SLOTS };
    let _slot = slots.acquire().await.map_err(|e| AppError::Bug(e.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| AppError::Bug(format!("hashing: {e}")))
}

/// Hashes a password.
pub async fn hash(password: &str) -> AppResult<String> {
    let bytes = password.as_bytes().to_vec();
    let made =
        off_thread(true, move || Argon2::default().hash_password(&bytes).map(|h| h.to_string())).await?;
    made.map_err(|e| AppError::Bug(format!("hashing: {e}")))
}

/// Whether a password belongs to a hash. Without a hash the same time is spent, and the answer is no.
/// `known`: whoever asks has been here before.
pub async fn verify(hash: Option<String>, password: &str, known: bool) -> AppResult<bool> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    if password.len() > LONGEST {
        return Ok(false);
    }
    let exists = hash.is_some();
    let bytes = password.as_bytes().to_vec();
    let matches = off_thread(known, move || {
        let argon = Argon2::default();
        let nobody =
            || argon.hash_password(b"nobody has this password").map(|h| h.to_string()).unwrap_or_default();
        let text = hash.unwrap_or_else(|| NOBODY.get_or_init(nobody).clone());
        match argon2::PasswordHash::new(&text) {
            Ok(parsed) => argon.verify_password(&bytes, &parsed).is_ok(),
            Err(_) => false,
        }
    })
    .await?;
    Ok(exists && matches)
}

impl App {
    /// Sets a person's password. All their sessions end but the one that asks, and so do their API tokens (R43): whoever
    /// stole the old password may have made one.
    pub async fn set_password(
        &self,
        actor: &Actor,
        person_id: PersonId,
        password: &str,
        keep: Option<SessionId>,
    ) -> AppResult<()> {
        check("password", password)?;
        let hash = hash(password).await?;
        let mut side = self.tokens_end(person_id).await?;
        side.push(SideWrite::Credential { person_id, password: Some(hash) });
        side.push(SideWrite::SessionsEnd { person_id, except: keep });
        self.audit_entry(actor, EntryId::Person(person_id), "password_set", None, side).await
    }

    /// Changes one's own password, which must be known.
    pub async fn change_password(
        &self,
        person_id: PersonId,
        actor: &Actor,
        current: &str,
        new: &str,
        keep: Option<SessionId>,
    ) -> AppResult<()> {
        let counted = match self.begin_try([Key::person(person_id)]).await? {
            Ok(counted) => counted,
            Err(until) => {
                let message = format!("too many wrong passwords; try again after {until}");
                return Err(Refusal::state("too_many_tries", message).into());
            }
        };
        let stored = self.store.credential(person_id).await?;
        if !verify(stored, current, true).await? {
            return Err(Refusal::field("current_password", FieldCode::Malformed, "is wrong").into());
        }
        self.try_was_right(counted).await?;
        self.set_password(actor, person_id, new, keep).await
    }
}
