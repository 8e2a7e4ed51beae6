//! Words for people in their language: English, German, Japanese, all complete.
//!
//! Messages live in `words/<locale>/<area>.ftl` (Fluent). English is the source: a test proves that every language
//! has the same keys with the same arguments, so a missing translation cannot reach a person. Arguments are values;
//! they never become markup. Instants are formatted by `when`.

mod when;

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

pub use when::{date_in, span, span_short, stamp, time_in, when_in};

/// Languages that are complete, the source first.
pub const LOCALES: [&str; 3] = ["en", "de", "ja"];

/// The areas, each a file per language.
const AREAS: [(&str, [&str; 3]); 7] = [
    (
        "audit",
        [
            include_str!("../../words/en/audit.ftl"),
            include_str!("../../words/de/audit.ftl"),
            include_str!("../../words/ja/audit.ftl"),
        ],
    ),
    (
        "common",
        [
            include_str!("../../words/en/common.ftl"),
            include_str!("../../words/de/common.ftl"),
            include_str!("../../words/ja/common.ftl"),
        ],
    ),
    (
        "mail",
        [
            include_str!("../../words/en/mail.ftl"),
            include_str!("../../words/de/mail.ftl"),
            include_str!("../../words/ja/mail.ftl"),
        ],
    ),
    (
        "timeline",
        [
            include_str!("../../words/en/timeline.ftl"),
            include_str!("../../words/de/timeline.ftl"),
            include_str!("../../words/ja/timeline.ftl"),
        ],
    ),
    (
        "incidents",
        [
            include_str!("../../words/en/incidents.ftl"),
            include_str!("../../words/de/incidents.ftl"),
            include_str!("../../words/ja/incidents.ftl"),
        ],
    ),
    (
        "pages",
        [
            include_str!("../../words/en/pages.ftl"),
            include_str!("../../words/de/pages.ftl"),
            include_str!("../../words/ja/pages.ftl"),
        ],
    ),
    (
        "shell",
        [
            include_str!("../../words/en/shell.ftl"),
            include_str!("../../words/de/shell.ftl"),
            include_str!("../../words/ja/shell.ftl"),
        ],
    ),
];

/// Arguments of a message.
#[derive(Debug, Clone, Default)]
pub struct Args(Vec<(&'static str, Arg)>);

#[derive(Debug, Clone)]
enum Arg {
    Text(String),
    Number(i64),
}

impl Args {
    /// No arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, Arg::Text(value.into())));
        self
    }

    /// Adds a number (plural rules see it as one).
    #[must_use]
    pub fn number(mut self, name: &'static str, value: i64) -> Self {
        self.0.push((name, Arg::Number(value)));
        self
    }
}

/// A language people can choose. Anything unknown is English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Locale {
    /// English, the source.
    En,
    /// German.
    De,
    /// Japanese.
    Ja,
}

impl Locale {
    /// Reads a stable name; unknown ones are English.
    pub fn of(name: &str) -> Self {
        match name {
            "de" => Self::De,
            "ja" => Self::Ja,
            _ => Self::En,
        }
    }

    /// The stable name, also the HTML `lang`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Ja => "ja",
        }
    }

    /// The best language for an `Accept-Language` header.
    pub fn negotiate(header: &str) -> Self {
        let mut best = (Self::En, -1.0_f32);
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or("").trim().to_ascii_lowercase();
            let quality = pieces
                .find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()))
                .unwrap_or(1.0);
            let primary = tag.split('-').next().unwrap_or("");
            if LOCALES.contains(&primary) && quality > best.1 {
                best = (Self::of(primary), quality);
            }
        }
        best.0
    }
}

/// All messages in all languages. Made once, shared.
pub struct Words {
    bundles: BTreeMap<Locale, FluentBundle<FluentResource>>,
}

impl Words {
    /// Reads the built-in messages. Damaged sources can only come from a damaged build; a test reads them all.
    pub fn built_in() -> Self {
        let bundles = [Locale::En, Locale::De, Locale::Ja]
            .into_iter()
            .enumerate()
            .map(|(i, locale)| (locale, bundle(locale, i)))
            .collect();
        Self { bundles }
    }

    /// A message with its arguments. A key that does not exist shows as itself, so that nothing is ever silent.
    pub fn text(&self, locale: Locale, key: &str, args: &Args) -> String {
        self.lookup(locale, key, args)
            .or_else(|| self.lookup(Locale::En, key, args))
            .unwrap_or_else(|| key.to_owned())
    }

    /// A message without arguments.
    pub fn plain(&self, locale: Locale, key: &str) -> String {
        self.text(locale, key, &Args::new())
    }

    /// Whether a message exists.
    pub fn has(&self, key: &str) -> bool {
        self.bundles.get(&Locale::En).is_some_and(|b| b.has_message(key))
    }

    fn lookup(&self, locale: Locale, key: &str, args: &Args) -> Option<String> {
        let bundle = self.bundles.get(&locale)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut fluent = FluentArgs::new();
        for (name, value) in &args.0 {
            match value {
                Arg::Text(text) => fluent.set(*name, FluentValue::String(Cow::Borrowed(text))),
                Arg::Number(number) => fluent.set(*name, FluentValue::from(*number)),
            }
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&fluent), &mut errors);
        Some(text.into_owned())
    }
}

fn bundle(locale: Locale, index: usize) -> FluentBundle<FluentResource> {
    let lang: LanguageIdentifier = locale.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![lang]);
    // Invisible isolation marks would end up in mails, JSON and tests.
    bundle.set_use_isolating(false);
    for (_, sources) in AREAS {
        let resource = match FluentResource::try_new(sources[index].to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Key → the arguments it names.
    fn shape(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key = String::new();
        for line in source.lines() {
            if line.trim_start().starts_with('#') {
                continue;
            }
            if let Some((head, _)) = line.split_once('=')
                && !line.starts_with([' ', '\t', '}', '*', '['])
            {
                key = head.trim().to_owned();
                assert!(out.insert(key.clone(), BTreeSet::new()).is_none(), "{key} is there twice");
            }
            let mut rest = line;
            while let Some(at) = rest.find('$') {
                rest = &rest[at + 1..];
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                out.entry(key.clone()).or_default().insert(name);
            }
        }
        out
    }

    #[test]
    fn every_language_has_the_same_keys_with_the_same_arguments() {
        for (area, sources) in AREAS {
            let source = shape(sources[0]);
            for (i, locale) in LOCALES.iter().enumerate() {
                assert!(
                    FluentResource::try_new(sources[i].to_owned()).is_ok(),
                    "{area}/{locale} does not parse"
                );
                let other = shape(sources[i]);
                let missing: Vec<_> = source.keys().filter(|k| !other.contains_key(*k)).collect();
                let extra: Vec<_> = other.keys().filter(|k| !source.contains_key(*k)).collect();
                assert!(
                    missing.is_empty() && extra.is_empty(),
                    "{area}/{locale}: missing {missing:?}, extra {extra:?}"
                );
                for (key, args) in &source {
                    assert_eq!(args, &other[key], "{area}/{locale}: arguments of {key}");
                }
            }
        }
    }

    #[test]
    fn no_key_stands_in_two_areas() {
        let mut found: BTreeMap<String, &str> = BTreeMap::new();
        for (area, sources) in AREAS {
            for key in shape(sources[0]).into_keys() {
                let before = found.insert(key.clone(), area);
                assert_eq!(before, None, "{key} is in {area}, too: the later one silently wins");
            }
        }
    }

    #[test]
    fn the_best_language_is_negotiated() {
        assert_eq!(Locale::negotiate("de-CH, de;q=0.9, en;q=0.8"), Locale::De);
        assert_eq!(Locale::negotiate("fr, ja;q=0.3"), Locale::Ja);
        assert_eq!(Locale::negotiate("xx"), Locale::En);
    }
}
