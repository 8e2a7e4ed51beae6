//! `hansei doctor`: checks what `serve` needs, says what is wrong and how to mend it.

use std::net::TcpListener;

use hansei_domain::Timestamp;
use serde_json::json;

use crate::options::Options;
use crate::output::{Failure, Output};
use crate::wiring::{self, control, outside};

struct Finding {
    what: &'static str,
    good: bool,
    text: String,
}

/// `hansei doctor`
pub async fn run(options: Box<Options>, output: Output) -> Result<(), Failure> {
    let options = options.with_file()?;
    let mut findings =
        vec![Finding { what: "configuration", good: true, text: "readable, no unknown keys".into() }];
    findings.push(public_url(&options));
    findings.push(store(&options).await);
    findings.push(disk(&options));
    findings.push(listen(&options).await);
    findings.push(clock());
    findings.extend(outside::doctor(&options).await.into_iter().map(|(what, good, text)| Finding {
        what,
        good,
        text,
    }));
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

fn public_url(options: &Options) -> Finding {
    let what = "public address";
    match (&options.public_url, options.public_url(options.listen())) {
        (_, Err(failure)) => Finding { what, good: false, text: format!("{failure:?}") },
        (None, Ok(url)) => Finding {
            what,
            good: true,
            text: format!("{url} (set public_url, so that links in pages lead to you from everywhere)"),
        },
        (Some(_), Ok(url)) => Finding { what, good: true, text: url },
    }
}

async fn store(options: &Options) -> Finding {
    let what = "store";
    let data_dir = options.data_dir();
    if options.database_url.is_none() && hansei_store::is_locked(&data_dir) {
        let answers = tokio::net::UnixStream::connect(control::socket_path(&data_dir)).await.is_ok();
        let text =
            if answers { "in use by a running Hansei, which answers" } else { "locked, but nobody answers" };
        return Finding { what, good: answers, text: text.into() };
    }
    match wiring::open_store(&data_dir, options.database_url.as_deref(), &wiring::world()).await {
        Ok(store) => {
            let seq = store.last_seq().await;
            store.close().await;
            match seq {
                Ok(seq) => Finding {
                    what,
                    good: true,
                    text: format!("opens, durable settings, {seq} journal entries"),
                },
                Err(error) => Finding { what, good: false, text: error.to_string() },
            }
        }
        Err(Failure::Refused(text) | Failure::Usage(text) | Failure::Unreachable(text)) => {
            Finding { what, good: false, text }
        }
    }
}

fn disk(options: &Options) -> Finding {
    let what = "disk";
    let dir = options.data_dir();
    match rustix::fs::statvfs(&dir) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize) / (1024 * 1024);
            let text = format!("{free} MiB free in {}", dir.display());
            Finding { what, good: free >= 1024, text }
        }
        Err(error) => Finding { what, good: false, text: format!("{}: {error}", dir.display()) },
    }
}

async fn listen(options: &Options) -> Finding {
    let (what, address) = ("address", options.listen());
    match TcpListener::bind(address) {
        Ok(_) => Finding { what, good: true, text: format!("{address} is free") },
        Err(error) => {
            let ours =
                tokio::net::UnixStream::connect(control::socket_path(&options.data_dir())).await.is_ok();
            let text = if ours {
                format!("{address} is taken, by the running Hansei")
            } else {
                format!("{address}: {error}")
            };
            Finding { what, good: ours, text }
        }
    }
}

fn clock() -> Finding {
    let (clock, _) = wiring::world();
    let now = clock.now();
    let built: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    Finding { what: "clock", good: now > built, text: format!("{now}") }
}
