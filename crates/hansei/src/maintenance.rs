//! Backup, restore and verify: with progress for people, through a running Hansei where one holds the store.
//!
//! `backup` and `verify` look at a store that exists and never make one: a misspelt folder would verify for ever.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::StoreArgs;
use crate::options::Place;
use crate::output::{Failure, Output, say};
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

/// Something that moves while nobody can say how far it is.
fn waiting(output: Output, what: &str) -> ProgressBar {
    if !output.is_for_people() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}

fn show(bar: &ProgressBar) -> impl Fn(u64, u64) + Send + Sync {
    let bar = bar.clone();
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}

/// Refuses a place in which there is no store.
pub async fn must_exist(place: &Place) -> Result<(), Failure> {
    let options = store_options(&place.data_dir, place.database_url.as_deref(), &world());
    match hansei_store::look(&options).await.map_err(refused)? {
        Some(_) => Ok(()),
        None => Err(Failure::Refused(format!(
            "there is no store in {place}; name the right one with --data-dir, --database-url or --config"
        ))),
    }
}

/// What an error of opening means for whoever asked.
pub fn refused(error: hansei_store::OpenError) -> Failure {
    match error {
        hansei_store::OpenError::Address(_) => Failure::Usage(error.to_string()),
        hansei_store::OpenError::Unreachable(_) => Failure::Unreachable(error.to_string()),
        _ => Failure::Refused(error.to_string()),
    }
}

/// `hansei backup`
pub async fn backup(store: StoreArgs, to: &Path, output: Output) -> Result<(), Failure> {
    let place = store.place()?;
    let to = std::path::absolute(to).map_err(|e| Failure::Usage(format!("{}: {e}", to.display())))?;
    let bar = bar(output, "backing up");
    if control::ask(&place, Request::Backup { to: to.clone() }, &show(&bar)).await?.is_none() {
        must_exist(&place).await?;
        let opened = open_store(&place.data_dir, place.database_url.as_deref(), &world()).await?;
        let done = opened.backup(&to, &show(&bar)).await;
        opened.close().await;
        done.map_err(|e| Failure::Refused(e.to_string()))?;
    }
    bar.finish_and_clear();
    let to = to.display().to_string();
    output.done(&format!("Backed up to {to}"), &to, &json!({"to": to}));
    Ok(())
}

/// `hansei restore`
pub async fn restore(from: &Path, store: StoreArgs, output: Output) -> Result<(), Failure> {
    let (place, world) = (store.place()?, world());
    let options = store_options(&place.data_dir, place.database_url.as_deref(), &world);
    let copying = waiting(output, "copying the backup");
    let copied = hansei_store::restore(from, &options).await;
    copying.finish_and_clear();
    copied.map_err(|e| match e {
        hansei_store::RestoreError::Open(error) => refused(error),
        other => Failure::Refused(other.to_string()),
    })?;
    let bar = bar(output, "verifying");
    let opened = open_store(&place.data_dir, place.database_url.as_deref(), &world).await?;
    let found = opened.verify(&show(&bar)).await;
    opened.close().await;
    bar.finish_and_clear();
    let found = json!(found.map_err(|e| Failure::Refused(e.to_string()))?);
    tell(&found, "Restored and verified: {entries} entries, {aggregates} aggregates", output)
        .map_err(|failure| Failure::Refused(format!("restored, but it does not verify:\n{}", failure.text())))
}

/// `hansei verify`
pub async fn verify(store: StoreArgs, output: Output) -> Result<(), Failure> {
    let place = store.place()?;
    let bar = bar(output, "verifying");
    let found: Value = match control::ask(&place, Request::Verify, &show(&bar)).await? {
        Some(text) => serde_json::from_str(&text).map_err(|e| Failure::Unreachable(e.to_string()))?,
        None => {
            must_exist(&place).await?;
            let opened =
                open_store_to_verify(&place.data_dir, place.database_url.as_deref(), &world()).await?;
            let found = opened.verify(&show(&bar)).await;
            opened.close().await;
            json!(found.map_err(|e| Failure::Refused(e.to_string()))?)
        }
    };
    bar.finish_and_clear();
    let good =
        "{entries} entries, {aggregates} aggregates: the hash chain holds and folding gives the stored state";
    tell(&found, good, output)
}

/// Tells what verifying found. Machines get all of it, most of all when something is wrong.
fn tell(found: &Value, good: &str, output: Output) -> Result<(), Failure> {
    let findings: Vec<&str> =
        found["findings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if findings.is_empty() {
        let number = |name: &str| found[name].to_string();
        let sentence =
            good.replace("{entries}", &number("entries")).replace("{aggregates}", &number("aggregates"));
        output.done(&sentence, "ok", found);
        return Ok(());
    }
    if output.json {
        say(found);
    }
    Err(Failure::Refused(findings.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_a_refusal_with_every_one_of_them() {
        let output = Output { json: false, quiet: true };
        let found =
            json!({"entries": 2, "aggregates": 1, "findings": ["entry 2 was changed", "entry 3 is missing"]});
        let failure = tell(&found, "", output).unwrap_err();
        assert_eq!((failure.code(), failure.text()), (1, "entry 2 was changed\nentry 3 is missing"));
    }
}
