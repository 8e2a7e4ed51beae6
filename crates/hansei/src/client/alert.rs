//! `hansei alert …`

use serde_json::{Value, json};

use super::{Client, field, items, query};
use crate::cli::{AlertCommand, Remote};
use crate::output::{Failure, Output, say};

/// Runs one verb.
pub async fn run(remote: &Remote, command: AlertCommand, output: Output) -> Result<(), Failure> {
    let client = Client::new(remote)?;
    match command {
        AlertCommand::List { firing, service, text, limit } => {
            let mut path = "/alerts?".to_owned();
            if firing {
                path.push_str("status=firing&");
            }
            for (name, value) in [("service", service), ("text", text)] {
                if let Some(value) = value {
                    path.push_str(&format!("{name}={}&", query(&value)));
                }
            }
            let list = client.list(path.trim_end_matches(['&', '?']), limit).await?;
            let rows: Vec<Vec<String>> = items(&list)
                .map(|a| {
                    vec![
                        field(a, "id"),
                        field(a, "status"),
                        field(a, "severity"),
                        field(&a["service"], "name"),
                        field(a, "summary"),
                        field(a, "last_seen_at"),
                    ]
                })
                .collect();
            output.rows(&["id", "state", "severity", "service", "summary", "last seen"], &rows, &list);
            output.more(&list, "--limit shows it");
            Ok(())
        }
        AlertCommand::Show { id } => show(&client, &id, output).await,
        AlertCommand::Send { key, summary, severity, source, dedup_key, action } => {
            let mut body =
                json!({"summary": summary, "severity": severity, "source": source, "action": action});
            if let Some(dedup_key) = dedup_key {
                body["dedup_key"] = dedup_key.into();
            }
            // Without a name of its own each arrival would be another alert.
            let again = body.get("dedup_key").is_some();
            let answer = client.signal("/webhooks/json", Some(&key), body.to_string(), again).await?;
            if !answer.is_object() {
                return Err(Failure::Unreachable("the answer is not Hansei's; is --url right?".into()));
            }
            output.done("Accepted.", "accepted", &answer);
            Ok(())
        }
        AlertCommand::End { id } => {
            let answer = client.post(&format!("/alerts/{id}/end"), &json!({})).await?;
            output.done(&format!("{id} is ended."), &id, &answer);
            Ok(())
        }
    }
}

async fn show(client: &Client, id: &str, output: Output) -> Result<(), Failure> {
    let alert = client.get(&format!("/alerts/{}", query(id))).await?;
    if output.json {
        say(&alert);
        return Ok(());
    }
    if output.quiet {
        say(field(&alert, "status"));
        return Ok(());
    }
    let mut rows: Vec<Vec<String>> = scalars(&alert).collect();
    for (name, value) in [("service", &alert["service"]["name"]), ("incident", &alert["incident"]["number"])]
    {
        if !value.is_null() {
            rows.push(vec![name.into(), plain(value)]);
        }
    }
    for place in ["labels", "annotations"] {
        for (name, value) in alert["content"][place].as_object().into_iter().flatten() {
            rows.push(vec![format!("{place}.{name}"), plain(value)]);
        }
    }
    output.rows(&["field", "value"], &rows, &alert);
    say("");
    let story: Vec<Vec<String>> = alert["history"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|e| vec![field(e, "at"), field(e, "name"), field(e, "sentence")])
        .collect();
    output.rows(&["at", "what", "detail"], &story, &alert["history"]);
    Ok(())
}

fn scalars(alert: &Value) -> impl Iterator<Item = Vec<String>> {
    let all = alert.as_object().into_iter().flatten();
    all.filter(|(_, v)| !v.is_array() && !v.is_object() && !v.is_null())
        .map(|(k, v)| vec![k.clone(), plain(v)])
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
