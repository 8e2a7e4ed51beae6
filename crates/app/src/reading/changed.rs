//! What changed about an incident since somebody last looked, as far as it matters to what they want to do.
//!
//! An incident moves while people type: steps are reached, alerts join. None of that contradicts a new title. So a
//! form is refused only if somebody changed the very thing it changes, and then it says what they did.

use hansei_domain::ids::IncidentId;
use hansei_domain::incident::{IncidentCommand, IncidentEvent};
use hansei_domain::journal::{AggregateId, Event, Recorded};

use super::timeline::{Line, Teller};
use crate::App;
use crate::error::AppResult;
use crate::words::Locale;

/// Entries that are looked at; who has not looked for longer has missed something in any case.
const LOOKED_AT: usize = 300;

/// Whether a form that was filled in some time ago may still be taken.
#[derive(Debug, Clone)]
pub enum Standing {
    /// Nothing that matters has changed; this is the version now.
    Good(u64),
    /// Somebody changed the same thing meanwhile.
    Contradicted {
        /// The version now.
        version: u64,
        /// What they did, oldest first.
        lines: Vec<Line>,
    },
}

impl App {
    /// Looks whether a command still stands, given the version its giver has seen.
    pub async fn standing(
        &self,
        id: IncidentId,
        seen: u64,
        command: &IncidentCommand,
        locale: Locale,
    ) -> AppResult<Standing> {
        let history = self.store.history(AggregateId::Incident(id), LOOKED_AT).await?;
        let version = history.first().map_or(0, |e| e.version);
        let news: Vec<&Recorded> = history
            .iter()
            .rev()
            .filter(|e| e.version > seen && matches!(&e.event, Event::Incident(e) if matters(e, command)))
            .collect();
        // Versions that are no longer among those looked at are not known to be harmless, and a version that has not
        // been yet is nothing anybody can have seen.
        let too_old = history.last().is_some_and(|e| e.version > seen + 1);
        if news.is_empty() && !too_old && seen <= version {
            return Ok(Standing::Good(version));
        }
        let catalog = self.catalog.now();
        let teller = Teller::new(&self.words, locale, &catalog).scope_of(&history);
        Ok(Standing::Contradicted { version, lines: news.into_iter().map(|e| teller.tell(e)).collect() })
    }
}

/// Whether an event changed what the command is about.
fn matters(event: &IncidentEvent, command: &IncidentCommand) -> bool {
    use IncidentCommand as C;
    use IncidentEvent as E;
    let moved = matches!(
        event,
        E::StatusChanged { .. }
            | E::Resolved { .. }
            | E::Reopened { .. }
            | E::Closed { .. }
            | E::MergedInto { .. }
    );
    match command {
        C::SetStatus { .. } | C::Resolve { .. } | C::Reopen { .. } | C::Close { .. } => moved,
        C::MergeInto { .. } => moved,
        C::SetSeverity { .. } => matches!(event, E::SeverityChanged { .. }),
        C::Retitle { .. } => matches!(event, E::Retitled { .. }),
        C::SetTime { which, .. } => matches!(event, E::TimeSet { which: other, .. } if other == which),
        C::ChangeScope { entry, .. } => touches(event, entry.id),
        C::RemoveScope { id, .. } => touches(event, *id),
        C::CorrectNote { id, .. } | C::WithdrawNote { id, .. } => {
            matches!(event, E::NoteCorrected { id: other, .. } | E::NoteWithdrawn { id: other, .. } if other == id)
        }
        C::HandOver { .. } => matches!(event, E::HandedOver { .. } | E::Acknowledged { .. }),
        C::LinkRecurrence { .. } => matches!(event, E::RecurrenceLinked { .. }),
        C::SetPastImpact { index, .. } => {
            matches!(event, E::PastImpactSet { index: other, .. } if other == index)
        }
        C::Escalate { .. } => {
            matches!(event, E::HandedOver { .. } | E::Acknowledged { .. } | E::EscalationStarted { .. })
        }
        C::Declare(_)
        | C::Acknowledge { .. }
        | C::SenderAcknowledges { .. }
        | C::RequestPeople { .. }
        | C::JoinAlerts { .. }
        | C::Inherit { .. }
        | C::AddScope { .. }
        | C::Comment { .. }
        | C::Pin { .. }
        | C::Absorb { .. }
        | C::NoteRecurrence { .. }
        | C::ClockSetBack
        | C::Tick => false,
    }
}

fn touches(event: &IncidentEvent, id: hansei_domain::ids::ScopeId) -> bool {
    match event {
        IncidentEvent::ScopeChanged { entry, .. } => entry.id == id,
        IncidentEvent::ScopeRemoved { id: other, .. } => *other == id,
        _ => false,
    }
}
