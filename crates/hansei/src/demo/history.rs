//! Four real incidents with their exact times, imported through the public API with backdated instants.
//!
//! The facts come from public post-mortems and process guides (two of a help desk, 2024; a worked example of its process
//! guide; an accounting product, 2013), in our own words. Severities are ours. What the sources do not say stays
//! unknown; where an incident cannot be without an instant, a remark marked `[inferred]` says which one stands for it.
//!
//! Every step has a key of its own, so that an import that was cut off goes on where it ended.

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
    /// Stands for the instants at which it was detected and declared.
    known_at: String,
    inferred: String,
    scope: Vec<Value>,
    notes: Vec<PastNote>,
    times: Vec<PastTime>,
    states: Vec<Value>,
    resolve: Option<Value>,
    after: Vec<PastTime>,
    close: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastNote {
    at: String,
    text: String,
    /// Evidence of this kind instead of a comment.
    pin: Option<String>,
    /// What it says since it was corrected.
    corrected: Option<Value>,
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
    for (place, past) in all.into_iter().enumerate() {
        Import { client, place, step: 0 }.one(past).await?;
    }
    Ok(())
}

/// The import of one incident, step by step.
struct Import<'a> {
    client: &'a Client,
    place: usize,
    step: usize,
}

impl Import<'_> {
    async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.step += 1;
        let key = format!("demo history {} {}", self.place, self.step);
        self.client.post_as(&key, path, body).await
    }

    async fn one(mut self, past: Past) -> Result<(), Failure> {
        let declared = json!({
            "title": past.title, "severity": past.severity, "source": past.source, "service": past.service,
            "page": false, "hold": false, "impact_started_at": past.impact_started_at,
            "detected_at": past.known_at, "declared_at": past.known_at,
        });
        let declared = self.post("/incidents", &declared).await?;
        let number = declared["number"]
            .as_u64()
            .ok_or_else(|| Failure::Unreachable("the declared incident has no number".into()))?;
        let path = |what: &str| format!("/incidents/{number}/{what}");
        let inferred = json!({"text": past.inferred, "occurred_at": past.known_at});
        self.post(&path("comments"), &inferred).await?;
        for entry in past.scope {
            self.post(&path("scope"), &entry).await?;
        }
        for note in past.notes {
            self.note(number, note).await?;
        }
        self.set_times(&path("times"), past.times).await?;
        for state in past.states {
            self.post(&path("status"), &state).await?;
        }
        if let Some(resolve) = past.resolve {
            self.post(&path("resolve"), &resolve).await?;
        }
        self.set_times(&path("times"), past.after).await?;
        if let Some(close) = past.close {
            self.post(&path("close"), &close).await?;
        }
        Ok(())
    }

    async fn note(&mut self, number: u64, note: PastNote) -> Result<(), Failure> {
        let (what, body) = match note.pin {
            Some(kind) => ("evidence", json!({"text": note.text, "occurred_at": note.at, "kind": kind})),
            None => ("comments", json!({"text": note.text, "occurred_at": note.at})),
        };
        let made = self.post(&format!("/incidents/{number}/{what}"), &body).await?;
        if let Some(corrected) = note.corrected {
            let id = made["id"].as_str().unwrap_or_default();
            self.client.put(&format!("/incidents/{number}/notes/{id}"), &corrected).await?;
        }
        Ok(())
    }

    async fn set_times(&mut self, path: &str, times: Vec<PastTime>) -> Result<(), Failure> {
        for time in times {
            self.post(path, &json!({"which": time.which, "at": time.at, "note": time.note})).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hansei_domain::Timestamp;

    fn all() -> Vec<Past> {
        serde_json::from_str(HISTORY).unwrap()
    }

    fn minutes(from: &str, to: &str) -> i64 {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        at(to).duration_since(at(from)).as_mins()
    }

    fn time<'a>(past: &'a Past, which: &str) -> &'a str {
        let all = past.times.iter().chain(&past.after);
        all.into_iter().find(|t| t.which == which).map(|t| t.at.as_str()).unwrap()
    }

    fn gaps(past: &Past) -> Vec<i64> {
        let updates: Vec<_> = past.notes.iter().filter(|n| n.text.starts_with("Public update")).collect();
        updates.windows(2).map(|w| minutes(&w[0].at, &w[1].at)).collect()
    }

    fn noted<'a>(past: &'a Past, beginning: &str) -> &'a str {
        &past.notes.iter().find(|n| n.text.starts_with(beginning)).unwrap().at
    }

    fn hit(past: &Past, component: &str) -> i64 {
        let range = past.scope.iter().find(|s| s["components"][0] == component).unwrap();
        minutes(range["from_at"].as_str().unwrap(), range["until_at"].as_str().unwrap())
    }

    /// The figures that the post-mortems state, or that follow from their instants.
    #[test]
    fn the_data_give_the_figures_of_the_sources() {
        let all = all();
        let [chat, talk, certificates, debitoor] = all.as_slice() else { panic!("{}", all.len()) };
        let since_impact = |past: &Past, which: &str| minutes(&past.impact_started_at, time(past, which));
        let impact = |past| since_impact(past, "impact_ended");
        let public = |past| since_impact(past, "first_public");
        assert_eq!((impact(chat), public(chat)), (500, 242));
        assert_eq!(gaps(chat), [109, 50, 37, 60, 80, 677]);
        assert_eq!(minutes(time(chat, "impact_ended"), time(chat, "resolution_announced")), 755);
        assert_eq!((impact(talk), public(talk), gaps(talk)), (162, 157, vec![21]));
        assert_eq!(minutes(time(talk, "first_public"), time(talk, "impact_ended")), 5);
        assert!(talk.resolve.is_none(), "nobody has posted that it is resolved");
        let resolved = certificates.resolve.as_ref().unwrap()["at"].as_str().unwrap();
        let (trigger, alert) = (noted(certificates, "A new container"), noted(certificates, "Warnings"));
        let hard = noted(certificates, "An internal service stops");
        assert_eq!((minutes(trigger, alert), minutes(trigger, resolved)), (6, 125));
        assert_eq!((minutes(alert, &certificates.impact_started_at), minutes(alert, hard)), (29, 49));
        assert_eq!((minutes(hard, resolved), minutes(&certificates.impact_started_at, resolved)), (70, 90));
        assert_eq!((hit(debitoor, "application"), hit(debitoor, "quotes")), (150, 410));
    }

    /// What is shown as a fact must be stated by a source.
    #[test]
    fn what_no_source_says_is_left_out_or_marked() {
        for past in all() {
            assert!(past.inferred.ends_with("[inferred]"), "{}", past.title);
            assert!(past.times.iter().all(|t| t.which != "acknowledged"), "{}", past.title);
            assert!(past.states.iter().all(|s| s["at"].is_string()), "{}", past.title);
        }
    }
}
