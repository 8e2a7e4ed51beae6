//! `hansei plan` and `hansei apply`.

use std::path::Path;

use serde_json::{Value, json};

use super::Client;
use crate::cli::Remote;
use crate::output::{Failure, Output, say};

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|e| Failure::Usage(format!("{}: {e}", file.display())))
}

/// `hansei plan`
pub async fn plan(remote: &Remote, file: &Path, force: bool, output: Output) -> Result<(), Failure> {
    let body = json!({"document": read(file)?, "force": force});
    let plan = Client::new(remote)?.post("/plan", &body).await?;
    show(&plan, output);
    if plan["conflicts"] == true && !force {
        return Err(Failure::Refused("there are conflicts; --force lets the file win".into()));
    }
    Ok(())
}

/// `hansei apply`
pub async fn apply(remote: &Remote, file: &Path, force: bool, output: Output) -> Result<(), Failure> {
    let body = json!({"document": read(file)?, "force": force});
    let applied = Client::new(remote)?.post("/apply", &body).await?;
    if output.json {
        say(&applied);
        return Ok(());
    }
    show(&applied["plan"], output);
    for made in applied["secrets"].as_array().into_iter().flatten() {
        let text = |name: &str| made[name].as_str().unwrap_or_default();
        say(format!("secret of the webhook {} (shown this once): {}", text("url"), text("secret")));
    }
    Ok(())
}

fn show(plan: &Value, output: Output) {
    let mut rows = Vec::new();
    for entry in plan["entries"].as_array().into_iter().flatten() {
        let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        if word("action") == "keep" && entry["kept"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let mut details = Vec::new();
        for (list, arrow) in [("changes", "→"), ("conflicts", "≠"), ("kept", "kept:")] {
            for change in entry[list].as_array().into_iter().flatten() {
                let field = change["field"].as_str().unwrap_or_default();
                details.push(if list == "kept" {
                    format!("{field} {arrow} {}", change["current"])
                } else {
                    format!("{field}: {} {arrow} {}", change["current"], change["file"])
                });
            }
        }
        rows.push(vec![word("action"), word("kind"), word("key"), details.join("\n")]);
    }
    if output.quiet && !output.json {
        // Scripts want to know what is touched.
        rows.iter().for_each(|row| say(&row[2]));
        return;
    }
    if rows.is_empty() && !output.json {
        say("No changes: the catalogue is as the file says.");
    } else {
        output.rows(&["", "kind", "entry", "fields"], &rows, plan);
    }
}
