//! The catalogue as one shared snapshot, and the use-cases that change it.
//!
//! The catalogue is small and read by every decision, so each node holds all of it in memory and exchanges the whole
//! snapshot when an entry changes. On one node the exchange happens before the commit returns to the caller; on
//! several, the tail of the journal brings it within a fraction of a second.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hansei_domain::Refusal;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{
    CatalogCommand, CatalogDoc, Component, Entry, EntryId, IntegrationKey, Origin, Person, Pod, Product,
    Service, Settings, Team, decide, self_test,
};
use hansei_domain::ids::{ComponentId, KeyId, PersonId, PodId, ProductId, ServiceId, TeamId};
use hansei_domain::incident::{Roster, RosterPerson};
use hansei_domain::journal::{AggregateId, Event, State};
use hansei_domain::signal::SourceFormat;
use hansei_domain::{Ctx, Timestamp};
use parking_lot::RwLock;

use crate::error::{AppError, AppResult};
use crate::ports::{Lane, Loaded, SideWrite};
use crate::unit::Unit;
use crate::{App, MAX_TRIES};

/// One consistent view of the whole catalogue.
#[derive(Debug, Default)]
pub struct Catalog {
    entries: BTreeMap<EntryId, (u64, Entry)>,
    keys_by_hash: HashMap<String, (KeyId, Option<Timestamp>)>,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $one:ident, $all:ident, $variant:ident, $id:ty, $ty:ty;)*) => {$(
        $(#[$doc])*
        pub fn $one(&self, id: $id) -> Option<&$ty> {
            match &self.entries.get(&EntryId::$variant(id))?.1.doc {
                CatalogDoc::$variant(doc) => Some(doc),
                _ => None,
            }
        }
        /// All of the kind that are in use, by name; the self-test's own are left out.
        pub fn $all(&self) -> Vec<&$ty> {
            let mut all: Vec<&$ty> = self.entries.values().filter(|(_, e)| !e.archived).filter_map(|(_, e)| match &e.doc {
                CatalogDoc::$variant(doc) if !self_test::owns(e.doc.id()) => Some(doc),
                _ => None,
            }).collect();
            all.sort_by_key(|doc| doc.name.to_lowercase());
            all
        }
    )*};
}

impl Catalog {
    /// Builds the view from loaded entries.
    pub fn new(loaded: Vec<Loaded>) -> Self {
        let mut catalog = Self::default();
        for item in loaded {
            let (AggregateId::Entry(id), State::Entry(entry)) = (item.id, item.state) else { continue };
            if let CatalogDoc::Key(key) = &entry.doc
                && !entry.archived
            {
                for hash in &key.hashes {
                    catalog.keys_by_hash.insert(hash.sha256.clone(), (key.id, hash.expires_at));
                }
            }
            catalog.entries.insert(id, (item.version, *entry));
        }
        catalog
    }

    getters! {
        /// A team, archived or not.
        team, teams, Team, TeamId, Team;
        /// A person, archived or not.
        person, people, Person, PersonId, Person;
        /// A product, archived or not.
        product, products, Product, ProductId, Product;
        /// A component, archived or not.
        component, components, Component, ComponentId, Component;
        /// A pod, archived or not.
        pod, pods, Pod, PodId, Pod;
        /// A service, archived or not.
        service, services, Service, ServiceId, Service;
        /// An integration key, archived or not.
        key, keys, Key, KeyId, IntegrationKey;
    }

    /// The organisation's settings, if it has been set up.
    pub fn settings(&self) -> Option<&Settings> {
        match &self.entries.get(&EntryId::Settings(Settings::the_id()))?.1.doc {
            CatalogDoc::Settings(settings) => Some(settings),
            _ => None,
        }
    }

    /// An entry of any kind.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(&id).map(|(_, e)| e)
    }

    /// The version of an entry (0 = unknown), for forms that must not overwrite each other.
    pub fn version(&self, id: EntryId) -> u64 {
        self.entries.get(&id).map_or(0, |(v, _)| *v)
    }

    /// All entries, archived ones too, without the self-test's own.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(|(_, e)| e).filter(|e| !self_test::owns(e.doc.id()))
    }

    /// Whether an entry is in use.
    pub fn in_use(&self, id: EntryId) -> bool {
        self.entries.get(&id).is_some_and(|(_, e)| !e.archived)
    }

    /// The entry of a kind with this unique key (slug, or address in lower case).
    pub fn by_unique(&self, kind: &str, key: &str) -> Option<&Entry> {
        self.entries.values().map(|(_, e)| e).find(|e| e.doc.id().kind() == kind && e.doc.unique_key() == key)
    }

    /// The person with this address.
    pub fn person_by_email(&self, email: &str) -> Option<&Person> {
        let wanted = email.trim().to_lowercase();
        match &self.by_unique("person", &wanted)?.doc {
            CatalogDoc::Person(person) => Some(person),
            _ => None,
        }
    }

    /// The integration key behind a hash, if it is accepted now.
    pub fn key_by_hash(&self, sha256: &str, now: Timestamp) -> Option<&IntegrationKey> {
        let (id, expires_at) = self.keys_by_hash.get(sha256)?;
        if expires_at.is_some_and(|at| at <= now) { None } else { self.key(*id) }
    }

    /// Who stands behind the targets of escalations.
    pub fn roster(&self) -> Roster {
        let people = self.entries.values().filter_map(|(_, e)| match &e.doc {
            CatalogDoc::Person(p) => {
                Some(RosterPerson { id: p.id, reachable: !e.archived && !p.contacts.is_empty() })
            }
            _ => None,
        });
        let teams = self.entries.values().filter_map(|(_, e)| match &e.doc {
            CatalogDoc::Team(t) if !e.archived => Some((t.id, t.members.clone())),
            _ => None,
        });
        Roster::new(people, teams, self.fallback())
    }

    /// The chosen fallback people, or all admins if none was chosen.
    fn fallback(&self) -> Vec<PersonId> {
        let chosen = self.settings().map(|s| s.fallback.clone()).unwrap_or_default();
        if chosen.is_empty() { self.admins() } else { chosen }
    }

    fn admins(&self) -> Vec<PersonId> {
        self.people().iter().filter(|p| p.role == Role::Admin).map(|p| p.id).collect()
    }

    fn facts_for_put(&self, doc: &CatalogDoc) -> (BTreeSet<EntryId>, Option<EntryId>, bool) {
        let known = doc.references().into_iter().map(|(_, id)| id).filter(|id| self.in_use(*id)).collect();
        let key = doc.unique_key();
        let taken_by = self.by_unique(doc.id().kind(), &key).map(|e| e.doc.id());
        (known, taken_by, self.other_admin(doc.id()))
    }

    fn other_admin(&self, than: EntryId) -> bool {
        self.admins().into_iter().any(|id| EntryId::Person(id) != than)
    }

    fn used_by(&self, id: EntryId) -> Vec<String> {
        self.entries
            .values()
            .filter(|(_, e)| !e.archived && e.doc.references().iter().any(|(_, r)| *r == id))
            .map(|(_, e)| format!("{} {}", e.doc.id().kind(), e.doc.name()))
            .collect()
    }
}

/// The snapshot that everybody on this node shares.
#[derive(Default)]
pub struct CatalogCache(RwLock<Arc<Catalog>>);

impl CatalogCache {
    /// The current view.
    pub fn now(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.read())
    }

    fn exchange(&self, catalog: Catalog) {
        *self.0.write() = Arc::new(catalog);
    }
}

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
    /// Reads the catalogue anew from the store.
    pub async fn reload_catalog(&self) -> AppResult<()> {
        let entries = self.store.entries().await?;
        self.catalog.exchange(Catalog::new(entries));
        Ok(())
    }

    /// Makes or changes an entry as a whole.
    pub async fn put_entry(&self, actor: &Actor, doc: CatalogDoc, origin: Origin) -> AppResult<()> {
        self.put_entry_with(actor, doc, origin, None, None, Vec::new()).await
    }

    /// As [`App::put_entry`], with what the file says, the version the caller has seen, and side writes.
    pub async fn put_entry_with(
        &self,
        actor: &Actor,
        doc: CatalogDoc,
        origin: Origin,
        file_base: Option<CatalogDoc>,
        seen_version: Option<u64>,
        side: Vec<SideWrite>,
    ) -> AppResult<()> {
        let id = doc.id();
        if let Some(seen) = seen_version
            && seen != self.catalog.now().version(id)
        {
            return Err(AppError::Conflict);
        }
        self.change_entry(actor, id, side, |catalog| {
            let (known, taken_by, other_admin) = catalog.facts_for_put(&doc);
            CatalogCommand::Put {
                doc: Box::new(doc.clone()),
                origin,
                file_base: file_base.clone().map(Box::new),
                known,
                taken_by,
                other_admin,
            }
        })
        .await
    }

    /// Takes an entry out of use. A person's sessions and tokens end with it (R43).
    pub async fn archive_entry(&self, actor: &Actor, id: EntryId) -> AppResult<()> {
        let mut side = Vec::new();
        if let EntryId::Person(person_id) = id {
            side.push(SideWrite::SessionsEnd { person_id, except: None });
        }
        self.change_entry(actor, id, side, |catalog| CatalogCommand::Archive {
            used_by: catalog.used_by(id),
            other_admin: catalog.other_admin(id),
        })
        .await
    }

    /// Puts an archived entry into use again.
    pub async fn restore_entry(&self, actor: &Actor, id: EntryId) -> AppResult<()> {
        self.change_entry(actor, id, Vec::new(), |_| CatalogCommand::Restore).await
    }

    /// Notes something about an entry that is not part of its content, together with side writes.
    pub async fn audit_entry(
        &self,
        actor: &Actor,
        id: EntryId,
        what: &str,
        detail: Option<String>,
        side: Vec<SideWrite>,
    ) -> AppResult<()> {
        let command = CatalogCommand::Audit { what: what.to_owned(), detail };
        self.change_entry(actor, id, side, |_| command.clone()).await
    }

    async fn change_entry(
        &self,
        actor: &Actor,
        id: EntryId,
        side: Vec<SideWrite>,
        command: impl Fn(&Catalog) -> CatalogCommand,
    ) -> AppResult<()> {
        let aggregate = AggregateId::Entry(id);
        for _ in 0..MAX_TRIES {
            let ctx = self.ctx(actor.clone());
            let loaded = self.store.load(&[aggregate]).await?.pop();
            let entry = match loaded.as_ref().map(|l| &l.state) {
                Some(State::Entry(entry)) => Some((**entry).clone()),
                _ => None,
            };
            let events = decide(entry.as_ref(), &command(&self.catalog.now()), &ctx)?;
            let mut unit = Unit::new(ctx);
            unit.adopt(loaded);
            unit.record(aggregate, None, events.into_iter().map(Event::Entry).collect());
            unit.side(side.clone());
            match self.commit(Lane::Timeline, unit).await {
                Err(AppError::Conflict) => self.reload_catalog().await?,
                other => {
                    other?;
                    return self.reload_catalog().await;
                }
            }
        }
        Err(AppError::Conflict)
    }

    /// Makes an integration key for a service; the secret is returned once and never again (R42).
    pub async fn create_key(
        &self,
        actor: &Actor,
        service_id: ServiceId,
        format: SourceFormat,
        name: &str,
    ) -> AppResult<(KeyId, NewSecret)> {
        let ctx: Ctx = self.ctx(actor.clone());
        let secret = self.key_secret();
        let key = IntegrationKey {
            id: ctx.ids.fresh(),
            name: hansei_domain::text::Name::parse("name", name).map_err(Refusal::from)?,
            service_id,
            format,
            hashes: vec![secret.hash(ctx.now)],
        };
        let id = key.id;
        self.put_entry(actor, CatalogDoc::Key(key), Origin::Screen).await?;
        Ok((id, secret))
    }

    /// Gives a key a new secret; the old ones stay accepted for `overlap_secs`.
    pub async fn rotate_key(&self, actor: &Actor, id: KeyId, overlap_secs: u32) -> AppResult<NewSecret> {
        let now = self.clock.now();
        let catalog = self.catalog.now();
        let mut key = catalog.key(id).cloned().ok_or(Refusal::NotFound("key"))?;
        let until = hansei_domain::plus_secs(now, overlap_secs.min(30 * 86_400));
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
        self.put_entry(actor, CatalogDoc::Key(key), Origin::Screen).await?;
        Ok(secret)
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

    fn hash(&self, now: Timestamp) -> hansei_domain::catalog::KeyHash {
        hansei_domain::catalog::KeyHash {
            sha256: self.sha256.clone(),
            hint: self.hint.clone(),
            created_at: now,
            expires_at: None,
        }
    }
}
