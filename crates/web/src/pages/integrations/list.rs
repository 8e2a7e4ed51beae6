//! All keys, by service.

use askama::Template;
use axum::response::Response;
use hansei_domain::Timestamp;
use hansei_domain::catalog::KeyHash;

use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::render::html;
use crate::shell::Shell;

struct Row {
    id: String,
    name: String,
    format: &'static str,
    hint: String,
    /// An old secret is still accepted until then.
    old_until: Option<Timestamp>,
    heard_at: Option<Timestamp>,
    /// The last payload was refused, in part or as a whole.
    refused: bool,
}

struct Group {
    service: String,
    href: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "integrations.html")]
struct ListPage {
    shell: Shell,
    groups: Vec<Group>,
    services: bool,
}

/// Until when an older secret of a key is accepted.
pub fn old_until(hashes: &[KeyHash], now: Timestamp) -> Option<Timestamp> {
    hashes.iter().filter_map(|h| h.expires_at).filter(|at| *at > now).max()
}

/// `GET /integrations`.
pub async fn show(ctx: PageCtx) -> WebResult<Response> {
    let catalog = ctx.app().catalog.now();
    let shell = ctx.shell("nav-integrations").nav("integrations");
    let keys = catalog.keys();
    let mut groups = Vec::new();
    for service in catalog.services() {
        let own = keys.iter().filter(|k| k.service_id == service.id);
        let rows: Vec<Row> = own
            .map(|key| {
                let last = ctx.app().samples.of(key.id).into_iter().next();
                Row {
                    id: key.id.to_string(),
                    name: key.name.to_string(),
                    format: key.format.as_str(),
                    hint: key.hashes.last().map(|h| h.hint.clone()).unwrap_or_default(),
                    old_until: old_until(&key.hashes, shell.now),
                    heard_at: last.as_ref().map(|s| s.received_at),
                    refused: last.is_some_and(|s| !s.errors.is_empty()),
                }
            })
            .collect();
        if !rows.is_empty() {
            let href = format!("/services/{}", service.slug);
            groups.push(Group { service: service.name.to_string(), href, rows });
        }
    }
    html(&ListPage { shell, groups, services: !catalog.services().is_empty() })
}
