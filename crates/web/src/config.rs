//! What the binary may set about HTTP. Everything has a default that is right for most.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hansei_app::ports::{AlertmanagerApi, SignalFormat};
use hansei_domain::signal::SourceFormat;

use crate::net::TrustedProxies;

/// Makes the text of `/metrics`.
pub type MetricsText = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = String> + Send>> + Send + Sync>;
/// Whether this node may be sent traffic; the error says why not.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Settings of the web floor.
#[derive(Clone, Default)]
pub struct WebConfig {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Time and size limits.
    pub limits: Limits,
    /// Makes the text of `/metrics`; without it the address answers 404.
    pub metrics: Option<MetricsText>,
    /// What a scraper must send as bearer; without one only callers on this machine may read the metrics.
    pub metrics_token: Option<String>,
    /// What `/readyz` asks besides the store.
    pub readiness: Option<Readiness>,
}

/// Limits on what clients may cost (F26, F28, F29, R41).
#[derive(Debug, Clone)]
pub struct Limits {
    /// A request's head must arrive within this; an idle connection is closed after it, too.
    pub head: Duration,
    /// A request's body must arrive within this, or at [`Limits::body_bytes_per_sec`].
    pub body: Duration,
    /// The slowest a body that takes longer may be.
    pub body_bytes_per_sec: u64,
    /// A client that reads nothing of its answer for this long is given up.
    pub unread: Duration,
    /// A page or API call must be answered within this.
    pub answer: Duration,
    /// Storing signals must be done within this, else 503 (R2).
    pub store: Duration,
    /// Largest head, bytes.
    pub head_bytes: usize,
    /// Connections at once.
    pub sockets: usize,
    /// Connections of one address at once (of IPv6: of one /64). This machine's own addresses are exempt, and so are
    /// trusted proxies, through which everybody comes.
    pub sockets_per_address: usize,
    /// Streams at once.
    pub streams: usize,
    /// Streams of one person at once.
    pub streams_per_person: usize,
    /// Repeats one key may send per second; what is new is never refused (R6).
    pub repeats_per_sec: u32,
    /// Unreadable payloads of one key that are kept per minute.
    pub unreadable_per_min: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(20),
            body_bytes_per_sec: 1_024,
            unread: Duration::from_secs(30),
            answer: Duration::from_secs(15),
            store: Duration::from_millis(1_800),
            head_bytes: 64 * 1024,
            sockets: 20_000,
            sockets_per_address: 512,
            streams: 10_000,
            streams_per_person: 50,
            repeats_per_sec: 200_000,
            unreadable_per_min: 120,
        }
    }
}

/// The wire formats that are spoken at the doors, filled in by whoever composes.
#[derive(Clone)]
pub struct Formats {
    /// PagerDuty Events v2.
    pub pagerduty: Arc<dyn SignalFormat>,
    /// The body of Alertmanager's `POST /api/v2/alerts`.
    pub alertmanager: Arc<dyn SignalFormat>,
    /// The body of Alertmanager's webhook.
    pub webhook: Arc<dyn SignalFormat>,
    /// Generic JSON.
    pub json: Arc<dyn SignalFormat>,
    /// The reading side of Alertmanager's API.
    pub listing: Arc<dyn AlertmanagerApi>,
}

impl Formats {
    /// The format that reads a kept payload again.
    pub fn of(&self, source: SourceFormat, body: &[u8]) -> Option<&dyn SignalFormat> {
        let plain = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        let object = plain.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
        match source {
            SourceFormat::Pagerduty => Some(&*self.pagerduty),
            SourceFormat::Alertmanager if object => Some(&*self.webhook),
            SourceFormat::Alertmanager => Some(&*self.alertmanager),
            SourceFormat::Json => Some(&*self.json),
            SourceFormat::Internal => None,
        }
    }
}
