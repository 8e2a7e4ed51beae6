//! Sentences about the incident itself.

use hansei_domain::Timestamp;
use hansei_domain::incident::{
    Impact, IncidentEvent, Paged, RemarkKind, ReopenReason, ResolveCause, ScopeEntry, Severity,
    SeverityReason, TimeKind,
};
use hansei_domain::journal::Recorded;

use super::{Teller, Told};
use crate::reading::sentence::{Part, Sentence, Slots};

impl Teller<'_> {
    pub(super) fn incident_event(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        use IncidentEvent as E;
        let actor = || Slots::new().part("actor", self.actor(&entry.actor));
        match event {
            E::Declared { .. } => self.declared(entry, event),
            E::EscalationStarted { .. } | E::StepReached { .. } | E::EscalationExhausted { .. } => {
                self.escalation(entry, event)
            }
            E::Requested { paged, note } => {
                let slots = actor().list("people", self.people(paged), self.locale);
                Told::say(self.say("line-requested", slots)).note(note.as_ref())
            }
            E::Acknowledged { .. }
            | E::Answered { .. }
            | E::AcknowledgementExpired { .. }
            | E::HandedOver { .. } => self.taken(entry, event),
            E::StatusChanged { from, to, note } => {
                let slots = actor().part("from", Part::Status(*from)).part("to", Part::Status(*to));
                Told::say(self.say("line-status", slots)).note(note.as_ref())
            }
            E::SeverityChanged { from, to, reason } => self.severity(entry, *from, *to, reason),
            E::AlertsJoined { count } => {
                Told::say(self.say("line-alerts-joined", Slots::new().number("count", *count))).minor()
            }
            E::Retitled { from, to, note, .. } => {
                let slots =
                    actor().part("from", Part::Quote(from.clone())).part("to", Part::Quote(to.clone()));
                Told::say(self.say("line-retitled", slots)).note(note.as_ref())
            }
            E::TimeSet { which, from, to, note } => {
                Told::say(self.time_set(actor(), *which, *from, *to)).note(note.as_ref())
            }
            E::ScopeAdded { .. } | E::ScopeChanged { .. } | E::ScopeRemoved { .. } => {
                self.scope(entry, event)
            }
            E::Noted { .. } | E::NoteCorrected { .. } | E::NoteWithdrawn { .. } => self.noted(entry, event),
            E::Resolved { .. } | E::Reopened { .. } | E::Closed { .. } => self.ending(entry, event),
            E::MergedInto { target_number, note, .. } => {
                let slots = actor().part("incident", Part::Incident(*target_number));
                Told::say(self.say("line-merged-into", slots)).note(note.as_ref())
            }
            E::Absorbed { source_number, .. } => {
                let slots = actor().part("incident", Part::Incident(*source_number));
                Told::say(self.say("line-absorbed", slots))
            }
            E::RecurrenceLinked { .. }
            | E::RecurredLater { .. }
            | E::PastImpactSet { .. }
            | E::DeadlinesMoved { .. } => self.linked(entry, event),
        }
    }

    /// What ties an incident to others and to its own past, and to a clock that was put right.
    fn linked(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let slots = Slots::new().part("actor", self.actor(&entry.actor));
        match event {
            IncidentEvent::RecurrenceLinked { earlier_number: Some(number), .. } => {
                Told::say(self.say("line-recurrence-of", slots.part("incident", Part::Incident(*number))))
            }
            IncidentEvent::RecurrenceLinked { .. } => Told::say(self.say("line-recurrence-none", slots)),
            IncidentEvent::RecurredLater { later_number, unlinked, .. } => {
                let key = if *unlinked { "line-recurred-not" } else { "line-recurred-later" };
                Told::say(self.say(key, slots.part("incident", Part::Incident(*later_number))))
            }
            IncidentEvent::PastImpactSet { from, to, note, .. } => {
                let span = |impact: &Impact| match impact.until_at {
                    Some(until) => {
                        let slots = Slots::new().part("from", Part::At(impact.from_at));
                        self.say("scope-from-until", slots.part("until", Part::At(until)))
                    }
                    None => self.say("scope-from", Slots::new().part("from", Part::At(impact.from_at))),
                };
                let slots = slots.parts("from", span(from).parts).parts("to", span(to).parts);
                Told::say(self.say("line-past-impact", slots)).note(note.as_ref())
            }
            IncidentEvent::DeadlinesMoved { next_at, ack_expires_at } => {
                let next = next_at
                    .map(|at| self.say("fact-next-step", Slots::new().part("at", Part::At(at))))
                    .or(ack_expires_at
                        .map(|at| self.say("fact-alarms-again", Slots::new().part("at", Part::At(at)))));
                Told::say(self.say("line-deadlines-moved", Slots::new())).maybe(next)
            }
            _ => Told::default(),
        }
    }

    fn declared(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let IncidentEvent::Declared {
            severity,
            severity_reason,
            source,
            alert_id,
            holder,
            service_id,
            declared_at,
            recurrence_of,
            ..
        } = event
        else {
            return Told::default();
        };
        let slots = Slots::new().part("severity", Part::Severity(*severity));
        if let Some(alert_id) = alert_id {
            let service = service_id.map_or_else(String::new, |id| self.service_name(id));
            let sentence = self.say("line-declared-rule", slots.part("service", Part::Quote(service)));
            let alert = self.say("fact-for-alert", Slots::new().part("alert", self.alert(*alert_id, None)));
            let again = recurrence_of.map(|id| {
                let number = self.incidents.get(&id).map(|i| Part::Incident(i.number));
                let number = number.unwrap_or_else(|| Part::Text(id.to_string()));
                self.say("fact-recurrence", Slots::new().part("incident", number))
            });
            return Told::say(sentence)
                .fact(alert)
                .maybe(again)
                .maybe(self.severity_reason(severity_reason, *severity))
                .happened(Some(*declared_at));
        }
        let slots = slots.part("actor", self.actor(&entry.actor));
        let key = if holder.is_some() { "line-declared-held" } else { "line-declared" };
        let source = self.word(&format!("source-{}", source.as_str()));
        Told::say(self.say(key, slots))
            .fact(self.say("fact-source", Slots::new().text("source", source)))
            .maybe(self.severity_reason(severity_reason, *severity))
            .happened(Some(*declared_at))
    }

    fn severity_reason(&self, reason: &SeverityReason, to: Severity) -> Option<Sentence> {
        let word = |alert: &hansei_domain::signal::AlertSeverity| {
            self.word(&format!("alert-severity-{}", alert.as_str()))
        };
        match reason {
            SeverityReason::Rule { alert } => {
                let slots = Slots::new().text("alert", word(alert)).part("severity", Part::Severity(to));
                Some(self.say("fact-severity-rule", slots))
            }
            SeverityReason::WorseAlert { alert } => {
                Some(self.say("fact-severity-worse", Slots::new().text("alert", word(alert))))
            }
            SeverityReason::Merged { number } => {
                Some(self.say("fact-severity-merged", Slots::new().part("incident", Part::Incident(*number))))
            }
            SeverityReason::Person { .. } => None,
        }
    }

    fn escalation(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let people = |paged: &[Paged]| Slots::new().list("people", self.people(paged), self.locale);
        match event {
            IncidentEvent::EscalationStarted { policy, generation, note } => {
                let slots = Slots::new()
                    .number("steps", policy.steps.len())
                    .number("generation", *generation)
                    .part("actor", self.actor(&entry.actor));
                // Whose word it was, where it was a person's.
                let key = match (*generation > 1, entry.actor.person().is_some()) {
                    (true, true) => "line-escalation-again-by",
                    (true, false) => "line-escalation-again",
                    (false, _) => "line-escalation",
                };
                let told = Told::say(self.say(key, slots)).note(note.as_ref());
                if note.is_some() { told } else { told.minor() }
            }
            IncidentEvent::StepReached { step: None, next_at, .. } => {
                let slots = Slots::new().part("at", Part::At(*next_at));
                Told::say(self.say("line-step-awaited", slots)).minor()
            }
            IncidentEvent::StepReached { step: Some(step), round, paged, next_at, .. } => {
                let slots = people(paged).number("step", step + 1).number("round", i64::from(*round) + 1);
                if paged.is_empty() {
                    return Told::say(self.say("line-step-nobody", slots)).bad();
                }
                let key = if *round > 0 { "line-step-round" } else { "line-step" };
                let next = self.say("fact-next-step", Slots::new().part("at", Part::At(*next_at)));
                Told::say(self.say(key, slots)).fact(next)
            }
            IncidentEvent::EscalationExhausted { paged, .. } if paged.is_empty() => {
                Told::say(self.say("line-exhausted-silent", Slots::new())).bad()
            }
            IncidentEvent::EscalationExhausted { paged, nobody } => {
                let key = if *nobody { "line-exhausted-nobody" } else { "line-exhausted" };
                Told::say(self.say(key, people(paged))).bad()
            }
            _ => Told::default(),
        }
    }

    fn taken(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let slots = Slots::new().part("actor", self.actor(&entry.actor));
        match event {
            IncidentEvent::Acknowledged { by: Some(by), expires_at, .. } => {
                let slots = slots.part("person", self.person(*by));
                let again =
                    expires_at.map(|at| self.say("fact-alarms-again", Slots::new().part("at", Part::At(at))));
                Told::say(self.say("line-acknowledged", slots)).maybe(again)
            }
            IncidentEvent::Acknowledged { by: None, expires_at, alert_id, .. } => {
                let told = match alert_id {
                    Some(alert_id) => {
                        let slots = slots.part("alert", self.alert(*alert_id, None));
                        self.say("line-acknowledged-sender-alert", slots)
                    }
                    None => self.say("line-acknowledged-sender", slots),
                };
                let again =
                    expires_at.map(|at| self.say("fact-alarms-again", Slots::new().part("at", Part::At(at))));
                Told::say(told).maybe(again)
            }
            IncidentEvent::Answered { .. } => Told::say(self.say("line-answered", slots)),
            IncidentEvent::AcknowledgementExpired { holder, .. } => match holder {
                Some(holder) => {
                    let slots = Slots::new().part("person", self.person(*holder));
                    Told::say(self.say("line-ack-expired", slots)).bad()
                }
                None => Told::say(self.say("line-ack-expired-nobody", Slots::new())).bad(),
            },
            IncidentEvent::HandedOver { from, to, note, untaken, expires_at, .. } => {
                let slots = slots.part("person", self.person(*to));
                let own = entry.actor.person() == Some(*to);
                let told = match (from, own) {
                    (Some(from), true) => self.say("line-taken-over", slots.part("from", self.person(*from))),
                    (None, true) => self.say("line-taken", slots),
                    (_, false) if *untaken => self.say("line-handed-over-untaken", slots),
                    (_, false) => self.say("line-handed-over", slots),
                };
                let again =
                    expires_at.map(|at| self.say("fact-alarms-again", Slots::new().part("at", Part::At(at))));
                Told::say(told).maybe(again).note(note.as_ref())
            }
            _ => Told::default(),
        }
    }

    fn severity(&self, entry: &Recorded, from: Severity, to: Severity, reason: &SeverityReason) -> Told {
        let slots = Slots::new()
            .part("actor", self.actor(&entry.actor))
            .part("from", Part::Severity(from))
            .part("to", Part::Severity(to));
        let key = match (reason, to < from) {
            (
                SeverityReason::WorseAlert { .. }
                | SeverityReason::Rule { .. }
                | SeverityReason::Merged { .. },
                _,
            ) => "line-severity-alert",
            (SeverityReason::Person { .. }, true) => "line-severity-raised",
            (SeverityReason::Person { .. }, false) => "line-severity-lowered",
        };
        let note = match reason {
            SeverityReason::Person { note, .. } => note.as_ref(),
            _ => None,
        };
        Told::say(self.say(key, slots)).maybe(self.severity_reason(reason, to)).note(note)
    }

    fn time_set(
        &self,
        slots: Slots,
        which: TimeKind,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Sentence {
        let slots = slots.text("which", self.word(&format!("time-{}", which.as_str())));
        match (from, to) {
            (Some(from), Some(to)) => {
                self.say("line-time-changed", slots.part("from", Part::At(from)).part("to", Part::At(to)))
            }
            (None, Some(to)) => self.say("line-time-set", slots.part("to", Part::At(to))),
            (Some(from), None) => self.say("line-time-cleared", slots.part("from", Part::At(from))),
            (None, None) => self.say("line-time-cleared-unset", slots),
        }
    }

    fn scope(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let slots = || Slots::new().part("actor", self.actor(&entry.actor));
        let places = |range| Slots::list(slots(), "places", self.place_parts(range), self.locale);
        let before = self.before.get(&entry.seq);
        match event {
            IncidentEvent::ScopeAdded { entry: range } => {
                let symptom = range.symptom.clone().filter(|_| !self.places(range).is_empty());
                Told::say(self.say("line-scope-added", places(range)))
                    .maybe(self.range(range))
                    .maybe(symptom.map(|text| Sentence { parts: vec![Part::Quote(text)] }))
            }
            IncidentEvent::ScopeChanged { entry: range, note } => {
                let ended = range.until_at.is_some()
                    && before.is_some_and(|old| {
                        old.until_at.is_none()
                            && ScopeEntry { until_at: range.until_at, ..old.clone() } == *range
                    });
                let key = if ended { "line-scope-ended" } else { "line-scope-changed" };
                let symptom =
                    range.symptom.clone().filter(|s| before.is_none_or(|b| b.symptom.as_ref() != Some(s)));
                Told::say(self.say(key, places(range)))
                    .maybe(self.range(range))
                    .maybe(symptom.map(|text| Sentence { parts: vec![Part::Quote(text)] }))
                    .note(note.as_ref())
            }
            IncidentEvent::ScopeRemoved { note, .. } => {
                let sentence = match before {
                    Some(range) => self.say("line-scope-removed", places(range)),
                    None => self.say("line-scope-removed-unknown", slots()),
                };
                Told::say(sentence).note(note.as_ref())
            }
            _ => Told::default(),
        }
    }

    fn noted(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let slots = Slots::new().part("actor", self.actor(&entry.actor));
        match event {
            IncidentEvent::Noted { id, kind, evidence, occurred_at, .. } => {
                let sentence = match (kind, evidence) {
                    (RemarkKind::Evidence, Some(evidence)) => {
                        let word = self.word(&format!("evidence-{}", evidence.as_str()));
                        self.say("line-pinned", slots.text("evidence", word))
                    }
                    (RemarkKind::Evidence, None) => {
                        self.say("line-pinned", slots.text("evidence", self.word("evidence-other")))
                    }
                    (RemarkKind::Comment, _) => self.say("line-commented", slots),
                };
                Told { remark: Some(*id), ..Told::say(sentence).happened(*occurred_at) }
            }
            IncidentEvent::NoteCorrected { note, .. } => {
                Told::say(self.say("line-corrected", slots)).note(note.as_ref()).minor()
            }
            IncidentEvent::NoteWithdrawn { note, .. } => {
                Told::say(self.say("line-withdrawn", slots)).note(note.as_ref()).minor()
            }
            _ => Told::default(),
        }
    }

    fn ending(&self, entry: &Recorded, event: &IncidentEvent) -> Told {
        let slots = Slots::new().part("actor", self.actor(&entry.actor));
        match event {
            IncidentEvent::Resolved { at, impact_ended_at, cause, note } => {
                let key = match cause {
                    ResolveCause::Person => "line-resolved",
                    ResolveCause::LastAlert => "line-resolved-last-alert",
                };
                let ended = impact_ended_at
                    .map(|at| self.say("fact-impact-ended", Slots::new().part("at", Part::At(at))));
                Told::say(self.say(key, slots)).maybe(ended).note(note.as_ref()).happened(Some(*at))
            }
            IncidentEvent::Reopened { reason, note, .. } => {
                let key = match reason {
                    ReopenReason::Person => "line-reopened",
                    ReopenReason::AlertFiresAgain => "line-reopened-alert",
                };
                Told::say(self.say(key, slots)).note(note.as_ref())
            }
            IncidentEvent::Closed { at, note } => {
                Told::say(self.say("line-closed", slots)).note(note.as_ref()).happened(Some(*at))
            }
            _ => Told::default(),
        }
    }
}
