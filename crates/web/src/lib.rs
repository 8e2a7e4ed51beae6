//! HTTP: translates requests into use-cases of `app` and their results back, and nothing else.
//!
//! A request takes this way: [`server`] accepts the connection under time and size limits, finds out who the client is,
//! hands intake paths to a lean handler and everything else to the router; [`policy`] owns the one table of routes, and
//! a route that is not in it does not exist; [`gate`] admits or refuses by the route's [`Access`]; the handler calls a
//! use-case; [`error`] alone knows status codes; [`headers`] puts the security headers on every answer.
//!
//! # How to add a page
//!
//! 1. `templates/services.html`: `{% extends "layout.html" %}` and `{% block main %}…{% endblock %}`. Words come from
//!    `{{ shell.t("services-title") }}` (or `shell.t1("key", "name", value)`, `shell.tn("key", "count", number)`);
//!    add them to `crates/app/words/{en,de,ja}/pages.ftl`, all three languages.
//! 2. `src/pages/services.rs`:
//!    ```ignore
//!    #[derive(Template)]
//!    #[template(path = "services.html")]
//!    struct ServicesPage { shell: Shell, services: Vec<ServiceView> }
//!
//!    pub async fn list(ctx: PageCtx) -> WebResult<Response> {
//!        let services = ctx.app().catalog.now().services().into_iter().map(ServiceView::of).collect();
//!        let shell = ctx.shell("services-title").nav("services").stream("/live?of=services");
//!        html(&ServicesPage { shell, services })
//!    }
//!    ```
//! 3. `src/pages/mod.rs`: `routes.get("/services", Access::Session(Permission::Read), services::list)`. There is no
//!    other way in: who may come is said here, and nowhere else. Path parameters are `/{name}`, extracted by
//!    `axum::extract::Path`; queries by `axum::extract::Query`.
//!
//! A **fragment** is a block of the same file: `#[template(path = "services.html", block = "rows")]` on a second struct.
//! Several at once, addressed by selector, go out as [`Partials`]: `Partials::new().swap("#rows", "outerHTML", &rows)?`.
//! `ctx.fragment` tells whether htmx asked for a part.
//!
//! A **form** posts urlencoded fields and works without script. It holds the CSRF field
//! `<input type="hidden" name="_csrf" value="{{ shell.csrf }}">` (the gate refuses it otherwise; the macro `head` writes
//! it), and is drawn with the macros of `templates/forms.html`, which show each field's error next to it and keep what
//! was typed; the handler takes a [`Form`]:
//!    ```ignore
//!    pub async fn save(ctx: PageCtx, form: Form) -> WebResult<Response> {
//!        match ctx.app().put_entry(&ctx.actor(), doc, Origin::Screen).await {
//!            Ok(()) => Ok(see_other("/services").flash(Tone::Success, ctx.t("saved")).into_response()),
//!            // 422 with the form again; anything that is not the person's to mend becomes an error page.
//!            Err(error) => html_with(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { shell, form: form.refused(&ctx, error)? }),
//!        }
//!    }
//!    ```
//! A **toast** after a redirect is `.flash(…)` as above; in an answer to htmx it is `Partials::new().toast(…)`.
//!
//! Pages for people who are not signed in (sign-in, set-up, signed links) take [`Guest`] instead of [`PageCtx`] and
//! extend `bare.html`; [`session`] makes and ends the cookie.

pub mod api;
pub mod assets;
pub mod body;
pub mod config;
pub mod ctx;
pub mod error;
pub mod flash;
pub mod form;
pub mod gate;
pub mod headers;
pub mod intake;
mod kept;
pub mod live;
pub mod net;
pub mod ops;
pub mod pages;
pub mod patient;
pub mod policy;
pub mod render;
pub mod routes;
pub mod server;
pub mod session;
pub mod shell;
mod shown;
pub mod state;
pub mod throttle;

pub use api::openapi;
pub use config::{Formats, Limits, MetricsText, WebConfig};
pub use ctx::{Guest, PageCtx};
pub use error::{Problem, ProblemKind, WebResult};
pub use flash::{Flash, Tone, see_other};
pub use form::Form;
pub use net::TrustedProxies;
pub use policy::{Access, Routes};
pub use render::{Partials, fragment, html, html_with};
pub use server::{ServeError, Service, serve};
pub use shell::Shell;
pub use state::Web;
