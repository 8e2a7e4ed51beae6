//! Deciding what waits in the inbox: alert → incident → pages, a batch in one commit.
//!
//! A batch is loaded with two or three statements, decided in memory against one catalogue snapshot, and committed as
//! a whole together with the mark that it is decided: nothing is decided twice or lost, whatever dies in between. If
//! somebody else changed one of its aggregates meanwhile (a person acknowledged), the batch is decided anew.

mod batch;
mod belong;

use std::collections::BTreeSet;

use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::alert::GroupKey;
use hansei_domain::catalog::{EntryId, self_test};
use hansei_domain::ids::{IncidentId, ServiceId};
use hansei_domain::incident::{Incident, IncidentCommand, ResolveCause};
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::signal::{Signal, SourceFormat};
use parking_lot::Mutex;

use crate::error::{AppError, AppResult};
use crate::intake;
use crate::ports::{Commit, InboxBatch, Lane, QuarantineRow, SideWrite};
use crate::unit::Unit;
use crate::{App, MAX_TRIES};

pub use batch::Tally;

/// Signals decided in one commit.
pub const BATCH: usize = 2_000;
/// How many merges in a row are followed.
const MERGES: usize = 100;
/// How many times in a row a signal may come to nothing because of conflicts before it is put away. The loop that calls
/// pauses in between, so that this takes some seconds.
const ROUNDS: u32 = 6;

/// Why something cannot be decided however often it is tried; what may pass by itself comes back as it is.
fn lasting(error: AppError) -> Result<String, AppError> {
    match error {
        AppError::Bug(why) => Ok(why),
        AppError::Refused(why) => Ok(why.to_string()),
        AppError::Conflict => Ok("it conflicts with what is stored, again and again".into()),
        passing => Err(passing),
    }
}

/// The signal at the head of the inbox that came to nothing because of conflicts, and how many times in a row.
#[derive(Debug, Default)]
pub struct Stuck(Mutex<Option<(Vec<u8>, u32)>>);

impl Stuck {
    /// It came to nothing once more: how many times by now.
    fn again(&self, record: &[u8]) -> u32 {
        let mut stuck = self.0.lock();
        match stuck.as_mut().filter(|(known, _)| known == record) {
            Some((_, rounds)) => {
                *rounds += 1;
                *rounds
            }
            None => {
                *stuck = Some((record.to_vec(), 1));
                1
            }
        }
    }

    /// The head of the inbox is another one now.
    fn over(&self) {
        *self.0.lock() = None;
    }
}

impl App {
    /// Takes one batch from the inbox and decides it. Returns how many signals were decided; 0 = nothing waits.
    pub async fn decide_once(&self) -> AppResult<usize> {
        let batch = self.store.inbox_take(BATCH).await?;
        if batch.records.is_empty() {
            self.known.drained();
            return Ok(0);
        }
        let count = batch.records.len();
        match self.decide_batch(&batch).await {
            Ok(()) => Ok(count),
            // One signal that cannot be decided or stored must not hold up all that come behind it.
            Err(error) => match lasting(error) {
                Ok(why) => self.decide_one_by_one(batch, &why).await.map(|()| count),
                Err(passing) => Err(passing),
            },
        }
    }

    async fn decide_batch(&self, batch: &InboxBatch) -> AppResult<()> {
        let mut signals = Vec::with_capacity(batch.records.len());
        let mut own = Vec::with_capacity(batch.records.len());
        let mut unreadable = Vec::new();
        for record in &batch.records {
            match intake::decode(record) {
                Ok(waiting) => {
                    own.push(waiting.boot == self.boot);
                    signals.push(waiting.signal);
                }
                Err(why) => unreadable.push((record.clone(), why)),
            }
        }
        for _ in 0..MAX_TRIES {
            let mut unit = Unit::new(self.system_ctx());
            let epoch = self.known.epoch();
            let (tally, ids) = batch::decide(self, &mut unit, &signals).await?;
            let after = self.known.after(&unit, &signals, &ids);
            unit.inbox(batch.token.clone());
            let lost = unreadable.iter().map(|(body, why)| self.unreadable_record(body, why)).collect();
            unit.side(lost);
            match self.commit_decided(Lane::Intake, unit).await {
                Err(AppError::Conflict) => {
                    metrics::counter!("hansei_decide_conflicts_total").increment(1);
                    // The conflict may lie in what the catalogue said.
                    self.reload_catalog().await?;
                }
                other => {
                    other?;
                    tally.publish();
                    let own = signals.iter().zip(&own).filter(|(_, own)| **own).map(|(signal, _)| signal);
                    self.known.decided(own, &after, epoch);
                    return Ok(());
                }
            }
        }
        Err(AppError::Conflict)
    }

    /// Decides each signal of a batch alone; what cannot be decided or stored at all goes to quarantine, loudly.
    async fn decide_one_by_one(&self, batch: InboxBatch, why: &str) -> AppResult<()> {
        let signals = batch.records.len();
        tracing::error!(
            why,
            signals,
            "a batch of signals could not be decided or stored; deciding one by one"
        );
        for _ in 0..signals {
            // Taken anew: what a token means is the store's own affair.
            let one = self.store.inbox_take(1).await?;
            let Some(body) = one.records.first() else { return Ok(()) };
            let error = match self.decide_batch(&one).await {
                Ok(()) => {
                    self.stuck.over();
                    continue;
                }
                Err(error) => error,
            };
            // Others may only have been quicker again and again: it is put off some times before it is put away.
            if matches!(error, AppError::Conflict) && self.stuck.again(body) < ROUNDS {
                return Err(error);
            }
            let why = lasting(error)?;
            self.put_away(one, &why).await?;
            self.stuck.over();
        }
        Ok(())
    }

    /// Takes a signal that cannot be decided out of the way: into quarantine, with the alert that says so (R5).
    async fn put_away(&self, one: InboxBatch, why: &str) -> AppResult<()> {
        let Some(body) = one.records.first() else { return Ok(()) };
        tracing::error!(why, "a signal could not be decided or stored; kept in quarantine");
        metrics::counter!("hansei_payloads_quarantined_total").increment(1);
        let waiting = intake::decode(body).ok();
        // The alert first: if this dies in between, it is said twice rather than not at all.
        let said = match &waiting {
            // Such an alert itself: saying it again would go round in circles.
            Some(w) if w.signal.format == SourceFormat::Internal => Ok(()),
            Some(w) => self.raise_unparsed(w.signal.key_id, w.signal.service_id).await,
            None => self.raise_unparsed(self_test::key_id(), self_test::service_id()).await,
        };
        if let Err(error) = said {
            tracing::error!(%error, "the alert about a quarantined signal could not be raised");
        }
        let commit = Commit {
            at: Some(self.clock.now()),
            side: vec![self.unreadable_record(body, why)],
            inbox: Some(one.token),
            ..Commit::default()
        };
        self.store.commit(Lane::Intake, commit).await?;
        if let Some(waiting) = waiting.filter(|w| w.boot == self.boot) {
            self.known.given_up([&waiting.signal]);
        }
        Ok(())
    }

    fn unreadable_record(&self, body: &[u8], why: &str) -> SideWrite {
        let ctx = self.system_ctx();
        let known = intake::decode(body).ok().map(|waiting| waiting.signal);
        SideWrite::QuarantinePut(QuarantineRow {
            id: ctx.ids.fresh(),
            key_id: known.as_ref().map_or(self_test::key_id(), |s: &Signal| s.key_id),
            service_id: known.as_ref().map_or(self_test::service_id(), |s| s.service_id),
            received_at: ctx.now,
            format: "internal".into(),
            content_type: "application/octet-stream".into(),
            error: why.chars().take(500).collect(),
            body: body[..body.len().min(intake::QUARANTINE_BYTES)].to_vec(),
            truncated: body.len() > intake::QUARANTINE_BYTES,
            settled_at: None,
            settled_how: None,
        })
    }

    /// Resolves those of the given incidents whose alerts have all ended, if their rule lets them. For a merged one
    /// the incident that carries on its story counts.
    pub(crate) async fn resolve_if_last(&self, unit: &mut Unit, incidents: &[IncidentId]) -> AppResult<()> {
        let catalog = self.catalog.now();
        let roster = catalog.roster();
        let mut carriers = BTreeSet::new();
        for id in incidents {
            carriers.extend(self.carrier(unit, *id).await?);
        }
        for id in carriers {
            let Some(incident) = unit.incident(id) else { continue };
            if !incident.status.is_active() || !incident.auto_resolve {
                continue;
            }
            let Some(ended_at) = self.all_ended(unit, id).await? else { continue };
            self.adopt_pages(unit, id).await?;
            let actor = std::mem::replace(&mut unit.ctx.actor, Actor::System);
            let resolve = IncidentCommand::Resolve {
                generation: None,
                cause: ResolveCause::LastAlert,
                at: None,
                // A sender's clock may be ahead of ours.
                impact_ended_at: Some(ended_at.min(unit.ctx.now)),
                note: None,
            };
            let done = unit.on_incident(Some(id), &resolve, &roster, &catalog);
            unit.ctx.actor = actor;
            done?;
        }
        Ok(())
    }

    /// Whether no alert of the incident, or of those merged into it, fires any more, seen through the unit; then the
    /// end of the last one.
    async fn all_ended(&self, unit: &mut Unit, id: IncidentId) -> AppResult<Option<Timestamp>> {
        let (mut fires, mut ended_at, mut ended_here) = (false, None, 0usize);
        let family = self.family(unit, id).await?;
        for alert in family.iter().flat_map(|id| unit.alerts_of(*id)) {
            fires |= alert.is_firing();
            if !alert.is_firing() {
                ended_here += 1;
                ended_at = ended_at.max(alert.cleared.map(|c| c.best()));
            }
        }
        if fires {
            return Ok(None);
        }
        let mut moved_any = false;
        for id in &family {
            let moved = unit.alerts_moved_from(*id);
            moved_any |= moved > 0;
            let stored = self.store.firing_alerts_of(*id, ended_here + moved + 1).await?;
            // What this unit has moved elsewhere is no longer one of this incident's.
            let others = stored.into_iter().any(|alert_id| match unit.state(AggregateId::Alert(alert_id)) {
                Some(State::Alert(alert)) => {
                    alert.is_firing() && alert.incident_id.is_some_and(|of| family.contains(&of))
                }
                _ => true,
            });
            if others {
                return Ok(None);
            }
        }
        // The last one may have been moved elsewhere by this very unit.
        Ok(ended_at.or(moved_any.then_some(unit.ctx.now)))
    }

    /// Loads an incident's open pages into the unit, once: whatever ends or supersedes them needs them there.
    pub(crate) async fn adopt_pages(&self, unit: &mut Unit, id: IncidentId) -> AppResult<()> {
        if unit.wants_pages(id) {
            unit.adopt(self.store.open_pages(&[id]).await?);
        }
        Ok(())
    }

    /// The incident that carries on another one's story: itself, or where it was merged into. Loads it into the unit;
    /// `None` if there is no such incident.
    pub(crate) async fn carrier(&self, unit: &mut Unit, id: IncidentId) -> AppResult<Option<IncidentId>> {
        let mut current = id;
        for _ in 0..MERGES {
            if unit.incident(current).is_none() {
                unit.adopt(self.store.load(&[AggregateId::Incident(current)]).await?);
            }
            match unit.incident(current) {
                Some(Incident { merged_into: Some(target), .. }) => current = *target,
                Some(_) => return Ok(Some(current)),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// An incident and all that were merged into it, at any remove; loads them into the unit.
    pub(crate) async fn family(&self, unit: &mut Unit, id: IncidentId) -> AppResult<Vec<IncidentId>> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(member) = family.get(next).copied() {
            next += 1;
            if unit.incident(member).is_none() {
                unit.adopt(self.store.load(&[AggregateId::Incident(member)]).await?);
            }
            let absorbed = unit.incident(member).map(|i| i.absorbed.clone()).unwrap_or_default();
            family.extend(absorbed.into_iter().filter(|a| !family.contains(a)).collect::<Vec<_>>());
        }
        Ok(family)
    }

    /// The active incident of a group of a service's alerts, seen through the unit.
    pub(crate) async fn open_in_group(
        &self,
        unit: &mut Unit,
        service_id: ServiceId,
        group: Option<GroupKey>,
    ) -> AppResult<Option<IncidentId>> {
        let Some(group) = group else { return Ok(None) };
        let loaded = self.store.open_incidents(&[(service_id, group)]).await?;
        let ids: Vec<AggregateId> = loaded.iter().map(|l| l.id).collect();
        unit.adopt(loaded);
        Ok(ids.into_iter().find_map(|id| match unit.state(id) {
            Some(State::Incident(incident)) if incident.status.is_active() => Some(incident.id),
            _ => None,
        }))
    }

    /// Whether a service is out of use.
    pub(crate) fn archived(&self, catalog: &crate::catalog::Catalog, id: ServiceId) -> bool {
        !catalog.in_use(EntryId::Service(id))
    }
}
