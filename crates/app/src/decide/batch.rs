//! One batch of signals, decided against one unit of work.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hansei_domain::access::Actor;
use hansei_domain::alert::{self, Alert, AlertCommand, AlertEvent, AlertFacts, GroupKey, Verdict};
use hansei_domain::catalog::GroupBy;
use hansei_domain::ids::{AlertId, IncidentId, ServiceId};
use hansei_domain::incident::{IncidentCommand, IncidentStatus, Roster};
use hansei_domain::journal::{AggregateId, Event, State};
use hansei_domain::signal::{Signal, SignalAction};

use crate::App;
use crate::catalog::Catalog;
use crate::error::AppResult;
use crate::ports::NumberRange;
use crate::unit::Unit;

/// How a batch was decided, by verdict.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    /// Adds it to the metrics; only after the commit, so that figures never run ahead of the truth.
    pub fn publish(&self) {
        for (verdict, count) in &self.0 {
            metrics::counter!("hansei_signals_decided_total", "verdict" => *verdict).increment(*count);
        }
    }
}

pub(super) struct Batch<'a> {
    pub(super) app: &'a App,
    pub(super) catalog: &'a Catalog,
    pub(super) roster: Roster,
    by_key: Ids,
    pub(super) open: HashMap<(ServiceId, GroupKey), IncidentId>,
    ended: BTreeSet<IncidentId>,
    pub(super) joined: BTreeMap<IncidentId, u32>,
    pub(super) merged: HashMap<ServiceId, Vec<(Option<GroupKey>, IncidentId)>>,
    pub(super) numbers: Option<NumberRange>,
    tally: Tally,
}

/// The alerts of the keys that a batch touched.
pub(super) type Ids = HashMap<(ServiceId, String), AlertId>;

/// Decides all signals, in order, into the unit.
pub(super) async fn decide(app: &App, unit: &mut Unit, signals: &[Signal]) -> AppResult<(Tally, Ids)> {
    let catalog = app.catalog.now();
    let mut batch = Batch {
        app,
        catalog: &catalog,
        roster: catalog.roster(),
        by_key: HashMap::new(),
        open: HashMap::new(),
        ended: BTreeSet::new(),
        joined: BTreeMap::new(),
        merged: HashMap::new(),
        numbers: None,
        tally: Tally::default(),
    };
    batch.load(unit, signals).await?;
    for signal in signals {
        unit.ctx.actor = Actor::Integration { key: signal.key_id };
        batch.one(unit, signal).await?;
    }
    unit.ctx.actor = Actor::System;
    batch.note_joined(unit).await?;
    let ended: Vec<IncidentId> = batch.ended.iter().copied().collect();
    app.resolve_if_last(unit, &ended).await?;
    if let Some(range) = batch.numbers {
        unit.numbers(range);
    }
    Ok((batch.tally, batch.by_key))
}

impl Batch<'_> {
    async fn load(&mut self, unit: &mut Unit, signals: &[Signal]) -> AppResult<()> {
        let keys: BTreeSet<(ServiceId, String)> =
            signals.iter().map(|s| (s.service_id, s.dedup_key.clone())).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let facts = self.app.store.load_intake(&keys).await?;
        for loaded in &facts.alerts {
            if let State::Alert(alert) = &loaded.state {
                self.by_key.insert((alert.service_id, alert.dedup_key.clone()), alert.id);
            }
        }
        // Pages matter only where this batch may end or take something.
        let quiet = signals.iter().all(|s| s.action == SignalAction::Trigger);
        let incidents: Vec<IncidentId> = facts
            .incidents
            .iter()
            .filter_map(|l| match &l.state {
                State::Incident(i) if i.status.is_active() => Some(i.id),
                _ => None,
            })
            .collect();
        let beyond: Vec<_> = facts
            .alerts
            .iter()
            .filter_map(|l| match &l.state {
                State::Alert(alert) => Some((l.id, self.app.known.beyond(alert, l.observation.as_ref())?)),
                _ => None,
            })
            .collect();
        unit.adopt(facts.alerts);
        for (id, observation) in beyond {
            unit.observe(id, observation);
        }
        unit.adopt(facts.incidents);
        let incidents: Vec<IncidentId> =
            incidents.into_iter().filter(|id| !quiet && unit.wants_pages(*id)).collect();
        if !incidents.is_empty() {
            unit.adopt(self.app.store.open_pages(&incidents).await?);
        }
        let groups = self.groups(signals);
        for loaded in self.app.store.open_incidents(&groups).await? {
            if let State::Incident(incident) = &loaded.state
                && let (Some(service_id), Some(group)) = (incident.service_id, incident.group.clone())
            {
                self.open.insert((service_id, group), incident.id);
            }
            unit.adopt([loaded]);
        }
        Ok(())
    }

    /// The groups that triggers of this batch may fall into.
    fn groups(&self, signals: &[Signal]) -> Vec<(ServiceId, GroupKey)> {
        let mut groups = BTreeSet::new();
        for signal in signals.iter().filter(|s| s.action == SignalAction::Trigger) {
            let Some(rule) = self.catalog.service(signal.service_id).map(|s| &s.rule) else { continue };
            let Some(content) = &signal.content else { continue };
            let known = self.by_key.get(&(signal.service_id, signal.dedup_key.clone()));
            match (&rule.group_by, known) {
                // An alert nobody has seen cannot have an incident of its own yet.
                (GroupBy::Alert, None) => {}
                (_, known) => {
                    let alert_id = known.copied().unwrap_or(hansei_domain::ids::TypedId::from_bits(0));
                    groups.insert((signal.service_id, GroupKey::of(rule, alert_id, content)));
                }
            }
        }
        groups.into_iter().collect()
    }

    async fn one(&mut self, unit: &mut Unit, signal: &Signal) -> AppResult<()> {
        let key = (signal.service_id, signal.dedup_key.clone());
        let alert_id = self.by_key.get(&key).copied();
        let aggregate = alert_id.map(AggregateId::Alert);
        let before = aggregate.and_then(|id| alert_in(unit, id)).cloned();
        let carrier = match before.as_ref().and_then(|a| a.incident_id) {
            Some(id) => self.app.carrier(unit, id).await?,
            None => None,
        };
        let facts = AlertFacts { incident_resolved_at: ended_at(unit, carrier) };
        let seen = aggregate.and_then(|id| unit.observation(id)).copied();
        let command = AlertCommand::Observe(signal);
        let (events, observation, verdict) =
            alert::decide(before.as_ref(), seen.as_ref(), &command, facts, &unit.ctx);
        *self.tally.0.entry(verdict.as_str()).or_default() += 1;
        let incident_id = before.as_ref().and_then(|a| a.incident_id);
        let id = alert_id.or_else(|| created(&events));
        let Some(id) = id else { return Ok(()) };
        self.by_key.insert(key, id);
        unit.record(AggregateId::Alert(id), incident_id, events.into_iter().map(Event::Alert).collect());
        if let Some(observation) = observation {
            unit.observe(AggregateId::Alert(id), observation);
        }
        match verdict {
            Verdict::Opened | Verdict::Reopened => self.place(unit, id, carrier).await,
            Verdict::Changed => self.changed(unit, id, carrier).await,
            Verdict::Resolved => {
                self.ended.extend(incident_id);
                Ok(())
            }
            Verdict::Acknowledged => self.acknowledge(unit, id, carrier).await,
            _ => Ok(()),
        }
    }

    /// The sender's side says that somebody looks at it. Pages end with it, whichever way the incident came here.
    async fn acknowledge(
        &self,
        unit: &mut Unit,
        alert_id: AlertId,
        incident_id: Option<IncidentId>,
    ) -> AppResult<()> {
        let Some(id) = incident_id else { return Ok(()) };
        if unit.incident(id).is_some_and(|i| i.status.is_active()) {
            self.app.adopt_pages(unit, id).await?;
            let command = IncidentCommand::SenderAcknowledges { alert_id };
            unit.on_incident(Some(id), &command, &self.roster, self.catalog)?;
        }
        Ok(())
    }
}

/// When the incident was resolved, if it is over.
fn ended_at(unit: &Unit, id: Option<IncidentId>) -> Option<hansei_domain::Timestamp> {
    let incident = unit.incident(id?)?;
    let over = matches!(incident.status, IncidentStatus::Resolved | IncidentStatus::Closed);
    if over { incident.time(hansei_domain::incident::TimeKind::Resolved) } else { None }
}

pub(super) fn alert_in(unit: &Unit, id: AggregateId) -> Option<&Alert> {
    match unit.state(id) {
        Some(State::Alert(alert)) => Some(alert),
        _ => None,
    }
}

fn created(events: &[AlertEvent]) -> Option<AlertId> {
    events.iter().find_map(|e| match e {
        AlertEvent::Opened { id, .. } | AlertEvent::ResolvedUnseen { id, .. } => Some(*id),
        _ => None,
    })
}
