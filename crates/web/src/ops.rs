//! What machines around us ask: is it alive, may it be sent traffic, its figures, its icon.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, header};

use crate::error::{Problem, ProblemKind, WebResult};
use crate::gate::{self, ClientAddress};
use crate::policy::{Access, Routes};
use crate::session;
use crate::state::Web;

/// The store must answer within this to be ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Their part of the table.
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", Access::Public, alive)
        .get("/readyz", Access::Public, ready)
        .get("/metrics", Access::Metrics, metrics)
        .get("/favicon.ico", Access::Public, icon)
        .get("/robots.txt", Access::Public, robots)
}

fn text(body: String, kind: &'static str) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /healthz`: the process answers. Asks nobody, so that a store that is away does not get it restarted.
async fn alive() -> Response {
    text("ok\n".into(), "text/plain; charset=utf-8")
}

/// `GET /readyz`: requests make sense here. The reasons are logged, not told.
async fn ready(State(web): State<Web>) -> WebResult<Response> {
    let not_ready = |why: String| {
        tracing::warn!(why, "not ready");
        Problem::new(ProblemKind::Unavailable).retry_after(2)
    };
    match tokio::time::timeout(PATIENCE, web.app.store.last_seq()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(not_ready(error.to_string())),
        Err(_) => return Err(not_ready("the store does not answer".into())),
    }
    if let Some(ask) = &web.config.readiness {
        ask().map_err(not_ready)?;
    }
    Ok(text("ready\n".into(), "text/plain; charset=utf-8"))
}

/// What proxies add: whoever asks through one is not known to sit on this machine, although the proxy does.
const BY_PROXIES: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// Whether a scraper may read the metrics: it has the token, or, if there is none, sits on this machine.
pub fn may_scrape(web: &Web, request: &Request) -> bool {
    match &web.config.metrics_token {
        Some(token) => gate::bearer(request.headers())
            .is_some_and(|given| session::same(given.as_bytes(), token.as_bytes())),
        None if BY_PROXIES.iter().any(|name| request.headers().contains_key(*name)) => false,
        None => request
            .extensions()
            .get::<ClientAddress>()
            .and_then(|a| a.0.parse::<IpAddr>().ok())
            .is_some_and(|address| address.is_loopback()),
    }
}

/// `GET /metrics`, in Prometheus' text format.
async fn metrics(State(web): State<Web>) -> WebResult<Response> {
    let make = web.config.metrics.as_ref().ok_or_else(Problem::not_found)?;
    Ok(text(make().await, "text/plain; version=0.0.4; charset=utf-8"))
}

/// `GET /favicon.ico`
async fn icon(State(web): State<Web>) -> Response {
    Redirect::permanent(&web.assets.url("favicon.svg")).into_response()
}

/// `GET /robots.txt`: nothing here is for search engines.
async fn robots() -> Response {
    text("User-agent: *\nDisallow: /\n".into(), "text/plain; charset=utf-8")
}
