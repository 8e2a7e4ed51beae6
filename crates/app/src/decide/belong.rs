//! Where the firing alerts of a batch belong: into an incident that burns, one that comes back, or a new one.

use hansei_domain::Refusal;
use hansei_domain::access::Actor;
use hansei_domain::alert::{Alert, AlertEvent, GroupKey, PlaceReason, Placement, place};
use hansei_domain::catalog::{EscalationPolicy, GroupBy, IncidentRule, Service, self_test};
use hansei_domain::ids::{AlertId, IncidentId, ServiceId};
use hansei_domain::incident::{
    Declaration, IncidentCommand, IncidentSource, IncidentStatus, ReopenReason, Severity, SeverityReason,
};
use hansei_domain::journal::{AggregateId, Event};

use super::batch::{Batch, alert_in};
use crate::error::AppResult;
use crate::ports::{IncidentQuery, NumberRange};
use crate::unit::Unit;

/// Merged incidents of a service that are looked through for one whose story goes on elsewhere, newest first.
const MERGED: usize = 50;

/// Whether an alert continues an incident that was over.
enum Recurrence {
    /// It has none that it could continue.
    No,
    /// It came back, but that one cannot be reopened: a new one is declared, and linked to it.
    Linked(IncidentId),
    /// The incident's group is open in this one.
    Elsewhere(IncidentId),
    /// This one was reopened.
    Reopened(IncidentId),
}

impl Batch<'_> {
    fn rule(&self, service_id: ServiceId) -> (Option<&Service>, IncidentRule) {
        let service = self.catalog.service(service_id);
        (service, service.map(|s| s.rule.clone()).unwrap_or_default())
    }

    /// Puts a newly firing alert where it belongs. `carrier` is what carries on the story of its last incident.
    pub(super) async fn place(
        &mut self,
        unit: &mut Unit,
        id: AlertId,
        carrier: Option<IncidentId>,
    ) -> AppResult<()> {
        let Some(alert) = alert_in(unit, AggregateId::Alert(id)).cloned() else { return Ok(()) };
        let Some(content) = alert.content.clone() else { return Ok(()) };
        let (_, rule) = self.rule(alert.service_id);
        let group = GroupKey::of(&rule, id, &content);
        let archived = self.app.archived(self.catalog, alert.service_id);
        let carrier = self.or_self_test(unit, &alert, carrier).await?;
        let active = |id: &IncidentId| unit.incident(*id).is_some_and(|i| i.status.is_active());
        let open = self.open.get(&(alert.service_id, group.clone())).copied();
        let open = open.or_else(|| carrier.filter(active));
        match place(alert.service_id, &rule, archived, content.severity, group.clone(), open) {
            Placement::Leave(reason) => {
                let event = AlertEvent::LeftAlone { reason };
                unit.record(AggregateId::Alert(id), None, vec![Event::Alert(event)]);
                Ok(())
            }
            Placement::Join(incident) => self.join(unit, &alert, incident, &rule).await,
            Placement::Declare { severity, .. } => {
                if let Some(open) = self.goes_on_in(unit, &alert, &group, &rule).await? {
                    self.open.insert((alert.service_id, group), open);
                    return self.join(unit, &alert, open, &rule).await;
                }
                match self.recurs(unit, carrier, &alert, &rule, severity).await? {
                    Recurrence::No => self.declare(unit, &alert, group, severity, &rule, None).await,
                    Recurrence::Linked(of) => {
                        self.declare(unit, &alert, group, severity, &rule, Some(of)).await
                    }
                    Recurrence::Elsewhere(open) => self.join(unit, &alert, open, &rule).await,
                    Recurrence::Reopened(incident) => {
                        self.open.insert((alert.service_id, group), incident);
                        self.put(unit, &alert, incident, PlaceReason::Recurred);
                        self.worsen(unit, incident, &rule, &alert).await
                    }
                }
            }
        }
    }

    /// The self-test has one incident for ever: whichever alert of it fires belongs there, known to it or not.
    async fn or_self_test(
        &self,
        unit: &mut Unit,
        alert: &Alert,
        carrier: Option<IncidentId>,
    ) -> AppResult<Option<IncidentId>> {
        if carrier.is_some() || alert.service_id != self_test::service_id() {
            return Ok(carrier);
        }
        match self.app.store.incident_by_number(self_test::INCIDENT_NUMBER).await? {
            Some(row) => self.app.carrier(unit, row.incident.id).await,
            None => Ok(None),
        }
    }

    /// Puts an alert into an active incident.
    async fn join(
        &mut self,
        unit: &mut Unit,
        alert: &Alert,
        id: IncidentId,
        rule: &IncidentRule,
    ) -> AppResult<()> {
        self.put(unit, alert, id, PlaceReason::SameGroup);
        *self.joined.entry(id).or_default() += 1;
        self.worsen(unit, id, rule, alert).await
    }

    /// Tells each incident of the alerts that joined it, so that it cannot be resolved at the same moment by somebody
    /// who has not seen them. One that is declared in this batch nobody else knows yet.
    pub(super) async fn note_joined(&mut self, unit: &mut Unit) -> AppResult<()> {
        for (id, count) in std::mem::take(&mut self.joined) {
            if unit.is_new(AggregateId::Incident(id)) {
                continue;
            }
            let escalation = self.anew(unit, id).await?;
            let command = IncidentCommand::JoinAlerts { count, escalation };
            unit.on_incident(Some(id), &command, &self.roster, self.catalog)?;
        }
        Ok(())
    }

    /// The policy of a new alarm for an incident whose last one came to its end without anybody taking it.
    async fn anew(&self, unit: &mut Unit, id: IncidentId) -> AppResult<Option<EscalationPolicy>> {
        let now = unit.ctx.now;
        let Some(incident) = unit.incident(id).filter(|i| i.alarms_anew_at(now)) else { return Ok(None) };
        let Some(last) = &incident.escalation else { return Ok(None) };
        let policy = match incident.service_id.and_then(|id| self.catalog.service(id)) {
            Some(service) => service.rule.pages(incident.severity).then(|| service.escalation.clone()),
            None => Some(last.policy.clone()),
        };
        // The pages of the last alarm end with the new one.
        self.app.adopt_pages(unit, id).await?;
        Ok(policy)
    }

    fn put(&self, unit: &mut Unit, alert: &Alert, incident_id: IncidentId, reason: PlaceReason) {
        if alert.incident_id == Some(incident_id) && alert.episode > 1 && reason == PlaceReason::SameGroup {
            return;
        }
        let event = AlertEvent::Placed { incident_id, reason };
        unit.record(AggregateId::Alert(alert.id), Some(incident_id), vec![Event::Alert(event)]);
    }

    /// A worse alert makes its incident worse, and people are told if nobody is being told.
    pub(super) async fn worsen(
        &self,
        unit: &mut Unit,
        id: IncidentId,
        rule: &IncidentRule,
        alert: &Alert,
    ) -> AppResult<()> {
        let Some(said) = alert.content.as_ref().map(|c| c.severity) else { return Ok(()) };
        let Some(wanted) = rule.severity_for(said) else { return Ok(()) };
        let Some(incident) = unit.incident(id).filter(|i| i.status.is_active()) else { return Ok(()) };
        let (to, silent) = (wanted.worse(incident.severity), incident.is_silent());
        // Nobody was ever told of it, by its own severity or by whoever declared it; of this alert they are to be told.
        let untold = silent && incident.escalation.is_none() && rule.pages(wanted);
        if wanted < incident.severity || untold {
            if silent {
                self.app.adopt_pages(unit, id).await?;
            }
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
    pub(super) async fn changed(
        &mut self,
        unit: &mut Unit,
        id: AlertId,
        carrier: Option<IncidentId>,
    ) -> AppResult<()> {
        let Some(alert) = alert_in(unit, AggregateId::Alert(id)).cloned() else { return Ok(()) };
        let (_, rule) = self.rule(alert.service_id);
        let wanted = alert.content.as_ref().is_some_and(|c| rule.severity_for(c.severity).is_some());
        match carrier {
            Some(incident) => self.worsen(unit, incident, &rule, &alert).await,
            None if wanted => self.place(unit, id, None).await,
            None => Ok(()),
        }
    }

    /// The active incident in which the story of the alert's group goes on since somebody merged it: a new one beside
    /// it would tell people of the same trouble twice.
    async fn goes_on_in(
        &mut self,
        unit: &mut Unit,
        alert: &Alert,
        group: &GroupKey,
        rule: &IncidentRule,
    ) -> AppResult<Option<IncidentId>> {
        if rule.group_by == GroupBy::Alert && alert.episode <= 1 {
            return Ok(None);
        }
        let service_id = alert.service_id;
        if !self.merged.contains_key(&service_id) {
            let query = IncidentQuery {
                status: vec![IncidentStatus::Merged],
                service_id: Some(service_id),
                limit: MERGED,
                ..IncidentQuery::default()
            };
            let rows = self.app.store.incidents(&query).await?;
            self.merged
                .insert(service_id, rows.into_iter().map(|r| (r.incident.group, r.incident.id)).collect());
        }
        let of_group = |known: &&(Option<GroupKey>, IncidentId)| known.0.as_ref() == Some(group);
        let newest = self.merged.get(&service_id).and_then(|all| all.iter().find(of_group));
        let Some((_, newest)) = newest.cloned() else { return Ok(None) };
        let carrier = self.app.carrier(unit, newest).await?;
        Ok(carrier.filter(|id| unit.incident(*id).is_some_and(|i| i.status.is_active())))
    }

    /// The active incident of an incident's own group, be it in the store or only in this unit.
    async fn competes(
        &self,
        unit: &mut Unit,
        service_id: ServiceId,
        group: GroupKey,
    ) -> AppResult<Option<IncidentId>> {
        let here = self.open.get(&(service_id, group.clone())).copied();
        let here = here.filter(|id| unit.incident(*id).is_some_and(|i| i.status.is_active()));
        match here {
            Some(id) => Ok(Some(id)),
            None => self.app.open_in_group(unit, service_id, Some(group)).await,
        }
    }

    /// Within the window the alert's own incident is reopened instead of a new one declared (C23).
    async fn recurs(
        &mut self,
        unit: &mut Unit,
        carrier: Option<IncidentId>,
        alert: &Alert,
        rule: &IncidentRule,
        severity: Severity,
    ) -> AppResult<Recurrence> {
        let Some(incident) = carrier.and_then(|id| unit.incident(id)) else { return Ok(Recurrence::No) };
        let id = incident.id;
        if !matches!(incident.status, IncidentStatus::Resolved | IncidentStatus::Closed) {
            return Ok(Recurrence::No);
        }
        if !incident.reopens_at(unit.ctx.now) {
            return Ok(Recurrence::Linked(id));
        }
        let severity = severity.worse(incident.severity);
        // Its own service and group, which need not be those of the alert: it may have been merged in, and rules change.
        let home = incident.service_id.zip(incident.group.clone());
        if let Some((service_id, group)) = home.clone()
            && let Some(open) = self.competes(unit, service_id, group).await?
        {
            // What burns in another service now is not this alert's affair.
            let own = service_id == alert.service_id;
            return Ok(if own { Recurrence::Elsewhere(open) } else { Recurrence::Linked(id) });
        }
        let escalation = self.policy(unit, id, alert).filter(|_| rule.pages(severity));
        let command =
            IncidentCommand::Reopen { reason: ReopenReason::AlertFiresAgain, escalation, note: None };
        match unit.on_incident(Some(id), &command, &self.roster, self.catalog) {
            Ok(_) => {
                self.open.extend(home.map(|home| (home, id)));
                Ok(Recurrence::Reopened(id))
            }
            Err(Refusal::WrongState { .. }) => Ok(Recurrence::Linked(id)),
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
        recurrence_of: Option<IncidentId>,
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
            recurrence_of,
        };
        let command = IncidentCommand::Declare(Box::new(declaration));
        let actor = std::mem::replace(&mut unit.ctx.actor, Actor::System);
        let done = unit.on_incident(None, &command, &self.roster, self.catalog);
        if let (Ok((Some(later), _)), Some(of)) = (&done, recurrence_of) {
            let (later, later_number, linked) = (*later, number, true);
            let note = IncidentCommand::NoteRecurrence { later, later_number, linked };
            unit.on_incident(Some(of), &note, &self.roster, self.catalog)?;
        }
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
