//! Putting, archiving and restoring entries.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::docs::{CatalogDoc, ContactKind, EntryId};
use crate::access::{Actor, Role};
use crate::refusal::{FieldCode, FieldError, Refusal};
use crate::{Ctx, text};

/// Languages that are complete.
pub const LOCALES: [&str; 3] = ["en", "de", "ja"];

/// Where the current content of an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A form or the API.
    Screen,
    /// The configuration file.
    File,
    /// Hansei itself, at set-up.
    Setup,
}

/// The folded state of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its content.
    pub doc: CatalogDoc,
    /// Whether it has been taken out of use.
    pub archived: bool,
    /// Where the content comes from.
    pub origin: Origin,
    /// What the configuration file said last, if it ever did: the common ground for merging edits.
    pub file_base: Option<CatalogDoc>,
}

/// A fact in an entry's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CatalogEvent {
    /// It was made or changed as a whole.
    Put {
        /// The content now.
        doc: Box<CatalogDoc>,
        /// Where it comes from.
        origin: Origin,
        /// What the file said, if this comes from the file.
        file_base: Option<Box<CatalogDoc>>,
    },
    /// It was taken out of use.
    Archived,
    /// It is in use again.
    Restored,
    /// Something about it happened that is not part of its content, and must be known later.
    Audited {
        /// What: `password_set`, `session_started`, `token_created`, `key_rotated`, …
        what: String,
        /// Details without secrets.
        detail: Option<String>,
    },
}

impl CatalogEvent {
    /// The event's stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "entry.put",
            Self::Archived => "entry.archived",
            Self::Restored => "entry.restored",
            Self::Audited { .. } => "entry.audited",
        }
    }
}

/// What can be asked of an entry. Facts come along: which other entries are known and in use, and who is the last
/// admin.
#[derive(Debug, Clone)]
pub enum CatalogCommand {
    /// Make it or change it as a whole.
    Put {
        /// The content.
        doc: Box<CatalogDoc>,
        /// Where it comes from.
        origin: Origin,
        /// What the file says, if this comes from the file.
        file_base: Option<Box<CatalogDoc>>,
        /// Entries in use, of those it refers to.
        known: BTreeSet<EntryId>,
        /// Another entry of the kind that has the same unique key.
        taken_by: Option<EntryId>,
        /// Whether somebody else is an admin in use.
        other_admin: bool,
    },
    /// Take it out of use.
    Archive {
        /// Entries in use that refer to it, by name.
        used_by: Vec<String>,
        /// Whether somebody else is an admin in use.
        other_admin: bool,
    },
    /// Use it again.
    Restore,
    /// Note something for later.
    Audit {
        /// What.
        what: String,
        /// Details without secrets.
        detail: Option<String>,
    },
}

/// Decides one command; an empty list means that nothing changes.
pub fn decide(
    state: Option<&Entry>,
    command: &CatalogCommand,
    ctx: &Ctx,
) -> Result<Vec<CatalogEvent>, Refusal> {
    match command {
        CatalogCommand::Put { doc, origin, file_base, known, taken_by, other_admin } => {
            let mut errors = check(doc);
            for (field, id) in doc.references() {
                if !known.contains(&id) {
                    errors.push(FieldError::new(
                        field,
                        FieldCode::Unknown,
                        format!("there is no {} {id} in use", id.kind()),
                    ));
                }
            }
            if taken_by.is_some_and(|other| other != doc.id()) {
                let field = if matches!(**doc, CatalogDoc::Person(_)) { "email" } else { "slug" };
                errors.push(FieldError::new(field, FieldCode::Taken, "is taken by another entry"));
            }
            if !errors.is_empty() {
                return Err(Refusal::Invalid(errors));
            }
            keeps_an_admin(state, Some(doc), *other_admin)?;
            own_role(state, doc, ctx)?;
            if let Some(entry) = state
                && entry.doc == **doc
                && !entry.archived
                && (file_base.is_none() || entry.file_base.as_ref() == file_base.as_deref())
            {
                return Ok(Vec::new());
            }
            let put = CatalogEvent::Put { doc: doc.clone(), origin: *origin, file_base: file_base.clone() };
            Ok(match state {
                Some(entry) if entry.archived => vec![CatalogEvent::Restored, put],
                _ => vec![put],
            })
        }
        CatalogCommand::Archive { used_by, other_admin } => archive(state, used_by, *other_admin),
        CatalogCommand::Restore => match state {
            None => Err(Refusal::NotFound("entry")),
            Some(entry) if entry.archived => Ok(vec![CatalogEvent::Restored]),
            Some(_) => Ok(Vec::new()),
        },
        CatalogCommand::Audit { what, detail } => match state {
            None => Err(Refusal::NotFound("entry")),
            Some(_) => Ok(vec![CatalogEvent::Audited { what: what.clone(), detail: detail.clone() }]),
        },
    }
}

fn archive(
    state: Option<&Entry>,
    used_by: &[String],
    other_admin: bool,
) -> Result<Vec<CatalogEvent>, Refusal> {
    let entry = state.ok_or(Refusal::NotFound("entry"))?;
    if entry.archived {
        return Ok(Vec::new());
    }
    if matches!(entry.doc, CatalogDoc::Settings(_)) {
        return Err(Refusal::state("settings_needed", "the settings cannot be archived"));
    }
    keeps_an_admin(state, None, other_admin)?;
    if !used_by.is_empty() {
        let message = format!("it is used by {}", used_by.join(", "));
        return Err(Refusal::WrongState { code: "entry_in_use", message });
    }
    Ok(vec![CatalogEvent::Archived])
}

/// The last admin can neither be archived nor lose the role (F52).
fn keeps_an_admin(
    state: Option<&Entry>,
    next: Option<&CatalogDoc>,
    other_admin: bool,
) -> Result<(), Refusal> {
    let was = matches!(state, Some(Entry { doc: CatalogDoc::Person(p), archived: false, .. }) if p.role == Role::Admin);
    let stays = matches!(next, Some(CatalogDoc::Person(p)) if p.role == Role::Admin);
    if was && !stays && !other_admin {
        return Err(Refusal::state("last_admin", "somebody else must be an admin first"));
    }
    Ok(())
}

/// Nobody raises their own role.
fn own_role(state: Option<&Entry>, next: &CatalogDoc, ctx: &Ctx) -> Result<(), Refusal> {
    let (Some(Entry { doc: CatalogDoc::Person(before), .. }), CatalogDoc::Person(after)) = (state, next)
    else {
        return Ok(());
    };
    let own = matches!(ctx.actor, Actor::Person { person, .. } if person == after.id);
    if own && after.role > before.role {
        return Err(Refusal::Forbidden("nobody may raise their own role".into()));
    }
    Ok(())
}

fn check(doc: &CatalogDoc) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match doc {
        CatalogDoc::Person(person) => {
            errors.extend(text::email("email", &person.email).err());
            errors.extend(check_locale("locale", &person.locale));
            errors.extend(check_zone("zone", &person.zone));
            if person.contacts.len() > 10 {
                errors.push(FieldError::new("contacts", FieldCode::TooLong, "at most 10 contacts"));
            }
            if !(10..=3600).contains(&person.next_contact_secs) {
                errors.push(FieldError::new(
                    "next_contact_secs",
                    FieldCode::OutOfRange,
                    "must be 10 to 3600 seconds",
                ));
            }
            for (i, contact) in person.contacts.iter().enumerate() {
                errors.extend(check_contact(&contact.contact).map(|e| e.under(&format!("contacts[{i}]"))));
            }
        }
        CatalogDoc::Service(service) => {
            let policy = service.escalation.check().err().unwrap_or_default();
            errors.extend(policy.into_iter().map(|e| e.under("escalation")));
            let rule = service.rule.check().err().unwrap_or_default();
            errors.extend(rule.into_iter().map(|e| e.under("rule")));
            if let Some(url) = &service.runbook_url {
                errors.extend(text::link("runbook_url", url).err());
            }
        }
        CatalogDoc::Key(key) => {
            if key.hashes.is_empty() || key.hashes.len() > 4 {
                errors.push(FieldError::new("hashes", FieldCode::OutOfRange, "1 to 4 secrets"));
            }
        }
        CatalogDoc::Settings(settings) => {
            errors.extend(check_locale("locale", &settings.locale));
            errors.extend(check_zone("zone", &settings.zone));
        }
        CatalogDoc::Team(_) | CatalogDoc::Product(_) | CatalogDoc::Component(_) | CatalogDoc::Pod(_) => {}
    }
    errors
}

fn check_locale(field: &str, locale: &str) -> Option<FieldError> {
    (!LOCALES.contains(&locale)).then(|| FieldError::new(field, FieldCode::Unknown, "must be en, de or ja"))
}

fn check_zone(field: &str, zone: &str) -> Option<FieldError> {
    jiff::tz::TimeZone::get(zone)
        .is_err()
        .then(|| FieldError::new(field, FieldCode::Unknown, "is not a zone of the IANA time zone database"))
}

fn check_contact(contact: &ContactKind) -> Option<FieldError> {
    match contact {
        ContactKind::Email { address } => text::email("address", address).err(),
        ContactKind::Loopback => None,
        ContactKind::Webhook { url } => match text::link("url", url) {
            Ok(url) if url.to_ascii_lowercase().starts_with("http") => None,
            Ok(_) => Some(FieldError::new("url", FieldCode::Malformed, "must be an http or https address")),
            Err(error) => Some(error),
        },
    }
}

/// Folds one event into the state; total.
pub fn evolve(state: Option<Entry>, event: &CatalogEvent) -> Option<Entry> {
    match event {
        CatalogEvent::Put { doc, origin, file_base } => {
            let (archived, old_base) = state.map_or((false, None), |e| (e.archived, e.file_base));
            let file_base = file_base.as_deref().cloned().or(old_base);
            Some(Entry { doc: (**doc).clone(), archived, origin: *origin, file_base })
        }
        CatalogEvent::Archived => state.map(|entry| Entry { archived: true, ..entry }),
        CatalogEvent::Restored => state.map(|entry| Entry { archived: false, ..entry }),
        CatalogEvent::Audited { .. } => state,
    }
}
