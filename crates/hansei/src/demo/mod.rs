//! `hansei demo`: Hansei with something true to show.
//!
//! It is the ordinary `serve`, on the embedded database, plus: an organisation, four real incidents with their exact
//! times (all of it created through the public API, as anybody could), a mailbox that catches every mail, and a small
//! world whose alerts keep moving.
//!
//! It acts in an admin's name and takes incidents, so it works in a store of its own only: a store is marked as a
//! demonstration before anything else is in it, and one without the mark is refused.

mod history;
mod living;
mod mailbox;
mod memory;

use std::net::SocketAddr;
use std::path::Path;

use hansei_app::ports::{Commit, Lane, MetaExpect, SideWrite, Store, StoreError};
use hansei_app::words::LOCALES;
use hansei_domain::Timestamp;
use serde_json::json;

use crate::cli::Remote;
use crate::client::Client;
use crate::options::Options;
use crate::output::{Failure, say};
use crate::serve::{self, Running};
use crate::wiring;
use memory::Memory;

/// The organisation, as a file that `hansei apply` takes.
const ORGANISATION: &str = include_str!("organisation.toml");
/// The address of the demonstration's admin.
const ADMIN: &str = "admin@demo.example";
/// The named value that marks a store as a demonstration: how far it is furnished.
const MARK: &str = "demo";
/// The import has begun.
const IMPORTING: &str = "importing";
/// All is there.
const READY: &str = "ready";

/// `hansei demo`
pub async fn run(options: Box<Options>) -> Result<(), Failure> {
    let mut options = options.with_file()?;
    options.log = Some(options.log.unwrap_or_else(|| "warn".into()));
    options.canary_secs = Some(options.canary_secs.unwrap_or(60));
    options.data_dir = Some(options.data_dir.unwrap_or_else(|| "hansei-demo".into()));
    serve::init_log(&options)?;
    own_store(&options).await?;
    let letters = options.data_dir().join("mail");
    if options.smtp_url.is_none() {
        let address = mailbox::start(&letters).await?;
        options.smtp_url = Some(format!("smtp+plain://{address}"));
        options.mail_from = Some(options.mail_from.unwrap_or_else(|| "Hansei <hansei@demo.example>".into()));
    }
    let running = serve::start(&options).await?;
    let url = format!("http://{}", local(running.address));
    let mut memory = Memory::open(&options.data_dir());
    let (client, secret) = admin(&running, &url, &mut memory).await?;
    furnish(&running, &client, &options.data_dir()).await?;
    let living = tokio::spawn(living::run(client, memory));
    let stopped = serve::stopped_from_outside()?;
    say(format!("hansei ready at {url}"));
    say("");
    say(format!("  sign in as  {ADMIN}"));
    say(format!("  password    {secret}"));
    say(format!("  mails       {}", letters.display()));
    say(format!("  languages   {} (in your settings)", LOCALES.join(", ")));
    say("");
    say("Ctrl-C ends it.");
    stopped.await;
    living.abort();
    running.stop().await
}

/// Makes sure that the store is a demonstration's, and marks one in which there is nothing.
async fn own_store(options: &Options) -> Result<(), Failure> {
    if options.database_url.is_some() {
        let why = "database_url: the demonstration works on the embedded database only (HANSEI_DATABASE_URL is read, too)";
        return Err(Failure::Usage(why.into()));
    }
    let (data_dir, world) = (options.data_dir(), wiring::world());
    let store = wiring::open_store(&data_dir, None, &world).await?;
    let claimed = claim(&*store, world.0.now()).await;
    store.close().await;
    if claimed.map_err(|e| Failure::Unreachable(e.to_string()))? {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "{} holds a store that is no demonstration, and nothing in it is touched; give --data-dir a new folder, or \
         delete this one if it is a demonstration of an earlier release",
        data_dir.display()
    )))
}

async fn claim(store: &dyn Store, now: Timestamp) -> Result<bool, StoreError> {
    if store.meta(MARK).await?.is_some() {
        return Ok(true);
    }
    if store.last_seq().await? > 0 {
        return Ok(false);
    }
    mark(store, now, IMPORTING, MetaExpect::Absent).await?;
    Ok(true)
}

async fn mark(store: &dyn Store, now: Timestamp, how: &str, expect: MetaExpect) -> Result<(), StoreError> {
    let write = SideWrite::Meta { name: MARK.into(), value: Some(how.into()), expect };
    let commit = Commit { at: Some(now), side: vec![write], ..Commit::default() };
    store.commit(Lane::Timeline, commit).await.map(|_| ())
}

/// The admin of the last start, if their secret still opens the door; else one with a new secret.
async fn admin(running: &Running, url: &str, memory: &mut Memory) -> Result<(Client, String), Failure> {
    let client = |secret: &str| Client::new(&Remote { url: Some(url.into()), token: Some(secret.into()) });
    if let Some(secret) = memory.said.secret.clone() {
        let known = client(&secret)?;
        if known.get("/incidents?limit=1").await.is_ok() {
            return Ok((known, secret));
        }
    }
    let made = running.app.console_admin(ADMIN, Some("Demo Admin"), "Nordlicht Services").await;
    let secret = made.map_err(|e| Failure::Refused(e.to_string()))?.secret;
    memory.said.secret = Some(secret.clone());
    memory.keep()?;
    Ok((client(&secret)?, secret))
}

/// Brings in organisation and history, once; what was cut off goes on where it ended.
async fn furnish(running: &Running, client: &Client, data_dir: &Path) -> Result<(), Failure> {
    let store = &*running.app.store;
    let failed = |e: StoreError| Failure::Unreachable(e.to_string());
    if store.meta(MARK).await.map_err(failed)?.as_deref() == Some(READY) {
        return Ok(());
    }
    let import = async {
        client.post("/apply", &json!({"document": ORGANISATION, "force": true})).await?;
        history::import(client).await
    };
    import.await.map_err(|failure| {
        let hint = format!("; delete {} and start anew", data_dir.display());
        Failure::Refused(format!(
            "the demonstration's data could not be brought in: {}{hint}",
            failure.text()
        ))
    })?;
    mark(store, running.app.clock.now(), READY, MetaExpect::Any).await.map_err(failed)
}

/// An address that this machine can dial, also if Hansei listens on all of them.
fn local(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
    }
    address
}
