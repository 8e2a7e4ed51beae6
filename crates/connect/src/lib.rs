//! The outside world, one folder per system.
//!
//! A folder speaks one vendor's language in both directions: the wire format in, the calls out, recorded samples and
//! tests. It never retries on its own, never touches the store, and never dials without the guarded client
//! ([`egress`]).

pub mod alertmanager;
pub mod egress;
mod instant;
pub mod json;
pub mod mail_in;
pub mod pagerduty;
#[cfg(test)]
mod poison;
mod reader;
#[cfg(test)]
mod sample;
pub mod smtp;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod webhook;

use std::sync::Arc;

use hansei_app::ports::SignalFormat;
use hansei_domain::signal::SourceFormat;

/// The format of a key's signals. The registry line of every inbound system; `None` for what only Hansei itself sends.
pub fn format_for(source: SourceFormat) -> Option<Arc<dyn SignalFormat>> {
    Some(match source {
        SourceFormat::Pagerduty => Arc::new(pagerduty::Pagerduty),
        SourceFormat::Alertmanager => Arc::new(alertmanager::Alertmanager),
        SourceFormat::Json => Arc::new(json::Json),
        SourceFormat::Internal => return None,
    })
}

/// All formats a key can be made for.
pub fn formats() -> Vec<Arc<dyn SignalFormat>> {
    SourceFormat::OFFERED.into_iter().filter_map(format_for).collect()
}
