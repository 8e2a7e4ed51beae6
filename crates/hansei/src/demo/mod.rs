//! `hansei demo`: Hansei with something true to show.
//!
//! It is the ordinary `serve`, on the embedded database, plus: an organisation, four real incidents with their exact
//! times (all of it created through the public API, as anybody could), a mailbox that catches every mail, and a small
//! world whose alerts keep moving.

mod history;
mod living;
mod mailbox;

use std::net::SocketAddr;

use hansei_app::words::LOCALES;
use serde_json::json;

use crate::cli::Remote;
use crate::client::Client;
use crate::options::Options;
use crate::output::{Failure, say};
use crate::serve;

/// The organisation, as a file that `hansei apply` takes.
const ORGANISATION: &str = include_str!("organisation.toml");
/// The address of the demonstration's admin.
const ADMIN: &str = "admin@demo.example";

/// `hansei demo`
pub async fn run(options: Box<Options>) -> Result<(), Failure> {
    let mut options = options.with_file()?;
    options.log = Some(options.log.unwrap_or_else(|| "warn".into()));
    options.canary_secs = Some(options.canary_secs.unwrap_or(60));
    options.data_dir = Some(options.data_dir.unwrap_or_else(|| "hansei-demo".into()));
    serve::init_log(&options)?;
    let letters = options.data_dir().join("mail");
    if options.smtp_url.is_none() {
        let address = mailbox::start(&letters).await?;
        options.smtp_url = Some(format!("smtp+plain://{address}"));
        options.mail_from = Some(options.mail_from.unwrap_or_else(|| "Hansei <hansei@demo.example>".into()));
    }
    let running = serve::start(&options).await?;
    let first = running.setup_url.is_some();
    let secret = running
        .app
        .console_admin(ADMIN, Some("Demo Admin"), "Nordlicht Services")
        .await
        .map_err(|e| Failure::Refused(e.to_string()))?
        .secret;
    let url = format!("http://{}", local(running.address));
    let client = Client::new(&Remote { url: url.clone(), token: Some(secret.clone()) })?;
    if first {
        client.post("/apply", &json!({"document": ORGANISATION, "force": true})).await?;
        history::import(&client).await?;
    }
    let living = tokio::spawn(living::run(client, url.clone()));
    say(format!("hansei ready at {url}"));
    say("");
    say(format!("  sign in as  {ADMIN}"));
    say(format!("  password    {secret}"));
    say(format!("  mails       {}", letters.display()));
    say(format!("  languages   {} (in your settings)", LOCALES.join(", ")));
    say("");
    say("Ctrl-C ends it.");
    serve::stopped_from_outside().await?;
    living.abort();
    running.stop().await
}

/// An address that this machine can dial, also if Hansei listens on all of them.
fn local(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
    }
    address
}
