//! `hansei alert …`

use serde_json::{Value, json};

use super::{Client, field, query};
use crate::cli::{AlertCommand, Remote};
use crate::output::{Failure, Output};

/// Runs one verb.
pub async fn run(remote: &Remote, command: AlertCommand, output: Output) -> Result<(), Failure> {
    let client = Client::new(remote)?;
    match command {
        AlertCommand::List { firing, service, text, limit } => {
            let mut path = format!("/alerts?limit={limit}");
            if firing {
                path.push_str("&status=firing");
            }
            for (name, value) in [("service", service), ("text", text)] {
                if let Some(value) = value {
                    path.push_str(&format!("&{name}={}", query(&value)));
                }
            }
            let list = client.get(&path).await?;
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
            Ok(())
        }
        AlertCommand::Show { id } => {
            let alert = client.get(&format!("/alerts/{id}")).await?;
            let rows: Vec<Vec<String>> = alert
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, v)| !v.is_array() && !v.is_object() && !v.is_null())
                .map(|(k, _)| vec![k.clone(), field(&alert, k)])
                .collect();
            output.rows(&["field", "value"], &rows, &alert);
            Ok(())
        }
        AlertCommand::Send { key, summary, severity, source, dedup_key, action } => {
            let mut body =
                json!({"summary": summary, "severity": severity, "source": source, "action": action});
            if let Some(dedup_key) = dedup_key {
                body["dedup_key"] = dedup_key.into();
            }
            let answer = client.post_to("/webhooks/json", &key, &body).await?;
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

/// The items of a list.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}
