//! Who changed what about an entry: its journal as differences between fields, in the reader's words.
//!
//! An entry is put as a whole; what people want to know is which of its fields became what. So each version is
//! written out as labelled lines of text, and two neighbours are compared line by line. Secrets never stand in an
//! entry, so none can show up here.

use hansei_app::catalog::Catalog;
use hansei_app::words::Args;
use hansei_domain::Timestamp;
use hansei_domain::access::{Actor, Via};
use hansei_domain::catalog::{
    CatalogDoc, CatalogEvent, Contact, ContactKind, EntryId, EscalationPolicy, GroupBy, IncidentRule, Person,
    Service, StepTarget,
};
use hansei_domain::ids::{ComponentId, PersonId};
use hansei_domain::journal::{AggregateId, Event, Recorded};
use hansei_domain::signal::AlertSeverity;

use super::{LOCALES, spans};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::shell::Shell;
use crate::shown;

/// Journal entries read for a history.
const READ: usize = 200;

/// One field that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDiff {
    /// What it is called.
    pub label: String,
    /// What it was; empty if it was not there.
    pub before: String,
    /// What it is; empty if it is not there any more.
    pub after: String,
}

/// One change of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeView {
    /// When.
    pub at: Timestamp,
    /// Who, in words.
    pub who: String,
    /// By which door, in words; empty for the usual one.
    pub via: String,
    /// What happened, in words.
    pub what: String,
    /// Fields that changed.
    pub fields: Vec<FieldDiff>,
}

/// Writes entries out in a reader's words.
pub struct Teller<'a> {
    /// The reader's words.
    pub shell: &'a Shell,
    /// Names behind ids.
    pub catalog: &'a Catalog,
}

/// A field: the key of its label (with the number of a step, if it is one) and its text.
type Line = (String, String);

impl Teller<'_> {
    fn person(&self, id: PersonId) -> String {
        self.catalog.person(id).map_or_else(|| id.to_string(), |p| p.name.to_string())
    }

    fn component(&self, id: ComponentId) -> String {
        self.catalog.component(id).map_or_else(|| id.to_string(), |c| c.name.to_string())
    }

    fn people(&self, ids: &[PersonId]) -> String {
        ids.iter().map(|id| self.person(*id)).collect::<Vec<_>>().join(", ")
    }

    /// What a step names, in words.
    pub fn target(&self, target: &StepTarget) -> String {
        match target {
            StepTarget::Person { id } => self.person(*id),
            StepTarget::Team { id } => {
                let name = self.catalog.team(*id).map_or_else(|| id.to_string(), |t| t.name.to_string());
                self.shell.t1("target-team", "team", name)
            }
        }
    }

    /// Who did something, and by which unusual door.
    pub fn who(&self, actor: &Actor) -> (String, String) {
        match actor {
            Actor::System => ("Hansei".into(), String::new()),
            Actor::Console => (self.shell.t("actor-console"), String::new()),
            Actor::Integration { key } => {
                let name = self.catalog.key(*key).map(|k| k.name.to_string());
                (name.unwrap_or_else(|| key.to_string()), String::new())
            }
            Actor::Person { person, via } => {
                let door = match via {
                    Via::Screen => String::new(),
                    Via::Token { .. } => self.shell.t("via-token"),
                    Via::Link => self.shell.t("via-link"),
                    Via::Mail => self.shell.t("via-mail"),
                    Via::File => self.shell.t("via-file"),
                };
                (self.person(*person), door)
            }
        }
    }

    /// What stands in an entry, field by field; empty fields are left out.
    pub fn lines(&self, doc: &CatalogDoc) -> Vec<Line> {
        let mut out: Vec<Line> = vec![("name".into(), doc.name().to_owned())];
        let mut put = |key: &str, text: String| {
            if !text.is_empty() {
                out.push((key.to_owned(), text));
            }
        };
        match doc {
            CatalogDoc::Team(d) => {
                put("slug", d.slug.to_string());
                put("description", d.description.clone().unwrap_or_default());
                put("members", self.people(&d.members));
            }
            CatalogDoc::Person(d) => out.extend(self.person_lines(d)),
            CatalogDoc::Product(d) => {
                put("slug", d.slug.to_string());
                put("description", d.description.clone().unwrap_or_default());
            }
            CatalogDoc::Component(d) => {
                put("slug", d.slug.to_string());
                let product = d.product_id.and_then(|id| self.catalog.product(id));
                put("product", product.map(|p| p.name.to_string()).unwrap_or_default());
                put("description", d.description.clone().unwrap_or_default());
            }
            CatalogDoc::Pod(d) => {
                put("slug", d.slug.to_string());
                put("region", d.region.clone().unwrap_or_default());
            }
            CatalogDoc::Service(d) => out.extend(self.service_lines(d)),
            CatalogDoc::Key(d) => {
                let service = self.catalog.service(d.service_id);
                put("service", service.map(|s| s.name.to_string()).unwrap_or_default());
                put("format", self.shell.t(&format!("format-{}", d.format.as_str())));
                let hints = d.hashes.iter().map(|h| format!("{}…", h.hint)).collect::<Vec<_>>();
                put("secrets", hints.join(", "));
            }
            CatalogDoc::Settings(d) => {
                put("fallback", self.people(&d.fallback));
                put("locale", locale_name(&d.locale));
                put("zone", d.zone.clone());
            }
        }
        out
    }

    fn person_lines(&self, person: &Person) -> Vec<Line> {
        let contacts: Vec<String> = person.contacts.iter().map(|c| self.contact(c, true)).collect();
        vec![
            ("email".into(), person.email.clone()),
            ("role".into(), self.shell.t(&format!("role-{}", person.role.as_str()))),
            ("locale".into(), locale_name(&person.locale)),
            ("zone".into(), person.zone.clone()),
            ("theme".into(), self.shell.t(&format!("look-{}", person.theme.as_str()))),
            ("contacts".into(), contacts.join("; ")),
            ("next-contact".into(), spans::write(person.next_contact_secs)),
        ]
    }

    /// A contact in words; `whole`: with all of its address.
    pub fn contact(&self, contact: &Contact, whole: bool) -> String {
        let kind = self.shell.t(&format!("contact-{}", contact.contact.kind()));
        match &contact.contact {
            ContactKind::Loopback => kind,
            other => format!("{kind} {}", shown::destination(other, whole)),
        }
    }

    fn service_lines(&self, service: &Service) -> Vec<Line> {
        let owner = service.owner_team_id.and_then(|id| self.catalog.team(id));
        let components: Vec<String> = service.components.iter().map(|id| self.component(*id)).collect();
        let mut out = vec![
            ("slug".to_owned(), service.slug.to_string()),
            ("description".into(), service.description.clone().unwrap_or_default()),
            ("owner".into(), owner.map(|t| t.name.to_string()).unwrap_or_default()),
            ("components".into(), components.join(", ")),
            ("runbook".into(), service.runbook_url.clone().unwrap_or_default()),
        ];
        out.extend(self.policy_lines(&service.escalation));
        out.extend(self.rule_lines(&service.rule));
        out.retain(|(_, text)| !text.is_empty());
        out
    }

    fn policy_lines(&self, policy: &EscalationPolicy) -> Vec<Line> {
        let mut out: Vec<Line> = Vec::new();
        for (i, step) in policy.steps.iter().enumerate() {
            let targets: Vec<String> = step.targets.iter().map(|t| self.target(t)).collect();
            let args =
                Args::new().text("span", spans::write(step.delay_secs)).text("who", targets.join(", "));
            out.push((format!("step {}", i + 1), self.shell.ta("step-line", &args)));
        }
        out.push(("repeat".into(), policy.repeat.to_string()));
        out.push(("exhaust".into(), spans::write(policy.exhaust_after_secs)));
        let timeout = policy.ack_timeout_secs.map(spans::write);
        out.push(("ack-timeout".into(), timeout.unwrap_or_else(|| self.shell.t("never"))));
        out
    }

    fn rule_lines(&self, rule: &IncidentRule) -> Vec<Line> {
        let mut out: Vec<Line> = Vec::new();
        for alert in AlertSeverity::ALL.into_iter().rev() {
            let to = rule.severity_for(alert).map(|s| s.to_string());
            let text = to.unwrap_or_else(|| self.shell.t("rule-stays-alert"));
            out.push((format!("rule-{}", alert.as_str()), text));
        }
        out.push(("page-up-to".into(), rule.page_up_to.to_string()));
        let group = match &rule.group_by {
            GroupBy::Service => self.shell.t("group-service"),
            GroupBy::Alert => self.shell.t("group-alert"),
            GroupBy::Labels { names } => names.join(", "),
        };
        out.push(("group-by".into(), group));
        out.push(("auto-resolve".into(), self.shell.t(if rule.auto_resolve { "yes" } else { "no" })));
        out.push(("reopen-window".into(), spans::write(rule.reopen_window_secs)));
        out
    }

    fn label(&self, key: &str) -> String {
        match key.split_once(' ') {
            Some((name, number)) => self.shell.t1(&format!("field-{name}"), "number", number),
            None => self.shell.t(&format!("field-{key}")),
        }
    }

    /// Fields that are not what they were.
    pub fn diff(&self, before: Option<&CatalogDoc>, after: &CatalogDoc) -> Vec<FieldDiff> {
        let old = before.map(|d| self.lines(d)).unwrap_or_default();
        let new = self.lines(after);
        let find = |lines: &[Line], key: &str| {
            lines.iter().find(|(k, _)| k == key).map(|(_, text)| text.clone()).unwrap_or_default()
        };
        let gone = old.iter().filter(|(key, _)| !new.iter().any(|(k, _)| k == key));
        let keys: Vec<&String> = new.iter().chain(gone).map(|(key, _)| key).collect();
        keys.into_iter()
            .map(|key| (key, find(&old, key), find(&new, key)))
            .filter(|(_, before, after)| before != after)
            .map(|(key, before, after)| FieldDiff { label: self.label(key), before, after })
            .collect()
    }

    /// The journal of an entry, given newest first, as changes, newest first.
    pub fn changes(&self, recorded: &[Recorded]) -> Vec<ChangeView> {
        let mut out = Vec::new();
        let mut known: Option<CatalogDoc> = None;
        for entry in recorded.iter().rev() {
            let Event::Entry(event) = &entry.event else { continue };
            let (what, fields) = match event {
                CatalogEvent::Put { doc, .. } => {
                    // Without the version before, nobody can say what changed.
                    let first = entry.version == 1;
                    let fields = match &known {
                        None if !first => Vec::new(),
                        before => self.diff(before.as_ref(), doc),
                    };
                    known = Some((**doc).clone());
                    (self.shell.t(if first { "change-made" } else { "change-changed" }), fields)
                }
                CatalogEvent::Archived => (self.shell.t("change-archived"), Vec::new()),
                CatalogEvent::Restored => (self.shell.t("change-restored"), Vec::new()),
                CatalogEvent::Audited { what, detail } => (self.audited(what, detail.as_deref()), Vec::new()),
            };
            let (who, via) = self.who(&entry.actor);
            out.push(ChangeView { at: entry.at, who, via, what, fields });
        }
        out.reverse();
        out
    }

    fn audited(&self, what: &str, detail: Option<&str>) -> String {
        let key = format!("audit-{what}");
        let text = if self.shell.has(&key) { self.shell.t(&key) } else { what.to_owned() };
        match detail {
            Some(detail) if !detail.is_empty() => format!("{text}: {detail}"),
            _ => text,
        }
    }
}

/// A language by its own name.
fn locale_name(locale: &str) -> String {
    LOCALES.iter().find(|(code, _)| *code == locale).map_or(locale, |(_, name)| *name).to_owned()
}

/// The history of an entry for its page, newest first, at most `limit` changes.
pub async fn of(ctx: &PageCtx, shell: &Shell, id: EntryId, limit: usize) -> WebResult<Vec<ChangeView>> {
    let recorded = ctx.app().store.history(AggregateId::Entry(id), READ).await?;
    let catalog = ctx.app().catalog.now();
    let mut changes = Teller { shell, catalog: &catalog }.changes(&recorded);
    changes.truncate(limit);
    Ok(changes)
}
