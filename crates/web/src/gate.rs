//! Admits a request to a handler, or refuses it, by the route's [`Access`]; the only place that reads credentials.
//!
//! Unsafe requests that ride on a cookie need two proofs: the browser says that they come from our own origin, and
//! they carry the session's CSRF token. Bearer tokens need neither, since no browser sends them by itself.
//! Whatever a handler returns, a [`Problem`] is written out here, where language and kind of caller are known.

use axum::extract::{FromRequestParts, Request, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use hansei_app::auth::{Principal, session_stands};
use hansei_app::secret;
use hansei_domain::access::Permission;
use hansei_domain::catalog::EntryId;
use hansei_domain::ids::PersonId;
use http::{HeaderMap, HeaderValue, Method, header};

use crate::body::not_read;
use crate::ctx::Guest;
use crate::error::{Problem, ProblemKind, WebResult, as_json, as_page};
use crate::form;
use crate::ops;
use crate::policy::Access;
use crate::session;
use crate::state::Web;

/// Name of the header that carries the CSRF token of requests that are not forms.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// The request's id, put there by the server; shown to people and in logs.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub String);

/// The client's address as far as trusted proxies vouch for it, put there by the server.
#[derive(Debug, Clone, Default)]
pub struct ClientAddress(pub String);

/// Who was admitted; in the request's extensions.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Who.
    pub principal: Principal,
    /// The CSRF token of their session; empty with an API token.
    pub csrf: String,
    /// What they showed, for streams that outlive the request.
    pub proof: Proof,
}

/// What somebody showed to be admitted, as the hash under which it is stored.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A session's cookie.
    Session(String),
    /// An API token.
    Token(String),
}

impl Proof {
    /// Whether it still admits this person. Does not count as using it.
    pub async fn stands(&self, web: &Web, person: PersonId) -> WebResult<bool> {
        let now = web.app.clock.now();
        let kept = match self {
            Self::Session(hash) => {
                web.app.store.session(hash).await?.is_some_and(|row| session_stands(&row, now))
            }
            Self::Token(hash) => web
                .app
                .store
                .token(hash)
                .await?
                .is_some_and(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now)),
        };
        Ok(kept && web.app.catalog.now().in_use(EntryId::Person(person)))
    }
}

/// The line of the table that answered; in the answer's extensions, for logs: paths themselves may hold tokens (R39).
#[derive(Debug, Clone, Copy)]
pub struct Answered(pub &'static str);

/// Wraps a handler so that it runs only for whom the access admits.
pub fn guarded<H, T>(
    filter: MethodFilter,
    path: &'static str,
    access: Access,
    handler: H,
) -> MethodRouter<Web>
where
    H: Handler<T, Web> + Sync,
    T: 'static,
{
    on(filter, move |State(web): State<Web>, request: Request| {
        let handler = handler.clone();
        async move {
            let caller = Caller::of(&request);
            let response = match ready(&web, access, request).await {
                Ok(request) => {
                    let answered = handler.call(request, web.clone());
                    let answered = tokio::time::timeout(web.config.limits.answer, answered).await;
                    let late = || Problem::new(ProblemKind::Unavailable).retry_after(5).into_response();
                    answered.unwrap_or_else(|_| late())
                }
                Err(refused) => *refused,
            };
            let mut response = caller.write_out(&web, as_problem(response)).await;
            response.extensions_mut().insert(Answered(path));
            // Nearly every page names somebody or carries a secret in its address; what may be kept says so itself.
            let store = HeaderValue::from_static("no-store");
            response.headers_mut().entry(header::CACHE_CONTROL).or_insert(store);
            response
        }
    })
}

/// Admits a request and waits for its body: how long that may take is a matter of [`crate::body::Timed`], not of how long
/// the answer may take.
async fn ready(web: &Web, access: Access, request: Request) -> Result<Request, Box<Response>> {
    let request = admit(web, access, request).await?;
    if request.method().is_safe() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, form::LARGEST).await {
        Ok(bytes) => Ok(Request::from_parts(parts, bytes.into())),
        Err(error) => Err(Box::new(not_read(&error).into_response())),
    }
}

/// What a handler's arguments refused without us (a path or query that is no UTF-8, a field twice) is a problem like any
/// other.
fn as_problem(response: Response) -> Response {
    let (status, kind) = (response.status(), response.headers().get(header::CONTENT_TYPE));
    let plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let wrong = status.is_client_error() || status.is_server_error();
    if !wrong || !plain || response.extensions().get::<Problem>().is_some() {
        return response;
    }
    let other = if status.is_server_error() { ProblemKind::Internal } else { ProblemKind::Malformed };
    let kind = ProblemKind::ALL.into_iter().find(|kind| kind.status() == status).unwrap_or(other);
    Problem::new(kind).into_response()
}

/// Answers paths that are not in the table.
pub async fn not_found(State(web): State<Web>, request: Request) -> Response {
    Caller::of(&request).write_out(&web, Problem::not_found().into_response()).await
}

/// Answers methods that are not in the table; the router adds `Allow`.
pub async fn method_not_allowed(State(web): State<Web>, request: Request) -> Response {
    let problem = Problem::new(ProblemKind::MethodNotAllowed);
    Caller::of(&request).write_out(&web, problem.into_response()).await
}

/// What is needed of a request to write out a problem after the request itself is gone.
pub struct Caller {
    machine: bool,
    request_id: String,
    guest: http::request::Parts,
}

impl Caller {
    /// Looks at a request.
    pub fn of(request: &Request) -> Self {
        let (mut parts, ()) = Request::new(()).into_parts();
        for name in [header::ACCEPT_LANGUAGE, header::COOKIE] {
            if let Some(value) = request.headers().get(&name) {
                parts.headers.insert(name, value.clone());
            }
        }
        let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default().0;
        Self { machine: is_machine(request.uri().path(), request.headers()), request_id, guest: parts }
    }

    /// Writes out the problem in an answer, if it holds one.
    pub async fn write_out(mut self, web: &Web, mut response: Response) -> Response {
        let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
        let mut written = if self.machine {
            let mut written = as_json(&problem, &self.request_id);
            if problem.kind == ProblemKind::Unauthenticated {
                let how = HeaderValue::from_static("Bearer realm=\"hansei\"");
                written.headers_mut().insert(header::WWW_AUTHENTICATE, how);
            }
            written
        } else {
            let guest = match Guest::from_request_parts(&mut self.guest, web).await {
                Ok(guest) => guest,
                Err(never) => match never {},
            };
            as_page(&problem, &self.request_id, guest.shell("problem"))
        };
        // What the handler or router set beside the problem stays: `Allow`, `WWW-Authenticate`, cookies.
        for (name, value) in response.headers() {
            if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
                written.headers_mut().append(name.clone(), value.clone());
            }
        }
        written
    }
}

/// Whether a machine asks: by the path, or because it wants JSON and no HTML.
fn is_machine(path: &str, headers: &HeaderMap) -> bool {
    const PREFIXES: [&str; 6] = ["/api/", "/v2/", "/webhooks/", "/am/", "/metrics", "/readyz"];
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    PREFIXES.iter().any(|p| path.starts_with(p)) || (accept.contains("json") && !accept.contains("text/html"))
}

async fn admit(web: &Web, access: Access, mut request: Request) -> Result<Request, Box<Response>> {
    let refuse = |problem: Problem| Box::new(problem.into_response());
    match access {
        Access::SignedLink | Access::IntakeKey(_) => Ok(request),
        Access::Metrics if ops::may_scrape(web, &request) => Ok(request),
        Access::Metrics => Err(refuse(Problem::new(ProblemKind::Unauthenticated))),
        Access::Public => {
            own_origin(web, request.method(), request.headers()).map_err(refuse)?;
            Ok(request)
        }
        Access::Setup => {
            own_origin(web, request.method(), request.headers()).map_err(refuse)?;
            if web.app.is_empty() { Ok(request) } else { Err(refuse(Problem::not_found())) }
        }
        Access::Session(permission) => {
            let Some(admitted) = by_session(web, request.headers()).await.map_err(refuse)? else {
                return Err(Box::new(ask_to_sign_in(&request)));
            };
            own_origin(web, request.method(), request.headers()).map_err(refuse)?;
            request = proven(request, &admitted.csrf).await.map_err(refuse)?;
            allowed(&admitted.principal, permission).map_err(refuse)?;
            request.extensions_mut().insert(admitted);
            Ok(request)
        }
        Access::Api(permission) => {
            let admitted =
                by_token_or_session(web, request.method(), request.headers()).await.map_err(refuse)?;
            allowed(&admitted.principal, permission).map_err(refuse)?;
            request.extensions_mut().insert(admitted);
            Ok(request)
        }
    }
}

fn allowed(principal: &Principal, permission: Permission) -> WebResult<()> {
    if principal.may(permission) {
        return Ok(());
    }
    let need = permission.least_role().as_str();
    Err(Problem::new(ProblemKind::Forbidden).detail(format!("this needs the role {need}")))
}

async fn by_session(web: &Web, headers: &HeaderMap) -> WebResult<Option<Admitted>> {
    let Some(cookie) = session::cookie(web.secure, headers) else { return Ok(None) };
    let Some(principal) = web.app.session(cookie).await? else { return Ok(None) };
    let proof = Proof::Session(secret::sha256_hex(cookie.as_bytes()));
    Ok(Some(Admitted { principal, csrf: session::csrf_of(cookie), proof }))
}

async fn by_token_or_session(web: &Web, method: &Method, headers: &HeaderMap) -> WebResult<Admitted> {
    if let Some(token) = bearer(headers) {
        let known = web.app.token(token).await?;
        let refused = || Problem::new(ProblemKind::Unauthenticated).detail("this token is not known");
        let principal = known.ok_or_else(refused)?;
        let proof = Proof::Token(secret::sha256_hex(token.as_bytes()));
        return Ok(Admitted { principal, csrf: String::new(), proof });
    }
    let nobody =
        || Problem::new(ProblemKind::Unauthenticated).detail("send Authorization: Bearer and a token");
    let admitted = by_session(web, headers).await?.ok_or_else(nobody)?;
    own_origin(web, method, headers)?;
    if !method.is_safe() && !header_proves(headers, &admitted.csrf) {
        return Err(Problem::new(ProblemKind::CrossSite).detail("the CSRF token is missing or wrong"));
    }
    Ok(admitted)
}

/// The secret of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn header_proves(headers: &HeaderMap, csrf: &str) -> bool {
    headers.get(CSRF_HEADER).is_some_and(|v| session::same(v.as_bytes(), csrf.as_bytes()))
}

/// An unsafe request must carry the session's CSRF token, in the header or in the form's `_csrf`.
async fn proven(request: Request, csrf: &str) -> WebResult<Request> {
    if request.method().is_safe() || header_proves(request.headers(), csrf) {
        return Ok(request);
    }
    let (request, body) = form::buffered(request).await?;
    let given = form::pairs(&body).find(|(name, _)| name == form::CSRF_FIELD);
    if given.is_some_and(|(_, value)| session::same(value.as_bytes(), csrf.as_bytes())) {
        return Ok(request);
    }
    Err(Problem::new(ProblemKind::CrossSite).detail("the CSRF token is missing or wrong"))
}

/// An unsafe request of a browser must come from our own origin.
fn own_origin(web: &Web, method: &Method, headers: &HeaderMap) -> WebResult<()> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if method.is_safe() {
        return Ok(());
    }
    let refused = || Problem::new(ProblemKind::CrossSite).detail("the request comes from another site");
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(refused()) };
    }
    let Some(origin) = text("origin") else { return Ok(()) };
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    let known = web.app.config.public_url.split_once("://").map_or("", |(_, host)| host);
    let asked = text("host").unwrap_or("");
    let own = !host.is_empty() && (host.eq_ignore_ascii_case(known) || host.eq_ignore_ascii_case(asked));
    if own { Ok(()) } else { Err(refused()) }
}

/// A page that needs a person: lead to the sign-in page and back, or say 401 where that would be no help.
fn ask_to_sign_in(request: &Request) -> Response {
    let fragment = request.headers().contains_key("hx-request");
    if fragment || request.method() != Method::GET {
        return Problem::new(ProblemKind::Unauthenticated).into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    if path == "/" {
        return Redirect::to("/sign-in").into_response();
    }
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}
