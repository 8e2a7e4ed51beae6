//! The mail of a page: headers, a plain text and the same as HTML.

use std::time::SystemTime;

use hansei_app::ports::PageMessage;
use hansei_app::words::{Args, Locale, Words, when_in};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::html::Html;
use crate::reader::one_line;

/// Longest title in a subject, characters.
const SUBJECT_TITLE: usize = 200;

/// Who mails come from and where replies go.
pub(super) struct Sending {
    pub(super) from: Mailbox,
    pub(super) reply_domain: Option<String>,
}

/// The mail of a page as bytes.
pub(super) fn mail(
    page: &PageMessage,
    to: Address,
    sending: &Sending,
    words: &Words,
) -> Result<Vec<u8>, String> {
    let domain = sending.reply_domain.clone().unwrap_or_else(|| sending.from.email.domain().to_owned());
    let severity = format!("SEV{}", page.severity.rank());
    let title = one_line::<SUBJECT_TITLE>(&page.title, "-");
    let name = one_line::<120>(&page.person_name, "");
    let parts = Parts::new(page, words, sending.reply_domain.is_some());
    // The same for every attempt, so that equal pages make equal mails but for their time and number.
    let boundary = format!("hansei-{}", page.page_id);
    let body = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(parts.plain()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(parts.html()));
    let mut builder = Message::builder()
        .from(sending.from.clone())
        .to(Mailbox::new(Some(name).filter(|name| !name.is_empty()), to))
        .subject(format!("[{severity}] #{} {title}", page.incident_number))
        .date(SystemTime::from(page.sent_at))
        .message_id(Some(format!("<{}.{}.{}@{domain}>", page.page_id, page.contact_id, page.attempt)))
        // All mails about one incident make one thread.
        .references(format!("<{}@{domain}>", page.incident_id))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("X-Auto-Response-Suppress", "All"))
        .raw_header(raw("X-Hansei-Page", &page.page_id.to_string()))
        .raw_header(raw("Content-Language", Locale::of(&page.locale).as_str()));
    if page.severity.rank() <= 1 {
        builder = builder.raw_header(raw("Importance", "high"));
    }
    if let Some(domain) = &sending.reply_domain {
        let address = Address::new(format!("reply+{}", page.reply_token), domain);
        builder = builder.reply_to(Mailbox::new(None, address.map_err(|e| e.to_string())?));
    }
    let message = builder.multipart(body).map_err(|error| error.to_string())?;
    Ok(message.formatted())
}

/// A header of ours with a value that is plain ASCII.
fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// What both forms of the mail say, in the reader's language and zone.
struct Parts<'a> {
    page: &'a PageMessage,
    lang: &'static str,
    title: String,
    facts: Vec<(String, String)>,
    alerts_head: String,
    alerts: Vec<String>,
    more: Option<String>,
    acknowledge: String,
    resolve: String,
    open: String,
    runbook: Option<(String, &'a str)>,
    why: String,
    reason: String,
    reply: Option<String>,
}

impl<'a> Parts<'a> {
    fn new(page: &'a PageMessage, words: &Words, replies: bool) -> Self {
        let locale = Locale::of(&page.locale);
        let say = |key: &str| words.plain(locale, key);
        let count = |key: &str, count: u64| {
            words.text(locale, key, &Args::new().number("count", i64::try_from(count).unwrap_or(i64::MAX)))
        };
        let rank = page.severity.rank();
        let severity = format!("SEV{rank} – {}", say(&format!("severity-{rank}")));
        let mut facts = vec![(say("mail-severity"), severity)];
        facts.extend(page.service.as_ref().map(|name| (say("mail-service"), one_line::<200>(name, "-"))));
        facts.push((say("mail-status"), say(&format!("status-{}", page.status.as_str()))));
        facts.push((say("mail-noticed"), when_in(page.detected_at, locale, &page.zone)));
        let alerts: Vec<String> = page.alert_summaries.iter().map(|s| one_line::<300>(s, "-")).collect();
        let hidden = page.firing_alerts.saturating_sub(alerts.len() as u64);
        Self {
            page,
            lang: locale.as_str(),
            title: format!("#{} {}", page.incident_number, one_line::<1024>(&page.title, "-")),
            facts,
            alerts_head: count("mail-alerts", page.firing_alerts),
            more: (hidden > 0 && !alerts.is_empty()).then(|| count("mail-more", hidden)),
            alerts,
            acknowledge: say("mail-acknowledge"),
            resolve: say("mail-resolve"),
            open: say("mail-open"),
            runbook: page.runbook_url.as_deref().map(|url| (say("mail-runbook"), url)),
            why: say("mail-why"),
            reason: one_line::<500>(&page.reason.text, "-"),
            reply: replies.then(|| say("mail-reply")),
        }
    }

    fn plain(&self) -> String {
        let mut out = format!("{}\n\n", self.title);
        for (name, value) in &self.facts {
            out.push_str(&format!("{name}: {value}\n"));
        }
        out.push_str(&format!("\n{}\n{}\n", self.acknowledge, self.page.ack_url));
        if self.page.firing_alerts > 0 {
            out.push_str(&format!("\n{}\n", self.alerts_head));
            for line in self.alerts.iter().chain(&self.more) {
                out.push_str(&format!("- {line}\n"));
            }
        }
        let links =
            [(&self.open, self.page.incident_url.as_str()), (&self.resolve, self.page.resolve_url.as_str())];
        let runbook = self.runbook.as_ref().map(|(text, url)| (text, *url));
        for (text, url) in links.into_iter().chain(runbook) {
            out.push_str(&format!("\n{text}\n{url}\n"));
        }
        out.push_str(&format!("\n{}: {}\n", self.why, self.reason));
        if let Some(reply) = &self.reply {
            out.push_str(&format!("{reply}\n"));
        }
        out
    }

    fn html(&self) -> String {
        let mut out = Html::default();
        out.raw("<!doctype html>\n<html lang=\"")
            .text(self.lang)
            .raw("\">\n<head>\n<meta charset=\"utf-8\">\n");
        out.raw("<meta name=\"viewport\" content=\"width=device-width\">\n");
        out.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>").text(&self.title);
        out.raw("</title>\n<style>\n").raw(STYLE).raw("</style>\n</head>\n<body>\n<main>\n");
        out.raw("<h1>").text(&self.title).raw("</h1>\n<table>\n");
        for (name, value) in &self.facts {
            out.raw("<tr><th scope=\"row\">").text(name).raw("</th><td>").text(value).raw("</td></tr>\n");
        }
        out.raw("</table>\n<p>").link("act", &self.page.ack_url, &self.acknowledge).raw("</p>\n");
        if self.page.firing_alerts > 0 {
            out.raw("<p>").text(&self.alerts_head).raw("</p>\n<ul>\n");
            for line in self.alerts.iter().chain(&self.more) {
                out.raw("<li>").text(line).raw("</li>\n");
            }
            out.raw("</ul>\n");
        }
        out.raw("<p>").link("also", &self.page.incident_url, &self.open);
        out.raw(" · ").link("also", &self.page.resolve_url, &self.resolve);
        if let Some((text, url)) = &self.runbook {
            out.raw(" · ").link("also", url, text);
        }
        out.raw("</p>\n<p class=\"why\">").text(&self.why).raw(": ").text(&self.reason).raw("</p>\n");
        if let Some(reply) = &self.reply {
            out.raw("<p class=\"why\">").text(reply).raw("</p>\n");
        }
        out.raw("</main>\n</body>\n</html>\n");
        out.finish()
    }
}

/// Plain, readable in light and dark, no image, nothing loaded.
const STYLE: &str = "\
:root { color-scheme: light dark }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1b1b1f; background: #fff }
main { max-width: 38rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.25rem; overflow-wrap: anywhere }
th { text-align: start; font-weight: 600; padding: 0 1rem 0 0; vertical-align: top; white-space: nowrap }
td, li { overflow-wrap: anywhere }
a { color: #0b57d0 }
a.act { display: inline-block; padding: .75rem 1.5rem; border-radius: .375rem; background: #0b57d0; color: #fff; font-weight: 600; text-decoration: none }
.why { font-size: .875rem; color: #55565c }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6ea; background: #16171a }
  a { color: #8ab4f8 }
  a.act { background: #8ab4f8; color: #16171a }
  .why { color: #a4a6ad }
}
";
