//! Raising what the self-audit found: an incident of its own, told to the fallback at once.
//!
//! It is declared directly, not through the inbox: what stands still may be the deciding. A named value of the
//! installation remembers it, so that nodes that find the same raise it once, and a restart does not raise it again
//! while somebody works on it.

use hansei_domain::access::Actor;
use hansei_domain::catalog::EscalationPolicy;
use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{Declaration, IncidentCommand, IncidentSource, Severity, SeverityReason};
use hansei_domain::journal::{AggregateId, State};

use super::Finding;
use crate::error::{AppError, AppResult};
use crate::ports::{Lane, MetaExpect, NumberRange, SideWrite};
use crate::unit::Unit;
use crate::words::Locale;
use crate::{App, MAX_TRIES};

/// The named value: the incident that was declared last.
const LAST: &str = "self_audit_incident";
/// Findings named in the incident.
const NAMED: usize = 20;

impl App {
    /// Tells people about findings that stand: in the incident that is open about them, else in a new one.
    pub(super) async fn raise(&self, findings: &[Finding]) -> AppResult<()> {
        for _ in 0..MAX_TRIES {
            let last = self.store.meta(LAST).await?;
            let mut unit = Unit::new(self.ctx(Actor::System));
            let open = self.open_alarm(&mut unit, last.as_deref()).await?;
            let lane = match open {
                Some(id) => {
                    self.comment(&mut unit, id, findings)?;
                    Lane::Timeline
                }
                None => {
                    self.declare_alarm(&mut unit, last, findings).await?;
                    Lane::Pages
                }
            };
            match self.commit(lane, unit).await {
                Err(AppError::Conflict) => {}
                other => return other.map(|_| ()),
            }
        }
        Err(AppError::Conflict)
    }

    async fn open_alarm(&self, unit: &mut Unit, last: Option<&str>) -> AppResult<Option<IncidentId>> {
        let Some(id) = last.and_then(|text| text.parse::<IncidentId>().ok()) else { return Ok(None) };
        let loaded = self.store.load(&[AggregateId::Incident(id)]).await?;
        let active = loaded
            .iter()
            .any(|l| matches!(&l.state, State::Incident(incident) if incident.status.is_active()));
        if active {
            unit.adopt(loaded);
        }
        Ok(active.then_some(id))
    }

    async fn declare_alarm(
        &self,
        unit: &mut Unit,
        last: Option<String>,
        findings: &[Finding],
    ) -> AppResult<()> {
        let catalog = self.catalog.now();
        let number = self.store.last_incident_number().await?;
        let locale = Locale::of(catalog.settings().map_or("en", |s| s.locale.as_str()));
        let [_, severity, ..] = Severity::ALL;
        let declaration = Declaration {
            recurrence_of: None,
            number: number + 1,
            title: self.words.plain(locale, "audit-incident-title"),
            service_id: None,
            group: None,
            alert_id: None,
            severity,
            severity_reason: SeverityReason::Person {
                person: None,
                note: Some(self.words.plain(locale, "audit-incident-severity")),
            },
            source: IncidentSource::Monitoring,
            holder: None,
            impact_started_at: None,
            detected_at: None,
            declared_at: None,
            reopen_window_secs: 86_400,
            auto_resolve: false,
            // No steps: whoever the steps name may be who was not told.
            escalation: Some(EscalationPolicy::default()),
        };
        let declare = IncidentCommand::Declare(Box::new(declaration));
        let (id, _) = unit.on_incident(None, &declare, &catalog.roster(), &catalog)?;
        let id = id.ok_or_else(|| AppError::Bug("a declaration made no incident".into()))?;
        unit.numbers(NumberRange { after: number, count: 1 });
        self.comment(unit, id, findings)?;
        unit.side(vec![SideWrite::Meta {
            name: LAST.into(),
            value: Some(id.to_string()),
            expect: last.map_or(MetaExpect::Absent, MetaExpect::Value),
        }]);
        Ok(())
    }

    fn comment(&self, unit: &mut Unit, id: IncidentId, findings: &[Finding]) -> AppResult<()> {
        let catalog = self.catalog.now();
        let line = |f: &Finding| match f.incident_number {
            0 => format!("{}: {}", f.code, f.text),
            number => format!("INC-{number} {}: {}", f.code, f.text),
        };
        let mut lines: Vec<String> = findings.iter().take(NAMED).map(line).collect();
        if let Some(more) = findings.len().checked_sub(NAMED).filter(|more| *more > 0) {
            lines.push(format!("+ {more}"));
        }
        let command = IncidentCommand::Comment { text: lines.join("\n"), occurred_at: None };
        unit.on_incident(Some(id), &command, &catalog.roster(), &catalog)?;
        Ok(())
    }
}
