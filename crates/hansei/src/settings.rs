//! Whether the options can be used together: asked before anything is opened, by `serve` as by `doctor`.

use hansei_connect::egress::{Egress, EgressPolicy};
use hansei_web::net::TrustedProxies;

use crate::options::Options;
use crate::output::Failure;
use crate::wiring::outside;

/// Refuses options that cannot be used, all at once and before a store is opened.
pub fn check(options: &Options) -> Result<(), Failure> {
    let wrong = problems(options);
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Usage(wrong.join("\n"))) }
}

/// What cannot be used, each with the option's name.
pub fn problems(options: &Options) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut note = |done: Result<(), Failure>| {
        if let Err(failure) = done {
            wrong.push(failure.text().to_owned());
        }
    };
    note(options.public_url(options.listen()).map(|_| ()));
    let proxies = TrustedProxies::parse(options.trusted_proxies.as_deref().unwrap_or_default());
    note(proxies.map(|_| ()).map_err(|e| Failure::Usage(format!("trusted_proxies: {e}"))));
    note(egress_policy(options).and_then(|policy| heartbeat(options, policy)));
    note(outside::smtp_sender(options).map(|_| ()));
    if options.reply_listen.is_some() && options.reply_domain.is_none() {
        note(Err(Failure::Usage("reply_domain: is needed with reply_listen".into())));
    }
    note(log(options));
    wrong
}

/// Which private addresses outgoing calls may reach.
pub fn egress_policy(options: &Options) -> Result<EgressPolicy, Failure> {
    let ranges = options.egress_allow.clone().unwrap_or_default();
    let allow = ranges
        .iter()
        .map(|text| text.parse().map_err(|e| Failure::Usage(format!("egress_allow {text}: {e}"))))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(EgressPolicy { allow })
}

fn heartbeat(options: &Options, policy: EgressPolicy) -> Result<(), Failure> {
    let Some(url) = &options.heartbeat_url else { return Ok(()) };
    hansei_connect::egress::install_crypto();
    let egress = Egress::new(policy).map_err(|e| Failure::Unreachable(e.to_string()))?;
    // The address may hold a secret: it is not repeated.
    egress.check(url).map_err(|e| Failure::Usage(format!("heartbeat_url: {e}")))
}

fn log(options: &Options) -> Result<(), Failure> {
    if let Some(filter) = &options.log {
        let read = tracing_subscriber::EnvFilter::try_new(filter);
        read.map_err(|e| Failure::Usage(format!("log: {e}")))?;
    }
    match options.log_format.as_deref() {
        None | Some("text" | "json") => Ok(()),
        Some(other) => Err(Failure::Usage(format!("log_format: {other} is neither text nor json"))),
    }
}

/// Says in the log what works, but surely not as it was meant.
pub fn advise(options: &Options) {
    if options.public_url.is_none() && options.listen().ip().is_unspecified() {
        tracing::warn!(
            listen = %options.listen(),
            "public_url is not set: links in pages and the set-up link lead to an address that nobody can open"
        );
    }
    if !options.passed_over.is_empty() {
        tracing::info!(variables = %options.passed_over.join(", "), "passed over: set by the orchestrator");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_by_name() {
        let options = Options {
            public_url: Some("ftp://x".into()),
            trusted_proxies: Some(vec!["somebody".into()]),
            egress_allow: Some(vec!["10.0.0.0/99".into()]),
            smtp_url: Some("imap://x".into()),
            reply_listen: Some("127.0.0.1:25".parse().unwrap()),
            log_format: Some("xml".into()),
            ..Options::default()
        };
        let wrong = problems(&options);
        let names =
            ["public_url", "trusted_proxies", "egress_allow", "smtp_url", "reply_domain", "log_format"];
        assert_eq!(wrong.len(), names.len(), "{wrong:?}");
        assert!(wrong.iter().zip(names).all(|(text, name)| text.starts_with(name)), "{wrong:?}");
        assert!(problems(&Options::default()).is_empty());
    }
}
