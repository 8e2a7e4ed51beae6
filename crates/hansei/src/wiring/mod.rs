//! Putting the parts together: store, clock, senders, words and use-cases.

pub mod canary;
pub mod clock;
pub mod control;
pub mod loops;
pub mod metrics;
pub mod outside;
mod shared_time;

use std::path::Path;
use std::sync::Arc;

use hansei_app::ports::{Senders, SharedClock, SharedIds, Store};
use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_store::OpenError;

use crate::options::Place;
use crate::output::Failure;

/// Real time and chance.
pub fn world() -> (SharedClock, SharedIds) {
    (Arc::new(clock::RealClock::new()), Arc::new(clock::RealIds::new()))
}

/// Opens the store that the arguments name. If several nodes share it, the world's clock shows its time from then on.
pub async fn open_store(
    data_dir: &Path,
    database_url: Option<&str>,
    world: &(SharedClock, SharedIds),
) -> Result<Arc<dyn Store>, Failure> {
    let store =
        hansei_store::open(&store_options(data_dir, database_url, world)).await.map_err(not_opened)?;
    shared_time::follow(&store, &world.0).await?;
    Ok(store)
}

/// Like [`open_store`], for looking whether it is in order: what was changed behind its back is left to be found.
pub async fn open_store_to_verify(
    data_dir: &Path,
    database_url: Option<&str>,
    world: &(SharedClock, SharedIds),
) -> Result<Arc<dyn Store>, Failure> {
    let options = store_options(data_dir, database_url, world).to_verify();
    hansei_store::open(&options).await.map_err(not_opened)
}

/// How the command line fails when a store is not opened: it says no, the configuration is wrong, or it is not there.
fn not_opened(error: OpenError) -> Failure {
    let text = error.to_string();
    match error {
        OpenError::InUse { .. }
        | OpenError::Unsafe(_)
        | OpenError::Damaged(_)
        | OpenError::Database(_)
        | OpenError::Backup(_)
        | OpenError::Inbox(_) => Failure::Refused(text),
        OpenError::Address(_) => Failure::Usage(text),
        OpenError::Folder { .. } | OpenError::Unreachable(_) => Failure::Unreachable(text),
    }
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
    let config =
        AppConfig { public_url: String::new(), lease_secs: hansei_app::deliver::LEASE_SECS, canary_secs: 0 };
    App::open(opened, clock, ids, Senders::default(), Arc::new(Words::built_in()), config)
        .await
        .map_err(|e| Failure::Unreachable(e.to_string()))
}
