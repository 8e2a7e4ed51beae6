//! A store under test, with a clock that stands still until it is moved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};

use hansei_app::ports::{Clock, Ids, Store};
use hansei_store::{LeaseClock, OpenOptions};
use jiff::Timestamp;

/// 2026-03-01T12:00:00Z.
pub const START: i64 = 1_772_366_400_000_000;

/// A clock that is moved by hand.
pub struct FakeClock(AtomicI64);

impl FakeClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START)))
    }

    pub fn advance_secs(&self, secs: i64) {
        self.0.fetch_add(secs * 1_000_000, SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(SeqCst)).unwrap()
    }

    fn monotonic_nanos(&self) -> u64 {
        self.0.load(SeqCst) as u64 * 1_000
    }
}

/// Ids in order; distinct in every process, so that runs do not meet in one database.
pub struct CountedIds(AtomicU64);

impl CountedIds {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1)))
    }
}

impl Ids for CountedIds {
    fn fresh(&self, now: Timestamp) -> u128 {
        let millis = now.as_millisecond() as u128;
        (millis << 80) | (u128::from(self.0.fetch_add(1, SeqCst)) << 32)
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [7; 32];
        secret[..8].copy_from_slice(&self.0.fetch_add(1, SeqCst).to_be_bytes());
        secret[8..12].copy_from_slice(&std::process::id().to_be_bytes());
        secret
    }

    fn jitter(&self) -> u8 {
        0
    }
}

/// A folder of this test's own, removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("hansei-store-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the store of a harness lives.
enum Place {
    Memory,
    Sqlite,
    Postgres(PostgresSchema),
}

/// A store under test.
pub struct Harness {
    pub clock: Arc<FakeClock>,
    pub ids: Arc<CountedIds>,
    pub folder: Folder,
    store: Option<Arc<dyn Store>>,
    place: Place,
}

impl Harness {
    pub fn memory() -> Self {
        let clock = FakeClock::new();
        let store = hansei_store::memory(clock.clone()).unwrap();
        Self {
            clock,
            ids: CountedIds::new(),
            folder: Folder::new(),
            store: Some(store),
            place: Place::Memory,
        }
    }

    pub async fn sqlite() -> Self {
        Self::opened(Place::Sqlite).await
    }

    /// `None` only if PostgreSQL is left out on purpose.
    pub async fn postgres() -> Option<Self> {
        let schema = PostgresSchema::make().await?;
        Some(Self::opened(Place::Postgres(schema)).await)
    }

    async fn opened(place: Place) -> Self {
        let mut harness = Self {
            clock: FakeClock::new(),
            ids: CountedIds::new(),
            folder: Folder::new(),
            store: None,
            place,
        };
        harness.store = Some(hansei_store::open(&harness.options()).await.unwrap());
        harness
    }

    pub fn store(&self) -> &dyn Store {
        &**self.store.as_ref().unwrap()
    }

    pub fn shared(&self) -> Arc<dyn Store> {
        Arc::clone(self.store.as_ref().unwrap())
    }

    /// What this store is opened with (for memory: what its restored backup is opened with).
    pub fn options(&self) -> OpenOptions {
        let mut options = OpenOptions::sqlite(self.folder.join("data"), self.clock.clone(), self.ids.clone());
        options.lease_clock = LeaseClock::Injected;
        if let Place::Postgres(schema) = &self.place {
            options.database_url = Some(schema.url());
        }
        options
    }

    /// The process dies without a word.
    pub fn die(&mut self) {
        drop(self.store.take());
    }

    /// A connection beside the store's own, as another program has it.
    pub async fn postgres_client(&self) -> tokio_postgres::Client {
        let Place::Postgres(schema) = &self.place else { unreachable!("only PostgreSQL has connections") };
        let (client, connection) =
            tokio_postgres::connect(&schema.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// The process dies without a word and comes back. A store in memory lives outside of any process.
    pub async fn crash(&mut self) {
        if !matches!(self.place, Place::Memory) {
            drop(self.store.take());
            self.store = Some(hansei_store::open(&self.options()).await.unwrap());
        }
    }

    /// Changes the database behind the store's back. A store in memory is first moved into a file.
    pub async fn tamper(&mut self, sql: &str) {
        if matches!(self.place, Place::Memory) {
            let backup = self.folder.join("moved");
            self.store().backup(&backup, &|_, _| {}).await.unwrap();
            self.place = Place::Sqlite;
            hansei_store::restore(&backup, &self.options()).await.unwrap();
        } else {
            self.store().close().await;
        }
        drop(self.store.take());
        match &self.place {
            Place::Memory => unreachable!(),
            Place::Sqlite => {
                let file = self.folder.join("data").join("hansei.db");
                rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
            }
            Place::Postgres(schema) => schema.execute(sql).await,
        }
        self.store = Some(hansei_store::open(&self.options()).await.unwrap());
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A schema of this test's own in the test database, dropped at its end.
pub struct PostgresSchema {
    base: String,
    name: String,
}

impl PostgresSchema {
    pub async fn make() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Ok(base) = std::env::var("HANSEI_TEST_POSTGRES") else {
            let skipped = std::env::var("HANSEI_SKIP_POSTGRES").is_ok_and(|v| v == "1");
            assert!(
                skipped,
                "HANSEI_TEST_POSTGRES names no PostgreSQL; HANSEI_SKIP_POSTGRES=1 leaves its cases out"
            );
            return None;
        };
        let name = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        let schema = Self { base, name };
        schema.in_base(&format!("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}", schema.name)).await;
        Some(schema)
    }

    pub fn url(&self) -> String {
        self.url_with("")
    }

    /// The address with further settings of the session.
    pub fn url_with(&self, settings: &str) -> String {
        let mark = if self.base.contains('?') { '&' } else { '?' };
        format!("{}{mark}options=-csearch_path%3D{}{settings}", self.base, self.name)
    }

    async fn run(url: &str, sql: &str) {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    pub async fn execute(&self, sql: &str) {
        Self::run(&self.url(), sql).await;
    }

    async fn in_base(&self, sql: &str) {
        Self::run(&self.base, sql).await;
    }
}

impl Drop for PostgresSchema {
    fn drop(&mut self) {
        let (base, sql) = (self.base.clone(), format!("DROP SCHEMA {} CASCADE", self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(Self::run(&base, &sql));
        });
        // A test that has failed already is told about that, not about this.
        let _ = dropped.join();
    }
}
