//! Everything the page of an alert shows: what it says, what happened to it, and why it led where it led.

use hansei_domain::Timestamp;
use hansei_domain::alert::{Alert, AlertEvent, Observation, ResolveReason};
use hansei_domain::ids::{AlertId, IncidentId};
use hansei_domain::incident::{Incident, Severity};
use hansei_domain::journal::{AggregateId, Event, Recorded, State};

use super::sentence::{Part, Sentence, Slots};
use super::timeline::{Line, Teller};
use crate::App;
use crate::error::AppResult;
use crate::words::Locale;

/// Entries of the history that are shown at most.
pub const HISTORY: usize = 200;

/// One time the alert fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub reason: Option<ResolveReason>,
    /// The incident it belonged to.
    pub incident: Option<u64>,
}

/// Everything the page of an alert shows.
#[derive(Debug, Clone)]
pub struct AlertFile {
    /// The alert.
    pub alert: Alert,
    /// What repeats have told.
    pub seen: Option<Observation>,
    /// The service's name.
    pub service: String,
    /// The key's name.
    pub key: Option<String>,
    /// Its incident.
    pub incident: Option<Incident>,
    /// Why it led where it led, step by step.
    pub trace: Vec<Sentence>,
    /// The times it fired, newest first, as far as the history reaches.
    pub episodes: Vec<Episode>,
    /// What happened to it, newest first.
    pub history: Vec<Line>,
    /// There is more history than is shown.
    pub cut: bool,
}

impl App {
    /// Reads the page of an alert; `None` if there is no such alert.
    pub async fn alert_file(&self, id: AlertId, locale: Locale) -> AppResult<Option<AlertFile>> {
        let aggregate = AggregateId::Alert(id);
        let Some(loaded) = self.store.load(&[aggregate]).await?.pop() else { return Ok(None) };
        let State::Alert(alert) = loaded.state else { return Ok(None) };
        let mut history = self.store.history(aggregate, HISTORY + 1).await?;
        let cut = history.len() > HISTORY;
        history.truncate(HISTORY);
        let placed = history.iter().filter_map(|e| match &e.event {
            Event::Alert(AlertEvent::Placed { incident_id, .. }) => Some(*incident_id),
            _ => None,
        });
        let incidents = self.incidents_by_id(placed.chain(alert.incident_id)).await?;
        let known: Vec<Incident> = incidents.values().cloned().collect();
        let catalog = self.catalog.now();
        let teller = Teller::new(&self.words, locale, &catalog).knowing(&known).alerts([&*alert]);
        let number = |id: IncidentId| incidents.get(&id).map(|i| i.number);
        let incident = alert.incident_id.and_then(|id| incidents.get(&id)).cloned();
        let rule = catalog.service(alert.service_id).map(|s| &s.rule);
        let proposed =
            alert.content.as_ref().and_then(|content| rule.map(|rule| rule.severity_for(content.severity)));
        Ok(Some(AlertFile {
            service: teller.service_name(alert.service_id),
            key: catalog.key(alert.key_id).map(|k| k.name.to_string()),
            trace: self.trace(&alert, loaded.observation.as_ref(), proposed, &teller, locale),
            episodes: episodes(&history, number),
            history: teller.tell_all(&history),
            incident,
            cut,
            seen: loaded.observation,
            alert: *alert,
        }))
    }

    /// Why the alert led where it led: how it was told apart, what the rule makes of it, where it was put, how it
    /// ends.
    fn trace(
        &self,
        alert: &Alert,
        seen: Option<&Observation>,
        proposed: Option<Option<Severity>>,
        teller: &Teller<'_>,
        locale: Locale,
    ) -> Vec<Sentence> {
        let say = |key: &str, slots: Slots| Sentence::say(&self.words, locale, key, slots);
        let service = || Slots::new().part("service", Part::Quote(teller.service_name(alert.service_id)));
        let mut out = vec![match alert.episode {
            0 => say("trace-unseen", Slots::new()),
            1 => say("trace-first", service()),
            episode => say("trace-again", service().number("episode", episode)),
        }];
        if let (Some(content), Some(proposed)) = (&alert.content, proposed) {
            let word = self.words.plain(locale, &format!("alert-severity-{}", content.severity.as_str()));
            let slots = service().text("alert", word);
            out.push(match proposed {
                Some(severity) => say("trace-rule", slots.part("severity", Part::Severity(severity))),
                None => say("trace-rule-none", slots),
            });
        }
        out.extend(match (alert.incident_id, alert.place_reason, alert.left_reason) {
            (Some(id), Some(reason), _) => Some(teller.placed(reason, id)),
            (_, _, Some(reason)) => Some(teller.left_alone(reason)),
            _ => None,
        });
        let expires = seen.and_then(|s| s.expires_at).filter(|_| alert.is_firing());
        if let Some(at) = expires {
            out.push(say("trace-expires", Slots::new().part("at", Part::At(at))));
        } else if alert.is_firing() {
            out.push(say("trace-until-resolved", Slots::new()));
        }
        out
    }
}

fn episodes(history: &[Recorded], number: impl Fn(IncidentId) -> Option<u64>) -> Vec<Episode> {
    let mut out: Vec<Episode> = Vec::new();
    for entry in history.iter().rev() {
        let Event::Alert(event) = &entry.event else { continue };
        match event {
            AlertEvent::Opened { moment, .. } | AlertEvent::Reopened { moment, .. } => {
                let began_at = moment.best();
                out.push(Episode { began_at, ended_at: None, reason: None, incident: None });
            }
            AlertEvent::Resolved { moment, reason } => {
                if let Some(last) = out.last_mut() {
                    last.ended_at = Some(moment.best());
                    last.reason = last.reason.or(Some(*reason));
                }
            }
            AlertEvent::Placed { incident_id, .. } => {
                if let Some(last) = out.last_mut() {
                    last.incident = number(*incident_id);
                }
            }
            AlertEvent::ResolvedUnseen { .. }
            | AlertEvent::Changed { .. }
            | AlertEvent::WaitedFor { .. }
            | AlertEvent::LeftAlone { .. } => {}
        }
    }
    out.reverse();
    out
}
