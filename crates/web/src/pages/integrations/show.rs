//! One key: how its sender is set up, its secrets, what it sent last and what became of that.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use hansei_app::intake::Sample;
use hansei_domain::Timestamp;
use hansei_domain::catalog::EntryId;
use serde::Deserialize;

use super::guide::{Guide, guides};
use super::{KeyAt, key_at};
use crate::ctx::PageCtx;
use crate::error::WebResult;
use crate::form::Form;
use crate::pages::kit::Choice;
use crate::pages::kit::history::{self, ChangeView};
use crate::render::html;
use crate::shell::Shell;

/// Changes shown.
const CHANGES: usize = 10;

/// A secret as far as it is known.
struct SecretLine {
    hint: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "integration.html")]
pub struct KeyPage {
    shell: Shell,
    href: String,
    name: String,
    format: &'static str,
    service: String,
    service_href: String,
    guides: Vec<Guide>,
    sender: String,
    /// The secret, right after it was made.
    secret: Option<String>,
    secrets: Vec<SecretLine>,
    used_at: Option<Timestamp>,
    samples: Vec<Sample>,
    changes: Vec<ChangeView>,
    overlaps: Vec<Choice>,
    severities: Vec<Choice>,
    form: Form,
    revoked: bool,
}

/// Which sender is looked at.
#[derive(Debug, Deserialize)]
pub struct Asked {
    sender: Option<String>,
}

/// How long an old secret may stay accepted, in words.
fn overlaps(shell: &Shell) -> Vec<Choice> {
    [0, 3_600, 86_400, 604_800, 2_592_000]
        .map(|secs: u32| (secs.to_string(), shell.t(&format!("overlap-{secs}"))))
        .into()
}

/// Puts the page together; `secret` is the one that was just made.
pub async fn page(
    ctx: &PageCtx,
    at: KeyAt,
    sender: Option<&str>,
    secret: Option<String>,
) -> WebResult<KeyPage> {
    let KeyAt { catalog, key, revoked } = at;
    let shell = ctx.shell("nav-integrations").titled(&*key.name).nav("integrations");
    let guides = guides(key.format, &ctx.app().config.public_url, secret.as_deref());
    let known = |name: &&str| guides.iter().any(|g| g.name == *name);
    let sender = sender.filter(known).or(guides.first().map(|g| g.name)).unwrap_or_default().to_owned();
    let service = catalog.service(key.service_id);
    let secrets = key.hashes.iter().rev().map(|h| SecretLine {
        hint: h.hint.clone(),
        created_at: h.created_at,
        expires_at: h.expires_at,
    });
    let severities = ["critical", "error", "warning", "info"];
    let samples = if shell.can_diagnose() { ctx.app().samples.of(key.id) } else { Vec::new() };
    Ok(KeyPage {
        href: format!("/integrations/{}", key.id),
        name: key.name.to_string(),
        format: key.format.as_str(),
        service: service.map(|s| s.name.to_string()).unwrap_or_default(),
        service_href: service.map(|s| format!("/services/{}", s.slug)).unwrap_or_default(),
        guides,
        sender,
        secret,
        secrets: secrets.collect(),
        used_at: ctx.app().key_used_at(key.id).await?,
        samples,
        changes: history::of(ctx, &shell, EntryId::Key(key.id), CHANGES).await?,
        overlaps: overlaps(&shell),
        severities: severities.map(|s| (s.to_owned(), shell.word("alert-severity", s))).into(),
        form: Form::new().with("overlap_secs", 86_400).with("severity", "warning"),
        revoked,
        shell,
    })
}

/// `GET /integrations/{id}`.
pub async fn show(ctx: PageCtx, Path(id): Path<String>, Query(asked): Query<Asked>) -> WebResult<Response> {
    let at = key_at(&ctx, &id)?;
    html(&page(&ctx, at, asked.sender.as_deref(), None).await?)
}
