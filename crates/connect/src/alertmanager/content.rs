//! What an alert of Prometheus says, in the words of a signal.

use std::borrow::Cow;

use hansei_domain::signal::{AlertSeverity, Content, Link, limits};

use super::item::{Item, Pairs};
use crate::reader::{bytes_of, clip, is_web_link, one_line};

/// Longest address that is kept, bytes. Generator links carry a whole query, so they are long.
const MAX_LINK: usize = 4096;

/// Annotations and labels that lead somewhere, with what their link says.
const LINKS: [(&str, &str); 7] = [
    ("runbook_url", "Runbook"),
    ("runbook", "Runbook"),
    ("dashboard_url", "Dashboard"),
    ("dashboard", "Dashboard"),
    ("grafana_url", "Dashboard"),
    ("panel_url", "Panel"),
    ("logs_url", "Logs"),
];

/// What a `severity` label means. Teams write many words for few things; compared without case.
///
/// A missing or unknown word is a warning: the mildest severity that the default rule still tells people about. An
/// alarm nobody classified must not be silent, and must not outrank those that somebody did.
pub fn severity(label: Option<&str>) -> AlertSeverity {
    const CRITICAL: [&str; 9] =
        ["critical", "crit", "page", "fatal", "emergency", "disaster", "blocker", "sev1", "p1"];
    const ERROR: [&str; 6] = ["error", "err", "high", "major", "sev2", "p2"];
    const INFO: [&str; 13] = [
        "info",
        "information",
        "informational",
        "notice",
        "none",
        "low",
        "debug",
        "ok",
        "ticket",
        "sev4",
        "sev5",
        "p4",
        "p5",
    ];
    let word = label.map(str::trim).unwrap_or_default();
    let among = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    if among(&CRITICAL) || among(&["sev0", "p0"]) {
        AlertSeverity::Critical
    } else if among(&ERROR) {
        AlertSeverity::Error
    } else if among(&INFO) {
        AlertSeverity::Info
    } else {
        AlertSeverity::Warning
    }
}

/// The content of a firing alert.
pub(super) fn content(item: &Item<'_>) -> Content {
    let mut content = Content::plain(summary(item), severity(item.label("severity")), short(source(item)));
    content.component = item.label("component").or_else(|| item.label("service")).map(short);
    content.group = item.label("cluster").or_else(|| item.label("namespace")).map(short);
    content.class = item.label("alertname").map(short);
    content.links = links(item);
    content.labels = owned(&item.labels);
    content.annotations = within_bounds(owned(&item.annotations));
    let generator = item.generator_url.as_deref().filter(|url| is_web_link(url, MAX_LINK));
    content.client_url = generator.map(str::to_owned);
    content
}

fn short(text: &str) -> String {
    one_line::<{ limits::SHORT }>(text, "-")
}

/// The annotation meant for it, else the alert's name and what tells it apart.
fn summary(item: &Item<'_>) -> String {
    let told =
        ["summary", "title", "message", "description"].into_iter().find_map(|name| item.annotation(name));
    let text = told.map_or_else(|| Cow::Owned(name_and_labels(item)), Cow::Borrowed);
    one_line::<{ limits::SUMMARY }>(&text, "-")
}

fn name_and_labels(item: &Item<'_>) -> String {
    let mut out = String::from(item.label("alertname").unwrap_or("Alert"));
    let mut separator = " (";
    for (name, value) in item.labels.iter().filter(|(name, _)| name != "alertname" && name != "severity") {
        out.push_str(separator);
        out.push_str(name);
        out.push('=');
        out.push_str(value);
        separator = ", ";
        if out.len() > limits::SUMMARY {
            break;
        }
    }
    if separator == ", " {
        out.push(')');
    }
    out
}

/// The thing that is ill: the most concrete label there is.
fn source<'i>(item: &'i Item<'_>) -> &'i str {
    ["instance", "pod", "node", "host", "hostname", "job", "service", "alertname"]
        .into_iter()
        .find_map(|name| item.label(name))
        .unwrap_or("prometheus")
}

fn links(item: &Item<'_>) -> Vec<Link> {
    let mut out: Vec<Link> = Vec::new();
    for (name, text) in LINKS {
        let href =
            item.annotation(name).or_else(|| item.label(name)).filter(|href| is_web_link(href, MAX_LINK));
        if let Some(href) = href.filter(|href| out.iter().all(|link| link.href != *href)) {
            out.push(Link { href: href.to_owned(), text: text.to_owned() });
        }
    }
    out
}

/// Annotations only describe: what is too large together is cut, the largest first.
fn within_bounds(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut left = bytes_of(&pairs);
    while left > limits::PAIRS_BYTES {
        let Some((_, value)) = pairs.iter_mut().max_by_key(|(_, value)| value.len()) else { break };
        let kept = clip(value, value.chars().count() / 2).into_owned();
        let fewer = value.len().saturating_sub(kept.len());
        if fewer == 0 {
            break;
        }
        left -= fewer;
        *value = kept;
    }
    pairs
}

fn owned(pairs: &Pairs<'_>) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| (String::from(&**name), clip(value, limits::VALUE).into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_severity() {
        for (word, expected) in [
            (Some("critical"), AlertSeverity::Critical),
            (Some("Page"), AlertSeverity::Critical),
            (Some(" P1 "), AlertSeverity::Critical),
            (Some("SEV0"), AlertSeverity::Critical),
            (Some("high"), AlertSeverity::Error),
            (Some("major"), AlertSeverity::Error),
            (Some("warn"), AlertSeverity::Warning),
            (Some("minor"), AlertSeverity::Warning),
            (Some("none"), AlertSeverity::Info),
            (Some("low"), AlertSeverity::Info),
            (Some("weird"), AlertSeverity::Warning),
            (None, AlertSeverity::Warning),
        ] {
            assert_eq!(severity(word), expected, "{word:?}");
        }
    }
}
