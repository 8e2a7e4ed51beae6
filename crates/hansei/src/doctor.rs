//! `hansei doctor`: checks what `serve` needs, says what is wrong and how to mend it.
//!
//! It changes nothing: no folder, no store and no migration is made, so that it may run as anybody, before the first
//! start as well as beside a running Hansei. The options are read by the same code as `serve` reads them.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use hansei_domain::Timestamp;
use rustix::fs::Access;
use serde_json::json;
use tokio::net::UnixStream;

use crate::maintenance::refused;
use crate::options::Options;
use crate::output::{Failure, Output};
use crate::settings;
use crate::wiring::{self, control, outside};

/// Less free space than this is too little for a night, MiB.
const LEAST_MIB: u64 = 1024;

struct Finding {
    what: &'static str,
    good: bool,
    text: String,
}

fn good(what: &'static str, text: impl Into<String>) -> Finding {
    Finding { what, good: true, text: text.into() }
}

fn bad(what: &'static str, text: impl Into<String>) -> Finding {
    Finding { what, good: false, text: text.into() }
}

/// `hansei doctor`
pub async fn run(options: Box<Options>, output: Output) -> Result<(), Failure> {
    let options = options.with_file()?;
    // A running Hansei holds addresses and store; that is as it should be.
    let ours = UnixStream::connect(control::socket_path(&options.data_dir())).await.is_ok();
    let mut findings = configuration(&options);
    findings.extend(public_url(&options));
    findings.push(store(&options, ours).await);
    findings.push(disk(&options));
    findings.push(listen("address", options.listen(), ours));
    findings.push(clock());
    findings.push(mail(&options).await);
    findings.extend(options.reply_listen.map(|address| listen("replies", address, ours)));
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|f| vec![f.what.to_owned(), if f.good { "good" } else { "bad" }.to_owned(), f.text.clone()])
        .collect();
    let list: Vec<_> =
        findings.iter().map(|f| json!({"check": f.what, "good": f.good, "text": f.text})).collect();
    output.rows(&["check", "state", "what was found"], &rows, &json!(list));
    let bad = findings.iter().filter(|f| !f.good).count();
    if bad == 0 {
        Ok(())
    } else {
        Err(Failure::Refused(format!("{bad} of {} checks failed", findings.len())))
    }
}

fn configuration(options: &Options) -> Vec<Finding> {
    let wrong = settings::problems(options);
    if wrong.is_empty() {
        return vec![good("configuration", "readable, no unknown keys, every option can be used")];
    }
    wrong.into_iter().map(|text| bad("configuration", text)).collect()
}

/// A wrong one is among the configuration's findings.
fn public_url(options: &Options) -> Option<Finding> {
    let url = options.public_url(options.listen()).ok()?;
    let hint = "set public_url, so that links in pages lead to you from everywhere";
    Some(match &options.public_url {
        Some(_) => good("public address", url),
        None if options.listen().ip().is_unspecified() => {
            bad("public address", format!("{url} is an address that nobody can open: {hint}"))
        }
        None => good("public address", format!("{url} ({hint})")),
    })
}

async fn store(options: &Options, ours: bool) -> Finding {
    let what = "store";
    let place = options.place();
    if place.database_url.is_none() && hansei_store::is_locked(&place.data_dir) {
        return match ours {
            true => good(what, "in use by a running Hansei, which answers"),
            false => bad(
                what,
                "locked by a process that does not answer; if it is no Hansei that is starting, end it",
            ),
        };
    }
    let looked = wiring::store_options(&place.data_dir, place.database_url.as_deref(), &wiring::world());
    match hansei_store::look(&looked).await.map_err(refused) {
        Ok(Some(entries)) => good(what, format!("there, {entries} journal entries")),
        Ok(None) if place.database_url.is_some() => {
            good(what, "the database answers; tables are made at the first start")
        }
        Ok(None) => not_yet(what, &place.data_dir),
        Err(failure) => bad(what, failure.text()),
    }
}

/// A store that is not there yet can be made if the folder, or the nearest one above it, may be written to.
fn not_yet(what: &'static str, data_dir: &Path) -> Finding {
    let above = nearest(data_dir);
    match rustix::fs::access(&above, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => good(what, format!("not there yet; can be made in {}", data_dir.display())),
        Err(error) => {
            bad(what, format!("not there yet, and nothing can be made in {}: {error}", above.display()))
        }
    }
}

/// The folder itself, or the nearest one above it that exists.
fn nearest(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

fn disk(options: &Options) -> Finding {
    let (what, dir) = ("disk", nearest(&options.data_dir()));
    match rustix::fs::statvfs(&dir) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize) / (1024 * 1024);
            let text = format!("{free} MiB free in {}", dir.display());
            if free >= LEAST_MIB {
                good(what, text)
            } else {
                bad(what, format!("{text}; at least {LEAST_MIB} are needed"))
            }
        }
        Err(error) => bad(what, format!("{}: {error}", dir.display())),
    }
}

fn listen(what: &'static str, address: SocketAddr, ours: bool) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => good(what, format!("{address} is free")),
        Err(error) if ours && error.kind() == std::io::ErrorKind::AddrInUse => {
            good(what, format!("{address} is taken, by the running Hansei"))
        }
        Err(error) => bad(what, format!("{address}: {error}")),
    }
}

fn clock() -> Finding {
    let (clock, _) = wiring::world();
    let now = clock.now();
    let built: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let text = now.to_string();
    if now > built {
        good("clock", text)
    } else {
        bad("clock", format!("{text} lies before Hansei was built"))
    }
}

async fn mail(options: &Options) -> Finding {
    let what = "mail";
    match outside::smtp_sender(options) {
        Ok(Some(sender)) => match sender.probe().await {
            Ok(()) => good(what, "the mail server answers"),
            Err(error) => bad(what, format!("the mail server: {error}")),
        },
        Ok(None) => bad(what, "smtp_url is not set: nobody can be told by mail"),
        Err(failure) => bad(what, failure.text()),
    }
}
