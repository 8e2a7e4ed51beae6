//! Help: keys, and what the words mean.

use askama::Template;
use axum::response::Response;
use hansei_domain::access::Permission;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::policy::{Access, Routes};
use crate::render::html;
use crate::shell::Shell;

/// Words that are explained, in the order in which one meets them.
const GLOSSARY: [&str; 20] = [
    "signal",
    "alert",
    "incident",
    "severity",
    "service",
    "component",
    "pod",
    "escalation",
    "step",
    "page",
    "acknowledge",
    "fallback",
    "holder",
    "timeline",
    "runbook",
    "key",
    "token",
    "quarantine",
    "journal",
    "canary",
];

/// Keys that work everywhere: what they do, and the keys.
const KEYS: [(&str, &[&str]); 13] = [
    ("palette-title", &["Ctrl", "K"]),
    ("shortcuts-title", &["?"]),
    ("shortcut-next", &["j"]),
    ("shortcut-previous", &["k"]),
    ("shortcut-open", &["Enter"]),
    ("declare-incident", &["n"]),
    ("search-here", &["/"]),
    ("nav-now", &["g", "n"]),
    ("nav-incidents", &["g", "i"]),
    ("nav-alerts", &["g", "a"]),
    ("nav-services", &["g", "s"]),
    ("nav-catalogue", &["g", "c"]),
    ("nav-people", &["g", "p"]),
];

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    shell: Shell,
    keys: [(&'static str, &'static [&'static str]); 13],
    glossary: [&'static str; 20],
}

/// `GET /help`.
async fn show(ctx: PageCtx) -> WebResult<Response> {
    html(&HelpPage { shell: ctx.shell("help-title"), keys: KEYS, glossary: GLOSSARY })
}

/// The help page's line of the table.
pub fn routes() -> Routes {
    Routes::new().get("/help", Access::Session(Permission::Read), show)
}
