//! What a page's handler is given: who reads, in which language, over which use-cases.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use hansei_app::App;
use hansei_app::auth::{Client, Principal};
use hansei_app::words::{Args, Locale};
use hansei_domain::access::Actor;
use http::HeaderMap;
use http::header;
use http::request::Parts;

use crate::error::Problem;
use crate::flash::Flash;
use crate::gate::{Admitted, ClientAddress, RequestId};
use crate::session;
use crate::shell::Shell;
use crate::state::{NavCounts, Web};

/// A signed-in person looks at a page. Only routes with `Access::Session` or `Access::Api` can extract it.
pub struct PageCtx {
    /// The shared state.
    pub web: Web,
    /// Who.
    pub who: Principal,
    /// The CSRF token of their session.
    pub csrf: String,
    /// Path and query of this request.
    pub path: String,
    /// htmx asks for a part of a page.
    pub fragment: bool,
    /// The request's id.
    pub request_id: String,
    /// Where they sit.
    pub client: Client,
    flash: Option<Flash>,
    counts: NavCounts,
}

impl PageCtx {
    /// The use-cases.
    pub fn app(&self) -> &Arc<App> {
        &self.web.app
    }

    /// The actor of what this person does.
    pub fn actor(&self) -> Actor {
        self.who.actor()
    }

    /// The reader's language.
    pub fn locale(&self) -> Locale {
        Locale::of(&self.who.locale)
    }

    /// A word in the reader's language.
    pub fn t(&self, key: &str) -> String {
        self.web.app.words.plain(self.locale(), key)
    }

    /// A sentence with values in the reader's language.
    pub fn ta(&self, key: &str, args: &Args) -> String {
        self.web.app.words.text(self.locale(), key, args)
    }

    /// The shell of a page; `title` is the key of its title (use [`Shell::titled`] for a text of its own).
    pub fn shell(&self, title: &str) -> Shell {
        let mut shell = Shell::new(&self.web, Some(&self.who), self.locale()).titled(self.t(title));
        shell.csrf.clone_from(&self.csrf);
        shell.flash.clone_from(&self.flash);
        shell.counts = self.counts;
        shell
    }
}

fn client(parts: &Parts, web: &Web) -> Client {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    Client {
        address: parts.extensions.get::<ClientAddress>().cloned().unwrap_or_default().0,
        agent: agent.chars().take(200).collect(),
        device: session::device(web.secure, &parts.headers).map(str::to_owned),
    }
}

fn request_id(parts: &Parts) -> String {
    parts.extensions.get::<RequestId>().cloned().unwrap_or_default().0
}

fn is_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request") && headers.get("hx-request-type").is_none_or(|v| v != "full")
}

impl FromRequestParts<Web> for PageCtx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let admitted =
            parts.extensions.get::<Admitted>().cloned().ok_or_else(|| {
                Problem::internal("a handler wants a person on a route that admits anybody")
            })?;
        let fragment = is_fragment(&parts.headers);
        let counts = if fragment { NavCounts::default() } else { web.nav_counts().await };
        Ok(Self {
            web: web.clone(),
            who: admitted.principal,
            csrf: admitted.csrf,
            path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            fragment,
            request_id: request_id(parts),
            client: client(parts, web),
            flash: Flash::read(&parts.headers),
            counts,
        })
    }
}

/// Anybody looks at a page that needs no signing in.
pub struct Guest {
    /// The shared state.
    pub web: Web,
    /// The person, if they happen to be signed in.
    pub who: Option<Principal>,
    /// Their language: the person's own, else what the browser asks for.
    pub locale: Locale,
    /// The request's id.
    pub request_id: String,
    /// Where they sit.
    pub client: Client,
    csrf: String,
    flash: Option<Flash>,
}

impl Guest {
    /// The use-cases.
    pub fn app(&self) -> &Arc<App> {
        &self.web.app
    }

    /// A word in the reader's language.
    pub fn t(&self, key: &str) -> String {
        self.web.app.words.plain(self.locale, key)
    }

    /// A sentence with values in the reader's language.
    pub fn ta(&self, key: &str, args: &Args) -> String {
        self.web.app.words.text(self.locale, key, args)
    }

    /// The shell of a page; `title` is the key of its title.
    pub fn shell(&self, title: &str) -> Shell {
        let mut shell = Shell::new(&self.web, self.who.as_ref(), self.locale).titled(self.t(title));
        shell.csrf.clone_from(&self.csrf);
        shell.flash.clone_from(&self.flash);
        shell
    }
}

impl FromRequestParts<Web> for Guest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let cookie = session::cookie(web.secure, &parts.headers);
        let who = match cookie {
            // A store that cannot answer makes nobody a stranger to an error page; it makes them a guest.
            Some(cookie) => web.app.session(cookie).await.unwrap_or_default(),
            None => None,
        };
        let asked = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        let locale = match (&who, asked) {
            (Some(who), _) => Locale::of(&who.locale),
            (None, Some(header)) => Locale::negotiate(header),
            (None, None) => Locale::of(web.app.catalog.now().settings().map_or("en", |s| s.locale.as_str())),
        };
        let csrf = cookie.filter(|_| who.is_some()).map(session::csrf_of).unwrap_or_default();
        Ok(Self {
            web: web.clone(),
            csrf,
            who,
            locale,
            request_id: request_id(parts),
            client: client(parts, web),
            flash: Flash::read(&parts.headers),
        })
    }
}
