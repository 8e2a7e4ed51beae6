//! The body of a page.

use hansei_app::ports::{PageMessage, PageReason};
use hansei_domain::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
struct Envelope<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    page_id: String,
    contact_id: String,
    attempt: u32,
    person: Person<'a>,
    reason: &'a PageReason,
    incident: Incident<'a>,
    links: Links<'a>,
}

#[derive(Serialize)]
struct Person<'a> {
    name: &'a str,
    locale: &'a str,
}

#[derive(Serialize)]
struct Incident<'a> {
    id: String,
    number: u64,
    title: &'a str,
    severity: u8,
    status: &'static str,
    service: Option<&'a str>,
    runbook_url: Option<&'a str>,
    detected_at: Timestamp,
    firing_alerts: u64,
    alert_summaries: &'a [String],
    url: &'a str,
}

#[derive(Serialize)]
struct Links<'a> {
    acknowledge: &'a str,
    resolve: &'a str,
}

/// The body of an attempt.
pub(super) fn body(message: &PageMessage) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Envelope {
        r#type: "page.requested",
        timestamp: message.sent_at,
        data: Data {
            page_id: message.page_id.to_string(),
            contact_id: message.contact_id.to_string(),
            attempt: message.attempt,
            person: Person { name: &message.person_name, locale: &message.locale },
            reason: &message.reason,
            incident: Incident {
                id: message.incident_id.to_string(),
                number: message.incident_number,
                title: &message.title,
                severity: message.severity.rank(),
                status: message.status.as_str(),
                service: message.service.as_deref(),
                runbook_url: message.runbook_url.as_deref(),
                detected_at: message.detected_at,
                firing_alerts: message.firing_alerts,
                alert_summaries: &message.alert_summaries,
                url: &message.incident_url,
            },
            links: Links { acknowledge: &message.ack_url, resolve: &message.resolve_url },
        },
    })
}
