//! Sending what waits in the outbox: claim, send with nothing open, record the outcome.
//!
//! The claim is durable before the send begins, so that a crash in between repeats the attempt (R9); the outcome goes
//! through the same door as everything else and carries the claim's epoch, so that a node which lost its lease cannot
//! settle what somebody else has taken over (R10). Right before sending, the page is loaded again: one that ended
//! meanwhile is not sent (R11).

use std::ops::Deref;
use std::sync::Arc;

use hansei_domain::Timestamp;
use hansei_domain::access::Actor;
use hansei_domain::catalog::{ContactKind, EntryId, StepTarget};
use hansei_domain::ids::PersonId;
use hansei_domain::incident::{Incident, TimeKind, WhyPaged};
use hansei_domain::journal::{AggregateId, State};
use hansei_domain::page::{Page, PageCommand, PageEnd, SendOutcome};

use crate::catalog::Catalog;
use crate::error::{AppError, AppResult};
use crate::ports::{AlertQuery, Claim, Lane, PageMessage, PageReason};
use crate::secret::LinkPurpose;
use crate::unit::Unit;
use crate::words::{Args, Locale, Words, span};
use crate::{App, MAX_TRIES};

/// What is to be done with a claim.
enum Ready {
    /// Send this.
    Send(Box<PageMessage>),
    /// The page has ended or never was: nothing to send, nothing to say.
    Drop,
}

/// How long a sender may take (10 s), with room for the outcome; nanoseconds. Whoever begins to send has this much of
/// the lease left, so that nobody else owns the entry meanwhile.
const SEND_NANOS: u64 = 12_000_000_000;
/// What was loaded longer ago than this is looked at again before it is sent (R11), nanoseconds.
const FRESH_NANOS: u64 = 500_000_000;
/// Firing alerts that are counted at most.
const ALERTS: usize = 200;
/// How many times it is looked at again; then the lease has it repeated.
const LOOKS: usize = 5;

/// A claim, and until when this process may begin to send under it. Measured by the monotonic clock, so that neither
/// a wall clock that jumps nor a process that stood still can make two owners (R10).
#[derive(Debug, Clone)]
pub struct Lease {
    claim: Claim,
    begin_until_nanos: u64,
}

impl Deref for Lease {
    type Target = Claim;
    fn deref(&self) -> &Claim {
        &self.claim
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    /// It was made, or could not be made as it stands: this is its outcome.
    Outcome(SendOutcome),
    /// The page has ended: there was nothing to send any more.
    Ended,
    /// Too little of the lease was left to begin: nothing was sent, and whoever claims it next repeats it.
    TooLate,
}

impl App {
    /// Claims what may be sent now; each claim goes to [`App::deliver_claim`].
    pub async fn claim(&self, limit: usize) -> AppResult<Vec<Lease>> {
        let (now, since) = (self.clock.now(), self.clock.monotonic_nanos());
        let lease_until = hansei_domain::plus_secs(now, self.config.lease_secs);
        let lasts = u64::from(self.config.lease_secs) * 1_000_000_000;
        let begin_until_nanos = since.saturating_add(lasts.saturating_sub(SEND_NANOS));
        let claims = self.store.outbox_claim(now, lease_until, limit).await?;
        Ok(claims.into_iter().map(|claim| Lease { claim, begin_until_nanos }).collect())
    }

    /// Makes one attempt and records its outcome.
    pub async fn deliver_claim(self: Arc<Self>, lease: Lease) -> AppResult<()> {
        match self.attempt(&lease).await? {
            Attempted::Outcome(outcome) => self.record_outcome(&lease, Some(outcome)).await,
            Attempted::Ended => self.record_outcome(&lease, None).await,
            Attempted::TooLate => {
                tracing::warn!(page.id = %lease.entry.page_id, "an attempt was left to the next claim: too late");
                Ok(())
            }
        }
    }

    /// What is to be done with a claim, looked at no longer than a moment ago.
    async fn ready_now(&self, claim: &Claim) -> AppResult<Option<Ready>> {
        for _ in 0..LOOKS {
            let since = self.clock.monotonic_nanos();
            let ready = self.ready(claim).await?;
            if self.clock.monotonic_nanos().saturating_sub(since) <= FRESH_NANOS {
                return Ok(Some(ready));
            }
        }
        Ok(None)
    }

    /// Makes one attempt.
    pub async fn attempt(&self, lease: &Lease) -> AppResult<Attempted> {
        let message = match self.ready_now(lease).await? {
            Some(Ready::Send(message)) => message,
            Some(Ready::Drop) => return Ok(Attempted::Ended),
            None => return Ok(Attempted::TooLate),
        };
        let started = self.clock.monotonic_nanos();
        if started >= lease.begin_until_nanos {
            return Ok(Attempted::TooLate);
        }
        let claim = &lease.claim;
        let late = message.sent_at.duration_since(claim.entry.available_at).as_secs_f64();
        metrics::histogram!("hansei_page_lateness_seconds").record(late.max(0.0));
        let outcome = match self.senders.for_contact(&message.contact) {
            Some(sender) => sender.send(&message).await,
            // A channel that is not configured may be tomorrow; meanwhile the next channel begins at once.
            None => SendOutcome::Retry {
                error: format!("no sender for {} is configured", message.contact.kind()),
                after_secs: None,
            },
        };
        let took = self.clock.monotonic_nanos().saturating_sub(started);
        let kind = message.contact.kind();
        if matches!((&message.contact, &outcome), (ContactKind::Loopback, SendOutcome::Delivered { .. })) {
            self.canary_arrived(message.page_id);
        }
        let word = match &outcome {
            SendOutcome::Delivered { .. } => "delivered",
            SendOutcome::Retry { .. } => "retry",
            SendOutcome::GiveUp { .. } => "give_up",
        };
        metrics::counter!("hansei_page_attempts_total", "channel" => kind, "outcome" => word).increment(1);
        metrics::histogram!("hansei_page_attempt_seconds", "channel" => kind).record(took as f64 / 1e9);
        tracing::info!(page.id = %message.page_id, incident.number = message.incident_number, channel = kind,
            attempt = message.attempt, outcome = word, reason = message.reason.code, "page attempt");
        Ok(Attempted::Outcome(outcome))
    }

    /// Records an attempt's outcome, with what follows from it.
    pub async fn record_outcome(&self, claim: &Claim, outcome: Option<SendOutcome>) -> AppResult<()> {
        let entry = &claim.entry;
        for _ in 0..MAX_TRIES {
            let mut unit = Unit::new(self.ctx(Actor::System));
            unit.adopt(self.store.load(&[AggregateId::Page(entry.page_id)]).await?);
            if let Some(outcome) = outcome.clone() {
                let command = PageCommand::Outcome {
                    channel: usize::try_from(entry.channel).unwrap_or(usize::MAX),
                    number: entry.attempt,
                    outcome,
                    jitter: self.ids.jitter(),
                };
                unit.on_page(entry.page_id, &command);
            } else if let Some(page) = unit.page(entry.page_id)
                && !self.catalog.now().in_use(EntryId::Person(page.person_id))
            {
                unit.on_page(entry.page_id, &PageCommand::End(PageEnd::Gone));
            }
            unit.settle(entry.id, claim.epoch);
            match self.commit(Lane::Pages, unit).await {
                // Either the page moved on, or the lease was lost and somebody else sends: look again, then leave it.
                Err(AppError::Conflict) => {}
                other => return other.map(|_| ()),
            }
        }
        tracing::warn!(page.id = %entry.page_id, epoch = claim.epoch, "an outcome was not recorded: the lease was lost");
        Ok(())
    }

    async fn ready(&self, claim: &Claim) -> AppResult<Ready> {
        let page_id = AggregateId::Page(claim.entry.page_id);
        let Some(State::Page(page)) = self.store.load(&[page_id]).await?.pop().map(|l| l.state) else {
            return Ok(Ready::Drop);
        };
        if page.end.is_some() {
            return Ok(Ready::Drop);
        }
        let incident_id = AggregateId::Incident(page.incident_id);
        let Some(State::Incident(incident)) = self.store.load(&[incident_id]).await?.pop().map(|l| l.state)
        else {
            return Ok(Ready::Drop);
        };
        let index = usize::try_from(claim.entry.channel).unwrap_or(usize::MAX);
        let Some(channel) = page.channels.get(index).cloned() else { return Ok(Ready::Drop) };
        let catalog = self.catalog.now();
        // Who was archived since is told nothing more, wherever they are now; the page ends (see `record_outcome`).
        let known = catalog.in_use(EntryId::Person(page.person_id));
        let Some(person) = catalog.person(page.person_id).filter(|_| known) else { return Ok(Ready::Drop) };
        let secret = match channel.contact {
            ContactKind::Webhook { .. } => self.store.contact_secret(channel.contact_id).await?,
            ContactKind::Email { .. } | ContactKind::Loopback => None,
        };
        let (firing_alerts, alert_summaries) = self.alert_lines(&incident).await?;
        let service = incident.service_id.and_then(|id| catalog.service(id));
        let token = self.links.token(LinkPurpose::Respond, page.id);
        let base = &self.config.public_url;
        Ok(Ready::Send(Box::new(PageMessage {
            page_id: page.id,
            contact_id: channel.contact_id,
            contact: channel.contact,
            attempt: claim.entry.attempt,
            person_name: person.name.to_string(),
            locale: person.locale.clone(),
            zone: person.zone.clone(),
            reason: reason(&self.words, &catalog, &page, &incident, Locale::of(&person.locale)),
            incident_id: incident.id,
            incident_number: incident.number,
            title: incident.title.clone(),
            severity: incident.severity,
            status: incident.status,
            service: service.map(|s| s.name.to_string()),
            runbook_url: service.and_then(|s| s.runbook_url.clone()),
            detected_at: incident.time(TimeKind::Detected).unwrap_or(page.requested_at),
            firing_alerts,
            alert_summaries,
            incident_url: format!("{base}/incidents/{}", incident.number),
            ack_url: format!("{base}/p/{token}"),
            resolve_url: format!("{base}/p/{token}?do=resolve"),
            reply_token: self.links.token(LinkPurpose::Reply, page.id),
            secret,
            sent_at: self.clock.now(),
        })))
    }

    /// How many alerts fire in the incident and in those merged into it, and the summaries of the newest five.
    async fn alert_lines(&self, incident: &Incident) -> AppResult<(u64, Vec<String>)> {
        let mut incident_ids = vec![incident.id];
        incident_ids.extend(self.absorbed(incident).await?.iter().map(|i| i.id));
        let status = Some(hansei_domain::alert::AlertStatus::Firing);
        let query = AlertQuery { incident_ids, status, limit: ALERTS, ..AlertQuery::default() };
        let alerts = self.store.alerts(&query).await?;
        let firing = alerts.iter().filter_map(|l| match &l.state {
            State::Alert(alert) if alert.is_firing() => Some(alert.summary().to_owned()),
            _ => None,
        });
        let lines: Vec<String> = firing.collect();
        Ok((lines.len() as u64, lines.into_iter().take(5).collect()))
    }

    /// When the next entry becomes sendable.
    pub async fn next_send_at(&self) -> AppResult<Option<Timestamp>> {
        Ok(self.store.outbox_next_at().await?)
    }
}

/// Why a person was paged, as a sentence in a language.
pub fn reason(
    words: &Words,
    catalog: &Catalog,
    page: &Page,
    incident: &Incident,
    locale: Locale,
) -> PageReason {
    let name =
        |id: PersonId| catalog.person(id).map(|p| p.name.to_string()).unwrap_or_else(|| id.to_string());
    let service = incident
        .service_id
        .and_then(|id| catalog.service(id))
        .map_or_else(|| incident.title.clone(), |s| s.name.to_string());
    let (code, text) = match &page.why {
        WhyPaged::Step { step, round, target, delay_secs } => {
            let target = match target {
                StepTarget::Person { id } if *id == page.person_id => words.plain(locale, "target-you"),
                StepTarget::Person { id } => {
                    words.text(locale, "target-person", &Args::new().text("person", name(*id)))
                }
                StepTarget::Team { id } => {
                    let team =
                        catalog.team(*id).map(|t| t.name.to_string()).unwrap_or_else(|| id.to_string());
                    words.text(locale, "target-team", &Args::new().text("team", team))
                }
            };
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            let args = Args::new().text("service", service).text("target", target);
            let text = match (step, round) {
                (0, 0) => words.text(locale, "why-step-first", &args),
                (step, 0) => {
                    let delay = span(i64::from(*delay_secs), locale);
                    words.text(
                        locale,
                        "why-step",
                        &args.number("step", number(*step) + 1).text("delay", delay),
                    )
                }
                (step, round) => {
                    let args = args.number("step", number(*step) + 1).number("round", i64::from(*round) + 1);
                    words.text(locale, "why-step-round", &args)
                }
            };
            ("step", text)
        }
        WhyPaged::Exhausted => ("exhausted", words.plain(locale, "why-exhausted")),
        WhyPaged::NobodyToPage => ("nobody_to_page", words.plain(locale, "why-nobody_to_page")),
        WhyPaged::Requested { by: Some(by) } => {
            ("requested", words.text(locale, "why-requested", &Args::new().text("person", name(*by))))
        }
        WhyPaged::Requested { by: None } => ("requested", words.plain(locale, "why-requested-system")),
        WhyPaged::HandedOver { by: Some(by) } => {
            ("handed_over", words.text(locale, "why-handed_over", &Args::new().text("person", name(*by))))
        }
        WhyPaged::HandedOver { by: None } => ("handed_over", words.plain(locale, "why-handed_over-system")),
    };
    PageReason { code: code.into(), text }
}
