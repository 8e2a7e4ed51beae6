//! A small world whose alerts keep moving: each service has one or two symptoms that come and go on their own rhythm,
//! one of them flaps, and somebody takes most incidents after a while. Each of the three formats is spoken, and one
//! sender speaks none of them.

use std::time::Duration;

use hansei_domain::signal::SourceFormat;
use serde_json::{Value, json};

use super::memory::Memory;
use crate::client::Client;
use crate::output::Failure;
use crate::wiring;

/// One symptom: fires for some minutes, is quiet for some minutes.
struct Symptom {
    service: &'static str,
    format: SourceFormat,
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
        format: SourceFormat::Json,
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
        format: SourceFormat::Json,
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
        format: SourceFormat::Pagerduty,
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
        format: SourceFormat::Alertmanager,
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
        format: SourceFormat::Json,
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
        format: SourceFormat::Json,
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
        format: SourceFormat::Json,
        summary: "A replica was re-balanced",
        severity: "info",
        source: "indexer-1",
        pod: "pod-18",
        starts: 1,
        on: 4,
        off: 6,
    },
];

/// What the one sender says whose form nobody knows.
const UNREADABLE: &str = "DISK indexer-2 /var/lib/search 97% used, 3.1G free";

/// Moves the world until it is aborted. Failures are left to the next minute: the demonstration goes on.
pub async fn run(client: Client, memory: Memory) {
    let mut world = World { client, memory };
    let mut minute: u64 = 0;
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    loop {
        ticks.tick().await;
        for symptom in &WORLD {
            if let Err(failure) = world.step(symptom, minute).await {
                tracing::warn!(?failure, symptom.summary, "the demonstration's world could not move");
            }
        }
        if let Err(failure) = world.mumble().await {
            tracing::debug!(?failure, "nothing unreadable was sent");
        }
        if let Err(failure) = world.somebody_takes(minute).await {
            tracing::debug!(?failure, "nobody took anything");
        }
        minute += 1;
    }
}

struct World {
    client: Client,
    memory: Memory,
}

impl World {
    async fn key(&mut self, service: &str, format: SourceFormat) -> Result<String, Failure> {
        let place = format!("{service} {}", format.as_str());
        if let Some(key) = self.memory.said.keys.get(&place) {
            return Ok(key.clone());
        }
        let body = json!({"service": service, "format": format.as_str(), "name": "demonstration"});
        let made = self.client.post("/keys", &body).await?;
        let secret = made["secret"].as_str().unwrap_or_default().to_owned();
        self.memory.said.keys.insert(place, secret.clone());
        self.memory.keep()?;
        Ok(secret)
    }

    async fn step(&mut self, symptom: &Symptom, minute: u64) -> Result<(), Failure> {
        let Some(fires) = phase(symptom, minute) else { return Ok(()) };
        let key = self.key(symptom.service, symptom.format).await?;
        let (clock, _) = wiring::world();
        let (path, bearer, body) = signal(symptom, &key, fires, &clock.now().to_string());
        let sent = self.client.signal(&path, bearer.then_some(key.as_str()), body.to_string(), true).await;
        if let Err(Failure::Refused(_)) = &sent {
            // Somebody has taken the key out of use: the next minute makes another one.
            self.memory.said.keys.remove(&format!("{} {}", symptom.service, symptom.format.as_str()));
        }
        sent.map(|_| ())
    }

    /// Once: something that lands in quarantine.
    async fn mumble(&mut self) -> Result<(), Failure> {
        if self.memory.said.unreadable {
            return Ok(());
        }
        let key = self.key("search", SourceFormat::Json).await?;
        match self.client.signal("/webhooks/json", Some(&key), UNREADABLE.to_owned(), false).await {
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
        self.memory.said.unreadable = true;
        self.memory.keep()
    }

    /// Every third minute somebody takes the oldest incident of this world that nobody holds.
    async fn somebody_takes(&self, minute: u64) -> Result<(), Failure> {
        if minute % 3 != 2 {
            return Ok(());
        }
        let list = self.client.get("/incidents?status=detected&limit=100").await?;
        if let Some(number) = oldest_of_ours(&list) {
            self.client.post(&format!("/incidents/{number}/acknowledge"), &json!({})).await?;
        }
        Ok(())
    }
}

/// Whether a symptom fires in this minute, or ends; `None` = it is quiet.
fn phase(symptom: &Symptom, minute: u64) -> Option<bool> {
    match minute.checked_sub(symptom.starts)? % (symptom.on + symptom.off) {
        phase if phase < symptom.on => Some(true),
        phase if phase == symptom.on => Some(false),
        _ => None,
    }
}

/// The signal in its sender's language: where to, whether the key goes in the header, and what it says.
fn signal(symptom: &Symptom, key: &str, fires: bool, now: &str) -> (String, bool, Value) {
    let dedup_key = format!("{}/{}", symptom.source, symptom.summary);
    let action = if fires { "trigger" } else { "resolve" };
    match symptom.format {
        SourceFormat::Pagerduty => {
            let body = json!({
                "routing_key": key, "event_action": action, "dedup_key": dedup_key,
                "payload": {
                    "summary": symptom.summary, "severity": symptom.severity, "source": symptom.source,
                    "custom_details": {"pod": symptom.pod, "env": "production"},
                },
            });
            ("/v2/enqueue".into(), false, body)
        }
        SourceFormat::Alertmanager => {
            let mut alert = json!({
                "labels": {
                    "alertname": "CertificateExpiresSoon", "severity": symptom.severity,
                    "instance": symptom.source, "pod": symptom.pod, "env": "production",
                },
                "annotations": {"summary": symptom.summary},
            });
            if !fires {
                alert["endsAt"] = now.into();
            }
            (format!("/am/{key}/api/v2/alerts"), false, json!([alert]))
        }
        SourceFormat::Json | SourceFormat::Internal => {
            let body = json!({
                "action": action, "summary": symptom.summary, "severity": symptom.severity,
                "source": symptom.source, "dedup_key": dedup_key,
                "labels": {"pod": symptom.pod, "env": "production"},
            });
            ("/webhooks/json".into(), true, body)
        }
    }
}

/// The oldest incident that belongs to a service of this world: what else there is, is nobody's toy.
fn oldest_of_ours(list: &Value) -> Option<u64> {
    let items = list["items"].as_array()?;
    let ours = |i: &&Value| WORLD.iter().any(|s| i["service"]["key"] == s.service);
    items.iter().rfind(ours)?["number"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_what_does_not_belong_to_the_demonstration() {
        let list = json!({"items": [
            {"number": 9, "service": {"key": "search"}},
            {"number": 8, "service": {"key": "talk-recordings"}},
            {"number": 7, "service": {"key": "payments"}},
            {"number": 6, "service": null},
        ]});
        assert_eq!(oldest_of_ours(&list), Some(8));
        assert_eq!(oldest_of_ours(&json!({"items": [{"number": 7, "service": {"key": "payments"}}]})), None);
    }

    #[test]
    fn every_format_is_spoken_and_every_symptom_comes_and_goes() {
        for format in SourceFormat::OFFERED {
            assert!(WORLD.iter().any(|s| s.format == format), "{format:?}");
        }
        for symptom in &WORLD {
            let all: Vec<_> = (0..600).map(|minute| phase(symptom, minute)).collect();
            assert!([Some(true), Some(false), None].iter().all(|p| all.contains(p)), "{}", symptom.summary);
        }
    }
}
