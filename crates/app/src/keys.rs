//! Integration keys: made, given new secrets with an overlap, taken back; and when each was last used (R42).
//!
//! A secret is shown once, when it is made; what is kept is its hash and its first characters.

use hansei_domain::access::Actor;
use hansei_domain::catalog::{CatalogDoc, EntryId, IntegrationKey, KeyHash, Origin};
use hansei_domain::ids::{KeyId, ServiceId};
use hansei_domain::journal::AggregateId;
use hansei_domain::refusal::FieldCode;
use hansei_domain::signal::SourceFormat;
use hansei_domain::{Refusal, Timestamp, text};

use crate::App;
use crate::error::AppResult;
use crate::ports::{AlertQuery, IdempotencyRow, SideWrite};

/// How long two secrets of a key may both be accepted, seconds.
pub const LONGEST_OVERLAP_SECS: u32 = 30 * 86_400;

/// How many of a key's newest alerts are asked when it was last used.
const RECENT_ALERTS: usize = 20;

/// A secret made for a caller: shown once, stored as a hash.
#[derive(Clone)]
pub struct NewSecret {
    /// The secret.
    pub secret: String,
    /// Its hash.
    pub sha256: String,
    /// Its first characters.
    pub hint: String,
}

impl App {
    /// Makes an integration key for a service; the secret is returned once and never again (R42).
    pub async fn create_key(
        &self,
        actor: &Actor,
        service_id: ServiceId,
        format: SourceFormat,
        name: &str,
    ) -> AppResult<(KeyId, NewSecret)> {
        self.create_key_with(actor, service_id, format, name, |_| None).await
    }

    /// As [`App::create_key`]; the answer that `remember` makes of the key is stored with it (R3).
    pub async fn create_key_with(
        &self,
        actor: &Actor,
        service_id: ServiceId,
        format: SourceFormat,
        name: &str,
        remember: impl FnOnce(&IntegrationKey) -> Option<IdempotencyRow>,
    ) -> AppResult<(KeyId, NewSecret)> {
        let ctx = self.ctx(actor.clone());
        let secret = self.key_secret();
        let key = IntegrationKey {
            id: ctx.ids.fresh(),
            name: text::Name::parse("name", name).map_err(Refusal::from)?,
            service_id,
            format,
            hashes: vec![secret.hash(ctx.now)],
        };
        let id = key.id;
        let side = remember(&key).map(SideWrite::Idempotency).into_iter().collect();
        self.put_entry_with(actor, CatalogDoc::Key(key), Origin::Screen, None, None, side).await?;
        Ok((id, secret))
    }

    /// Gives a key a new secret; the old ones stay accepted for `overlap_secs`.
    pub async fn rotate_key(&self, actor: &Actor, id: KeyId, overlap_secs: u32) -> AppResult<NewSecret> {
        self.rotate_key_with(actor, id, overlap_secs, |_| None).await
    }

    /// As [`App::rotate_key`]; the answer that `remember` makes of the key is stored with it (R3).
    pub async fn rotate_key_with(
        &self,
        actor: &Actor,
        id: KeyId,
        overlap_secs: u32,
        remember: impl FnOnce(&IntegrationKey) -> Option<IdempotencyRow>,
    ) -> AppResult<NewSecret> {
        if overlap_secs > LONGEST_OVERLAP_SECS {
            let message = format!("must be at most {LONGEST_OVERLAP_SECS} seconds");
            return Err(Refusal::field("overlap_secs", FieldCode::OutOfRange, message).into());
        }
        let now = self.clock.now();
        let catalog = self.catalog.now();
        // Putting an archived entry would restore it, and a key that was taken back must not come back by the way.
        let known = catalog.key(id).filter(|k| catalog.in_use(EntryId::Key(k.id)));
        let mut key = known.cloned().ok_or(Refusal::NotFound("key"))?;
        let seen = catalog.version(EntryId::Key(id));
        let until = hansei_domain::plus_secs(now, overlap_secs);
        key.hashes.retain(|h| h.expires_at.is_none_or(|at| at > now));
        for hash in &mut key.hashes {
            hash.expires_at = Some(hash.expires_at.map_or(until, |at| at.min(until)));
        }
        if overlap_secs == 0 {
            key.hashes.clear();
        }
        while key.hashes.len() >= 4 {
            key.hashes.remove(0);
        }
        let secret = self.key_secret();
        key.hashes.push(secret.hash(now));
        let side = remember(&key).map(SideWrite::Idempotency).into_iter().collect();
        let doc = CatalogDoc::Key(key);
        self.put_entry_with(actor, doc, Origin::Screen, None, Some(seen), side).await?;
        Ok(secret)
    }

    /// Takes a key back: its senders are refused from now on.
    pub async fn revoke_key(&self, actor: &Actor, id: KeyId) -> AppResult<()> {
        self.catalog.now().key(id).ok_or(Refusal::NotFound("key"))?;
        self.archive_entry(actor, EntryId::Key(id)).await
    }

    /// When something came by a key for the last time, as far as this node and its alerts know.
    pub async fn key_used_at(&self, id: KeyId) -> AppResult<Option<Timestamp>> {
        let sampled = self.samples.of(id).first().map(|s| s.received_at);
        let query = AlertQuery { key_id: Some(id), limit: RECENT_ALERTS, ..AlertQuery::default() };
        let alerts = self.store.alerts(&query).await?;
        let heard = alerts.iter().filter(|l| matches!(l.id, AggregateId::Alert(_)));
        let heard = heard.filter_map(|l| l.observation.map(|o| o.last_seen_at)).max();
        Ok(sampled.max(heard))
    }

    /// 32 lower-case characters, as the senders of PagerDuty events expect of a routing key.
    fn key_secret(&self) -> NewSecret {
        let bytes = self.ids.secret();
        let (mut high, mut low) = ([0u8; 16], [0u8; 16]);
        high.copy_from_slice(&bytes[..16]);
        low.copy_from_slice(&bytes[16..]);
        let text = hansei_domain::ids::encode_base32(u128::from_be_bytes(high))
            + &hansei_domain::ids::encode_base32(u128::from_be_bytes(low));
        NewSecret::of(text.chars().filter(char::is_ascii).skip(1).take(32).collect())
    }
}

impl NewSecret {
    /// Hashes a secret.
    pub fn of(secret: String) -> Self {
        let sha256 = crate::secret::sha256_hex(secret.as_bytes());
        let hint = secret.chars().take(6).collect();
        Self { secret, sha256, hint }
    }

    fn hash(&self, now: Timestamp) -> KeyHash {
        KeyHash { sha256: self.sha256.clone(), hint: self.hint.clone(), created_at: now, expires_at: None }
    }
}
