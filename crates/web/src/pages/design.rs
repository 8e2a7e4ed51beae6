//! Every component of the design system, in every state, drawn by the macros that the screens use: if one changes, it
//! changes here, and can be looked at in every language, in light and dark, on a wide screen and a phone.

use askama::Template;
use axum::response::{IntoResponse, Response};
use hansei_domain::Timestamp;
use hansei_domain::access::Permission;
use hansei_domain::refusal::FieldCode;

use super::kit::burning::OpenIncident;
use super::kit::choices::Pick;
use super::kit::history::{ChangeView, FieldDiff};
use super::kit::saving::ConflictView;
use super::kit::{Choice, PersonView};
use super::services::ladder::{LadderView, RungView, Told};
use super::services::show::RuleRow;
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::flash::Tone;
use crate::form::Form;
use crate::policy::{Access, Routes};
use crate::render::{Partials, html};
use crate::shell::Shell;

/// The parts of the page, in order; each has a word `design-<part>`.
const PARTS: [&str; 14] = [
    "type", "buttons", "badges", "forms", "callouts", "figures", "lang", "people", "code", "over", "lists",
    "incident", "history", "icons",
];

/// Every icon there is: the names of the files in `web-assets/src/icons`.
const ICONS: [&str; ICON_COUNT] = [
    "alert",
    "archive",
    "arrow-down",
    "arrow-right",
    "arrow-up",
    "bell",
    "bell-off",
    "catalogue",
    "check",
    "check-circle",
    "chevron",
    "chevron-down",
    "clock",
    "comment",
    "copy",
    "degraded",
    "detected",
    "edit",
    "external",
    "eye",
    "flame",
    "half",
    "hand",
    "handover",
    "help",
    "history",
    "incident",
    "info",
    "key",
    "link",
    "lock",
    "logo",
    "logout",
    "mail",
    "menu",
    "merge",
    "monitor",
    "moon",
    "more",
    "now",
    "people",
    "pin",
    "plug",
    "plus",
    "print",
    "pulse",
    "quarantine",
    "refresh",
    "scope",
    "search",
    "select",
    "service",
    "settings",
    "sev0",
    "sev1",
    "sev2",
    "sev3",
    "sev4",
    "sun",
    "system",
    "target",
    "tick",
    "trash",
    "triage",
    "user",
    "webhook",
    "wrench",
    "x",
    "x-circle",
];
const ICON_COUNT: usize = 69;

#[derive(Template)]
#[template(path = "design.html")]
struct DesignPage {
    shell: Shell,
    form: Form,
    choices: Vec<Choice>,
    picks: Vec<Pick>,
    people: Vec<PersonView>,
    open: Vec<OpenIncident>,
    ladder: LadderView,
    rules: Vec<RuleRow>,
    conflict: ConflictView,
    changes: Vec<ChangeView>,
    /// Instants around now, for clocks: a minute and a half ahead, ten seconds ago, two days ahead, twenty minutes ago.
    soon: String,
    late: String,
    far: String,
    ago: String,
}

impl DesignPage {
    fn parts(&self) -> [&'static str; PARTS.len()] {
        PARTS
    }

    fn icons(&self) -> [&'static str; ICON_COUNT] {
        ICONS
    }

    fn snippet(&self) -> &'static str {
        "alerting:\n  alertmanagers:\n    - static_configs: [{ targets: [\"hansei.example.com\"] }]\n"
    }
}

fn person(name: &str, tone: &'static str, initials: &str) -> PersonView {
    PersonView {
        id: "sample".into(),
        name: name.into(),
        href: "/people".into(),
        initials: initials.into(),
        tone,
    }
}

fn pick(person: PersonView, chosen: bool, unreachable: bool) -> Pick {
    Pick { value: person.name.clone(), name: person.name.clone(), person: Some(person), chosen, unreachable }
}

fn ladder() -> LadderView {
    let told = |name, tone, initials| Told {
        person: person(name, tone, initials),
        contacts: vec!["E-mail aiko@example.org".into(), "Webhook https://hooks.example.org/aiko".into()],
    };
    let rung = |mark: &str, title: &str, when: &str, people| RungView {
        mark: mark.into(),
        title: title.into(),
        when: when.into(),
        people,
    };
    LadderView {
        rungs: vec![
            rung("1", "Step 1", "at once", vec![told("Aiko Tanaka", "violet", "AT")]),
            rung("2", "Step 2", "after 5 min", Vec::new()),
            rung("–", "Fallback", "after 10 min", vec![told("Marek Kowalski", "blue", "MK")]),
        ],
        repeats: "Then all steps once more, until somebody acknowledges.".into(),
        warnings: vec!["Step 2 reaches nobody and is passed over.".into()],
    }
}

fn changes(at: Timestamp) -> Vec<ChangeView> {
    let diff = |label: &str, before: &str, after: &str| FieldDiff {
        label: label.into(),
        before: before.into(),
        after: after.into(),
    };
    let change = |what: &str, via: &str, fields| ChangeView {
        at,
        who: "Aiko Tanaka".into(),
        via: via.into(),
        what: what.into(),
        fields,
    };
    let two = vec![diff("Name", "Chat", "Chat gateway"), diff("Step 2", "after 10 min: Messaging", "")];
    let many = ["Name", "Short name", "Owner", "Step 1", "Repetitions"].map(|l| diff(l, "", "sample"));
    vec![
        change("changed it", "with an API token", two),
        change("archived it", "", Vec::new()),
        change("made it", "", many.into()),
    ]
}

fn rules() -> Vec<RuleRow> {
    let row = |alert, severity, pages| RuleRow { alert, severity, pages, chosen: false };
    vec![
        row("critical", Some(1), true),
        row("error", Some(2), true),
        row("warning", Some(4), false),
        row("info", None, false),
    ]
}

/// An instant so many seconds from now, for machines.
fn around(now: Timestamp, secs: i64) -> String {
    let at = now.checked_add(jiff::SignedDuration::from_secs(secs)).unwrap_or(now);
    hansei_app::words::stamp(at)
}

/// `GET /design`.
async fn show(ctx: PageCtx) -> WebResult<Response> {
    let shell = ctx.shell("design-title");
    let mut form = Form::new().with("name", "Chat gateway").with("runbook_url", "ftp://example.com");
    form.wrong("runbook_url", FieldCode::Malformed, "must be an http, https or mailto link without spaces");
    let aiko = || person("Aiko Tanaka", "violet", "AT");
    let changes = changes(shell.now);
    let fields = changes.first().map(|c| c.fields.clone()).unwrap_or_default();
    html(&DesignPage {
        choices: vec![("1".into(), "Chat".into()), ("2".into(), "Talk".into())],
        picks: vec![pick(aiko(), true, false), pick(person("Jonas Weber", "teal", "JW"), false, true)],
        people: vec![aiko(), person("田中 愛子", "rose", "田愛")],
        open: vec![OpenIncident::sample(412, "Accept-chat button unresponsive", 1, 3)],
        ladder: ladder(),
        rules: rules(),
        conflict: ConflictView { who: "Jonas Weber".into(), at: shell.now, fields },
        changes,
        form,
        soon: around(shell.now, 90),
        late: around(shell.now, -10),
        far: around(shell.now, 2 * 86_400 + 11_400),
        ago: around(shell.now, -1_200),
        shell,
    })
}

/// `GET /design/toast`: what an action answers that has nothing to show but a word.
async fn toast(ctx: PageCtx) -> Response {
    Partials::new().toast(Tone::Success, &ctx.t("saved"), "INC-413").into_response()
}

/// The design page's part of the table.
pub fn routes() -> Routes {
    let read = Access::Session(Permission::Read);
    Routes::new().get("/design", read, show).get("/design/toast", read, toast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_there_is_is_shown() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web-assets/src/icons");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|f| f.unwrap().file_name().to_str()?.strip_suffix(".svg").map(str::to_owned))
            .collect();
        files.sort();
        assert_eq!(files, ICONS);
    }
}
