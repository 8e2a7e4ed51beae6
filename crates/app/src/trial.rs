//! Sending somebody a page for trying out: through the real sender of the contact, outside of any incident.
//!
//! What is proven is the way to the person: address, provider, signature. Nothing is escalated and nothing can be
//! acknowledged; the message says that it is a trial. One per person and ten seconds, so that nobody's mailbox can be
//! filled from here.

use hansei_domain::access::Actor;
use hansei_domain::catalog::{ContactKind, EntryId};
use hansei_domain::ids::{ContactId, IncidentId, PageId, PersonId, TypedId};
use hansei_domain::incident::{IncidentStatus, Severity};
use hansei_domain::page::SendOutcome;
use hansei_domain::{Refusal, plus_secs};

use crate::App;
use crate::error::AppResult;
use crate::ports::{PageMessage, PageReason, SideWrite, ThrottleRow};
use crate::secret::LinkPurpose;
use crate::words::Locale;

/// Between two trials of one person, seconds.
const PAUSE_SECS: u32 = 10;

impl App {
    /// Sends a trial page over one contact and says what the sender said.
    pub async fn send_trial(
        &self,
        actor: &Actor,
        person_id: PersonId,
        contact_id: ContactId,
    ) -> AppResult<SendOutcome> {
        let (message, destination) = self.trial_message(person_id, contact_id).await?;
        let pause = self.trial_pause(person_id).await?;
        let detail = Some(format!("{} {destination}", message.contact.kind()));
        self.audit_entry(actor, EntryId::Person(person_id), "trial_sent", detail, vec![pause]).await?;
        let _place = self.places.take(message.contact.kind()).await;
        Ok(match self.senders.for_contact(&message.contact) {
            Some(sender) => sender.send(&message).await,
            None => SendOutcome::GiveUp {
                error: format!("no sender for {} is configured", message.contact.kind()),
            },
        })
    }

    /// Refuses a trial right after another; else the write that begins the pause.
    async fn trial_pause(&self, person_id: PersonId) -> AppResult<SideWrite> {
        let key = format!("trial:{person_id}");
        let now = self.clock.now();
        if self.store.throttle(&key).await?.is_some_and(|row| row.blocked_until > now) {
            return Err(Refusal::state("trial_too_soon", "a trial was sent just now; wait a moment").into());
        }
        let row = ThrottleRow { failures: 1, blocked_until: plus_secs(now, PAUSE_SECS) };
        Ok(SideWrite::Throttle { key, row: Some(row) })
    }

    async fn trial_message(
        &self,
        person_id: PersonId,
        contact_id: ContactId,
    ) -> AppResult<(PageMessage, String)> {
        let catalog = self.catalog.now();
        let person = catalog.person(person_id).ok_or(Refusal::NotFound("person"))?;
        let contact =
            person.contacts.iter().find(|c| c.id == contact_id).ok_or(Refusal::NotFound("contact"))?;
        let secret = match contact.contact {
            ContactKind::Webhook { .. } => self.store.contact_secret(contact_id).await?,
            ContactKind::Email { .. } | ContactKind::Loopback => None,
        };
        let now = self.clock.now();
        let page_id = PageId::from_bits(self.ids.fresh(now));
        let locale = Locale::of(&person.locale);
        let text = self.words.plain(locale, "trial-reason");
        let [.., harmless] = Severity::ALL;
        let settings_url = format!("{}/settings", self.config.public_url);
        let message = PageMessage {
            page_id,
            contact_id,
            contact: contact.contact.clone(),
            attempt: 1,
            person_name: person.name.to_string(),
            locale: person.locale.clone(),
            zone: person.zone.clone(),
            reason: PageReason { code: "trial".into(), text },
            incident_id: IncidentId::from_bits(page_id.bits()),
            incident_number: 0,
            title: self.words.plain(locale, "trial-title"),
            severity: harmless,
            status: IncidentStatus::Detected,
            service: None,
            runbook_url: None,
            detected_at: now,
            firing_alerts: 0,
            alert_summaries: Vec::new(),
            incident_url: settings_url.clone(),
            ack_url: settings_url.clone(),
            resolve_url: settings_url,
            reply_token: self.links.token(LinkPurpose::Reply, page_id),
            secret,
            sent_at: now,
        };
        Ok((message, contact.contact.destination().to_owned()))
    }
}
