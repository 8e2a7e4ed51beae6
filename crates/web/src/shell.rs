//! What every page has around its content, and the words and instants in the reader's language and zone.

use std::sync::Arc;

use hansei_app::auth::Principal;
use hansei_app::words::{self, Args, Locale, Words};
use hansei_domain::Timestamp;
use hansei_domain::access::{Permission, Role};
use hansei_domain::catalog::Theme;
use hansei_domain::ids::{PersonId, TypedId};

use crate::flash::Flash;
use crate::state::{NavCounts, Web};

/// Colours of avatars, chosen by the person's id.
const TONES: [&str; 6] = ["violet", "blue", "green", "amber", "orange", "red"];

/// What the reader sees around the content. Cheap enough to make anew for each page; templates call its methods.
#[derive(Clone)]
pub struct Shell {
    /// The page's title, in the reader's language.
    pub title: String,
    /// The navigation entry that is marked.
    pub active: &'static str,
    /// The reader's name; empty if nobody is signed in.
    pub person: String,
    /// The organisation's name, once it is set up.
    pub organisation: String,
    /// The CSRF token for forms.
    pub csrf: String,
    /// `light`, `dark`, or empty for the system's choice.
    pub theme: &'static str,
    /// The address of the page's stream; empty if it has none.
    pub live: String,
    /// A sentence left by a redirect.
    pub flash: Option<Flash>,
    /// Figures in the navigation.
    pub counts: NavCounts,
    /// Address of the style sheet.
    pub css: String,
    /// Address of the script.
    pub js: String,
    /// Address of the icon.
    pub favicon: String,
    /// The server's time now.
    pub now: Timestamp,
    /// The reader's language.
    pub locale: Locale,
    /// The reader's zone.
    pub zone: String,
    role: Option<Role>,
    reader: Option<PersonId>,
    tone: &'static str,
    words: Arc<Words>,
}

impl Shell {
    /// A shell for a reader; `who` is `None` if nobody is signed in.
    pub fn new(web: &Web, who: Option<&Principal>, locale: Locale) -> Self {
        let catalog = web.app.catalog.now();
        let settings = catalog.settings();
        let theme = match who.map(|w| w.theme) {
            Some(Theme::Light) => "light",
            Some(Theme::Dark) => "dark",
            Some(Theme::System) | None => "",
        };
        let tone = who.map_or(0, |w| w.person_id.bits() % TONES.len() as u128);
        let zone = who.map(|w| w.zone.clone()).or_else(|| settings.map(|s| s.zone.clone()));
        Self {
            title: "Hansei".into(),
            active: "",
            person: who.map(|w| w.name.clone()).unwrap_or_default(),
            organisation: settings.map(|s| s.name.to_string()).unwrap_or_default(),
            csrf: String::new(),
            theme,
            live: String::new(),
            flash: None,
            counts: NavCounts::default(),
            css: web.assets.url("app.css"),
            js: web.assets.url("app.js"),
            favicon: web.assets.url("favicon.svg"),
            now: web.app.clock.now(),
            locale,
            zone: zone.unwrap_or_else(|| "UTC".into()),
            role: who.map(|w| w.role),
            reader: who.map(|w| w.person_id),
            tone: TONES[usize::try_from(tone).unwrap_or(0)],
            words: Arc::clone(&web.app.words),
        }
    }

    /// A shell without an installation around it, for tests of templates.
    #[cfg(test)]
    pub(crate) fn bare(words: Arc<Words>, locale: Locale) -> Self {
        Self {
            title: "Test".into(),
            active: "",
            person: String::new(),
            organisation: String::new(),
            csrf: "token".into(),
            theme: "",
            live: String::new(),
            flash: None,
            counts: NavCounts::default(),
            css: String::new(),
            js: String::new(),
            favicon: String::new(),
            now: Timestamp::UNIX_EPOCH,
            locale,
            zone: "UTC".into(),
            role: None,
            reader: None,
            tone: TONES[0],
            words,
        }
    }

    /// Gives the page a title that is not a fixed word.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Marks an entry of the navigation: `now`, `incidents`, `alerts`, `services`, `integrations`, `catalogue`,
    /// `people`, `quarantine`, `tokens`, `system`.
    #[must_use]
    pub fn nav(mut self, active: &'static str) -> Self {
        self.active = active;
        self
    }

    /// Connects the page to a stream.
    #[must_use]
    pub fn stream(mut self, address: impl Into<String>) -> Self {
        self.live = address.into();
        self
    }

    /// A word in the reader's language.
    pub fn t(&self, key: &str) -> String {
        self.words.plain(self.locale, key)
    }

    /// A word for a stable name: `word("status", "triage")` is the message `status-triage`.
    pub fn word(&self, area: &str, name: &str) -> String {
        self.t(&format!("{area}-{name}"))
    }

    /// A sentence with one text in it.
    pub fn t1(&self, key: &str, name: &'static str, value: impl std::fmt::Display) -> String {
        self.words.text(self.locale, key, &Args::new().text(name, value.to_string()))
    }

    /// A sentence with one number in it, which plural rules see as one.
    pub fn tn(&self, key: &str, name: &'static str, value: impl TryInto<i64>) -> String {
        let number = value.try_into().unwrap_or(i64::MAX);
        self.words.text(self.locale, key, &Args::new().number(name, number))
    }

    /// A sentence with several values.
    pub fn ta(&self, key: &str, args: &Args) -> String {
        self.words.text(self.locale, key, args)
    }

    /// Whether there is a word for this key.
    pub fn has(&self, key: &str) -> bool {
        self.words.has(key)
    }

    /// Date, time and zone for people: `2 Jul 2024, 05:12 PDT`.
    pub fn when(&self, at: &Timestamp) -> String {
        words::when_in(*at, self.locale, &self.zone)
    }

    /// `14:05`.
    pub fn time(&self, at: &Timestamp) -> String {
        words::time_in(*at, &self.zone)
    }

    /// The date alone.
    pub fn date(&self, at: &Timestamp) -> String {
        words::date_in(*at, self.locale, &self.zone)
    }

    /// RFC 3339 for `datetime` attributes.
    pub fn stamp(&self, at: &Timestamp) -> String {
        words::stamp(*at)
    }

    /// A span in words: `2 h 37 min`.
    pub fn span(&self, secs: &i64) -> String {
        words::span(*secs, self.locale)
    }

    /// A span as a clock: `02:14`.
    pub fn span_short(&self, secs: &i64) -> String {
        words::span_short(*secs)
    }

    /// The language for `lang`.
    pub fn lang(&self) -> &'static str {
        self.locale.as_str()
    }

    /// `aria-current` for a navigation entry.
    pub fn current(&self, nav: &str) -> bool {
        self.active == nav
    }

    /// Whether somebody is signed in.
    pub fn signed_in(&self) -> bool {
        self.role.is_some()
    }

    /// The reader's role in words.
    pub fn role_name(&self) -> String {
        self.role.map(|r| self.t(&format!("role-{}", r.as_str()))).unwrap_or_default()
    }

    /// First letters of a name, for avatars.
    pub fn initials(&self, name: &str) -> String {
        let mut words = name.split_whitespace();
        let first = words.next().and_then(|w| w.chars().next());
        let last = words.next_back().and_then(|w| w.chars().next());
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }

    /// The colour of the reader's avatar.
    pub fn own_tone(&self) -> &'static str {
        self.tone
    }

    /// The colour of anybody's avatar.
    pub fn tone_of(&self, id: &PersonId) -> &'static str {
        TONES[usize::try_from(id.bits() % TONES.len() as u128).unwrap_or(0)]
    }

    fn may(&self, permission: Permission) -> bool {
        self.role.is_some_and(|r| r.may(permission))
    }

    /// Whether the reader works on incidents.
    pub fn can_respond(&self) -> bool {
        self.may(Permission::Respond)
    }

    /// Whether the reader may look into quarantine and send tests.
    pub fn can_diagnose(&self) -> bool {
        self.may(Permission::Diagnose)
    }

    /// Whether the reader may change the catalogue.
    pub fn can_manage_catalog(&self) -> bool {
        self.may(Permission::ManageCatalog)
    }

    /// Whether the reader may make and rotate keys.
    pub fn can_manage_keys(&self) -> bool {
        self.may(Permission::ManageKeys)
    }

    /// Whether addresses of a person's contacts are shown whole: they may be secrets.
    pub fn sees_contacts_of(&self, person: PersonId) -> bool {
        self.reader == Some(person) || self.can_manage_people()
    }

    /// Whether the reader may add people and change roles.
    pub fn can_manage_people(&self) -> bool {
        self.may(Permission::ManagePeople)
    }

    /// Whether the reader may change the organisation's settings.
    pub fn can_manage_settings(&self) -> bool {
        self.may(Permission::ManageSettings)
    }
}
