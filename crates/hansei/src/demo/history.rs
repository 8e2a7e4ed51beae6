//! Four real incidents with their exact times, imported through the public API with backdated instants.
//!
//! The facts come from public post-mortems and process guides (two of a help desk, 2024; a worked example of its process
//! guide; an accounting product, 2013), in our own words. Severities are ours, and what the sources do not say stays
//! unknown.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::output::Failure;

const HISTORY: &str = include_str!("history.json");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    title: String,
    severity: u8,
    source: String,
    service: String,
    impact_started_at: String,
    detected_at: String,
    declared_at: String,
    scope: Vec<Value>,
    notes: Vec<PastNote>,
    times: Vec<PastTime>,
    status: Option<String>,
    resolve: Option<Value>,
    after: Vec<PastTime>,
    close: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastNote {
    at: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastTime {
    which: String,
    at: String,
    note: Option<String>,
}

/// Imports all of them.
pub async fn import(client: &Client) -> Result<(), Failure> {
    let all: Vec<Past> = serde_json::from_str(HISTORY)
        .map_err(|e| Failure::Usage(format!("the demonstration's data: {e}")))?;
    for past in all {
        one(client, past).await?;
    }
    Ok(())
}

async fn one(client: &Client, past: Past) -> Result<(), Failure> {
    let declared = client
        .post(
            "/incidents",
            &json!({
                "title": past.title, "severity": past.severity, "source": past.source, "service": past.service,
                "page": false, "hold": true, "impact_started_at": past.impact_started_at,
                "detected_at": past.detected_at, "declared_at": past.declared_at,
            }),
        )
        .await?;
    let number = declared["number"]
        .as_u64()
        .ok_or_else(|| Failure::Unreachable("the declared incident has no number".into()))?;
    let path = |what: &str| format!("/incidents/{number}/{what}");
    for entry in past.scope {
        client.post(&path("scope"), &entry).await?;
    }
    for note in past.notes {
        client.post(&path("comments"), &json!({"text": note.text, "occurred_at": note.at})).await?;
    }
    set_times(client, &path("times"), past.times).await?;
    if let Some(status) = past.status {
        client.post(&path("status"), &json!({"status": status})).await?;
    }
    if let Some(resolve) = past.resolve {
        client.post(&path("resolve"), &resolve).await?;
    }
    set_times(client, &path("times"), past.after).await?;
    if let Some(close) = past.close {
        client.post(&path("close"), &close).await?;
    }
    Ok(())
}

async fn set_times(client: &Client, path: &str, times: Vec<PastTime>) -> Result<(), Failure> {
    for time in times {
        client.post(path, &json!({"which": time.which, "at": time.at, "note": time.note})).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_readable_and_complete() {
        let all: Vec<Past> = serde_json::from_str(HISTORY).unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!(all.iter().map(|p| p.notes.len()).sum::<usize>(), 35);
    }
}
