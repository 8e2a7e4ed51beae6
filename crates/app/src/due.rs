//! What is due: every aggregate whose deadline has passed gets a `Tick`, through the same door as a request.
//!
//! There are no timer tasks that could be lost. A deadline is a column derived from state; whoever calls
//! [`App::due_once`] finds what has passed, on any node, at any time, in any number.

use hansei_domain::Timestamp;
use hansei_domain::alert::{self, AlertCommand, AlertFacts};
use hansei_domain::incident::{IncidentCommand, IncidentStatus};
use hansei_domain::journal::{AggregateId, Event, State};
use hansei_domain::page::PageCommand;

use crate::App;
use crate::error::{AppError, AppResult};
use crate::ports::{IncidentQuery, Lane};
use crate::unit::Unit;

/// Aggregates taken at once.
const BATCH: usize = 200;
/// After a start, alerts do not end for lack of repeats for this long, seconds: one and a half times the pause at which
/// Prometheus repeats.
const GRACE_SECS: u32 = 90;
/// Resolved incidents whose remaining alerts are looked for at once.
const SWEPT_INCIDENTS: usize = 50;

impl App {
    /// Ticks what is due. Returns how many aggregates moved; 0 = nothing is due, or nothing that is can be moved now.
    pub async fn due_once(&self) -> AppResult<usize> {
        let now = self.clock.now();
        // Room for those that are left alone, or they would hide the ones behind them.
        let due = self.store.due(now, BATCH + self.undecidable.len()).await?;
        self.undecidable.keep(&due);
        let mut moved = 0;
        for id in due {
            let nanos = self.clock.monotonic_nanos();
            if self.undecidable.rests(id, nanos) {
                continue;
            }
            match self.tick(id).await {
                Ok(true) => moved += 1,
                Ok(false) => self.undecidable.failed(id, nanos),
                // Somebody else moved it: if it is still due, the next round finds it.
                Err(AppError::Conflict) => {}
                Err(error @ (AppError::Bug(_) | AppError::Refused(_))) => {
                    // One aggregate that cannot be ticked must not stop the others.
                    self.undecidable.failed(id, nanos);
                    tracing::error!(aggregate = %id, %error, "a deadline could not be decided");
                    metrics::counter!("hansei_due_failures_total").increment(1);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }

    /// When the next deadline comes.
    pub async fn next_due_at(&self) -> AppResult<Option<Timestamp>> {
        Ok(self.store.next_due_at().await?)
    }

    /// Gives an aggregate its `Tick`. Returns whether anything followed from it.
    async fn tick(&self, id: AggregateId) -> AppResult<bool> {
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
        self.commit(Lane::Pages, unit).await.map(|done| done.is_some())
    }

    async fn tick_alert(&self, unit: &mut Unit, id: AggregateId) -> AppResult<()> {
        let Some(State::Alert(alert)) = unit.state(id).cloned() else { return Ok(()) };
        let stored = unit.observation(id).copied();
        let beyond = self.known.beyond(&alert, stored.as_ref());
        let mut seen = beyond.or(stored);
        // Repeats of the last moments before a crash may not have been told to the store, and while Hansei was down
        // nobody could send any: senders have a little time to say that it goes on.
        let grace = hansei_domain::plus_secs(self.started_at, GRACE_SECS);
        if let Some(seen) = seen.as_mut().filter(|s| s.expires_at.is_some_and(|at| at <= grace))
            && self.store.is_only_writer()
            && unit.ctx.now < grace
        {
            seen.expires_at = Some(grace);
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

    /// Ends what is left of the alerts of resolved incidents that had more of them than fit into one commit.
    pub async fn sweep_resolved(&self) -> AppResult<usize> {
        let query = IncidentQuery {
            status: vec![IncidentStatus::Resolved],
            limit: SWEPT_INCIDENTS,
            ..IncidentQuery::default()
        };
        let mut ended = 0;
        for row in self.store.incidents(&query).await?.into_iter().filter(|r| r.firing_alerts > 0) {
            let mut unit = Unit::new(self.system_ctx());
            ended += self.end_alerts(&mut unit, row.incident.id).await?;
            match self.commit(Lane::Digests, unit).await {
                Ok(_) | Err(AppError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended)
    }
}
