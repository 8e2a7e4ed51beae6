//! `hansei incident …`

use serde_json::{Value, json};

use super::{Client, field, items, query};
use crate::cli::{IncidentCommand, Remote};
use crate::output::{Failure, Output, say};

/// A longer timeline is read over the API, page by page.
const MOST_ENTRIES: u32 = 10_000;

/// Runs one verb.
pub async fn run(remote: &Remote, command: IncidentCommand, output: Output) -> Result<(), Failure> {
    let client = Client::new(remote)?;
    let (number, what, body) = match command {
        IncidentCommand::List { all, service, limit } => {
            return list(&client, all, service, limit, output).await;
        }
        IncidentCommand::Show { number } => return show(&client, number, output).await,
        IncidentCommand::Declare { title, severity, service, page, impact_started_at } => {
            let body = json!({
                "title": title, "severity": severity, "service": service, "page": page, "hold": true,
                "source": "staff", "impact_started_at": impact_started_at,
            });
            let made = client.post("/incidents", &body).await?;
            let number = field(&made, "number");
            output.done(&format!("Declared incident {number}: {title}"), &number, &made);
            return Ok(());
        }
        IncidentCommand::Ack { number } => (number, "acknowledge", json!({})),
        IncidentCommand::Resolve { number, note } => (number, "resolve", json!({"note": note})),
        IncidentCommand::Reopen { number } => (number, "reopen", json!({})),
        IncidentCommand::Close { number } => (number, "close", json!({})),
        IncidentCommand::Comment { number, text } => (number, "comments", json!({"text": text})),
        IncidentCommand::Status { number, status, at } => {
            (number, "status", json!({"status": status, "at": at}))
        }
        IncidentCommand::Severity { number, severity } => (number, "severity", json!({"severity": severity})),
    };
    let answer = client.post(&format!("/incidents/{number}/{what}"), &body).await?;
    output.done(&format!("Incident {number}: done."), &number.to_string(), &answer);
    Ok(())
}

async fn list(
    client: &Client,
    all: bool,
    service: Option<String>,
    limit: u32,
    output: Output,
) -> Result<(), Failure> {
    let mut path = "/incidents?".to_owned();
    if !all {
        path.push_str("status=active&");
    }
    if let Some(service) = service {
        path.push_str(&format!("service={}&", query(&service)));
    }
    let list = client.list(path.trim_end_matches(['&', '?']), limit).await?;
    let rows: Vec<Vec<String>> = items(&list)
        .map(|i| {
            vec![
                field(i, "number"),
                format!("SEV{}", field(i, "severity")),
                field(i, "status"),
                field(i, "title"),
                holder(i),
            ]
        })
        .collect();
    output.rows(&["number", "severity", "state", "title", "held by"], &rows, &list);
    output.more(&list, "--limit shows it");
    Ok(())
}

fn holder(incident: &Value) -> String {
    match &incident["holder"] {
        Value::Object(_) => field(&incident["holder"], "name"),
        Value::String(name) => name.clone(),
        _ => "nobody".into(),
    }
}

async fn show(client: &Client, number: u64, output: Output) -> Result<(), Failure> {
    let incident = client.get(&format!("/incidents/{number}")).await?;
    let timeline = client.list(&format!("/incidents/{number}/timeline"), MOST_ENTRIES).await?;
    if output.json {
        say(json!({"incident": incident, "timeline": timeline["items"]}));
        return Ok(());
    }
    if !output.quiet {
        say(format!("#{number} SEV{} {}", field(&incident, "severity"), field(&incident, "status")));
        say(format!("{}\nheld by {}\n", field(&incident, "title"), holder(&incident)));
    }
    let rows: Vec<Vec<String>> = items(&timeline)
        .map(|e| {
            let said = e["data"]["text"].as_str().or_else(|| e["note"].as_str());
            let text =
                said.map_or_else(|| field(e, "sentence"), |said| format!("{}: {said}", field(e, "sentence")));
            vec![field(e, "at"), field(e, "name"), text]
        })
        .collect();
    output.rows(&["at", "what", "detail"], &rows, &timeline);
    output.more(&timeline, "the API reads all of it");
    Ok(())
}
