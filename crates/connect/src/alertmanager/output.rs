//! Alerts as API v2 shows them: what amtool, Karma and Grafana read.
//!
//! Written straight into the answer's buffer, one alert at a time, in the original's order of fields, so that listing
//! many costs no tree of values. Hansei's word for a receiver is the service that an alert is about.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hansei_domain::Timestamp;
use hansei_domain::alert::{Alert, Observation};
use hansei_domain::catalog::GroupBy;
use hansei_domain::signal::SourceFormat;
use jiff::fmt::temporal::DateTimePrinter;

use super::item::hex;
use super::{RESOLVE_TIMEOUT_SECS, fingerprint};

/// The version of the original whose API this is.
const API_VERSION: &str = "0.28.0";

/// An alert with what is shown beside it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// What its repeats told.
    pub seen: Option<&'a Observation>,
    /// The service's slug.
    pub receiver: &'a str,
}

/// Labels by which others know an alert: its own, or, if its format has none, some made of its fields.
pub fn labels(alert: &Alert) -> Vec<(&str, &str)> {
    let Some(content) = &alert.content else {
        return vec![("alertname", &alert.dedup_key)];
    };
    if !content.labels.is_empty() {
        return content.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    }
    let mut out = vec![("alertname", content.class.as_deref().unwrap_or(&content.summary))];
    out.extend(content.component.as_deref().map(|v| ("component", v)));
    out.push(("dedup_key", &alert.dedup_key));
    out.extend(content.group.as_deref().map(|v| ("group", v)));
    out.push(("instance", &content.source));
    out.push(("severity", content.severity.as_str()));
    out
}

/// Writes one alert.
pub fn alert(out: &mut Vec<u8>, shown: Shown<'_>, now: Timestamp) {
    let Shown { alert, seen, receiver } = shown;
    let labels = labels(alert);
    let fingerprint = match alert.format {
        SourceFormat::Alertmanager => Cow::Borrowed(alert.dedup_key.as_str()),
        _ => Cow::Owned(hex(fingerprint(labels.iter().copied()))),
    };
    let fired = alert.fired.map(|moment| moment.best()).or(alert.first_fired_at);
    let updated_at = seen.map(|seen| seen.last_seen_at).or(fired).unwrap_or(now);
    let ends_at = if alert.is_firing() {
        let timeout = || hansei_domain::plus_secs(now, RESOLVE_TIMEOUT_SECS);
        seen.and_then(|seen| seen.expires_at).unwrap_or_else(timeout)
    } else {
        alert.cleared.map_or(updated_at, |moment| moment.best())
    };
    let content = alert.content.as_ref();
    raw(out, "{\"annotations\":");
    match content {
        Some(content) if content.annotations.is_empty() && content.labels.is_empty() => {
            object(out, [("summary", content.summary.as_str())]);
        }
        Some(content) => object(out, content.annotations.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
        None => raw(out, "{}"),
    }
    raw(out, ",\"endsAt\":");
    time(out, ends_at);
    raw(out, ",\"fingerprint\":");
    text(out, &fingerprint);
    raw(out, ",\"receivers\":[{\"name\":");
    text(out, receiver);
    raw(out, "}],\"startsAt\":");
    time(out, fired.unwrap_or(updated_at));
    raw(
        out,
        ",\"status\":{\"inhibitedBy\":[],\"mutedBy\":[],\"silencedBy\":[],\"state\":\"active\"},\"updatedAt\":",
    );
    time(out, updated_at);
    if let Some(url) = content.and_then(|content| content.client_url.as_deref()) {
        raw(out, ",\"generatorURL\":");
        text(out, url);
    }
    raw(out, ",\"labels\":");
    object(out, labels);
    raw(out, "}");
}

/// Writes a list of alerts.
pub fn alerts<'a>(out: &mut Vec<u8>, all: impl IntoIterator<Item = Shown<'a>>, now: Timestamp) {
    list(out, all, |out, shown| alert(out, shown, now));
}

/// Alerts that share an incident by their service's rule.
#[derive(Debug)]
pub struct Group<'a> {
    /// The labels they share by the rule.
    pub labels: Vec<(String, String)>,
    /// The service's slug.
    pub receiver: &'a str,
    /// The alerts.
    pub alerts: Vec<Shown<'a>>,
}

/// The labels an alert shares with its group, by its service's rule.
pub fn shared_labels(alert: &Alert, rule: &GroupBy) -> Vec<(String, String)> {
    let own = labels(alert).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
    match rule {
        GroupBy::Service => Vec::new(),
        GroupBy::Alert => own.collect(),
        GroupBy::Labels { names } => own.filter(|(name, _)| names.contains(name)).collect(),
    }
}

/// Puts alerts into groups by their services' rules; groups are sorted by receiver and labels.
pub fn grouped<'a, 'r>(all: impl IntoIterator<Item = (Shown<'a>, &'r GroupBy)>) -> Vec<Group<'a>> {
    type Key<'a> = (&'a str, Vec<(String, String)>);
    let mut groups: BTreeMap<Key<'a>, Vec<Shown<'a>>> = BTreeMap::new();
    for (shown, rule) in all {
        let shared = shared_labels(shown.alert, rule);
        groups.entry((shown.receiver, shared)).or_default().push(shown);
    }
    groups.into_iter().map(|((receiver, labels), alerts)| Group { labels, receiver, alerts }).collect()
}

/// Writes groups.
pub fn groups(out: &mut Vec<u8>, all: &[Group<'_>], now: Timestamp) {
    list(out, all, |out, group| {
        begin_group(out);
        for (i, shown) in group.alerts.iter().enumerate() {
            if i > 0 {
                raw(out, ",");
            }
            alert(out, *shown, now);
        }
        end_group(out, &group.labels, group.receiver);
    });
}

/// Writes what stands before a group's alerts.
pub fn begin_group(out: &mut Vec<u8>) {
    raw(out, "{\"alerts\":[");
}

/// Writes what stands after a group's alerts.
pub fn end_group(out: &mut Vec<u8>, labels: &[(String, String)], receiver: &str) {
    raw(out, "],\"labels\":");
    object(out, labels.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    raw(out, ",\"receiver\":{\"name\":");
    text(out, receiver);
    raw(out, "}}");
}

/// Writes the list of receivers.
pub fn receivers<'a>(out: &mut Vec<u8>, names: impl IntoIterator<Item = &'a str>) {
    list(out, names, |out, name| object(out, [("name", name)]));
}

/// Writes the status. `version` and `revision` are Hansei's; the version shown is that of the API, since clients choose
/// their dialect by it. `config` is what is shown as configuration.
pub fn status(out: &mut Vec<u8>, version: &str, revision: &str, started_at: Timestamp, config: &str) {
    raw(out, "{\"cluster\":{\"peers\":[],\"status\":\"disabled\"},\"config\":");
    object(out, [("original", config)]);
    raw(out, ",\"uptime\":");
    time(out, started_at);
    raw(out, ",\"versionInfo\":");
    object(
        out,
        [
            ("branch", "hansei"),
            ("buildDate", ""),
            ("buildUser", "hansei"),
            ("goVersion", ""),
            ("revision", &format!("hansei {version} {revision}")),
            ("version", API_VERSION),
        ],
    );
    raw(out, "}");
}

fn raw(out: &mut Vec<u8>, json: &str) {
    out.extend_from_slice(json.as_bytes());
}

fn text(out: &mut Vec<u8>, value: &str) {
    // Writing a text into memory cannot fail; if it could, an empty one would keep the answer well-formed.
    let before = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        raw(out, "\"\"");
    }
}

fn object<'a>(out: &mut Vec<u8>, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
    raw(out, "{");
    for (i, (name, value)) in pairs.into_iter().enumerate() {
        if i > 0 {
            raw(out, ",");
        }
        text(out, name);
        raw(out, ":");
        text(out, value);
    }
    raw(out, "}");
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    raw(out, "[");
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            raw(out, ",");
        }
        write(out, item);
    }
    raw(out, "]");
}

/// Milliseconds, UTC, as the original writes them.
fn time(out: &mut Vec<u8>, at: Timestamp) {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    let mut written = String::with_capacity(26);
    raw(out, "\"");
    if PRINTER.print_timestamp(&at, &mut written).is_ok() {
        raw(out, &written);
    }
    raw(out, "\"");
}
