//! API tokens: one's own, and for administrators everybody's. The secret is shown once (R42).

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use hansei_app::auth::NewToken;
use hansei_app::words::Args;
use hansei_domain::Timestamp;
use hansei_domain::access::{Permission, Role};
use hansei_domain::ids::TokenId;
use hansei_domain::plus_secs;
use hansei_domain::refusal::FieldCode;
use http::StatusCode;
use serde::Deserialize;

use super::kit::act::settle;
use super::kit::{Choice, PersonView};
use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::form::Form;
use crate::policy::{Access, Routes};
use crate::render::{html, html_with};
use crate::shell::Shell;

/// Days a token may live for, as they are offered; 0 = until it is revoked.
const DAYS: [u32; 4] = [30, 90, 365, 0];
/// A token that ends within this is marked, seconds.
const SOON_SECS: i64 = 7 * 86_400;

struct Row {
    id: String,
    name: String,
    hint: String,
    role: &'static str,
    owner: Option<PersonView>,
    created_at: Timestamp,
    used_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    soon: bool,
    /// It opens nothing any more: revoked or past its end.
    over: bool,
    base: String,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    shell: Shell,
    rows: Vec<Row>,
    all: bool,
    form: Form,
    roles: Vec<Choice>,
    days: Vec<Choice>,
    /// Name and secret of the one that was just made.
    made: Option<(String, String)>,
    public_url: String,
}

impl TokensPage {
    /// A first command to try the new token with.
    fn try_it(&self) -> String {
        let secret = self.made.as_ref().map_or("", |(_, secret)| secret.as_str());
        format!("HANSEI_TOKEN={secret} hansei --url {} incident list", self.public_url)
    }
}

/// Whose tokens are listed.
#[derive(Debug, Deserialize)]
pub struct Filter {
    all: Option<String>,
}

async fn page(ctx: &PageCtx, all: bool, form: Form) -> WebResult<TokensPage> {
    let shell = ctx.shell("nav-tokens").nav("tokens");
    let all = all && shell.can_manage_settings();
    let catalog = ctx.app().catalog.now();
    let whose = (!all).then_some(ctx.who.person_id);
    let mut tokens = ctx.app().store.tokens(whose).await?;
    tokens.sort_by_key(|t| (t.revoked_at.is_some(), std::cmp::Reverse(t.created_at)));
    let now = shell.now;
    let row = |t: hansei_app::ports::TokenRow| Row {
        base: format!("/tokens/{}", t.id),
        id: t.id.to_string(),
        owner: catalog.person(t.person_id).filter(|_| all).map(|p| PersonView::of(&shell, p)),
        role: t.role.as_str(),
        soon: t.expires_at.is_some_and(|at| at > now && at.duration_since(now).as_secs() < SOON_SECS),
        over: t.revoked_at.is_some() || t.expires_at.is_some_and(|at| at <= now),
        name: t.name,
        hint: t.hint,
        created_at: t.created_at,
        used_at: t.used_at,
        expires_at: t.expires_at,
    };
    let rows = tokens.into_iter().map(row).collect();
    let roles = Role::ALL.into_iter().filter(|r| *r <= ctx.who.role);
    let form = if form.optional("role").is_some() {
        form
    } else {
        form.with("role", Role::Viewer.as_str()).with("days", "90")
    };
    Ok(TokensPage {
        rows,
        all,
        form,
        roles: roles.map(|r| (r.as_str().to_owned(), shell.word("role", r.as_str()))).collect(),
        days: DAYS.map(|d| (d.to_string(), shell.t(&format!("token-days-{d}")))).into(),
        made: None,
        public_url: ctx.app().config.public_url.clone(),
        shell,
    })
}

/// `GET /tokens`.
async fn show(ctx: PageCtx, Query(filter): Query<Filter>) -> WebResult<Response> {
    html(&page(&ctx, filter.all.is_some(), Form::new()).await?)
}

/// `POST /tokens`.
async fn create(ctx: PageCtx, mut form: Form) -> WebResult<Response> {
    let role = Role::parse(form.value("role"));
    let days = form.need::<u32>("days").filter(|d| DAYS.contains(d));
    if role.is_none() {
        form.wrong("role", FieldCode::Unknown, "must be viewer, responder, manager or admin");
    }
    if days.is_none() && !form.bad("days") {
        form.wrong("days", FieldCode::OutOfRange, "must be 30, 90, 365 or 0");
    }
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let (Some(role), Some(days)) = (role, days) else {
        return html_with(wrong, &page(&ctx, false, form).await?);
    };
    let now = ctx.app().clock.now();
    let new = NewToken {
        person_id: ctx.who.person_id,
        name: form.value("name").to_owned(),
        role,
        expires_at: (days > 0).then(|| plus_secs(now, days * 86_400)),
    };
    match ctx.app().create_token(&ctx.actor(), &new).await {
        Ok((_, secret)) => {
            let page = page(&ctx, false, Form::new()).await?;
            let made = Some((new.name, secret.secret));
            html_with(StatusCode::CREATED, &TokensPage { made, ..page })
        }
        Err(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(wrong, &page(&ctx, false, form).await?)
        }
    }
}

/// `POST /tokens/{id}/revoke`.
async fn revoke(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let id: TokenId = id.parse().map_err(|_| Problem::not_found())?;
    // Whoever may not look after others' tokens cannot tell whether one of theirs exists (R37).
    let own = (!ctx.who.may(Permission::ManageSettings)).then_some(ctx.who.person_id);
    let tokens = ctx.app().store.tokens(own).await?;
    let token = tokens.iter().find(|t| t.id == id).ok_or_else(Problem::not_found)?;
    let back = if token.person_id == ctx.who.person_id { "/tokens" } else { "/tokens?all=1" };
    let done = ctx.ta("token-revoked", &Args::new().text("name", token.name.as_str()));
    let result = ctx.app().revoke_token(&ctx.actor(), id, own).await;
    settle(&ctx, result, back, done)
}

/// The tokens' part of the table.
pub fn routes() -> Routes {
    let own = Access::Session(Permission::ChangeSelf);
    Routes::new().get("/tokens", own, show).post("/tokens", own, create).post(
        "/tokens/{id}/revoke",
        own,
        revoke,
    )
}
