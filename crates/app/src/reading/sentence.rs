//! Sentences in which some parts are more than text: a person, a severity, an instant, what somebody wrote.
//!
//! Languages put their words in different orders, so a sentence is one message with its arguments, never glued from
//! pieces. The arguments stand in the formatted message as single private-use characters and are exchanged for their
//! parts afterwards; what people wrote never goes through the formatter and is never looked at for such characters.
//! Screens draw the parts; [`Sentence::plain`] writes them as text.

use hansei_domain::Timestamp;
use hansei_domain::ids::{AlertId, PersonId};
use hansei_domain::incident::{IncidentStatus, Severity};

use crate::words::{Args, Locale, Words, span, when_in};

/// The first of the characters that stand for arguments (Unicode's private use area).
const FIRST_SLOT: u32 = 0xE000;

/// One part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words of the language, or a word that needs no other looks.
    Text(String),
    /// Somebody or something that acts: a person, an integration, Hansei itself.
    Who {
        /// Their name.
        name: String,
        /// The person, if it is one.
        person: Option<PersonId>,
    },
    /// A severity.
    Severity(Severity),
    /// A state of an incident.
    Status(IncidentStatus),
    /// An incident by its number.
    Incident(u64),
    /// An alert.
    Alert {
        /// Which.
        id: AlertId,
        /// What it says.
        summary: String,
    },
    /// An instant.
    At(Timestamp),
    /// A span, seconds.
    Span(i64),
    /// What somebody wrote, word for word.
    Quote(String),
    /// A product, component or pod.
    Place(String),
}

/// A sentence in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sentence {
    /// Its parts, in the order of the language.
    pub parts: Vec<Part>,
}

/// The arguments of a sentence.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    parts: Vec<(&'static str, Vec<Part>)>,
    numbers: Vec<(&'static str, i64)>,
}

impl Slots {
    /// No arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one part.
    #[must_use]
    pub fn part(self, name: &'static str, part: Part) -> Self {
        self.parts(name, vec![part])
    }

    /// Adds a word.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.part(name, Part::Text(text.into()))
    }

    /// Adds several parts in one place, written one after the other.
    #[must_use]
    pub fn parts(mut self, name: &'static str, parts: Vec<Part>) -> Self {
        self.parts.push((name, parts));
        self
    }

    /// Adds a list, with the language's separator between its members.
    #[must_use]
    pub fn list(self, name: &'static str, members: Vec<Part>, locale: Locale) -> Self {
        let mut parts = Vec::with_capacity(members.len() * 2);
        for (i, member) in members.into_iter().enumerate() {
            if i > 0 {
                parts.push(Part::Text(separator(locale).into()));
            }
            parts.push(member);
        }
        self.parts(name, parts)
    }

    /// Adds a number (plural rules see it as one).
    #[must_use]
    pub fn number(mut self, name: &'static str, value: impl TryInto<i64>) -> Self {
        self.numbers.push((name, value.try_into().unwrap_or(i64::MAX)));
        self
    }
}

/// What stands between the members of a list.
pub fn separator(locale: Locale) -> &'static str {
    match locale {
        Locale::En | Locale::De => ", ",
        Locale::Ja => "、",
    }
}

fn slot(index: usize) -> char {
    u32::try_from(index)
        .ok()
        .and_then(|i| char::from_u32(FIRST_SLOT + i))
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl Sentence {
    /// Puts a message together.
    pub fn say(words: &Words, locale: Locale, key: &str, slots: Slots) -> Self {
        let mut args = Args::new();
        for (name, value) in &slots.numbers {
            args = args.number(name, *value);
        }
        for (i, (name, _)) in slots.parts.iter().enumerate() {
            args = args.text(name, slot(i));
        }
        let text = words.text(locale, key, &args);
        let mut parts = Vec::new();
        let mut words_so_far = String::new();
        for c in text.chars() {
            let index = (c as u32).checked_sub(FIRST_SLOT).and_then(|i| usize::try_from(i).ok());
            match index.and_then(|i| slots.parts.get(i)) {
                Some((_, inside)) => {
                    push_text(&mut parts, &mut words_so_far);
                    parts.extend(inside.iter().cloned());
                }
                None => words_so_far.push(c),
            }
        }
        push_text(&mut parts, &mut words_so_far);
        Self { parts }
    }

    /// A sentence that is only text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Text(text.into())] }
    }

    /// The sentence as plain text, instants in a zone.
    pub fn plain(&self, words: &Words, locale: Locale, zone: &str) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) | Part::Quote(text) | Part::Place(text) => out.push_str(text),
                Part::Who { name, .. } => out.push_str(name),
                Part::Severity(severity) => out.push_str(&severity.to_string()),
                Part::Status(status) => {
                    out.push_str(&words.plain(locale, &format!("status-{}", status.as_str())));
                }
                Part::Incident(number) => out.push_str(&format!("INC-{number}")),
                Part::Alert { summary, .. } => out.push_str(summary),
                Part::At(at) => out.push_str(&when_in(*at, locale, zone)),
                Part::Span(secs) => out.push_str(&span(*secs, locale)),
            }
        }
        out
    }
}

fn push_text(parts: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_where_the_language_wants_them() {
        let words = Words::built_in();
        let who = Part::Who { name: "Aiko".into(), person: None };
        let said = |locale| {
            let slots = Slots::new().part("person", who.clone());
            Sentence::say(&words, locale, "target-person", slots).plain(&words, locale, "UTC")
        };
        assert_eq!((said(Locale::En).as_str(), said(Locale::Ja).as_str()), ("Aiko", "Aikoさん"));
    }

    #[test]
    fn what_people_write_is_never_taken_for_an_argument() {
        let words = Words::built_in();
        let sly = format!("{}{}", slot(0), slot(1));
        let slots =
            Slots::new().part("service", Part::Quote(sly.clone())).part("target", Part::Text("x".into()));
        let said = Sentence::say(&words, Locale::En, "why-step-first", slots);
        assert_eq!(said.parts.iter().filter(|p| matches!(p, Part::Quote(q) if *q == sly)).count(), 1);
        assert_eq!(said.parts.iter().filter(|p| matches!(p, Part::Text(t) if t == "x")).count(), 1);
    }

    #[test]
    fn lists_have_the_separator_of_the_language() {
        let words = Words::built_in();
        let names = vec![Part::Text("A".into()), Part::Text("B".into())];
        let slots = Slots::new().list("person", names, Locale::Ja);
        let said = Sentence::say(&words, Locale::Ja, "target-person", slots);
        assert_eq!(said.plain(&words, Locale::Ja, "UTC"), "A、Bさん");
    }
}
