//! Backup, restore and verify: with progress for people, through a running Hansei where one holds the store.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::StoreArgs;
use crate::output::{Failure, Output};
use crate::wiring::control::{self, Request};
use crate::wiring::{open_store, open_store_to_verify, store_options, world};

fn bar(output: Output, what: &str) -> ProgressBar {
    if !output.is_for_people() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar
}

fn show(bar: &ProgressBar) -> impl Fn(u64, u64) + Send + Sync {
    let bar = bar.clone();
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}

/// `hansei backup`
pub async fn backup(store: StoreArgs, to: &Path, output: Output) -> Result<(), Failure> {
    let to = std::path::absolute(to).map_err(|e| Failure::Usage(format!("{}: {e}", to.display())))?;
    let request = Request::Backup { to: to.clone() };
    let bar = bar(output, "backing up");
    if control::ask(&store.data_dir, &request).await?.is_none() {
        let opened = open_store(&store.data_dir, store.database_url.as_deref(), &world()).await?;
        let done = opened.backup(&to, &show(&bar)).await;
        opened.close().await;
        done.map_err(|e| Failure::Refused(e.to_string()))?;
    }
    bar.finish_and_clear();
    let place = to.display().to_string();
    output.done(&format!("Backed up to {place}"), &place, &json!({"to": place}));
    Ok(())
}

/// `hansei restore`
pub async fn restore(from: &Path, store: StoreArgs, output: Output) -> Result<(), Failure> {
    let world = world();
    let bar = bar(output, "verifying");
    let options = store_options(&store.data_dir, store.database_url.as_deref(), &world);
    hansei_store::restore(from, &options).await.map_err(|e| Failure::Refused(e.to_string()))?;
    let opened = open_store(&store.data_dir, store.database_url.as_deref(), &world).await?;
    let found = opened.verify(&show(&bar)).await;
    opened.close().await;
    bar.finish_and_clear();
    let found = found.map_err(|e| Failure::Refused(e.to_string()))?;
    if found.findings.is_empty() {
        let sentence =
            format!("Restored and verified: {} entries, {} aggregates", found.entries, found.aggregates);
        output.done(&sentence, "ok", &json!(found));
        Ok(())
    } else {
        Err(Failure::Refused(format!("restored, but it does not verify:\n{}", found.findings.join("\n"))))
    }
}

/// `hansei verify`
pub async fn verify(store: StoreArgs, output: Output) -> Result<(), Failure> {
    let bar = bar(output, "verifying");
    let found: Value = match control::ask(&store.data_dir, &Request::Verify).await? {
        Some(text) => serde_json::from_str(&text).map_err(|e| Failure::Unreachable(e.to_string()))?,
        None => {
            let opened =
                open_store_to_verify(&store.data_dir, store.database_url.as_deref(), &world()).await?;
            let found = opened.verify(&show(&bar)).await;
            opened.close().await;
            json!(found.map_err(|e| Failure::Refused(e.to_string()))?)
        }
    };
    bar.finish_and_clear();
    let findings: Vec<&str> =
        found["findings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if findings.is_empty() {
        let sentence = format!(
            "{} entries, {} aggregates: the hash chain holds and folding gives the stored state",
            found["entries"], found["aggregates"]
        );
        output.done(&sentence, "ok", &found);
        Ok(())
    } else {
        Err(Failure::Refused(findings.join("\n")))
    }
}
