//! Sending a page as a webhook.

use async_trait::async_trait;
use bytes::Bytes;
use hansei_app::ports::{PageMessage, Sender, SenderKind};
use hansei_domain::catalog::ContactKind;
use hansei_domain::page::SendOutcome;

use super::payload;
use super::secret::read_secrets;
use crate::egress::{Call, Egress, EgressError, Reply};

/// Sends pages to webhook contacts.
pub struct WebhookSender {
    egress: Egress,
}

impl WebhookSender {
    /// A sender that calls through the guarded client.
    pub fn new(egress: Egress) -> Self {
        Self { egress }
    }
}

fn retry(error: impl Into<String>, after_secs: Option<u32>) -> SendOutcome {
    SendOutcome::Retry { error: error.into(), after_secs }
}

/// What an answer means for a page; the module's documentation says why.
fn outcome(result: Result<Reply, EgressError>) -> SendOutcome {
    match result {
        Ok(reply) if (200..300).contains(&reply.status) => {
            SendOutcome::Delivered { receipt: format!("HTTP {}", reply.status) }
        }
        Ok(Reply { status: 410, .. }) => {
            SendOutcome::GiveUp { error: "HTTP 410: the receiver is gone".into() }
        }
        Ok(reply) => retry(format!("HTTP {}", reply.status), reply.retry_after_secs),
        Err(error) if error.is_retryable() => retry(error.to_string(), None),
        Err(error) => SendOutcome::GiveUp { error: error.to_string() },
    }
}

#[async_trait]
impl Sender for WebhookSender {
    fn kind(&self) -> SenderKind {
        "webhook"
    }

    async fn send(&self, message: &PageMessage) -> SendOutcome {
        let ContactKind::Webhook { url } = &message.contact else {
            return SendOutcome::GiveUp { error: "not a webhook contact".into() };
        };
        // A secret may be set tomorrow, and until then the person's next channel is tried.
        let Ok(secrets) = read_secrets(message.secret.as_deref().unwrap_or_default()) else {
            return retry("the contact has no readable signing secret", None);
        };
        let body = match payload::body(message) {
            Ok(body) => body,
            Err(error) => return retry(error.to_string(), None),
        };
        let id = format!("{}_{}", message.page_id, message.contact_id);
        let timestamp_secs = message.sent_at.as_second();
        let signatures: Vec<String> = secrets.iter().map(|s| s.sign(&id, timestamp_secs, &body)).collect();
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", timestamp_secs.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        outcome(self.egress.call(Call { url, headers, body: Some(Bytes::from(body)) }).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, retry_after_secs: Option<u32>) -> Result<Reply, EgressError> {
        Ok(Reply { status, retry_after_secs, body: Vec::new() })
    }

    #[test]
    fn every_answer_has_its_meaning() {
        for status in [200, 201, 202, 204, 299] {
            assert!(matches!(outcome(reply(status, None)), SendOutcome::Delivered { .. }), "{status}");
        }
        for status in [100, 301, 302, 307, 400, 401, 403, 404, 405, 408, 413, 422, 425, 500, 502, 503, 504] {
            assert_eq!(outcome(reply(status, None)), retry(format!("HTTP {status}"), None));
        }
        assert_eq!(outcome(reply(429, Some(9))), retry("HTTP 429", Some(9)));
        assert!(matches!(outcome(reply(410, None)), SendOutcome::GiveUp { .. }));
        for error in [
            EgressError::Timeout,
            EgressError::Resolve,
            EgressError::ForbiddenName,
            EgressError::Broken("x".into()),
        ] {
            assert!(matches!(outcome(Err(error)), SendOutcome::Retry { .. }));
        }
        for error in [EgressError::Forbidden, EgressError::BadUrl("x")] {
            assert!(matches!(outcome(Err(error)), SendOutcome::GiveUp { .. }));
        }
    }
}
