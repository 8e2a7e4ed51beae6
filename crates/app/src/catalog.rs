//! The catalogue as one shared snapshot, and the use-cases that change it.
//!
//! The catalogue is small and read by every decision, so each node holds all of it in memory and exchanges the whole
//! snapshot when an entry changes. On one node the exchange happens before the commit returns to the caller; on
//! several, the tail of the journal brings it within a fraction of a second.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Role};
use hansei_domain::catalog::{
    CatalogCommand, CatalogDoc, Component, Entry, EntryId, IntegrationKey, Origin, Person, Pod, Product,
    Service, Settings, Team, decide, self_test,
};
use hansei_domain::ids::{ComponentId, KeyId, PersonId, PodId, ProductId, ServiceId, TeamId};
use hansei_domain::incident::{Roster, RosterPerson};
use hansei_domain::journal::{AggregateId, Event, State};
use parking_lot::RwLock;

use crate::error::{AppError, AppResult};
use crate::ports::{Lane, Loaded, MetaExpect, SideWrite};
use crate::unit::Unit;
use crate::{App, MAX_TRIES};

/// The stored count of changes of people.
const PEOPLE_CHANGES: &str = "people_changes";

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

    /// The chosen fallback people, or all admins if none was chosen or none of them can be reached (R15).
    fn fallback(&self) -> Vec<PersonId> {
        let chosen = self.settings().map(|s| s.fallback.clone()).unwrap_or_default();
        let reachable = |id: &PersonId| {
            self.in_use(EntryId::Person(*id)) && self.person(*id).is_some_and(|p| !p.contacts.is_empty())
        };
        if chosen.iter().any(reachable) { chosen } else { self.admins() }
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

    /// Entries in use that refer to this one.
    pub fn users_of(&self, id: EntryId) -> Vec<&CatalogDoc> {
        let refers = |e: &&Entry| !e.archived && e.doc.references().iter().any(|(_, r)| *r == id);
        self.entries.values().map(|(_, e)| e).filter(refers).map(|e| &e.doc).collect()
    }

    fn used_by(&self, id: EntryId) -> Vec<String> {
        self.users_of(id).iter().map(|doc| format!("{} {}", doc.id().kind(), doc.name())).collect()
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
        let side = self.with_consequences(&doc, side);
        self.change_entry(actor, id, seen_version, side, |catalog| {
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

    /// A person whose role changes has to sign in again, so that no open page goes on with the old one (R43).
    fn with_consequences(&self, doc: &CatalogDoc, mut side: Vec<SideWrite>) -> Vec<SideWrite> {
        if let CatalogDoc::Person(person) = doc
            && self.catalog.now().person(person.id).is_some_and(|before| before.role != person.role)
        {
            side.push(SideWrite::SessionsEnd { person_id: person.id, except: None });
        }
        side
    }

    /// Takes an entry out of use. A person's sessions and tokens end with it (R43).
    pub async fn archive_entry(&self, actor: &Actor, id: EntryId) -> AppResult<()> {
        let mut side = Vec::new();
        if let EntryId::Person(person_id) = id {
            side.push(SideWrite::SessionsEnd { person_id, except: None });
        }
        self.change_entry(actor, id, None, side, |catalog| CatalogCommand::Archive {
            used_by: catalog.used_by(id),
            other_admin: catalog.other_admin(id),
        })
        .await
    }

    /// Puts an archived entry into use again.
    pub async fn restore_entry(&self, actor: &Actor, id: EntryId) -> AppResult<()> {
        self.change_entry(actor, id, None, Vec::new(), |_| CatalogCommand::Restore).await
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
        self.change_entry(actor, id, None, side, |_| command.clone()).await
    }

    /// Changes of people exclude each other: two admins who take each other's role away at the same moment would both
    /// find another admin there (F52). Whoever comes second looks again.
    async fn one_at_a_time(&self, id: EntryId) -> AppResult<Option<SideWrite>> {
        let EntryId::Person(_) = id else { return Ok(None) };
        let before = self.store.meta(PEOPLE_CHANGES).await?;
        let count = before.as_deref().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let expect = before.map_or(MetaExpect::Absent, MetaExpect::Value);
        let value = Some((count + 1).to_string());
        // Decided on nothing older than that count.
        self.reload_catalog().await?;
        Ok(Some(SideWrite::Meta { name: PEOPLE_CHANGES.into(), value, expect }))
    }

    /// `seen` refuses to overwrite what the caller has not seen; it is compared in every try, so that nothing slips in
    /// between looking and committing.
    async fn change_entry(
        &self,
        actor: &Actor,
        id: EntryId,
        seen: Option<u64>,
        side: Vec<SideWrite>,
        command: impl Fn(&Catalog) -> CatalogCommand,
    ) -> AppResult<()> {
        let aggregate = AggregateId::Entry(id);
        for _ in 0..MAX_TRIES {
            let turn = self.one_at_a_time(id).await?;
            let ctx = self.ctx(actor.clone());
            let loaded = self.store.load(&[aggregate]).await?.pop();
            let version = loaded.as_ref().map_or(0, |l| l.version);
            if seen.is_some_and(|seen| seen != version) {
                self.reload_catalog().await?;
                return Err(AppError::Conflict);
            }
            let entry = match loaded.as_ref().map(|l| &l.state) {
                Some(State::Entry(entry)) => Some((**entry).clone()),
                _ => None,
            };
            let events = decide(entry.as_ref(), &command(&self.catalog.now()), &ctx)?;
            let mut unit = Unit::new(ctx);
            unit.adopt(loaded);
            unit.record(aggregate, None, events.into_iter().map(Event::Entry).collect());
            unit.side(side.clone());
            unit.side(turn.into_iter().collect());
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
}
