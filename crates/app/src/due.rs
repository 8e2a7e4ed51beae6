//! What is due: every aggregate whose deadline has passed gets a `Tick`, through the same door as a request.
//!
//! There are no timer tasks that could be lost. A deadline is a column derived from state; whoever calls
//! [`App::due_once`] finds what has passed, on any node, at any time, in any number.

use hansei_domain::Timestamp;
use hansei_domain::alert::{self, AlertCommand, AlertEvent, AlertFacts};
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{IncidentCommand, IncidentStatus};
use hansei_domain::journal::{AggregateId, Event, State};
use hansei_domain::page::PageCommand;

use crate::App;
use crate::error::{AppError, AppResult};
use crate::ports::{IncidentQuery, Lane, Loaded};
use crate::unit::Unit;

/// Aggregates taken at once.
const BATCH: usize = 200;
/// Alerts do not end for lack of repeats before senders have been heard without a break for this long, seconds: one and
/// a half times the pause at which Prometheus repeats. An alert whose own span is longer waits for that.
const GRACE_SECS: u32 = 90;
/// No alert is waited for longer than this, seconds.
const LONGEST_SPAN_SECS: u32 = 3_600;
/// A signal of the alert's own that waits in the inbox puts its end off by this, seconds.
const WAITING_SECS: u32 = 5;
/// Incidents that are looked through at once.
const SWEPT_INCIDENTS: usize = 200;

impl App {
    /// Ticks what is due. Returns how many aggregates were looked at; 0 = nothing is due.
    pub async fn due_once(&self) -> AppResult<usize> {
        let now = self.clock.now();
        self.steady.look(now, self.clock.monotonic_nanos());
        let due = self.store.due(now, BATCH).await;
        if matches!(due, Err(crate::ports::StoreError::Unavailable(_))) {
            self.steady.failed();
        }
        let due = due?;
        self.mend_deadlines().await?;
        for id in &due {
            match self.tick(*id).await {
                // Somebody else moved it: if it is still due, the next round finds it.
                Ok(()) | Err(AppError::Conflict) => {}
                Err(error @ (AppError::Bug(_) | AppError::Refused(_))) => {
                    // One aggregate that cannot be ticked must not stop the others.
                    tracing::error!(aggregate = %id, %error, "a deadline could not be decided");
                    metrics::counter!("hansei_due_failures_total").increment(1);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(due.len())
    }

    /// When the next deadline comes.
    pub async fn next_due_at(&self) -> AppResult<Option<Timestamp>> {
        Ok(self.store.next_due_at().await?)
    }

    async fn tick(&self, id: AggregateId) -> AppResult<()> {
        let mut unit = Unit::new(self.system_ctx());
        unit.adopt(self.store.load(&[id]).await?);
        match id {
            AggregateId::Alert(_) => self.tick_alert(&mut unit, id).await?,
            AggregateId::Incident(incident_id) => {
                unit.adopt(self.store.open_pages(&[incident_id]).await?);
                let catalog = self.catalog.now();
                unit.on_incident(Some(incident_id), &IncidentCommand::Tick, &catalog.roster(), &catalog)?;
            }
            AggregateId::Page(page_id) => unit.on_page(page_id, &PageCommand::Tick),
            AggregateId::Entry(_) => {}
        }
        self.commit(Lane::Pages, unit).await.map(|_| ())
    }

    async fn tick_alert(&self, unit: &mut Unit, id: AggregateId) -> AppResult<()> {
        let Some(State::Alert(alert)) = unit.state(id).cloned() else { return Ok(()) };
        let stored = unit.observation(id).copied();
        let beyond = self.known.beyond(&alert, stored.as_ref());
        let seen = beyond.or(stored);
        if let Some(seen) = seen.filter(|s| s.expires_at.is_some_and(|at| at <= unit.ctx.now)) {
            let more = if alert.is_firing() { self.unheard_secs(&alert, &seen) } else { 0 };
            if more > 0 {
                let until = hansei_domain::plus_secs(unit.ctx.now, more);
                unit.observe(id, alert::Observation { expires_at: Some(until), ..seen });
                let event = AlertEvent::WaitedFor { until };
                unit.record(id, alert.incident_id, vec![Event::Alert(event)]);
                return Ok(());
            }
        }
        if let Some(newer) = seen.filter(|s| Some(*s) != stored) {
            unit.observe(id, newer);
        }
        let (events, _, _) =
            alert::decide(Some(&alert), seen.as_ref(), &AlertCommand::Tick, AlertFacts::default(), &unit.ctx);
        if events.is_empty() {
            return Ok(());
        }
        unit.record(id, alert.incident_id, events.into_iter().map(Event::Alert).collect());
        if let Some(incident_id) = alert.incident_id {
            self.resolve_if_last(unit, &[incident_id]).await?;
        }
        Ok(())
    }

    /// How much longer an alert that is due to end is waited for, seconds. While Hansei was down, its store away or its
    /// clock wrong, nobody could say that it goes on, and repeats of the last moments before a crash may not have been
    /// told to the store: its sender has a whole span of its own to be heard.
    fn unheard_secs(&self, alert: &alert::Alert, seen: &alert::Observation) -> u32 {
        let span = seen.expires_at.map_or(0, |at| at.duration_since(seen.last_seen_at).as_secs());
        let span = u32::try_from(span.clamp(0, i64::from(LONGEST_SPAN_SECS))).unwrap_or(0);
        let heard = self.steady.heard_secs(self.clock.monotonic_nanos());
        let unheard = span.max(GRACE_SECS).saturating_sub(heard);
        if unheard == 0 && self.known.waits(alert) { WAITING_SECS } else { unheard }
    }

    /// Looks for deadlines that a wrong clock has stamped, after the clock was set back and now and then (R20). Returns
    /// how many incidents had some.
    pub async fn mend_deadlines(&self) -> AppResult<usize> {
        let since = self.clock.monotonic_nanos();
        if !self.steady.wants_mending(since) {
            return Ok(0);
        }
        let (mut mended, mut before) = (0, None);
        loop {
            let query = IncidentQuery {
                status: IncidentStatus::ACTIVE.to_vec(),
                before,
                limit: SWEPT_INCIDENTS,
                ..IncidentQuery::default()
            };
            let rows = self.store.incidents(&query).await?;
            let Some(last) = rows.last() else { break };
            before = Some(last.incident.number);
            let ids: Vec<_> = rows.iter().map(|r| r.incident.id).collect();
            let pages = self.store.open_pages(&ids).await?;
            for id in ids {
                let own = pages.iter().filter(|l| matches!(&l.state, State::Page(p) if p.incident_id == id));
                mended += usize::from(self.mend_incident(id, own.cloned().collect()).await?);
            }
        }
        self.steady.mended(since);
        Ok(mended)
    }

    /// Counts the deadlines of one incident and of its open pages anew, where the clock has been set back since.
    async fn mend_incident(&self, id: IncidentId, pages: Vec<Loaded>) -> AppResult<bool> {
        let mut unit = Unit::new(self.system_ctx());
        unit.adopt(self.store.load(&[AggregateId::Incident(id)]).await?);
        let open: Vec<AggregateId> = pages.iter().map(|l| l.id).collect();
        unit.adopt(pages);
        let catalog = self.catalog.now();
        unit.on_incident(Some(id), &IncidentCommand::ClockSetBack, &catalog.roster(), &catalog)?;
        for page in open {
            if let AggregateId::Page(page_id) = page {
                unit.on_page(page_id, &PageCommand::ClockSetBack);
            }
        }
        if unit.is_empty() {
            return Ok(false);
        }
        tracing::warn!(incident.id = %id, "deadlines of a wrong clock were counted anew");
        match self.commit(Lane::Pages, unit).await {
            Ok(_) | Err(AppError::Conflict) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Ends what is left of the alerts of ended incidents that had more of them than fit into one commit.
    pub async fn sweep_resolved(&self) -> AppResult<usize> {
        let (mut ended, mut before) = (0, None);
        loop {
            let query = IncidentQuery {
                status: vec![IncidentStatus::Resolved, IncidentStatus::Closed],
                before,
                limit: SWEPT_INCIDENTS,
                ..IncidentQuery::default()
            };
            let rows = self.store.incidents(&query).await?;
            let Some(last) = rows.last() else { return Ok(ended) };
            before = Some(last.incident.number);
            for row in rows.into_iter().filter(|r| r.firing_alerts > 0) {
                let mut unit = Unit::new(self.system_ctx());
                ended += self.end_alerts(&mut unit, row.incident.id).await?;
                match self.commit(Lane::Digests, unit).await {
                    Ok(_) | Err(AppError::Conflict) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
