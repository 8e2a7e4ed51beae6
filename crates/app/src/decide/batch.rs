//! One batch of signals, decided against one unit of work.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hansei_domain::Refusal;
use hansei_domain::access::Actor;
use hansei_domain::alert::{
    self, Alert, AlertCommand, AlertEvent, AlertFacts, GroupKey, PlaceReason, Placement, Verdict, place,
};
use hansei_domain::catalog::{EscalationPolicy, GroupBy, IncidentRule, Service, self_test};
use hansei_domain::ids::{AlertId, IncidentId, ServiceId};
use hansei_domain::incident::{
    Declaration, IncidentCommand, IncidentSource, IncidentStatus, ReopenReason, Roster, Severity,
    SeverityReason,
};
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

struct Batch<'a> {
    app: &'a App,
    catalog: &'a Catalog,
    roster: Roster,
    by_key: Ids,
    open: HashMap<(ServiceId, GroupKey), IncidentId>,
    ended: BTreeSet<IncidentId>,
    joined: BTreeMap<IncidentId, u32>,
    numbers: Option<NumberRange>,
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
        numbers: None,
        tally: Tally::default(),
    };
    batch.load(unit, signals).await?;
    for signal in signals {
        unit.ctx.actor = Actor::Integration { key: signal.key_id };
        batch.one(unit, signal).await?;
    }
    unit.ctx.actor = Actor::System;
    batch.note_joined(unit)?;
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
        if !quiet && !incidents.is_empty() {
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
            Verdict::Acknowledged => self.acknowledge(unit, carrier),
            _ => Ok(()),
        }
    }

    fn rule(&self, service_id: ServiceId) -> (Option<&Service>, IncidentRule) {
        let service = self.catalog.service(service_id);
        (service, service.map(|s| s.rule.clone()).unwrap_or_default())
    }

    /// Puts a newly firing alert where it belongs. `carrier` is what carries on the story of its last incident.
    async fn place(&mut self, unit: &mut Unit, id: AlertId, carrier: Option<IncidentId>) -> AppResult<()> {
        let Some(alert) = alert_in(unit, AggregateId::Alert(id)).cloned() else { return Ok(()) };
        let Some(content) = alert.content.clone() else { return Ok(()) };
        let (_, rule) = self.rule(alert.service_id);
        let group = GroupKey::of(&rule, id, &content);
        let archived = self.app.archived(self.catalog, alert.service_id);
        let active = |id: &IncidentId| unit.incident(*id).is_some_and(|i| i.status.is_active());
        let open = self.open.get(&(alert.service_id, group.clone())).copied();
        let open = open.or_else(|| carrier.filter(active));
        match place(alert.service_id, &rule, archived, content.severity, group.clone(), open) {
            Placement::Leave(reason) => {
                let event = AlertEvent::LeftAlone { reason };
                unit.record(AggregateId::Alert(id), None, vec![Event::Alert(event)]);
                Ok(())
            }
            Placement::Join(incident) => self.join(unit, &alert, incident, &rule),
            Placement::Declare { severity, .. } => {
                match self.recurs(unit, carrier, &alert, &rule, severity).await? {
                    Recurrence::No => {}
                    Recurrence::Elsewhere(open) => return self.join(unit, &alert, open, &rule),
                    Recurrence::Reopened(incident) => {
                        self.open.insert((alert.service_id, group), incident);
                        self.put(unit, &alert, incident, PlaceReason::Recurred);
                        return Ok(());
                    }
                }
                self.declare(unit, &alert, group, severity, &rule).await
            }
        }
    }

    /// Puts an alert into an active incident.
    fn join(&mut self, unit: &mut Unit, alert: &Alert, id: IncidentId, rule: &IncidentRule) -> AppResult<()> {
        self.put(unit, alert, id, PlaceReason::SameGroup);
        *self.joined.entry(id).or_default() += 1;
        self.worsen(unit, id, rule, alert)
    }

    /// Tells each incident of the alerts that joined it, so that it cannot be resolved at the same moment by somebody
    /// who has not seen them. One that is declared in this batch nobody else knows yet.
    fn note_joined(&mut self, unit: &mut Unit) -> AppResult<()> {
        for (id, count) in std::mem::take(&mut self.joined) {
            if !unit.is_new(AggregateId::Incident(id)) {
                let command = IncidentCommand::JoinAlerts { count };
                unit.on_incident(Some(id), &command, &self.roster, self.catalog)?;
            }
        }
        Ok(())
    }

    fn put(&self, unit: &mut Unit, alert: &Alert, incident_id: IncidentId, reason: PlaceReason) {
        if alert.incident_id == Some(incident_id) && alert.episode > 1 && reason == PlaceReason::SameGroup {
            return;
        }
        let event = AlertEvent::Placed { incident_id, reason };
        unit.record(AggregateId::Alert(alert.id), Some(incident_id), vec![Event::Alert(event)]);
    }

    /// A worse alert makes its incident worse, and people are told if nobody has been so far.
    fn worsen(&self, unit: &mut Unit, id: IncidentId, rule: &IncidentRule, alert: &Alert) -> AppResult<()> {
        let Some(said) = alert.content.as_ref().map(|c| c.severity) else { return Ok(()) };
        let Some(to) = rule.severity_for(said) else { return Ok(()) };
        if unit.incident(id).is_some_and(|i| i.status.is_active() && to < i.severity) {
            let escalation = self.policy(unit, id, alert).filter(|_| rule.pages(to));
            let reason = SeverityReason::WorseAlert { alert: said };
            let command = IncidentCommand::SetSeverity { to, reason, escalation };
            unit.on_incident(Some(id), &command, &self.roster, self.catalog)?;
        }
        Ok(())
    }

    /// Under which policy the people of an incident are told: its own service's, else that of the alert's service.
    fn policy(&self, unit: &Unit, id: IncidentId, alert: &Alert) -> Option<EscalationPolicy> {
        let own = unit.incident(id).and_then(|i| i.service_id);
        let service = self.catalog.service(own.unwrap_or(alert.service_id));
        service.map(|s| s.escalation.clone())
    }

    /// An alert that goes on says something else: its incident may be worse, or due now.
    async fn changed(&mut self, unit: &mut Unit, id: AlertId, carrier: Option<IncidentId>) -> AppResult<()> {
        let Some(alert) = alert_in(unit, AggregateId::Alert(id)).cloned() else { return Ok(()) };
        let (_, rule) = self.rule(alert.service_id);
        let wanted = alert.content.as_ref().is_some_and(|c| rule.severity_for(c.severity).is_some());
        match carrier {
            Some(incident) => self.worsen(unit, incident, &rule, &alert),
            None if wanted => self.place(unit, id, None).await,
            None => Ok(()),
        }
    }

    /// Within the window the alert's own incident is reopened instead of a new one declared (C23).
    async fn recurs(
        &self,
        unit: &mut Unit,
        carrier: Option<IncidentId>,
        alert: &Alert,
        rule: &IncidentRule,
        severity: Severity,
    ) -> AppResult<Recurrence> {
        let Some(incident) = carrier.and_then(|id| unit.incident(id)) else { return Ok(Recurrence::No) };
        let id = incident.id;
        let in_window = incident.reopen_until().is_some_and(|until| unit.ctx.now <= until);
        let over = matches!(incident.status, IncidentStatus::Resolved | IncidentStatus::Closed);
        if !over || !in_window {
            return Ok(Recurrence::No);
        }
        // The rule may have changed since: the group the incident was declared for may be open in another one now.
        let (severity, group) = (severity.worse(incident.severity), incident.group.clone());
        if let Some(open) = self.app.open_in_group(unit, alert.service_id, group).await? {
            return Ok(Recurrence::Elsewhere(open));
        }
        let escalation = self.policy(unit, id, alert).filter(|_| rule.pages(severity));
        let command = IncidentCommand::Reopen { reason: ReopenReason::AlertFiresAgain, escalation };
        match unit.on_incident(Some(id), &command, &self.roster, self.catalog) {
            Ok(_) => Ok(Recurrence::Reopened(id)),
            Err(Refusal::WrongState { .. }) => Ok(Recurrence::No),
            Err(other) => Err(other.into()),
        }
    }

    async fn declare(
        &mut self,
        unit: &mut Unit,
        alert: &Alert,
        group: GroupKey,
        severity: Severity,
        rule: &IncidentRule,
    ) -> AppResult<()> {
        let own = alert.service_id == self_test::service_id();
        let number = if own { self_test::INCIDENT_NUMBER } else { self.next_number().await? };
        let service = self.catalog.service(alert.service_id);
        let Some(content) = alert.content.as_ref() else { return Ok(()) };
        let now = unit.ctx.now;
        let began = alert.fired.map(|f| f.best().min(now));
        let declaration = Declaration {
            number,
            title: title(service, content),
            service_id: Some(alert.service_id),
            group: Some(group.clone()),
            alert_id: Some(alert.id),
            severity,
            severity_reason: SeverityReason::Rule { alert: content.severity },
            source: IncidentSource::Monitoring,
            holder: None,
            impact_started_at: began,
            detected_at: alert.fired.map(|f| f.received_at.min(now)),
            declared_at: None,
            reopen_window_secs: rule.reopen_window_secs,
            auto_resolve: rule.auto_resolve,
            escalation: service.filter(|_| rule.pages(severity)).map(|s| s.escalation.clone()),
        };
        let command = IncidentCommand::Declare(Box::new(declaration));
        let actor = std::mem::replace(&mut unit.ctx.actor, Actor::System);
        let done = unit.on_incident(None, &command, &self.roster, self.catalog);
        unit.ctx.actor = actor;
        if let Some(id) = done?.0 {
            self.open.insert((alert.service_id, group), id);
            self.put(unit, alert, id, PlaceReason::Declared);
        }
        Ok(())
    }

    async fn next_number(&mut self) -> AppResult<u64> {
        let range = match self.numbers.as_mut() {
            Some(range) => range,
            None => {
                let after = self.app.store.last_incident_number().await?;
                self.numbers.insert(NumberRange { after, count: 0 })
            }
        };
        range.count += 1;
        Ok(range.after + range.count)
    }

    /// The sender's side says that somebody looks at it.
    fn acknowledge(&self, unit: &mut Unit, incident_id: Option<IncidentId>) -> AppResult<()> {
        let Some(id) = incident_id else { return Ok(()) };
        if unit.incident(id).is_some_and(|i| i.status.is_active()) {
            let command = IncidentCommand::Acknowledge { generation: None };
            unit.on_incident(Some(id), &command, &self.roster, self.catalog)?;
        }
        Ok(())
    }
}

/// Whether an alert continues an incident that was over.
enum Recurrence {
    /// It does not: a new one is declared.
    No,
    /// The incident's group is open in this one.
    Elsewhere(IncidentId),
    /// This one was reopened.
    Reopened(IncidentId),
}

/// When the incident was resolved, if it is over.
fn ended_at(unit: &Unit, id: Option<IncidentId>) -> Option<hansei_domain::Timestamp> {
    let incident = unit.incident(id?)?;
    let over = matches!(incident.status, IncidentStatus::Resolved | IncidentStatus::Closed);
    if over { incident.time(hansei_domain::incident::TimeKind::Resolved) } else { None }
}

fn alert_in(unit: &Unit, id: AggregateId) -> Option<&Alert> {
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

/// Service and summary: what a person needs to know first.
fn title(service: Option<&Service>, content: &hansei_domain::signal::Content) -> String {
    let full = match service {
        Some(service) if !content.summary.contains(service.name.as_str()) => {
            format!("{}: {}", service.name, content.summary)
        }
        _ => content.summary.clone(),
    };
    full.chars().take(250).collect()
}
