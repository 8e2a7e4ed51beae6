//! A small world whose alerts keep moving: each service has one or two symptoms that come and go on their own rhythm,
//! one of them flaps, and somebody takes most incidents after a while.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;

/// One symptom: fires for some minutes, is quiet for some minutes.
struct Symptom {
    service: &'static str,
    summary: &'static str,
    severity: &'static str,
    source: &'static str,
    pod: &'static str,
    /// First fires in this minute.
    starts: u64,
    /// Minutes on.
    on: u64,
    /// Minutes off.
    off: u64,
}

const WORLD: [Symptom; 7] = [
    Symptom {
        service: "agent-realtime",
        summary: "Accepting chats fails for 4 % of agents",
        severity: "critical",
        source: "realtime-gateway",
        pod: "pod-17",
        starts: 0,
        on: 7,
        off: 53,
    },
    Symptom {
        service: "agent-realtime",
        summary: "Live updates are 9 s late",
        severity: "error",
        source: "subscription-service",
        pod: "pod-18",
        starts: 1,
        on: 5,
        off: 55,
    },
    Symptom {
        service: "talk-recordings",
        summary: "Recordings wait longer than 10 min to be stored",
        severity: "error",
        source: "recording-writer",
        pod: "pod-19",
        starts: 3,
        on: 9,
        off: 31,
    },
    Symptom {
        service: "platform-certificates",
        summary: "Certificate of mesh-ca expires in 6 days",
        severity: "warning",
        source: "mesh-ca",
        pod: "pod-17",
        starts: 0,
        on: 240,
        off: 20,
    },
    Symptom {
        service: "debitoor-app",
        summary: "PDF rendering queue above 500",
        severity: "warning",
        source: "pdf-worker",
        pod: "pod-20",
        starts: 5,
        on: 3,
        off: 12,
    },
    Symptom {
        service: "search",
        summary: "Index lag above 60 s",
        severity: "warning",
        source: "indexer-2",
        pod: "pod-18",
        starts: 2,
        on: 1,
        off: 2,
    },
    Symptom {
        service: "search",
        summary: "A replica was re-balanced",
        severity: "info",
        source: "indexer-1",
        pod: "pod-18",
        starts: 1,
        on: 4,
        off: 6,
    },
];

/// Moves the world until it is aborted. Failures are left to the next minute: the demonstration goes on.
pub async fn run(client: Client, url: String) {
    let mut keys: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut minute: u64 = 0;
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    loop {
        ticks.tick().await;
        for symptom in &WORLD {
            if let Err(failure) = step(&client, &mut keys, symptom, minute).await {
                tracing::warn!(?failure, "the demonstration's world could not move");
            }
        }
        if let Err(failure) = somebody_takes(&client, minute).await {
            tracing::debug!(?failure, url, "nobody took anything");
        }
        minute += 1;
    }
}

async fn key_of<'a>(
    client: &Client,
    keys: &'a mut BTreeMap<&'static str, String>,
    service: &'static str,
) -> Result<&'a str, crate::output::Failure> {
    if !keys.contains_key(service) {
        let body = json!({"service": service, "format": "json", "name": "demonstration"});
        let made = client.post("/keys", &body).await?;
        keys.insert(service, made["secret"].as_str().unwrap_or_default().to_owned());
    }
    Ok(keys.get(service).map_or("", String::as_str))
}

async fn step(
    client: &Client,
    keys: &mut BTreeMap<&'static str, String>,
    symptom: &Symptom,
    minute: u64,
) -> Result<(), crate::output::Failure> {
    let Some(phase) = minute.checked_sub(symptom.starts).map(|m| m % (symptom.on + symptom.off)) else {
        return Ok(());
    };
    let action = match phase {
        p if p < symptom.on => "trigger",
        p if p == symptom.on => "resolve",
        _ => return Ok(()),
    };
    let key = key_of(client, keys, symptom.service).await?.to_owned();
    let body = json!({
        "action": action, "summary": symptom.summary, "severity": symptom.severity, "source": symptom.source,
        "dedup_key": format!("{}/{}", symptom.source, symptom.summary),
        "labels": {"pod": symptom.pod, "env": "production"},
    });
    client.post_to("/webhooks/json", &key, &body).await.map(|_| ())
}

/// Every third minute somebody takes the oldest incident that nobody holds.
async fn somebody_takes(client: &Client, minute: u64) -> Result<(), crate::output::Failure> {
    if minute % 3 != 2 {
        return Ok(());
    }
    let list = client.get("/incidents?status=detected&limit=20").await?;
    let oldest: Option<&Value> = list["items"].as_array().and_then(|items| items.last());
    if let Some(number) = oldest.and_then(|i| i["number"].as_u64()) {
        client.post(&format!("/incidents/{number}/acknowledge"), &json!({})).await?;
    }
    Ok(())
}
