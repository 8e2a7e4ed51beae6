//! One use-case, once, safely: load, decide, commit, wake; and the ports that the outside fills.
//!
//! Everything that changes goes through a [`unit::Unit`]: facts are loaded, the domain decides, and events, states,
//! deadlines and outbox are committed in one transaction. On a version conflict it is loaded and decided again, a
//! bounded number of times. The reconcilers ([`decide`], [`due`], [`deliver`], [`audit`]) take no input and may be
//! called at any time, by any node, any number of times.

pub mod answers;
pub mod audit;
pub mod auth;
pub mod canary;
pub mod catalog;
pub mod decide;
pub mod deliver;
pub mod due;
pub mod error;
pub mod health;
pub mod incidents;
pub mod intake;
mod kept;
pub mod keys;
pub mod known;
pub mod live;
pub mod people;
pub mod places;
pub mod plan;
pub mod ports;
pub mod reading;
pub mod rehearse;
pub mod respond;
pub mod secret;
pub mod steady;
pub mod trial;
mod undecidable;
pub mod unit;
pub mod words;

use std::sync::Arc;

use hansei_domain::Ctx;
use hansei_domain::access::Actor;
use hansei_domain::ids::IdSeed;
use tokio::sync::Notify;

pub use error::{AppError, AppResult};

use catalog::CatalogCache;
use ports::{Committed, Lane, MetaExpect, Senders, SharedClock, SharedIds, SideWrite, Store};
use secret::LinkSigner;
use unit::Unit;
use words::Words;

/// How many times a use-case decides anew after a conflict.
pub const MAX_TRIES: usize = 12;

/// What the installation knows about itself.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// How people reach it: `https://hansei.example.org`, without a slash at the end.
    pub public_url: String,
    /// How long a node may take for one attempt before others may repeat it, seconds.
    pub lease_secs: u32,
    /// How often the canary walks, seconds; 0 = never.
    pub canary_secs: u32,
}

/// Nudges for the reconcilers: losing one costs time, never work.
#[derive(Default)]
pub struct Wake {
    /// There may be something to send.
    pub deliver: Notify,
    /// A deadline may have come nearer.
    pub due: Notify,
    /// The journal has grown.
    pub live: Notify,
    /// The self-test's person was told.
    pub canary: Notify,
}

/// The use-cases, over the ports.
pub struct App {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub ids: SharedIds,
    /// Ways of telling people.
    pub senders: Senders,
    /// The catalogue as this node sees it.
    pub catalog: CatalogCache,
    /// Signs the tokens in pages.
    pub links: LinkSigner,
    /// Words for people.
    pub words: Arc<Words>,
    /// What the installation knows about itself.
    pub config: AppConfig,
    /// Nudges.
    pub wake: Wake,
    /// The tail of the journal, for streams.
    pub live: live::Live,
    /// The last payloads by key, for the set-up pages.
    pub samples: intake::Samples,
    /// How the canary fares.
    pub canary: canary::CanaryState,
    /// Repeats of alerts that are known to fire.
    pub known: known::Known,
    /// The number this process gave itself at its start.
    pub(crate) boot: u64,
    /// Since when senders are heard, and whether the clock was set.
    pub(crate) steady: steady::Steady,
    /// What the last self-audit found.
    pub audit: audit::AuditState,
    /// Places for attempts.
    pub places: places::Places,
    /// Deadlines that could not be decided.
    pub(crate) undecidable: undecidable::Undecidable,
    /// How the reconcilers of this node fare.
    pub health: health::Health,
    /// The signal that cannot be decided because of conflicts, if there is one.
    pub(crate) stuck: decide::Stuck,
    /// Counts tries of passwords.
    pub(crate) tries: auth::Tries,
}

/// The name of the stored secret that signs links.
const LINK_SECRET: &str = "link_secret";

impl App {
    /// Opens the use-cases over a store: reads or makes the installation's link secret, makes the self-test's
    /// entries, and reads the catalogue.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: SharedClock,
        ids: SharedIds,
        senders: Senders,
        words: Arc<Words>,
        config: AppConfig,
    ) -> AppResult<Arc<Self>> {
        let links = LinkSigner::new(link_secret(&*store, &clock, &ids).await?);
        if store.is_only_writer() {
            store.release_claims().await?;
        }
        let last_seq = store.last_seq().await?;
        let now = clock.now();
        // The random half of an id.
        let boot = (ids.fresh(now) >> 16) as u64;
        let steady = steady::Steady::new(now, clock.monotonic_nanos());
        let known = known::Known::new(store.is_only_writer());
        let places = places::Places::new(&senders);
        let app = Arc::new(Self {
            store,
            clock,
            ids,
            senders,
            catalog: CatalogCache::default(),
            links,
            words,
            config,
            wake: Wake::default(),
            live: live::Live::new(last_seq),
            samples: intake::Samples::default(),
            canary: canary::CanaryState::default(),
            known,
            boot,
            steady,
            audit: audit::AuditState::default(),
            places,
            undecidable: undecidable::Undecidable::default(),
            health: health::Health::default(),
            stuck: decide::Stuck::default(),
            tries: auth::Tries::default(),
        });
        app.reload_catalog().await?;
        app.ensure_self_test().await?;
        Ok(app)
    }

    /// A context for one decision.
    pub fn ctx(&self, actor: Actor) -> Ctx {
        let now = self.clock.now();
        Ctx::new(now, actor, IdSeed::new(self.ids.fresh(now)))
    }

    /// Commits a unit and nudges whoever has something to do now.
    pub async fn commit(&self, lane: Lane, unit: Unit) -> AppResult<Option<Committed>> {
        // Until this is stored and known, no signal may be taken for a repeat of what it ends.
        let _changing = unit.ends_alerts().then(|| self.known.change());
        self.commit_decided(lane, unit).await
    }

    /// As [`App::commit`], for what was decided from the inbox: its signals are still counted as waiting.
    pub(crate) async fn commit_decided(&self, lane: Lane, unit: Unit) -> AppResult<Option<Committed>> {
        if unit.is_empty() {
            return Ok(None);
        }
        let commit = unit.into_commit();
        let (sends, grows) = (!commit.outbox.is_empty(), !commit.changes.is_empty());
        let done = self.store.commit(lane, commit).await;
        match &done {
            Err(ports::StoreError::Unavailable(_)) => self.steady.failed(),
            _ => self.steady.worked(self.clock.monotonic_nanos()),
        }
        let done = done?;
        if sends {
            self.wake.deliver.notify_one();
        }
        if grows {
            self.wake.due.notify_one();
            self.wake.live.notify_one();
        }
        Ok(Some(done))
    }
}

/// Reads the installation's link secret, or makes it; two nodes that start at once agree on one.
async fn link_secret(store: &dyn Store, clock: &SharedClock, ids: &SharedIds) -> AppResult<[u8; 32]> {
    for _ in 0..MAX_TRIES {
        if let Some(text) = store.meta(LINK_SECRET).await? {
            return secret::from_hex(&text)
                .ok_or_else(|| AppError::Bug("the stored link secret is damaged".into()));
        }
        let write = SideWrite::Meta {
            name: LINK_SECRET.into(),
            value: Some(secret::hex(&ids.secret())),
            expect: MetaExpect::Absent,
        };
        let commit = ports::Commit { at: Some(clock.now()), side: vec![write], ..ports::Commit::default() };
        match store.commit(Lane::Timeline, commit).await {
            Ok(_) | Err(ports::StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict)
}
