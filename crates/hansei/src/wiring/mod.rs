//! Putting the parts together: store, clock, senders, words and use-cases.

pub mod clock;
pub mod control;
pub mod loops;
pub mod metrics;
pub mod outside;

use std::path::Path;
use std::sync::Arc;

use hansei_app::ports::{Senders, SharedClock, SharedIds, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};

use crate::options::Place;
use crate::output::Failure;

/// Real time and chance.
pub fn world() -> (SharedClock, SharedIds) {
    (Arc::new(clock::RealClock::new()), Arc::new(clock::RealIds::new()))
}

/// Opens the store that the arguments name.
pub async fn open_store(
    data_dir: &Path,
    database_url: Option<&str>,
    world: &(SharedClock, SharedIds),
) -> Result<Arc<dyn Store>, Failure> {
    hansei_store::open(&store_options(data_dir, database_url, world))
        .await
        .map_err(|e| Failure::Unreachable(e.to_string()))
}

/// What the store is opened with.
pub fn store_options(
    data_dir: &Path,
    database_url: Option<&str>,
    (clock, ids): &(SharedClock, SharedIds),
) -> hansei_store::OpenOptions {
    let (clock, ids) = (Arc::clone(clock), Arc::clone(ids));
    match database_url {
        Some(url) => hansei_store::OpenOptions::postgres(url, clock, ids).in_folder(data_dir),
        None => hansei_store::OpenOptions::sqlite(data_dir, clock, ids),
    }
}

/// Opens the use-cases without senders or reconcilers: for verbs of the console while no Hansei runs.
pub async fn open_app(store: &Place) -> Result<Arc<App>, Failure> {
    let world = world();
    let opened = open_store(&store.data_dir, store.database_url.as_deref(), &world).await?;
    let (clock, ids) = world;
    let config = AppConfig { public_url: String::new(), lease_secs: 30, canary_secs: 0 };
    App::open(opened, clock, ids, Senders::default(), Arc::new(Words::built_in()), config)
        .await
        .map_err(|e| Failure::Unreachable(e.to_string()))
}
