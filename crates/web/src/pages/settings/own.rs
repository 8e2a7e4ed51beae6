//! My settings: look and language, how I am reached, my password, my sessions.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hansei_app::people::Profile;
use hansei_app::ports::SessionRow;
use hansei_app::words::Locale;
use hansei_domain::catalog::{Person, Theme};
use hansei_domain::ids::SessionId;
use http::StatusCode;

use crate::ctx::PageCtx;
use crate::error::{Problem, WebResult};
use crate::flash::{Tone, see_other};
use crate::form::Form;
use crate::pages::contacts::{ContactsView, view as contacts_view};
use crate::pages::kit::act::settle;
use crate::pages::kit::{ZoneGroup, zones};
use crate::render::{html, html_with};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    email: String,
    profile: Form,
    password: Form,
    contacts: ContactsView,
    sessions: Vec<SessionRow>,
    this_session: Option<SessionId>,
    zones: Vec<ZoneGroup>,
}

impl SettingsPage {
    fn is_this(&self, id: &SessionId) -> bool {
        self.this_session == Some(*id)
    }
}

fn me(ctx: &PageCtx) -> WebResult<Person> {
    ctx.app().catalog.now().person(ctx.who.person_id).cloned().ok_or_else(Problem::not_found)
}

fn filled(person: &Person) -> Form {
    Form::new()
        .with("name", &person.name)
        .with("locale", &person.locale)
        .with("zone", &person.zone)
        .with("theme", person.theme.as_str())
}

async fn page(ctx: &PageCtx, profile: Option<Form>, password: Form) -> WebResult<SettingsPage> {
    let person = me(ctx)?;
    let shell = ctx.shell("nav-settings").nav("settings");
    let profile = profile.unwrap_or_else(|| filled(&person));
    Ok(SettingsPage {
        email: person.email.clone(),
        zones: zones(profile.value("zone")),
        contacts: contacts_view(ctx, &shell, &person, "/settings", true, Form::new()),
        sessions: ctx.app().sessions_of(person.id).await?,
        this_session: ctx.who.session_id,
        profile,
        password,
        shell,
    })
}

/// `GET /settings`.
pub async fn show(ctx: PageCtx) -> WebResult<Response> {
    html(&page(&ctx, None, Form::new()).await?)
}

fn theme_of(text: &str) -> Option<Theme> {
    [Theme::System, Theme::Light, Theme::Dark].into_iter().find(|t| t.as_str() == text)
}

/// `POST /settings`.
pub async fn save(ctx: PageCtx, form: Form) -> WebResult<Response> {
    let profile = Profile {
        name: form.value("name").to_owned(),
        locale: form.value("locale").to_owned(),
        zone: form.value("zone").to_owned(),
        theme: theme_of(form.value("theme")).unwrap_or_default(),
    };
    match ctx.app().set_profile(&ctx.actor(), ctx.who.person_id, &profile).await {
        // The next page is in the language just chosen, and so is what it says.
        Ok(()) => {
            let said = ctx.app().words.plain(Locale::of(&profile.locale), "saved");
            Ok(see_other("/settings").flash(Tone::Success, said).into_response())
        }
        Err(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&ctx, Some(form), Form::new()).await?)
        }
    }
}

/// `POST /settings/theme`: from the menu of every page. With script the page has changed its look already.
pub async fn theme(ctx: PageCtx, form: Form) -> WebResult<Response> {
    let theme = theme_of(form.value("theme")).unwrap_or_default();
    ctx.app().set_theme(&ctx.actor(), ctx.who.person_id, theme).await?;
    if ctx.fragment {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(see_other("/settings").flash(Tone::Success, ctx.t("saved")).into_response())
}

/// `POST /settings/password`.
pub async fn password(ctx: PageCtx, form: Form) -> WebResult<Response> {
    let (current, new) = (form.raw("current_password"), form.raw("password"));
    let keep = ctx.who.session_id;
    match ctx.app().change_password(ctx.who.person_id, &ctx.actor(), current, new, keep).await {
        Ok(()) => Ok(see_other("/settings").flash(Tone::Success, ctx.t("password-changed")).into_response()),
        Err(error) => {
            let form = form.refused(&ctx, error)?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&ctx, None, form).await?)
        }
    }
}

/// `POST /settings/sessions/end`: all but this one.
pub async fn end_sessions(ctx: PageCtx) -> WebResult<Response> {
    let result = ctx.app().end_sessions(&ctx.actor(), ctx.who.person_id, ctx.who.session_id).await;
    settle(&ctx, result, "/settings#sessions", ctx.t("sessions-ended"))
}

/// `POST /settings/sessions/{id}/end`.
pub async fn end_session(ctx: PageCtx, Path(id): Path<String>) -> WebResult<Response> {
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    let result = ctx.app().end_session(&ctx.actor(), ctx.who.person_id, id).await;
    settle(&ctx, result, "/settings#sessions", ctx.t("session-ended"))
}
