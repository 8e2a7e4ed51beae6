//! The reading side of API v2 behind the port, in pieces, so that a list of any length is never in memory as a whole.

use hansei_app::ports::{AlertFilter, AlertmanagerApi, GroupLabels, ShownAlert, WireAnswer};
use hansei_domain::Timestamp;
use hansei_domain::alert::Alert;
use hansei_domain::catalog::GroupBy;

use super::filter::Filter;
use super::output;

/// What the status shows as configuration: there is none that this API could change.
const CONFIG: &str =
    "# Hansei is set up on its own pages.\nroute:\n  receiver: hansei\nreceivers:\n- name: hansei\n";

/// What amtool, Karma and Grafana read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listing;

impl AlertFilter for Filter {
    fn admits(&self, alert: &Alert, receiver: &str) -> bool {
        let labels = output::labels(alert);
        let label = |name: &str| labels.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        Self::admits(self, label, receiver)
    }
}

impl AlertmanagerApi for Listing {
    fn filter(&self, query: &[(String, String)]) -> Result<Box<dyn AlertFilter>, WireAnswer> {
        let pairs = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        match Filter::parse(pairs) {
            Ok(filter) => Ok(Box::new(filter)),
            Err(why) => Err(WireAnswer::json(400, serde_json::Value::from(why).to_string())),
        }
    }

    fn write_alert(&self, out: &mut Vec<u8>, shown: ShownAlert<'_>, now: Timestamp) {
        let ShownAlert { alert, seen, receiver } = shown;
        output::alert(out, output::Shown { alert, seen, receiver }, now);
    }

    fn group_of(&self, alert: &Alert, by: &GroupBy) -> GroupLabels {
        output::shared_labels(alert, by)
    }

    fn begin_group(&self, out: &mut Vec<u8>) {
        output::begin_group(out);
    }

    fn end_group(&self, out: &mut Vec<u8>, labels: &GroupLabels, receiver: &str) {
        output::end_group(out, labels, receiver);
    }

    fn receivers(&self, names: &[&str]) -> Vec<u8> {
        let mut out = Vec::new();
        output::receivers(&mut out, names.iter().copied());
        out
    }

    fn status(&self, version: &str, started_at: Timestamp) -> Vec<u8> {
        let mut out = Vec::new();
        output::status(&mut out, version, "", started_at, CONFIG);
        out
    }
}
