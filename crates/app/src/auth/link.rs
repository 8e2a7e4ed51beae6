//! Links to set a password: how an invited person comes in, and how a forgotten password is replaced.
//!
//! An admin makes the link; it is shown once, good for one person, one use and 72 hours, and a newer one makes an
//! older one void. Stored is the hash of its secret, under the person (R42). Using it sets the password, ends all
//! sessions and API tokens of the person (R43) and starts a new session, in one commit with spending the link: of two who
//! use it at the same moment, one comes in.

use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::{EntryId, Person};
use hansei_domain::ids::{PersonId, TypedId, decode_base32, encode_base32};
use hansei_domain::{Refusal, Timestamp, plus_secs};
use subtle::ConstantTimeEq;

use super::tries::Key;
use super::{Client, SignedIn, password};
use crate::App;
use crate::error::{AppError, AppResult};
use crate::ports::{IdempotencyRow, MetaExpect, SideWrite};
use crate::secret::{hex, sha256_hex};

/// How long a link is good, seconds.
pub const LINK_SECS: u32 = 72 * 3_600;
/// Characters of an id in a token.
const ID_CHARS: usize = 26;

/// A link that was made.
#[derive(Debug, Clone)]
pub struct PasswordLink {
    /// What stands in the address; shown once.
    pub token: String,
    /// It is good until then.
    pub expires_at: Timestamp,
}

/// The name under which a person's link is stored.
fn meta_name(id: PersonId) -> String {
    format!("password_link:{id}")
}

impl App {
    /// Makes a link with which a person sets their password; an earlier one is void from now on.
    pub async fn password_link(&self, actor: &Actor, id: PersonId) -> AppResult<PasswordLink> {
        self.password_link_with(actor, id, |_| None).await
    }

    /// As [`App::password_link`]; the answer that `remember` makes of its end is stored with it (R3).
    pub async fn password_link_with(
        &self,
        actor: &Actor,
        id: PersonId,
        remember: impl FnOnce(Timestamp) -> Option<IdempotencyRow>,
    ) -> AppResult<PasswordLink> {
        self.active_person(id).ok_or(Refusal::NotFound("person"))?;
        let secret = hex(&self.ids.secret());
        let expires_at = plus_secs(self.clock.now(), LINK_SECS);
        let value = Some(format!("{} {expires_at}", sha256_hex(secret.as_bytes())));
        let mut side = vec![SideWrite::Meta { name: meta_name(id), value, expect: MetaExpect::Any }];
        side.extend(remember(expires_at).map(SideWrite::Idempotency));
        self.audit_entry(actor, EntryId::Person(id), "password_link_made", None, side).await?;
        Ok(PasswordLink { token: encode_base32(id.bits()) + &secret, expires_at })
    }

    /// The person behind a link; `None` if it is unknown, used, void or too old. Changes nothing.
    pub async fn behind_password_link(&self, token: &str) -> AppResult<Option<Person>> {
        Ok(self.link_record(token).await?.map(|(person, _)| person))
    }

    /// Sets the password by a link, and lets the person in.
    pub async fn use_password_link(
        &self,
        token: &str,
        password: &str,
        client: &Client,
    ) -> AppResult<SignedIn> {
        let gone = || AppError::from(Refusal::NotFound("link"));
        let (person, stored) = self.link_record(token).await?.ok_or_else(gone)?;
        password::check("password", password)?;
        let hash = password::hash(password).await?;
        let mut side = self.tokens_end(person.id).await?;
        side.extend([
            SideWrite::Meta { name: meta_name(person.id), value: None, expect: MetaExpect::Value(stored) },
            SideWrite::Credential { person_id: person.id, password: Some(hash) },
            SideWrite::SessionsEnd { person_id: person.id, except: None },
        ]);
        // Whoever has the link need not wait for what was tried before.
        side.extend(Key::account(&person.email).map(|key| SideWrite::Throttle { key: key.name, row: None }));
        let actor = Actor::Person { person: person.id, via: Via::Link };
        let detail = Some("by link".to_owned());
        match self.audit_entry(&actor, EntryId::Person(person.id), "password_set", detail, side).await {
            // Somebody else has spent it meanwhile.
            Err(AppError::Conflict) => Err(gone()),
            Err(error) => Err(error),
            Ok(()) => self.start_session(&person, client).await,
        }
    }

    fn active_person(&self, id: PersonId) -> Option<Person> {
        let catalog = self.catalog.now();
        catalog.person(id).filter(|_| catalog.in_use(EntryId::Person(id))).cloned()
    }

    async fn link_record(&self, token: &str) -> AppResult<Option<(Person, String)>> {
        if !token.is_ascii() || token.len() != ID_CHARS + 64 {
            return Ok(None);
        }
        let (id, secret) = token.split_at(ID_CHARS);
        let Some(id) = decode_base32(id).map(PersonId::from_bits) else { return Ok(None) };
        let Some(stored) = self.store.meta(&meta_name(id)).await? else { return Ok(None) };
        let Some((hash, until)) = stored.split_once(' ') else { return Ok(None) };
        let right = bool::from(hash.as_bytes().ct_eq(sha256_hex(secret.as_bytes()).as_bytes()));
        let good = until.parse::<Timestamp>().is_ok_and(|until| self.clock.now() < until);
        let person = self.active_person(id).filter(|_| right && good);
        Ok(person.map(|person| (person, stored)))
    }
}
