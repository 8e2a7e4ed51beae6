//! Use-cases of incidents: what people ask, by whichever door.

use hansei_domain::Refusal;
use hansei_domain::access::Actor;
use hansei_domain::alert::{self, ResolveReason};
use hansei_domain::catalog::{EntryId, EscalationPolicy};
use hansei_domain::ids::{AlertId, IncidentId, ServiceId};
use hansei_domain::incident::{
    Declaration, Incident, IncidentCommand, IncidentEvent, IncidentSource, ScopeEntry, Severity,
    SeverityReason,
};
use hansei_domain::journal::{AggregateId, Event, State};
use hansei_domain::refusal::FieldCode;
use hansei_domain::{Ctx, Timestamp};

use crate::catalog::Catalog;
use crate::error::{AppError, AppResult};
use crate::ports::{IdempotencyRow, Lane, NumberRange, SideWrite};
use crate::unit::Unit;
use crate::{App, MAX_TRIES};

/// Alerts that are ended in the same commit as their incident; the rest follow right behind (see `due`).
const ALERTS_IN_ONE_COMMIT: usize = 500;

/// An incident that a person declares.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// What people call it.
    pub title: String,
    /// The service it begins with; its escalation is used if people are to be told.
    pub service_id: Option<ServiceId>,
    /// How bad.
    pub severity: Severity,
    /// How it became known.
    pub source: IncidentSource,
    /// Whether people are told by the service's escalation.
    pub page: bool,
    /// Whether the one who declares holds it.
    pub hold: bool,
    /// Since when customers are hit.
    pub impact_started_at: Option<Timestamp>,
    /// When it was noticed; `None` = now.
    pub detected_at: Option<Timestamp>,
    /// When it was declared, for imports; `None` = now.
    pub declared_at: Option<Timestamp>,
}

/// What a command on an incident did.
#[derive(Debug, Clone)]
pub struct Done {
    /// The incident now.
    pub incident: Incident,
    /// What happened; empty if all was already as asked.
    pub events: Vec<IncidentEvent>,
}

impl App {
    /// Declares an incident by a person's word. `remember` stores the caller's answer in the same commit (R3).
    pub async fn declare_incident(
        &self,
        actor: &Actor,
        new: &NewIncident,
        remember: impl Fn(&Incident) -> Option<IdempotencyRow>,
    ) -> AppResult<Done> {
        for _ in 0..MAX_TRIES {
            let ctx = self.ctx(actor.clone());
            let catalog = self.catalog.now();
            let last = self.store.last_incident_number().await?;
            let service = match new.service_id {
                Some(id) => Some(catalog.service(id).ok_or(Refusal::NotFound("service"))?),
                None => None,
            };
            let declaration = Declaration {
                number: last + 1,
                title: new.title.clone(),
                service_id: new.service_id,
                group: None,
                alert_id: None,
                severity: new.severity,
                severity_reason: SeverityReason::Person { person: actor.person(), note: None },
                source: new.source,
                holder: actor.person().filter(|_| new.hold),
                impact_started_at: new.impact_started_at,
                detected_at: new.detected_at,
                declared_at: new.declared_at,
                reopen_window_secs: service.map_or(86_400, |s| s.rule.reopen_window_secs),
                auto_resolve: false,
                escalation: new.page.then(|| service.map(|s| s.escalation.clone()).unwrap_or_default()),
                recurrence_of: None,
            };
            let mut unit = Unit::new(ctx);
            let command = IncidentCommand::Declare(Box::new(declaration));
            let (id, events) = unit.on_incident(None, &command, &catalog.roster(), &catalog)?;
            unit.numbers(NumberRange { after: last, count: 1 });
            let incident = id
                .and_then(|id| unit.incident(id).cloned())
                .ok_or_else(|| AppError::Bug("a declaration made no incident".into()))?;
            unit.side(remember(&incident).map(SideWrite::Idempotency).into_iter().collect());
            match self.commit(Lane::Acks, unit).await {
                Err(AppError::Conflict) => {}
                other => {
                    other?;
                    return Ok(Done { incident, events });
                }
            }
        }
        Err(AppError::Conflict)
    }

    /// Gives a command to an incident. `seen_version` refuses to overwrite what the caller has not seen.
    pub async fn command_incident(
        &self,
        actor: &Actor,
        id: IncidentId,
        command: &IncidentCommand,
        seen_version: Option<u64>,
        remember: impl Fn(&Incident) -> Option<IdempotencyRow>,
    ) -> AppResult<Done> {
        for _ in 0..MAX_TRIES {
            let mut unit = self.load_incident(actor, id, seen_version).await?;
            if matches!(command, IncidentCommand::Reopen { .. }) {
                self.group_is_free(&mut unit, id).await?;
            }
            let catalog = self.catalog.now();
            check_scope(&catalog, unit.incident(id), command)?;
            let (_, events) = unit.on_incident(Some(id), command, &catalog.roster(), &catalog)?;
            if events.iter().any(|e| matches!(e, IncidentEvent::Resolved { .. })) {
                self.end_alerts(&mut unit, id).await?;
            }
            let incident = unit.incident(id).cloned().ok_or(Refusal::NotFound("incident"))?;
            unit.side(remember(&incident).map(SideWrite::Idempotency).into_iter().collect());
            match self.commit(Lane::Acks, unit).await {
                Err(AppError::Conflict) => {}
                other => {
                    other?;
                    return Ok(Done { incident, events });
                }
            }
        }
        Err(AppError::Conflict)
    }

    async fn load_incident(&self, actor: &Actor, id: IncidentId, seen: Option<u64>) -> AppResult<Unit> {
        let mut unit = Unit::new(self.ctx(actor.clone()));
        let loaded = self.store.load(&[AggregateId::Incident(id)]).await?;
        let version = loaded.first().map(|l| l.version).ok_or(Refusal::NotFound("incident"))?;
        if seen.is_some_and(|seen| seen != version) {
            return Err(AppError::Conflict);
        }
        unit.adopt(loaded);
        self.adopt_pages(&mut unit, id).await?;
        Ok(unit)
    }

    /// Refuses to reopen an incident whose group of alerts has another active one: two would compete for them.
    async fn group_is_free(&self, unit: &mut Unit, id: IncidentId) -> AppResult<()> {
        let Some(incident) = unit.incident(id).filter(|i| !i.status.is_active()) else { return Ok(()) };
        let (service_id, group) = (incident.service_id, incident.group.clone());
        let Some(service_id) = service_id else { return Ok(()) };
        let Some(open) = self.open_in_group(unit, service_id, group).await? else { return Ok(()) };
        let number = unit.incident(open).map_or(0, |i| i.number);
        let message = format!("its alerts are in incident {number} now: go on there");
        Err(Refusal::state("group_has_active", message).into())
    }

    /// Ends alerts of a resolved incident and of those merged into it, so that their next trigger begins anew.
    pub(crate) async fn end_alerts(&self, unit: &mut Unit, id: IncidentId) -> AppResult<usize> {
        let mut ids: Vec<AggregateId> = Vec::new();
        for member in self.family(unit, id).await? {
            let room = ALERTS_IN_ONE_COMMIT.saturating_sub(ids.len());
            let firing = self.store.firing_alerts_of(member, room).await?;
            ids.extend(firing.into_iter().map(AggregateId::Alert));
        }
        unit.adopt(self.store.load(&ids).await?);
        for alert_id in &ids {
            let Some(State::Alert(alert)) = unit.state(*alert_id) else { continue };
            let own = alert.incident_id;
            let events = alert::end(alert, ResolveReason::IncidentResolved, unit.ctx.now);
            unit.record(*alert_id, own, events.into_iter().map(Event::Alert).collect());
        }
        Ok(ids.len())
    }

    /// Merges one incident into another: its story goes on there. Its pages end; if nobody has taken it and nobody is
    /// being told where it goes on, people are told there (R13).
    pub async fn merge_incidents(
        &self,
        actor: &Actor,
        source: IncidentId,
        target: IncidentId,
        note: Option<String>,
        remember: impl Fn(&Incident) -> Option<IdempotencyRow>,
    ) -> AppResult<Done> {
        for _ in 0..MAX_TRIES {
            let mut unit = self.load_incident(actor, source, None).await?;
            let loaded = self.store.load(&[AggregateId::Incident(target)]).await?;
            unit.adopt(loaded);
            self.adopt_pages(&mut unit, target).await?;
            let catalog = self.catalog.now();
            let roster = catalog.roster();
            let (into, from) = match (unit.incident(target), unit.incident(source)) {
                (Some(into), Some(from)) => (into.clone(), from.clone()),
                _ => return Err(Refusal::NotFound("incident").into()),
            };
            let merge = IncidentCommand::MergeInto {
                target,
                target_number: into.number,
                target_active: into.status.is_active(),
                note: note.clone(),
            };
            let (_, events) = unit.on_incident(Some(source), &merge, &roster, &catalog)?;
            let absorb = IncidentCommand::Absorb { source, source_number: from.number };
            unit.on_incident(Some(target), &absorb, &roster, &catalog)?;
            let inherit = IncidentCommand::Inherit {
                severity: from.severity,
                number: from.number,
                escalation: self.told_of(&catalog, &from, &into),
            };
            unit.on_incident(Some(target), &inherit, &roster, &catalog)?;
            let incident = unit.incident(source).cloned().ok_or(Refusal::NotFound("incident"))?;
            unit.side(remember(&incident).map(SideWrite::Idempotency).into_iter().collect());
            match self.commit(Lane::Acks, unit).await {
                Err(AppError::Conflict) => {}
                other => {
                    other?;
                    return Ok(Done { incident, events });
                }
            }
        }
        Err(AppError::Conflict)
    }

    /// Under which policy people are told of what is merged into an incident, if nobody is told there: those of the
    /// incident's own service, else those who were being told so far.
    fn told_of(&self, catalog: &Catalog, from: &Incident, into: &Incident) -> Option<EscalationPolicy> {
        let told = from.escalation.as_ref().filter(|_| !from.acknowledged);
        let service = into.service_id.and_then(|id| catalog.service(id));
        let worse = from.severity < into.severity && service.is_some_and(|s| s.rule.pages(from.severity));
        let own = service.filter(|_| told.is_some() || worse).map(|s| s.escalation.clone());
        own.or_else(|| told.map(|e| e.policy.clone()))
    }

    /// Says of which earlier incident this one is a recurrence (C23); `None` takes it back. Both tell it.
    pub async fn link_recurrence(
        &self,
        actor: &Actor,
        id: IncidentId,
        earlier: Option<IncidentId>,
        remember: impl Fn(&Incident) -> Option<IdempotencyRow>,
    ) -> AppResult<Done> {
        for _ in 0..MAX_TRIES {
            let mut unit = self.load_incident(actor, id, None).await?;
            let before = unit.incident(id).and_then(|i| i.recurrence_of);
            let others: Vec<AggregateId> =
                before.into_iter().chain(earlier).map(AggregateId::Incident).collect();
            unit.adopt(self.store.load(&others).await?);
            let catalog = self.catalog.now();
            let roster = catalog.roster();
            let of = match earlier {
                Some(of) => Some((of, unit.incident(of).ok_or(Refusal::NotFound("incident"))?.number)),
                None => None,
            };
            let link = IncidentCommand::LinkRecurrence { earlier: of };
            let (_, events) = unit.on_incident(Some(id), &link, &roster, &catalog)?;
            let incident = unit.incident(id).cloned().ok_or(Refusal::NotFound("incident"))?;
            for other in before.into_iter().chain(earlier) {
                let note = IncidentCommand::NoteRecurrence {
                    later: id,
                    later_number: incident.number,
                    linked: Some(other) == earlier,
                };
                unit.on_incident(Some(other), &note, &roster, &catalog)?;
            }
            unit.side(remember(&incident).map(SideWrite::Idempotency).into_iter().collect());
            match self.commit(Lane::Timeline, unit).await {
                Err(AppError::Conflict) => {}
                other => {
                    other?;
                    return Ok(Done { incident, events });
                }
            }
        }
        Err(AppError::Conflict)
    }

    /// Ends one alert by a person's word, and its incident with it if it was the last and the rule lets it.
    pub async fn end_alert(&self, actor: &Actor, id: AlertId) -> AppResult<()> {
        for _ in 0..MAX_TRIES {
            let mut unit = Unit::new(self.ctx(actor.clone()));
            unit.adopt(self.store.load(&[AggregateId::Alert(id)]).await?);
            let Some(State::Alert(alert)) = unit.state(AggregateId::Alert(id)) else {
                return Err(Refusal::NotFound("alert").into());
            };
            let incident_id = alert.incident_id;
            let events = alert::end(alert, ResolveReason::Person, unit.ctx.now);
            unit.record(AggregateId::Alert(id), incident_id, events.into_iter().map(Event::Alert).collect());
            if let Some(incident_id) = incident_id {
                self.resolve_if_last(&mut unit, &[incident_id]).await?;
            }
            match self.commit(Lane::Acks, unit).await {
                Err(AppError::Conflict) => {}
                other => return other.map(|_| ()),
            }
        }
        Err(AppError::Conflict)
    }

    /// The policy under which an incident's people are told, as it is now.
    pub fn policy_of(&self, incident: &Incident) -> EscalationPolicy {
        let catalog = self.catalog.now();
        incident
            .service_id
            .and_then(|id| catalog.service(id))
            .map(|s| s.escalation.clone())
            .unwrap_or_default()
    }

    /// The context of a decision that Hansei takes itself.
    pub(crate) fn system_ctx(&self) -> Ctx {
        self.ctx(Actor::System)
    }
}

/// A scope names products, components and pods that are in use, or that it named before: by whichever door.
fn check_scope(
    catalog: &Catalog,
    incident: Option<&Incident>,
    command: &IncidentCommand,
) -> Result<(), Refusal> {
    let (IncidentCommand::AddScope { entry } | IncidentCommand::ChangeScope { entry, .. }) = command else {
        return Ok(());
    };
    let before = incident.and_then(|i| i.scope.iter().find(|s| s.id == entry.id));
    let known = |id: EntryId, named: bool| named || catalog.in_use(id);
    let had = |is: &dyn Fn(&ScopeEntry) -> bool| before.is_some_and(is);
    let wrong =
        |field: &'static str| Err(Refusal::field(field, FieldCode::Unknown, "there is none such in use"));
    if !entry.products.iter().all(|id| known(EntryId::Product(*id), had(&|s| s.products.contains(id)))) {
        return wrong("products");
    }
    if !entry.components.iter().all(|id| known(EntryId::Component(*id), had(&|s| s.components.contains(id))))
    {
        return wrong("components");
    }
    if !entry.pods.iter().all(|id| known(EntryId::Pod(*id), had(&|s| s.pods.contains(id)))) {
        return wrong("pods");
    }
    Ok(())
}
