//! What a message says: the first line its writer wrote, or that no person wrote it.

use std::borrow::Cow;

use mail_parser::decoders::html::html_to_text;
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders, PartType};

use super::ReplyAction;
use super::vocabulary::read_action;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// No person wrote it.
    Automatic,
    /// A clear word.
    Action(ReplyAction),
    /// Something else.
    Unclear,
}

/// Lines that are looked at before giving up.
const MAX_LINES: usize = 200;

/// Reads a message.
pub(super) fn read(message: &[u8]) -> Reply {
    let Some(message) = MessageParser::default().parse(message) else { return Reply::Unclear };
    if is_automatic(&message) {
        return Reply::Automatic;
    }
    let text = own_text(&message);
    match own_line(&text).and_then(read_action) {
        Some(action) => Reply::Action(action),
        None => Reply::Unclear,
    }
}

fn is_automatic(message: &Message<'_>) -> bool {
    let header = |name: &str| match message.header(name) {
        Some(HeaderValue::Text(text)) => text.trim().to_ascii_lowercase(),
        Some(HeaderValue::TextList(list)) => list.join(",").to_ascii_lowercase(),
        Some(HeaderValue::Empty) | None => String::new(),
        // Present, in a form of its own.
        Some(_) => "present".to_owned(),
    };
    let submitted = header("Auto-Submitted");
    let precedence = header("Precedence");
    let report = message.content_type().is_some_and(|t| {
        t.ctype().eq_ignore_ascii_case("multipart")
            && t.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
    });
    let subject = message.subject().unwrap_or_default().trim().to_lowercase();
    let away = [
        "automatic reply",
        "auto reply",
        "autoreply",
        "auto-reply",
        "out of office",
        "automatische antwort",
        "abwesenheit",
        "abwesend",
        "自動返信",
        "自動応答",
        "不在",
    ];
    (!submitted.is_empty() && submitted != "no" && !submitted.starts_with("no;"))
        || ["auto_reply", "bulk", "junk", "list"].contains(&precedence.as_str())
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoresponder"]
            .iter()
            .any(|h| !header(h).is_empty())
        || report
        || away.iter().any(|word| subject.starts_with(word))
}

/// The text of a message; of one that is only HTML, the part above the quotation.
fn own_text<'m>(message: &'m Message<'_>) -> Cow<'m, str> {
    let first = message.text_body.first().and_then(|id| message.part(*id));
    match first.map(|part| &part.body) {
        Some(PartType::Html(html)) => Cow::Owned(html_to_text(&above_quotation(html))),
        _ => message.body_text(0).unwrap_or_default(),
    }
}

/// Cuts HTML where programs begin to quote, and lets every block begin a line of its own.
fn above_quotation(html: &str) -> String {
    const QUOTES: [&str; 6] =
        ["<blockquote", "<hr", "gmail_quote", "divrplyfwdmsg", "appendonsend", "moz-cite-prefix"];
    // The same length, so that places in one are places in the other.
    let lower = html.to_ascii_lowercase();
    let quoted = QUOTES.iter().filter_map(|mark| lower.find(mark)).min().unwrap_or(html.len());
    // The mark may stand inside a tag: cut before that tag.
    let end = match lower.get(..quoted).and_then(|before| before.rfind('<')) {
        Some(open) if lower.get(open..quoted).is_some_and(|tag| !tag.contains('>')) => open,
        _ => quoted,
    };
    let mut out = String::with_capacity(end + 64);
    let mut from = 0;
    for (at, _) in lower.get(..end).unwrap_or_default().match_indices('<') {
        let block = ["<div", "</div", "<li", "<tr", "<h"].iter().any(|tag| lower[at..].starts_with(tag));
        if block {
            out.push_str(html.get(from..at).unwrap_or_default());
            out.push_str("<br>");
            from = at;
        }
    }
    out.push_str(html.get(from..end).unwrap_or_default());
    out
}

/// The first line that the writer wrote: not quoted, not an attribution, not behind a separator.
fn own_line(text: &str) -> Option<&str> {
    for line in text.lines().take(MAX_LINES).map(str::trim) {
        if line.is_empty() || line.starts_with('>') || is_attribution(line) {
            continue;
        }
        return (!is_separator(line)).then_some(line);
    }
    None
}

/// "On … Ana wrote:" and its relatives, which stand above a quotation.
fn is_attribution(line: &str) -> bool {
    let lower = line.to_lowercase();
    let ends = lower.ends_with(':') || lower.ends_with('：');
    let words = [" wrote", " schrieb", "のメール", "書きました", " writes", "wrote:"];
    ends && words.iter().any(|word| lower.contains(word))
}

/// What programs put between a reply and the mail it answers, when they do not quote line by line.
fn is_separator(line: &str) -> bool {
    let lower = line.to_lowercase();
    let rule = line.len() >= 5 && line.chars().all(|c| c == '_' || c == '-' || c == '=');
    let heads = [
        "from:",
        "von:",
        "差出人:",
        "差出人：",
        "sent:",
        "gesendet:",
        "送信日時:",
        "送信日時：",
        "-----original",
        "-----ursprüng",
        "----- original",
        "-----元の",
    ];
    rule || line == "--" || heads.iter().any(|head| lower.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::super::ReplyAction::{Acknowledge, Resolve};
    use super::*;

    fn plain(headers: &str, body: &str) -> Reply {
        let mail = format!(
            "From: ana@example.org\r\nSubject: Re: [SEV1] #142\r\n{headers}\r\n{}",
            body.replace('\n', "\r\n")
        );
        read(mail.as_bytes())
    }

    #[test]
    fn the_first_own_line_counts() {
        for body in [
            "ack\n",
            "\n\n  Ack.  \n\nOn Tue, Ana wrote:\n> resolved\n",
            "> Acknowledge\n> https://x\n\nack\n",
            "On Tue, 2 Jul 2024 at 14:12, Hansei <hansei@example.org> wrote:\n> resolved\nack\n",
            "Am 02.07.2024 um 14:12 schrieb Hansei:\n> gelöst\nübernehme\n",
            "2024年7月2日(火) 21:12 Hansei のメール:\n> 解決\n対応します\n",
        ] {
            assert_eq!(plain("", body), Reply::Action(Acknowledge), "{body}");
        }
        assert_eq!(plain("", "gelöst, war die Platte\n> ack"), Reply::Action(Resolve));
    }

    #[test]
    fn quoted_words_are_not_the_writers() {
        for body in [
            "",
            "\n\n",
            "> ack\n",
            "From: Hansei\nack\n",
            "Von: Hansei\nGesendet: gestern\n\nAcknowledge\n",
            "-----Original Message-----\nack\n",
            "________________________________\nack\n",
            "-- \nack\n",
            "差出人: Hansei\n対応\n",
            "Thanks!\nack\n",
        ] {
            assert_eq!(plain("", body), Reply::Unclear, "{body}");
        }
    }

    #[test]
    fn machines_are_not_people() {
        for headers in [
            "Auto-Submitted: auto-replied\r\n",
            "Auto-Submitted: auto-generated (x)\r\n",
            "Precedence: bulk\r\n",
            "Precedence: auto_reply\r\n",
            "X-Autoreply: yes\r\n",
            "X-Autorespond: x\r\n",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n",
        ] {
            assert_eq!(plain(headers, "ack\n"), Reply::Automatic, "{headers}");
        }
        assert_eq!(plain("Auto-Submitted: no\r\n", "ack\n"), Reply::Action(Acknowledge));
        for subject in [
            "Automatic reply: x",
            "Out of Office",
            "Abwesenheitsnotiz",
            "自動返信: x",
            "Automatische Antwort: x",
        ] {
            let mail = format!("From: a@b\r\nSubject: {subject}\r\n\r\nok\r\n");
            assert_eq!(read(mail.as_bytes()), Reply::Automatic, "{subject}");
        }
    }

    #[test]
    fn encodings_and_html_are_read() {
        let base64 = "From: a@b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5a++5b+c44GX44G+44GZ\r\n";
        assert_eq!(read(base64.as_bytes()), Reply::Action(Acknowledge));
        let printable = "From: a@b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=FCbernehme\r\n";
        assert_eq!(read(printable.as_bytes()), Reply::Action(Acknowledge));
        for html in [
            "<html><head><style>ack{}</style></head><body><div>fixed</div><blockquote>ack</blockquote></body></html>",
            "<DIV>fixed</DIV><DIV>by me</DIV><div class=\"gmail_quote\">On Tue, Hansei wrote: ack</div>",
            "<p>fixed</p><hr><b>From:</b> Hansei<p>ack</p>",
        ] {
            let mail = format!("From: a@b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}");
            assert_eq!(read(mail.as_bytes()), Reply::Action(Resolve), "{html}");
        }
        let empty = "From: a@b\r\nContent-Type: text/html\r\n\r\n<div></div><blockquote>ack</blockquote>";
        assert_eq!(read(empty.as_bytes()), Reply::Unclear);
        let iso2022 =
            b"From: a@b\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B2r7h\x1b(B\r\n";
        assert_eq!(read(iso2022), Reply::Action(Resolve));
    }

    #[test]
    fn broken_messages_are_survived() {
        let mut nested = String::from("From: a@b\r\n");
        for i in 0..500 {
            nested.push_str(&format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n"));
        }
        for message in [nested.as_bytes(), b"", b"\0", b"\r\n\r\n", b"\xff\xfe", &[b'a'; 100_000]] {
            assert_ne!(read(message), Reply::Action(Acknowledge));
        }
    }
}
