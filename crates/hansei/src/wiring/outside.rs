//! What leads out of and into this process: senders, heartbeat, mail, web.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hansei_app::canary::Loopback;
use hansei_app::ports::{Senders, SharedClock};
use hansei_app::respond::Response;
use hansei_app::secret::LinkPurpose;
use hansei_app::words::Words;
use hansei_app::{App, AppError};
use hansei_connect::alertmanager::{ApiV2, Listing, WebhookV4};
use hansei_connect::egress::{Call, Egress};
use hansei_connect::json::Json;
use hansei_connect::mail_in::{MailIn, MailInConfig, ReplyAction, ReplyAnswer, ReplyHandler};
use hansei_connect::pagerduty::Pagerduty;
use hansei_connect::smtp::{Security, SmtpConfig, SmtpSender};
use hansei_connect::webhook::WebhookSender;
use hansei_web::WebConfig;
use hansei_web::config::{Formats, Limits, MetricsText};
use hansei_web::net::TrustedProxies;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::task::JoinHandle;

use crate::options::Options;
use crate::output::Failure;

/// How often the heartbeat leaves.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The ways of telling people that are configured.
pub fn senders(
    options: &Options,
    egress: &Egress,
    words: &Arc<Words>,
    clock: &SharedClock,
) -> Result<Senders, Failure> {
    let mut senders =
        Senders::default().with(Arc::new(Loopback)).with(Arc::new(WebhookSender::new(egress.clone())));
    if let Some(sender) = smtp_with(options, words, clock)? {
        senders = senders.with(Arc::new(sender));
    }
    Ok(senders)
}

/// The mail sender as `serve` would make it, if a mail server is configured.
pub fn smtp_sender(options: &Options) -> Result<Option<SmtpSender>, Failure> {
    let (clock, _) = super::world();
    smtp_with(options, &Arc::new(Words::built_in()), &clock)
}

fn smtp_with(
    options: &Options,
    words: &Arc<Words>,
    clock: &SharedClock,
) -> Result<Option<SmtpSender>, Failure> {
    let Some(config) = smtp(options)? else { return Ok(None) };
    let made = SmtpSender::new(&config, Arc::clone(words), Arc::clone(clock));
    made.map(Some).map_err(|e| Failure::Usage(format!("smtp: {e}")))
}

/// The mail server, if one is configured: `smtp://` (STARTTLS), `smtps://`, or `smtp+plain://` without encryption.
fn smtp(options: &Options) -> Result<Option<SmtpConfig>, Failure> {
    let Some(text) = &options.smtp_url else { return Ok(None) };
    let wrong = |why: &str| Failure::Usage(format!("smtp_url: {why}"));
    let url = url::Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
    let security = match url.scheme() {
        "smtp" => Security::Starttls,
        "smtps" => Security::Tls,
        "smtp+plain" => Security::None,
        other => return Err(wrong(&format!("{other} is not smtp, smtps or smtp+plain"))),
    };
    let host = url.host_str().filter(|h| !h.is_empty()).ok_or_else(|| wrong("names no host"))?;
    let username = (!url.username().is_empty()).then(|| decoded(url.username()));
    let password = match url.password() {
        Some(password) => Some(decoded(password)),
        None => options.smtp_password.clone(),
    };
    let from = options.mail_from.clone().ok_or_else(|| {
        Failure::Usage("mail_from: is needed with smtp_url (Hansei <hansei@example.org>)".into())
    })?;
    Ok(Some(SmtpConfig {
        host: host.to_owned(),
        port: url.port(),
        security,
        username,
        password,
        from,
        reply_domain: options.reply_domain.clone(),
        ca_file: options.smtp_ca_file.clone(),
    }))
}

fn decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, v)| v.into_owned()).unwrap_or_default()
}

/// Calls the outside heartbeat while the self-test comes home (R45): silence there means that paging does not work here.
pub fn heartbeat(options: &Options, app: &Arc<App>, egress: &Egress) -> Option<JoinHandle<()>> {
    let url = options.heartbeat_url.clone()?;
    let (app, egress) = (Arc::clone(app), egress.clone());
    Some(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(HEARTBEAT);
        loop {
            ticks.tick().await;
            if !app.canary_is_home() {
                tracing::warn!("no heartbeat: the self-test has not come home");
                continue;
            }
            let call = Call { body: None, url: &url, headers: Vec::new() };
            match egress.call(call).await {
                Ok(reply) if (200..300).contains(&reply.status) => {}
                Ok(reply) => tracing::warn!(status = reply.status, "the heartbeat was not taken"),
                Err(error) => tracing::warn!(%error, "the heartbeat did not arrive"),
            }
        }
    }))
}

/// Receives replies by mail, if configured.
pub async fn mail_in(options: &Options, app: &Arc<App>) -> Result<Option<JoinHandle<()>>, Failure> {
    let (Some(listen), Some(domain)) = (options.reply_listen, options.reply_domain.clone()) else {
        if options.reply_listen.is_some() {
            return Err(Failure::Usage("reply_domain: is needed with reply_listen".into()));
        }
        return Ok(None);
    };
    let config = MailInConfig { listen, domain, hostname: "hansei".into(), max_connections: 32 };
    let server = MailIn::bind(config)
        .await
        .map_err(|e| Failure::Unreachable(format!("reply_listen {listen}: {e}")))?;
    let handler = Arc::new(Replies(Arc::clone(app)));
    Ok(Some(tokio::spawn(server.run(handler, std::future::pending()))))
}

/// Replies to pages, acted on by the use-cases.
struct Replies(Arc<App>);

#[async_trait]
impl ReplyHandler for Replies {
    async fn on_reply(&self, token: &str, action: ReplyAction) -> ReplyAnswer {
        let response = match action {
            ReplyAction::Acknowledge => Response::Acknowledge,
            ReplyAction::Resolve => Response::Resolve,
        };
        match self.0.respond(LinkPurpose::Reply, token, response).await {
            Ok(done) => {
                tracing::info!(
                    incident.number = done.incident.number,
                    ?action,
                    "a reply by mail was acted on"
                );
                ReplyAnswer::Done
            }
            Err(AppError::Refused(why)) => ReplyAnswer::Refused(why.to_string()),
            Err(error) => {
                tracing::warn!(%error, "a reply by mail could not be acted on now");
                ReplyAnswer::TryLater
            }
        }
    }
}

/// File descriptors kept for the store, the inbox and what leads out: with none left, accepting signals would fail (F48).
const KEPT_FILES: u64 = 256;

/// How many of the wanted connections fit under a limit on file descriptors.
fn sockets_under(limit: Option<u64>, wanted: usize) -> usize {
    let room = limit.map_or(u64::MAX, |files| files.saturating_sub(KEPT_FILES).max(files / 2));
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX))
}

/// Raises the limit on file descriptors as far as it may be, and says how many connections fit under it.
fn sockets(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    let sockets = sockets_under(current, wanted);
    if sockets < wanted {
        tracing::warn!(
            sockets,
            files = current,
            "fewer connections at once than usual: raise the limit of open files"
        );
    }
    sockets
}

/// The web floor over the use-cases.
pub fn web(options: &Options, app: &Arc<App>, metrics: PrometheusHandle) -> Result<hansei_web::Web, Failure> {
    let proxies = options.trusted_proxies.clone().unwrap_or_default();
    let trusted_proxies =
        TrustedProxies::parse(&proxies).map_err(|e| Failure::Usage(format!("trusted_proxies: {e}")))?;
    drop(super::metrics::keep_up(metrics.clone()));
    let for_web = Arc::clone(app);
    let app = Arc::clone(app);
    let text: MetricsText = Arc::new(move || {
        let (app, metrics) = (Arc::clone(&app), metrics.clone());
        Box::pin(async move { super::metrics::render(&app, &metrics).await })
    });
    let asked = Arc::clone(&for_web);
    let usual = Limits::default();
    let config = WebConfig {
        trusted_proxies,
        metrics: Some(text),
        metrics_token: options.metrics_token.clone(),
        readiness: Some(Arc::new(move || asked.readiness())),
        limits: Limits { sockets: sockets(usual.sockets), ..usual },
    };
    Ok(hansei_web::Web::new(for_web, config, formats()))
}

/// The wire formats at the doors.
fn formats() -> Formats {
    Formats {
        pagerduty: Arc::new(Pagerduty),
        alertmanager: Arc::new(ApiV2),
        webhook: Arc::new(WebhookV4),
        json: Arc::new(Json),
        listing: Arc::new(Listing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_store() {
        assert_eq!(sockets_under(Some(1_024), 20_000), 768);
        assert_eq!(sockets_under(Some(300), 20_000), 150);
        assert_eq!(sockets_under(Some(524_288), 20_000), 20_000);
        assert_eq!(sockets_under(None, 20_000), 20_000);
    }

    #[test]
    fn the_limit_of_open_files_is_raised() {
        use rustix::process::{Resource, getrlimit};
        let fits = sockets(20_000);
        let now = getrlimit(Resource::Nofile);
        assert_eq!(now.current, now.maximum);
        assert_eq!(fits, sockets_under(now.current, 20_000));
    }
}
